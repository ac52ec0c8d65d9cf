//! The owner's documents at ingest: read, refused, kept from version to version, replaced and removed.

use std::fs;
use std::path::{Path, PathBuf};

use nearcast::error::Result;
use nearcast::model::{DatasetId, ObjectKey, Pointer, Timestamp};
use nearcast_native::append::Restate;
use nearcast_native::ingest::{IngestOptions, IngestReport, run};
use nearcast_native::publish::{Bucket, DirectoryBucket, Publisher};
use nearcast_native::versions::{Verified, verify, verify_pointer};
use nearcast_tests::asking::{body, get, public};
use nearcast_tests::sales::{csv, lines};
use nearcast_tests::stores::{Objects, memory};
use serde_json::Value;

/// A shop with a folder of documents.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let shop = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        shop.write(
            "docs/Returns Policy.md",
            "# Returns\n\n## Refunds\n\nCoins at once.",
        );
        shop.write("docs/inner/machines.TXT", "\u{feff}Clean the compressor.\n");
        shop.write("docs/picture.png", "no document");
        shop.write("docs/.hidden.md", "not for anyone");
        shop.rows(1);
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("writes");
    }

    fn rows(&self, seed: u64) {
        self.write("sales.csv", csv(&lines(seed, 120, 3, 6, 90)));
    }

    fn ingest(&self, documents: &[&str], append: bool) -> Result<IngestReport> {
        let documents = documents.iter().map(|name| match *name {
            "none" => PathBuf::from("none"),
            name => self.path(name),
        });
        let options = IngestOptions {
            documents: documents.collect(),
            append: append.then_some(Restate::Refuse),
            threads: Some(1),
            ..IngestOptions::new(
                &self.path("sales.csv"),
                &self.path("data"),
                Timestamp(1_000),
            )
        };
        run(&options, &mut |_| {}, &mut |_| {})
    }

    fn bucket(&self) -> DirectoryBucket {
        DirectoryBucket::new(self.path("data"))
    }

    fn pointer(&self) -> Pointer {
        let (bucket, dataset) = (self.bucket(), dataset());
        let existing = Publisher::new(&bucket, &dataset).existing();
        existing.expect("a pointer").pointer
    }

    fn objects(&self) -> Objects {
        let bucket = self.bucket();
        let listed = bucket.list("sales/").expect("a list").into_iter();
        let whole = |key: &str| {
            bucket
                .get(key, 1 << 30)
                .expect("reads")
                .expect("is there")
                .bytes
        };
        listed.map(|e| (e.key.clone(), whole(&e.key))).collect()
    }

    fn fetch(&self, id: &str) -> (u16, Value) {
        let version = self.pointer().version;
        let id = id.replace('#', "%23");
        let target = format!("/v/sales/{version}/fetch.json?id={id}&e=1");
        let response = get(&memory(&self.objects()), &public("sales"), &target);
        (response.status().as_u16(), body(&response))
    }

    /// How many documents the current version has, every byte of it checked.
    fn count(&self) -> u32 {
        let (bucket, dataset) = (self.bucket(), dataset());
        let publisher = Publisher::new(&bucket, &dataset);
        let mut verified = Verified::default();
        verify_pointer(&publisher, &mut verified).expect("reads");
        let pointer = self.pointer();
        verify(&publisher, &pointer.version, &mut verified).expect("reads");
        assert_eq!(verified.findings, [], "{verified:?}");
        pointer.manifest.documents().map_or(0, |(_, map)| map.count)
    }
}

fn dataset() -> DatasetId {
    DatasetId::new("sales").expect("a name")
}

