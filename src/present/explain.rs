//! Why a sum changed, in each format.

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::{Page, escape, line, maybe, where_clause};
use super::{csv as cells, number};
use crate::limits;
use crate::model::answer::{
    Compared, ExplainAnswer, ExplainRow, ExplainedBy, PriceVolumeMixAnswer,
};
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::model::wording;

/// Dimensions that have a table in text; the structured answer has all.
const TABLES_MAX: usize = 3;
/// Rows of every table but the first, which is of the dimension that explains most.
const ROWS_OF_OTHERS: usize = 3;
/// Names of causes in a sentence.
const CAUSES_NAMED: usize = 6;

pub(super) fn json(answer: &ExplainAnswer, scale: u8) -> Map<String, Value> {
    let dimensions: Vec<Value> = answer
        .dimensions
        .iter()
        .map(|by| {
            let rows: Vec<Value> = by
                .rows
                .iter()
                .map(|r| Value::Object(row(r, scale)))
                .collect();
            let mut out = object(json!({
                "by": by.by, "rows": rows, "gains": number::json(by.gains, scale),
                "losses": number::json(by.losses, scale), "surprise": number::ratio(by.surprise),
            }));
            if let Some((count, rest)) = &by.rest {
                let mut rest = row(rest, scale);
                for key in ["id", "name", "cause"] {
                    rest.remove(key);
                }
                rest.insert("added_together".into(), json!(count));
                out.insert("rest".into(), Value::Object(rest));
            }
            Value::Object(out)
        })
        .collect();
    let mut out = object(json!({
        "answer": "explain", "a": period(&answer.subject, scale), "b": period(&answer.baseline, scale),
        "change": number::json(answer.change, scale), "dimensions": dimensions,
    }));
    if let Some(causes) = &answer.causes {
        out.insert(
            "causes".into(),
            json!({
                "by": causes.by, "names": causes.names, "change": number::json(causes.change, scale),
                "share": number::ratio(causes.share), "enough": causes.is_enough,
            }),
        );
    }
    if let Some(pvm) = &answer.price_volume_mix {
        let mut parts = object(json!({"quantity": pvm.quantity, "by": pvm.by}));
        for (name, _, value) in effects(pvm) {
            parts.insert(name.into(), number::json(value, scale));
        }
        out.insert("price_volume_mix".into(), Value::Object(parts));
    }
    out
}

fn period(compared: &Compared, scale: u8) -> Value {
    json!({
        "label": compared.label, "from": compared.period.first, "to": compared.period.last,
        "value": number::json_or_null(compared.value, scale),
    })
}

fn row(row: &ExplainRow, scale: u8) -> Map<String, Value> {
    let mut out = object(json!({
        "id": row.id, "name": row.name, "value": number::json(row.value, scale),
        "before": number::json(row.before, scale),
        "change": number::json(row.value.saturating_sub(row.before), scale), "cause": row.is_cause,
    }));
    if let Some(share) = row.share {
        out.insert("share".into(), number::ratio(share));
    }
    out
}

/// Name, what it means, and value of each effect; those of new and lost values only where there are any.
fn effects(pvm: &PriceVolumeMixAnswer) -> Vec<(&'static str, &'static str, i64)> {
    let all = [
        ("volume", "Volume: more or fewer sold", pvm.volume),
        ("mix", "Mix: more of what is dear or cheap", pvm.mix),
        ("price", "Price", pvm.price),
        ("new", "New", pvm.new),
        ("gone", "No longer sold", pvm.gone),
        ("other", "Without a quantity", pvm.other),
    ];
    let shown = all.into_iter().enumerate();
    shown
        .filter(|(at, (_, _, value))| *at < 3 || *value != 0)
        .map(|(_, effect)| effect)
        .collect()
}

pub(super) fn csv(answer: &ExplainAnswer, scale: u8, unit: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![
        "by".into(),
        "id".into(),
        "name".into(),
        cells::cell(unit),
        "before".into(),
        "change".into(),
        "share".into(),
        "cause".into(),
    ]];
    for by in &answer.dimensions {
        let rest = by
            .rest
            .iter()
            .map(|(count, row)| (format!("({count} others)"), row));
        let named = by.rows.iter().map(|row| (row.name.clone(), row));
        for (name, row) in named.chain(rest) {
            let share = row
                .share
                .map(|share| number::plain(number::round(share, 4), 4));
            rows.push(vec![
                cells::cell(&by.by),
                cells::cell(&row.id),
                cells::cell(&name),
                number::plain(row.value, scale),
                number::plain(row.before, scale),
                number::plain(row.value.saturating_sub(row.before), scale),
                share.unwrap_or_default(),
                row.is_cause.to_string(),
            ]);
        }
    }
    rows
}

