//! The owner's documents, as a question reads them.

use std::ops::Range;
use std::sync::Arc;

use super::Work;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::dataset::ObjectKey;
use crate::model::manifest::{DOCUMENTS_FILE, Manifest};
use crate::search::Library;
use crate::shell::{Chunk, ReadSpec, Span};

/// Reads bytes of the documents' file.
pub(super) fn spec(manifest: &Manifest, span: Range<u64>) -> Result<ReadSpec> {
    Ok(ReadSpec {
        key: ObjectKey::file(&manifest.dataset, &manifest.version, DOCUMENTS_FILE)?,
        span: Span::Range(span),
        if_match: None,
    })
}

impl Work {
    /// What to read for the index of the documents: nothing where there are none, or it is at hand.
    pub(super) fn library_spec(&self) -> Result<Option<ReadSpec>> {
        if self.library.is_some() {
            return Ok(None);
        }
        let Some((file, map)) = self.manifest.documents() else {
            return Ok(None);
        };
        if map.index_bytes > limits::INDEX_BYTES_MAX || map.index_bytes > file.size_bytes {
            return Err(Error::corrupt(
                "the index of the documents is larger than it may be: ingest again",
            ));
        }
        let end = if file.size_bytes <= limits::DOCUMENTS_WHOLE_BYTES {
            file.size_bytes
        } else {
            map.index_bytes
        };
        spec(&self.manifest, 0..end).map(Some)
    }

    /// Keeps the index that a read brought.
    pub(super) fn take_library(&mut self, chunk: Option<&Chunk>) -> Result<()> {
        let (Some(chunk), Some((_, map))) = (chunk, self.manifest.documents()) else {
            return Err(Error::internal("an index of no documents"));
        };
        self.library = Some(Arc::new(Library::read(&chunk.bytes, map)?));
        Ok(())
    }
}

/// The id of a passage, and its title: the document's, and the heading that it stands under.
pub(super) fn passage_name(library: &Library, at: usize) -> Option<(String, String)> {
    let passage = library.passages.get(at)?;
    let document = library.documents.get(passage.document)?;
    let number = at.checked_sub(document.passages.start)? + 1;
    let id = format!("doc:{}#{number}", document.name);
    let title = if passage.heading.is_empty() {
        document.title.clone()
    } else {
        format!("{} > {}", document.title, passage.heading)
    };
    Some((id, title))
}
