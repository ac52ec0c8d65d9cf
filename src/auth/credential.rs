//! What a request presents to say who it is.

use std::fmt;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName};

use super::refusal::refuse;
use crate::error::{Error, Result};
use crate::limits;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What a request presents to say who it is. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(pub(super) Kind);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    ApiKey(String),
    Bearer(String),
    Local,
}

impl Credential {
    /// The user of this process, over stdio or the command line. No header makes this.
    #[must_use]
    pub const fn local() -> Self {
        Self(Kind::Local)
    }

    /// An API key, as in `X-API-Key`.
    #[must_use]
    pub fn api_key(key: impl Into<String>) -> Self {
        Self(Kind::ApiKey(key.into()))
    }

    /// A token or API key, as in `Authorization: Bearer`.
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        Self(Kind::Bearer(token.into()))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::ApiKey(_) => "ApiKey([redacted])",
            Kind::Bearer(_) => "Bearer([redacted])",
            Kind::Local => "Local",
        })
    }
}

/// The credential of a request: `X-API-Key: KEY`, or `Authorization: Bearer TOKEN-OR-KEY`, or none.
///
/// # Errors
/// `Invalid` for two at once; `Unauthenticated` for another scheme and for a value that cannot be a key or token.
pub fn credential(headers: &HeaderMap) -> Result<Option<Credential>> {
    let mut values = headers
        .get_all(X_API_KEY)
        .iter()
        .map(|v| (false, v))
        .chain(headers.get_all(AUTHORIZATION).iter().map(|v| (true, v)));
    let Some((is_authorization, value)) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::invalid(
            "two credentials came at once: send either X-API-Key or Authorization, once",
        ));
    }
    if value.len() > limits::TOKEN_BYTES_MAX {
        return Err(refuse(format!(
            "the credential is longer than {} bytes: ask for a token with fewer claims",
            limits::TOKEN_BYTES_MAX
        )));
    }
    let text = value
        .to_str()
        .map_err(|_| {
            refuse("the credential has characters that no key or token has: copy it again")
        })?
        .trim();
    if !is_authorization {
        return Ok(Some(Credential::api_key(one_word(text)?)));
    }
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(Credential::bearer(one_word(token.trim())?)))
        }
        _ => Err(refuse(
            "write Authorization: Bearer TOKEN, or X-API-Key: KEY; no other scheme is accepted",
        )),
    }
}

/// Some platforms join repeated headers with a comma, so a comma is two credentials too.
fn one_word(text: &str) -> Result<&str> {
    if text.contains(',') {
        return Err(Error::invalid(
            "two credentials came at once: send one, without a comma",
        ));
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(refuse(
            "the credential is empty or has a blank in it: copy it again",
        ));
    }
    Ok(text)
}
