//! Damaged, changing, missing and silent storage: a request is answered as it should be or refused, never answered otherwise.

use bytes::Bytes;
use http::Request;
use nearcast::app::Outcome;
use nearcast::ingest::{self};
use nearcast::model::{DatasetId, Timestamp};
use nearcast::shell::{RangeRead, Span};
use nearcast::{ErrorKind, limits};
use nearcast_native::stores::TimeoutStore;
use nearcast_tests::asking::{
    NOW, body, call, get, header, public, request, send_at, text, tool_request,
};
use nearcast_tests::sales::{Chance, csv, dataset, lines, pointer, version};
use nearcast_tests::stores::{
    ChangingStore, CountingStore, FailingStore, Objects, SlowStore, memory, with,
};
use serde_json::{Value, json};
use std::time::Duration;

fn objects() -> Objects {
    dataset(&lines(3, 700, 3, 8, 500))
}

fn outcome(store: &impl RangeRead, request: Request<Bytes>) -> Outcome {
    send_at(store, &public("sales"), request, NOW)
}

/// The text of a tool's result that is an error the model can mend.
fn mistake(reply: &Value) -> &str {
    assert_eq!(reply["result"]["isError"], true, "{reply}");
    reply["result"]["content"][0]["text"]
        .as_str()
        .expect("text")
}

fn detail(store: &impl RangeRead, target: &str, status: u16) -> String {
    let response = get(store, &public("sales"), target);
    assert_eq!(response.status(), status, "{target}: {}", text(&response));
    body(&response)["detail"]
        .as_str()
        .expect("a detail")
        .to_owned()
}

/// A second version of the dataset, published after the first.
fn second(first: &Objects) -> (Objects, String) {
    let before = pointer(first, "sales");
    let source = csv(&lines(4, 800, 3, 8, 520));
    let name = DatasetId::new("sales").expect("a name");
    let built = ingest::ingest_csv(
        source.as_bytes(),
        "sales.csv",
        &name,
        &ingest::Config::default(),
        Some(&before.manifest),
    )
    .expect("ingested");
    let mut objects = first.clone();
    objects.extend(built.objects().expect("objects"));
    let next = built.pointer(Timestamp(NOW.0), Some(&before));
    let (key, bytes) = ingest::pointer_object(&next, &built.attachments).expect("a pointer");
    objects.insert(key, bytes);
    (objects, built.manifest.version.to_string())
}

#[test]
fn a_version_that_was_removed_is_gone_and_the_current_one_is_named() {
    let first = objects();
    let old = version(&first, "sales");
    let (mut objects, new) = second(&first);
    let kept = get(
        &memory(&objects),
        &public("sales"),
        &format!("/v/sales/{old}/top.json?e=1"),
    );
    assert_eq!(kept.status(), 200, "both versions are there");
    objects.retain(|key, _| !key.contains(&old));
    let store = memory(&objects);
    for file in ["top.json", "forecast.svg", "describe.csv"] {
        let said = detail(&store, &format!("/v/sales/{old}/{file}?e=1"), 410);
        assert!(said.contains(&old) && said.contains(&new), "{said}");
    }
    let said = detail(&store, "/v/sales/00000000000000aa/top.json?e=1", 404);
    assert!(said.contains(&new), "{said}");
    assert_eq!(
        get(
            &store,
            &public("sales"),
            &format!("/v/sales/{new}/top.json?e=1")
        )
        .status(),
        200
    );
}

#[test]
fn a_pointer_to_a_version_that_is_not_there_is_damage() {
    let all = objects();
    let current = version(&all, "sales");
    let mut bare = all.clone();
    bare.retain(|key, _| key == "sales/current.json");
    let store = memory(&bare);
    // The link names the version, whose manifest is not there; the pointer names it, too.
    let said = detail(&store, &format!("/v/sales/{current}/top.json?e=1"), 500);
    assert!(
        said.contains(&current) && said.contains("ingest again"),
        "{said}"
    );
    // Asked through the pointer, which has the manifest, the data are missed.
    let reply = call(&store, &public("sales"), "top_n_products", &json!({}));
    assert_eq!(reply["error"]["data"]["kind"], "corrupt", "{reply}");
    // The description needs no data.
    let reply = call(&store, &public("sales"), "describe_data", &json!({}));
    assert_eq!(reply["result"]["isError"], false, "{reply}");

    let reply = call(
        &memory(&Objects::new()),
        &public("sales"),
        "top_n_products",
        &json!({}),
    );
    assert!(mistake(&reply).contains("no dataset \"sales\""), "{reply}");
    assert_eq!(
        get(
            &memory(&Objects::new()),
            &public("sales"),
            "/v/sales/latest/top.json"
        )
        .status(),
        404
    );
}

