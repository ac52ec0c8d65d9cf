//! One request for an object, and what the answer to it means. Nothing that a server says is trusted before it fits.

use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, DATE, ETAG, IF_MATCH, RANGE,
    RETRY_AFTER,
};
use http::{HeaderMap, HeaderValue, Method, Request};
use jiff::fmt::rfc2822;

use super::place::Web;
use super::retry::Trouble;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::dataset::Etag;
use crate::shell::{Chunk, ReadSpec, Span};

/// Numbers above this are none in the JavaScript that some servers and hosts are made of.
const NUMBER_MAX: u64 = (1 << 53) - 1;

/// Why an attempt at a read brought nothing.
#[derive(Debug)]
pub enum Failure {
    /// Another attempt may.
    Again(Trouble),
    /// No other attempt will.
    Over(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Over(error)
    }
}

/// The request for a read: `GET` with `Range` and `If-Match`, or `HEAD` where no byte is wanted, since a range of HTTP has
/// at least one.
///
/// # Errors
/// `Corrupt` for a range that ends before it starts.
pub fn request(spec: &ReadSpec, base: &Web) -> Result<Request<()>> {
    let (method, range) = match &spec.span {
        Span::Whole { .. } => (Method::GET, None),
        Span::Range(range) if range.start > range.end => {
            return Err(Error::corrupt(format!(
                "bytes {} to {} of {} are needed, which are none: its manifest is damaged",
                range.start, range.end, spec.key
            )));
        }
        Span::Range(range) if range.is_empty() => (Method::HEAD, None),
        Span::Prefix { bytes: 0 } | Span::Suffix { bytes: 0 } => (Method::HEAD, None),
        Span::Range(range) => (
            Method::GET,
            Some(format!(
                "bytes={}-{}",
                range.start.min(NUMBER_MAX),
                (range.end - 1).min(NUMBER_MAX)
            )),
        ),
        Span::Prefix { bytes } => (
            Method::GET,
            Some(format!("bytes=0-{}", (bytes - 1).min(NUMBER_MAX))),
        ),
        Span::Suffix { bytes } => (
            Method::GET,
            Some(format!("bytes=-{}", (*bytes).min(NUMBER_MAX))),
        ),
    };
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = base.address(&spec.key)?;
    let headers = request.headers_mut();
    // Ranges are of the object as it lies there, not of a compressed copy.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let unprintable = |e| Error::internal("a read cannot be written as HTTP").with_source(e);
    if let Some(range) = range {
        headers.insert(RANGE, HeaderValue::try_from(range).map_err(unprintable)?);
    }
    // A weak mark never matches (RFC 9110, 13.1.1): then the answer's own is compared.
    if let Some(etag) = spec.if_match.as_ref().filter(|e| !e.0.starts_with("W/")) {
        let etag = HeaderValue::try_from(etag.0.as_str()).map_err(unprintable)?;
        headers.insert(IF_MATCH, etag);
    }
    Ok(request)
}

/// What it means if a body ends with bytes still wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EarlyEnd {
    /// The server said that they would come.
    Broken,
    /// It never said how long the object is, and the object is too short.
    Short,
    /// There are no more.
    Fine,
}

/// The body of an answer as it comes, held to what was asked.
#[derive(Debug)]
pub struct Body {
    key: String,
    etag: Option<Etag>,
    /// Bytes to pass over first: a server may send all of an object instead of a range.
    skip: u64,
    /// Bytes still wanted; unknown where a server does not say how long the object is.
    left: Option<u64>,
    early_end: EarlyEnd,
    max: u64,
    /// Whether the bound is the reader's own, rather than the object's.
    own_bound: bool,
    kept: BytesMut,
}

