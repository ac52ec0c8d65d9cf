//! What is odd.

use nearcast::model::Day;
use nearcast::model::calendar::Grain;
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::public;
use nearcast_tests::sales::{Chance, Line, dataset, series};

use super::{Sales, list, sales, scaled};

const FIRST: &str = "2024-01-01";
const DAYS: i32 = 800;

fn day(text: &str) -> i32 {
    Day::parse(text).expect("a day").0
}

/// Three sites that sell about 100 chips and 40 cups of coffee a day at 2.50 each, nothing on Sundays; `odd` changes a line.
fn planted(odd: impl Fn(&mut Line)) -> Sales {
    let mut chance = Chance(11);
    let mut lines = Vec::new();
    for offset in 0..DAYS {
        let day = day(FIRST) + offset;
        // 1970-01-04 was a Sunday.
        if (day - 3).rem_euclid(7) == 0 {
            continue;
        }
        for operation in ["Austin", "Dallas", "Tucson"] {
            for (product, usual) in [("Chips", 100), ("Coffee", 40)] {
                let noise = (0..4).map(|_| chance.below(7) as i64 - 3).sum::<i64>();
                let mut line = Line {
                    day,
                    operation: operation.into(),
                    region: "South".into(),
                    product_id: product.into(),
                    product: product.into(),
                    category: "Food".into(),
                    channel: "Retail".into(),
                    units: usual + noise,
                    cents: 0,
                };
                odd(&mut line);
                line.cents = line.units * 250;
                lines.push(line);
            }
        }
    }
    lines.retain(|line| line.units != 0);
    Sales {
        store: MemoryStore::new(dataset(&lines)),
        lines,
        config: public("sales"),
    }
}

fn with_oddities() -> Sales {
    planted(|line| {
        let coffee_of_dallas = line.product == "Coffee" && line.operation == "Dallas";
        if line.day == day("2025-05-06") && line.operation == "Austin" {
            line.units *= 4;
        }
        if (day("2025-09-01")..=day("2025-09-12")).contains(&line.day) && coffee_of_dallas {
            line.units = 0;
        }
        if line.day >= day("2025-11-03") && line.operation == "Tucson" {
            line.units = line.units * 16 / 10;
        }
    })
}

#[test]
fn what_was_planted_is_found_with_the_sums_of_its_lines() {
    let sales = with_oddities();
    let said = sales.ask("anomalies.json?by=operation&limit=200");
    let findings = list(&said["findings"]);
    let find = |kind: &str, name: Option<&str>, from: &str| {
        findings
            .iter()
            .find(|f| f["kind"] == kind && f["name"].as_str() == name && f["from"] == from)
            .unwrap_or_else(|| panic!("no {kind} of {name:?} from {from}: {findings:#?}"))
    };
    for name in [None, Some("Austin")] {
        let high = find("high", name, "2025-05-06");
        let wanted = sales.sum("units", "2025-05-06", "2025-05-06", |l| {
            name.is_none_or(|n| l.operation == n)
        });
        assert_eq!(scaled(&high["actual"], 0), wanted);
        let (upper, actual) = (scaled(&high["upper"], 0), scaled(&high["actual"], 0));
        assert!(actual > upper, "{high}");
        let how = high["how"].as_str().expect("words");
        let (percent, words) = how.split_once(" % ").expect("a share");
        let percent: f64 = percent.parse().expect("a number");
        let wanted = 100.0 * (actual - upper) as f64 / upper as f64;
        assert!((percent - wanted).abs() < 0.06, "{how}: {wanted}");
        assert_eq!(words, "above the range");
    }
    let shift = find("shift_up", Some("Tucson"), "2025-11-03");
    let to = shift["to"].as_str().expect("a day");
    let wanted = sales.sum("units", "2025-11-03", to, |l| l.operation == "Tucson");
    assert_eq!(scaled(&shift["actual"], 0), wanted);
    let scores: Vec<f64> = findings
        .iter()
        .filter_map(|f| f["score"].as_f64())
        .collect();
    assert_eq!(scores.len(), findings.len());
    assert!(scores.windows(2).all(|w| w[0] >= w[1]), "{scores:?}");
    // Sundays are closed, and not odd.
    for finding in findings.iter().filter(|f| f["steps"] == 1) {
        let day = day(finding["from"].as_str().expect("a day"));
        assert_ne!((day - 3).rem_euclid(7), 0, "{finding}");
    }
    let total: i64 = said["counts"]
        .as_object()
        .expect("counts")
        .values()
        .filter_map(serde_json::Value::as_i64)
        .sum();
    assert_eq!(said["receipt"]["rows_total"], total);
    assert_eq!(said["values_looked_at"], 3);
}

#[test]
fn the_sheet_has_what_is_shown_and_the_chart_what_is_odd_in_all() {
    let sales = with_oddities();
    let said = sales.ask("anomalies.json?by=operation&period=2025&limit=5");
    let findings = list(&said["findings"]);
    assert_eq!(sales.follow(&said, "csv").lines().count(), 6);
    let whole = findings.iter().filter(|f| f["name"].is_null()).count();
    assert!(0 < whole && whole < 5, "{findings:#?}");
    let chart = sales.follow(&said, "svg");
    // One more is the legend's.
    assert_eq!(chart.matches("<circle").count(), whole + 1);
    // The line and its range have a point a day.
    let points = |class: &str| {
        let path = chart
            .split("<path ")
            .find(|p| p.contains(class) && p.len() > 2_000);
        path.expect("a path").matches(',').count()
    };
    assert_eq!((points("history"), points("band")), (365, 730));
}

