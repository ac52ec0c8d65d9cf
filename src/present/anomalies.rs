//! What is odd, in each format.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::{Page, escape, line, where_clause};
use super::{csv as cells, number};
use crate::limits;
use crate::model::answer::{AnomaliesAnswer, Expected, Finding};
use crate::model::query::AnomalyKind;
use crate::model::receipt::{MeasureUsed, Receipt};

/// Usual ones in a table that is not asked for in full.
const USUAL_MAX: usize = 3;

/// Middle, lower and upper end as scaled integers.
fn scaled(expected: &Expected) -> [i64; 3] {
    [expected.middle, expected.lower, expected.upper].map(|v| number::round(v, 0))
}

pub(super) fn json(answer: &AnomaliesAnswer, scale: u8) -> Map<String, Value> {
    let findings: Vec<Value> = answer
        .findings
        .iter()
        .map(|finding| Value::Object(row(finding, answer, scale)))
        .collect();
    let counts: Map<String, Value> = answer
        .counts
        .iter()
        .map(|(kind, count)| (kind.name().into(), json!(count)))
        .collect();
    let mut out = object(json!({
        "answer": "anomalies", "grain": answer.grain, "findings": findings, "counts": counts,
        "learnt_from": answer.learnt_from, "usual": answer.usual,
    }));
    if let Some((by, _, looked)) = &answer.by {
        out.insert("by".into(), json!(by));
        out.insert("values_looked_at".into(), json!(looked));
    }
    out
}

fn row(finding: &Finding, answer: &AnomaliesAnswer, scale: u8) -> Map<String, Value> {
    let [middle, lower, upper] = scaled(&finding.expected).map(|v| number::json(v, scale));
    let mut out = object(json!({
        "kind": finding.kind.name(), "from": finding.period.first, "to": finding.period.last,
        "steps": finding.steps, "actual": number::json(finding.actual, scale), "expected": middle,
        "lower": lower, "upper": upper, "score": number::json(number::round(finding.score, 1), 1),
        "how": how(finding, answer, scale),
    }));
    if let Some((id, name)) = &finding.of {
        out.insert("id".into(), json!(id));
        out.insert("name".into(), json!(name));
    }
    if let Some(known) = &finding.known {
        out.insert("known".into(), json!(known));
    }
    if finding.is_usual {
        out.insert("usual".into(), json!(true));
    }
    out
}

/// How odd it is, in words.
fn how(finding: &Finding, answer: &AnomaliesAnswer, scale: u8) -> String {
    let [middle, lower, upper] = scaled(&finding.expected);
    let off = |end: i64, side: &str| {
        let far = number::natural(finding.actual, 0) - number::natural(end, 0);
        if end > 0 {
            let share = far.abs() / number::natural(end, 0);
            format!("{} {side}", number::percent(share))
        } else {
            format!(
                "{} {side}",
                number::text(number::round(far.abs(), 0), scale)
            )
        }
    };
    match finding.kind {
        AnomalyKind::High => off(upper, "above the range"),
        AnomalyKind::Low => off(lower, "below the range"),
        AnomalyKind::ShiftUp | AnomalyKind::ShiftDown => {
            match number::growth(finding.actual, middle) {
                Some(share) => format!("{} on the level before", number::signed_percent(share)),
                None => format!(
                    "{} on the level before",
                    number::signed(finding.actual.saturating_sub(middle), scale)
                ),
            }
        }
        AnomalyKind::StockOut => {
            let plural = if finding.steps == 1 { "" } else { "s" };
            format!(
                "{} in {} {}{plural}",
                if finding.actual == 0 {
                    "nothing"
                } else {
                    "next to nothing"
                },
                finding.steps,
                answer.grain
            )
        }
    }
}

/// What kind it is, for people.
const fn what(kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::High => "high",
        AnomalyKind::Low => "low",
        AnomalyKind::ShiftUp => "level rose",
        AnomalyKind::ShiftDown => "level fell",
        AnomalyKind::StockOut => "stock-out suspected",
    }
}

