//! The identity provider's key set: fetched when a token needs it, kept by the isolate.

use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use http::HeaderMap;
use nearcast::auth::{self, KeySet};
use nearcast::model::Timestamp;
use nearcast::{Config, Error, Result, limits};
use worker::{Delay, Fetch, Request, RequestInit, RequestRedirect};

#[derive(Debug, Clone, Default)]
struct Held {
    keys: KeySet,
    fetched: Option<Timestamp>,
    tried: Option<Timestamp>,
}

thread_local! {
    /// Lost with the isolate, which costs one more fetch.
    static HELD: RefCell<Held> = RefCell::default();
}

/// The keys to check this request's credential with: none unless it is a token that needs them.
/// An empty set if there are none young enough and they cannot be fetched: the core then refuses what needs them, and
/// only that.
pub(crate) async fn for_request(headers: &HeaderMap, config: &Config, now: Timestamp) -> KeySet {
    let credential = auth::credential(headers).ok().flatten();
    let lacks = |keys: &KeySet| auth::names_unknown_key(credential.as_ref(), keys);
    let Some(url) = config.jwks_url().filter(|_| lacks(&KeySet::default())) else {
        return KeySet::default();
    };
    let older =
        |at: Option<Timestamp>, seconds: u64| at.is_none_or(|at| now.0.abs_diff(at.0) >= seconds);
    let held = HELD.with_borrow(Held::clone);
    let wants = lacks(&held.keys) || older(held.fetched, limits::JWKS_TTL_S);
    if wants && older(held.tried, limits::JWKS_REFETCH_S) {
        HELD.with_borrow_mut(|held| held.tried = Some(now));
        match fetch(url).await {
            Ok(keys) => HELD.with_borrow_mut(|held| {
                held.keys = keys;
                held.fetched = Some(now);
            }),
            Err(error) => tracing::warn!(url, %error, "the key set was not fetched"),
        }
    }
    let held = HELD.with_borrow(Held::clone);
    if older(held.fetched, limits::JWKS_STALE_S) {
        return KeySet::default();
    }
    held.keys
}

async fn fetch(url: &str) -> Result<KeySet> {
    let fetching = pin!(download(url));
    match select(
        fetching,
        Delay::from(Duration::from_secs(limits::JWKS_TIMEOUT_S)),
    )
    .await
    {
        Either::Left((json, _)) => KeySet::from_jwks(&json?),
        Either::Right(_) => Err(Error::upstream("the identity provider is too slow")),
    }
}

async fn download(url: &str) -> Result<String> {
    let failed = |error: worker::Error| {
        Error::upstream(format!(
            "the identity provider's key set cannot be fetched: {error}"
        ))
    };
    let mut init = RequestInit::new();
    // A redirect could lead away from https, so it is not followed.
    init.with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(url, &init).map_err(failed)?;
    let mut response = Fetch::Request(request).send().await.map_err(failed)?;
    if response.status_code() != 200 {
        return Err(Error::upstream(format!(
            "the identity provider answers {} to the request for its keys: check NEARCAST_JWKS_URL",
            response.status_code()
        )));
    }
    let mut stream = response.stream().map_err(failed)?;
    let mut json = Vec::new();
    while let Some(chunk) = stream.next().await {
        json.extend(chunk.map_err(failed)?);
        if json.len() > limits::JWKS_BYTES_MAX {
            return Err(Error::upstream(
                "the identity provider's key set is too large",
            ));
        }
    }
    String::from_utf8(json)
        .map_err(|_| Error::upstream("the identity provider's key set is no text"))
}
