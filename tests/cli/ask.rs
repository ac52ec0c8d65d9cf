//! `nearcast ask`: one question, of data or of a deployed server, for people and for scripts.

use std::fs;
use std::process::{Command, Output};

use nearcast_tests::process::Server;
use nearcast_tests::workspace;
use serde_json::Value;

use super::{nearcast, path, run, said, serve};

const COMPARE: [&str; 5] = [
    "ask",
    "compare_periods",
    "a=2026-Q3",
    "b=2025-Q3",
    "by=operation",
];

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// What a refused question says, and its exit code.
fn refused(command: &mut Command) -> (String, Option<i32>) {
    let output = command.output().expect("it runs");
    assert!(output.stdout.is_empty(), "{}", said(&output));
    (said(&output), output.status.code())
}

const PUBLIC_URL: (&str, &str) = ("NEARCAST_PUBLIC_URL", "https://sales.example.com");

/// A server that others reach with a key.
struct Deployed {
    server: Server,
    key: String,
}

impl Deployed {
    fn start() -> Self {
        let made = said(&run(&["make-key", "ann"]));
        let after = |label: &str| {
            let line = made.lines().find(|l| l.contains(label)).expect(label);
            line.rsplit(' ').next().expect("a word").to_owned()
        };
        let data = workspace::demo_data();
        let mut command = nearcast(&["serve", "--listen", "127.0.0.1:0", "--data", path(&data)]);
        command
            .envs([PUBLIC_URL, ("NEARCAST_ALLOWED_HOSTS", "127.0.0.1")])
            .env("NEARCAST_API_KEYS", after("NEARCAST_API_KEYS"));
        Self {
            server: serve(&mut command),
            key: after("The key"),
        }
    }

    /// A question to it, with its key or another.
    fn ask(&self, question: &[&str], key: Option<&str>) -> Command {
        let mut command = nearcast(&["ask"]);
        command.args(question);
        command
            .arg("--url")
            .arg(format!("http://{}/", self.server.address()));
        if let Some(key) = key {
            command.args(["--key", "SALES_KEY"]).env("SALES_KEY", key);
        }
        command
    }
}

#[test]
fn data_and_a_deployed_server_give_the_same_answer() {
    let deployed = Deployed::start();
    let data = workspace::demo_data();
    for question in [
        &COMPARE[1..],
        // Lists, numbers, flags and filters arrive as they were meant.
        &[
            "top",
            "n=2",
            "by=operation",
            "filters.category=Water,Soft Drinks",
            "detail=brief",
        ],
        &[
            "forecast",
            "operation=Dallas",
            "levels=50,90",
            "include_history=0",
        ],
        &["describe_data", "dimension=operation", "dataset=demo"],
        &["search", "query=cola"],
    ] {
        for more in [&[][..], &["--json"]] {
            let question = [question, more].concat();
            let mut near = nearcast(&["ask", "--data", path(&data)]);
            near.args(&question).envs([PUBLIC_URL]);
            let near = out(&near.output().expect("it runs"));
            let mut far = deployed.ask(&question, Some(&deployed.key));
            assert_eq!(near, out(&far.output().expect("it runs")), "{question:?}");
            assert!(near.contains("https://sales.example.com/v/demo/"), "{near}");
            let json = serde_json::from_str::<Value>(&near).is_ok();
            assert_eq!(json, !more.is_empty() || question[0] == "search", "{near}");
        }
    }
}

#[test]
fn a_deployed_server_says_who_may_ask_and_what_to_change() {
    let deployed = Deployed::start();
    let (text, code) = refused(&mut deployed.ask(&["top"], None));
    assert!(code == Some(1) && text.contains("--key"), "{text}");
    let (text, code) = refused(&mut deployed.ask(&["top"], Some("nc_wrong")));
    assert!(code == Some(1) && !text.contains("nc_wrong"), "{text}");
    let misspelt = ["top", "operation=Dalas"];
    let (text, code) = refused(&mut deployed.ask(&misspelt, Some(&deployed.key)));
    let suggested = text.contains("did you mean \"Dallas\"");
    assert!(code == Some(2) && suggested, "{text}");
    let mut gone = deployed.ask(&["top"], Some(&deployed.key));
    drop(deployed);
    let (text, code) = refused(&mut gone);
    assert!(
        code == Some(1) && text.contains("does not answer"),
        "{text}"
    );
}

