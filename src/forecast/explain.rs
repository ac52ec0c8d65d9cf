//! The sentences of a forecast: why this model, and what a reader should know.

use super::Request;
use super::backtest::Run;
use super::choose::{is_lowest, scores, skill, yardstick};
use super::fit::{Fitted, Method};
use crate::error::Error;
use crate::model::answer::{Band, Forecast};
use crate::model::calendar::Grain;
use crate::model::query::ModelChoice;

/// The forecast of a series that never changed.
pub(super) fn constant(request: &Request<'_>, value: f64, mut notes: Vec<String>) -> Forecast {
    notes.push(
        "the history never changes, so there is no error to learn an interval from: the bands have no width".into(),
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
        backtest: None,
        notes,
    }
}

/// Why this model.
pub(super) fn reason(
    request: &Request<'_>,
    run: Option<&Run>,
    method: Method,
    fitted: &dyn Fitted,
) -> String {
    let n = request.values.len();
    let grain = request.grain;
    let label = method.label();
    let Some(run) = run else {
        return match request.model {
            ModelChoice::Auto => format!(
                "{n} {grain}s of history are too few to try models on, so the simplest one is used: {label}"
            ),
            _ => format!(
                "{} was asked for; {n} {grain}s of history are too few to test it",
                fitted.name()
            ),
        };
    };
    let base = yardstick(run.plan.season);
    let standard = if base == Method::SeasonalNaive {
        "seasonal naive"
    } else {
        "repeating the last value"
    };
    let tests = run.plan.origins.len();
    let better = skill(run, method) * 100.0;
    let versus = if method == base {
        format!("no skill over {standard}, which it is")
    } else if scores(run, base).is_none() {
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
        ModelChoice::Auto if method == base => format!(
            "in {tests} tests on past {grain}s nothing was clearly better than {label}: no model had skill over {standard}"
        ),
        ModelChoice::Auto if is_lowest(run, method) => {
            format!("{label} did best in {tests} tests on past {grain}s: {versus}")
        }
        ModelChoice::Auto => format!(
            "{label} was used: in {tests} tests on past {grain}s {versus}, and nothing did clearly better"
        ),
        _ => format!(
            "{} was asked for; in {tests} tests on past {grain}s: {versus}",
            fitted.name()
        ),
    }
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
        "the history allowed tests {} {}s ahead; the bands after that are extrapolated",
        run.plan.horizon, request.grain
    )
}

/// The error of a model that was asked for and cannot be fitted.
pub(super) fn refusal(request: &Request<'_>, method: Method, why: &str) -> Error {
    let season = request.grain.season_steps();
    let n = request.values.len();
    let can: Vec<&str> = [
        (Method::Mstl, "mstl"),
        (Method::Ets, "ets"),
        (yardstick(season), "seasonal_naive"),
    ]
    .into_iter()
    .filter(|(m, _)| {
        *m != method && n >= m.values_min(season) && (season > 1 || *m != Method::Mstl)
    })
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
