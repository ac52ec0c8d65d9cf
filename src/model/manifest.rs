//! What a version says of itself: schema, semantic layer, names, quality, and where each row group's columns lie.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::calendar::{Day, Grain, Period};
use super::dataset::{DatasetId, Timestamp, VersionId};
use super::group_map::{Base64Bytes, GroupMap};
use super::months::MonthSums;
use super::own_target::OwnTarget;
use super::sales_calendar::SalesCalendar;
use super::source_columns::SourceColumns;
use super::when::Clock;

/// The layout that this code writes, and the newest that it reads.
pub const FORMAT: u32 = 2;

/// `current.json`: which version is current. It carries a copy of that version's manifest, so that a cold question about
/// the latest data needs one round less.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pointer {
    /// The layout's number.
    pub format: u32,
    /// The current version.
    pub version: VersionId,
    /// When it was made current.
    pub published_at: Timestamp,
    /// Versions that were current before, newest first.
    pub previous: Vec<PreviousVersion>,
    /// A hash of the fields above: the manifest proves itself, they could not. Set when the pointer is written.
    #[serde(default)]
    pub check: String,
    /// The current version's manifest.
    pub manifest: Manifest,
}

/// A version that was current before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousVersion {
    /// Its id.
    pub version: VersionId,
    /// When it was made current.
    pub published_at: Timestamp,
    /// When its files were removed; a link to it answers 410 then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pruned_at: Option<Timestamp>,
}

/// `manifest.json` of one version. It never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout's number.
    pub format: u32,
    /// The dataset.
    pub dataset: DatasetId,
    /// This version.
    pub version: VersionId,
    /// The version that it replaced.
    pub parent: Option<VersionId>,
    /// What people call the dataset.
    pub title: String,
    /// First and last day with data; `last` is the as-of date.
    pub days: Period,
    /// The finest grain that the source holds: day; week when dates lie seven days apart; month when it has year and month
    /// only, or first days of months only (its cells are days then, each the first of a month).
    pub grain: Grain,
    /// What can be summed.
    pub measures: Vec<Measure>,
    /// What is one measure divided by another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<Derived>,
    /// The measure that is meant when none is named.
    pub default_measure: String,
    /// What can be filtered and grouped by.
    pub dimensions: Vec<Dimension>,
    /// Holidays and events that forecasts take into account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<SalesCalendar>,
    /// The sums of each month with data, so that two versions can be compared without reading either; none where there are
    /// too many, and in versions of older programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<MonthSums>,
    /// What the owner wants to reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<OwnTarget>,
    /// What the source was like.
    pub quality: Quality,
    /// What the source's columns are called.
    #[serde(default, skip_serializing_if = "SourceColumns::is_usual")]
    pub source: SourceColumns,
    /// The data files.
    pub files: Vec<DataFile>,
}

/// Something that can be summed over rows, days and dimensions, stored as checked integers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Its name in questions: `units`, `revenue`.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Other names that people use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// Quantity or money.
    pub kind: MeasureKind,
    /// The unit: `units`, or an ISO 4217 code such as `USD`.
    pub unit: String,
    /// Decimal places: a stored integer is the value times ten to this power.
    pub scale: u8,
}

/// A ratio of two measures: of their sums, never a mean of ratios.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// Its name in questions: `average_price`.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Other names that people use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// Quantity or money.
    pub kind: MeasureKind,
    /// The unit, such as `USD`.
    pub unit: String,
    /// Decimal places that answers have.
    pub scale: u8,
    /// The measure above the line.
    pub numerator: String,
    /// The measure below the line.
    pub denominator: String,
}

