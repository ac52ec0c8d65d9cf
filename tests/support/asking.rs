//! Requests to the core, without a socket.

use bytes::Bytes;
use http::{Request, Response};
use nearcast::Config;
use nearcast::app::{self, Outcome, RequestContext};
use nearcast::auth::KeySet;
use nearcast::engine::Memory;
use nearcast::model::{DatasetId, Timestamp};
use nearcast::shell::RangeRead;
use serde_json::{Value, json};

/// When these requests are made.
pub const NOW: Timestamp = Timestamp(1_800_000_000);

/// Runs a future to its end.
///
/// # Panics
/// If no runtime can be started.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// The owner's decisions: this dataset is meant by default, and anyone may read it.
///
/// # Panics
/// If it is not a name.
#[must_use]
pub fn public(dataset: &str) -> Config {
    let dataset = DatasetId::new(dataset).expect("a name");
    Config {
        default_dataset: dataset.clone(),
        ..Config::default()
    }
    .with_public(dataset)
}

/// Sends a request to the core, at some time.
pub fn send_at(
    store: &impl RangeRead,
    config: &Config,
    request: Request<Bytes>,
    now: Timestamp,
) -> Outcome {
    send_to(&Memory::default(), store, config, request, now)
}

/// Sends a request to an isolate that remembers earlier ones.
pub fn send_to(
    memory: &Memory,
    store: &impl RangeRead,
    config: &Config,
    request: Request<Bytes>,
    now: Timestamp,
) -> Outcome {
    let context = RequestContext {
        now,
        keys: KeySet::default(),
        request_id: "test".into(),
        memory: memory.clone(),
    };
    block_on(app::respond(request, &context, config, store))
}

/// Builds a request without a body.
///
/// # Panics
/// If it cannot be written so.
#[must_use]
pub fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::new()).expect("a request")
}

/// `GET target`.
pub fn get(store: &impl RangeRead, config: &Config, target: &str) -> Response<Bytes> {
    send_at(store, config, request("GET", target, &[]), NOW).response
}

/// `GET target`, following redirects as a browser does, to the answer's JSON.
///
/// # Panics
/// If it is not answered with 200 and JSON.
pub fn answer(store: &impl RangeRead, config: &Config, target: &str) -> Value {
    let mut response = get(store, config, target);
    if response.status() == 307 {
        let to = header(&response, "location").to_owned();
        response = get(store, config, &to);
    }
    assert_eq!(response.status(), 200, "{target}: {}", text(&response));
    body(&response)
}

/// The value of a header, or nothing.
pub fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
}

/// The body as text.
pub fn text(response: &Response<Bytes>) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}

/// The body as JSON.
///
/// # Panics
/// If it is not JSON.
pub fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body())
        .unwrap_or_else(|error| panic!("{error}: {}", text(response)))
}

/// A call of an MCP tool, as a request.
///
/// # Panics
/// If it cannot be written so.
#[must_use]
pub fn tool_request(tool: &str, arguments: &Value) -> Request<Bytes> {
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments}});
    Request::builder()
        .method("POST")
        .uri("/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18")
        .body(Bytes::from(call.to_string()))
        .expect("a request")
}

/// Calls an MCP tool: the JSON-RPC response.
///
/// # Panics
/// If the response is not JSON.
pub fn call(store: &impl RangeRead, config: &Config, tool: &str, arguments: &Value) -> Value {
    body(&send_at(store, config, tool_request(tool, arguments), NOW).response)
}
