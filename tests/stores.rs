//! Every store keeps the same promises: a directory, memory, and each wrapper around one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use nearcast::ErrorKind;
use nearcast::model::dataset::{DatasetId, Etag, ObjectKey, VersionId};
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Span};
use nearcast_native::stores::{DirectoryStore, MemoryStore, Store, TimeoutStore};
use nearcast_tests::asking::block_on;
use nearcast_tests::stores::{
    ChangingStore, CountingStore, FailingStore, Objects, SlowStore, memory,
};

/// 0, 1, 2 ... 255, 0, 1 ...: every byte says where it lay.
const SIZE: usize = 1_000;

fn pattern(from: usize, to: usize) -> Vec<u8> {
    (from..to).map(|i| (i % 256) as u8).collect()
}

fn key() -> ObjectKey {
    let (dataset, version) = ids();
    ObjectKey::file(&dataset, &version, "pack.parquet").expect("plain")
}

fn ids() -> (DatasetId, VersionId) {
    (
        DatasetId::new("sales").expect("plain"),
        VersionId::new("0123456789abcdef").expect("hex"),
    )
}

fn objects() -> Objects {
    let (dataset, version) = ids();
    BTreeMap::from([
        (key().as_str().to_owned(), Bytes::from(pattern(0, SIZE))),
        (
            ObjectKey::manifest(&dataset, &version).as_str().to_owned(),
            Bytes::new(),
        ),
        (
            ObjectKey::pointer(&dataset).as_str().to_owned(),
            Bytes::from_static(b"{}"),
        ),
    ])
}

fn write(objects: &Objects, folder: &Path) {
    for (key, bytes) in objects {
        let path = folder.join(key);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, bytes).expect("written");
    }
}

fn spec(span: Span) -> ReadSpec {
    ReadSpec {
        key: key(),
        span,
        if_match: None,
    }
}

fn range(from: u64, to: u64) -> ReadSpec {
    spec(Span::Range(from..to))
}

fn read(store: &impl RangeRead, specs: &[ReadSpec]) -> Result<Vec<Chunk>, ErrorKind> {
    block_on(store.read_ranges(specs)).map_err(|error| {
        let text = error.to_string();
        assert!(!text.is_empty() && !text.ends_with('.'), "{text:?}");
        error.kind()
    })
}

fn one(store: &impl RangeRead, spec: ReadSpec) -> Result<Vec<u8>, ErrorKind> {
    let mut chunks = read(store, &[spec])?;
    assert_eq!(chunks.len(), 1);
    Ok(chunks.remove(0).bytes.to_vec())
}

