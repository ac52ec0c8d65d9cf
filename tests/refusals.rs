//! Bad input of every kind: each gets a clear error that says what to change, and nothing is lost.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use nearcast::app::Outcome;
use nearcast::ingest::{self, ingest_csv_bytes};
use nearcast::model::{DatasetId, Timestamp, manifest::Pointer};
use nearcast::shell::RangeRead;
use nearcast::{Config, ErrorKind, limits};
use nearcast_native::host::open_to_owner;
use nearcast_native::serve::{Host, bind, serve};
use nearcast_native::stores::{MemoryStore, Store, TimeoutStore};
use nearcast_tests::asking::{
    NOW, answer, body, call, get, header, public, request, send_at, text, tool_request,
};
use nearcast_tests::client;
use nearcast_tests::sales::{Chance, csv, dataset, lines, version};
use nearcast_tests::stores::{
    ChangingStore, CountingStore, FailingStore, Objects, SlowStore, memory, with,
};
use serde_json::{Value, json};

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

#[test]
fn an_unknown_tool_is_refused_by_name() {
    let store = memory(&objects());
    let reply = call(&store, &public("sales"), "top_products", &json!({}));
    assert_eq!(reply["error"]["code"], -32602, "{reply}");
    let message = reply["error"]["message"].as_str().expect("a message");
    assert!(
        message.contains("top_products") && message.contains("top_n_products"),
        "{message}"
    );
}

#[test]
fn wrong_arguments_say_what_to_give_instead() {
    let store = memory(&objects());
    for (tool, arguments, needles) in [
        ("top_n_products", json!({"n": "five"}), &["n", "five"][..]),
        ("top_n_products", json!({"n": 0}), &["n", "1", "1000"]),
        ("top_n_products", json!({"n": 1001}), &["n", "1", "1000"]),
        ("top_n_products", json!({"n": -3}), &["n", "1", "1000"]),
        ("top_n_products", json!({"n": 2.5}), &["n", "2.5"]),
        ("top_n_products", json!({"n": 1e300}), &["n"]),
        ("top_n_products", json!({"operation": 7}), &["operation"]),
        (
            "top_n_products",
            json!({"operation": ["Dallas"]}),
            &["operation"],
        ),
        (
            "top_n_products",
            json!({"operaton": "Dallas"}),
            &["operaton", "operation"],
        ),
        (
            "top_n_products",
            json!({"operation": "x".repeat(500)}),
            &["200 characters"],
        ),
        ("top_n_products", json!({"order": "up"}), &["desc", "asc"]),
        (
            "top_n_products",
            json!({"period": "last summer"}),
            &["last summer", "2025-Q3"],
        ),
        (
            "top_n_products",
            json!({"period": "2025-06..2025-01"}),
            &["ends", "before"],
        ),
        (
            "top_n_products",
            json!({"period": "1990"}),
            &["no data", "2023-11-15"],
        ),
        (
            "top_n_products",
            json!({"filters": {"category": []}}),
            &["category", "at least one value"],
        ),
        (
            "top_n_products",
            json!({"filters": {"category": "Chips and such"}}),
            &["category"],
        ),
        (
            "top_n_products",
            json!({"filters": {"colour": ["red"]}}),
            &["no dimension", "category"],
        ),
        (
            "top_n_products",
            json!({"filters": {"category": ["Chps"]}}),
            &["Chps", "Chips"],
        ),
        (
            "top_n_products",
            json!({"measure": "profit"}),
            &["profit", "revenue"],
        ),
        (
            "top_n_products",
            json!({"by": "shelf"}),
            &["shelf", "product"],
        ),
        (
            "top_n_products",
            json!({"operation": "dalas"}),
            &["dalas", "Dallas"],
        ),
        (
            "top_n_products",
            json!({"dataset": "../etc"}),
            &["dataset", "lowercase letters"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "40 years"}),
            &["horizon", "at most"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "soon"}),
            &["soon", "6 months"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "0 months"}),
            &["horizon", "1 to"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "2001-01-01"}),
            &["horizon", "later"],
        ),
        (
            "forecast_sales",
            json!({"horizon": "99999999 days"}),
            &["horizon", "2000"],
        ),
        (
            "forecast_sales",
            json!({"grain": "decade"}),
            &["decade", "month"],
        ),
        (
            "forecast_sales",
            json!({"levels": [80, 200]}),
            &["level", "99"],
        ),
        ("forecast_sales", json!({"levels": [30]}), &["level", "50"]),
        (
            "forecast_sales",
            json!({"levels": ["high"]}),
            &["level", "high"],
        ),
        (
            "forecast_sales",
            json!({"start_date": "01/02/2025"}),
            &["01/02/2025", "YYYY-MM-DD"],
        ),
        (
            "forecast_sales",
            json!({"start_date": "2099-01-01"}),
            &["start_date", "earlier"],
        ),
        (
            "forecast_sales",
            json!({"include_history": "maybe"}),
            &["include_history"],
        ),
        (
            "forecast_sales",
            json!({"model": "prophet"}),
            &["prophet", "seasonal_naive"],
        ),
        (
            "describe_data",
            json!({"dimension": "shelf"}),
            &["shelf", "product"],
        ),
        ("describe_data", json!({"limit": 0}), &["limit", "1000"]),
        ("describe_data", json!({"offset": -1}), &["offset"]),
    ] {
        let reply = call(&store, &public("sales"), tool, &arguments);
        let said = mistake(&reply);
        for needle in needles {
            assert!(
                said.contains(needle),
                "{tool} {arguments}: {said:?} lacks {needle:?}"
            );
        }
        assert!(
            said.chars().count() < 700,
            "{tool}: an error is short: {said}"
        );
    }
}

