//! Objects in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use nearcast::model::dataset::{Etag, ObjectKey};
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Span};
use nearcast::{Error, Result};

/// Objects in memory, by key. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<BTreeMap<String, Bytes>>);

impl MemoryStore {
    /// A store of these objects.
    #[must_use]
    pub fn new(objects: BTreeMap<String, Bytes>) -> Self {
        Self(Arc::new(objects))
    }

    fn read(&self, spec: &ReadSpec) -> Result<Chunk> {
        let object = self
            .0
            .get(spec.key.as_str())
            .ok_or_else(|| not_found(&spec.key))?;
        let etag = Etag(format!("{:08x}-{}", object.len(), object.as_ptr() as usize));
        if spec.if_match.as_ref().is_some_and(|wanted| *wanted != etag) {
            return Err(Error::stale(format!(
                "{} changed while it was being read",
                spec.key
            )));
        }
        let size = object.len() as u64;
        let (from, to) = bounds(spec, size)?;
        let range =
            usize::try_from(from).unwrap_or(usize::MAX)..usize::try_from(to).unwrap_or(usize::MAX);
        Ok(Chunk {
            bytes: object.slice(range),
            etag: Some(etag),
        })
    }
}

impl RangeRead for MemoryStore {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        specs.iter().map(|spec| self.read(spec)).collect()
    }
}

pub(super) fn not_found(key: &ObjectKey) -> Error {
    Error::not_found(format!("there is no object {key}"))
}

/// The bytes of a span in an object of this size, as start and end.
pub(super) fn bounds(spec: &ReadSpec, size: u64) -> Result<(u64, u64)> {
    match &spec.span {
        Span::Whole { max_bytes } if size > *max_bytes => Err(Error::corrupt(format!(
            "{} has {size} bytes, more than the {max_bytes} that it may have",
            spec.key
        ))),
        Span::Whole { .. } => Ok((0, size)),
        Span::Range(range) if range.start > range.end || range.end > size => {
            Err(Error::corrupt(format!(
                "{} has {size} bytes, and bytes {} to {} of it are needed: it is truncated",
                spec.key, range.start, range.end
            )))
        }
        Span::Range(range) => Ok((range.start, range.end)),
        Span::Suffix { bytes } => Ok((size.saturating_sub(*bytes), size)),
        Span::Prefix { bytes } => Ok((0, size.min(*bytes))),
    }
}
