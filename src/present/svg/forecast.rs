//! A forecast: the line that was, the line that may be, and how sure that is.

use super::caption;
use super::draw::{Canvas, Points};
use super::plot::{BOTTOM, LEGEND_Y, Pen, Plot, TOP};
use super::scale::Axis;
use super::theme::Paint;
use super::timeline::{Timeline, steps};
use super::{LABEL_SIZE, RIGHT, words};
use crate::error::{Error, Result};
use crate::model::answer::{Band, ForecastAnswer};
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// Opacity of one band; bands inside each other add up.
const BAND_OPACITY: &str = "0.2";

/// What is shown, in natural units, a value a step from the first one on.
pub(super) struct Shown {
    line: Timeline,
    history: Vec<f64>,
    /// Steps from the first one shown to the first estimate.
    gap: usize,
    pub(super) point: Vec<f64>,
    /// Level, lower and upper ends, widest first.
    pub(super) bands: Vec<(u8, Vec<f64>, Vec<f64>)>,
    /// Whether the forecast goes on where the history ends.
    joins: bool,
}

impl Shown {
    fn new(answer: &ForecastAnswer, places: u8) -> Result<Self> {
        let known = answer.history.values.len();
        let (from, skipped) = (answer.shown_from.min(known), answer.steps_from);
        let shown = answer.history.values.get(from..).unwrap_or_default();
        let history: Vec<f64> = shown.iter().map(|v| number::natural(*v, places)).collect();
        let point = tail(&answer.forecast.point, skipped);
        if history.is_empty() && point.is_empty() {
            return Err(Error::invalid(
                "nothing is left to draw: choose an earlier start_date or a longer horizon",
            ));
        }
        let first = if history.is_empty() {
            known + skipped
        } else {
            from
        };
        let gap = known + skipped - first;
        let total = i32::try_from(gap + point.len()).unwrap_or(i32::MAX);
        let mut bands: Vec<_> = answer
            .forecast
            .bands
            .iter()
            .map(
                |Band {
                     level,
                     lower,
                     upper,
                 }| (*level, tail(lower, skipped), tail(upper, skipped)),
            )
            .collect();
        if bands
            .iter()
            .any(|(_, lower, upper)| lower.len() != point.len() || upper.len() != point.len())
        {
            return Err(Error::internal(
                "a prediction interval is not as long as its forecast",
            ));
        }
        bands.sort_by_key(|(level, ..)| std::cmp::Reverse(*level));
        Ok(Self {
            line: Timeline {
                grain: answer.history.grain,
                start: answer.history.day(first),
                steps: if point.is_empty() {
                    i32::try_from(history.len()).unwrap_or(i32::MAX)
                } else {
                    total
                },
            },
            joins: skipped == 0 && !history.is_empty(),
            history,
            gap,
            point,
            bands,
        })
    }

    pub(super) fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let bands = self
            .bands
            .iter()
            .flat_map(|(_, low, high)| low.iter().chain(high));
        self.history.iter().chain(&self.point).chain(bands).copied()
    }
}

fn tail(values: &[f64], from: usize) -> Vec<f64> {
    values.get(from..).unwrap_or_default().to_vec()
}

/// Dashes of the line without the plans.
const DOTTED: &str = "3 5";

/// Draws a forecast.
///
/// # Errors
/// `Invalid` when nothing is left to show, `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &ForecastAnswer,
) -> Result<String> {
    draw_with(receipt, measure, answer, None)
}

/// Draws a forecast, and beside it the estimates of another one of the same steps.
///
/// # Errors
/// As [`draw`].
pub(super) fn draw_with(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &ForecastAnswer,
    other: Option<&[f64]>,
) -> Result<String> {
    let shown = Shown::new(answer, measure.scale)?;
    let other = tail(other.unwrap_or_default(), answer.steps_from);
    let values = shown.values().chain(other.iter().copied());
    let axis = Axis::over(values, 5, measure.scale)?;
    let mut frame = caption::frame(receipt, measure, answer, &shown);
    if !other.is_empty() {
        frame.title = format!("What if: {}", frame.title);
    }
    let mut canvas = frame.canvas();
    let plot = Plot::new(&axis, shown.line.steps);
    plot.draw_axes(&mut canvas, &shown.line);
    draw_series(&mut canvas, &plot, &shown);
    if !other.is_empty() {
        let line = Points::line(plot.points(shown.gap, &other));
        canvas.line(Paint::Axis, plot.pen.width.min(3.0), DOTTED, &line);
    }
    plot.draw_unit(&mut canvas, measure);
    let names = if other.is_empty() {
        ["Forecast", ""]
    } else {
        ["With the plans", "Without"]
    };
    draw_legend(&mut canvas, &shown, plot.pen, names);
    Ok(canvas.finish())
}

