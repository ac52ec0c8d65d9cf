//! Harmonic regression: seasons of any length, whole or not (52.18 weeks, 365.25 days), as sines on a bending line; what
//! is left is smoothed.
//!
//! Source: Harvey & Shephard, Structural time series models, Handbook of Statistics 11 (1993); Hyndman & Athanasopoulos,
//! Forecasting: Principles and Practice (3rd ed.), sections 7.4 and 12.1. How many sines a season gets is chosen by
//! `AICc`; the line may bend, held by a ridge, so that a change of level is not taken for a season.

use super::super::count;
use super::super::fit::{Fit, Fitted};
use super::super::linear::Normal;
use super::smoothing::Smoothing;
use crate::limits::{HARMONIC_KNOTS_MAX, HARMONICS_MAX, MODEL_VALUES_MAX};

/// Numbers of harmonics of the longest season that are tried.
const TRIED: [usize; 7] = [0, 1, 2, 3, 4, 6, 10];
/// What holds a bend of the line back, as a share of the weight of its column.
const BEND_PENALTY: f64 = 0.02;

#[derive(Debug, Clone)]
pub(in crate::forecast) struct Harmonic {
    /// Periods, steps, the longest last.
    pub(in crate::forecast) periods: Vec<f64>,
    /// Fit the logarithms, if every value is positive.
    pub(in crate::forecast) logarithms: bool,
}

struct Waves {
    model: Harmonic,
    logarithms: bool,
    harmonics: Vec<(f64, usize)>,
    /// Sine and cosine of each harmonic.
    weights: Vec<f64>,
    n: usize,
    rest: Box<dyn Fitted>,
}

/// What a refit keeps.
struct Kept<'a> {
    harmonics: usize,
    rest: &'a dyn Fitted,
}

/// Sines and cosines of every harmonic at one step.
fn waves(harmonics: &[(f64, usize)], t: usize, into: &mut Vec<f64>) {
    for (period, number) in harmonics {
        let turns = count(t) / period;
        let angle = std::f64::consts::TAU * (turns - turns.floor());
        let (sin, cos) = libm::sincos(angle);
        let (mut s, mut c) = (sin, cos);
        for _ in 0..*number {
            into.push(s);
            into.push(c);
            (s, c) = (s * cos + c * sin, c * cos - s * sin);
        }
    }
}

impl Harmonic {
    fn fitted(&self, values: &[f64], kept: Option<&Kept<'_>>) -> Result<Box<dyn Fitted>, String> {
        let one = kept.map(|k| [k.harmonics]);
        let most: &[usize] = one.as_ref().map_or(&TRIED, |one| one);
        let n = values.len();
        let longest = self.periods.last().copied().unwrap_or(1.0);
        if longest < 2.0 || count(n) < 1.5 * longest {
            return Err("needs one and a half of its longest season".into());
        }
        let logarithms = self.logarithms && values.iter().all(|v| *v > 0.0);
        let series: Vec<f64> = if logarithms {
            values.iter().map(|v| libm::log(*v)).collect()
        } else {
            values.to_vec()
        };
        // A short season is taken whole, the longest as far as it pays.
        let mut fixed: Vec<(f64, usize)> = self
            .periods
            .iter()
            .map(|p| {
                (
                    *p,
                    (1..=HARMONICS_MAX)
                        .rev()
                        .find(|k| 2.0 * count(*k) <= p - 1.0)
                        .unwrap_or(0),
                )
            })
            .collect();
        let most_tried = most.iter().copied().max().unwrap_or(0);
        if let Some(last) = fixed.last_mut() {
            last.1 = last.1.min(most_tried);
        }
        let years = count(n) / longest;
        let knots = (1..=HARMONIC_KNOTS_MAX)
            .rev()
            .find(|k| count(*k) <= 4.0 * years)
            .unwrap_or(1);
        let line = 2 + knots;
        let columns = line + fixed.iter().map(|(_, k)| 2 * k).sum::<usize>();
        let mut normal = Normal::new(columns);
        let mut row = Vec::with_capacity(columns);
        for (t, value) in series.iter().enumerate() {
            row.clear();
            let x = count(t) / count(n);
            row.extend([1.0, x]);
            row.extend((1..=knots).map(|k| (x - count(k) / count(knots + 1)).max(0.0)));
            waves(&fixed, t, &mut row);
            normal.add(&row, *value);
        }
        let short: usize = fixed.iter().rev().skip(1).map(|(_, k)| 2 * k).sum();
        let top = fixed.last().map_or(0, |(_, k)| *k);
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        for tried in most.iter().copied().filter(|k| *k <= top) {
            let used = line + short + 2 * tried;
            let mut penalties = vec![1e-9 * count(n); used];
            for p in penalties.iter_mut().take(line).skip(2) {
                *p = BEND_PENALTY * count(n);
            }
            let Some((weights, squares)) = normal.solve(&penalties) else {
                continue;
            };
            let k = count(used + 1);
            let Some(spare) = normal.rows().checked_sub(used + 2).filter(|s| *s > 0) else {
                continue;
            };
            let aicc = count(n) * libm::log(squares.max(1e-24 * count(n)) / count(n))
                + 2.0 * k
                + 2.0 * k * (k + 1.0) / count(spare);
            if best
                .as_ref()
                .is_none_or(|(least, ..)| aicc < least - 1e-9 * least.abs())
            {
                best = Some((aicc, tried, weights));
            }
        }
        let (_, chosen, weights) = best.ok_or("its seasons cannot be told apart")?;
        let mut harmonics = fixed;
        if let Some(last) = harmonics.last_mut() {
            last.1 = chosen;
        }
        let weights = weights.get(line..).unwrap_or_default().to_vec();
        let mut rest = Vec::with_capacity(n);
        let mut row = Vec::with_capacity(weights.len());
        for (t, value) in series.iter().enumerate() {
            row.clear();
            waves(&harmonics, t, &mut row);
            rest.push(value - dot(&row, &weights));
        }
        let from = rest.len().saturating_sub(MODEL_VALUES_MAX);
        let rest = rest.get(from..).unwrap_or(&rest);
        let rest = match kept {
            Some(kept) => kept.rest.refit(rest)?,
            None => Smoothing { season: 1 }.fit(rest)?,
        };
        Ok(Box::new(Waves {
            model: self.clone(),
            logarithms,
            harmonics,
            weights,
            n,
            rest,
        }))
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Fit for Harmonic {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        self.fitted(values, None)
    }
}

impl Fitted for Waves {
    fn name(&self) -> String {
        "harmonic".into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let kept = Kept {
            harmonics: self.harmonics.last().map_or(0, |(_, k)| *k),
            rest: self.rest.as_ref(),
        };
        self.model.fitted(values, Some(&kept))
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let rest = self.rest.predict(steps);
        let mut row = Vec::with_capacity(self.weights.len());
        rest.iter()
            .enumerate()
            .map(|(h, rest)| {
                row.clear();
                waves(&self.harmonics, self.n + h, &mut row);
                let value = rest + dot(&row, &self.weights);
                if self.logarithms {
                    libm::exp(value)
                } else {
                    value
                }
            })
            .collect()
    }
}
