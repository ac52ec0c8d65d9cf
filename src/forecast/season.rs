//! Is there a season, and what are its indices: the test and the classical decomposition that theta methods use.
//!
//! Source: Assimakopoulos & Nikolopoulos, The theta model, International Journal of Forecasting 16 (2000); Hyndman &
//! Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), sections 2.8 and 3.4.

use super::count;

/// 90 % of white noise has a smaller autocorrelation, in standard errors.
const SIGNIFICANT: f64 = 1.645;
/// Indices nearer to zero than this would blow up what is divided by them.
const INDEX_MIN: f64 = 0.01;

/// How a season combines with what is under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Combining {
    Additive,
    Multiplicative,
}

/// A series without its season, and the way back.
#[derive(Debug, Clone)]
pub(super) struct Adjusted {
    /// The series with the season taken out.
    pub(super) values: Vec<f64>,
    combining: Combining,
    /// One for each step of the season, the first for the first step after the history; empty without a season.
    ahead: Vec<f64>,
}

impl Adjusted {
    /// The series as it is.
    pub(super) fn none(values: &[f64]) -> Self {
        Self {
            values: values.to_vec(),
            combining: Combining::Additive,
            ahead: Vec::new(),
        }
    }

    /// Takes a season out if the series passes the test for one.
    pub(super) fn tested(values: &[f64], season: usize) -> Self {
        if is_seasonal(values, season) {
            Self::of(values, season)
        } else {
            Self::none(values)
        }
    }

    /// Takes the season out: by division where every value is positive, by subtraction otherwise. A history of less
    /// than two seasons has none to take.
    pub(super) fn of(values: &[f64], season: usize) -> Self {
        if season < 2 || values.len() < season * 2 {
            return Self::none(values);
        }
        let positive = values.iter().all(|v| *v > 0.0);
        let combining = if positive {
            Combining::Multiplicative
        } else {
            Combining::Additive
        };
        let mut indices = indices(values, season, combining);
        let combining =
            if combining == Combining::Multiplicative && indices.iter().any(|i| *i < INDEX_MIN) {
                indices = self::indices(values, season, Combining::Additive);
                Combining::Additive
            } else {
                combining
            };
        let adjusted = values
            .iter()
            .zip(indices.iter().cycle())
            .map(|(v, i)| match combining {
                Combining::Additive => v - i,
                Combining::Multiplicative => v / i,
            })
            .collect();
        indices.rotate_left(values.len() % season);
        Self {
            values: adjusted,
            combining,
            ahead: indices,
        }
    }

    /// Puts the season back on what was forecast without it.
    pub(super) fn restore(&self, mut point: Vec<f64>) -> Vec<f64> {
        for (p, i) in point.iter_mut().zip(self.ahead.iter().cycle()) {
            match self.combining {
                Combining::Additive => *p += i,
                Combining::Multiplicative => *p *= i,
            }
        }
        point
    }
}

/// Whether the autocorrelation at the season's lag is more than chance, in the series, around its line, or from step to step; with
/// less than three seasons nobody can say.
pub(super) fn is_seasonal(values: &[f64], season: usize) -> bool {
    let n = values.len();
    if season < 2 || n < season * 3 {
        return false;
    }
    let mean = values.iter().sum::<f64>() / count(n);
    let centred: Vec<f64> = values.iter().map(|v| v - mean).collect();
    // A line through the values correlates at every lag, so a season on it passes for chance.
    let middle = count(n - 1) / 2.0;
    let place = |t: usize| count(t) - middle;
    let spread: f64 = (0..n).map(|t| place(t) * place(t)).sum();
    let slope = centred
        .iter()
        .enumerate()
        .map(|(t, v)| place(t) * v)
        .sum::<f64>()
        / spread;
    let around = centred
        .iter()
        .enumerate()
        .map(|(t, v)| v - slope * place(t));
    let around: Vec<f64> = around.collect();
    // A smooth season correlates at every lag too: from step to step only what comes again stands out.
    let steps: Vec<f64> = around
        .windows(2)
        .map(|pair| match pair {
            [before, after] => after - before,
            _ => 0.0,
        })
        .collect();
    correlates(&centred, season) || correlates(&around, season) || correlates(&steps, season)
}

