//! One grain that has what a scan needs, and the chunks of it that a piece of the scan reads.

use super::split::Piece;
use crate::error::{Error, Result};
use crate::model::group_map::{CHECKSUM_BYTES, GroupMap, RowGroup};
use crate::model::manifest::{
    Attached, COLUMN_DAY, COLUMN_LINES, DataFile, GrainMap, Groups, Manifest, TimeGrain,
};
use crate::model::scan::{ChunkPlan, ColumnPlan, GroupPlan, PartPlan, Scan};
use crate::model::{Grain, Period};

/// A grain with those of its row groups that may hold cells of the scan.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    file: &'a DataFile,
    grain: &'a GrainMap,
    groups: Vec<RowGroup>,
}

/// The grains that keep apart what the scan needs, and whether one was left out because its map is not at hand.
pub(super) fn candidates<'a>(
    scan: &Scan,
    manifest: &'a Manifest,
    attached: &Attached,
) -> Result<(Vec<Candidate<'a>>, bool)> {
    let mut found = Vec::new();
    let mut is_incomplete = false;
    for file in &manifest.files {
        for grain in file.grains.iter().filter(|g| g.names_of.is_none()) {
            let has = |name: &String| grain.dimensions.contains(name);
            if !(scan.by.iter().chain(&scan.also).all(has) && scan.only.iter().all(|(d, _)| has(d)))
            {
                continue;
            }
            let Some(map) = map(file, grain, attached) else {
                is_incomplete = true;
                continue;
            };
            found.push(Candidate {
                file,
                grain,
                groups: groups(scan, file, grain, map)?,
            });
        }
    }
    Ok((found, is_incomplete))
}

fn map<'a>(file: &DataFile, grain: &'a GrainMap, attached: &'a Attached) -> Option<&'a GroupMap> {
    match &grain.groups {
        Groups::Here(map) => Some(map),
        Groups::Attached { .. } => attached.maps.get(&file.name),
    }
}

/// The row groups whose keys and months fit the scan.
fn groups(scan: &Scan, file: &DataFile, grain: &GrainMap, map: &GroupMap) -> Result<Vec<RowGroup>> {
    // Days of the first and last month that lie outside the period may be read to be taken away.
    let (first, last) = (
        Grain::Month.floor(scan.period.first).0,
        Grain::Month.step(scan.period.last, 1).0,
    );
    let codes = grain.dimensions.first().and_then(|d| filter(scan, d));
    let timeless = grain.time == TimeGrain::None;
    map.unpack(file.columns.len(), file.size_bytes, |keys, days| {
        let in_time = timeless || (days.1 >= first && days.0 < last);
        in_time && codes.is_none_or(|codes| any_within(codes, keys))
    })
    .map_err(|e| e.context(file.name.clone()))
}

fn filter<'a>(scan: &'a Scan, dimension: &str) -> Option<&'a [u32]> {
    let filter = scan.only.iter().find(|(name, _)| name == dimension);
    filter.map(|(_, codes)| codes.as_slice())
}

/// Whether one of these ascending codes lies within the bounds.
fn any_within(codes: &[u32], (low, high): (i32, i32)) -> bool {
    let from = codes.partition_point(|&c| i64::from(c) < i64::from(low));
    codes
        .get(from)
        .is_some_and(|&c| i64::from(c) <= i64::from(high))
}

impl<'a> Candidate<'a> {
    /// The names of a dimension, where the manifest has a file of them.
    pub(super) fn names(dimension: &str, manifest: &'a Manifest) -> Result<Option<Self>> {
        for file in &manifest.files {
            let of = |g: &&GrainMap| g.names_of.as_deref() == Some(dimension);
            if let Some(grain) = file.grains.iter().find(of)
                && let Groups::Here(map) = &grain.groups
            {
                let groups = map.unpack(file.columns.len(), file.size_bytes, |_, _| true)?;
                return Ok(Some(Self {
                    file,
                    grain,
                    groups,
                }));
            }
        }
        Ok(None)
    }

