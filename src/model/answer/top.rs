//! Rankings.

use super::Compared;
use crate::model::query::Order;

/// A ranking, or one in each value of a dimension.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TopAnswer {
    /// The dimension that was ranked.
    pub by: String,
    /// Its name for people.
    pub by_label: String,
    /// Best or worst first.
    pub order: Order,
    /// The rows, in order; of several rankings, those of the first group first.
    pub rows: Vec<TopRow>,
    /// The sum over everything that the filters let through, scaled.
    pub total: i64,
    /// The dimension whose values have a ranking each.
    pub per: Option<TopPer>,
    /// What the ranks are compared with.
    pub against: Option<TopAgainst>,
}

impl TopAnswer {
    /// Whether a group has more rows than are shown.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let mut groups = self.per.iter().flat_map(|per| &per.groups);
        groups.any(|group| group.rows < group.rows_total)
    }

    /// Each row, with the group whose ranking it is in, where there are several.
    pub fn grouped(&self) -> impl Iterator<Item = (Option<&TopGroup>, &TopRow)> {
        let groups = self.per.iter().flat_map(|per| &per.groups);
        let groups = groups.flat_map(|group| std::iter::repeat_n(group, group.rows));
        let groups = groups.map(Some).chain(std::iter::repeat(None));
        groups.zip(&self.rows)
    }
}

/// One row of a ranking.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TopRow {
    /// From 1.
    pub rank: u32,
    /// The value's id.
    pub id: String,
    /// The value's name.
    pub name: String,
    /// The sum, scaled.
    pub value: i64,
    /// Its part of the ranking's total, from 0 to 1; none for ratios, and where sums are below 0.
    pub share: Option<f64>,
    /// The part of all rows from the first to this one.
    pub cumulative: Option<f64>,
    /// Where it stood in the period that is compared with, if one is.
    pub before: Option<Before>,
}

/// Where a value stood before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// It did not sell.
    New,
    /// Its rank, from 1, and its sum, scaled.
    At {
        /// The rank.
        rank: u32,
        /// The sum.
        value: i64,
    },
}

/// The dimension whose values have a ranking each.
#[derive(Debug, Clone, PartialEq)]
pub struct TopPer {
    /// The dimension.
    pub per: String,
    /// Its name for people.
    pub per_label: String,
    /// Those of its values that sold, the largest first, as far as they are on this page.
    pub groups: Vec<TopGroup>,
    /// How many there are altogether.
    pub groups_total: usize,
}

/// One value with a ranking of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct TopGroup {
    /// The value's id.
    pub id: String,
    /// The value's name.
    pub name: String,
    /// Its sum over all that was ranked, scaled.
    pub total: i64,
    /// Its part of the whole total; none where that is not above 0, and for ratios.
    pub share: Option<f64>,
    /// How many of the answer's rows are its own.
    pub rows: usize,
    /// How many rows its ranking has altogether.
    pub rows_total: usize,
}

/// What ranks are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopAgainst {
    /// The period and its total.
    pub compared: Compared,
    /// How many values had a rank in it.
    pub rows_total: usize,
    /// Values that had a rank in it and have none now.
    pub gone: usize,
}