impl Body {
    /// What an answer's status and headers say about the body to come.
    ///
    /// # Errors
    /// Over: `NotFound`, `Stale` (412, another etag), `Corrupt` (shorter or longer than it may be), `OverBudget` (more than
    /// one question may read), `Upstream` (refused, redirected, not what HTTP allows). Again: 408, 429 and 5xx.
    pub fn begin(spec: &ReadSpec, status: u16, headers: &HeaderMap) -> Result<Self, Failure> {
        let key = &spec.key;
        let etag = text(headers, ETAG.as_str()).map(|etag| Etag(etag.to_owned()));
        match status {
            200 | 206 => {}
            // Only an object without bytes has no first and no last one.
            416 if matches!(spec.span, Span::Prefix { .. } | Span::Suffix { .. }) => {
                return Ok(Self::of(spec, None, 0, Some(0)));
            }
            _ => return Err(refused(spec, status, headers)),
        }
        if let (Some(wanted), Some(etag)) = (&spec.if_match, &etag)
            && wanted != etag
        {
            return Err(stale(spec).into());
        }
        if text(headers, CONTENT_ENCODING.as_str()).is_some_and(|coding| coding != "identity") {
            return Err(Error::upstream(format!(
                "storage sends {key} compressed although it was asked not to: turn that off for this prefix"
            ))
            .into());
        }
        let length = text(headers, CONTENT_LENGTH.as_str()).and_then(|n| n.parse::<u64>().ok());
        if status == 206 {
            return partial(spec, etag, headers);
        }
        let body = match (&spec.span, length) {
            (Span::Whole { max_bytes }, Some(size)) if size > *max_bytes => {
                return Err(too_long(spec, size, *max_bytes).into());
            }
            (Span::Whole { .. }, size) => Self::of(spec, etag, 0, size),
            (Span::Range(range), Some(size)) if range.end > size => {
                return Err(too_short(spec, size).into());
            }
            (Span::Range(range), size) => {
                let mut body = Self::of(spec, etag, range.start, Some(range.end - range.start));
                if size.is_none() {
                    body.early_end = EarlyEnd::Short;
                }
                body
            }
            (Span::Prefix { bytes }, Some(size)) => Self::of(spec, etag, 0, Some(size.min(*bytes))),
            (Span::Prefix { bytes }, None) => {
                let mut body = Self::of(spec, etag, 0, Some(*bytes));
                body.early_end = EarlyEnd::Fine;
                body
            }
            (Span::Suffix { bytes }, Some(size)) => {
                let wanted = size.min(*bytes);
                Self::of(spec, etag, size - wanted, Some(wanted))
            }
            (Span::Suffix { .. }, None) => return Err(no_ranges(spec).into()),
        };
        if body.skip > limits::READ_BYTES_MAX {
            return Err(no_ranges(spec).into());
        }
        body.within_budget(spec)
    }

    fn of(spec: &ReadSpec, etag: Option<Etag>, skip: u64, left: Option<u64>) -> Self {
        let max = match spec.span {
            Span::Whole { max_bytes } => max_bytes,
            _ => u64::MAX,
        };
        let capacity = left.unwrap_or(0).min(limits::READ_BYTES_MAX);
        Self {
            key: spec.key.to_string(),
            etag,
            // Nothing has to be passed over to get nothing.
            skip: if left == Some(0) { 0 } else { skip },
            left,
            early_end: EarlyEnd::Broken,
            max: max.min(limits::READ_BYTES_MAX),
            own_bound: max <= limits::READ_BYTES_MAX,
            kept: BytesMut::with_capacity(usize::try_from(capacity).unwrap_or(0)),
        }
    }

    fn within_budget(self, spec: &ReadSpec) -> Result<Self, Failure> {
        let known = self.early_end != EarlyEnd::Fine;
        if known && self.left.is_some_and(|left| left > limits::READ_BYTES_MAX) {
            return Err(over_budget(spec.key.as_str()).into());
        }
        Ok(self)
    }

    /// Whether nothing more is wanted.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.left == Some(0)
    }

    /// Takes more of the body. True once nothing more is wanted: the rest need not be read.
    ///
    /// # Errors
    /// Over: `Corrupt` or `OverBudget` once there is more than there may be; nothing beyond that is kept.
    pub fn push(&mut self, bytes: &[u8]) -> Result<bool, Failure> {
        let passed = self.skip.min(bytes.len() as u64);
        self.skip -= passed;
        let bytes = usize::try_from(passed)
            .ok()
            .and_then(|passed| bytes.get(passed..))
            .unwrap_or_default();
        let most = self.left.map_or(bytes.len(), |left| {
            usize::try_from(left).map_or(bytes.len(), |left| bytes.len().min(left))
        });
        let bytes = bytes.get(..most).unwrap_or_default();
        if self.kept.len() as u64 + bytes.len() as u64 > self.max {
            return Err(if self.own_bound {
                Error::corrupt(format!(
                    "{} has more than the {} bytes that it may have",
                    self.key, self.max
                ))
            } else {
                over_budget(&self.key)
            }
            .into());
        }
        self.kept.extend_from_slice(bytes);
        self.left = self.left.map(|left| left - bytes.len() as u64);
        Ok(self.is_enough())
    }

    /// The chunk, at the end of the body.
    ///
    /// # Errors
    /// Again: a body that ended before what its headers promised. Over: `Corrupt` if it promised nothing and the object is
    /// too short.
    pub fn finish(self) -> Result<Chunk, Failure> {
        let left = self.left.unwrap_or(0);
        match self.early_end {
            EarlyEnd::Broken if left > 0 => {
                return Err(Failure::Again(Trouble::new(format!(
                    "storage broke off {} with {left} bytes to come",
                    self.key
                ))));
            }
            EarlyEnd::Short if left > 0 => {
                return Err(Error::corrupt(format!(
                    "{} is {left} bytes shorter than its manifest says: it is truncated",
                    self.key
                ))
                .into());
            }
            _ => {}
        }
        Ok(Chunk {
            bytes: self.kept.freeze(),
            etag: self.etag,
        })
    }
}

