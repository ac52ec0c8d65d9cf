//! R2 as the core's store.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use nearcast::error::{Error, Result};
use nearcast::model::Etag;
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Span, Tick};
use worker::{Bucket, Conditional, Date, Range};

/// A Worker may hold this many connections open at once.
pub(crate) const READS_AT_ONCE: usize = 6;

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
        if is_empty(&spec.span) {
            return self.read_nothing(spec).await;
        }
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
        let object = match get.execute().await {
            // Only an object without bytes has no first and no last one.
            Err(error)
                if is_out_of_range(&error)
                    && matches!(spec.span, Span::Prefix { .. } | Span::Suffix { .. }) =>
            {
                return self.read_nothing(spec).await;
            }
            object => object
                .map_err(|error| failed(key, &error))?
                .ok_or_else(|| Error::not_found(format!("there is no object {key}")))?,
        };
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

impl R2Store {
    /// No byte of an object that has to be there, as the reader knows it and as long as its manifest says.
    async fn read_nothing(&self, spec: &ReadSpec) -> Result<Chunk> {
        let key = spec.key.as_str();
        let object = self.bucket.head(key).await;
        let object = object
            .map_err(|error| failed(key, &error))?
            .ok_or_else(|| Error::not_found(format!("there is no object {key}")))?;
        let etag = Etag(object.etag());
        if spec.if_match.as_ref().is_some_and(|wanted| *wanted != etag) {
            return Err(Error::stale(format!(
                "{key} changed while it was being read: ask again"
            )));
        }
        if matches!(&spec.span, Span::Range(range) if range.start > range.end || range.end > object.size())
        {
            return Err(Error::corrupt(format!(
                "{key} is shorter than its manifest says, or that names no range"
            )));
        }
        Ok(Chunk {
            bytes: Bytes::new(),
            etag: Some(etag),
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

    fn tick(&self) -> Option<Tick> {
        Some(Tick {
            us: Date::now().as_millis().saturating_mul(1_000),
            // It stands still until the Worker waits for something.
            runs: false,
        })
    }
}

/// JavaScript counts up to here without a gap; no object is larger.
const NUMBER_MAX: u64 = (1 << 53) - 1;

fn range(span: &Span) -> Option<Range> {
    match span {
        Span::Whole { .. } => None,
        Span::Range(range) => Some(Range::OffsetWithLength {
            offset: range.start.min(NUMBER_MAX),
            length: range.end.saturating_sub(range.start).min(NUMBER_MAX),
        }),
        Span::Suffix { bytes } => Some(Range::Suffix {
            suffix: (*bytes).min(NUMBER_MAX),
        }),
        Span::Prefix { bytes } => Some(Range::OffsetWithLength {
            offset: 0,
            length: (*bytes).min(NUMBER_MAX),
        }),
    }
}

/// R2 knows no range without bytes.
fn is_empty(span: &Span) -> bool {
    match span {
        Span::Whole { .. } => false,
        Span::Range(range) => range.is_empty(),
        Span::Suffix { bytes } | Span::Prefix { bytes } => *bytes == 0,
    }
}

fn is_out_of_range(error: &worker::Error) -> bool {
    error.to_string().contains("10039")
}

/// R2 refuses a range that starts past the end; anything else is R2's own trouble.
fn failed(key: &str, error: &worker::Error) -> Error {
    if is_out_of_range(error) {
        return Error::corrupt(format!(
            "{key} is shorter than the range that is to be in it"
        ));
    }
    Error::upstream(format!("R2 did not give {key}: {error}"))
}
