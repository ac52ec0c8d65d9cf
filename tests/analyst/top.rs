//! Rankings in each value of a dimension, beside those of a period before, and in pages.

use std::collections::BTreeMap;

use nearcast_tests::sales::Line;
use serde_json::Value;

use super::{list, sales, scaled};

/// Name and sum, best first; equal ones by name.
fn ranked(from: &str, to: &str, key: &str, passes: impl Fn(&Line) -> bool) -> Vec<(String, i64)> {
    let day = |text: &str| nearcast::model::Day::parse(text).expect("a day").0;
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for line in &sales().lines {
        if (day(from)..=day(to)).contains(&line.day) && passes(line) {
            *sums.entry(line.of(key).to_owned()).or_default() += line.units;
        }
    }
    let mut rows: Vec<(String, i64)> = sums.into_iter().collect();
    rows.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    rows
}

fn shown(rows: &[Value]) -> Vec<(String, i64)> {
    let name = |row: &Value| row["name"].as_str().expect("a name").to_owned();
    rows.iter()
        .map(|row| (name(row), scaled(&row["value"], 0)))
        .collect()
}

#[test]
fn each_group_has_the_ranking_that_a_filter_would_give() {
    // The period cuts months, and so days are taken away from some.
    let (from, to) = ("2025-01-10", "2025-06-20");
    for (per, by) in [
        ("operation", "product"),
        ("region", "product"),
        ("category", "product"),
        ("category", "operation"),
        ("operation", "region"),
        ("channel", "category"),
    ] {
        let said = sales().ask(&format!(
            "top.json?n=3&by={by}&per={per}&period={from}..{to}"
        ));
        let wanted = ranked(from, to, per, |_| true);
        let groups = list(&said["groups"]);
        let totals: Vec<(String, i64)> = groups
            .iter()
            .map(|group| {
                (
                    group["name"].as_str().expect("a name").to_owned(),
                    scaled(&group["total"], 0),
                )
            })
            .collect();
        assert_eq!(totals, wanted, "{by} per {per}");
        let whole: i64 = wanted.iter().map(|(_, sum)| sum).sum();
        assert_eq!(scaled(&said["total"], 0), whole);
        let mut pairs = 0;
        for group in groups {
            let name = group["name"].as_str().expect("a name");
            let rows: Vec<Value> = list(&said["rows"])
                .iter()
                .filter(|row| row["group"] == name)
                .cloned()
                .collect();
            let all = ranked(from, to, by, |line| line.of(per) == name);
            assert_eq!(group["rows_total"], all.len(), "{by} per {per} {name}");
            assert_eq!(
                shown(&rows),
                all[..all.len().min(3)],
                "{by} per {per} {name}"
            );
            pairs += all.len();
        }
        assert_eq!(said["receipt"]["rows_total"], pairs);
    }
}

#[test]
fn ranks_before_are_those_of_the_period_before() {
    let sales = sales();
    for (order, filter) in [("desc", ""), ("asc", "&filter.region=texas")] {
        let said = sales.ask(&format!(
            "top.json?n=1000&order={order}&period=2025-11&against=previous{filter}"
        ));
        let ranks = |from, to| {
            let mut rows = ranked(from, to, "product", |l| {
                filter.is_empty() || l.region == "Texas"
            });
            if order == "asc" {
                rows.sort_by_key(|(_, sum)| *sum);
            }
            rows
        };
        let (now, before) = (
            ranks("2025-11-01", "2025-11-30"),
            ranks("2025-10-01", "2025-10-31"),
        );
        assert_eq!(shown(list(&said["rows"])), now);
        let mut fresh = 0;
        for (row, rank) in list(&said["rows"]).iter().zip(1_i64..) {
            let was = before
                .iter()
                .position(|(name, _)| row["name"] == *name.as_str());
            let Some(was) = was else {
                assert_eq!(row["new"], true);
                assert!(row["rank_before"].is_null());
                fresh += 1;
                continue;
            };
            let rank_before = i64::try_from(was).expect("small") + 1;
            assert_eq!(row["rank_before"], rank_before);
            assert_eq!(row["rank_change"], rank_before - rank);
            assert_eq!(scaled(&row["value_before"], 0), before[was].1);
        }
        let gone = before.len() + fresh - now.len();
        assert_eq!(said["against"]["gone"], gone);
        let total: i64 = before.iter().map(|(_, sum)| sum).sum();
        assert_eq!(scaled(&said["against"]["total"], 0), total);
    }
}

#[test]
fn groups_have_their_own_ranks_before() {
    let said = sales().ask("top.json?n=4&per=operation&period=2025&against=2024");
    let group = said["groups"][0]["name"]
        .as_str()
        .expect("a name")
        .to_owned();
    let before = ranked("2024-01-01", "2024-12-31", "product", |l| {
        l.operation == group
    });
    for row in list(&said["rows"])
        .iter()
        .filter(|row| row["group"] == group.as_str())
    {
        let was = before
            .iter()
            .position(|(name, _)| row["name"] == *name.as_str());
        assert_eq!(row["rank_before"].as_u64(), was.map(|at| at as u64 + 1));
    }
    // The same words stand in the picture and the sheet.
    assert!(sales().follow(&said, "svg").contains(&format!("{group}: ")));
    let csv = sales().follow(&said, "csv");
    assert!(csv.starts_with("operation_id,operation,rank,product_id,product,units,share,cumulative_share,rank_before,rank_change,units_before"), "{csv}");
}

#[test]
fn pages_follow_each_other_and_end() {
    let sales = sales();
    let whole = sales.ask("top.json?n=1000");
    let (mut rows, mut next) = (Vec::new(), Some("top.json?n=7".to_owned()));
    while let Some(target) = next {
        let said = sales.ask(&target);
        rows.extend(list(&said["rows"]).iter().cloned());
        let link = said["receipt"]["next"].as_str();
        next = link.map(|link| {
            link.split_once("/top")
                .map(|(_, rest)| format!("top{rest}"))
                .expect("a link")
        });
    }
    assert_eq!(&rows, list(&whole["rows"]));
    let last = rows.last().expect("rows");
    assert_eq!(last["cumulative_share"], 1);
    // Several rankings are turned by group.
    let first = sales.ask("top.json?n=500&per=operation");
    assert_eq!(list(&first["groups"]).len(), 2);
    let link = first["receipt"]["next"].as_str().expect("more");
    assert!(link.contains("offset=2"), "{link}");
    let second = sales.ask("top.json?n=500&per=operation&offset=2");
    assert_ne!(first["groups"][0], second["groups"][0]);
    let past = sales.ask("top.json?offset=5000");
    let note = past["receipt"]["notes"][0].as_str().expect("a note");
    assert!(note.contains("past the end"), "{note}");
}

#[test]
fn what_cannot_be_ranked_says_what_to_change() {
    for (arguments, needle) in [
        ("per=product", "by and per are both product"),
        ("per=colour", "no dimension"),
        ("against=soon", "is not a period"),
        ("against=2019", "outside of the data"),
        ("offset=-1", "whole number"),
    ] {
        let error = sales().refusal(&format!("top.json?{arguments}"));
        assert!(error.contains(needle), "{arguments}: {error}");
    }
}