/// Requests that together read every object of a small dataset.
fn questions(current: &str) -> Vec<Request<Bytes>> {
    let mut all: Vec<Request<Bytes>> = [
        "top.json?n=1000&e=1",
        "top.json?operation=dallas&measure=revenue&e=1",
        "top.csv?by=category&operation=austin&period=2023-12-03..2024-02-11&e=1",
        "top.json?by=channel&period=2024&e=1",
        "forecast.json?horizon=1_month&e=1",
        "describe.json?dimension=product&limit=1000&e=1",
    ]
    .iter()
    .map(|question| request("GET", &format!("/v/sales/{current}/{question}"), &[]))
    .collect();
    all.push(request("GET", "/v/sales/latest/top.json", &[]));
    all.push(tool_request("top_n_products", &json!({"n": 3})));
    all.push(tool_request(
        "describe_data",
        &json!({"dimension": "operation"}),
    ));
    all
}

/// Status and body of each; an MCP error inside the reply counts as a failure with its kind.
fn answers(objects: &Objects, current: &str) -> Vec<Result<String, String>> {
    let store = memory(objects);
    questions(current)
        .into_iter()
        .map(|asked| {
            let is_tool = asked.method() == "POST";
            let outcome = outcome(&store, asked);
            let said = text(&outcome.response);
            let failed = outcome.response.status().as_u16() >= 400
                || (is_tool && (said.contains("\"isError\":true") || said.contains("\"error\":{")));
            if failed {
                assert!(
                    matches!(outcome.audit.outcome, "corrupt" | "not-found" | "gone"),
                    "{}: {said}",
                    outcome.audit.outcome
                );
                Err(said)
            } else {
                let location = header(&outcome.response, "location").to_owned();
                Ok(format!("{} {location} {said}", outcome.response.status()))
            }
        })
        .collect()
}

fn small() -> Objects {
    // More than 512 products, so that there is a names file too.
    dataset(&lines(9, 2_000, 3, 600, 90))
}