    pub(super) fn time(&self) -> TimeGrain {
        self.grain.time
    }

    /// For people.
    pub(super) fn label(&self) -> String {
        let mut label = self.grain.dimensions.clone();
        match self.grain.time {
            TimeGrain::Day => label.push("day".into()),
            TimeGrain::Month => label.push("month".into()),
            TimeGrain::None => {}
        }
        if label.is_empty() {
            label.push("all".into());
        }
        label.join(" x ")
    }

    /// What a piece of the scan reads of it, with the count of lines if that is needed.
    pub(super) fn part(&self, scan: &Scan, piece: &Piece, lines: bool) -> Result<PartPlan> {
        let fits = |g: &&RowGroup| {
            piece
                .days
                .is_none_or(|days| g.days.1 >= days.first.0 && g.days.0 <= days.last.0)
        };
        let groups: Vec<&RowGroup> = self.groups.iter().filter(fits).collect();
        let key = self.grain.dimensions.first();
        // Where a row group holds a single code of the first dimension, its cells need not be compared with the filter.
        let single = groups.iter().all(|g| g.keys.0 == g.keys.1);
        let filters: Vec<String> = scan
            .only
            .iter()
            .map(|(d, _)| d)
            .filter(|d| !(single && key == Some(d)))
            .cloned()
            .collect();
        let mut needed: Vec<&str> = filters.iter().map(String::as_str).collect();
        needed.extend(scan.by.as_deref().into_iter().chain(scan.also.as_deref()));
        let within = |days: Period| {
            groups
                .iter()
                .all(|g| days.first.0 <= g.days.0 && g.days.1 <= days.last.0)
        };
        let days = piece.days.filter(|days| !within(*days));
        if days.is_some() || scan.grain.is_some() {
            needed.push(COLUMN_DAY);
        }
        needed.extend(scan.measures.iter().map(String::as_str));
        if lines {
            needed.push(COLUMN_LINES);
        }
        let mut part = self.chunks(&needed, &groups)?;
        part.days = days;
        part.negative = piece.negative;
        part.filters = filters;
        Ok(part)
    }

    /// All of it.
    pub(super) fn every_column(&self) -> Result<PartPlan> {
        let all: Vec<&str> = self.file.columns.iter().map(|c| c.name.as_str()).collect();
        self.chunks(&all, &self.groups.iter().collect::<Vec<_>>())
    }

    fn chunks(&self, needed: &[&str], groups: &[&RowGroup]) -> Result<PartPlan> {
        let file = self.file;
        let numbered = file.columns.iter().enumerate();
        let columns: Vec<_> = numbered
            .filter(|(_, c)| needed.contains(&c.name.as_str()))
            .collect();
        if let Some(lost) = needed
            .iter()
            .find(|n| !columns.iter().any(|(_, c)| c.name == **n))
        {
            return Err(Error::corrupt(format!(
                "{} has no column {lost:?}",
                file.name
            )));
        }
        let group = |group: &&RowGroup| {
            let mut start = group.chunks_offset();
            let mut chunks = Vec::with_capacity(columns.len());
            for (column, &bytes) in group.chunk_bytes.iter().enumerate() {
                let range = start..start + u64::from(bytes);
                start = range.end;
                if columns.iter().any(|(i, _)| *i == column) {
                    chunks.push(ChunkPlan { range, column });
                }
            }
            let checksums = CHECKSUM_BYTES * group.chunk_bytes.len() as u64;
            GroupPlan {
                rows: group.rows,
                checksums: group.offset..group.offset + checksums,
                crc32: group.crc32,
                chunks,
            }
        };
        Ok(PartPlan {
            file: file.name.clone(),
            time: self.grain.time,
            days: None,
            negative: false,
            filters: Vec::new(),
            groups: groups.iter().map(group).collect(),
            columns: columns
                .iter()
                .map(|(_, c)| ColumnPlan {
                    name: c.name.clone(),
                    physical: c.physical,
                })
                .collect(),
        })
    }
}
