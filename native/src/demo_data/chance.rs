//! Seeded draws that are the same on every machine.
//!
//! Only raw words are taken from `ChaCha8`: how `rand` turns words into floats may change with its version, and std's
//! `exp` differs between platforms.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a draw is for. Each purpose has a stream of its own, so that the number of rows does not shift the market.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Popularity = 1,
    Noise = 2,
    Promotions = 3,
    Plan = 4,
    Lines = 5,
}

#[derive(Debug, Clone)]
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub(super) fn new(seed: u64, purpose: Purpose) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(purpose as u64);
        Self(rng)
    }

    /// Uniform in [0, 1), in steps of 2^-32.
    pub(super) fn uniform(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Uniform in `low..=high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = real(high - low + 1);
        low + whole((self.uniform() * width).floor())
    }

    /// About standard normal, within +-3.5: four uniforms, centred and scaled.
    pub(super) fn normal(&mut self) -> f64 {
        let sum = self.uniform() + self.uniform() + self.uniform() + self.uniform();
        (sum - 2.0) * 1.732_050_807_568_877_2
    }

    /// A positive factor with mean 1 (nearly) and a relative spread of `sigma`.
    pub(super) fn factor(&mut self, sigma: f64) -> f64 {
        libm::exp(sigma * self.normal() - 0.5 * sigma * sigma)
    }
}

/// A count as a float; exact below 2^53, and nothing here comes near it.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts are bounded by DEMO_ROWS_MAX, far below 2^53"
)]
pub(super) const fn real(count: i64) -> f64 {
    count as f64
}

/// An already rounded float as a count.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the callers round or floor first, and values are far below 2^53"
)]
pub(super) const fn whole(value: f64) -> i64 {
    value as i64
}
