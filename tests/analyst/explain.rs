//! Why a sum changed.

use serde_json::Value;

use super::{list, sales, scaled};

/// The change of every row and of the rest, in all.
fn added(by: &Value, scale: i32) -> i64 {
    let rest = Some(&by["rest"]).filter(|rest| !rest.is_null());
    let rows = list(&by["rows"]).iter().chain(rest);
    rows.map(|row| scaled(&row["change"], scale)).sum()
}

#[test]
fn contributions_add_up_to_the_change_by_every_dimension() {
    let sales = sales();
    for (arguments, measure, scale) in [
        ("a=2025-11&b=previous&measure=revenue", "revenue", 2),
        ("a=2025-11&b=2025-10", "units", 0),
        ("a=2025-11&b=previous&limit=2&measure=revenue", "revenue", 2),
    ] {
        let said = sales.ask(&format!("explain.json?{arguments}"));
        let now = sales.sum(measure, "2025-11-01", "2025-11-30", |_| true);
        let then = sales.sum(measure, "2025-10-01", "2025-10-31", |_| true);
        assert_eq!(scaled(&said["change"], scale), now - then);
        let dimensions = list(&said["dimensions"]);
        assert_eq!(dimensions.len(), 5);
        for by in dimensions {
            assert_eq!(added(by, scale), now - then, "{arguments} {}", by["by"]);
            let (gains, losses) = (scaled(&by["gains"], scale), scaled(&by["losses"], scale));
            assert_eq!(gains + losses, now - then);
            let name = by["by"].as_str().expect("a name");
            for row in list(&by["rows"]) {
                let value = row["name"].as_str().expect("a name");
                let of =
                    |from: &str, to: &str| sales.sum(measure, from, to, |l| l.of(name) == value);
                assert_eq!(scaled(&row["value"], scale), of("2025-11-01", "2025-11-30"));
                assert_eq!(
                    scaled(&row["before"], scale),
                    of("2025-10-01", "2025-10-31")
                );
            }
        }
    }
}

#[test]
fn volume_mix_and_price_add_up_to_the_change() {
    let sales = sales();
    let said = sales.ask("explain.json?a=2025&b=2024&measure=revenue");
    let parts = said["price_volume_mix"].as_object().expect("parts");
    let sum: i64 = ["volume", "mix", "price", "new", "gone", "other"]
        .iter()
        .filter_map(|name| parts.get(*name))
        .map(|value| scaled(value, 2))
        .sum();
    assert_eq!(sum, scaled(&said["change"], 2));
    // Every product has one price in these lines.
    assert_eq!(scaled(&said["price_volume_mix"]["price"], 2), 0);
    assert_eq!(
        sales.ask("explain.json?a=2025&b=2024")["price_volume_mix"],
        Value::Null
    );
}

#[test]
fn what_a_filter_narrows_to_one_value_is_no_reason() {
    let sales = sales();
    let said = sales.ask("explain.json?a=2025&b=2024&filter.category=chips");
    let by: Vec<&Value> = list(&said["dimensions"]).iter().map(|d| &d["by"]).collect();
    assert!(!by.contains(&&Value::from("category")), "{by:?}");
    let now = sales.sum("units", "2025-01-01", "2025-12-31", |l| {
        l.category == "Chips"
    });
    assert_eq!(scaled(&said["a"]["value"], 0), now);
    for (arguments, needle) in [
        ("measure=average_price", "explain one of these"),
        ("by=colour", "colour"),
        ("b=sometime", "is not a period"),
    ] {
        let error = sales.refusal(&format!("explain.json?{arguments}"));
        assert!(error.contains(needle), "{arguments}: {error}");
    }
}
