//! The receipt of an answer.

use super::{analysis, pinned_path};
use crate::model::manifest::{Asked, Manifest};
use crate::model::receipt::{AnswerLink, MeasureUsed, QualityUsed, Receipt};
use crate::model::{Day, Grain, Period};

/// A receipt with everything that all answers share; rows are filled in by each.
pub(super) fn receipt(
    of: &analysis::Asked<'_>,
    measure: Option<Asked<'_>>,
    asked: Option<Period>,
) -> Receipt {
    let (question, selection) = (of.question, of.selection);
    let manifest = &of.work.manifest;
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
    if manifest.quality.rows_refused > 0 {
        notes.push(format!(
            "{} source rows were wrong and are left out",
            manifest.quality.rows_refused
        ));
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
    notes.extend(selection.notes.iter().cloned());
    let restated: Vec<_> = manifest
        .quality
        .restated
        .iter()
        .copied()
        .filter(|day| period.contains(*day))
        .collect();
    if let (Some(first), Some(last)) = (restated.first(), restated.last()) {
        notes.push(format!(
            "{} days between {first} and {last} were changed after they were first published",
            restated.len()
        ));
    }
    Receipt {
        quality: quality(manifest, period, restated),
        dataset: manifest.dataset.clone(),
        title: manifest.title.clone(),
        version: manifest.version.clone(),
        as_of: days.last,
        measure: measure.map(MeasureUsed::from),
        period,
        complete: inside && !unfinished,
        resolved: of
            .said
            .into_iter()
            .chain(&selection.resolved)
            .cloned()
            .collect(),
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

fn quality(manifest: &Manifest, period: Period, restated: Vec<Day>) -> QualityUsed {
    let quality = &manifest.quality;
    let missing = quality.missing.iter();
    let closed_days = quality.closed_days.iter().copied();
    QualityUsed {
        rows_used: quality.rows_used,
        rows_refused: quality.rows_refused,
        rows_suspect: quality.rows_suspect,
        returns_ppm: quality.returns_ppm,
        missing: missing
            .filter(|gap| gap.intersect(period).is_some())
            .copied()
            .collect(),
        closed_weekdays: quality.closed_weekdays.clone(),
        closed_days: closed_days.filter(|day| period.contains(*day)).count(),
        restated,
    }
}
