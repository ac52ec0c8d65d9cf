//! Responses: bodies with the headers that their caching and their kind ask for.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderName, LOCATION, RETRY_AFTER, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::route::Format;
use crate::auth;
use crate::cache::{self, Policy};
use crate::config::Config;
use crate::error::{Error, ErrorKind};

/// What charts and pages may do when opened by themselves: nothing but show.
const INERT: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// The names of what a load balancer may cache an answer's purge under.
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");

/// A body of a media type.
#[must_use]
pub fn body(content_type: &'static str, body: impl Into<Bytes>, policy: Policy) -> Response<Bytes> {
    let body = body.into();
    let etag = policy.has_etag().then(|| cache::etag(&body));
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, policy.header());
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    if let Some(etag) = etag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(ETAG, etag);
    }
    response
}

/// JSON with a line end.
#[must_use]
pub fn json(value: &serde_json::Value, policy: Policy) -> Response<Bytes> {
    body("application/json", format!("{value}\n"), policy)
}

/// An answer under its link.
#[must_use]
pub fn answer(
    format: Format,
    text: String,
    policy: Policy,
    dataset: &str,
    version: &str,
) -> Response<Bytes> {
    let mut response = body(format.content_type(), text, policy);
    let headers = response.headers_mut();
    if format == Format::Svg {
        headers.insert(CONTENT_SECURITY_POLICY, INERT);
    }
    if let (Policy::Pinned, Ok(tags)) = (
        policy,
        HeaderValue::from_str(&format!("{dataset},{dataset}-{version}")),
    ) {
        headers.insert(CACHE_TAG, tags);
    }
    linked(&mut response, policy);
    response
}

/// A redirect.
#[must_use]
pub fn redirect(to: &str, policy: Policy) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, policy.header());
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    linked(&mut response, policy);
    response
}

/// Public links may be read by any page, private ones by none; what depends on who asks says so.
fn linked(response: &mut Response<Bytes>, policy: Policy) {
    let headers = response.headers_mut();
    if policy == Policy::Private {
        headers.insert(VARY, HeaderValue::from_static("authorization, x-api-key"));
    } else {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
}

/// The answer to a preflight of a link.
#[must_use]
pub fn preflight() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, Policy::NoStore.header());
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        "access-control-allow-methods",
        HeaderValue::from_static("GET, HEAD, OPTIONS"),
    );
    headers.insert("access-control-max-age", HeaderValue::from_static("86400"));
    response
}

/// An error as RFC 9457 problem JSON.
#[must_use]
pub fn problem(error: &Error, config: &Config) -> Response<Bytes> {
    let kind = error.kind();
    // What broke inside is for the log; the caller learns what it can act on.
    let detail = match kind {
        ErrorKind::Internal => {
            "something went wrong inside; the operator finds it in the log by the request id"
                .to_owned()
        }
        _ => error.to_string(),
    };
    let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let value = json!({
        "type": format!("urn:nearcast:problem:{}", kind.name()),
        "title": kind.name().replace('-', " "),
        "status": status.as_u16(),
        "detail": detail,
        "suggestions": error.suggestions(),
    });
    let mut response = body(
        "application/problem+json",
        format!("{value}\n"),
        Policy::NoStore,
    );
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    match kind {
        ErrorKind::Unauthenticated | ErrorKind::Forbidden => {
            headers.insert(WWW_AUTHENTICATE, auth::challenge(config, error));
        }
        ErrorKind::RateLimited | ErrorKind::Stale => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

/// A problem whose cause is the method: 405 with what would be taken.
#[must_use]
pub fn method_problem(error: &Error, allow: &'static str, config: &Config) -> Response<Bytes> {
    let mut response = problem(error, config);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// 304 instead of the body, if the client has it already.
#[must_use]
pub fn unless_known(response: Response<Bytes>, if_none_match: Option<&str>) -> Response<Bytes> {
    let known = match (
        response.headers().get(ETAG).and_then(|e| e.to_str().ok()),
        if_none_match,
    ) {
        (Some(etag), Some(asked)) => {
            response.status() == StatusCode::OK && cache::none_match(asked, etag)
        }
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
