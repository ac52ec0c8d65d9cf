//! The order of publishing, the same for every store.

use std::path::Path;

use nearcast::error::{Error, ErrorKind, Result};
use nearcast::ingest::{self, Built, manifest_object, pointer_object};
use nearcast::limits;
use nearcast::model::manifest::{Attachment, Manifest, Pointer};
use nearcast::model::{DatasetId, ObjectKey, Timestamp, VersionId};
use nearcast::read;

use super::{Bucket, Content, Expected, Object, Put};

/// Publishes the versions of one dataset.
#[derive(Debug, Clone, Copy)]
pub struct Publisher<'a> {
    bucket: &'a dyn Bucket,
    dataset: &'a DatasetId,
    staging: Option<&'a Path>,
}

/// What a publication did.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The manifest of the version that is current now.
    pub manifest: Manifest,
    /// Whether that is news; otherwise it said the same before.
    pub is_new: bool,
}

/// A pointer and what a conditional write expects.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// The pointer, if the dataset has one.
    pub pointer: Option<Pointer>,
    expected: Expected,
}

impl Current {
    /// The current version's manifest.
    #[must_use]
    pub fn manifest(&self) -> Option<&Manifest> {
        self.pointer.as_ref().map(|p| &p.manifest)
    }
}

/// The pointer of a dataset that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Existing {
    /// The pointer.
    pub pointer: Pointer,
    /// The object that it was read from.
    pub object: Object,
}

impl Existing {
    /// What a write needs that is to follow this one.
    #[must_use]
    pub fn expected(&self) -> Expected {
        Expected::Etag(self.object.etag.clone())
    }

    /// What follows the pointer in its object.
    ///
    /// # Errors
    /// `Corrupt` if it is not what the manifest says.
    pub fn attachments(&self) -> Result<Vec<Attachment>> {
        read::manifest::attachments(&self.object.bytes, &self.pointer.manifest)
    }
}

impl<'a> Publisher<'a> {
    /// A publisher of a dataset in a bucket.
    #[must_use]
    pub const fn new(bucket: &'a dyn Bucket, dataset: &'a DatasetId) -> Self {
        Self {
            bucket,
            dataset,
            staging: None,
        }
    }

    /// The folder that holds the files of versions that were built into one.
    #[must_use]
    pub const fn staged_in(mut self, folder: &'a Path) -> Self {
        self.staging = Some(folder);
        self
    }

