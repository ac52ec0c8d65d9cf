//! A directory store whose ranges are read once and then kept, so that asking again costs no files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use nearcast::error::{Error, Result};
use nearcast::shell::{Chunk, ReadSpec, Span};

/// A directory store and what was read of it.
#[derive(Debug)]
pub struct Kept {
    store: PathBuf,
    chunks: BTreeMap<String, Chunk>,
}

impl Kept {
    /// Nothing read yet.
    #[must_use]
    pub fn new(store: &Path) -> Self {
        Self {
            store: store.to_owned(),
            chunks: BTreeMap::new(),
        }
    }

    /// Reads what is asked for, the first time.
    ///
    /// # Errors
    /// `Upstream` if the file cannot be read.
    pub fn read(&mut self, spec: &ReadSpec) -> Result<Chunk> {
        let place = format!("{} {:?}", spec.key, spec.span);
        if let Some(chunk) = self.chunks.get(&place) {
            return Ok(chunk.clone());
        }
        let bytes = load(&self.store.join(spec.key.as_str()), &spec.span)
            .map_err(|e| Error::upstream(format!("reading {}: {e}", spec.key)))?;
        let chunk = Chunk {
            bytes: bytes.into(),
            etag: None,
        };
        self.chunks.insert(place, chunk.clone());
        Ok(chunk)
    }
}

fn load(path: &Path, span: &Span) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    match span {
        Span::Whole { .. } => file.read_to_end(&mut bytes)?,
        Span::Range(range) => {
            file.seek(SeekFrom::Start(range.start))?;
            file.take(range.end - range.start).read_to_end(&mut bytes)?
        }
        Span::Suffix { bytes: last } => {
            let size = file.metadata()?.len();
            file.seek(SeekFrom::Start(size.saturating_sub(*last)))?;
            file.read_to_end(&mut bytes)?
        }
    };
    Ok(bytes)
}
