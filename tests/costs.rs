//! What whole questions read, counted at the store: rounds, ranges and bytes.

use nearcast::shell::Span;
use nearcast_tests::asking::{call, get, header, public};
use nearcast_tests::sales::{dataset, lines, pointer, version};
use nearcast_tests::stores::{CountingStore, Objects, Round, memory};
use serde_json::json;

const KIB: u64 = 1 << 10;

/// Asks a link at a store that counts: (rounds, ranges, bytes), and what was read.
fn counted(objects: &Objects, dataset: &str, target: &str) -> (usize, usize, u64, Vec<Round>) {
    let store = CountingStore::new(memory(objects));
    let response = get(&store, &public(dataset), target);
    assert_eq!(
        response.status(),
        200,
        "{target}: {}",
        String::from_utf8_lossy(response.body())
    );
    let rounds = store.take();
    let ranges = rounds.iter().map(|r| r.specs.len()).sum();
    let bytes = rounds.iter().map(|r| r.bytes).sum();
    (rounds.len(), ranges, bytes, rounds)
}

#[test]
fn questions_of_the_demo_cost_what_they_should() {
    let objects = nearcast_native::demo::objects();
    let current = version(&objects, "demo");
    // The manifest is one of the ranges and 27 KiB of the bytes.
    for (question, rounds, ranges, kib) in [
        ("top.json?e=1", 2, 2, 40),
        ("top.json?operation=charlotte&e=1", 2, 2, 40),
        ("top.json?operation=dallas&e=1", 2, 2, 40),
        ("top.json?operation=phoenix&period=2025-Q3&e=1", 2, 2, 100),
        ("top.json?by=operation&measure=revenue&e=1", 2, 2, 100),
        ("top.json?by=category&period=2026&e=1", 2, 2, 100),
        // Small row groups lie so near to each other that the columns between them are read too.
        ("top.json?filter.channel=vending&e=1", 2, 2, 210),
        ("top.csv?by=region&e=1", 2, 2, 100),
        ("forecast.json?e=1", 2, 2, 60),
        ("forecast.json?operation=dallas&e=1", 2, 2, 100),
        ("forecast.json?grain=week&operation=austin&e=1", 2, 2, 100),
        ("forecast.svg?filter.product=sku-0271&e=1", 2, 2, 100),
        (
            "forecast.json?filter.category=candy%20%26%20gum&e=1",
            2,
            2,
            100,
        ),
        ("describe.json?e=1", 1, 1, 30),
        ("describe.json?dimension=product&e=1", 1, 1, 30),
    ] {
        let (got_rounds, got_ranges, bytes, _) =
            counted(&objects, "demo", &format!("/v/demo/{current}/{question}"));
        assert_eq!((got_rounds, got_ranges), (rounds, ranges), "{question}");
        assert!(
            bytes <= kib * KIB,
            "{question} reads {bytes} bytes, and {} are allowed",
            kib * KIB
        );
    }
}

#[test]
fn a_period_across_months_costs_ranges_but_not_rounds() {
    let objects = nearcast_native::demo::objects();
    let current = version(&objects, "demo");
    let (rounds, ranges, bytes, _) = counted(
        &objects,
        "demo",
        &format!("/v/demo/{current}/top.json?operation=phoenix&period=2025-06-03..2025-08-17&e=1"),
    );
    assert_eq!(rounds, 2);
    assert!(ranges <= 3, "{ranges}");
    assert!(bytes <= 300 * KIB, "{bytes}");
}

#[test]
fn a_cold_question_about_the_latest_takes_two_rounds() {
    let objects = nearcast_native::demo::objects();
    let store = CountingStore::new(memory(&objects));
    let reply = call(
        &store,
        &public("demo"),
        "top_n_products",
        &json!({"n": 5, "operation": "Dallas"}),
    );
    assert_eq!(reply["result"]["isError"], false, "{reply}");
    let rounds = store.take();
    let keys: Vec<Vec<&str>> = rounds
        .iter()
        .map(|r| r.specs.iter().map(|s| s.key.as_str()).collect())
        .collect();
    let current = version(&objects, "demo");
    // The pointer carries the manifest; then the data.
    assert_eq!(
        keys,
        [
            vec!["demo/current.json".to_owned()],
            vec![format!("demo/v/{current}/pack.parquet")]
        ]
    );

    // A link to the latest reads the pointer and leads on; the pinned one reads its manifest, then the data.
    let response = get(
        &store,
        &public("demo"),
        "/v/demo/latest/top.json?operation=dallas",
    );
    assert_eq!(store.take().len(), 1);
    let response = get(&store, &public("demo"), header(&response, "location"));
    assert_eq!(response.status(), 200);
    let rounds = store.take();
    assert_eq!(rounds.len(), 2);
    assert_eq!(
        rounds[0].specs[0].key.as_str(),
        format!("demo/v/{current}/manifest.json")
    );
    assert!(
        rounds[1]
            .specs
            .iter()
            .all(|s| matches!(s.span, Span::Range(_))),
        "data are read by ranges"
    );
}

