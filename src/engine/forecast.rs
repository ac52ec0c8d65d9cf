//! Forecasts: the series of whole steps, how far to go, what to show.

use super::Work;
use super::analysis::{self, Ready};
use super::planned::Plans;
use super::receipt::receipt;
use super::split::{self, Split};
use super::sums;
use super::top::{clamp, stored};
use crate::compute::aggregate;
use crate::error::{Error, Result};
use crate::forecast::{self, Event, Request};
use crate::limits::EFFECT_WINDOW_DAYS;
use crate::model::answer::{Answer, Answered, ForecastAnswer};
use crate::model::manifest::{Asked, Manifest};
use crate::model::note::Topic;
use crate::model::query::{ForecastQuery, Horizon};
use crate::model::scan::Scan;
use crate::model::{Day, Grain, Period, Series};
use crate::present::number;
use crate::resolve;

/// Why a ratio is not forecast: a ratio of forecasts is no forecast of the ratio.
pub(super) const FORECAST: &str = "only what adds up is forecast: forecast these two";

pub(super) fn prepare(query: &ForecastQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    if query.grain < manifest.grain {
        return Err(Error::invalid(format!(
            "this dataset is by {}: use the grain {} or a coarser one, not {}",
            manifest.grain, manifest.grain, query.grain
        )));
    }
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let by = query.by.as_deref().map(|by| manifest.dimension(by));
    let by = by.transpose()?.map(|by| stored(by, manifest)).transpose()?;
    let measure = sums::summed(query.measure.as_deref(), manifest, FORECAST)?;
    let mut measures = vec![measure.name.clone()];
    for name in Plans::of(query, manifest, measure)?.measures() {
        if !measures.iter().any(|m| m == name) {
            measures.push(name.to_owned());
        }
    }
    let scan = Scan {
        measures,
        by: by.map(|leaf| leaf.name.clone()),
        also: None,
        grain: Some(query.grain),
        period: clamp(query.filters.days(), manifest)?,
        only: selection.only.clone(),
    };
    let names = split::names_needed(query, manifest)?;
    Ok(Ready {
        names: names.into_iter().map(String::from).collect(),
        ..Ready::one(scan, selection)
    })
}

