//! A store with a time limit: one that hangs must not hold its requests for ever.

use std::time::Duration;

use nearcast::shell::{Chunk, RangeRead, ReadSpec, Tick};
use nearcast::{Error, Result, limits};

/// A store whose every round of reads has to be there within a time.
#[derive(Debug, Clone)]
pub struct TimeoutStore<S> {
    inner: S,
    limit: Duration,
}

impl<S> TimeoutStore<S> {
    /// The store with the limit of [`limits::READ_ROUND_TIME_S`].
    #[must_use]
    pub const fn new(inner: S) -> Self {
        Self::within(inner, Duration::from_secs(limits::READ_ROUND_TIME_S))
    }

    /// The store with this limit.
    #[must_use]
    pub const fn within(inner: S, limit: Duration) -> Self {
        Self { inner, limit }
    }
}

impl<S: RangeRead> RangeRead for TimeoutStore<S> {
    async fn read_ranges(&self, specs: &[ReadSpec]) -> Result<Vec<Chunk>> {
        match tokio::time::timeout(self.limit, self.inner.read_ranges(specs)).await {
            Ok(read) => read,
            Err(elapsed) => Err(Error::upstream(format!(
                "storage did not answer within {} s: try again later",
                self.limit.as_secs_f64()
            ))
            .with_source(elapsed)),
        }
    }

    fn tick(&self) -> Option<Tick> {
        self.inner.tick()
    }
}
