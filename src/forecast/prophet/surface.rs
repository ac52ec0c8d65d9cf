//! Minus the logarithm of the posterior with its gradient, row by row.

use super::count;
use super::descent::Surface;
use super::posterior::{Problem, Solution, TREND_PRECISION};
use super::trend::{Line, Shape};

/// The posterior of a problem as a function of slope, offset, changes of slope, logarithm of the deviation, effects.
#[derive(Debug)]
pub(super) struct Posterior<'a> {
    problem: &'a Problem<'a>,
}

impl<'a> Posterior<'a> {
    pub(super) fn new(problem: &'a Problem<'a>) -> Self {
        Self { problem }
    }

    /// The position of some coefficients.
    pub(super) fn pack(&self, at: &Solution) -> Vec<f64> {
        let mut x = vec![at.line.slope, at.line.offset];
        x.extend(&at.line.changes);
        x.push(libm::log(at.deviation));
        x.extend(&at.effects);
        x
    }

    /// The coefficients at a position.
    pub(super) fn unpack(&self, x: &[f64]) -> Solution {
        let (own, rest) = x.split_at(2.min(x.len()));
        let (changes, rest) = rest.split_at(self.problem.knots.len().min(rest.len()));
        let (deviation, effects) = rest.split_at(1.min(rest.len()));
        let first = |part: &[f64]| part.first().copied().unwrap_or(0.0);
        Solution {
            line: Line {
                offset: own.get(1).copied().unwrap_or(0.0),
                slope: first(own),
                changes: changes.to_vec(),
            },
            effects: effects.to_vec(),
            deviation: libm::exp(first(deviation)),
            steps: 0,
        }
    }
}

impl Surface for Posterior<'_> {
    fn at(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let problem = self.problem;
        let at = self.unpack(x);
        let precision = 1.0 / (at.deviation * at.deviation);
        let trend = problem.trend(&at.line);
        let mut by_effect = vec![0.0; at.effects.len()];
        let mut by_line = Vec::with_capacity(trend.len());
        let mut squares = 0.0;
        for ((row, value), y) in problem.matrix.rows().zip(&trend).zip(problem.y) {
            let (added, multiplied) = problem.effects(row, &at.effects);
            let error = y - (value * (1.0 + multiplied) + added);
            squares += error * error;
            let columns = by_effect.iter_mut().zip(row).zip(problem.multiplicative);
            for ((g, x), share) in columns {
                *g -= error * if *share { value * x } else { *x };
            }
            by_line.push(-error * problem.shape.derivative(*value) * (1.0 + multiplied));
        }
        let (line, effects) = (&at.line, &at.effects);
        let mut ahead = problem.knots.iter().zip(&line.changes).rev().peekable();
        let (mut sum, mut timed) = (0.0, 0.0);
        let mut by_change = Vec::with_capacity(line.changes.len());
        let flat = problem.shape == Shape::Flat;
        let prior = |change: f64| {
            if change == 0.0 {
                0.0
            } else {
                change.signum() / problem.change_scale
            }
        };
        let by_knot = |knot: f64, change: f64, sum: f64, timed: f64| {
            let ramp = if flat { 0.0 } else { timed - knot * sum };
            ramp * precision + prior(change)
        };
        for (t, g) in problem.t.iter().zip(&by_line).rev() {
            while let Some((knot, change)) = ahead.next_if(|(knot, _)| *knot > t) {
                by_change.push(by_knot(*knot, *change, sum, timed));
            }
            sum += g;
            timed += g * t;
        }
        for (knot, change) in ahead {
            by_change.push(by_knot(*knot, *change, sum, timed));
        }
        by_change.reverse();
        let (by_slope, by_offset) = match problem.shape {
            Shape::Linear => (timed, sum),
            Shape::Logistic(_) => (timed - line.offset * sum, -line.slope * sum),
            Shape::Flat => (0.0, sum),
        };
        let n = count(problem.t.len());
        let deviation = at.deviation;
        let trend_part = [
            by_slope * precision + TREND_PRECISION * line.slope,
            by_offset * precision + TREND_PRECISION * line.offset,
        ];
        let deviation_part = n - squares * precision + 4.0 * deviation * deviation;
        let effect_part = by_effect.iter().zip(effects).zip(problem.precisions);
        let all = trend_part
            .into_iter()
            .chain(by_change)
            .chain(std::iter::once(deviation_part))
            .chain(effect_part.map(|((g, e), p)| g * precision + p * e));
        for (slot, value) in gradient.iter_mut().zip(all) {
            *slot = value;
        }
        let changes: f64 = line.changes.iter().map(|c| c.abs()).sum();
        let weighted: f64 = effects
            .iter()
            .zip(problem.precisions)
            .map(|(e, p)| p * e * e)
            .sum();
        n * libm::log(deviation)
            + 0.5 * squares * precision
            + 2.0 * deviation * deviation
            + 0.5 * TREND_PRECISION * (line.slope * line.slope + line.offset * line.offset)
            + changes / problem.change_scale
            + 0.5 * weighted
    }
}
