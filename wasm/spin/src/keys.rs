//! The identity provider's key set. An instance lives for one request, so the set is fetched for each token that needs
//! it: an owner with many such callers puts a cache between.

use futures_util::{StreamExt as _, pin_mut};
use http::HeaderMap;
use nearcast::auth::{self, KeySet};
use nearcast::{Config, Error, Result, limits};
use spin_sdk::http::{IncomingResponse, Request};

use crate::timer;

/// The keys to check this request's credential with: none unless it is a token that needs them.
/// An empty set, with the reason in the log, if they cannot be fetched: the core then refuses what needs them, and only that.
pub(crate) async fn for_request(headers: &HeaderMap, config: &Config) -> KeySet {
    let credential = auth::credential(headers).ok().flatten();
    let needed = auth::names_unknown_key(credential.as_ref(), &KeySet::default());
    let Some(url) = config.jwks_url().filter(|_| needed) else {
        return KeySet::default();
    };
    let limit_s = limits::JWKS_TIMEOUT_S;
    let fetched = timer::within(limit_s * 1_000, fetch(url)).await;
    let too_slow = || Err(Error::upstream("the identity provider is too slow"));
    fetched.unwrap_or_else(too_slow).unwrap_or_else(|error| {
        tracing::warn!(url, %error, "the key set was not fetched");
        KeySet::default()
    })
}

async fn fetch(url: &str) -> Result<KeySet> {
    let request = Request::get(url).build();
    let response: IncomingResponse = spin_sdk::http::send(request).await.map_err(|error| {
        Error::upstream(format!(
            "the identity provider's key set cannot be fetched: {error}"
        ))
    })?;
    if response.status() != 200 {
        return Err(Error::upstream(format!(
            "the identity provider answers {} to the request for its keys: check NEARCAST_JWKS_URL",
            response.status()
        )));
    }
    let stream = response.take_body_stream();
    pin_mut!(stream);
    let mut json = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| Error::upstream(error.to_debug_string()))?;
        json.extend(chunk);
        if json.len() > limits::JWKS_BYTES_MAX {
            return Err(Error::upstream(
                "the identity provider's key set is too large",
            ));
        }
    }
    let json = String::from_utf8(json)
        .map_err(|_| Error::upstream("the identity provider's key set is no text"))?;
    KeySet::from_jwks(&json)
}
