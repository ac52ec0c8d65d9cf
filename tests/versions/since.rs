//! What changed since another version, as a question: the same as what `versions diff` reads out of every day.

use std::collections::BTreeMap;

use nearcast::model::{Timestamp, VersionId};
use nearcast_native::publish::Publisher;
use nearcast_native::versions::{PruneOptions, diff, prune};
use nearcast_tests::asking::{answer, get, public, text};
use nearcast_tests::buckets::MemoryBucket;
use nearcast_tests::sales::Line;
use nearcast_tests::stores::memory;
use serde_json::Value;

use super::{history, name, objects, publish};

/// Two versions: in the second one month is gone on, an older day is corrected, and a product and an operation are new.
fn two(bucket: &MemoryBucket) -> (VersionId, VersionId) {
    let lines = history(3);
    let mut later = lines.clone();
    later[0].units += 5;
    later[0].cents += 1_250;
    let newest = lines.iter().map(|l| l.day).max().expect("lines");
    later.push(Line {
        day: newest + 40,
        operation: "Quito".into(),
        product: "Guava".into(),
        product_id: "P999".into(),
        ..lines[0].clone()
    });
    let at = |lines: &[Line], now| {
        publish(bucket, lines, now)
            .expect("publishes")
            .manifest
            .version
    };
    (at(&lines, 100), at(&later, 200))
}

fn since(bucket: &MemoryBucket, what: &str) -> Value {
    answer(
        &memory(&objects(bucket)),
        &public("sales"),
        &format!("/v/sales/latest/describe.json?since={what}"),
    )
}

#[test]
fn it_is_what_the_days_of_both_versions_say() {
    let bucket = MemoryBucket::default();
    let (first, second) = two(&bucket);
    let dataset = name();
    let read = diff(&Publisher::new(&bucket, &dataset), &first, &second).expect("reads");
    let said = since(&bucket, "previous");
    let told = &said["since"];
    assert_eq!(told["version"], first.as_str());
    assert_eq!(
        (&told["rows"]["before"], &told["rows"]["after"]),
        (&read.rows.0.into(), &read.rows.1.into())
    );
    for (measure, wanted) in told["measures"]
        .as_array()
        .expect("measures")
        .iter()
        .zip(&read.measures)
    {
        assert_eq!(measure["name"], wanted.name.as_str());
        for (key, value) in [
            ("before", &wanted.before),
            ("after", &wanted.after),
            ("change", &wanted.difference),
        ] {
            let shown = measure[key].as_f64().expect("a number");
            assert_eq!(
                shown,
                value.parse::<f64>().expect("a number"),
                "{} {key}",
                wanted.name
            );
        }
    }
    // The days that differ, by month.
    assert!(
        read.changed_days.len() as u64 == read.changed_days_count,
        "all days are listed"
    );
    let mut months: BTreeMap<String, i64> = BTreeMap::new();
    for day in &read.changed_days {
        *months
            .entry(day.day.to_string()[..7].to_owned())
            .or_default() += day.lines;
    }
    let shown: BTreeMap<String, i64> = told["months"]
        .as_array()
        .expect("months")
        .iter()
        .map(|month| {
            let day = month["month"].as_str().expect("a day");
            (
                day[..7].to_owned(),
                month["rows"].as_i64().expect("a count"),
            )
        })
        .collect();
    assert_eq!(shown, months);
    assert_eq!(told["months"][0]["known_before"], false);
    assert_eq!(told["months"][1]["known_before"], true);
    assert_eq!(told["months"][1]["changes"]["units"], 5);
    for dimension in &read.dimensions {
        let values = told["values"].as_array().expect("values");
        let found = values
            .iter()
            .find(|v| v["dimension"] == dimension.name.as_str());
        let found = found.unwrap_or_else(|| panic!("nothing of {}", dimension.name));
        assert_eq!(found["new_count"], dimension.added_count);
        assert_eq!(found["new"], Value::from(dimension.added.clone()));
        assert_eq!(found["gone_count"], dimension.removed_count);
    }
    assert!(read.dimensions.iter().any(|d| d.name == "operation"));
    // By its id it is the same, and the other way round the signs turn.
    assert_eq!(since(&bucket, first.as_str())["since"], *told);
    let csv = get(
        &memory(&objects(&bucket)),
        &public("sales"),
        said["receipt"]["links"]["csv"].as_str().expect("a link"),
    );
    assert!(
        text(&csv).contains("new value,Quito,operation"),
        "{}",
        text(&csv)
    );
}

#[test]
fn what_cannot_be_compared_says_why() {
    let bucket = MemoryBucket::default();
    let (first, second) = two(&bucket);
    let refused = |target: &str| {
        let store = memory(&objects(&bucket));
        let response = get(&store, &public("sales"), target);
        assert!(response.status().is_client_error(), "{target}");
        text(&response)
    };
    let pinned = |version: &VersionId, what: &str| {
        format!("/v/sales/{version}/describe.json?since={what}&e=1")
    };
    for (version, what, needle) in [
        (&first, "previous", "the first version"),
        (&second, second.as_str(), "that is this version itself"),
        (
            &second,
            "00000000000000aa",
            "there is no version 00000000000000aa to compare with",
        ),
        (&second, "yesterday", "is no version"),
    ] {
        let said = refused(&pinned(version, what));
        assert!(said.contains(needle), "{what}: {said}");
    }
    assert!(
        refused(&format!(
            "{}&dimension=product",
            pinned(&second, "previous")
        ))
        .contains("leave out dimension")
    );
    // A third one, and the first is removed: what was told of it is gone.
    publish(&bucket, &history(9), 300).expect("publishes");
    let dataset = name();
    bucket.set_now(90 * 86_400);
    let options = PruneOptions {
        keep_days: 1,
        keep: 2,
        dry_run: false,
        now: Timestamp(90 * 86_400),
    };
    prune(&Publisher::new(&bucket, &dataset), &options)
    .expect("prunes");
    let said = refused(&pinned(&second, "previous"));
    assert!(said.contains("was removed after its retention"), "{said}");
}