fn draw_series(canvas: &mut Canvas, plot: &Plot<'_>, shown: &Shown) {
    let last = shown
        .history
        .last()
        .map(|value| (plot.x(steps(shown.history.len() - 1)), plot.y(*value)));
    let joint = last.filter(|_| shown.joins);
    for (_, lower, upper) in &shown.bands {
        if lower.len() == 1 && joint.is_none() {
            continue;
        }
        let there = joint.into_iter().chain(plot.points(shown.gap, upper));
        let back = plot.points(shown.gap, lower).rev();
        canvas.area(Paint::Band, BAND_OPACITY, &Points::area(there.chain(back)));
    }
    if let (1, None) = (shown.point.len(), joint) {
        // One step alone has no width to fill: its bands are bars.
        for (_, lower, upper) in &shown.bands {
            for ((x, high), (_, low)) in plot
                .points(shown.gap, upper)
                .zip(plot.points(shown.gap, lower))
            {
                let bar = [
                    (x - 9.0, high),
                    (x + 9.0, high),
                    (x + 9.0, low),
                    (x - 9.0, low),
                ];
                canvas.area(Paint::Band, BAND_OPACITY, &Points::area(bar));
            }
        }
    }
    if let (Some((x, _)), false) = (last, shown.point.is_empty()) {
        canvas.line(
            Paint::Axis,
            1.5,
            "3 5",
            &Points::line([(x, TOP), (x, BOTTOM)]),
        );
    }
    let future = joint
        .into_iter()
        .chain(plot.points(shown.gap, &shown.point));
    canvas.line(
        Paint::Forecast,
        plot.pen.width,
        plot.pen.dashes,
        &Points::line(future),
    );
    canvas.line(
        Paint::History,
        plot.pen.width,
        "",
        &Points::line(plot.points(0, &shown.history)),
    );
    if shown.history.len() == 1 {
        for (x, y) in plot.points(0, &shown.history) {
            canvas.dot(Paint::History, x, y, 6.0);
        }
    }
    if let Some((x, y)) = plot.points(shown.gap, &shown.point).next_back() {
        canvas.dot(Paint::Forecast, x, y, 6.0);
    }
}

/// Names the lines and bands, from right to left; `other` is the name of a second line, where there is one.
fn draw_legend(canvas: &mut Canvas, shown: &Shown, pen: Pen, [forecast, other]: [&str; 2]) {
    let mut right = RIGHT;
    let mut entry = |canvas: &mut Canvas, text: &str, sample: &mut dyn FnMut(&mut Canvas, f64)| {
        let x = right - words::extent(text, LABEL_SIZE);
        canvas.label(Paint::Ink, LABEL_SIZE, (x, LEGEND_Y), text);
        sample(canvas, x - 46.0);
        right = x - 46.0 - 28.0;
    };
    for (i, (level, ..)) in shown.bands.iter().enumerate() {
        entry(canvas, &format!("{level}% range"), &mut |canvas, x| {
            let (y, end) = (LEGEND_Y - 18.0, LEGEND_Y + 2.0);
            for _ in 0..=i {
                let patch = [(x, y), (x + 36.0, y), (x + 36.0, end), (x, end)];
                canvas.area(Paint::Band, BAND_OPACITY, &Points::area(patch));
            }
        });
    }
    let y = LEGEND_Y - 8.0;
    if !other.is_empty() {
        entry(canvas, other, &mut |canvas, x| {
            let sample = Points::line([(x, y), (x + 36.0, y)]);
            canvas.line(Paint::Axis, pen.width.min(3.0), DOTTED, &sample);
        });
    }
    if !shown.point.is_empty() {
        entry(canvas, forecast, &mut |canvas, x| {
            canvas.line(
                Paint::Forecast,
                pen.width.max(3.0),
                pen.dashes,
                &Points::line([(x, y), (x + 36.0, y)]),
            );
        });
    }
    if !shown.history.is_empty() {
        entry(canvas, "History", &mut |canvas, x| {
            canvas.line(
                Paint::History,
                pen.width.max(3.0),
                "",
                &Points::line([(x, y), (x + 36.0, y)]),
            );
        });
    }
}
