//! The coefficients of the model, given the history.
//!
//! The posterior of Taylor & Letham, Forecasting at scale, 2018: normal errors; normal priors of offset, slope and
//! effects; Laplace priors of the changes of slope; a half-normal prior of the errors' standard deviation.
//!
//! Its maximum: for a given deviation the problem is least squares with mixed penalties, exact in one step while the
//! model is linear (additive, with a linear or flat trend) and by Gauss-Newton steps with a line search otherwise. The
//! deviation has a closed form for given coefficients. The two alternate from a deviation of 1, Prophet's start.
//! Prophet itself comes close to the maximum on short histories; on longer ones its forecasts are those of where it
//! stops.
#![expect(
    clippy::indexing_slicing,
    reason = "rows, columns and knots stay below the counts that the vectors were sized with"
)]

use super::count;
use super::descent::descend;
use super::features::Matrix;
use super::lasso::System;
use super::surface::Posterior;
use super::trend::{Line, Shape};
use super::vector::dot;
use crate::limits::{
    PROPHET_FIT_PRODUCTS, PROPHET_FIT_STEPS, PROPHET_FIT_STEPS_MIN, PROPHET_LINE_SEARCH_STEPS,
};

/// Precision of the priors of offset and slope: a standard deviation of 5.
pub(super) const TREND_PRECISION: f64 = 1.0 / 25.0;
/// The least standard deviation of errors, in units of the largest value: below it sums of squares have no digits left.
const DEVIATION_MIN: f64 = 1e-8;
/// Changes of the deviation's logarithm that end the search.
const CONVERGED: f64 = 1e-9;

/// Histories from here on are fitted by descent in Prophet, shorter ones by Newton's method.
const DESCENT_ROWS_MIN: usize = 100;

/// What is fitted, in scaled units.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) shape: Shape,
    /// Ascending, 0 to 1.
    pub(super) t: &'a [f64],
    pub(super) y: &'a [f64],
    /// Ascending.
    pub(super) knots: &'a [f64],
    pub(super) matrix: &'a Matrix,
    /// Columns before this one are added, the others multiplied.
    pub(super) multiplied_from: usize,
    /// By column: the precision of the coefficient's prior.
    pub(super) precisions: &'a [f64],
    /// Scale of the Laplace prior.
    pub(super) change_scale: f64,
}

/// The fitted coefficients, in scaled units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Solution {
    pub(super) line: Line,
    /// By column.
    pub(super) effects: Vec<f64>,
    /// Standard deviation of the errors.
    pub(super) deviation: f64,
    /// Steps of the search.
    pub(super) steps: usize,
}

impl Solution {
    fn toward(&self, other: &Self, share: f64) -> Self {
        let mix = |a: f64, b: f64| a + share * (b - a);
        let mixed = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| mix(*a, *b)).collect();
        Self {
            line: Line {
                offset: mix(self.line.offset, other.line.offset),
                slope: mix(self.line.slope, other.line.slope),
                changes: mixed(&self.line.changes, &other.line.changes),
            },
            effects: mixed(&self.effects, &other.effects),
            ..*self
        }
    }
}

/// Finds the coefficients that Prophet finds.
pub(super) fn fit(problem: &Problem<'_>) -> Solution {
    let start = Solution {
        line: Line::start(problem.shape, problem.t, problem.y, problem.knots.len()),
        effects: vec![0.0; problem.precisions.len()],
        deviation: 1.0,
        steps: 0,
    };
    if problem.t.len() < DESCENT_ROWS_MIN {
        return most_probable(problem, start);
    }
    let best = problem
        .is_linear()
        .then(|| most_probable(problem, start.clone()));
    let posterior = Posterior::new(problem, best.as_ref());
    match descend(&posterior, Posterior::pack(&start)) {
        Some((point, steps)) => Solution {
            steps,
            ..posterior.unpack(&point.x)
        },
        // Prophet turns to Newton's method here.
        None => best.unwrap_or_else(|| most_probable(problem, start)),
    }
}

