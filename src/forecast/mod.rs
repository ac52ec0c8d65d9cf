//! Forecasts of one series: models, the backtest that weighs them, and intervals from its errors.
//!
//! The sole importer of `augurs`. A request runs through `candidates` (what is tried), `backtest` (try), `combine`
//! (weigh), `fit` (on the whole history) and `intervals`; `report` and `explain` say what was done.

mod backtest;
mod candidates;
mod combine;
mod effects;
mod explain;
mod fit;
pub mod hierarchy;
mod intervals;
mod linear;
mod method;
mod models;
pub mod paths;
mod prepare;
pub mod prophet;
pub mod reconcile;
mod report;
mod request;
mod scale;
mod season;
mod simplex;
mod treat;

use crate::error::Result;
use crate::model::answer::{Backtest, Band, Forecast};
use crate::model::note::Topic;
use crate::model::query::ModelChoice;

use backtest::{Plan, Run};
use candidates::{candidates, yardstick};
use combine::Choice;
pub use effects::usual;
pub(crate) use explain::SKILL_MIN;
use fit::{Setting, checked};
use intervals::Spread;
use method::Method;
use prepare::Prepared;
pub use request::{Event, Known, Request};

/// Forecasts one series.
///
/// # Shape    values: `[n]`; point: `[h]`; each band: `[h]`
/// # Units    the measure's; levels are percent
/// # Errors   `Unforecastable` if n < 2 or the model asked for cannot be fitted; `Invalid` for values that are not
/// finite, levels that do not ascend and horizons past the longer of the history and two seasons; `OverBudget` past
/// [`FORECAST_STEPS_MAX`](crate::limits::FORECAST_STEPS_MAX)
/// # Source   each model's file names its own; golden: tests/golden/forecast
/// # Example
/// ```
/// use nearcast::forecast::{Request, forecast};
/// use nearcast::model::calendar::Grain;
///
/// let values: Vec<f64> = (0..36).map(|t| f64::from(100 + 10 * (t % 12))).collect();
/// let mut request = Request::new(&values, Grain::Month, 6);
/// request.whole_units = true;
/// let answer = forecast(&request)?;
/// assert_eq!(answer.model, "seasonal_naive");
/// assert_eq!(answer.point[..3], [100.0, 110.0, 120.0]);
/// # Ok::<(), nearcast::Error>(())
/// ```
pub fn forecast(request: &Request<'_>) -> Result<Forecast> {
    with_errors(request).map(|(forecast, _)| forecast)
}

/// Errors of what is used, in the backtest.
///
/// # Units    the measure's
#[derive(Debug, Clone, PartialEq)]
pub struct Errors {
    /// How many steps of history (of those that were open) came after each origin; the newest origin last.
    pub ages: Vec<usize>,
    /// Actual less predicted, `[origin][step]`; the backtest's horizon may be shorter than the forecast's.
    pub rows: Vec<Vec<f64>>,
}

impl Errors {
    /// The errors of the origin that is nearest to an age; of two, the newer one's.
    fn near(&self, age: usize) -> Option<&Vec<f64>> {
        let ages = self.ages.iter().zip(&self.rows).rev();
        ages.min_by_key(|(own, _)| own.abs_diff(age))
            .map(|(_, row)| row)
    }
}

