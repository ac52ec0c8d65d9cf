//! How long an answer keeps, and for whom: outcome -> `Cache-Control`, `ETag`, `Vary`, cache tags, 304. Every caching
//! promise has its test in `tests/caching.rs`.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, VARY};
use http::{HeaderValue, Response, StatusCode};
use sha2::{Digest, Sha256};

use crate::limits;
use crate::model::{DatasetId, VersionId};

/// The names that a load balancer may purge an answer by.
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");

/// Who may keep a response, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// A pinned answer of a public dataset: depends on its URL alone, for ever.
    Pinned,
    /// A redirect to the latest version or to the canonical spelling, of a public dataset.
    Redirect,
    /// The page and its files.
    Page,
    /// Depends on who asks: kept by nobody.
    Private,
    /// Errors, liveness, everything else that is only true now.
    NoStore,
}

impl Policy {
    /// The policy if anyone may have the response, otherwise [`Self::Private`].
    #[must_use]
    pub const fn if_public(self, is_public: bool) -> Self {
        if is_public { self } else { Self::Private }
    }

    fn header(self) -> HeaderValue {
        let text = match self {
            Self::Pinned => format!("public, max-age={}, immutable", limits::PINNED_TTL_S),
            Self::Redirect => format!("public, max-age={}", limits::LATEST_TTL_S),
            Self::Page => format!("public, max-age={}", limits::PAGE_TTL_S),
            Self::Private => "private, no-store".to_owned(),
            Self::NoStore => "no-store".to_owned(),
        };
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("no-store"))
    }
}

/// Writes a response's caching into its headers.
#[must_use]
pub fn keep(mut response: Response<Bytes>, policy: Policy) -> Response<Bytes> {
    let tag = match policy {
        Policy::Pinned | Policy::Page => HeaderValue::from_str(&etag(response.body())).ok(),
        _ => None,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, policy.header());
    if let Some(tag) = tag {
        headers.insert(ETAG, tag);
    }
    if policy == Policy::Private {
        headers.insert(VARY, HeaderValue::from_static("authorization, x-api-key"));
    }
    response
}

/// Names a pinned answer for purging: by its dataset, and by its version.
#[must_use]
pub fn tagged(
    mut response: Response<Bytes>,
    dataset: &DatasetId,
    version: &VersionId,
) -> Response<Bytes> {
    if let Ok(tags) = HeaderValue::from_str(&format!("{dataset},{dataset}-{version}")) {
        response.headers_mut().insert(CACHE_TAG, tags);
    }
    response
}

/// 304 instead of the body, if the client has it already.
#[must_use]
pub fn unless_known(response: Response<Bytes>, if_none_match: Option<&str>) -> Response<Bytes> {
    let known = match (
        response.headers().get(ETAG).and_then(|e| e.to_str().ok()),
        if_none_match,
    ) {
        (Some(etag), Some(asked)) => response.status() == StatusCode::OK && none_match(asked, etag),
        _ => false,
    };
    if !known {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(CONTENT_TYPE);
    Response::from_parts(parts, Bytes::new())
}

/// A strong `ETag`: a hash of the body.
fn etag(body: &[u8]) -> String {
    let hash = Sha256::digest(body)
        .iter()
        .take(16)
        .fold(0_u128, |sum, &byte| sum << 8 | u128::from(byte));
    format!("\"{hash:032x}\"")
}

/// Whether an `If-None-Match` names this `ETag` (RFC 9110 section 13.1.2: weak comparison, `*` matches anything).
fn none_match(if_none_match: &str, etag: &str) -> bool {
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_compare_weakly_and_in_lists() {
        let tag = etag(b"body");
        assert_eq!(tag.len(), 34);
        assert!(none_match(&tag, &tag));
        assert!(none_match(&format!("\"x\", W/{tag}"), &tag));
        assert!(none_match("*", &tag));
        assert!(!none_match("\"x\"", &tag));
        assert_ne!(etag(b"other"), tag);
    }

    #[test]
    fn only_a_good_answer_becomes_304() {
        let kept = |status| {
            let mut response = keep(Response::new(Bytes::from_static(b"x")), Policy::Pinned);
            *response.status_mut() = status;
            unless_known(response, Some("*"))
        };
        assert_eq!(kept(StatusCode::OK).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(kept(StatusCode::NOT_FOUND).status(), StatusCode::NOT_FOUND);
    }
}
