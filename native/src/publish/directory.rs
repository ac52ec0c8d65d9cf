//! A directory that is written: each object whole and flushed under a name of its own, then renamed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use nearcast::model::Timestamp;
use nearcast::model::dataset::Etag;
use nearcast::{Error, Result, limits};
use sha2::{Digest, Sha256};

use crate::stores::DirectoryStore;

use super::{Bucket, Content, Entry, Expected, Object, Put};

/// A directory of objects; keys are paths in it. Names that begin with a dot are this module's own: files that are being
/// written, and locks.
#[derive(Debug, Clone)]
pub struct DirectoryBucket {
    root: PathBuf,
}

/// Makes the names of files that are being written differ within this process.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl DirectoryBucket {
    /// The bucket of a directory, which need not be there yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, key: &str) -> Result<PathBuf> {
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\\');
        if !key.split('/').all(plain) {
            return Err(Error::internal(format!("{key:?} is not a key")));
        }
        Ok(self.root.join(key))
    }

    /// Makes the content a whole file beside its place, under a name that no reader asks for.
    fn stage(path: &Path, content: &Content) -> Result<PathBuf> {
        let folder = path.parent().unwrap_or(path);
        create(folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let staged = folder.join(format!(".{name}.{}.{next}", std::process::id()));
        let written = match content {
            Content::Bytes(bytes) => {
                // A file of this name is what a dead process with the same id left.
                File::create(&staged).and_then(|mut file| {
                    file.write_all(bytes)?;
                    file.sync_all()
                })
            }
            Content::File(from) => {
                let _ = fs::remove_file(&staged);
                fs::hard_link(from, &staged)
                    .or_else(|_| fs::copy(from, &staged).map(|_| ()))
                    .and_then(|()| OpenOptions::new().write(true).open(&staged)?.sync_all())
            }
        };
        match written {
            Ok(()) => Ok(staged),
            Err(e) => {
                // Best effort: prune finds what is left.
                let _ = fs::remove_file(&staged);
                Err(upstream("writing", path, e))
            }
        }
    }

    fn walk(&self, folder: &Path, prefix: &str, hidden: bool, into: &mut Vec<Entry>) -> Result<()> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(());
            }
            Err(e) => return Err(upstream("listing", folder, e)),
        };
        for entry in entries {
            let path = entry.map_err(|e| upstream("listing", folder, e))?.path();
            let meta = match fs::symlink_metadata(&path) {
                Ok(meta) => meta,
                // Removed since: it is not there.
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(e) => return Err(upstream("listing", &path, e)),
            };
            if meta.is_dir() {
                self.walk(&path, prefix, hidden, into)?;
                continue;
            }
            let key = path
                .strip_prefix(&self.root)
                .unwrap_or(&path)
                .components()
                .map(|c| c.as_os_str().to_string_lossy().into_owned())
                .collect::<Vec<_>>()
                .join("/");
            let is_hidden = key.rsplit('/').next().is_some_and(|n| n.starts_with('.'));
            if is_hidden == hidden && key.starts_with(prefix) {
                into.push(Entry {
                    key,
                    size_bytes: meta.len(),
                    modified: modified(&meta),
                });
            }
        }
        Ok(())
    }

    fn listed(&self, prefix: &str, hidden: bool) -> Result<Vec<Entry>> {
        let mut found = Vec::new();
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let start = if folder.is_empty() {
            self.root.clone()
        } else {
            self.path(folder)?
        };
        self.walk(&start, prefix, hidden, &mut found)?;
        found.sort();
        Ok(found)
    }
}

impl Bucket for DirectoryBucket {
    fn place(&self) -> String {
        self.root.display().to_string()
    }

    fn datasets(&self) -> Result<Vec<String>> {
        DirectoryStore::new(&self.root)?.datasets()
    }

    fn get(&self, key: &str, max_bytes: u64) -> Result<Option<Object>> {
        let path = self.path(key)?;
        let mut bytes = Vec::new();
        let read =
            File::open(&path).and_then(|file| file.take(max_bytes + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) if bytes.len() as u64 > max_bytes => Err(Error::over_budget(format!(
                "{} is larger than {max_bytes} bytes",
                path.display()
            ))),
            Ok(_) => Ok(Some(Object {
                etag: etag(&bytes),
                bytes: bytes.into(),
            })),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(upstream("reading", &path, e)),
        }
    }

    fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes> {
        let path = self.path(key)?;
        let failed = |e: io::Error| {
            if e.kind() == ErrorKind::NotFound {
                Error::not_found(format!("{} is not there", path.display()))
            } else {
                upstream("reading", &path, e)
            }
        };
        let length = range.end.saturating_sub(range.start);
        let mut file = File::open(&path).map_err(failed)?;
        file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 != length {
            return Err(Error::corrupt(format!(
                "{} ends before byte {}",
                path.display(),
                range.end
            )));
        }
        Ok(bytes.into())
    }

    fn put(&self, key: &str, content: &Content) -> Result<()> {
        let path = self.path(key)?;
        let staged = Self::stage(&path, content)?;
        rename(&staged, &path)
    }

    fn put_if(&self, key: &str, bytes: &Bytes, expected: &Expected) -> Result<Put> {
        let path = self.path(key)?;
        let staged = Self::stage(&path, &Content::Bytes(bytes.clone()))?;
        let done = Lock::take(&path).and_then(|_lock| {
            let there = self.get(key, limits::POINTER_BYTES_MAX)?;
            let agrees = match (&there, expected) {
                (None, Expected::Absent) => true,
                (Some(object), Expected::Etag(etag)) => object.etag == *etag,
                _ => false,
            };
            if !agrees {
                return Ok(Put::Conflict);
            }
            rename(&staged, &path)?;
            Ok(Put::Done)
        });
        if !matches!(done, Ok(Put::Done)) {
            // Best effort: prune finds what is left.
            let _ = fs::remove_file(&staged);
        }
        done
    }

    fn list(&self, prefix: &str) -> Result<Vec<Entry>> {
        self.listed(prefix, false)
    }

    fn leftovers(&self, prefix: &str) -> Result<Vec<Entry>> {
        let mut found = self.listed(prefix, true)?;
        // A lock is a place to meet: were it removed, two writers could hold two locks of one name.
        found.retain(|entry| !entry.key.ends_with(LOCK));
        Ok(found)
    }

    fn delete(&self, key: &str) -> Result<()> {
        let path = self.path(key)?;
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(upstream("removing", &path, e)),
        }
        // The folder goes with its last object; one that holds more refuses.
        if let Some(folder) = path.parent().filter(|folder| *folder != self.root) {
            let _ = fs::remove_dir(folder);
        }
        Ok(())
    }
}

/// How a lock's name ends.
const LOCK: &str = ".lock";

/// The right to replace one object. The operating system holds it for this process and gives it up when the process ends,
/// however it ends, so no lock is ever stale and none has to be taken over.
struct Lock(File);

impl Lock {
    fn take(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lock = path.with_file_name(format!(".{name}{LOCK}"));
        let failed = |e| upstream("locking", &lock, e);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .map_err(failed)?;
        for _ in 0..limits::LOCK_TRIES_MAX {
            match file.try_lock() {
                Ok(()) => {
                    // For people who wonder who holds it.
                    let _ = file.set_len(0);
                    let _ = write!(file, "{}", std::process::id());
                    return Ok(Self(file));
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(Duration::from_millis(limits::LOCK_WAIT_MS));
                }
                Err(TryLockError::Error(e)) => return Err(failed(e)),
            }
        }
        let owner = fs::read_to_string(&lock).unwrap_or_default();
        Err(Error::upstream(format!(
            "{} is held by another writer (process {owner}), which does not finish: end it and try again",
            lock.display()
        )))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// The content itself is the mark: what was replaced by the same bytes has not changed.
fn etag(bytes: &[u8]) -> Etag {
    let hash = Sha256::digest(bytes);
    Etag(
        hash.iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")),
    )
}

fn modified(meta: &fs::Metadata) -> Timestamp {
    let since = meta
        .modified()
        .ok()
        .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Makes a folder and makes its name last.
fn create(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|p| !p.as_os_str().is_empty()) {
        create(parent)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
        Err(e) => return Err(upstream("creating", folder, e)),
    }
    folder
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .map_or(Ok(()), sync)
}

/// Replaces a file at once: a reader sees the old content or the new.
fn rename(staged: &Path, path: &Path) -> Result<()> {
    fs::rename(staged, path).map_err(|e| upstream("writing", path, e))?;
    sync(path.parent().unwrap_or(path))
}

/// Makes the names in a folder last, where the system can.
fn sync(folder: &Path) -> Result<()> {
    match File::open(folder) {
        Ok(file) => file.sync_all().map_err(|e| upstream("flushing", folder, e)),
        // Windows does not open folders; its renames last without this.
        Err(_) if cfg!(windows) => Ok(()),
        Err(e) => Err(upstream("flushing", folder, e)),
    }
}

fn upstream(doing: &str, path: &Path, e: io::Error) -> Error {
    Error::upstream(format!("{doing} {}: {e}", path.display())).with_source(e)
}
