//! The identity provider's key set: fetched when a token needs it, kept, and kept on when the provider is down.
//!
//! `ureq` with rustls and ring, on a blocking thread: one small request every ten minutes needs no pool. It brings
//! timeouts, a bound on the body and the proxy of the environment; trusted roots are the ones compiled in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nearcast::auth::{Credential, KeySet, names_unknown_key};
use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::dataset::Timestamp;

/// The keys at one address. Clones share them.
#[derive(Debug, Clone)]
pub struct JwksCache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    url: String,
    timeout: Duration,
    state: Mutex<State>,
    /// Held while fetching, so that one request fetches and the others wait for it.
    fetching: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    keys: KeySet,
    fetched: Option<Timestamp>,
    tried: Option<Timestamp>,
}

impl State {
    fn has_keys_for(&self, credential: Option<&Credential>) -> bool {
        !names_unknown_key(credential, &self.keys)
    }

    fn is_older_than(&self, seconds: u64, now: Timestamp) -> bool {
        self.fetched
            .is_none_or(|at| now.0.abs_diff(at.0) >= seconds)
    }

    fn may_try(&self, now: Timestamp) -> bool {
        self.tried
            .is_none_or(|at| now.0.abs_diff(at.0) >= limits::JWKS_REFETCH_S)
    }
}

impl JwksCache {
    /// A cache of the keys at this address, which the configuration has checked. Nothing is fetched yet.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self::with_timeout(url, Duration::from_secs(limits::JWKS_TIMEOUT_S))
    }

    fn with_timeout(url: impl Into<String>, timeout: Duration) -> Self {
        Self(Arc::new(Shared {
            url: url.into(),
            timeout,
            state: Mutex::default(),
            fetching: Arc::default(),
        }))
    }

    /// The keys to check this credential with. They are fetched only for a token that needs them: when they are older
    /// than [`limits::JWKS_TTL_S`] or lack the token's key, and at most once every [`limits::JWKS_REFETCH_S`].
    ///
    /// # Errors
    /// `Upstream` if there are no keys, or none younger than [`limits::JWKS_STALE_S`], and they cannot be fetched.
    pub async fn keys(&self, now: Timestamp, credential: Option<&Credential>) -> Result<KeySet> {
        let before = self.0.state();
        if !names_unknown_key(credential, &KeySet::default()) {
            return Ok(before.keys);
        }
        let suffices = before.has_keys_for(credential);
        if suffices && !before.is_older_than(limits::JWKS_TTL_S, now) {
            return Ok(before.keys);
        }
        // Whoever can go on with the keys there are does not wait for another's fetch.
        let turn = match Arc::clone(&self.0.fetching).try_lock_owned() {
            Ok(turn) => turn,
            Err(_) if suffices => return usable(before, now),
            Err(_) => Arc::clone(&self.0.fetching).lock_owned().await,
        };
        if wants_fetch(&self.0.state(), now, credential) {
            // A task of its own: if the one who asked hangs up, the others still get their keys.
            let shared = Arc::clone(&self.0);
            let fetch = tokio::spawn(async move {
                shared.fetch(now).await;
                drop(turn);
            });
            fetch
                .await
                .map_err(|e| Error::internal("the fetch of keys ended early").with_source(e))?;
        }
        usable(self.0.state(), now)
    }
}

impl Shared {
    async fn fetch(&self, now: Timestamp) {
        let (url, timeout) = (self.url.clone(), self.timeout);
        let result = tokio::task::spawn_blocking(move || get(&url, timeout))
            .await
            .unwrap_or_else(|e| {
                Err(Error::internal("the fetch of keys ended early").with_source(e))
            });
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.tried = Some(now);
        match result {
            Ok(keys) => {
                state.keys = keys;
                state.fetched = Some(now);
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(url = %self.url, %error, cause, "the key set was not fetched");
            }
        }
    }

