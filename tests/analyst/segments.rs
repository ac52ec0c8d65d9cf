//! The portfolio in classes.

use std::collections::BTreeMap;

use nearcast::model::calendar::Grain;
use nearcast_tests::sales::series;
use serde_json::Value;

use super::{list, sales, scaled};

/// A sum of a product's lines in the months of a series.
fn months(measure: &str, product: &str, from: &str, to: &str) -> Vec<i64> {
    let sales = sales();
    let sums = series(&sales.lines, Grain::Month, measure, |l| {
        l.product == product
    });
    let day = |text: &str| nearcast::model::Day::parse(text).expect("a day");
    let mut month = day(from);
    let mut values = Vec::new();
    while month <= day(to) {
        values.push(sums.get(&month).copied().unwrap_or(0));
        month = Grain::Month.step(month, 1);
    }
    values
}

#[test]
fn classes_are_those_of_the_plain_sums() {
    let sales = sales();
    for (measure, scale) in [("units", 0), ("revenue", 2)] {
        let said = sales.ask(&format!("segments.json?measure={measure}&limit=1000"));
        // The data begin in the middle of a month and end in one.
        assert_eq!(said["receipt"]["period"]["from"], "2025-05-01");
        assert_eq!(said["receipt"]["period"]["to"], "2026-04-30");
        assert_eq!(said["months"]["from"], "2024-05-01");
        let rows = list(&said["rows"]);
        assert_eq!(rows.len(), 30);
        let total: i64 = rows.iter().map(|r| scaled(&r["value"], scale).max(0)).sum();
        assert_eq!(
            scaled(&said["total"], scale),
            sales.sum(measure, "2025-05-01", "2026-04-30", |_| true)
        );
        let (mut before, mut last) = (0, i64::MAX);
        let mut cells: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
        for row in rows {
            let name = row["name"].as_str().expect("a name");
            let value = scaled(&row["value"], scale);
            let wanted = sales.sum(measure, "2025-05-01", "2026-04-30", |l| l.product == name);
            assert_eq!(value, wanted, "{name}");
            assert!(value <= last);
            last = value;
            let abc = match (value > 0, 100 * before) {
                (true, b) if b < 80 * total => "A",
                (true, b) if b < 95 * total => "B",
                _ => "C",
            };
            assert_eq!(row["abc"], abc, "{name}");
            before += value.max(0);
            let values = months(measure, name, "2024-05-01", "2026-04-01");
            let first = values.iter().position(|v| *v > 0).expect("a sale");
            let possible: Vec<f64> = values[first..].iter().map(|v| *v as f64).collect();
            let n = possible.len() as f64;
            let mean = possible.iter().sum::<f64>() / n;
            let variance = possible.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let cv = variance.sqrt() / mean;
            assert!(
                (row["cv"].as_f64().expect("a number") - cv).abs() < 1e-4,
                "{row}"
            );
            let xyz = if cv < 0.5 {
                "X"
            } else if cv < 1.0 {
                "Y"
            } else {
                "Z"
            };
            assert_eq!(row["xyz"], xyz, "{name}");
            let cell = cells.entry((abc.into(), xyz.into())).or_default();
            *cell = (cell.0 + 1, cell.1 + value);
        }
        let told: BTreeMap<(String, String), (i64, i64)> = list(&said["cells"])
            .iter()
            .map(|cell| {
                let name = |key: &str| cell[key].as_str().expect("a class").to_owned();
                let count = cell["count"].as_i64().expect("a count");
                (
                    (name("abc"), name("xyz")),
                    (count, scaled(&cell["sum"], scale)),
                )
            })
            .collect();
        assert_eq!(told, cells);
    }
}

#[test]
fn a_class_alone_lists_all_of_its_own() {
    let sales = sales();
    let all = sales.ask("segments.json?limit=1000");
    let rows = list(&all["rows"]);
    for (class, key) in [
        ("A", "abc"),
        ("c", "abc"),
        ("Y", "xyz"),
        ("rising", "trend"),
        ("lumpy", "demand"),
    ] {
        let said = sales.ask(&format!("segments.json?segment={class}&limit=1000"));
        let name = |row: &Value| row["id"].as_str().expect("an id").to_owned();
        let mut told: Vec<String> = list(&said["rows"]).iter().map(name).collect();
        let is = |row: &&Value| {
            row[key]
                .as_str()
                .is_some_and(|c| c.eq_ignore_ascii_case(class))
        };
        let mut wanted: Vec<String> = rows.iter().filter(is).map(name).collect();
        told.sort();
        wanted.sort();
        assert_eq!(told, wanted, "{class}");
        assert_eq!(said["receipt"]["rows_total"], wanted.len());
        assert!(said["lists"].is_null());
    }
}

#[test]
fn the_sheet_has_every_row_and_the_answer_as_many_as_asked() {
    let sales = sales();
    let said = sales.ask("segments.json?limit=4&by=product");
    assert_eq!(list(&said["rows"]).len(), 4);
    assert_eq!(said["receipt"]["truncated"], true);
    let sheet = sales.follow(&said, "csv");
    assert_eq!(sheet.lines().count(), 31, "{sheet}");
    let chart = sales.follow(&said, "svg");
    let bars = chart.matches("class=\"bar\"").count();
    assert_eq!(bars, list(&said["cells"]).len(), "{chart}");
    let parents = sales.ask("segments.json?by=category");
    let sum: i64 = list(&parents["rows"])
        .iter()
        .map(|row| scaled(&row["value"], 0))
        .sum();
    assert_eq!(sum, scaled(&parents["total"], 0));
    assert_eq!(parents["values"], 4);
}

#[test]
fn periods_are_whole_months() {
    let sales = sales();
    let said = sales.ask("segments.json?period=2025-01-15..2025-04-14&operation=austin");
    assert_eq!(said["receipt"]["period"]["from"], "2025-02-01");
    assert_eq!(said["receipt"]["period"]["to"], "2025-03-31");
    let note = said["receipt"]["notes"][0].as_str().expect("a note");
    assert!(
        note.contains("2025-01-15..2025-04-14 is taken as 2025-02-01..2025-03-31"),
        "{note}"
    );
    assert_eq!(
        scaled(&said["total"], 0),
        sales.sum("units", "2025-02-01", "2025-03-31", |l| l.operation
            == "Austin")
    );
    for (arguments, needle) in [
        ("period=2026-05", "has none that the data have whole"),
        ("measure=average_price", "ask for one of these"),
        ("segment=D", "is not a class: use A, B, C"),
        ("by=colour", "colour"),
        ("limit=1001", "from 1 to 1000"),
    ] {
        let error = sales.refusal(&format!("segments.json?{arguments}"));
        assert!(error.contains(needle), "{arguments}: {error}");
    }
}