/// The most probable coefficients.
fn most_probable(problem: &Problem<'_>, start: Solution) -> Solution {
    let mut at = start;
    let linear = problem.is_linear();
    let mut system = None;
    let mut squares = problem.squares(&at);
    let steps = (PROPHET_FIT_PRODUCTS / problem.products(linear).max(1))
        .clamp(PROPHET_FIT_STEPS_MIN, PROPHET_FIT_STEPS);
    while at.steps < steps {
        at.steps += 1;
        let kept = system.take().filter(|_| linear);
        let equations = kept.unwrap_or_else(|| problem.equations(&at));
        let aim = problem.solve(&equations, &at);
        system = Some(equations);
        let mut moved = true;
        if linear {
            at = aim;
            squares = problem.squares(&at);
        } else if let Some((next, sum)) = problem.search(&at, squares, &aim) {
            (at, squares) = (next, sum);
        } else {
            moved = false;
        }
        let n = count(problem.t.len());
        // The root of 4 s^2 + n s = squares, in the form that loses no digits.
        let variance = 2.0 * squares / (n + (n * n + 16.0 * squares).sqrt());
        let deviation = variance.sqrt().max(DEVIATION_MIN);
        let change = libm::log(deviation / at.deviation).abs();
        at.deviation = deviation;
        if change < CONVERGED && (linear || !moved) {
            break;
        }
    }
    at
}

