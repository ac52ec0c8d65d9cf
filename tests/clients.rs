//! Stock MCP clients, the Inspector's command line and Python's, against the native server and the Worker as they are
//! shipped.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[path = "clients/sse.rs"]
mod sse;

use std::path::Path;
use std::process::Command;

use nearcast::model::query::Query;
use nearcast_tests::edge::{self, Setting};
use nearcast_tests::process::Server;
use nearcast_tests::{client, install, workspace};
use serde_json::{Value, json};

const SHIPPED: &str = env!("CARGO_BIN_EXE_nearcast");
/// Before 2026-07-28 a client shakes hands first, from then on it does not.
const ERAS: [&str; 2] = ["legacy", "modern"];
/// The Inspector's exit code for a result that says `isError`.
const EXIT_TOOL_ERROR: i32 = 5;

#[test]
fn a_stock_client_gets_right_answers_from_the_native_server() {
    let server = edge::native(Path::new(SHIPPED), &setting());
    asks_everything(&server, &format!("http://{}", server.address()));
}

#[test]
fn a_stock_client_gets_right_answers_from_the_worker() {
    asks_everything(&edge::worker(&setting()), "");
}

fn setting() -> Setting {
    Setting {
        data: workspace::demo_data(),
        pairs: vec![("NEARCAST_PUBLIC_DATASETS".into(), "demo".into())],
    }
}

/// `base` stands before the links of this server's answers.
fn asks_everything(server: &Server, base: &str) {
    for era in ERAS {
        has_its_tools(server, era);
        ranks(server, era, base);
        forecasts(server, era, base);
        describes(server, era, base);
        says_what_to_change(server, era);
    }
}

/// None of the conformance suite's fixtures is in what is shipped.
fn has_its_tools(server: &Server, era: &str) {
    let listed = inspect(server, era, &["--method", "tools/list"]).succeeded();
    let names: Vec<_> = listed["tools"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    let mut wanted: Vec<_> = Query::KINDS.iter().map(|kind| kind.tool).collect();
    wanted.sort_unstable();
    assert_eq!(names, wanted);
}

fn ranks(server: &Server, era: &str, base: &str) {
    let result = call(
        server,
        era,
        "top_n_products",
        &json!({"n": 5, "operation": "Dallas"}),
    )
    .succeeded();
    let rows = result["structuredContent"]["rows"]
        .as_array()
        .expect("rows");
    assert_eq!(rows.len(), 5, "{result}");
    assert_eq!(rows[0]["name"], "Bright Fizz Cola 355 ml");
    assert_eq!(rows[0]["rank"], 1);
    let values: Vec<_> = rows.iter().map(|row| row["value"].as_i64()).collect();
    assert!(values.is_sorted_by(|a, b| a >= b), "{values:?}");
    let linked = follow(server, &result, base);
    assert_eq!(linked["rows"], result["structuredContent"]["rows"]);
}

fn forecasts(server: &Server, era: &str, base: &str) {
    let result = call(
        server,
        era,
        "forecast_sales",
        &json!({"operation": "Dallas"}),
    )
    .succeeded();
    let answer = &result["structuredContent"];
    assert_eq!(answer["history"].as_array().map(Vec::len), Some(36));
    let steps = answer["forecast"].as_array().expect("steps");
    assert_eq!(steps.len(), 6, "{result}");
    for step in steps {
        let number = |name: &str| step[name].as_f64().expect("a number");
        let (lower, upper) = (number("lower"), number("upper"));
        assert!(0.0 < lower && lower < upper, "{step}");
        assert!((lower..=upper).contains(&number("estimate")), "{step}");
    }
    assert_eq!(
        follow(server, &result, base)["forecast"],
        answer["forecast"]
    );
}

fn describes(server: &Server, era: &str, base: &str) {
    let result = call(server, era, "describe_data", &json!({})).succeeded();
    let measures = result["structuredContent"]["measures"]
        .as_array()
        .expect("measures");
    assert!(measures.iter().any(|measure| measure["name"] == "units"));
    let linked = follow(server, &result, base);
    assert_eq!(linked["measures"], result["structuredContent"]["measures"]);
}

fn says_what_to_change(server: &Server, era: &str) {
    let asked = call(
        server,
        era,
        "forecast_sales",
        &json!({"operation": "Dalas"}),
    );
    assert_eq!(asked.exit, Some(EXIT_TOOL_ERROR), "{}", asked.said);
    let text = asked.result["content"][0]["text"].as_str().expect("text");
    assert!(text.contains("did you mean \"Dallas\""), "{text}");
}

/// Fetches the answer's link, which its text has too, and gives the JSON that is there.
fn follow(server: &Server, result: &Value, base: &str) -> Value {
    let link = result["structuredContent"]["receipt"]["links"]["json"]
        .as_str()
        .expect("a link");
    let text = result["content"][0]["text"].as_str().expect("text");
    assert!(text.contains(&format!("({link})")), "{link}: {text}");
    let target = link
        .strip_prefix(base)
        .filter(|target| target.starts_with("/v/demo/"))
        .unwrap_or_else(|| panic!("{link} does not begin with {base}/v/demo/"));
    let request = client::Request {
        method: "GET".into(),
        target: target.into(),
        headers: vec![("Host".into(), server.address().to_string())],
        body: Vec::new(),
    };
    let response = client::send(server.address(), &request).expect("an answer");
    assert_eq!(response.status, 200, "{}: {link}", server.name());
    serde_json::from_slice(&response.body).expect("JSON")
}

/// What the Inspector made of a request.
struct Asked {
    exit: Option<i32>,
    /// The result, null if there is none.
    result: Value,
    said: String,
}

impl Asked {
    fn succeeded(self) -> Value {
        assert_eq!(self.exit, Some(0), "{}", self.said);
        self.result
    }
}

fn call(server: &Server, era: &str, tool: &str, arguments: &Value) -> Asked {
    let arguments = arguments.to_string();
    let more = [
        "--method",
        "tools/call",
        "--tool-name",
        tool,
        "--tool-args-json",
        &arguments,
    ];
    inspect(server, era, &more)
}

fn inspect(server: &Server, era: &str, more: &[&str]) -> Asked {
    let inspector = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
    let done = Command::new(install::node())
        .current_dir(workspace::root())
        // It keeps its own settings at home: this one is the tests'.
        .env("HOME", workspace::target().join("inspector"))
        .args([inspector, "--cli"])
        .arg(format!("http://{}/mcp", server.address()))
        .args(["--transport", "http", "--format", "json"])
        .args(["--protocol-era", era])
        .args(more)
        .output()
        .expect("Node runs");
    let stdout = String::from_utf8_lossy(&done.stdout);
    let result = serde_json::from_str::<Value>(&stdout)
        .map(|message| message["result"].clone())
        .unwrap_or_default();
    Asked {
        exit: done.status.code(),
        result,
        said: format!(
            "{}, {era}, {more:?}: {stdout}{}",
            server.name(),
            String::from_utf8_lossy(&done.stderr)
        ),
    }
}
