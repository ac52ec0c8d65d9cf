//! The sentences of a forecast: why this model, and what a reader should know.

use super::Request;
use super::backtest::Run;
use super::candidates::yardstick;
use super::combine::{Choice, skill};
use super::method::Method;
use super::treat::Found;
use crate::error::Error;
use crate::model::answer::{Band, Effect, Forecast};
use crate::model::calendar::Grain;
use crate::model::note::{Notes, Topic};
use crate::model::query::ModelChoice;
use crate::model::wording::how_many;

/// Effects that notes tell.
const EFFECTS_TOLD: usize = 6;
/// A skill that rounds to less than a thousandth is none.
pub(crate) const SKILL_MIN: f64 = 0.0005;
/// Steps that a note names one by one.
const STEPS_LISTED: usize = 3;

/// The forecast of a series that never changed.
pub(super) fn constant(request: &Request<'_>, value: f64, mut notes: Notes) -> Forecast {
    notes.add(
        Topic::Skill,
        "the history never changes, so there is no error to learn an interval from: the bands have no width",
    );
    let flat = vec![value; request.horizon_steps];
    Forecast {
        model: "naive".into(),
        reason: format!(
            "all {} {}s of history have the same value, so every model repeats it",
            request.values.len(),
            request.grain
        ),
        season_steps: 1,
        point: flat.clone(),
        bands: request
            .levels
            .iter()
            .map(|level| Band {
                level: *level,
                lower: flat.clone(),
                upper: flat.clone(),
            })
            .collect(),
        effects: Vec::new(),
        backtest: None,
        notes,
    }
}

/// Why this model.
pub(super) fn reason(
    request: &Request<'_>,
    run: Option<&Run>,
    choice: Option<&Choice>,
    parts: &[(Method, f64)],
    names: &[(Method, String)],
) -> String {
    let n = request.values.len();
    let grain = request.grain;
    let name = names.first().map_or("nothing", |(_, name)| name);
    let simplest = parts.first().map_or("", |(method, _)| method.label());
    let (Some(run), Some(choice)) = (run, choice) else {
        return match request.model {
            ModelChoice::Auto => format!(
                "{n} {grain}s of history are too few to try models on, so the simplest one is used: {simplest}"
            ),
            _ => format!("{name} was asked for; {n} {grain}s of history are too few to test it"),
        };
    };
    let base = yardstick(run.plan.season);
    let standard = if base == Method::SeasonalNaive {
        "seasonal naive"
    } else {
        "repeating the last value"
    };
    let tests = run.plan.origins.len();
    let better = skill(run, &choice.scores) * 100.0;
    let is_base = choice.parts.len() == 1 && choice.parts.iter().all(|(m, _)| *m == base);
    let versus = if is_base {
        format!("no skill over {standard}, which it is")
    } else if run.scores(base).is_none() {
        format!("{standard} could not be tried")
    } else if better <= 0.0 {
        format!(
            "no skill over {standard} (its error was {:.0} % larger)",
            -better
        )
    } else {
        format!("its error was {better:.0} % smaller than that of {standard}")
    };
    match request.model {
        ModelChoice::Auto if is_base => format!(
            "in {tests} tests on past {grain}s nothing was better than {}: no model had skill over {standard}",
            base.label()
        ),
        ModelChoice::Auto if choice.is_combination() => format!(
            "{} models are combined, each weighted by its errors in {tests} tests on past {grain}s, {simplest} most: {versus}",
            names.len()
        ),
        ModelChoice::Auto => {
            format!("{simplest} did best by far in {tests} tests on past {grain}s: {versus}")
        }
        _ => format!("{name} was asked for; in {tests} tests on past {grain}s: {versus}"),
    }
}

/// That what is forecast was no better in the tests than the simplest forecast there is.
pub(super) fn no_skill(
    request: &Request<'_>,
    run: Option<&Run>,
    choice: Option<&Choice>,
) -> Option<String> {
    let (run, choice) = (run?, choice?);
    let base = yardstick(run.plan.season);
    // What is never wrong needs no skill.
    let wrong = run.scores(base).is_some_and(|theirs| theirs.mase > 0.0);
    if !wrong || skill(run, &choice.scores) >= SKILL_MIN {
        return None;
    }
    let simplest = if base == Method::SeasonalNaive {
        "repeating the last season"
    } else {
        "repeating the last value"
    };
    Some(format!(
        "low skill: in {} tests on past {}s this forecast was no better than {simplest}",
        run.plan.origins.len(),
        request.grain
    ))
}

