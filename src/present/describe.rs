//! What there is, in each format; and what changed since an earlier version.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::csv::cell;
use super::json::object;
use super::markdown::{Page, escape, line};
use super::number;
use crate::model::answer::{DescribeAnswer, DescribeSince, Listed, SinceMeasure};
use crate::model::manifest::Dimension;
use crate::model::own_target::OwnTarget;
use crate::model::receipt::Receipt;
use crate::model::wording::{counted, how_many};

pub(super) fn json(answer: &DescribeAnswer) -> Map<String, Value> {
    let with_synonyms = |mut row: Map<String, Value>, synonyms: &[String]| {
        if !synonyms.is_empty() {
            row.insert("synonyms".into(), json!(synonyms));
        }
        Value::Object(row)
    };
    let measures = answer.measures.iter().map(|m| {
        let row = json!({"name": m.name, "label": m.label, "unit": m.unit, "kind": m.kind});
        with_synonyms(object(row), &m.synonyms)
    });
    let derived = answer.derived.iter().map(|d| {
        let ratio = format!("{} / {}", d.numerator, d.denominator);
        let row = json!({"name": d.name, "label": d.label, "unit": d.unit, "kind": d.kind, "ratio": ratio});
        with_synonyms(object(row), &d.synonyms)
    });
    let measures: Vec<Value> = measures.chain(derived).collect();
    let dimensions: Vec<Value> = answer
        .dimensions
        .iter()
        .map(|d| {
            let mut row = object(json!({"name": d.name, "label": d.label, "count": d.count}));
            if let Some(parent) = &d.parent {
                row.insert("parent".into(), json!(parent));
            }
            Value::Object(row)
        })
        .collect();
    let mut out = object(json!({
        "answer": "describe", "grain": answer.grain, "days": answer.days,
        "measures": measures, "dimensions": dimensions, "quality": answer.quality,
    }));
    let levels = levels(&answer.dimensions);
    if !levels.is_empty() {
        out.insert("hierarchies".into(), json!(levels));
    }
    if !answer.targets.is_empty() {
        out.insert("targets".into(), json!(answer.targets));
    }
    if let Some(since) = &answer.since {
        out.insert("since".into(), Value::Object(since_json(since)));
    }
    if let Some(listed) = &answer.listed {
        let rows: Vec<Value> = listed
            .values
            .iter()
            .map(|(id, name, parent)| {
                let mut row = object(json!({"id": id, "name": name}));
                if let Some(parent) = parent {
                    row.insert("parent".into(), json!(parent));
                }
                Value::Object(row)
            })
            .collect();
        out.insert(
            "values".into(),
            json!({"dimension": listed.dimension, "rows": rows}),
        );
    }
    out
}

/// Pairs of dimensions, the wider first: each value of the second belongs to one of the first, as the owner said or as every
/// row shows. A parent has no parent itself.
fn levels(dimensions: &[Dimension]) -> Vec<[&str; 2]> {
    dimensions
        .iter()
        .filter_map(|d| Some([d.parent.as_deref()?, d.name.as_str()]))
        .collect()
}

fn since_json(since: &DescribeSince) -> Map<String, Value> {
    let values = since.values.iter().map(|v| {
        json!({
            "dimension": v.dimension, "new": v.added.0, "new_count": v.added.1,
            "gone": v.gone.0, "gone_count": v.gone.1,
        })
    });
    let mut out = object(json!({
        "version": since.version, "days": since.days,
        "rows": {"before": since.rows.0, "after": since.rows.1},
        "values": values.collect::<Vec<_>>(), "schema": since.schema,
        "restated": since.restated, "cannot_tell": since.untold,
    }));
    if let Some((measures, months)) = &since.sums {
        let totals = measures.iter().map(|m| {
            let (before, after) = m.sums;
            json!({
                "name": m.name, "unit": m.unit, "before": number::json(before, m.scale),
                "after": number::json(after, m.scale), "change": number::json(after.saturating_sub(before), m.scale),
            })
        });
        let months = months.iter().map(|month| {
            let changes: Map<String, Value> = changes(measures, &month.sums)
                .map(|(m, change)| (m.name.clone(), number::json(change, m.scale)))
                .collect();
            json!({
                "month": month.month, "known_before": month.known,
                "rows": month.rows.1.saturating_sub(month.rows.0), "changes": changes,
            })
        });
        out.insert("measures".into(), totals.collect());
        out.insert("months".into(), months.collect());
    }
    out
}

