//! The sums of each month that a manifest keeps.

use serde::{Deserialize, Serialize};

use super::calendar::Day;

/// The sums of one month, written as `[month, lines, [sums]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "MonthRow", into = "MonthRow")]
pub struct MonthSums {
    /// Its first day.
    pub month: Day,
    /// Source rows.
    pub lines: i64,
    /// Of each measure, in the manifest's order, scaled.
    pub sums: Vec<i64>,
}

#[derive(Serialize, Deserialize)]
struct MonthRow(Day, i64, Vec<i64>);

impl From<MonthRow> for MonthSums {
    fn from(MonthRow(month, lines, sums): MonthRow) -> Self {
        Self { month, lines, sums }
    }
}

impl From<MonthSums> for MonthRow {
    fn from(MonthSums { month, lines, sums }: MonthSums) -> Self {
        Self(month, lines, sums)
    }
}
