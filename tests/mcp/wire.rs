//! Sends messages and reads replies.

use bytes::Bytes;
use http::{Request, Response};
use nearcast::error::{Error, Result};
use nearcast::mcp::{Begin, McpConfig, begin};
use nearcast::model::answer::Presented;
use nearcast::model::dataset::DatasetId;
use nearcast::model::query::{Query, Question};
use serde_json::{Value, json};

/// The headers of a well-behaved client of a revision before 2026-07-28.
pub(crate) const PLAIN: [(&str, &str); 3] = [
    ("host", "localhost:8787"),
    ("content-type", "application/json"),
    ("accept", "application/json, text/event-stream"),
];

pub(crate) fn config() -> McpConfig {
    McpConfig {
        default_dataset: DatasetId::new("demo").expect("plain"),
        public_url: Some("https://sales.example.com".into()),
        version: "1.2.3".into(),
        allowed_origins: vec!["https://app.example.com".into()],
    }
}

/// A request with the headers of [`PLAIN`], changed: an empty value takes a header away.
pub(crate) fn request(method: &str, changes: &[(&str, &str)], body: &str) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri("/mcp");
    let kept = PLAIN
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    for (name, value) in kept.chain(changes.iter().filter(|(_, value)| !value.is_empty())) {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from(body.to_owned())).expect("valid")
}

/// Sends a request; each question is answered by `answer`.
pub(crate) fn exchange(
    request: &Request<Bytes>,
    answer: impl Fn(&Question) -> Result<Presented>,
) -> Response<Bytes> {
    let config = config();
    match begin(request, &config) {
        Begin::Done(response) => response,
        Begin::Ask(pending) => {
            let answers = pending.questions().iter().map(answer).collect();
            pending.finish(answers)
        }
    }
}

/// The questions that a request asks; none if it is answered at once.
pub(crate) fn questions(request: &Request<Bytes>) -> Vec<Question> {
    let config = config();
    match begin(request, &config) {
        Begin::Done(_) => Vec::new(),
        Begin::Ask(pending) => pending.questions().to_vec(),
    }
}

/// An answer that says what was asked.
#[expect(clippy::unnecessary_wraps, reason = "an answerer")]
pub(crate) fn echo(question: &Question) -> Result<Presented> {
    Ok(Presented {
        text: format!("asked {}", question.query.name()),
        structured: json!({"answer": question.query.name()}),
    })
}

/// For requests that must not ask anything.
pub(crate) fn nobody(question: &Question) -> Result<Presented> {
    Err(Error::internal(format!("nobody should ask {question:?}")))
}

pub(crate) fn json(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).expect("a JSON body")
}

/// A call of a tool by a client of 2025-06-18.
pub(crate) fn call(tool: &str, arguments: &Value) -> Request<Bytes> {
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call",
        "params": {"name": tool, "arguments": arguments}});
    request(
        "POST",
        &[("mcp-protocol-version", "2025-06-18")],
        &body.to_string(),
    )
}

/// The query that a call of a tool asks.
pub(crate) fn query(tool: &str, arguments: &Value) -> Query {
    let mut questions = questions(&call(tool, arguments));
    assert_eq!(questions.len(), 1);
    questions.remove(0).query
}

/// The text of a call that is refused because of its arguments.
pub(crate) fn refusal(tool: &str, arguments: &Value) -> String {
    let response = exchange(&call(tool, arguments), nobody);
    assert_eq!(response.status(), 200);
    let reply = json(&response);
    assert_eq!(reply["result"]["isError"], true, "{arguments}: {reply}");
    assert!(reply["result"].get("structuredContent").is_none());
    reply["result"]["content"][0]["text"]
        .as_str()
        .expect("text")
        .to_owned()
}

/// The `_meta` that 2026-07-28 requires.
pub(crate) fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

/// A request of 2026-07-28, with the headers that it requires.
pub(crate) fn modern(method: &str, name: &str, mut params: Value) -> Request<Bytes> {
    params["_meta"] = meta();
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    request(
        "POST",
        &[
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", method),
            ("mcp-name", name),
        ],
        &body.to_string(),
    )
}

/// The calls that a prompt's text names, one a line: `1. tool {"argument": ...}`.
pub(crate) fn calls(text: &str) -> Vec<(String, Value)> {
    let numbered = text.lines().filter_map(|line| {
        let (number, call) = line.split_once(". ")?;
        number.parse::<u8>().ok()?;
        let (tool, arguments) = call.split_once(' ')?;
        let arguments = serde_json::from_str(arguments).expect("arguments as JSON");
        Some((tool.to_owned(), arguments))
    });
    numbered.collect()
}