pub(super) fn answer(query: &ForecastQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let (work, read) = (asked.work, asked.read()?);
    let manifest = &work.manifest;
    let measure = sums::summed(query.measure.as_deref(), manifest, FORECAST)?;
    let plans = Plans::of(query, manifest, measure)?;
    let split = Split::of(query, work, read)?;
    let (summed, sums) = if let Some(split) = &split {
        (split.total()?, Vec::new())
    } else {
        let sums = aggregate::by_step(read.scan, read.plan, read.tables, query.grain)?;
        let named: Vec<(String, Series)> = read.scan.measures.iter().cloned().zip(sums).collect();
        let first = named.first().map(|(_, series)| series.clone());
        let first = first.ok_or_else(|| Error::internal("a scan without a measure"))?;
        (first, named)
    };
    let (history, partial) = whole_steps(summed, read.scan.period, manifest.days);
    let next = history.day(history.values.len());
    let (horizon_steps, hidden) = horizon(query.horizon, query.grain, next, manifest.days.last)?;
    let values: Vec<f64> = history
        .values
        .iter()
        .map(|&v| number::natural(v, measure.scale))
        .collect();
    let from = query
        .start_date
        .map_or(0, |day| steps_before(&history, day));
    let past = history.values.len();
    let shown_from = if query.include_history {
        from.min(past)
    } else {
        past
    };
    let steps_from = from.saturating_sub(past).max(hidden);
    if steps_from >= horizon_steps {
        return Err(Error::invalid(format!(
            "start_date lies after the last forecast step ({}): choose an earlier one or a longer horizon",
            history.day(past + horizon_steps - 1)
        )));
    }
    let events = events(manifest, &history, horizon_steps);
    let known = plans.columns(&history, horizon_steps, &sums)?;
    let request = Request {
        start: Some(history.start),
        events: &events,
        known: &known,
        levels: &query.levels,
        model: query.model,
        whole_units: measure.scale == 0,
        ..Request::new(&values, query.grain, horizon_steps)
    };
    let (mut forecast, parts, split_notes) = match split {
        None => (forecast::forecast(&request)?, None, Vec::new()),
        Some(split) => {
            let (parts, notes) = split.forecast(&history, &request, steps_from, measure.scale)?;
            let total = parts.nodes.first().map(|total| total.forecast.clone());
            let total = total.ok_or_else(|| Error::internal("a forecast of no parts"))?;
            (total, Some(parts), notes)
        }
    };
    let mut receipt = receipt(asked, Some(Asked::Sum(measure)), query.filters.days());
    let nodes = parts.as_ref().map_or(1, |parts| parts.nodes.len());
    let rows = past - shown_from + nodes * (horizon_steps - steps_from);
    receipt.rows = u32::try_from(rows).unwrap_or(u32::MAX);
    receipt.rows_total = receipt.rows;
    if query.filters.period.is_none() {
        // Of a series it is the step that says so.
        receipt.notes.forget(Topic::Scope);
    }
    if let Some((day, _)) = partial {
        receipt.notes.add(
            Topic::Scope,
            format!(
                "the {} from {day} had not ended on {}: it is left out of the fit and forecast as a whole",
                query.grain, read.scan.period.last
            ),
        );
    }
    let (planned, planned_notes) = plans.assume(&mut forecast, &history);
    receipt.notes.extend(planned_notes);
    receipt.notes.extend(split_notes);
    receipt.notes.extend(forecast.notes.clone());
    let answer = ForecastAnswer {
        history,
        shown_from,
        steps_from,
        forecast,
        partial,
        planned,
        parts,
    };
    Ok(Answered {
        receipt,
        answer: Answer::Forecast(answer),
    })
}

/// The holidays and events of the history and the horizon.
pub(super) fn events(manifest: &Manifest, history: &Series, horizon_steps: usize) -> Vec<Event> {
    let end = history.day(history.values.len() + horizon_steps).plus(-1);
    let calendar = manifest.calendar.as_ref();
    let period = Period::new(
        history.start.plus(-EFFECT_WINDOW_DAYS),
        end.plus(EFFECT_WINDOW_DAYS),
    );
    let days = calendar
        .zip(period.ok())
        .map(|(calendar, period)| calendar.events(period));
    let named = days.unwrap_or_default().into_iter();
    named.map(|(name, day)| Event { name, day }).collect()
}

/// Leaves out steps that are only partly inside the period, and the empty ones before the first sale.
pub(super) fn whole_steps(
    mut series: Series,
    period: Period,
    days: Period,
) -> (Series, Option<(Day, i64)>) {
    let grain = series.grain;
    let mut partial = None;
    let last = series.values.len().saturating_sub(1);
    let ends = grain.step(series.day(last), 1).plus(-1);
    if period.last < ends && !series.values.is_empty() {
        partial = series.values.pop().map(|v| (grain.floor(period.last), v));
    }
    let starts_late = grain.floor(period.first) < period.first;
    // The first step of all data may begin before the data do; what was sold in it before is not known.
    let cut = usize::from(
        starts_late
            && (period.first > days.first || grain > Grain::Day)
            && !series.values.is_empty(),
    );
    let empty = series
        .values
        .iter()
        .skip(cut)
        .take_while(|&&v| v == 0)
        .count();
    let skip = if cut + empty >= series.values.len() {
        cut.min(series.values.len())
    } else {
        cut + empty
    };
    series.start = series.day(skip);
    series.values.drain(..skip);
    (series, partial)
}

