//! Where steps and values lie in a drawing of series in time, and its axes.

use super::draw::{Anchor, Canvas, Points};
use super::scale::Axis;
use super::theme::Paint;
use super::timeline::{Timeline, steps};
use super::{LABEL_SIZE, MARGIN, RIGHT, words};
use crate::model::receipt::MeasureUsed;

pub(super) const TOP: f64 = 168.0;
pub(super) const BOTTOM: f64 = 590.0;
/// The row with the unit and the legend.
pub(super) const LEGEND_Y: f64 = 142.0;

/// Where steps and values lie in the drawing.
pub(super) struct Plot<'a> {
    left: f64,
    axis: &'a Axis,
    steps: f64,
    pub(super) pen: Pen,
}

/// How lines are drawn: the more points, the finer; dashes only where a step is longer than a dash.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub(super) width: f64,
    pub(super) dashes: &'static str,
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

impl<'a> Plot<'a> {
    const INSET: f64 = 14.0;

    pub(super) fn x(&self, step: f64) -> f64 {
        let (left, right) = (self.left + Self::INSET, RIGHT - Self::INSET);
        if self.steps > 1.0 {
            left + (right - left) * step / (self.steps - 1.0)
        } else {
            f64::midpoint(left, right)
        }
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.axis.place(value)
    }

    pub(super) fn points<'b>(
        &'b self,
        first: usize,
        values: &'b [f64],
    ) -> impl DoubleEndedIterator<Item = (f64, f64)> + 'b {
        values
            .iter()
            .enumerate()
            .map(move |(i, value)| (self.x(steps(first + i)), self.y(*value)))
    }

    /// A plot of so many steps.
    pub(super) fn new(axis: &'a Axis, steps: i32) -> Self {
        let labels = axis.ticks.iter().map(|(_, label)| label);
        let widest = labels
            .map(|label| words::extent(label, LABEL_SIZE))
            .fold(0.0, f64::max);
        Self {
            left: MARGIN + widest + 14.0,
            axis,
            steps: f64::from(steps),
            pen: Pen::for_steps(steps),
        }
    }

    /// The unit, above the value axis.
    pub(super) fn draw_unit(&self, canvas: &mut Canvas, measure: &MeasureUsed) {
        canvas.open_texts(Paint::Muted, LABEL_SIZE, false);
        let mut unit = words::fit(&super::unit(measure), LABEL_SIZE, 220.0);
        if let (true, Some((_, from))) = (self.axis.low > 0.0, self.axis.ticks.first()) {
            unit = format!("{unit}, axis from {from}");
        }
        canvas.text(MARGIN, LEGEND_Y, Anchor::Start, &unit);
        canvas.close();
    }

    /// The axes with their labels.
    pub(super) fn draw_axes(&self, canvas: &mut Canvas, line: &Timeline) {
        for (value, _) in &self.axis.ticks {
            let y = self.y(*value);
            let paint = if *value == 0.0 {
                Paint::Axis
            } else {
                Paint::Grid
            };
            canvas.line(paint, 1.5, "", &Points::line([(self.left, y), (RIGHT, y)]));
        }
        canvas.open_texts(Paint::Muted, LABEL_SIZE, false);
        for (value, label) in &self.axis.ticks {
            canvas.text(self.left - 14.0, self.y(*value) + 8.0, Anchor::End, label);
        }
        let width = RIGHT - self.left - 2.0 * Self::INSET;
        let ticks = line.ticks(width, LABEL_SIZE);
        for (step, label) in &ticks {
            let half = words::extent(label, LABEL_SIZE) / 2.0;
            let x = self.x(*step).clamp(MARGIN + half, RIGHT + 20.0 - half);
            canvas.text(x, BOTTOM + 38.0, Anchor::Middle, label);
        }
        canvas.close();
        for (step, _) in &ticks {
            let x = self.x(*step);
            canvas.line(
                Paint::Axis,
                1.5,
                "",
                &Points::line([(x, BOTTOM), (x, BOTTOM + 9.0)]),
            );
        }
    }
}
