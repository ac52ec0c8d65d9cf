//! A forecast: the line that was, the line that may be, and how sure that is.

use super::caption;
use super::draw::{Anchor, Canvas, Points};
use super::scale::Axis;
use super::theme::Paint;
use super::timeline::{Timeline, steps};
use super::{LABEL_SIZE, MARGIN, RIGHT, words};
use crate::error::{Error, Result};
use crate::model::answer::{Band, ForecastAnswer};
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

const TOP: f64 = 168.0;
const BOTTOM: f64 = 590.0;
/// The row with the unit and the legend.
const LEGEND_Y: f64 = 142.0;
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

/// Where steps and values lie in the drawing.
struct Plot<'a> {
    left: f64,
    axis: &'a Axis,
    steps: f64,
    pen: Pen,
}

/// How lines are drawn: the more points, the finer; dashes only where a step is longer than a dash.
#[derive(Clone, Copy)]
struct Pen {
    width: f64,
    dashes: &'static str,
}

impl Pen {
    const fn for_steps(steps: i32) -> Self {
        let (width, dashes) = match steps {
            ..=120 => (4.0, "11 6"),
            121..=400 => (3.0, ""),
            _ => (2.0, ""),
        };
        Self { width, dashes }
    }
}

impl Plot<'_> {
    const INSET: f64 = 14.0;

    fn x(&self, step: f64) -> f64 {
        let (left, right) = (self.left + Self::INSET, RIGHT - Self::INSET);
        if self.steps > 1.0 {
            left + (right - left) * step / (self.steps - 1.0)
        } else {
            f64::midpoint(left, right)
        }
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.axis.place(value)
    }

    fn points<'a>(
        &'a self,
        first: usize,
        values: &'a [f64],
    ) -> impl DoubleEndedIterator<Item = (f64, f64)> + 'a {
        values
            .iter()
            .enumerate()
            .map(move |(i, value)| (self.x(steps(first + i)), self.y(*value)))
    }
}

/// Draws a forecast.
///
/// # Errors
/// `Invalid` when nothing is left to show, `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &ForecastAnswer,
) -> Result<String> {
    let shown = Shown::new(answer, measure.scale)?;
    let axis = Axis::over(shown.values(), 5, measure.scale)?;
    let frame = caption::frame(receipt, measure, answer, &shown);
    let mut canvas = frame.canvas();
    let widest = axis
        .ticks
        .iter()
        .map(|(_, label)| words::extent(label, LABEL_SIZE))
        .fold(0.0, f64::max);
    let plot = Plot {
        left: MARGIN + widest + 14.0,
        axis: &axis,
        steps: f64::from(shown.line.steps),
        pen: Pen::for_steps(shown.line.steps),
    };
    draw_axes(&mut canvas, &plot, &shown.line);
    draw_series(&mut canvas, &plot, &shown);
    canvas.open_texts(Paint::Muted, LABEL_SIZE, false);
    let mut unit = words::fit(&super::unit(measure), LABEL_SIZE, 220.0);
    if let (true, Some((_, from))) = (axis.low > 0.0, axis.ticks.first()) {
        unit = format!("{unit}, axis from {from}");
    }
    canvas.text(MARGIN, LEGEND_Y, Anchor::Start, &unit);
    canvas.close();
    draw_legend(&mut canvas, &shown, plot.pen);
    Ok(canvas.finish())
}

fn draw_axes(canvas: &mut Canvas, plot: &Plot<'_>, line: &Timeline) {
    for (value, _) in &plot.axis.ticks {
        let y = plot.y(*value);
        let paint = if *value == 0.0 {
            Paint::Axis
        } else {
            Paint::Grid
        };
        canvas.line(paint, 1.5, "", &Points::line([(plot.left, y), (RIGHT, y)]));
    }
    canvas.open_texts(Paint::Muted, LABEL_SIZE, false);
    for (value, label) in &plot.axis.ticks {
        canvas.text(plot.left - 14.0, plot.y(*value) + 8.0, Anchor::End, label);
    }
    let width = RIGHT - plot.left - 2.0 * Plot::INSET;
    let ticks = line.ticks(width, LABEL_SIZE);
    for (step, label) in &ticks {
        let half = words::extent(label, LABEL_SIZE) / 2.0;
        let x = plot.x(*step).clamp(MARGIN + half, RIGHT + 20.0 - half);
        canvas.text(x, BOTTOM + 38.0, Anchor::Middle, label);
    }
    canvas.close();
    for (step, _) in &ticks {
        let x = plot.x(*step);
        canvas.line(
            Paint::Axis,
            1.5,
            "",
            &Points::line([(x, BOTTOM), (x, BOTTOM + 9.0)]),
        );
    }
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

/// Names the lines and bands, from right to left.
fn draw_legend(canvas: &mut Canvas, shown: &Shown, pen: Pen) {
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
    if !shown.point.is_empty() {
        entry(canvas, "Forecast", &mut |canvas, x| {
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
