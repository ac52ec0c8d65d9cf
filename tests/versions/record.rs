//! The record of forecasts: what was said at a version is held against what came, whatever became of the version.

use nearcast::model::record::RECORD_FILE;
use nearcast::model::{Day, Timestamp};
use nearcast_native::append::Restate;
use nearcast_native::publish::{Bucket, Publisher};
use nearcast_native::versions::{PruneOptions, prune};
use nearcast_tests::asking::{answer, call, public};
use nearcast_tests::sales::{Line, lines};
use nearcast_tests::stores::memory;
use serde_json::{Value, json};

use super::append::Shop;
use super::{is_whole, name, objects, pointer, verified};

/// Twenty-six months of sales, to 2026-01-15.
fn history() -> Vec<Line> {
    lines(3, 4_000, 3, 6, 793)
}

fn between(all: &[Line], from: &str, to: &str) -> Vec<Line> {
    let day = |text| Day::parse(text).expect("a day").0;
    let (from, to) = (day(from), day(to));
    let inside = all.iter().filter(|l| from <= l.day && l.day <= to);
    inside.cloned().collect()
}

/// A version to 2025-06, then one to 2025-12.
fn shop() -> Shop {
    let all = history();
    let shop = Shop::new();
    shop.ingest(&between(&all, "2023-01-01", "2025-06-30"), None)
        .expect("a first version");
    shop.ingest(
        &between(&all, "2025-07-01", "2025-12-31"),
        Some(Restate::Refuse),
    )
    .expect("a second version");
    shop
}

fn asked(bucket: &dyn Bucket, arguments: &str) -> Value {
    let target = format!("/v/sales/latest/accuracy.json?{arguments}");
    answer(&memory(&objects(bucket)), &public("sales"), &target)
}

fn units(all: &[Line], month: &str, is_counted: impl Fn(&Line) -> bool) -> i64 {
    let first = Day::parse(&format!("{month}-01")).expect("a day");
    let last = nearcast::model::Grain::Month.step(first, 1).0;
    let inside = all.iter().filter(|l| first.0 <= l.day && l.day < last);
    inside.filter(|l| is_counted(l)).map(|l| l.units).sum()
}

#[test]
fn what_was_predicted_for_a_quarter_is_held_against_what_came() {
    let (shop, all) = (shop(), history());
    let bucket = shop.bucket();
    let first = pointer(&bucket).previous[0].version.to_string();
    // What the first version forecasts when it is asked today is what it said then.
    let then = answer(
        &memory(&objects(&bucket)),
        &public("sales"),
        &format!("/v/sales/{first}/forecast.json?e=1"),
    );
    let said = then["forecast"].as_array().expect("steps");
    let asked = asked(&bucket, "period=2025-Q3");
    let rows = asked["record"]["rows"].as_array().expect("rows");
    assert_eq!(rows.len(), 3, "{asked}");
    let (mut predicted, mut came, mut errors) = (0, 0, 0);
    for (at, (row, month)) in rows
        .iter()
        .zip(["2025-07", "2025-08", "2025-09"])
        .enumerate()
    {
        assert_eq!(row["date"], format!("{month}-01"));
        assert_eq!(row["predicted"], said[at]["estimate"]);
        assert_eq!(row["bands"], said[at]["bands"]);
        assert_eq!(row["actual"], units(&all, month, |_| true));
        assert_eq!(row["made_at"], "2025-06-30");
        assert_eq!(row["version"], first);
        assert_eq!(row["ahead"], at + 1);
        let number = |name: &str| row[name].as_i64().expect("a number");
        predicted += number("predicted");
        came += number("actual");
        errors += (number("predicted") - number("actual")).abs();
    }
    let record = &asked["record"];
    assert_eq!(
        (&record["predicted"], &record["actual"]),
        (&json!(predicted), &json!(came))
    );
    let share = |sum: i64| (sum as f64 / came as f64 * 1e4).round() / 1e4;
    assert_eq!(record["wape"], share(errors));
    assert_eq!(record["bias"], share(predicted - came));
    assert_eq!(
        (&record["steps"], &record["steps_asked"]),
        (&json!(3), &json!(3))
    );
    let inside = |at: usize| {
        let held = rows.iter().filter(|row| {
            let end = |name: &str| row["bands"][at][name].as_i64().expect("a number");
            (end("lower")..=end("upper")).contains(&row["actual"].as_i64().expect("a number"))
        });
        held.count()
    };
    assert_eq!(
        record["inside"],
        json!([{"level": 80, "steps": inside(0)}, {"level": 95, "steps": inside(1)}])
    );
    assert!(asked["backtest"]["origins"].as_u64() > Some(1), "{asked}");
    is_whole(&bucket);
}

