//! A series in time, in each format.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::{Page, escape, line, maybe, where_clause};
use super::{csv as cells, number};
use crate::model::answer::{TrendAnswer, TrendParts, TrendProfile, TrendSeries};
use crate::model::receipt::{MeasureUsed, Receipt};

pub(super) fn json(answer: &TrendAnswer, scale: u8) -> Map<String, Value> {
    let natural = |v: f64| number::json(number::round(v, scale), scale);
    let steps: Vec<Value> = answer
        .steps
        .iter()
        .map(|step| {
            let mut row =
                object(json!({"date": step.day, "value": number::json_or_null(step.value, scale)}));
            if !step.complete {
                row.insert("complete".into(), json!(false));
            }
            for (name, share) in [("growth", step.growth), ("growth_year", step.growth_year)] {
                if let Some(share) = share {
                    row.insert(name.into(), number::ratio(share));
                }
            }
            if let Some(mean) = step.rolling {
                row.insert("rolling".into(), natural(mean));
            }
            Value::Object(row)
        })
        .collect();
    let mut out = object(json!({
        "answer": "trend", "grain": answer.grain, "steps": steps,
        "total": number::json_or_null(answer.total, scale),
    }));
    if let Some(by) = &answer.by {
        let series: Vec<Value> = by.series.iter().map(|s| series(s, scale)).collect();
        out.insert("by".into(), json!(by.by));
        out.insert("series".into(), json!(series));
        if let Some((count, rest)) = &by.rest {
            let mut rest = object(series_values(rest, scale));
            rest.insert("added_together".into(), json!(count));
            out.insert("rest".into(), Value::Object(rest));
        }
    }
    if let Some(profile) = &answer.profile {
        let rows: Vec<Value> = profile
            .rows
            .iter()
            .map(|(name, count, mean, index)| {
                json!({"name": name, "steps": count, "mean": natural(*mean), "index": number::ratio(*index)})
            })
            .collect();
        out.insert(
            "profile".into(),
            json!({"by": profile.by.name(), "rows": rows}),
        );
    }
    match &answer.decomposition {
        Some(Ok(parts)) => {
            out.insert("decomposition".into(), decomposition(parts, scale));
        }
        Some(Err(why)) => {
            out.insert("decomposition".into(), json!({"none": why}));
        }
        None => {}
    }
    out
}

fn series(series: &TrendSeries, scale: u8) -> Value {
    let mut out = object(series_values(series, scale));
    out.insert("id".into(), json!(series.id));
    out.insert("name".into(), json!(series.name));
    Value::Object(out)
}

fn series_values(series: &TrendSeries, scale: u8) -> Value {
    let values: Vec<Value> = series
        .values
        .iter()
        .map(|v| number::json(*v, scale))
        .collect();
    json!({"values": values, "total": number::json(series.total, scale)})
}

fn decomposition(parts: &TrendParts, scale: u8) -> Value {
    let natural = |values: &[f64]| -> Vec<Value> {
        let each = values
            .iter()
            .map(|v| number::json(number::round(*v, scale), scale));
        each.collect()
    };
    let factors =
        |values: &[f64]| -> Vec<Value> { values.iter().map(|v| number::ratio(*v)).collect() };
    let (season, remainder) = if parts.multiplicative {
        (factors(&parts.season), factors(&parts.remainder))
    } else {
        (natural(&parts.season), natural(&parts.remainder))
    };
    json!({
        "from": parts.from, "season_steps": parts.season_steps,
        "kind": if parts.multiplicative { "multiplicative" } else { "additive" },
        "trend_strength": number::ratio(parts.trend_strength),
        "season_strength": number::ratio(parts.season_strength),
        "trend": natural(&parts.trend), "season": season, "remainder": remainder,
    })
}

pub(super) fn csv(answer: &TrendAnswer, scale: u8, unit: &str) -> Vec<Vec<String>> {
    let value = |v: Option<i64>| v.map_or(String::new(), |v| number::plain(v, scale));
    let share = |v: Option<f64>| v.map_or(String::new(), |v| number::plain(number::round(v, 4), 4));
    let mut head: Vec<String> = vec!["date".into(), "complete".into(), cells::cell(unit)];
    head.extend(["growth", "growth_year", "rolling"].map(String::from));
    let all = answer.by.iter().flat_map(|by| {
        let rest = by.rest.iter().map(|(_, rest)| rest);
        by.series.iter().chain(rest)
    });
    let all: Vec<&TrendSeries> = all.collect();
    head.extend(all.iter().map(|s| cells::cell(&s.name)));
    let mut rows = vec![head];
    for (at, step) in answer.steps.iter().enumerate() {
        let rolling = step.rolling.map(|v| number::round(v, scale));
        let mut row = vec![
            step.day.to_string(),
            step.complete.to_string(),
            value(step.value),
            share(step.growth),
            share(step.growth_year),
            value(rolling),
        ];
        row.extend(all.iter().map(|s| value(s.values.get(at).copied())));
        rows.push(row);
    }
    rows
}

