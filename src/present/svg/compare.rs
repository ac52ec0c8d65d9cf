//! A comparison: a bar a period; or, by a dimension, a bar for each value's change.

use super::bars::{self, Bar};
use super::timeline;
use super::{FOOTER_SIZE, Frame, TITLE_SIZE, words};
use crate::error::Result;
use crate::limits;
use crate::model::answer::CompareAnswer;
use crate::model::calendar::Grain;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// Draws a comparison.
///
/// # Errors
/// `Internal` for values that cannot be drawn.
pub(super) fn draw(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &CompareAnswer,
) -> Result<String> {
    let natural = |value: i64| number::natural(value, measure.scale);
    let label = words::fit(&measure.label, TITLE_SIZE, 400.0);
    let against = answer.baselines.first().map_or("", |b| b.label.as_str());
    let (title, bars): (String, Vec<Bar>) = match &answer.by {
        None => {
            let periods = std::iter::once(&answer.subject).chain(&answer.baselines);
            let bars = periods.filter_map(|compared| {
                let value = compared.value?;
                let change = answer
                    .subject
                    .value
                    .and_then(|subject| number::growth(subject, value))
                    .filter(|_| compared.period != answer.subject.period)
                    .map_or(String::new(), |share| {
                        format!(" · {} to it", number::signed_percent(share))
                    });
                Some(Bar {
                    name: format!("{} ({})", compared.label, compared.period),
                    value: natural(value),
                    label: format!("{}{change}", number::text(value, measure.scale)),
                })
            });
            (format!("{label}: {}", answer.subject.label), bars.collect())
        }
        Some(by) => {
            let rows = by.rows.iter().take(limits::CHART_ROWS_MAX);
            let bars = rows.filter_map(|row| {
                let (value, before) = (row.value?, row.baselines.first().copied().flatten()?);
                let change = value.saturating_sub(before);
                let share = number::growth(value, before).map_or(String::new(), |share| {
                    format!(" · {}", number::signed_percent(share))
                });
                Some(Bar {
                    name: row.name.clone(),
                    value: natural(change),
                    label: format!("{}{share}", number::signed(change, measure.scale)),
                })
            });
            let by = words::fit(&by.by_label.to_lowercase(), TITLE_SIZE, 260.0);
            (
                format!("Change of {} by {by}", label.to_lowercase()),
                bars.collect(),
            )
        }
    };
    let title = super::titled(&title, receipt);
    let subtitle = format!(
        "{} against {against}, as of {}",
        super::period(answer.subject.period),
        timeline::in_words(Grain::Day, receipt.as_of)
    );
    let drawn = match &answer.by {
        Some(by) if by.rows.len() > bars.len() || by.rest.is_some() => format!(
            "{} of {} rows are drawn, json and csv have more",
            bars.len(),
            receipt.rows_total
        ),
        _ => format!("In {}", words::fit(&measure.unit, FOOTER_SIZE, 160.0)),
    };
    let frame = Frame {
        description: format!("{title}. {subtitle}. {drawn}."),
        title,
        subtitle,
        footers: [drawn, super::source(receipt)],
    };
    bars::draw(&frame, measure, &bars)
}
