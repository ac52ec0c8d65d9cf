//! Random numbers that are the same on every host: splitmix64 (Steele, Lea & Flood, Fast splittable pseudorandom number
//! generators, 2014), and from it Marsaglia's polar method for the normal distribution (1964).

/// A generator, wholly decided by its seed.
#[derive(Debug, Clone)]
pub(super) struct Draws {
    state: u64,
    /// The second of a pair of normal numbers.
    spare: Option<f64>,
}

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            state: seed,
            spare: None,
        }
    }

    /// Uniform in (0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        // 52 bits, moved off zero by half a step.
        let part = |bits: u64| u32::try_from(bits).map_or(0.5, f64::from);
        let (high, low) = (part(z >> 38), part((z >> 12) & 0x3FF_FFFF));
        (high * 67_108_864.0 + low + 0.5) / 4_503_599_627_370_496.0
    }

    /// Normal with mean 0 and standard deviation 1.
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = u * u + v * v;
            if square < 1.0 && square > 0.0 {
                let factor = (-2.0 * libm::log(square) / square).sqrt();
                self.spare = Some(v * factor);
                return u * factor;
            }
        }
    }

    /// Laplace with mean 0 and this scale.
    pub(super) fn laplace(&mut self, scale: f64) -> f64 {
        let u = self.uniform();
        if u < 0.5 {
            scale * libm::log(2.0 * u)
        } else {
            -scale * libm::log(2.0 * (1.0 - u))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut draws = Draws::new(1);
        let n = 40_000;
        let mut moments = |mut draw: Box<dyn FnMut(&mut Draws) -> f64>| {
            let values: Vec<f64> = (0..n).map(|_| draw(&mut draws)).collect();
            let mean = |f: fn(f64) -> f64| values.iter().map(|v| f(*v)).sum::<f64>() / f64::from(n);
            [mean(|v| v), mean(|v| v * v), mean(f64::abs)]
        };
        let near = |found: [f64; 3], known: [f64; 3]| {
            let apart = found.iter().zip(known).map(|(f, k)| (f - k).abs());
            assert!(apart.fold(0.0, f64::max) < 0.04, "{found:?} {known:?}");
        };
        near(moments(Box::new(Draws::uniform)), [0.5, 1.0 / 3.0, 0.5]);
        near(moments(Box::new(Draws::normal)), [0.0, 1.0, 0.7979]);
        near(moments(Box::new(|d| d.laplace(0.5))), [0.0, 0.5, 0.5]);
    }
}
