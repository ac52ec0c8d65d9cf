//! One test for each promise about caches: who may keep what, how long, and what it depends on.

use bytes::Bytes;
use http::Response;
use nearcast::config::Config;
use nearcast::model::Timestamp;
use nearcast_tests::asking::{
    NOW, body, get, header, public, request, send_at, text, tool_request,
};
use nearcast_tests::place::Place;
use nearcast_tests::sales::{dataset, lines, pointer};
use nearcast_tests::stores::{CountingStore, Objects, memory};
use serde_json::json;

const KEY: &str = "nc_for_tests_only";
/// SHA-256 of [`KEY`].
const KEY_SHA256: &str = "493ed221b9bb2cbbd42250db7343406a4e4041d0c2894dc0e621f78da0e74d23";
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Each answer in each of its formats, with canonical arguments.
const ANSWERS: [(&str, &str); 8] = [
    ("top.json", "e=1"),
    ("top.csv", "n=3&operation=dallas&e=1"),
    ("top.svg", "by=region&measure=revenue&e=1"),
    ("forecast.json", "horizon=3_months&e=1"),
    ("forecast.csv", "e=1"),
    ("forecast.svg", "operation=austin&e=1"),
    ("describe.json", "dimension=product&e=1"),
    ("describe.csv", "e=1"),
];

fn open() -> Place {
    Place::public(&objects())
}

/// The same data for those with a key.
fn private() -> Place {
    Place::new(&objects(), locked(&[]))
}

fn objects() -> Objects {
    dataset(&lines(1, 1_500, 4, 12, 800))
}

fn locked(more: &[(&str, &str)]) -> Config {
    let keys = format!("ann:{KEY_SHA256}:sales");
    let mut pairs = vec![
        ("NEARCAST_API_KEYS", keys.as_str()),
        ("NEARCAST_DATASET", "sales"),
    ];
    pairs.extend_from_slice(more);
    Config::from_pairs(pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())))
        .expect("settings")
}

fn all_headers(response: &Response<Bytes>) -> Vec<(String, String)> {
    let mut all: Vec<_> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_pinned_answer_may_be_kept_by_anyone_for_ever() {
    let place = open();
    for (file, arguments) in ANSWERS {
        let response = place.get(&place.pinned(file, arguments), &[]);
        assert_eq!(response.status(), 200, "{file}: {}", text(&response));
        assert_eq!(header(&response, "cache-control"), FOREVER, "{file}");
        let etag = header(&response, "etag");
        assert!(
            etag.len() == 34 && etag.starts_with('"') && etag.ends_with('"'),
            "{file}: {etag:?} is not strong"
        );
        assert_eq!(
            header(&response, "access-control-allow-origin"),
            "*",
            "{file}"
        );
        assert_eq!(header(&response, "vary"), "", "{file}");
        assert_eq!(header(&response, "set-cookie"), "", "{file}");
        assert_eq!(
            header(&response, "cache-tag"),
            format!("sales,sales-{}", place.version),
            "{file}"
        );
    }
}

#[test]
fn an_answer_that_the_client_has_is_not_sent_again() {
    let place = open();
    for (file, arguments) in ANSWERS {
        let target = place.pinned(file, arguments);
        let full = place.get(&target, &[]);
        let etag = header(&full, "etag").to_owned();
        for known in [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"x\", {etag}"),
            "*".into(),
        ] {
            let response = place.get(&target, &[("if-none-match", &known)]);
            assert_eq!(response.status(), 304, "{file} {known}");
            assert!(response.body().is_empty(), "{file} {known}");
            for name in ["etag", "cache-control", "access-control-allow-origin"] {
                assert_eq!(
                    header(&response, name),
                    header(&full, name),
                    "{file} {name}"
                );
            }
        }
        let changed = place.get(
            &target,
            &[("if-none-match", "\"00000000000000000000000000000000\"")],
        );
        assert_eq!(
            (changed.status(), changed.body()),
            (full.status(), full.body()),
            "{file}"
        );
    }
    // Different bodies have different tags.
    let mut tags: Vec<_> = ANSWERS
        .iter()
        .map(|(file, arguments)| {
            header(&place.get(&place.pinned(file, arguments), &[]), "etag").to_owned()
        })
        .collect();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), ANSWERS.len());
}