impl Problem<'_> {
    /// The trend, row by row.
    pub(super) fn trend(&self, line: &Line) -> Vec<f64> {
        let path = line.path(self.shape, self.knots, self.t);
        path.iter().map(|u| self.shape.value(*u)).collect()
    }

    /// Multiplications of one step to the optimum, about.
    fn products(&self, linear: bool) -> usize {
        let (rows, knots) = (self.t.len(), self.knots.len());
        let base = 2 + self.precisions.len();
        let equations = if linear { base } else { base * base / 2 };
        rows * equations + base * base * (base / 6 + knots) + knots * knots * (base + 2 * knots)
    }

    /// Whether the forecast is linear in the coefficients.
    pub(super) fn is_linear(&self) -> bool {
        !matches!(self.shape, Shape::Logistic(_)) && self.multiplied_from >= self.precisions.len()
    }

    /// The added and the multiplied effects of a row.
    pub(super) fn effects(&self, row: &[f64], effects: &[f64]) -> (f64, f64) {
        let (added, multiplied) = row.split_at(self.multiplied_from);
        let (by_added, by_multiplied) = effects.split_at(self.multiplied_from);
        (dot(added, by_added), dot(multiplied, by_multiplied))
    }

    /// Errors, row by row.
    fn errors(&self, at: &Solution) -> Vec<f64> {
        let trend = self.trend(&at.line);
        let rows = self.matrix.rows().zip(trend).zip(self.y);
        rows.map(|((row, trend), y)| {
            let (added, multiplied) = self.effects(row, &at.effects);
            y - (trend * (1.0 + multiplied) + added)
        })
        .collect()
    }

    fn squares(&self, at: &Solution) -> f64 {
        self.errors(at).iter().map(|e| e * e).sum()
    }

    /// Minus the logarithm of the posterior, but for what the deviation alone decides, times the variance.
    fn cost(&self, at: &Solution, squares: f64) -> f64 {
        let line = &at.line;
        let trend = TREND_PRECISION * (line.offset * line.offset + line.slope * line.slope);
        let effects = at.effects.iter().zip(self.precisions);
        let effects: f64 = effects.map(|(e, p)| p * e * e).sum();
        let changes: f64 = line.changes.iter().map(|c| c.abs()).sum();
        let prior = 0.5 * (trend + effects) + changes / self.change_scale;
        0.5 * squares + at.deviation * at.deviation * prior
    }

    /// Halves the way to `aim` until the cost falls; none if it does not.
    fn search(&self, at: &Solution, squares: f64, aim: &Solution) -> Option<(Solution, f64)> {
        let cost = self.cost(at, squares);
        let mut share = 1.0;
        for _ in 0..PROPHET_LINE_SEARCH_STEPS {
            let next = at.toward(aim, share);
            let sum = self.squares(&next);
            if self.cost(&next, sum) < cost * (1.0 - 1e-12) {
                return Some((next, sum));
            }
            share *= 0.5;
        }
        None
    }

    /// The best coefficients of the model made linear, for the deviation found so far.
    fn solve(&self, equations: &System, at: &Solution) -> Solution {
        let variance = at.deviation * at.deviation;
        let own = [TREND_PRECISION; 2];
        let ridge = own.iter().chain(self.precisions).map(|p| p * variance);
        let ridge: Vec<f64> = ridge.collect();
        let lasso = variance / self.change_scale;
        let (base, changes) = equations.solve(&ridge, lasso, &at.line.changes);
        Solution {
            line: Line {
                offset: base[0],
                slope: base[1],
                changes,
            },
            effects: base[2..].to_vec(),
            ..*at
        }
    }

    /// The normal equations of the model made linear at these coefficients.
    ///
    /// A changepoint's column is a ramp times a weight of the row, so its products with everything else are sums over
    /// the rows behind the changepoint: one pass from the last row to the first makes all of them.
    pub(super) fn equations(&self, at: &Solution) -> System {
        let (base, knots) = (2 + at.effects.len(), self.knots.len());
        let mut system = System::new(base, knots);
        let trend = self.trend(&at.line);
        let bend = Line {
            offset: 0.0,
            slope: 0.0,
            changes: at.line.changes.clone(),
        };
        let bends = bend.path(self.shape, self.knots, self.t);
        let rows: Vec<&[f64]> = self.matrix.rows().collect();
        let mut columns = vec![0.0; base];
        // Sums over the rows behind the changepoint at hand: of weight x column, the same x time, of z, of squares.
        let (mut plain, mut timed) = (vec![0.0; base], vec![0.0; base]);
        let (mut z0, mut z1) = (0.0, 0.0);
        let (mut w0, mut w1, mut w2) = (0.0, 0.0, 0.0);
        let mut next = knots;
        for i in (0..self.t.len()).rev() {
            let (t, value) = (self.t[i], trend[i]);
            while next > 0 && self.knots[next - 1] > t {
                next -= 1;
                let sums = (&plain[..], &timed[..], [z0, z1], [w0, w1, w2]);
                self.knot_sums(&mut system, next, sums);
            }
            let (added, multiplied) = self.effects(rows[i], &at.effects);
            let weight = self.shape.derivative(value) * (1.0 + multiplied);
            let (by_offset, by_slope) = match self.shape {
                Shape::Linear => (1.0, t),
                Shape::Logistic(_) => (-at.line.slope, t - at.line.offset),
                Shape::Flat => (1.0, 0.0),
            };
            (columns[0], columns[1]) = (weight * by_offset, weight * by_slope);
            let (added_columns, multiplied_columns) =
                columns[2..].split_at_mut(self.multiplied_from);
            let (added_row, multiplied_row) = rows[i].split_at(self.multiplied_from);
            added_columns.copy_from_slice(added_row);
            for (c, x) in multiplied_columns.iter_mut().zip(multiplied_row) {
                *c = value * x;
            }
            let mut z = self.y[i] - (value * (1.0 + multiplied) + added);
            z += columns[0] * at.line.offset + columns[1] * at.line.slope;
            if self.shape != Shape::Flat {
                z += weight * bends[i];
            }
            for (c, effect) in columns[2..].iter().zip(&at.effects) {
                z += c * effect;
            }
            for (a, c) in columns.iter().enumerate() {
                if *c != 0.0 {
                    let target = &mut system.gram[a * base..=a * base + a];
                    for (g, other) in target.iter_mut().zip(&columns) {
                        *g += c * other;
                    }
                    system.right[a] += c * z;
                }
            }
            if self.shape != Shape::Flat {
                for ((p, q), c) in plain.iter_mut().zip(&mut timed).zip(&columns) {
                    *p += weight * c;
                    *q += weight * c * t;
                }
                z0 += weight * z;
                z1 += weight * z * t;
                let square = weight * weight;
                w0 += square;
                w1 += square * t;
                w2 += square * t * t;
            }
        }
        while next > 0 {
            next -= 1;
            let sums = (&plain[..], &timed[..], [z0, z1], [w0, w1, w2]);
            self.knot_sums(&mut system, next, sums);
        }
        system
    }

    /// Fills in a changepoint's equations from the sums over the rows behind it.
    fn knot_sums(
        &self,
        system: &mut System,
        knot: usize,
        (plain, timed, [z0, z1], [w0, w1, w2]): (&[f64], &[f64], [f64; 2], [f64; 3]),
    ) {
        let (base, knots, s) = (system.base, system.knots, self.knots[knot]);
        let cross = &mut system.cross[knot * base..(knot + 1) * base];
        for ((c, p), q) in cross.iter_mut().zip(plain).zip(timed) {
            *c = q - s * p;
        }
        system.knot_right[knot] = z1 - s * z0;
        for (other, r) in self.knots[..=knot].iter().enumerate() {
            let value = w2 - (s + r) * w1 + s * r * w0;
            system.knot_gram[knot * knots + other] = value;
            system.knot_gram[other * knots + knot] = value;
        }
    }
}