#[test]
fn what_has_to_change_is_said_with_a_code_of_its_own() {
    for (question, word) in [
        (&["comparision"][..], "did you mean \"compare\""),
        (&["top", "opertion=Dallas"], "did you mean \"operation\""),
        (&["top", "Dallas"], "name=value"),
        (&["top", "n=many"], "whole number"),
        (&["top", "operation=Dalas"], "did you mean \"Dallas\""),
        (&["top", "--url", "sales.example.com"], "https://host"),
        (&["top", "--url", "https://h", "--data", "d"], "--data"),
        (&["top", "--data", "no-such-folder"], "no-such-folder"),
        (&[], "QUESTION"),
    ] {
        let (text, code) = refused(nearcast(&["ask"]).args(question));
        assert_eq!(code, Some(2), "{question:?}: {text}");
        assert!(text.contains(word), "{question:?}: {text}");
    }
}

#[test]
fn help_lists_the_questions_and_what_each_takes() {
    let text = out(&run(&["ask", "--help"]));
    for word in [
        "compare_periods",
        "top_n_products",
        "--json",
        "--url",
        "NAME=VALUE",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    for question in ["compare", "compare_periods"] {
        let text = out(&run(&["ask", question, "--help"]));
        assert!(
            text.contains("  b=TEXT,...") && text.contains("filter.DIMENSION="),
            "{text}"
        );
        assert!(
            text.contains("Example: nearcast ask compare_periods a=2026-Q3"),
            "{text}"
        );
    }
}

/// Runs it in a terminal of its own, which Python has the means to make.
#[cfg(unix)]
fn in_a_terminal(arguments: &[&str]) -> (String, Option<i32>) {
    let script =
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let mut command = nearcast(arguments);
    let program = command.get_program().to_owned();
    command = Command::new("python3");
    command.args(["-c", script]).arg(program).args(arguments);
    for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("NEARCAST_")) {
        command.env_remove(key);
    }
    let output = command
        .env_remove("NO_COLOR")
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .output()
        .expect("python3 is there");
    (said(&output).replace("\r\n", "\n"), output.status.code())
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_a_table_and_a_chart() {
    let (text, code) = in_a_terminal(&COMPARE);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("\u{1b}[1m") && text.contains("──────"),
        "{text}"
    );
    assert!(!text.contains("|---|") && !text.contains("**"), "{text}");
    let chart: Vec<&str> = text.lines().filter(|line| line.contains('┃')).collect();
    assert!(
        chart.len() > 3 && chart.iter().any(|line| line.starts_with("Dallas")),
        "{text}"
    );
    assert!(
        chart.iter().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    let (text, code) = in_a_terminal(&["ask", "trend"]);
    assert!(
        code == Some(0) && text.contains('▁') && text.contains('█'),
        "{text}"
    );
    let (text, code) = in_a_terminal(&["ask", "top", "--json"]);
    assert!(
        code == Some(0) && serde_json::from_str::<Value>(&text).is_ok(),
        "{text}"
    );
    let (text, code) = in_a_terminal(&["ask", "search", "query=cola"]);
    assert!(
        code == Some(0) && text.contains("Cola 355 ml (product): product:SKU-0001\n"),
        "{text}"
    );
    let (text, code) = in_a_terminal(&["ask", "tpo"]);
    assert!(code == Some(2) && text.contains("did you mean"), "{text}");
}

#[test]
fn names_in_data_do_not_steer_the_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, data) = (folder.path().join("sales.csv"), folder.path().join("data"));
    let evil = "Evil\u{1b}]0;owned\u{7}\u{9b}2J chips";
    let rows =
        format!("date,city,product,units\n2025-02-03,Dallas,{evil},5\n2025-02-04,Dallas,Nuts,2\n");
    fs::write(&source, rows).expect("written");
    let ingested = run(&["ingest", path(&source), "--out", path(&data)]);
    assert!(ingested.status.success(), "{}", said(&ingested));
    for more in [&[][..], &["--json"], &["filter.product=Evil chipz"]] {
        let output = nearcast(&["ask", "top", "--data", path(&data)])
            .args(more)
            .output();
        let text = said(&output.expect("it runs"));
        assert!(text.contains("Evil"), "{text}");
        let steers = |c: &char| c.is_control() && *c != '\n';
        assert_eq!(text.chars().find(steers), None, "{more:?}: {text:?}");
    }
}
