//! Plans for the steps to come: what the history teaches of them, what is assumed, and how either is said.

use std::fmt::Write as _;

use bytes::Bytes;
use nearcast::ingest::{Config, ingest_csv, pointer_object};
use nearcast::model::{DatasetId, Day, Timestamp};
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::{answer, call, get, public, text};
use nearcast_tests::stores::Objects;
use serde_json::{Value, json};

/// Two years of days that sell 400 at 5.00 and 40 % more at 4.00, which they cost now and then for a week.
fn source() -> String {
    let mut csv = String::from("date,city,units,revenue\n");
    let first = Day::parse("2024-01-01").expect("a day");
    for offset in 0..730_i32 {
        let day = first.plus(offset);
        let cheap = (20..27).contains(&(offset % 61));
        let noise = (offset * 37 % 23) - 11;
        for (city, part) in [("Dallas", 3), ("Austin", 2)] {
            let usual = 80 * part + part * noise / 2;
            let units = if cheap { usual * 7 / 5 } else { usual };
            let cents = units * if cheap { 400 } else { 500 };
            let _ = writeln!(
                csv,
                "{day},{city},{units},{}.{:02}",
                cents / 100,
                cents % 100
            );
        }
    }
    csv
}

fn objects(toml: &str) -> nearcast::Result<Objects> {
    let config = Config::parse(toml, "dataset.toml")?;
    let dataset = DatasetId::new("sales")?;
    let built = ingest_csv(source().as_bytes(), "sales.csv", &dataset, &config, None)?;
    let mut objects: Objects = built.objects()?;
    let pointer = built.pointer(Timestamp(1_790_000_000), None);
    let (key, bytes): (String, Bytes) = pointer_object(&pointer, &built.attachments)?;
    objects.insert(key, bytes);
    Ok(objects)
}

fn ask(store: &MemoryStore, arguments: &str) -> Value {
    let link = format!(
        "/v/sales/latest/forecast.json?grain=day&horizon=14+days&include_history=false{arguments}"
    );
    answer(store, &public("sales"), &link)
}

fn estimates(said: &Value) -> Vec<f64> {
    let steps = said["forecast"].as_array().expect("steps");
    let each = steps
        .iter()
        .map(|s| s["estimate"].as_f64().expect("a number"));
    each.collect()
}

fn sum(said: &Value, from: usize, to: usize) -> f64 {
    estimates(said)[from..to].iter().sum()
}

fn notes(said: &Value) -> String {
    said["receipt"]["notes"].to_string()
}

#[test]
fn a_planned_price_does_what_it_did_in_the_history() {
    let store = MemoryStore::new(objects("").expect("ingested"));
    let base = ask(&store, "");
    // The data end on 2025-12-30; the second week of the horizon is cheap.
    let cheap = ask(&store, "&planned=average_price:2026-01-07..2026-01-13:4.00");
    assert_eq!(
        cheap["planned"],
        json!([{
            "name": "average_price", "period": "2026-01-07..2026-01-13", "effect": "learnt", "steps": 7, "from": "question",
            "value": 4.0, "unit": "USD",
        }])
    );
    let week = sum(&cheap, 7, 14) / sum(&base, 7, 14);
    assert!((1.30..1.50).contains(&week), "{week}");
    let before = sum(&cheap, 0, 7) / sum(&base, 0, 7);
    assert!((0.97..1.03).contains(&before), "{before}");
    let effect = &cheap["effects"][0];
    assert_eq!(effect["name"], "average_price");
    // 40 % more for one less.
    let share = effect["share"].as_f64().expect("a share");
    assert!((-0.45..-0.33).contains(&share), "{share}");
    assert!(
        notes(&cheap).contains("each unit more of average_price"),
        "{}",
        notes(&cheap)
    );
    // Of one city, by another name of the price, and through MCP.
    let told = call(
        &store,
        &public("sales"),
        "forecast_sales",
        &json!({
        "operation": "Dallas", "grain": "day", "horizon": "14 days", "include_history": false,
        "planned": ["price:2026-01-07..2026-01-13:4"]}),
    );
    let told = &told["result"]["structuredContent"];
    assert_eq!(told["planned"][0]["effect"], "learnt", "{told}");
    let usual = ask(&store, "&operation=dallas");
    let week = sum(told, 7, 14) / sum(&usual, 7, 14);
    assert!((1.30..1.50).contains(&week), "{week}");
}

