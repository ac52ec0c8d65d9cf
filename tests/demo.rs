//! The built-in demo is what the generator and ingest make of it today: nothing in it was edited by hand.
//!
//! `UPDATE_DEMO=1 cargo test -p nearcast-tests --test demo` writes it anew.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bytes::Bytes;
use nearcast::engine::record::{forecasts, recorded};
use nearcast::ingest::{Built, Config, Content, ingest_csv, pointer_object};
use nearcast::model::{DatasetId, Timestamp};
use nearcast::search::Format;
use nearcast::search::library::{Source, write};
use nearcast_native::demo_data::{DemoSpec, write_csv};

const ROWS: u64 = 60_000;
const SEED: u64 = 42;
/// 2026-10-01T06:00:00Z: the morning after the last day of data.
const PUBLISHED_AT: Timestamp = Timestamp(1_790_834_400);
const BYTES_MAX: usize = 1_500_000;
/// The vendor's documents: invented, as its sales are.
const DOCUMENTS: [(&str, Format, &str); 3] = [
    (
        "returns-policy",
        Format::Markdown,
        include_str!("../demo/documents/returns-policy.md"),
    ),
    (
        "promotion-calendar",
        Format::Markdown,
        include_str!("../demo/documents/promotion-calendar.md"),
    ),
    (
        "machine-service",
        Format::Text,
        include_str!("../demo/documents/machine-service.txt"),
    ),
];
const SETTINGS: &str = include_str!("../demo/dataset.toml");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/data")
}

/// Some bytes of a file of a version in memory.
fn bytes(built: &Built, name: &str, range: &Range<u64>) -> Bytes {
    let file = built.files.iter().find(|f| f.name == name).expect("a file");
    let Content::Memory(bytes) = &file.content else {
        panic!("{name} is not in memory");
    };
    let at = |at| usize::try_from(at).expect("small");
    bytes.slice(at(range.start)..at(range.end))
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
    let csv = String::from_utf8(csv).expect("text");
    let documents = DOCUMENTS.map(|(name, format, text)| Source {
        name: name.into(),
        format,
        text: text.into(),
    });
    let documents = write(&documents).expect("documents");
    // Two versions went before it, of which the record of forecasts is all that is left.
    let mut built: Option<Built> = None;
    for as_of in ["2026-03-31", "2026-06-30", "2026-09-30"] {
        let mut lines = csv.lines();
        let head = lines.next().expect("a header");
        let known = lines.filter(|line| line.get(..10).is_some_and(|day| day <= as_of));
        let rows: Vec<&str> = std::iter::once(head).chain(known).collect();
        let rows = rows.join("\n");
        let current = built.as_ref().map(|b| &b.manifest);
        let next = ingest_csv(rows.as_bytes(), "demo.csv", &dataset, &config, current);
        let next = next.expect("ingest");
        let next = next.with_documents(Some(documents.clone()), current);
        let next = next.expect("documents");
        let own = forecasts(&next, &mut |name, range| Ok(bytes(&next, name, &range)));
        let own = own.expect("forecasts");
        let before = &mut |name: &str, range| Ok(bytes(built.as_ref().expect("one"), name, &range));
        built = Some(recorded(next, &own, current, before).expect("a record"));
    }
    let built = built.expect("three versions");
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