/// What every store does.
fn suite(store: &impl RangeRead) {
    let size = SIZE as u64;
    // Whole objects, up to and with their bound.
    let whole = |max_bytes| spec(Span::Whole { max_bytes });
    assert_eq!(one(store, whole(size)), Ok(pattern(0, SIZE)));
    assert_eq!(one(store, whole(u64::MAX)), Ok(pattern(0, SIZE)));
    assert_eq!(one(store, whole(size - 1)), Err(ErrorKind::Corrupt));

    // Ranges, their ends excluded.
    for (from, to) in [
        (0, 1),
        (0, 1000),
        (7, 300),
        (999, 1000),
        (500, 500),
        (0, 0),
        (1000, 1000),
    ] {
        assert_eq!(
            one(store, range(from, to)),
            Ok(pattern(from as usize, to as usize)),
            "{from}..{to}"
        );
    }
    for (from, to) in [
        (0, 1001),
        (999, 1001),
        (1000, 1001),
        (1001, 1001),
        (5000, 6000),
        (0, u64::MAX),
        (u64::MAX, u64::MAX),
    ] {
        assert_eq!(
            one(store, range(from, to)),
            Err(ErrorKind::Corrupt),
            "{from}..{to}"
        );
    }
    #[expect(
        clippy::reversed_empty_ranges,
        reason = "what a broken manifest may ask for"
    )]
    let reversed = spec(Span::Range(10..5));
    assert_eq!(one(store, reversed), Err(ErrorKind::Corrupt));

    // The last bytes; more than there are is all of them.
    for (bytes, from) in [(0, 1000), (1, 999), (8, 992), (1000, 0), (u64::MAX, 0)] {
        assert_eq!(
            one(store, spec(Span::Suffix { bytes })),
            Ok(pattern(from, SIZE)),
            "the last {bytes}"
        );
    }

    // The first bytes; more than there are is all of them.
    for (bytes, to) in [
        (0, 0),
        (1, 1),
        (64, 64),
        (1000, 1000),
        (1001, 1000),
        (u64::MAX, 1000),
    ] {
        assert_eq!(
            one(store, spec(Span::Prefix { bytes })),
            Ok(pattern(0, to)),
            "the first {bytes}"
        );
    }

    // An object without bytes is there.
    let (dataset, version) = ids();
    let empty = |span| ReadSpec {
        key: ObjectKey::manifest(&dataset, &version),
        span,
        if_match: None,
    };
    assert_eq!(
        one(store, empty(Span::Whole { max_bytes: 0 })),
        Ok(Vec::new())
    );
    assert_eq!(one(store, empty(Span::Suffix { bytes: 9 })), Ok(Vec::new()));
    assert_eq!(one(store, empty(Span::Prefix { bytes: 9 })), Ok(Vec::new()));
    assert_eq!(
        one(store, empty(Span::Range(0..1))),
        Err(ErrorKind::Corrupt)
    );

    // What is not there, whatever is asked of it; one that is missing fails the round.
    let other = VersionId::new("ffffffffffffffff").expect("hex");
    for span in [
        Span::Whole { max_bytes: 9 },
        Span::Range(0..1),
        Span::Suffix { bytes: 1 },
        Span::Prefix { bytes: 1 },
    ] {
        let missing = ReadSpec {
            key: ObjectKey::manifest(&dataset, &other),
            span,
            if_match: None,
        };
        assert_eq!(one(store, missing.clone()), Err(ErrorKind::NotFound));
        assert_eq!(
            read(store, &[range(0, 1), missing]).expect_err("one is missing"),
            ErrorKind::NotFound
        );
    }

    // Several reads come back in the order of the asking, of one state of the object.
    let many: Vec<ReadSpec> = (0..40).rev().map(|i| range(i * 25, i * 25 + 25)).collect();
    let chunks = read(store, &many).expect("all are there");
    let etag = chunks[0].etag.clone();
    for (chunk, i) in chunks.iter().zip((0..40).rev()) {
        assert_eq!(chunk.bytes, pattern(i * 25, i * 25 + 25));
        assert_eq!(chunk.etag, etag);
    }
    assert_eq!(read(store, &[]), Ok(Vec::new()));

    // A read may insist on the state that it has seen.
    let etag = etag.expect("these stores know the state of an object");
    let insisting = |etag: &Etag| ReadSpec {
        if_match: Some(etag.clone()),
        ..range(3, 5)
    };
    assert_eq!(one(store, insisting(&etag)), Ok(vec![3, 4]));
    let wrong = Etag(format!("{}x", etag.0));
    assert_eq!(one(store, insisting(&wrong)), Err(ErrorKind::Stale));

    // Reads at once do not mix.
    block_on(async {
        let rounds: Vec<[ReadSpec; 1]> = (0..20).map(|i| [range(i, i + 10)]).collect();
        let reads = rounds.iter().map(|specs| store.read_ranges(specs));
        for (i, read) in join_all(reads).await.into_iter().enumerate() {
            assert_eq!(read.expect("there")[0].bytes, pattern(i, i + 10));
        }
    });
}

/// Polls all futures in turn, so that they run side by side.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|cx| {
        for (future, output) in &mut running {
            if output.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(cx)
            {
                *output = Some(done);
            }
        }
        if running.iter().all(|(_, output)| output.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    running
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}

#[test]
fn memory_keeps_the_promises() {
    suite(&memory(&objects()));
    suite(&Store::Memory(memory(&objects())));
}

#[test]
fn a_directory_keeps_the_promises() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&objects(), folder.path());
    let store = DirectoryStore::new(folder.path()).expect("a store");
    suite(&store);
    suite(&Store::Directory(store));
}

