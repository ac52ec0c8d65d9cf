//! What no client at hand sends: batches, as revision 2025-03-26 had them; and the links of answers, as a browser opens them.

use nearcast_tests::client::{Request, Response, send};
use nearcast_tests::process::Server;
use serde_json::{Value, json};

use crate::expected::{self, Expected};

/// What is wrong with what a batch of these calls is answered, one after the other, with a message between that is none.
pub(crate) fn batch(server: &Server, calls: &[&Expected], base: &str) -> Vec<String> {
    let call = |(id, call): (usize, &&Expected)| {
        json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": {"name": call.tool, "arguments": call.arguments}})
    };
    let mut messages: Vec<Value> = calls.iter().enumerate().map(call).collect();
    messages.insert(
        calls.len() / 2,
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
    );
    let headers = [
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", "2025-03-26"),
    ];
    let response = exchange(
        server,
        "POST",
        "/mcp",
        &headers,
        &Value::Array(messages).to_string(),
    );
    let replies: Vec<Value> = serde_json::from_slice(&response.body).unwrap_or_default();
    let ids: Vec<_> = replies.iter().map(|reply| reply["id"].as_u64()).collect();
    if ids != (0..calls.len() as u64).map(Some).collect::<Vec<_>>() {
        let said = String::from_utf8_lossy(&response.body);
        return vec![format!("batch: {}, {said}", response.status)];
    }
    let pairs = calls.iter().zip(&replies);
    let wrong = pairs.filter_map(|(call, reply)| call.difference(base, &reply["result"]));
    wrong.map(|why| format!("batch: {why}")).collect()
}

/// What is wrong with what lies behind the links to JSON of these answers.
pub(crate) fn links(server: &Server, calls: &[&Expected], base: &str) -> Vec<String> {
    let each = calls.iter().filter_map(|call| {
        let mut answer = call.result(base)["structuredContent"].take();
        let links = answer["receipt"]["links"].take();
        let link = links["json"].as_str()?;
        let target = link.strip_prefix(base).unwrap_or(link);
        let response = exchange(server, "GET", target, &[], "");
        let mut linked: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let why = if response.status == 200 {
            // What is said of the answer goes with the day on which it is asked.
            for one in [&mut answer, &mut linked] {
                one["receipt"] = Value::Null;
            }
            expected::difference("", &answer, &linked)?
        } else {
            format!(
                "{}, {}",
                response.status,
                String::from_utf8_lossy(&response.body)
            )
        };
        Some(format!("{}: {link}: {why}", call.question))
    });
    each.collect()
}

fn exchange(
    server: &Server,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let host = [("Host".to_owned(), server.address().to_string())];
    let more = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let request = Request {
        method: method.into(),
        target: target.into(),
        headers: host.into_iter().chain(more).collect(),
        body: body.into(),
    };
    send(server.address(), &request).expect("an answer")
}
