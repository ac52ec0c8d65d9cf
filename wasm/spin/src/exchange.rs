//! Requests and responses between the world's types and those of the `http` crate.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, pin_mut};
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use nearcast::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_BODY_DRAINED_BYTES_MAX};
use spin_sdk::http::{IncomingRequest, IntoResponse, Response};

/// A request that could not be handed to the core at all: the host's or the owner's fault, never the visitor's data.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl<E: fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl IntoResponse for Failure {
    /// The reason goes to the log, since it may speak of settings.
    fn into_response(self) -> Response {
        eprintln!("{}", self.0);
        Response::new(500, "INTERNAL SERVER ERROR")
    }
}

/// The core's request. A body over the limit arrives one byte over it, so that the core can tell.
pub(crate) async fn request(incoming: IncomingRequest) -> Result<http::Request<Bytes>, Failure> {
    let target = incoming.path_with_query().unwrap_or_default();
    let mut request = http::Request::builder()
        .method(incoming.method().to_string().as_str())
        .uri(if target.is_empty() { "/" } else { &target })
        .body(Bytes::new())?;
    let headers = request.headers_mut();
    for (name, value) in incoming.headers().entries() {
        headers.append(
            HeaderName::from_bytes(name.as_bytes())?,
            HeaderValue::from_bytes(&value)?,
        );
    }
    // This world has the host's name beside the headers instead of among them.
    if let (false, Some(authority)) = (headers.contains_key(HOST), incoming.authority()) {
        headers.insert(HOST, HeaderValue::from_str(&authority)?);
    }
    *request.body_mut() = body(incoming).await?;
    Ok(request)
}

async fn body(incoming: IncomingRequest) -> Result<Bytes, Failure> {
    let stream = incoming.into_body_stream();
    pin_mut!(stream);
    let (mut body, mut sent) = (BytesMut::new(), 0_usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| error.to_debug_string())?;
        sent += chunk.len();
        if body.len() <= REQUEST_BODY_BYTES_MAX {
            body.extend_from_slice(&chunk);
            body.truncate(REQUEST_BODY_BYTES_MAX + 1);
        }
        if sent > REQUEST_BODY_DRAINED_BYTES_MAX {
            break;
        }
    }
    Ok(body.freeze())
}

/// The id that the host in front gave the request, or a fresh one.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    let given = headers
        .get("x-request-id")
        .and_then(|value| value.to_str().ok());
    // Each such hasher has random keys, so what it makes of nothing is a random number.
    let fresh = || format!("{:016x}", RandomState::new().build_hasher().finish());
    given.map_or_else(fresh, str::to_owned)
}

/// The world's response.
pub(crate) fn response(from: http::Response<Bytes>) -> Response {
    let (parts, body) = from.into_parts();
    let mut builder = Response::builder();
    builder.status(parts.status.as_u16());
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            builder.header(name.as_str(), value);
        }
    }
    builder.body(Vec::from(body)).build()
}
