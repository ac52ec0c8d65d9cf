//! Values that are likely written in another unit (cents among dollars, grams among kilos): found by a rule, never altered.
//!
//! The rule: values of a measure are put into classes by the power of two of their magnitude; one that is at least ten
//! classes (1,024 times) above the class of the median of all values that are not zero is suspect. Counting classes needs
//! no memory to speak of, and the order of rows does not matter.

use crate::limits;

const CLASSES: usize = 128;
const CLASSES_ABOVE: usize = 10;
/// Fewer values say nothing of what is usual.
const VALUES_MIN: u64 = 50;

/// Magnitudes of one measure.
#[derive(Debug, Clone)]
pub(super) struct Magnitudes {
    counts: Vec<u64>,
    /// The largest values: magnitude, and where.
    largest: Vec<(u128, String)>,
}

impl Default for Magnitudes {
    fn default() -> Self {
        Self {
            counts: vec![0; CLASSES],
            largest: Vec::new(),
        }
    }
}

fn class(magnitude: u128) -> usize {
    usize::try_from(u128::BITS - magnitude.leading_zeros()).unwrap_or(0) % CLASSES
}

impl Magnitudes {
    /// Sees a value of so many decimals; `place` says where it is, should that be worth telling.
    pub(super) fn see(&mut self, value: i64, decimals: u8, place: impl Fn() -> String) {
        if value == 0 {
            return;
        }
        let finer = u32::from(limits::SCALE_MAX.saturating_sub(decimals));
        let magnitude = u128::from(value.unsigned_abs()) * 10_u128.pow(finer);
        if let Some(count) = self.counts.get_mut(class(magnitude)) {
            *count += 1;
        }
        let full = self.largest.len() >= limits::SUGGESTIONS_MAX;
        if !full || self.largest.last().is_some_and(|l| l.0 < magnitude) {
            self.keep(magnitude, place());
        }
    }

    fn keep(&mut self, magnitude: u128, place: String) {
        let at = self.largest.partition_point(|l| l.0 >= magnitude);
        self.largest.insert(at, (magnitude, place));
        self.largest.truncate(limits::SUGGESTIONS_MAX);
    }

    /// Those of rows that follow; `file` stands before where they are.
    pub(super) fn append(&mut self, more: Self, file: &str) {
        for (sum, count) in self.counts.iter_mut().zip(more.counts) {
            *sum += count;
        }
        for (magnitude, place) in more.largest {
            self.keep(magnitude, format!("{file}{place}"));
        }
    }

    /// How many values are suspect, and where the largest of them are.
    pub(super) fn suspects(&self) -> (u64, Vec<&str>) {
        let all: u64 = self.counts.iter().sum();
        if all < VALUES_MIN {
            return (0, Vec::new());
        }
        let mut below = 0;
        let median = self.counts.iter().position(|count| {
            below += count;
            below * 2 >= all
        });
        let from = median.unwrap_or(CLASSES) + CLASSES_ABOVE;
        let count = self.counts.iter().skip(from).sum();
        let places = self.largest.iter().filter(|l| class(l.0) >= from);
        (count, places.map(|l| l.1.as_str()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_a_thousand_times_the_usual_is_suspect_whatever_the_decimals() {
        for decimals in [0, 2, 6] {
            let mut all = Magnitudes::default();
            for line in 0..100_u32 {
                all.see(i64::from(100 + line), decimals, || format!("line {line}"));
            }
            assert_eq!(all.suspects(), (0, Vec::new()));
            let mut more = Magnitudes::default();
            more.see(-300_000, decimals, || "line 7".into());
            more.see(90_000, decimals, || "line 8".into());
            all.append(more, "b.csv ");
            assert_eq!(all.suspects(), (1, vec!["b.csv line 7"]), "{decimals}");
        }
    }
}
