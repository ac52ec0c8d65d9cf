//! A series in time: its line, and its rolling mean.

use super::draw::{Canvas, Points};
use super::plot::{LEGEND_Y, Plot};
use super::scale::Axis;
use super::theme::Paint;
use super::timeline::Timeline;
use super::{FOOTER_SIZE, Frame, LABEL_SIZE, RIGHT, TITLE_SIZE, words};
use crate::error::{Error, Result};
use crate::model::answer::TrendAnswer;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// Draws a series.
///
/// # Errors
/// `Invalid` when there is nothing to show, `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &TrendAnswer,
) -> Result<String> {
    let natural = |value: i64| number::natural(value, measure.scale);
    // A step that is not complete would look like a fall.
    let complete = answer.steps.iter().map(|s| s.value.filter(|_| s.complete));
    let values: Vec<Option<f64>> = complete.map(|v| v.map(natural)).collect();
    let means: Vec<Option<f64>> = answer.steps.iter().map(|s| s.rolling).collect();
    let start = answer.steps.first().map(|step| step.day);
    let start = start.ok_or_else(|| Error::invalid("nothing is left to draw: widen the period"))?;
    let all = values.iter().chain(&means).flatten().copied();
    let axis = Axis::over(all, 5, measure.scale)?;
    let mut canvas = frame(receipt, measure, answer).canvas();
    let line = Timeline {
        grain: answer.grain,
        start,
        steps: i32::try_from(values.len()).unwrap_or(i32::MAX),
    };
    let plot = Plot::new(&axis, line.steps);
    plot.draw_axes(&mut canvas, &line);
    draw_line(&mut canvas, &plot, Paint::Forecast, &means);
    draw_line(&mut canvas, &plot, Paint::History, &values);
    plot.draw_unit(&mut canvas, measure);
    if let Some(window) = answer.rolling {
        let text = format!("Mean of {window} {}s", answer.grain);
        let x = RIGHT - words::extent(&text, LABEL_SIZE);
        canvas.label(Paint::Ink, LABEL_SIZE, (x, LEGEND_Y), &text);
        let y = LEGEND_Y - 8.0;
        canvas.line(
            Paint::Forecast,
            plot.pen.width.max(3.0),
            "",
            &Points::line([(x - 46.0, y), (x - 10.0, y)]),
        );
    }
    Ok(canvas.finish())
}

/// A line for each run of steps that have a value; a dot where such a run is one step.
fn draw_line(canvas: &mut Canvas, plot: &Plot<'_>, paint: Paint, values: &[Option<f64>]) {
    let mut run: Vec<f64> = Vec::new();
    for (at, value) in values.iter().chain([&None]).enumerate() {
        if let Some(value) = value {
            run.push(*value);
            continue;
        }
        let first = at - run.len();
        match run.as_slice() {
            [] => {}
            [_] => {
                for (x, y) in plot.points(first, &run) {
                    canvas.dot(paint, x, y, 6.0);
                }
            }
            _ => canvas.line(
                paint,
                plot.pen.width,
                "",
                &Points::line(plot.points(first, &run)),
            ),
        }
        run.clear();
    }
}

fn frame(receipt: &Receipt, measure: &MeasureUsed, answer: &TrendAnswer) -> Frame {
    let label = words::fit(&measure.label, TITLE_SIZE, 460.0);
    let title = format!("{label} by {}", answer.grain);
    let title = super::titled(&title, receipt);
    let subtitle = super::as_of(&super::period(receipt.period), receipt);
    let all = answer
        .total
        .map_or("–".into(), |v| number::text(v, measure.scale));
    let unit = words::fit(&measure.unit, FOOTER_SIZE, 160.0);
    let word = if measure.ratio.is_some() {
        "Overall"
    } else {
        "Total"
    };
    let total = format!("{word} {all} {unit}");
    Frame {
        description: format!("{title}. {subtitle}. {total}."),
        title,
        subtitle,
        footers: [total, super::source(receipt)],
    }
}
