//! The seam between models and everything that runs them: unfitted, fitted, predicted.

use super::prophet::Holiday;
use super::request::Known;
use crate::model::answer::Band;
use crate::model::calendar::Day;

/// A model that has seen no data yet.
pub(super) trait Fit {
    /// Fits `values`, oldest first.
    ///
    /// # Errors
    /// In a few words, why this model cannot be fitted to them.
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String>;
}

/// A model that has.
pub(super) trait Fitted {
    /// Its full name, with what the fit decided: `ets(AAN)`.
    fn name(&self) -> String;
    /// The same model, as far as choices of its own go, with its parameters fitted to other values.
    ///
    /// # Errors
    /// In a few words, why it cannot be fitted to them.
    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String>;
    /// The estimates of the next `steps` steps.
    fn predict(&self, steps: usize) -> Vec<f64>;
    /// Intervals of its own, where they are what is asked for.
    fn bands(&self, _steps: usize, _levels: &[u8]) -> Option<Vec<Band>> {
        None
    }
}

/// What a model is told of a series besides its values.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    /// Steps of the season; 1 for none.
    pub(super) season: usize,
    /// Seasons of any length, steps, the longest last: 7 and 365.25 for days.
    pub(super) periods: Vec<f64>,
    /// The days of the steps, those to come included; empty where there are no dates.
    pub(super) days: Vec<Day>,
    /// Days on which something happens.
    pub(super) holidays: Vec<Holiday>,
    /// Columns that are known for the steps and those to come.
    pub(super) known: Vec<Known>,
}

#[cfg(test)]
impl Setting {
    /// A season and nothing else.
    pub(super) fn of_season(season: usize) -> Self {
        Self {
            season,
            periods: vec![super::count(season)],
            days: Vec::new(),
            holidays: Vec::new(),
            known: Vec::new(),
        }
    }
}

/// The predictions, if they have the right shape and are finite.
///
/// # Errors
/// In a few words, what is wrong with them.
pub(super) fn checked(fitted: &dyn Fitted, steps: usize) -> Result<Vec<f64>, String> {
    let point = fitted.predict(steps);
    if point.len() != steps {
        return Err(format!("gave {} values for {steps} steps", point.len()));
    }
    if point.iter().any(|v| !v.is_finite()) {
        return Err("gave values that are not finite".into());
    }
    Ok(point)
}
