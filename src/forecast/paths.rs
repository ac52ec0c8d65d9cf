//! Sample paths of forecasts: what the steps ahead may look like together, from the errors of the backtest.
//!
//! Every path mixes the whole error paths of all origins with standard normal weights (a Gaussian multiplier bootstrap:
//! van der Vaart & Wellner, Weak Convergence and Empirical Processes, 1996, section 2.9). Its covariance over the steps,
//! and over series whose errors are mixed with the same weights, is that of the errors; drawing one origin at a time would
//! have the same covariance, but a backtest has at most eight origins, and so as many different paths. Each step is
//! standard normal and is then stretched to the interval that was published for it, so that paths and intervals agree.

use super::Errors;
use super::count;
use super::intervals::normal;
use crate::model::answer::{Band, Forecast};

/// Numbers that look random and are the same everywhere for a seed: Steele, Lea & Flood, Fast splittable pseudorandom
/// number generators, OOPSLA 2014.
#[derive(Debug, Clone)]
pub struct SplitMix(u64);

impl SplitMix {
    /// A generator for a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform between -1 and 1, neither of which it reaches.
    fn side(&mut self) -> f64 {
        let high = u32::try_from(self.bits() >> 32).unwrap_or(u32::MAX);
        (f64::from(high) + 0.5) / 2_147_483_648.0 - 1.0
    }

    /// Standard normal: Marsaglia's polar method.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (self.side(), self.side());
            let square = x.mul_add(x, y * y);
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }
}

/// `count` sample paths of a forecast, drawn with a seed: the same seed gives the same bytes on every host.
///
/// Each second path mirrors the one before, so that they spread evenly about the estimate. A forecast without a backtest
/// gets the paths of a random walk.
///
/// # Shape    the answer: `[count][h]`
/// # Units    the measure's
/// # Source   the file's head
#[must_use]
pub fn paths(
    forecast: &Forecast,
    errors: Option<&Errors>,
    never_negative: bool,
    count: usize,
    seed: u64,
) -> Vec<Vec<f64>> {
    let steps = forecast.point.len();
    let mut random = SplitMix::new(seed);
    let stretches = Stretch::of(&forecast.point, &forecast.bands);
    let loadings = errors.and_then(|e| Loadings::new(e, &e.ages, steps));
    let weights = loadings.as_ref().map_or(0, |l| l.origins);
    let mut drawn = vec![0.0; steps];
    (0..count)
        .map(|path| {
            if path % 2 == 0 {
                let fresh = match &loadings {
                    Some(loadings) => {
                        let weights: Vec<f64> = (0..weights).map(|_| random.normal()).collect();
                        loadings.shocks(&weights)
                    }
                    None => random_walk(&mut random, steps),
                };
                drawn = fresh;
            } else {
                for shock in &mut drawn {
                    *shock = -*shock;
                }
            }
            let steps = forecast.point.iter().zip(&stretches).zip(&drawn);
            steps
                .map(|((point, stretch), shock)| {
                    let value = point + stretch.at(*shock);
                    if never_negative {
                        value.max(0.0)
                    } else {
                        value
                    }
                })
                .collect()
        })
        .collect()
}

/// Standard normal at each step, with the correlation of a random walk.
fn random_walk(random: &mut SplitMix, steps: usize) -> Vec<f64> {
    let mut sum = 0.0;
    (1..=steps)
        .map(|step| {
            sum += random.normal();
            sum / count(step).sqrt()
        })
        .collect()
}

/// How much each origin's weight counts at each step.
#[derive(Debug, Clone)]
pub(super) struct Loadings {
    pub(super) origins: usize,
    /// `[step][origin]`, of length one each.
    rows: Vec<f64>,
}

