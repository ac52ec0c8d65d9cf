//! The seam between models and everything that runs them: unfitted, fitted, predicted.

use super::models::{drift, ets, mean, mstl, seasonal_naive};
use crate::limits::MODEL_VALUES_MAX;

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
}

/// The models there are. A new one is a file in `models/`, a variant and its lines here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    SeasonalNaive,
    Naive,
    Drift,
    Ets,
    Mstl,
    Mean,
}

impl Method {
    /// Simplest first: the order in which ties are broken.
    pub(super) const ALL: [Self; 6] = [
        Self::SeasonalNaive,
        Self::Naive,
        Self::Drift,
        Self::Ets,
        Self::Mstl,
        Self::Mean,
    ];

    /// What it is called before it is fitted.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal_naive",
            Self::Naive => "naive",
            Self::Drift => "drift",
            Self::Ets => "ets",
            Self::Mstl => "mstl",
            Self::Mean => "mean(ets, mstl)",
        }
    }

    /// What it is called in a sentence.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "repeating the value of one season ago",
            Self::Naive => "repeating the last value",
            Self::Drift => "a straight line from the first to the last value",
            Self::Ets => "exponential smoothing without a season",
            Self::Mstl => "a seasonal pattern on a smoothed trend",
            Self::Mean => "the average of a seasonal and a non-seasonal model",
        }
    }

    /// Whether it has a season.
    pub(super) const fn is_seasonal(self) -> bool {
        matches!(self, Self::SeasonalNaive | Self::Mstl | Self::Mean)
    }

    /// The methods whose predictions it averages; none for a model of its own.
    pub(super) const fn parts(self) -> &'static [Self] {
        match self {
            Self::Mean => &[Self::Ets, Self::Mstl],
            _ => &[],
        }
    }

    /// Values without which it cannot be fitted.
    pub(super) fn values_min(self, season: usize) -> usize {
        match self {
            Self::SeasonalNaive => season,
            Self::Naive => 1,
            Self::Drift => 2,
            Self::Ets => ets::VALUES_MIN,
            Self::Mstl | Self::Mean => ets::VALUES_MIN.max(season.saturating_mul(2)),
        }
    }

    /// Fits it and checks what it says.
    ///
    /// # Errors
    /// In a few words, why it cannot be used on these values.
    pub(super) fn fit(self, values: &[f64], season: usize) -> Result<Box<dyn Fitted>, String> {
        let need = self.values_min(season);
        if values.len() < need {
            return Err(format!("needs {need} values, there are {}", values.len()));
        }
        if self.is_seasonal() && season < 2 && self != Self::SeasonalNaive {
            return Err("needs a season, and this grain has none".into());
        }
        let values = newest(values, season);
        match self {
            Self::SeasonalNaive => seasonal_naive::SeasonalNaive { season }.fit(values),
            Self::Naive => seasonal_naive::SeasonalNaive { season: 1 }.fit(values),
            Self::Drift => drift::Drift.fit(values),
            Self::Ets => ets::Ets.fit(values),
            Self::Mstl => mstl::Mstl { season }.fit(values),
            Self::Mean => mean::Mean {
                parts: self.parts(),
                season,
            }
            .fit(values),
        }
    }
}

/// What a model is fitted on: the newest values, five seasons at least. Older ones cost time and say little.
pub(super) fn newest(values: &[f64], season: usize) -> &[f64] {
    let window = MODEL_VALUES_MAX.max(season.saturating_mul(5));
    let from = values.len().saturating_sub(window);
    values.get(from..).unwrap_or(values)
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