    /// The bucket.
    #[must_use]
    pub const fn bucket(&self) -> &'a dyn Bucket {
        self.bucket
    }

    /// The dataset.
    #[must_use]
    pub const fn dataset(&self) -> &'a DatasetId {
        self.dataset
    }

    /// Reads the pointer.
    ///
    /// # Errors
    /// `Corrupt` if it is altered or of another layout, `Upstream` if it cannot be read.
    pub fn current(&self) -> Result<Current> {
        match self.existing() {
            Ok(existing) => Ok(Current {
                expected: Expected::Etag(existing.object.etag),
                pointer: Some(existing.pointer),
            }),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(Current {
                pointer: None,
                expected: Expected::Absent,
            }),
            Err(e) => Err(e),
        }
    }

    /// Reads the pointer of a dataset that is there.
    ///
    /// # Errors
    /// `NotFound` if it is not, `Corrupt` if it is altered or of another layout, `Upstream` if it cannot be read.
    pub fn existing(&self) -> Result<Existing> {
        let key = ObjectKey::pointer(self.dataset);
        match self.bucket.get(key.as_str(), limits::POINTER_BYTES_MAX)? {
            Some(object) => Ok(Existing {
                pointer: read::manifest::pointer(&object.bytes, self.dataset)?,
                object,
            }),
            None => Err(Error::not_found(format!(
                "there is no dataset {:?} in {}",
                self.dataset.as_str(),
                self.bucket.place()
            ))),
        }
    }

    /// Publishes what `make` makes of the current version. When somebody else publishes in between, it is made again of
    /// what is current then: both are in the history, and neither is lost.
    ///
    /// # Errors
    /// Those of `make`; `Upstream` if something cannot be written or is not there after it was written (readers see what
    /// they saw before); `Stale` if others are always faster.
    pub fn publish(
        &self,
        now: Timestamp,
        mut make: impl FnMut(Option<&Pointer>) -> Result<Built>,
    ) -> Result<Published> {
        for _ in 0..limits::PUBLISH_TRIES_MAX {
            let before = self.current()?;
            let built = make(before.pointer.as_ref())?;
            if built.is_current {
                return Ok(Published {
                    manifest: built.manifest,
                    is_new: false,
                });
            }
            self.put_version(&built)?;
            let pointer = built.pointer(now, before.pointer.as_ref());
            if self.put_pointer(&pointer, &built.attachments, &before.expected)? == Put::Done {
                return Ok(Published {
                    manifest: built.manifest,
                    is_new: true,
                });
            }
        }
        Err(Error::stale(format!(
            "others published {} at the same time, {} times in a row: nothing of this was published; try again",
            self.dataset,
            limits::PUBLISH_TRIES_MAX
        )))
    }

    /// The dataset's `dataset.toml`, if it has one.
    ///
    /// # Errors
    /// `Corrupt` if it is not text, `Upstream` if it cannot be read.
    pub fn config(&self) -> Result<Option<String>> {
        let key = self.config_key();
        let Some(object) = self.bucket.get(&key, limits::CONFIG_BYTES_MAX)? else {
            return Ok(None);
        };
        String::from_utf8(object.bytes.to_vec())
            .map(Some)
            .map_err(|e| {
                let place = self.config_place();
                Error::invalid(format!("{place} is not UTF-8 text: save it as UTF-8"))
                    .with_source(e)
            })
    }

    fn config_key(&self) -> String {
        format!("{}/dataset.toml", self.dataset)
    }

    /// Where `dataset.toml` is, for people.
    #[must_use]
    pub fn config_place(&self) -> String {
        format!(
            "{}/{}",
            self.bucket.place().trim_end_matches('/'),
            self.config_key()
        )
    }

    /// Writes `dataset.toml`, unless somebody else has written one.
    ///
    /// # Errors
    /// `Upstream` if it cannot be written.
    pub fn write_config(&self, text: &str) -> Result<()> {
        let bytes = text.to_owned().into();
        // One that is there is the owner's, and stays.
        self.bucket
            .put_if(&self.config_key(), &bytes, &Expected::Absent)
            .map(|_| ())
    }

    /// Writes the pointer, with what is attached to its manifest, if it still is the one that was read.
    ///
    /// # Errors
    /// `OverBudget` if it is larger than a reader accepts, `Upstream` if it cannot be written.
    pub fn put_pointer(
        &self,
        pointer: &Pointer,
        attachments: &[Attachment],
        expected: &Expected,
    ) -> Result<Put> {
        let (key, bytes) = pointer_object(pointer, attachments)?;
        let done = self.bucket.put_if(&key, &bytes, expected)?;
        // A write whose reply was lost is tried again, and then conflicts with itself.
        if done == Put::Conflict
            && let Some(there) = self.bucket.get(&key, limits::POINTER_BYTES_MAX)?
            && there.bytes == bytes
        {
            return Ok(Put::Done);
        }
        Ok(done)
    }

    /// Writes the objects of a version: the files, then, when they are there, the manifest. Objects that are there
    /// already, from an attempt that was cut off, are written again: they may be damaged, and they must not look old to
    /// somebody who removes leftovers.
    fn put_version(&self, built: &Built) -> Result<()> {
        let version = &built.manifest.version;
        let mut sizes = Vec::new();
        for file in &built.files {
            let content = match (&file.content, self.staging) {
                (ingest::Content::Memory(bytes), _) => Content::Bytes(bytes.clone()),
                (ingest::Content::Staged, Some(folder)) => Content::File(folder.join(&file.name)),
                (ingest::Content::Staged, None) => {
                    return Err(Error::internal(format!("{} is staged nowhere", file.name)));
                }
            };
            let entry = built.manifest.files.iter().find(|f| f.name == file.name);
            let size = entry.map_or(0, |f| f.size_bytes);
            let key = ObjectKey::file(self.dataset, version, &file.name)?;
            self.bucket.put(key.as_str(), &content)?;
            sizes.push((key.as_str().to_owned(), size));
        }
        self.check_there(version, &sizes)?;
        let (key, manifest) = manifest_object(&built.manifest, &built.attachments)?;
        let size = manifest.len() as u64;
        self.bucket.put(&key, &Content::Bytes(manifest))?;
        self.check_there(version, &[(key, size)])
    }

    fn check_there(&self, version: &VersionId, sizes: &[(String, u64)]) -> Result<()> {
        let there = self.bucket.list(&folder(self.dataset, version))?;
        for (key, size) in sizes {
            let found = there.iter().find(|e| e.key == *key).map(|e| e.size_bytes);
            if found != Some(*size) {
                let what =
                    found.map_or_else(|| "is not there".into(), |n| format!("has {n} bytes"));
                return Err(Error::upstream(format!(
                    "{key} was written with {size} bytes and {what} now: nothing was published; try again"
                )));
            }
        }
        Ok(())
    }
}

/// What the keys of a version's objects begin with.
#[must_use]
pub fn folder(dataset: &DatasetId, version: &VersionId) -> String {
    format!("{dataset}/v/{version}/")
}
