//! The portfolio in classes, in each format.

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::{Page, amount, escape, line, where_clause};
use super::{csv as cells, number};
use crate::model::Grain;
use crate::model::answer::{SegmentCell, SegmentList, SegmentRow, SegmentTrend, SegmentsAnswer};
use crate::model::query::Class;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::model::wording::counted;

/// Names of a list in text.
const NAMED_MAX: usize = 3;

pub(super) fn json(answer: &SegmentsAnswer, scale: u8) -> Map<String, Value> {
    let cells: Vec<Value> = answer
        .cells
        .iter()
        .map(|cell| {
            json!({
                "abc": cell.abc.name(), "xyz": cell.xyz.map(Class::name), "count": cell.count,
                "sum": number::json(cell.sum, scale),
            })
        })
        .collect();
    let demand: Map<String, Value> = answer
        .demand
        .iter()
        .map(|(class, count)| (class.name().into(), json!(count)))
        .collect();
    let rows = answer.page().iter();
    let rows: Vec<Value> = rows.map(|r| Value::Object(row(r, scale))).collect();
    let cuts = &answer.cuts;
    let mut out = object(json!({
        "answer": "segments", "by": answer.by, "months": answer.months, "values": answer.values,
        "total": number::json(answer.total, scale), "cells": cells, "demand": demand, "rows": rows,
        "cuts": {
            "a": cuts.a, "b": cuts.b, "x": cuts.x, "y": cuts.y,
            "dormant_months": cuts.dormant_months, "new_months": cuts.new_months,
        },
    }));
    if let Some(class) = answer.segment {
        out.insert("segment".into(), json!(class.name()));
    }
    if !answer.lists.is_empty() {
        let lists: Map<String, Value> = answer
            .lists
            .iter()
            .map(|list| (list.class.name().into(), listed(list, scale)))
            .collect();
        out.insert("lists".into(), Value::Object(lists));
    }
    out
}

/// The class of a trend.
fn direction(trend: &SegmentTrend) -> &'static str {
    trend.class.map_or("steady", Class::name)
}

/// A change per month, which is not rounded, as a scaled integer.
fn per_month(row: &SegmentRow) -> Option<i64> {
    row.trend.as_ref().map(|t| number::round(t.per_month, 0))
}

fn row(row: &SegmentRow, scale: u8) -> Map<String, Value> {
    let mut out = object(json!({
        "id": row.id, "name": row.name, "value": number::json(row.value, scale), "abc": row.abc.name(),
    }));
    for (name, share) in [
        ("share", row.share),
        ("cumulative_share", row.cumulative_share),
        ("cv", row.cv),
    ] {
        if let Some(share) = share {
            out.insert(name.into(), number::ratio(share));
        }
    }
    let trend = row.trend.as_ref().map(direction);
    for (name, class) in [
        ("xyz", row.xyz.map(Class::name)),
        ("demand", row.demand.map(Class::name)),
        ("trend", trend),
    ] {
        if let Some(class) = class {
            out.insert(name.into(), json!(class));
        }
    }
    for (name, is_so) in [("new", row.is_new), ("dormant", row.is_dormant)] {
        if is_so {
            out.insert(name.into(), json!(true));
        }
    }
    out
}

fn listed(list: &SegmentList, scale: u8) -> Value {
    let rows: Vec<Value> = list
        .rows
        .iter()
        .map(|row| {
            let mut out = object(json!({
                "id": row.id, "name": row.name, "value": number::json(row.value, scale),
            }));
            match (list.class, &row.trend) {
                (Class::New, _) => {
                    out.insert("first_month".into(), json!(row.first_sale));
                }
                (Class::Dormant, _) => {
                    out.insert("last_month".into(), json!(row.last_sale));
                    let sold = number::json(row.all_months, scale);
                    out.insert("all_months".into(), sold);
                }
                (_, Some(trend)) => {
                    let change = number::json_or_null(per_month(row), scale);
                    out.insert("change_per_month".into(), change);
                    out.insert("p_value".into(), number::ratio(trend.p_value));
                    out.insert("year_over_year".into(), json!(trend.year_over_year));
                }
                _ => {}
            }
            Value::Object(out)
        })
        .collect();
    json!({"count": list.count, "rows": rows})
}

