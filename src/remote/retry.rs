//! When to ask again: a bounded number of attempts, a random wait that grows, and never past the time that there is.

use crate::error::{Error, Result};
use crate::limits;

/// Why an attempt failed, when another one may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened, for the error in the end.
    pub why: String,
    /// How long the server asks to be left alone, seconds.
    pub retry_after_s: Option<u64>,
}

impl Trouble {
    /// Trouble without a wish of the server's.
    pub fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            retry_after_s: None,
        }
    }
}

/// The attempts at one read or write.
///
/// # Units    milliseconds since the first attempt began
/// # Source   exponential backoff with full jitter: M. Brooker, "Exponential Backoff and Jitter", 2015
#[derive(Debug, Clone)]
pub struct Retry {
    budget_ms: u64,
    failed: u32,
    random: u64,
}

impl Retry {
    /// Attempts that may take this long together; the seed decides the waits.
    #[must_use]
    pub const fn new(budget_ms: u64, seed: u64) -> Self {
        Self {
            budget_ms,
            failed: 0,
            random: seed,
        }
    }

    /// Attempts within the time of one round of reads.
    #[must_use]
    pub const fn of_read(seed: u64) -> Self {
        Self::new(limits::READ_ROUND_TIME_S * 1_000, seed)
    }

    /// Attempts that have failed.
    #[must_use]
    pub const fn failed(&self) -> u32 {
        self.failed
    }

    /// How long to wait before the next attempt, milliseconds.
    ///
    /// # Errors
    /// `Upstream` with the last trouble if that was the last attempt, if the wait would end after the time is up, or if
    /// the server asks for a longer wait than that.
    pub fn next(&mut self, trouble: &Trouble, elapsed_ms: u64) -> Result<u64> {
        let Trouble { why, retry_after_s } = trouble;
        self.failed += 1;
        let times = match self.failed {
            1 => "once".to_owned(),
            more => format!("{more} times"),
        };
        if self.failed >= limits::STORE_ATTEMPTS_MAX {
            return Err(Error::upstream(format!(
                "{why}, and so it was {times}: try again later"
            )));
        }
        let left_ms = self.budget_ms.saturating_sub(elapsed_ms);
        let wait_ms = if let Some(asked_s) = retry_after_s {
            // Everyone who was told the same time would come back at the same time.
            let asked_ms = asked_s.saturating_mul(1_000);
            asked_ms.saturating_add(self.up_to(limits::STORE_BACKOFF_MS))
        } else {
            let bound = limits::STORE_BACKOFF_MS << (self.failed - 1).min(16);
            self.up_to(bound.min(limits::STORE_BACKOFF_MAX_MS))
        };
        if wait_ms < left_ms {
            return Ok(wait_ms);
        }
        Err(Error::upstream(match retry_after_s {
            Some(asked_s) => format!(
                "{why}, and it asks to wait for {asked_s} s, longer than there is time: try again after that"
            ),
            None => format!(
                "{why}, {times}, and the {} s that there were are over: try again later",
                self.budget_ms / 1_000
            ),
        }))
    }

    /// A number from 0 to the bound.
    fn up_to(&mut self, bound: u64) -> u64 {
        // SplitMix64: G. Steele et al., "Fast splittable pseudorandom number generators", 2014.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % (bound + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn asks(seconds: u64) -> Trouble {
        Trouble {
            why: "storage answers 503".into(),
            retry_after_s: Some(seconds),
        }
    }

    /// Fails for ever on a clock of its own; the waits, and the error in the end.
    fn run(mut retry: Retry, trouble: &Trouble, attempt_ms: u64) -> (Vec<u64>, Error) {
        let (mut now, mut waits) = (0, Vec::new());
        loop {
            now += attempt_ms;
            match retry.next(trouble, now) {
                Ok(wait) => {
                    assert!(now + wait < 10_000, "a wait past the budget");
                    waits.push(wait);
                    now += wait;
                }
                Err(error) => return (waits, error),
            }
        }
    }

    #[test]
    fn attempts_are_counted_and_waits_grow_up_to_their_bound() {
        let mut most = [0; 4];
        for seed in 0..2_000 {
            let (waits, error) = run(Retry::of_read(seed), &Trouble::new("it fails"), 1);
            assert_eq!(waits.len(), 4);
            for ((wait, most), bound) in waits.iter().zip(&mut most).zip([100, 200, 400, 800]) {
                assert!(*wait <= bound, "{waits:?}");
                *most = (*most).max(*wait);
            }
            assert_eq!(error.kind(), ErrorKind::Upstream);
            assert_eq!(
                error.to_string(),
                "it fails, and so it was 5 times: try again later"
            );
        }
        // Full jitter: all of the span is used.
        assert!(most[0] > 95 && most[3] > 760, "{most:?}");
    }

    #[test]
    fn two_seeds_wait_differently_and_one_seed_alike() {
        let waits = |seed| run(Retry::of_read(seed), &Trouble::new("it fails"), 1).0;
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn slow_attempts_end_with_the_time() {
        let (waits, error) = run(Retry::of_read(1), &Trouble::new("it is slow"), 4_900);
        assert!(waits.len() <= 2, "{waits:?}");
        assert!(
            error.to_string().contains("10 s that there were are over"),
            "{error}"
        );
    }

    #[test]
    fn the_server_is_left_alone_as_long_as_it_asks() {
        let mut retry = Retry::of_read(3);
        let wait = retry.next(&asks(2), 50).expect("within the budget");
        assert!((2_000..=2_100).contains(&wait), "{wait}");
        // Now is a fine answer, too.
        assert!(retry.next(&asks(0), 2_200).expect("at once") <= 100);
    }

    #[test]
    fn a_wish_that_is_too_long_ends_it_at_once_and_is_told() {
        for seconds in [10, 3_600, u64::MAX] {
            let mut retry = Retry::of_read(3);
            let error = retry.next(&asks(seconds), 50).expect_err("too long");
            assert_eq!(error.kind(), ErrorKind::Upstream);
            assert!(
                error
                    .to_string()
                    .contains(&format!("asks to wait for {seconds} s")),
                "{error}"
            );
        }
    }
}