#[test]
fn a_value_of_a_dimension_has_its_own_record_and_several_add_up() {
    let (shop, all) = (shop(), history());
    let bucket = shop.bucket();
    let asked = |arguments: &str| asked(&bucket, arguments)["record"].clone();
    let of = |name: &str| asked(&format!("filter.operation={name}&period=2025-Q4"));
    let (one, two) = (of("Dallas"), of("Dallas+North"));
    assert_eq!(one["series"], 1);
    let october = &one["rows"][0];
    assert_eq!(
        october["actual"],
        units(&all, "2025-10", |l| l.operation == "Dallas")
    );
    // Part of a name matches both: points add up, intervals do not.
    let both = asked("operation=Dallas&period=2025-Q4");
    assert_eq!(both["series"], 2, "{both}");
    let sum = |field: &str| {
        one[field]
            .as_i64()
            .zip(two[field].as_i64())
            .map(|(a, b)| a + b)
    };
    assert_eq!(both["predicted"].as_i64(), sum("predicted"));
    assert_eq!(both["actual"].as_i64(), sum("actual"));
    assert_eq!(
        (&both["rows"][0]["bands"], &both["inside"]),
        (&json!([]), &json!([]))
    );
    // Weeks are on record as well.
    let weeks = asked("grain=week&period=2025-Q3");
    assert_eq!(weeks["rows"][0]["date"], "2025-07-07");
    assert_eq!(weeks["steps"], 12);
    // A choice of rows that nobody forecast.
    let none = asked("filter.operation=Dallas&filter.channel=Retail&period=2025-Q3");
    assert!(
        none["none"]
            .as_str()
            .is_some_and(|why| why.contains("not on record")),
        "{none}"
    );
}

#[test]
fn without_an_earlier_record_it_says_so_and_gives_the_backtest() {
    let (shop, all) = (shop(), history());
    let bucket = shop.bucket();
    for (arguments, why) in [
        (
            "period=2025-Q1",
            "nothing was predicted for a whole month of 2025-Q1: the first forecast on record was made on 2025-06-30",
        ),
        ("period=2026-Q2", "no whole month of 2026-Q2 has come yet"),
        ("measure=revenue", "not of revenue"),
        (
            "grain=quarter",
            "forecasts are on record by month and week, not by quarter",
        ),
    ] {
        let asked = asked(&bucket, arguments);
        let none = asked["record"]["none"].as_str().unwrap_or_default();
        assert!(none.contains(why), "{arguments}: {asked}");
        let summary = asked["summary"].as_str().unwrap_or_default();
        assert!(
            summary.contains(why) && summary.contains("Backtest of"),
            "{summary}"
        );
    }
    let bare = Shop::new();
    bare.ingest_with(&between(&all, "2023-01-01", "2025-06-30"), None, true)
        .expect("ingests");
    let asked = asked(&bare.bucket(), "period=2025-Q2");
    let none = asked["record"]["none"].as_str().unwrap_or_default();
    assert!(none.contains("made without one"), "{asked}");
    let files = &bare.manifest().files;
    assert!(files.iter().all(|f| f.name != RECORD_FILE));
}

#[test]
fn a_tool_says_the_headline_first() {
    let shop = shop();
    let store = memory(&objects(&shop.bucket()));
    let given = json!({"period": "2025-Q3"});
    let reply = call(&store, &public("sales"), "forecast_accuracy", &given);
    let text = reply["result"]["content"][0]["text"]
        .as_str()
        .expect("text");
    let first = text.lines().find(|l| !l.starts_with('>') && !l.is_empty());
    let first = first.expect("a line");
    assert!(first.starts_with("**Units, 2025-Q3**: "), "{text}");
    assert!(
        first.contains("Predicted from data to 2025-06-30"),
        "{text}"
    );
    assert!(text.contains("**Backtest of "), "{text}");
    assert!(text.contains("| 2025-09-01 | "), "{text}");
}

