//! The nouns: plain data that every stage may speak of. Nothing here reads, computes or formats.

pub mod answer;
pub mod arguments;
pub mod calendar;
pub mod dataset;
pub mod explanation;
pub mod fiscal;
pub mod group_map;
pub mod holidays;
pub mod link;
pub mod manifest;
pub mod names;
mod naming;
pub mod note;
pub mod parameter;
pub mod planned;
pub mod principal;
pub mod query;
pub mod receipt;
pub mod record;
pub mod sales_calendar;
pub mod scan;
pub mod series;
pub mod source_columns;
pub mod table;
pub mod when;
pub mod wording;

pub use answer::{Answer, Answered};
pub use calendar::{Day, Grain, Period};
pub use dataset::{DatasetId, Etag, ObjectKey, Timestamp, VersionId};
pub use manifest::{Dimension, Manifest, Measure, MeasureKind, Pointer};
pub use principal::Principal;
pub use query::{Filters, Query, Question, Version};
pub use receipt::Receipt;
pub use series::Series;
pub use when::{Clock, Span, When};