impl Loadings {
    /// For the origins at `ages`; of a series that has none there the nearest counts. None without errors.
    pub(super) fn new(errors: &Errors, ages: &[usize], steps: usize) -> Option<Self> {
        let chosen: Option<Vec<&Vec<f64>>> = ages.iter().map(|age| errors.near(*age)).collect();
        let chosen = chosen.filter(|rows| !rows.is_empty())?;
        let measured = chosen.iter().map(|row| row.len()).min()?;
        let even = 1.0 / count(chosen.len()).sqrt();
        let mut rows = Vec::with_capacity(steps * chosen.len());
        let mut last = vec![even; chosen.len()];
        for step in 0..steps {
            // A step without errors, and those past the backtest's horizon, go with the step before.
            if step < measured {
                let at: Vec<f64> = chosen
                    .iter()
                    .map(|row| row.get(step).copied().unwrap_or(0.0))
                    .collect();
                let length = at.iter().map(|e| e * e).sum::<f64>().sqrt();
                if length > 0.0 && length.is_finite() {
                    last = at.iter().map(|e| e / length).collect();
                }
            }
            rows.extend(&last);
        }
        Some(Self {
            origins: chosen.len(),
            rows,
        })
    }

    /// A standard normal value at a step for each path.
    ///
    /// # Shape    weights: `[origin][path]`; into: `[path]`
    pub(super) fn shocks_at(&self, step: usize, weights: &[Vec<f64>], into: &mut [f64]) {
        into.fill(0.0);
        let row = self.rows.chunks_exact(self.origins.max(1)).nth(step);
        for (loading, weights) in row.unwrap_or_default().iter().zip(weights) {
            for (shock, weight) in into.iter_mut().zip(weights) {
                *shock += loading * weight;
            }
        }
    }

    /// A standard normal value for each step.
    fn shocks(&self, weights: &[f64]) -> Vec<f64> {
        let rows = self.rows.chunks_exact(self.origins.max(1));
        rows.map(|row| row.iter().zip(weights).map(|(l, w)| l * w).sum())
            .collect()
    }
}

/// The stretch of a standard normal value to a step's intervals: linear between their ends, which it meets exactly, and on
/// past the widest as far as that one is wide.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stretch {
    /// Of each level: the normal quantile, and how far the interval reaches up and down.
    ends: Vec<(f64, f64, f64)>,
}

impl Stretch {
    /// One for each step.
    pub(super) fn of(point: &[f64], bands: &[Band]) -> Vec<Self> {
        let quantiles: Vec<f64> = bands.iter().map(|band| normal(band.level)).collect();
        let at = |(step, point): (usize, &f64)| Self {
            ends: bands
                .iter()
                .zip(&quantiles)
                .filter_map(|(band, z)| {
                    let (lower, upper) = (band.lower.get(step)?, band.upper.get(step)?);
                    Some((*z, (upper - point).max(0.0), (point - lower).max(0.0)))
                })
                .collect(),
        };
        point.iter().enumerate().map(at).collect()
    }

    /// The same with other reaches.
    pub(super) fn map(&self, reach: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        let ends = self.ends.iter().map(|(z, up, down)| {
            let (up, down) = reach(*up, *down);
            (*z, up, down)
        });
        Self {
            ends: ends.collect(),
        }
    }

    /// How far the intervals reach up and down, level by level.
    pub(super) fn reaches(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.ends.iter().map(|(_, up, down)| (*up, *down))
    }

    /// The deviation from the estimate for a standard normal value.
    pub(super) fn at(&self, shock: f64) -> f64 {
        let (up, down) = self.both(shock.abs());
        if shock < 0.0 { -down } else { up }
    }

