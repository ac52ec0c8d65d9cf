//! Buckets that are written in tests: one in memory, and one that dies at a chosen write.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use nearcast::model::Timestamp;
use nearcast::model::dataset::Etag;
use nearcast::{Error, Result};
use nearcast_native::publish::{Bucket, Content, Entry, Expected, Object, Put};

use crate::stores::Objects;

/// Objects in memory, with a clock that the test sets.
#[derive(Debug, Default)]
pub struct MemoryBucket {
    objects: Mutex<BTreeMap<String, (Bytes, i64)>>,
    now: AtomicI64,
}

impl MemoryBucket {
    /// Holds these objects.
    #[must_use]
    pub fn of(objects: Objects) -> Self {
        let bucket = Self::default();
        *bucket.lock() = objects.into_iter().map(|(k, v)| (k, (v, 0))).collect();
        bucket
    }

    /// What it holds.
    #[must_use]
    pub fn objects(&self) -> Objects {
        let held = self.lock();
        held.iter()
            .map(|(k, (v, _))| (k.clone(), v.clone()))
            .collect()
    }

    /// Sets the clock: what is written from now on was written then, seconds.
    pub fn set_now(&self, now: i64) {
        self.now.store(now, Ordering::Relaxed);
    }

    /// Puts an object there as it is.
    pub fn set(&self, key: &str, bytes: Bytes) {
        let now = self.now.load(Ordering::Relaxed);
        self.lock().insert(key.to_owned(), (bytes, now));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (Bytes, i64)>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Equal bytes have equal marks here, as in a directory.
fn etag(bytes: &Bytes) -> Etag {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    Etag(format!("{:016x}", hasher.finish()))
}

impl Bucket for MemoryBucket {
    fn place(&self) -> String {
        "memory".into()
    }

    fn datasets(&self) -> Result<Vec<String>> {
        let objects = self.lock();
        let names = objects
            .keys()
            .filter_map(|k| k.strip_suffix("/current.json"));
        Ok(names.map(str::to_owned).collect())
    }

    fn get(&self, key: &str, max_bytes: u64) -> Result<Option<Object>> {
        let Some((bytes, _)) = self.lock().get(key).cloned() else {
            return Ok(None);
        };
        if bytes.len() as u64 > max_bytes {
            return Err(Error::over_budget("too large"));
        }
        Ok(Some(Object {
            etag: etag(&bytes),
            bytes,
        }))
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let objects = self.lock();
        let (bytes, _) = objects.get(key).ok_or_else(|| Error::not_found(key))?;
        let range = usize::try_from(range.start).unwrap_or(usize::MAX)
            ..usize::try_from(range.end).unwrap_or(usize::MAX);
        if range.end > bytes.len() {
            return Err(Error::corrupt("too short"));
        }
        Ok(bytes.slice(range))
    }

    fn put(&self, key: &str, content: &Content) -> Result<()> {
        let bytes = match content {
            Content::Bytes(bytes) => bytes.clone(),
            Content::File(path) => std::fs::read(path)
                .map_err(|e| Error::upstream("a staged file").with_source(e))?
                .into(),
        };
        self.set(key, bytes);
        Ok(())
    }

    fn put_if(&self, key: &str, bytes: &Bytes, expected: &Expected) -> Result<Put> {
        let now = self.now.load(Ordering::Relaxed);
        let mut objects = self.lock();
        let there = objects.get(key).map(|(bytes, _)| etag(bytes));
        let agrees = match (there, expected) {
            (None, Expected::Absent) => true,
            (Some(there), Expected::Etag(wanted)) => there == *wanted,
            _ => false,
        };
        if !agrees {
            return Ok(Put::Conflict);
        }
        objects.insert(key.to_owned(), (bytes.clone(), now));
        Ok(Put::Done)
    }

    fn list(&self, prefix: &str) -> Result<Vec<Entry>> {
        let objects = self.lock();
        let listed = objects.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(listed
            .map(|(key, (bytes, at))| Entry {
                key: key.clone(),
                size_bytes: bytes.len() as u64,
                modified: Timestamp(*at),
            })
            .collect())
    }

    fn leftovers(&self, _prefix: &str) -> Result<Vec<Entry>> {
        Ok(Vec::new())
    }

    fn delete(&self, key: &str) -> Result<()> {
        self.lock().remove(key);
        Ok(())
    }
}

/// When a [`DyingBucket`] dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dies {
    /// Before the write is done.
    Before,
    /// After it is done, and nobody hears of it.
    After,
}

/// A bucket whose writer dies at one write: that one and everything later fails.
#[derive(Debug)]
pub struct DyingBucket<'a> {
    inner: &'a dyn Bucket,
    dies: Dies,
    at: usize,
    writes: AtomicUsize,
}

impl<'a> DyingBucket<'a> {
    /// Dies at this write, counted from 0.
    #[must_use]
    pub fn new(inner: &'a dyn Bucket, dies: Dies, at: usize) -> Self {
        Self {
            inner,
            dies,
            at,
            writes: AtomicUsize::new(0),
        }
    }

    fn write<T>(&self, write: impl FnOnce() -> Result<T>) -> Result<T> {
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        if number < self.at {
            return write();
        }
        if number == self.at && self.dies == Dies::After {
            write()?;
        }
        Err(Error::upstream("the writer died"))
    }

    fn alive(&self) -> Result<()> {
        if self.writes.load(Ordering::Relaxed) > self.at {
            return Err(Error::upstream("the writer is dead"));
        }
        Ok(())
    }
}

impl Bucket for DyingBucket<'_> {
    fn place(&self) -> String {
        self.inner.place()
    }

    fn datasets(&self) -> Result<Vec<String>> {
        self.alive()?;
        self.inner.datasets()
    }

    fn get(&self, key: &str, max_bytes: u64) -> Result<Option<Object>> {
        self.alive()?;
        self.inner.get(key, max_bytes)
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        self.alive()?;
        self.inner.get_range(key, range)
    }

    fn put(&self, key: &str, content: &Content) -> Result<()> {
        self.write(|| self.inner.put(key, content))
    }

    fn put_if(&self, key: &str, bytes: &Bytes, expected: &Expected) -> Result<Put> {
        self.write(|| self.inner.put_if(key, bytes, expected))
    }

    fn list(&self, prefix: &str) -> Result<Vec<Entry>> {
        self.alive()?;
        self.inner.list(prefix)
    }

    fn leftovers(&self, prefix: &str) -> Result<Vec<Entry>> {
        self.alive()?;
        self.inner.leftovers(prefix)
    }

    fn delete(&self, key: &str) -> Result<()> {
        self.write(|| self.inner.delete(key))
    }
}
