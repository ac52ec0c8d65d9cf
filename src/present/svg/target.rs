//! A target: bars of what was sold so far, what is expected, and the target; or, by a dimension, of each value's expected
//! end as a share of its target.

use super::bars::{self, Bar};
use super::{Frame, TITLE_SIZE, words};
use crate::error::Result;
use crate::model::answer::TargetAnswer;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// Draws a target.
///
/// # Errors
/// `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &TargetAnswer,
) -> Result<String> {
    let one = &answer.whole;
    let scaled = |value: i64| number::natural(value, measure.scale);
    let whole = |value: f64| number::round(value, 0);
    let bar = |name: &str, value: i64| Bar {
        name: name.into(),
        value: scaled(value),
        label: number::text(value, measure.scale),
    };
    let bars = match &answer.by {
        None => vec![
            bar("So far", one.so_far),
            bar("Expected, one in ten lower", whole(one.lower)),
            bar("Expected", whole(one.expected)),
            bar("Expected, one in ten higher", whole(one.upper)),
            bar("Target", one.target),
        ],
        Some(by) => by
            .rows
            .iter()
            .take(crate::limits::CHART_ROWS_MAX)
            .map(|(_, name, one)| Bar {
                name: name.clone(),
                value: scaled(whole(one.expected).saturating_sub(one.target)),
                label: format!(
                    "{} · {}",
                    number::signed(
                        whole(one.expected).saturating_sub(one.target),
                        measure.scale
                    ),
                    number::percent(one.probability)
                ),
            })
            .collect(),
    };
    let label = words::fit(&measure.label, TITLE_SIZE, 360.0);
    let title = match &answer.by {
        None => format!("{label}: {}", answer.label),
        Some(by) => format!("{label} against target by {}", by.by_label.to_lowercase()),
    };
    let title = super::titled(&title, receipt);
    let subtitle = super::as_of(&super::period(answer.period), receipt);
    let odds = format!(
        "Target {}; probability {}",
        number::text(one.target, measure.scale),
        number::percent(one.probability)
    );
    let frame = Frame {
        description: format!("{title}. {subtitle}. {odds}."),
        title,
        subtitle,
        footers: [odds, super::source(receipt)],
    };
    bars::draw(&frame, measure, &bars)
}
