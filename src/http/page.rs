//! The page, built into the program so that every host serves the same bytes.

use bytes::Bytes;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, Response};

use super::reply;
use crate::error::{Error, Result};
use crate::model::dataset::DatasetId;

const INDEX: &str = include_str!("../../static/index.html");
const FILES: [(&str, &str, &str); 3] = [
    (
        "app.css",
        "text/css; charset=utf-8",
        include_str!("../../static/app.css"),
    ),
    (
        "app.js",
        "text/javascript; charset=utf-8",
        include_str!("../../static/app.js"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_str!("../../static/icon.svg"),
    ),
];

/// Only what comes from here itself: no script, style, image or call of anybody else.
const OWN_ONLY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The page, about a dataset.
#[must_use]
pub fn home(dataset: &DatasetId) -> Response<Bytes> {
    let html = INDEX.replace("{{dataset}}", dataset.as_str());
    let mut response = reply::body("text/html; charset=utf-8", html);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, OWN_ONLY);
    response
}

/// A file of the page.
///
/// # Errors
/// `NotFound` for any other name.
pub fn asset(name: &str) -> Result<Response<Bytes>> {
    FILES
        .iter()
        .find(|(file, _, _)| *file == name)
        .map(|&(_, content_type, text)| reply::body(content_type, text))
        .ok_or_else(|| Error::not_found("there is no such file of the page"))
}
