//! A ranking in each format; of several, one in each value of a dimension, the text has a row each.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::csv::cell;
use super::json::object;
use super::markdown::{Page, amount, escape, line, where_clause};
use super::number;
use crate::limits;
use crate::model::answer::{Before, TopAgainst, TopAnswer, TopPer, TopRow};
use crate::model::query::Order;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::model::wording::counted;

/// Values of several rankings that a text shows beside each other, if it is no long one.
const BEST_SHOWN: usize = 36;
/// The most of one ranking.
const BEST_MAX: usize = 5;

pub(super) fn json(answer: &TopAnswer, scale: u8) -> Map<String, Value> {
    let rows: Vec<Value> = answer
        .grouped()
        .map(|(group, row)| {
            let mut out = object(json!({
                "rank": row.rank, "id": row.id, "name": row.name, "value": number::json(row.value, scale),
            }));
            if let Some(group) = group {
                out.insert("group".into(), json!(group.name));
            }
            for (name, share) in [("share", row.share), ("cumulative_share", row.cumulative)] {
                if let Some(share) = share {
                    out.insert(name.into(), number::ratio(share));
                }
            }
            match row.before {
                Some(Before::At { rank, value }) => {
                    out.insert("rank_before".into(), json!(rank));
                    out.insert("rank_change".into(), json!(moved(row.rank, rank)));
                    out.insert("value_before".into(), number::json(value, scale));
                }
                Some(Before::New) => {
                    out.insert("new".into(), json!(true));
                }
                None => {}
            }
            Value::Object(out)
        })
        .collect();
    let mut out = object(json!({
        "answer": "top", "by": answer.by, "rows": rows, "total": number::json(answer.total, scale),
    }));
    if let Some(per) = &answer.per {
        let groups = per.groups.iter().map(|group| {
            let mut out = object(json!({
                "id": group.id, "name": group.name, "total": number::json(group.total, scale),
                "rows": group.rows, "rows_total": group.rows_total,
            }));
            if let Some(share) = group.share {
                out.insert("share".into(), number::ratio(share));
            }
            Value::Object(out)
        });
        out.insert("groups".into(), groups.collect());
        out.insert("per".into(), json!(per.per));
    }
    if let Some(TopAgainst {
        compared,
        rows_total,
        gone,
    }) = &answer.against
    {
        out.insert(
            "against".into(),
            json!({
                "label": compared.label, "from": compared.period.first, "to": compared.period.last, "how": compared.how,
                "total": number::json_or_null(compared.value, scale), "rows_total": rows_total, "gone": gone,
            }),
        );
    }
    out
}

/// How many ranks it rose; below 0 how many it fell.
fn moved(rank: u32, before: u32) -> i64 {
    i64::from(before) - i64::from(rank)
}

pub(super) fn csv(answer: &TopAnswer, scale: u8, unit: &str) -> Vec<Vec<String>> {
    let mut head = Vec::new();
    if let Some(per) = &answer.per {
        head.extend([cell(&format!("{}_id", per.per)), cell(&per.per)]);
    }
    head.extend([
        "rank".into(),
        cell(&format!("{}_id", answer.by)),
        cell(&answer.by),
        cell(unit),
        "share".into(),
        "cumulative_share".into(),
    ]);
    if answer.against.is_some() {
        head.extend([
            "rank_before".into(),
            "rank_change".into(),
            cell(&format!("{unit}_before")),
        ]);
    }
    let share = |share: Option<f64>| {
        share.map_or(String::new(), |share| {
            number::plain(number::round(share, 4), 4)
        })
    };
    let rows = answer.grouped().map(|(group, row)| {
        let mut cells = Vec::new();
        if let Some(group) = group {
            cells.extend([cell(&group.id), cell(&group.name)]);
        }
        cells.extend([
            row.rank.to_string(),
            cell(&row.id),
            cell(&row.name),
            number::plain(row.value, scale),
            share(row.share),
            share(row.cumulative),
        ]);
        match row.before {
            Some(Before::At { rank, value }) => cells.extend([
                rank.to_string(),
                moved(row.rank, rank).to_string(),
                number::plain(value, scale),
            ]),
            Some(Before::New) => cells.extend([String::new(), "new".into(), String::new()]),
            None => {}
        }
        cells
    });
    std::iter::once(head).chain(rows).collect()
}

pub(super) fn markdown(out: &mut Page, answer: &TopAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    if answer.rows.is_empty() {
        let label = escape(&measure.label.to_lowercase());
        line(
            out,
            format_args!(
                "**Nothing to rank by {label}**{}, {}.",
                where_clause(receipt),
                receipt.period
            ),
        );
        return;
    }
    headline(out, answer, receipt, measure);
    match &answer.per {
        Some(per) => per_group(out, answer, per, measure),
        None => one(out, answer, measure),
    }
}

