//! MCP's transport of 2024-11-05, HTTP with server-sent events, for clients that know nothing newer: `GET /sse` opens a
//! stream that first names an address, `POST /messages?sessionId=...`; what is posted there is answered on the stream.
//!
//! Nothing but the stream is kept: each message goes through the same [`respond`](nearcast::app::respond) as `POST /mcp`,
//! with the same headers, so whom it is addressed to, which page sent it and who asks are checked alike, on both routes.
//! The edge hosts cannot hold a stream, and do without.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use nearcast::app::{Outcome, refused};
use nearcast::http::reply;
use nearcast::{Error, ErrorKind, limits};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Interval;

use crate::serve::{Host, outcome_of, received};

const STREAM: &str = "/sse";
const MESSAGES: &str = "/messages";
/// The revision whose transport this is, and the next one, which the core speaks: messages that both have are the same.
const REVISION: &str = "2024-11-05";
const NEXT_REVISION: &str = "2025-03-26";
const VERSION_HEADER: &str = "mcp-protocol-version";

/// The open streams of one server. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Streams(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    open: BTreeMap<String, Open>,
    /// The server is ending: none is opened any more.
    closed: bool,
}

#[derive(Debug)]
struct Open {
    sender: mpsc::Sender<Bytes>,
    /// Whose it is: nobody else may post to it.
    principal: String,
    last_posted: Instant,
}

/// Whether a request is one of this transport.
pub(crate) fn is_for<B>(request: &Request<B>) -> bool {
    matches!(request.uri().path(), STREAM | MESSAGES)
}

/// Answers a request of this transport.
pub(crate) async fn answer(
    streams: &Streams,
    host: &Arc<Host>,
    request: Request<Body>,
) -> Response<Body> {
    let problem = |error: &Error| refused(error, &host.config).map(Body::from);
    let request = match received(host, request).await {
        Ok(request) => request,
        Err(response) => return response.map(Body::from),
    };
    let (parts, body) = request.into_parts();
    let (wanted, allow) = if parts.uri.path() == STREAM {
        (Method::GET, "GET")
    } else {
        (Method::POST, "POST")
    };
    let principal = match admitted(host, &parts).await {
        Ok(principal) => principal,
        Err(response) => return response.map(Body::from),
    };
    if parts.method != wanted {
        let error = Error::invalid(format!("this path takes {allow}, not {}", parts.method));
        return reply::method_problem(&error, allow).map(Body::from);
    }
    let done = if wanted == Method::GET {
        streams.open(principal)
    } else {
        match serde_json::from_slice::<Value>(&body) {
            Ok(message) if body.len() <= limits::REQUEST_BODY_BYTES_MAX => {
                post(streams, host, &parts, message, &principal)
            }
            // Such a body is refused as it is at /mcp.
            _ => {
                let outcome = outcome_of(host, as_mcp(&parts, body)).await;
                return logged(outcome, &parts).map(Body::from);
            }
        }
    };
    done.unwrap_or_else(|error| problem(&error))
}

/// Who asks, if a message with these headers would be let in at `/mcp`: an empty one is sent there.
async fn admitted(host: &Host, parts: &Parts) -> Result<String, Response<Bytes>> {
    let ping = Bytes::from_static(br#"{"jsonrpc":"2.0","id":0,"method":"ping"}"#);
    let mut request = as_mcp(parts, ping);
    // These speak of the message that is to come.
    for about in [VERSION_HEADER, "mcp-method", "mcp-name"] {
        request.headers_mut().remove(about);
    }
    if parts.method != Method::POST {
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
    }
    let outcome = outcome_of(host, request).await;
    if outcome.response.status() == StatusCode::OK {
        return Ok(outcome.audit.principal);
    }
    Err(logged(outcome, parts))
}

/// The same message as `/mcp` takes it.
fn as_mcp(parts: &Parts, body: Bytes) -> Request<Bytes> {
    let mut to = parts.uri.clone().into_parts();
    to.path_and_query = Some(PathAndQuery::from_static("/mcp"));
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_parts(to).unwrap_or_else(|_| Uri::from_static("/mcp"));
    *request.headers_mut() = parts.headers.clone();
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if headers.get(VERSION_HEADER).is_some_and(|v| v == REVISION) {
        headers.remove(VERSION_HEADER);
    }
    request
}

/// Writes the audit line under the path that was asked for.
fn logged(mut outcome: Outcome, parts: &Parts) -> Response<Bytes> {
    outcome.audit.method = parts.method.to_string();
    parts.uri.path().clone_into(&mut outcome.audit.path);
    outcome.audit.log(None);
    outcome.response
}

/// Takes a message; its answer goes out on the stream when it is there.
fn post(
    streams: &Streams,
    host: &Arc<Host>,
    parts: &Parts,
    mut message: Value,
    principal: &str,
) -> Result<Response<Body>, Error> {
    let query = parts.uri.query().unwrap_or_default();
    let id = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("sessionId="))
        .ok_or_else(|| {
            Error::invalid("sessionId is missing: post to the address that GET /sse names")
        })?;
    let slot = streams.slot(id, principal)?;
    let is_old = is_handshake(&mut message);
    let id = message.get("id").cloned();
    let request = as_mcp(parts, Bytes::from(message.to_string()));
    let (host, parts) = (Arc::clone(host), parts.clone());
    tokio::spawn(async move {
        let response = logged(outcome_of(&host, request).await, &parts);
        let events = events(&response, id.as_ref(), is_old);
        if !events.is_empty() {
            slot.send(Bytes::from(events));
        }
    });
    let mut accepted = Response::new(Body::empty());
    *accepted.status_mut() = StatusCode::ACCEPTED;
    Ok(accepted)
}

