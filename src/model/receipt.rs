//! What every answer carries, so that it can be checked: what was asked of what, as resolved.

use super::calendar::{Day, Period};
use super::dataset::{DatasetId, VersionId};
use super::manifest::{Asked, MeasureKind};
use super::note::Notes;

/// Where an answer comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The dataset.
    pub dataset: DatasetId,
    /// Its name for people.
    pub title: String,
    /// The version that answered.
    pub version: VersionId,
    /// The last day with data.
    pub as_of: Day,
    /// The measure, where the answer has one.
    pub measure: Option<MeasureUsed>,
    /// The days that were counted.
    pub period: Period,
    /// Whether the data cover the period that was asked for; if none was, whether they end with a whole month.
    pub complete: bool,
    /// Names as resolved.
    pub resolved: Vec<Resolved>,
    /// Rows in the answer.
    pub rows: u32,
    /// Whether there are more rows than were asked for.
    pub truncated: bool,
    /// Rows that there are altogether.
    pub rows_total: u32,
    /// What the data are like.
    pub quality: QualityUsed,
    /// What a reader should know before using the numbers.
    pub notes: Notes,
    /// Canonical arguments of the pinned link, and of the next page where there is one.
    pub link: AnswerLink,
}

impl Receipt {
    /// Days since the last day with data.
    #[must_use]
    pub fn age_days(&self, today: Day) -> u32 {
        u32::try_from(today.0.saturating_sub(self.as_of.0)).unwrap_or(0)
    }
}

/// What the data of an answer are like. What has a day is of the answer's period, the rest of the whole version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QualityUsed {
    /// Source rows that went in.
    pub rows_used: u64,
    /// Source rows that were wrong and left out.
    pub rows_refused: u64,
    /// Values that may be written in another unit.
    pub rows_suspect: u64,
    /// Share of the rows that are returns, parts per million.
    pub returns_ppm: u64,
    /// Stretches without any row.
    pub missing: Vec<Period>,
    /// Days of the week, 1 for Monday, that never have rows.
    pub closed_weekdays: Vec<u8>,
    /// How many single days have no rows every year, such as holidays; the description lists them.
    pub closed_days: usize,
    /// Days whose content changed after it was first published.
    pub restated: Vec<Day>,
}

/// The measure of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureUsed {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Quantity or money.
    pub kind: MeasureKind,
    /// Unit or currency.
    pub unit: String,
    /// Decimal places.
    pub scale: u8,
    /// For a ratio what it is made of, such as `revenue / units`.
    pub ratio: Option<String>,
}

impl From<Asked<'_>> for MeasureUsed {
    fn from(asked: Asked<'_>) -> Self {
        match asked {
            Asked::Sum(m) => Self {
                name: m.name.clone(),
                label: m.label.clone(),
                kind: m.kind,
                unit: m.unit.clone(),
                scale: m.scale,
                ratio: None,
            },
            Asked::Ratio(d, above, below) => Self {
                name: d.name.clone(),
                label: d.label.clone(),
                kind: d.kind,
                unit: d.unit.clone(),
                scale: d.scale,
                ratio: Some(format!("{} / {}", above.name, below.name)),
            },
        }
    }
}

/// What stands for the dimension where a period was asked for in words.
pub const PERIOD: &str = "period";

/// How one name that was asked for was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The dimension.
    pub dimension: String,
    /// As asked.
    pub asked: String,
    /// As the data call it.
    pub matched: Vec<String>,
    /// `exact`, `folded` (but for accents), `substring`, or `prefix` (each word begins one of the name's).
    pub how: &'static str,
}

/// The path of an answer without its format: `/v/{dataset}/{version}/{answer}` and the canonical query string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerLink {
    /// `/v/{dataset}/{version}/{answer}`.
    pub path: String,
    /// The query string, with the answer epoch.
    pub query: String,
    /// The query string of the next page.
    pub next: Option<String>,
}

impl AnswerLink {
    /// The rows that come before the next page, where there is one: its `offset`.
    #[must_use]
    pub fn next_offset(&self) -> Option<u32> {
        let pairs = self.next.as_deref()?.split('&');
        let mut offsets = pairs.filter_map(|pair| pair.strip_prefix("offset="));
        offsets.next()?.parse().ok()
    }

    /// The relative URL in a format: `json`, `csv`, `svg`.
    #[must_use]
    pub fn url(&self, format: &str) -> String {
        format!("{}.{format}?{}", self.path, self.query)
    }
}