#[test]
fn the_latest_link_leads_to_the_pinned_one_for_a_minute() {
    let place = open();
    for (file, arguments) in ANSWERS {
        let response = place.get(&format!("/v/sales/latest/{file}?{arguments}"), &[]);
        assert_eq!(response.status(), 307, "{file}");
        assert_eq!(header(&response, "location"), place.pinned(file, arguments));
        assert_eq!(header(&response, "cache-control"), "public, max-age=60");
        assert_eq!(header(&response, "etag"), "");
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
        assert!(response.body().is_empty());
    }
}

#[test]
fn latest_follows_the_pointer_and_the_old_answer_stays() {
    let before = objects();
    let mut both = before.clone();
    let longer = lines(1, 1_600, 4, 12, 830);
    let built = nearcast::ingest::ingest_csv(
        nearcast_tests::sales::csv(&longer).as_bytes(),
        "sales.csv",
        &nearcast::model::DatasetId::new("sales").expect("a name"),
        &nearcast::ingest::Config::default(),
        Some(&pointer(&before, "sales").manifest),
    )
    .expect("ingested");
    both.extend(built.objects().expect("objects"));
    let next = built.pointer(Timestamp(NOW.0 - 5), Some(&pointer(&before, "sales")));
    let (key, bytes) =
        nearcast::ingest::pointer_object(&next, &built.attachments).expect("a pointer");
    both.insert(key, bytes);

    let (old, new) = (
        Place::new(&before, public("sales")),
        Place::new(&both, public("sales")),
    );
    assert_ne!(old.version, new.version);
    let location =
        |place: &Place| header(&place.get("/v/sales/latest/top.json", &[]), "location").to_owned();
    assert_eq!(location(&old), old.pinned("top.json", "e=1"));
    assert_eq!(location(&new), new.pinned("top.json", "e=1"));
    let target = old.pinned("top.json", "e=1");
    assert_eq!(old.get(&target, &[]).body(), new.get(&target, &[]).body());
    assert_ne!(
        new.get(&new.pinned("top.json", "e=1"), &[]).body(),
        new.get(&target, &[]).body()
    );
}

#[test]
fn a_public_body_depends_on_its_url_alone() {
    let place = open();
    for (file, arguments) in ANSWERS {
        let target = place.pinned(file, arguments);
        let first = place.get(&target, &[]);
        for now in [Timestamp(0), Timestamp(NOW.0 + 400_000_000)] {
            let later = send_at(
                &place.store,
                &place.config,
                request("GET", &target, &[]),
                now,
            )
            .response;
            assert_eq!(all_headers(&later), all_headers(&first), "{file}");
            assert_eq!(later.body(), first.body(), "{file}");
        }
        for headers in [
            &[("host", "evil.test")][..],
            &[
                ("x-forwarded-host", "evil.test"),
                ("x-forwarded-proto", "http"),
            ],
            &[
                ("forwarded", "host=evil.test;proto=http"),
                ("x-forwarded-for", "10.0.0.1"),
            ],
            &[
                ("x-original-url", "/v/other"),
                ("x-rewrite-url", "/other"),
                ("x-http-method-override", "DELETE"),
            ],
            &[
                ("accept", "text/html"),
                ("accept-language", "de"),
                ("accept-encoding", "gzip"),
            ],
            &[
                ("cookie", "session=1"),
                ("origin", "https://evil.test"),
                ("referer", "https://evil.test/"),
            ],
            &[
                ("user-agent", "crawler"),
                ("range", "bytes=0-9"),
                ("if-modified-since", "Sat, 21 Nov 2026 00:00:00 GMT"),
            ],
        ] {
            let other = place.get(&target, headers);
            assert_eq!(other.status(), 200, "{file} {headers:?}");
            assert_eq!(
                all_headers(&other),
                all_headers(&first),
                "{file} {headers:?}"
            );
            assert_eq!(other.body(), first.body(), "{file} {headers:?}");
        }
        assert!(!text(&first).contains("evil.test"));
    }
}

