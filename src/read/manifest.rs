//! Pointer and manifest bytes -> values whose parts fit each other. A manifest proves itself: its id is a hash of its bytes,
//! and it holds a checksum of every chunk of data, so a byte that was altered anywhere is noticed before it answers.

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::{
    Attachment, AttachmentKind, FORMAT, Groups, Manifest, Pointer, PreviousVersion,
};
use crate::model::{DatasetId, Timestamp, VersionId};

/// Reads `current.json`.
///
/// # Errors
/// `Corrupt` if it is not a pointer of this dataset.
pub fn pointer(bytes: &[u8], dataset: &DatasetId) -> Result<Pointer> {
    let what = format!("the pointer of {dataset}");
    let raw: RawPointer<'_> = parse(head(bytes), &what)?;
    known(raw.format, &what)?;
    let manifest = self::manifest(raw.manifest.get().as_bytes(), dataset, &raw.version)?;
    Ok(Pointer {
        format: FORMAT,
        version: raw.version,
        published_at: raw.published_at,
        previous: raw.previous,
        check: raw.check,
        manifest,
    })
}

/// Reads `manifest.json`.
///
/// # Errors
/// `Corrupt` if it is not the manifest of this version, or its parts do not fit each other.
pub fn manifest(bytes: &[u8], dataset: &DatasetId, version: &VersionId) -> Result<Manifest> {
    let what = format!("the manifest of {dataset} {version}");
    let bytes = head(bytes);
    let manifest: Manifest = parse(bytes, &what)?;
    known(manifest.format, &what)?;
    check(&manifest, dataset, version)?;
    if !proves(bytes, version) {
        return Err(Error::corrupt(format!(
            "{what} is altered: its id is not the hash of what it says; restore it or ingest again"
        )));
    }
    Ok(manifest)
}

/// What follows the manifest or pointer in its object, each checked against the manifest. A last line that is cut off, since
/// only the beginning of the object was read, is left out.
///
/// # Errors
/// `Corrupt` if an attachment is not what the manifest says.
pub fn attachments(bytes: &[u8], manifest: &Manifest) -> Result<Vec<Attachment>> {
    let what = format!("the manifest of {} {}", manifest.dataset, manifest.version);
    let mut attachments = Vec::new();
    let mut rest = bytes.get(head(bytes).len() + 1..).unwrap_or_default();
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let attachment: Attachment = parse(line, &what)?;
        let hash = proof(manifest, &attachment);
        if hash != Some(hex(&Sha256::digest(&attachment.content.0)).as_str()) {
            return Err(Error::corrupt(format!(
                "{what} is altered: what is attached to it for {} is not what it says; restore it or ingest again",
                attachment.file
            )));
        }
        attachments.push(attachment);
    }
    Ok(attachments)
}

/// The hash that an attachment must have.
fn proof<'a>(manifest: &'a Manifest, attachment: &Attachment) -> Option<&'a str> {
    let file = manifest.files.iter().find(|f| f.name == attachment.file)?;
    match attachment.kind {
        AttachmentKind::File => Some(&file.sha256),
        AttachmentKind::Map => file.grains.iter().find_map(|g| match &g.groups {
            Groups::Attached { sha256, .. } => Some(sha256.as_str()),
            Groups::Here(_) => None,
        }),
    }
}

/// The first line.
fn head(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|b| *b == b'\n');
    bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes)
}

/// Whether the beginning of a pointer holds all of it but attachments.
#[must_use]
pub fn has_head(beginning: &[u8]) -> bool {
    beginning.contains(&b'\n')
}

/// [`Pointer`] with its copy of the manifest as it is written.
#[derive(Deserialize)]
struct RawPointer<'a> {
    format: u32,
    version: VersionId,
    published_at: Timestamp,
    previous: Vec<PreviousVersion>,
    #[serde(default)]
    check: String,
    #[serde(borrow)]
    manifest: &'a RawValue,
}

/// Whether a version's id is the hash of its manifest, as ingest makes it: with zeros where the id will be.
fn proves(bytes: &[u8], version: &VersionId) -> bool {
    let field = format!("\"version\":\"{version}\"");
    let Some(at) = bytes
        .windows(field.len())
        .position(|window| window == field.as_bytes())
    else {
        return false;
    };
    let (before, rest) = bytes.split_at(at);
    let after = rest.get(field.len()..).unwrap_or_default();
    let hash = Sha256::new()
        .chain_update(before)
        .chain_update(format!(
            "\"version\":\"{}\"",
            "0".repeat(version.as_str().len())
        ))
        .chain_update(after)
        .finalize();
    hex(&hash).starts_with(version.as_str())
}

fn hex(hash: &[u8]) -> String {
    hash.iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Parses at once; only what does not parse is looked at again, for a newer layout may have other fields.
fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    serde_json::from_slice(bytes).or_else(|error| {
        let head: Head = serde_json::from_slice(bytes).map_err(|_| broken(what, &error))?;
        known(head.format, what)?;
        Err(broken(what, &error))
    })
}

fn known(format: u32, what: &str) -> Result<()> {
    if format == FORMAT {
        return Ok(());
    }
    Err(Error::corrupt(format!(
        "{what} has layout {format}, and this Nearcast reads layout {FORMAT}: update Nearcast or ingest again"
    )))
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
    Ok(())
}