#[test]
fn wrong_links_say_what_to_write_instead() {
    let store = memory(&objects());
    for (file, arguments, status, needle) in [
        ("top.json", "n=many", 400, "1 to 1000"),
        ("top.json", "n=99999999999", 400, "1 to 1000"),
        ("forecast.json", "horizon=40+years", 400, "at most"),
        ("forecast.svg", "horizon=41+years&grain=day", 422, "at most"),
        ("forecast.json", "levels=99.9", 400, "50 to 99"),
        ("top.json", "operation=dalas", 404, "dalas"),
        ("top.json", "operation=", 400, "empty"),
        ("top.json", "filter.product=p9999", 404, "p9999"),
        ("top.json", "period=2031", 400, "reach from 2023-11-15"),
        ("describe.svg", "", 404, "use json or csv"),
        ("describe.json", "dimension=nothing", 404, "nothing"),
    ] {
        let current = version(&objects(), "sales");
        let separator = if arguments.is_empty() { "" } else { "&" };
        let canonical = format!("/v/sales/{current}/{file}?{arguments}{separator}e=1");
        let response = get(&store, &public("sales"), &canonical);
        let target = match response.status().as_u16() {
            307 => header(&response, "location").to_owned(),
            _ => canonical,
        };
        let said = detail(&store, &target, status);
        assert!(
            said.contains(needle),
            "{file}?{arguments}: {said:?} lacks {needle:?}"
        );
    }
}

#[test]
fn a_horizon_of_forty_years_is_refused_and_one_of_the_history_is_not() {
    let store = memory(&dataset(&lines(8, 3_000, 3, 8, 1_100)));
    let said = detail(
        &store,
        &follow(&store, "/v/sales/latest/forecast.json?horizon=40+years"),
        400,
    );
    assert!(
        said.contains("480 months") && said.contains("ask for at most"),
        "{said}"
    );
    let most: usize = said
        .rsplit(' ')
        .next()
        .expect("a number")
        .parse()
        .expect("a number");
    let fine = answer(
        &store,
        &public("sales"),
        &format!("/v/sales/latest/forecast.json?horizon={most}+months"),
    );
    assert_eq!(fine["forecast"].as_array().expect("steps").len(), most);
    let reply = call(
        &store,
        &public("sales"),
        "forecast_sales",
        &json!({"horizon": format!("{} months", most + 1)}),
    );
    assert!(mistake(&reply).contains("at most"), "{reply}");
}

fn follow(store: &impl RangeRead, target: &str) -> String {
    let response = get(store, &public("sales"), target);
    assert_eq!(response.status(), 307, "{target}: {}", text(&response));
    header(&response, "location").to_owned()
}

/// Daily rows of one product whose units are made by `of`, as a dataset by month.
fn monthly(values: &[i64]) -> MemoryStore {
    let mut source = String::from("date,operation,product_id,product_name,units\n");
    for (i, value) in values.iter().enumerate() {
        source += &format!(
            "{}-{:02}-28,Dallas,P1,Chips,{value}\n",
            2020 + i / 12,
            i % 12 + 1
        );
        source += &format!("{}-{:02}-01,Dallas,P1,Chips,0\n", 2020 + i / 12, i % 12 + 1);
    }
    memory(&ingest_csv_bytes(source.as_bytes(), "sales", NOW).expect("ingested"))
}

