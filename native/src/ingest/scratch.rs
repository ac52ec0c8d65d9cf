//! Temporary files for what does not fit into memory, and a folder for the files of a version that is being built.

use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use nearcast::error::{Error, Result};
use nearcast::ingest::{Content, Output, Scratch, ScratchFile};

use super::upstream;

/// Puts cells aside into temporary files of one folder.
#[derive(Debug)]
pub struct TemporaryFiles {
    folder: PathBuf,
}

impl TemporaryFiles {
    /// In this folder, which must be there.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }
}

impl Scratch for TemporaryFiles {
    fn create(&mut self) -> Result<Box<dyn ScratchFile>> {
        let file = tempfile::tempfile_in(&self.folder);
        let file = file.map_err(|e| upstream("making a temporary file in", &self.folder, e))?;
        Ok(Box::new(Temporary { file }))
    }
}

#[derive(Debug)]
struct Temporary {
    file: File,
}

fn scratch(e: std::io::Error) -> Error {
    Error::upstream(format!(
        "a temporary file cannot be used: {e}; free some space, or point TMPDIR to a larger disk"
    ))
    .with_source(e)
}

impl ScratchFile for Temporary {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .seek(SeekFrom::End(0))
            .and_then(|_| self.file.write_all(bytes))
            .map_err(scratch)
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<()> {
        self.file
            .seek(SeekFrom::Start(offset))
            .and_then(|_| self.file.read_exact(into))
            .map_err(scratch)
    }
}

/// Writes the files of a version into a folder, from which they are published.
#[derive(Debug)]
pub struct StagingFolder {
    folder: tempfile::TempDir,
    open: Option<(PathBuf, BufWriter<File>)>,
}

impl StagingFolder {
    /// A new folder inside of this one; it is gone when this is dropped.
    ///
    /// # Errors
    /// `Upstream` if it cannot be made.
    pub fn new(inside: &Path) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(".staging-")
            .tempdir_in(inside);
        Ok(Self {
            folder: folder.map_err(|e| upstream("making a folder in", inside, e))?,
            open: None,
        })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Output for StagingFolder {
    fn create(&mut self, name: &str) -> Result<()> {
        let path = self.folder.path().join(name);
        let file = File::create(&path).map_err(|e| upstream("writing", &path, e))?;
        self.open = Some((path, BufWriter::with_capacity(1 << 20, file)));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let (path, file) = self
            .open
            .as_mut()
            .ok_or_else(|| Error::internal("no file was begun"))?;
        file.write_all(bytes)
            .map_err(|e| upstream("writing", path, e))
    }

    fn close(&mut self) -> Result<Content> {
        let (path, mut file) = self
            .open
            .take()
            .ok_or_else(|| Error::internal("no file was begun"))?;
        file.flush().map_err(|e| upstream("writing", &path, e))?;
        Ok(Content::Staged)
    }
}
