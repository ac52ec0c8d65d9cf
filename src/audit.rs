//! One line of the audit log for each request: who asked what of which version, and what it took. Never a secret, never a
//! token.

use crate::engine::Trace;
use crate::error::Error;
use crate::shell::Usage;

/// What goes to the log.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    /// The request's id.
    pub request_id: String,
    /// `GET`, `POST`, `stdio`.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The principal's name.
    pub principal: String,
    /// The tools or answers that were asked for.
    pub calls: Vec<String>,
    /// The dataset.
    pub dataset: Option<String>,
    /// The version that answered.
    pub version: Option<String>,
    /// The grain that answered, such as `operation x month`.
    pub grain: Option<String>,
    /// Filters as resolved: `operation: Dallas, Dallas North`.
    pub filters: Vec<String>,
    /// Rows in the answers.
    pub rows: u32,
    /// What the store was asked for.
    pub usage: Usage,
    /// The HTTP status.
    pub status: u16,
    /// `ok`, or the kind of the error.
    pub outcome: &'static str,
    /// The error's message and cause, where there was one.
    pub error: Option<String>,
}

impl Audit {
    /// Adds what one question took.
    pub fn add(&mut self, usage: Usage, trace: &Trace) {
        self.usage.rounds += usage.rounds;
        self.usage.ranges += usage.ranges;
        self.usage.bytes += usage.bytes;
        if trace.version.is_some() {
            self.version.clone_from(&trace.version);
            self.grain.clone_from(&trace.grain);
        }
    }

    /// Notes that the request failed.
    pub fn failed(&mut self, error: &Error) {
        self.outcome = error.kind().name();
        let cause = std::error::Error::source(error)
            .map(|s| format!(" ({s})"))
            .unwrap_or_default();
        self.error = Some(format!("{error}{cause}"));
    }

    /// Writes the line. The duration is the host's: the core has no clock, and some hosts stop theirs while they compute.
    pub fn log(&self, duration_ms: Option<u64>) {
        tracing::info!(
            target: "nearcast::audit",
            request_id = self.request_id,
            method = self.method,
            path = self.path,
            principal = self.principal,
            calls = self.calls.join(","),
            dataset = self.dataset,
            version = self.version,
            grain = self.grain,
            filters = self.filters.join("; "),
            rows = self.rows,
            rounds = self.usage.rounds,
            ranges = self.usage.ranges,
            bytes = self.usage.bytes,
            status = self.status,
            outcome = self.outcome,
            error = self.error,
            duration_ms,
            "request"
        );
    }
}