/// The measures that differ, with after less before.
fn changes<'a>(
    measures: &'a [SinceMeasure],
    sums: &'a [(i64, i64)],
) -> impl Iterator<Item = (&'a SinceMeasure, i64)> {
    measures
        .iter()
        .zip(sums)
        .map(|(m, (before, after))| (m, after.saturating_sub(*before)))
        .filter(|(_, change)| *change != 0)
}

pub(super) fn csv(answer: &DescribeAnswer) -> Vec<Vec<String>> {
    if let Some(since) = &answer.since {
        return since_csv(since);
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    if let Some(listed) = &answer.listed {
        rows.push(vec![
            cell(&format!("{}_id", listed.dimension)),
            cell(&listed.dimension),
            "belongs_to".into(),
        ]);
        for (id, name, parent) in &listed.values {
            rows.push(vec![
                cell(id),
                cell(name),
                parent.as_deref().map_or(String::new(), cell),
            ]);
        }
        return rows;
    }
    let mut row = |kind: &str, name: &str, label: &str, last: String| {
        rows.push(vec![kind.into(), cell(name), cell(label), last]);
    };
    row("kind", "name", "label", "unit_or_count".into());
    for m in &answer.measures {
        row("measure", &m.name, &m.label, cell(&m.unit));
    }
    for d in &answer.derived {
        row("measure", &d.name, &d.label, cell(&d.unit));
    }
    for d in &answer.dimensions {
        row("dimension", &d.name, &d.label, d.count.to_string());
    }
    rows
}

fn since_csv(since: &DescribeSince) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row =
        |kind: &str, name: &str, of: &str, before: String, after: String, change: String| {
            rows.push(vec![
                kind.into(),
                cell(name),
                cell(of),
                before,
                after,
                change,
            ]);
        };
    row(
        "kind",
        "name",
        "of",
        "before".into(),
        "after".into(),
        "change".into(),
    );
    let signed = |(before, after): (i64, i64), scale| {
        let write = |v| number::plain(v, scale);
        (
            write(before),
            write(after),
            write(after.saturating_sub(before)),
        )
    };
    let (before, after) = since.rows;
    let change = i128::from(after) - i128::from(before);
    row(
        "rows",
        "",
        "",
        before.to_string(),
        after.to_string(),
        change.to_string(),
    );
    if let Some((measures, months)) = &since.sums {
        for m in measures {
            let (before, after, change) = signed(m.sums, m.scale);
            row("measure", &m.name, "", before, after, change);
        }
        for month in months {
            let name = month.month.to_string();
            let (before, after, change) = signed(month.rows, 0);
            row("month", &name, "rows", before, after, change);
            for (m, sums) in measures.iter().zip(&month.sums) {
                let (before, after, change) = signed(*sums, m.scale);
                row("month", &name, &m.name, before, after, change);
            }
        }
    }
    for v in &since.values {
        for (kind, names) in [("new value", &v.added.0), ("gone value", &v.gone.0)] {
            for name in names {
                row(
                    kind,
                    name,
                    &v.dimension,
                    String::new(),
                    String::new(),
                    String::new(),
                );
            }
        }
    }
    rows
}

pub(super) fn markdown(out: &mut Page, answer: &DescribeAnswer, receipt: &Receipt) {
    if let Some(since) = &answer.since {
        return changed(out, since, answer);
    }
    if let Some(listed) = &answer.listed {
        return values(out, listed, receipt);
    }
    line(
        out,
        format_args!(
            "**{}**: {} to {}, by {}.\n",
            escape(&receipt.title),
            answer.days.first,
            answer.days.last,
            answer.grain
        ),
    );
    for (i, m) in answer.measures.iter().enumerate() {
        let default = if i == 0 { ", the default" } else { "" };
        line(
            out,
            format_args!(
                "- measure `{}` ({}{default})",
                escape(&m.name),
                escape(&m.unit)
            ),
        );
    }
    for d in &answer.derived {
        line(
            out,
            format_args!(
                "- measure `{}` ({}; {} / {})",
                escape(&d.name),
                escape(&d.unit),
                escape(&d.numerator),
                escape(&d.denominator)
            ),
        );
    }
    for d in &answer.dimensions {
        let parent = d
            .parent
            .as_ref()
            .map_or(String::new(), |p| format!(", belongs to {}", escape(p)));
        line(
            out,
            format_args!(
                "- dimension `{}`: {} values{parent}",
                escape(&d.name),
                counted(d.count)
            ),
        );
    }
    let levels: Vec<String> = levels(&answer.dimensions)
        .iter()
        .map(|chain| chain.join(" > "))
        .collect();
    if !levels.is_empty() {
        line(
            out,
            format_args!(
                "- levels: {}",
                escape(&levels.join("; ")).replace("&gt;", ">")
            ),
        );
    }
    for target in &answer.targets {
        line(out, format_args!("- target {}", told(target)));
    }
    let q = &answer.quality;
    line(
        out,
        format_args!(
            "- quality: {} of {} rows used, {} returned, {} without rows{}",
            counted(q.rows_used),
            counted(q.rows_read),
            counted(q.rows_negative),
            how_many(q.missing.len(), "stretch"),
            q.missing
                .iter()
                .take(3)
                .fold(String::new(), |list, gap| format!("{list}, {gap}"))
        ),
    );
    for note in &q.notes {
        line(out, format_args!("- {}", escape(note)));
    }
}

