//! A series in time.

use nearcast::model::calendar::Grain;
use nearcast_tests::sales::series;
use serde_json::Value;

use super::{list, sales, scaled};

#[test]
fn every_step_is_the_sum_of_its_lines_and_growth_is_between_whole_ones() {
    let sales = sales();
    for (grain, name, back) in [
        (Grain::Month, "month", 12),
        (Grain::Week, "week", 52),
        (Grain::Day, "day", 364),
        (Grain::Quarter, "quarter", 4),
    ] {
        let said = sales.ask(&format!(
            "trend.json?grain={name}&period=2025-03-10..2026-05-02&operation=dallas"
        ));
        let all = series(&sales.lines, grain, "units", |l| {
            l.operation.contains("Dallas")
        });
        // The first step has no days before the period.
        let inside = series(&sales.lines, grain, "units", |l| {
            l.operation.contains("Dallas")
                && l.day >= nearcast::model::Day::parse("2025-03-10").expect("a day").0
        });
        let steps = list(&said["steps"]);
        for (at, step) in steps.iter().enumerate() {
            let day =
                nearcast::model::Day::parse(step["date"].as_str().expect("a date")).expect("a day");
            let wanted = inside.get(&day).copied().unwrap_or(0);
            let shown = scaled(&step["value"], 0);
            if at > 0 || grain == Grain::Day || grain == Grain::Week {
                assert_eq!(shown, wanted, "{name} {day}");
            }
            let whole = step["complete"] != false;
            if let Some(growth) = step["growth_year"].as_f64() {
                let before = grain.step(day, -back);
                let then = all.get(&before).copied().unwrap_or(0);
                let (now, then): (f64, f64) = (
                    shown.to_string().parse().expect("a number"),
                    then.to_string().parse().expect("a number"),
                );
                assert!(
                    whole && (growth - (now / then - 1.0)).abs() < 1e-4,
                    "{name} {day}"
                );
            }
        }
        assert!(
            steps.iter().any(|step| !step["growth_year"].is_null()),
            "{name}"
        );
        let sum: i64 = steps.iter().map(|step| scaled(&step["value"], 0)).sum();
        assert_eq!(sum, scaled(&said["total"], 0));
        let last = steps.last().expect("a step");
        assert_eq!(
            last["complete"] == false,
            grain != Grain::Day,
            "{name}: {last}"
        );
    }
}

#[test]
fn series_by_a_dimension_add_up() {
    let sales = sales();
    for by in ["product", "region", "operation"] {
        let said = sales.ask(&format!(
            "trend.json?by={by}&limit=3&measure=revenue&period=2025"
        ));
        let steps = list(&said["steps"]);
        let mut all: Vec<&Value> = list(&said["series"]).iter().collect();
        if !said["rest"].is_null() {
            all.push(&said["rest"]);
        }
        for (at, step) in steps.iter().enumerate() {
            let sum: i64 = all.iter().map(|s| scaled(&s["values"][at], 2)).sum();
            assert_eq!(sum, scaled(&step["value"], 2), "{by} {step}");
        }
        for one in list(&said["series"]) {
            let name = one["name"].as_str().expect("a name");
            let wanted = sales.sum("revenue", "2025-01-01", "2025-12-31", |l| l.of(by) == name);
            assert_eq!(scaled(&one["total"], 2), wanted, "{name}");
        }
    }
}

#[test]
fn profiles_and_rolling_means_are_of_whole_steps() {
    let sales = sales();
    let said = sales.ask("trend.json?grain=month&rolling=3&profile=weekday&period=2025");
    let steps = list(&said["steps"]);
    for at in 2..steps.len() {
        let three: i64 = (at - 2..=at).map(|i| scaled(&steps[i]["value"], 0)).sum();
        let mean = scaled(&steps[at]["rolling"], 0);
        assert!((3 * mean - three).abs() <= 2, "{mean} {three}");
    }
    let rows = list(&said["profile"]["rows"]);
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[0]["name"], "Monday");
    let days: i64 = rows
        .iter()
        .map(|row| row["steps"].as_i64().expect("a count"))
        .sum();
    assert_eq!(days, 365);
    let monday = sales.sum("units", "2025-01-01", "2025-12-31", |l| {
        (l.day + 3).rem_euclid(7) == 0
    });
    let count = rows[0]["steps"].as_i64().expect("a count");
    assert!(
        (scaled(&rows[0]["mean"], 0) * count - monday).abs() <= count,
        "{rows:?}"
    );
}

#[test]
fn what_cannot_be_shown_says_what_to_change() {
    let sales = sales();
    for (arguments, needle) in [
        ("by=product&measure=average_price", "measures that add up"),
        ("profile=moon", "use weekday or month"),
        ("grain=hour", "is not a grain"),
        ("rolling=400", "from 0 to 366"),
    ] {
        let error = sales.refusal(&format!("trend.json?{arguments}"));
        assert!(error.contains(needle), "{arguments}: {error}");
    }
}