#[test]
fn documents_stay_until_others_are_given() {
    let shop = Shop::new();
    let first = shop.ingest(&["docs"], false).expect("ingests");
    assert!(
        first.summary.contains("2 documents in 3 passages"),
        "{}",
        first.summary
    );
    assert_eq!(shop.count(), 2);
    assert_eq!(
        shop.fetch("doc:returns-policy#2").1["text"],
        "## Refunds\n\nCoins at once."
    );
    // A mark of the byte order is no part of the text.
    assert_eq!(
        shop.fetch("doc:machines").1["text"],
        "Clean the compressor.\n"
    );

    // The same again is no news, with or without naming them.
    for documents in [&["docs"][..], &[]] {
        let again = shop.ingest(documents, false).expect("ingests");
        assert!(
            !again.published && again.version == first.version,
            "{documents:?}"
        );
    }
    // Other rows keep them; so does an append.
    shop.rows(2);
    let second = shop.ingest(&[], false).expect("ingests");
    assert!(second.published && second.version != first.version);
    assert_eq!(shop.count(), 2);
    let (status, fetched) = shop.fetch("doc:returns-policy#2");
    assert_eq!(
        (status, &fetched["metadata"]["version"]),
        (200, &Value::from(second.version.to_string()))
    );
    let mut more = csv(&lines(2, 120, 3, 6, 90));
    more.push_str("2024-09-01,Dallas,Texas,P0001,Product 0001,Candy,Retail,3,4.05\n");
    shop.write("sales.csv", more);
    assert!(shop.ingest(&[], true).expect("appends").published);
    assert_eq!(shop.count(), 2);

    // One file instead; the rows are the same.
    let third = shop
        .ingest(&["docs/Returns Policy.md"], false)
        .expect("ingests");
    assert!(third.published);
    assert_eq!(shop.count(), 1);
    assert_eq!(shop.fetch("doc:machines").0, 404);
    // And none.
    assert!(shop.ingest(&["none"], false).expect("ingests").published);
    assert_eq!(shop.count(), 0);
    assert!(!shop.ingest(&["none"], false).expect("ingests").published);
    assert_eq!(shop.fetch("doc:returns-policy").0, 404);
}

#[test]
fn an_append_without_new_rows_brings_new_documents() {
    let shop = Shop::new();
    let first = shop.ingest(&[], false).expect("ingests");
    let before = shop.pointer().manifest;
    let again = shop.ingest(&["docs"], true).expect("appends");
    assert!(again.published && again.version != first.version);
    assert_eq!(shop.count(), 2);
    let after = shop.pointer().manifest;
    assert_eq!(
        (after.days, after.quality.rows_used),
        (before.days, before.quality.rows_used)
    );
    assert!(!shop.ingest(&["docs"], true).expect("appends").published);
}

#[test]
fn the_record_of_forecasts_stands_beside_them() {
    let shop = Shop::new();
    shop.write("sales.csv", csv(&lines(3, 900, 3, 6, 400)));
    shop.ingest(&["docs"], false).expect("ingests");
    shop.ingest(&["docs/Returns Policy.md"], false)
        .expect("ingests");
    let names: Vec<String> = shop
        .pointer()
        .manifest
        .files
        .iter()
        .map(|f| f.name.clone())
        .collect();
    assert_eq!(
        names,
        [
            "pack.parquet",
            "fine.parquet",
            "documents.bin",
            "forecasts.parquet"
        ]
    );
    assert_eq!(shop.count(), 1);
}

#[test]
fn what_is_no_document_is_refused_and_nothing_is_published() {
    let shop = Shop::new();
    shop.write("bad/latin.md", b"caf\xe9");
    shop.write("bad/dots/....md", "x");
    shop.write("twice/a b.md", "x");
    shop.write("twice/a-b.txt", "y");
    shop.write("empty/nothing.md", " \n");
    shop.write("large/long.txt", "x".repeat((1 << 20) + 1));
    fs::create_dir_all(shop.path("bare")).expect("a folder");
    for (path, needle) in [
        ("bad/latin.md", "not UTF-8 text from byte 3"),
        ("docs/picture.png", "is no document"),
        ("bad/dots/....md", "rename it"),
        ("twice", "two documents would be called \"a-b\""),
        ("empty", "is empty"),
        ("large", "split it"),
        ("bare", "names no .md or .txt file"),
        ("missing.md", "missing.md"),
    ] {
        let error = shop.ingest(&[path], false).expect_err(path).to_string();
        assert!(error.contains(needle), "{path}: {error}");
        assert!(!shop.path("data/sales/current.json").exists(), "{path}");
    }
}

#[test]
fn damaged_documents_are_not_carried_on() {
    let shop = Shop::new();
    let first = shop.ingest(&["docs"], false).expect("ingests");
    let key = ObjectKey::file(&dataset(), &first.version, "documents.bin").expect("a key");
    let path = shop.path("data").join(Path::new(key.as_str()));
    let mut bytes = fs::read(&path).expect("reads");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let mut writable = fs::metadata(&path).expect("is there").permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test")]
    writable.set_readonly(false);
    fs::set_permissions(&path, writable).expect("permits");
    fs::write(&path, bytes).expect("writes");
    shop.rows(2);
    let error = shop.ingest(&[], false).expect_err("damaged").to_string();
    assert!(error.contains("--documents"), "{error}");
    assert_eq!(shop.pointer().version, first.version);
    // Given again, they replace what is damaged.
    shop.ingest(&["docs"], false).expect("ingests");
    assert_eq!(shop.count(), 2);
}
