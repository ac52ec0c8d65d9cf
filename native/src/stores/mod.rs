//! Where datasets lie: a directory, memory, or the demo that is built in.

mod client;
mod directory;
mod memory;
mod s3;
mod timeout;

pub use client::WebClient;
pub use directory::DirectoryStore;
pub use memory::MemoryStore;
pub use s3::s3_client;
pub use timeout::TimeoutStore;

use nearcast::Result;
use nearcast::shell::{Chunk, RangeRead, ReadSpec};

/// The store of this process.
#[derive(Debug, Clone)]
pub enum Store {
    /// A directory.
    Directory(DirectoryStore),
    /// Objects in memory, such as the demo.
    Memory(MemoryStore),
}

impl RangeRead for Store {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        match self {
            Self::Directory(store) => store.read_ranges(specs).await,
            Self::Memory(store) => store.read_ranges(specs).await,
        }
    }
}
