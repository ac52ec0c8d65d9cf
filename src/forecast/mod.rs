//! Forecasts of one series: models, the backtest that chooses among them, and intervals from its errors.
//!
//! The sole importer of `augurs`. A request runs through `backtest` (try), `choose` (pick), `fit` (the picked model on
//! the whole history) and `intervals`.

mod backtest;
mod choose;
mod explain;
mod fit;
mod intervals;
mod models;
#[cfg_attr(not(test), expect(dead_code, reason = "the adapter comes next"))]
mod prophet;
mod scale;

use crate::error::{Error, Result};
use crate::limits::{FORECAST_STEPS_MAX, FORECAST_VALUE_MAX, HISTORY_STEPS_MAX};
use crate::model::answer::{Backtest, Band, Candidate, Forecast};
use crate::model::calendar::Grain;
use crate::model::query::ModelChoice;

use backtest::{Plan, Run};
use fit::{Fitted, Method, checked};
use intervals::Spread;
use scale::PowerOfTwo;

/// What is to be forecast.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The history in natural units: regular, whole steps only, oldest first, finite.
    pub values: &'a [f64],
    /// The length of a step; it names the season that is looked for.
    pub grain: Grain,
    /// How many steps.
    pub horizon_steps: usize,
    /// Percent of each prediction interval, ascending, 1 to 99.
    pub levels: &'a [u8],
    /// The model, or the choice of one.
    pub model: ModelChoice,
    /// Whether the measure is counted in whole units (the caller rounds).
    pub whole_units: bool,
}

/// Forecasts one series.
///
/// # Shape    values: `[n]`; point: `[h]`; each band: `[h]`
/// # Units    the measure's; levels are percent
/// # Errors   `Unforecastable` if n < 2 or the model asked for cannot be fitted; `Invalid` for values that are not
/// finite, levels that do not ascend and horizons past the longer of the history and two seasons; `OverBudget` past
/// [`FORECAST_STEPS_MAX`]
/// # Source   each model's file names its own; golden: tests/golden/forecast
/// # Example
/// ```
/// use nearcast::forecast::{Request, forecast};
/// use nearcast::model::{calendar::Grain, query::ModelChoice};
///
/// let values: Vec<f64> = (0..36).map(|t| f64::from(100 + 10 * (t % 12))).collect();
/// let answer = forecast(&Request {
///     values: &values,
///     grain: Grain::Month,
///     horizon_steps: 6,
///     levels: &[80, 95],
///     model: ModelChoice::Auto,
///     whole_units: true,
/// })?;
/// assert_eq!(answer.model, "seasonal_naive");
/// assert_eq!(answer.point[..3], [100.0, 110.0, 120.0]);
/// # Ok::<(), nearcast::Error>(())
/// ```
pub fn forecast(request: &Request<'_>) -> Result<Forecast> {
    check(request)?;
    let mut notes = Vec::new();
    let cut = request.values.len().saturating_sub(HISTORY_STEPS_MAX);
    let history = request.values.get(cut..).unwrap_or(request.values);
    if cut > 0 {
        notes.push(format!(
            "the newest {HISTORY_STEPS_MAX} of {} {}s were used",
            request.values.len(),
            request.grain
        ));
    }
    if let Some(constant) = constant(history) {
        return Ok(explain::constant(request, constant, notes));
    }
    let unit = PowerOfTwo::of(history);
    let values = unit.into_scaled(history);

    let season = request.grain.season_steps();
    let asked = explicit(request.model, season);
    let (run, method) = decide(&values, request.horizon_steps, season, asked);
    let fitted_season = if asked.is_some() || values.len() >= season {
        season
    } else {
        1
    };
    let fitted = method
        .fit(&values, fitted_season)
        .and_then(|fitted| Ok((checked(fitted.as_ref(), request.horizon_steps)?, fitted)));
    let (point, fitted) = fitted.map_err(|why| explain::refusal(request, method, &why))?;

    let never_negative = values.iter().all(|v| *v >= 0.0);
    let clamp = |v: f64| if never_negative { v.max(0.0) } else { v };
    let spread = run.as_ref().and_then(|run| Spread::of(run, method));
    let change =
        backtest::typical_change(&values, &values, run.as_ref().map_or(1, |r| r.plan.season));
    let half_widths = |level: u8| -> Vec<f64> {
        if let Some(spread) = &spread {
            let widths = spread.half_widths(level, point.len());
            return widths.iter().map(|width| width * change).collect();
        }
        let (last_change, changes) = (backtest::mean_change(&values, 1), values.len() - 1);
        let at = |step| intervals::naive_half_width(last_change, changes, step, level);
        (1..=point.len()).map(at).collect()
    };
    let bands = request
        .levels
        .iter()
        .map(|level| {
            let widths = half_widths(*level);
            let bound = |side: f64| {
                let ends = point.iter().zip(&widths);
                unit.out_of_scaled(ends.map(|(p, width)| clamp(side.mul_add(*width, *p))))
            };
            Band {
                level: *level,
                lower: bound(-1.0),
                upper: bound(1.0),
            }
        })
        .collect();
    if spread.is_none() {
        notes.push(explain::bands_without_backtest(&values, request.grain));
    } else if let Some(run) = &run
        && request.horizon_steps > run.plan.horizon
    {
        notes.push(explain::beyond_backtest(run, request));
    }
    Ok(Forecast {
        model: fitted.name(),
        reason: explain::reason(request, run.as_ref(), method, fitted.as_ref()),
        season_steps: if method.is_seasonal() {
            fitted_season
        } else {
            1
        },
        point: unit.out_of_scaled(point.iter().map(|p| clamp(*p))),
        bands,
        backtest: run.map(|run| {
            report(
                &run,
                method,
                fitted.as_ref(),
                spread.as_ref(),
                request.levels,
            )
        }),
        notes,
    })
}