/// Whether the autocorrelation at a lag is more than chance, by Bartlett's bound.
fn correlates(centred: &[f64], season: usize) -> bool {
    let total: f64 = centred.iter().map(|v| v * v).sum();
    if total <= 0.0 {
        return false;
    }
    let correlation = |lag: usize| -> f64 {
        let pairs = centred.iter().zip(centred.iter().skip(lag));
        pairs.map(|(a, b)| a * b).sum::<f64>() / total
    };
    let before: f64 = (1..season).map(|lag| correlation(lag).powi(2)).sum();
    let bound = SIGNIFICANT * (2.0f64.mul_add(before, 1.0) / count(centred.len())).sqrt();
    correlation(season).abs() > bound
}

/// The centred moving average over a season: none for the half season at each end.
pub(super) fn centred_average(values: &[f64], season: usize) -> Vec<Option<f64>> {
    let half = season / 2;
    let n = values.len();
    (0..n)
        .map(|t| {
            let from = t.checked_sub(half)?;
            let window = values.get(from..=t + half)?;
            let sum: f64 = window.iter().sum();
            // An even season has half a step too many: its ends count half.
            let ends = if season.is_multiple_of(2) {
                window
                    .first()
                    .zip(window.last())
                    .map_or(0.0, |(a, b)| (a + b) / 2.0)
            } else {
                0.0
            };
            Some((sum - ends) / count(season))
        })
        .collect()
}

/// The seasonal indices, the first for the first value; they add to 0 or average 1.
pub(super) fn indices(values: &[f64], season: usize, combining: Combining) -> Vec<f64> {
    let mut sums = vec![(0.0, 0_usize); season];
    for (t, (value, average)) in values
        .iter()
        .zip(centred_average(values, season))
        .enumerate()
    {
        let (Some(average), Some(sum)) = (average, sums.get_mut(t % season)) else {
            continue;
        };
        sum.0 += match combining {
            Combining::Additive => value - average,
            Combining::Multiplicative => value / average.max(f64::MIN_POSITIVE),
        };
        sum.1 += 1;
    }
    let neutral = match combining {
        Combining::Additive => 0.0,
        Combining::Multiplicative => 1.0,
    };
    let means = sums
        .into_iter()
        .map(|(sum, n)| if n > 0 { sum / count(n) } else { neutral });
    let means: Vec<f64> = means.collect();
    let overall = means.iter().sum::<f64>() / count(season);
    means
        .into_iter()
        .map(|i| match combining {
            Combining::Additive => i - overall,
            Combining::Multiplicative => i / overall,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seasonal(n: u32, times: bool) -> Vec<f64> {
        let shape = [0.8, 1.1, 1.3, 0.8];
        (0..n)
            .zip(shape.iter().cycle())
            .map(|(t, s)| {
                let level = 100.0 + 2.0 * f64::from(t);
                if times {
                    level * s
                } else {
                    level - 300.0 + 40.0 * s
                }
            })
            .collect()
    }

    #[test]
    fn a_season_is_taken_out_and_put_back_in_phase() {
        for times in [true, false] {
            let values = seasonal(30, times);
            let adjusted = Adjusted::tested(&values, 4);
            assert!(!adjusted.ahead.is_empty());
            let line: Vec<f64> = adjusted.values.windows(2).map(|w| w[1] - w[0]).collect();
            assert!(line.iter().all(|d| (d - 2.0).abs() < 0.8), "{line:?}");
            let ahead = adjusted.restore((30..36).map(|t| 100.0 + 2.0 * f64::from(t)).collect());
            let expected = seasonal(36, times);
            for (a, e) in ahead.iter().zip(&expected[30..]) {
                let e = if times { *e } else { e + 300.0 - 40.0 };
                assert!((a - e).abs() < 3.0, "{a} {e}");
            }
        }
    }

    #[test]
    fn noise_and_short_histories_have_no_season() {
        let noise: Vec<f64> = (0..60_u32).map(|t| f64::from((t * 7919) % 101)).collect();
        assert!(!is_seasonal(&noise, 12));
        assert!(!is_seasonal(&seasonal(11, true), 4));
        assert!(!is_seasonal(&[5.0; 40], 4));
        assert!(Adjusted::of(&[1.0; 7], 4).ahead.is_empty());
    }
}
