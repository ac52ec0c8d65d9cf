//! Cells to a version: files, manifest, id; and the pointer that makes it current.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::batch::BLANK;
use super::cells::Builder;
use super::grains;
use super::output::{BuiltFile, Content, MemoryOutput, Output};
use super::quality;
use super::shape::shape;
use super::targets;
use super::write;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::group_map::Base64Bytes;
use crate::model::manifest::{
    Attachment, AttachmentKind, DOCUMENTS_FILE, DataFile, DocumentsMap, FORMAT, Groups, Manifest,
    Measure, Pointer, PreviousVersion,
};
use crate::model::{DatasetId, Day, Dimension, Grain, ObjectKey, Period, Timestamp, VersionId};

/// A version that is ready to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its data files.
    pub files: Vec<BuiltFile>,
    /// What follows the manifest in its object and in the pointer.
    pub attachments: Vec<Attachment>,
    /// Whether it says exactly what the current version says, so that there is nothing to publish. The manifest is the
    /// current one then.
    pub is_current: bool,
}

impl Builder {
    /// Makes a version of the rows, to follow `current`, with its files in memory.
    ///
    /// # Errors
    /// Those of [`Builder::finish_into`].
    pub fn finish(
        self,
        dataset: &DatasetId,
        title: &str,
        current: Option<&Manifest>,
    ) -> Result<Built> {
        self.finish_into(dataset, title, current, &mut MemoryOutput::default())
    }

    /// Makes a version of the rows, to follow `current`; its data files go into `output` as they are written, one after the
    /// other, so that none of them is in memory as a whole.
    ///
    /// # Errors
    /// `Invalid` with every problem of the rows, or if there are none; `OverBudget` if the manifest would be too large;
    /// `Upstream` if something cannot be written.
    pub fn finish_into(
        mut self,
        dataset: &DatasetId,
        title: &str,
        current: Option<&Manifest>,
        output: &mut dyn Output,
    ) -> Result<Built> {
        self.check()?;
        let days = self.days.list();
        let (Some(&first), Some(&last)) = (days.first(), days.last()) else {
            return Err(Error::internal("cells without days"));
        };
        let mut shaped = shape(&mut self, &days)?;
        let time = quality::time(&self.mapping.time, &days);
        // A month's or week's row stands for all of its days: the data reach to the last of them.
        let last = match time.grain {
            Grain::Month | Grain::Week => time.grain.step(last, 1).plus(-1),
            _ => last,
        };
        let mut rollups = grains::rollups(&mut shaped, time.grain, &mut self.room)?;
        let names: Vec<&str> = self.of.measures.iter().map(String::as_str).collect();
        let frame = shaped.frame.clone();
        let mut dimensions = std::mem::take(&mut shaped.dimensions);
        let shape_notes = std::mem::take(&mut shaped.notes);
        let months = grains::months(&mut rollups, &frame)?;
        let pack = write::cells("pack.parquet", &frame, &names, &mut rollups, output)?;
        drop(rollups);
        let mut fine = grains::fine(shaped);
        let fine = write::cells(
            "fine.parquet",
            &frame,
            &names,
            std::slice::from_mut(&mut fine),
            output,
        )?;
        let mut written = vec![pack, fine];
        let long: Vec<&Dimension> = dimensions.iter().filter(|d| is_long(d)).collect();
        if !long.is_empty() {
            written.push(write::names("names.parquet", &long, first.0, output)?);
        }
        let quality = self.quality(shape_notes, &days, &time);
        let measures = self
            .mapping
            .measures
            .iter()
            .zip(&self.scales)
            .map(|(m, scale)| Measure {
                name: m.name.clone(),
                label: m.label.clone(),
                synonyms: m.synonyms.clone(),
                kind: m.kind,
                unit: m.unit.clone(),
                scale: *scale,
            });
        targets::check(&self.mapping, &dimensions, Period { first, last })?;
        for dimension in &mut dimensions {
            if is_long(dimension) {
                dimension.values = Vec::new();
            }
        }
        let mut attachments = Vec::new();
        let (mut files, mut contents) = (Vec::new(), Vec::new());
        for (mut file, content, head) in written {
            attachments.extend(attach(&mut file, &head));
            contents.push(BuiltFile {
                name: file.name.clone(),
                content,
            });
            files.push(file);
        }
        let manifest = Manifest {
            format: FORMAT,
            dataset: dataset.clone(),
            version: VersionId::new("0".repeat(16))?,
            parent: None,
            title: title.to_owned(),
            days: Period { first, last },
            grain: time.grain,
            measures: measures.collect(),
            derived: self.mapping.derived.clone(),
            calendar: self.mapping.calendar.clone(),
            default_measure: self.mapping.default_measure.clone(),
            dimensions,
            months,
            targets: self.mapping.targets.clone(),
            quality,
            source: self.mapping.source(),
            files,
        };
        identify(manifest, contents, attachments, current)
    }
}

