//! Pointer and manifest bytes -> values whose parts fit each other.

use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::{FORMAT, Manifest, Pointer};
use crate::model::{DatasetId, VersionId};

/// Reads `current.json`.
///
/// # Errors
/// `Corrupt` if it is not a pointer of this dataset.
pub fn pointer(bytes: &[u8], dataset: &DatasetId) -> Result<Pointer> {
    let what = format!("the pointer of {dataset}");
    format_is_known(bytes, &what)?;
    let pointer: Pointer = serde_json::from_slice(bytes).map_err(|e| broken(&what, &e))?;
    check(&pointer.manifest, dataset, &pointer.version)?;
    Ok(pointer)
}

/// Reads `manifest.json`.
///
/// # Errors
/// `Corrupt` if it is not the manifest of this version, or its parts do not fit each other.
pub fn manifest(bytes: &[u8], dataset: &DatasetId, version: &VersionId) -> Result<Manifest> {
    let what = format!("the manifest of {dataset} {version}");
    format_is_known(bytes, &what)?;
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(|e| broken(&what, &e))?;
    check(&manifest, dataset, version)?;
    Ok(manifest)
}

/// A newer layout may not even parse: its number is looked at first, so that the message can say so.
fn format_is_known(bytes: &[u8], what: &str) -> Result<()> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|e| broken(what, &e))?;
    if head.format != FORMAT {
        return Err(Error::corrupt(format!(
            "{what} has layout {}, and this Nearcast reads layout {FORMAT}: update Nearcast or ingest again",
            head.format
        )));
    }
    Ok(())
}

fn broken(what: &str, error: &serde_json::Error) -> Error {
    Error::corrupt(format!(
        "{what} is truncated or altered (line {}, column {}): restore it or ingest again",
        error.line(),
        error.column()
    ))
}

fn check(manifest: &Manifest, dataset: &DatasetId, version: &VersionId) -> Result<()> {
    let fail = |why: String| {
        Err(Error::corrupt(format!(
            "the manifest of {dataset} {version} {why}: ingest again"
        )))
    };
    if &manifest.dataset != dataset || &manifest.version != version {
        return fail(format!(
            "is that of {} {}",
            manifest.dataset, manifest.version
        ));
    }
    for dimension in &manifest.dimensions {
        let inline = dimension.values.len();
        let count = usize::try_from(dimension.count).unwrap_or(usize::MAX);
        if count > limits::DIMENSION_VALUES_MAX || (inline != 0 && inline != count) {
            return fail(format!(
                "lists {inline} of {count} values of {:?}",
                dimension.name
            ));
        }
        if let Some(parent) = &dimension.parent
            && !manifest.dimensions.iter().any(|d| &d.name == parent)
        {
            return fail(format!(
                "has no dimension {parent:?}, the parent of {:?}",
                dimension.name
            ));
        }
    }
    if manifest.measures.is_empty()
        || !manifest
            .measures
            .iter()
            .any(|m| m.name == manifest.default_measure)
    {
        return fail(format!("has no measure {:?}", manifest.default_measure));
    }
    for file in &manifest.files {
        for group in file.grains.iter().flat_map(|g| &g.groups) {
            let size: u64 = group.chunk_bytes.iter().map(|&b| u64::from(b)).sum();
            let fits = group.chunk_bytes.len() == file.columns.len()
                && group.chunk_crc32.len() == file.columns.len()
                && group
                    .offset
                    .checked_add(size)
                    .is_some_and(|end| end <= file.size_bytes);
            if !fits {
                return fail(format!(
                    "has a row-group map that does not fit {}",
                    file.name
                ));
            }
        }
    }
    Ok(())
}
