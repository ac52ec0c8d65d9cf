//! Where the files of a version go while they are written: a piece at a time, so that none has to fit into memory.

use std::fmt::Debug;

use bytes::Bytes;

use crate::error::Result;

/// Takes the files of a version, one after the other. A host that has a disk writes them into a staging folder.
pub trait Output: Debug {
    /// Begins a file; the one before is closed.
    ///
    /// # Errors
    /// `Upstream` if it cannot be made.
    fn create(&mut self, name: &str) -> Result<()>;

    /// Adds to the file that was begun last.
    ///
    /// # Errors
    /// `Upstream` if it cannot be written.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Closes the file that was begun last, so that it lasts, and says where its bytes are.
    ///
    /// # Errors
    /// `Upstream` if it cannot be written.
    fn close(&mut self) -> Result<Content>;
}

/// Where the bytes of a written file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Here.
    Memory(Bytes),
    /// With the [`Output`] that was handed in, under the file's name.
    Staged,
}

/// A file of a version that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltFile {
    /// Its name in the version's folder.
    pub name: String,
    /// Its bytes.
    pub content: Content,
}

/// Keeps everything in memory.
#[derive(Debug, Default)]
pub struct MemoryOutput {
    open: Vec<u8>,
}

impl Output for MemoryOutput {
    fn create(&mut self, _name: &str) -> Result<()> {
        self.open = Vec::new();
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.open.extend_from_slice(bytes);
        Ok(())
    }

    fn close(&mut self) -> Result<Content> {
        Ok(Content::Memory(std::mem::take(&mut self.open).into()))
    }
}
