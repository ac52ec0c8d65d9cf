//! `versions verify`: every byte is what it was when it was published, and the rollups agree with each other.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;
use nearcast::error::{Error, ErrorKind, Result};
use nearcast::ingest::{manifest_object, pointer_check, pointer_object};
use nearcast::limits;
use nearcast::model::group_map::RowGroup;
use nearcast::model::manifest::{
    CODE_ALL, COLUMN_DAY, COLUMN_LINES, DataFile, GrainMap, Manifest, Physical,
};
use nearcast::model::record::predictions;
use nearcast::model::table::Table;
use nearcast::model::{ObjectKey, VersionId};
use nearcast::read;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::reading::{Loaded, checksums, chunks, decode, grains, label, load, span};
use super::written;
use crate::publish::Publisher;

/// Something that is not as it was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The object's key.
    pub object: String,
    /// What is wrong with it, and where.
    pub what: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Objects that were read.
    pub objects: u64,
    /// Bytes that were read.
    pub size_bytes: u64,
    /// Column chunks whose checksum was made again.
    pub chunks: u64,
    /// Cells that were decoded.
    pub cells: u64,
    /// What is wrong; nothing is best.
    pub findings: Vec<Finding>,
}

impl Verified {
    fn found(&mut self, object: &str, what: impl Into<String>) {
        self.findings.push(Finding {
            object: object.to_owned(),
            what: what.into(),
        });
    }
}

/// Verifies the pointer, and that its copy of the manifest is that of its version.
///
/// # Errors
/// `Upstream` if it cannot be read. What is wrong is a finding.
pub fn verify_pointer(publisher: &Publisher<'_>, into: &mut Verified) -> Result<()> {
    let key = ObjectKey::pointer(publisher.dataset());
    let bucket = publisher.bucket();
    let Some(object) = bucket.get(key.as_str(), limits::POINTER_BYTES_MAX)? else {
        into.found(key.as_str(), "is not there");
        return Ok(());
    };
    into.objects += 1;
    into.size_bytes += object.bytes.len() as u64;
    let pointer = match read::manifest::pointer(&object.bytes, publisher.dataset()) {
        Ok(pointer) => pointer,
        Err(e) => {
            into.found(key.as_str(), e.message());
            return Ok(());
        }
    };
    if pointer.check == pointer_check(&pointer)? {
        match read::manifest::attachments(&object.bytes, &pointer.manifest) {
            Err(e) => into.found(key.as_str(), e.message()),
            Ok(attachments) if pointer_object(&pointer, &attachments)?.1 != object.bytes => {
                into.found(
                    key.as_str(),
                    "is not written as Nearcast writes it: publish again",
                );
            }
            Ok(_) => {}
        }
    } else {
        into.found(
            key.as_str(),
            "its version, time or list of versions was altered: `versions rollback` to another version and back writes it again",
        );
    }
    if let Ok(own) = load(publisher, &pointer.version)
        && own.manifest != pointer.manifest
    {
        into.found(key.as_str(), "its copy of the manifest is another one");
    }
    Ok(())
}

/// Verifies all objects of a version: the manifest's hash, which is its id; each file's size and SHA-256; each column
/// chunk's CRC-32; that every cell decodes, with codes and days that the manifest knows; and that all grains have the same
/// totals.
///
/// # Errors
/// `Upstream` if something cannot be read. What is wrong is a finding.
pub fn verify(publisher: &Publisher<'_>, version: &VersionId, into: &mut Verified) -> Result<()> {
    let key = ObjectKey::manifest(publisher.dataset(), version);
    let loaded = match load(publisher, version) {
        Ok(loaded) => loaded,
        Err(e) if e.kind() == ErrorKind::Upstream => return Err(e),
        Err(e) => {
            into.found(key.as_str(), e.message());
            return Ok(());
        }
    };
    into.objects += 1;
    into.size_bytes += loaded.bytes.len() as u64;
    let manifest = &loaded.manifest;
    if manifest_object(manifest, &loaded.attachments)?.1 != loaded.bytes {
        into.found(
            key.as_str(),
            "holds more than a manifest and what belongs to it: restore it, or ingest again",
        );
    }
    let mut totals = Vec::new();
    for file in &manifest.files {
        let key = ObjectKey::file(&manifest.dataset, &manifest.version, &file.name)?;
        let mut work = FileWork {
            publisher,
            loaded: &loaded,
            file,
            key: key.as_str(),
            kept: None,
            into: &mut *into,
        };
        if work.check_bytes()? {
            work.check_cells(&mut totals)?;
        }
    }
    compare(manifest, &totals, key.as_str(), into);
    Ok(())
}

