//! Responses: bodies with the headers that their kind asks for. How long they keep is `cache`'s to say.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
    RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::route::Format;
use crate::error::{Error, ErrorKind};

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// A body of a media type.
#[must_use]
pub fn body(content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    response
}

/// JSON with a line end.
#[must_use]
pub fn json(value: &serde_json::Value) -> Response<Bytes> {
    body("application/json", format!("{value}\n"))
}

/// An answer under its link. What it may do when opened by itself is `may`'s to say, for formats that could do anything.
#[must_use]
pub fn answer(format: Format, text: String, may: Option<&'static str>) -> Response<Bytes> {
    let mut response = body(format.content_type(), text);
    if let Some(may) = may {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(may));
    }
    response
}

/// A redirect.
#[must_use]
pub fn redirect(to: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(LOCATION, to);
    }
    response
}

/// Lets any page read it: for links of public datasets and for errors.
#[must_use]
pub fn shared(mut response: Response<Bytes>) -> Response<Bytes> {
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    response
}

/// The answer to a preflight of a link.
#[must_use]
pub fn preflight() -> Response<Bytes> {
    let mut response = shared(Response::new(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(
        "access-control-allow-methods",
        HeaderValue::from_static("GET, HEAD, OPTIONS"),
    );
    headers.insert("access-control-max-age", HeaderValue::from_static("86400"));
    response
}

/// An error as RFC 9457 problem JSON.
#[must_use]
pub fn problem(error: &Error) -> Response<Bytes> {
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
    let mut response = shared(body("application/problem+json", format!("{value}\n")));
    *response.status_mut() = status;
    if matches!(kind, ErrorKind::RateLimited | ErrorKind::Stale) {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// A problem whose cause is the method: 405 with what would be taken.
#[must_use]
pub fn method_problem(error: &Error, allow: &'static str) -> Response<Bytes> {
    let mut response = problem(error);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    response
}
