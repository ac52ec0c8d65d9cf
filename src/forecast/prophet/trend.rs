//! The trend: a line, a logistic curve or a constant, with changes of slope at the changepoints.
//!
//! Prophet writes a logistic trend as cap / (1 + exp(-k(t) (t - m(t)))), with offsets m(t) that keep it continuous and
//! that it gets by dividing by slopes. The product k(t) (t - m(t)) is then a continuous piecewise line: both shapes
//! have the same line u(t) here, and a slope of zero is nothing special.

use super::config::Config;
use super::count;
use crate::model::calendar::Day;

/// The trend's shape, in scaled units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Linear,
    /// With the scaled cap, above 0.
    Logistic(f64),
    Flat,
}

/// The trend's coefficients, in scaled units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Prophet's m: the value at 0, or the time of the steepest growth of a logistic curve.
    pub(super) offset: f64,
    /// Prophet's k: the slope before the first changepoint.
    pub(super) slope: f64,
    /// Prophet's delta: the change of slope at each changepoint.
    pub(super) changes: Vec<f64>,
}

impl Line {
    /// The piecewise line u at ascending times.
    pub(super) fn path(&self, shape: Shape, knots: &[f64], t: &[f64]) -> Vec<f64> {
        let (mut slope, mut offset) = match shape {
            Shape::Flat => return vec![self.offset; t.len()],
            Shape::Linear => (self.slope, self.offset),
            Shape::Logistic(_) => (self.slope, -self.slope * self.offset),
        };
        let mut ahead = knots.iter().zip(&self.changes).peekable();
        t.iter()
            .map(|t| {
                while let Some((knot, change)) = ahead.next_if(|(knot, _)| *knot <= t) {
                    slope += change;
                    offset -= knot * change;
                }
                slope * t + offset
            })
            .collect()
    }

    /// The line through the first and last value, where Prophet starts its search.
    pub(super) fn start(shape: Shape, t: &[f64], y: &[f64], changes: usize) -> Self {
        let ends = (t.first(), t.last(), y.first(), y.last());
        let (Some(t0), Some(t1), Some(y0), Some(y1)) = ends else {
            return Self::flat(0.0, changes);
        };
        let span = t1 - t0;
        match shape {
            Shape::Flat => Self::flat(y.iter().sum::<f64>() / count(y.len()), changes),
            Shape::Linear => {
                let slope = (y1 - y0) / span;
                Self {
                    offset: y0 - slope * t0,
                    slope,
                    changes: vec![0.0; changes],
                }
            }
            Shape::Logistic(cap) => {
                let inside = |y: f64| y.clamp(0.01 * cap, 0.99 * cap);
                let (mut r0, r1) = (cap / inside(*y0), cap / inside(*y1));
                if (r0 - r1).abs() <= 0.01 {
                    r0 *= 1.05;
                }
                let (l0, l1) = (libm::log(r0 - 1.0), libm::log(r1 - 1.0));
                Self {
                    offset: l0 * span / (l0 - l1),
                    slope: (l0 - l1) / span,
                    changes: vec![0.0; changes],
                }
            }
        }
    }

    fn flat(level: f64, changes: usize) -> Self {
        Self {
            offset: level,
            slope: 0.0,
            changes: vec![0.0; changes],
        }
    }
}

impl Shape {
    /// The trend where the line is `u`.
    pub(super) fn value(self, u: f64) -> f64 {
        match self {
            Self::Linear | Self::Flat => u,
            Self::Logistic(cap) => cap / (1.0 + libm::exp(-u)),
        }
    }

    /// How fast the trend changes with the line, where the trend is `value`.
    pub(super) fn derivative(self, value: f64) -> f64 {
        match self {
            Self::Linear | Self::Flat => 1.0,
            Self::Logistic(cap) => value * (1.0 - value / cap),
        }
    }
}

/// The days on which the trend may change.
///
/// They are spread evenly over the observations, not over the days, of the first part of the history.
pub(super) fn changepoints(ds: &[Day], config: &Config) -> Result<Vec<Day>, String> {
    let (Some(first), Some(last)) = (ds.first(), ds.last()) else {
        return Ok(Vec::new());
    };
    if let Some(days) = &config.changepoint_days {
        let mut days = days.clone();
        days.sort_unstable();
        if days.iter().any(|d| d < first || d > last) {
            return Err(format!(
                "changepoints have to be within the history, {first} to {last}"
            ));
        }
        return Ok(days);
    }
    // Equal to the floor of the product: the number of observations before that share of the history.
    let share = count(ds.len()) * config.changepoint_range;
    let part = (0..ds.len()).take_while(|i| count(i + 1) <= share).count();
    let wanted = config.changepoints.min(part.saturating_sub(1));
    let step = count(part.saturating_sub(1)) / count(wanted.max(1));
    let mut at = 0;
    let mut chosen = Vec::with_capacity(wanted);
    for i in 1..=wanted {
        let position = (count(i) * step).round_ties_even();
        while count(at) < position {
            at += 1;
        }
        chosen.extend(ds.get(at));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changepoints_are_where_prophet_puts_them() {
        // numpy.linspace(0, floor(0.8 n) - 1, changepoints + 1).round()[1:]
        let rows = |n: i32| -> Vec<i32> {
            let ds: Vec<Day> = (0..n).map(Day).collect();
            let found = changepoints(&ds, &Config::default()).unwrap();
            found.into_iter().map(|day| day.0).collect()
        };
        let forty = [
            1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 29,
            30, 31,
        ];
        assert_eq!(rows(40), forty);
        assert_eq!(rows(10), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(rows(2), [0; 0]);
    }

    #[test]
    fn a_path_bends_at_its_knots_and_nowhere_else() {
        let line = Line {
            offset: 1.0,
            slope: 2.0,
            changes: vec![-3.0, 4.0],
        };
        let path = line.path(Shape::Linear, &[0.25, 0.5], &[0.0, 0.25, 0.5, 1.0]);
        assert_eq!(path, [1.0, 1.5, 1.25, 2.75]);
        let curve = line.path(Shape::Logistic(1.0), &[0.25, 0.5], &[0.0, 0.25, 0.5, 1.0]);
        assert_eq!(curve, [-2.0, -1.5, -1.75, -0.25]);
        assert_eq!(line.path(Shape::Flat, &[0.25], &[0.0, 9.0]), [1.0, 1.0]);
    }
}
