//! A forecast of the benchmark.

use nearcast::error::{Error, Result};
use nearcast::forecast::{Request, forecast};
use nearcast::model::calendar::{Day, Grain};
use nearcast::model::query::ModelChoice;
use serde::{Deserialize, Serialize};

/// A series and how far it is to be forecast.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct History {
    /// What it is called.
    pub name: String,
    /// `day`, `week` or `month`.
    pub grain: String,
    /// The first step's day.
    pub start: String,
    /// Steps of the season, for peers that have to be told.
    pub season_steps: usize,
    /// Steps to forecast.
    pub horizon_steps: usize,
    /// Whole numbers, so that every reader of JSON reads the same.
    pub values: Vec<f64>,
}

impl History {
    /// Estimates, then lower and upper bounds level by level, as bits: two hosts agree only if these do.
    ///
    /// # Errors
    /// Those of forecasting.
    pub fn forecast(&self, model: &str) -> Result<Vec<u64>> {
        let grain = Grain::parse(&self.grain)?;
        let answer = forecast(&Request {
            start: Some(Day::parse(&self.start)?),
            model: ModelChoice::parse(model)?,
            ..Request::new(&self.values, grain, self.horizon_steps)
        })?;
        let bounds = answer.bands.iter();
        let bounds = bounds.flat_map(|band| band.lower.iter().chain(&band.upper));
        let all = answer.point.iter().chain(bounds);
        Ok(all.map(|v| v.to_bits()).collect())
    }

    /// One of those in a JSON list.
    ///
    /// # Errors
    /// `Invalid` if there is none.
    pub fn pick(list: &str, number: usize) -> Result<Self> {
        let all: Vec<Self> = serde_json::from_str(list)
            .map_err(|e| Error::invalid(format!("the histories: {e}")))?;
        let found = all.into_iter().nth(number);
        found.ok_or_else(|| Error::invalid(format!("there is no history {number}")))
    }
}
