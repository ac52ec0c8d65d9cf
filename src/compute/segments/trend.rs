//! Is a product rising or falling: a test that a season cannot fool, and a slope that a wild month cannot.
//!
//! With two years or more, each of the last twelve months is compared with the same month a year before: the seasonal
//! Kendall test of Hirsch, Slack & Smith, Techniques of trend analysis for monthly water quality data, Water Resources
//! Research 18 (1982), over the last two years. With less, the last twelve months are compared with each other, and a
//! season may pass for a trend: [`Basis::Months`] says so. The slope is the median of those of all compared pairs (Theil
//! 1950; Sen, Estimates of the regression coefficient based on Kendall's tau, Journal of the American Statistical
//! Association 63, 1968).
//!
//! The statistic S is the number of pairs that rise less those that fall; its variance without a trend, for n values
//! with groups of t equal ones, is `(n (n-1) (2n+5) - sum t (t-1) (2t+5)) / 18` (Mann 1945; Kendall 1975), summed over
//! seasons. `z = (|S| - 1) / sqrt(variance)` is taken as normal.

use crate::compute::robust::{count, median, normal_tail, real, real_wide};

/// The chance of a false alarm at which a trend is believed.
const SIGNIFICANCE: f64 = 0.05;
/// Months of a year.
const YEAR: usize = 12;
/// Fewer months have no trend that could be told from chance.
const MONTHS_MIN: usize = 8;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Significantly upwards.
    Rising,
    /// Significantly downwards.
    Falling,
    /// Neither.
    Steady,
}

/// What was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Each of the last twelve months with the same one a year before.
    YearOverYear,
    /// The last months, twelve at most, with each other: a season may look like a trend.
    Months,
}

/// A trend and the figures behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Which way.
    pub direction: Direction,
    /// What was compared.
    pub basis: Basis,
    /// Median change per month, the measure's scaled unit.
    pub slope: f64,
    /// The chance of so clear a direction if there were no trend, two-sided.
    pub p_value: f64,
}

impl Trend {
    /// The trend of the last months; none of less than eight, or of nothing but zeros.
    pub(super) fn of(months: &[i64]) -> Option<Self> {
        if months.iter().all(|v| *v == 0) {
            return None;
        }
        let last = |n: usize| months.get(months.len().checked_sub(n)?..);
        if let Some(two_years) = last(2 * YEAR) {
            let (before, after) = two_years.split_at(YEAR);
            let pairs = before.iter().zip(after);
            let seasons = pairs.map(|(a, b)| [*a, *b]);
            return Some(Self::test(seasons, YEAR, Basis::YearOverYear));
        }
        let months = last(months.len().min(YEAR)).filter(|m| m.len() >= MONTHS_MIN)?;
        Some(Self::test([months].into_iter(), 1, Basis::Months))
    }

    /// Values of each season, oldest first, `apart` months between them.
    fn test<S: AsRef<[i64]>>(seasons: impl Iterator<Item = S>, apart: usize, basis: Basis) -> Self {
        let (mut s, mut variance) = (0_i64, 0.0);
        let mut slopes = Vec::with_capacity(YEAR * (YEAR - 1) / 2);
        for values in seasons {
            let values = values.as_ref();
            for (i, early) in values.iter().enumerate() {
                for (steps, late) in values.iter().skip(i).enumerate().skip(1) {
                    s += i64::from(late > early) - i64::from(late < early);
                    // The same number; 128 bits are slow, above all in wasm.
                    let change = late.checked_sub(*early).map(real);
                    let change =
                        change.unwrap_or_else(|| real_wide(i128::from(*late) - i128::from(*early)));
                    slopes.push(change / count(steps * apart));
                }
            }
            variance += variance_of(values);
        }
        let s = real(s);
        let z = if variance > 0.0 {
            (f64::abs(s) - 1.0).max(0.0) / f64::sqrt(variance)
        } else {
            0.0
        };
        let p_value = (2.0 * normal_tail(z)).min(1.0);
        let direction = match s {
            _ if p_value > SIGNIFICANCE => Direction::Steady,
            s if s > 0.0 => Direction::Rising,
            _ => Direction::Falling,
        };
        Self {
            direction,
            basis,
            slope: median(slopes).unwrap_or(0.0),
            p_value,
        }
    }
}

/// The variance of S without a trend.
fn variance_of(values: &[i64]) -> f64 {
    // Two values of a season, as there mostly are: (2 x 1 x 9 - ties) / 18.
    if let [a, b] = values {
        return real((a != b).into());
    }
    let term = |n: usize| {
        let n = count(n);
        n * (n - 1.0) * 2.0f64.mul_add(n, 5.0)
    };
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let ties: f64 = sorted.chunk_by(|x, y| x == y).map(|t| term(t.len())).sum();
    (term(values.len()) - ties) / 18.0
}
