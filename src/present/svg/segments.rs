//! The portfolio: a bar for each class by share and steadiness.

use super::bars::{self, Bar};
use super::{FOOTER_SIZE, Frame, TITLE_SIZE, words};
use crate::error::Result;
use crate::model::answer::{SegmentCell, SegmentsAnswer};
use crate::model::query::Class;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// Draws the classes.
///
/// # Errors
/// `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &SegmentsAnswer,
) -> Result<String> {
    let name = |cell: &SegmentCell| match cell.xyz {
        Some(Class::X) => format!("{}X steady", cell.abc),
        Some(Class::Y) => format!("{}Y variable", cell.abc),
        Some(_) => format!("{}Z irregular", cell.abc),
        None => format!("{} unclear", cell.abc),
    };
    let label = |cell: &SegmentCell| {
        let share = if answer.total > 0 {
            let share = number::natural(cell.sum, 0) / number::natural(answer.total, 0);
            format!(", {}", number::percent(share))
        } else {
            String::new()
        };
        format!("{}{share}", cell.count)
    };
    let bars: Vec<Bar> = answer
        .cells
        .iter()
        .map(|cell| Bar {
            name: name(cell),
            value: number::natural(cell.sum, measure.scale),
            label: label(cell),
        })
        .collect();
    let by = words::fit(&answer.by_label.to_lowercase(), TITLE_SIZE, 300.0);
    let what = words::fit(&measure.label, TITLE_SIZE, 400.0);
    let title = format!("{what} by class of {by}");
    let title = super::titled(&title, receipt);
    let subtitle = super::as_of(&super::period(receipt.period), receipt);
    let unit = words::fit(&measure.unit, FOOTER_SIZE, 160.0);
    let sum = format!(
        "{} in all, together {} {unit}; at the bars count and share",
        answer.values,
        number::text(answer.total, measure.scale)
    );
    let frame = Frame {
        description: format!("{title}. {subtitle}. {sum}."),
        title,
        subtitle,
        footers: [sum, super::source(receipt)],
    };
    bars::draw(&frame, measure, &bars)
}