#[test]
fn two_points_are_forecast_without_pretence_or_refused() {
    for count in 1..=4 {
        let store = monthly(&[10, 12, 9, 11][..count]);
        let response = get(
            &store,
            &public("sales"),
            &follow(&store, "/v/sales/latest/forecast.json?horizon=2+months"),
        );
        let said = body(&response);
        match response.status().as_u16() {
            200 => {
                let steps = said["forecast"].as_array().expect("steps");
                assert_eq!(steps.len(), 2);
                for step in steps {
                    let value = |name: &str| step[name].as_f64().expect("a number");
                    assert!(
                        value("lower") <= value("estimate") && value("estimate") <= value("upper"),
                        "{step}"
                    );
                    assert!(value("estimate").abs() < 100.0, "{step}");
                }
                let notes = said["receipt"]["notes"].to_string();
                assert!(
                    notes.contains("short") || notes.contains("few") || notes.contains("history"),
                    "{count}: {notes}"
                );
            }
            status => {
                assert!(matches!(status, 400 | 422), "{said}");
                assert!(
                    said["detail"]
                        .as_str()
                        .is_some_and(|d| d.contains("history") || d.contains("points")),
                    "{count}: {said}"
                );
            }
        }
        // The ranking does not need a history.
        assert_eq!(
            answer(&store, &public("sales"), "/v/sales/latest/top.json")["rows"]
                .as_array()
                .expect("rows")
                .len(),
            1
        );
    }
}

#[test]
fn constant_and_all_zero_series_stay_what_they_are() {
    for value in [0, 7, -3] {
        for months in [12, 30, 40] {
            let store = monthly(&vec![value; months]);
            let target = "/v/sales/latest/forecast.json?horizon=6+months";
            let response = get(&store, &public("sales"), &follow(&store, target));
            let said = body(&response);
            if response.status() != 200 {
                assert_eq!(response.status(), 422, "{value} x {months}: {said}");
                continue;
            }
            let steps = said["forecast"].as_array().expect("steps");
            assert_eq!(steps.len(), 6, "{value} x {months}");
            for step in steps {
                assert_eq!(step["estimate"], value, "{value} x {months}: {step}");
                let of = |name: &str| step[name].as_i64().expect("whole");
                assert!(of("lower") <= value && value <= of("upper"), "{step}");
                assert!(
                    of("upper") - of("lower") <= 2,
                    "{value} x {months}: nothing ever varied: {step}"
                );
            }
            // The chart of it has no point that is not a number.
            let svg = get(
                &store,
                &public("sales"),
                &follow(&store, "/v/sales/latest/forecast.svg"),
            );
            assert_eq!(svg.status(), 200);
            assert!(
                !text(&svg).contains("NaN") && !text(&svg).contains("inf"),
                "{value} x {months}"
            );
        }
    }
}

#[test]
fn a_file_that_is_no_sales_history_is_refused_and_says_why() {
    for (source, needle) in [
        ("", "empty"),
        ("date,operation,units\n", "no row"),
        (
            "operation,product_id,product_name,units\nDallas,1,Chips,5\n",
            "date",
        ),
        (
            "date,operation,product_name\n2025-01-01,Dallas,Chips\n",
            "number",
        ),
        (
            "date,product_name,units\n2025-01-01,Chips,many\n",
            "no column of numbers",
        ),
        (
            "date,product_name,units\n2025-13-41,Chips,4\n",
            "2025-13-41",
        ),
    ] {
        let error = ingest_csv_bytes(source.as_bytes(), "sales", NOW).expect_err(source);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{source:?}: {error}");
        assert!(
            error.to_string().contains(needle),
            "{source:?}: {error} lacks {needle:?}"
        );
    }
}

/// A second version of the dataset, published after the first.
fn second(first: &Objects) -> (Objects, String) {
    let before: Pointer = serde_json::from_slice(&first["sales/current.json"]).expect("a pointer");
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
    let (key, bytes) =
        ingest::pointer_object(&built.pointer(Timestamp(NOW.0), Some(&before))).expect("a pointer");
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
    dataset(&lines(9, 1_400, 3, 560, 90))
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
        same > 500 && refused > 500,
        "{same} answered, {refused} refused"
    );
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
    assert!(said(manifest.replace("\"format\":1", "\"format\":2")).contains("layout 2"));
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
