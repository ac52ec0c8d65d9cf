//! One row for each rule of the transport.

use crate::wire::{exchange, json, modern, nobody, request};
use serde_json::Value;

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

/// (what, method, changed headers, body, status, JSON-RPC code of the error or 0)
type Rule = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    u16,
    i64,
);

const RULES: &[Rule] = &[
    ("plain", "POST", &[], PING, 200, 0),
    ("GET", "GET", &[], "", 405, -32600),
    ("DELETE", "DELETE", &[], "", 405, -32600),
    (
        "a session id is ignored",
        "POST",
        &[("mcp-session-id", "x")],
        PING,
        200,
        0,
    ),
    (
        "no Content-Type",
        "POST",
        &[("content-type", "")],
        PING,
        415,
        -32600,
    ),
    (
        "text",
        "POST",
        &[("content-type", "text/plain")],
        PING,
        415,
        -32600,
    ),
    (
        "a parameter of the media type",
        "POST",
        &[("content-type", "Application/JSON; charset=utf-8")],
        PING,
        200,
        0,
    ),
    ("no Accept", "POST", &[("accept", "")], PING, 200, 0),
    ("any", "POST", &[("accept", "*/*")], PING, 200, 0),
    (
        "HTML",
        "POST",
        &[("accept", "text/html")],
        PING,
        406,
        -32600,
    ),
    (
        "JSON excluded",
        "POST",
        &[("accept", "application/json;q=0, text/html")],
        PING,
        406,
        -32600,
    ),
    (
        "own Origin",
        "POST",
        &[("origin", "http://localhost:8787")],
        PING,
        200,
        0,
    ),
    (
        "Origin with another port",
        "POST",
        &[("origin", "http://localhost:1")],
        PING,
        403,
        -32600,
    ),
    (
        "own Origin without a Host",
        "POST",
        &[("host", ""), ("origin", "http://localhost:8787")],
        PING,
        403,
        -32600,
    ),
    (
        "own Origin, broken Host",
        "POST",
        &[("host", "a b"), ("origin", "http://localhost:8787")],
        PING,
        403,
        -32600,
    ),
    (
        "the public Origin",
        "POST",
        &[("origin", "https://sales.example.com")],
        PING,
        200,
        0,
    ),
    (
        "an allowed Origin",
        "POST",
        &[("origin", "https://app.example.com")],
        PING,
        200,
        0,
    ),
    (
        "an allowed Origin, unencrypted",
        "POST",
        &[("origin", "http://app.example.com")],
        PING,
        403,
        -32600,
    ),
    (
        "another Origin",
        "POST",
        &[("origin", "https://evil.example")],
        PING,
        403,
        -32600,
    ),
    (
        "Origin null",
        "POST",
        &[("origin", "null")],
        PING,
        403,
        -32600,
    ),
    ("no JSON", "POST", &[], "{", 400, -32700),
    ("nothing", "POST", &[], "", 400, -32700),
    ("no object", "POST", &[], "7", 400, -32600),
    (
        "another JSON-RPC",
        "POST",
        &[],
        r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
        400,
        -32600,
    ),
    (
        "no method",
        "POST",
        &[],
        r#"{"jsonrpc":"2.0","id":1}"#,
        400,
        -32600,
    ),
    (
        "null as id",
        "POST",
        &[],
        r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
        400,
        -32600,
    ),
    (
        "a response",
        "POST",
        &[],
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        400,
        -32600,
    ),
    (
        "an unknown revision",
        "POST",
        &[("mcp-protocol-version", "2019-01-01")],
        PING,
        400,
        -32022,
    ),
    (
        "a revision that is not spoken",
        "POST",
        &[("mcp-protocol-version", "2024-11-05")],
        PING,
        400,
        -32022,
    ),
    (
        "an unknown method before 2026-07-28",
        "POST",
        &[],
        r#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#,
        200,
        -32601,
    ),
    (
        "a known method with the wrong params",
        "POST",
        &[],
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{}}}"#,
        200,
        -32602,
    ),
    (
        "a cursor that was never issued",
        "POST",
        &[],
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}}"#,
        200,
        -32602,
    ),
];

#[test]
fn each_rule_holds() {
    for (what, method, changes, body, status, code) in RULES {
        let response = exchange(&request(method, changes, body), nobody);
        assert_eq!(response.status(), *status, "{what}");
        assert_eq!(response.headers()["cache-control"], "no-store", "{what}");
        assert_eq!(
            response.headers()["content-type"],
            "application/json",
            "{what}"
        );
        let code_given = json(&response)["error"]["code"].as_i64().unwrap_or(0);
        assert_eq!(code_given, *code, "{what}");
    }
}

