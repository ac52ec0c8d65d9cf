//! `versions rollback`: an earlier version is made current again. Its files are there already; only the pointer moves.

use nearcast::error::{Error, Result};
use nearcast::ingest::pointer_to;
use nearcast::model::manifest::Pointer;
use nearcast::model::{Timestamp, VersionId};

use super::list::is_kept;
use super::reading::{choose, load};
use crate::publish::{Publisher, Put, folder};

/// Makes a version current again. The one that is current now stays in the list, so that a second rollback undoes the
/// first.
///
/// # Errors
/// `NotFound` if there is no such version, `Gone` if it was pruned, `Corrupt` if it is damaged, `Invalid` if it is current;
/// `Stale` if somebody else published at the same time: what was decided on has changed then.
pub fn rollback(publisher: &Publisher<'_>, text: &str, now: Timestamp) -> Result<Pointer> {
    let existing = publisher.existing()?;
    let before = &existing.pointer;
    let version = choose(before, text)?;
    if version == before.version {
        return Err(Error::invalid(format!(
            "version {version} is current already"
        )));
    }
    if !is_kept(before, &version) {
        return Err(Error::gone(format!(
            "version {version} was removed after its retention; ingest its source again"
        )));
    }
    let loaded = load(publisher, &version)?;
    check_files(publisher, &version, &loaded.manifest)?;
    let pointer = pointer_to(&loaded.manifest, now, Some(before));
    match publisher.put_pointer(&pointer, &loaded.attachments, &existing.expected())? {
        Put::Done => Ok(pointer),
        Put::Conflict => Err(Error::stale(
            "somebody else published at the same time and nothing was changed: look at `versions list` and decide again",
        )),
    }
}

/// All files are there with their size; `verify` reads them.
fn check_files(
    publisher: &Publisher<'_>,
    version: &VersionId,
    manifest: &nearcast::model::Manifest,
) -> Result<()> {
    let prefix = folder(publisher.dataset(), version);
    let there = publisher.bucket().list(&prefix)?;
    for file in &manifest.files {
        let key = format!("{prefix}{}", file.name);
        if !there
            .iter()
            .any(|e| e.key == key && e.size_bytes == file.size_bytes)
        {
            return Err(Error::corrupt(format!(
                "{key} is not there as its manifest says: restore it, or ingest its source again"
            )));
        }
    }
    Ok(())
}
