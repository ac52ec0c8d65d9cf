//! The record of forecasts as a file of a version.

use bytes::Bytes;

use super::output::{Content, MemoryOutput};
use super::write::{File, Values};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::group_map::GroupMap;
use crate::model::manifest::{Column, DataFile, Physical, RecordMap};
use crate::model::record::{COLUMNS, Kind, Prediction, RECORD_FILE};

/// Writes a record whose rows are in their order; `dropped` were left out of it.
///
/// # Errors
/// None that input could cause.
pub fn record_file(rows: &[Prediction], dropped: u64) -> Result<(DataFile, Bytes)> {
    let columns = COLUMNS.map(|(name, kind)| Column {
        name: name.into(),
        physical: match kind {
            Kind::Text => Physical::Text,
            Kind::Day | Kind::Number => Physical::Int32,
            Kind::Scaled => Physical::Int64,
        },
    });
    let mut output = MemoryOutput::default();
    let mut file = File::create(RECORD_FILE, columns.to_vec(), &mut output)?;
    let mut groups = Vec::new();
    for part in rows.chunks(limits::RECORD_GROUP_ROWS) {
        let keys = part.iter().map(|row| row.series.key());
        let days = part.iter().map(|row| row.day.0);
        groups.push(file.row_group(&values(part), part.len(), bounds(keys), bounds(days))?);
    }
    let (mut file, content, _) = file.finish()?;
    file.record = Some(RecordMap {
        groups: GroupMap::pack(&groups),
        dropped,
    });
    match content {
        Content::Memory(bytes) => Ok((file, bytes)),
        Content::Staged => Err(Error::internal("a file in memory is somewhere else")),
    }
}

fn bounds(values: impl Iterator<Item = i32> + Clone) -> (i32, i32) {
    let low = values.clone().min().unwrap_or(0);
    (low, values.max().unwrap_or(0))
}

/// In the order of [`COLUMNS`].
fn values(rows: &[Prediction]) -> Vec<Values> {
    let text =
        |of: fn(&Prediction) -> &str| Values::Text(rows.iter().map(|row| of(row).into()).collect());
    let number = |of: fn(&Prediction) -> i32| Values::Int32(rows.iter().map(of).collect());
    let scaled = |of: fn(&Prediction) -> i64| Values::Int64(rows.iter().map(of).collect());
    vec![
        number(|p| p.series.key()),
        text(|p| &p.series.measure),
        text(|p| p.series.grain.name()),
        text(|p| &p.series.dimension),
        text(|p| &p.series.value),
        number(|p| p.made_at.0),
        text(|p| &p.version),
        number(|p| p.day.0),
        number(|p| i32::from(p.scale)),
        scaled(|p| p.point),
        scaled(|p| p.bands[0].0),
        scaled(|p| p.bands[0].1),
        scaled(|p| p.bands[1].0),
        scaled(|p| p.bands[1].1),
        text(|p| &p.model),
    ]
}
