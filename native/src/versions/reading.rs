//! Reading versions outside of a request: manifests that prove themselves, and the cells of a grain, row group by row group.

use std::ops::Range;

use bytes::Bytes;
use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::manifest::{DataFile, GrainMap, Manifest, Pointer, RowGroup, TimeGrain};
use nearcast::model::scan::{ChunkPlan, ColumnPlan, GroupPlan, ReadPlan};
use nearcast::model::table::Table;
use nearcast::model::{ObjectKey, VersionId};
use nearcast::read;
use nearcast::shell::Chunk;

use crate::publish::Publisher;

/// The version that somebody means: an id, the beginning of one, or `current`.
///
/// # Errors
/// `NotFound` with those that there are; `Invalid` if several begin so.
pub fn choose(pointer: &Pointer, text: &str) -> Result<VersionId> {
    let text = text.trim().to_ascii_lowercase();
    if matches!(text.as_str(), "current" | "latest") {
        return Ok(pointer.version.clone());
    }
    let all = std::iter::once(&pointer.version).chain(pointer.previous.iter().map(|p| &p.version));
    let found: Vec<&VersionId> = all
        .clone()
        .filter(|v| !text.is_empty() && v.as_str().starts_with(&text))
        .collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(
            Error::not_found(format!("there is no version {text:?}")).with_suggestions(
                all.take(limits::SUGGESTIONS_MAX)
                    .map(ToString::to_string)
                    .collect(),
            ),
        ),
        several => Err(Error::invalid(format!(
            "several versions begin with {text:?}: write more of its id"
        ))
        .with_suggestions(several.iter().map(ToString::to_string).collect())),
    }
}

/// The manifest of a version.
///
/// # Errors
/// `NotFound` if it is not there, `Corrupt` if it is altered, `Upstream` if it cannot be read.
pub fn load(publisher: &Publisher<'_>, version: &VersionId) -> Result<Manifest> {
    let key = ObjectKey::manifest(publisher.dataset(), version);
    let object = publisher
        .bucket()
        .get(key.as_str(), limits::MANIFEST_BYTES_MAX)?
        .ok_or_else(|| Error::not_found(format!("{key} is not there")))?;
    read::manifest::manifest(&object.bytes, publisher.dataset(), version)
}

/// A grain of a file, for people: `pack.parquet operation x month`.
pub(super) fn label(file: &DataFile, grain: &GrainMap) -> String {
    let what = match &grain.names_of {
        Some(dimension) => format!("names of {dimension}"),
        None => {
            let time = match grain.time {
                TimeGrain::Day => "day",
                TimeGrain::Month => "month",
                TimeGrain::None => "all time",
            };
            let parts: Vec<&str> = grain
                .dimensions
                .iter()
                .map(String::as_str)
                .chain([time])
                .collect();
            parts.join(" x ")
        }
    };
    format!("{} {what}", file.name)
}

/// Where a row group's chunks lie, altogether.
pub(super) fn span(group: &RowGroup) -> Range<u64> {
    let size: u64 = group.chunk_bytes.iter().map(|&b| u64::from(b)).sum();
    group.offset..group.offset.saturating_add(size)
}

/// The chunks of a row group in the order of the file's columns.
pub(super) fn chunks(group: &RowGroup) -> Vec<ChunkPlan> {
    let mut start = group.offset;
    group
        .chunk_bytes
        .iter()
        .zip(&group.chunk_crc32)
        .map(|(&bytes, &crc32)| {
            let chunk = ChunkPlan {
                start,
                len: u64::from(bytes),
                crc32,
            };
            start = start.saturating_add(chunk.len);
            chunk
        })
        .collect()
}

/// Checks and decodes all columns of a row group.
///
/// # Errors
/// `Corrupt` if it does not match its checksums or does not decode.
pub(super) fn decode(
    file: &DataFile,
    grain: &GrainMap,
    group: &RowGroup,
    bytes: Bytes,
) -> Result<Table> {
    let plan = ReadPlan {
        file: file.name.clone(),
        grain: label(file, grain),
        time: grain.time,
        columns: file
            .columns
            .iter()
            .map(|c| ColumnPlan {
                name: c.name.clone(),
                physical: c.physical,
            })
            .collect(),
        groups: vec![GroupPlan {
            rows: group.rows,
            chunks: chunks(group),
        }],
    };
    read::parquet::decode(&plan, &[Chunk { bytes, etag: None }])
}

/// Hands every row group of a grain to `each`, decoded.
///
/// # Errors
/// Those of reading and decoding, and those of `each`.
pub(super) fn scan(
    publisher: &Publisher<'_>,
    manifest: &Manifest,
    file: &DataFile,
    grain: &GrainMap,
    mut each: impl FnMut(&Table) -> Result<()>,
) -> Result<()> {
    let key = ObjectKey::file(&manifest.dataset, &manifest.version, &file.name)?;
    for group in &grain.groups {
        let bytes = publisher.bucket().get_range(key.as_str(), span(group))?;
        each(&decode(file, grain, group, bytes)?)?;
    }
    Ok(())
}