#[test]
fn the_other_methods_name_the_one_that_is_allowed() {
    for method in ["GET", "DELETE", "PUT", "OPTIONS"] {
        let response = exchange(&request(method, &[], ""), nobody);
        assert_eq!(response.headers()["allow"], "POST");
    }
}

#[test]
fn a_large_body_is_refused() {
    let fits = format!("{PING}{}", " ".repeat((1 << 20) - PING.len()));
    assert_eq!(exchange(&request("POST", &[], &fits), nobody).status(), 200);
    let response = exchange(&request("POST", &[], &format!("{fits} ")), nobody);
    assert_eq!(response.status(), 413);
}

#[test]
fn deep_nesting_is_no_json() {
    let deep = "[".repeat(100_000);
    let response = exchange(&request("POST", &[], &deep), nobody);
    assert_eq!(response.status(), 400);
    assert_eq!(json(&response)["error"]["code"], -32700);
}

#[test]
fn a_notification_has_no_reply() {
    let body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let response = exchange(&request("POST", &[], body), nobody);
    assert_eq!(response.status(), 202);
    assert!(response.body().is_empty());
}

#[test]
fn a_client_that_only_takes_events_gets_one() {
    let changes = [("accept", "text/event-stream")];
    let response = exchange(&request("POST", &changes, PING), nobody);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let body = String::from_utf8(response.body().to_vec()).expect("text");
    let data = body
        .strip_prefix("event: message\ndata: ")
        .and_then(|rest| rest.strip_suffix("\n\n"))
        .expect("one event");
    let message: Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(message["id"], 1);
}

/// Each disagreement of headers with the body of a good request.
#[test]
fn headers_and_body_have_to_agree() {
    let good = || {
        modern(
            "tools/call",
            "describe_data",
            serde_json::json!({"name": "describe_data"}),
        )
    };
    assert_eq!(exchange(&good(), crate::wire::echo).status(), 200);
    for (what, name, value, code) in [
        ("no version", "mcp-protocol-version", None, -32020),
        (
            "another version",
            "mcp-protocol-version",
            Some("2025-06-18"),
            -32020,
        ),
        ("no method", "mcp-method", None, -32020),
        ("another method", "mcp-method", Some("tools/list"), -32020),
        ("no name", "mcp-name", None, -32020),
        ("another name", "mcp-name", Some("top_n_products"), -32020),
        ("broken base64", "mcp-name", Some("=?base64?###?="), -32020),
        (
            "another name in base64",
            "mcp-name",
            Some("=?base64?eA==?="),
            -32020,
        ),
    ] {
        let mut request = good();
        match value {
            Some(value) => {
                let value = value.parse().expect("a header");
                request.headers_mut().insert(name, value);
            }
            None => {
                request.headers_mut().remove(name);
            }
        }
        let response = exchange(&request, nobody);
        assert_eq!(response.status(), 400, "{what}");
        let reply = json(&response);
        assert_eq!(reply["error"]["code"], code, "{what}");
        assert_eq!(reply["id"], 7, "{what}");
    }
    let mut twice = good();
    twice
        .headers_mut()
        .append("mcp-method", "tools/list".parse().expect("a header"));
    assert_eq!(json(&exchange(&twice, nobody))["error"]["code"], -32020);
    let mut encoded = good();
    encoded.headers_mut().insert(
        "mcp-name",
        "=?base64?ZGVzY3JpYmVfZGF0YQ==?=".parse().expect("a header"),
    );
    assert_eq!(exchange(&encoded, crate::wire::echo).status(), 200);
}

/// Every message that is cut short or has one character exchanged gets some answer of the protocol.
#[test]
fn damaged_messages_are_answered() {
    let whole = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"top_n_products","arguments":{"n":5}}}"#;
    let damaged = (0..whole.len()).flat_map(|at| {
        let cut = whole[..at].to_owned();
        let exchanged = ["\"", "{", "]", ",", "9", "\0"]
            .map(|c| format!("{}{c}{}", &whole[..at], &whole[at + 1..]));
        std::iter::once(cut).chain(exchanged)
    });
    for body in damaged {
        let response = exchange(&request("POST", &[], &body), crate::wire::echo);
        let status = response.status().as_u16();
        assert!([200, 202, 400].contains(&status), "{status}: {body}");
        if status != 202 {
            assert_eq!(json(&response)["jsonrpc"], "2.0", "{body}");
        }
    }
}
