//! Forecasts by a dimension: what is shown adds up to the digit, and says how it was made to.

use std::collections::BTreeMap;

use nearcast::limits::HIERARCHY_NODES_MAX;
use nearcast_native::demo;
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::{answer, call, get, public, text};
use nearcast_tests::sales::{dataset, lines};
use serde_json::{Value, json};

/// A shown number in its smallest unit.
fn scaled(value: &Value, scale: i32) -> i64 {
    let number = value.as_f64().expect("a number") * 10_f64.powi(scale);
    assert!((number - number.round()).abs() < 1e-3, "{value}");
    format!("{number:.0}").parse().expect("whole")
}

fn list(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no list: {value}"))
}

/// Every node is the sum of its children at every step and in sum, the total is the forecast, and intervals hold it.
fn assert_adds_up(said: &Value) {
    let scale = said["receipt"]["measure"]["scale"]
        .as_i64()
        .expect("a scale");
    let scale = i32::try_from(scale).expect("small");
    let nodes = list(&said["parts"]["nodes"]);
    let of = |node: &Value| -> Vec<i64> {
        let mut row: Vec<i64> = list(&node["estimates"])
            .iter()
            .map(|v| scaled(v, scale))
            .collect();
        assert_eq!(row.iter().sum::<i64>(), scaled(&node["sum"], scale));
        row.push(scaled(&node["sum"], scale));
        row
    };
    let total = of(&nodes[0]);
    let steps = list(&said["forecast"]);
    assert_eq!(total.len(), steps.len() + 1);
    for (value, step) in total.iter().zip(steps) {
        assert_eq!(*value, scaled(&step["estimate"], scale));
    }
    let by = &said["parts"]["by"];
    let mut sums: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for node in &nodes[1..] {
        let parent = node["parent"].as_str().unwrap_or("");
        let sum = sums.entry(parent).or_insert_with(|| vec![0; total.len()]);
        for (sum, value) in sum.iter_mut().zip(of(node)) {
            *sum += value;
        }
        for (band, ends) in list(&node["bands"]).iter().zip(list(&node["sum_bands"])) {
            let inside = list(&band["lower"])
                .iter()
                .zip(list(&node["estimates"]))
                .zip(list(&band["upper"]));
            for ((lower, value), upper) in inside {
                let (lower, value) = (scaled(lower, scale), scaled(value, scale));
                assert!(lower <= value && value <= scaled(upper, scale));
            }
            let sum = scaled(&node["sum"], scale);
            assert!(scaled(&ends["lower"], scale) <= sum && sum <= scaled(&ends["upper"], scale));
        }
    }
    assert_eq!(sums.remove(""), Some(total));
    for node in nodes[1..].iter().filter(|node| node["level"] != *by) {
        let name = node["name"].as_str().expect("a name");
        assert_eq!(sums.remove(name), Some(of(node)), "{name}");
    }
    assert!(sums.is_empty(), "{sums:?}");
}

#[test]
fn parts_of_the_demo_add_up_as_they_are_shown() {
    let store = MemoryStore::new(demo::objects());
    let config = public("demo");
    for target in [
        "by=product",
        "by=product&measure=revenue&horizon=next_quarter",
        "by=category&grain=week&horizon=8+weeks&measure=revenue",
        "by=operation&grain=quarter&horizon=4+quarters&start_date=2027-04-01",
        "by=product&operation=dallas&grain=day&horizon=14+days&levels=50,90&period=2025-11-15..2026-09-20",
        "by=channel&model=theta&include_history=false",
    ] {
        let link = format!("/v/demo/latest/forecast.json?{target}");
        let said = answer(&store, &config, &follow(&store, &link));
        assert_adds_up(&said);
        let notes = said["receipt"]["notes"].to_string();
        assert!(notes.contains("reconciled by WLS"), "{target}: {notes}");
        assert_eq!(
            said["receipt"]["rows"].as_u64().expect("a count"),
            (list(&said["history"]).len()
                + list(&said["parts"]["nodes"]).len() * list(&said["forecast"]).len())
                as u64
        );
    }
}