fn is_long(dimension: &Dimension) -> bool {
    dimension.values.len() > limits::INLINE_VALUES_MAX
}

/// Takes what only some questions need out of the manifest: a long map of the finest cells, and a short file of names is
/// added, so that a first question about a single product finds them where it finds the manifest.
fn attach(file: &mut DataFile, bytes: &Bytes) -> Option<Attachment> {
    let attachment = |kind, content: Bytes| Attachment {
        kind,
        file: file.name.clone(),
        content: Base64Bytes(content),
    };
    if let [grain] = file.grains.as_mut_slice()
        && grain.names_of.is_none()
        && let Groups::Here(map) = &grain.groups
        && map.bytes().len() > limits::MAP_INLINE_BYTES_MAX
    {
        let map = map.bytes().clone();
        grain.groups = Groups::Attached {
            bytes: map.len() as u64,
            sha256: write::sha256_hex(&map),
        };
        return Some(attachment(AttachmentKind::Map, map));
    }
    let names = file.grains.iter().all(|g| g.names_of.is_some());
    (names && file.size_bytes <= limits::ATTACHED_NAMES_BYTES_MAX)
        .then(|| attachment(AttachmentKind::File, bytes.clone()))
}

/// Gives the version its id: a hash of everything its manifest says (which holds the hashes of its files) and of the id of
/// the version before it.
fn identify(
    mut manifest: Manifest,
    files: Vec<BuiltFile>,
    attachments: Vec<Attachment>,
    current: Option<&Manifest>,
) -> Result<Built> {
    manifest.version = VersionId::new("0".repeat(16))?;
    manifest.parent = None;
    let content = content(&manifest)?;
    if let Some(current) = current
        && self::content(current)? == content
    {
        return Ok(Built {
            manifest: current.clone(),
            files,
            attachments,
            is_current: true,
        });
    }
    manifest.parent = current.map(|c| c.version.clone());
    let json = to_json(&manifest)?;
    let id: String = write::sha256_hex(&json).chars().take(16).collect();
    manifest.version = VersionId::new(id)?;
    let size = to_json(&manifest)?.len() as u64;
    if size > limits::MANIFEST_BYTES_MAX {
        return Err(Error::over_budget(format!(
            "the manifest would have {size} bytes, more than {}: leave out dimensions with many values, or ingest less at a time",
            limits::MANIFEST_BYTES_MAX
        )));
    }
    Ok(Built {
        manifest,
        files,
        attachments,
        is_current: false,
    })
}

/// What a manifest says apart from which version it is and what came before it; and from the record of forecasts, which
/// holds those of the versions before, so that the same data a second time are no news.
fn content(manifest: &Manifest) -> Result<Vec<u8>> {
    let mut manifest = manifest.clone();
    manifest.version = VersionId::new("0".repeat(16))?;
    manifest.parent = None;
    manifest.files.retain(|file| file.record.is_none());
    to_json(&manifest)
}

fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|e| Error::internal(format!("writing JSON: {e}")).with_source(e))
}

impl Built {
    /// The pointer that makes this version current.
    #[must_use]
    pub fn pointer(&self, now: Timestamp, before: Option<&Pointer>) -> Pointer {
        pointer_to(&self.manifest, now, before)
    }

    /// The same content as the successor of another version: what a publisher makes of it when somebody else published
    /// in between.
    ///
    /// # Errors
    /// None that input could cause.
    pub fn follow(self, current: Option<&Manifest>) -> Result<Self> {
        identify(self.manifest, self.files, self.attachments, current)
    }

