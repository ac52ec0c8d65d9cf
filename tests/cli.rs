//! The command line as people use it: their own files in, answers out, and clear words where something is wrong.

#[path = "cli/ask.rs"]
mod ask;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use nearcast_tests::client::{Request, Response, send};
use nearcast_tests::process::Server;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_nearcast");

/// The program without any of this shell's settings.
fn nearcast(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("NEARCAST_")) {
        command.env_remove(key);
    }
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    nearcast(arguments).output().expect("it runs")
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Runs it and expects it to fail with one clear message and nothing that looks like a crash.
fn refused(command: &mut Command) -> String {
    let output = command.output().expect("it runs");
    let text = said(&output);
    assert!(!output.status.success(), "{command:?} succeeded: {text}");
    assert!(
        !text.contains("panicked") && !text.contains("RUST_BACKTRACE"),
        "{text}"
    );
    text
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn serve(command: &mut Command) -> Server {
    Server::start("nearcast", command, Duration::from_secs(30))
}

fn get(server: &Server, target: &str, headers: &[(&str, &str)]) -> Response {
    let mut all = vec![("Host".to_owned(), server.address().to_string())];
    all.extend(
        headers
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
    );
    let request = Request {
        method: "GET".into(),
        target: target.into(),
        headers: all,
        body: Vec::new(),
    };
    let response = send(server.address(), &request).expect("an answer");
    match response.header("location") {
        Some(to) if response.status == 307 => get(server, to, headers),
        _ => response,
    }
}

fn json(server: &Server, target: &str) -> Value {
    let response = get(server, target, &[]);
    let text = String::from_utf8_lossy(&response.body).into_owned();
    assert_eq!(response.status, 200, "{target}: {text}");
    serde_json::from_str(&text).expect("JSON")
}

/// `name: value` of each row of a ranking.
fn rows(answer: &Value) -> Vec<String> {
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter()
        .map(|row| {
            format!(
                "{}: {}",
                row["name"].as_str().expect("a name"),
                row["value"]
            )
        })
        .collect()
}

#[test]
fn help_says_what_there_is() {
    let output = run(&["--help"]);
    let text = said(&output);
    assert!(output.status.success());
    for word in [
        "serve",
        "stdio",
        "ingest",
        "demo-data",
        "make-key",
        "127.0.0.1:8787",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    for command in ["serve", "stdio", "ingest", "demo-data", "make-key"] {
        let output = run(&[command, "--help"]);
        assert!(
            output.status.success() && said(&output).contains("Usage"),
            "{command}"
        );
    }
    let version = run(&["--version"]);
    assert!(
        said(&version).starts_with("nearcast "),
        "{}",
        said(&version)
    );
    let text = refused(&mut nearcast(&["ingst"]));
    assert!(text.contains("ingest"), "{text}");
}

/// A source as somebody's spreadsheet wrote it, and what it adds up to.
struct Case {
    name: &'static str,
    source: &'static [u8],
    by: &'static str,
    rows: &'static [&'static str],
    first: &'static str,
    last: &'static str,
}

const CASES: [Case; 7] = [
    Case {
        name: "bom-semicolons-decimal-commas-windows-line-ends",
        source: b"\xef\xbb\xbfDate;Store;Item;Qty;Revenue\r\n15/01/2025;Dallas;Chips;3;1.234,50\r\n16/01/2025;Dallas;Nuts;2;7,25\r\n31/01/2025;Austin;Chips;1;2,00\r\n",
        by: "by=product&measure=revenue",
        rows: &["Chips: 1236.5", "Nuts: 7.25"],
        first: "2025-01-15",
        last: "2025-01-31",
    },
    Case {
        name: "day-first-dates",
        source: b"date,city,product,units\n03/02/2025,Dallas,Chips,5\n25/02/2025,Dallas,Nuts,4\n",
        by: "by=product",
        rows: &["Chips: 5", "Nuts: 4"],
        first: "2025-02-03",
        last: "2025-02-25",
    },
    Case {
        name: "thousands-separators",
        source: b"date,city,product,units,revenue\n2025-02-03,Dallas,Chips,\"1,250\",\"12,345.67\"\n2025-02-04,Dallas,Nuts,\"2,000,000\",\"1,000.00\"\n",
        by: "by=product",
        rows: &["Nuts: 2000000", "Chips: 1250"],
        first: "2025-02-03",
        last: "2025-02-04",
    },
    Case {
        name: "blank-lines-and-a-return",
        source: b"date,city,product,units\n\n2025-02-03,Dallas,Chips,5\n\n\n2025-02-04,Dallas,Chips,-2\n2025-02-04,Dallas,Nuts,1\n\n",
        by: "by=product",
        rows: &["Chips: 3", "Nuts: 1"],
        first: "2025-02-03",
        last: "2025-02-04",
    },
    Case {
        name: "quoted-commas-and-line-ends",
        source: b"date,city,product,units\n2025-02-03,\"Dallas, TX\",\"Chips, \"\"hot\"\"\",5\n2025-02-04,\"Dallas, TX\",\"Nuts\nsalted\",2\n",
        by: "by=operation",
        rows: &["Dallas, TX: 7"],
        first: "2025-02-03",
        last: "2025-02-04",
    },
    Case {
        name: "tabs-and-odd-headers",
        source: b"Order Date\tBranch\tArticle\tPieces Sold\n2025-02-03\tDallas\tChips\t5\n2025-02-04\tAustin\tNuts\t2\n",
        by: "by=operation",
        rows: &["Dallas: 5", "Austin: 2"],
        first: "2025-02-03",
        last: "2025-02-04",
    },
    Case {
        name: "the-original-six-columns",
        source: b"OPERATION_NAME,PRODUCT_ID,PRODUCT_NAME,CALENDAR_YEAR,CALENDAR_MONTH,UNITS_SOLD\nDallas,1,Chips,2024,11,5\nDallas North,1,Chips,2024,12,6\nAustin,2,Nuts,2025,1,20\n",
        by: "operation=dallas",
        rows: &["Chips: 11"],
        first: "2024-11-01",
        last: "2025-01-31",
    },
];

#[test]
fn odd_files_are_ingested_and_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    for case in &CASES {
        let source = folder.path().join(format!("{}.csv", case.name));
        fs::write(&source, case.source).expect("written");
        let output = run(&["ingest", path(&source), "--out", path(&data)]);
        assert!(output.status.success(), "{}: {}", case.name, said(&output));
        assert!(
            said(&output).contains("nearcast serve --data"),
            "{}",
            said(&output)
        );
    }
    let server = serve(&mut nearcast(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        path(&data),
        "--dataset",
        CASES[0].name,
    ]));
    for case in &CASES {
        let answer = json(
            &server,
            &format!("/v/{}/latest/top.json?{}", case.name, case.by),
        );
        assert_eq!(rows(&answer), case.rows, "{}", case.name);
        let period = &answer["receipt"]["period"];
        assert_eq!(
            (period["from"].as_str(), period["to"].as_str()),
            (Some(case.first), Some(case.last)),
            "{}",
            case.name
        );
    }
}

