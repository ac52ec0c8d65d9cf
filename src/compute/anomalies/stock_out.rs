//! Runs of nothing that are too long for chance.
//!
//! A run is held against the steps before it: their mean for each weekday (for other grains their mean), m sales, and
//! their dispersion, phi = variance over mean, at least 1. So many sales a step are negative binomial, Poisson where phi
//! is 1, and a step of nothing has the chance `phi^(-m / (phi - 1))`, or `e^-m`. It is never taken as rarer than zeros
//! were among those steps: `(zeros + 1/2) / (steps + 1)`. Weekdays that never sold, and known days, prove nothing.
//! Where nobody knows what one sale is (revenue, say), only that frequency counts.
//!
//! Source: Cameron & Trivedi, Regression Analysis of Count Data (2nd ed., 2013), section 3.3 (the NB1 model).

use std::collections::BTreeMap;

use super::{Anomaly, Kind, STOCK_OUT_CHANCE, deviation, expected};
use crate::compute::robust::{count, normal_tail};
use crate::model::{Grain, Series};

/// Less than this share of the usual rate is nothing.
const NEAR_ZERO: f64 = 0.02;
/// Dispersion nearer to 1 than this is Poisson's.
const POISSON: f64 = 1e-6;

/// Steps before a run that it is held against, and how few of them are enough.
const fn reference(grain: Grain) -> (usize, usize) {
    match grain {
        Grain::Day => (56, 28),
        Grain::Week => (26, 8),
        Grain::Month => (12, 6),
        Grain::Quarter | Grain::Year => (8, 4),
    }
}

/// The suspicious runs, in order of time; `actual` and `name` are left to the caller.
pub(super) fn runs(
    series: &Series,
    values: &[f64],
    named: &BTreeMap<usize, String>,
    one_sale: Option<f64>,
) -> Vec<Anomaly> {
    let unit = one_sale.unwrap_or(1.0);
    let sales: Vec<f64> = values.iter().map(|v| (v / unit).max(0.0)).collect();
    let (window, enough) = reference(series.grain);
    let mut found: Vec<Anomaly> = Vec::new();
    // No mean is larger: most steps need not be compared with what came before each of them.
    let most = sales.iter().copied().fold(0.0, f64::max);
    // Steps before the one looked at that are no part of a suspicious run.
    let mut usual: Vec<usize> = Vec::new();
    let mut t = 0;
    while let Some(first) = sales.get(t) {
        if *first > NEAR_ZERO * most {
            usual.push(t);
            t += 1;
            continue;
        }
        let recent: Vec<usize> = usual.iter().rev().take(window).copied().collect();
        let mean =
            recent.iter().filter_map(|i| sales.get(*i)).sum::<f64>() / count(recent.len().max(1));
        if recent.len() < enough || *first > NEAR_ZERO * mean || mean <= 0.0 {
            usual.push(t);
            t += 1;
            continue;
        }
        let length = sales
            .iter()
            .skip(t)
            .take_while(|v| **v <= NEAR_ZERO * mean)
            .count();
        let rate = Rate::of(series, &sales, &recent, one_sale.is_some());
        let (mut log_chance, mut lost) = (0.0, 0.0);
        // From the first to the last step on which something should have been sold.
        let mut open = None;
        for step in t..t + length {
            let is_known = series.grain == Grain::Day && named.contains_key(&step);
            if !is_known {
                let m = rate.at(series, step);
                if m > 0.0 {
                    open = Some((open.map_or(step, |(first, _)| first), step));
                }
                lost += m;
                log_chance += rate.log_chance_of_nothing(m);
            }
        }
        if let (true, Some((first, last))) = (log_chance < libm::log(STOCK_OUT_CHANCE), open) {
            let spread = (rate.dispersion * lost).sqrt();
            found.push(Anomaly {
                kind: Kind::StockOut,
                index: first,
                steps: last - first + 1,
                actual: 0,
                expected: lost * unit,
                lower: (lost - super::SIGMAS_MIN * spread).max(0.0) * unit,
                upper: super::SIGMAS_MIN.mul_add(spread, lost) * unit,
                score: score(log_chance),
                name: None,
            });
        } else {
            usual.extend(t..t + length);
        }
        t += length.max(1);
    }
    found
}

/// The normal deviation of the same chance; beyond what a double's tail holds, by the tail's leading term.
fn score(log_chance: f64) -> f64 {
    let limit = normal_tail(37.0);
    let chance = libm::exp(log_chance);
    let z = if chance > limit {
        deviation(chance)
    } else {
        (-2.0 * log_chance).sqrt()
    };
    z.min(expected::SCORE_MAX)
}

/// How many sales a step usually has.
struct Rate {
    /// Mean by phase; one phase but for days.
    means: BTreeMap<usize, f64>,
    /// Variance over mean.
    dispersion: f64,
    /// Whether sales are counted: otherwise their distribution says nothing of zeros.
    are_counts: bool,
    /// The logarithm of the least chance of a step of nothing.
    floor: f64,
}

impl Rate {
    fn of(series: &Series, sales: &[f64], steps: &[usize], are_counts: bool) -> Self {
        let mut of_phase: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for t in steps {
            let own = of_phase.entry(phase(series, *t)).or_default();
            own.extend(sales.get(*t));
        }
        let (mut squares, mut freedom, mut sum) = (0.0, 0.0, 0.0);
        let (mut zeros, mut open) = (0, 0);
        let mut means = BTreeMap::new();
        for (phase, own) in of_phase {
            let mean = own.iter().sum::<f64>() / count(own.len().max(1));
            if mean > 0.0 {
                squares += own.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
                freedom += count(own.len()) - 1.0;
                sum += mean * (count(own.len()) - 1.0);
                zeros += own.iter().filter(|v| **v <= 0.0).count();
                open += own.len();
            }
            means.insert(phase, mean);
        }
        let dispersion = if freedom > 0.0 && sum > 0.0 {
            squares / sum
        } else {
            1.0
        };
        Self {
            means,
            are_counts,
            dispersion: if are_counts {
                dispersion.max(1.0)
            } else {
                dispersion
            },
            floor: libm::log((count(zeros) + 0.5) / (count(open) + 1.0)),
        }
    }

    fn at(&self, series: &Series, t: usize) -> f64 {
        self.means.get(&phase(series, t)).copied().unwrap_or(0.0)
    }

    fn log_chance_of_nothing(&self, mean: f64) -> f64 {
        if mean <= 0.0 {
            return 0.0;
        }
        if !self.are_counts {
            return self.floor;
        }
        let over = self.dispersion - 1.0;
        let negative_binomial = if over < POISSON {
            -mean
        } else {
            -mean * libm::log1p(over) / over
        };
        negative_binomial.max(self.floor)
    }
}

fn phase(series: &Series, t: usize) -> usize {
    if series.grain == Grain::Day {
        expected::phase(series, t)
    } else {
        0
    }
}
