//! Will a target be reached, in each format.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::{Page, escape, line, where_clause};
use super::{csv as cells, number};
use crate::model::answer::{TargetAnswer, TargetOutlook, TargetsAnswer};
use crate::model::query::Target;
use crate::model::receipt::{MeasureUsed, Receipt};

pub(super) fn json(answer: &TargetAnswer, scale: u8) -> Map<String, Value> {
    let mut out = object(json!({
        "answer": "target", "label": answer.label, "from": answer.period.first, "to": answer.period.last,
        "asked": answer.asked.to_string(), "grain": answer.grain,
    }));
    if let Some(name) = &answer.name {
        out.insert("name".into(), json!(name));
    }
    out.extend(outlook(&answer.whole, scale));
    if let Some((period, before)) = &answer.before {
        out.insert(
            "before".into(),
            json!({"from": period.first, "to": period.last, "value": number::json(*before, scale)}),
        );
    }
    if let Some(model) = &answer.model {
        let mut said = object(json!({"name": model.name}));
        if let Some(skill) = model.skill {
            said.insert("skill".into(), number::ratio(skill));
        }
        out.insert("model".into(), Value::Object(said));
    }
    if let Some(by) = &answer.by {
        let rows = by.rows.iter().map(|(id, name, one)| {
            let mut row = object(json!({"id": id, "name": name}));
            row.extend(outlook(one, scale));
            Value::Object(row)
        });
        out.insert("by".into(), json!(by.by));
        out.insert("rows".into(), rows.collect());
    }
    out
}

fn outlook(one: &TargetOutlook, scale: u8) -> Map<String, Value> {
    let rounded = |v: f64| number::json(whole(v), scale);
    let mut out = object(json!({
        "target": number::json(one.target, scale), "so_far": number::json(one.so_far, scale),
        "track": one.track, "probability": number::ratio(one.probability),
        "expected": rounded(one.expected), "lower": rounded(one.lower), "upper": rounded(one.upper),
        "gap": number::json(whole(one.expected).saturating_sub(one.target), scale),
        "days_over": one.days_over, "days_left": one.days_left,
    }));
    for (name, value) in [
        ("daily_so_far", one.daily_so_far),
        ("daily_needed", one.daily_needed),
        ("daily_expected", one.daily_expected),
    ] {
        if let Some(value) = value {
            out.insert(name.into(), rounded(value));
        }
    }
    out
}

/// A sum of a forecast, in the measure's smallest unit.
fn whole(value: f64) -> i64 {
    number::round(value, 0)
}

/// The columns of an outlook in CSV.
const FIGURES: [&str; 8] = [
    "target",
    "so_far",
    "track",
    "probability",
    "expected",
    "lower_80",
    "upper_80",
    "days_left",
];

fn figures(one: &TargetOutlook, scale: u8) -> [String; FIGURES.len()] {
    let plain = |v: i64| number::plain(v, scale);
    [
        plain(one.target),
        plain(one.so_far),
        one.track.into(),
        number::plain(number::round(one.probability, 4), 4),
        plain(whole(one.expected)),
        plain(whole(one.lower)),
        plain(whole(one.upper)),
        one.days_left.to_string(),
    ]
}

pub(super) fn csv(answer: &TargetAnswer, scale: u8, _unit: &str) -> Vec<Vec<String>> {
    let row = |id: &str, name: &str, one: &TargetOutlook| {
        let named = [cells::cell(id), cells::cell(name)];
        named.into_iter().chain(figures(one, scale)).collect()
    };
    let head = ["id", "name"].into_iter().chain(FIGURES);
    let mut rows = vec![head.map(String::from).collect(), row("", "", &answer.whole)];
    for (id, name, one) in answer.by.iter().flat_map(|by| &by.rows) {
        rows.push(row(id, name, one));
    }
    rows
}

pub(super) fn markdown(out: &mut Page, answer: &TargetAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    let one = &answer.whole;
    let text = |v: i64| number::text(v, measure.scale);
    let unit = escape(&measure.unit);
    line(
        out,
        format_args!(
            "**{}{}, {}**{}: target {} {unit}{}; {}.\n",
            answer
                .name
                .as_ref()
                .map_or(String::new(), |n| format!("{}: ", escape(n))),
            escape(&measure.label),
            escape(&answer.label),
            where_clause(receipt),
            text(one.target),
            grown(answer, measure),
            verdict(one)
        ),
    );
    line(
        out,
        format_args!(
            "- so far {} {unit} in {} of {} days",
            text(one.so_far),
            one.days_over,
            one.days_over + one.days_left
        ),
    );
    if one.days_left > 0 {
        line(
            out,
            format_args!(
                "- expected end {} {unit}, 80 % between {} and {}; that is {} against the target",
                text(whole(one.expected)),
                text(whole(one.lower)),
                text(whole(one.upper)),
                number::signed(
                    whole(one.expected).saturating_sub(one.target),
                    measure.scale
                )
            ),
        );
        pace(out, one, measure);
    }
    if let Some(model) = &answer.model {
        let skill = model.skill.map_or(String::new(), |s| {
            format!(", skill {} over last season's values", number::percent(s))
        });
        line(
            out,
            format_args!(
                "- the rest is forecast by {} ({}{skill})",
                answer.grain,
                escape(&model.name)
            ),
        );
    }
    by_value(out, answer, measure);
}

