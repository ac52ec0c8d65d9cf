//! Real questions on the demo, through the door that hosts use: what is presented fits the schemas that clients were told.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::wire::{call, calls, exchange, json, modern, nobody};
use nearcast::app::{self, RequestContext};
use nearcast::auth::KeySet;
use nearcast::config::{Config, PublicDatasets};
use nearcast::engine::Memory;
use nearcast::model::dataset::Timestamp;
use nearcast_native::demo;
use nearcast_native::stores::MemoryStore;
use nearcast_tests::fit::misfit;
use serde_json::{Value, json};

/// What `quality` says beyond what the schema declares: facts to read, which the list of tools does not spend tokens on.
const QUALITY_FACTS: [&str; 9] = [
    "closed_days",
    "closed_weekdays",
    "fields_empty",
    "last_month_complete",
    "rows_duplicate",
    "rows_negative",
    "rows_read",
    "rows_used",
    "returns_ppm",
];

/// The result of a call, over all of the demo.
fn result(tool: &str, arguments: &Value) -> Value {
    let store = MemoryStore::new(demo::objects());
    let context = RequestContext {
        // 2026-10-01T12:00:00Z
        now: Timestamp(1_790_856_000),
        keys: KeySet::default(),
        request_id: "test".into(),
        memory: Memory::default(),
    };
    let config = Config {
        public_datasets: PublicDatasets::All,
        ..Config::default()
    };
    let request = call(tool, arguments);
    let answering = pin!(app::respond(request, &context, &config, &store));
    let Poll::Ready(outcome) = answering.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("objects in memory are there at once");
    };
    assert_eq!(outcome.response.status(), 200, "{tool} {arguments}");
    json(&outcome.response)["result"].take()
}

#[test]
fn real_answers_fit_the_output_schemas() {
    let listed = json(&exchange(&modern("tools/list", "", json!({})), nobody));
    let questions = [
        ("top_n_products", json!({"n": 5, "operation": "Dallas"})),
        (
            "top_n_products",
            json!({"measure": "revenue", "by": "category", "order": "asc", "period": "2025-Q3"}),
        ),
        (
            "top_n_products",
            json!({"n": 1000, "filters": {"operation": ["Austin"]}, "period": "2026-06"}),
        ),
        (
            "compare_periods",
            json!({"a": "2026-Q3", "by": "operation", "measure": "revenue"}),
        ),
        ("compare_periods", json!({"a": "MTD", "b": "previous"})),
        (
            "explain_change",
            json!({"a": "2026-09", "measure": "revenue"}),
        ),
        (
            "explain_change",
            json!({"a": "2026-Q3", "b": "year_before", "operation": "Dallas"}),
        ),
        (
            "scenario",
            json!({"planned": ["promotion:2026-11:+20%", "price:2026-12:2.5"], "horizon": "4 months"}),
        ),
        (
            "track_target",
            json!({"target": "+5%", "period": "2026-Q4", "by": "operation"}),
        ),
        (
            "track_target",
            json!({"target": 100000, "period": "2026-10"}),
        ),
        ("sales_trend", json!({"decompose": true, "period": "2025"})),
        (
            "sales_trend",
            json!({"grain": "week", "period": "last 8 weeks", "rolling": 4, "profile": "weekday", "by": "category"}),
        ),
        ("find_anomalies", json!({})),
        (
            "find_anomalies",
            json!({"grain": "week", "by": "operation", "measure": "revenue", "period": "2026"}),
        ),
        (
            "find_anomalies",
            json!({"operation": "Dallas", "kinds": ["stock_out", "low"], "by": "product"}),
        ),
        ("segment_products", json!({})),
        (
            "segment_products",
            json!({"detail": "brief", "segment": "falling"}),
        ),
        (
            "find_anomalies",
            json!({"detail": "brief", "by": "operation"}),
        ),
        (
            "segment_products",
            json!({"segment": "rising", "measure": "revenue", "operation": "Dallas"}),
        ),
        (
            "segment_products",
            json!({"by": "operation", "period": "2026-Q2"}),
        ),
        ("forecast_sales", json!({"by": "category"})),
        ("forecast_sales", json!({"operation": "Dallas"})),
        (
            "forecast_sales",
            json!({"measure": "revenue", "grain": "week", "horizon": "next_quarter", "levels": [50]}),
        ),
        (
            "forecast_sales",
            json!({"grain": "quarter", "include_history": false, "model": "ets"}),
        ),
        (
            "forecast_sales",
            json!({"grain": "day", "horizon": "14 days", "start_date": "2026-09-01", "model": "seasonal_naive"}),
        ),
        (
            "forecast_sales",
            json!({"period": "2026-03-01..2026-09-15", "grain": "month"}),
        ),
        ("forecast_accuracy", json!({"period": "2026-Q3"})),
        (
            "forecast_accuracy",
            json!({"operation": "Dallas", "grain": "week", "levels": [50, 90]}),
        ),
        (
            "forecast_accuracy",
            json!({"measure": "revenue", "model": "ets", "grain": "quarter"}),
        ),
        ("describe_data", json!({})),
        (
            "describe_data",
            json!({"dimension": "product", "contains": "cola", "limit": 3}),
        ),
        ("describe_data", json!({"dimension": "operation"})),
    ];
    for (tool, arguments) in questions {
        let schema = listed["result"]["tools"]
            .as_array()
            .and_then(|tools| tools.iter().find(|listed| listed["name"] == tool))
            .map(|listed| &listed["outputSchema"])
            .expect("listed");
        let result = result(tool, &arguments);
        assert_ne!(result["isError"], true, "{tool} {arguments}: {result}");
        let answer = &result["structuredContent"];
        assert_eq!(misfit(schema, answer), None, "{tool} {arguments}");
        let mut undeclared = undeclared(schema, answer);
        undeclared.retain(|name| !QUALITY_FACTS.contains(&name.as_str()));
        assert!(undeclared.is_empty(), "{tool} {arguments}: {undeclared:?}");
    }
}

