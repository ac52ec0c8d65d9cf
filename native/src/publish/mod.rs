//! Publishing: a version's files, then its manifest, then one conditional write of the pointer. A reader sees the version
//! before or this one, never something between, and of two writers neither loses the other's work.

mod bucket;
mod directory;
mod publisher;
mod s3;

use std::path::Path;

use nearcast::remote::Place;
use nearcast::{Config, Error, Result};

pub use bucket::{Bucket, Content, Entry, Expected, Object, Put};
pub use directory::DirectoryBucket;
pub use publisher::{Current, Existing, Published, Publisher, folder};
pub use s3::S3Bucket;

/// The bucket at a place: a directory, or `s3://bucket/prefix` with the environment's settings.
///
/// # Errors
/// `Invalid` if the place cannot be written, or for a wrong setting.
pub fn open(place: &Path) -> Result<Box<dyn Bucket>> {
    let Some(text) = place.to_str().filter(|text| text.contains("://")) else {
        return Ok(Box::new(DirectoryBucket::new(place)));
    };
    let pairs = std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
    let config = Config::from_pairs(pairs)?;
    match Place::parse(text, &config.s3)? {
        Place::Bucket(bucket) => Ok(Box::new(S3Bucket::new(&bucket)?)),
        Place::Directory(path) => Ok(Box::new(DirectoryBucket::new(path))),
        Place::Web(_) => Err(Error::invalid(format!(
            "{text} can be read and not written: name a directory or s3://bucket/prefix"
        ))),
    }
}
