//! A bar a row, to the right of zero or to its left, with its name and what is written at its end.

use super::draw::{Anchor, Canvas, Points};
use super::scale::Axis;
use super::theme::Paint;
use super::timeline::steps;
use super::{Frame, LABEL_SIZE, MARGIN, RIGHT, TITLE_SIZE, words};
use crate::error::Result;
use crate::model::receipt::MeasureUsed;

const TOP: f64 = 124.0;
const BOTTOM: f64 = 586.0;
const NAME_WIDTH_MAX: f64 = 430.0;
const BAR_MAX: f64 = 54.0;

/// One bar.
pub(super) struct Bar {
    /// What it is of.
    pub(super) name: String,
    /// How long it is, in the measure's own unit.
    pub(super) value: f64,
    /// What is written at its end.
    pub(super) label: String,
}

/// Draws bars.
///
/// # Errors
/// `Internal` for values that cannot be drawn.
pub(super) fn draw(frame: &Frame, measure: &MeasureUsed, bars: &[Bar]) -> Result<String> {
    let mut canvas = frame.canvas();
    if bars.is_empty() {
        canvas.open_texts(Paint::Muted, TITLE_SIZE, false);
        canvas.text(super::WIDTH / 2.0, 370.0, Anchor::Middle, "No rows match");
        return Ok(canvas.finish());
    }
    let pitch = (BOTTOM - TOP) / steps(bars.len());
    let size = (pitch * 0.62).clamp(20.0, 25.0);
    let names: Vec<String> = bars
        .iter()
        .map(|bar| words::fit(&bar.name, size, NAME_WIDTH_MAX))
        .collect();
    let widest = |texts: &mut dyn Iterator<Item = &String>| {
        texts
            .map(|text| words::extent(text, size))
            .fold(0.0, f64::max)
    };
    let left = MARGIN + widest(&mut names.iter()).max(80.0) + 18.0;
    let right = RIGHT - widest(&mut bars.iter().map(|bar| &bar.label)) - 12.0;
    let axis = Axis::over(
        bars.iter().map(|bar| bar.value).chain([0.0]),
        4,
        measure.scale,
    )?;
    let x = |value: f64| left + (right - left) * axis.place(value);
    draw_axis(&mut canvas, &axis, measure, &x);
    let thickness = (pitch * 0.68).min(BAR_MAX);
    for (i, (bar, name)) in bars.iter().zip(&names).enumerate() {
        let middle = TOP + pitch * (steps(i) + 0.5);
        let (from, to) = (x(bar.value.min(0.0)), x(bar.value.max(0.0)));
        canvas.rect(
            Paint::Bar,
            from,
            middle - thickness / 2.0,
            to - from,
            thickness,
        );
        let baseline = middle + size * 0.35;
        canvas.label(Paint::Ink, size, (MARGIN, baseline), name);
        canvas.label(Paint::Ink, size, (to + 10.0, baseline), &bar.label);
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
