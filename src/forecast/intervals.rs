//! Prediction intervals from what the backtest got wrong, not from what a model believes of itself.
//!
//! Out-of-sample errors of all origins, each in units of the growth of errors with the horizon, are pooled, newer ones
//! weighing more (Barber, Candes, Ramdas & Tibshirani, Conformal prediction beyond exchangeability, Annals of Statistics
//! 51, 2023). A level's half-width is half way between their quantile with a finite-sample correction (split conformal
//! prediction: Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005) and a normal's of their size,
//! since a quantile of few errors is noisy; it is widened for the number of independent origins (Student), since the
//! errors of one origin are alike.

use super::backtest::{Plan, Scores};
use super::count;

/// Exponents of the growth of errors with the horizon that are tried: constant to a random walk's and a little more.
const GROWTHS: [f64; 8] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75];
/// The standard deviation of a normal variable over its mean absolute value.
const NORMAL_OVER_MEAN: f64 = 1.253_314_137;
/// The growth of a random walk: assumed past the horizon of the backtest, and where nothing is known.
const RANDOM_WALK: f64 = 0.5;
/// How much of Student's widening is taken: the origins overlap, but their errors are not one.
const WIDENING: f64 = 0.5;

/// Half-widths of intervals, step by step and level by level.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    /// Absolute errors of each origin: `[origin][step]`.
    errors: Vec<Vec<f64>>,
    growth: f64,
    measured: usize,
    /// How much larger errors are at each measured step than at the first.
    profile: Vec<f64>,
    /// All errors in units of the profile with their origins, the smallest first.
    sorted: Vec<(f64, usize)>,
    /// How many of the origins count as independent.
    independent: f64,
}

impl Spread {
    /// From errors in a backtest.
    pub(super) fn of(plan: &Plan, scores: &Scores) -> Self {
        let absolute = |row: &Vec<f64>| row.iter().map(|e| e.abs()).collect();
        let errors: Vec<Vec<f64>> = scores.errors.iter().map(absolute).collect();
        let span = match plan.origins.as_slice() {
            [first, .., last] => last - first,
            _ => 0,
        };
        // Windows that overlap by more than half see the same surprises.
        let apart = 1.0 + 2.0 * count(span) / count(plan.horizon.max(1));
        let independent = apart.min(count(errors.len()));
        let growth = growth(&errors);
        Self::with(errors, growth, plan.horizon, independent)
    }

    /// Powers and a sorted list cost more than all that is made from them: once for all levels and origins.
    fn with(errors: Vec<Vec<f64>>, growth: f64, measured: usize, independent: f64) -> Self {
        let steps = errors.iter().map(Vec::len).max().unwrap_or(0);
        let profile = powers(growth, steps.max(measured));
        let mut sorted = Vec::with_capacity(errors.len() * steps);
        for (origin, row) in errors.iter().enumerate() {
            sorted.extend(row.iter().zip(&profile).map(|(e, p)| (e / p, origin)));
        }
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self {
            errors,
            growth,
            measured,
            profile,
            sorted,
            independent,
        }
    }

    /// Half-widths of the first steps for a level in percent.
    pub(super) fn half_widths(&self, level: u8, steps: usize) -> Vec<f64> {
        let quantile = self.quantile(level, None);
        (1..=steps)
            .map(|step| quantile * self.profile(step))
            .collect()
    }

    /// The share of held-back errors inside an interval made from the other origins' errors, for each step.
    pub(super) fn coverage(&self, level: u8) -> Option<Vec<f64>> {
        if self.errors.len() < 2 {
            return None;
        }
        let mut inside = vec![0_usize; self.measured];
        for (origin, row) in self.errors.iter().enumerate() {
            let quantile = self.quantile(level, Some(origin));
            for ((error, profile), hits) in row.iter().zip(&self.profile).zip(&mut inside) {
                *hits += usize::from(*error <= quantile * profile);
            }
        }
        let origins = count(self.errors.len());
        Some(
            inside
                .into_iter()
                .map(|hits| count(hits) / origins)
                .collect(),
        )
    }

    /// How much larger errors are at a step than at the first.
    fn profile(&self, step: usize) -> f64 {
        let known = step.min(self.measured).max(1);
        let measured = self.profile.get(known - 1).copied().unwrap_or(1.0);
        if step <= known {
            return measured;
        }
        let beyond = count(step) / count(known);
        measured * libm::pow(beyond, self.growth.max(RANDOM_WALK))
    }

    fn quantile(&self, level: u8, without: Option<usize>) -> f64 {
        // What was wrong lately says more: weights grow with the origin.
        let weight = |origin: usize| count(origin + 1);
        let (mut total, mut squares) = (0.0, 0.0);
        for origin in (0..self.errors.len()).filter(|o| Some(*o) != without) {
            total += weight(origin);
            squares += weight(origin) * weight(origin);
        }
        let kept = self.sorted.iter().filter(|(_, o)| Some(*o) != without);
        let pooled: Vec<(f64, f64)> = kept.map(|(e, origin)| (*e, weight(*origin))).collect();
        let effective = if squares > 0.0 {
            total * total / squares
        } else {
            1.0
        };
        let independent = self.independent * effective / count(self.errors.len().max(1));
        let by_rank = conformal(&pooled, level);
        let by_size = normal(level) * typical(&pooled);
        f64::midpoint(by_rank, by_size) * WIDENING.mul_add(widening(independent, level) - 1.0, 1.0)
    }
}

