//! Statistics that a few wild values do not move, and the numbers that all of `compute` counts in.
//!
//! Source: Hampel, The influence curve and its role in robust estimation, Journal of the American Statistical Association
//! 69 (1974); Hyndman & Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996), type 7.

/// A standard deviation over the median absolute deviation of normal errors.
const SIGMA_OVER_MAD: f64 = 1.482_602_218_505_602;
/// A standard deviation over the mean absolute deviation of normal errors.
const SIGMA_OVER_MEAN: f64 = 1.253_314_137_315_5;

/// A count as a float; exact below 2^32, which every bound keeps.
pub(super) fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

/// A scaled integer as a float, to the nearest that there is: shares and ratios are rounded far below what is shown.
#[expect(
    clippy::cast_precision_loss,
    reason = "only shares, ratios and statistics are made of it"
)]
pub(super) const fn real(value: i64) -> f64 {
    value as f64
}

/// The same for the sums and products of such.
#[expect(
    clippy::cast_precision_loss,
    reason = "only shares, ratios and statistics are made of it"
)]
pub(super) const fn real_wide(value: i128) -> f64 {
    value as f64
}

/// The quantile at `level` in 0 to 1 of sorted values, between two of them by their distance; none of no value.
pub(super) fn quantile(sorted: &[f64], level: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = level.clamp(0.0, 1.0) * count(last);
    let below = (0..=last).take_while(|i| count(*i) <= place).last()?;
    let (low, high) = (*sorted.get(below)?, *sorted.get((below + 1).min(last))?);
    Some((place - count(below)).mul_add(high - low, low))
}

/// The middle value, or the mean of the two in the middle; none of no value.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    if values.is_empty() {
        return None;
    }
    let (half, is_odd) = (values.len() / 2, values.len() % 2 == 1);
    // Selecting takes a fraction of the time of sorting, and running medians are most of what takes time here.
    let (lower, above, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    let above = *above;
    if is_odd {
        return Some(above);
    }
    let below = lower.iter().copied().max_by(f64::total_cmp)?;
    Some(f64::midpoint(below, above))
}

/// Medians of a window over a series whose ends only move forward: each step costs what moves, not the whole window.
pub(super) struct Sliding<'a> {
    values: &'a [Option<f64>],
    /// What is known in the window, in order.
    sorted: Vec<f64>,
    from: usize,
    to: usize,
}

impl<'a> Sliding<'a> {
    /// An empty window at the start.
    pub(super) const fn new(values: &'a [Option<f64>]) -> Self {
        Self {
            values,
            sorted: Vec::new(),
            from: 0,
            to: 0,
        }
    }

    /// Moves the window to the steps from `from` to before `to`, neither before the last ones: the median of what is known
    /// there, and how many that are.
    pub(super) fn median(&mut self, from: usize, to: usize) -> Option<(f64, usize)> {
        let place =
            |sorted: &[f64], value: f64| sorted.partition_point(|v| v.total_cmp(&value).is_lt());
        for value in self.values.iter().take(to).skip(self.to).flatten() {
            let at = place(&self.sorted, *value);
            self.sorted.insert(at, *value);
        }
        for value in self.values.iter().take(from).skip(self.from).flatten() {
            let at = place(&self.sorted, *value);
            if at < self.sorted.len() {
                self.sorted.remove(at);
            }
        }
        (self.from, self.to) = (self.from.max(from), self.to.max(to));
        let half = self.sorted.len() / 2;
        let above = *self.sorted.get(half)?;
        let middle = if self.sorted.len() % 2 == 1 {
            above
        } else {
            // Not fused: where a processor cannot, as in wasm, that takes as long as all the rest.
            f64::midpoint(*self.sorted.get(half.checked_sub(1)?)?, above)
        };
        Some((middle, self.sorted.len()))
    }
}

/// The standard deviation that errors around 0 would have if they were normal, by their median size. Where more than
/// half of them are 0 that is 0 and says nothing: then it is by their mean size.
pub(super) fn sigma(errors: &[f64]) -> f64 {
    let by_median = median(errors.iter().map(|e| e.abs())).unwrap_or(0.0) * SIGMA_OVER_MAD;
    if by_median > 0.0 || errors.is_empty() {
        return by_median;
    }
    errors.iter().map(|e| e.abs()).sum::<f64>() / count(errors.len()) * SIGMA_OVER_MEAN
}

/// The chance that a standard normal variable is above `z`.
pub(super) fn normal_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_quantiles_of_few_values() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median([]), None);
        let sorted = [10.0, 20.0, 30.0, 40.0, 50.0];
        assert_eq!(quantile(&sorted, 0.1), Some(14.0));
        assert_eq!(quantile(&sorted, 1.0), Some(50.0));
        assert_eq!(quantile(&sorted, 0.0), Some(10.0));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
    }

    #[test]
    fn a_window_that_slides_has_the_medians_of_its_steps() {
        let values: Vec<Option<f64>> = (0..200_u32)
            .map(|i| (i % 7 != 0).then(|| f64::from((i * 37) % 50)))
            .collect();
        for width in [1, 2, 9, 30] {
            let mut window = Sliding::new(&values);
            for at in 0..=values.len() {
                let (from, to) = (at.saturating_sub(width), (at + width / 2).min(values.len()));
                let known: Vec<f64> = values[from..to].iter().filter_map(|v| *v).collect();
                let wanted = median(known.iter().copied()).map(|m| (m, known.len()));
                assert_eq!(window.median(from, to), wanted, "{width} {at}");
            }
        }
    }

    #[test]
    fn one_wild_error_does_not_move_sigma() {
        let calm = sigma(&[1.0, -1.0, 1.0, -1.0, 1.0]);
        let wild = sigma(&[1.0, -1.0, 1.0, -1.0, 1e9]);
        assert!((calm - 1.482_602).abs() < 1e-6 && (calm - wild).abs() < 1e-12);
        assert!((sigma(&[0.0, 0.0, 0.0, 8.0]) - 2.506_628).abs() < 1e-6);
        assert!(sigma(&[]).abs() < f64::EPSILON);
    }

    #[test]
    fn tails_of_the_normal() {
        assert!((normal_tail(1.959_964) - 0.025).abs() < 1e-7);
        assert!((normal_tail(-1.0) - 0.841_345).abs() < 1e-6);
    }
}