/// Steps of a horizon, and how many of them the answer hides.
fn horizon(horizon: Horizon, grain: Grain, next: Day, as_of: Day) -> Result<(usize, usize)> {
    let until = |last: Day| grain.steps_between(next, last).saturating_add(1);
    let (steps, hidden) = match horizon {
        Horizon::Steps(count, unit) if unit == grain => {
            (i32::try_from(count).unwrap_or(i32::MAX), 0)
        }
        Horizon::Steps(count, unit) => {
            let count = i64::from(count);
            let span = match unit {
                Grain::Day => jiff::Span::new().days(count),
                Grain::Week => jiff::Span::new().weeks(count),
                Grain::Month => jiff::Span::new().months(count),
                Grain::Quarter => jiff::Span::new().months(count * 3),
                Grain::Year => jiff::Span::new().years(count),
            };
            (
                until(Day::from_date(next.date().saturating_add(span)).plus(-1)),
                0,
            )
        }
        Horizon::NextQuarter => {
            let first = Grain::Quarter.step(as_of, 1);
            (
                until(Grain::Quarter.step(as_of, 2).plus(-1)),
                grain.steps_between(next, first).max(0),
            )
        }
        Horizon::Until(day) => (until(day), 0),
    };
    let (steps, hidden) = (
        usize::try_from(steps).unwrap_or(0),
        usize::try_from(hidden).unwrap_or(0),
    );
    if steps == 0 {
        return Err(Error::invalid(format!(
            "the horizon ends before the first step that can be forecast ({next}): choose a later date"
        )));
    }
    Ok((steps, hidden))
}

/// Steps of the series (and its forecast) that end before a day.
fn steps_before(series: &Series, day: Day) -> usize {
    usize::try_from(series.grain.steps_between(series.start, day)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect(text)
    }

    fn series(start: &str, values: &[i64]) -> Series {
        Series {
            grain: Grain::Month,
            start: day(start),
            values: values.to_vec(),
        }
    }

    #[test]
    fn a_month_that_has_not_ended_is_not_fitted() {
        let period = Period::new(day("2025-01-10"), day("2025-04-20")).expect("period");
        let (kept, partial) = whole_steps(series("2025-01-01", &[5, 6, 7, 1]), period, period);
        assert_eq!((kept.start, kept.values), (day("2025-02-01"), vec![6, 7]));
        assert_eq!(partial, Some((day("2025-04-01"), 1)));
    }

    #[test]
    fn steps_before_the_first_sale_are_left_out_but_not_all_of_them() {
        let period = Period::new(day("2025-01-01"), day("2025-04-30")).expect("period");
        let (kept, partial) = whole_steps(series("2025-01-01", &[0, 0, 7, 0]), period, period);
        assert_eq!(
            (kept.start, kept.values, partial),
            (day("2025-03-01"), vec![7, 0], None)
        );
        let (kept, _) = whole_steps(series("2025-01-01", &[0, 0, 0, 0]), period, period);
        assert_eq!(kept.values, [0, 0, 0, 0]);
    }

    #[test]
    fn horizons_end_where_people_expect() {
        let next = day("2025-10-01");
        let as_of = day("2025-09-30");
        let steps = |h| horizon(h, Grain::Month, next, as_of).expect("fine");
        assert_eq!(steps(Horizon::Steps(6, Grain::Month)), (6, 0));
        assert_eq!(steps(Horizon::Steps(2, Grain::Quarter)), (6, 0));
        assert_eq!(steps(Horizon::Steps(45, Grain::Day)), (2, 0));
        assert_eq!(steps(Horizon::NextQuarter), (3, 0));
        assert_eq!(steps(Horizon::Until(day("2025-12-31"))), (3, 0));
        assert_eq!(
            horizon(
                Horizon::NextQuarter,
                Grain::Month,
                day("2025-09-01"),
                day("2025-09-10")
            )
            .expect("fine"),
            (4, 1)
        );
        assert!(horizon(Horizon::Until(day("2025-09-30")), Grain::Month, next, as_of).is_err());
    }
}
