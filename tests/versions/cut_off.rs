//! A writer that dies at any write leaves what was there, and the next one finishes the work.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use nearcast::ErrorKind;
use nearcast::model::Timestamp;
use nearcast_native::publish::{Bucket, DirectoryBucket, Publisher};
use nearcast_native::versions::{PruneOptions, prune, rollback};
use nearcast_tests::buckets::{Dies, DyingBucket, MemoryBucket};

use super::{asked, built, history, is_whole, name, objects, pointer, publish};

const WRITES_MAX: usize = 50;

/// Publishes, dying at every write in turn, until it succeeds; checks what is seen in between. Returns how often it died.
fn die_at_every_write(fresh: &dyn Fn() -> Box<dyn Bucket>, dies: Dies) -> usize {
    let (old, new) = (history(1), history(2));
    for at in 0..WRITES_MAX {
        let bucket = fresh();
        let first = publish(&*bucket, &old, 100).expect("publishes");
        let before = asked(&*bucket);
        let whole = fresh();
        publish(&*whole, &old, 100).expect("publishes");
        let wanted = publish(&*whole, &new, 200).expect("publishes").manifest;
        let after = asked(&*whole);
        assert_ne!(before, after);

        let done = publish(&DyingBucket::new(&*bucket, dies, at), &new, 200);
        let seen = asked(&*bucket);
        let current = pointer(&*bucket).version;
        if let Ok(done) = done {
            assert_eq!((seen, done.manifest.version), (after, current));
            return at;
        }
        // Either nothing happened, or all of it did and only the reply was lost.
        if current == first.manifest.version {
            assert_eq!(seen, before, "write {at}");
        } else {
            assert_eq!((seen, dies), (after.clone(), Dies::After), "write {at}");
        }
        let again = publish(&*bucket, &new, 300).expect("publishes");
        assert_eq!(again.manifest, wanted, "write {at}");
        assert_eq!(asked(&*bucket), after);
        assert_eq!(pointer(&*bucket).previous.len(), 1);
        is_whole(&*bucket);
        // What was cut off was used: the bucket holds what it would hold anyway, except for the time.
        let keys = |bucket: &dyn Bucket| objects(bucket).into_keys().collect::<Vec<_>>();
        assert_eq!(keys(&*bucket), keys(&*whole), "write {at}");
    }
    panic!("more than {WRITES_MAX} writes");
}

#[test]
fn a_writer_that_dies_at_any_write_changes_nothing_and_the_next_one_finishes() {
    for dies in [Dies::Before, Dies::After] {
        let memory = die_at_every_write(&|| Box::new(MemoryBucket::default()), dies);
        let folders = Mutex::new(Vec::new());
        let directory = die_at_every_write(
            &|| {
                let folder = tempfile::tempdir().expect("a folder");
                let bucket = DirectoryBucket::new(folder.path());
                folders.lock().expect("no panic").push(folder);
                Box::new(bucket)
            },
            dies,
        );
        // The files, the manifest, the pointer.
        assert!(memory >= 4 && memory == directory, "{memory} {directory}");
    }
}

#[test]
fn what_a_dead_writer_left_is_removed_once_it_is_old() {
    let bucket = MemoryBucket::default();
    bucket.set_now(1_000_000);
    publish(&bucket, &history(1), 1_000_000).expect("publishes");
    let whole = objects(&bucket);
    let dead = DyingBucket::new(&bucket, Dies::After, 1);
    publish(&dead, &history(2), 1_000_000).expect_err("died");
    let left = objects(&bucket).len() - whole.len();
    assert_eq!(left, 2);
    let at = |now: i64| PruneOptions {
        keep_days: 30,
        keep: 2,
        dry_run: false,
        now: Timestamp(now),
    };
    let dataset = name();
    let publisher = Publisher::new(&bucket, &dataset);
    // It may still be at work.
    assert_eq!(
        prune(&publisher, &at(1_000_000 + 80_000))
            .expect("prunes")
            .objects,
        0
    );
    let pruned = prune(&publisher, &at(1_000_000 + 90_000)).expect("prunes");
    assert_eq!(
        (
            pruned.objects,
            pruned.abandoned.len(),
            pruned.versions.len()
        ),
        (2, 1, 0)
    );
    assert_eq!(objects(&bucket), whole);
}

#[test]
fn files_that_a_dead_writer_staged_are_removed_once_they_are_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let bucket = DirectoryBucket::new(folder.path());
    publish(&bucket, &history(1), 100).expect("publishes");
    let before = objects(&bucket);
    let staged = folder.path().join("sales/.current.json.77.0");
    std::fs::write(&staged, "half").expect("writes");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    let now = i64::try_from(now.as_secs()).expect("before the year 292277026596");
    let at = |now: i64| PruneOptions {
        keep_days: 30,
        keep: 2,
        dry_run: false,
        now: Timestamp(now),
    };
    let dataset = name();
    let publisher = Publisher::new(&bucket, &dataset);
    assert_eq!(prune(&publisher, &at(now)).expect("prunes").objects, 0);
    assert!(staged.exists());
    assert_eq!(
        prune(&publisher, &at(now + 100_000))
            .expect("prunes")
            .objects,
        1
    );
    assert!(!staged.exists());
    assert_eq!(objects(&bucket), before);
}