/// ` (+5.0 % on 1,234 in 2025-Q4)`.
fn grown(answer: &TargetAnswer, measure: &MeasureUsed) -> String {
    match (&answer.before, answer.asked) {
        (Some((period, _)), Target::Growth(0)) => format!(" (as much as in {period})"),
        (Some((period, before)), Target::Growth(percent)) => format!(
            " ({} on {} in {period})",
            number::signed_percent(number::natural(percent, 8)),
            number::text(*before, measure.scale)
        ),
        _ => String::new(),
    }
}

fn verdict(one: &TargetOutlook) -> String {
    match one.track {
        "reached" => "it is reached".into(),
        "missed" => "it was missed".into(),
        track => format!("{track}, probability {}", odds(one)),
    }
}

/// The probability; while days are left nothing is certain.
fn odds(one: &TargetOutlook) -> String {
    match one.probability {
        p if one.days_left > 0 && p > 0.999 && one.track != "reached" => "over 99.9 %".into(),
        p if one.days_left > 0 && p < 0.001 => "under 0.1 %".into(),
        p => number::percent(p),
    }
}

fn pace(out: &mut Page, one: &TargetOutlook, measure: &MeasureUsed) {
    let text = |v: f64| number::text(whole(v), measure.scale);
    let Some(needed) = one.daily_needed else {
        return;
    };
    let mut row = format!("- needed {} a day for {} days", text(needed), one.days_left);
    // Writing into a String cannot fail.
    if let Some(expected) = one.daily_expected {
        let gap = whole(needed).saturating_sub(whole(expected));
        let _ = write!(
            row,
            "; forecast {} a day ({} a day {})",
            text(expected),
            number::text(gap.saturating_abs(), measure.scale),
            if gap > 0 { "short" } else { "to spare" }
        );
    }
    if let Some(so_far) = one.daily_so_far {
        let _ = write!(row, "; so far {} a day", text(so_far));
    }
    line(out, format_args!("{row}"));
}

fn by_value(out: &mut Page, answer: &TargetAnswer, measure: &MeasureUsed) {
    let Some(by) = &answer.by else { return };
    line(
        out,
        format_args!(
            "\n| {} | Target | So far | Expected | Probability | |\n|---|--:|--:|--:|--:|---|",
            escape(&by.by_label)
        ),
    );
    for (_, name, one) in by.rows.iter().take(out.rows_max) {
        line(
            out,
            format_args!(
                "| {} | {} | {} | {} | {} | {} |",
                escape(name),
                number::text(one.target, measure.scale),
                number::text(one.so_far, measure.scale),
                number::text(whole(one.expected), measure.scale),
                odds(one),
                one.track
            ),
        );
    }
    if by.rows.len() > out.rows_max {
        let more = by.rows.len() - out.rows_max;
        line(out, format_args!("\n{more} more rows by the links below."));
    }
}

pub(super) fn all_json(answer: &TargetsAnswer) -> Map<String, Value> {
    let rows = answer.rows.iter().map(|row| {
        let mut out = object(json!({
            "name": row.target.name, "measure": row.measure.name, "unit": row.measure.unit, "asked": row.target.amount,
            "label": row.label, "from": row.period.first, "to": row.period.last,
        }));
        if let Some(operation) = &row.target.operation {
            out.insert("operation".into(), json!(operation));
        }
        if !row.target.filters.is_empty() {
            out.insert("filters".into(), json!(row.target.filters));
        }
        out.extend(outlook(&row.outlook, row.measure.scale));
        Value::Object(out)
    });
    object(json!({"answer": "target", "targets": rows.collect::<Vec<_>>()}))
}

pub(super) fn all_csv(answer: &TargetsAnswer) -> Vec<Vec<String>> {
    let head = ["name", "measure", "unit", "from", "to"];
    let head = head.into_iter().chain(FIGURES);
    let rows = answer.rows.iter().map(|row| {
        let named = [
            cells::cell(&row.target.name),
            cells::cell(&row.measure.name),
            cells::cell(&row.measure.unit),
            row.period.first.to_string(),
            row.period.last.to_string(),
        ];
        let figures = figures(&row.outlook, row.measure.scale);
        named.into_iter().chain(figures).collect()
    });
    std::iter::once(head.map(String::from).collect())
        .chain(rows)
        .collect()
}

pub(super) fn all_markdown(out: &mut Page, answer: &TargetsAnswer) {
    let misses = |row: &&crate::model::answer::TargetsRow| row.outlook.probability < 0.5;
    let miss = answer.rows.iter().filter(misses).count();
    line(
        out,
        format_args!(
            "**{} targets**: {miss} are more likely missed than reached, or were missed.\n",
            answer.rows.len()
        ),
    );
    line(
        out,
        format_args!(
            "| Target | Period | | Target | So far | Expected | Probability | |\n|---|---|---|--:|--:|--:|--:|---|"
        ),
    );
    for row in answer.rows.iter().take(out.rows_max) {
        let (one, scale) = (&row.outlook, row.measure.scale);
        line(
            out,
            format_args!(
                "| {} | {} | {} | {} | {} | {} | {} | {} |",
                escape(&row.target.name),
                escape(&row.label),
                escape(&row.measure.unit),
                number::text(one.target, scale),
                number::text(one.so_far, scale),
                number::text(whole(one.expected), scale),
                odds(one),
                one.track
            ),
        );
    }
}
