//! How wrong forecasts are: the backtest of the forecast as it would be made today, and what the record predicted against
//! what came.

use std::collections::BTreeSet;

use super::analysis::Asked;
use super::record::series;
use super::{Work, forecast};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::answer::{
    AccuracyAnswer, Answer, Answered, ForecastAnswer, Scorecard, Scored, StepExam,
};
use crate::model::query::AccuracyQuery;
use crate::model::record::{Prediction, RECORD_LEVELS, RECORDED_GRAINS, Recorded, predictions};
use crate::model::scan::ReadPlan;
use crate::model::{Day, Grain, Manifest, Period, Series};
use crate::plan;
use crate::present::number;

/// Where the record of the series is, if it may be in one.
pub(super) fn plan_record(query: &AccuracyQuery, work: &Work) -> Result<Option<ReadPlan>> {
    match series(&query.exam(), work)? {
        Some(series) => {
            let keys: Vec<i32> = series.iter().map(Recorded::key).collect();
            plan::plan_record(&work.manifest, Some(&keys))
        }
        None => Ok(None),
    }
}

pub(super) fn answer(query: &AccuracyQuery, asked: &Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let exam = query.exam();
    let Answered {
        mut receipt,
        answer,
    } = forecast::answer(&exam, asked)?;
    let Answer::Forecast(forecast) = answer else {
        return Err(Error::internal("a forecast was answered by something else"));
    };
    let record = match series(&exam, work)? {
        None => Err("forecasts of this choice of rows are not on record, only those of everything and of single values of dimensions that have few".into()),
        Some(series) => {
            let mut rows = Vec::new();
            for table in asked.record {
                rows.extend(predictions(table, Some(&series))?);
            }
            let of = |series: &Recorded| rows.iter().filter(|row| row.series == *series).collect();
            let rows: Vec<Vec<&Prediction>> = series.iter().map(of).collect();
            let scale = receipt.measure.as_ref().map_or(0, |m| m.scale);
            let record = score(&rows, &forecast, query.filters.days(), scale, &work.manifest);
            let name = receipt.measure.as_ref().map(|m| m.name.as_str());
            record.map_err(|why| not_recorded(&rows, name, exam.grain, &work.manifest).unwrap_or(why))
        }
    };
    let rows = record.as_ref().map_or(0, |card| card.rows.len());
    let steps = forecast.forecast.backtest.as_ref();
    let steps = steps.map_or(0, |backtest| backtest.by_step.len());
    receipt.rows = u32::try_from(rows + steps).unwrap_or(u32::MAX);
    let hidden = record
        .as_ref()
        .map_or(0, |card| card.steps - card.rows.len());
    receipt.rows_total = u32::try_from(rows + steps + hidden).unwrap_or(u32::MAX);
    receipt.truncated = hidden > 0;
    let answer = AccuracyAnswer {
        grain: query.grain,
        period: query.filters.days(),
        forecast: forecast.forecast,
        record,
    };
    Ok(Answered {
        receipt,
        answer: Answer::Accuracy(answer),
    })
}

/// Why nothing of a measure or grain can be on record, where that is the reason.
fn not_recorded(
    rows: &[Vec<&Prediction>],
    measure: Option<&str>,
    grain: Grain,
    manifest: &Manifest,
) -> Option<String> {
    let default = manifest.default_measure.as_str();
    if !rows.iter().all(Vec::is_empty) || !manifest.files.iter().any(|f| f.record.is_some()) {
        return None;
    }
    let grains = RECORDED_GRAINS.map(Grain::name).join(" and ");
    if !RECORDED_GRAINS.contains(&grain) {
        return Some(format!(
            "forecasts are on record by {grains}, not by {grain}: ask with another grain"
        ));
    }
    let other = measure.filter(|name| *name != default)?;
    Some(format!(
        "only forecasts of {default} are on record, not of {other}: ask with measure {default} for what was predicted"
    ))
}

/// Holds predictions, those of each series by themselves, against what came altogether in the whole steps of a period; or
/// says why there is nothing to hold.
fn score(
    rows: &[Vec<&Prediction>],
    forecast: &ForecastAnswer,
    period: Option<Period>,
    scale: u8,
    manifest: &Manifest,
) -> Result<Scorecard, String> {
    if !manifest.files.iter().any(|file| file.record.is_some()) {
        return Err(
            "this version has no record of earlier forecasts: it was made without one".into(),
        );
    }
    if rows.iter().any(Vec::is_empty) {
        return Err("no forecast of this measure, grain and choice of rows is on record".into());
    }
    let history = &forecast.history;
    let inside = |day: Day| {
        let last = history.grain.step(day, 1).plus(-1);
        period.is_none_or(|p| p.contains(day) && p.contains(last))
    };
    let came: Vec<Vec<Scored>> = rows
        .iter()
        .map(|rows| {
            let rows = rows.iter().filter(|row| inside(row.day));
            rows.filter_map(|row| Some(scored(row, actual(history, row.day)?, scale, manifest)))
                .collect()
        })
        .collect();
    let days: BTreeSet<Day> = came.iter().flatten().map(|c| c.day).collect();
    let chosen: Vec<Scored> = days
        .into_iter()
        .filter_map(|day| {
            let begun = period.map_or(day, |p| p.first);
            let parts: Option<Vec<&Scored>> = came.iter().map(|c| choose(c, day, begun)).collect();
            together(&parts?)
        })
        .collect();
    if chosen.is_empty() {
        return Err(nothing(rows, history, period));
    }
    let (wape, bias) = errors(chosen.iter());
    let sum = |of: fn(&Scored) -> i64| {
        chosen
            .iter()
            .fold(0_i64, |sum, scored| sum.saturating_add(of(scored)))
    };
    let within = |at: usize| chosen.iter().filter(|s| is_inside(s, at)).count();
    let (inside_bands, by_step) = match came.as_slice() {
        [came] => (
            RECORD_LEVELS.into_iter().zip((0..).map(within)).collect(),
            by_step(came),
        ),
        _ => (Vec::new(), Vec::new()),
    };
    let hidden = chosen.len().saturating_sub(limits::SCORED_ROWS_MAX);
    let dropped = manifest.files.iter().filter_map(|f| f.record.as_ref());
    Ok(Scorecard {
        series: rows.len(),
        steps: chosen.len(),
        steps_asked: period.map(|period| {
            let first = history.grain.floor(period.first);
            let days = (0..).map(|at| history.grain.step(first, at));
            let days = days.take_while(|day| *day <= period.last);
            days.filter(|day| inside(*day)).count()
        }),
        predicted: sum(|s| s.predicted),
        actual: sum(|s| s.actual),
        wape,
        bias,
        inside: inside_bands,
        by_step,
        dropped: dropped.map(|record| record.dropped).sum(),
        rows: chosen.into_iter().skip(hidden).collect(),
    })
}