pub(super) fn markdown(out: &mut Page, answer: &ExplainAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    let (a, b) = (&answer.subject, &answer.baseline);
    let both = a.value.zip(b.value);
    let grown = both.and_then(|(value, before)| number::growth(value, before));
    line(
        out,
        format_args!(
            "**{}, {} against {}**{}: {} against {} {}, {}{}.",
            escape(&measure.label),
            escape(&a.label),
            escape(&b.label),
            where_clause(receipt),
            maybe(a.value, measure),
            maybe(b.value, measure),
            escape(&measure.unit),
            number::signed(answer.change, measure.scale),
            grown.map_or(String::new(), |share| format!(
                " ({})",
                number::signed_percent(share)
            ))
        ),
    );
    line(out, format_args!("{}\n", reason(answer, measure)));
    if let Some(pvm) = &answer.price_volume_mix {
        let effects: Vec<String> = effects(pvm)
            .into_iter()
            .map(|(_, meaning, value)| {
                format!("{meaning} {}", number::signed(value, measure.scale))
            })
            .collect();
        line(
            out,
            format_args!(
                "By price and quantity ({}, {}): {}; together {}.\n",
                escape(&pvm.by),
                escape(&pvm.quantity),
                effects.join("; "),
                number::signed(answer.change, measure.scale)
            ),
        );
    }
    let rows_max = out.rows_max;
    for (at, by) in answer.dimensions.iter().take(TABLES_MAX).enumerate() {
        let is_short = at > 0 && rows_max <= limits::TEXT_ROWS_DEFAULT;
        table(
            out,
            by,
            measure,
            if is_short { ROWS_OF_OTHERS } else { rows_max },
        );
    }
    let others: Vec<String> = answer
        .dimensions
        .iter()
        .skip(TABLES_MAX)
        .map(|by| escape(&by.by_label.to_lowercase()))
        .collect();
    if !others.is_empty() {
        line(
            out,
            format_args!("By {} too, by the links below.", others.join(" and ")),
        );
    }
}

/// What explains most of the change, in a sentence.
fn reason(answer: &ExplainAnswer, measure: &MeasureUsed) -> String {
    if answer.change == 0 {
        return "Nothing changed in sum.".into();
    }
    let Some(causes) = &answer.causes else {
        return "No values stand out: the change is spread in proportion to size.".into();
    };
    let named: Vec<String> = causes
        .names
        .iter()
        .take(CAUSES_NAMED)
        .map(|n| escape(n))
        .collect();
    let more = match causes.names.len().saturating_sub(CAUSES_NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let share = number::percent(causes.share);
    let sum = number::signed(causes.change, measure.scale);
    let of = escape(&causes.by_label.to_lowercase());
    let verb = if causes.names.len() == 1 {
        "explains"
    } else {
        "explain"
    };
    if causes.is_enough {
        format!(
            "{}{more} ({of}) {verb} {share} of it ({sum}).",
            named.join(", ")
        )
    } else {
        format!(
            "It is spread widely: the clearest, {}{more} ({of}), {verb} {share} of it ({sum}).",
            named.join(", ")
        )
    }
}

fn table(out: &mut Page, by: &ExplainedBy, measure: &MeasureUsed, rows_max: usize) {
    line(
        out,
        format_args!(
            "| {} | {} | Before | Change | Of the change |\n|---|--:|--:|--:|--:|",
            escape(&by.by_label),
            escape(&measure.unit)
        ),
    );
    let rest = others(by, rows_max);
    let rest = rest
        .iter()
        .map(|(count, row)| (wording::others(*count), row));
    let named = by.rows.iter().take(rows_max).map(|row| {
        let name = escape(&row.name);
        (
            if row.is_cause {
                format!("**{name}**")
            } else {
                name
            },
            row,
        )
    });
    for (name, row) in named.chain(rest) {
        line(
            out,
            format_args!(
                "| {name} | {} | {} | {} | {} |",
                number::text(row.value, measure.scale),
                number::text(row.before, measure.scale),
                number::signed(row.value.saturating_sub(row.before), measure.scale),
                row.share.map_or("–".into(), number::percent)
            ),
        );
    }
    out.push('\n');
}

/// What the table leaves out, added to what the answer does.
fn others(by: &ExplainedBy, rows_max: usize) -> Option<(u32, ExplainRow)> {
    let hidden = by.rows.get(rows_max..).unwrap_or_default();
    let mut all = by.rest.clone();
    for row in hidden {
        let (count, sum) = all.get_or_insert_with(|| {
            let none = ExplainRow {
                id: String::new(),
                name: String::new(),
                value: 0,
                before: 0,
                share: Some(0.0),
                is_cause: false,
            };
            (0, none)
        });
        *count += 1;
        sum.value = sum.value.saturating_add(row.value);
        sum.before = sum.before.saturating_add(row.before);
        sum.share = sum.share.zip(row.share).map(|(a, b)| a + b);
    }
    all
}
