//! Where a series is in the record of forecasts.

use crate::error::Result;
use crate::model::group_map::{CHECKSUM_BYTES, RowGroup};
use crate::model::manifest::{Manifest, TimeGrain};
use crate::model::scan::{ChunkPlan, ColumnPlan, GroupPlan, PartPlan, ReadPlan};

/// Reads the row groups of the record that may hold series of these keys, or all of them; none if the version has no
/// record.
///
/// # Errors
/// `Corrupt` if the map does not fit the file.
pub fn plan_record(manifest: &Manifest, keys: Option<&[i32]>) -> Result<Option<ReadPlan>> {
    let found = manifest.files.iter().find_map(|file| {
        let record = file.record.as_ref()?;
        Some((file, record))
    });
    let Some((file, record)) = found else {
        return Ok(None);
    };
    let wanted = |(low, high): (i32, i32)| {
        keys.is_none_or(|keys| keys.iter().any(|key| low <= *key && *key <= high))
    };
    let groups = record
        .groups
        .unpack(file.columns.len(), file.size_bytes, |bounds, _| {
            wanted(bounds)
        })
        .map_err(|e| e.context(file.name.clone()))?;
    let columns = file.columns.iter().map(|c| ColumnPlan {
        name: c.name.clone(),
        physical: c.physical,
    });
    Ok(Some(ReadPlan {
        grain: file.name.clone(),
        parts: vec![PartPlan {
            file: file.name.clone(),
            time: TimeGrain::None,
            days: None,
            negative: false,
            filters: Vec::new(),
            columns: columns.collect(),
            groups: groups.iter().map(whole).collect(),
        }],
    }))
}

/// All chunks of a row group.
fn whole(group: &RowGroup) -> GroupPlan {
    let mut start = group.chunks_offset();
    let chunks = group.chunk_bytes.iter().enumerate();
    let chunks = chunks.map(|(column, bytes)| {
        let range = start..start.saturating_add(u64::from(*bytes));
        start = range.end;
        ChunkPlan { range, column }
    });
    let checksums = CHECKSUM_BYTES * group.chunk_bytes.len() as u64;
    GroupPlan {
        rows: group.rows,
        checksums: group.offset..group.offset + checksums,
        crc32: group.crc32,
        chunks: chunks.collect(),
    }
}
