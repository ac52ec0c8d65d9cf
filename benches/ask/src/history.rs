//! A forecast of the benchmark.

use nearcast::error::{Error, Result};
use nearcast::forecast::reconcile::Tree;
use nearcast::forecast::{Request, forecast, hierarchy};
use nearcast::model::answer::Forecast;
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
    /// What the values are the sum of, level by level; nothing if the series stands alone.
    #[serde(default)]
    pub parts: Vec<Part>,
}

/// A series beneath another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// The node above: 0 is the total, the first part is 1.
    pub parent: usize,
    /// As long as the total's.
    pub values: Vec<f64>,
}

impl History {
    /// Estimates, then lower and upper bounds level by level, as bits: two hosts agree only if these do. With parts, those
    /// of every node that has to add up, each with its sum over the steps.
    ///
    /// # Errors
    /// Those of forecasting.
    pub fn forecast(&self, model: &str) -> Result<Vec<u64>> {
        let grain = Grain::parse(&self.grain)?;
        let request = Request {
            start: Some(Day::parse(&self.start)?),
            model: ModelChoice::parse(model)?,
            ..Request::new(&self.values, grain, self.horizon_steps)
        };
        if self.parts.is_empty() {
            return Ok(bits(&forecast(&request)?).collect());
        }
        let above = self.parts.iter().map(|part| Some(part.parent));
        let tree = Tree::new([None].into_iter().chain(above).collect())?;
        let below = self.parts.iter().map(|part| part.values.clone());
        let histories: Vec<_> = [self.values.clone()].into_iter().chain(below).collect();
        let answer = hierarchy::forecast(&tree, &histories, &request, 0)?;
        let sums = answer.sums.iter().flat_map(|sum| {
            let ends = sum.bounds.iter().flat_map(|(_, low, high)| [*low, *high]);
            [sum.point].into_iter().chain(ends).map(f64::to_bits)
        });
        Ok(answer.nodes.iter().flat_map(bits).chain(sums).collect())
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

fn bits(answer: &Forecast) -> impl Iterator<Item = u64> + '_ {
    let bounds = answer.bands.iter();
    let bounds = bounds.flat_map(|band| band.lower.iter().chain(&band.upper));
    answer.point.iter().chain(bounds).map(|v| v.to_bits())
}
