//! Odd steps of a series, levels that shifted for good, and runs of nothing that look like a stock-out.
//!
//! - A step is odd if it leaves its expected range: the season's median times the running median level, plus and minus a
//!   threshold in robust standard deviations (see `expected`). The threshold is the two-sided one of a normal at which
//!   about one step a year is a false alarm, and never below [`SIGMAS_MIN`].
//! - A level shift is a lasting difference of medians before and after (see `shifts`).
//! - A stock-out is suspected where so many zeros in a row are less likely than [`STOCK_OUT_CHANCE`] at the rate and
//!   dispersion of the steps before (see `stock_out`).
//!
//! Steps on known days carry the day's name, and are left out of what is learnt.

use std::collections::BTreeMap;

use super::robust::{normal_tail, real};
use crate::model::{Grain, Series};

mod expected;
mod shifts;
mod stock_out;
#[cfg(test)]
mod tests;

use expected::Baseline;

/// The least threshold, robust standard deviations.
pub const SIGMAS_MIN: f64 = 3.0;
/// So many zeros in a row have to be less likely than this.
pub const STOCK_OUT_CHANCE: f64 = 0.001;
/// A step nearer to what was expected than this share of it is not worth a word.
const SHARE_MIN: f64 = 0.05;
/// Fewer steps say nothing of what is usual.
const STEPS_MIN: usize = 8;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// False alarms a year that are accepted, about.
    pub false_alarms_per_year: f64,
    /// What one sale is in the series' unit: 10^scale for a quantity, an average price for revenue. With it a run of
    /// zeros is judged by the number of sales that are missing; without, only by how often zeros came before.
    pub one_sale: Option<f64>,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            false_alarms_per_year: 1.0,
            one_sale: None,
        }
    }
}

/// What kind of odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One step above its range.
    High,
    /// One step below its range.
    Low,
    /// From here on the level is higher.
    ShiftUp,
    /// From here on the level is lower.
    ShiftDown,
    /// Nothing was sold for so long that something else than chance is likely.
    StockOut,
}

/// Something odd. Sums are over its steps, in the series' scaled unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomaly {
    /// What kind.
    pub kind: Kind,
    /// The first step.
    pub index: usize,
    /// How many steps: 1 for an odd step; the run for a stock-out; for a shift, the steps after it that it was judged by.
    pub steps: usize,
    /// What was sold in them.
    pub actual: i64,
    /// What would have been expected.
    pub expected: f64,
    /// Lower end of the expected range.
    pub lower: f64,
    /// Upper end of the expected range.
    pub upper: f64,
    /// How odd: robust standard deviations, or for zeros the normal deviation of the same chance, about.
    pub score: f64,
    /// The known day on it (for a stretch, the first of them).
    pub name: Option<String>,
}

/// What one step was expected to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// In the middle.
    pub expected: f64,
    /// Lower end; not below 0 in a series that never is.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomalies {
    /// Most severe first, equal ones by step.
    pub found: Vec<Anomaly>,
    /// The expected range of every step; empty if the series is too short for one.
    pub ranges: Vec<Range>,
    /// Half the width of a range, robust standard deviations.
    pub threshold: f64,
}

/// Looks for what is odd in a series.
///
/// # Shape    named: holidays and events by step; ranges: one for each step, or none below eight steps
/// # Units    the series' scaled unit
/// # Source   see the top of the room and of its parts
#[must_use]
pub fn anomalies(series: &Series, named: &BTreeMap<usize, String>, look: &Look) -> Anomalies {
    let threshold = threshold(series.grain, look.false_alarms_per_year);
    if series.values.len() < STEPS_MIN {
        return Anomalies {
            found: Vec::new(),
            ranges: Vec::new(),
            threshold,
        };
    }
    let values: Vec<f64> = series.values.iter().map(|v| real(*v)).collect();
    let baseline = Baseline::of(series, &values, named);
    let ranges = baseline.ranges(threshold);
    let one_sale = look.one_sale.filter(|unit| *unit > 0.0);
    let runs = stock_out::runs(series, &values, named, one_sale);
    let is_out = |t: usize| {
        runs.iter()
            .any(|r| (r.index..r.index + r.steps).contains(&t))
    };

    let mut found: Vec<Anomaly> = Vec::new();
    for (t, (range, value)) in ranges.iter().zip(&values).enumerate() {
        let off = value - range.expected;
        let is_odd = *value < range.lower || *value > range.upper;
        if is_odd && off.abs() >= SHARE_MIN * range.expected.abs() && !is_out(t) {
            let kind = if off > 0.0 { Kind::High } else { Kind::Low };
            found.push(Anomaly {
                kind,
                index: t,
                steps: 1,
                actual: 0,
                expected: range.expected,
                lower: range.lower,
                upper: range.upper,
                score: baseline.score(t, off),
                name: None,
            });
        }
    }
    found.extend(shifts::shifts(series.grain, &baseline, &is_out, threshold));
    found.extend(runs);
    for anomaly in &mut found {
        let steps = anomaly.index..anomaly.index + anomaly.steps;
        let sum: i128 = series
            .values
            .get(steps.clone())
            .unwrap_or_default()
            .iter()
            .map(|v| i128::from(*v))
            .sum();
        anomaly.actual = i64::try_from(sum).unwrap_or(if sum > 0 { i64::MAX } else { i64::MIN });
        anomaly.name = named.range(steps).next().map(|(_, name)| name.clone());
    }
    found.sort_by(|x, y| {
        y.score
            .total_cmp(&x.score)
            .then(x.index.cmp(&y.index))
            .then(x.steps.cmp(&y.steps))
    });
    Anomalies {
        found,
        ranges,
        threshold,
    }
}

/// The deviation that a normal passes in either direction so often a year, but no less than [`SIGMAS_MIN`].
fn threshold(grain: Grain, alarms_per_year: f64) -> f64 {
    let steps_per_year = match grain {
        Grain::Day => 365.0,
        Grain::Week => 52.0,
        Grain::Month => 12.0,
        Grain::Quarter => 4.0,
        Grain::Year => 1.0,
    };
    let wanted = (alarms_per_year / steps_per_year).clamp(1e-12, 1.0) / 2.0;
    deviation(wanted).max(SIGMAS_MIN)
}

/// The deviation above which a standard normal variable is with this chance (up to a half).
fn deviation(chance: f64) -> f64 {
    let (mut low, mut high) = (0.0, 38.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if normal_tail(middle) > chance {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