pub(super) fn csv(answer: &AnomaliesAnswer, scale: u8, unit: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![
        "kind".into(),
        "from".into(),
        "to".into(),
        "steps".into(),
        "id".into(),
        "name".into(),
        cells::cell(unit),
        "expected".into(),
        "lower".into(),
        "upper".into(),
        "score".into(),
        "known".into(),
        "usual".into(),
    ]];
    for finding in &answer.findings {
        let (id, name) = finding.of.clone().unwrap_or_default();
        let [middle, lower, upper] = scaled(&finding.expected).map(|v| number::plain(v, scale));
        rows.push(vec![
            finding.kind.name().into(),
            finding.period.first.to_string(),
            finding.period.last.to_string(),
            finding.steps.to_string(),
            cells::cell(&id),
            cells::cell(&name),
            number::plain(finding.actual, scale),
            middle,
            lower,
            upper,
            number::plain(number::round(finding.score, 1), 1),
            cells::cell(finding.known.as_deref().unwrap_or_default()),
            finding.is_usual.to_string(),
        ]);
    }
    rows
}

pub(super) fn markdown(out: &mut Page, answer: &AnomaliesAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    headline(out, answer, receipt, measure);
    if answer.findings.is_empty() || out.rows_max == 0 {
        return;
    }
    let surprising = answer.findings.iter().take_while(|f| !f.is_usual).count();
    let rows = if out.rows_max > limits::TEXT_ROWS_DEFAULT {
        answer.findings.len()
    } else {
        answer.findings.len().min(surprising + USUAL_MAX)
    };
    let rows = answer.findings.iter().take(rows.min(out.rows_max));
    let has_known = rows.clone().any(|f| f.known.is_some());
    let more = (receipt.rows_total as usize).saturating_sub(rows.len());
    let mut head = String::from("| When |");
    let mut rule = String::from("|---|");
    if let Some((_, label, _)) = &answer.by {
        let _ = write!(head, " {} |", escape(label));
        rule.push_str("---|");
    }
    let _ = write!(head, " What | {} | Expected range |", escape(&measure.unit));
    rule.push_str("---|--:|--:|");
    if has_known {
        head.push_str(" Known |");
        rule.push_str("---|");
    }
    line(out, format_args!("{head}\n{rule}"));
    let scale = measure.scale;
    for finding in rows {
        let [_, lower, upper] = scaled(&finding.expected);
        let mut row = format!("| {} |", finding.period);
        if answer.by.is_some() {
            let name = finding.of.as_ref().map(|(_, name)| escape(name));
            let _ = write!(row, " {} |", name.unwrap_or_else(|| "all".into()));
        }
        let _ = write!(
            row,
            " {}, {} | {} | {} to {} |",
            what(finding.kind),
            how(finding, answer, scale),
            number::text(finding.actual, scale),
            number::text(lower, scale),
            number::text(upper, scale)
        );
        if has_known {
            let known = finding.known.as_deref().map(escape);
            let _ = write!(row, " {} |", known.unwrap_or_default());
        }
        line(out, format_args!("{row}"));
    }
    if more > 0 {
        line(out, format_args!("\n{more} more are not in this table."));
    }
}

fn headline(out: &mut Page, answer: &AnomaliesAnswer, receipt: &Receipt, measure: &MeasureUsed) {
    let counts: Vec<String> = answer
        .counts
        .iter()
        .map(|(kind, count)| format!("{count} {}", what(*kind)))
        .collect();
    let found = if counts.is_empty() {
        "nothing odd".to_owned()
    } else {
        format!("{} odd ({})", receipt.rows_total, counts.join(", "))
    };
    let known = match answer.usual {
        0 => String::new(),
        n => format!(
            ", of which {n} as usual on or beside holidays, events and closed days, listed last"
        ),
    };
    let by = match &answer.by {
        Some((_, label, looked)) => format!(
            ", in all and for {looked} values of {}",
            escape(&label.to_lowercase())
        ),
        None => String::new(),
    };
    // Where there is no table, the first of them alone.
    let first = answer.findings.first().filter(|_| out.rows_max == 0);
    let first = first.map_or(String::new(), |finding| {
        let of = finding.of.as_ref().map(|(_, name)| escape(name));
        format!(
            "; first {}{}: {}, {} {}, {}",
            finding.period,
            of.map_or(String::new(), |of| format!(" {of}")),
            what(finding.kind),
            number::text(finding.actual, measure.scale),
            escape(&measure.unit),
            how(finding, answer, measure.scale)
        )
    });
    line(
        out,
        format_args!(
            "**Anomalies of {} by {}**{}, {}{by}: {found}{known}{first}. Usual ranges are learnt from {} and left by chance about once a year.\n",
            escape(&measure.label.to_lowercase()),
            answer.grain,
            where_clause(receipt),
            receipt.period,
            answer.learnt_from
        ),
    );
}
