//! What a series is made of: trend, season and remainder; and profiles of weekdays and months.
//!
//! The decomposition is the classical one by moving averages, with medians for the season (Hyndman & Athanasopoulos,
//! Forecasting: Principles and Practice, 3rd ed., section 3.4): the trend is the centred moving average over a season,
//! continued over the half season at each end by a least-squares line through the nearest season of it; the season is
//! the median of each phase without the trend, centred; the remainder is what is left. A multiplicative decomposition is
//! the additive one of logarithms. Strengths are those of Wang, Smith & Hyndman, Characteristic-based clustering for time
//! series data, Data Mining and Knowledge Discovery 13 (2006): `max(0, 1 - Var(R) / Var(T + R))` of the trend, with S for
//! T of the season.

use super::robust::{count, median, real, real_wide};
use crate::error::{Error, Result};
use crate::model::{Grain, Series};

#[cfg(test)]
mod tests;

/// How the parts combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combining {
    /// `trend + season + remainder`.
    Additive,
    /// `trend x season x remainder`.
    Multiplicative,
}

/// A series in parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// How they combine.
    pub combining: Combining,
    /// The level, in the series' scaled unit.
    pub trend: Vec<f64>,
    /// Added to the trend, or a factor of it.
    pub season: Vec<f64>,
    /// Added to both, or a factor of them.
    pub remainder: Vec<f64>,
    /// Strength of the trend, 0 (none) to 1.
    pub trend_strength: f64,
    /// Strength of the season, 0 (none) to 1.
    pub season_strength: f64,
}

/// Decomposes a series, by factors if every value is above 0 and that makes the season stronger; none if it is shorter
/// than two seasons, or a season shorter than two steps.
///
/// # Shape    each part: \[n\]
/// # Source   see the top of the file
#[must_use]
pub fn decompose(values: &[i64], season: usize) -> Option<Decomposition> {
    if season < 2 || values.len() < 2 * season {
        return None;
    }
    let values: Vec<f64> = values.iter().map(|v| real(*v)).collect();
    let additive = parts(&values, season, Combining::Additive);
    if values.iter().any(|v| *v <= 0.0) {
        return Some(additive);
    }
    let logarithms: Vec<f64> = values.iter().map(|v| libm::log(*v)).collect();
    let mut relative = parts(&logarithms, season, Combining::Multiplicative);
    if relative.season_strength <= additive.season_strength {
        return Some(additive);
    }
    for part in [
        &mut relative.trend,
        &mut relative.season,
        &mut relative.remainder,
    ] {
        for value in part.iter_mut() {
            *value = libm::exp(*value);
        }
    }
    Some(relative)
}

fn parts(values: &[f64], season: usize, combining: Combining) -> Decomposition {
    let trend = trend(values, season);
    let detrended: Vec<f64> = values.iter().zip(&trend).map(|(v, t)| v - t).collect();
    let mut phases: Vec<f64> = (0..season)
        .map(|phase| {
            let own = detrended.iter().skip(phase).step_by(season);
            median(own.copied()).unwrap_or(0.0)
        })
        .collect();
    let mean = phases.iter().sum::<f64>() / count(season);
    for index in &mut phases {
        *index -= mean;
    }
    let season: Vec<f64> = phases.iter().cycle().take(values.len()).copied().collect();
    let remainder: Vec<f64> = detrended.iter().zip(&season).map(|(d, s)| d - s).collect();
    Decomposition {
        combining,
        trend_strength: strength(&trend, &remainder),
        season_strength: strength(&season, &remainder),
        trend,
        season,
        remainder,
    }
}

/// The centred moving average over a season (over two of them, half a step apart, if its length is even), continued to
/// both ends.
fn trend(values: &[f64], season: usize) -> Vec<f64> {
    let half = season / 2;
    let inner: Vec<f64> = values
        .windows(2 * half + 1)
        .map(|window| {
            let sum: f64 = window.iter().sum();
            if season % 2 == 1 {
                return sum / count(season);
            }
            let ends = window
                .first()
                .zip(window.last())
                .map_or(0.0, |(a, b)| a + b);
            0.5f64.mul_add(-ends, sum) / count(season)
        })
        .collect();
    let near = season.min(inner.len());
    let first = line(inner.get(..near).unwrap_or_default());
    let last = line(inner.get(inner.len() - near..).unwrap_or_default());
    let before = (1..=half)
        .rev()
        .map(|back| first.1.mul_add(-count(back), first.0));
    let after = (1..=half).map(|on| last.1.mul_add(count(near - 1 + on), last.0));
    before.chain(inner.iter().copied()).chain(after).collect()
}

