//! What the edge hosts read from, by whole questions: the component from mounted files, a bucket and a web prefix, the
//! Worker from R2 and a web prefix.

use std::sync::OnceLock;

use nearcast::limits;
use nearcast_tests::asking::{self, header};
use nearcast_tests::client::{self, Request, Response};
use nearcast_tests::edge::{self, Setting};
use nearcast_tests::faults::{Fault, FaultServer};
use nearcast_tests::moto::Moto;
use nearcast_tests::process::Server;
use nearcast_tests::stores::{Objects, memory};
use nearcast_tests::workspace;

const LATEST: &str = "/v/demo/latest/top.json?operation=dallas";

/// The committed demo, by key.
fn demo() -> &'static Objects {
    static DEMO: OnceLock<Objects> = OnceLock::new();
    DEMO.get_or_init(|| {
        let mut objects = Objects::new();
        let mut folders = vec![workspace::demo_data()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let key = path.strip_prefix(workspace::demo_data()).expect("inside");
                let bytes = std::fs::read(&path).expect("readable");
                objects.insert(key.to_string_lossy().into_owned(), bytes.into());
            }
        }
        objects
    })
}

fn setting(pairs: &[(&str, &str)]) -> Setting {
    let mut setting = Setting {
        data: workspace::demo_data(),
        pairs: vec![("NEARCAST_PUBLIC_DATASETS".into(), "demo,nothing".into())],
    };
    for (name, value) in pairs {
        setting.pairs.push(((*name).into(), (*value).into()));
    }
    setting
}

fn get(server: &Server, target: &str) -> Response {
    let request = Request {
        method: "GET".into(),
        target: target.into(),
        headers: vec![("Host".into(), "stores.test".into())],
        body: Vec::new(),
    };
    client::send(server.address(), &request)
        .unwrap_or_else(|why| panic!("{}: {why}", server.name()))
}

/// Asks for a ranking and a forecast and compares them, byte for byte, with what the core says to objects in memory.
fn answers_like_the_core(server: &Server) {
    let (store, config) = (memory(demo()), asking::public("demo"));
    for target in [LATEST, "/v/demo/latest/forecast.svg?operation=dallas"] {
        let redirect = asking::get(&store, &config, target);
        let to = header(&redirect, "location");
        let expected = asking::get(&store, &config, to);
        assert_eq!(expected.status(), 200, "{to}");
        let got = get(server, target);
        assert_eq!(
            (got.status, got.header("location")),
            (307, Some(to)),
            "{}",
            server.output()
        );
        let got = get(server, to);
        assert_eq!(got.status, 200, "{}", server.output());
        assert_eq!(got.header("etag"), Some(header(&expected, "etag")));
        assert!(
            got.body == *expected.body(),
            "{} answers otherwise",
            server.name()
        );
    }
    let nothing = get(server, "/v/demo/0000000000000000/top.json?e=1");
    assert!(matches!(nothing.status, 307 | 404), "{}", nothing.status);
    assert_eq!(get(server, "/v/nothing/latest/top.json").status, 404);
}

/// A host that reads from a web prefix, and what it does when that misbehaves.
fn bears_with_it(server: &Server, storage: &FaultServer) {
    // The pointer may be remembered, and the manifest; what a pinned answer is made of is not.
    let pinned = get(server, LATEST);
    let pinned = pinned.header("location").expect("a pinned link");
    let asks = |faults: Vec<Fault>| {
        storage.take();
        storage.fail_next(faults.clone());
        let answer = get(server, pinned);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let asked = storage.take();
        // What a fault's answer is seen to be, with how often it was asked for.
        (
            answer.status,
            asked.len(),
            format!("{} {faults:?}: {text}", server.name()),
        )
    };
    let (status, reads, what) = asks(vec![]);
    assert_eq!((status, reads > 0), (200, true), "{what}");
    for (faults, more) in [
        (vec![Fault::busy(503, "0"), Fault::busy(429, "0")], 2),
        (vec![Fault::Status(500, vec![])], 1),
        (vec![Fault::HungUp], 1),
        (vec![Fault::Truncated(9)], 1),
        (vec![Fault::NoRanges], 0),
    ] {
        let (status, asked, what) = asks(faults);
        assert_eq!(
            (status, asked),
            (200, reads + more),
            "{what}\n{}",
            server.output()
        );
    }
    for (status, expected) in [(403, 502), (416, 500), (301, 502)] {
        let moved = ("Location", storage.base());
        let (status, asked, what) = asks(vec![Fault::Status(status, vec![moved])]);
        assert_eq!((status, asked), (expected, 1), "{what}");
    }
    let (status, asked, what) = asks(vec![Fault::busy(429, "3600")]);
    assert_eq!((status, asked), (502, 1), "{what}");
    storage.fail_always(Fault::Status(503, vec![]));
    let (status, asked, what) = asks(vec![]);
    assert_eq!(
        (status, asked as u32),
        (502, limits::STORE_ATTEMPTS_MAX),
        "{what}"
    );
    // Slow for ever: the time is up some time.
    storage.fail_always(Fault::Stalled(9));
    let (status, _, what) = asks(vec![]);
    assert_eq!(status, 502, "{what}");
    storage.fail_always(None);
    answers_like_the_core(server);
    storage.fail_always(Fault::NoRanges);
    answers_like_the_core(server);
}

#[test]
fn the_component_reads_mounted_files_and_web_prefixes_and_bears_with_the_web() {
    answers_like_the_core(&edge::spin(&setting(&[])));
    let storage = FaultServer::start(demo());
    let server = edge::spin(&setting(&[("NEARCAST_DATA", &storage.base())]));
    answers_like_the_core(&server);
    bears_with_it(&server, &storage);
}

#[test]
fn the_component_reads_a_bucket_with_a_signature() {
    let moto = Moto::start();
    moto.put("some sales", demo());
    let with = |secret: &str| {
        edge::spin(&setting(&[
            ("NEARCAST_DATA", "s3://sales/some sales"),
            ("NEARCAST_S3_ENDPOINT", &moto.endpoint()),
            ("NEARCAST_S3_ACCESS_KEY_ID", &moto.reader.key_id),
            ("NEARCAST_S3_SECRET_ACCESS_KEY", secret),
        ]))
    };
    answers_like_the_core(&with(&moto.reader.secret));
    let server = with("not the secret");
    assert_eq!(get(&server, LATEST).status, 502);
    // The answer may be here before the line that tells of it.
    let told = (0..100).map(|_| server.output()).find(|said| {
        let is_told = said.contains("check the key");
        if !is_told {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        is_told
    });
    let said = told.unwrap_or_else(|| server.output());
    assert!(
        said.contains("check the key") && !said.contains("not the secret"),
        "{said}"
    );
}

#[test]
fn the_worker_reads_r2_and_web_prefixes_and_bears_with_the_web() {
    answers_like_the_core(&edge::worker(&setting(&[])));
    let storage = FaultServer::start(demo());
    let server = edge::worker(&setting(&[("NEARCAST_DATA", &storage.base())]));
    answers_like_the_core(&server);
    bears_with_it(&server, &storage);
}