#[test]
fn a_credential_on_a_public_link_changes_nothing_even_a_wrong_one() {
    let place = Place::new(&objects(), locked(&[("NEARCAST_PUBLIC_DATASETS", "sales")]));
    for (file, arguments) in ANSWERS {
        let target = place.pinned(file, arguments);
        let anonymous = place.get(&target, &[]);
        assert_eq!(anonymous.status(), 200);
        for headers in [
            &[("x-api-key", KEY)][..],
            &[("x-api-key", "wrong")],
            &[("authorization", "Bearer wrong")],
            &[("authorization", "Basic dTpw")],
            &[("authorization", "Bearer a"), ("x-api-key", "b")],
        ] {
            let with = place.get(&target, headers);
            assert_eq!(with.status(), 200, "{file} {headers:?}");
            assert_eq!(
                all_headers(&with),
                all_headers(&anonymous),
                "{file} {headers:?}"
            );
            assert_eq!(with.body(), anonymous.body(), "{file} {headers:?}");
        }
    }
}

#[test]
fn private_answers_are_kept_by_nobody() {
    let (place, open) = (private(), open());
    for (file, arguments) in ANSWERS {
        let target = place.pinned(file, arguments);
        for target in [target.clone(), format!("/v/sales/latest/{file}")] {
            let bearer = format!("Bearer {KEY}");
            for headers in [[("x-api-key", KEY)], [("authorization", bearer.as_str())]] {
                let response = place.get(&target, &headers);
                assert!(
                    matches!(response.status().as_u16(), 200 | 307),
                    "{target}: {}",
                    text(&response)
                );
                assert_eq!(
                    header(&response, "cache-control"),
                    "private, no-store",
                    "{target}"
                );
                assert_eq!(header(&response, "etag"), "", "{target}");
                assert_eq!(header(&response, "cache-tag"), "", "{target}");
                assert_eq!(
                    header(&response, "access-control-allow-origin"),
                    "",
                    "{target}"
                );
                assert_eq!(
                    header(&response, "vary"),
                    "authorization, x-api-key",
                    "{target}"
                );
            }
            let stranger = place.get(&target, &[]);
            assert_eq!(stranger.status(), 401, "{target}");
            assert_eq!(header(&stranger, "cache-control"), "no-store", "{target}");
            assert!(
                header(&stranger, "www-authenticate").starts_with("Bearer"),
                "{target}"
            );
        }
        // The same numbers as a public dataset's: only who may keep them differs.
        assert_eq!(
            place.get(&target, &[("x-api-key", KEY)]).body(),
            open.get(&target, &[]).body(),
            "{file}"
        );
        let known = place.get(&target, &[("x-api-key", KEY), ("if-none-match", "*")]);
        assert_eq!(known.status(), 200, "{file}");
    }
}

#[test]
fn a_stranger_learns_nothing_of_private_data() {
    let place = private();
    let store = CountingStore::new(memory(&objects()));
    let missing = get(&store, &place.config, "/v/none/latest/top.json");
    let there = get(&store, &place.config, "/v/sales/latest/top.json");
    assert_eq!(
        (missing.status(), there.status()),
        (
            http::StatusCode::UNAUTHORIZED,
            http::StatusCode::UNAUTHORIZED
        )
    );
    assert_eq!(
        missing.body(),
        there.body(),
        "whether a dataset exists is told to nobody"
    );
    assert!(store.take().is_empty(), "nothing is read for a stranger");
    let ready = body(&get(&store, &place.config, "/ready"));
    assert_eq!(
        ready,
        json!({"status": "ready", "storage": {"state": "ok"}})
    );
}

#[test]
fn tool_results_are_kept_by_nobody() {
    let place = open();
    for (tool, arguments) in [
        ("top_n_products", json!({"n": 2})),
        ("no_such_tool", json!({})),
        ("forecast_sales", json!({"operation": "nowhere"})),
    ] {
        let response = send_at(
            &place.store,
            &place.config,
            tool_request(tool, &arguments),
            NOW,
        )
        .response;
        assert_eq!(
            header(&response, "cache-control"),
            "private, no-store",
            "{tool}"
        );
        assert_eq!(header(&response, "etag"), "", "{tool}");
    }
}