/// The newest prediction of a step that was made before a day; if there is none, the first that was made at all.
fn choose(came: &[Scored], day: Day, begun: Day) -> Option<&Scored> {
    let of_day = || came.iter().filter(|c| c.day == day);
    // What is made at the same time is in the order of the versions, so that the last one counts.
    let newest = of_day()
        .filter(|c| c.made_at < begun)
        .max_by_key(|c| c.made_at);
    newest.or_else(|| of_day().min_by_key(|c| c.made_at))
}

/// The predictions of one step by several series, added up: intervals do not add up, so there are none.
fn together(parts: &[&Scored]) -> Option<Scored> {
    // A forecast that repeats an older one is not taken down again, so the newest one says when all of them held.
    let newest = parts.iter().max_by_key(|part| part.made_at)?;
    if parts.len() == 1 {
        return Some((*newest).clone());
    }
    let predicted = parts
        .iter()
        .fold(0_i64, |sum, p| sum.saturating_add(p.predicted));
    Some(Scored {
        predicted,
        bands: Vec::new(),
        ..(*newest).clone()
    })
}

/// Why nothing can be scored, though there is a record.
fn nothing(rows: &[Vec<&Prediction>], history: &Series, period: Option<Period>) -> String {
    let first = rows.iter().flatten().map(|row| row.made_at).min();
    let since = first.map_or_else(String::new, |day| {
        format!("the first forecast on record was made on {day}")
    });
    let next = history.day(history.values.len());
    let grain = history.grain;
    match period {
        Some(period) if period.first >= next => {
            format!("no whole {grain} of {period} has come yet: the data end before it")
        }
        Some(period) => format!("nothing was predicted for a whole {grain} of {period}: {since}"),
        None => format!("no whole {grain} has come since: {since}"),
    }
}

/// What came in a step, if it is a whole one.
fn actual(history: &Series, day: Day) -> Option<i64> {
    let at = usize::try_from(history.grain.steps_between(history.start, day)).ok()?;
    history.values.get(at).copied()
}

fn scored(row: &Prediction, actual: i64, scale: u8, manifest: &Manifest) -> Scored {
    let now = |value: i64| {
        if row.scale == scale {
            value
        } else {
            number::round(number::natural(value, row.scale), scale)
        }
    };
    let bands = RECORD_LEVELS.iter().zip(row.bands);
    Scored {
        day: row.day,
        predicted: now(row.point),
        actual,
        bands: bands
            .map(|(level, (lower, upper))| (*level, now(lower), now(upper)))
            .collect(),
        made_at: row.made_at,
        version: if row.version.is_empty() {
            manifest.version.to_string()
        } else {
            row.version.clone()
        },
        ahead: row.ahead(),
        model: row.model.clone(),
    }
}

fn is_inside(scored: &Scored, at: usize) -> bool {
    let band = scored.bands.get(at);
    band.is_some_and(|(_, lower, upper)| (*lower..=*upper).contains(&scored.actual))
}

/// WAPE and bias.
fn errors<'a>(rows: impl Iterator<Item = &'a Scored>) -> (Option<f64>, Option<f64>) {
    let (mut absolute, mut signed, mut actuals) = (0.0, 0.0, 0.0);
    for row in rows {
        let error = number::natural(row.predicted, 0) - number::natural(row.actual, 0);
        absolute += error.abs();
        signed += error;
        actuals += number::natural(row.actual, 0).abs();
    }
    let share = |sum: f64| (actuals > 0.0).then(|| sum / actuals);
    (share(absolute), share(signed))
}

fn by_step(came: &[Scored]) -> Vec<(StepExam, usize)> {
    let aheads: BTreeSet<usize> = came.iter().map(|c| c.ahead).collect();
    let exam = |step: usize| {
        let rows = came.iter().filter(|s| s.ahead == step);
        let (wape, bias) = errors(rows.clone());
        let count = rows.clone().count();
        let inside = |at: usize| rows.clone().filter(|s| is_inside(s, at)).count();
        let share = |at: usize| share_of(inside(at), count);
        let exam = StepExam {
            step,
            wape,
            bias,
            coverage: RECORD_LEVELS.into_iter().zip((0..).map(share)).collect(),
        };
        (exam, count)
    };
    aheads.into_iter().map(exam).collect()
}

fn share_of(part: usize, whole: usize) -> f64 {
    let natural = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    natural(part) / natural(whole.max(1))
}
