//! The Python clients, each with one session for the whole set: over HTTP in both eras, through `mcp-remote`, and over the
//! older transport.

use std::io::Write as _;
use std::process::{Command, Stdio};

use nearcast::model::query::Query;
use nearcast_tests::process::Server;
use nearcast_tests::{install, workspace};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::expected::Expected;

/// The last revision with a handshake.
const LEGACY: &str = "2025-11-25";
/// The first without.
const MODERN: &str = "2026-07-28";

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Session {
    /// Over HTTP with a handshake.
    Legacy,
    /// Over HTTP without.
    Modern,
    /// Through `mcp-remote`, which shakes hands on both sides.
    ProxiedLegacy,
    /// Through `mcp-remote`, which asks `server/discover` and then translates between a client of the older era, the only
    /// one that it has an ear for, and a server of the newer.
    ProxiedModern,
    /// Over server-sent events, as before Streamable HTTP.
    Events,
}

/// What a session gave.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    failed: Option<String>,
    #[serde(default)]
    revision: String,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    results: Vec<Value>,
    /// The streams that were opened for events.
    pub(crate) streams: Vec<String>,
    /// What the proxy printed.
    log: String,
}

impl Session {
    fn given(self, server: &Server) -> Value {
        let url = format!("http://{}/mcp", server.address());
        let name = format!("{self:?}");
        match self {
            Self::Legacy => json!({"name": name, "mode": "legacy", "url": url}),
            Self::Modern => json!({"name": name, "mode": MODERN, "url": url}),
            Self::Events => {
                json!({"name": name, "sse": format!("http://{}/sse", server.address())})
            }
            Self::ProxiedLegacy | Self::ProxiedModern => {
                let protocol = if self == Self::ProxiedModern {
                    "auto"
                } else {
                    "legacy"
                };
                let command = [
                    install::node().to_string_lossy().into_owned(),
                    "node_modules/mcp-remote/dist/proxy.js".into(),
                    url,
                    "--transport".into(),
                    "http-only".into(),
                    "--protocol".into(),
                    protocol.into(),
                ];
                // It keeps its own settings and nothing of this machine's.
                let home = workspace::target().join("mcp-remote");
                let env = json!({"HOME": home, "MCP_REMOTE_CONFIG_DIR": home.join("config")});
                json!({"name": name, "mode": "legacy", "command": command, "env": env})
            }
        }
    }
}

/// Asks all of it in each session; what the sessions gave, in their order.
pub(crate) fn ask(server: &Server, sessions: &[Session], calls: &[&Expected]) -> Vec<Said> {
    let python = install::python("clients-venv", "tests/clients/requirements.txt");
    let given: Vec<Value> = sessions.iter().map(|s| s.given(server)).collect();
    let calls: Vec<Value> = calls
        .iter()
        .map(|call| json!({"tool": call.tool, "arguments": call.arguments}))
        .collect();
    let mut child = Command::new(python)
        .current_dir(workspace::root())
        .arg("tests/clients/ask.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python runs");
    let mut stdin = child.stdin.take().expect("piped");
    let input = json!({"sessions": given, "calls": calls}).to_string();
    // It reads all before it writes any.
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let done = child.wait_with_output().expect("it ends");
    let stdout = String::from_utf8_lossy(&done.stdout);
    serde_json::from_str(&stdout).unwrap_or_else(|error| {
        let stderr = String::from_utf8_lossy(&done.stderr);
        panic!("{}: {error}: {stdout}{stderr}", server.name())
    })
}

/// What is wrong with what a session gave.
pub(crate) fn wrong(session: Session, said: &Said, calls: &[&Expected], base: &str) -> Vec<String> {
    if let Some(why) = &said.failed {
        return vec![format!("{session:?} failed: {why}\n{}", said.log)];
    }
    let mut wrong = Vec::new();
    let revision = match session {
        Session::Modern => MODERN,
        // The client's own side of the proxy is of the older era always.
        _ => LEGACY,
    };
    if said.revision != revision {
        wrong.push(format!("{} was agreed upon", said.revision));
    }
    // The proxy says so on its other side.
    let bridges = said.log.contains(&format!("speaks MCP {MODERN}"));
    if bridges != (session == Session::ProxiedModern) {
        wrong.push(format!("the proxy says {}", said.log));
    }
    // None of the conformance suite's fixtures is in what is shipped.
    let mut tools: Vec<_> = Query::KINDS.iter().map(|kind| kind.tool).collect();
    tools.sort_unstable();
    if said.tools != tools {
        wrong.push(format!("the tools are {:?}", said.tools));
    }
    if said.results.len() != calls.len() {
        wrong.push(format!("{} results", said.results.len()));
    }
    let pairs = calls.iter().zip(&said.results);
    wrong.extend(pairs.filter_map(|(call, result)| call.difference(base, result)));
    let told = |why: String| format!("{session:?}: {why}");
    wrong.into_iter().map(told).collect()
}
