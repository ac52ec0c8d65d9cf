//! Publishing into a directory: first the version's files, whole and flushed, then the pointer, each by a rename.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use nearcast::error::Result;
use nearcast::ingest::{Built, pointer_object};
use nearcast::model::manifest::Pointer;
use nearcast::model::{DatasetId, ObjectKey, Timestamp};
use nearcast::read;

use super::upstream;

/// One dataset's folder in a directory store.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
    dataset: DatasetId,
}

impl Directory {
    /// The folder of a dataset; it need not be there yet.
    #[must_use]
    pub fn new(root: &Path, dataset: &DatasetId) -> Self {
        Self {
            root: root.to_owned(),
            dataset: dataset.clone(),
        }
    }

    fn folder(&self) -> PathBuf {
        self.root.join(self.dataset.as_str())
    }

    /// Where the dataset's `dataset.toml` is.
    #[must_use]
    pub fn config_path(&self) -> PathBuf {
        self.folder().join("dataset.toml")
    }

    /// The current pointer, if there is one.
    ///
    /// # Errors
    /// `Corrupt` or `Invalid` if it is not one that can be followed, `Upstream` if it cannot be read.
    pub fn pointer(&self) -> Result<Option<Pointer>> {
        let path = self.root.join(ObjectKey::pointer(&self.dataset).as_str());
        match fs::read(&path) {
            Ok(bytes) => read::manifest::pointer(&bytes, &self.dataset)
                .map(Some)
                .map_err(|e| e.context(path.display())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(upstream("reading", &path, e)),
        }
    }

    /// Publishes a version: a reader sees the one before or this one, never something between.
    ///
    /// # Errors
    /// `Upstream` if something cannot be written; the pointer is as it was then.
    pub fn publish(&self, built: &Built, now: Timestamp, before: Option<&Pointer>) -> Result<()> {
        let version = &built.manifest.version;
        let folder = self.folder().join("v");
        create(&folder)?;
        let staging = folder.join(format!(".{version}.{}", std::process::id()));
        let result = Self::stage(built, &staging, &folder.join(version.as_str()));
        if result.is_err() {
            // Best effort: what is left over begins with a dot and is never read.
            let _ = fs::remove_dir_all(&staging);
        }
        result?;
        let (key, bytes) = pointer_object(&built.pointer(now, before), &built.attachments)?;
        replace(&self.root.join(key), &bytes)
    }

    fn stage(built: &Built, staging: &Path, target: &Path) -> Result<()> {
        let objects = built.objects()?;
        let name = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
        let same = |(key, bytes): (&String, &Bytes)| {
            fs::read(target.join(name(key))).is_ok_and(|there| there == *bytes)
        };
        if objects.iter().all(same) {
            return Ok(());
        }
        create(staging)?;
        for (key, bytes) in &objects {
            write(&staging.join(name(key)), bytes)?;
        }
        sync(staging)?;
        if target.exists() {
            // Left over from an attempt that was cut off or damaged since: the whole one replaces it.
            fs::remove_dir_all(target).map_err(|e| upstream("replacing", target, e))?;
        }
        fs::rename(staging, target).map_err(|e| upstream("publishing", target, e))?;
        sync(target.parent().unwrap_or(target))
    }

    /// Writes `dataset.toml`.
    ///
    /// # Errors
    /// `Upstream` if it cannot be written.
    pub fn write_config(&self, text: &str) -> Result<()> {
        create(&self.folder())?;
        replace(&self.config_path(), text.as_bytes())
    }
}

fn create(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| upstream("creating", folder, e))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = File::create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|e| upstream("writing", path, e))
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

/// Replaces a file at once: a reader sees the old content or the new.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = path.with_file_name(format!(".{name}.{}", std::process::id()));
    write(&fresh, bytes)?;
    fs::rename(&fresh, path).map_err(|e| upstream("writing", path, e))?;
    sync(path.parent().unwrap_or(path))
}
