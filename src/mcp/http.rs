//! The HTTP around the messages: which requests are let in, and what the reply looks like.

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use rmcp::model::{ErrorData, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::common::http_header::{EVENT_STREAM_MIME_TYPE, JSON_MIME_TYPE};

use super::McpConfig;
use super::dispatch::Reply;
use crate::limits;

/// How a reply is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As JSON.
    Json,
    /// As a stream of one event: for a client that accepts nothing else.
    Event,
}

/// Why a request is not let in: a status and what to change.
#[derive(Debug)]
pub(super) struct Refused(StatusCode, &'static str);

impl Refused {
    /// The response that says so.
    pub(super) fn response(self) -> Response<Bytes> {
        let error = ErrorData::invalid_request(self.1, None);
        let message: ServerJsonRpcMessage = JsonRpcMessage::error(error, None);
        let body = serde_json::to_vec(&message).unwrap_or_default();
        let mut response = response(self.0, Some((JSON_MIME_TYPE, body)));
        if self.0 == StatusCode::METHOD_NOT_ALLOWED {
            let post = HeaderValue::from_static("POST");
            response.headers_mut().insert(ALLOW, post);
        }
        response
    }
}

/// Lets a request in, or says why not.
pub(super) fn admit(request: &Request<Bytes>, config: &McpConfig) -> Result<Form, Refused> {
    let headers = request.headers();
    from_known_page(request.uri(), headers, config)?;
    if request.method() != Method::POST {
        return Err(Refused(
            StatusCode::METHOD_NOT_ALLOWED,
            "send JSON-RPC messages with POST: this server has no sessions and no stream of its own",
        ));
    }
    if text(headers, &CONTENT_TYPE).is_none_or(|t| media_type(t) != JSON_MIME_TYPE) {
        return Err(Refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the header Content-Type: application/json",
        ));
    }
    let form = accepted(headers).ok_or(Refused(
        StatusCode::NOT_ACCEPTABLE,
        "send the header Accept: application/json, text/event-stream",
    ))?;
    const { assert!(limits::REQUEST_BODY_BYTES_MAX == 1 << 20) };
    if request.body().len() > limits::REQUEST_BODY_BYTES_MAX {
        return Err(Refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than 1 MiB, which no question needs",
        ));
    }
    Ok(form)
}

/// Checks which page sent the request: one elsewhere must not use what only its reader's browser can reach. (Whom it is
/// addressed to has been checked before, for every route.)
fn from_known_page(uri: &Uri, headers: &HeaderMap, config: &McpConfig) -> Result<(), Refused> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let host = match headers.get(HOST) {
        Some(host) => host
            .to_str()
            .ok()
            .and_then(|host| host.parse::<Authority>().ok()),
        None => uri.authority().cloned(),
    };
    let origin = origin.to_str().ok().and_then(site);
    let known = origin.as_ref().is_some_and(|origin| {
        let own = host.as_ref().is_some_and(|host| {
            *origin
                == (
                    origin.0.clone(),
                    host.host().to_ascii_lowercase(),
                    port(&origin.0, host),
                )
        });
        let listed = config
            .allowed_origins
            .iter()
            .chain(&config.public_url)
            .any(|allowed| site(allowed).as_ref() == Some(origin));
        own || listed
    });
    if known || config.allowed_origins.iter().any(|allowed| allowed == "*") {
        return Ok(());
    }
    Err(Refused(
        StatusCode::FORBIDDEN,
        "pages from this Origin may not call this server",
    ))
}

/// Scheme, host and port of an origin or URL.
fn site(url: &str) -> Option<(String, String, Option<u16>)> {
    let uri: Uri = url.trim().parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority()?;
    let port = port(&scheme, authority);
    Some((scheme, authority.host().to_ascii_lowercase(), port))
}

fn port(scheme: &str, authority: &Authority) -> Option<u16> {
    authority.port_u16().or(match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    })
}

/// What the client takes; without the header, anything.
fn accepted(headers: &HeaderMap) -> Option<Form> {
    let mut values = headers.get_all(ACCEPT).iter().peekable();
    if values.peek().is_none() {
        return Some(Form::Json);
    }
    let ranges: Vec<String> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter(|range| !is_excluded(range))
        .map(media_type)
        .collect();
    let takes = |names: &[&str]| ranges.iter().any(|range| names.contains(&range.as_str()));
    if takes(&[JSON_MIME_TYPE, "application/*", "*/*"]) {
        Some(Form::Json)
    } else if takes(&[EVENT_STREAM_MIME_TYPE, "text/*"]) {
        Some(Form::Event)
    } else {
        None
    }
}

/// Whether a range of Accept has the weight 0, which means "not this".
fn is_excluded(range: &str) -> bool {
    range.split(';').skip(1).any(|parameter| {
        let weight = parameter.trim().strip_prefix("q=");
        weight.and_then(|w| w.trim().parse::<f32>().ok()) == Some(0.0)
    })
}

fn media_type(value: &str) -> String {
    let end = value.find(';').unwrap_or(value.len());
    value.split_at(end).0.trim().to_ascii_lowercase()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The reply to everything that the request had.
pub(super) fn reply(form: Form, replies: Vec<Reply>, is_batch: bool) -> Response<Bytes> {
    // A batch has one status, which cannot be that of each of its messages.
    let status = match replies.as_slice() {
        [only] if !is_batch => only.status,
        _ => StatusCode::OK,
    };
    let messages: Vec<ServerJsonRpcMessage> = replies
        .into_iter()
        .flat_map(|reply| reply.messages)
        .collect();
    let written = match messages.as_slice() {
        [] => return response(StatusCode::ACCEPTED, None),
        messages if is_batch => serde_json::to_vec(messages).map(|body| vec![body]),
        messages => messages.iter().map(serde_json::to_vec).collect(),
    };
    match (written.as_deref(), form) {
        (Ok([body]), Form::Json) => response(status, Some((JSON_MIME_TYPE, body.clone()))),
        (Ok(bodies), _) => {
            let events = bodies
                .iter()
                .flat_map(|body| [b"event: message\ndata: ".as_slice(), body, b"\n\n"])
                .collect::<Vec<_>>()
                .concat();
            response(status, Some((EVENT_STREAM_MIME_TYPE, events)))
        }
        (Err(_), _) => Refused(StatusCode::INTERNAL_SERVER_ERROR, "internal error").response(),
    }
}

fn response(status: StatusCode, body: Option<(&'static str, Vec<u8>)>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some((media_type, body)) = body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        *response.body_mut() = Bytes::from(body);
    }
    response
}
