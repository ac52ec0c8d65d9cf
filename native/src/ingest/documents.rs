//! The owner's documents: read from files, and kept from version to version.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use nearcast::error::{Error, Result};
use nearcast::ingest::Built;
use nearcast::limits;
use nearcast::model::ObjectKey;
use nearcast::model::manifest::{DOCUMENTS_FILE, DocumentsMap, Manifest};
use nearcast::search::Format;
use nearcast::search::library::{Source, name_of, write};
use sha2::{Digest, Sha256};

use super::upstream;
use crate::publish::Publisher;

/// Instead of a path: the version has no documents.
const NONE: &str = "none";

/// What becomes of the documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Documents {
    /// Those of the version before stay.
    Kept,
    /// These, or none.
    Given(Option<(DocumentsMap, Bytes)>),
}

impl Documents {
    /// Reads files and folders.
    ///
    /// # Errors
    /// `Invalid` for what is no document, `OverBudget` for too many or too large ones, `Upstream` if one cannot be read.
    pub(crate) fn of(paths: &[PathBuf]) -> Result<Self> {
        if paths.is_empty() {
            return Ok(Self::Kept);
        }
        if paths == [Path::new(NONE)] {
            return Ok(Self::Given(None));
        }
        let mut files = Vec::new();
        for path in paths {
            if path.is_dir() {
                walk(path, &mut files)?;
            } else {
                files.push(path.clone());
            }
        }
        if files.is_empty() {
            return Err(Error::invalid(
                "--documents names no .md or .txt file: name one, or a folder that has some, or the word none",
            ));
        }
        if files.len() > limits::DOCUMENTS_MAX {
            return Err(Error::over_budget(format!(
                "there are {} documents, and {} are allowed: join small ones or leave some out",
                files.len(),
                limits::DOCUMENTS_MAX
            )));
        }
        let sources: Result<Vec<Source>> = files.iter().map(|path| source(path)).collect();
        write(&sources?).map(|written| Self::Given(Some(written)))
    }

    /// Whether they are others than those of a version.
    pub(crate) fn are_news(&self, current: Option<&Manifest>) -> bool {
        let there = current.and_then(Manifest::documents);
        match (self, there) {
            (Self::Kept, _) | (Self::Given(None), None) => false,
            (Self::Given(Some((_, bytes))), Some((file, _))) => file.sha256 != sha256(bytes),
            (Self::Given(_), _) => true,
        }
    }

    /// Adds them to a version that was built, to follow `current`.
    ///
    /// # Errors
    /// `Corrupt` if those that stay are damaged, `Upstream` if they cannot be read.
    pub(crate) fn add(
        &self,
        publisher: &Publisher<'_>,
        built: Built,
        current: Option<&Manifest>,
    ) -> Result<Built> {
        let documents = match self {
            Self::Given(documents) => documents.clone(),
            Self::Kept => kept(publisher, current)?,
        };
        built.with_documents(documents, current)
    }
}

/// The documents of a version, checked.
fn kept(
    publisher: &Publisher<'_>,
    current: Option<&Manifest>,
) -> Result<Option<(DocumentsMap, Bytes)>> {
    let Some((manifest, (file, map))) = current.and_then(|m| Some((m, m.documents()?))) else {
        return Ok(None);
    };
    let key = ObjectKey::file(publisher.dataset(), &manifest.version, DOCUMENTS_FILE)?;
    let bytes = publisher
        .bucket()
        .get_range(key.as_str(), 0..file.size_bytes)?;
    if sha256(&bytes) != file.sha256 {
        return Err(Error::corrupt(format!(
            "{key} is altered: restore it, or give the documents again with --documents"
        )));
    }
    Ok(Some((*map, bytes)))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// How a file is written, by its ending.
fn format(path: &Path) -> Option<Format> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "md" => Some(Format::Markdown),
        "txt" => Some(Format::Text),
        _ => None,
    }
}

/// The documents of a folder and of those in it, by name. Links to other folders are not followed.
fn walk(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |e| upstream("reading", folder, e);
    let entries: std::io::Result<Vec<fs::DirEntry>> =
        fs::read_dir(folder).and_then(Iterator::collect);
    let mut entries = entries.map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if is_hidden {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            walk(&path, into)?;
        } else if path.is_file() && format(&path).is_some() {
            into.push(path);
        }
    }
    Ok(())
}

fn source(path: &Path) -> Result<Source> {
    let shown = path.display();
    let format = format(path).ok_or_else(|| {
        Error::invalid(format!(
            "{shown} is no document: name .md and .txt files, or folders"
        ))
    })?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy());
    let name = stem.and_then(|stem| name_of(&stem)).ok_or_else(|| {
        Error::invalid(format!(
            "{shown} has no name with a letter or digit: rename it"
        ))
    })?;
    let size = fs::metadata(path)
        .map_err(|e| upstream("reading", path, e))?
        .len();
    if size > limits::DOCUMENT_BYTES_MAX as u64 {
        return Err(Error::over_budget(format!(
            "{shown} has {size} bytes, and {} are allowed: split it",
            limits::DOCUMENT_BYTES_MAX
        )));
    }
    let bytes = fs::read(path).map_err(|e| upstream("reading", path, e))?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        Error::invalid(format!(
            "{shown} is not UTF-8 text from byte {at} on: save it as UTF-8"
        ))
        .with_source(e)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    Ok(Source { name, format, text })
}