/// Whether this is a handshake in the revision that the core does not know; it asks for the next one then.
fn is_handshake(message: &mut Value) -> bool {
    let is_initialize = message["method"] == "initialize";
    match message.pointer_mut("/params/protocolVersion") {
        Some(version) if is_initialize && *version == REVISION => {
            *version = json!(NEXT_REVISION);
            true
        }
        _ => false,
    }
}

/// What `/mcp` replied, as events. A request that was refused beside the protocol is refused within it: its sender listens
/// to nothing else any more.
fn events(response: &Response<Bytes>, id: Option<&Value>, is_old: bool) -> String {
    let replied = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
    let mut messages = match replied {
        Value::Array(messages) => messages,
        message if message.get("jsonrpc").is_some() => vec![message],
        problem => id
            .into_iter()
            .filter(|_| !response.status().is_success())
            .map(|id| {
                let why = problem.get("detail").and_then(Value::as_str);
                let why = why.unwrap_or("the message was refused");
                json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": why}})
            })
            .collect(),
    };
    if let (true, Some(version)) = (
        is_old,
        messages
            .first_mut()
            .and_then(|m| m.pointer_mut("/result/protocolVersion")),
    ) {
        *version = json!(REVISION);
    }
    // JSON on one line has no line end that would end the data early.
    let events = messages
        .iter()
        .map(|m| format!("event: message\ndata: {m}\n\n"));
    events.collect()
}

impl Streams {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends every stream, once what is being answered is written, and opens no other.
    pub(crate) fn close(&self) {
        self.with(|state| {
            state.closed = true;
            state.open.clear();
        });
    }

