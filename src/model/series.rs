//! A regular series in time.

use super::calendar::{Day, Grain};

/// Sums of one measure, a value a step, without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Length of a step.
    pub grain: Grain,
    /// First day of the first step.
    pub start: Day,
    /// Scaled integers, as in the files.
    pub values: Vec<i64>,
}

impl Series {
    /// The first day of step `index` (may lie past the end: forecasts do).
    #[must_use]
    pub fn day(&self, index: usize) -> Day {
        self.grain
            .step(self.start, i32::try_from(index).unwrap_or(i32::MAX))
    }
}