/// A measure that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<'a> {
    /// One that is summed.
    Sum(&'a Measure),
    /// One that is divided by another: itself, above and below the line.
    Ratio(&'a Derived, &'a Measure, &'a Measure),
}

impl<'a> Clock<'a> {
    /// The clock of a version.
    #[must_use]
    pub const fn of(manifest: &'a Manifest) -> Self {
        Self {
            days: manifest.days,
            calendar: manifest.calendar.as_ref(),
        }
    }
}

impl<'a> Asked<'a> {
    /// Its name in questions.
    #[must_use]
    pub const fn name(self) -> &'a str {
        match self {
            Self::Sum(measure) => measure.name.as_str(),
            Self::Ratio(derived, ..) => derived.name.as_str(),
        }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(self) -> &'a str {
        match self {
            Self::Sum(measure) => measure.unit.as_str(),
            Self::Ratio(derived, ..) => derived.unit.as_str(),
        }
    }
}

/// Whether a measure counts things or money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MeasureKind {
    /// Things.
    Quantity,
    /// Money in one currency.
    Money,
}

/// Something to filter or group by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimension {
    /// Its name in questions: `operation`, `product`, `category`.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Other names that people use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// The dimension that each value belongs to: product -> category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether the files have a column of its codes. One that has none is reached through the dimension whose parent it is.
    pub stored: bool,
    /// How many values there are; codes run from 0, ranked by name and id.
    pub count: u32,
    /// The values, where they are few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// One value of a dimension, written as `[id, name, parent code]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ValueRow", into = "ValueRow")]
pub struct Value {
    /// The source's id; equal to the name where the source has no id.
    pub id: String,
    /// The name.
    pub name: String,
    /// Code of the value that it belongs to in the parent dimension.
    pub parent: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct ValueRow(String, String, Option<u32>);

impl From<ValueRow> for Value {
    fn from(ValueRow(id, name, parent): ValueRow) -> Self {
        Self { id, name, parent }
    }
}

impl From<Value> for ValueRow {
    fn from(value: Value) -> Self {
        Self(value.id, value.name, value.parent)
    }
}

/// What the source was like, in counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// Data rows in the source.
    pub rows_read: u64,
    /// Rows that went in.
    pub rows_used: u64,
    /// Rows that repeat another row in every field; they are kept, since two equal sales can be real.
    pub rows_duplicate: u64,
    /// Rows with a negative quantity (returns); they are netted.
    pub rows_negative: u64,
    /// Empty measure fields, read as zero.
    pub fields_empty: u64,
    /// Stretches of three days or more (or of a month or more in monthly data) without any row, at most twenty.
    pub missing: Vec<Period>,
    /// Whether the last month has data up to its last day.
    pub last_month_complete: bool,
    /// Days whose content an append changed after it was published, the newest hundred of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restated: Vec<Day>,
    /// Marks of the rows that appends added to days that were there, so that none is added twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// Rows that were wrong and left out, as `bad_rows_max` in `dataset.toml` allows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_refused: u64,
    /// Rows that repeat another one and were left out, as `duplicates = "drop"` says.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_dropped: u64,
    /// Rows of days after the day of ingest; they are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_future: u64,
    /// In an append, rows older than the newest day that there was; they are added.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_late: u64,
    /// Values that are a thousand times what is usual in their column, and may be written in another unit; they are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_suspect: u64,
    /// Negative rows (returns) among those that went in, parts per million.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returns_ppm: u64,
    /// Days of the week, 1 for Monday, that have no rows in all of the history.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_weekdays: Vec<u8>,
    /// Single days without rows that come again every year, such as holidays; at most sixty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_days: Vec<Day>,
    /// Sentences about the source for people.
    pub notes: Vec<String>,
}

// The signature is serde's.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference; where pointers have 32 bits it is no lint"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Its name in the version's folder.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Its columns, in the order of the file.
    pub columns: Vec<Column>,
    /// Its grains, in the order of the file.
    pub grains: Vec<GrainMap>,
    /// The row groups of the record of forecasts, which is no grain: nothing is summed over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordMap>,
    /// The owner's documents; the file is no Parquet then, and has neither columns nor grains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<DocumentsMap>,
}

/// The owner's documents of a version, in a file that begins with their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentsMap {
    /// How many documents there are.
    pub count: u32,
    /// How many passages they were cut into.
    pub passages: u32,
    /// Bytes of the index at the beginning of the file; the texts follow.
    pub index_bytes: u64,
    /// CRC-32 of the index.
    pub index_crc32: u32,
}