/// Whose intervals those of Prophet are.
pub(super) fn prophets_own() -> String {
    "the intervals are Prophet's own, which tend to be too narrow, and values below zero are kept: `auto` gives intervals from its backtest".into()
}

/// What was not tried for want of budget.
pub(super) fn left_out(methods: &[Method]) -> Option<String> {
    let names: Vec<&str> = methods.iter().map(|m| m.name()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "not tried, to stay within what one request may compute: {}",
            names.join(", ")
        )
    })
}

/// What was found in the series and treated; `cut` steps before the history are not looked at.
pub(super) fn found(request: &Request<'_>, cut: usize, found: &Found) -> String {
    let grain = request.grain;
    let step = |at: usize| request.step_name(cut + at);
    let steps = |at: &[usize]| {
        let shown: Vec<String> = at.iter().take(STEPS_LISTED).map(|t| step(*t)).collect();
        let more = at.len().saturating_sub(STEPS_LISTED);
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{}{rest}", shown.join(", "))
    };
    match found {
        Found::ClosedWeekdays(days) => {
            let names: Vec<String> = days.iter().map(|d| request.weekday_name(cut + d)).collect();
            format!(
                "closed on {}: nothing was sold then in the last weeks, and 0 is forecast",
                names.join(" and ")
            )
        }
        Found::Outage(at) => format!(
            "nothing was sold in {} of a series that otherwise always sells ({}): taken for an outage and filled for the fit",
            how_many(at.len(), grain.name()),
            steps(at)
        ),
        Found::Outliers(at) => format!(
            "drawn in for the fit, for they are unusual: {} ({})",
            how_many(at.len(), grain.name()),
            steps(at)
        ),
        Found::Shift(at, ratio) => format!(
            "the level changed lastingly, to {:.0} % of what it was, from {}: earlier {grain}s were scaled to the new level for the fit",
            ratio * 100.0,
            step(*at)
        ),
    }
}

/// What holidays and columns do to the horizon, in a sentence each. Of what could not be learnt the plan tells that needed it.
pub(super) fn effects(found: &[Effect], grain: Grain) -> Vec<String> {
    let met = found
        .iter()
        .filter(|e| e.steps_ahead > 0 && e.occurrences > 0);
    let met = met.take(EFFECTS_TOLD).map(|e| {
        let when = match e.offset_days {
            0 => String::new(),
            d if d < 0 => format!("{} days before ", -d),
            d => format!("{d} days after "),
        };
        if e.column {
            return format!(
                "each unit more of {} changes sales by {:+.0} %, as the {} past {grain}s in which it moved had it",
                e.name,
                e.share * 100.0,
                e.occurrences
            );
        }
        format!(
            "{when}{}: {:+.0} %, as {} of the past had it",
            e.name,
            e.share * 100.0,
            how_many(e.occurrences, grain.name())
        )
    });
    met.collect()
}

/// How bands were made without a backtest.
pub(super) fn bands_without_backtest(values: &[f64], grain: Grain) -> String {
    format!(
        "{} {grain}s are too few to test a forecast on, so the bands come from the changes between {grain}s, growing with the square root of the horizon: read them as rough",
        values.len()
    )
}

/// How bands were made past the horizon of the backtest.
pub(super) fn beyond_backtest(run: &Run, request: &Request<'_>) -> String {
    format!(
        "the history allowed tests {} ahead; the bands after that are extrapolated",
        how_many(run.plan.horizon, request.grain.name())
    )
}

/// The error of a model that was asked for and cannot be fitted.
pub(super) fn refusal(request: &Request<'_>, method: Method, why: &str) -> Error {
    let season = request.grain.season_steps();
    let n = request.values.len();
    let can: Vec<&str> = [
        (Method::Theta, "theta"),
        (Method::Ets, "ets"),
        (yardstick(season), "seasonal_naive"),
    ]
    .into_iter()
    .filter(|(m, _)| *m != method && n >= m.values_min(season))
    .map(|(_, name)| name)
    .chain(["auto"])
    .collect();
    Error::unforecastable(format!(
        "{} cannot be fitted to this history of {n} {}s: it {why}; use {}",
        method.name(),
        request.grain,
        can.join(" or ")
    ))
}
