//! How wrong forecasts are, in each format: what was predicted and came first, if that was asked, then the backtest.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::{Page, amount, escape, line, where_clause};
use super::{csv as cells, number};
use crate::limits;
use crate::model::answer::{AccuracyAnswer, Backtest, Candidate, Scorecard, Scored, StepExam};
use crate::model::receipt::Receipt;

/// What is said first, in plain words: how wrong what was predicted turned out, or how wrong the backtest was.
fn headlines(answer: &AccuracyAnswer, receipt: &Receipt) -> Vec<String> {
    let record = match &answer.record {
        Ok(card) => came(answer, card, receipt),
        Err(why) => format!("Of earlier forecasts: {}.", escape(why)),
    };
    let exam = exam(answer);
    let record_first = answer.record.is_ok();
    if record_first || answer.period.is_some() {
        vec![record, exam]
    } else {
        vec![exam, record]
    }
}

fn came(answer: &AccuracyAnswer, card: &Scorecard, receipt: &Receipt) -> String {
    let Some(measure) = &receipt.measure else {
        return String::new();
    };
    let grain = answer.grain;
    let when = answer.period.map_or_else(
        || format!("{} that have come", counted(card.steps, grain.name())),
        |period| period.to_string(),
    );
    let bias = match card.bias {
        Some(bias) if bias > 0.0 => format!("{} too much", number::percent(bias)),
        Some(bias) if bias < 0.0 => format!("{} too little", number::percent(-bias)),
        Some(_) => "exactly right in sum".into(),
        None => "nothing was sold".into(),
    };
    let mut text = format!(
        "**{}, {when}**{}: {} predicted, {} came, {bias}.",
        escape(&measure.label),
        where_clause(receipt),
        amount(card.predicted, measure),
        amount(card.actual, measure)
    );
    // Writing into a String cannot fail.
    if let Some(asked) = card.steps_asked.filter(|asked| *asked != card.steps) {
        let _ = write!(
            text,
            " That is {} of its {}: the others were not predicted or have not come.",
            card.steps,
            counted(asked, grain.name())
        );
    }
    let made: Vec<_> = card
        .rows
        .iter()
        .map(|row| (row.made_at, &row.version))
        .collect();
    if let Some((day, version)) = made.first() {
        let all = made.iter().all(|other| other == &(*day, *version));
        let (more, first) = if all {
            ("", "")
        } else {
            (" and later", " first")
        };
        let _ = write!(
            text,
            " Predicted from data to {day}{more} (version {}{first}):",
            escape(version)
        );
    }
    let wape = card
        .wape
        .map(|wape| format!("by {grain} the error was {} (WAPE)", number::percent(wape)));
    let inside = card
        .inside
        .iter()
        .map(|(level, steps)| format!("{steps} of {} inside the {level} % interval", card.steps));
    let sum = (card.series > 1).then(|| {
        format!(
            "as the sum of {} forecasts, whose intervals do not add up",
            card.series
        )
    });
    let parts: Vec<String> = wape.into_iter().chain(inside).chain(sum).collect();
    let _ = write!(text, " {}.", parts.join(", "));
    if card.dropped > 0 {
        let _ = write!(
            text,
            " The record is full: its {} oldest predictions were left out.",
            card.dropped
        );
    }
    text
}

fn exam(answer: &AccuracyAnswer) -> String {
    let model = escape(&answer.forecast.model);
    let Some(backtest) = &answer.forecast.backtest else {
        return format!(
            "**Backtest**: none, the history is too short to hold a part of it back (model {model})."
        );
    };
    let mut text = format!(
        "**Backtest of {model}**, {} of {} ahead:",
        counted(backtest.origins, "forecast"),
        counted(backtest.horizon_steps, answer.grain.name())
    );
    // Writing into a String cannot fail.
    match (backtest.wape, backtest.bias) {
        (Some(wape), Some(bias)) => {
            let _ = write!(
                text,
                " the error was {} (WAPE), bias {};",
                number::percent(wape),
                signed(bias)
            );
        }
        _ => text.push_str(" nothing was sold, so that there is no WAPE;"),
    }
    let _ = write!(text, " MASE {}; {}.", two(backtest.mase), skill(backtest));
    let coverage: Vec<String> = backtest
        .coverage
        .iter()
        .map(|(level, share)| {
            format!(
                "{} lay inside the {level} % interval",
                number::percent(*share)
            )
        })
        .collect();
    if !coverage.is_empty() {
        let _ = write!(text, " Of the values held back, {}.", coverage.join(", "));
    }
    text
}

