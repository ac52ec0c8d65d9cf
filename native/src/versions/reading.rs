//! Reading versions outside of a request: manifests that prove themselves, and the cells of a grain, row group by row group.

use std::ops::Range;

use bytes::Bytes;
use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::group_map::RowGroup;
use nearcast::model::manifest::{
    Attached, Attachment, DataFile, GrainMap, Groups, Manifest, Pointer, TimeGrain,
};
use nearcast::model::scan::{ChunkPlan, ColumnPlan, GroupPlan, PartPlan, ReadPlan};
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

/// The manifest of a version and what is attached to it.
///
/// # Errors
/// `NotFound` if it is not there, `Corrupt` if it is altered, `Upstream` if it cannot be read.
pub fn load(publisher: &Publisher<'_>, version: &VersionId) -> Result<Loaded> {
    let key = ObjectKey::manifest(publisher.dataset(), version);
    let object = publisher
        .bucket()
        .get(key.as_str(), limits::POINTER_BYTES_MAX)?
        .ok_or_else(|| Error::not_found(format!("{key} is not there")))?;
    let manifest = read::manifest::manifest(&object.bytes, publisher.dataset(), version)?;
    let attachments = read::manifest::attachments(&object.bytes, &manifest)?;
    Ok(Loaded {
        attached: Attached::new(attachments.clone()),
        attachments,
        manifest,
        bytes: object.bytes,
    })
}

/// A version's manifest as it was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The manifest.
    pub manifest: Manifest,
    /// What is attached to it.
    pub attachments: Vec<Attachment>,
    /// The same, for those who look something up.
    pub attached: Attached,
    /// The object.
    pub bytes: Bytes,
}

impl Loaded {
    /// The row groups of a grain.
    ///
    /// # Errors
    /// `Corrupt` if its map is not there or does not fit the file.
    pub fn groups(&self, file: &DataFile, grain: &GrainMap) -> Result<Vec<RowGroup>> {
        let map = match &grain.groups {
            Groups::Here(map) => map,
            Groups::Attached { .. } => self.attached.maps.get(&file.name).ok_or_else(|| {
                Error::corrupt(format!(
                    "the manifest lacks the row-group map of {}: restore it or ingest again",
                    file.name
                ))
            })?,
        };
        map.unpack(file.columns.len(), file.size_bytes, |_, _| true)
    }
}

/// The row groups of a file: those of its grains, or of the record of forecasts as if it were one.
pub(super) fn grains(file: &DataFile) -> Vec<GrainMap> {
    let record = file.record.as_ref().map(|record| GrainMap {
        dimensions: Vec::new(),
        time: TimeGrain::None,
        names_of: None,
        groups: Groups::Here(record.groups.clone()),
    });
    file.grains.iter().cloned().chain(record).collect()
}

/// A grain of a file, for people: `pack.parquet operation x month`.
pub(super) fn label(file: &DataFile, grain: &GrainMap) -> String {
    let what = if file.record.is_some() {
        "forecasts on record".into()
    } else if let Some(dimension) = &grain.names_of {
        format!("names of {dimension}")
    } else {
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
    };
    format!("{} {what}", file.name)
}

/// Where a row group lies, its checksums first.
pub(super) fn span(group: &RowGroup) -> Range<u64> {
    let size: u64 = group.chunk_bytes.iter().map(|&b| u64::from(b)).sum();
    group.offset..group.chunks_offset().saturating_add(size)
}

/// Where a row group's checksums lie.
pub(super) fn checksums(group: &RowGroup) -> Range<u64> {
    group.offset..group.chunks_offset()
}

/// The chunks of a row group in the order of the file's columns.
pub(super) fn chunks(group: &RowGroup) -> Vec<ChunkPlan> {
    let mut start = group.chunks_offset();
    group
        .chunk_bytes
        .iter()
        .enumerate()
        .map(|(column, &bytes)| {
            let end = start.saturating_add(u64::from(bytes));
            let chunk = ChunkPlan {
                range: start..end,
                column,
            };
            start = end;
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
    let part = PartPlan {
        file: file.name.clone(),
        time: grain.time,
        days: None,
        negative: false,
        filters: Vec::new(),
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
            checksums: checksums(group),
            crc32: group.crc32,
            chunks: chunks(group),
        }],
    };
    let plan = ReadPlan {
        grain: label(file, grain),
        parts: vec![part],
    };
    read::parquet::decode(&plan, &[Chunk { bytes, etag: None }])?
        .pop()
        .ok_or_else(|| Error::internal("a part was not decoded"))
}

/// Hands every row group of a grain to `each`, decoded.
///
/// # Errors
/// Those of reading and decoding, and those of `each`.
pub(crate) fn scan(
    publisher: &Publisher<'_>,
    loaded: &Loaded,
    file: &DataFile,
    grain: &GrainMap,
    mut each: impl FnMut(&Table) -> Result<()>,
) -> Result<()> {
    let manifest = &loaded.manifest;
    let key = ObjectKey::file(&manifest.dataset, &manifest.version, &file.name)?;
    for group in loaded.groups(file, grain)? {
        let bytes = publisher.bucket().get_range(key.as_str(), span(&group))?;
        each(&decode(file, grain, &group, bytes)?)?;
    }
    Ok(())
}
