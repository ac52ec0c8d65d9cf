//! What is asked.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::Result;

/// The original system's questions with their defaults, finer forecasts, and the description: label, tool, arguments.
pub(crate) fn asked() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        (
            "top_n_products",
            "top_n_products",
            json!({"n": 5, "operation": "Dallas"}),
        ),
        (
            "forecast_sales",
            "forecast_sales",
            json!({"operation": "Dallas"}),
        ),
        (
            "forecast_sales, weekly",
            "forecast_sales",
            json!({"operation": "Dallas", "grain": "week"}),
        ),
        (
            "forecast_sales, daily",
            "forecast_sales",
            json!({"operation": "Dallas", "grain": "day"}),
        ),
        ("describe_data", "describe_data", json!({})),
    ]
}

/// The question as a JSON-RPC message about a dataset.
pub(crate) fn message(dataset: &str, tool: &str, arguments: &Value) -> Value {
    let mut arguments = arguments.clone();
    if let Some(fields) = arguments.as_object_mut() {
        fields.insert("dataset".into(), dataset.into());
    }
    json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    })
}

/// The headers of a message over HTTP.
pub(crate) const HEADERS: [(&str, &str); 4] = [
    ("Host", "nearcast.test"),
    ("Content-Type", "application/json"),
    ("Accept", "application/json, text/event-stream"),
    ("MCP-Protocol-Version", "2025-06-18"),
];

/// The message as a request of the core.
///
/// # Errors
/// None with these headers.
pub(crate) fn request(message: &Value) -> Result<Request<Bytes>> {
    let mut request = Request::post("/mcp");
    for (name, value) in HEADERS {
        request = request.header(name, value);
    }
    Ok(request.body(message.to_string().into())?)
}

/// The structured answer in a response's body.
///
/// # Errors
/// If it is not an answer, with what it is.
pub(crate) fn structured(body: &[u8]) -> Result<Value> {
    let whole: Value = serde_json::from_slice(body)?;
    let result = whole.get("result");
    let failed = result.and_then(|result| result.get("isError")?.as_bool());
    match result.and_then(|result| result.get("structuredContent")) {
        Some(answer) if failed != Some(true) => Ok(answer.clone()),
        _ => Err(format!("no answer but {}", String::from_utf8_lossy(body)).into()),
    }
}
