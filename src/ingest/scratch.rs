//! Where cells go that do not fit into memory until the version is written.

use std::fmt::Debug;

use crate::error::{Error, Result};

/// Room beside memory. A host that has a disk hands in temporary files.
pub trait Scratch: Debug + Send {
    /// A new, empty place. What is in it is gone when it is dropped.
    ///
    /// # Errors
    /// `Upstream` if there is none.
    fn create(&mut self) -> Result<Box<dyn ScratchFile>>;
}

/// One place for bytes that are written once and then read, some of them several times.
pub trait ScratchFile: Debug + Send {
    /// Adds bytes at the end.
    ///
    /// # Errors
    /// `Upstream` if they cannot be written.
    fn append(&mut self, bytes: &[u8]) -> Result<()>;

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// `Upstream` if they cannot be read, or are not there.
    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<()>;
}

/// Keeps what was to leave memory in memory: for hosts without a disk, and for tests.
#[derive(Debug, Default)]
pub struct MemoryScratch;

#[derive(Debug, Default)]
struct MemoryFile(Vec<u8>);

impl Scratch for MemoryScratch {
    fn create(&mut self) -> Result<Box<dyn ScratchFile>> {
        Ok(Box::new(MemoryFile::default()))
    }
}

impl ScratchFile for MemoryFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn read_at(&mut self, offset: u64, into: &mut [u8]) -> Result<()> {
        let from = usize::try_from(offset).ok();
        let bytes = from.and_then(|at| self.0.get(at..at.checked_add(into.len())?));
        let bytes =
            bytes.ok_or_else(|| Error::internal("scratch bytes that were never written"))?;
        into.copy_from_slice(bytes);
        Ok(())
    }
}
