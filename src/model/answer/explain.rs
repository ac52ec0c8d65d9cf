//! Why a sum changed.

use super::compare::Compared;

/// The change of a measure between two periods, broken down.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainAnswer {
    /// The period that is explained.
    pub subject: Compared,
    /// What it is compared with.
    pub baseline: Compared,
    /// The change, scaled.
    pub change: i64,
    /// The smallest set of values of one dimension that explains most of the change; none where it is spread too widely.
    pub causes: Option<Causes>,
    /// By each dimension, the one that explains best first. Contributions add up to the change in each.
    pub dimensions: Vec<ExplainedBy>,
    /// By volume, mix and price, where there are a quantity and money.
    pub price_volume_mix: Option<PriceVolumeMixAnswer>,
}

/// Values that together explain a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Causes {
    /// Their dimension.
    pub by: String,
    /// Its name for people.
    pub by_label: String,
    /// Their names, the largest change first.
    pub names: Vec<String>,
    /// The sum of their changes, scaled.
    pub change: i64,
    /// The same as a share of the whole change; above 1 where others moved against it.
    pub share: f64,
    /// Whether that is as much as was looked for.
    pub is_enough: bool,
}

/// A change by one dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedBy {
    /// The dimension.
    pub by: String,
    /// Its name for people.
    pub by_label: String,
    /// The largest changes first.
    pub rows: Vec<ExplainRow>,
    /// All others together, and how many they are.
    pub rest: Option<(u32, ExplainRow)>,
    /// Sum of what rose, scaled.
    pub gains: i64,
    /// Sum of what fell, scaled.
    pub losses: i64,
    /// How differently values moved: Jensen-Shannon divergence of their shares before and after, bits.
    pub surprise: f64,
}

/// What one value contributed.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainRow {
    /// The value's id.
    pub id: String,
    /// The value's name.
    pub name: String,
    /// In the subject, scaled.
    pub value: i64,
    /// In the baseline, scaled.
    pub before: i64,
    /// Its part of the whole change; negative where it moved against it, none where the whole stood still.
    pub share: Option<f64>,
    /// Whether it moved with the whole and clearly faster than everything else.
    pub is_cause: bool,
}

/// A change of money by cause, scaled; the parts add up to the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceVolumeMixAnswer {
    /// The quantity that it is by.
    pub quantity: String,
    /// The dimension whose values have prices.
    pub by: String,
    /// More or fewer sold, at the average price of before.
    pub volume: i64,
    /// More of what is dear or cheap.
    pub mix: i64,
    /// Other prices.
    pub price: i64,
    /// Of what was not sold before.
    pub new: i64,
    /// Of what is not sold any more.
    pub gone: i64,
    /// Of what has no quantity above 0.
    pub other: i64,
}