/// The standard deviation that errors speak of: half from their mean size, half from their mean square.
fn typical(errors: &[(f64, f64)]) -> f64 {
    let total: f64 = errors.iter().map(|(_, w)| w).sum();
    if total <= 0.0 {
        return 0.0;
    }
    let mean = errors.iter().map(|(e, w)| e * w).sum::<f64>() / total;
    let square = errors.iter().map(|(e, w)| e * e * w).sum::<f64>() / total;
    f64::midpoint(mean * NORMAL_OVER_MEAN, square.sqrt())
}

/// The half-width of a history that is too short for a backtest: normal errors of the size of its steps.
pub(super) fn naive_half_width(change: f64, changes: usize, step: usize, level: u8) -> f64 {
    let sigma = change * NORMAL_OVER_MEAN;
    sigma * normal(level) * widening(count(changes), level) * count(step).sqrt()
}

/// The exponent under which errors of all steps look alike: maximum likelihood of Laplace errors.
fn growth(errors: &[Vec<f64>]) -> f64 {
    let steps: usize = errors.iter().map(Vec::len).max().unwrap_or(0);
    if steps < 3 {
        return RANDOM_WALK;
    }
    let logarithms: Vec<f64> = (1..=steps).map(|step| libm::log(count(step))).collect();
    let cost = |growth: f64| {
        let (mut sum, mut logs, mut n) = (0.0, 0.0, 0_usize);
        let powers = powers(growth, steps);
        for row in errors {
            for ((error, power), logarithm) in row.iter().zip(&powers).zip(&logarithms) {
                sum += error / power;
                logs += growth * logarithm;
                n += 1;
            }
        }
        let n = count(n.max(1));
        libm::log(sum.max(1e-300) / n) + logs / n
    };
    let mut best = (RANDOM_WALK, cost(RANDOM_WALK));
    for growth in GROWTHS {
        let at = cost(growth);
        if at < best.1 - 1e-9 {
            best = (growth, at);
        }
    }
    best.0
}

/// The growth of errors at each step, against the first.
fn powers(growth: f64, steps: usize) -> Vec<f64> {
    (1..=steps)
        .map(|step| libm::pow(count(step), growth))
        .collect()
}

/// The weighted quantile of sorted errors that covers a new one with this probability: the new one counts as one more.
fn conformal(sorted: &[(f64, f64)], level: u8) -> f64 {
    let total: f64 = sorted.iter().map(|(_, w)| w).sum();
    let rank = total * (1.0 + 1.0 / count(sorted.len().max(1))) * f64::from(level) / 100.0;
    let (mut below, mut reached) = (0.0, 0.0);
    for (value, weight) in sorted {
        if reached + weight >= rank {
            return (value - below).mul_add((rank - reached) / weight, below);
        }
        reached += weight;
        below = *value;
    }
    below
}

/// Student's quantile over the normal one, for as many independent errors: Cornish-Fisher's expansion.
fn widening(independent: f64, level: u8) -> f64 {
    let nu = (independent - 1.0).max(2.0);
    let z2 = normal(level) * normal(level);
    let first = (z2 + 1.0) / (4.0 * nu);
    let second = (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / (96.0 * nu * nu);
    1.0 + first + second
}

/// The z for which a normal variable is within -z and z with this probability (percent): Abramowitz & Stegun 26.2.23.
pub(super) fn normal(level: u8) -> f64 {
    let tail = (1.0 - f64::from(level.clamp(1, 99)) / 100.0) / 2.0;
    let t = (-2.0 * libm::log(tail)).sqrt();
    let top = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let bottom = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (t - top / bottom).max(0.0)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact answers are compared")]
mod tests {
    use super::*;

    #[test]
    fn known_quantiles() {
        for (level, z) in [
            (50, 0.674_49),
            (80, 1.281_55),
            (95, 1.959_96),
            (99, 2.575_83),
        ] {
            assert!((normal(level) - z).abs() < 5e-4, "{level}");
        }
        // Student's t with 9 degrees of freedom, 95 %: 2.262.
        assert!((normal(95) * widening(10.0, 95) - 2.262).abs() < 0.01);
    }

    #[test]
    fn conformal_rank_counts_the_new_value() {
        let errors: Vec<(f64, f64)> = (1..=9).map(|e| (f64::from(e), 1.0)).collect();
        assert_eq!(conformal(&errors, 50), 5.0);
        assert_eq!(conformal(&errors, 80), 8.0);
        assert_eq!(conformal(&errors, 95), 9.0);
        assert_eq!(conformal(&[], 95), 0.0);
    }

    #[test]
    fn growth_is_found() {
        let rows = |p: f64| -> Vec<Vec<f64>> {
            (1..6)
                .map(|o| {
                    (1..=12)
                        .map(|h| f64::from(o) * libm::pow(f64::from(h), p))
                        .collect()
                })
                .collect()
        };
        assert_eq!(growth(&rows(0.0)), 0.0);
        assert_eq!(growth(&rows(0.3)), 0.3);
        assert_eq!(growth(&[vec![1.0], vec![2.0]]), RANDOM_WALK);
    }

    #[test]
    fn coverage_leaves_the_origin_out() {
        // One origin is ten times as wrong: made from the others, its interval cannot hold it.
        let mut errors = vec![vec![1.0; 4]; 5];
        errors.push(vec![10.0; 4]);
        let spread = Spread::with(errors, 0.0, 4, 6.0);
        assert_eq!(spread.coverage(80), Some(vec![5.0 / 6.0; 4]));
    }
}
