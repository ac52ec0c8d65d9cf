//! One line of JSON for each request, to the platform's log.

use nearcast::app::Audit;
use worker::console_log;

/// The Worker's clock stands still while it computes: the duration is that of its reads.
pub(crate) fn log(audit: &Audit, duration_ms: u64) {
    if let Ok(serde_json::Value::Object(mut line)) = serde_json::to_value(audit) {
        line.insert("duration_ms".to_owned(), duration_ms.into());
        console_log!("{}", serde_json::Value::Object(line));
    }
}