/// The skill over seasonal naive, plainly; what rounds to nothing is none.
fn skill(backtest: &Backtest) -> String {
    if number::round(backtest.skill, 3) > 0 {
        format!(
            "{} less error than seasonal naive",
            number::percent(backtest.skill)
        )
    } else {
        format!(
            "no skill over seasonal naive ({}): repeating the last season was as good",
            signed(backtest.skill)
        )
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn signed(share: f64) -> String {
    let sign = if number::round(share, 3) > 0 { "+" } else { "" };
    format!("{sign}{}", number::percent(share))
}

fn two(value: f64) -> String {
    number::text(number::round(value, 2), 2)
}

fn or_none(value: Option<f64>, write: fn(f64) -> String) -> String {
    value.map_or_else(|| "–".into(), write)
}

pub(super) fn markdown(out: &mut Page, answer: &AccuracyAnswer, receipt: &Receipt) {
    for headline in headlines(answer, receipt) {
        line(out, format_args!("{headline}\n"));
    }
    let scale = receipt.measure.as_ref().map_or(0, |m| m.scale);
    if let Ok(card) = &answer.record {
        came_table(out, card, scale);
    }
    let Some(backtest) = &answer.forecast.backtest else {
        return;
    };
    // Where what came is shown, the backtest step by step is a line.
    if answer.record.is_ok() && out.rows_max <= limits::TEXT_ROWS_DEFAULT {
        let each = backtest.by_step.iter().take(limits::TEXT_ROWS_DEFAULT);
        let each: Vec<String> = each.map(|s| or_none(s.wape, number::percent)).collect();
        line(
            out,
            format_args!(
                "WAPE by {}s ahead, from 1: {}.",
                answer.grain,
                each.join(", ")
            ),
        );
    } else {
        by_step(out, backtest);
    }
    line(out, format_args!("\n{}", candidates(backtest)));
    if !backtest.left_out.is_empty() {
        line(
            out,
            format_args!(
                "\nNot tried, for they cost too much: {}.",
                backtest.left_out.join(", ")
            ),
        );
    }
}

/// What the forecast is made of, and what else was tried, in a sentence.
fn candidates(backtest: &Backtest) -> String {
    let wrong = |c: &Candidate| match (&c.failed, c.wape) {
        (Some(why), _) => format!("{} ({})", escape(&c.model), escape(why)),
        (None, Some(wape)) => format!("{} (WAPE {})", escape(&c.model), number::percent(wape)),
        (None, None) => escape(&c.model),
    };
    let (used, others): (Vec<&Candidate>, Vec<&Candidate>) =
        backtest.candidates.iter().partition(|c| c.weight > 0.0);
    let used: Vec<String> = used
        .into_iter()
        .map(|c| format!("{} {}", number::percent(c.weight), wrong(c)))
        .collect();
    let others: Vec<String> = others.into_iter().map(wrong).collect();
    let mut text = format!("Made of {}.", used.join(", "));
    if !others.is_empty() {
        // Writing into a String cannot fail.
        let _ = write!(text, " Tried too: {}.", others.join(", "));
    }
    text
}

fn by_step(out: &mut Page, backtest: &Backtest) {
    let mut head = String::from("| Ahead | WAPE | Bias |");
    let mut rule = String::from("|--:|--:|--:|");
    for (level, _) in &backtest.coverage {
        let _ = write!(head, " Inside {level} % |");
        rule.push_str("--:|");
    }
    line(out, format_args!("{head}\n{rule}"));
    for step in backtest.by_step.iter().take(out.rows_max) {
        let mut row = format!(
            "| {} | {} | {} |",
            step.step,
            or_none(step.wape, number::percent),
            or_none(step.bias, signed)
        );
        for (_, share) in &step.coverage {
            let _ = write!(row, " {} |", number::percent(*share));
        }
        line(out, format_args!("{row}"));
    }
}

fn came_table(out: &mut Page, card: &Scorecard, scale: u8) {
    let Some(first) = card.rows.first() else {
        return;
    };
    let mut head = String::from("| From | Predicted |");
    let mut rule = String::from("|---|--:|");
    // One interval is enough to see by; the structured answer has both.
    if let Some((level, ..)) = first.bands.first() {
        let _ = write!(head, " {level} % interval |");
        rule.push_str("--:|");
    }
    // The headline says when they were made if that was at once.
    let at_once = card.rows.iter().all(|row| row.made_at == first.made_at);
    let (made, made_rule) = if at_once {
        ("", "")
    } else {
        (" Data to | Ahead |", "---|--:|")
    };
    line(
        out,
        format_args!("{head} Came | Error |{made}\n{rule}--:|--:|{made_rule}"),
    );
    let skipped = card.rows.len().saturating_sub(out.rows_max);
    let text = |value| number::text(value, scale);
    for row in card.rows.iter().skip(skipped) {
        let mut cells = format!("| {} | {} |", row.day, text(row.predicted));
        if let Some((_, lower, upper)) = row.bands.first() {
            let _ = write!(cells, " {} to {} |", text(*lower), text(*upper));
        }
        let error = error(row).map_or_else(|| "–".into(), signed);
        let _ = write!(cells, " {} | {error} |", text(row.actual));
        if !at_once {
            let _ = write!(cells, " {} | {} |", row.made_at, row.ahead);
        }
        line(out, format_args!("{cells}"));
    }
    let hidden = card.steps - (card.rows.len() - skipped);
    if hidden > 0 {
        line(
            out,
            format_args!("\n{hidden} earlier ones by the links below."),
        );
    }
    line(out, format_args!(""));
}

/// The error of one prediction, as a share of what came.
fn error(row: &Scored) -> Option<f64> {
    let actual = number::natural(row.actual, 0);
    (row.actual != 0).then(|| (number::natural(row.predicted, 0) - actual) / actual.abs())
}

pub(super) fn json(answer: &AccuracyAnswer, receipt: &Receipt) -> Map<String, Value> {
    let scale = receipt.measure.as_ref().map_or(0, |m| m.scale);
    let forecast = &answer.forecast;
    let record = match &answer.record {
        Ok(card) => card_json(card, scale),
        Err(why) => json!({"none": why}),
    };
    let mut out = object(json!({
        "answer": "accuracy", "grain": answer.grain,
        "summary": headlines(answer, receipt).join(" ").replace("**", ""),
        "model": {"name": forecast.model, "reason": forecast.reason, "season_steps": forecast.season_steps},
        "record": record,
    }));
    if let Some(period) = answer.period {
        out.insert("period".into(), json!(period));
    }
    if let Some(backtest) = &forecast.backtest {
        out.insert("backtest".into(), backtest_json(backtest));
    }
    out
}

fn put(into: &mut Map<String, Value>, name: &str, value: Option<f64>) {
    if let Some(value) = value {
        into.insert(name.into(), number::ratio(value));
    }
}

fn coverage_json(coverage: &[(u8, f64)]) -> Vec<Value> {
    let share =
        |(level, share): &(u8, f64)| json!({"level": level, "share": number::ratio(*share)});
    coverage.iter().map(share).collect()
}

fn step_json(step: &StepExam) -> Map<String, Value> {
    let mut row = object(json!({"step": step.step, "coverage": coverage_json(&step.coverage)}));
    put(&mut row, "wape", step.wape);
    put(&mut row, "bias", step.bias);
    row
}

fn backtest_json(backtest: &Backtest) -> Value {
    let candidate = |c: &Candidate| {
        let mut row = object(json!({"model": c.model, "weight": number::ratio(c.weight)}));
        put(&mut row, "wape", c.wape);
        put(&mut row, "mase", c.mase);
        if let Some(failed) = &c.failed {
            row.insert("failed".into(), json!(failed));
        }
        Value::Object(row)
    };
    let candidates: Vec<Value> = backtest.candidates.iter().map(candidate).collect();
    let steps: Vec<Map<String, Value>> = backtest.by_step.iter().map(step_json).collect();
    let mut out = object(json!({
        "origins": backtest.origins, "horizon_steps": backtest.horizon_steps,
        "mase": number::ratio(backtest.mase), "skill": number::ratio(backtest.skill),
        "coverage": coverage_json(&backtest.coverage), "by_step": steps,
        "candidates": candidates, "left_out": backtest.left_out,
    }));
    put(&mut out, "wape", backtest.wape);
    put(&mut out, "bias", backtest.bias);
    Value::Object(out)
}

fn card_json(card: &Scorecard, scale: u8) -> Value {
    let value = |v: i64| number::json(v, scale);
    let row = |row: &Scored| {
        let bands: Vec<Value> = row
            .bands
            .iter()
            .map(|(level, lower, upper)| json!({"level": level, "lower": value(*lower), "upper": value(*upper)}))
            .collect();
        json!({
            "date": row.day, "predicted": value(row.predicted), "actual": value(row.actual), "bands": bands,
            "made_at": row.made_at, "version": row.version, "ahead": row.ahead, "model": row.model,
        })
    };
    let rows: Vec<Value> = card.rows.iter().map(row).collect();
    let step = |(step, count): &(StepExam, usize)| {
        let mut row = step_json(step);
        row.insert("predictions".into(), json!(count));
        row
    };
    let steps: Vec<Map<String, Value>> = card.by_step.iter().map(step).collect();
    let inside = |(level, steps): &(u8, usize)| json!({"level": level, "steps": steps});
    let inside: Vec<Value> = card.inside.iter().map(inside).collect();
    let mut out = object(json!({
        "series": card.series, "steps": card.steps, "predicted": value(card.predicted), "actual": value(card.actual),
        "inside": inside, "rows": rows, "by_step": steps,
    }));
    if let Some(asked) = card.steps_asked {
        out.insert("steps_asked".into(), json!(asked));
    }
    if card.dropped > 0 {
        out.insert("dropped".into(), json!(card.dropped));
    }
    put(&mut out, "wape", card.wape);
    put(&mut out, "bias", card.bias);
    Value::Object(out)
}

/// The predictions that came, then the backtest step by step; a column tells which.
pub(super) fn csv(answer: &AccuracyAnswer, scale: u8) -> Vec<Vec<String>> {
    let levels: Vec<u8> = match &answer.forecast.backtest {
        Some(backtest) => backtest.coverage.iter().map(|(level, _)| *level).collect(),
        None => Vec::new(),
    };
    let mut head: Vec<String> = [
        "kind",
        "ahead",
        "date",
        "predicted",
        "actual",
        "lower_80",
        "upper_80",
        "lower_95",
        "upper_95",
        "made_at",
        "version",
        "wape",
        "bias",
    ]
    .map(String::from)
    .to_vec();
    head.extend(levels.iter().map(|level| format!("inside_{level}")));
    let width = head.len();
    let mut rows = vec![head];
    let plain = |value: i64| number::plain(value, scale);
    let share = |value: Option<f64>| {
        value.map_or_else(String::new, |v| number::plain(number::round(v, 4), 4))
    };
    for scored in answer.record.iter().flat_map(|card| &card.rows) {
        let mut row = vec![
            "record".into(),
            scored.ahead.to_string(),
            scored.day.to_string(),
            plain(scored.predicted),
            plain(scored.actual),
        ];
        for (_, lower, upper) in &scored.bands {
            row.extend([plain(*lower), plain(*upper)]);
        }
        row.resize(9, String::new());
        row.extend([scored.made_at.to_string(), cells::cell(&scored.version)]);
        row.resize(width, String::new());
        rows.push(row);
    }
    for step in answer.forecast.backtest.iter().flat_map(|b| &b.by_step) {
        let mut row = vec!["backtest".into(), step.step.to_string()];
        row.resize(11, String::new());
        row.extend([share(step.wape), share(step.bias)]);
        row.extend(step.coverage.iter().map(|(_, inside)| share(Some(*inside))));
        rows.push(row);
    }
    rows
}
