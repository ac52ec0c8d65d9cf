//! What there is, what changed, going back and letting go.

use http::StatusCode;
use nearcast::ErrorKind;
use nearcast::model::{Timestamp, VersionId};
use nearcast_native::publish::Publisher;
use nearcast_native::versions::{PruneOptions, State, choose, diff, list, prune, rollback, table};
use nearcast_tests::asking::{get, public, text};
use nearcast_tests::buckets::{Dies, DyingBucket, MemoryBucket};
use nearcast_tests::sales::Line;
use nearcast_tests::stores::memory;

use super::{asked, history, is_whole, name, objects, pointer, publish};

const DAY: i64 = 86_400;

/// Publishes a version a day, and says which.
fn published(bucket: &MemoryBucket, count: u64) -> Vec<VersionId> {
    (0..count)
        .map(|i| {
            let now = DAY * i64::try_from(i + 1).expect("few");
            bucket.set_now(now);
            publish(bucket, &history(i + 1), now)
                .expect("publishes")
                .manifest
                .version
        })
        .collect()
}

fn status(bucket: &MemoryBucket, version: &VersionId) -> (StatusCode, String) {
    let target = format!("/v/sales/{version}/top.json?e=1");
    let response = get(&memory(&objects(bucket)), &public("sales"), &target);
    (response.status(), text(&response))
}

#[test]
fn a_rollback_moves_the_pointer_and_another_one_moves_it_back() {
    let bucket = MemoryBucket::default();
    let mut answers = Vec::new();
    let mut versions = Vec::new();
    for i in 0..3 {
        versions.push(
            publish(&bucket, &history(i), 100 + i64::try_from(i).expect("few"))
                .expect("publishes")
                .manifest
                .version,
        );
        answers.push(asked(&bucket));
    }
    let dataset = name();
    let publisher = Publisher::new(&bucket, &dataset);
    let before = objects(&bucket);
    let now = rollback(&publisher, &versions[0].as_str()[..6], Timestamp(500)).expect("rolls back");
    assert_eq!(
        (&now.version, now.published_at),
        (&versions[0], Timestamp(500))
    );
    assert_eq!(asked(&bucket), answers[0]);
    let ids: Vec<_> = now.previous.iter().map(|p| p.version.clone()).collect();
    assert_eq!(ids, [versions[2].clone(), versions[1].clone()]);
    // Only the pointer was written.
    let after = objects(&bucket);
    let changed: Vec<_> = after
        .iter()
        .filter(|(k, v)| before.get(*k) != Some(v))
        .map(|(k, _)| k.as_str())
        .collect();
    assert_eq!(changed, ["sales/current.json"]);
    let rows = list(&publisher).expect("lists");
    assert_eq!(
        rows.iter().map(|r| r.state).collect::<Vec<_>>(),
        [State::Current, State::Kept, State::Kept]
    );
    assert_eq!(rows[0].note, "made current again");
    assert!(rows[1].note.is_empty() && rows[1].parent.as_ref() == Some(&versions[1]));
    for word in [
        "version",
        "published",
        versions[2].as_str(),
        "1970-01-01T00:08:20Z",
        "kept",
        "120",
    ] {
        assert!(table(&rows).contains(word), "{}", table(&rows));
    }
    // What is published after it follows it.
    rollback(&publisher, versions[2].as_str(), Timestamp(600)).expect("rolls back");
    assert_eq!(asked(&bucket), answers[2]);
    for version in &versions {
        assert_eq!(status(&bucket, version).0, 200);
    }
    is_whole(&bucket);

    for (text, kind) in [
        (versions[2].as_str(), ErrorKind::Invalid),
        ("current", ErrorKind::Invalid),
        ("00000000000000aa", ErrorKind::NotFound),
        ("", ErrorKind::NotFound),
        ("not a version", ErrorKind::NotFound),
    ] {
        assert_eq!(
            rollback(&publisher, text, Timestamp(700))
                .expect_err(text)
                .kind(),
            kind,
            "{text}"
        );
    }
    // A version that lacks a file is not made current.
    let fine = objects(&bucket)
        .into_keys()
        .find(|k| k.contains(versions[0].as_str()) && k.ends_with("fine.parquet"))
        .expect("a file");
    let whole = objects(&bucket)[&fine].clone();
    bucket.set(&fine, whole.slice(1..));
    assert_eq!(
        rollback(&publisher, versions[0].as_str(), Timestamp(800))
            .expect_err("damaged")
            .kind(),
        ErrorKind::Corrupt
    );
    assert_eq!(pointer(&bucket).version, versions[2]);
}

