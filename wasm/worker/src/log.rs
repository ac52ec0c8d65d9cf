//! Log lines as JSON, to the platform's log.

use std::io::{self, Write};
use std::sync::Once;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt as _;
use worker::console_log;

/// Starts logging in this isolate, once.
pub(crate) fn start(level: LevelFilter) {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        // The platform puts its own time on each line.
        let started = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .without_time()
            .with_max_level(level)
            .with_writer(Line::default)
            .finish()
            .try_init();
        if started.is_err() {
            console_log!("logging had been started before");
        }
    });
}

/// One line, written when it is complete.
#[derive(Debug, Default)]
struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        console_log!("{}", String::from_utf8_lossy(&self.0).trim_end());
    }
}