    fn open(&self, principal: String) -> Result<Response<Body>, Error> {
        let idle = Duration::from_secs(limits::LEGACY_STREAM_IDLE_S);
        let every = Duration::from_secs(limits::LEGACY_STREAM_KEEP_ALIVE_S);
        let feed = self.feed(principal, idle, every)?;
        let mut response = Response::new(Body::from_stream(feed.stream()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // A proxy that gathers a response before it passes it on would hold every answer back.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        Ok(response)
    }

    /// A new stream, if there is room for it.
    fn feed(&self, principal: String, idle: Duration, every: Duration) -> Result<Feed, Error> {
        let id = format!("{:032x}", rand::random::<u128>());
        let (sender, receiver) = mpsc::channel(limits::LEGACY_STREAM_MESSAGES_MAX);
        self.with(|state| {
            if state.closed || state.open.len() >= limits::LEGACY_STREAMS_MAX {
                return Err(Error::new(
                    ErrorKind::RateLimited,
                    "too many streams are open: post messages to /mcp, which needs none",
                ));
            }
            let last_posted = Instant::now();
            let open = Open {
                sender,
                principal,
                last_posted,
            };
            state.open.insert(id.clone(), open);
            Ok(())
        })?;
        let mut tick = tokio::time::interval(every);
        tick.reset();
        Ok(Feed {
            first: Some(Bytes::from(format!(
                "event: endpoint\ndata: {MESSAGES}?sessionId={id}\n\n"
            ))),
            id,
            receiver,
            tick,
            idle,
            streams: self.clone(),
        })
    }

    /// A place in the queue of a stream for one message's answer.
    fn slot(&self, id: &str, principal: &str) -> Result<Slot, Error> {
        self.with(|state| {
            let open = state.open.get_mut(id);
            let open = open
                .filter(|open| open.principal == principal)
                .ok_or_else(|| {
                    Error::not_found(
                        "there is no such stream, or it has ended: open another with GET /sse",
                    )
                })?;
            open.last_posted = Instant::now();
            let slot = open.sender.clone().try_reserve_owned();
            slot.map(Slot).map_err(|_| {
                Error::new(
                    ErrorKind::RateLimited,
                    "too many messages wait for their answers: read the stream first",
                )
            })
        })
    }

    fn is_idle(&self, id: &str, idle: Duration) -> bool {
        self.with(|state| {
            let open = state.open.get(id);
            open.is_none_or(|open| open.last_posted.elapsed() >= idle)
        })
    }
}

/// Room for one answer.
struct Slot(mpsc::OwnedPermit<Bytes>);

impl Slot {
    fn send(self, events: Bytes) {
        self.0.send(events);
    }
}

/// One stream, as its client reads it. It ends when nothing was posted for long, or with the server; when the client goes
/// away it is dropped, and its place is free.
struct Feed {
    id: String,
    first: Option<Bytes>,
    receiver: mpsc::Receiver<Bytes>,
    tick: Interval,
    idle: Duration,
    streams: Streams,
}

impl Feed {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        tokio::select! {
            events = self.receiver.recv() => events,
            _ = self.tick.tick() => {
                (!self.streams.is_idle(&self.id, self.idle)).then(|| Bytes::from_static(b": still here\n\n"))
            }
        }
    }

    fn stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
        stream::unfold(self, |mut feed| async move {
            let events = feed.next().await?;
            Some((Ok(events), feed))
        })
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.streams.with(|state| state.open.remove(&self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(10);

    fn count(streams: &Streams) -> usize {
        streams.with(|state| state.open.len())
    }

    #[tokio::test]
    async fn streams_are_bounded_and_make_room_when_their_clients_go() {
        let streams = Streams::default();
        let open = || streams.feed("ann".into(), LONG, LONG);
        let mut feeds: Vec<Feed> = (0..limits::LEGACY_STREAMS_MAX)
            .map(|_| open().expect("room"))
            .collect();
        let full = open().map(|_| ()).expect_err("full");
        assert_eq!(full.kind(), ErrorKind::RateLimited);
        feeds.pop();
        let mut feed = open().expect("room again");
        let first = feed.next().await.expect("the address");
        let wanted = format!("event: endpoint\ndata: /messages?sessionId={}\n\n", feed.id);
        assert_eq!(first, wanted);
        assert!(
            feeds
                .iter()
                .all(|other| other.id.len() == 32 && other.id != feed.id)
        );
        drop((feeds, feed));
        assert_eq!(count(&streams), 0);
    }

    #[tokio::test]
    async fn an_idle_stream_ends_after_signs_of_life() {
        let streams = Streams::default();
        let (idle, every) = (Duration::from_millis(200), Duration::from_millis(20));
        let mut feed = streams.feed("ann".into(), idle, every).expect("room");
        let mut said = Vec::new();
        while let Some(events) = feed.next().await {
            said.push(events);
        }
        assert!(said.len() > 1, "{said:?}");
        assert!(
            said.iter()
                .skip(1)
                .all(|s| s.starts_with(b":") && s.ends_with(b"\n\n"))
        );
    }

    #[tokio::test]
    async fn a_queue_is_bounded_and_its_owners_alone() {
        let streams = Streams::default();
        let mut feed = streams.feed("ann".into(), LONG, LONG).expect("room");
        feed.first = None;
        for (id, who) in [(feed.id.as_str(), "bob"), ("0", "ann"), ("", "ann")] {
            let error = streams.slot(id, who).map(|_| ()).expect_err(who);
            assert_eq!(error.kind(), ErrorKind::NotFound);
        }
        let mut slots: Vec<Slot> = (0..limits::LEGACY_STREAM_MESSAGES_MAX)
            .map(|_| streams.slot(&feed.id, "ann").expect("room"))
            .collect();
        let full = streams.slot(&feed.id, "ann").map(|_| ()).expect_err("full");
        assert_eq!(full.kind(), ErrorKind::RateLimited);
        slots
            .pop()
            .expect("one")
            .send(Bytes::from_static(b"answer"));
        // What is being answered is still written when the server ends.
        streams.close();
        drop(slots);
        assert_eq!(feed.next().await.as_deref(), Some(&b"answer"[..]));
        assert_eq!(feed.next().await, None);
        assert!(streams.feed("ann".into(), LONG, LONG).is_err());
    }

    #[test]
    fn replies_become_events() {
        let response = |status: u16, body: &str| {
            let mut response = Response::new(Bytes::from(body.to_owned()));
            *response.status_mut() = StatusCode::from_u16(status).expect("a status");
            response
        };
        let id = json!(7);
        let id = || Some(&id);
        let reply = r#"{"id":7,"jsonrpc":"2.0","result":{"protocolVersion":"2025-03-26"}}"#;
        let event = |data: &str| format!("event: message\ndata: {data}\n\n");
        assert_eq!(events(&response(200, reply), id(), false), event(reply));
        let old = reply.replace(NEXT_REVISION, REVISION);
        assert_eq!(events(&response(200, reply), id(), true), event(&old));
        assert_eq!(events(&response(202, ""), None, false), "");
        let two = events(&response(200, &format!("[{reply},{reply}]")), None, false);
        assert_eq!(two, event(reply).repeat(2));
        let problem = response(403, r#"{"detail":"not for you"}"#);
        let refused = events(&problem, id(), false);
        assert!(
            refused.contains("\"id\":7") && refused.contains("not for you"),
            "{refused}"
        );
        assert_eq!(events(&problem, None, false), "");
    }
}
