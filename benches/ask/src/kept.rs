//! A directory store whose ranges are read once and then kept, so that asking again costs no files.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use nearcast::error::{Error, Result};
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Span};

/// A directory store and what was read of it.
#[derive(Debug)]
pub struct Kept {
    store: PathBuf,
    chunks: RefCell<Vec<(ReadSpec, Chunk)>>,
}

impl Kept {
    /// Nothing read yet.
    #[must_use]
    pub fn new(store: &Path) -> Self {
        Self {
            store: store.to_owned(),
            chunks: RefCell::default(),
        }
    }

    fn read(&self, spec: &ReadSpec) -> Result<Chunk> {
        let mut chunks = self.chunks.borrow_mut();
        if let Some((_, chunk)) = chunks.iter().find(|(kept, _)| kept == spec) {
            return Ok(chunk.clone());
        }
        let bytes = load(&self.store.join(spec.key.as_str()), &spec.span)
            .map_err(|e| Error::upstream(format!("reading {}: {e}", spec.key)))?;
        let chunk = Chunk {
            bytes: bytes.into(),
            etag: None,
        };
        chunks.push((spec.clone(), chunk.clone()));
        Ok(chunk)
    }
}

impl RangeRead for Kept {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        specs.iter().map(|spec| self.read(spec)).collect()
    }
}

fn load(path: &Path, span: &Span) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::new();
    let length = match span {
        Span::Whole { .. } => u64::MAX,
        Span::Prefix { bytes } => *bytes,
        Span::Range(range) => {
            file.seek(SeekFrom::Start(range.start))?;
            range.end - range.start
        }
        Span::Suffix { bytes } => {
            let size = file.metadata()?.len();
            file.seek(SeekFrom::Start(size.saturating_sub(*bytes)))?;
            *bytes
        }
    };
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}
