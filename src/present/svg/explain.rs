//! Why a sum changed: a bar for each value of the dimension that explains it best.

use super::bars::{self, Bar};
use super::timeline;
use super::{FOOTER_SIZE, Frame, TITLE_SIZE, words};
use crate::error::Result;
use crate::limits;
use crate::model::answer::ExplainAnswer;
use crate::model::calendar::Grain;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// Draws an explanation.
///
/// # Errors
/// `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &ExplainAnswer,
) -> Result<String> {
    let first = answer.dimensions.first();
    let bar = |name: String, change: i64| Bar {
        name,
        value: number::natural(change, measure.scale),
        label: number::signed(change, measure.scale),
    };
    let rows = first
        .iter()
        .flat_map(|by| &by.rows)
        .take(limits::CHART_ROWS_MAX);
    let mut bars: Vec<Bar> = rows
        .map(|row| bar(row.name.clone(), row.value.saturating_sub(row.before)))
        .collect();
    if let Some((count, rest)) = first.and_then(|by| by.rest.as_ref()) {
        let change = rest.value.saturating_sub(rest.before);
        bars.push(bar(crate::model::wording::others(*count), change));
    }
    let by = first.map_or(String::new(), |by| by.by_label.to_lowercase());
    let by = words::fit(&by, TITLE_SIZE, 300.0);
    let label = words::fit(&measure.label, TITLE_SIZE, 400.0).to_lowercase();
    let title = format!("Change of {label} by {by}");
    let title = super::titled(&title, receipt);
    let subtitle = format!(
        "{} against {}, as of {}",
        super::period(answer.subject.period),
        super::period(answer.baseline.period),
        timeline::in_words(Grain::Day, receipt.as_of)
    );
    let unit = words::fit(&measure.unit, FOOTER_SIZE, 160.0);
    let sum = format!(
        "Together {} {unit}",
        number::signed(answer.change, measure.scale)
    );
    let frame = Frame {
        description: format!("{title}. {subtitle}. {sum}."),
        title,
        subtitle,
        footers: [sum, super::source(receipt)],
    };
    bars::draw(&frame, measure, &bars)
}