pub(super) fn markdown(out: &mut Page, answer: &TrendAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    headline(out, answer, receipt, measure);
    let rolling = answer.rolling;
    let mut head = format!(
        "| From | {} | Growth | On the year |",
        escape(&measure.unit)
    );
    let mut rule = String::from("|---|--:|--:|--:|");
    if let Some(window) = rolling {
        let _ = write!(head, " Mean of {window} |");
        rule.push_str("--:|");
    }
    line(out, format_args!("{head}\n{rule}"));
    let share = |v: Option<f64>| v.map_or("–".into(), number::signed_percent);
    let hidden = answer.steps.len().saturating_sub(out.rows_max);
    for step in answer.steps.iter().skip(hidden) {
        let mark = if step.complete { "" } else { " (not complete)" };
        let mut row = format!(
            "| {}{mark} | {} | {} | {} |",
            step.day,
            maybe(step.value, measure),
            share(step.growth),
            share(step.growth_year)
        );
        if rolling.is_some() {
            let mean = step.rolling.map(|v| number::round(v, measure.scale));
            let _ = write!(row, " {} |", maybe(mean, measure));
        }
        line(out, format_args!("{row}"));
    }
    if hidden > 0 {
        line(
            out,
            format_args!("\n{hidden} earlier steps by the links below."),
        );
    }
    by_value(out, answer, measure);
    if let Some(profile) = &answer.profile {
        profile_table(out, profile, measure);
    }
    match &answer.decomposition {
        Some(Ok(parts)) => line(
            out,
            format_args!(
                "\nTrend strength {}, season strength {} (0 to 1; season of {} steps, {}); the parts are in the structured answer.",
                number::text(number::round(parts.trend_strength, 2), 2),
                number::text(number::round(parts.season_strength, 2), 2),
                parts.season_steps,
                if parts.multiplicative {
                    "multiplicative"
                } else {
                    "additive"
                }
            ),
        ),
        Some(Err(why)) => line(out, format_args!("\nNo decomposition: {}.", escape(why))),
        None => {}
    }
}

fn headline(out: &mut Page, answer: &TrendAnswer, receipt: &Receipt, measure: &MeasureUsed) {
    let all = if measure.ratio.is_some() {
        "overall"
    } else {
        "total"
    };
    let last = answer.steps.iter().rev().find(|step| step.complete);
    let mut text = format!(
        "**{} by {}**{}, {}: {all} {} {}",
        escape(&measure.label),
        answer.grain,
        where_clause(receipt),
        receipt.period,
        maybe(answer.total, measure),
        escape(&measure.unit)
    );
    // Writing into a String cannot fail.
    if let Some(last) = last {
        let _ = write!(
            text,
            "; the last complete {} (from {}) {}",
            answer.grain,
            last.day,
            maybe(last.value, measure)
        );
        if let Some(growth) = last.growth {
            let _ = write!(
                text,
                ", {} on the one before",
                number::signed_percent(growth)
            );
        }
        if let Some(growth) = last.growth_year {
            let _ = write!(
                text,
                ", {} on the year before",
                number::signed_percent(growth)
            );
        }
    }
    line(out, format_args!("{text}.\n"));
}

fn by_value(out: &mut Page, answer: &TrendAnswer, measure: &MeasureUsed) {
    let Some(by) = &answer.by else { return };
    line(
        out,
        format_args!(
            "\n| {} | {} | First step | Last step |\n|---|--:|--:|--:|",
            escape(&by.by_label),
            escape(&measure.unit)
        ),
    );
    let rest = by.rest.iter().map(|(_, rest)| rest);
    for series in by.series.iter().chain(rest).take(out.rows_max) {
        line(
            out,
            format_args!(
                "| {} | {} | {} | {} |",
                escape(&series.name),
                number::text(series.total, measure.scale),
                maybe(series.values.first().copied(), measure),
                maybe(series.values.last().copied(), measure)
            ),
        );
    }
}

fn profile_table(out: &mut Page, profile: &TrendProfile, measure: &MeasureUsed) {
    line(
        out,
        format_args!(
            "\n| {} | Mean {} | Of the usual |\n|---|--:|--:|",
            if profile.by.name() == "month" {
                "Month"
            } else {
                "Weekday"
            },
            escape(&measure.unit)
        ),
    );
    for (name, _, mean, index) in &profile.rows {
        let mean = number::round(*mean, measure.scale);
        line(
            out,
            format_args!(
                "| {name} | {} | {} |",
                number::text(mean, measure.scale),
                number::percent(*index)
            ),
        );
    }
}
