//! Answers as short Markdown for chat: caveats that change the meaning, a headline, a table, where it comes from.

use std::fmt::Write as _;

pub(super) use super::escape::escape;
use super::{number, parts};
use crate::limits;
use crate::model::Day;
use crate::model::answer::{Answer, Answered, ForecastAnswer, Parts};
use crate::model::note::Topic;
use crate::model::query::Detail;
use crate::model::receipt::{MeasureUsed, PERIOD, Receipt};
use crate::model::wording::counted;

/// Text that is being written.
pub(super) struct Page {
    text: String,
    /// Rows of a table; the structured answer and the links have all.
    pub(super) rows_max: usize,
}

impl Page {
    pub(super) fn push(&mut self, c: char) {
        self.text.push(c);
    }
}

/// The answer as text of at most [`limits::TEXT_BYTES_MAX`] bytes. Told what day it is, it says how old the data are.
#[must_use]
pub fn markdown(answered: &Answered, base: &str, today: Option<Day>, detail: Detail) -> String {
    if let Answer::Search(_) | Answer::Fetch(_) = &answered.answer {
        // Connectors read these two as JSON.
        return super::json::json(answered, base).to_string();
    }
    let receipt = &answered.receipt;
    let mut out = Page {
        text: String::new(),
        rows_max: detail.rows_max(),
    };
    let old = today
        .map(|today| receipt.age_days(today))
        .filter(|age| *age > limits::STALE_DAYS);
    let mut caveats = receipt.notes.clone();
    if let Some(age) = old {
        caveats.add(
            Topic::Stale,
            format!(
                "the data end on {}, {age} days ago; \"today\", \"last month\" and the like are counted from that day",
                receipt.as_of
            ),
        );
    }
    for note in caveats.caveats() {
        line(&mut out, format_args!("> {}", escape(&note.text)));
    }
    if caveats.caveats().next().is_some() {
        out.push('\n');
    }
    match &answered.answer {
        Answer::Top(answer) => super::top::markdown(&mut out, answer, receipt),
        Answer::Forecast(answer) => forecast(&mut out, answer, receipt),
        Answer::Describe(answer) => super::describe::markdown(&mut out, answer, receipt),
        Answer::Accuracy(answer) => super::accuracy::markdown(&mut out, answer, receipt),
        Answer::Search(_) | Answer::Fetch(_) => {}
        Answer::Compare(answer) => super::compare::markdown(&mut out, answer, receipt),
        Answer::Trend(answer) => super::trend::markdown(&mut out, answer, receipt),
        Answer::Targets(answer) => super::target::all_markdown(&mut out, answer),
        Answer::Target(answer) => super::target::markdown(&mut out, answer, receipt),
        Answer::Scenario(answer) => super::scenario::markdown(&mut out, answer, receipt),
        Answer::Explain(answer) => super::explain::markdown(&mut out, answer, receipt),
        Answer::Anomalies(answer) => super::anomalies::markdown(&mut out, answer, receipt),
        Answer::Segments(answer) => super::segments::markdown(&mut out, answer, receipt),
    }
    let mut text = out.text;
    let foot = remarks(receipt) + &footer(answered, base, today.filter(|_| old.is_none()));
    // The table is what may be long; where the answer comes from is never cut off.
    let room = limits::TEXT_BYTES_MAX.saturating_sub(foot.len() + 40);
    if text.len() > room {
        let end = text.floor_char_boundary(room);
        let cut = text.get(..end).and_then(|head| head.rfind('\n'));
        text.truncate(cut.filter(|at| *at > 0).unwrap_or(end));
        text.push_str("\n… more by the links below\n");
    }
    text + &foot
}

/// A line. Where there is no room for rows, there are no tables.
pub(super) fn line(out: &mut Page, text: std::fmt::Arguments<'_>) {
    let line = text.to_string();
    if out.rows_max == 0 && line.trim_start().starts_with('|') {
        return;
    }
    out.text.push_str(&line);
    out.text.push('\n');
}

pub(super) fn amount(value: i64, measure: &MeasureUsed) -> String {
    format!(
        "{} {}",
        number::text(value, measure.scale),
        escape(&measure.unit)
    )
}

/// A value that may be missing, without its unit.
pub(super) fn maybe(value: Option<i64>, measure: &MeasureUsed) -> String {
    value.map_or("–".into(), |value| number::text(value, measure.scale))
}

pub(super) fn where_clause(receipt: &Receipt) -> String {
    // The period stands elsewhere. Names of one dimension are added together, whichever of them was asked for.
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for r in receipt.resolved.iter().filter(|r| r.dimension != PERIOD) {
        let names = r.matched.iter().map(String::as_str);
        match all
            .iter_mut()
            .find(|(dimension, _)| *dimension == r.dimension)
        {
            Some((_, matched)) => matched.extend(names),
            None => all.push((&r.dimension, names.collect())),
        }
    }
    let mut parts = String::new();
    for (dimension, matched) in all {
        let named: Vec<String> = matched.iter().take(6).map(|m| escape(m)).collect();
        let more = match matched.len().saturating_sub(6) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = write!(parts, ", {} {}{more}", escape(dimension), named.join(" + "));
    }
    parts
}

