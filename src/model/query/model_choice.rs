//! The forecasting models that can be asked for.

use std::fmt;

use crate::error::{Error, Result};

/// Which forecasting model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ModelChoice {
    /// A combination, weighted by a rolling-origin backtest, of what suits the series.
    #[default]
    Auto,
    /// Exponential smoothing with error, trend and season.
    Ets,
    /// The dynamic optimised theta method, the season taken out by classical decomposition.
    Theta,
    /// Complex exponential smoothing.
    Ces,
    /// STL decomposition with an ETS trend.
    Mstl,
    /// STL decomposition of the logarithms, continued by the theta method.
    StlTheta,
    /// STL decomposition of the logarithms, continued by complex exponential smoothing.
    StlCes,
    /// Sines for seasons of any length.
    Harmonic,
    /// Prophet's trend, seasons and holidays, with Prophet's own intervals.
    Prophet,
    /// Croston's method as corrected by Syntetos and Boylan, for intermittent demand.
    CrostonSba,
    /// Teunter's, Syntetos' and Babai's method, for intermittent demand.
    Tsb,
    /// The mean over several aggregations, for intermittent demand.
    Imapa,
    /// The value of one season ago.
    SeasonalNaive,
    /// The last value.
    Naive,
    /// A line from the first to the last value.
    Drift,
}

impl ModelChoice {
    /// Every choice.
    pub const ALL: [Self; 15] = [
        Self::Auto,
        Self::Ets,
        Self::Theta,
        Self::Ces,
        Self::Mstl,
        Self::StlTheta,
        Self::StlCes,
        Self::Harmonic,
        Self::Prophet,
        Self::CrostonSba,
        Self::Tsb,
        Self::Imapa,
        Self::SeasonalNaive,
        Self::Naive,
        Self::Drift,
    ];

    /// Their names.
    #[expect(clippy::indexing_slicing, reason = "both lists are of one length")]
    pub const NAMES: [&'static str; Self::ALL.len()] = {
        let mut names = [""; Self::ALL.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::ALL[at].name();
            at += 1;
        }
        names
    };

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Ets => "ets",
            Self::Theta => "theta",
            Self::Ces => "ces",
            Self::Mstl => "mstl",
            Self::StlTheta => "stl_theta",
            Self::StlCes => "stl_ces",
            Self::Harmonic => "harmonic",
            Self::Prophet => "prophet",
            Self::CrostonSba => "croston_sba",
            Self::Tsb => "tsb",
            Self::Imapa => "imapa",
            Self::SeasonalNaive => "seasonal_naive",
            Self::Naive => "naive",
            Self::Drift => "drift",
        }
    }

    /// # Errors
    /// `Invalid` for any other word; a space or `-` may stand for `_`.
    pub fn parse(text: &str) -> Result<Self> {
        let word = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        Self::ALL
            .into_iter()
            .find(|m| m.name() == word)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{text:?} is not a model: use one of {}",
                    Self::NAMES.join(", ")
                ))
            })
    }
}

impl fmt::Display for ModelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_know_their_names() {
        for model in ModelChoice::ALL {
            assert_eq!(ModelChoice::parse(model.name()).expect("own name"), model);
        }
        assert_eq!(
            ModelChoice::parse("Seasonal Naive").expect("spelt freely"),
            ModelChoice::SeasonalNaive
        );
        assert!(ModelChoice::parse("oracle").is_err());
    }
}