pub(super) fn csv(answer: &SegmentsAnswer, scale: u8, unit: &str) -> Vec<Vec<String>> {
    let mut head = vec![
        cells::cell(&format!("{}_id", answer.by)),
        cells::cell(&answer.by),
        cells::cell(unit),
    ];
    head.extend(
        [
            "share",
            "cumulative_share",
            "abc",
            "xyz",
            "cv",
            "demand",
            "trend",
            "change_per_month",
            "p_value",
            "new",
            "dormant",
            "first_month",
            "last_month",
        ]
        .map(String::from),
    );
    let ratio = |v: Option<f64>| v.map_or(String::new(), |v| number::plain(number::round(v, 4), 4));
    let name = |class: Option<Class>| class.map_or(String::new(), |c| c.name().into());
    let rows = answer.rows.iter().map(|row| {
        let trend = row.trend.as_ref();
        let change = per_month(row).map(|v| number::plain(v, scale));
        vec![
            cells::cell(&row.id),
            cells::cell(&row.name),
            number::plain(row.value, scale),
            ratio(row.share),
            ratio(row.cumulative_share),
            row.abc.name().into(),
            name(row.xyz),
            ratio(row.cv),
            name(row.demand),
            trend.map_or(String::new(), |t| direction(t).into()),
            change.unwrap_or_default(),
            ratio(trend.map(|t| t.p_value)),
            row.is_new.to_string(),
            row.is_dormant.to_string(),
            row.first_sale.map_or(String::new(), |d| d.to_string()),
            row.last_sale.map_or(String::new(), |d| d.to_string()),
        ]
    });
    std::iter::once(head).chain(rows).collect()
}

pub(super) fn markdown(out: &mut Page, answer: &SegmentsAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    let by = escape(&answer.by_label.to_lowercase());
    if answer.values == 0 {
        line(out, format_args!("**No {by} to put into classes.**"));
        return;
    }
    let best = answer.cells.iter().filter(|c| c.abc == Class::A);
    let (count, sum) = best.fold((0, 0_i64), |(n, sum), cell| {
        (n + cell.count, sum.saturating_add(cell.sum))
    });
    line(
        out,
        format_args!(
            "**{} by class of {by}**{}, {}: class A is {count} of {}, with {} of {}.\n",
            escape(&measure.label),
            where_clause(receipt),
            receipt.period,
            answer.values,
            part(sum, answer.total),
            amount(answer.total, measure)
        ),
    );
    match answer.segment {
        Some(class) => one_class(out, answer, class, receipt, measure),
        None => overview(out, answer, measure),
    }
    let cuts = &answer.cuts;
    line(
        out,
        format_args!(
            "\nA to {} %, B to {} % of the sum; X below {}, Y below {} (variation of months, {} to {}); new: first sale in the last {} months; dormant: none in the last {}; trends at 5 % significance.",
            hundredths(cuts.a),
            hundredths(cuts.b),
            number::plain(number::round(cuts.x, 1), 1),
            number::plain(number::round(cuts.y, 1), 1),
            month(answer.months.first),
            month(answer.months.last),
            cuts.new_months,
            cuts.dormant_months
        ),
    );
}

/// A share in whole percent.
fn hundredths(share: f64) -> String {
    number::plain(number::round(share, 2), 0)
}

/// `2026-03`.
fn month(day: crate::model::Day) -> String {
    let text = Grain::Month.floor(day).to_string();
    text.get(..7).unwrap_or(&text).to_owned()
}

fn part(sum: i64, total: i64) -> String {
    if total > 0 {
        number::percent(number::natural(sum, 0) / number::natural(total, 0))
    } else {
        "–".into()
    }
}