/// Value at the first point, and slope, of the least-squares line.
fn line(values: &[f64]) -> (f64, f64) {
    let n = count(values.len());
    let middle = (n - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let (mut up, mut down) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        let x = count(i) - middle;
        up += x * (value - mean);
        down += x * x;
    }
    let slope = if down > 0.0 { up / down } else { 0.0 };
    (slope.mul_add(-middle, mean), slope)
}

/// How much of a part and the remainder together is the part.
fn strength(part: &[f64], remainder: &[f64]) -> f64 {
    let variance = |of: &[f64]| {
        let mean = of.iter().sum::<f64>() / count(of.len().max(1));
        of.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
    };
    let both: Vec<f64> = part.iter().zip(remainder).map(|(p, r)| p + r).collect();
    let (left, all) = (variance(remainder), variance(&both));
    // Where nothing varies but the rounding of doubles there is no part to be strong.
    let size = both.iter().map(|v| v * v).sum::<f64>();
    if all <= size * 1e-20 {
        return 0.0;
    }
    (1.0 - left / all).clamp(0.0, 1.0)
}

/// How one weekday, month or quarter compares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhaseIndex {
    /// 0 is Monday, January or the first quarter.
    pub phase: usize,
    /// 1 is the average of all phases; none if it was never seen, or nothing is sold.
    pub index: Option<f64>,
    /// Mean of its steps, the series' scaled unit; none if it was never seen.
    pub average: Option<f64>,
    /// How many of its steps there are.
    pub count: usize,
}

/// The profile of weekdays (a series of days), months or quarters. Each step is held against the trend of
/// [`decompose`], so that growth, or a month that was seen once more than the others, does not bend the profile; a
/// phase's index is the sum of its steps over the sum of the trend there, and all indices average to 1. With less than
/// two seasons there is no trend, and steps are held against the mean of all.
///
/// # Shape    7, 12 or 4 phases, in order
/// # Errors   `Invalid` for other grains
pub fn profile(series: &Series) -> Result<Vec<PhaseIndex>> {
    let season = match series.grain {
        Grain::Day | Grain::Month | Grain::Quarter => series.grain.season_steps(),
        Grain::Week | Grain::Year => {
            return Err(Error::invalid(
                "a profile is of weekdays, months or quarters: use grain day, month or quarter",
            ));
        }
    };
    let values: Vec<f64> = series.values.iter().map(|v| real(*v)).collect();
    let level = if values.len() >= 2 * season {
        trend(&values, season)
    } else {
        let mean = values.iter().sum::<f64>() / count(values.len().max(1));
        vec![mean; values.len()]
    };
    let mut sums = vec![(0_i128, 0.0_f64, 0_usize); season];
    for (t, (value, level)) in series.values.iter().zip(&level).enumerate() {
        if let Some(phase) = sums.get_mut(phase(series, t)) {
            phase.0 += i128::from(*value);
            phase.1 += level;
            phase.2 += 1;
        }
    }
    let raw =
        |(sum, level, _): &(i128, f64, usize)| (*level > 0.0).then(|| real_wide(*sum) / level);
    let known: Vec<f64> = sums.iter().filter_map(raw).collect();
    let mean = known.iter().sum::<f64>() / count(known.len().max(1));
    Ok(sums
        .iter()
        .enumerate()
        .map(|(phase, of)| PhaseIndex {
            phase,
            index: raw(of).filter(|_| mean > 0.0).map(|index| index / mean),
            average: (of.2 > 0).then(|| real_wide(of.0) / count(of.2)),
            count: of.2,
        })
        .collect())
}

fn phase(series: &Series, t: usize) -> usize {
    let day = series.day(t);
    let month = i32::from(day.date().month()) - 1;
    let phase = match series.grain {
        // 1970-01-01 was a Thursday.
        Grain::Day => (day.0 + 3).rem_euclid(7),
        Grain::Quarter => month / 3,
        _ => month,
    };
    usize::try_from(phase).unwrap_or(0)
}
