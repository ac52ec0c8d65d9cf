//! The Inspector's command line: a process for every call, so it asks one question of each tool.

use std::process::Command;

use nearcast_tests::process::Server;
use nearcast_tests::{install, workspace};
use serde_json::Value;

use crate::expected::Expected;

/// Before 2026-07-28 a client shakes hands first, from then on it does not.
pub(crate) const ERAS: [&str; 2] = ["legacy", "modern"];
/// The Inspector's exit code for a result that says `isError`.
const EXIT_TOOL_ERROR: i32 = 5;

/// What is wrong with what it is answered.
pub(crate) fn wrong(server: &Server, era: &str, calls: &[&Expected], base: &str) -> Vec<String> {
    let each = calls.iter().filter_map(|call| {
        let (exit, result, said) = ask(server, era, call);
        let wanted = if call.is_refused() {
            EXIT_TOOL_ERROR
        } else {
            0
        };
        if exit != Some(wanted) {
            return Some(format!("{}: exit code {exit:?}: {said}", call.tool));
        }
        call.difference(base, &result)
    });
    each.map(|why| format!("Inspector, {era}: {why}")).collect()
}

/// Its exit code, the result and all that it printed.
fn ask(server: &Server, era: &str, call: &Expected) -> (Option<i32>, Value, String) {
    let inspector = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
    let done = Command::new(install::node())
        .current_dir(workspace::root())
        // It keeps its own settings at home: this one is the tests'.
        .env("HOME", workspace::target().join("inspector"))
        .args([inspector, "--cli"])
        .arg(format!("http://{}/mcp", server.address()))
        .args(["--transport", "http", "--format", "json"])
        .args(["--protocol-era", era, "--method", "tools/call"])
        .args(["--tool-name", &call.tool, "--tool-args-json"])
        .arg(call.arguments.to_string())
        .output()
        .expect("Node runs");
    let stdout = String::from_utf8_lossy(&done.stdout);
    let result = serde_json::from_str::<Value>(&stdout)
        .map(|message| message["result"].clone())
        .unwrap_or_default();
    let said = format!("{stdout}{}", String::from_utf8_lossy(&done.stderr));
    (done.status.code(), result, said)
}
