//! What becomes of rows that are odd but not wrong: stated in `dataset.toml`, and stated by default.

use serde::{Deserialize, Serialize};

/// `[rules]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Rows that repeat another one in every field.
    pub duplicates: Duplicates,
    /// Rows with a negative quantity.
    pub negative: Negative,
    /// Rows of days after the day of ingest.
    pub future: Acceptance,
    /// In an append, rows older than the newest day of the current version.
    pub late: Acceptance,
    /// Rows that may be wrong and are left out, counted and listed; with one more nothing is published.
    pub bad_rows_max: u64,
}

/// What becomes of rows that repeat another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// They count: two equal sales can be real.
    #[default]
    Keep,
    /// All but the first are left out.
    Drop,
}

/// What becomes of negative rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Negative {
    /// They are returns, and lower the sums.
    #[default]
    Net,
    /// They are wrong.
    Refuse,
}

/// Whether rows are taken as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acceptance {
    /// They are, and are counted.
    #[default]
    Keep,
    /// They are wrong.
    Refuse,
}