/// Forecasts one series, with the errors that what is used made in the backtest; none without a backtest.
///
/// # Errors   `Unforecastable`, `Invalid` and `OverBudget` as [`forecast`]
pub fn with_errors(request: &Request<'_>) -> Result<(Forecast, Option<Errors>)> {
    request.check()?;
    let (history, cut) = prepare::newest(request);
    if let Some(constant) = prepare::constant(history) {
        let notes = prepare::shortened(request, cut).into_iter().collect();
        return Ok((explain::constant(request, constant, notes), None));
    }
    let asked = explicit(request.model, prepare::season(request, history.len()));
    let prepared = Prepared::of(request, asked);
    let exam = Exam::of(request, &prepared, asked);
    let used = use_parts(request, &prepared, &exam.parts)?;
    let mut point = used.point.clone();
    prepared.effects.put_on(&mut point);
    // Prophet that was asked for by name gives what Prophet gives, below zero too.
    let own = used
        .bands
        .as_ref()
        .filter(|_| asked == Some(Method::Prophet));
    if prepared.never_negative() && own.is_none() {
        for p in &mut point {
            *p = p.max(0.0);
        }
    }
    let spread = exam.spread();
    let bands = match own {
        None => bands(request, &prepared, spread.as_ref(), &used.point, &point),
        Some(own) => own
            .iter()
            .map(|band| Band {
                level: band.level,
                lower: prepared.whole(&band.lower),
                upper: prepared.whole(&band.upper),
            })
            .collect(),
    };
    let mut notes = prepared.notes.clone();
    if own.is_some() {
        notes.add(Topic::Skill, explain::prophets_own());
    }
    match &exam.run {
        None => {
            let rough = explain::bands_without_backtest(&prepared.treated.fit, request.grain);
            notes.add(Topic::Skill, rough);
        }
        Some(run) if prepared.horizon > run.plan.horizon => {
            notes.add(Topic::Skill, explain::beyond_backtest(run, request));
        }
        Some(_) => {}
    }
    let (run, choice) = (exam.run.as_ref(), exam.choice.as_ref());
    if let Some(none) = explain::no_skill(request, run, choice) {
        notes.add(Topic::Skill, none);
    }
    notes.extend(explain::left_out(&exam.left_out));
    let seasonal = exam.parts.iter().any(|(m, _)| m.is_seasonal());
    let answer = Forecast {
        reason: explain::reason(
            request,
            exam.run.as_ref(),
            exam.choice.as_ref(),
            &exam.parts,
            &used.names,
        ),
        model: match used.names.as_slice() {
            [(_, name)] => name.clone(),
            _ => "combination".into(),
        },
        season_steps: if seasonal { prepared.setting.season } else { 1 },
        point: prepared.whole(&point),
        bands,
        effects: prepared.effects.found.clone(),
        backtest: exam.report(&used.names, spread.as_ref(), request.levels),
        notes,
    };
    Ok((answer, exam.errors(request, &prepared)))
}

/// What was tried, how it did, and what is used.
struct Exam {
    run: Option<Run>,
    choice: Option<Choice>,
    /// Methods and their weights.
    parts: Vec<(Method, f64)>,
    left_out: Vec<Method>,
}

impl Exam {
    fn of(request: &Request<'_>, prepared: &Prepared<'_>, asked: Option<Method>) -> Self {
        let (values, setting) = (&prepared.treated.fit, &prepared.setting);
        let tried = candidates(values, setting, request.work_max);
        let mut methods = match asked {
            Some(method) => vec![yardstick(setting.season), method],
            None => tried.methods,
        };
        let plan = Plan::new(
            values.len(),
            prepared.horizon,
            setting.season,
            tried.origins,
        );
        let run = plan.map(|plan| {
            let known = Setting {
                season: plan.season,
                ..setting.clone()
            };
            if plan.season != setting.season {
                methods.insert(0, yardstick(plan.season));
            }
            methods.dedup();
            plan.run(values, &prepared.treated.actual, &methods, &known)
        });
        let choice = run.as_ref().and_then(|run| match asked {
            Some(method) => Choice::single(run, method),
            None => Choice::best(run),
        });
        let parts = match (&choice, asked) {
            (Some(choice), _) => choice.parts.clone(),
            (None, Some(method)) => vec![(method, 1.0)],
            (None, None) => vec![(fallback(values.len(), setting.season), 1.0)],
        };
        Self {
            run,
            choice,
            parts,
            left_out: if asked.is_some() {
                Vec::new()
            } else {
                tried.left_out
            },
        }
    }

    fn both(&self) -> Option<(&Run, &Choice)> {
        self.run.as_ref().zip(self.choice.as_ref())
    }

    fn spread(&self) -> Option<Spread> {
        self.both()
            .map(|(run, choice)| Spread::of(&run.plan, &choice.scores))
    }

    fn report(
        &self,
        names: &[(Method, String)],
        spread: Option<&Spread>,
        levels: &[u8],
    ) -> Option<Backtest> {
        self.both().map(|(run, choice)| {
            report::backtest(run, choice, names, spread, levels, &self.left_out)
        })
    }

    fn errors(&self, request: &Request<'_>, prepared: &Prepared<'_>) -> Option<Errors> {
        let (run, choice) = self.both()?;
        // Tests were on open steps: among the closed ones they reach further.
        let open = |h: &usize| prepared.treated.open_steps(*h) >= run.plan.horizon;
        let reach = (0..=request.horizon_steps)
            .find(open)
            .unwrap_or(request.horizon_steps);
        let known = prepared.treated.fit.len();
        Some(Errors {
            ages: run
                .plan
                .origins
                .iter()
                .map(|origin| known - origin)
                .collect(),
            rows: choice
                .scores
                .errors
                .iter()
                .map(|row| prepared.among(row, reach))
                .collect(),
        })
    }
}

