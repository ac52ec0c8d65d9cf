//! The MCP App as clients find it, icons, and what may be kept for how long. How it draws is looked at in a browser.

use crate::wire::{exchange, json, modern, nobody};
use serde_json::{Value, json};

const APP: &str = "ui://nearcast/answer.html";
const MIME: &str = "text/html;profile=mcp-app";
/// The page, compressed by nobody: a host fetches it once, the Worker carries it.
const APP_BYTES_MAX: usize = 47_000;
/// All of `tools/list`.
const LIST_BYTES_MAX: usize = 40_000;

fn result(method: &str, name: &str, params: Value) -> Value {
    json(&exchange(&modern(method, name, params), nobody))["result"].take()
}

#[test]
fn the_app_is_declared_and_read_without_asking_the_data() {
    let discovered = result("server/discover", "", json!({}));
    let extensions = &discovered["capabilities"]["extensions"];
    assert_eq!(extensions, &json!({"io.modelcontextprotocol/ui": {}}));
    for tool in result("tools/list", "", json!({}))["tools"]
        .as_array()
        .expect("a list")
    {
        assert_eq!(tool["_meta"], json!({"ui": {"resourceUri": APP}}));
    }
    let read = result("resources/read", APP, json!({"uri": APP}));
    let contents = &read["contents"][0];
    assert_eq!(contents["uri"], APP);
    assert_eq!(contents["mimeType"], MIME);
    let ui = &contents["_meta"]["ui"];
    assert_eq!(
        ui["csp"],
        json!({"connectDomains": [], "resourceDomains": []})
    );
    assert_eq!(ui["prefersBorder"], true);
    let html = contents["text"].as_str().expect("text");
    assert!(
        html.starts_with("<!doctype html>") && html.len() < APP_BYTES_MAX,
        "{}",
        html.len()
    );
    let listed = result("resources/list", "", json!({}));
    let listed = listed["resources"].as_array().expect("a list");
    let app = listed.iter().find(|r| r["uri"] == APP).expect("listed");
    assert_eq!(
        (&app["mimeType"], &app["size"]),
        (&json!(MIME), &json!(html.len()))
    );
}

#[test]
fn every_tool_has_an_icon_of_its_own_and_the_list_stays_small() {
    let listed = result("tools/list", "", json!({}));
    let mut seen: Vec<String> = Vec::new();
    for tool in listed["tools"].as_array().expect("a list") {
        let icon = &tool["icons"][0];
        assert_eq!(icon["mimeType"], "image/svg+xml");
        assert_eq!(icon["sizes"], json!(["any"]));
        let src = icon["src"].as_str().expect("text").to_owned();
        // "<svg " in Base64.
        assert!(src.starts_with("data:image/svg+xml;base64,PHN2Zy"), "{src}");
        assert!(!seen.contains(&src), "{tool}");
        seen.push(src);
    }
    let icons: usize = seen.iter().map(String::len).sum();
    assert!(icons < 5_000, "{icons} bytes of icons");
    let bytes = listed.to_string().len();
    assert!(bytes < LIST_BYTES_MAX, "tools/list has {bytes} bytes");
}

#[test]
fn what_is_the_same_for_everyone_is_public_and_what_the_data_say_is_private() {
    for (method, uri) in [
        ("server/discover", ""),
        ("tools/list", ""),
        ("prompts/list", ""),
        ("resources/list", ""),
        ("resources/templates/list", ""),
        ("resources/read", APP),
    ] {
        let params = if uri.is_empty() {
            json!({})
        } else {
            json!({"uri": uri})
        };
        let result = result(method, uri, params);
        assert_eq!(result["cacheScope"], "public", "{method} {uri}");
        assert_eq!(result["ttlMs"], 300_000, "{method} {uri}");
    }
    for path in [
        "schema",
        "quality",
        "version",
        "dimension/product",
        "text/doc:a%231",
    ] {
        let uri = format!("sales://demo/{path}");
        let request = modern("resources/read", &uri, json!({"uri": uri}));
        let reply = json(&exchange(&request, crate::wire::echo));
        assert_eq!(reply["result"]["cacheScope"], "private", "{uri}");
        assert_eq!(reply["result"]["ttlMs"], 60_000, "{uri}");
    }
    // Answers, prompts with names in them and completions are no lists, and carry no hint.
    let params = json!({"name": "weekly_review", "arguments": {"operation": "Dallas"}});
    assert!(
        result("prompts/get", "weekly_review", params)
            .get("ttlMs")
            .is_none()
    );
}
