//! Rolling-origin backtest: every method is fitted again at each origin, on what was known then, and tried on what came.

use super::count;
use super::fit::{Fitted, Setting, checked};
use super::method::Method;
use super::models::smoothing;

/// Fewer origins than this say too little to choose by.
const ORIGINS_MIN: usize = 2;
/// How far back the first origin lies at most, seasons or horizons: what a business was like before says little.
const REACH: usize = 3;

/// A method's estimates, `[origin][step]`, or why there are none.
pub(super) type Predictions = Result<Vec<Vec<f64>>, String>;

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
    /// What came after each origin, `[origin][step]`.
    pub(super) actuals: Vec<Vec<f64>>,
    /// Size of a typical change at each origin: what errors are divided by before they are averaged.
    pub(super) scales: Vec<f64>,
    /// One for each method, in the order asked.
    pub(super) trials: Vec<Trial>,
}

/// One method at every origin.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) method: Method,
    pub(super) predictions: Predictions,
    /// How they did; none where there are none.
    pub(super) scores: Option<Scores>,
}

/// How predictions did.
#[derive(Debug, Clone)]
pub(super) struct Scores {
    /// Actual less predicted, `[origin][step]`.
    pub(super) errors: Vec<Vec<f64>>,
    /// Mean absolute error of each origin, in units of its scale.
    pub(super) each: Vec<f64>,
    /// Their mean.
    pub(super) mase: f64,
    /// Sum of absolute errors over sum of absolute actuals; none where nothing was sold.
    pub(super) wape: Option<f64>,
    /// Sum of predicted less actual over sum of absolute actuals; none where nothing was sold.
    pub(super) bias: Option<f64>,
}

impl Plan {
    /// Origins that leave every method enough history if there is enough, evenly spread over the newer half; none when
    /// the history is too short to hold anything back.
    pub(super) fn new(
        values: usize,
        horizon: usize,
        season: usize,
        origins_max: usize,
    ) -> Option<Self> {
        let always = 2 * smoothing::VALUES_MIN;
        let tiers = [
            (season, season.saturating_mul(2).max(always)),
            (season, season.max(always)),
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
            let number = (last - first + 1).min(origins_max);
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

    /// Tries the methods: fitted to `values`, compared with what really came.
    pub(super) fn run(
        self,
        values: &[f64],
        actual: &[f64],
        methods: &[Method],
        setting: &Setting,
    ) -> Run {
        let known = |at: &usize| values.get(..*at).unwrap_or(values);
        let scales = self
            .origins
            .iter()
            .map(|at| typical_change(known(at), values, self.season));
        let after = |at: &usize| {
            actual
                .iter()
                .skip(*at)
                .take(self.horizon)
                .copied()
                .collect()
        };
        let mut run = Run {
            actuals: self.origins.iter().map(after).collect(),
            scales: scales.collect(),
            trials: Vec::new(),
            plan: self,
        };
        for method in methods {
            let predictions = run.plan.predict(values, *method, setting);
            let scores = predictions.as_ref().ok().map(|p| run.score(p));
            run.trials.push(Trial {
                method: *method,
                predictions,
                scores,
            });
        }
        run
    }

    fn predict(&self, values: &[f64], method: Method, setting: &Setting) -> Predictions {
        // What the model decides for itself it decides at the first origin; later ones fit its parameters again.
        let mut previous: Option<Box<dyn Fitted>> = None;
        self.origins
            .iter()
            .map(|at| {
                let known = values.get(..*at).unwrap_or(values);
                let fitted = match &previous {
                    None => method.fit(known, setting)?,
                    Some(model) => model.refit(method.newest(known, setting.season))?,
                };
                let point = checked(fitted.as_ref(), self.horizon)?;
                previous = Some(fitted);
                Ok(point)
            })
            .collect()
    }
}

impl Run {
    /// How predictions for the origins of this run did.
    pub(super) fn score(&self, predictions: &[Vec<f64>]) -> Scores {
        let mut errors = Vec::with_capacity(predictions.len());
        let mut each = Vec::with_capacity(predictions.len());
        let (mut absolute, mut signed, mut actuals) = (0.0, 0.0, 0.0);
        for ((came, scale), predicted) in self.actuals.iter().zip(&self.scales).zip(predictions) {
            let row: Vec<f64> = came.iter().zip(predicted).map(|(y, f)| y - f).collect();
            let sum: f64 = row.iter().map(|e| e.abs()).sum();
            each.push(sum / scale / count(row.len().max(1)));
            absolute += sum;
            signed -= row.iter().sum::<f64>();
            actuals += came.iter().map(|y| y.abs()).sum::<f64>();
            errors.push(row);
        }
        Scores {
            mase: each.iter().sum::<f64>() / count(each.len().max(1)),
            each,
            errors,
            wape: (actuals > 0.0).then(|| absolute / actuals),
            bias: (actuals > 0.0).then(|| signed / actuals),
        }
    }

    /// How a method did, if it could be tried.
    pub(super) fn scores(&self, method: Method) -> Option<&Scores> {
        let trial = self.trials.iter().find(|trial| trial.method == method)?;
        trial.scores.as_ref()
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
    use crate::limits::BACKTEST_ORIGINS_MAX;

    fn plan(values: usize, horizon: usize, season: usize) -> Option<Plan> {
        Plan::new(values, horizon, season, BACKTEST_ORIGINS_MAX)
    }

    #[test]
    fn origins_leave_two_seasons_and_the_horizon() {
        let plan = plan(60, 6, 12).unwrap();
        assert_eq!((plan.horizon, plan.season), (6, 12));
        assert_eq!(plan.origins.last(), Some(&54));
        assert!(plan.origins[0] >= 30);
        assert!(plan.origins.windows(2).all(|w| w[0] < w[1]));
        assert!(plan.origins.len() <= BACKTEST_ORIGINS_MAX);
    }

    #[test]
    fn a_short_history_gives_up_the_second_season_then_the_season() {
        assert_eq!(plan(30, 6, 12).map(|p| p.origins[0]), Some(24));
        assert_eq!(
            plan(20, 6, 12).map(|p| (p.season, p.horizon)),
            Some((12, 4))
        );
        assert_eq!(plan(8, 6, 12).map(|p| p.season), Some(1));
        assert_eq!(plan(5, 6, 12), None);
    }

    #[test]
    fn a_method_sees_nothing_after_its_origin() {
        let mut values: Vec<f64> = (0..40).map(|t| f64::from(t % 4)).collect();
        let plan = plan(values.len(), 4, 4).unwrap();
        let last = *plan.origins.last().unwrap();
        let before = plan
            .predict(&values, Method::Mstl, &Setting::of_season(4))
            .unwrap();
        for value in values.iter_mut().skip(last) {
            *value = 1e6;
        }
        assert_eq!(
            plan.predict(&values, Method::Mstl, &Setting::of_season(4))
                .unwrap(),
            before
        );
    }

    #[test]
    fn scores_are_means_over_origins_and_steps() {
        // A straight line: naive is off by h at step h, and the scale is one.
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let run = plan(20, 3, 1).unwrap().run(
            &values,
            &values,
            &[Method::Naive, Method::Drift],
            &Setting::of_season(1),
        );
        let scores = run.scores(Method::Naive).unwrap();
        assert!((scores.mase - 2.0).abs() < 1e-12);
        assert!(scores.bias.unwrap() < 0.0);
        assert!(run.scores(Method::Drift).unwrap().mase < 1e-12);
        assert!(run.scores(Method::Ets).is_none());
    }
}
