//! The models by name: what each is called, needs and costs, and how it is made.

use super::fit::{Fit, Fitted, Setting};
use super::models::ces::{self, Ces};
use super::models::drift::Drift;
use super::models::harmonic::Harmonic;
use super::models::intermittent::Intermittent;
use super::models::prophet::Prophet;
use super::models::seasonal_naive::{SeasonalDrift, SeasonalNaive};
use super::models::smoothing::{self, Smoothing};
use super::models::stl::Stl;
use super::models::theta::{self, Theta};
use crate::limits::{
    MODEL_EVALUATIONS_MAX, MODEL_VALUES_MAX, REFIT_EVALUATIONS_MAX, SMOOTHED_SEASON_STEPS_MAX,
};

/// What a fit of Prophet costs, in passes over its values.
const PROPHET_WORK: usize = 700;

/// The models there are. A new one is a file in `models/`, a variant and its lines here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    SeasonalNaive,
    Naive,
    Drift,
    SeasonalDrift,
    Ets,
    Theta,
    Ces,
    StlTheta,
    StlCes,
    Mstl,
    PlainTheta,
    PlainCes,
    Harmonic,
    LogHarmonic,
    Sba,
    Tsb,
    Imapa,
    Prophet,
}

impl Method {
    /// What it is called before it is fitted.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal_naive",
            Self::Naive => "naive",
            Self::Drift => "drift",
            Self::SeasonalDrift => "seasonal_drift",
            Self::Ets => "ets",
            Self::Theta => "theta",
            Self::Ces => "ces",
            Self::StlTheta => "stl_theta",
            Self::StlCes => "stl_ces",
            Self::Mstl => "mstl",
            Self::PlainTheta => "plain_theta",
            Self::PlainCes => "plain_ces",
            Self::Harmonic => "harmonic",
            Self::LogHarmonic => "log_harmonic",
            Self::Sba => "croston_sba",
            Self::Tsb => "tsb",
            Self::Imapa => "imapa",
            Self::Prophet => "prophet",
        }
    }

    /// What it is called in a sentence.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "repeating the value of one season ago",
            Self::Naive => "repeating the last value",
            Self::Drift => "a straight line from the first to the last value",
            Self::SeasonalDrift => "the value of one season ago and the growth since",
            Self::Ets => "exponential smoothing",
            Self::Theta | Self::PlainTheta => "the theta method",
            Self::Ces | Self::PlainCes => "complex exponential smoothing",
            Self::StlTheta => "a seasonal pattern on the theta method",
            Self::StlCes => "a seasonal pattern on complex exponential smoothing",
            Self::Mstl => "a seasonal pattern on a smoothed trend",
            Self::Harmonic => "sines for the seasons on a smoothed trend",
            Self::LogHarmonic => "sines for the seasons, in percent, on a smoothed trend",
            Self::Sba => "Croston's method for intermittent demand",
            Self::Tsb => "the chance of a sale times its size",
            Self::Imapa => "the average rate over several aggregations",
            Self::Prophet => "Prophet",
        }
    }

    /// Whether it has a season.
    pub(super) const fn is_seasonal(self) -> bool {
        matches!(
            self,
            Self::SeasonalNaive
                | Self::SeasonalDrift
                | Self::Ets
                | Self::Theta
                | Self::Ces
                | Self::StlTheta
                | Self::StlCes
                | Self::Mstl
                | Self::Harmonic
                | Self::LogHarmonic
                | Self::Prophet
        )
    }

    /// Values without which it cannot be fitted.
    pub(super) fn values_min(self, season: usize) -> usize {
        match self {
            Self::SeasonalNaive => season,
            Self::SeasonalDrift => season.saturating_mul(2),
            Self::Naive | Self::Sba | Self::Tsb | Self::Imapa => 1,
            Self::Drift | Self::Prophet => 2,
            Self::Ets => smoothing::VALUES_MIN,
            Self::Theta | Self::PlainTheta => theta::VALUES_MIN,
            Self::Ces | Self::PlainCes => ces::VALUES_MIN,
            Self::StlTheta | Self::StlCes | Self::Mstl => {
                season.saturating_mul(2).max(ces::VALUES_MIN)
            }
            Self::Harmonic | Self::LogHarmonic => {
                season.saturating_mul(2).max(smoothing::VALUES_MIN)
            }
        }
    }

    /// What a first fit and a refit cost, in values that pass through a recursion.
    pub(super) fn work(self, values: usize, season: usize) -> (usize, usize) {
        let n = self.window(season).min(values);
        let each = |passes: usize, fixed: usize| {
            let (first, again) = (MODEL_EVALUATIONS_MAX, REFIT_EVALUATIONS_MAX);
            (n * (passes * first + fixed), n * (passes * again + fixed))
        };
        // Exponential smoothing searches a dozen specs (half as many without a season) a little and some to the end.
        let search = |specs: usize, fixed: usize| {
            let (first, again) = (
                smoothing::FINALISTS * MODEL_EVALUATIONS_MAX,
                REFIT_EVALUATIONS_MAX,
            );
            (n * (specs * again + first + fixed), n * (again + fixed))
        };
        let specs = if (2..=SMOOTHED_SEASON_STEPS_MAX).contains(&season) {
            12
        } else {
            6
        };
        // A decomposition costs as much as so many passes, a harmonic regression grows with its columns.
        match self {
            Self::SeasonalNaive | Self::SeasonalDrift | Self::Naive | Self::Drift => {
                (season, season)
            }
            Self::Sba | Self::Tsb | Self::Imapa => (30 * n, 30 * n),
            Self::Ets => search(specs, 0),
            Self::Theta | Self::PlainTheta => each(1, 5),
            Self::Ces | Self::PlainCes => each(3, 5),
            Self::StlTheta => each(1, 60),
            Self::StlCes => each(3, 60),
            Self::Mstl => search(6, 60),
            Self::Harmonic | Self::LogHarmonic => {
                // The regression takes all of the history, what is left is smoothed at its end.
                let rest = values.min(MODEL_VALUES_MAX);
                let (first, again) = (
                    smoothing::FINALISTS * MODEL_EVALUATIONS_MAX + 6 * REFIT_EVALUATIONS_MAX,
                    REFIT_EVALUATIONS_MAX,
                );
                (n * 200 + rest * first, n * 200 + rest * again)
            }
            Self::Prophet => (n * PROPHET_WORK, n * PROPHET_WORK),
        }
    }

    /// The newest values that it is fitted on: older ones cost time and say little, except of a year's shape.
    fn window(self, season: usize) -> usize {
        match self {
            Self::Harmonic | Self::LogHarmonic | Self::Prophet => usize::MAX,
            _ => MODEL_VALUES_MAX.max(season.saturating_mul(5)),
        }
    }

    /// Its part of a history.
    pub(super) fn newest(self, values: &[f64], season: usize) -> &[f64] {
        let from = values.len().saturating_sub(self.window(season));
        values.get(from..).unwrap_or(values)
    }

    /// Fits it to its part of the history.
    ///
    /// # Errors
    /// In a few words, why it cannot be used on these values.
    pub(super) fn fit(self, values: &[f64], setting: &Setting) -> Result<Box<dyn Fitted>, String> {
        let season = setting.season;
        let need = self.values_min(season);
        if values.len() < need {
            return Err(format!("needs {need} values, there are {}", values.len()));
        }
        let unseasonal = season < 2;
        if unseasonal && matches!(self, Self::Mstl | Self::StlTheta | Self::StlCes) {
            return Err("needs a season, and this grain has none".into());
        }
        let stl = |logarithms, inner| Stl {
            name: self.name(),
            season,
            logarithms,
            inner,
        };
        let harmonic = |logarithms| Harmonic {
            periods: setting.periods.clone(),
            logarithms,
        };
        let model: Box<dyn Fit> = match self {
            Self::SeasonalNaive => Box::new(SeasonalNaive { season }),
            Self::SeasonalDrift => Box::new(SeasonalDrift { season }),
            Self::Naive => Box::new(SeasonalNaive { season: 1 }),
            Self::Drift => Box::new(Drift),
            Self::Ets => Box::new(Smoothing { season }),
            Self::Theta => Box::new(Theta { season }),
            Self::PlainTheta => Box::new(Theta { season: 1 }),
            Self::Ces => Box::new(Ces { season }),
            Self::PlainCes => Box::new(Ces { season: 1 }),
            Self::StlTheta => Box::new(stl(true, || Box::new(Theta { season: 1 }))),
            Self::StlCes => Box::new(stl(true, || Box::new(Ces { season: 1 }))),
            Self::Mstl => Box::new(stl(false, || Box::new(Smoothing { season: 1 }))),
            Self::Harmonic => Box::new(harmonic(false)),
            Self::LogHarmonic => Box::new(harmonic(true)),
            Self::Sba => Box::new(Intermittent::Sba),
            Self::Tsb => Box::new(Intermittent::Tsb),
            Self::Imapa => Box::new(Intermittent::Imapa),
            Self::Prophet => Box::new(Prophet {
                days: setting.days.clone(),
                holidays: setting.holidays.clone(),
                known: setting.known.clone(),
            }),
        };
        model.fit(self.newest(values, season))
    }
}