    /// The same version with a record of forecasts, to follow `current`.
    ///
    /// # Errors
    /// `OverBudget` if the manifest would be too large.
    pub fn with_record(
        mut self,
        (file, content): (DataFile, Bytes),
        current: Option<&Manifest>,
    ) -> Result<Self> {
        self.files.push(BuiltFile {
            name: file.name.clone(),
            content: Content::Memory(content),
        });
        self.manifest.files.push(file);
        identify(self.manifest, self.files, self.attachments, current)
    }

    /// The same version with the owner's documents (or without any), to follow `current`. The record of forecasts has to be
    /// added afterwards.
    ///
    /// # Errors
    /// `OverBudget` if the manifest would be too large.
    pub fn with_documents(
        mut self,
        documents: Option<(DocumentsMap, Bytes)>,
        current: Option<&Manifest>,
    ) -> Result<Self> {
        // Where the rows are no news, the manifest is the current one, with a record that was not built here.
        let files = &mut self.manifest.files;
        files.retain(|file| file.record.is_none() && file.documents.is_none());
        self.files.retain(|file| file.name != DOCUMENTS_FILE);
        if let Some((map, content)) = documents {
            self.manifest.files.push(DataFile {
                name: DOCUMENTS_FILE.into(),
                size_bytes: content.len() as u64,
                sha256: write::sha256_hex(&content),
                columns: Vec::new(),
                grains: Vec::new(),
                record: None,
                documents: Some(map),
            });
            self.files.push(BuiltFile {
                name: DOCUMENTS_FILE.into(),
                content: Content::Memory(content),
            });
        }
        identify(self.manifest, self.files, self.attachments, current)
    }

    /// The version's objects by key, without the pointer.
    ///
    /// # Errors
    /// `Internal` if its files are not in memory.
    pub fn objects(&self) -> Result<BTreeMap<String, Bytes>> {
        let (dataset, version) = (&self.manifest.dataset, &self.manifest.version);
        let mut objects = BTreeMap::new();
        for BuiltFile { name, content } in &self.files {
            let Content::Memory(bytes) = content else {
                return Err(Error::internal(format!("{name} is not in memory")));
            };
            let key = ObjectKey::file(dataset, version, name)?;
            objects.insert(key.as_str().to_owned(), bytes.clone());
        }
        let (key, document) = manifest_object(&self.manifest, &self.attachments)?;
        objects.insert(key, document);
        Ok(objects)
    }
}

/// The pointer that makes a version current after `before`: the first publication, or the return to a version that was
/// current already.
#[must_use]
pub fn pointer_to(manifest: &Manifest, now: Timestamp, before: Option<&Pointer>) -> Pointer {
    let mut previous = Vec::new();
    if let Some(before) = before {
        previous.push(PreviousVersion {
            version: before.version.clone(),
            published_at: before.published_at,
            pruned_at: None,
        });
        previous.extend(before.previous.iter().cloned());
        previous.retain(|p| p.version != manifest.version);
        // Those whose files are gone already are the first to be forgotten, the oldest of them first.
        while previous.len() > limits::PREVIOUS_VERSIONS_MAX {
            let pruned = previous.iter().rposition(|p| p.pruned_at.is_some());
            previous.remove(pruned.unwrap_or(previous.len() - 1));
        }
    }
    Pointer {
        format: FORMAT,
        version: manifest.version.clone(),
        published_at: now,
        previous,
        check: String::new(),
        manifest: manifest.clone(),
    }
}

/// A hash of what a pointer says beside its manifest, which has one of its own.
///
/// # Errors
/// None that input could cause.
pub fn pointer_check(pointer: &Pointer) -> Result<String> {
    let said = (
        pointer.format,
        &pointer.version,
        pointer.published_at,
        &pointer.previous,
    );
    let hash = write::sha256_hex(&to_json(&said)?);
    Ok(hash.chars().take(16).collect())
}

/// The bytes of a manifest with what is attached to it, and its key.
///
/// # Errors
/// None that input could cause.
pub fn manifest_object(manifest: &Manifest, attachments: &[Attachment]) -> Result<(String, Bytes)> {
    let key = ObjectKey::manifest(&manifest.dataset, &manifest.version);
    Ok((key.as_str().to_owned(), document(manifest, attachments)?))
}

