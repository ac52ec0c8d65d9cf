//! R2 as the core's store.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use nearcast::error::{Error, Result};
use nearcast::model::Etag;
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Span};
use worker::{Bucket, Conditional, Range};

/// A Worker may hold this many connections open at once.
const READS_AT_ONCE: usize = 6;

/// The bucket that is bound as `DATA`.
#[derive(Debug)]
pub(crate) struct R2Store {
    bucket: Bucket,
}

impl R2Store {
    pub(crate) const fn new(bucket: Bucket) -> Self {
        Self { bucket }
    }

    async fn read(&self, spec: &ReadSpec) -> Result<Chunk> {
        let key = spec.key.as_str();
        let mut get = self.bucket.get(key);
        if let Some(range) = range(&spec.span) {
            get = get.range(range);
        }
        if let Some(etag) = &spec.if_match {
            get = get.only_if(Conditional {
                etag_matches: Some(etag.0.clone()),
                ..Conditional::default()
            });
        }
        let object = get
            .execute()
            .await
            .map_err(|error| failed(key, &error))?
            .ok_or_else(|| Error::not_found(format!("there is no object {key}")))?;
        let etag = object.etag();
        if spec
            .if_match
            .as_ref()
            .is_some_and(|wanted| wanted.0 != etag)
        {
            return Err(Error::stale(format!(
                "{key} changed while it was being read: ask again"
            )));
        }
        let size_bytes = object.size();
        if let Span::Whole { max_bytes } = spec.span
            && size_bytes > max_bytes
        {
            return Err(Error::corrupt(format!(
                "{key} has {size_bytes} bytes, more than the {max_bytes} that it may have"
            )));
        }
        let body = object.body().ok_or_else(|| {
            Error::stale(format!("{key} changed while it was being read: ask again"))
        })?;
        let bytes = Bytes::from(body.bytes().await.map_err(|error| failed(key, &error))?);
        let wanted_bytes = match &spec.span {
            Span::Whole { .. } => size_bytes,
            Span::Range(range) => range.end.saturating_sub(range.start),
            Span::Suffix { bytes } | Span::Prefix { bytes } => size_bytes.min(*bytes),
        };
        if bytes.len() as u64 != wanted_bytes {
            return Err(Error::corrupt(format!(
                "{key} gave {} bytes where {wanted_bytes} were to be",
                bytes.len()
            )));
        }
        Ok(Chunk {
            bytes,
            etag: Some(Etag(etag)),
        })
    }
}

impl RangeRead for R2Store {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        stream::iter(specs)
            .map(|spec| self.read(spec))
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }
}

fn range(span: &Span) -> Option<Range> {
    match span {
        Span::Whole { .. } => None,
        Span::Range(range) => Some(Range::OffsetWithLength {
            offset: range.start,
            length: range.end.saturating_sub(range.start),
        }),
        Span::Suffix { bytes } => Some(Range::Suffix { suffix: *bytes }),
        Span::Prefix { bytes } => Some(Range::OffsetWithLength {
            offset: 0,
            length: *bytes,
        }),
    }
}

/// R2 refuses a range that starts past the end; anything else is R2's own trouble.
fn failed(key: &str, error: &worker::Error) -> Error {
    let text = error.to_string();
    if text.contains("10039") {
        return Error::corrupt(format!(
            "{key} is shorter than the range that is to be in it"
        ));
    }
    Error::upstream(format!("R2 did not give {key}: {text}"))
}
