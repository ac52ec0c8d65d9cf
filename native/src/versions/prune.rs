//! `versions prune`: removes what is past its retention, and what interrupted publications left.

use std::collections::{BTreeMap, BTreeSet};

use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::manifest::Pointer;
use nearcast::model::{Timestamp, VersionId};
use serde::Serialize;

use super::list::is_kept;
use crate::publish::{Entry, Publisher, Put, folder};

/// What to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PruneOptions {
    /// Versions that were current within so many days are kept.
    pub keep_days: u32,
    /// So many versions are kept however old they are, the current one among them; at least two.
    pub keep: u32,
    /// Only say what would be removed.
    pub dry_run: bool,
    /// The time.
    pub now: Timestamp,
}

/// What was removed, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Versions past their retention. Links that name them answer 410 from now on.
    pub versions: Vec<VersionId>,
    /// Folders that no pointer names: publications that were cut off, or lost against another one.
    pub abandoned: Vec<VersionId>,
    /// Objects that were removed, those of the versions too.
    pub objects: u64,
    /// Their size.
    pub size_bytes: u64,
}

const DAY_S: i64 = 86_400;

/// Removes versions past their retention, never the current one and never so that fewer than two are left, and leftovers.
/// The pointer is written first, so a link to a removed version is answered with 410 and never with half a version.
///
/// # Errors
/// `NotFound` if there is no such dataset, `Stale` if others publish all the time, `Upstream` if something cannot be
/// removed: what is left is removed the next time.
pub fn prune(publisher: &Publisher<'_>, options: &PruneOptions) -> Result<Pruned> {
    let (pointer, versions) = retire(publisher, options)?;
    let mut pruned = Pruned {
        versions,
        ..Pruned::default()
    };
    let bucket = publisher.bucket();
    let prefix = format!("{}/v/", publisher.dataset());
    let mut folders: BTreeMap<VersionId, Vec<Entry>> = BTreeMap::new();
    for entry in bucket.list(&prefix)? {
        let rest = entry.key.strip_prefix(&prefix).unwrap_or_default();
        let id = rest.split_once('/').map_or("", |(id, _)| id);
        // What Nearcast did not write is not Nearcast's to remove.
        if let Ok(version) = VersionId::new(id) {
            folders.entry(version).or_default().push(entry);
        }
    }
    for (version, entries) in folders {
        let listed = pointer.previous.iter().find(|p| p.version == version);
        let goes = if pruned.versions.contains(&version) {
            true
        } else if is_kept(&pointer, &version) {
            false
        } else if listed.is_some() {
            // Retired by a prune that was cut off; new objects are those of somebody who publishes the same again.
            age(&entries, options) >= limits::LEFTOVER_AGE_S
        } else {
            let abandoned = is_abandoned(&entries, &version, publisher, options);
            if abandoned {
                pruned.abandoned.push(version.clone());
            }
            abandoned
        };
        if goes {
            remove(publisher, &version, &entries, options, &mut pruned)?;
        }
    }
    for entry in bucket.leftovers(&format!("{}/", publisher.dataset()))? {
        if options.now.0 - entry.modified.0 >= limits::LEFTOVER_AGE_S {
            count(&mut pruned, &entry);
            if !options.dry_run {
                bucket.delete(&entry.key)?;
            }
        }
    }
    Ok(pruned)
}

/// Notes in the pointer which versions are removed; returns the pointer as it is then.
fn retire(publisher: &Publisher<'_>, options: &PruneOptions) -> Result<(Pointer, Vec<VersionId>)> {
    for _ in 0..limits::PUBLISH_TRIES_MAX {
        let existing = publisher.existing()?;
        let mut pointer = existing.pointer.clone();
        let old = expired(&pointer, options);
        if old.is_empty() || options.dry_run {
            return Ok((pointer, old.into_iter().collect()));
        }
        for previous in &mut pointer.previous {
            if old.contains(&previous.version) {
                previous.pruned_at = Some(options.now);
            }
        }
        let attachments = existing.attachments()?;
        if publisher.put_pointer(&pointer, &attachments, &existing.expected())? == Put::Done {
            return Ok((pointer, old.into_iter().collect()));
        }
    }
    Err(Error::stale(
        "others published at the same time, again and again: nothing was removed; try again",
    ))
}

/// The versions past their retention. A version's age counts from the day when it stopped being current.
fn expired(pointer: &Pointer, options: &PruneOptions) -> BTreeSet<VersionId> {
    let mut old = BTreeSet::new();
    let mut kept = 1;
    let mut retired_at = pointer.published_at;
    for previous in &pointer.previous {
        if previous.pruned_at.is_none() {
            let age_s = options.now.0.saturating_sub(retired_at.0);
            if kept >= options.keep.max(2) && age_s >= i64::from(options.keep_days) * DAY_S {
                old.insert(previous.version.clone());
            } else {
                kept += 1;
            }
        }
        retired_at = previous.published_at;
    }
    old
}

/// Whether a folder that no pointer names is older than any publication that may still be under way. A whole version is
/// kept as long as others are, since the pointer forgets the oldest ones when there are very many.
fn is_abandoned(
    entries: &[Entry],
    version: &VersionId,
    publisher: &Publisher<'_>,
    options: &PruneOptions,
) -> bool {
    let manifest = format!("{}manifest.json", folder(publisher.dataset(), version));
    let whole = entries.iter().any(|e| e.key == manifest);
    let wait = if whole {
        (i64::from(options.keep_days) * DAY_S).max(limits::LEFTOVER_AGE_S)
    } else {
        limits::LEFTOVER_AGE_S
    };
    age(entries, options) >= wait
}

/// How long ago the newest object was written, seconds.
fn age(entries: &[Entry], options: &PruneOptions) -> i64 {
    let newest = entries.iter().map(|e| e.modified.0).max().unwrap_or(0);
    options.now.0.saturating_sub(newest)
}

/// Removes a version's objects, its manifest first: what has no manifest is not read any more.
fn remove(
    publisher: &Publisher<'_>,
    version: &VersionId,
    entries: &[Entry],
    options: &PruneOptions,
    pruned: &mut Pruned,
) -> Result<()> {
    if options.dry_run {
        for entry in entries {
            count(pruned, entry);
        }
        return Ok(());
    }
    // The same content may just be published again under the same id: look once more.
    if is_kept(&publisher.existing()?.pointer, version) {
        return Ok(());
    }
    let (manifest, files): (Vec<&Entry>, Vec<&Entry>) = entries
        .iter()
        .partition(|e| e.key.ends_with("/manifest.json"));
    for entry in manifest.into_iter().chain(files) {
        publisher.bucket().delete(&entry.key)?;
        count(pruned, entry);
    }
    Ok(())
}

fn count(pruned: &mut Pruned, entry: &Entry) {
    pruned.objects += 1;
    pruned.size_bytes += entry.size_bytes;
}