#[test]
fn the_whole_is_learnt_from_the_same_history_as_without_parts() {
    let lines = lines(11, 6_000, 6, 30, 900);
    let store = MemoryStore::new(dataset(&lines));
    let config = public("sales");
    for period in ["", "&period=2024-02-10..2025-05-20", "&filter.region=texas"] {
        for grain in ["month", "week"] {
            let ask = |by: &str| {
                let link = format!(
                    "/v/sales/latest/forecast.json?grain={grain}&horizon=3+{grain}s{period}{by}"
                );
                answer(&store, &config, &follow(&store, &link))
            };
            let (whole, split) = (ask(""), ask("&by=product"));
            assert_eq!(whole["history"], split["history"], "{period} {grain}");
            assert_eq!(whole["partial"], split["partial"]);
            assert_adds_up(&split);
            assert_eq!(split["parts"]["parent"], "category");
            let region = ask("&by=region");
            assert_eq!(whole["history"], region["history"], "{period} {grain}");
            assert_adds_up(&region);
        }
    }
}

#[test]
fn more_values_than_there_is_room_for_are_added_together_and_counted() {
    let lines = lines(5, 20_000, 3, 260, 500);
    let store = MemoryStore::new(dataset(&lines));
    let link = "/v/sales/latest/forecast.json?by=product&horizon=3+months";
    let said = answer(&store, &public("sales"), &follow(&store, link));
    assert_adds_up(&said);
    let nodes = list(&said["parts"]["nodes"]);
    assert!(nodes.len() <= HIERARCHY_NODES_MAX && nodes.len() > HIERARCHY_NODES_MAX / 2);
    let alone = nodes
        .iter()
        .filter(|n| n["level"] == "product" && n["added_together"].is_null())
        .count() as u64;
    let together: u64 = nodes
        .iter()
        .filter_map(|n| n["added_together"].as_u64())
        .sum();
    let sold = answer(
        &store,
        &public("sales"),
        &follow(&store, "/v/sales/latest/top.json?n=1"),
    );
    assert_eq!(sold["receipt"]["rows_total"], alone + together);
    let notes = said["receipt"]["notes"].to_string();
    assert!(
        notes.contains(&format!("the other {together} are added together")),
        "{notes}"
    );
}

#[test]
fn text_and_sheet_say_the_same() {
    let store = MemoryStore::new(demo::objects());
    let config = public("demo");
    let reply = call(
        &store,
        &config,
        "forecast_sales",
        &json!({"by": "Category", "horizon": "3 months"}),
    );
    let result = &reply["result"];
    let said = &result["structuredContent"];
    assert_adds_up(said);
    let text_of = result["content"][0]["text"].as_str().expect("text");
    assert!(
        text_of.contains("| Category | 3 steps together |"),
        "{text_of}"
    );
    let nodes = list(&said["parts"]["nodes"]);
    for node in nodes {
        let name = node["name"].as_str().expect("a name");
        assert!(
            text_of.contains(&name.replace("&", "&amp;")),
            "{name}: {text_of}"
        );
    }
    let link = said["receipt"]["links"]["csv"].as_str().expect("a link");
    let sheet = text(&get(&store, &config, link));
    let rows: Vec<Vec<&str>> = sheet
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(
        rows[0][..6],
        ["date", "kind", "level", "id", "name", "parent"]
    );
    let forecasts = rows.iter().filter(|row| row[1] == "forecast");
    assert_eq!(forecasts.count(), nodes.len() * 3);
    let first = list(&nodes[1]["estimates"])[0].to_string();
    let found = rows
        .iter()
        .find(|row| row[1] == "forecast" && row[2] == "category");
    assert_eq!(found.expect("a row")[6], first);
}

#[test]
fn what_cannot_be_split_is_refused() {
    let store = MemoryStore::new(demo::objects());
    let config = public("demo");
    for (query, status, needle) in [
        ("by=shelf", 404, "no dimension"),
        ("by=", 400, "empty"),
        ("by=product&by=region", 400, "2 times"),
        (
            "by=product&measure=average+price",
            400,
            "only what adds up is forecast",
        ),
    ] {
        let response = get(
            &store,
            &config,
            &format!("/v/demo/latest/forecast.json?{query}"),
        );
        let response = match response.status().as_u16() {
            302 | 307 | 308 => get(
                &store,
                &config,
                nearcast_tests::asking::header(&response, "location"),
            ),
            _ => response,
        };
        assert_eq!(response.status(), status, "{query}: {}", text(&response));
        assert!(
            text(&response).contains(needle),
            "{query}: {}",
            text(&response)
        );
    }
}

/// The pinned link that a link leads to.
fn follow(store: &MemoryStore, target: &str) -> String {
    let dataset = target.split('/').nth(2).expect("a dataset");
    let response = get(store, &public(dataset), target);
    nearcast_tests::asking::header(&response, "location").to_owned()
}
