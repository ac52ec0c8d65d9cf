//! The official MCP conformance suite against the native server and the Worker, both built with its fixtures:
//! `conformance/run.mjs` runs it against the committed list of scenarios, this only builds, starts and ends things.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::Command;

use nearcast_tests::edge::{self, Setting};
use nearcast_tests::process::Server;
use nearcast_tests::{install, workspace};
use serde_json::Value;

const SHIPPED: &str = env!("CARGO_BIN_EXE_nearcast");
/// The suite's requirement sets, which are named as revisions of the protocol are.
const REQUIREMENTS: [&str; 2] = ["2025-11-25", "2026-07-28"];

#[test]
fn the_official_suite_comes_out_as_listed() {
    let listed = workspace::root().join("tests/conformance/scenarios.json");
    let listed = std::fs::read(listed).expect("the list is committed");
    let listed: Value = serde_json::from_slice(&listed).expect("the list is JSON");
    let listed: Vec<&String> = listed["requirements"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    assert_eq!(listed, REQUIREMENTS);

    let native = install::native_with_fixtures(Path::new(SHIPPED));
    let worker = install::worker_with_fixtures();
    let setting = Setting {
        data: workspace::demo_data(),
        // The suite looks whether a server on this machine answers to other names.
        pairs: [
            ("NEARCAST_PUBLIC_DATASETS", "demo"),
            ("NEARCAST_ALLOWED_HOSTS", "localhost,127.0.0.1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let hosts = [
            scope.spawn(|| deviations(&edge::native(&native, &setting))),
            scope.spawn(|| deviations(&edge::worker_of(&worker, &setting))),
        ];
        hosts
            .into_iter()
            .flat_map(|host| host.join().expect("it starts"))
            .collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What the suite finds that is not as listed.
fn deviations(server: &Server) -> Vec<String> {
    let url = format!("http://{}/mcp", server.address());
    let found = REQUIREMENTS.map(|requirement| {
        let done = Command::new(install::node())
            .arg(workspace::root().join("tests/conformance/run.mjs"))
            .args([&url, requirement])
            .output()
            .expect("Node runs");
        let said = format!(
            "{}: {}{}",
            server.name(),
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        eprint!("{said}");
        (!done.status.success()).then_some(said)
    });
    found.into_iter().flatten().collect()
}
