//! How long an answer keeps, and for whom. Every caching promise has its test in `tests/caching.rs`.

use http::HeaderValue;
use sha2::{Digest, Sha256};

use crate::limits;

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
    /// The value of `Cache-Control`.
    #[must_use]
    pub fn header(self) -> HeaderValue {
        let text = match self {
            Self::Pinned => format!("public, max-age={}, immutable", limits::PINNED_TTL_S),
            Self::Redirect => format!("public, max-age={}", limits::LATEST_TTL_S),
            Self::Page => format!("public, max-age={}", limits::PAGE_TTL_S),
            Self::Private => "private, no-store".to_owned(),
            Self::NoStore => "no-store".to_owned(),
        };
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("no-store"))
    }

    /// Whether a kept copy may be asked for again by its `ETag`.
    #[must_use]
    pub const fn has_etag(self) -> bool {
        matches!(self, Self::Pinned | Self::Page)
    }
}

/// A strong `ETag`: a hash of the body.
#[must_use]
pub fn etag(body: &[u8]) -> String {
    let hash = Sha256::digest(body)
        .iter()
        .take(16)
        .fold(0_u128, |sum, &byte| sum << 8 | u128::from(byte));
    format!("\"{hash:032x}\"")
}

/// Whether an `If-None-Match` names this `ETag` (RFC 9110 section 13.1.2: weak comparison, `*` matches anything).
#[must_use]
pub fn none_match(if_none_match: &str, etag: &str) -> bool {
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
}
