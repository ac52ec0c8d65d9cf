//! Every flipped bit is found.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bytes::Bytes;
use nearcast::model::VersionId;
use nearcast_native::publish::Publisher;
use nearcast_native::versions::{Finding, Verified, verify, verify_pointer};
use nearcast_tests::buckets::MemoryBucket;
use nearcast_tests::sales::lines;
use nearcast_tests::stores::Objects;

use super::{is_whole, name, objects, publish, verified};

/// Two versions of very few sales.
fn small() -> Objects {
    let bucket = MemoryBucket::default();
    publish(&bucket, &lines(1, 12, 2, 2, 5), 100).expect("publishes");
    publish(&bucket, &lines(2, 14, 2, 2, 5), 200).expect("publishes");
    is_whole(&bucket);
    objects(&bucket)
}

/// What is found in the version that an object belongs to, or in the pointer.
fn verified_of(bucket: &MemoryBucket, key: &str) -> Vec<Finding> {
    let dataset = name();
    let publisher = Publisher::new(bucket, &dataset);
    let mut verified = Verified::default();
    match key.strip_prefix("sales/v/").and_then(|k| k.get(..16)) {
        Some(id) => {
            let version = VersionId::new(id).expect("an id");
            verify(&publisher, &version, &mut verified).expect("reads");
        }
        None => verify_pointer(&publisher, &mut verified).expect("reads"),
    }
    verified.findings
}

#[test]
fn verify_finds_every_flipped_bit() {
    let all = small();
    // In each object every byte, one bit of it; in what says which version is current, all bits.
    let mut flips = Vec::new();
    for (key, bytes) in &all {
        let head = if key.ends_with("current.json") {
            300
        } else {
            0
        };
        for at in 0..bytes.len() {
            let bits = if at < head { 0..8 } else { at % 8..at % 8 + 1 };
            flips.extend(bits.map(|bit| (key.clone(), at, bit)));
        }
    }
    assert!(flips.len() > 5_000, "{}", flips.len());
    let next = AtomicUsize::new(0);
    let missed: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let bucket = MemoryBucket::of(all.clone());
                    let mut missed = Vec::new();
                    while let Some((key, at, bit)) = flips.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        let mut altered = all[key].to_vec();
                        altered[*at] ^= 1 << bit;
                        bucket.set(key, altered.into());
                        let found = verified_of(&bucket, key);
                        if !found.iter().any(|f| f.object == *key) {
                            missed.push(format!("{key} byte {at} bit {bit}: {found:?}"));
                        }
                        bucket.set(key, all[key].clone());
                    }
                    missed
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|w| w.join().expect("no panic"))
            .collect()
    });
    assert!(
        missed.is_empty(),
        "{} missed, such as {:?}",
        missed.len(),
        missed.first()
    );
}

#[test]
fn verify_says_where_and_what_to_do() {
    let all = small();
    let pack = all
        .keys()
        .rfind(|k| k.ends_with("/fine.parquet"))
        .expect("a file")
        .clone();
    let with = |bytes: Option<Bytes>| {
        let mut objects = all.clone();
        match bytes {
            Some(bytes) => objects.insert(pack.clone(), bytes),
            None => objects.remove(&pack),
        };
        let found = verified(&MemoryBucket::of(objects)).findings;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].object, pack);
        found[0].what.clone()
    };
    for (at, what) in [(6, "the list of checksums"), (80, "column")] {
        let mut bytes = all[&pack].to_vec();
        bytes[at] ^= 1;
        let said = with(Some(bytes.into()));
        for part in [
            what,
            "row group 0",
            "fine.parquet",
            "between bytes",
            "restore",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }
    let mut bytes = all[&pack].to_vec();
    let end = bytes.len() - 9;
    bytes[end] ^= 1;
    assert!(with(Some(bytes.into())).contains("footer"));
    let short = all[&pack].slice(..all[&pack].len() - 1);
    assert!(with(Some(short)).contains("bytes instead of"));
    assert!(with(None).contains("is not there"));
}
