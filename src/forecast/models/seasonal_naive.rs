//! The value of one season ago, with and without the growth since; with a season of one step, the last value.
//!
//! Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), section 5.2.

use super::super::count;
use super::super::fit::{Fit, Fitted};

#[derive(Debug)]
pub(in crate::forecast) struct SeasonalNaive {
    pub(in crate::forecast) season: usize,
}

#[derive(Debug)]
struct Cycle(Vec<f64>);

impl Fit for SeasonalNaive {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let from = values.len().checked_sub(self.season.max(1));
        let cycle = from.and_then(|from| values.get(from..)).unwrap_or_default();
        if cycle.is_empty() {
            return Err(format!("needs a whole season of {} values", self.season));
        }
        Ok(Box::new(Cycle(cycle.to_vec())))
    }
}

impl Fitted for Cycle {
    fn name(&self) -> String {
        let seasonal = self.0.len() > 1;
        if seasonal { "seasonal_naive" } else { "naive" }.into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let season = self.0.len();
        SeasonalNaive { season }.fit(values)
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        self.0.iter().copied().cycle().take(steps).collect()
    }
}

/// The value of one season ago, and as much more as the last season's mean was above that of the season before.
#[derive(Debug)]
pub(in crate::forecast) struct SeasonalDrift {
    pub(in crate::forecast) season: usize,
}

#[derive(Debug)]
struct Rising {
    cycle: Vec<f64>,
    rise: f64,
}

impl Fit for SeasonalDrift {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let season = self.season.max(1);
        let newest = |seasons: usize| {
            let from = values.len().checked_sub(season * seasons)?;
            values.get(from..from + season)
        };
        let (Some(last), Some(before)) = (newest(1), newest(2)) else {
            return Err(format!("needs two whole seasons of {season} values"));
        };
        let mean = |cycle: &[f64]| cycle.iter().sum::<f64>() / count(season);
        Ok(Box::new(Rising {
            cycle: last.to_vec(),
            rise: mean(last) - mean(before),
        }))
    }
}

impl Fitted for Rising {
    fn name(&self) -> String {
        "seasonal_drift".into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let season = self.cycle.len();
        SeasonalDrift { season }.fit(values)
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let ahead = self.cycle.iter().cycle().take(steps).enumerate();
        let seasons = |h: usize| count(h / self.cycle.len() + 1);
        ahead
            .map(|(h, value)| self.rise.mul_add(seasons(h), *value))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_the_last_season_in_phase() {
        let fitted = SeasonalNaive { season: 3 }
            .fit(&[9.0, 9.0, 1.0, 2.0, 3.0])
            .unwrap();
        assert_eq!(fitted.predict(5), [1.0, 2.0, 3.0, 1.0, 2.0]);
        assert_eq!(fitted.name(), "seasonal_naive");
    }

    #[test]
    fn less_than_a_season_is_refused() {
        assert!(SeasonalNaive { season: 3 }.fit(&[1.0, 2.0]).is_err());
        assert!(SeasonalNaive { season: 1 }.fit(&[]).is_err());
    }

    #[test]
    fn a_drift_goes_on_from_season_to_season() {
        let fitted = SeasonalDrift { season: 2 }
            .fit(&[1.0, 5.0, 2.0, 8.0])
            .unwrap();
        assert_eq!(fitted.predict(5), [4.0, 10.0, 6.0, 12.0, 8.0]);
        assert!(SeasonalDrift { season: 2 }.fit(&[1.0, 2.0, 3.0]).is_err());
    }
}