/// The table of classes, and who is new, dormant, rising and falling.
fn overview(out: &mut Page, answer: &SegmentsAnswer, measure: &MeasureUsed) {
    let has_unknown = answer.cells.iter().any(|cell| cell.xyz.is_none());
    let columns = [Class::X, Class::Y, Class::Z].map(Some);
    let unknown = has_unknown.then_some(None);
    let columns: Vec<Option<Class>> = columns.into_iter().chain(unknown).collect();
    let (mut head, mut rule) = (
        "| Count, share | X steady | Y variable | Z irregular |".to_owned(),
        "|---|--:|--:|--:|".to_owned(),
    );
    if has_unknown {
        head.push_str(" unclear |");
        rule.push_str("--:|");
    }
    line(out, format_args!("{head}\n{rule}"));
    for abc in [Class::A, Class::B, Class::C] {
        let of = |xyz: &Option<Class>| {
            let mut cells = answer.cells.iter();
            let found = cells.find(|cell| cell.abc == abc && cell.xyz == *xyz);
            found.map_or("–".to_owned(), |cell: &SegmentCell| {
                format!("{}, {}", cell.count, part(cell.sum, answer.total))
            })
        };
        let cells: Vec<String> = columns.iter().map(of).collect();
        line(out, format_args!("| {abc} | {} |", cells.join(" | ")));
    }
    let demand: Vec<String> = answer
        .demand
        .iter()
        .map(|(class, count)| format!("{count} {class}"))
        .collect();
    if !demand.is_empty() {
        line(out, format_args!("\nDemand: {}.", demand.join(", ")));
    }
    for list in &answer.lists {
        let text = named(list.class, list.count, &list.rows, measure);
        line(out, format_args!("- {text}"));
    }
}

/// How many there are of a class, and the first of them with what is behind it.
fn named(class: Class, count: u32, rows: &[SegmentRow], measure: &MeasureUsed) -> String {
    let names: Vec<String> = rows
        .iter()
        .take(NAMED_MAX)
        .map(|row| format!("{} ({})", escape(&row.name), figure(class, row, measure)))
        .collect();
    let more = if count as usize > names.len() {
        ", ..."
    } else {
        ""
    };
    format!("{count} {class}: {}{more}", names.join(", "))
}

/// What is behind a class, in few words.
fn figure(class: Class, row: &SegmentRow, measure: &MeasureUsed) -> String {
    let since = |day: Option<crate::model::Day>| day.map_or("–".to_owned(), month);
    match class {
        Class::New => format!(
            "since {}, {}",
            since(row.first_sale),
            amount(row.value, measure)
        ),
        Class::Dormant => format!("last in {}", since(row.last_sale)),
        Class::Rising | Class::Falling => {
            let change = per_month(row).unwrap_or(0);
            format!(
                "{} {} a month",
                number::signed(change, measure.scale),
                escape(&measure.unit)
            )
        }
        _ => amount(row.value, measure),
    }
}

/// The rows of one class.
fn one_class(
    out: &mut Page,
    answer: &SegmentsAnswer,
    class: Class,
    receipt: &Receipt,
    measure: &MeasureUsed,
) {
    if answer.rows.is_empty() {
        line(out, format_args!("None is {class}."));
        return;
    }
    if out.rows_max == 0 {
        let text = named(class, receipt.rows_total, &answer.rows, measure);
        line(out, format_args!("{text}"));
        return;
    }
    let is_told = matches!(
        class,
        Class::New | Class::Dormant | Class::Rising | Class::Falling
    );
    let (head, rule) = if is_told {
        (" Figure |", "---|")
    } else {
        ("", "")
    };
    line(
        out,
        format_args!("{} of class {class}:\n", receipt.rows_total),
    );
    line(
        out,
        format_args!(
            "| {} | {} | Share | Class | Demand |{head}\n|---|--:|--:|---|---|{rule}",
            escape(&answer.by_label),
            escape(&measure.unit),
        ),
    );
    let page = answer.page();
    for row in page.iter().take(out.rows_max) {
        let figure = if is_told {
            format!(" {} |", figure(class, row, measure))
        } else {
            String::new()
        };
        line(
            out,
            format_args!(
                "| {} | {} | {} | {}{} | {} |{figure}",
                escape(&row.name),
                number::text(row.value, measure.scale),
                row.share.map_or("–".into(), number::percent),
                row.abc,
                row.xyz.map_or("", Class::name),
                row.demand.map_or("–", Class::name)
            ),
        );
    }
    let more = answer.rows.len() - page.len().min(out.rows_max);
    if more > 0 {
        line(
            out,
            format_args!("\n{} more rows: all are in the CSV below.", counted(more)),
        );
    }
}
