//! Prophet behind the seam of the other models: values that come with their days, Prophet's defaults.

use super::super::fit::{Fit, Fitted};
use super::super::prophet::{self, Columns, Config, FittedProphet, Holiday, Regressor};
use super::super::request::Known;
use crate::model::answer::Band;
use crate::model::calendar::Day;

/// What it is told besides the values.
#[derive(Debug, Clone)]
pub(in crate::forecast) struct Prophet {
    /// The days of the history's steps and of those to come.
    pub(in crate::forecast) days: Vec<Day>,
    /// Holidays and events.
    pub(in crate::forecast) holidays: Vec<Holiday>,
    /// Columns that are known for all these days.
    pub(in crate::forecast) known: Vec<Known>,
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
            regressors: self
                .known
                .iter()
                .map(|column| Regressor {
                    name: column.name.clone(),
                    prior_scale: None,
                    standardize: None,
                    mode: None,
                })
                .collect(),
            ..Config::default()
        };
        Ok(Box::new(Additive {
            fitted: prophet::fit(days, values, &self.columns(0, values.len()), &config)?,
            model: self.clone(),
            n: values.len(),
        }))
    }
}

impl Prophet {
    fn columns(&self, from: usize, to: usize) -> Columns {
        let part = |column: &Known| column.values.get(from..to).unwrap_or_default().to_vec();
        Columns {
            regressors: self.known.iter().map(part).collect(),
        }
    }
}

impl Additive {
    fn columns(&self, steps: usize) -> Columns {
        self.model.columns(self.n, self.n + steps)
    }

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
        let point = self.fitted.predict(self.ahead(steps), &self.columns(steps));
        point.unwrap_or_default()
    }

    fn bands(&self, steps: usize, levels: &[u8]) -> Option<Vec<Band>> {
        self.fitted
            .intervals(self.ahead(steps), &Columns::default(), levels)
            .ok()
    }
}