#[test]
fn an_altered_byte_never_changes_an_answer() {
    let objects = small();
    let current = version(&objects, "sales");
    assert_eq!(objects.len(), 5, "{:?}", objects.keys());
    let sound = answers(&objects, &current);
    assert!(sound.iter().all(Result::is_ok), "{sound:?}");
    let mut chance = Chance(77);
    let (mut same, mut refused) = (0, 0);
    for (key, bytes) in &objects {
        for _ in 0..60 {
            let mut altered = bytes.to_vec();
            let at = chance.below(altered.len());
            altered[at] ^= 1 << chance.below(8);
            for (got, wanted) in answers(&with(&objects, key, altered), &current)
                .iter()
                .zip(&sound)
            {
                match got {
                    Ok(got) => {
                        assert_eq!(Ok(got), wanted.as_ref(), "byte {at} of {key}");
                        same += 1;
                    }
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(
        same > 500 && refused > 300,
        "{same} answered, {refused} refused"
    );
}

#[test]
fn no_byte_of_a_small_dataset_can_be_altered_unnoticed() {
    let objects = dataset(&lines(9, 40, 2, 3, 40));
    let current = version(&objects, "sales");
    let config = public("sales");
    let targets: Vec<String> = [
        "top.json",
        "top.json?by=channel&operation=dallas&measure=revenue&period=2023-11-17..2023-12-19",
        "forecast.json?grain=day&horizon=3_days&filter.product=p0001&filter.channel=retail",
        "forecast.csv?grain=day&horizon=2_days&measure=revenue",
    ]
    .iter()
    .map(|question| {
        let asked = get(
            &memory(&objects),
            &config,
            &format!("/v/sales/{current}/{question}"),
        );
        header(&asked, "location").to_owned()
    })
    .collect();
    // What the questions use of each file, so that what has to be noticed is known.
    let mut read: Vec<(&str, Vec<bool>)> = Vec::new();
    let mut sound = Vec::new();
    for (key, bytes) in &objects {
        read.push((key, vec![false; bytes.len()]));
    }
    for target in &targets {
        let store = CountingStore::new(memory(&objects));
        let response = get(&store, &config, target);
        assert_eq!(response.status(), 200, "{target}: {}", text(&response));
        sound.push(response.into_body());
        for spec in store.take().into_iter().flat_map(|r| r.specs) {
            let (_, bytes) = read
                .iter_mut()
                .find(|(key, _)| *key == spec.key.as_str())
                .expect("an object");
            match spec.span {
                Span::Range(range) => {
                    let range = usize::try_from(range.start).expect("small")
                        ..usize::try_from(range.end).expect("small");
                    bytes[range].fill(true);
                }
                _ => bytes.fill(true),
            }
        }
    }
    for (key, used) in read {
        if key == "sales/current.json" {
            continue;
        }
        let is_manifest = key.ends_with("manifest.json");
        let end = objects[key].len() - 1;
        let (mut refused, mut looked_at) = (0, 0);
        for (at, used) in used.into_iter().enumerate() {
            if !used {
                continue;
            }
            looked_at += 1;
            let patterns: &[u8] = if is_manifest {
                &[1 << (at % 8)]
            } else {
                &[1 << (at % 8), 0xff]
            };
            let mut noticed = false;
            for pattern in patterns {
                let mut altered = objects[key].to_vec();
                altered[at] ^= pattern;
                let store = memory(&with(&objects, key, altered));
                for (target, sound) in targets.iter().zip(&sound) {
                    let response = get(&store, &config, target);
                    if response.status() == 200 {
                        assert_eq!(response.body(), sound, "byte {at} of {key}: {target}");
                    } else {
                        assert_eq!(response.status(), 500, "{}", text(&response));
                        noticed = true;
                    }
                    // The end of the line is none of what the manifest says.
                    assert!(
                        !is_manifest || at == end || response.status() == 500,
                        "byte {at} of the manifest"
                    );
                    if is_manifest {
                        break;
                    }
                }
            }
            refused += u32::from(noticed);
        }
        // What lies between two chunks that are needed is read with them and not used.
        assert!(
            looked_at > 300 && refused * 5 > looked_at * 2,
            "{refused} of {looked_at} bytes of {key} were noticed"
        );
    }
}

#[test]
fn a_truncated_or_extended_object_never_changes_an_answer() {
    let objects = small();
    let current = version(&objects, "sales");
    let sound = answers(&objects, &current);
    let mut chance = Chance(78);
    for (key, bytes) in &objects {
        let mut lengths: Vec<usize> = (0..12).map(|_| chance.below(bytes.len())).collect();
        lengths.extend([0, 1, bytes.len() - 1]);
        for length in lengths {
            let cut = answers(&with(&objects, key, bytes.slice(..length)), &current);
            for (got, wanted) in cut.iter().zip(&sound) {
                assert!(
                    got.is_err() || got == wanted,
                    "{key} cut to {length}: {got:?}"
                );
            }
        }
        let longer = [bytes.as_ref(), b"}}}} and more"].concat();
        for (got, wanted) in answers(&with(&objects, key, longer), &current)
            .iter()
            .zip(&sound)
        {
            assert!(got.is_err() || got == wanted, "{key} extended: {got:?}");
        }
    }
}

#[test]
fn objects_that_were_swapped_are_noticed() {
    let (first, other) = (objects(), dataset(&lines(5, 700, 3, 8, 500)));
    let (current, others) = (version(&first, "sales"), version(&other, "sales"));
    let sound = answers(&first, &current);
    for file in ["manifest.json", "pack.parquet", "fine.parquet"] {
        let foreign = other[&format!("sales/v/{others}/{file}")].clone();
        let swapped = with(&first, &format!("sales/v/{current}/{file}"), foreign);
        let got = answers(&swapped, &current);
        for (got, wanted) in got.iter().zip(&sound) {
            assert!(got.is_err() || got == wanted, "{file}: {got:?}");
        }
        assert!(got.iter().any(Result::is_err), "{file}");
    }
    // A manifest that claims more than it is: another dataset's name, another layout.
    let key = format!("sales/v/{current}/manifest.json");
    let said = |bytes: String| {
        detail(
            &memory(&with(&first, &key, bytes)),
            &format!("/v/sales/{current}/top.json?e=1"),
            500,
        )
    };
    let manifest = String::from_utf8(first[&key].to_vec()).expect("text");
    assert!(said(manifest.replace("\"format\":2", "\"format\":3")).contains("layout 3"));
    assert!(
        said(manifest.replace("\"dataset\":\"sales\"", "\"dataset\":\"other\""))
            .contains("is that of other")
    );
    assert!(said(manifest.replace("Dallas", "Dullas")).contains("altered"));
    assert!(said(manifest.replacen('{', "{ ", 1)).contains("altered"));
    assert!(said("[]".into()).contains("truncated or altered"));
}

#[test]
fn an_object_that_changes_while_it_is_read_is_read_again() {
    // Products are many: their names lie in a file of their own, and filters read it before the data.
    let objects = small();
    let current = version(&objects, "sales");
    let target = format!(
        "/v/sales/{current}/top.json?n=4&operation=dallas&period=2023-12-03..2024-01-20&e=1"
    );
    let sound = get(&memory(&objects), &public("sales"), &target);
    assert_eq!(sound.status(), 200);

    let once = CountingStore::new(FailingStore::new(memory(&objects), ErrorKind::Stale, 1));
    let response = get(&once, &public("sales"), &target);
    assert_eq!(
        (response.status(), response.body()),
        (sound.status(), sound.body())
    );
    assert_eq!(
        once.take().len(),
        3,
        "one round that was stale, then the two that answer"
    );

    for store in
        [u32::MAX, 2].map(|rounds| FailingStore::new(memory(&objects), ErrorKind::Stale, rounds))
    {
        let response = get(&store, &public("sales"), &target);
        assert_eq!(response.status(), 503);
        assert_eq!(header(&response, "retry-after"), "1");
        assert_eq!(header(&response, "cache-control"), "no-store");
    }
    let always = FailingStore::new(memory(&objects), ErrorKind::Stale, u32::MAX);
    let reply = call(&always, &public("sales"), "top_n_products", &json!({}));
    assert!(!mistake(&reply).is_empty());
}

#[test]
fn ranges_of_two_states_of_an_object_are_never_put_together() {
    let objects = dataset(&lines(6, 60_000, 6, 60, 700));
    let current = version(&objects, "sales");
    // Two operations that do not lie together: two ranges of one file.
    let target = format!(
        "/v/sales/{current}/top.json?filter.operation=austin&filter.operation=tucson&period=2023-12-03..2024-01-20&e=1"
    );
    let counted = CountingStore::new(memory(&objects));
    let sound = get(&counted, &public("sales"), &target);
    assert_eq!(sound.status(), 200, "{}", text(&sound));
    assert!(
        counted.take().iter().any(|r| r.specs.len() > 1),
        "the question reads one object twice"
    );

    let once = ChangingStore::new(memory(&objects), 1);
    let response = get(&once, &public("sales"), &target);
    assert_eq!(
        (response.status(), response.body()),
        (sound.status(), sound.body())
    );
    let always = ChangingStore::new(memory(&objects), u32::MAX);
    let response = get(&always, &public("sales"), &target);
    assert_eq!(response.status(), 503, "{}", text(&response));
    assert!(
        text(&response).contains("changed while it was being read"),
        "{}",
        text(&response)
    );
}

#[test]
fn storage_that_is_down_is_a_bad_gateway_and_the_process_stays_healthy() {
    let store = FailingStore::new(memory(&objects()), ErrorKind::Upstream, u32::MAX);
    let current = version(&objects(), "sales");
    for target in [
        "/v/sales/latest/top.json".to_owned(),
        format!("/v/sales/{current}/forecast.json?e=1"),
    ] {
        let response = get(&store, &public("sales"), &target);
        assert_eq!(response.status(), 502, "{target}");
        assert_eq!(header(&response, "cache-control"), "no-store");
    }
    let ready = get(&store, &public("sales"), "/ready");
    assert_eq!(ready.status(), 503);
    assert_eq!(
        body(&ready),
        json!({"status": "unavailable", "storage": {"state": "upstream"}})
    );
    assert_eq!(get(&store, &public("sales"), "/health").status(), 200);
    assert_eq!(get(&store, &public("sales"), "/").status(), 200);
    let reply = call(&store, &public("sales"), "top_n_products", &json!({}));
    assert_eq!(reply["error"]["code"], -32603, "{reply}");
    assert_eq!(reply["error"]["data"]["kind"], "upstream", "{reply}");
    // What needs no data is served all the same.
    let list = Request::builder()
        .method("POST")
        .uri("/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(Bytes::from(
            json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).to_string(),
        ))
        .expect("a request");
    assert_eq!(outcome(&store, list).response.status(), 200);
}

#[test]
fn storage_that_hangs_is_given_up() {
    let slow = SlowStore::new(memory(&objects()), Duration::from_secs(3_600));
    let store = TimeoutStore::within(slow, Duration::from_millis(40));
    let response = get(&store, &public("sales"), "/v/sales/latest/top.json");
    assert_eq!(response.status(), 502);
    assert!(
        text(&response).contains("did not answer within"),
        "{}",
        text(&response)
    );
    assert_eq!(get(&store, &public("sales"), "/ready").status(), 503);
    assert_eq!(get(&store, &public("sales"), "/health").status(), 200);
    let slow_but_fine = SlowStore::new(memory(&objects()), Duration::from_millis(5));
    let store = TimeoutStore::within(slow_but_fine, Duration::from_secs(30));
    assert_eq!(
        get(&store, &public("sales"), "/v/sales/latest/top.json").status(),
        307
    );
    assert_eq!(limits::READ_ROUND_TIME_S, 10);
}