/// The intervals around the estimates of the open steps, `without` effects and with them.
fn bands(
    request: &Request<'_>,
    prepared: &Prepared<'_>,
    spread: Option<&Spread>,
    without: &[f64],
    point: &[f64],
) -> Vec<Band> {
    let values = &prepared.treated.fit;
    let floor = if prepared.never_negative() {
        0.0
    } else {
        f64::NEG_INFINITY
    };
    let levels = request.levels.iter();
    levels
        .map(|level| {
            let mut widths = if let Some(spread) = spread {
                spread.half_widths(*level, point.len())
            } else {
                let (change, changes) = (backtest::mean_change(values, 1), values.len() - 1);
                let at = |step| intervals::naive_half_width(change, changes, step, *level);
                (1..=point.len()).map(at).collect()
            };
            prepared.effects.widen(&mut widths, without, *level);
            let bound = |side: f64| {
                let ends = point.iter().zip(&widths);
                let ends: Vec<f64> = ends
                    .map(|(p, width)| side.mul_add(*width, *p).max(floor))
                    .collect();
                prepared.whole(&ends)
            };
            Band {
                level: *level,
                lower: bound(-1.0),
                upper: bound(1.0),
            }
        })
        .collect()
}

/// What the parts say of the future, and what they are called once they are fitted.
struct Used {
    point: Vec<f64>,
    /// Intervals that the only model has of its own.
    bands: Option<Vec<Band>>,
    names: Vec<(Method, String)>,
}

/// Fits the parts to the whole history. A part of a combination that cannot be fitted is left out; the only one is an
/// error.
fn use_parts(
    request: &Request<'_>,
    prepared: &Prepared<'_>,
    parts: &[(Method, f64)],
) -> Result<Used> {
    let horizon = prepared.horizon;
    let mut rows = Vec::with_capacity(parts.len());
    let mut names = Vec::with_capacity(parts.len());
    let (mut refused, mut bands) = (None, None);
    for (method, weight) in parts {
        let fitted = method
            .fit(&prepared.treated.fit, &prepared.setting)
            .and_then(|fitted| Ok((checked(fitted.as_ref(), horizon)?, fitted)));
        match fitted {
            Ok((point, fitted)) => {
                bands = fitted.bands(horizon, request.levels);
                rows.push((point, *weight));
                names.push((*method, fitted.name()));
            }
            Err(why) => refused = Some((*method, why)),
        }
    }
    if let (true, Some((method, why))) = (rows.is_empty(), refused) {
        return Err(explain::refusal(request, method, &why));
    }
    let rows: Vec<(&[f64], f64)> = rows.iter().map(|(row, w)| (row.as_slice(), *w)).collect();
    Ok(Used {
        point: combine::combined(&rows),
        bands: bands.filter(|_| rows.len() == 1),
        names,
    })
}

/// What is used when nothing could be tried.
const fn fallback(values: usize, season: usize) -> Method {
    if values >= season {
        yardstick(season)
    } else {
        Method::Naive
    }
}

/// The method of an explicit choice.
const fn explicit(choice: ModelChoice, season: usize) -> Option<Method> {
    Some(match choice {
        ModelChoice::Auto => return None,
        ModelChoice::Ets => Method::Ets,
        ModelChoice::Theta => Method::Theta,
        ModelChoice::Ces => Method::Ces,
        ModelChoice::Mstl => Method::Mstl,
        ModelChoice::StlTheta => Method::StlTheta,
        ModelChoice::StlCes => Method::StlCes,
        ModelChoice::Harmonic => Method::Harmonic,
        ModelChoice::CrostonSba => Method::Sba,
        ModelChoice::Tsb => Method::Tsb,
        ModelChoice::Imapa => Method::Imapa,
        ModelChoice::Prophet => Method::Prophet,
        ModelChoice::SeasonalNaive => yardstick(season),
        ModelChoice::Naive => Method::Naive,
        ModelChoice::Drift => Method::Drift,
    })
}

/// A count as a float; exact below 2^32, which every bound keeps.
fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
