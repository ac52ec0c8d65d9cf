//! Waiting in this world: a pollable of its monotonic clock.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
use wasi::clocks::monotonic_clock::subscribe_duration;

/// Waits.
pub(crate) async fn wait(ms: u64) {
    let until = Instant::now() + Duration::from_millis(ms);
    let mut waiting: Option<CancelOnDropToken> = None;
    poll_fn(|context| {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Ready(());
        }
        let ns = u64::try_from(left.as_nanos()).unwrap_or(u64::MAX);
        let token = push_waker_and_get_token(subscribe_duration(ns), context.waker().clone());
        // The one before is of no use any more, and ends as it is replaced.
        waiting.replace(token.into());
        Poll::Pending
    })
    .await;
}

/// What comes within the time.
pub(crate) async fn within<T>(ms: u64, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(wait(ms))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
