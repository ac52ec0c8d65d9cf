//! One request for an object, and what the answer to it means.

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::fmt::rfc2822;

/// How long the server asks to be left alone, seconds. A date counts from the server's own clock.
#[must_use]
pub fn retry_after_s(headers: &HeaderMap) -> Option<u64> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(seconds);
    }
    let instant = |text: &str| {
        rfc2822::parse(text)
            .ok()
            .map(|at| at.timestamp().as_second())
    };
    let until = instant(asked)?;
    let now = text(DATE).and_then(instant)?;
    Some(u64::try_from(until.saturating_sub(now)).unwrap_or(0))
}
