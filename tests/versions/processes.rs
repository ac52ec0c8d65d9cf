//! Real processes: killed at random moments, two at once, and what they say.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use nearcast_native::publish::{Bucket as _, DirectoryBucket};
use nearcast_tests::sales::{Chance, csv, lines};
use serde_json::Value;

use super::{asked, history, is_whole, pointer};

fn nearcast(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nearcast"));
    for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("NEARCAST_")) {
        command.env_remove(key);
    }
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn ingest(source: &Path, out: &Path) -> Command {
    nearcast(&[
        "ingest",
        text(source),
        "--out",
        text(out),
        "--dataset",
        "sales",
    ])
}

fn good(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn an_ingest_that_is_killed_at_any_moment_changes_nothing_or_everything() {
    const KILLS: u32 = 25;
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("old.csv"), csv(&lines(1, 3_000, 4, 30, 300))).expect("writes");
    fs::write(path("new.csv"), csv(&lines(2, 3_000, 4, 30, 300))).expect("writes");
    let whole = path("whole");
    good(&mut ingest(&path("old.csv"), &whole));
    let before = asked(&DirectoryBucket::new(&whole));
    let started = Instant::now();
    good(&mut ingest(&path("new.csv"), &whole));
    let takes = started.elapsed();
    let after = asked(&DirectoryBucket::new(&whole));
    let wanted = pointer(&DirectoryBucket::new(&whole)).version;
    let mut chance = Chance(5);
    for round in 0..KILLS {
        let out = path(&format!("out{round}"));
        good(&mut ingest(&path("old.csv"), &out));
        let bucket = DirectoryBucket::new(&out);
        let old = pointer(&bucket).version;
        let mut child = ingest(&path("new.csv"), &out).spawn().expect("it runs");
        let moment = chance.below(1_000_000);
        thread::sleep(takes.mul_f64(moment as f64 / 1e6));
        // SIGKILL: it gets to do nothing more. It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("it ended");
        let seen = asked(&bucket);
        let current = pointer(&bucket).version;
        assert!(
            (current == old && seen == before) || (current == wanted && seen == after),
            "killed at {moment} of a million parts"
        );
        good(&mut ingest(&path("new.csv"), &out));
        assert_eq!(pointer(&bucket).version, wanted);
        assert_eq!(asked(&bucket), after);
        is_whole(&bucket);
    }
}

#[test]
fn processes_at_the_same_time_lose_nothing() {
    const WRITERS: u64 = 4;
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let out = path("out");
    let children: Vec<_> = (0..WRITERS)
        .map(|i| {
            let source = path(&format!("{i}.csv"));
            fs::write(&source, csv(&history(i + 1))).expect("writes");
            ingest(&source, &out).spawn().expect("it runs")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("it ended");
        assert!(output.status.success(), "{}", said(&output));
    }
    let bucket = DirectoryBucket::new(&out);
    let now = pointer(&bucket);
    assert_eq!(now.previous.len() as u64, WRITERS - 1);
    is_whole(&bucket);
    assert_eq!(bucket.leftovers("").expect("lists"), []);
}

#[test]
fn the_commands_say_what_they_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let out = path("out");
    let data = text(&out).to_owned();
    for i in 1..=3 {
        fs::write(path("x.csv"), csv(&history(i))).expect("writes");
        good(&mut ingest(&path("x.csv"), &out));
    }
    let ask = |arguments: &[&str]| {
        let mut all = vec!["versions"];
        all.extend(arguments);
        all.extend(["--data", &data]);
        nearcast(&all)
    };
    let json = |arguments: &[&str]| -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        serde_json::from_str(&good(&mut ask(&all))).expect("JSON")
    };
    let rows = json(&["list"]);
    let ids: Vec<String> = (0..3)
        .map(|i| rows[i]["version"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(
        (&rows[0]["state"], &rows[2]["state"], &rows[0]["rows"]),
        (&"current".into(), &"kept".into(), &120.into())
    );
    let table = good(&mut ask(&["list"]));
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(good(&mut ask(&["diff", &ids[1]])).contains("days differ"));
    assert_eq!(
        json(&["diff", &ids[2][..5], &ids[1]])["to"],
        ids[1].as_str()
    );
    assert!(good(&mut ask(&["rollback", &ids[1]])).contains("current again"));
    assert_eq!(json(&["list"])[0]["version"], ids[1].as_str());
    assert!(good(&mut ask(&["prune", "--keep-days", "30"])).contains("0 objects"));
    assert_eq!(
        json(&["prune", "--keep-days", "0", "--dry-run"])["versions"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        json(&["verify", "--all"])["findings"],
        serde_json::json!([])
    );
    assert!(good(&mut ask(&["verify"])).contains("all as they were published"));

    let file = out.join(format!("sales/v/{}/pack.parquet", ids[1]));
    let mut bytes = fs::read(&file).expect("reads");
    bytes[40] ^= 4;
    fs::write(&file, bytes).expect("writes");
    let output = ask(&["verify"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    for word in ["pack.parquet", "column", "restore"] {
        assert!(said(&output).contains(word), "{}", said(&output));
    }
    let output = nearcast(&["versions", "list", "--data", text(&path("nothing"))])
        .output()
        .expect("it runs");
    assert!(
        !output.status.success() && said(&output).contains("there is no directory"),
        "{}",
        said(&output)
    );
    assert_eq!(
        good(&mut ask(&["list", "--dataset", "sales"]))
            .lines()
            .count(),
        4
    );
}
