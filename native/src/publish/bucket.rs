//! What publishing needs of a store. Readers need less: `shell::RangeRead`.

use std::fmt::Debug;
use std::ops::Range;
use std::path::PathBuf;

use bytes::Bytes;
use nearcast::Result;
use nearcast::model::Timestamp;
use nearcast::model::dataset::Etag;

/// A store that can be written. Every write of an object is atomic: a reader sees all of it or what was there before.
pub trait Bucket: Debug + Send + Sync {
    /// Where this is, for people: a path or an address, without any secret.
    fn place(&self) -> String;

    /// The names of the datasets that have a pointer.
    ///
    /// # Errors
    /// `Upstream` if the store does not answer properly.
    fn datasets(&self) -> Result<Vec<String>>;

    /// A whole object, if it is there and not larger than this.
    ///
    /// # Errors
    /// `OverBudget` if it is larger, `Upstream` if the store does not answer properly.
    fn get(&self, key: &str, max_bytes: u64) -> Result<Option<Object>>;

    /// Some bytes of an object.
    ///
    /// # Errors
    /// `NotFound` if it is not there, `Corrupt` if it is shorter, `Upstream` if the store does not answer properly.
    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes>;

    /// Writes an object, whatever was there; it lasts when this returns.
    ///
    /// # Errors
    /// `Upstream` if it cannot be written.
    fn put(&self, key: &str, content: &Content) -> Result<()>;

    /// Writes a small object only if what is there now is what is expected.
    ///
    /// # Errors
    /// `Upstream` if it cannot be written. A [`Put::Conflict`] is no error: somebody else was faster.
    fn put_if(&self, key: &str, bytes: &Bytes, expected: &Expected) -> Result<Put>;

    /// Every object whose key starts with this, sorted by key; without [leftovers](Self::leftovers).
    ///
    /// # Errors
    /// `Upstream` if the store does not answer properly.
    fn list(&self, prefix: &str) -> Result<Vec<Entry>>;

    /// What interrupted writes left behind under this prefix, where the store shows it. It can be deleted once it is old.
    ///
    /// # Errors
    /// `Upstream` if the store does not answer properly.
    fn leftovers(&self, prefix: &str) -> Result<Vec<Entry>>;

    /// Removes an object; one that is not there is removed already.
    ///
    /// # Errors
    /// `Upstream` if it cannot be removed.
    fn delete(&self, key: &str) -> Result<()>;
}

/// A whole object and the mark of its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its bytes.
    pub bytes: Bytes,
    /// What a conditional write compares.
    pub etag: Etag,
}

/// What to write: bytes, or a file that was staged on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A whole file, which nobody writes to any more.
    File(PathBuf),
}

/// What has to be there for a conditional write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Absent,
    /// The object that was read with this mark.
    Etag(Etag),
}

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is written.
    Done,
    /// Something else is there; nothing was written.
    Conflict,
}

/// An object as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Its size.
    pub size_bytes: u64,
    /// When it was written, by the store's clock.
    pub modified: Timestamp,
}
