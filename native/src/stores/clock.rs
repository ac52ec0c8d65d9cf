//! The clock that stores lend the core.

use std::sync::LazyLock;
use std::time::Instant;

use nearcast::shell::Tick;

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What it says now. It goes on whatever the process does.
pub(super) fn tick() -> Option<Tick> {
    let us = STARTED.elapsed().as_micros();
    Some(Tick {
        us: u64::try_from(us).ok()?,
        runs: true,
    })
}
