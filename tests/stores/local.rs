//! Stores on this machine, and each wrapper around one.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nearcast::ErrorKind;
use nearcast::model::dataset::{DatasetId, ObjectKey};
use nearcast::shell::{RangeRead, ReadSpec, Span};
use nearcast_native::stores::{DirectoryStore, MemoryStore, Store, TimeoutStore};
use nearcast_tests::asking::block_on;
use nearcast_tests::stores::{
    ChangingStore, CountingStore, FailingStore, Objects, SlowStore, memory,
};

use crate::suite::{SIZE, key, objects, one, pattern, range, read, spec, suite};

fn write(objects: &Objects, folder: &Path) {
    for (key, bytes) in objects {
        let path = folder.join(key);
        fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        fs::write(path, bytes).expect("written");
    }
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