#[test]
fn many_values_have_shorter_histories_each_and_that_is_said() {
    let sales = sales();
    let said = sales.ask("anomalies.json?by=product&limit=200");
    assert_eq!(said["values_looked_at"], 10);
    let notes = list(&said["receipt"]["notes"]);
    for note in [
        "of 30 values of product the 10 largest were looked at: use filters for another one",
        "values of product were looked at from 2024-12-09 on, to stay within what one question may cost",
    ] {
        assert!(notes.iter().any(|n| n == note), "{notes:?}");
    }
    // The period alone decides what that hides.
    let said = sales.ask("anomalies.json?by=product&period=2026");
    let notes = list(&said["receipt"]["notes"]);
    assert!(
        !notes
            .iter()
            .any(|n| n.as_str().is_some_and(|n| n.contains("may cost")))
    );
    for finding in list(&said["findings"]).iter().filter(|f| f["steps"] == 1) {
        let day = finding["from"].as_str().expect("a day");
        let of = finding["name"].as_str();
        let wanted = sales.sum("units", day, day, |l| of.is_none_or(|of| l.product == of));
        assert_eq!(scaled(&finding["actual"], 0), wanted, "{finding}");
    }
}

#[test]
fn a_run_of_nothing_is_a_suspected_stock_out_in_units_and_in_money() {
    let sales = with_oddities();
    for measure in ["units", "revenue"] {
        let said = sales.ask(&format!(
            "anomalies.json?operation=dallas&by=product&kinds=stock_out&measure={measure}"
        ));
        let findings = list(&said["findings"]);
        assert_eq!(findings.len(), 1, "{measure}: {findings:#?}");
        let out = &findings[0];
        assert_eq!(
            (&out["name"], &out["from"]),
            (&"Coffee".into(), &"2025-09-01".into())
        );
        // The last day is a Friday: the Sunday before and after are no part of it, the one within is.
        assert_eq!(
            (&out["to"], &out["steps"]),
            (&"2025-09-12".into(), &12.into())
        );
        assert_eq!(scaled(&out["actual"], 0), 0);
        // Eleven selling days of about 40.
        let one = if measure == "units" { 1.0 } else { 2.5 };
        let expected = out["expected"].as_f64().expect("a number") / one;
        assert!((420.0..460.0).contains(&expected), "{out}");
        let text = out["how"].as_str().expect("words");
        assert_eq!(text, "nothing in 12 days");
    }
}

#[test]
fn only_what_was_asked_for_is_shown_and_the_past_alone_teaches() {
    let sales = with_oddities();
    let said = sales.ask("anomalies.json?period=2025-05&kinds=high,low&limit=1");
    let findings = list(&said["findings"]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0]["from"], "2025-05-06");
    assert_eq!(said["learnt_from"]["to"], "2025-05-31");
    assert_eq!(said["receipt"]["period"]["from"], "2025-05-01");
    let quiet = sales.ask("anomalies.json?period=2025-05&kinds=stock_out");
    assert!(list(&quiet["findings"]).is_empty());
    // Of a quiet dataset little is said, whatever it is looked at by.
    let calm = planted(|_| {});
    for question in [
        "",
        "by=operation&",
        "grain=week&by=product&",
        "grain=month&",
    ] {
        let said = calm.ask(&format!("anomalies.json?{question}limit=200"));
        let count = list(&said["findings"]).len();
        assert!(count <= 4, "{question}: {said:#}");
    }
}

#[test]
fn a_step_that_has_not_ended_is_left_out_and_said() {
    let sales = sales();
    // The data end on Saturday, 2026-05-02.
    for (grain, name, from) in [
        (Grain::Week, "week", "2026-04-27"),
        (Grain::Month, "month", "2026-05-01"),
    ] {
        let said = sales.ask(&format!("anomalies.json?grain={name}&limit=200"));
        let notes = list(&said["receipt"]["notes"]);
        let note = format!("the {name} from {from} had not ended on 2026-05-02: it is left out");
        assert!(notes.iter().any(|n| n == &note), "{notes:?}");
        let sums = series(&sales.lines, grain, "units", |_| true);
        for finding in list(&said["findings"]).iter().filter(|f| f["steps"] == 1) {
            let day = Day::parse(finding["from"].as_str().expect("a day")).expect("a day");
            assert_eq!(scaled(&finding["actual"], 0), sums[&day], "{finding}");
            assert!(finding["to"].as_str() < Some("2026-05-02"));
        }
    }
}

#[test]
fn what_cannot_be_looked_at_says_what_to_change() {
    let sales = sales();
    for (arguments, needle) in [
        ("measure=average_price", "look at one of these"),
        (
            "kinds=weird",
            "use high, low, shift_up, shift_down or stock_out",
        ),
        ("grain=hour", "is not a grain"),
        ("period=2031", "reach from 2023-11-15 to 2026-05-02"),
        ("by=colour", "colour"),
        ("limit=201", "from 1 to 200"),
    ] {
        let error = sales.refusal(&format!("anomalies.json?{arguments}"));
        assert!(error.contains(needle), "{arguments}: {error}");
    }
}
