//! The same on a real S3 server: publishing, what two writers do, and the commands.

use std::process::Command;
use std::sync::Barrier;
use std::thread;

use bytes::Bytes;
use nearcast::model::Timestamp;
use nearcast_native::publish::{Bucket, Content, Expected, Publisher, Put, S3Bucket};
use nearcast_native::versions::{PruneOptions, list, prune, rollback};
use nearcast_tests::moto::Moto;

use super::{asked, history, is_whole, name, pointer, publish};

#[test]
fn a_bucket_of_s3_keeps_every_promise() {
    let moto = Moto::start();
    let bucket = S3Bucket::new(&moto.bucket("some/where", &moto.writer)).expect("a bucket");
    conditional(&bucket);
    large(&bucket);
    assert!(bucket.datasets().expect("lists").is_empty());

    let first = publish(&bucket, &history(1), 100)
        .expect("publishes")
        .manifest
        .version;
    let answer = asked(&bucket);
    is_whole(&bucket);
    assert_eq!(bucket.datasets().expect("lists"), ["sales"]);

    // Writers at the same time all get into the history.
    let start = Barrier::new(3);
    thread::scope(|scope| {
        for seed in 2..5 {
            let (moto, start) = (&moto, &start);
            scope.spawn(move || {
                let bucket =
                    S3Bucket::new(&moto.bucket("some/where", &moto.writer)).expect("a bucket");
                start.wait();
                publish(&bucket, &history(seed), 200).expect("publishes");
            });
        }
    });
    assert_eq!(pointer(&bucket).previous.len(), 3);
    is_whole(&bucket);

    let dataset = name();
    let publisher = Publisher::new(&bucket, &dataset);
    rollback(&publisher, first.as_str(), Timestamp(300)).expect("rolls back");
    assert_eq!(asked(&bucket), answer);
    let options = PruneOptions {
        keep_days: 0,
        keep: 2,
        dry_run: false,
        now: Timestamp(400),
    };
    assert_eq!(
        prune(&publisher, &options).expect("prunes").versions.len(),
        2
    );
    assert_eq!(list(&publisher).expect("lists").len(), 4);
    is_whole(&bucket);

    // Who may only read publishes nothing, and says so without any secret.
    let reader = S3Bucket::new(&moto.bucket("some/where", &moto.reader)).expect("a bucket");
    let before = pointer(&bucket);
    let error = publish(&reader, &history(9), 500).expect_err("may not write");
    assert!(error.message().contains("not allowed"), "{error}");
    assert!(!error.to_string().contains(moto.reader.secret.as_str()));
    assert_eq!(pointer(&reader), before);

    let mut command = Command::new(env!("CARGO_BIN_EXE_nearcast"));
    command
        .args([
            "versions",
            "verify",
            "--all",
            "--data",
            "s3://sales/some/where",
        ])
        .env("NEARCAST_S3_ENDPOINT", moto.endpoint())
        .env("NEARCAST_S3_ACCESS_KEY_ID", &moto.reader.key_id)
        .env("NEARCAST_S3_SECRET_ACCESS_KEY", moto.reader.secret.as_str());
    let output = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("all as they were published"),
        "{output:?}"
    );
}

fn conditional(bucket: &dyn Bucket) {
    let text = |text: &'static str| Bytes::from_static(text.as_bytes());
    let key = "try/current.json";
    let put = |bytes: &Bytes, expected: &Expected| {
        bucket.put_if(key, bytes, expected).expect("an answer")
    };
    let absent = Expected::Absent;
    assert_eq!(put(&text("one"), &absent), Put::Done);
    assert_eq!(put(&text("two"), &absent), Put::Conflict);
    let one = bucket.get(key, 100).expect("reads").expect("is there");
    assert_eq!(one.bytes, text("one"));
    let is_one = Expected::Etag(one.etag);
    assert_eq!(put(&text("two"), &is_one), Put::Done);
    assert_eq!(put(&text("three"), &is_one), Put::Conflict);
    assert_eq!(
        bucket
            .get(key, 100)
            .expect("reads")
            .expect("is there")
            .bytes,
        text("two")
    );
    bucket.get(key, 2).expect_err("larger than that");
    bucket.delete(key).expect("removes");
    bucket.delete(key).expect("is removed already");
    assert_eq!(bucket.get(key, 100).expect("reads"), None);
    assert_eq!(put(&text("four"), &is_one), Put::Conflict);
}

/// A staged file that is uploaded in parts.
fn large(bucket: &dyn Bucket) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large");
    let bytes: Vec<u8> = (0..40_000_000_u32)
        .map(|i| i.to_le_bytes()[(i % 3) as usize])
        .collect();
    std::fs::write(&path, &bytes).expect("writes");
    bucket
        .put("try/large.parquet", &Content::File(path))
        .expect("writes");
    let listed = bucket.list("try/").expect("lists");
    assert_eq!(
        (listed.len(), listed[0].size_bytes),
        (1, bytes.len() as u64)
    );
    let end = bytes.len() as u64;
    let tail = bucket
        .get_range("try/large.parquet", end - 1_000..end)
        .expect("reads");
    assert_eq!(tail, bytes[bytes.len() - 1_000..]);
    bucket.delete("try/large.parquet").expect("removes");
}
