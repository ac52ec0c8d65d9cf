//! `nearcast ask`: one question, of data or of a deployed server, for people and for scripts.

use std::fs;
use std::process::{Command, Output};

use nearcast::model::query::Query;
use nearcast_native::demo;
use nearcast_tests::moto::Moto;
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
            // What was found is named by its id.
            let linked = near.contains("https://sales.example.com/v/demo/");
            assert!(linked || question[0] == "search", "{near}");
            let json = serde_json::from_str::<Value>(&near).is_ok();
            assert_eq!(json, !more.is_empty(), "{near}");
        }
    }
}

/// The words of the example in a question's help, as a shell would take them apart.
fn example(tool: &str) -> Vec<String> {
    let help = out(&run(&["ask", tool, "--help"]));
    let example = format!("Example: nearcast ask {tool} ");
    assert!(help.contains(&example), "{tool}: {help}");
    let line = help.lines().find_map(|line| line.strip_prefix(&example));
    let line = line.unwrap_or_default();
    let (mut words, mut quoted) = (vec![tool.to_owned(), String::new()], false);
    for c in line.chars() {
        match (c, words.last_mut()) {
            ('\'', _) => quoted = !quoted,
            (' ', _) if !quoted => words.push(String::new()),
            (c, Some(word)) => word.push(c),
            (_, None) => {}
        }
    }
    words
}

/// The examples of the help are answered, and alike whoever has the data.
#[test]
fn a_directory_a_bucket_and_a_deployed_server_answer_every_example_alike() {
    let deployed = Deployed::start();
    let moto = Moto::start();
    moto.put("some/where", &demo::objects());
    let data = workspace::demo_data();
    let data = path(&data);
    for (at, kind) in Query::KINDS.iter().enumerate() {
        let question = example(kind.tool);
        let mut question: Vec<&str> = question.iter().map(String::as_str).collect();
        // By turns as people read it and as scripts do.
        let as_json = at % 2 == 1;
        if as_json {
            question.push("--json");
        }
        let of = |place: &str| {
            let mut command = nearcast(&["ask", "--data", place]);
            command.args(&question).envs([
                PUBLIC_URL,
                // A bucket is not searched for datasets.
                ("NEARCAST_DATASET", "demo"),
                ("NEARCAST_S3_ENDPOINT", &moto.endpoint()),
                ("NEARCAST_S3_ACCESS_KEY_ID", &moto.reader.key_id),
                ("NEARCAST_S3_SECRET_ACCESS_KEY", moto.reader.secret.as_str()),
            ]);
            out(&command.output().expect("it runs"))
        };
        let near = of(data);
        assert_eq!(near, of("s3://sales/some/where"), "{question:?}");
        let mut far = deployed.ask(&question, Some(&deployed.key));
        let far = out(&far.output().expect("it runs"));
        assert_eq!(near, far, "{question:?}");
        let json = serde_json::from_str::<Value>(&near).is_ok();
        assert_eq!(json, as_json, "{question:?}: {near}");
    }
}

#[test]
fn a_bucket_that_cannot_be_read_says_why_without_its_secret() {
    let moto = Moto::start();
    let ask = |place: &str, secret: &str| {
        let mut command = nearcast(&["ask", "top", "--data", place]);
        command.envs([
            ("NEARCAST_DATASET", "demo"),
            ("NEARCAST_S3_ENDPOINT", moto.endpoint().as_str()),
            ("NEARCAST_S3_ACCESS_KEY_ID", &moto.reader.key_id),
            ("NEARCAST_S3_SECRET_ACCESS_KEY", secret),
        ]);
        refused(&mut command)
    };
    let secret = moto.reader.secret.as_str();
    let (text, code) = ask("s3://sales/no/where", secret);
    assert!(code == Some(2) && text.contains("demo"), "{text}");
    let (text, code) = ask("s3://sales/no/where", "a-wrong-secret");
    assert!(
        code == Some(1) && !text.contains("a-wrong-secret"),
        "{text}"
    );
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

/// A search is read by people too: into a pipe it is Markdown, from data and from a server.
#[test]
fn what_was_found_is_markdown() {
    let deployed = Deployed::start();
    for (question, wanted) in [
        (
            &["search", "query=cherry cola"][..],
            "- Bright Fizz Cherry Cola 355 ml (product): `product:SKU-0007`\n",
        ),
        (
            &["fetch", "id=product:SKU-0007"],
            "**Bright Fizz Cherry Cola 355 ml (product)**\n\nProduct: ",
        ),
    ] {
        let near = out(&nearcast(&["ask"]).args(question).output().expect("it runs"));
        assert!(near.starts_with(wanted), "{near}");
        let mut far = deployed.ask(question, Some(&deployed.key));
        let far = out(&far.output().expect("it runs"));
        assert!(far.starts_with(&near), "{far}");
        let linked = far.contains("[link](https://sales.example.com/v/demo/");
        assert_eq!(linked, question[0] == "fetch", "{far}");
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
