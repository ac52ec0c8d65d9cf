//! Demand that is zero most of the time: size and interval apart (Croston), chance and size apart (TSB), and the mean
//! over several aggregations (IMAPA).
//!
//! Sources: Croston, Forecasting and stock control for intermittent demands, Operational Research Quarterly 23 (1972);
//! Syntetos & Boylan, The accuracy of intermittent demand estimates, International Journal of Forecasting 21 (2005);
//! Teunter, Syntetos & Babai, Intermittent demand: linking forecasting to inventory obsolescence, European Journal of
//! Operational Research 214 (2011); Petropoulos & Kourentzes, Forecast combinations for intermittent demand, Journal
//! of the Operational Research Society 66 (2015).

use super::super::count;
use super::super::fit::{Fit, Fitted};
use super::super::simplex::{Parameter, minimise};

/// The smoothing that the literature recommends for sizes, intervals and chances.
const ALPHA: f64 = 0.1;

#[derive(Debug, Clone, Copy)]
pub(in crate::forecast) enum Intermittent {
    /// Croston's method with the correction of Syntetos & Boylan.
    Sba,
    /// Teunter, Syntetos & Babai: falls when nothing is sold any more.
    Tsb,
    /// Multiple aggregation prediction: SES at every aggregation up to the mean interval, averaged.
    Imapa,
}

#[derive(Debug)]
struct Rate {
    method: Intermittent,
    each: f64,
}

impl Fit for Intermittent {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        if values.is_empty() {
            return Err("needs values".into());
        }
        let each = match self {
            Self::Sba => sba(values),
            Self::Tsb => tsb(values),
            Self::Imapa => imapa(values),
        };
        let method = *self;
        Ok(Box::new(Rate { method, each }))
    }
}

impl Fitted for Rate {
    fn name(&self) -> String {
        match self.method {
            Intermittent::Sba => "croston_sba",
            Intermittent::Tsb => "tsb",
            Intermittent::Imapa => "imapa",
        }
        .into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        self.method.fit(values)
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        vec![self.each; steps]
    }
}

/// Steps from one sale to the next, the first from the start.
fn intervals(values: &[f64]) -> Vec<f64> {
    let mut since = 0;
    let mut found = Vec::new();
    for value in values {
        since += 1;
        if *value != 0.0 {
            found.push(count(since));
            since = 0;
        }
    }
    found
}

/// Simple exponential smoothing from the first value on.
fn smoothed(values: impl IntoIterator<Item = f64>, alpha: f64) -> Option<f64> {
    values.into_iter().fold(None, |level, v| {
        Some(level.map_or(v, |level: f64| alpha.mul_add(v - level, level)))
    })
}

fn sba(values: &[f64]) -> f64 {
    let sizes = smoothed(values.iter().copied().filter(|v| *v != 0.0), ALPHA);
    let every = smoothed(intervals(values), ALPHA);
    match (sizes, every) {
        (Some(size), Some(every)) => (1.0 - ALPHA / 2.0) * size / every,
        _ => 0.0,
    }
}

fn tsb(values: &[f64]) -> f64 {
    let size = smoothed(values.iter().copied().filter(|v| *v != 0.0), ALPHA);
    let chance = smoothed(values.iter().map(|v| f64::from(u8::from(*v != 0.0))), ALPHA);
    size.zip(chance).map_or(0.0, |(size, chance)| size * chance)
}

fn imapa(values: &[f64]) -> f64 {
    let gaps = intervals(values);
    let mean = gaps.iter().sum::<f64>() / count(gaps.len().max(1));
    let widest = (1..=values.len())
        .rev()
        .find(|w| count(*w) <= mean.round())
        .unwrap_or(1);
    let rates = (1..=widest).filter_map(|width| {
        // Whole buckets only, counted from the newest value.
        let from = values.len() % width;
        let buckets: Vec<f64> = values
            .get(from..)?
            .chunks(width)
            .map(|c| c.iter().sum())
            .collect();
        Some(optimised(&buckets)? / count(width))
    });
    let rates: Vec<f64> = rates.collect();
    rates.iter().sum::<f64>() / count(rates.len().max(1))
}

/// Simple exponential smoothing with the weight that made the smallest errors.
fn optimised(values: &[f64]) -> Option<f64> {
    let first = *values.first()?;
    let search = [Parameter {
        start: 0.1,
        step: 0.1,
        least: 0.01,
        most: 0.3,
    }];
    let cost = |alpha: f64| {
        let mut level = first;
        let mut squares = 0.0;
        for value in values.iter().skip(1) {
            squares += (value - level).powi(2);
            level = alpha.mul_add(value - level, level);
        }
        squares
    };
    let ([alpha, ..], _) = minimise(&search, 20, |p| cost(p[0]));
    smoothed(values.iter().copied(), alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(method: Intermittent, values: &[f64]) -> f64 {
        method.fit(values).unwrap().predict(2)[1]
    }

    #[test]
    fn a_steady_rhythm_gives_its_rate() {
        let values: Vec<f64> = (1..=40)
            .map(|t| if t % 4 == 0 { 8.0 } else { 0.0 })
            .collect();
        assert!((each(Intermittent::Sba, &values) - 0.95 * 2.0).abs() < 1e-12);
        assert!((each(Intermittent::Imapa, &values) - 2.0).abs() < 0.6);
        assert!((each(Intermittent::Tsb, &values) - 2.0).abs() < 0.6);
    }

    #[test]
    fn what_is_sold_no_more_fades_under_tsb_alone() {
        let mut values = vec![5.0; 20];
        values.extend([0.0; 40]);
        assert!(each(Intermittent::Tsb, &values) < 0.1);
        assert!(each(Intermittent::Sba, &values) > 4.0);
    }

    #[test]
    fn nothing_sold_is_nothing() {
        for method in [Intermittent::Sba, Intermittent::Tsb, Intermittent::Imapa] {
            assert!(each(method, &[0.0; 9]).abs() < f64::EPSILON);
            assert!(method.fit(&[]).is_err());
        }
    }
}
