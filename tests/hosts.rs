//! Three hosts, same bytes: the recorded requests of `tests/hosts/requests`, sent to the native server, the Worker in
//! workerd and the component in a `wasi:http` host, and compared by status, by the core's headers and by body.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use nearcast::model::DatasetId;
use nearcast_tests::edge::{self, Setting};
use nearcast_tests::process::Server;
use nearcast_tests::recorded::{self, Step, differences};
use nearcast_tests::tokens::{self, Signer};
use nearcast_tests::{client, install, jwks, workspace};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_nearcast");
/// The name under which all three are asked. It is not that of the public URL, since `wrangler dev` rewrites headers which
/// name the host that was asked.
const HOST: &str = "hosts.test";
const KEY: &str = "key-for-tests-only";
/// SHA-256 of [`KEY`].
const KEY_SHA256: &str = "60e29e67fc4b79a07789e65cc76ddcbb28ae032d1303103fa362879bd5b95460";

#[test]
fn three_hosts_give_the_same_bytes() {
    let setting = setting();
    let servers = start(&setting);
    let mut values = values(&setting.data);
    let files = recorded::files(&workspace::root().join("tests/hosts/requests"));
    let mut failures = Vec::new();
    let mut count = 0;
    for (_, steps) in &files {
        for step in steps {
            count += 1;
            failures.extend(compare(step, &servers, &mut values));
        }
    }
    eprintln!(
        "{count} requests of {} files to {} hosts",
        files.len(),
        servers.len()
    );
    if !failures.is_empty() {
        for server in &servers {
            eprintln!(
                "== the last words of {}\n{}",
                server.name(),
                tail(&server.output(), 30)
            );
        }
    }
    assert!(
        failures.is_empty(),
        "{} differences:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn the_component_imports_nothing_but_wasi() {
    let output = Command::new(install::wasi_host())
        .arg(install::component())
        .arg("--imports")
        .output()
        .expect("the host can be run");
    let imports = String::from_utf8(output.stdout).expect("names are text");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(imports.contains("wasi:http/types@0.2"), "{imports}");
    let others: Vec<_> = imports
        .lines()
        .filter(|name| !name.starts_with("wasi:"))
        .collect();
    assert!(
        others.is_empty(),
        "imports that only some hosts have: {others:?}"
    );
}

#[test]
fn the_edge_refuses_wrong_settings_without_telling_them() {
    let mut setting = setting();
    setting
        .pairs
        .push(("NEARCAST_PUBLIC_DATASET".into(), "demo".into()));
    for server in [edge::worker(&setting), edge::spin(&setting)] {
        let request = client::Request {
            method: "GET".into(),
            target: "/health".into(),
            headers: vec![("Host".into(), HOST.into())],
            body: Vec::new(),
        };
        let response = client::send(server.address(), &request).expect("an answer");
        let body = String::from_utf8_lossy(&response.body).into_owned();
        assert_eq!(response.status, 500, "{}: {body}", server.name());
        assert!(!body.contains("NEARCAST_"), "{}: {body}", server.name());
        // The log is another pipe: it may come after the answer.
        let said = (0..100).find_map(|_| {
            let log = server.output();
            let there = log.contains("NEARCAST_PUBLIC_DATASETS");
            if !there {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            there.then_some(log)
        });
        let log = said.unwrap_or_else(|| server.output());
        assert!(
            log.contains("NEARCAST_PUBLIC_DATASETS"),
            "{}: {log}",
            server.name()
        );
    }
}

/// Builds one after the other, then starts all three at once.
fn start(setting: &Setting) -> Vec<Server> {
    install::worker();
    let _ = (install::component(), install::wasi_host());
    std::thread::scope(|scope| {
        let native = scope.spawn(|| edge::native(Path::new(PROGRAM), setting));
        let worker = scope.spawn(|| edge::worker(setting));
        let spin = scope.spawn(|| edge::spin(setting));
        [native, worker, spin]
            .into_iter()
            .map(|starting| starting.join().expect("it starts"))
            .collect()
    })
}

/// Sends one step to every host; what is wrong with the first is told once, and for the others how they differ.
fn compare(step: &Step, servers: &[Server], values: &mut BTreeMap<String, String>) -> Vec<String> {
    let request = step.request(values);
    let mut responses = Vec::new();
    for server in servers {
        match client::send(server.address(), &request) {
            Ok(response) => responses.push((server.name(), response)),
            Err(why) => return vec![format!("{}\n  {}: {why}", step.name, server.name())],
        }
    }
    let mut told = Vec::new();
    if let Some(((first_name, first), others)) = responses.split_first() {
        let body = String::from_utf8_lossy(&first.body)
            .chars()
            .take(400)
            .collect::<String>();
        for complaint in step.complaints(first, values) {
            told.push(format!(
                "{} ({first_name}): {complaint}\n  {body}",
                step.name
            ));
        }
        for (name, response) in others {
            for line in differences(step, (*first_name, first), (*name, response)) {
                told.push(format!("{}: {line}", step.name));
            }
        }
        values.insert(
            "etag".into(),
            first.header("etag").unwrap_or_default().into(),
        );
        values.insert("target".into(), request.target.clone());
        values.insert(
            "location".into(),
            first.header("location").unwrap_or_default().into(),
        );
    }
    told
}

/// The demo, and a dataset that nobody may read without a credential, ingested as an owner would.
fn setting() -> Setting {
    let data = workspace::target().join(format!("hosts-data-{}", std::process::id()));
    copy(&workspace::demo_data(), &data);
    let closed = data.join("closed");
    if !closed.exists() {
        let csv = workspace::root().join("tests/hosts/closed.csv");
        let output = Command::new(PROGRAM)
            .args(["ingest", "--dataset", "closed", "--out"])
            .args([&data, &csv])
            .output()
            .expect("the program can be run");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let mut pairs = tokens::settings();
    for (name, value) in [
        ("NEARCAST_PUBLIC_DATASETS", "demo".to_owned()),
        ("NEARCAST_DATASET", "demo".to_owned()),
        ("NEARCAST_ALLOWED_HOSTS", HOST.to_owned()),
        ("NEARCAST_API_KEYS", format!("tests:{KEY_SHA256}")),
        ("NEARCAST_JWT_DATASETS", "*".to_owned()),
        (
            "NEARCAST_JWKS_URL",
            format!("http://{}/keys", jwks::serve()),
        ),
    ] {
        pairs.push((name.to_owned(), value));
    }
    Setting { data, pairs }
}

/// What recorded requests may name in `{{}}`.
fn values(data: &Path) -> BTreeMap<String, String> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let now = i64::try_from(now).expect("before the end of time");
    let signed = |signer: Signer, at: i64| signer.sign(&tokens::claims(at));
    let with = |name: &str, value: Value| {
        let mut claims = tokens::claims(now);
        claims[name] = value;
        Signer::P256.sign(&claims)
    };
    let hour = 3600;
    [
        ("host", HOST.to_owned()),
        ("version", version(data, "demo")),
        ("closed_version", version(data, "closed")),
        ("key", KEY.to_owned()),
        ("token_hs256", signed(Signer::Secret, now)),
        ("token_rs256", signed(Signer::Rsa, now)),
        ("token_es256", signed(Signer::P256, now)),
        ("token_eddsa", signed(Signer::Ed25519, now)),
        ("token_stranger", signed(Signer::Stranger, now)),
        ("token_expired", signed(Signer::P256, now - 3 * hour)),
        ("token_early", signed(Signer::P256, now + 3 * hour)),
        (
            "token_other_audience",
            with("aud", "https://elsewhere.test".into()),
        ),
        (
            "token_other_issuer",
            with("iss", "https://elsewhere.test".into()),
        ),
        ("token_unknown_key", {
            let mut header = Signer::P256.header();
            header.kid = Some("nobody's".into());
            Signer::P256.sign_with(&header, &tokens::claims(now))
        }),
        ("token_none", format!("eyJhbGciOiJub25lIn0.{}.", "e30")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn version(data: &Path, dataset: &str) -> String {
    let pointer = fs::read(data.join(dataset).join("current.json"))
        .unwrap_or_else(|error| panic!("{dataset} has no pointer: {error}"));
    let dataset = DatasetId::new(dataset).expect("a name");
    nearcast::read::manifest::pointer(&pointer, &dataset)
        .expect("a pointer")
        .version
        .to_string()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("target can be written");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let path: PathBuf = entry.expect("the directory can be listed").path();
        let to = to.join(path.file_name().expect("entries have names"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("target can be written");
        }
    }
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<_> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
