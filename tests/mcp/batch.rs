//! Batches, which only clients of 2025-03-26 send.

use crate::wire::{echo, exchange, json, nobody, questions, request};
use serde_json::{Value, json};

fn send(messages: &Value, version: &str) -> (u16, Value) {
    let changes = [("mcp-protocol-version", version)];
    let response = exchange(&request("POST", &changes, &messages.to_string()), echo);
    let status = response.status().as_u16();
    if response.body().is_empty() {
        return (status, Value::Null);
    }
    (status, json(&response))
}

fn call(id: u32, tool: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool}})
}

#[test]
fn each_message_gets_its_own_answer_in_order() {
    let batch = json!([
        call(1, "top_n_products"),
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "ping"},
        call(3, "no_such_tool"),
        call(4, "describe_data"),
        {"jsonrpc": "2.0"},
        {"jsonrpc": "2.0", "id": 6, "method": "initialize", "params": {
            "protocolVersion": "2025-03-26", "capabilities": {},
            "clientInfo": {"name": "test", "version": "0"}}},
    ]);
    for version in ["2025-03-26", ""] {
        let (status, replies) = send(&batch, version);
        assert_eq!(status, 200);
        assert_eq!(replies.as_array().map(Vec::len), Some(6));
        assert_eq!(replies[0]["result"]["content"][0]["text"], "asked top");
        assert_eq!(replies[1], json!({"jsonrpc": "2.0", "id": 2, "result": {}}));
        assert_eq!(replies[2]["error"]["code"], -32602);
        assert_eq!(replies[3]["result"]["content"][0]["text"], "asked describe");
        assert_eq!(replies[4]["error"]["code"], -32600);
        assert_eq!(replies[5]["id"], 6);
        assert_eq!(replies[5]["error"]["code"], -32600);
    }
}

#[test]
fn all_questions_are_asked_at_once() {
    let batch = json!([call(1, "top_n_products"), call(2, "forecast_sales")]);
    let asked = questions(&request("POST", &[], &batch.to_string()));
    let names: Vec<&str> = asked.iter().map(|q| q.query.name()).collect();
    assert_eq!(names, ["top", "forecast"]);
}

#[test]
fn notifications_alone_have_no_reply() {
    let batch = json!([{"jsonrpc": "2.0", "method": "notifications/initialized"}]);
    assert_eq!(send(&batch, "2025-03-26"), (202, Value::Null));
}

#[test]
fn other_revisions_have_none() {
    for version in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let (status, reply) = send(&json!([call(1, "top_n_products")]), version);
        assert_eq!((status, &reply["error"]["code"]), (400, &json!(-32600)));
    }
}

#[test]
fn a_batch_has_bounds() {
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    for (len, status) in [(0, 400), (1, 200), (20, 200), (21, 400)] {
        let batch = Value::Array(vec![ping.clone(); len]);
        let response = exchange(&request("POST", &[], &batch.to_string()), nobody);
        assert_eq!(response.status(), status, "{len}");
    }
}
