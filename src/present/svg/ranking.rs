//! A ranking: a bar a row, with name, value and share of the total.

use super::draw::{Anchor, Canvas, Points};
use super::scale::{self, Axis, Style};
use super::theme::Paint;
use super::timeline::{self, steps};
use super::{FOOTER_SIZE, Frame, LABEL_SIZE, MARGIN, RIGHT, TITLE_SIZE, words};
use crate::error::Result;
use crate::limits;
use crate::model::answer::{TopAnswer, TopRow};
use crate::model::calendar::Grain;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

const TOP: f64 = 124.0;
const BOTTOM: f64 = 586.0;
const NAME_WIDTH_MAX: f64 = 430.0;
const BAR_MAX: f64 = 54.0;

/// Draws a ranking.
///
/// # Errors
/// `Internal` for values that cannot be drawn.
pub(super) fn draw(receipt: &Receipt, measure: &MeasureUsed, answer: &TopAnswer) -> Result<String> {
    let rows = answer
        .rows
        .get(..limits::CHART_ROWS_MAX)
        .unwrap_or(&answer.rows);
    let mut canvas = frame(receipt, measure, answer, rows).canvas();
    if rows.is_empty() {
        canvas.open_texts(Paint::Muted, TITLE_SIZE, false);
        canvas.text(super::WIDTH / 2.0, 370.0, Anchor::Middle, "No rows match");
        return Ok(canvas.finish());
    }
    let pitch = (BOTTOM - TOP) / steps(rows.len());
    let size = (pitch * 0.62).clamp(20.0, 25.0);
    let names: Vec<String> = rows
        .iter()
        .map(|row| words::fit(&row.name, size, NAME_WIDTH_MAX))
        .collect();
    let values = labels(measure, answer, rows);
    let widest = |texts: &[String]| {
        texts
            .iter()
            .map(|text| words::extent(text, size))
            .fold(0.0, f64::max)
    };
    let left = MARGIN + widest(&names).max(80.0) + 18.0;
    let right = RIGHT - widest(&values) - 12.0;
    let natural = |row: &TopRow| number::natural(row.value, measure.scale);
    let axis = Axis::over(rows.iter().map(natural).chain([0.0]), 4, measure.scale)?;
    let x = |value: f64| left + (right - left) * axis.place(value);
    draw_axis(&mut canvas, &axis, measure, &x);
    let thickness = (pitch * 0.68).min(BAR_MAX);
    for (i, (row, (name, value))) in rows.iter().zip(names.iter().zip(&values)).enumerate() {
        let middle = TOP + pitch * (steps(i) + 0.5);
        let (from, to) = (x(natural(row).min(0.0)), x(natural(row).max(0.0)));
        canvas.rect(
            Paint::Bar,
            from,
            middle - thickness / 2.0,
            to - from,
            thickness,
        );
        let baseline = middle + size * 0.35;
        canvas.label(Paint::Ink, size, (MARGIN, baseline), name);
        canvas.label(Paint::Ink, size, (to + 10.0, baseline), value);
    }
    let zero = x(0.0);
    canvas.line(
        Paint::Axis,
        1.5,
        "",
        &Points::line([(zero, TOP), (zero, BOTTOM)]),
    );
    Ok(canvas.finish())
}

fn draw_axis(canvas: &mut Canvas, axis: &Axis, measure: &MeasureUsed, x: &dyn Fn(f64) -> f64) {
    for (value, _) in &axis.ticks {
        let at = x(*value);
        canvas.line(
            Paint::Grid,
            1.5,
            "",
            &Points::line([(at, TOP), (at, BOTTOM)]),
        );
    }
    canvas.open_texts(Paint::Muted, LABEL_SIZE, false);
    for (value, label) in &axis.ticks {
        canvas.text(x(*value), BOTTOM + 34.0, Anchor::Middle, label);
    }
    let unit = words::fit(&super::unit(measure), LABEL_SIZE, 160.0);
    canvas.text(MARGIN, BOTTOM + 34.0, Anchor::Start, &unit);
    canvas.close();
}

/// Value and share of each row.
fn labels(measure: &MeasureUsed, answer: &TopAnswer, rows: &[TopRow]) -> Vec<String> {
    let sizes = rows
        .iter()
        .map(|row| number::natural(row.value, measure.scale).abs());
    let style = Style::up_to(sizes.fold(0.0, f64::max), measure.scale);
    rows.iter()
        .map(|row| {
            let value = style.write(i128::from(row.value));
            match scale::share(row.value, answer.total).filter(|_| measure.ratio.is_none()) {
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
    let is_ascending =
        matches!((rows.first(), rows.last()), (Some(a), Some(b)) if a.value < b.value);
    let which = if is_ascending { "lowest" } else { "top" };
    let all = receipt.rows_total.max(receipt.rows);
    let count = match rows.len() {
        0 => "no rows".to_owned(),
        n => format!("{which} {n} of {}", grouped(all)),
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
