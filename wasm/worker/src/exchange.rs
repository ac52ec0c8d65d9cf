//! Requests and responses between the platform's types and those of the `http` crate.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use nearcast::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_BODY_DRAINED_BYTES_MAX};
use worker::js_sys::Array;
use worker::{Error, Headers, Request, Response, ResponseBuilder, Result, web_sys};

/// The core's request. A body over the limit arrives one byte over it, so that the core can tell.
pub(crate) async fn request(raw: web_sys::Request) -> Result<http::Request<Bytes>> {
    let url = raw.url();
    let target = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)))
        .unwrap_or("/");
    let target = target.split('#').next().unwrap_or(target);
    let mut request = http::Request::builder()
        .method(raw.method().as_str())
        .uri(target)
        .body(Bytes::new())
        .map_err(|error| Error::RustError(error.to_string()))?;
    *request.headers_mut() = headers(&raw.headers())?;
    if raw.body().is_some() {
        *request.body_mut() = body(&mut Request::from(raw)).await?;
    }
    Ok(request)
}

async fn body(request: &mut Request) -> Result<Bytes> {
    let mut stream = request.stream()?;
    let (mut body, mut sent) = (BytesMut::new(), 0_usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
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

/// A value that is not plain text is left out: no header that the core reads may have one.
pub(crate) fn headers(from: &web_sys::Headers) -> Result<HeaderMap> {
    let mut to = HeaderMap::new();
    for entry in from.entries() {
        let entry = Array::from(&entry?);
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string())
            && let Ok(name) = HeaderName::from_bytes(name.as_bytes())
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            to.append(name, value);
        }
    }
    Ok(to)
}

/// The platform's id of the request, which its own logs carry too.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    let ray = headers.get("cf-ray").and_then(|value| value.to_str().ok());
    ray.map_or_else(
        || format!("{:016x}", worker::js_sys::Math::random().to_bits()),
        str::to_owned,
    )
}

/// The platform's response.
pub(crate) fn response(from: http::Response<Bytes>) -> Result<Response> {
    let (parts, body) = from.into_parts();
    let headers = Headers::new();
    for (name, value) in &parts.headers {
        let value = value
            .to_str()
            .map_err(|error| Error::RustError(error.to_string()))?;
        headers.append(name.as_str(), value)?;
    }
    let builder = ResponseBuilder::new()
        .with_status(parts.status.as_u16())
        .with_headers(headers);
    // The platform refuses a body, even an empty one, on 204 and 304.
    Ok(if body.is_empty() {
        builder.empty()
    } else {
        builder.fixed(body.into())
    })
}
