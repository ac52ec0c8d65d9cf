//! What if: a forecast with plans beside the one without.

use super::analysis::{self, Ready};
use super::planned::Plans;
use super::{Work, forecast};
use crate::error::{Error, Result};
use crate::model::answer::{Answer, Answered, ForecastAnswer, ScenarioAnswer};
use crate::model::query::{ForecastQuery, ScenarioQuery};
use crate::model::receipt::Receipt;

pub(super) fn prepare(query: &ScenarioQuery, work: &Work) -> Result<Ready> {
    forecast::prepare(&query.forecast, work)
}

pub(super) fn answer(query: &ScenarioQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let without = ForecastQuery {
        planned: Vec::new(),
        ..query.forecast.clone()
    };
    let (base_receipt, base) = forecast_of(&without, asked)?;
    let (receipt, scenario) = match Plans::changes(&query.forecast) {
        // What is only assumed changes nothing that is learnt: one forecast does for both.
        Some(plans) => {
            let mut scenario = base.clone();
            plans.check(&scenario.history, scenario.forecast.point.len())?;
            let history = scenario.history.clone();
            let (planned, notes) = plans.assume(&mut scenario.forecast, &history);
            scenario.planned.extend(planned);
            let mut receipt = base_receipt;
            receipt.notes.extend(notes);
            (receipt, scenario)
        }
        None => forecast_of(&query.forecast, asked)?,
    };
    Ok(Answered {
        receipt,
        answer: Answer::Scenario(Box::new(ScenarioAnswer { base, scenario })),
    })
}

fn forecast_of(
    query: &ForecastQuery,
    asked: &analysis::Asked<'_>,
) -> Result<(Receipt, ForecastAnswer)> {
    let Answered { receipt, answer } = forecast::answer(query, asked)?;
    match answer {
        Answer::Forecast(answer) => Ok((receipt, answer)),
        _ => Err(Error::internal("a forecast was answered by something else")),
    }
}