#[test]
fn a_file_without_dates_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let source = folder.path().join("stock.csv");
    fs::write(&source, "city,product,units\nDallas,Chips,5\n").expect("written");
    let text = refused(&mut nearcast(&[
        "ingest",
        path(&source),
        "--out",
        path(&data),
    ]));
    assert!(
        text.contains("stock.csv") && text.contains("date"),
        "{text}"
    );
    assert!(!data.join("stock").exists(), "nothing is published");

    fs::write(
        &source,
        "date,city,product,units\n2025-01-01,Dallas,Chips,5\n2025-01-02,Dallas,Chips,five\n",
    )
    .expect("written");
    let text = refused(&mut nearcast(&[
        "ingest",
        path(&source),
        "--out",
        path(&data),
    ]));
    assert!(
        text.contains("five") && text.contains('3'),
        "the line is named: {text}"
    );
    let text = refused(&mut nearcast(&[
        "ingest",
        path(&folder.path().join("none.csv")),
        "--out",
        path(&data),
    ]));
    assert!(text.contains("none.csv"), "{text}");
    assert!(!data.join("stock").exists());
}

#[test]
fn a_directory_without_data_says_how_to_make_some() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = refused(&mut nearcast(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        path(folder.path()),
    ]));
    assert!(
        text.contains("no dataset") && text.contains("nearcast ingest"),
        "{text}"
    );
    let none = folder.path().join("none");
    let text = refused(&mut nearcast(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        path(&none),
    ]));
    assert!(
        text.contains("no directory") && text.contains("nearcast ingest"),
        "{text}"
    );
}