/// What an answer means whose body is at hand.
///
/// # Errors
/// Those of [`Body`].
pub fn interpret(
    spec: &ReadSpec,
    status: u16,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Chunk, Failure> {
    let mut taken = Body::begin(spec, status, headers)?;
    taken.push(body)?;
    taken.finish()
}

fn partial(spec: &ReadSpec, etag: Option<Etag>, headers: &HeaderMap) -> Result<Body, Failure> {
    let key = &spec.key;
    let wrong = || {
        Error::upstream(format!(
            "storage gave other bytes of {key} than it was asked for"
        ))
    };
    let given = text(headers, CONTENT_RANGE.as_str()).and_then(content_range);
    let (first, last, size) = given.ok_or_else(wrong)?;
    let (start, end) = match (&spec.span, size) {
        (Span::Whole { .. }, _) | (Span::Suffix { .. }, None) => return Err(wrong().into()),
        (Span::Range(range), Some(size)) if range.end > size => {
            return Err(too_short(spec, size).into());
        }
        (Span::Range(range), _) => (range.start, range.end),
        (Span::Prefix { bytes }, Some(size)) => (0, size.min(*bytes)),
        (Span::Prefix { bytes }, None) => (0, (last + 1).min(*bytes)),
        (Span::Suffix { bytes }, Some(size)) => (size.saturating_sub(*bytes), size),
    };
    if (first, last + 1) != (start, end) {
        return Err(wrong().into());
    }
    Body::of(spec, etag, 0, Some(end - start)).within_budget(spec)
}

/// `bytes first-last/size`; the size may be unknown.
fn content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let size = match size.trim() {
        "*" => None,
        size => Some(size.parse().ok()?),
    };
    let fits = first <= last && last < size.unwrap_or(u64::MAX);
    fits.then_some((first, last, size))
}

fn refused(spec: &ReadSpec, status: u16, headers: &HeaderMap) -> Failure {
    let key = &spec.key;
    Failure::Over(match status {
        404 | 410 => Error::not_found(format!("there is no object {key}")),
        412 => stale(spec),
        416 => Error::corrupt(format!(
            "{key} is shorter than its manifest says: it is truncated"
        )),
        401 | 403 => Error::upstream(format!(
            "storage refuses {key} ({status}): check the key and that it may get objects; where it may not list them, a missing object is refused like this, too"
        )),
        300..=399 => Error::upstream(format!(
            "storage answers {status} for {key}: check bucket, region and endpoint, redirects are not followed"
        )),
        400 => Error::upstream(format!(
            "storage does not understand the request for {key} (400): check region and endpoint"
        )),
        408 | 429 | 500 | 502..=599 => {
            return Failure::Again(Trouble {
                why: format!("storage answers {status} for {key}"),
                retry_after_s: retry_after_s(headers),
            });
        }
        _ => Error::upstream(format!("storage answers {status} for {key}")),
    })
}

/// How long the server asks to be left alone, seconds. A date counts from the server's own clock.
#[must_use]
pub fn retry_after_s(headers: &HeaderMap) -> Option<u64> {
    let asked = text(headers, RETRY_AFTER.as_str())?;
    if let Ok(seconds) = asked.parse() {
        return Some(seconds);
    }
    let instant = |text: &str| Some(rfc2822::parse(text).ok()?.timestamp().as_second());
    let until = instant(asked)?;
    let now = text(headers, DATE.as_str()).and_then(instant)?;
    Some(u64::try_from(until.saturating_sub(now)).unwrap_or(0))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn stale(spec: &ReadSpec) -> Error {
    Error::stale(format!("{} changed while it was being read", spec.key))
}

fn too_long(spec: &ReadSpec, size: u64, max: u64) -> Error {
    Error::corrupt(format!(
        "{} has {size} bytes, more than the {max} that it may have",
        spec.key
    ))
}

fn too_short(spec: &ReadSpec, size: u64) -> Error {
    Error::corrupt(format!(
        "{} has {size} bytes, fewer than its manifest says: it is truncated",
        spec.key
    ))
}

fn no_ranges(spec: &ReadSpec) -> Error {
    Error::upstream(format!(
        "storage sends all of {} instead of a range of it: use one that answers range requests",
        spec.key
    ))
}

fn over_budget(key: &str) -> Error {
    Error::over_budget(format!(
        "more than {} MiB of {key} are needed: narrow the question's filters or its period",
        limits::READ_BYTES_MAX >> 20
    ))
}

#[cfg(test)]
mod tests;
