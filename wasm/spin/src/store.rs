//! Mounted files as the core's store.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Instant, SystemTime};

use nearcast::error::{Error, Result};
use nearcast::model::Etag;
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Span, Tick};

/// A mounted directory, laid out as the bucket is.
#[derive(Debug)]
pub(crate) struct FileStore {
    root: PathBuf,
}

impl FileStore {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn read(&self, spec: &ReadSpec) -> Result<Chunk> {
        let key = spec.key.as_str();
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => Error::not_found(format!("there is no object {key}")),
            _ => Error::upstream(format!("the mounted files did not give {key}: {error}")),
        };
        let mut file = File::open(self.root.join(key)).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let size_bytes = metadata.len();
        let etag = Etag(mark(size_bytes, metadata.modified().ok()));
        if spec.if_match.as_ref().is_some_and(|wanted| *wanted != etag) {
            return Err(Error::stale(format!(
                "{key} changed while it was being read: ask again"
            )));
        }
        let (start, length) = match &spec.span {
            Span::Whole { max_bytes } if size_bytes > *max_bytes => {
                return Err(Error::corrupt(format!(
                    "{key} has {size_bytes} bytes, more than the {max_bytes} that it may have"
                )));
            }
            Span::Whole { .. } => (0, size_bytes),
            Span::Range(range) if range.start > range.end || range.end > size_bytes => {
                return Err(Error::corrupt(format!(
                    "{key} has {size_bytes} bytes, fewer than were to be in it"
                )));
            }
            Span::Range(range) => (range.start, range.end - range.start),
            Span::Suffix { bytes } => (size_bytes.saturating_sub(*bytes), size_bytes.min(*bytes)),
            Span::Prefix { bytes } => (0, size_bytes.min(*bytes)),
        };
        file.seek(SeekFrom::Start(start)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 != length {
            return Err(Error::stale(format!(
                "{key} changed while it was being read: ask again"
            )));
        }
        Ok(Chunk {
            bytes: bytes.into(),
            etag: Some(etag),
        })
    }
}

/// When this instance first looked at its clock.
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

impl RangeRead for FileStore {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        specs.iter().map(|spec| self.read(spec)).collect()
    }

    fn tick(&self) -> Option<Tick> {
        let us = STARTED.elapsed().as_micros();
        Some(Tick {
            us: u64::try_from(us).ok()?,
            runs: true,
        })
    }
}

/// Files have no etag: size and time of the last change stand in for one.
fn mark(size_bytes: u64, modified: Option<SystemTime>) -> String {
    let modified_ns = modified
        .and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    format!("{size_bytes:x}-{modified_ns:x}")
}
