//! Rolling-origin backtest: every method is fitted again at each origin, on what was known then, and tried on what came.

use super::count;
use super::fit::{Fitted, Method, checked, newest};
use super::models::ets;
use super::models::mean::mean_of;
use crate::limits::{BACKTEST_FITTED_VALUES_MAX, BACKTEST_ORIGINS_MAX, MODEL_VALUES_MAX};

/// Fewer origins than this say too little to choose by.
const ORIGINS_MIN: usize = 2;
/// As many as this are tried whatever they cost.
const ORIGINS_AFFORDED: usize = 6;
/// How far back the first origin lies at most, seasons or horizons: what a business was like before says little.
const REACH: usize = 3;

/// A method's estimates, `[origin][step]`, or why there are none.
type Predictions = Result<Vec<Vec<f64>>, String>;

/// Where the backtest stands in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// Values known at each origin, ascending.
    pub(super) origins: Vec<usize>,
    /// Steps forecast from each.
    pub(super) horizon: usize,
    /// The season of the yardstick, steps.
    pub(super) season: usize,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) plan: Plan,
    /// Size of a typical error at each origin: what errors are divided by before they are pooled.
    pub(super) scales: Vec<f64>,
    /// One for each method, in the order asked.
    pub(super) trials: Vec<Trial>,
}

/// One method at every origin.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) method: Method,
    pub(super) outcome: Result<Scores, String>,
}

/// How a method did.
#[derive(Debug, Clone)]
pub(super) struct Scores {
    /// Actual less predicted, `[origin][step]`.
    pub(super) errors: Vec<Vec<f64>>,
    /// Mean absolute error, each origin's in units of its scale.
    pub(super) mase: f64,
    /// Sum of absolute errors over sum of absolute actuals; none where nothing was sold.
    pub(super) wape: Option<f64>,
}

impl Plan {
    /// Origins that leave every method enough history if there is enough, evenly spread over the newer half, as many as
    /// the budget of fitted values allows; none when the history is too short to hold anything back.
    pub(super) fn new(values: usize, horizon: usize, season: usize) -> Option<Self> {
        let tiers = [
            (season, season.saturating_mul(2).max(ets::VALUES_MIN)),
            (season, season.max(ets::VALUES_MIN)),
            (1, 4),
        ];
        tiers.into_iter().find_map(|(season, known_min)| {
            let spare = values.checked_sub(known_min)?;
            if spare < ORIGINS_MIN {
                return None;
            }
            // Half of what is spare is held back at most, so that the origins can move over the other half.
            let horizon = horizon.min((spare / 2).max(1));
            let last = values - horizon;
            let reach = REACH * horizon.max(season);
            let first = known_min
                .max(values / 2)
                .max(last.saturating_sub(reach))
                .min(last);
            let room = last - first + 1;
            let affordable = BACKTEST_FITTED_VALUES_MAX / last.clamp(1, MODEL_VALUES_MAX);
            let number = room
                .min(BACKTEST_ORIGINS_MAX)
                .min(affordable.max(ORIGINS_AFFORDED));
            if number < ORIGINS_MIN {
                return None;
            }
            let origins = (0..number)
                .map(|i| first + (last - first) * i / (number - 1))
                .collect();
            Some(Self {
                origins,
                horizon,
                season,
            })
        })
    }

    /// Tries the methods.
    pub(super) fn run(self, values: &[f64], methods: &[Method]) -> Run {
        let scales: Vec<f64> = self
            .origins
            .iter()
            .map(|at| typical_change(values.get(..*at).unwrap_or(values), values, self.season))
            .collect();
        let mut tried: Vec<(Method, Predictions)> = Vec::new();
        for method in methods {
            if method.parts().is_empty() {
                tried.push((*method, self.predict(values, *method)));
            }
        }
        for method in methods {
            if !method.parts().is_empty() {
                let combined = self.combine(values, *method, &tried);
                tried.push((*method, combined));
            }
        }
        let trials = tried
            .into_iter()
            .map(|(method, predictions)| Trial {
                method,
                outcome: predictions.map(|p| self.score(values, &scales, &p)),
            })
            .collect();
        Run {
            plan: self,
            scales,
            trials,
        }
    }

    fn predict(&self, values: &[f64], method: Method) -> Predictions {
        // What the model decides for itself it decides at the first origin; later ones fit its parameters again.
        let mut previous: Option<Box<dyn Fitted>> = None;
        self.origins
            .iter()
            .map(|at| {
                let known = values.get(..*at).unwrap_or(values);
                let fitted = match &previous {
                    None => method.fit(known, self.season)?,
                    Some(model) => model.refit(newest(known, self.season))?,
                };
                let point = checked(fitted.as_ref(), self.horizon)?;
                previous = Some(fitted);
                Ok(point)
            })
            .collect()
    }

