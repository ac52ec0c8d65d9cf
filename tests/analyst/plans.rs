//! What if, and whether a target will be reached.

use serde_json::Value;

use super::{list, sales, scaled};

#[test]
fn a_scenario_is_the_forecast_with_what_is_assumed() {
    let sales = sales();
    let base = sales.ask("forecast.json?horizon=4+months&include_history=false&operation=dallas");
    let said = sales.ask("scenario.json?horizon=4+months&operation=dallas&planned=fair:2026-06:%2B25%25,flood:2026-07-01..2026-07-31:-100%25");
    let steps = list(&said["steps"]);
    assert_eq!(steps.len(), list(&base["forecast"]).len());
    let mut difference = 0;
    for (step, was) in steps.iter().zip(list(&base["forecast"])) {
        let date = step["date"].as_str().expect("a date");
        let estimate = scaled(&was["estimate"], 0);
        assert_eq!(scaled(&step["base"]["estimate"], 0), estimate, "{date}");
        let with = scaled(&step["scenario"]["estimate"], 0);
        match date {
            "2026-06-01" => assert!((4 * with - 5 * estimate).abs() <= 5, "{with} {estimate}"),
            "2026-07-01" => assert_eq!(with, 0),
            _ => assert_eq!(with, estimate),
        }
        difference += with - estimate;
        assert_eq!(scaled(&step["difference"], 0), with - estimate);
    }
    assert_eq!(scaled(&said["difference"], 0), difference);
    assert_eq!(said["planned"][0]["effect"], "assumed");
}

#[test]
fn a_target_of_growth_is_of_the_lines_of_the_year_before() {
    let sales = sales();
    // Over: the outcome is what was sold.
    let said = sales.ask("target.json?period=2026-04&target=%2B10%25&measure=revenue");
    let before = sales.sum("revenue", "2025-04-01", "2025-04-30", |_| true);
    let sold = sales.sum("revenue", "2026-04-01", "2026-04-30", |_| true);
    let target = (before * 110 + 50) / 100;
    assert_eq!(scaled(&said["target"], 2), target);
    assert_eq!(scaled(&said["so_far"], 2), sold);
    assert_eq!(said["days_left"], 0);
    let reached = sold >= target;
    assert_eq!(said["track"], if reached { "reached" } else { "missed" });
    assert_eq!(
        said["probability"].as_f64(),
        Some(f64::from(u8::from(reached)))
    );
}

#[test]
fn what_is_left_is_forecast_and_probabilities_fall_with_the_target() {
    let sales = sales();
    let sold = sales.sum("units", "2026-04-01", "2026-05-02", |_| true);
    let mut last = 1.1;
    for target in [1_000, 9_000, 13_000, 14_500, 16_000, 90_000] {
        let said = sales.ask(&format!("target.json?period=2026-Q2&target={target}"));
        assert_eq!(scaled(&said["so_far"], 0), sold);
        assert_eq!(
            (&said["days_over"], &said["days_left"]),
            (&Value::from(32), &Value::from(59))
        );
        let probability = said["probability"].as_f64().expect("a share");
        assert!(probability <= last, "{target}: {probability} after {last}");
        last = probability;
        let (lower, expected, upper) = (
            scaled(&said["lower"], 0),
            scaled(&said["expected"], 0),
            scaled(&said["upper"], 0),
        );
        assert!(
            sold < lower && lower < expected && expected < upper,
            "{said}"
        );
        let needed = said["daily_needed"].as_f64().expect("a number");
        let left: f64 = (target - sold)
            .max(0)
            .to_string()
            .parse()
            .expect("a number");
        assert!((needed - left / 59.0).abs() <= 1.0, "{needed}");
    }
    assert!(last < 0.01);
    let easy = sales.ask("target.json?period=2026-Q2&target=1000");
    assert_eq!(easy["track"], "reached");
}

#[test]
fn who_will_miss_stands_first() {
    let sales = sales();
    let said = sales.ask("target.json?period=2026-Q2&target=%2B10%25&by=operation");
    let rows = list(&said["rows"]);
    assert_eq!(rows.len(), 6);
    for row in rows {
        let name = row["name"].as_str().expect("a name");
        let before = sales.sum("units", "2025-04-01", "2025-06-30", |l| l.operation == name);
        let sold = sales.sum("units", "2026-04-01", "2026-05-02", |l| l.operation == name);
        assert_eq!(
            scaled(&row["target"], 0),
            (before * 110 + 50) / 100,
            "{name}"
        );
        assert_eq!(scaled(&row["so_far"], 0), sold, "{name}");
    }
    let each: Vec<f64> = rows
        .iter()
        .map(|r| r["probability"].as_f64().expect("a share"))
        .collect();
    assert!(each.windows(2).all(|pair| pair[0] <= pair[1]), "{each:?}");
    assert_eq!(
        said,
        sales.ask("target.json?period=2026-Q2&target=%2B10%25&by=operation")
    );
}

#[test]
fn what_cannot_be_planned_or_tracked_says_what_to_change() {
    let sales = sales();
    for (target, needle) in [
        ("scenario.json", "planned is missing"),
        (
            "scenario.json?planned=fair:2024:%2B5%25",
            "outside of the steps",
        ),
        ("target.json?target=soon", "there is no target"),
        ("target.json?target=5%25", "is not a target"),
        ("target.json?target=100&by=operation", "give growth such as"),
        ("target.json?period=2022&target=5", "lies before the data"),
        ("target.json?period=2024-02", "give the target as a number"),
        (
            "target.json?measure=average_price&target=5",
            "only what adds up",
        ),
    ] {
        let error = sales.refusal(target);
        assert!(error.contains(needle), "{target}: {error}");
    }
}
