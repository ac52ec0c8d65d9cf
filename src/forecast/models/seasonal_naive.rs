//! The value of one season ago; with a season of one step, the last value.
//!
//! Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), section 5.2.

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
}
