//! Prediction intervals as Prophet makes them: the past's rate and size of changes of slope go on in simulated futures,
//! and normal noise is added. The uncertainty of the coefficients is left out, so the intervals are narrow.

use super::count;
use super::draws::Draws;
use super::trend::Shape;

/// What the simulation takes over from a fitted model, in scaled units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Future<'a> {
    pub(super) shape: Shape,
    /// The piecewise line, day by day.
    pub(super) path: &'a [f64],
    /// The days' times, ascending; the history ends at 1.
    pub(super) t: &'a [f64],
    /// The mean step of the history.
    pub(super) history_step: f64,
    /// Changepoints of the history.
    pub(super) changepoints: usize,
    /// The mean absolute change of slope.
    pub(super) change: f64,
    /// Standard deviation of the noise.
    pub(super) deviation: f64,
}

/// What the simulated values of a day add to the forecast: of the trend, and the noise, `[day][draw]` each.
pub(super) type Simulated = Vec<Vec<(f64, f64)>>;

impl Future<'_> {
    /// Simulates so many futures.
    pub(super) fn simulate(&self, draws: usize, seed: u64) -> Simulated {
        let mut random = Draws::new(seed);
        let behind = self.t.iter().filter(|t| **t > 1.0).count();
        let step = match (self.t.iter().find(|t| **t > 1.0), self.t.last()) {
            (Some(first), Some(last)) if behind > 1 => (last - first) / count(behind - 1),
            _ => self.history_step,
        };
        let likelihood = count(self.changepoints) * step;
        let mut days: Simulated = vec![Vec::with_capacity(draws); self.t.len()];
        for _ in 0..draws {
            let (mut slope, mut drift, mut before) = (0.0, 0.0, 0.0);
            for ((day, t), u) in days.iter_mut().zip(self.t).zip(self.path) {
                if *t > 1.0 && self.shape != Shape::Flat {
                    // A change within a step acts half in it, half in the next.
                    let change = if random.uniform() < likelihood {
                        random.laplace(self.change)
                    } else {
                        0.0
                    };
                    slope += f64::midpoint(before, change);
                    drift += slope * step;
                    before = change;
                }
                let trend = match self.shape {
                    Shape::Flat => 0.0,
                    Shape::Linear => drift,
                    Shape::Logistic(_) => self.shape.value(u + drift) - self.shape.value(*u),
                };
                day.push((trend, self.deviation * random.normal()));
            }
        }
        if matches!(self.shape, Shape::Logistic(_)) {
            for day in &mut days {
                let mean = day.iter().map(|(trend, _)| trend).sum::<f64>() / count(draws.max(1));
                for (trend, _) in day {
                    *trend -= mean;
                }
            }
        }
        days
    }
}

/// The quantile of ascending values, interpolated between ranks; 0 of none.
pub(super) fn quantile(sorted: &[f64], half_percents: usize) -> f64 {
    let rank = half_percents * sorted.len().saturating_sub(1);
    let (below, rest) = (rank / 200, rank % 200);
    let at = |i: usize| sorted.get(i).or(sorted.last()).copied().unwrap_or(0.0);
    let (share, low, high) = (count(rest) / 200.0, at(below), at(below + 1));
    // Not low + share * (high - low): the difference of two finite numbers may be infinite. And the least numbers round
    // to below both.
    (low * (1.0 - share) + high * share).max(low).min(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_between_the_ranks() {
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        let found = [0, 20, 100, 190, 200].map(|at| quantile(&values, at));
        for (found, known) in found.iter().zip([1.0, 1.4, 4.0, 14.4, 16.0]) {
            assert!((found - known).abs() < 1e-12, "{found}");
        }
        assert_eq!(quantile(&[-f64::MAX, f64::MAX], 100).to_bits(), 0);
        assert_eq!(quantile(&[5e-324; 3], 50).to_bits(), 1);
    }
}
