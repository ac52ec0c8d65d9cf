//! Stores that count, fail, hang or change under a reader, each around another one.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use nearcast::model::dataset::Etag;
use nearcast::shell::{Chunk, RangeRead, ReadSpec};
use nearcast::{Error, ErrorKind, Result};
use nearcast_native::stores::MemoryStore;

/// Objects by key.
pub type Objects = BTreeMap<String, Bytes>;

/// What one round asked for and got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The reads.
    pub specs: Vec<ReadSpec>,
    /// Bytes that came; 0 if the round failed.
    pub bytes: u64,
}

/// Writes down every round.
#[derive(Debug)]
pub struct CountingStore<S> {
    inner: S,
    rounds: Mutex<Vec<Round>>,
}

impl<S> CountingStore<S> {
    /// Counts what this store is asked.
    pub const fn new(inner: S) -> Self {
        Self {
            inner,
            rounds: Mutex::new(Vec::new()),
        }
    }

    /// The rounds since the last call.
    pub fn take(&self) -> Vec<Round> {
        std::mem::take(&mut *self.rounds.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: RangeRead> RangeRead for CountingStore<S> {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        let read = self.inner.read_ranges(specs).await;
        let bytes = read.as_ref().map_or(0, |chunks| {
            chunks.iter().map(|c| c.bytes.len() as u64).sum()
        });
        let round = Round {
            specs: specs.to_vec(),
            bytes,
        };
        self.rounds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(round);
        read
    }
}

/// Fails its first rounds, or all of them.
#[derive(Debug)]
pub struct FailingStore<S> {
    inner: S,
    kind: ErrorKind,
    left: AtomicU32,
}

impl<S> FailingStore<S> {
    /// Fails this many rounds with this kind of error; `u32::MAX` for all.
    pub const fn new(inner: S, kind: ErrorKind, rounds: u32) -> Self {
        Self {
            inner,
            kind,
            left: AtomicU32::new(rounds),
        }
    }
}

impl<S: RangeRead> RangeRead for FailingStore<S> {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        let fails = |left: u32| match left {
            u32::MAX => Some(left),
            left => left.checked_sub(1),
        };
        if self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, fails)
            .is_ok()
        {
            return Err(Error::new(self.kind, "made to fail"));
        }
        self.inner.read_ranges(specs).await
    }
}

/// Answers late.
#[derive(Debug)]
pub struct SlowStore<S> {
    inner: S,
    delay: Duration,
}

impl<S> SlowStore<S> {
    /// Answers after this time.
    pub const fn new(inner: S, delay: Duration) -> Self {
        Self { inner, delay }
    }
}

impl<S: RangeRead> RangeRead for SlowStore<S> {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        tokio::time::sleep(self.delay).await;
        self.inner.read_ranges(specs).await
    }
}

/// Its objects are replaced while they are read: for some rounds, every read of one object sees another one.
#[derive(Debug)]
pub struct ChangingStore<S> {
    inner: S,
    left: AtomicU32,
}

impl<S> ChangingStore<S> {
    /// Objects change in so many rounds that read one of them twice; `u32::MAX` for all.
    pub const fn new(inner: S, rounds: u32) -> Self {
        Self {
            inner,
            left: AtomicU32::new(rounds),
        }
    }
}

impl<S: RangeRead> RangeRead for ChangingStore<S> {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        let mut chunks = self.inner.read_ranges(specs).await?;
        let mut keys: Vec<_> = specs.iter().map(|s| s.key.as_str()).collect();
        keys.sort_unstable();
        let twice = keys.windows(2).any(|pair| pair.first() == pair.last());
        let changes = |left: u32| match left {
            u32::MAX => Some(left),
            left => left.checked_sub(1),
        };
        if twice
            && self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, changes)
                .is_ok()
        {
            for (i, chunk) in chunks.iter_mut().enumerate() {
                chunk.etag = Some(Etag(format!("state-{i}")));
            }
        }
        Ok(chunks)
    }
}

/// A store of these objects.
#[must_use]
pub fn memory(objects: &Objects) -> MemoryStore {
    MemoryStore::new(objects.clone())
}

/// The objects with one of them replaced.
#[must_use]
pub fn with(objects: &Objects, key: &str, bytes: impl Into<Bytes>) -> Objects {
    let mut objects = objects.clone();
    objects.insert(key.to_owned(), bytes.into());
    objects
}
