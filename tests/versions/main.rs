//! Versions: published by one conditional write, whatever happens in between; listed, compared, rolled back, removed and
//! verified.

#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking"
)]

mod append;
mod bucket;
mod cut_off;
mod damage;
mod history;
mod processes;
mod record;
mod since;

use nearcast::ingest::{Built, Config, ingest_csv};
use nearcast::model::manifest::{Manifest, Pointer};
use nearcast::model::{DatasetId, Timestamp};
use nearcast::{Result, read};
use nearcast_native::publish::{Bucket, Published, Publisher};
use nearcast_native::versions::{Verified, verify, verify_pointer};
use nearcast_tests::asking::{answer, public};
use nearcast_tests::sales::{Line, csv, lines};
use nearcast_tests::stores::{Objects, memory};
use serde_json::Value;

fn name() -> DatasetId {
    DatasetId::new("sales").expect("a name")
}

/// A history of its own for each seed.
fn history(seed: u64) -> Vec<Line> {
    lines(seed, 120, 3, 6, 90)
}

fn built(lines: &[Line], current: Option<&Manifest>) -> Result<Built> {
    ingest_csv(
        csv(lines).as_bytes(),
        "sales.csv",
        &name(),
        &Config::default(),
        current,
    )
}

/// Publishes these lines as `ingest` does.
fn publish(bucket: &dyn Bucket, lines: &[Line], now: i64) -> Result<Published> {
    let version = built(lines, None)?;
    Publisher::new(bucket, &name()).publish(Timestamp(now), |before: Option<&Pointer>| {
        version.clone().follow(before.map(|p| &p.manifest))
    })
}

fn pointer(bucket: &dyn Bucket) -> Pointer {
    Publisher::new(bucket, &name())
        .existing()
        .expect("a pointer")
        .pointer
}

/// Every object as readers see them.
fn objects(bucket: &dyn Bucket) -> Objects {
    let listed = bucket.list("sales/").expect("a list");
    let whole = |key: &str| {
        bucket
            .get(key, 1 << 30)
            .expect("reads")
            .expect("is there")
            .bytes
    };
    listed
        .into_iter()
        .map(|e| (e.key.clone(), whole(&e.key)))
        .collect()
}

/// What a reader is told now.
fn asked(bucket: &dyn Bucket) -> Value {
    let store = memory(&objects(bucket));
    let mut answer = answer(
        &store,
        &public("sales"),
        "/v/sales/latest/top.json?n=1000&measure=revenue",
    );
    answer["receipt"] = Value::Null;
    answer["links"] = Value::Null;
    answer
}

/// Verifies the pointer and every version that it lists.
fn verified(bucket: &dyn Bucket) -> Verified {
    let dataset = name();
    let publisher = Publisher::new(bucket, &dataset);
    let mut verified = Verified::default();
    verify_pointer(&publisher, &mut verified).expect("reads");
    let bytes = bucket
        .get("sales/current.json", 1 << 30)
        .expect("reads")
        .expect("is there")
        .bytes;
    if let Ok(pointer) = read::manifest::pointer(&bytes, &dataset) {
        verify(&publisher, &pointer.version, &mut verified).expect("reads");
        for before in pointer.previous.iter().filter(|p| p.pruned_at.is_none()) {
            verify(&publisher, &before.version, &mut verified).expect("reads");
        }
    }
    verified
}

fn is_whole(bucket: &dyn Bucket) {
    let verified = verified(bucket);
    assert_eq!(verified.findings, [], "{verified:?}");
    assert!(verified.cells > 0 && verified.chunks > 0, "{verified:?}");
}