/// Runs the backtest if there is history enough and names the method: the one asked for, or the best.
fn decide(
    values: &[f64],
    horizon: usize,
    season: usize,
    asked: Option<Method>,
) -> (Option<Run>, Method) {
    let run = Plan::new(values.len(), horizon, season).map(|plan| {
        let yardstick = choose::yardstick(plan.season);
        let methods: Vec<Method> = match asked {
            Some(method) if method == yardstick => vec![method],
            Some(method) => vec![yardstick, method],
            None => Method::ALL
                .into_iter()
                .filter(|m| match m {
                    Method::SeasonalNaive | Method::Mstl | Method::Mean => season > 1,
                    Method::Naive | Method::Drift => plan.season == 1,
                    Method::Ets => true,
                })
                .collect(),
        };
        plan.run(values, &methods)
    });
    let fallback = if values.len() >= season {
        choose::yardstick(season)
    } else {
        Method::Naive
    };
    let method = asked
        .or_else(|| run.as_ref().and_then(choose::best))
        .unwrap_or(fallback);
    (run, method)
}

/// The method of an explicit choice.
const fn explicit(choice: ModelChoice, season: usize) -> Option<Method> {
    match choice {
        ModelChoice::Auto => None,
        ModelChoice::Mstl => Some(Method::Mstl),
        ModelChoice::Ets => Some(Method::Ets),
        ModelChoice::SeasonalNaive => Some(choose::yardstick(season)),
    }
}

/// The backtest as the answer shows it, best first.
fn report(
    run: &Run,
    method: Method,
    fitted: &dyn Fitted,
    spread: Option<&Spread>,
    levels: &[u8],
) -> Backtest {
    let mut order: Vec<&backtest::Trial> = run.trials.iter().collect();
    order.sort_by(|a, b| {
        let key = |t: &backtest::Trial| t.outcome.as_ref().map_or(f64::INFINITY, |s| s.mase);
        (b.method == method)
            .cmp(&(a.method == method))
            .then(key(a).total_cmp(&key(b)))
    });
    let candidates = order
        .into_iter()
        .map(|trial| {
            let scores = trial.outcome.as_ref().ok();
            Candidate {
                model: if trial.method == method {
                    fitted.name()
                } else {
                    trial.method.name().into()
                },
                wape: scores.and_then(|s| s.wape),
                mase: scores.map(|s| s.mase),
                failed: trial.outcome.as_ref().err().cloned(),
            }
        })
        .collect();
    let shares = levels.iter().filter_map(|level| {
        let share = spread.and_then(|s| s.coverage(*level))?;
        Some((*level, share))
    });
    Backtest {
        origins: run.plan.origins.len(),
        horizon_steps: run.plan.horizon,
        candidates,
        skill: choose::skill(run, method),
        coverage: shares.collect(),
    }
}

/// The one value that a history has, if it has only one.
fn constant(history: &[f64]) -> Option<f64> {
    let (first, rest) = history.split_first()?;
    let same = |v: &f64| (v - first).abs() <= first.abs() * 1e-12;
    rest.iter().all(same).then_some(*first)
}

fn check(request: &Request<'_>) -> Result<()> {
    let n = request.values.len();
    if request.levels.iter().any(|l| !(1..=99).contains(l))
        || request.levels.windows(2).any(|w| w.first() >= w.last())
    {
        return Err(Error::invalid(
            "interval levels must be whole percents from 1 to 99 in ascending order",
        ));
    }
    if let Some(at) = request
        .values
        .iter()
        .position(|v| !v.is_finite() || v.abs() > FORECAST_VALUE_MAX)
    {
        return Err(Error::invalid(format!(
            "value {} of the history is not a number below {FORECAST_VALUE_MAX:e}: correct the source and ingest again",
            at + 1
        )));
    }
    let (grain, horizon) = (request.grain, request.horizon_steps);
    if n < 2 {
        return Err(Error::unforecastable(format!(
            "there {} and a forecast needs at least 2: widen the filters or the period, or ask for a finer grain",
            match n {
                0 => format!("are no whole {grain}s of history"),
                _ => format!("is 1 whole {grain} of history"),
            }
        )));
    }
    let largest = n
        .max(grain.season_steps().saturating_mul(2))
        .min(FORECAST_STEPS_MAX);
    if horizon == 0 {
        return Err(Error::invalid(format!(
            "a horizon of 0 {grain}s asks for nothing: ask for 1 to {largest}"
        )));
    }
    if horizon > FORECAST_STEPS_MAX {
        return Err(Error::over_budget(format!(
            "a horizon of {horizon} {grain}s is more than one request may compute: ask for at most {largest}"
        )));
    }
    if horizon > largest {
        return Err(Error::invalid(format!(
            "a horizon of {horizon} {grain}s is longer than the {n} {grain}s of history can tell: ask for at most {largest}"
        )));
    }
    Ok(())
}

/// A count as a float; exact below 2^32, which every bound keeps.
fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests;