#[test]
fn wrappers_keep_the_promises() {
    let inner = || memory(&objects());
    suite(&TimeoutStore::new(inner()));
    suite(&CountingStore::new(inner()));
    suite(&FailingStore::new(inner(), ErrorKind::Upstream, 0));
    suite(&SlowStore::new(inner(), Duration::from_millis(1)));
    suite(&ChangingStore::new(inner(), 0));
    suite(&TimeoutStore::new(CountingStore::new(SlowStore::new(
        inner(),
        Duration::ZERO,
    ))));
}

#[test]
fn a_directory_tells_a_replaced_object_from_the_one_before() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&objects(), folder.path());
    let store = DirectoryStore::new(folder.path()).expect("a store");
    let before = read(&store, &[range(0, 9)]).expect("there").remove(0).etag;
    let path = folder.path().join(key().as_str());
    for replaced in [pattern(1, SIZE + 1), pattern(0, SIZE / 2)] {
        // As ingest does it: written beside, then renamed over it.
        std::thread::sleep(Duration::from_millis(20));
        let fresh = path.with_extension("fresh");
        fs::write(&fresh, &replaced).expect("written");
        fs::rename(&fresh, &path).expect("replaced");
        let insisting = ReadSpec {
            if_match: before.clone(),
            ..range(0, 9)
        };
        assert_eq!(one(&store, insisting), Err(ErrorKind::Stale));
        assert_eq!(one(&store, range(0, 9)), Ok(replaced[..9].to_vec()));
    }
    fs::remove_file(&path).expect("removed");
    assert_eq!(one(&store, range(0, 9)), Err(ErrorKind::NotFound));
}

#[test]
fn a_directory_that_cannot_be_read_is_not_one_that_is_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = DirectoryStore::new(folder.path().join("none")).expect_err("not there");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("nearcast ingest"), "{error}");

    // A folder where an object should be is a fault of the storage, not a missing object.
    let store = DirectoryStore::new(folder.path()).expect("a store");
    assert_eq!(store.datasets().expect("readable"), [""; 0]);
    fs::create_dir_all(folder.path().join(key().as_str())).expect("created");
    assert_ne!(
        one(&store, spec(Span::Whole { max_bytes: 1 << 20 })),
        Ok(Vec::new())
    );
    // A file in the way of a folder, too, holds no object.
    fs::write(folder.path().join("other"), "x").expect("written");
    let beneath = ReadSpec {
        key: ObjectKey::pointer(&DatasetId::new("other").expect("plain")),
        span: Span::Whole { max_bytes: 9 },
        if_match: None,
    };
    assert!(matches!(
        one(&store, beneath),
        Err(ErrorKind::NotFound | ErrorKind::Upstream)
    ));
}

#[test]
fn a_store_that_hangs_is_given_up_with_an_error_that_says_so() {
    let slow = SlowStore::new(memory(&objects()), Duration::from_secs(600));
    let store = TimeoutStore::within(slow, Duration::from_millis(30));
    let error = block_on(store.read_ranges(&[range(0, 1)])).expect_err("too slow");
    assert_eq!(error.kind(), ErrorKind::Upstream);
    assert!(
        error.to_string().contains("did not answer within 0.03 s"),
        "{error}"
    );
}

#[test]
fn the_test_stores_misbehave_as_they_say() {
    let store = FailingStore::new(memory(&objects()), ErrorKind::Upstream, 2);
    for _ in 0..2 {
        assert_eq!(one(&store, range(0, 1)), Err(ErrorKind::Upstream));
    }
    assert_eq!(one(&store, range(0, 1)), Ok(vec![0]));

    let store = CountingStore::new(MemoryStore::new(objects()));
    assert_eq!(one(&store, range(0, 10)), Ok(pattern(0, 10)));
    assert!(one(&store, range(0, 2000)).is_err());
    let rounds = store.take();
    assert_eq!(rounds.iter().map(|r| r.bytes).collect::<Vec<_>>(), [10, 0]);
    assert!(store.take().is_empty());

    let store = ChangingStore::new(memory(&objects()), 1);
    let etags = |store: &ChangingStore<MemoryStore>| -> Vec<_> {
        let chunks = read(store, &[range(0, 1), range(2, 3)]).expect("there");
        chunks.into_iter().map(|c| c.etag).collect()
    };
    let changed = etags(&store);
    assert_ne!(changed[0], changed[1]);
    let settled = etags(&store);
    assert_eq!(settled[0], settled[1]);
}
