//! The real server on a socket: what is too large or climbs is refused, and it goes on.

use bytes::Bytes;
use http::Request;
use nearcast::app::Outcome;
use nearcast::model::DatasetId;
use nearcast::shell::RangeRead;
use nearcast::{Config, limits};
use nearcast_native::host::open_to_owner;
use nearcast_native::serve::{Host, bind, serve};
use nearcast_native::stores::{Store, TimeoutStore};
use nearcast_tests::asking::{NOW, call, public, send_at};
use nearcast_tests::client;
use nearcast_tests::sales::{dataset, lines, version};
use nearcast_tests::stores::{CountingStore, Objects, memory};
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;

fn objects() -> Objects {
    dataset(&lines(3, 700, 3, 8, 500))
}

fn outcome(store: &impl RangeRead, request: Request<Bytes>) -> Outcome {
    send_at(store, &public("sales"), request, NOW)
}

#[test]
fn nothing_climbs_out_of_a_dataset_whatever_is_asked() {
    let store = CountingStore::new(memory(&objects()));
    for path in TRAVERSALS {
        let Ok(uri) = path.parse::<http::Uri>() else {
            continue;
        };
        let response = outcome(
            &store,
            Request::builder()
                .uri(uri)
                .body(Bytes::new())
                .expect("a request"),
        )
        .response;
        assert!(
            matches!(response.status().as_u16(), 400 | 401 | 404),
            "{path}: {}",
            response.status()
        );
        assert!(store.take().is_empty(), "{path} reads nothing");
    }
    for name in [
        "../sales",
        "sales/../..",
        "/etc/passwd",
        "sales%2f..",
        "",
        ".",
        "SALES",
        "sales\u{0}",
    ] {
        let reply = call(
            &store,
            &public("sales"),
            "top_n_products",
            &json!({"dataset": name}),
        );
        if !name.is_empty() {
            assert_eq!(reply["result"]["isError"], true, "{name:?}: {reply}");
        }
        for round in store.take() {
            assert!(
                round
                    .specs
                    .iter()
                    .all(|s| s.key.as_str().starts_with("sales/")),
                "{name:?}"
            );
        }
    }
}

const TRAVERSALS: [&str; 14] = [
    "/v/../../etc/passwd",
    "/v/%2e%2e/%2e%2e/etc/passwd",
    "/v/..%2f..%2fetc/latest/top.json",
    "/v/sales/../../../etc/passwd",
    "/v/sales/..%2f..%2fcurrent.json/top.json",
    "/v/sales/%2e%2e%2f%2e%2e/top.json",
    "/v/sales/....//....//top.json",
    "/v/sales/latest/..%2f..%2fcurrent.json",
    "/v/sales/latest/..\\..\\current.json",
    "/v/sales%00/latest/top.json",
    "/v//etc/passwd/top.json",
    "/static/../../Cargo.toml",
    "/static/%2e%2e%2fCargo.toml",
    "/static//etc/passwd",
];

/// The real server on a socket, in a thread of this process; it ends with the process.
fn listening(objects: &Objects) -> SocketAddr {
    let objects = objects.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async move {
            let (listener, address) = bind(([127, 0, 0, 1], 0).into()).await.expect("bound");
            let mut config = Config {
                default_dataset: DatasetId::new("sales").expect("a name"),
                ..Config::default()
            };
            assert!(open_to_owner(&mut config, address));
            sender.send(address).expect("the test waits");
            let store = TimeoutStore::new(Store::Memory(memory(&objects)));
            serve(
                listener,
                Host {
                    config,
                    store,
                    jwks: None,
                    memory: nearcast::engine::Memory::default(),
                },
                std::future::pending(),
            )
            .await
            .expect("served");
        });
    });
    receiver
        .recv_timeout(Duration::from_secs(20))
        .expect("it listens")
}

fn over_http(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> client::Response {
    let mut all = vec![("Host".to_owned(), address.to_string())];
    all.extend(
        headers
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
    );
    let request = client::Request {
        method: method.into(),
        target: target.into(),
        headers: all,
        body,
    };
    client::send(address, &request).expect("an answer")
}

#[test]
fn the_server_refuses_what_is_too_large_or_climbs_and_goes_on() {
    let address = listening(&objects());
    let fine = || {
        assert_eq!(
            over_http(address, "GET", "/health", &[], Vec::new()).status,
            200
        )
    };
    fine();
    let mcp = [
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
    ];
    for size in [limits::REQUEST_BODY_BYTES_MAX + 1, 10_000_000] {
        let response = over_http(address, "POST", "/mcp", &mcp, vec![b' '; size]);
        assert_eq!(response.status, 413, "{size} bytes");
        let said = String::from_utf8_lossy(&response.body).into_owned();
        assert!(said.contains("1048576") || said.contains("1 MiB"), "{said}");
        fine();
    }
    // A body of just the size that is allowed is read: it is no JSON, and that is what is said.
    let response = over_http(
        address,
        "POST",
        "/mcp",
        &mcp,
        vec![b' '; limits::REQUEST_BODY_BYTES_MAX],
    );
    assert_eq!(response.status, 400);
    for path in TRAVERSALS.iter().filter(|p| !p.contains('\\')) {
        let response = over_http(address, "GET", path, &[], Vec::new());
        assert!(
            matches!(response.status, 400 | 401 | 404),
            "{path}: {}",
            response.status
        );
        let said = String::from_utf8_lossy(&response.body).into_owned();
        assert!(
            !said.contains("root:") && !said.contains("[workspace]"),
            "{path}"
        );
    }
    let long = format!("/v/sales/latest/top.json?operation={}", "a".repeat(9_000));
    let response = over_http(address, "GET", &long, &[], Vec::new());
    assert!(
        matches!(response.status, 400 | 414 | 431),
        "{}",
        response.status
    );
    let named = client::Request {
        method: "GET".into(),
        target: "/v/sales/latest/top.json".into(),
        headers: vec![("Host".into(), "evil.test".into())],
        body: Vec::new(),
    };
    assert_eq!(
        client::send(address, &named).expect("an answer").status,
        403,
        "another name may be DNS rebinding"
    );
    fine();
}

#[test]
fn many_requests_at_once_are_all_answered() {
    let objects = objects();
    let current = version(&objects, "sales");
    let address = listening(&objects);
    let bodies: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..24)
            .map(|i| {
                let target = format!("/v/sales/{current}/top.json?n={}&e=1", i % 4 + 1);
                scope.spawn(move || over_http(address, "GET", &target, &[], Vec::new()))
            })
            .collect();
        asked
            .into_iter()
            .map(|a| a.join().expect("answered"))
            .map(|r| {
                assert_eq!(r.status, 200);
                r.body
            })
            .collect()
    });
    for (i, body) in bodies.iter().enumerate() {
        assert_eq!(body, &bodies[i % 4], "the same question, the same bytes");
    }
}