#[test]
fn errors_are_problems_and_not_kept() {
    let place = open();
    let current = place.version.clone();
    for (target, status, kind) in [
        ("/nowhere".to_owned(), 404, "not-found"),
        ("/v/sales".into(), 404, "not-found"),
        (format!("/v/sales/{current}/top.exe"), 404, "not-found"),
        (format!("/v/sales/{current}/tap.json?e=1"), 404, "not-found"),
        ("/v/SALES/latest/top.json".into(), 400, "invalid"),
        (
            "/v/sales/0000000000000000/top.json?e=1".into(),
            404,
            "not-found",
        ),
        (
            format!("/v/sales/{current}/top.json?n=0&e=1"),
            400,
            "invalid",
        ),
        (
            format!("/v/sales/{current}/top.json?operation=nowhere&e=1"),
            404,
            "not-found",
        ),
        (
            format!("/v/sales/{current}/top.json?by=colour&e=1"),
            404,
            "not-found",
        ),
        (
            format!("/v/sales/{current}/top.json?period=1999&e=1"),
            400,
            "invalid",
        ),
        (
            format!("/v/sales/{current}/forecast.json?horizon=40_years&e=1"),
            400,
            "invalid",
        ),
        ("/static/none.js".into(), 404, "not-found"),
    ] {
        let response = place.get(&target, &[]);
        assert_eq!(response.status(), status, "{target}: {}", text(&response));
        assert_eq!(
            header(&response, "content-type"),
            "application/problem+json",
            "{target}"
        );
        assert_eq!(header(&response, "cache-control"), "no-store", "{target}");
        assert_eq!(header(&response, "etag"), "", "{target}");
        assert_eq!(
            header(&response, "x-content-type-options"),
            "nosniff",
            "{target}"
        );
        let problem = body(&response);
        assert_eq!(
            problem["type"],
            format!("urn:nearcast:problem:{kind}"),
            "{target}"
        );
        assert_eq!(problem["status"], status, "{target}");
        assert!(
            problem["detail"].as_str().is_some_and(|d| !d.is_empty()),
            "{target}"
        );
    }
    // A condition does not turn an error into a 304.
    let known = place.get("/nowhere", &[("if-none-match", "*")]);
    assert_eq!(known.status(), 404);
}

#[test]
fn head_is_get_without_the_body() {
    let place = open();
    let mut targets: Vec<String> = ANSWERS.iter().map(|(f, a)| place.pinned(f, a)).collect();
    targets.extend(
        [
            "/",
            "/health",
            "/ready",
            "/v/sales/latest/top.json",
            "/nowhere",
            "/v/sales/latest/top.json?x=1",
        ]
        .map(str::to_owned),
    );
    for target in targets {
        let (get, head) = (place.get(&target, &[]), place.send("HEAD", &target, &[]));
        assert_eq!(head.status(), get.status(), "{target}");
        assert_eq!(all_headers(&head), all_headers(&get), "{target}");
        assert!(head.body().is_empty(), "{target}");
    }
}

#[test]
fn any_page_may_ask_for_a_link_beforehand() {
    for place in [open(), private()] {
        let response = place.send(
            "OPTIONS",
            "/v/sales/latest/top.json?operation=x",
            &[
                ("origin", "https://deck.test"),
                ("access-control-request-method", "GET"),
            ],
        );
        assert_eq!(response.status(), 204);
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
        assert_eq!(
            header(&response, "access-control-allow-methods"),
            "GET, HEAD, OPTIONS"
        );
        assert_eq!(header(&response, "access-control-allow-credentials"), "");
        assert!(response.body().is_empty());
    }
}

#[test]
fn a_method_that_a_link_does_not_take_names_those_that_it_does() {
    let place = open();
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let response = place.send(method, &place.pinned("top.json", "e=1"), &[]);
        assert_eq!(response.status(), 405, "{method}");
        assert_eq!(header(&response, "allow"), "GET, HEAD, OPTIONS", "{method}");
        assert_eq!(header(&response, "cache-control"), "no-store", "{method}");
    }
}

#[test]
fn a_chart_opened_by_itself_can_do_nothing_but_show() {
    for place in [open(), private()] {
        for (file, arguments) in ANSWERS {
            let response = place.get(&place.pinned(file, arguments), &[("x-api-key", KEY)]);
            assert_eq!(
                header(&response, "x-content-type-options"),
                "nosniff",
                "{file}"
            );
            let csp = header(&response, "content-security-policy");
            if file.ends_with(".svg") {
                assert_eq!(header(&response, "content-type"), "image/svg+xml");
                assert!(
                    csp.starts_with("default-src 'none'; style-src '")
                        && csp.ends_with("; sandbox"),
                    "{file}: {csp}"
                );
            }
        }
    }
}