    fn combine(
        &self,
        values: &[f64],
        method: Method,
        tried: &[(Method, Predictions)],
    ) -> Predictions {
        let parts = method
            .parts()
            .iter()
            .map(|part| match tried.iter().find(|(m, _)| m == part) {
                Some((_, predictions)) => predictions.clone(),
                None => self.predict(values, *part),
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok((0..self.origins.len())
            .map(|i| {
                let slices: Vec<&[f64]> = parts
                    .iter()
                    .filter_map(|p| p.get(i).map(Vec::as_slice))
                    .collect();
                mean_of(&slices)
            })
            .collect())
    }

    fn score(&self, values: &[f64], scales: &[f64], predictions: &[Vec<f64>]) -> Scores {
        let mut errors = Vec::with_capacity(predictions.len());
        let (mut relative, mut absolute, mut actuals) = (0.0, 0.0, 0.0);
        for ((at, scale), predicted) in self.origins.iter().zip(scales).zip(predictions) {
            let came = values.get(*at..).unwrap_or_default();
            let row: Vec<f64> = came.iter().zip(predicted).map(|(y, f)| y - f).collect();
            let sum: f64 = row.iter().map(|e| e.abs()).sum();
            relative += sum / scale;
            absolute += sum;
            actuals += came.iter().take(row.len()).map(|y| y.abs()).sum::<f64>();
            errors.push(row);
        }
        let steps: usize = errors.iter().map(Vec::len).sum();
        Scores {
            errors,
            mase: relative / count(steps.max(1)),
            wape: (actuals > 0.0).then(|| absolute / actuals),
        }
    }
}

/// The mean absolute change over a season: MASE's denominator. Where that is zero, the whole history's; where that is
/// zero too, its mean change from step to step; never zero.
pub(super) fn typical_change(known: &[f64], all: &[f64], season: usize) -> f64 {
    [(known, season), (all, season), (all, 1)]
        .into_iter()
        .map(|(values, lag)| mean_change(values, lag))
        .find(|change| *change > 0.0)
        .unwrap_or(1.0)
}

/// The mean absolute difference at a lag; zero when there is none.
pub(super) fn mean_change(values: &[f64], lag: usize) -> f64 {
    let later = values.get(lag..).unwrap_or_default();
    let sum: f64 = values.iter().zip(later).map(|(a, b)| (b - a).abs()).sum();
    sum / count(later.len().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_leave_two_seasons_and_the_horizon() {
        let plan = Plan::new(60, 6, 12).unwrap();
        assert_eq!((plan.horizon, plan.season), (6, 12));
        assert_eq!(plan.origins.last(), Some(&54));
        assert!(plan.origins[0] >= 30);
        assert!(plan.origins.windows(2).all(|w| w[0] < w[1]));
        assert!(plan.origins.len() <= BACKTEST_ORIGINS_MAX);
    }

    #[test]
    fn a_short_history_gives_up_the_second_season_then_the_season() {
        assert_eq!(Plan::new(30, 6, 12).map(|p| p.origins[0]), Some(24));
        assert_eq!(
            Plan::new(20, 6, 12).map(|p| (p.season, p.horizon)),
            Some((12, 4))
        );
        assert_eq!(Plan::new(8, 6, 12).map(|p| p.season), Some(1));
        assert_eq!(Plan::new(5, 6, 12), None);
    }

    #[test]
    fn a_method_sees_nothing_after_its_origin() {
        let mut values: Vec<f64> = (0..40).map(|t| f64::from(t % 4)).collect();
        let plan = Plan::new(values.len(), 4, 4).unwrap();
        let last = *plan.origins.last().unwrap();
        let before = plan.clone().predict(&values, Method::Mstl).unwrap();
        for value in values.iter_mut().skip(last) {
            *value = 1e6;
        }
        assert_eq!(plan.predict(&values, Method::Mstl).unwrap(), before);
    }

    #[test]
    fn scores_are_means_over_origins_and_steps() {
        // A straight line: naive is off by h at step h, and the scale is one.
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let run = Plan::new(20, 3, 1)
            .unwrap()
            .run(&values, &[Method::Naive, Method::Drift]);
        let scores = run.trials[0].outcome.as_ref().unwrap();
        assert!((scores.mase - 2.0).abs() < 1e-12);
        assert!(run.trials[1].outcome.as_ref().unwrap().mase < 1e-12);
    }
}
