//! The receipt of an answer.

use super::{analysis, pinned_path};
use crate::limits::{self, CANDIDATES_MAX};
use crate::model::link;
use crate::model::manifest::{Asked, Manifest};
use crate::model::note::{Notes, Topic};
use crate::model::query::Query;
use crate::model::receipt::{AnswerLink, MeasureUsed, QualityUsed, Receipt};
use crate::model::wording::{counted, plural};
use crate::model::{Day, Grain, Period};
use crate::resolve::Selection;

/// Stretches without rows that a note names.
const GAPS_TOLD: usize = 3;

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
    let mut notes = Notes::default();
    let inside = asked.is_none_or(|p| days.first <= p.first && p.last <= days.last);
    if let (Some(asked), false) = (asked, inside) {
        notes.add(
            Topic::Scope,
            format!(
                "the data reach from {} to {}: {asked} is only partly covered",
                days.first, days.last
            ),
        );
    }
    let period = asked.and_then(|p| p.intersect(days)).unwrap_or(days);
    let month_end = Grain::Month.step(days.last, 1).plus(-1);
    // A period that was asked for and is covered is complete, wherever in a month it ends.
    let unfinished = asked.is_none() && !manifest.quality.last_month_complete;
    if unfinished {
        notes.add(
            Topic::Scope,
            format!(
                "the last month is not complete: data end on {}, the month on {month_end}",
                days.last
            ),
        );
    }
    gaps(manifest, period, &mut notes);
    left_out(manifest, &mut notes);
    added_together(selection, &mut notes);
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
            counted(restated.len())
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

/// Days without any row: a caveat where they are more than a hundredth of the days that were counted.
fn gaps(manifest: &Manifest, period: Period, notes: &mut Notes) {
    let missing = manifest.quality.missing.iter();
    let inside: Vec<Period> = missing.filter_map(|gap| gap.intersect(period)).collect();
    let days: i32 = inside.iter().map(|gap| gap.days()).sum();
    if inside.is_empty() {
        return;
    }
    let shown: Vec<String> = inside
        .iter()
        .take(GAPS_TOLD)
        .map(Period::to_string)
        .collect();
    let more = match inside.len().saturating_sub(GAPS_TOLD) {
        0 => String::new(),
        more => format!(
            " and {} more stretches, {} days in all",
            counted(more),
            days
        ),
    };
    let topic = if days.saturating_mul(limits::ROWS_MISSING_SHARE) > period.days() {
        Topic::Gap
    } else {
        Topic::Remark
    };
    notes.add(
        topic,
        format!("there are no rows at all for {}{more}", shown.join(", ")),
    );
}

/// Source rows that are wrong: many of them may make sums wrong too.
fn left_out(manifest: &Manifest, notes: &mut Notes) {
    let refused = manifest.quality.rows_refused;
    if refused > 0 {
        let topic =
            if refused.saturating_mul(limits::ROWS_REFUSED_SHARE) > manifest.quality.rows_read {
                Topic::Source
            } else {
                Topic::Remark
            };
        notes.add(
            topic,
            format!(
                "{} source {} wrong and left out",
                counted(refused),
                if refused == 1 { "row was" } else { "rows were" }
            ),
        );
    }
}

/// Names that one name stands for.
fn added_together(selection: &Selection, notes: &mut Notes) {
    for resolved in selection
        .resolved
        .iter()
        .filter(|r| r.matched.len() > 1 && r.how == "substring")
    {
        let shown = resolved
            .matched
            .get(..CANDIDATES_MAX)
            .unwrap_or(&resolved.matched);
        let more = match resolved.matched.len().saturating_sub(CANDIDATES_MAX) {
            0 => String::new(),
            more => format!(" and {} more", counted(more)),
        };
        notes.add(
            Topic::Names,
            format!(
                "\"{}\" matches {} {}, added together: {}{more}",
                resolved.asked,
                counted(resolved.matched.len()),
                plural(&resolved.dimension),
                shown.join(", ")
            ),
        );
    }
}

/// The next page of a list: `query` is the same question from there on.
pub(super) fn turn_page(receipt: &mut Receipt, query: &Query) {
    receipt.link.next = Some(link::canonical(query));
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
