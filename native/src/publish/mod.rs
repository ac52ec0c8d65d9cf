//! Publishing: a version's files, then its manifest, then one conditional write of the pointer. A reader sees the version
//! before or this one, never something between, and of two writers neither loses the other's work.

mod bucket;
mod directory;
mod publisher;

use std::path::Path;

use nearcast::Result;

pub use bucket::{Bucket, Content, Entry, Expected, Object, Put};
pub use directory::DirectoryBucket;
pub use publisher::{Current, Existing, Published, Publisher, folder};

/// The bucket at a place: a directory.
///
/// # Errors
/// `Invalid` if the place cannot be one.
pub fn open(place: &Path) -> Result<Box<dyn Bucket>> {
    Ok(Box::new(DirectoryBucket::new(place)))
}