#[test]
fn a_key_opens_what_is_locked() {
    let output = run(&["make-key", "ann"]);
    let text = said(&output);
    let after = |label: &str| {
        let line = text.lines().find(|l| l.contains(label)).expect(label);
        line.rsplit(' ').next().expect("a word").to_owned()
    };
    let (key, entry) = (after("The key"), after("NEARCAST_API_KEYS"));
    assert!(key.starts_with("nc_") && key.len() == 51, "{key}");
    assert!(!entry.contains(&key), "only the hash is configured");
    assert_ne!(
        said(&run(&["make-key", "ann"])),
        text,
        "every key is another one"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let (source, data) = (folder.path().join("sales.csv"), folder.path().join("data"));
    fs::write(
        &source,
        "date,city,product,units\n2025-02-03,Dallas,Chips,5\n",
    )
    .expect("written");
    assert!(
        run(&["ingest", path(&source), "--out", path(&data)])
            .status
            .success()
    );
    let server = serve(
        nearcast(&["serve", "--listen", "127.0.0.1:0", "--data", path(&data)])
            .env("NEARCAST_API_KEYS", entry),
    );
    let target = "/v/sales/latest/top.json";
    for headers in [
        &[][..],
        &[("X-API-Key", "nc_wrong")],
        &[("Authorization", "Bearer nc_wrong")],
    ] {
        let response = get(&server, target, headers);
        assert_eq!(response.status, 401, "{headers:?}");
        let challenge = response.header("www-authenticate").expect("a challenge");
        assert!(
            challenge.starts_with("Bearer") && challenge.contains("resource_metadata"),
            "{challenge}"
        );
    }
    let bearer = format!("Bearer {key}");
    for headers in [
        [("X-API-Key", key.as_str())],
        [("Authorization", bearer.as_str())],
    ] {
        let response = get(&server, target, &headers);
        assert_eq!(
            response.status,
            200,
            "{headers:?}: {}",
            String::from_utf8_lossy(&response.body)
        );
        assert_eq!(response.header("cache-control"), Some("private, no-store"));
    }
    let log = server.output();
    assert!(
        log.contains("\"ann\"") && !log.contains(&key),
        "the log names the key and does not hold it: {log}"
    );
    let text = refused(&mut nearcast(&["make-key", "ann smith"]));
    assert!(text.contains("letters"), "{text}");
}

#[test]
fn a_wrong_setting_names_its_neighbour_and_tells_no_secret() {
    let text = refused(
        nearcast(&["serve", "--listen", "127.0.0.1:0"]).env("NEARCAST_API_KEY", "ann:topsecret"),
    );
    assert!(
        text.contains("NEARCAST_API_KEY") && text.contains("NEARCAST_API_KEYS"),
        "{text}"
    );
    assert!(!text.contains("topsecret"), "{text}");
    let text = refused(
        nearcast(&["serve", "--listen", "127.0.0.1:0"]).env("NEARCAST_API_KEYS", "ann:topsecret"),
    );
    assert!(
        text.contains("NEARCAST_API_KEYS") && !text.contains("topsecret"),
        "{text}"
    );
    let text = refused(nearcast(&["serve"]).env("NEARCAST_LISTEN", "8787"));
    assert!(
        text.contains("NEARCAST_LISTEN") && text.contains("127.0.0.1:8787"),
        "{text}"
    );
    let text = refused(nearcast(&["stdio"]).env("NEARCAST_PUBLIC_URL", "ftp://x"));
    assert!(text.contains("NEARCAST_PUBLIC_URL"), "{text}");
}

#[test]
fn a_taken_port_is_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let text = refused(&mut nearcast(&["serve", "--listen", &address]));
    assert!(
        text.contains(&address) && text.contains("--listen"),
        "{text}"
    );
}

