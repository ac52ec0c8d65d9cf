//! What an ingest says of what it read.

use nearcast::ingest::{self, Mapping, Sample};
use nearcast::limits;
use nearcast::model::{Manifest, MeasureKind};

/// Whether the data can be relied on, in a line. Data that cannot are refused before there is a manifest.
fn verdict(manifest: &Manifest) -> String {
    let q = &manifest.quality;
    let reasons: Vec<&str> = [
        (q.rows_refused > 0, "rows were left out"),
        (q.rows_future > 0, "some days are still to come"),
        (
            q.rows_suspect > 0,
            "some values are a thousand times the usual",
        ),
        (!q.missing.is_empty(), "there are gaps"),
        (q.rows_duplicate > 0, "some rows repeat others"),
        (q.fields_empty > 0, "some numbers are empty"),
    ]
    .into_iter()
    .filter_map(|(is, why)| is.then_some(why))
    .collect();
    if reasons.is_empty() {
        "quality: good".to_owned()
    } else {
        format!("quality: usable with notes, for {}", reasons.join(", "))
    }
}

/// The first rows as they are understood: the part of each column that is used, and what it holds.
pub(super) fn first_rows(sample: &Sample, mapping: &Mapping) -> String {
    let mut lines = vec!["the first rows, as they are understood".to_owned()];
    for (_, row) in sample.rows.iter().take(limits::SUGGESTIONS_MAX) {
        let used = mapping.columns.iter().enumerate();
        let used = used.filter(|(_, c)| c.role != ingest::mapping::IGNORED);
        let fields =
            used.map(|(at, c)| format!("{}: {}", c.role, row.get(at).unwrap_or_default().trim()));
        lines.push(format!("  {}", fields.collect::<Vec<_>>().join("; ")));
    }
    lines.join("\n")
}

pub(crate) fn of(manifest: &Manifest, is_current: bool, dry_run: bool) -> String {
    let quality = &manifest.quality;
    let mut lines = vec![format!(
        "{} rows, {} to {}, by {}",
        quality.rows_used, manifest.days.first, manifest.days.last, manifest.grain
    )];
    for dimension in &manifest.dimensions {
        let parent = dimension
            .parent
            .as_ref()
            .map_or_else(String::new, |p| format!(", each in one {p}"));
        lines.push(format!(
            "{}: {} values{parent}",
            dimension.name, dimension.count
        ));
    }
    for measure in &manifest.measures {
        let kind = match measure.kind {
            MeasureKind::Money => "money in",
            MeasureKind::Quantity => "quantity in",
        };
        lines.push(format!(
            "{}: {kind} {}, {} decimals",
            measure.name, measure.unit, measure.scale
        ));
    }
    if let Some((_, documents)) = manifest.documents() {
        lines.push(format!(
            "{} documents in {} passages",
            documents.count, documents.passages
        ));
    }
    for (count, one, several) in [
        (
            quality.rows_duplicate,
            "row repeats another one and is kept",
            "rows repeat others and are kept",
        ),
        (
            quality.rows_negative,
            "row is negative (a return) and is netted",
            "rows are negative (returns) and are netted",
        ),
        (
            quality.fields_empty,
            "empty number counts as zero",
            "empty numbers count as zero",
        ),
    ] {
        match count {
            0 => {}
            1 => lines.push(format!("1 {one}")),
            count => lines.push(format!("{count} {several}")),
        }
    }
    if !quality.missing.is_empty() {
        let listed: Vec<String> = quality
            .missing
            .iter()
            .take(limits::SUGGESTIONS_MAX)
            .map(ToString::to_string)
            .collect();
        lines.push(format!(
            "{} without data, such as {}",
            match quality.missing.len() {
                1 => "1 stretch".to_owned(),
                n => format!("{n} stretches"),
            },
            listed.join(", ")
        ));
    }
    for (count, what) in [
        (quality.rows_refused, "wrong and left out"),
        (quality.rows_dropped, "repeated and left out"),
        (quality.rows_future, "of days to come, and kept"),
        (
            quality.rows_late,
            "older than the newest day before, and added",
        ),
    ] {
        if count > 0 {
            lines.push(format!("{count} rows are {what}"));
        }
    }
    lines.extend(quality.notes.iter().cloned());
    lines.push(verdict(manifest));
    let size: u64 = manifest.files.iter().map(|f| f.size_bytes).sum();
    let done = match (is_current, dry_run) {
        (true, _) => "is current already: nothing to publish",
        (false, true) => "would be published (dry run)",
        (false, false) => "is published",
    };
    lines.push(format!(
        "version {} of {} ({} KB) {done}",
        manifest.version,
        manifest.dataset,
        size.div_ceil(1024)
    ));
    lines.join("\n")
}