#[test]
fn prune_keeps_what_is_young_what_is_current_and_at_least_two() {
    let bucket = MemoryBucket::default();
    let versions = published(&bucket, 6);
    let dataset = name();
    let publisher = Publisher::new(&bucket, &dataset);
    let options = |keep_days, keep, now| PruneOptions {
        keep_days,
        keep,
        dry_run: false,
        now: Timestamp(now),
    };
    // The first version was current until day 2, the second until day 3.
    let now = 33 * DAY;
    let dry = PruneOptions {
        dry_run: true,
        ..options(30, 2, now)
    };
    let before = objects(&bucket);
    let would = prune(&publisher, &dry).expect("says");
    assert_eq!(
        would
            .versions
            .iter()
            .collect::<std::collections::BTreeSet<_>>(),
        versions[..2].iter().collect()
    );
    assert_eq!(objects(&bucket), before);
    let pruned = prune(&publisher, &options(30, 2, now)).expect("prunes");
    assert_eq!(pruned, would);
    assert!(pruned.objects >= 6 && pruned.size_bytes > 0);
    for version in &versions[..2] {
        let (status, said) = status(&bucket, version);
        assert_eq!(status, 410, "{said}");
        assert!(said.contains(versions[5].as_str()), "{said}");
        assert!(
            !objects(&bucket)
                .keys()
                .any(|k| k.contains(version.as_str()))
        );
        assert_eq!(
            rollback(&publisher, version.as_str(), Timestamp(now))
                .expect_err("gone")
                .kind(),
            ErrorKind::Gone
        );
    }
    for version in &versions[2..] {
        assert_eq!(status(&bucket, version).0, 200);
    }
    let states: Vec<_> = list(&publisher)
        .expect("lists")
        .iter()
        .map(|r| r.state)
        .collect();
    assert_eq!(
        states,
        [
            State::Current,
            State::Kept,
            State::Kept,
            State::Kept,
            State::Pruned,
            State::Pruned
        ]
    );
    is_whole(&bucket);
    assert_eq!(
        prune(&publisher, &options(30, 2, now))
            .expect("nothing")
            .objects,
        0
    );

    // However little is to be kept, two are.
    prune(&publisher, &options(0, 0, 1_000 * DAY)).expect("prunes");
    assert_eq!(status(&bucket, &versions[5]).0, 200);
    assert_eq!(status(&bucket, &versions[4]).0, 200);
    assert_eq!(status(&bucket, &versions[3]).0, 410);
    is_whole(&bucket);

    // A version that was current until just now is young, however old it is.
    rollback(&publisher, versions[4].as_str(), Timestamp(1_000 * DAY)).expect("rolls back");
    bucket.set_now(1_001 * DAY);
    publish(&bucket, &history(50), 1_001 * DAY).expect("publishes");
    prune(&publisher, &options(30, 2, 1_002 * DAY)).expect("prunes");
    assert_eq!(status(&bucket, &versions[5]).0, 200);
    is_whole(&bucket);
}

