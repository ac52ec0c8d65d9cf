//! A ranking: a bar a row, with name, value and share of the total.

use super::bars::{self, Bar};
use super::scale::{self, Style};
use super::timeline;
use super::{FOOTER_SIZE, Frame, TITLE_SIZE, words};
use crate::error::Result;
use crate::limits;
use crate::model::answer::{Before, TopAnswer, TopRow};
use crate::model::calendar::Grain;
use crate::model::query::Order;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// Draws a ranking.
///
/// # Errors
/// `Internal` for values that cannot be drawn.
pub(super) fn draw(receipt: &Receipt, measure: &MeasureUsed, answer: &TopAnswer) -> Result<String> {
    let rows = answer
        .rows
        .get(..limits::CHART_ROWS_MAX)
        .unwrap_or(&answer.rows);
    let labels = labels(measure, answer, rows);
    let bars = answer
        .grouped()
        .zip(labels)
        .map(|((group, row), label)| Bar {
            name: group.map_or_else(
                || row.name.clone(),
                |group| format!("{}: {}", group.name, row.name),
            ),
            value: number::natural(row.value, measure.scale),
            label,
        });
    bars::draw(
        &frame(receipt, measure, answer, rows),
        measure,
        &bars.collect::<Vec<_>>(),
    )
}

/// Value and share of each row.
fn labels(measure: &MeasureUsed, answer: &TopAnswer, rows: &[TopRow]) -> Vec<String> {
    let sizes = rows
        .iter()
        .map(|row| number::natural(row.value, measure.scale).abs());
    let style = Style::up_to(sizes.fold(0.0, f64::max), measure.scale);
    rows.iter()
        .map(|row| {
            let mut value = style.write(i128::from(row.value));
            match row.before {
                Some(Before::At { rank, .. }) => value = format!("{value} · was #{rank}"),
                Some(Before::New) => value.push_str(" · new"),
                None => {}
            }
            match scale::share(row.value, answer.total)
                .filter(|_| measure.ratio.is_none() && answer.per.is_none())
            {
                Some(share) => format!("{value} · {share}"),
                None => value,
            }
        })
        .collect()
}

fn frame(receipt: &Receipt, measure: &MeasureUsed, answer: &TopAnswer, rows: &[TopRow]) -> Frame {
    let label = words::fit(&measure.label, TITLE_SIZE, 460.0);
    let by = words::fit(&answer.by_label.to_lowercase(), TITLE_SIZE, 300.0);
    let title = match super::scope(receipt, TITLE_SIZE, 420.0) {
        Some(scope) => format!("{label} by {by}: {scope}"),
        None => format!("{label} by {by}"),
    };
    let is_ascending = answer.order == Order::Asc
        || matches!((rows.first(), rows.last()), (Some(a), Some(b)) if answer.per.is_none() && a.value < b.value);
    let which = if is_ascending { "lowest" } else { "top" };
    let all = receipt.rows_total.max(receipt.rows);
    let count = match rows.len() {
        0 => "no rows".to_owned(),
        n => match &answer.per {
            Some(per) => format!(
                "{which} of each {}, largest first",
                words::fit(&per.per_label.to_lowercase(), TITLE_SIZE, 200.0)
            ),
            None => format!("{which} {n} of {}", grouped(all)),
        },
    };
    let subtitle = format!(
        "{}, {count}, as of {}",
        super::period(receipt.period),
        timeline::in_words(Grain::Day, receipt.as_of)
    );
    let unit = words::fit(&measure.unit, FOOTER_SIZE, 160.0);
    let total = Style::up_to(
        number::natural(answer.total, measure.scale).abs(),
        measure.scale,
    )
    .write(i128::from(answer.total));
    let mut shares = match &measure.ratio {
        Some(ratio) => format!("{ratio}; overall {total} {unit}"),
        None if answer.per.is_some() => format!("Of all: {total} {unit}"),
        None => format!("Shares are of the total, {total} {unit}"),
    };
    if answer.rows.len() > rows.len() {
        shares = format!(
            "{shares}; {} of {} rows are drawn, json and csv have all",
            rows.len(),
            grouped(u32::try_from(answer.rows.len()).unwrap_or(u32::MAX))
        );
    }
    if rows.is_empty() {
        shares.clear();
    }
    let first = rows.first().map_or_else(String::new, |row| {
        format!(". First: {}.", words::fit(&row.name, 10.0, 1_000.0))
    });
    Frame {
        description: format!("{title}. {subtitle}. {shares}{first}"),
        title,
        subtitle,
        footers: [shares, super::source(receipt)],
    }
}

fn grouped(count: u32) -> String {
    Style::up_to(1e6, 0).write(i128::from(count))
}