    /// How far up and down from the estimate a value of this size and its mirror are.
    pub(super) fn both(&self, size: f64) -> (f64, f64) {
        let (mut z0, mut up0, mut down0) = (0.0, 0.0, 0.0);
        for (z, up, down) in &self.ends {
            if size <= *z {
                let share = (size - z0) / (z - z0);
                return ((up - up0) * share + up0, (down - down0) * share + down0);
            }
            (z0, up0, down0) = (*z, *up, *down);
        }
        if z0 > 0.0 {
            (up0 * size / z0, down0 * size / z0)
        } else {
            (0.0, 0.0)
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact answers are compared")]
mod tests {
    use super::super::{Request, with_errors};
    use super::*;
    use crate::model::calendar::Grain;

    fn history(steps: u32) -> Vec<f64> {
        let mut random = SplitMix::new(7);
        (0..steps)
            .map(|t| 300.0 + 20.0 * f64::from(t % 12) + 25.0 * random.normal())
            .collect()
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // The reference implementation's first values for the seed 1234567.
        let mut random = SplitMix::new(1_234_567);
        let first = [random.bits(), random.bits(), random.bits()];
        let known = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(first, known);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let square = draws.iter().map(|d| d * d).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.03);
    }

    #[test]
    fn quantiles_of_many_paths_are_the_bands() {
        for steps in [4, 72] {
            let values = history(steps);
            let (forecast, errors) = with_errors(&Request::new(&values, Grain::Month, 6)).unwrap();
            assert_eq!(errors.is_some(), steps > 4);
            let paths = paths(&forecast, errors.as_ref(), true, 8_000, 11);
            assert_eq!(paths.len(), 8_000);
            for band in &forecast.bands {
                for step in 0..6 {
                    let (lower, upper) = (band.lower[step], band.upper[step]);
                    let inside = paths
                        .iter()
                        .filter(|path| lower <= path[step] && path[step] <= upper)
                        .count();
                    let share = count(inside) / 8_000.0 * 100.0;
                    // A lower end at zero holds what is cut off there too.
                    let slack = if lower <= 0.0 { 11.0 } else { 1.5 };
                    assert!(
                        (share - f64::from(band.level)).abs() < slack,
                        "{step} {} {share}",
                        band.level
                    );
                }
            }
        }
    }

    #[test]
    fn one_seed_gives_one_set_of_paths() {
        let values = history(48);
        let (forecast, errors) = with_errors(&Request::new(&values, Grain::Month, 3)).unwrap();
        let draw = |seed| paths(&forecast, errors.as_ref(), true, 9, seed);
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
        assert!(paths(&forecast, errors.as_ref(), true, 0, 3).is_empty());
    }

    #[test]
    fn errors_that_last_make_paths_that_last() {
        let lasting = Errors {
            ages: vec![9, 6, 3],
            rows: vec![vec![5.0, 5.0], vec![-4.0, -4.0], vec![3.0, 3.0]],
        };
        let loadings = Loadings::new(&lasting, &lasting.ages, 4).unwrap();
        let shocks = loadings.shocks(&[0.3, -1.0, 2.0]);
        assert!(shocks.iter().all(|s| (s - shocks[0]).abs() < 1e-12));
        let weights = [0.3, -1.0, 2.0];
        let turning = Errors {
            rows: vec![vec![5.0, -5.0], vec![-4.0, 4.0], vec![3.0, -3.0]],
            ..lasting
        };
        let loadings = Loadings::new(&turning, &turning.ages, 2).unwrap();
        let shocks = loadings.shocks(&weights);
        assert!((shocks[0] + shocks[1]).abs() < 1e-12);
    }

    #[test]
    fn a_stretch_meets_the_ends_of_the_intervals() {
        let bands = [(80, 90.0, 120.0), (95, 70.0, 130.0)].map(|(level, lower, upper)| Band {
            level,
            lower: vec![lower],
            upper: vec![upper],
        });
        let stretch = Stretch::of(&[100.0], &bands).remove(0);
        assert_eq!(stretch.at(0.0), 0.0);
        assert_eq!(stretch.at(normal(80)), 20.0);
        assert_eq!(stretch.at(-normal(80)), -10.0);
        assert_eq!(stretch.at(-normal(95)), -30.0);
        assert_eq!(stretch.at(2.0 * normal(95)), 60.0);
        assert_eq!(Stretch { ends: Vec::new() }.at(1.0), 0.0);
    }
}
