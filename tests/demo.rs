//! The built-in demo is what the generator and ingest make of it today: nothing in it was edited by hand.
//!
//! `UPDATE_DEMO=1 cargo test -p nearcast-tests --test demo` writes it anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bytes::Bytes;
use nearcast::ingest::{Config, ingest_csv, pointer_object};
use nearcast::model::{DatasetId, Timestamp};
use nearcast_native::demo_data::{DemoSpec, write_csv};

const ROWS: u64 = 60_000;
const SEED: u64 = 42;
/// 2026-10-01T06:00:00Z: the morning after the last day of data.
const PUBLISHED_AT: Timestamp = Timestamp(1_790_834_400);
const BYTES_MAX: usize = 1_500_000;
const SETTINGS: &str = include_str!("../demo/dataset.toml");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/data")
}

fn build() -> BTreeMap<String, Bytes> {
    let mut csv = Vec::new();
    write_csv(
        &DemoSpec {
            rows: ROWS,
            seed: SEED,
            original: false,
        },
        &mut csv,
        |_| {},
    )
    .expect("demo data");
    let dataset = DatasetId::new("demo").expect("plain");
    let config = Config::parse(SETTINGS, "dataset.toml").expect("settings");
    let built = ingest_csv(&csv, "demo.csv", &dataset, &config, None).expect("ingest");
    let mut objects = built.objects().expect("objects");
    let (key, pointer) =
        pointer_object(&built.pointer(PUBLISHED_AT, None), &built.attachments).expect("pointer");
    objects.insert(key, pointer);
    objects
}

fn committed(folder: &Path, root: &Path, into: &mut BTreeMap<String, Bytes>) {
    for entry in fs::read_dir(folder).expect("demo/data") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            committed(&path, root, into);
        } else {
            let key = path
                .strip_prefix(root)
                .expect("inside")
                .to_string_lossy()
                .replace('\\', "/");
            into.insert(key, Bytes::from(fs::read(&path).expect("readable")));
        }
    }
}

#[test]
fn the_committed_demo_is_what_the_code_makes() {
    let built = build();
    if env::var_os("UPDATE_DEMO").is_some() {
        let _ = fs::remove_dir_all(folder());
        for (key, bytes) in &built {
            let path = folder().join(key);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, bytes).expect("written");
        }
    }
    let mut there = BTreeMap::new();
    committed(&folder(), &folder(), &mut there);
    let keys = |objects: &BTreeMap<String, Bytes>| objects.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&there),
        keys(&built),
        "run with UPDATE_DEMO=1 after a change of the generator or of ingest"
    );
    for (key, bytes) in &built {
        assert!(there[key] == bytes, "{key} differs: run with UPDATE_DEMO=1");
    }
    let size: usize = built.values().map(Bytes::len).sum();
    assert!(
        size < BYTES_MAX,
        "the demo has {size} bytes, and {BYTES_MAX} are allowed"
    );
}
