//! A directory of objects.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use nearcast::model::dataset::Etag;
use nearcast::shell::{Chunk, RangeRead, ReadSpec};
use nearcast::{Error, Result};

use super::memory::{bounds, not_found};

/// A directory of objects; keys are paths in it.
#[derive(Debug, Clone)]
pub struct DirectoryStore {
    root: PathBuf,
}

impl DirectoryStore {
    /// A store of the objects in a directory.
    ///
    /// # Errors
    /// `NotFound` if the directory is not there.
    pub fn new(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        if !root.is_dir() {
            return Err(Error::not_found(format!(
                "there is no directory {}: make it with `nearcast ingest FILE.csv --out {}`",
                root.display(),
                root.display()
            )));
        }
        Ok(Self { root })
    }

    /// The names of the datasets in it: directories with a pointer.
    ///
    /// # Errors
    /// `Upstream` if the directory cannot be read.
    pub fn datasets(&self) -> Result<Vec<String>> {
        let unreadable = |e: std::io::Error| {
            Error::upstream(format!("{} cannot be read: {e}", self.root.display())).with_source(e)
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.root).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if entry.path().join("current.json").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

impl RangeRead for DirectoryStore {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        let (root, specs) = (self.root.clone(), specs.to_vec());
        tokio::task::spawn_blocking(move || specs.iter().map(|spec| read(&root, spec)).collect())
            .await
            .map_err(|e| Error::internal("a read was cut short").with_source(e))?
    }
}

fn read(root: &Path, spec: &ReadSpec) -> Result<Chunk> {
    let failed = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => not_found(&spec.key),
        _ => Error::upstream(format!("{} cannot be read: {e}", spec.key)).with_source(e),
    };
    let mut file = File::open(root.join(spec.key.as_str())).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    let modified = meta
        .modified()
        .ok()
        .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    let etag = Etag(format!("{}-{}", meta.len(), modified.as_nanos()));
    if spec.if_match.as_ref().is_some_and(|wanted| *wanted != etag) {
        return Err(Error::stale(format!(
            "{} changed while it was being read",
            spec.key
        )));
    }
    let (from, to) = bounds(spec, meta.len())?;
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut bytes = Vec::with_capacity(usize::try_from(to - from).unwrap_or(0));
    file.take(to - from)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 != to - from {
        return Err(Error::corrupt(format!(
            "{} became shorter while it was being read",
            spec.key
        )));
    }
    Ok(Chunk {
        bytes: bytes.into(),
        etag: Some(etag),
    })
}
