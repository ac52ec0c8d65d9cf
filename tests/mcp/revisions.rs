//! Each revision of the protocol, from its first message on.

use crate::wire::{call, echo, exchange, json, meta, modern, nobody, request};
use serde_json::{Value, json};

fn initialize(version: &str) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": "a", "method": "initialize", "params": {
        "protocolVersion": version, "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"}}});
    let response = exchange(&request("POST", &[], &body.to_string()), nobody);
    assert_eq!(response.status(), 200);
    assert!(response.headers().get("mcp-session-id").is_none());
    json(&response)["result"].clone()
}

#[test]
fn each_handshake() {
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let result = initialize(version);
        assert_eq!(result["protocolVersion"], version);
        let info = &result["serverInfo"];
        assert_eq!(
            (&info["name"], &info["title"], &info["version"]),
            (
                &json!("nearcast"),
                &json!("Nearcast sales analytics"),
                &json!("1.2.3")
            )
        );
        let capabilities: Vec<&String> = result["capabilities"]
            .as_object()
            .expect("an object")
            .keys()
            .collect();
        assert_eq!(
            capabilities,
            ["completions", "extensions", "prompts", "resources", "tools"]
        );
        assert!(
            result["instructions"]
                .as_str()
                .is_some_and(|text| text.len() < 600)
        );
        assert!(result.get("resultType").is_none());
    }
}

#[test]
fn a_handshake_in_another_revision_is_offered_the_newest_with_one() {
    for version in ["2024-11-05", "2026-07-28", "2031-01-01"] {
        assert_eq!(initialize(version)["protocolVersion"], "2025-11-25");
    }
}

#[test]
fn a_handshake_that_contradicts_its_header_is_refused() {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "test", "version": "0"}}});
    let changes = [("mcp-protocol-version", "2025-03-26")];
    let response = exchange(&request("POST", &changes, &body.to_string()), nobody);
    assert_eq!(response.status(), 400);
    assert_eq!(json(&response)["error"]["code"], -32020);
}

#[test]
fn the_newest_revision_is_discovered() {
    let response = exchange(&modern("server/discover", "", json!({})), nobody);
    let result = &json(&response)["result"];
    let versions = json!(["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]);
    assert_eq!(result["supportedVersions"], versions);
    assert_eq!(result["resultType"], "complete");
    assert_eq!(result["ttlMs"], 300_000);
    assert_eq!(result["cacheScope"], "public");
    let info = &result["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(info["name"], "nearcast");
}

#[test]
fn the_newest_revision_needs_its_meta_on_every_request() {
    for missing in [
        "io.modelcontextprotocol/protocolVersion",
        "io.modelcontextprotocol/clientCapabilities",
    ] {
        let mut meta = meta();
        meta.as_object_mut().expect("an object").remove(missing);
        for method in ["server/discover", "tools/list"] {
            let body =
                json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": meta}});
            let headers = [
                ("mcp-protocol-version", "2026-07-28"),
                ("mcp-method", method),
            ];
            let response = exchange(&request("POST", &headers, &body.to_string()), nobody);
            assert_eq!(response.status(), 400, "{method} without {missing}");
            let error = &json(&response)["error"];
            assert_eq!(error["code"], -32602);
            assert!(error["message"].as_str().expect("text").contains(missing));
        }
    }
}

#[test]
fn a_revision_of_the_future_is_refused_with_those_that_are_spoken() {
    let mut meta = meta();
    meta["io.modelcontextprotocol/protocolVersion"] = json!("2031-01-01");
    let body =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}});
    let headers = [
        ("mcp-protocol-version", "2031-01-01"),
        ("mcp-method", "tools/list"),
    ];
    let response = exchange(&request("POST", &headers, &body.to_string()), nobody);
    assert_eq!(response.status(), 400);
    let error = &json(&response)["error"];
    assert_eq!(error["code"], -32022);
    assert_eq!(error["data"]["requested"], "2031-01-01");
    assert_eq!(error["data"]["supported"].as_array().map(Vec::len), Some(4));
}

#[test]
fn what_the_newest_revision_dropped_is_not_found() {
    for method in [
        "ping",
        "initialize",
        "logging/setLevel",
        "resources/subscribe",
        "no/such",
    ] {
        let response = exchange(&modern(method, "", json!({})), nobody);
        assert_eq!(response.status(), 404, "{method}");
        assert_eq!(json(&response)["error"]["code"], -32601, "{method}");
    }
}

#[test]
fn lists_carry_cache_hints_where_the_revision_has_them() {
    for (method, key) in [
        ("tools/list", "tools"),
        ("prompts/list", "prompts"),
        ("resources/list", "resources"),
        ("resources/templates/list", "resourceTemplates"),
    ] {
        let result = &json(&exchange(&modern(method, "", json!({})), nobody))["result"];
        assert_eq!(result["ttlMs"], 300_000, "{method}");
        assert_eq!(result["cacheScope"], "public", "{method}");
        assert_eq!(result["resultType"], "complete", "{method}");
        let names: Vec<&str> = result[key]
            .as_array()
            .expect("a list")
            .iter()
            .map(|item| item["name"].as_str().expect("a name"))
            .collect();
        assert!(names.is_sorted(), "{method}: {names:?}");
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method});
        let older = json(&exchange(&request("POST", &[], &body.to_string()), nobody));
        assert_eq!(older["result"][key], result[key]);
        assert!(older["result"].get("resultType").is_none(), "{method}");
    }
}

#[test]
fn a_call_has_a_result_type_only_in_the_newest_revision() {
    let params = json!({"name": "describe_data", "arguments": {}});
    let newest = json(&exchange(
        &modern("tools/call", "describe_data", params),
        echo,
    ));
    assert_eq!(newest["result"]["resultType"], "complete");
    let older = json(&exchange(&call("describe_data", &json!({})), echo));
    assert!(older["result"].get("resultType").is_none());
    assert_eq!(older["result"]["content"], newest["result"]["content"]);
}