#[test]
fn a_place_that_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("sales.csv");
    fs::write(
        &source,
        "date,city,product,units\n2025-02-03,Dallas,Chips,5\n",
    )
    .expect("written");
    // A file in the way works for every user; permissions would not stop root.
    let out = folder.path().join("in-the-way");
    fs::write(&out, "mine").expect("written");
    let text = refused(&mut nearcast(&[
        "ingest",
        path(&source),
        "--out",
        path(&out),
    ]));
    assert!(text.contains("in-the-way"), "{text}");
    assert_eq!(fs::read_to_string(&out).expect("still there"), "mine");
    let text = refused(&mut nearcast(&[
        "demo-data",
        "--rows",
        "10",
        "--out",
        path(&out.join("x.csv")),
    ]));
    assert!(text.contains("cannot be written"), "{text}");
}

#[test]
fn the_original_systems_data_give_its_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, data) = (folder.path().join("sales.csv"), folder.path().join("data"));
    let output = run(&[
        "demo-data",
        "--original",
        "--rows",
        "20000",
        "--seed",
        "3",
        "--out",
        path(&source),
    ]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        run(&["ingest", path(&source), "--out", path(&data)])
            .status
            .success()
    );
    let server = serve(&mut nearcast(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        path(&data),
    ]));

    // What the original does: a substring of the operation's name, without case; units summed by product id and name.
    let text = fs::read_to_string(&source).expect("there");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut sums = std::collections::BTreeMap::<(String, String), i64>::new();
    let mut months = std::collections::BTreeMap::<(i32, u32), i64>::new();
    for record in reader.records() {
        let record = record.expect("a record");
        if record[0].to_lowercase().contains("dallas") {
            let units: i64 = record[5].parse().expect("units");
            *sums
                .entry((record[1].into(), record[2].into()))
                .or_default() += units;
            *months
                .entry((
                    record[3].parse().expect("a year"),
                    record[4].parse().expect("a month"),
                ))
                .or_default() += units;
        }
    }
    let mut wanted: Vec<_> = sums.into_iter().collect();
    wanted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.1.cmp(&b.0.1)));
    let top = json(&server, "/v/sales/latest/top.json?n=5&operation=dALLas");
    let wanted: Vec<String> = wanted
        .iter()
        .take(5)
        .map(|((_, name), units)| format!("{name}: {units}"))
        .collect();
    assert_eq!(rows(&top), wanted);

    let forecast = json(&server, "/v/sales/latest/forecast.json?operation=dallas");
    let history = forecast["history"].as_array().expect("a history");
    let wanted: Vec<(String, i64)> = months
        .into_iter()
        .map(|((y, m), units)| (format!("{y:04}-{m:02}-01"), units))
        .collect();
    let got: Vec<(String, i64)> = history
        .iter()
        .map(|p| {
            (
                p["date"].as_str().expect("a date").into(),
                p["value"].as_i64().expect("whole units"),
            )
        })
        .collect();
    assert_eq!(got, wanted);
    let steps = forecast["forecast"].as_array().expect("steps");
    assert_eq!(steps.len(), 6);
    for step in steps {
        let whole = |name: &str| {
            step[name]
                .as_i64()
                .unwrap_or_else(|| panic!("{name} of {step} is whole"))
        };
        assert!(whole("lower") <= whole("estimate") && whole("estimate") <= whole("upper"));
    }
    let cut = json(
        &server,
        &format!(
            "/v/sales/latest/forecast.json?operation=dallas&start_date={}",
            wanted[wanted.len() - 2].0
        ),
    );
    assert_eq!(cut["history"].as_array().expect("a history").len(), 2);
    let none = json(
        &server,
        "/v/sales/latest/forecast.json?operation=dallas&include_history=false",
    );
    assert_eq!(none["history"].as_array().expect("a history").len(), 0);
    let unknown = get(&server, "/v/sales/latest/top.json?operation=dalas", &[]);
    assert_eq!(unknown.status, 404);
    assert!(String::from_utf8_lossy(&unknown.body).contains("Dallas"));
}

#[cfg(unix)]
#[test]
fn it_ends_cleanly_when_told_to() {
    for signal in ["INT", "TERM"] {
        let mut child = nearcast(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it starts");
        let mut lines =
            std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("piped")));
        assert!(
            lines.any(|l| l.expect("text").contains("listening on")),
            "it greets"
        );
        let told = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status()
            .expect("kill runs");
        assert!(told.success());
        let since = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("it can be waited for") {
                break status;
            }
            if since.elapsed() > Duration::from_secs(20) {
                let _ = child.kill();
                panic!("it did not end within 20 s of SIG{signal}");
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "SIG{signal}: {status}");
    }
}
