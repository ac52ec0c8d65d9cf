//! One period against others.

use super::{list, sales, scaled};

#[test]
fn periods_in_words_are_the_days_that_people_mean() {
    let sales = sales();
    // The data end on 2026-05-02.
    for (a, from, to) in [
        ("", "2026-04-01", "2026-04-30"),
        ("a=2025-Q3&", "2025-07-01", "2025-09-30"),
        ("a=last+8+weeks&", "2026-03-02", "2026-04-26"),
        ("a=september+2025&", "2025-09-01", "2025-09-30"),
        ("a=ytd&", "2026-01-01", "2026-05-02"),
    ] {
        for measure in ["units", "revenue"] {
            let said = sales.ask(&format!("compare.json?{a}measure={measure}"));
            assert_eq!(said["a"]["from"], from, "{a}");
            assert_eq!(said["a"]["to"], to, "{a}");
            let scale = if measure == "revenue" { 2 } else { 0 };
            let wanted = sales.sum(measure, from, to, |_| true);
            assert_eq!(scaled(&said["a"]["value"], scale), wanted, "{a} {measure}");
        }
    }
}

#[test]
fn every_baseline_and_row_is_the_sum_of_its_lines() {
    let sales = sales();
    let said = sales.ask(
        "compare.json?a=2025-11&b=previous,year_before,2025-06-10..2025-07-09&by=product&limit=4&filter.region=texas",
    );
    let days = [
        ("2025-10-01", "2025-10-31"),
        ("2024-11-01", "2024-11-30"),
        ("2025-06-10", "2025-07-09"),
    ];
    let texas = |line: &nearcast_tests::sales::Line| line.region == "Texas";
    let a = sales.sum("units", "2025-11-01", "2025-11-30", texas);
    assert_eq!(scaled(&said["a"]["value"], 0), a);
    for (at, (from, to)) in days.into_iter().enumerate() {
        let b = &said["b"][at];
        let value = sales.sum("units", from, to, texas);
        assert_eq!(
            (b["from"].as_str(), b["to"].as_str()),
            (Some(from), Some(to))
        );
        assert_eq!(scaled(&b["value"], 0), value);
        assert_eq!(scaled(&b["change"], 0), a - value);
        // Rows and rest add up to the whole.
        let rows = list(&said["rows"]).iter().chain([&said["rest"]]);
        let sum: i64 = rows.map(|row| scaled(&row["b"][at]["value"], 0)).sum();
        assert_eq!(sum, value);
        for row in list(&said["rows"]) {
            let name = row["name"].as_str().expect("a name");
            let wanted = sales.sum("units", from, to, |l| texas(l) && l.product == name);
            assert_eq!(scaled(&row["b"][at]["value"], 0), wanted, "{name}");
        }
    }
    let changes: Vec<i64> = list(&said["rows"])
        .iter()
        .map(|row| scaled(&row["b"][0]["change"], 0).abs())
        .collect();
    assert!(
        changes.windows(2).all(|pair| pair[0] >= pair[1]),
        "{changes:?}"
    );
    assert_eq!(said["receipt"]["truncated"], true);
}

#[test]
fn a_ratio_is_of_sums() {
    let sales = sales();
    let said = sales.ask("compare.json?a=2025&b=2024&measure=average_price&by=category");
    let price = |year: &str, passes: &dyn Fn(&nearcast_tests::sales::Line) -> bool| {
        let (from, to) = (format!("{year}-01-01"), format!("{year}-12-31"));
        let (cents, units) = (
            sales.sum("revenue", &from, &to, passes),
            sales.sum("units", &from, &to, passes),
        );
        // Half away from zero, as the answers are.
        (2 * cents + units) / (2 * units)
    };
    assert_eq!(scaled(&said["a"]["value"], 2), price("2025", &|_| true));
    assert_eq!(scaled(&said["b"][0]["value"], 2), price("2024", &|_| true));
    assert_eq!(list(&said["rows"]).len(), 4);
    for row in list(&said["rows"]) {
        let name = row["name"].as_str().expect("a name").to_owned();
        assert_eq!(
            scaled(&row["value"], 2),
            price("2025", &|l| l.category == name)
        );
    }
}

#[test]
fn what_is_not_complete_is_compared_with_the_same_part() {
    let sales = sales();
    let said = sales.ask("compare.json?a=this_month&b=previous,year_before");
    assert_eq!(said["a"]["to"], "2026-05-02");
    assert_eq!(said["receipt"]["complete"], false);
    assert_eq!(said["b"][0]["to"], "2026-04-02");
    assert_eq!(said["b"][1]["to"], "2025-05-02");
    let note = said["receipt"]["notes"][0].as_str().expect("a note");
    assert!(note.contains("first 2 days are compared"), "{note}");
    let whole = sales.ask("compare.json?a=this_month&b=previous&incomplete=true");
    assert_eq!(whole["b"][0]["to"], "2026-04-30");
    // The data begin in the middle of November 2023.
    let error = sales.refusal("compare.json?a=2024-11&b=2023-11");
    assert!(error.contains("is not complete in the data"), "{error}");
    let part = sales.ask("compare.json?a=2024-11&b=2023-11&incomplete=true");
    let wanted = sales.sum("units", "2023-11-15", "2023-11-30", |_| true);
    assert_eq!(scaled(&part["b"][0]["value"], 0), wanted);
    let defaults = sales.ask("compare.json?a=2024-06");
    assert_eq!(list(&defaults["b"]).len(), 1, "there is no year before");
}

#[test]
fn weekdays_and_holidays_are_laid_beside_each_other() {
    let sales = sales();
    let said = sales.ask("compare.json?a=2025-11-24..2025-11-30&b=year_before&align=weekday");
    assert_eq!(said["b"][0]["from"], "2024-11-25");
    assert_eq!(said["b"][0]["how"], "weekday");
    // Without a country what is known is what is called the same everywhere, such as Black Friday.
    let said = sales.ask("compare.json?a=2025-11-24..2025-11-30&b=year_before&align=holiday");
    assert_eq!(said["b"][0]["how"], "holiday");
    let said = sales.ask("compare.json?a=2025-09-01..2025-09-07&b=year_before&align=holiday");
    assert_eq!(said["b"][0]["how"], "weekday");
}

#[test]
fn what_cannot_be_compared_says_what_to_change() {
    let sales = sales();
    for (arguments, needle) in [
        ("a=2031", "reach from 2023-11-15 to 2026-05-02"),
        ("a=sometime", "is not a period"),
        ("b=1,2,3,4,5", "is not a period"),
        ("b=2024,2025,previous,year_before,2024-01", "at most 4"),
        ("align=moon", "use date, weekday or holiday"),
        ("period=2025", "unknown argument"),
        ("a=2025&by=colour", "colour"),
        ("measure=profit", "no measure"),
    ] {
        let error = sales.refusal(&format!("compare.json?{arguments}"));
        assert!(error.contains(needle), "{arguments}: {error}");
    }
}
