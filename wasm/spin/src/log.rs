//! Log lines as JSON, to standard error, where Spin keeps a component's log.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging in this instance.
pub(crate) fn start(level: LevelFilter) {
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .finish()
        .try_init();
    // A host may let an instance answer more than once: then it goes on as it was started.
    drop(started);
}
