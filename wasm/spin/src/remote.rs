//! Buckets and web prefixes: the core's store over this world's outbound HTTP.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::LocalBoxStream;
use http::Response;
use nearcast::Result;
use nearcast::model::Timestamp;
use nearcast::remote::{Bucket, Credentials, RemoteStore, Trouble, Web, Wire, sign};
use spin_sdk::http::{IncomingResponse, Method, Request};

use crate::timer;

/// The objects of a bucket.
pub(crate) fn bucket_store(bucket: &Bucket) -> Result<RemoteStore<WasiWire>> {
    let key = bucket.required_credentials()?.clone();
    let wire = WasiWire {
        signing: Some((key, bucket.region.clone())),
        started: Instant::now(),
    };
    Ok(RemoteStore::new(wire, bucket.web()))
}

/// The objects under a web prefix that anyone may read.
pub(crate) fn web_store(web: Web) -> RemoteStore<WasiWire> {
    let wire = WasiWire {
        signing: None,
        started: Instant::now(),
    };
    RemoteStore::new(wire, web)
}

/// Outbound HTTP, and the key with its region.
#[derive(Debug)]
pub(crate) struct WasiWire {
    signing: Option<(Credentials, String)>,
    started: Instant,
}

/// A body, with the response that it belongs to: that one may not go before it.
pub(crate) struct Incoming {
    stream: LocalBoxStream<'static, std::result::Result<Vec<u8>, String>>,
    _response: IncomingResponse,
}

impl Wire for WasiWire {
    type Incoming = Incoming;

    async fn sign(&self, request: &mut http::Request<()>) -> Result<()> {
        match &self.signing {
            Some((key, region)) => sign(request, key, region, now()),
            None => Ok(()),
        }
    }

    async fn send(&self, request: http::Request<()>) -> Result<Response<Incoming>, Trouble> {
        let method = if request.method() == http::Method::HEAD {
            Method::Head
        } else {
            Method::Get
        };
        let mut outgoing = Request::builder();
        outgoing.method(method).uri(request.uri().to_string());
        for (name, value) in request.headers() {
            if let Ok(value) = value.to_str() {
                outgoing.header(name.as_str(), value);
            }
        }
        let incoming: IncomingResponse =
            spin_sdk::http::send(outgoing.build())
                .await
                .map_err(|error| {
                    Trouble::new(format!(
                        "storage cannot be reached, or this component may not: {error}"
                    ))
                })?;
        let mut response = Response::builder().status(incoming.status());
        for (name, value) in incoming.headers().entries() {
            response = response.header(name, value);
        }
        let stream = incoming
            .take_body_stream()
            .map(|chunk| chunk.map_err(|error| error.to_debug_string()))
            .boxed_local();
        response
            .body(Incoming {
                stream,
                _response: incoming,
            })
            .map_err(|error| Trouble::new(format!("storage does not speak HTTP: {error}")))
    }

    async fn more(&self, body: &mut Incoming) -> Result<Option<Bytes>, Trouble> {
        match body.stream.next().await {
            Some(Ok(bytes)) => Ok(Some(bytes.into())),
            Some(Err(why)) => Err(Trouble::new(format!("storage broke off: {why}"))),
            None => Ok(None),
        }
    }

    async fn wait(&self, ms: u64) {
        timer::wait(ms).await;
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn random(&self) -> u64 {
        // Each such hasher has random keys, so what it makes of nothing is a random number.
        RandomState::new().build_hasher().finish()
    }
}

/// The time now.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or_default())
}