/// The fields that the schema does not declare: a client that goes by it does not know of them.
fn undeclared(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let (Some(declared), Some(fields)) = (
        schema.get("properties").and_then(Value::as_object),
        value.as_object(),
    ) {
        for (name, field) in fields {
            match declared.get(name) {
                Some(schema) => found.extend(undeclared(schema, field)),
                None => found.push(name.clone()),
            }
        }
    }
    if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
        found.extend(values.iter().flat_map(|value| undeclared(items, value)));
    }
    found
}

#[test]
fn every_call_that_a_prompt_names_is_answered() {
    for name in [
        "explain_drop",
        "forecast_review",
        "morning_brief",
        "weekly_review",
    ] {
        for arguments in [
            json!({}),
            json!({"operation": "Dallas", "measure": "revenue"}),
        ] {
            let params = json!({"name": name, "arguments": arguments});
            let reply = json(&exchange(&modern("prompts/get", name, params), nobody));
            let text = &reply["result"]["messages"][0]["content"]["text"];
            let calls = calls(text.as_str().expect("text"));
            assert!(!calls.is_empty(), "{name}");
            for (tool, arguments) in calls {
                let result = result(&tool, &arguments);
                assert_ne!(
                    result["isError"], true,
                    "{name}: {tool} {arguments}: {result}"
                );
            }
        }
    }
}

#[test]
fn values_are_found_whatever_the_accents() {
    for contains in ["senor", "SEÑOR", "sku-0021"] {
        let arguments = json!({"dimension": "product", "contains": contains});
        let result = result("describe_data", &arguments);
        let rows = &result["structuredContent"]["values"]["rows"];
        let named = |row: &Value| {
            row["name"]
                .as_str()
                .is_some_and(|n| n.starts_with("Señor Lima"))
        };
        assert!(
            rows.as_array().is_some_and(|rows| rows.iter().any(named)),
            "{contains}: {rows}"
        );
    }
}

#[test]
fn the_first_of_dallas_is_the_cola() {
    let result = result("top_n_products", &json!({"n": 5, "operation": "Dallas"}));
    let answer = &result["structuredContent"];
    assert_eq!(answer["rows"][0]["name"], "Bright Fizz Cola 355 ml");
    assert_eq!(answer["rows"].as_array().map(Vec::len), Some(5));
}

#[test]
fn what_nobody_could_have_expected_comes_before_holidays() {
    let result = result("find_anomalies", &json!({"limit": 200}));
    let answer = &result["structuredContent"];
    let findings = answer["findings"].as_array().expect("a list");
    let usual: Vec<bool> = findings.iter().map(|f| f["usual"] == true).collect();
    assert!(usual.is_sorted(), "{usual:?}");
    let count = usual.iter().filter(|usual| **usual).count();
    assert_eq!(answer["usual"], count);
    assert!(0 < count && count < findings.len(), "{count}");
    let find = |day: &str| {
        let found = findings.iter().find(|f| f["from"] == day);
        found.unwrap_or_else(|| panic!("nothing on {day}: {findings:#?}"))
    };
    // Every year, and so is what follows.
    for (day, known) in [
        ("2025-12-25", "Christmas Day"),
        ("2025-12-26", "day after Christmas Day"),
    ] {
        assert_eq!(find(day)["known"], known);
        assert_eq!(find(day)["usual"], true);
    }
    let gap = find("2025-03-10");
    assert_eq!(
        (&gap["kind"], &gap["known"], &gap["usual"]),
        (
            &"stock_out".into(),
            &"no rows in the source".into(),
            &Value::Null
        )
    );
    assert_eq!(gap["actual"], 0);
}

#[test]
fn what_cannot_be_answered_says_what_to_change_and_carries_no_data() {
    for (tool, arguments, remedy) in [
        (
            "forecast_sales",
            json!({"operation": "Dalas"}),
            "did you mean \"Dallas\"",
        ),
        ("top_n_products", json!({"measure": "profits"}), "revenue"),
        ("top_n_products", json!({"dataset": "dmo"}), "dmo"),
        ("describe_data", json!({"dimension": "produkt"}), "product"),
    ] {
        let result = result(tool, &arguments);
        assert_eq!(result["isError"], true, "{tool} {arguments}: {result}");
        assert!(result.get("structuredContent").is_none(), "{result}");
        let text = result["content"][0]["text"].as_str().expect("text");
        assert!(text.contains(remedy), "{tool} {arguments}: {text}");
    }
}