    fn state(&self) -> State {
        let state = self.state.lock();
        state.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn wants_fetch(state: &State, now: Timestamp, credential: Option<&Credential>) -> bool {
    let old = state.is_older_than(limits::JWKS_TTL_S, now);
    (old || !state.has_keys_for(credential)) && state.may_try(now)
}

fn usable(state: State, now: Timestamp) -> Result<KeySet> {
    if state.is_older_than(limits::JWKS_STALE_S, now) {
        return Err(Error::upstream(
            "the identity provider does not publish its keys at the moment: try again in a minute",
        ));
    }
    Ok(state.keys)
}

fn get(url: &str, timeout: Duration) -> Result<KeySet> {
    let failed = |e: ureq::Error| {
        Error::upstream("the identity provider's key set cannot be fetched").with_source(e)
    };
    let mut response = ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .new_agent()
        .get(url)
        .header("Accept", "application/json")
        .call()
        .map_err(failed)?;
    // A redirect could lead away from https, so it is not followed.
    if response.status() != 200 {
        return Err(Error::upstream(format!(
            "the identity provider answers {} to the request for its keys: check NEARCAST_JWKS_URL",
            response.status().as_u16()
        )));
    }
    let limit = u64::try_from(limits::JWKS_BYTES_MAX).unwrap_or(u64::MAX);
    let body = response.body_mut().with_config().limit(limit);
    KeySet::from_jwks(&body.read_to_string().map_err(failed)?)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use nearcast::error::ErrorKind;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const JWKS: &str = include_str!("../../tests/auth/keys/jwks.json");
    const TTL: i64 = limits::JWKS_TTL_S.cast_signed();
    const REFETCH: i64 = limits::JWKS_REFETCH_S.cast_signed();
    const STALE: i64 = limits::JWKS_STALE_S.cast_signed();

    /// A provider that gives these answers in turn, the last one again and again, and counts.
    async fn provider(answers: Vec<String>) -> (String, Arc<AtomicUsize>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}/keys", listener.local_addr().expect("bound"));
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let turn = counted.fetch_add(1, Ordering::SeqCst);
                let answer = answers[turn.min(answers.len() - 1)].clone();
                tokio::spawn(async move {
                    let mut request = [0; 2048];
                    let read = socket.read(&mut request).await.expect("a request");
                    assert!(request[..read].starts_with(b"GET /keys HTTP/1.1\r\n"));
                    if answer.is_empty() {
                        tokio::time::sleep(Duration::from_mins(1)).await;
                    }
                    // The client hangs up on a body that is too long.
                    socket.write_all(answer.as_bytes()).await.ok();
                });
            }
        });
        (url, count)
    }

    fn answer(status: &str, body: &str) -> String {
        let size = body.len();
        format!(
            "HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\nLocation: /x\r\n\r\n{body}"
        )
    }

    fn good() -> String {
        answer("200 OK", JWKS)
    }

    /// A token's header names the key; nothing else of it matters here.
    fn token(id: &str) -> Credential {
        use base64::Engine;
        let header = format!(r#"{{"alg":"RS256","kid":"{id}"}}"#);
        let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(header);
        Credential::bearer(format!("{header}.e30.AAAA"))
    }

    #[tokio::test]
    async fn keys_are_fetched_for_tokens_only_and_kept() {
        let (url, count) = provider(vec![good()]).await;
        let cache = JwksCache::new(url);
        let key = Credential::api_key("k");
        for credential in [None, Some(&key)] {
            let keys = cache
                .keys(Timestamp(0), credential)
                .await
                .expect("none needed");
            assert!(keys.is_empty());
        }
        assert_eq!(count.load(Ordering::SeqCst), 0);
        let known = token("test-rsa");
        for (now, fetches) in [(0, 1), (TTL - 1, 1), (TTL, 2), (TTL + 1, 2)] {
            let keys = cache
                .keys(Timestamp(now), Some(&known))
                .await
                .expect("keys");
            assert_eq!(keys.len(), 3);
            assert_eq!(count.load(Ordering::SeqCst), fetches, "at {now}");
        }
    }

    #[tokio::test]
    async fn an_unknown_key_fetches_at_most_once_a_minute() {
        let (url, count) = provider(vec![good()]).await;
        let cache = JwksCache::new(url);
        let unknown = token("rotated");
        for (now, fetches) in [
            (0, 1),
            (1, 1),
            (REFETCH - 1, 1),
            (REFETCH, 2),
            (REFETCH + 1, 2),
        ] {
            let keys = cache
                .keys(Timestamp(now), Some(&unknown))
                .await
                .expect("keys");
            assert!(names_unknown_key(Some(&unknown), &keys));
            assert_eq!(count.load(Ordering::SeqCst), fetches, "at {now}");
        }
    }

    #[tokio::test]
    async fn one_fetch_serves_all_who_wait() {
        let (url, count) = provider(vec![good()]).await;
        let cache = JwksCache::new(url);
        let known = token("test-rsa");
        let (a, b, c) = tokio::join!(
            cache.keys(Timestamp(0), Some(&known)),
            cache.keys(Timestamp(0), Some(&known)),
            cache.keys(Timestamp(0), Some(&known)),
        );
        for keys in [a, b, c] {
            assert_eq!(keys.expect("keys").len(), 3);
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn who_hangs_up_takes_nothing_from_others() {
        let (url, count) = provider(vec![good()]).await;
        let cache = JwksCache::new(url);
        let known = token("test-rsa");
        let hasty = cache.keys(Timestamp(0), Some(&known));
        assert!(
            at_once(hasty).await.is_none(),
            "it hangs up while the fetch runs"
        );
        let keys = cache.keys(Timestamp(0), Some(&known)).await;
        assert_eq!(keys.expect("keys").len(), 3);
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    /// Polls once and drops.
    async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = future => Some(done),
            () = std::future::ready(()) => None,
        }
    }

    #[tokio::test]
    async fn old_keys_stay_while_the_provider_is_down_but_not_for_ever() {
        let (url, count) = provider(vec![good(), answer("500 Oops", "")]).await;
        let cache = JwksCache::new(url);
        let known = token("test-rsa");
        for (now, fetches) in [(0, 1), (TTL, 2), (TTL + 1, 2), (TTL + REFETCH, 3)] {
            let keys = cache
                .keys(Timestamp(now), Some(&known))
                .await
                .expect("kept");
            assert_eq!(keys.len(), 3);
            assert_eq!(count.load(Ordering::SeqCst), fetches, "at {now}");
        }
        let late = cache.keys(Timestamp(STALE), Some(&known)).await;
        assert_eq!(late.expect_err("too old").kind(), ErrorKind::Upstream);
    }

    #[tokio::test]
    async fn bad_answers_are_upstream_errors() {
        let long = format!("{JWKS}{}", " ".repeat(limits::JWKS_BYTES_MAX));
        for bad in [
            answer("404 Not Found", JWKS),
            answer("302 Found", JWKS),
            answer("200 OK", "<html>"),
            answer("200 OK", &long),
            "nonsense".to_owned(),
            String::new(),
        ] {
            let (url, count) = provider(vec![bad.clone(), good()]).await;
            let cache = JwksCache::with_timeout(url, Duration::from_millis(300));
            let known = token("test-rsa");
            for now in [0, 1] {
                let error = cache
                    .keys(Timestamp(now), Some(&known))
                    .await
                    .expect_err("bad");
                assert_eq!(error.kind(), ErrorKind::Upstream);
            }
            assert_eq!(count.load(Ordering::SeqCst), 1, "a minute's rest");
            let later = cache.keys(Timestamp(REFETCH), Some(&known)).await;
            assert_eq!(later.expect("recovered").len(), 3);
        }
        let nobody = JwksCache::new("http://127.0.0.1:1/keys");
        let error = nobody.keys(Timestamp(0), Some(&token("x"))).await;
        assert_eq!(error.expect_err("refused").kind(), ErrorKind::Upstream);
    }
}