/// The bytes of a pointer with what is attached to its manifest, and its key.
///
/// # Errors
/// `OverBudget` if it is larger than a reader accepts.
pub fn pointer_object(pointer: &Pointer, attachments: &[Attachment]) -> Result<(String, Bytes)> {
    let checked = Pointer {
        check: pointer_check(pointer)?,
        ..pointer.clone()
    };
    let document = document(&checked, attachments)?;
    if document.len() as u64 > limits::POINTER_BYTES_MAX {
        return Err(Error::over_budget(format!(
            "the pointer would have {} bytes, more than {}: leave out dimensions with many values",
            document.len(),
            limits::POINTER_BYTES_MAX
        )));
    }
    let key = ObjectKey::pointer(&pointer.manifest.dataset);
    Ok((key.as_str().to_owned(), document))
}

/// A manifest or pointer on the first line, an attachment on each line after it.
fn document(head: &impl serde::Serialize, attachments: &[Attachment]) -> Result<Bytes> {
    let mut text = to_json(head)?;
    text.push(b'\n');
    for attachment in attachments {
        text.extend(to_json(attachment)?);
        text.push(b'\n');
    }
    Ok(text.into())
}

impl Builder {
    fn quality(
        &self,
        mut notes: Vec<String>,
        days: &[Day],
        time: &quality::Time,
    ) -> crate::model::manifest::Quality {
        let counts = &self.counts;
        notes.extend(time.note.clone());
        notes.extend(self.rolled_notes.iter().cloned());
        for (plan, blank) in self.mapping.dimensions.iter().zip(&counts.blanks) {
            if *blank > 0 {
                let fallback = if plan.id_column.is_some() {
                    "the id stands in"
                } else {
                    BLANK
                };
                notes.push(format!("{blank} rows have no {}: {fallback}", plan.name));
            }
        }
        for (measure, rounded) in self.mapping.measures.iter().zip(&counts.rounded) {
            if *rounded > 0 {
                notes.push(format!(
                    "{rounded} values of {} were rounded to the scale that dataset.toml sets",
                    measure.name
                ));
            }
        }
        for (count, what) in [
            (counts.blank_rows, "rows hold nothing and were skipped"),
            (
                counts.zoned,
                "dates name a time zone: the day is taken as written",
            ),
            (
                counts.denoised,
                "numbers had traces of binary floating point, which were rounded off",
            ),
        ] {
            if count > 0 {
                notes.push(format!("{count} {what}"));
            }
        }
        if counts.rows > limits::DUPLICATES_TRACKED_ROWS_MAX as u64 {
            notes.push(format!(
                "repeated rows were counted among the first {} different ones only",
                limits::DUPLICATES_TRACKED_ROWS_MAX
            ));
        }
        for (measure, seen) in self.mapping.measures.iter().zip(&self.magnitudes) {
            if measure.times.is_some() {
                notes.push(format!(
                    "{} is quantity times price, row by row",
                    measure.name
                ));
            }
            let (count, places) = seen.suspects();
            if count > 0 {
                notes.push(format!(
                    "{count} values of {} are at least 1,024 times the usual one, such as {}: check their unit",
                    measure.name,
                    places.join(", ")
                ));
            }
        }
        let refused = self.problems.rows;
        if refused > 0 {
            notes.push(format!(
                "{refused} wrong rows were left out, such as {}",
                self.problems.listed.first().map_or("", String::as_str)
            ));
        }
        let (missing, more) = quality::missing(days, time);
        if more > 0 {
            notes.push(format!(
                "{more} further stretches without data are not listed"
            ));
        }
        let (closed_weekdays, closed_days) = quality::closed(days, time);
        let used = counts.rows.saturating_sub(refused + counts.dropped);
        crate::model::manifest::Quality {
            rows_read: counts.rows,
            rows_used: used,
            rows_refused: refused,
            rows_dropped: counts.dropped,
            rows_future: counts.future,
            rows_late: counts.late,
            rows_suspect: self.magnitudes.iter().map(|m| m.suspects().0).sum(),
            returns_ppm: counts
                .negative
                .saturating_mul(1_000_000)
                .checked_div(used)
                .unwrap_or(0),
            closed_weekdays,
            closed_days,
            rows_duplicate: counts.duplicates,
            rows_negative: counts.negative,
            fields_empty: counts.empty,
            missing,
            last_month_complete: quality::last_month_complete(days, time),
            restated: self.appended.restated.clone(),
            added: self.appended.added.clone(),
            notes,
        }
    }
}
