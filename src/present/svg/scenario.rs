//! What if: the line with the plans and its bands, and the one without.

use super::forecast;
use crate::error::Result;
use crate::model::answer::{ForecastAnswer, ScenarioAnswer};
use crate::model::receipt::{MeasureUsed, Receipt};

/// Draws a scenario: as a forecast, after the history of as many steps as are forecast and some more.
///
/// # Errors
/// `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &ScenarioAnswer,
) -> Result<String> {
    let past = answer.base.history.values.len();
    let shown = 2 * answer.base.forecast.point.len() + answer.base.history.grain.season_steps();
    let with = ForecastAnswer {
        shown_from: past.saturating_sub(shown),
        ..answer.scenario.clone()
    };
    forecast::draw_with(receipt, measure, &with, Some(&answer.base.forecast.point))
}
