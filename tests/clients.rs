//! The evaluation set through stock MCP clients, against the native server and the Worker as they are shipped: Python's over
//! HTTP in both eras, over the older transport and through `mcp-remote`; the Inspector's command line. Whatever they get is
//! compared with what the core says in this process, field by field.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

#[path = "eval/data.rs"]
#[allow(dead_code, reason = "the evaluation has the rows too")]
mod data;
#[path = "clients/expected.rs"]
mod expected;
#[path = "clients/inspector.rs"]
mod inspector;
#[path = "clients/plain.rs"]
mod plain;
#[path = "clients/python.rs"]
mod python;
#[path = "eval/question.rs"]
#[allow(dead_code, reason = "the evaluation judges the answers")]
mod question;
#[path = "clients/sse.rs"]
mod sse;

use std::path::Path;
use std::thread;

use expected::{Expected, Set};
use nearcast::model::query::Query;
use nearcast_native::serve::now;
use nearcast_tests::edge::{self, Setting};
use nearcast_tests::process::Server;
use python::Session;

const SHIPPED: &str = env!("CARGO_BIN_EXE_nearcast");

#[test]
fn stock_clients_get_right_answers_from_the_native_server() {
    let server = edge::native(Path::new(SHIPPED), &setting());
    asks_everything(&server, &format!("http://{}", server.address()));
}

#[test]
fn stock_clients_get_right_answers_from_the_worker() {
    asks_everything(&edge::worker(&setting()), "");
}

fn setting() -> Setting {
    Setting {
        data: expected::place(),
        pairs: vec![("NEARCAST_PUBLIC_DATASETS".into(), "*".into())],
    }
}

/// `base` stands before the links of this server's answers.
fn asks_everything(server: &Server, base: &str) {
    let mut set = Set::today();
    let mut wrong = faults(server, base, &set);
    if now().day() != set.day {
        // Midnight went by, and the data are a day older.
        set = Set::today();
        wrong = faults(server, base, &set);
    }
    assert!(
        wrong.is_empty(),
        "{}: {} faults in {} calls:\n{}",
        server.name(),
        wrong.len(),
        set.calls.len(),
        wrong.join("\n")
    );
}

/// All clients at once.
fn faults(server: &Server, base: &str, set: &Set) -> Vec<String> {
    let all: Vec<&Expected> = set.calls.iter().collect();
    let some = set.one_of_each();
    for kind in Query::KINDS {
        let asked = some.iter().any(|call| call.tool == kind.tool);
        assert!(asked, "no question asks {}", kind.tool);
    }
    let sessions = [
        Session::Legacy,
        Session::Modern,
        Session::ProxiedLegacy,
        Session::ProxiedModern,
    ];
    thread::scope(|scope| {
        let inspectors =
            inspector::ERAS.map(|era| scope.spawn(|| inspector::wrong(server, era, &some, base)));
        let said = python::ask(server, &sessions, &all);
        assert_eq!(said.len(), sessions.len());
        let sessions = sessions.into_iter().zip(&said);
        let mut wrong: Vec<String> = sessions
            .flat_map(|(session, said)| python::wrong(session, said, &all, base))
            .collect();
        wrong.extend(plain::batch(server, &some, base));
        wrong.extend(plain::links(server, &some, base));
        for inspector in inspectors {
            wrong.extend(inspector.join().expect("it does not panic"));
        }
        wrong
    })
}