/// The record of forecasts: what was predicted at this version, and at those before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordMap {
    /// Its row groups; their keys are those of [`Recorded::key`](super::record::Recorded::key).
    pub groups: GroupMap,
    /// The oldest predictions that were left out since there are more than `limits::RECORD_ROWS_MAX`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: u64,
}

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// A dimension's or measure's name, or `day`, or `lines` (source rows in the cell); in a names file `id`, `name`, `parent`.
    pub name: String,
    /// Its physical type. Every column is required (no nulls).
    #[serde(rename = "type")]
    pub physical: Physical,
}

/// Parquet's physical types, as far as they are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Physical {
    /// INT32: codes and days. Code -1 stands for "all" or "none".
    Int32,
    /// INT64: measures and lines.
    Int64,
    /// `BYTE_ARRAY`: UTF-8 text.
    Text,
}

/// What one cell of a grain stands for, and its row groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrainMap {
    /// The dimensions that are kept apart, in the order of the file's columns. Cells are sorted by them, then by day; where a
    /// cell is a month, and in `fine.parquet`, by operation (if there is one), then time, then the others. Row groups are
    /// aligned to `operation` where that is the first one: one or more for each, or, beyond `limits::KEYED_GROUPS_MAX`
    /// operations, for neighbours together.
    /// Empty with `time: none` and a `names_of` set: a list of names, whose `keys` are the first and last code.
    pub dimensions: Vec<String>,
    /// How time is kept apart.
    pub time: TimeGrain,
    /// The dimension whose names these row groups hold (`id`, `name`, `parent` columns), in code order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_of: Option<String>,
    /// Its row groups.
    pub groups: Groups,
}

/// How a grain keeps time apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeGrain {
    /// A cell is a day.
    Day,
    /// A cell is a calendar month; `day` is its first day.
    Month,
    /// A cell is all time; `day` is the first day of data.
    None,
}

/// Where the row-group map of a grain is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Groups {
    /// Here.
    Here(GroupMap),
    /// In an [`Attachment`], for it is long and few questions need it.
    Attached {
        /// Its size, bytes.
        bytes: u64,
        /// SHA-256 of its bytes, hex.
        sha256: String,
    },
}

/// What follows a manifest or pointer in its object, a line of JSON each: something that some questions need as early as the
/// manifest, and others should not have to parse. The manifest proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// The file that it belongs to.
    pub file: String,
    /// The bytes.
    pub content: Base64Bytes,
}

/// What an attachment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttachmentKind {
    /// The row-group map of a file's only grain.
    Map,
    /// All of a file.
    File,
}

/// The attachments of a manifest that are at hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attached {
    /// Row-group maps, by the name of the file whose only grain they are of.
    pub maps: BTreeMap<String, GroupMap>,
    /// Whole files, by name.
    pub files: BTreeMap<String, Bytes>,
}

impl Attached {
    /// Of these attachments.
    #[must_use]
    pub fn new(attachments: Vec<Attachment>) -> Self {
        let mut attached = Self::default();
        for Attachment {
            kind,
            file,
            content,
        } in attachments
        {
            match kind {
                AttachmentKind::Map => {
                    attached.maps.insert(file, GroupMap::from_bytes(content.0));
                }
                AttachmentKind::File => {
                    attached.files.insert(file, content.0);
                }
            }
        }
        attached
    }
}

/// Code that stands for "all" in a grain that does not keep a dimension apart, and for "none" as a parent.
pub const CODE_ALL: i32 = -1;
/// Column of days.
pub const COLUMN_DAY: &str = "day";
/// Column of source rows per cell.
pub const COLUMN_LINES: &str = "lines";

/// The documents' file in a version's folder.
pub const DOCUMENTS_FILE: &str = "documents.bin";

impl Manifest {
    /// The owner's documents, if the version has any.
    #[must_use]
    pub fn documents(&self) -> Option<(&DataFile, &DocumentsMap)> {
        let mut files = self.files.iter();
        files.find_map(|file| Some((file, file.documents.as_ref()?)))
    }
}