#[test]
fn what_the_history_cannot_teach_is_assumed_and_labelled_so() {
    let store = MemoryStore::new(objects("").expect("ingested"));
    let base = ask(&store, "&measure=revenue");
    let fair = ask(
        &store,
        "&measure=revenue&planned=Fair:2026-01-02..2026-01-03:%2B25%25",
    );
    let rows = base["forecast"].as_array().expect("steps");
    for (at, (was, is)) in rows
        .iter()
        .zip(fair["forecast"].as_array().expect("steps"))
        .enumerate()
    {
        let factor = if (2..4).contains(&at) { 1.25 } else { 1.0 };
        for end in ["estimate", "lower", "upper"] {
            let (was, is) = (
                was[end].as_f64().expect("a number"),
                is[end].as_f64().expect("a number"),
            );
            assert!((was * factor - is).abs() < 0.02, "{at} {end}: {was} {is}");
        }
    }
    assert_eq!(fair["planned"][0]["effect"], "assumed");
    assert_eq!(fair["planned"][0]["change"], json!(0.25));
    let said = "assumed, not learnt from the history: Fair +25% in 2026-01-02..2026-01-03 (2 of 14 days are changed)";
    assert!(notes(&fair).contains(said), "{}", notes(&fair));
    // A part of a month changes it by as much of it; the text says the assumption too.
    let told = call(
        &store,
        &public("sales"),
        "forecast_sales",
        &json!({
        "horizon": "2 months", "planned": "Fair:2026-01-01..2026-01-10:-50%"}),
    );
    let content = told["result"]["content"][0]["text"].as_str().expect("text");
    assert!(content.contains("assumed, not learnt"), "{content}");
    // A price that hardly ever moved teaches nothing, and changes nothing.
    let quiet = ask(
        &store,
        "&period=2025-09-29..2025-11-20&planned=average_price:2025-11:4",
    );
    assert_eq!(quiet["planned"][0]["effect"], "unknown");
    assert!(
        notes(&quiet).contains("write it as average_price:2025-11:+5%"),
        "{}",
        notes(&quiet)
    );
}

#[test]
fn plans_of_the_dataset_are_made_without_being_asked_for() {
    let with = objects(
        "[calendar]\nplanned = [\"average_price:2026-01-07..2026-01-13:4.00\", \"fair:2026-01-02:+50%\", \"units:2026-01:9\"]\n",
    );
    let store = MemoryStore::new(with.expect("ingested"));
    let plain = MemoryStore::new(objects("").expect("ingested"));
    let (base, said) = (ask(&plain, ""), ask(&store, ""));
    let week = sum(&said, 7, 14) / sum(&base, 7, 14);
    assert!((1.30..1.50).contains(&week), "{week}");
    let fair = estimates(&said)[2] / estimates(&base)[2];
    assert!((1.45..1.55).contains(&fair), "{fair}");
    let from: Vec<&Value> = said["planned"]
        .as_array()
        .expect("plans")
        .iter()
        .map(|p| &p["from"])
        .collect();
    assert_eq!(from, ["dataset", "dataset"]);
    // A question's own value comes instead of the dataset's.
    let dear = ask(&store, "&planned=average_price:2026-01-07..2026-01-13:5.00");
    let week = sum(&dear, 7, 14) / sum(&base, 7, 14);
    assert!((0.95..1.05).contains(&week), "{week}");
    let by = ask(&store, "&by=operation");
    assert_eq!(by["planned"], Value::Null);
}

#[test]
fn plans_that_cannot_be_used_say_what_to_change() {
    let store = MemoryStore::new(objects("").expect("ingested"));
    for (arguments, needle) in [
        ("planned=prise:2026-01:4", "needs a measure of the data"),
        ("planned=units:2026-01:4", "is what is forecast"),
        (
            "planned=average_price:2027:4",
            "outside of the steps that are forecast",
        ),
        (
            "planned=fair:2024:%2B5%25",
            "outside of the steps that are forecast",
        ),
        (
            "planned=fair:2026-01:%2B5%25&by=operation",
            "leave out either planned or by",
        ),
        ("planned=fair:2026-01:5%25", "with its sign"),
        ("planned=fair", "is not a plan"),
    ] {
        let link = format!("/v/sales/latest/forecast.json?{arguments}");
        let mut response = get(&store, &public("sales"), &link);
        if response.status() == 307 {
            let to = response.headers()["location"]
                .to_str()
                .expect("a link")
                .to_owned();
            response = get(&store, &public("sales"), &to);
        }
        assert!(response.status().is_client_error(), "{arguments}");
        assert!(
            text(&response).contains(needle),
            "{arguments}: {}",
            text(&response)
        );
    }
    let error =
        objects("[calendar]\nplanned = [\"prise:2026-01:4\"]\n").expect_err("no such measure");
    assert!(
        error.to_string().contains("no measure \"prise\""),
        "{error}"
    );
    let error = objects("[calendar]\nplanned = [\"price\"]\n").expect_err("no plan");
    assert!(error.to_string().contains("is not a plan"), "{error}");
}