/// A grain's totals, by measure and lines.
type Totals = (String, BTreeMap<String, i128>);

struct FileWork<'a, 'b> {
    publisher: &'a Publisher<'a>,
    loaded: &'a Loaded,
    file: &'a DataFile,
    key: &'a str,
    kept: Option<Bytes>,
    into: &'b mut Verified,
}

impl FileWork<'_, '_> {
    fn range(&self, range: Range<u64>) -> Result<Bytes> {
        let slice = || {
            let (from, to) = (
                usize::try_from(range.start).ok()?,
                usize::try_from(range.end).ok()?,
            );
            let kept = self.kept.as_ref()?;
            (from <= to && to <= kept.len()).then(|| kept.slice(from..to))
        };
        match slice() {
            Some(bytes) => Ok(bytes),
            None => self.publisher.bucket().get_range(self.key, range),
        }
    }

    /// Size, SHA-256 and the checksum of each chunk. Returns whether the bytes can be decoded.
    fn check_bytes(&mut self) -> Result<bool> {
        let folder = self.key.rsplit_once('/').map_or("", |(f, _)| f);
        let listed = self.publisher.bucket().list(&format!("{folder}/"))?;
        let size = listed
            .iter()
            .find(|e| e.key == self.key)
            .map(|e| e.size_bytes);
        self.into.objects += u64::from(size.is_some());
        self.into.size_bytes += size.unwrap_or(0);
        if size != Some(self.file.size_bytes) {
            let what = match size {
                None => "is not there: restore it, or ingest again".to_owned(),
                Some(size) => format!(
                    "has {size} bytes instead of {}: restore it, or ingest again",
                    self.file.size_bytes
                ),
            };
            self.into.found(self.key, what);
            return Ok(false);
        }
        let size = self.file.size_bytes;
        let keep = size <= limits::VERIFY_MEMORY_BYTES_MAX;
        let mut kept = Vec::new();
        let mut hash = Sha256::new();
        let mut at = 0;
        while at < size {
            let to = size.min(at + limits::HASH_STEP_BYTES);
            let bytes = self.publisher.bucket().get_range(self.key, at..to)?;
            hash.update(&bytes);
            if keep {
                kept.extend_from_slice(&bytes);
            }
            at = to;
        }
        self.kept = keep.then(|| kept.into());
        let hex = hash
            .finalize()
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        let damaged = self.check_chunks()?;
        if hex != self.file.sha256 && damaged == 0 {
            let place = if self.file.documents.is_some() {
                ""
            } else {
                " outside of its column chunks (its footer, or between them)"
            };
            self.into.found(
                self.key,
                format!(
                    "is altered{place}: its SHA-256 is another one; restore it, or ingest again"
                ),
            );
        }
        Ok(damaged == 0)
    }

    fn check_chunks(&mut self) -> Result<u64> {
        let mut damaged = 0;
        for grain in &grains(self.file) {
            for (number, group) in self.groups(grain).iter().enumerate() {
                let bytes = self.range(span(group))?;
                let slice = |range: &Range<u64>| {
                    let from = usize::try_from(range.start.checked_sub(group.offset)?).ok()?;
                    let to = usize::try_from(range.end.checked_sub(group.offset)?).ok()?;
                    bytes.get(from..to)
                };
                let mut found = |what: String, range: &Range<u64>| {
                    damaged += 1;
                    if damaged <= limits::PROBLEMS_LISTED_MAX as u64 {
                        self.into.findings.push(Finding {
                            object: self.key.to_owned(),
                            what: format!(
                                "{what} of row group {number} of {} is altered, between bytes {} and {}: restore the file, or ingest again",
                                label(self.file, grain),
                                range.start,
                                range.end
                            ),
                        });
                    }
                };
                let sums = slice(&checksums(group)).unwrap_or_default();
                if crc32fast::hash(sums) != group.crc32 {
                    found("the list of checksums".to_owned(), &checksums(group));
                    continue;
                }
                let sums = sums.chunks_exact(4);
                for ((chunk, column), sum) in chunks(group).iter().zip(&self.file.columns).zip(sums)
                {
                    self.into.chunks += 1;
                    let hash = slice(&chunk.range).map(|c| crc32fast::hash(c).to_le_bytes());
                    if hash.as_ref().map(<[u8; 4]>::as_slice) != Some(sum) {
                        found(format!("column {:?}", column.name), &chunk.range);
                    }
                }
            }
        }
        Ok(damaged)
    }

