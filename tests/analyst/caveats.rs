//! What changes the meaning of a number is said before it, what is only worth knowing after it.

use nearcast::model::Timestamp;
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::{NOW, body, call, public, send_at, tool_request};
use serde_json::{Value, json};

use super::sales;

fn text(tool: &str, arguments: &Value) -> String {
    let sales = sales();
    let reply = call(&sales.store, &sales.config, tool, arguments);
    let text = &reply["result"]["content"][0]["text"];
    assert_ne!(reply["result"]["isError"], true, "{text}");
    text.as_str().expect("text").to_owned()
}

/// The lines before the headline, and those after it.
fn parted(text: &str) -> (Vec<&str>, Vec<&str>) {
    let headline = text.lines().position(|line| line.starts_with("**"));
    let at = headline.unwrap_or_else(|| panic!("no headline: {text}"));
    let lines: Vec<&str> = text.lines().collect();
    (lines[..at].to_vec(), lines[at..].to_vec())
}

#[test]
fn each_kind_of_caveat_comes_before_the_numbers() {
    for (tool, arguments, part) in [
        // The period is not over.
        (
            "compare_periods",
            json!({"a": "this month"}),
            "first 2 days are compared",
        ),
        (
            "sales_trend",
            json!({"period": "2026-03..2026-05"}),
            "is only partly covered",
        ),
        (
            "sales_trend",
            json!({}),
            "the month from 2026-05-01 is not complete",
        ),
        ("forecast_sales", json!({}), "had not ended on 2026-05-02"),
        (
            "segment_products",
            json!({"period": "2025-01-15..2025-04-14"}),
            "is taken as",
        ),
        // One name stands for several.
        (
            "top_n_products",
            json!({"operation": "a"}),
            "operations, added together",
        ),
        // Too little to test a forecast on.
        (
            "forecast_sales",
            json!({"period": "2026-01..2026-04"}),
            "too few to test",
        ),
        // What nobody knows.
        (
            "scenario",
            json!({"planned": ["fair:2026-07:+10%"]}),
            "assumed, not learnt",
        ),
    ] {
        let text = text(tool, &arguments);
        let (before, after) = parted(&text);
        let said = before
            .iter()
            .any(|l| l.starts_with("> ") && l.contains(part));
        assert!(said, "{tool} {arguments}: {text}");
        assert!(
            !after.iter().any(|line| line.contains(part)),
            "said twice: {text}"
        );
    }
}

#[test]
fn what_is_worth_knowing_comes_after_them() {
    let text = text(
        "forecast_sales",
        &json!({"by": "operation", "period": "2023-12..2026-04"}),
    );
    let (before, after) = parted(&text);
    assert!(
        !before.iter().any(|l| l.contains("reconciled by")),
        "{text}"
    );
    let at = after
        .iter()
        .position(|l| l.starts_with("- ") && l.contains("reconciled by"));
    let table = after.iter().rposition(|l| l.starts_with('|'));
    assert!(at > table && table.is_some(), "{text}");
}

#[test]
fn a_period_that_is_taken_as_it_is_is_said_once() {
    let text = text(
        "compare_periods",
        &json!({"a": "this month", "b": "previous", "incomplete": true}),
    );
    let (before, _) = parted(&text);
    let said = before.iter().filter(|line| line.contains("reach from"));
    assert_eq!(said.count(), 1, "{text}");
}

#[test]
fn nothing_at_all_is_said_first_and_alone() {
    let csv = "date,operation,region,product_id,product_name,units\n\
        2026-01-02,Austin,Texas,P1,Tea,1\n2026-01-03,Reno,Nevada,P2,Cake,2\n";
    let objects = nearcast::ingest::ingest_csv_bytes(csv.as_bytes(), "sales", NOW).expect("rows");
    let (store, config) = (MemoryStore::new(objects), public("sales"));
    let arguments = json!({"operation": "Austin", "filters": {"region": ["Nevada"]}});
    let reply = call(&store, &config, "top_n_products", &arguments);
    let text = reply["result"]["content"][0]["text"]
        .as_str()
        .expect("text");
    let (before, after) = parted(text);
    assert!(before[0].contains("no row passes all filters"), "{text}");
    assert!(
        after[0].starts_with("**Nothing to rank by units**"),
        "{text}"
    );
}

#[test]
fn old_data_say_so_first() {
    let sales = sales();
    let told = |days: i64| {
        // The data end on 2026-05-02.
        let now = Timestamp(1_777_680_000 + days * 86_400);
        let request = tool_request("top_n_products", &json!({"n": 1}));
        let reply = body(&send_at(&sales.store, &sales.config, request, now).response);
        reply["result"]["content"][0]["text"]
            .as_str()
            .expect("text")
            .to_owned()
    };
    let (fresh, old) = (told(3), told(60));
    assert!(fresh.contains("data to 2026-05-02 (3 days old)"), "{fresh}");
    assert!(!fresh.contains("are counted from that day"), "{fresh}");
    let (before, after) = parted(&old);
    assert!(
        before
            .iter()
            .any(|l| l.contains("the data end on 2026-05-02, 60 days ago")),
        "{old}"
    );
    assert!(!after.iter().any(|l| l.contains("days old")), "{old}");
}
