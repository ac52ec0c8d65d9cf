//! What to sum, and the exact bytes that it takes: what `plan` makes of a question and the stages after it share.

use std::ops::Range;

use super::calendar::{Grain, Period};
use super::dataset::ObjectKey;
use super::manifest::{Manifest, Physical, TimeGrain};
use crate::error::Result;
use crate::limits;
use crate::shell::{ReadSpec, Span};

/// What to sum, in codes: the question as the data see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The measure's column.
    pub measure: String,
    /// The stored dimension to keep apart.
    pub by: Option<String>,
    /// The length of a step, when time is kept apart.
    pub grain: Option<Grain>,
    /// The days that count, inside the data's days.
    pub period: Period,
    /// For each filtered dimension the codes that count, ascending.
    pub only: Vec<(String, Vec<u32>)>,
}

/// Which bytes of which file, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPlan {
    /// The file's name.
    pub file: String,
    /// For people: the grain that answers, such as `operation x month`.
    pub grain: String,
    /// What a cell's day stands for.
    pub time: TimeGrain,
    /// The columns, in the order of the file.
    pub columns: Vec<ColumnPlan>,
    /// The row groups.
    pub groups: Vec<GroupPlan>,
}

/// One column that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnPlan {
    /// Its name.
    pub name: String,
    /// Its physical type.
    pub physical: Physical,
}

/// One row group that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupPlan {
    /// Rows.
    pub rows: u32,
    /// For each needed column its chunk.
    pub chunks: Vec<ChunkPlan>,
}

/// One column chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkPlan {
    /// First byte in the file.
    pub start: u64,
    /// Bytes.
    pub len: u64,
    /// CRC-32 of these bytes.
    pub crc32: u32,
}

impl ReadPlan {
    /// Sorted ranges, those closer than [`limits::COALESCE_GAP_BYTES`] made one.
    #[must_use]
    pub fn ranges(&self) -> Vec<Range<u64>> {
        let mut chunks: Vec<(u64, u64)> = self
            .groups
            .iter()
            .flat_map(|g| &g.chunks)
            .filter(|c| c.len > 0)
            .map(|c| (c.start, c.start.saturating_add(c.len)))
            .collect();
        chunks.sort_unstable();
        let mut merged: Vec<Range<u64>> = Vec::new();
        for (start, end) in chunks {
            match merged.last_mut() {
                Some(last) if start <= last.end.saturating_add(limits::COALESCE_GAP_BYTES) => {
                    last.end = last.end.max(end);
                }
                _ => merged.push(start..end),
            }
        }
        merged
    }

    /// The reads, one for each of [`Self::ranges`].
    ///
    /// # Errors
    /// `Corrupt` if the file's name is not one that a version may hold.
    pub fn specs(&self, manifest: &Manifest) -> Result<Vec<ReadSpec>> {
        let key = ObjectKey::file(&manifest.dataset, &manifest.version, &self.file)?;
        Ok(self
            .ranges()
            .into_iter()
            .map(|range| ReadSpec {
                key: key.clone(),
                span: Span::Range(range),
                if_match: None,
            })
            .collect())
    }
}
