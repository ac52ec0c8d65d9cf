//! `versions list`: what there is.

use std::fmt::Write as _;

use nearcast::error::{ErrorKind, Result};
use nearcast::model::manifest::{Manifest, Pointer};
use nearcast::model::{Period, Timestamp, VersionId};
use serde::Serialize;

use super::reading::load;
use crate::publish::Publisher;

/// One version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its id.
    pub version: VersionId,
    /// When it was last made current.
    pub published_at: Timestamp,
    /// Whether it is current, and whether its files are there.
    pub state: State,
    /// Source rows.
    pub rows: Option<u64>,
    /// First and last day.
    pub days: Option<Period>,
    /// Size of its data files.
    pub size_bytes: Option<u64>,
    /// The version that it was made after.
    pub parent: Option<VersionId>,
    /// What else there is to know; empty if nothing.
    pub note: String,
}

/// What a version is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Questions without a version are answered from it.
    Current,
    /// Links that name it are answered.
    Kept,
    /// It was removed; links that name it answer 410.
    Pruned,
    /// It should be there and is not, or is damaged: the note says how.
    Broken,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Kept => "kept",
            Self::Pruned => "pruned",
            Self::Broken => "broken",
        }
    }
}

/// Lists every version that the pointer knows, the current one first.
///
/// # Errors
/// `NotFound` if there is no such dataset; `Corrupt` or `Upstream` if its pointer cannot be read.
pub fn list(publisher: &Publisher<'_>) -> Result<Vec<Listed>> {
    let pointer = publisher.existing()?.pointer;
    let mut rows = vec![row(
        &pointer.version,
        pointer.published_at,
        State::Current,
        Some(&pointer.manifest),
        String::new(),
    )];
    for before in &pointer.previous {
        let (version, at) = (&before.version, before.published_at);
        rows.push(if let Some(pruned) = before.pruned_at {
            row(
                version,
                at,
                State::Pruned,
                None,
                format!("removed {pruned}"),
            )
        } else {
            match load(publisher, version) {
                Ok(loaded) => row(
                    version,
                    at,
                    State::Kept,
                    Some(&loaded.manifest),
                    String::new(),
                ),
                Err(e) if e.kind() == ErrorKind::Upstream => return Err(e),
                Err(e) => row(version, at, State::Broken, None, e.message().to_owned()),
            }
        });
    }
    note_returns(&mut rows);
    Ok(rows)
}

fn row(
    version: &VersionId,
    published_at: Timestamp,
    state: State,
    manifest: Option<&Manifest>,
    note: String,
) -> Listed {
    Listed {
        version: version.clone(),
        published_at,
        state,
        rows: manifest.map(|m| m.quality.rows_used),
        days: manifest.map(|m| m.days),
        size_bytes: manifest.map(|m| m.files.iter().map(|f| f.size_bytes).sum()),
        parent: manifest.and_then(|m| m.parent.clone()),
        note,
    }
}

/// A version that stands before its own successor was made current a second time.
fn note_returns(rows: &mut [Listed]) {
    let parents: Vec<Option<VersionId>> = rows.iter().map(|r| r.parent.clone()).collect();
    for (at, row) in rows.iter_mut().enumerate() {
        let successor_is_older = parents
            .iter()
            .skip(at + 1)
            .any(|p| p.as_ref() == Some(&row.version));
        if successor_is_older && row.note.is_empty() {
            row.note = "made current again".into();
        }
    }
}

/// The list as a table.
#[must_use]
pub fn table(rows: &[Listed]) -> String {
    let mut cells = vec![
        [
            "version",
            "published",
            "rows",
            "days",
            "KB",
            "parent",
            "state",
            "note",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    for row in rows {
        cells.push(vec![
            row.version.to_string(),
            row.published_at.to_string(),
            or_dash(row.rows.map(|n| n.to_string())),
            or_dash(row.days.map(|d| d.to_string())),
            or_dash(row.size_bytes.map(|n| n.div_ceil(1024).to_string())),
            or_dash(row.parent.as_ref().map(ToString::to_string)),
            row.state.name().to_owned(),
            row.note.clone(),
        ]);
    }
    let width = |column: usize| {
        let lengths = cells.iter().filter_map(|r| r.get(column));
        lengths.map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..8).map(width).collect();
    let mut text = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing into a String does not fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Whether the pointer still lists a version as one that can be read.
#[must_use]
pub(super) fn is_kept(pointer: &Pointer, version: &VersionId) -> bool {
    pointer.version == *version
        || pointer
            .previous
            .iter()
            .any(|p| p.version == *version && p.pruned_at.is_none())
}