#[test]
fn the_same_data_again_are_no_news_and_the_record_outlives_its_version() {
    let (shop, all) = (shop(), history());
    let bucket = shop.bucket();
    let before = asked(&bucket, "period=2025-Q3")["record"].clone();
    let version = pointer(&bucket).version;
    let whole = between(&all, "2023-01-01", "2025-12-31");
    let newest = between(&all, "2025-12-01", "2025-12-31");
    let (report, _) = shop
        .ingest(&newest, Some(Restate::Refuse))
        .expect("ingests");
    assert!(!report.published);
    let (report, _) = shop.ingest(&whole, None).expect("ingests");
    let (again, _) = shop.ingest(&whole, None).expect("ingests");
    assert!(!again.published, "{again:?}");
    assert_eq!(report.version, again.version);
    // January has begun: the months' forecast is the same, and is not on record twice.
    let january = between(&all, "2026-01-01", "2026-01-15");
    shop.ingest(&january, Some(Restate::Refuse))
        .expect("ingests");
    let options = PruneOptions {
        keep: 2,
        keep_days: 0,
        dry_run: false,
        now: Timestamp(1_000_000_000),
    };
    let dataset = name();
    let pruned = prune(&Publisher::new(&bucket, &dataset), &options).expect("prunes");
    let made = before["rows"][0]["version"].as_str().expect("a version");
    assert!(
        pruned.versions.iter().any(|v| v.as_str() == made),
        "{pruned:?}"
    );
    assert_ne!(pointer(&bucket).version, version);
    assert_eq!(asked(&bucket, "period=2025-Q3")["record"], before);
    is_whole(&bucket);
}

#[test]
fn an_altered_record_is_found_and_does_not_answer() {
    let shop = shop();
    let bucket = shop.bucket();
    let manifest = shop.manifest();
    let path = shop
        .out()
        .join("sales/v")
        .join(manifest.version.as_str())
        .join(RECORD_FILE);
    let mut bytes = std::fs::read(&path).expect("a record");
    let at = bytes.len() / 3;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).expect("writes");
    let found = verified(&bucket).findings;
    assert!(
        found.iter().any(|f| f.object.ends_with(RECORD_FILE)),
        "{found:?}"
    );
    // Nothing new is built on it either.
    let all = history();
    let january = between(&all, "2026-01-01", "2026-01-31");
    let error = shop
        .ingest(&january, Some(Restate::Refuse))
        .expect_err("damaged");
    assert_eq!(error.kind(), nearcast::ErrorKind::Corrupt);
}

#[test]
fn of_several_forecasts_the_last_before_the_period_counts() {
    let all = history();
    let shop = Shop::new();
    let parts = [
        ("2023-01-01", "2025-05-31"),
        ("2025-06-01", "2025-06-30"),
        ("2025-07-01", "2025-08-10"),
        ("2025-08-11", "2025-09-20"),
    ];
    for (from, to) in parts {
        shop.ingest(&between(&all, from, to), Some(Restate::Refuse))
            .expect("ingests");
    }
    let asked = asked(&shop.bucket(), "period=2025-Q3");
    let record = &asked["record"];
    let field = |name: &str| -> Vec<String> {
        let rows = record["rows"].as_array().expect("rows").iter();
        rows.map(|row| row[name].to_string()).collect()
    };
    // September has not ended: two of three months, both as they were seen at the end of June.
    assert_eq!(field("date"), ["\"2025-07-01\"", "\"2025-08-01\""]);
    assert_eq!(field("made_at"), ["\"2025-06-30\"", "\"2025-06-30\""]);
    assert_eq!(field("ahead"), ["1", "2"]);
    assert_eq!(
        (&record["steps"], &record["steps_asked"]),
        (&json!(2), &json!(3))
    );
    let summary = asked["summary"].as_str().expect("text");
    assert!(summary.contains("2 of its 3 months"), "{summary}");
    // By steps ahead all forecasts of these months count: July by May's and June's, August by three.
    let steps = record["by_step"].as_array().expect("steps").iter();
    let steps: Vec<(u64, u64)> = steps
        .map(|s| {
            (
                s["step"].as_u64().expect("one"),
                s["predictions"].as_u64().expect("one"),
            )
        })
        .collect();
    assert_eq!(steps, [(1, 2), (2, 2), (3, 1)]);
    // Without a period each month is scored by the last forecast before it.
    let all_months = self::asked(&shop.bucket(), "e=1");
    let rows = all_months["record"]["rows"].as_array().expect("rows");
    let made: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["made_at"].as_str())
        .collect();
    assert_eq!(made, ["2025-05-31", "2025-06-30", "2025-06-30"]);
}