fn headline(out: &mut Page, answer: &TopAnswer, receipt: &Receipt, measure: &MeasureUsed) {
    let which = match answer.order {
        Order::Desc => "top",
        Order::Asc => "bottom",
    };
    let name = measure.label.to_lowercase();
    let count = match (&answer.per, answer.rows.first()) {
        (Some(per), _) => {
            let most = per.groups.iter().map(|g| g.rows).max().unwrap_or(0);
            let (shown, all) = (per.groups.len(), per.groups_total);
            let of = if shown < all {
                format!("{} of {}", counted(shown), counted(all))
            } else {
                counted(all)
            };
            format!(
                "{}: {which} {most} by {name} in each {} ({of})",
                answer.by_label, per.per
            )
        }
        (None, Some(first)) if first.rank > 1 => {
            let last = answer.rows.last().map_or(0, |row| row.rank);
            let (first, last) = (counted(first.rank), counted(last));
            let all = counted(receipt.rows_total);
            format!("{which} {first} to {last} of {all} by {name}")
        }
        _ => format!(
            "{which} {} of {} by {name}",
            counted(answer.rows.len()),
            counted(receipt.rows_total)
        ),
    };
    let against = answer.against.as_ref().map_or(String::new(), |against| {
        let before = against.compared.value.map_or(String::new(), |value| {
            format!(": {}", number::text(value, measure.scale))
        });
        let gone = match against.gone {
            0 => String::new(),
            gone => format!(", {} sold only then", counted(gone)),
        };
        format!(
            "; before is {}, {}{before}{gone}",
            escape(&against.compared.label),
            against.compared.period
        )
    });
    line(
        out,
        format_args!(
            "**{}**{}, {}; {} {}{against}.\n",
            escape(&capital(&count)),
            where_clause(receipt),
            receipt.period,
            if measure.ratio.is_some() {
                "overall"
            } else {
                "total"
            },
            amount(answer.total, measure),
        ),
    );
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn one(out: &mut Page, answer: &TopAnswer, measure: &MeasureUsed) {
    let (what, unit) = (escape(&answer.by_label), escape(&measure.unit));
    let shares = measure.ratio.is_none();
    let (mut head, mut rule) = (
        format!("| # | {what} | {unit} |"),
        "|--:|---|--:|".to_owned(),
    );
    if answer.against.is_some() {
        head.push_str(" Before | Was # |");
        rule.push_str("--:|--:|");
    }
    if shares {
        head.push_str(" Share | Together |");
        rule.push_str("--:|--:|");
    }
    line(out, format_args!("{head}\n{rule}"));
    let percent = |share: Option<f64>| share.map_or("–".into(), number::percent);
    for row in answer.rows.iter().take(out.rows_max) {
        let id = if row.id == row.name {
            String::new()
        } else {
            format!(" ({})", escape(&row.id))
        };
        let mut text = format!(
            "| {} | {}{id} | {} |",
            row.rank,
            escape(&row.name),
            number::text(row.value, measure.scale)
        );
        match row.before {
            Some(Before::At { rank, value }) => {
                let value = number::text(value, measure.scale);
                let _ = write!(text, " {value} | {rank}{} |", change(row, rank));
            }
            Some(Before::New) => text.push_str(" – | new |"),
            None => {}
        }
        if shares {
            let (share, together) = (percent(row.share), percent(row.cumulative));
            let _ = write!(text, " {share} | {together} |");
        }
        line(out, format_args!("{text}"));
    }
    more(out, answer.rows.len(), "rows");
}

/// ` (+2)` for two ranks up.
fn change(row: &TopRow, before: u32) -> String {
    match moved(row.rank, before) {
        0 => String::new(),
        by => format!(" ({by:+})"),
    }
}

/// A row for each group: its total, how many values it has, and the first of them.
fn per_group(out: &mut Page, answer: &TopAnswer, per: &TopPer, measure: &MeasureUsed) {
    let shown = per.groups.len().min(out.rows_max).max(1);
    let most = per.groups.iter().map(|g| g.rows).max().unwrap_or(0);
    let columns = if out.rows_max > limits::TEXT_ROWS_DEFAULT {
        BEST_MAX
    } else {
        (BEST_SHOWN / shown).clamp(1, BEST_MAX)
    };
    let columns = columns.min(most);
    let mut head = format!(
        "| {} | {} | Share | Of |",
        escape(&per.per_label),
        escape(&measure.unit)
    );
    let mut rule = String::from("|---|--:|--:|--:|");
    for rank in 1..=columns {
        let _ = write!(head, " {rank} |");
        rule.push_str("---|");
    }
    line(out, format_args!("{head}\n{rule}"));
    let mut rest = answer.rows.as_slice();
    for group in per.groups.iter().take(out.rows_max) {
        let (rows, others) = rest.split_at(group.rows.min(rest.len()));
        rest = others;
        let mut text = format!(
            "| {} | {} | {} | {} |",
            escape(&group.name),
            number::text(group.total, measure.scale),
            group.share.map_or("–".into(), number::percent),
            counted(group.rows_total)
        );
        for row in rows.iter().take(columns) {
            let was = match row.before {
                Some(Before::At { rank, .. }) => format!(", was {rank}"),
                Some(Before::New) => ", new".into(),
                None => String::new(),
            };
            let _ = write!(
                text,
                " {}: {}{was} |",
                escape(&row.name),
                number::text(row.value, measure.scale)
            );
        }
        for _ in rows.len()..columns {
            text.push_str(" |");
        }
        line(out, format_args!("{text}"));
    }
    if columns < most {
        line(
            out,
            format_args!("\nThe first {most} of each are behind the links below."),
        );
    }
    more(out, per.groups.len(), &escape(&per.per));
}

fn more(out: &mut Page, rows: usize, what: &str) {
    let hidden = rows.saturating_sub(out.rows_max);
    if hidden > 0 {
        line(
            out,
            format_args!("\n{} more {what} by the links below.", counted(hidden)),
        );
    }
}
