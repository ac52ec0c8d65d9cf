//! Where datasets lie: a directory, a bucket, a web prefix, or memory, as the demo that is built in.

mod client;
mod clock;
mod directory;
mod memory;
mod remote;
mod s3;
mod timeout;

pub use client::WebClient;
pub use directory::DirectoryStore;
pub use memory::MemoryStore;
pub use remote::{NativeWire, RemoteStore, bucket_store, web_store};
pub use s3::s3_client;
pub use timeout::TimeoutStore;

use nearcast::Result;
use nearcast::shell::{Chunk, RangeRead, ReadSpec, Tick};

/// The store of this process.
#[derive(Debug, Clone)]
pub enum Store {
    /// A directory.
    Directory(DirectoryStore),
    /// Objects in memory, such as the demo.
    Memory(MemoryStore),
    /// A bucket or a web prefix.
    Remote(RemoteStore),
}

impl RangeRead for Store {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        match self {
            Self::Directory(store) => store.read_ranges(specs).await,
            Self::Memory(store) => store.read_ranges(specs).await,
            Self::Remote(store) => store.read_ranges(specs).await,
        }
    }

    fn tick(&self) -> Option<Tick> {
        clock::tick()
    }
}