    /// The row groups of a grain; a map that cannot be followed is a finding.
    fn groups(&mut self, grain: &GrainMap) -> Vec<RowGroup> {
        self.loaded.groups(self.file, grain).unwrap_or_else(|e| {
            self.into.found(self.key, e.message());
            Vec::new()
        })
    }

    fn check_cells(&mut self, totals: &mut Vec<Totals>) -> Result<()> {
        for grain in &grains(self.file) {
            let name = label(self.file, grain);
            let mut sums: BTreeMap<String, i128> = BTreeMap::new();
            let mut names = 0;
            for (number, group) in self.groups(grain).iter().enumerate() {
                let bytes = self.range(span(group))?;
                let table = match decode(self.file, grain, group, bytes) {
                    Ok(table) => table,
                    Err(e) if e.kind() == ErrorKind::Upstream => return Err(e),
                    Err(e) => {
                        self.into.found(self.key, e.message());
                        continue;
                    }
                };
                self.into.cells += u64::from(group.rows);
                let checked = if self.file.record.is_some() {
                    check_record(group, &table)
                } else if grain.names_of.is_some() {
                    table.names().map(|values| names += values.len() as u64)
                } else {
                    self.check_group(grain, group, &table, &mut sums)
                };
                if let Err(e) = checked {
                    let what = format!("row group {number} of {name} {}", e.message());
                    self.into.found(self.key, what);
                }
            }
            match &grain.names_of {
                None if self.file.record.is_some() => {}
                None => totals.push((name, sums)),
                Some(dimension) => {
                    let manifest = &self.loaded.manifest;
                    let count = manifest
                        .dimension(dimension)
                        .map_or(0, |d| u64::from(d.count));
                    if names != count {
                        self.into
                            .found(self.key, format!("{name}: {names} of {count} values"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Codes and days are ones that the manifest knows and inside of the row group's bounds; sums are added up.
    fn check_group(
        &self,
        grain: &GrainMap,
        group: &RowGroup,
        table: &Table,
        sums: &mut BTreeMap<String, i128>,
    ) -> Result<()> {
        let inside = |values: &[i32], (low, high): (i32, i32)| {
            values.iter().all(|v| (low..=high).contains(v))
        };
        for column in &self.file.columns {
            let name = &column.name;
            if column.physical == Physical::Int64 {
                let sum: i128 = table.sums(name)?.iter().map(|&v| i128::from(v)).sum();
                *sums.entry(name.clone()).or_default() += sum;
                continue;
            }
            let bounds = if name == COLUMN_DAY {
                group.days
            } else if grain.dimensions.first() == Some(name) {
                group.keys
            } else if grain.dimensions.contains(name) {
                let count = self.loaded.manifest.dimension(name)?.count;
                (0, i32::try_from(count).unwrap_or(i32::MAX) - 1)
            } else {
                (CODE_ALL, CODE_ALL)
            };
            if !inside(table.codes(name)?, bounds) {
                return Err(Error::corrupt(format!(
                    "has a {name} outside of {} to {}",
                    bounds.0, bounds.1
                )));
            }
        }
        Ok(())
    }
}

/// Forecasts on record lie within the row group's bounds, and were made before their step ended.
fn check_record(group: &RowGroup, table: &Table) -> Result<()> {
    for row in predictions(table, None)? {
        let key = row.series.key();
        let placed = (group.keys.0..=group.keys.1).contains(&key)
            && (group.days.0..=group.days.1).contains(&row.day.0);
        let nested = row.bands.iter().all(|(low, high)| low <= high);
        if !(placed && nested && row.made_at < row.series.grain.step(row.day, 1)) {
            return Err(Error::corrupt(format!(
                "has a forecast of {} {} that no version can have made",
                row.series.grain, row.day
            )));
        }
    }
    Ok(())
}

/// Every grain adds up to the same: a rollup that disagrees with another one is wrong.
fn compare(manifest: &Manifest, totals: &[Totals], key: &str, into: &mut Verified) {
    let Some((first, expected)) = totals.first() else {
        return;
    };
    for (name, sums) in totals.iter().skip(1) {
        for (column, sum) in sums {
            let wanted = expected.get(column).copied().unwrap_or(0);
            if *sum != wanted {
                let scale = manifest
                    .measures
                    .iter()
                    .find(|m| m.name == *column && column != COLUMN_LINES)
                    .map_or(0, |m| m.scale);
                into.found(
                    key,
                    format!(
                        "{column} is {} in {name} and {} in {first}: ingest again",
                        written(*sum, scale),
                        written(wanted, scale)
                    ),
                );
            }
        }
    }
}
