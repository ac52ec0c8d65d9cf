//! One line of JSON for each request, to standard error, where Spin keeps a component's log.

use std::time::Duration;

use nearcast::app::Audit;

pub(crate) fn log(audit: &Audit, duration: Duration) {
    if let Ok(serde_json::Value::Object(mut line)) = serde_json::to_value(audit) {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        line.insert("duration_ms".to_owned(), ms.into());
        eprintln!("{}", serde_json::Value::Object(line));
    }
}
