//! Minus the logarithm of the posterior with its gradient.

use super::count;
use super::descent::Surface;
use super::posterior::{Problem, Solution, TREND_PRECISION};
use super::trend::{Line, Shape};
use super::vector::{add, dot, minus};

/// The posterior as a function of offset, slope, effects, changes of slope, and the logarithm of the deviation.
#[derive(Debug)]
pub(super) struct Posterior<'a> {
    problem: &'a Problem<'a>,
    parabola: Option<Parabola>,
}

/// The sum of squares of a linear model around a position near its least: the cost of a look at it does not grow with
/// the history, and no digits cancel.
#[derive(Debug)]
struct Parabola {
    center: Vec<f64>,
    /// J'J, both triangles.
    curvature: Vec<f64>,
    /// J'e at the center.
    pull: Vec<f64>,
    squares: f64,
}

impl<'a> Posterior<'a> {
    /// `near` is a position near the optimum of a linear model.
    pub(super) fn new(problem: &'a Problem<'a>, near: Option<&Solution>) -> Self {
        let mut posterior = Self {
            problem,
            parabola: None,
        };
        posterior.parabola = near.map(|near| {
            let (squares, pull) = posterior.rows(near);
            let mut center = Self::pack(near);
            center.pop();
            Parabola {
                center,
                curvature: problem.equations(near).whole(),
                pull,
                squares,
            }
        });
        posterior
    }

    /// The position of some coefficients.
    pub(super) fn pack(at: &Solution) -> Vec<f64> {
        let mut x = vec![at.line.offset, at.line.slope];
        x.extend(&at.effects);
        x.extend(&at.line.changes);
        x.push(libm::log(at.deviation));
        x
    }

    /// The coefficients at a position.
    pub(super) fn unpack(&self, x: &[f64]) -> Solution {
        let (own, rest) = x.split_at(2.min(x.len()));
        let (effects, rest) = rest.split_at(self.problem.precisions.len().min(rest.len()));
        let (changes, rest) = rest.split_at(self.problem.knots.len().min(rest.len()));
        let at = |part: &[f64], i: usize| part.get(i).copied().unwrap_or(0.0);
        Solution {
            line: Line {
                offset: at(own, 0),
                slope: at(own, 1),
                changes: changes.to_vec(),
            },
            effects: effects.to_vec(),
            deviation: libm::exp(at(rest, 0)),
            steps: 0,
        }
    }

    /// The sum of squared errors e, and J'e: what each coefficient's growth would take off half of it.
    fn rows(&self, at: &Solution) -> (f64, Vec<f64>) {
        let problem = self.problem;
        let (line, trend) = (&at.line, problem.trend(&at.line));
        let mut pull = vec![0.0; at.effects.len()];
        let (by_added, by_multiplied) = pull.split_at_mut(problem.multiplied_from);
        let mut by_line = Vec::with_capacity(trend.len());
        let mut squares = 0.0;
        for ((row, value), y) in problem.matrix.rows().zip(&trend).zip(problem.y) {
            let (added, multiplied) = problem.effects(row, &at.effects);
            let error = y - (value * (1.0 + multiplied) + added);
            squares += error * error;
            let (x_added, x_multiplied) = row.split_at(problem.multiplied_from);
            add(by_added, error, x_added);
            add(by_multiplied, error * value, x_multiplied);
            by_line.push(error * problem.shape.derivative(*value) * (1.0 + multiplied));
        }
        // The column of a changepoint is zero before it and a ramp behind it.
        let mut ahead = problem.knots.iter().rev().peekable();
        let (mut sum, mut timed) = (0.0, 0.0);
        let mut by_change = Vec::with_capacity(problem.knots.len());
        for (t, part) in problem.t.iter().zip(&by_line).rev() {
            while let Some(knot) = ahead.next_if(|knot| *knot > t) {
                by_change.push(timed - knot * sum);
            }
            sum += part;
            timed += part * t;
        }
        by_change.extend(ahead.map(|knot| timed - knot * sum));
        by_change.reverse();
        let by_own = match problem.shape {
            Shape::Linear => [sum, timed],
            Shape::Logistic(_) => [-line.slope * sum, timed - line.offset * sum],
            Shape::Flat => {
                by_change.fill(0.0);
                [sum, 0.0]
            }
        };
        pull.splice(0..0, by_own);
        pull.extend(by_change);
        (squares, pull)
    }
}

impl Parabola {
    fn at(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let way = minus(x, &self.center);
        let mut bend = vec![0.0; way.len()];
        for (row, step) in self.curvature.chunks_exact(way.len()).zip(&way) {
            add(&mut bend, *step, row);
        }
        let squares = self.squares + dot(&way, &bend) - 2.0 * dot(&way, &self.pull);
        (squares.max(0.0), minus(&self.pull, &bend))
    }
}

impl Surface for Posterior<'_> {
    fn products(&self) -> usize {
        let (rows, columns) = (self.problem.t.len(), self.problem.precisions.len());
        match &self.parabola {
            Some(parabola) => parabola.curvature.len(),
            None => 2 * rows * (columns + 10),
        }
    }

    fn at(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let problem = self.problem;
        let at = self.unpack(x);
        let (squares, pull) = match &self.parabola {
            Some(parabola) => parabola.at(x),
            None => self.rows(&at),
        };
        let (deviation, n) = (at.deviation, count(problem.t.len()));
        let precision = 1.0 / (deviation * deviation);
        let own = [TREND_PRECISION; 2];
        let ridge = own.iter().chain(problem.precisions);
        let pressed = x.iter().zip(ridge);
        let mut value =
            n * libm::log(deviation) + 0.5 * squares * precision + 2.0 * deviation * deviation;
        value += 0.5 * pressed.clone().map(|(x, p)| p * x * x).sum::<f64>();
        let changes = &at.line.changes;
        value += changes.iter().map(|c| c.abs()).sum::<f64>() / problem.change_scale;
        let side = |change: f64| match change {
            c if c > 0.0 => 1.0,
            c if c < 0.0 => -1.0,
            _ => 0.0,
        };
        let priors = pressed
            .map(|(x, p)| p * x)
            .chain(changes.iter().map(|c| side(*c) / problem.change_scale));
        let slopes = pull
            .iter()
            .zip(priors)
            .map(|(pull, prior)| prior - pull * precision);
        let last = n - squares * precision + 4.0 * deviation * deviation;
        for (slot, slope) in gradient.iter_mut().zip(slopes.chain(std::iter::once(last))) {
            *slot = slope;
        }
        value
    }
}
