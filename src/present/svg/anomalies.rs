//! What is odd: the line, the range that was expected, and a dot for each step that left it.

use super::draw::{Canvas, Points};
use super::plot::{LEGEND_Y, Plot};
use super::scale::Axis;
use super::theme::Paint;
use super::timeline::{Timeline, steps};
use super::{FOOTER_SIZE, Frame, LABEL_SIZE, RIGHT, TITLE_SIZE, words};
use crate::error::{Error, Result};
use crate::model::answer::AnomaliesAnswer;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// Opacity of the expected range.
const BAND_OPACITY: &str = "0.2";

/// Draws what is odd in everything; the findings in single values have no line here.
///
/// # Errors
/// `Invalid` when there is nothing to show, `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &AnomaliesAnswer,
) -> Result<String> {
    let start = answer.steps.first().map(|step| step.day);
    let start = start.ok_or_else(|| Error::invalid("nothing is left to draw: widen the period"))?;
    let natural = |value: i64| number::natural(value, measure.scale);
    let end = |value: f64| natural(number::round(value, 0));
    let values: Vec<f64> = answer.steps.iter().map(|s| natural(s.value)).collect();
    let ranges = answer.steps.iter().filter_map(|step| step.range);
    let (lower, upper): (Vec<f64>, Vec<f64>) = ranges.map(|r| (end(r.lower), end(r.upper))).unzip();
    let all = values.iter().chain(&lower).chain(&upper).copied();
    let axis = Axis::over(all, 5, measure.scale)?;
    let mut canvas = frame(receipt, measure, answer).canvas();
    let line = Timeline {
        grain: answer.grain,
        start,
        steps: i32::try_from(values.len()).unwrap_or(i32::MAX),
    };
    let plot = Plot::new(&axis, line.steps);
    plot.draw_axes(&mut canvas, &line);
    if lower.len() == values.len() && values.len() > 1 {
        let there = plot.points(0, &upper);
        let back = plot.points(0, &lower).rev();
        canvas.area(Paint::Band, BAND_OPACITY, &Points::area(there.chain(back)));
    }
    let points = Points::line(plot.points(0, &values));
    canvas.line(Paint::History, plot.pen.width, "", &points);
    for finding in answer.findings.iter().filter(|f| f.of.is_none()) {
        let at = answer
            .steps
            .iter()
            .position(|s| s.day == finding.period.first);
        if let Some((at, value)) = at.and_then(|at| Some((at, values.get(at)?))) {
            canvas.dot(Paint::Forecast, plot.x(steps(at)), plot.y(*value), 7.0);
        }
    }
    plot.draw_unit(&mut canvas, measure);
    legend(&mut canvas);
    Ok(canvas.finish())
}

fn legend(canvas: &mut Canvas) {
    let y = LEGEND_Y - 8.0;
    let text = "Odd";
    let x = RIGHT - words::extent(text, LABEL_SIZE);
    canvas.label(Paint::Ink, LABEL_SIZE, (x, LEGEND_Y), text);
    canvas.dot(Paint::Forecast, x - 20.0, y, 7.0);
    let text = "Expected range";
    let x = x - 62.0 - words::extent(text, LABEL_SIZE);
    canvas.label(Paint::Ink, LABEL_SIZE, (x, LEGEND_Y), text);
    let (left, right) = (x - 46.0, x - 10.0);
    let patch = [
        (left, y - 10.0),
        (right, y - 10.0),
        (right, y + 10.0),
        (left, y + 10.0),
    ];
    canvas.area(Paint::Band, BAND_OPACITY, &Points::area(patch));
}

fn frame(receipt: &Receipt, measure: &MeasureUsed, answer: &AnomaliesAnswer) -> Frame {
    let label = words::fit(&measure.label, TITLE_SIZE, 460.0);
    let title = format!("{label} by {}: what is odd", answer.grain);
    let title = super::titled(&title, receipt);
    let subtitle = super::as_of(&super::period(receipt.period), receipt);
    let whole = answer.findings.iter().filter(|f| f.of.is_none()).count();
    let found = match whole {
        0 => "Nothing is odd".to_owned(),
        1 => "1 finding".to_owned(),
        n => format!("{n} findings"),
    };
    let unit = words::fit(&measure.unit, FOOTER_SIZE, 160.0);
    let found = format!("{found}, in {unit}");
    Frame {
        description: format!("{title}. {subtitle}. {found}."),
        title,
        subtitle,
        footers: [found, super::source(receipt)],
    }
}