fn forecast(out: &mut Page, answer: &ForecastAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    let f = &answer.forecast;
    let steps = f.point.len().saturating_sub(answer.steps_from);
    let grain = answer.history.grain;
    let plural = if steps == 1 { "" } else { "s" };
    line(
        out,
        format_args!(
            "**{} for the next {steps} {grain}{plural}**{}, in {}.\n",
            escape(&measure.label),
            where_clause(receipt),
            escape(&measure.unit)
        ),
    );
    let mut head = String::from("| From | Estimate |");
    let mut rule = String::from("|---|--:|");
    for band in &f.bands {
        let _ = write!(head, " {} % interval |", band.level);
        rule.push_str("--:|");
    }
    line(out, format_args!("{head}\n{rule}"));
    let natural = |v: f64| number::text(number::round(v, measure.scale), measure.scale);
    let past = answer.history.values.len();
    for i in (answer.steps_from..f.point.len()).take(out.rows_max) {
        let Some(&point) = f.point.get(i) else { break };
        let mut row = format!("| {} | {} |", answer.history.day(past + i), natural(point));
        for band in &f.bands {
            if let (Some(&lower), Some(&upper)) = (band.lower.get(i), band.upper.get(i)) {
                let _ = write!(row, " {} to {} |", natural(lower), natural(upper));
            }
        }
        line(out, format_args!("{row}"));
    }
    if steps > out.rows_max {
        line(
            out,
            format_args!("\n{} more steps by the links below.", steps - out.rows_max),
        );
    }
    if let Some(found) = &answer.parts {
        by_part(out, found, answer.steps_from, measure);
    }
    let shown = answer.history.values.len() - answer.shown_from.min(answer.history.values.len());
    line(
        out,
        format_args!(
            "\nModel {}: {}. Fitted on {} {grain}s to {}{}.",
            escape(&f.model),
            escape(&f.reason),
            counted(answer.history.values.len()),
            answer.history.day(answer.history.values.len()).plus(-1),
            if shown > 0 {
                format!("; {} are in the structured answer", counted(shown))
            } else {
                String::new()
            },
        ),
    );
}

/// The sum of the steps of each part.
fn by_part(out: &mut Page, found: &Parts, steps_from: usize, measure: &MeasureUsed) {
    let all = parts::shown(found, steps_from, measure.scale);
    let steps = all.first().map_or(0, |total| total.estimates.len());
    let label = escape(&found.by_label);
    let mut head = match &found.parent {
        Some((_, parent)) => format!("| {label} | {} |", escape(parent)),
        None => format!("| {label} |"),
    };
    let mut rule = String::from(if found.parent.is_some() {
        "|---|---|"
    } else {
        "|---|"
    });
    let _ = write!(head, " {steps} steps together |");
    rule.push_str("--:|");
    for (level, ..) in all.first().map_or(&[][..], |total| &total.ends) {
        let _ = write!(head, " {level} % interval |");
        rule.push_str("--:|");
    }
    line(out, format_args!("\n{head}\n{rule}"));
    let text = |value: i64| number::text(value, measure.scale);
    for shown in all.iter().take(out.rows_max) {
        let part = shown.part;
        let name = escape(&part.name);
        let is_sum = part.level != found.by;
        let name = if is_sum { format!("**{name}**") } else { name };
        let rest = if part.rest > 0 {
            format!(", {} together", part.rest)
        } else {
            String::new()
        };
        let mut row = format!("| {name}{rest} |");
        if found.parent.is_some() {
            let _ = write!(row, " {} |", escape(shown.parent.unwrap_or_default()));
        }
        let _ = write!(row, " {} |", text(shown.sum));
        for (_, lower, upper) in &shown.ends {
            let _ = write!(row, " {} to {} |", text(*lower), text(*upper));
        }
        line(out, format_args!("{row}"));
    }
    if all.len() > out.rows_max {
        let more = all.len() - out.rows_max;
        line(out, format_args!("\n{more} more parts by the links below."));
    }
}

/// What is worth knowing, but no caveat.
fn remarks(receipt: &Receipt) -> String {
    let mut out = String::new();
    for note in receipt.notes.remarks() {
        let before = if out.is_empty() { "\n" } else { "" };
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{before}- {}", escape(&note.text));
    }
    out
}

/// Where the answer comes from, and where all of it is.
fn footer(answered: &Answered, base: &str, today: Option<Day>) -> String {
    let receipt = &answered.receipt;
    let age = match today.map(|today| receipt.age_days(today)) {
        None | Some(0) => String::new(),
        // No words for days: those count from the last day with data.
        Some(1) => " (1 day old)".into(),
        Some(days) => format!(" ({days} days old)"),
    };
    // One link with its other endings: whole ones are long.
    let (name, format, also) = if super::svg::can_draw(&answered.answer) {
        ("chart", "svg", ".json and .csv")
    } else {
        ("data", "json", ".csv")
    };
    // Of a portfolio as a whole the text lists no rows that could go on.
    let listed = !matches!(&answered.answer, Answer::Segments(s) if s.segment.is_none());
    let next = receipt.link.next_offset().filter(|_| listed);
    let more = next.map_or(String::new(), |offset| {
        format!("There is more: ask again with offset {offset}.\n\n")
    });
    format!(
        "\n{more}{}, version {}, data to {}{age} · [{name}]({base}{}), also as {also}\n",
        escape(&receipt.title),
        receipt.version,
        receipt.as_of,
        receipt.link.url(format)
    )
}