#[test]
fn of_two_writers_the_slower_one_follows_the_faster_one() {
    let bucket = MemoryBucket::default();
    let first = publish(&bucket, &history(1), 100)
        .expect("publishes")
        .manifest
        .version;
    let (slow, fast) = (built(&history(2), None).expect("built"), history(3));
    let interrupted = AtomicBool::new(false);
    let mut between = None;
    let dataset = name();
    let done = Publisher::new(&bucket, &dataset)
        .publish(Timestamp(300), |before| {
            let version = slow.clone().follow(before.map(|p| &p.manifest));
            // After this one has read the pointer and before it writes it, another one publishes.
            if !interrupted.swap(true, Ordering::Relaxed) {
                between = Some(
                    publish(&bucket, &fast, 200)
                        .expect("publishes")
                        .manifest
                        .version,
                );
            }
            version
        })
        .expect("publishes");
    let between = between.expect("published");
    assert_eq!(done.manifest.parent, Some(between.clone()));
    let now = pointer(&bucket);
    assert_eq!(now.version, done.manifest.version);
    let previous: Vec<_> = now.previous.into_iter().map(|p| p.version).collect();
    assert_eq!(previous, [between, first]);
    is_whole(&bucket);
}

#[test]
fn writers_that_always_lose_say_so_and_a_rollback_is_decided_again() {
    let bucket = MemoryBucket::default();
    publish(&bucket, &history(1), 100).expect("publishes");
    let dataset = name();
    let publisher = Publisher::new(&bucket, &dataset);
    let slow = built(&history(2), None).expect("built");
    let mut seed = 10;
    let error = publisher
        .publish(Timestamp(300), |before| {
            seed += 1;
            let version = slow.clone().follow(before.map(|p| &p.manifest));
            publish(&bucket, &history(seed), 200).expect("publishes");
            version
        })
        .expect_err("always late");
    assert_eq!(error.kind(), ErrorKind::Stale);
    assert!(error.message().contains("try again"), "{error}");
    assert_ne!(pointer(&bucket).version, slow.manifest.version);

    // A rollback whose pointer changed under it changes nothing.
    let target = pointer(&bucket).previous[0].version.to_string();
    let before = pointer(&bucket);
    let late = Overtaken {
        inner: &bucket,
        done: AtomicBool::new(false),
    };
    let error =
        rollback(&Publisher::new(&late, &dataset), &target, Timestamp(400)).expect_err("late");
    assert_eq!(error.kind(), ErrorKind::Stale);
    assert_eq!(pointer(&bucket).previous[0].version, before.version);
}

/// Somebody else publishes just before the pointer is written.
#[derive(Debug)]
struct Overtaken<'a> {
    inner: &'a MemoryBucket,
    done: AtomicBool,
}

impl Bucket for Overtaken<'_> {
    fn place(&self) -> String {
        self.inner.place()
    }
    fn datasets(&self) -> nearcast::Result<Vec<String>> {
        self.inner.datasets()
    }
    fn get(
        &self,
        key: &str,
        max: u64,
    ) -> nearcast::Result<Option<nearcast_native::publish::Object>> {
        self.inner.get(key, max)
    }
    fn get_range(&self, key: &str, range: std::ops::Range<u64>) -> nearcast::Result<bytes::Bytes> {
        self.inner.get_range(key, range)
    }
    fn put(&self, key: &str, content: &nearcast_native::publish::Content) -> nearcast::Result<()> {
        self.inner.put(key, content)
    }
    fn put_if(
        &self,
        key: &str,
        bytes: &bytes::Bytes,
        expected: &nearcast_native::publish::Expected,
    ) -> nearcast::Result<nearcast_native::publish::Put> {
        if !self.done.swap(true, Ordering::Relaxed) {
            publish(self.inner, &history(99), 350).expect("publishes");
        }
        self.inner.put_if(key, bytes, expected)
    }
    fn list(&self, prefix: &str) -> nearcast::Result<Vec<nearcast_native::publish::Entry>> {
        self.inner.list(prefix)
    }
    fn leftovers(&self, prefix: &str) -> nearcast::Result<Vec<nearcast_native::publish::Entry>> {
        self.inner.leftovers(prefix)
    }
    fn delete(&self, key: &str) -> nearcast::Result<()> {
        self.inner.delete(key)
    }
}

#[test]
fn writers_at_the_same_time_all_get_into_the_history() {
    const WRITERS: u64 = 4;
    let folder = tempfile::tempdir().expect("a folder");
    let bucket = DirectoryBucket::new(folder.path());
    let first = publish(&bucket, &history(1), 100)
        .expect("publishes")
        .manifest
        .version;
    let start = Barrier::new(usize::try_from(WRITERS).expect("few"));
    let published: BTreeSet<_> = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|i| {
                let (bucket, start) = (&bucket, &start);
                scope.spawn(move || {
                    let lines = history(20 + i);
                    start.wait();
                    publish(bucket, &lines, 200)
                        .expect("publishes")
                        .manifest
                        .version
                })
            })
            .collect();
        writers
            .into_iter()
            .map(|w| w.join().expect("no panic"))
            .collect()
    });
    let now = pointer(&bucket);
    let mut seen: BTreeSet<_> = now.previous.iter().map(|p| p.version.clone()).collect();
    assert!(seen.remove(&first));
    seen.insert(now.version.clone());
    assert_eq!(seen, published);
    assert_eq!(seen.len() as u64, WRITERS);
    is_whole(&bucket);
}
