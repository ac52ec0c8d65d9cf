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
    /// The measures' columns.
    pub measures: Vec<String>,
    /// The stored dimension to keep apart.
    pub by: Option<String>,
    /// A second one, where pairs of values are asked for.
    pub also: Option<String>,
    /// The length of a step, when time is kept apart.
    pub grain: Option<Grain>,
    /// The days that count, inside the data's days.
    pub period: Period,
    /// For each filtered dimension the codes that count, ascending.
    pub only: Vec<(String, Vec<u32>)>,
}

/// Which bytes of which files, and what they are. The answer is the sum of the parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPlan {
    /// For people: the grains that answer, such as `operation x month`.
    pub grain: String,
    /// The parts.
    pub parts: Vec<PartPlan>,
}

/// Row groups of one grain, and which of their cells count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartPlan {
    /// The file's name.
    pub file: String,
    /// What a cell's day stands for.
    pub time: TimeGrain,
    /// Cells whose day lies in it count; a cell of a month has the month's first day. None where every cell counts.
    pub days: Option<Period>,
    /// Whether its sums are taken away: a month without its last days is the month less these days.
    pub negative: bool,
    /// The filtered dimensions that cells have to be compared with; of the others every cell that is read passes.
    pub filters: Vec<String>,
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
    /// Where the checksums of its chunks are.
    pub checksums: Range<u64>,
    /// CRC-32 of the checksums.
    pub crc32: u32,
    /// For each needed column its chunk.
    pub chunks: Vec<ChunkPlan>,
}

/// One column chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkPlan {
    /// Its bytes in the file.
    pub range: Range<u64>,
    /// Its position among the file's columns, and so among the checksums.
    pub column: usize,
}

/// Bytes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRange {
    /// The file's name.
    pub file: String,
    /// First byte, and the one after the last.
    pub range: Range<u64>,
}

impl ReadPlan {
    /// Ranges in order of file and position, those of a file that are closer than [`limits::COALESCE_GAP_BYTES`] made one.
    #[must_use]
    pub fn ranges(&self) -> Vec<FileRange> {
        let owned = |(file, range): (&str, Range<u64>)| FileRange {
            file: file.to_owned(),
            range,
        };
        self.spans().into_iter().map(owned).collect()
    }

    /// Bytes of [`Self::ranges`], and how many ranges these are.
    #[must_use]
    pub fn size(&self) -> (u64, usize) {
        let spans = self.spans();
        let bytes = spans.iter().map(|(_, range)| range.end - range.start).sum();
        (bytes, spans.len())
    }

    fn spans(&self) -> Vec<(&str, Range<u64>)> {
        // Planning asks for this of every plan it weighs, a question of many row groups a dozen times: the files are put in
        // order first, because names are dear to compare, and the bytes of one part are in order as they come.
        let mut parts: Vec<&PartPlan> = self.parts.iter().collect();
        parts.sort_by(|a, b| a.file.cmp(&b.file));
        let mut merged: Vec<(&str, Range<u64>)> = Vec::new();
        for parts in parts.chunk_by(|a, b| a.file == b.file) {
            let mut wanted: Vec<(u64, u64)> = Vec::new();
            for group in parts.iter().flat_map(|part| &part.groups) {
                let chunks = group.chunks.iter().map(|c| &c.range);
                let ranges = std::iter::once(&group.checksums).chain(chunks);
                let filled = ranges.filter(|range| range.start < range.end);
                wanted.extend(filled.map(|range| (range.start, range.end)));
            }
            wanted.sort_unstable();
            let first = merged.len();
            for (start, end) in wanted {
                match merged
                    .get_mut(first..)
                    .and_then(|of_file| of_file.last_mut())
                {
                    Some((_, last))
                        if start <= last.end.saturating_add(limits::COALESCE_GAP_BYTES) =>
                    {
                        last.end = last.end.max(end);
                    }
                    _ => merged.extend(parts.first().map(|part| (part.file.as_str(), start..end))),
                }
            }
        }
        merged
    }

    /// The reads, one for each of [`Self::ranges`].
    ///
    /// # Errors
    /// `Corrupt` if a file's name is not one that a version may hold.
    pub fn specs(&self, manifest: &Manifest) -> Result<Vec<ReadSpec>> {
        let read = |FileRange { file, range }| {
            Ok(ReadSpec {
                key: ObjectKey::file(&manifest.dataset, &manifest.version, &file)?,
                span: Span::Range(range),
                if_match: None,
            })
        };
        self.ranges().into_iter().map(read).collect()
    }

    /// Values that are decoded for it.
    #[must_use]
    pub fn values(&self) -> u64 {
        let of_part = |part: &PartPlan| {
            let rows: u64 = part.groups.iter().map(|g| u64::from(g.rows)).sum();
            rows * part.columns.len() as u64
        };
        self.parts.iter().map(of_part).sum()
    }
}
