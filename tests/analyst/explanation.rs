//! What an answer is made of: what was read, how long that took, the SQL that checks it. That the SQL says what the answer says
//! is tested by running it: `tests/eval`.

use nearcast::ingest::ingest_csv_bytes;
use nearcast::model::Timestamp;
use nearcast_native::stores::{DirectoryStore, MemoryStore, Store, TimeoutStore};
use nearcast_tests::asking::{answer, body, call, get, header, public, text};
use nearcast_tests::stores::CountingStore;
use serde_json::{Value, json};

use super::{list, sales};

/// Every kind of answer that links have.
const QUESTIONS: [&str; 13] = [
    "top.json?operation=a&n=3&measure=average_price",
    "top.json?by=category&period=2025-03-10..2025-11-20",
    "compare.json?a=2025-11&b=previous&by=product&limit=3",
    "trend.json?grain=week&period=2025-Q3&by=operation",
    "explain.json?a=2025-11&b=previous",
    "forecast.json?grain=month&horizon=2_months",
    "accuracy.json?grain=month",
    "scenario.json?planned=promotion:2026-06:%2B20%25",
    "target.json?target=%2B5%25&period=2026&by=operation",
    "anomalies.json?grain=month",
    "segments.json?segment=A",
    "describe.json?dimension=operation",
    "search.json?query=chips",
];

/// The link of a question with its version.
fn pinned(question: &str) -> String {
    let sales = sales();
    let target = format!("/v/sales/latest/{question}");
    let response = get(&sales.store, &sales.config, &target);
    assert_eq!(response.status(), 307, "{question}: {}", text(&response));
    header(&response, "location").to_owned()
}

#[test]
fn an_explanation_is_added_and_changes_nothing_else() {
    let sales = sales();
    for question in QUESTIONS {
        let link = pinned(question);
        let plain = answer(&sales.store, &sales.config, &link);
        let store = CountingStore::new(sales.store.clone());
        let response = get(&store, &sales.config, &format!("{link}&explain=true"));
        assert_eq!(response.status(), 200, "{question}: {}", text(&response));
        // Two such answers never took the same time.
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert_eq!(header(&response, "etag"), "");
        let mut said = body(&response);
        let explained = said["explain"].take();
        said.as_object_mut().expect("an object").remove("explain");
        assert_eq!(said, plain, "{question}");

        let rounds = store.take();
        let ranges: usize = rounds.iter().map(|round| round.specs.len()).sum();
        let bytes: u64 = rounds.iter().map(|round| round.bytes).sum();
        assert_eq!(explained["rounds"], rounds.len(), "{question}");
        assert_eq!(explained["ranges"], ranges, "{question}");
        assert_eq!(explained["bytes"], bytes, "{question}");
        let staged = list(&explained["stages"]).iter();
        let staged: u64 = staged.filter_map(|stage| stage["bytes"].as_u64()).sum();
        assert_eq!(staged, bytes, "{question}");
        let told = !list(&explained["sql"]).is_empty() || explained["beyond"].is_string();
        assert!(told, "{question}: {explained}");
        // This store lends no clock: nothing is made up.
        for stage in list(&explained["stages"]) {
            assert_eq!(stage["compute_ms"], Value::Null, "{question}");
        }
        assert!(
            explained["times"]
                .as_str()
                .expect("why")
                .contains("no clock")
        );
    }
}

#[test]
fn only_json_explains_and_only_true_or_false_ask_for_it() {
    let sales = sales();
    let link = pinned("top.json?n=3");
    for (target, why) in [
        (
            link.replace("top.json", "top.csv") + "&explain=true",
            "as .json",
        ),
        (
            link.replace("top.json", "top.svg") + "&explain=true",
            "as .json",
        ),
        (link.clone() + "&explain=maybe", "true or false"),
        (link.clone() + "&explain=true&explain=true", "2 times"),
    ] {
        let response = get(&sales.store, &sales.config, &target);
        assert_eq!(response.status(), 400, "{target}");
        assert!(
            text(&response).contains(why),
            "{target}: {}",
            text(&response)
        );
    }
    // Not to explain is what links do anyway, in one spelling.
    let response = get(
        &sales.store,
        &sales.config,
        &(link.clone() + "&explain=false"),
    );
    assert_eq!(header(&response, "location"), link);
}

#[test]
fn the_sql_has_resolved_names_and_absolute_days() {
    let sales = sales();
    let ask = |arguments: &Value| {
        let said = call(&sales.store, &sales.config, "top_n_products", arguments);
        said["result"].clone()
    };
    let said = ask(&json!({"explain": true, "n": 2, "period": "last month", "operation": "AUS"}));
    let explained = &said["structuredContent"]["explain"];
    let sql = explained["sql"][0]["query"].as_str().expect("SQL");
    assert!(
        sql.contains("BETWEEN DATE '2026-04-01' AND DATE '2026-04-30'"),
        "{sql}"
    );
    assert!(sql.contains("'Austin'") && !sql.contains("AUS"), "{sql}");
    let words = said["content"][0]["text"].as_str().expect("text");
    let (before, section) = words
        .split_once("\n### What was read\n")
        .expect("a section");
    assert!(
        section.contains("```sql\n") && section.contains(sql),
        "{section}"
    );
    let plain = ask(&json!({"n": 2, "period": "last month", "operation": "AUS"}));
    assert_eq!(plain["content"][0]["text"], before);
    assert_eq!(plain["structuredContent"]["explain"], Value::Null);
}

#[test]
fn the_sql_names_the_columns_of_the_source() {
    let csv = "Order Date,City,SKU,\"Item \"\"x\"\"\",Qty\n2026-01-05,Dallas,s1,Chips,3\n2026-01-06,Austin,s2,Nuts,4\n";
    let objects =
        ingest_csv_bytes(csv.as_bytes(), "odd", Timestamp(1_790_000_000)).expect("ingests");
    let store = MemoryStore::new(objects);
    let said = answer(
        &store,
        &public("odd"),
        "/v/odd/latest/describe.json?explain=true",
    );
    let sql = said["explain"]["sql"][0]["query"].as_str().expect("SQL");
    assert!(sql.contains("CAST(\"Order Date\" AS DATE)"), "{sql}");
    assert!(sql.contains("CAST(\"City\" AS VARCHAR)"), "{sql}");
}

#[test]
fn a_store_with_a_clock_tells_times() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("explanation");
    for (key, bytes) in nearcast_native::demo::objects() {
        let path = folder.join(key);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("writes");
    }
    let store = TimeoutStore::new(Store::Directory(
        DirectoryStore::new(folder).expect("a folder"),
    ));
    let said = answer(
        &store,
        &public("demo"),
        "/v/demo/latest/top.json?explain=true",
    );
    let explained = &said["explain"];
    let stages = list(&explained["stages"]);
    assert_eq!(stages[0]["stage"], "start");
    for stage in stages {
        assert!(
            stage["compute_ms"].as_f64().is_some_and(|ms| ms >= 0.0),
            "{stage}"
        );
        let is_read = stage.get("ranges").is_some();
        assert_eq!(stage["read_ms"].is_number(), is_read, "{stage}");
    }
    assert_eq!(explained["times"], Value::Null);
    let reads = list(&explained["reads"]);
    assert!(
        reads
            .iter()
            .any(|read| read["what"] == "sums" && read["rows"].as_u64() > Some(0)),
        "{reads:?}"
    );
}