#[test]
fn names_that_are_some_hundreds_come_with_the_manifest() {
    let objects = dataset(&lines(5, 6_000, 4, 700, 500));
    let current = version(&objects, "sales");
    let manifest = pointer(&objects, "sales").manifest;
    let products = manifest.dimension("product").expect("there");
    assert!(products.count > 512 && products.values.is_empty());
    for question in [
        "top.json?e=1",
        "top.json?by=operation&filter.product=product%200007&e=1",
        "forecast.json?filter.product=p0007&e=1",
        "top.json?by=operation&filter.category=candy&e=1",
    ] {
        let (rounds, ranges, bytes, read) =
            counted(&objects, "sales", &format!("/v/sales/{current}/{question}"));
        assert_eq!(rounds, 2, "{question}");
        assert!(
            ranges <= 6 && bytes <= 300 * KIB,
            "{question}: {ranges}, {bytes}"
        );
        let names = |r: &Round| r.specs.iter().any(|s| s.key.as_str().contains("names"));
        assert!(!read.iter().any(names), "{question} reads the names again");
    }
}

#[test]
fn names_that_are_many_come_with_the_data_or_one_round_before_them() {
    let objects = dataset(&lines(5, 60_000, 4, 30_000, 500));
    let current = version(&objects, "sales");
    let manifest = pointer(&objects, "sales").manifest;
    let products = manifest.dimension("product").expect("there");
    assert!(products.count > 10_000, "{} names", products.count);
    let names_file = |round: &Round| {
        round
            .specs
            .iter()
            .filter(|s| s.key.as_str().contains("names"))
            .count()
    };
    for (question, rounds, names_round) in [
        // Shown: fetched beside the data.
        ("top.json?e=1", 2, Some(1)),
        ("top.json?operation=austin&e=1", 2, Some(1)),
        // Not shown: not fetched.
        ("top.json?by=operation&e=1", 2, None),
        ("forecast.json?operation=dallas&e=1", 2, None),
        // Filtered by: needed before the data can be planned.
        (
            "top.json?by=operation&filter.product=product%200007&e=1",
            3,
            Some(1),
        ),
        ("top.json?filter.product=p0007&e=1", 3, Some(1)),
        ("forecast.json?filter.product=p0007&e=1", 3, Some(1)),
        // A category is its products.
        (
            "top.json?by=operation&filter.category=candy&e=1",
            3,
            Some(1),
        ),
        ("top.json?by=category&e=1", 2, Some(1)),
        ("describe.json?dimension=product&e=1", 2, Some(1)),
        ("describe.json?e=1", 1, None),
    ] {
        let (got, ranges, bytes, read) =
            counted(&objects, "sales", &format!("/v/sales/{current}/{question}"));
        assert_eq!(got, rounds, "{question}");
        assert!(bytes <= 1_024 * KIB, "{question} reads {bytes}");
        assert!(ranges <= 6, "{question} reads {ranges} ranges");
        for (i, round) in read.iter().enumerate() {
            assert_eq!(
                names_file(round) > 0,
                names_round == Some(i),
                "{question}: round {i} {round:?}"
            );
        }
    }
}

#[test]
fn no_question_reads_one_byte_twice() {
    let objects = dataset(&lines(6, 3_000, 6, 600, 700));
    let current = version(&objects, "sales");
    for question in [
        "top.json?e=1",
        "top.json?filter.product=p0007&e=1",
        "forecast.json?grain=day&operation=dallas&e=1",
        "top.json?period=2024-03-02..2024-08-08&e=1",
    ] {
        let (_, _, _, rounds) =
            counted(&objects, "sales", &format!("/v/sales/{current}/{question}"));
        let mut read: Vec<(&str, u64, u64)> = rounds
            .iter()
            .flat_map(|r| &r.specs)
            .filter_map(|s| match &s.span {
                Span::Range(range) => Some((s.key.as_str(), range.start, range.end)),
                _ => None,
            })
            .collect();
        read.sort_unstable();
        for pair in read.windows(2) {
            assert!(
                pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1,
                "{question}: {pair:?}"
            );
        }
    }
}

#[test]
fn the_cost_does_not_grow_with_the_source() {
    let cost = |count| {
        let objects = dataset(&lines(7, count, 4, 40, 720));
        let current = version(&objects, "sales");
        let (rounds, ranges, bytes, _) = counted(
            &objects,
            "sales",
            &format!("/v/sales/{current}/top.json?operation=austin&e=1"),
        );
        (rounds, ranges, bytes)
    };
    let (few, many) = (cost(8_000), cost(64_000));
    assert_eq!((few.0, few.1), (many.0, many.1));
    assert!(
        many.2 < few.2 + few.2 / 4,
        "eight times the lines: {} bytes became {}",
        few.2,
        many.2
    );
}
