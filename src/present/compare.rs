//! A period against others, in each format.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::{Page, escape, line, maybe, where_clause};
use super::{csv as cells, number};
use crate::model::answer::{CompareAnswer, Compared, ComparedRow};
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::model::wording::{counted, others};

pub(super) fn json(answer: &CompareAnswer, scale: u8) -> Map<String, Value> {
    let a = &answer.subject;
    let baselines: Vec<Value> = answer
        .baselines
        .iter()
        .map(|b| {
            let mut out = period(b, scale);
            out.insert("how".into(), json!(b.how));
            out.extend(change(a.value, b.value, scale));
            Value::Object(out)
        })
        .collect();
    let mut out = object(json!({"answer": "compare", "a": period(a, scale), "b": baselines}));
    if let Some(by) = &answer.by {
        let rows: Vec<Value> = by
            .rows
            .iter()
            .map(|r| Value::Object(row(r, scale)))
            .collect();
        out.insert("by".into(), json!(by.by));
        out.insert("rows".into(), json!(rows));
        if let Some((count, rest)) = &by.rest {
            let mut rest = row(rest, scale);
            rest.remove("id");
            rest.remove("name");
            rest.insert("added_together".into(), json!(count));
            out.insert("rest".into(), Value::Object(rest));
        }
    }
    out
}

fn period(compared: &Compared, scale: u8) -> Map<String, Value> {
    object(json!({
        "label": compared.label, "from": compared.period.first, "to": compared.period.last,
        "value": number::json_or_null(compared.value, scale),
    }))
}

fn row(row: &ComparedRow, scale: u8) -> Map<String, Value> {
    let baselines: Vec<Value> = row
        .baselines
        .iter()
        .map(|b| {
            let mut out = object(json!({"value": number::json_or_null(*b, scale)}));
            out.extend(change(row.value, *b, scale));
            Value::Object(out)
        })
        .collect();
    object(json!({
        "id": row.id, "name": row.name, "value": number::json_or_null(row.value, scale), "b": baselines,
    }))
}

/// The change as a value and, where it can be, as a share of the baseline.
fn change(value: Option<i64>, before: Option<i64>, scale: u8) -> Map<String, Value> {
    let mut out = Map::new();
    if let (Some(value), Some(before)) = (value, before) {
        out.insert(
            "change".into(),
            number::json(value.saturating_sub(before), scale),
        );
        if let Some(share) = number::growth(value, before) {
            out.insert("change_share".into(), number::ratio(share));
        }
    }
    out
}

pub(super) fn csv(answer: &CompareAnswer, scale: u8, unit: &str) -> Vec<Vec<String>> {
    let value = |v: Option<i64>| v.map_or(String::new(), |v| number::plain(v, scale));
    let mut rows = Vec::new();
    let Some(by) = &answer.by else {
        rows.push(["period", "from", "to"].map(String::from).to_vec());
        if let Some(head) = rows.first_mut() {
            head.push(cells::cell(unit));
        }
        for compared in std::iter::once(&answer.subject).chain(&answer.baselines) {
            rows.push(vec![
                cells::cell(&compared.label),
                compared.period.first.to_string(),
                compared.period.last.to_string(),
                value(compared.value),
            ]);
        }
        return rows;
    };
    let mut head = vec![cells::cell(&format!("{}_id", by.by)), cells::cell(&by.by)];
    for compared in std::iter::once(&answer.subject).chain(&answer.baselines) {
        let (first, last) = (compared.period.first, compared.period.last);
        head.push(cells::cell(&format!("{unit}_{first}_{last}")));
    }
    rows.push(head);
    let rest = by
        .rest
        .iter()
        .map(|(count, row)| (format!("({count} others)"), row));
    let named = by.rows.iter().map(|row| (row.name.clone(), row));
    for (name, row) in named.chain(rest) {
        let mut cells = vec![cells::cell(&row.id), cells::cell(&name), value(row.value)];
        cells.extend(row.baselines.iter().map(|b| value(*b)));
        rows.push(cells);
    }
    rows
}

pub(super) fn markdown(out: &mut Page, answer: &CompareAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    let a = &answer.subject;
    let first = answer.baselines.first();
    let headline = first.map_or(String::new(), |b| {
        format!(
            ", {} against {}",
            moved(a.value, b.value, measure),
            escape(&b.label)
        )
    });
    line(
        out,
        format_args!(
            "**{}, {}**{}: {} {}{headline}.\n",
            escape(&measure.label),
            escape(&a.label),
            where_clause(receipt),
            maybe(a.value, measure),
            escape(&measure.unit)
        ),
    );
    line(
        out,
        format_args!(
            "| Period | Days | {} | Change to it | % |\n|---|---|--:|--:|--:|",
            escape(&measure.unit)
        ),
    );
    for (at, compared) in std::iter::once(a).chain(&answer.baselines).enumerate() {
        let (change, share) = if at == 0 {
            (String::new(), String::new())
        } else {
            changes(a.value, compared.value, measure)
        };
        line(
            out,
            format_args!(
                "| {} | {} | {} | {change} | {share} |",
                escape(&compared.label),
                compared.period,
                maybe(compared.value, measure)
            ),
        );
    }
    if answer.by.is_some() {
        by_rows(out, answer, measure);
    }
}

fn by_rows(out: &mut Page, answer: &CompareAnswer, measure: &MeasureUsed) {
    let Some(by) = &answer.by else { return };
    let mut head = format!(
        "\n| {} | {} |",
        escape(&by.by_label),
        escape(&answer.subject.label)
    );
    let mut rule = String::from("|---|--:|");
    for baseline in &answer.baselines {
        let _ = write!(head, " {} | Change | % |", escape(&baseline.label));
        rule.push_str("--:|--:|--:|");
    }
    line(out, format_args!("{head}\n{rule}"));
    let rest = by.rest.iter().map(|(count, row)| (others(*count), row));
    let named = by
        .rows
        .iter()
        .take(out.rows_max)
        .map(|row| (escape(&row.name), row));
    let hidden = by.rows.len().saturating_sub(out.rows_max);
    for (name, row) in named.chain(rest.filter(|_| hidden == 0)) {
        let mut text = format!("| {name} | {} |", maybe(row.value, measure));
        for before in &row.baselines {
            let (change, share) = changes(row.value, *before, measure);
            let _ = write!(text, " {} | {change} | {share} |", maybe(*before, measure));
        }
        line(out, format_args!("{text}"));
    }
    if hidden > 0 {
        line(
            out,
            format_args!("\n{} more rows by the links below.", counted(hidden)),
        );
    }
}

/// `up 5.2 % (+61 USD)`.
fn moved(value: Option<i64>, before: Option<i64>, measure: &MeasureUsed) -> String {
    let (Some(value), Some(before)) = (value, before) else {
        return "cannot be compared".into();
    };
    let change = number::signed(value.saturating_sub(before), measure.scale);
    let unit = escape(&measure.unit);
    match number::growth(value, before) {
        Some(share) if share > 0.0 => format!("up {} ({change} {unit})", number::percent(share)),
        Some(share) if share < 0.0 => format!("down {} ({change} {unit})", number::percent(-share)),
        Some(_) => "unchanged".into(),
        None => format!("{change} {unit}"),
    }
}

fn changes(value: Option<i64>, before: Option<i64>, measure: &MeasureUsed) -> (String, String) {
    let (Some(value), Some(before)) = (value, before) else {
        return ("–".into(), "–".into());
    };
    let change = number::signed(value.saturating_sub(before), measure.scale);
    let share = number::growth(value, before).map_or("–".into(), number::signed_percent);
    (change, share)
}