fn values(out: &mut Page, listed: &Listed, receipt: &Receipt) {
    line(
        out,
        format_args!(
            "**{} of {} values of {}**\n",
            counted(listed.values.len()),
            counted(receipt.rows_total),
            escape(&listed.dimension)
        ),
    );
    for (id, name, parent) in &listed.values {
        let id = if id == name {
            String::new()
        } else {
            format!(" ({})", escape(id))
        };
        let parent = parent
            .as_ref()
            .map_or(String::new(), |p| format!(", {}", escape(p)));
        line(out, format_args!("- {}{id}{parent}", escape(name)));
    }
}

/// `"Texas 2027": 250000 revenue, 2027, operation Dallas`.
fn told(target: &OwnTarget) -> String {
    let mut text = format!("\"{}\": {}", target.name, target.amount);
    if let Some(part) = &target.measure {
        let _ = write!(text, " {part}");
    }
    let _ = write!(text, ", {}", target.period);
    if let Some(part) = &target.operation {
        let _ = write!(text, ", operation {part}");
    }
    for (dimension, names) in &target.filters {
        let _ = write!(text, ", {dimension} {}", names.join(" + "));
    }
    escape(&text)
}

/// What changed since an earlier version.
fn changed(out: &mut Page, since: &DescribeSince, answer: &DescribeAnswer) {
    let (before, after) = since.rows;
    line(
        out,
        format_args!(
            "**Since version {}**: {} rows, {before} before ({:+}); data to {}, {} before.\n",
            since.version,
            after,
            i128::from(after) - i128::from(before),
            answer.days.last,
            since.days.last
        ),
    );
    if let Some((measures, months)) = &since.sums {
        line(
            out,
            format_args!("| Measure | Before | Now | Change |\n|---|--:|--:|--:|"),
        );
        for m in measures {
            let (before, after) = m.sums;
            line(
                out,
                format_args!(
                    "| {} ({}) | {} | {} | {} |",
                    escape(&m.name),
                    escape(&m.unit),
                    number::text(before, m.scale),
                    number::text(after, m.scale),
                    number::signed(after.saturating_sub(before), m.scale)
                ),
            );
        }
        let (known, new): (Vec<_>, Vec<_>) = months.iter().partition(|month| month.known);
        for (what, months) in [("changed", known), ("new", new)] {
            if months.is_empty() {
                continue;
            }
            line(out, format_args!("\n{} months are {what}:", months.len()));
            for month in months.iter().take(out.rows_max) {
                let mut text = format!(
                    "- {}: {:+} rows",
                    crate::model::Period {
                        first: month.month,
                        last: crate::model::Grain::Month.step(month.month, 1).plus(-1),
                    },
                    month.rows.1.saturating_sub(month.rows.0)
                );
                for (m, change) in changes(measures, &month.sums) {
                    let _ = write!(
                        text,
                        ", {} {}",
                        escape(&m.name),
                        number::signed(change, m.scale)
                    );
                }
                line(out, format_args!("{text}"));
            }
        }
        line(out, format_args!(""));
    }
    for v in &since.values {
        for (what, (names, count)) in [("new", &v.added), ("gone", &v.gone)] {
            if *count > 0 {
                let more = match count - names.len() as u64 {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                line(
                    out,
                    format_args!(
                        "- {}: {count} {what}: {}{more}",
                        escape(&v.dimension),
                        escape(&names.join(", "))
                    ),
                );
            }
        }
    }
    for said in &since.schema {
        line(out, format_args!("- {}", escape(said)));
    }
    if let (Some(first), Some(last)) = (since.restated.iter().min(), since.restated.iter().max()) {
        line(
            out,
            format_args!(
                "- {} days between {first} and {last} were corrected",
                since.restated.len()
            ),
        );
    }
    line(
        out,
        format_args!("- not told here: {}", escape(&since.untold.join("; "))),
    );
}
