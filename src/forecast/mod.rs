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
mod models;
pub mod paths;
pub mod prophet;
pub mod reconcile;
mod report;
mod request;
mod scale;
mod season;
mod simplex;
mod treat;

use crate::error::Result;
use crate::limits::HISTORY_STEPS_MAX;
use crate::model::answer::{Band, Forecast};
use crate::model::calendar::Grain;
use crate::model::query::ModelChoice;

use backtest::Plan;
use candidates::{candidates, yardstick};
use combine::Choice;
use effects::Effects;
pub use effects::{Event, Known};
use fit::{Method, Setting, checked};
use intervals::Spread;
pub use request::Request;
use scale::PowerOfTwo;
use treat::Treated;

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
        return Ok((explain::constant(request, constant, notes), None));
    }
    let unit = PowerOfTwo::of(history);
    let asked = explicit(request.model, season(request, history.len()));
    let mut treated = Treated::of(&unit.into_scaled(history), request, asked.is_none());
    let days: Vec<_> = treated
        .open_places(request.horizon_steps)
        .filter_map(|t| request.day(cut + t))
        .collect();
    let effects = if asked == Some(Method::Prophet) {
        Effects::default()
    } else {
        Effects::take_out(&mut treated, request, &days, cut)
    };
    if asked.is_none() {
        treated.clean();
    }
    notes.extend(
        treated
            .found
            .iter()
            .map(|found| explain::found(request, cut, found)),
    );
    notes.extend(explain::effects(&effects.found, request.grain));
    let values = &treated.fit;
    let horizon = treated.open_steps(request.horizon_steps).max(1);
    let setting = setting(request, &treated, cut);
    let tried = candidates(values, &setting, request.work_max);
    let methods = match asked {
        Some(method) => vec![yardstick(setting.season), method],
        None => tried.methods.clone(),
    };
    let run = Plan::new(values.len(), horizon, setting.season, tried.origins).map(|plan| {
        let known = Setting {
            season: plan.season,
            ..setting.clone()
        };
        let mut methods = methods;
        if plan.season != setting.season {
            methods.insert(0, yardstick(plan.season));
        }
        methods.dedup();
        plan.run(values, &treated.actual, &methods, &known)
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
    let used = use_parts(request, values, horizon, &setting, &parts)?;
    let without = used.point;
    let mut point = without.clone();
    effects.put_on(&mut point);

    let never_negative = history.iter().all(|v| *v >= 0.0);
    let whole =
        |open: Vec<f64>| unit.out_of_scaled(&treated.among_closed(&open, request.horizon_steps));
    // Prophet that was asked for by name gives what Prophet gives, below zero too.
    let own = used
        .bands
        .as_ref()
        .filter(|_| request.model == ModelChoice::Prophet);
    let clamp = |v: f64| {
        if never_negative && own.is_none() {
            v.max(0.0)
        } else {
            v
        }
    };
    let spread = run
        .as_ref()
        .zip(choice.as_ref())
        .map(|(run, choice)| Spread::of(&run.plan, &choice.scores));
    let half_widths = |level: u8| -> Vec<f64> {
        if let Some(spread) = &spread {
            return spread.half_widths(level, point.len());
        }
        let (last_change, changes) = (backtest::mean_change(values, 1), values.len() - 1);
        let at = |step| intervals::naive_half_width(last_change, changes, step, level);
        (1..=point.len()).map(at).collect()
    };
    let bands = request.levels.iter().map(|level| {
        let mut widths = half_widths(*level);
        effects.widen(&mut widths, &without, *level);
        let bound = |side: f64| {
            let ends = point.iter().zip(&widths);
            whole(
                ends.map(|(p, width)| clamp(side.mul_add(*width, *p)))
                    .collect(),
            )
        };
        Band {
            level: *level,
            lower: bound(-1.0),
            upper: bound(1.0),
        }
    });
    let bands = match own {
        None => bands.collect(),
        Some(own) => own
            .iter()
            .map(|band| Band {
                level: band.level,
                lower: whole(band.lower.clone()),
                upper: whole(band.upper.clone()),
            })
            .collect(),
    };
    if own.is_some() {
        notes.push(explain::prophets_own());
    }
    if spread.is_none() {
        notes.push(explain::bands_without_backtest(values, request.grain));
    } else if let Some(run) = &run
        && horizon > run.plan.horizon
    {
        notes.push(explain::beyond_backtest(run, request));
    }
    let left_out: &[Method] = if asked.is_some() {
        &[]
    } else {
        &tried.left_out
    };
    notes.extend(explain::left_out(left_out));
    let errors = run.as_ref().zip(choice.as_ref()).map(|(run, choice)| {
        let rows = choice.scores.errors.iter();
        // Tests were on open steps: among the closed ones they reach further.
        let reach =
            (0..=request.horizon_steps).find(|h| treated.open_steps(*h) >= run.plan.horizon);
        let reach = reach.unwrap_or(request.horizon_steps);
        Errors {
            ages: run.plan.origins.iter().map(|o| values.len() - o).collect(),
            rows: rows
                .map(|row| unit.out_of_scaled(&treated.among_closed(row, reach)))
                .collect(),
        }
    });
    let answer = Forecast {
        reason: explain::reason(request, run.as_ref(), choice.as_ref(), &parts, &used.names),
        model: match used.names.as_slice() {
            [(_, name)] => name.clone(),
            _ => "combination".into(),
        },
        season_steps: if parts.iter().any(|(m, _)| m.is_seasonal()) {
            setting.season
        } else {
            1
        },
        point: whole(point.iter().map(|p| clamp(*p)).collect()),
        bands,
        effects: effects.found,
        backtest: run.as_ref().zip(choice.as_ref()).map(|(run, choice)| {
            report::backtest(
                run,
                choice,
                &used.names,
                spread.as_ref(),
                request.levels,
                left_out,
            )
        }),
        notes,
    };
    Ok((answer, errors))
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
    values: &[f64],
    horizon: usize,
    setting: &Setting,
    parts: &[(Method, f64)],
) -> Result<Used> {
    let mut rows = Vec::with_capacity(parts.len());
    let mut names = Vec::with_capacity(parts.len());
    let (mut refused, mut bands) = (None, None);
    for (method, weight) in parts {
        let fitted = method
            .fit(values, setting)
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

/// The season of a request, as far as the history allows.
fn season(request: &Request<'_>, values: usize) -> usize {
    let natural = request.season.unwrap_or(request.grain.season_steps());
    let asked = request.model != ModelChoice::Auto;
    if asked || values >= natural {
        natural
    } else {
        1
    }
}

/// What models are told of the treated series.
fn setting(request: &Request<'_>, treated: &Treated, cut: usize) -> Setting {
    let natural = request.season.unwrap_or(request.grain.season_steps());
    let periods = match request.grain {
        Grain::Day if natural == 7 => vec![count(treated.season), treated.open_period(365.25)],
        Grain::Week if natural == 52 => vec![365.25 / 7.0],
        _ => vec![count(natural)],
    };
    Setting {
        season: treated.season,
        periods,
        days: treated
            .open_places(request.horizon_steps.max(7))
            .filter_map(|t| request.day(cut + t))
            .collect(),
        holidays: prophet_holidays(request),
        known: prophet_columns(request, cut),
    }
}

/// The events as Prophet takes them, for a Prophet that was asked for by name.
fn prophet_holidays(request: &Request<'_>) -> Vec<prophet::Holiday> {
    if request.model != ModelChoice::Prophet {
        return Vec::new();
    }
    let mut names: Vec<&str> = request.events.iter().map(|e| e.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| prophet::Holiday {
            name: name.into(),
            days: request
                .events
                .iter()
                .filter(|e| e.name == name)
                .map(|e| e.day)
                .collect(),
            lower_window: 0,
            upper_window: 0,
            prior_scale: None,
        })
        .collect()
}

/// The known columns as Prophet takes them, for a Prophet that was asked for by name.
fn prophet_columns(request: &Request<'_>, cut: usize) -> Vec<Known> {
    let asked = request.model == ModelChoice::Prophet;
    let columns = request.known.iter().filter(|_| asked);
    columns
        .map(|column| Known {
            name: column.name.clone(),
            values: column.values.get(cut..).unwrap_or_default().to_vec(),
        })
        .collect()
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

/// The one value that a history has, if it has only one.
fn constant(history: &[f64]) -> Option<f64> {
    let (first, rest) = history.split_first()?;
    let same = |v: &f64| (v - first).abs() <= first.abs() * 1e-12;
    rest.iter().all(same).then_some(*first)
}

/// A count as a float; exact below 2^32, which every bound keeps.
fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