#[test]
fn a_prune_that_is_cut_off_is_finished_by_the_next() {
    let dataset = name();
    let options = PruneOptions {
        keep_days: 1,
        keep: 2,
        dry_run: false,
        now: Timestamp(100 * DAY),
    };
    for dies in [Dies::Before, Dies::After] {
        for at in 0..30 {
            let bucket = MemoryBucket::default();
            let versions = published(&bucket, 4);
            let done = prune(
                &Publisher::new(&DyingBucket::new(&bucket, dies, at), &dataset),
                &options,
            );
            // Whatever is gone, nobody is shown half a version.
            for version in &versions {
                let (status, said) = status(&bucket, version);
                assert!(status == 200 || status == 410, "{said}");
            }
            is_whole(&bucket);
            prune(&Publisher::new(&bucket, &dataset), &options).expect("prunes");
            let left: Vec<_> = versions
                .iter()
                .filter(|v| objects(&bucket).keys().any(|k| k.contains(v.as_str())))
                .collect();
            assert_eq!(
                left,
                versions[2..].iter().collect::<Vec<_>>(),
                "{dies:?} {at}"
            );
            is_whole(&bucket);
            if done.is_ok() {
                assert!(at > 4);
                break;
            }
        }
    }
}

#[test]
fn a_diff_names_values_days_and_differences() {
    let bucket = MemoryBucket::default();
    let before = history(1);
    let a = publish(&bucket, &before, 100).expect("publishes").manifest;
    let mut after: Vec<Line> = before.clone();
    let last = after.iter().map(|l| l.day).max().expect("days");
    let at = after.iter().position(|l| l.day == last - 10).unwrap_or(5);
    let changed = after[at].day;
    after[at].units += 7;
    after[at].cents += 123;
    let new = Line {
        day: last + 1,
        operation: "Zagreb".into(),
        units: 5,
        cents: 250,
        ..before[0].clone()
    };
    after.push(new);
    let b = publish(&bucket, &after, 200).expect("publishes").manifest;
    let dataset = name();
    let publisher = Publisher::new(&bucket, &dataset);
    let found = diff(&publisher, &a.version, &b.version).expect("compares");
    assert_eq!(found.rows, (120, 121));
    assert_eq!(found.days, (a.days, b.days));
    let operation = found
        .dimensions
        .iter()
        .find(|d| d.name == "operation")
        .expect("a change");
    assert_eq!(
        (operation.added.as_slice(), operation.removed_count),
        (&["Zagreb".to_owned()][..], 0)
    );
    let revenue = found
        .measures
        .iter()
        .find(|m| m.name == "revenue")
        .expect("a measure");
    let cents: i64 = before.iter().map(|l| l.cents).sum();
    let money = |cents: i64| {
        format!(
            "{}{}.{:02}",
            if cents < 0 { "-" } else { "" },
            cents.abs() / 100,
            cents.abs() % 100
        )
    };
    assert_eq!(
        (
            revenue.before.as_str(),
            revenue.after.as_str(),
            revenue.difference.as_str()
        ),
        (money(cents).as_str(), money(cents + 373).as_str(), "3.73")
    );
    assert_eq!(found.changed_days_count, 2);
    let days: Vec<_> = found
        .changed_days
        .iter()
        .map(|d| {
            (
                d.day.0,
                d.lines,
                d.difference["units"].clone(),
                d.difference["revenue"].clone(),
            )
        })
        .collect();
    assert_eq!(
        days,
        [
            (last + 1, 1, "5".to_owned(), "2.50".to_owned()),
            (changed, 0, "7".into(), "1.23".into())
        ]
    );
    for word in ["Zagreb", "difference 3.73", "2 days differ", "+1.23"] {
        assert!(found.text().contains(word), "{}", found.text());
    }
    let back = diff(&publisher, &b.version, &a.version).expect("compares");
    assert_eq!(back.changed_days_count, 2);
    assert_eq!(
        back.dimensions
            .iter()
            .find(|d| d.name == "operation")
            .expect("a change")
            .removed,
        ["Zagreb"]
    );
    let same = diff(&publisher, &a.version, &a.version).expect("compares");
    assert!(same.changed_days.is_empty() && same.dimensions.is_empty() && same.schema.is_empty());
    assert_eq!(
        choose(&pointer(&bucket), "current").expect("one"),
        b.version
    );
}
