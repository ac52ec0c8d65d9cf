//! Prophet behind the seam of the other models: values that come with their days, Prophet's defaults.

use super::super::fit::{Fit, Fitted};
use super::super::prophet::{self, Columns, Config, FittedProphet, Holiday};
use crate::model::answer::Band;
use crate::model::calendar::Day;

/// What it is told besides the values.
#[derive(Debug, Clone)]
pub(in crate::forecast) struct Prophet {
    /// The days of the history's steps and of those to come.
    pub(in crate::forecast) days: Vec<Day>,
    /// Holidays and events.
    pub(in crate::forecast) holidays: Vec<Holiday>,
}

struct Additive {
    model: Prophet,
    fitted: FittedProphet,
    n: usize,
}

impl Fit for Prophet {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let days = self
            .days
            .get(..values.len())
            .ok_or("needs the dates of the steps")?;
        let config = Config {
            holidays: self.holidays.clone(),
            ..Config::default()
        };
        Ok(Box::new(Additive {
            fitted: prophet::fit(days, values, &Columns::default(), &config)?,
            model: self.clone(),
            n: values.len(),
        }))
    }
}

impl Additive {
    fn ahead(&self, steps: usize) -> &[Day] {
        self.model
            .days
            .get(self.n..self.n + steps)
            .unwrap_or_default()
    }
}

impl Fitted for Additive {
    fn name(&self) -> String {
        "prophet".into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        self.model.fit(values)
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let point = self.fitted.predict(self.ahead(steps), &Columns::default());
        point.unwrap_or_default()
    }

    fn bands(&self, steps: usize, levels: &[u8]) -> Option<Vec<Band>> {
        self.fitted
            .intervals(self.ahead(steps), &Columns::default(), levels)
            .ok()
    }
}
