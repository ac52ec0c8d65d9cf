//! The HTTP server: translates between sockets and the core.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use nearcast::app::{Outcome, RequestContext, refused, respond};
use nearcast::engine::Memory;
use nearcast::model::Timestamp;
use nearcast::{Config, Error, Result, auth, limits};
use tokio::net::TcpListener;

use crate::jwks::JwksCache;
use crate::legacy_sse::{self, Streams};
use crate::stores::{Store, TimeoutStore};

/// What every request is answered with.
#[derive(Debug)]
pub struct Host {
    /// The owner's decisions.
    pub config: Config,
    /// The data.
    pub store: TimeoutStore<Store>,
    /// The identity provider's keys, where there is one.
    pub jwks: Option<JwksCache>,
    /// What is remembered between requests.
    pub memory: Memory,
}

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Binds the address.
///
/// # Errors
/// `Invalid` if it is taken or not an address of this machine.
pub async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let failed = |e: std::io::Error| {
        Error::invalid(format!(
            "cannot listen on {address}: {e}; choose another with --listen"
        ))
        .with_source(e)
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Serves until `stop` completes, then finishes the requests that it has.
///
/// # Errors
/// `Internal` if the server cannot go on.
pub async fn serve(
    listener: TcpListener,
    host: Host,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let host = Arc::new(host);
    let streams = Streams::default();
    let open = streams.clone();
    let router = Router::new().fallback(move |request: Request<Body>| {
        let (host, streams) = (Arc::clone(&host), streams.clone());
        async move {
            if legacy_sse::is_for(&request) {
                legacy_sse::answer(&streams, &host, request).await
            } else {
                answer(&host, request).await
            }
        }
    });
    let stop = async move {
        stop.await;
        // A stream would never finish by itself.
        open.close();
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
        .map_err(|e| Error::internal("the server stopped").with_source(e))
}

async fn answer(host: &Host, request: Request<Body>) -> Response<Body> {
    let started = Instant::now();
    let request = match received(host, request).await {
        Ok(request) => request,
        Err(response) => return response.map(Body::from),
    };
    let outcome = outcome_of(host, request).await;
    outcome
        .audit
        .log(u64::try_from(started.elapsed().as_millis()).ok());
    outcome.response.map(Body::from)
}

/// The request with its body, or what to say to one that does not come.
pub(crate) async fn received(
    host: &Host,
    request: Request<Body>,
) -> Result<Request<Bytes>, Response<Bytes>> {
    let (parts, body) = request.into_parts();
    // One byte more than is allowed, so that the core can tell too much from enough and say so.
    let within = Duration::from_secs(limits::BODY_TIME_S);
    let Ok(body) = tokio::time::timeout(within, read_body(body)).await else {
        let error = Error::invalid(format!(
            "the request's body did not arrive within {} s: send it again",
            limits::BODY_TIME_S
        ));
        return Err(refused(&error, &host.config));
    };
    Ok(Request::from_parts(parts, body))
}

/// The response, and its audit line, which is not written yet.
pub(crate) async fn outcome_of(host: &Host, request: Request<Bytes>) -> Outcome {
    let credential = auth::credential(request.headers()).ok().flatten();
    let keys = match &host.jwks {
        // Without keys every token is refused, and the log says why: what needs no token is served all the same.
        Some(cache) => cache
            .keys(now(), credential.as_ref())
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(%error, "tokens cannot be checked");
                auth::KeySet::default()
            }),
        None => auth::KeySet::default(),
    };
    let context = RequestContext {
        now: now(),
        keys,
        request_id: request_id(),
        memory: host.memory.clone(),
    };
    respond(request, &context, &host.config, &host.store).await
}

/// The body, or its first bytes up to one past the bound.
async fn read_body(body: Body) -> Bytes {
    use http_body_util::BodyExt;
    let (mut body, mut read, mut sent) = (body, Vec::new(), 0_usize);
    while let Some(Ok(frame)) = body.frame().await {
        let data = frame.into_data().unwrap_or_default();
        sent += data.len();
        if read.len() <= limits::REQUEST_BODY_BYTES_MAX {
            read.extend_from_slice(&data);
            read.truncate(limits::REQUEST_BODY_BYTES_MAX + 1);
        }
        if sent > limits::REQUEST_BODY_DRAINED_BYTES_MAX {
            break;
        }
    }
    Bytes::from(read)
}

/// A random id, so that a log line can be found again.
fn request_id() -> String {
    format!("{:016x}", rand::random::<u64>())
}

/// Completes when the process is told to stop (Ctrl-C or SIGTERM). It listens from this call on, not from its first poll:
/// whoever has read the greeting may end the server, and it ends cleanly.
///
/// # Errors
/// `Internal` if the system lets nobody listen.
pub fn told_to_stop() -> Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |e| Error::internal("signals cannot be listened to").with_source(e);
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async {
            let _ = tokio::signal::ctrl_c().await;
        })
    }
}
