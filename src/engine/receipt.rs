//! The receipt of an answer.

use super::{Work, pinned_path};
use crate::model::manifest::Asked;
use crate::model::query::Question;
use crate::model::receipt::{AnswerLink, MeasureUsed, Receipt};
use crate::model::{Grain, Period};
use crate::resolve::Selection;

/// A receipt with everything that all answers share; rows are filled in by each.
pub(super) fn receipt(
    question: &Question,
    work: &Work,
    selection: &Selection,
    measure: Option<Asked<'_>>,
    asked: Option<Period>,
) -> Receipt {
    let manifest = &work.manifest;
    let days = manifest.days;
    let (path, query) = pinned_path(question, manifest);
    let mut notes = Vec::new();
    let inside = asked.is_none_or(|p| days.first <= p.first && p.last <= days.last);
    if let (Some(asked), false) = (asked, inside) {
        notes.push(format!(
            "the data reach from {} to {}: {asked} is only partly covered",
            days.first, days.last
        ));
    }
    let period = asked.and_then(|p| p.intersect(days)).unwrap_or(days);
    let month_end = Grain::Month.step(days.last, 1).plus(-1);
    let unfinished = period.last == days.last && !manifest.quality.last_month_complete;
    if unfinished {
        notes.push(format!(
            "the last month is not complete: data end on {}, the month on {month_end}",
            days.last
        ));
    }
    for gap in manifest
        .quality
        .missing
        .iter()
        .filter(|gap| gap.intersect(period).is_some())
        .take(3)
    {
        notes.push(format!("there are no rows at all for {gap}"));
    }
    for resolved in selection
        .resolved
        .iter()
        .filter(|r| r.matched.len() > 1 && r.how == "substring")
    {
        notes.push(format!(
            "\"{}\" matches {} {}s, added together: {}",
            resolved.asked,
            resolved.matched.len(),
            resolved.dimension,
            resolved.matched.join(", ")
        ));
    }
    Receipt {
        dataset: manifest.dataset.clone(),
        title: manifest.title.clone(),
        version: manifest.version.clone(),
        as_of: days.last,
        measure: measure.map(MeasureUsed::from),
        period,
        complete: inside && !unfinished,
        resolved: selection.resolved.clone(),
        rows: 0,
        truncated: false,
        rows_total: 0,
        notes,
        link: AnswerLink {
            path,
            query,
            next: None,
        },
    }
}
