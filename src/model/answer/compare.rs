//! A period against others.

use crate::model::calendar::Period;

/// One period against one or more baselines, in all and by a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompareAnswer {
    /// What is compared.
    pub subject: Compared,
    /// What it is compared with, in the order in which it was asked.
    pub baselines: Vec<Compared>,
    /// By a dimension.
    pub by: Option<ComparedBy>,
}

/// A period and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// What people call it: `September 2026`, `the year before, same dates`.
    pub label: String,
    /// The days that were counted.
    pub period: Period,
    /// How a baseline was found, such as `date`, `weekday` or `holiday`; `asked` where it was named.
    pub how: &'static str,
    /// The value, scaled; none where a ratio has nothing below the line.
    pub value: Option<i64>,
}

/// The values of a dimension, the largest change against the first baseline first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedBy {
    /// The dimension.
    pub by: String,
    /// Its name for people.
    pub by_label: String,
    /// The rows.
    pub rows: Vec<ComparedRow>,
    /// Everything that has no row of its own, added up, and how many values that are; not for ratios.
    pub rest: Option<(u32, ComparedRow)>,
}

/// One value of a dimension in each period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRow {
    /// The value's id.
    pub id: String,
    /// The value's name.
    pub name: String,
    /// In the subject, scaled; none for a ratio with nothing below the line.
    pub value: Option<i64>,
    /// In each baseline.
    pub baselines: Vec<Option<i64>>,
}
