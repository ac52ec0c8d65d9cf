//! Cells to Parquet bytes, and the map of where each column chunk lies.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{
    Compression, ConvertedType, Encoding, LogicalType, Repetition, Type as PhysicalType,
};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type};
use sha2::{Digest, Sha256};

use super::grains::Rollup;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::group_map::{CHECKSUM_BYTES, GroupMap, RowGroup};
use crate::model::manifest::{
    COLUMN_DAY, COLUMN_LINES, Column, DataFile, Dimension, GrainMap, Groups, Physical, TimeGrain,
};

/// Fixed, so that the same cells give the same bytes whatever built them.
const CREATED_BY: &str = "nearcast layout 2";

/// Writes rollups into one file.
pub(super) fn cells(
    name: &str,
    dimensions: &[&str],
    measures: &[&str],
    rollups: &[Rollup],
) -> Result<(DataFile, Bytes)> {
    let column = |name: &str, physical| Column {
        name: name.to_owned(),
        physical,
    };
    let mut columns: Vec<Column> = dimensions
        .iter()
        .map(|d| column(d, Physical::Int32))
        .collect();
    columns.push(column(COLUMN_DAY, Physical::Int32));
    columns.extend(measures.iter().map(|m| column(m, Physical::Int64)));
    columns.push(column(COLUMN_LINES, Physical::Int64));

    let mut file = File::create(columns)?;
    for rollup in rollups {
        let mut groups = Vec::new();
        for range in &rollup.groups {
            let keys = rollup.cells.keys.get(range.clone()).unwrap_or_default();
            let first = rollup.dimensions.first().copied();
            let codes = keys.iter().filter_map(|k| k.codes.get(first?).copied());
            let bounds = bounds(codes).unwrap_or((-1, -1));
            let days = bounds_of_days(rollup, range);
            let width = measures.len();
            let sums = rollup
                .cells
                .sums
                .get(range.start * width..range.end * width)
                .unwrap_or_default();
            let mut values: Vec<Values> = (0..dimensions.len())
                .map(|d| {
                    Values::Int32(
                        keys.iter()
                            .filter_map(|k| k.codes.get(d).copied())
                            .collect(),
                    )
                })
                .collect();
            values.push(Values::Int32(keys.iter().map(|k| k.day).collect()));
            for m in 0..width {
                values.push(Values::Int64(
                    sums.iter().skip(m).step_by(width).copied().collect(),
                ));
            }
            let lines = rollup.cells.lines.get(range.clone()).unwrap_or_default();
            values.push(Values::Int64(lines.to_vec()));
            groups.push(file.row_group(&values, range.len(), bounds, days)?);
        }
        let kept = rollup.dimensions.iter().filter_map(|d| dimensions.get(*d));
        file.grain(kept, rollup.time, None, groups);
    }
    file.finish(name)
}

/// Writes the values of dimensions that have too many for the manifest.
pub(super) fn names(name: &str, dimensions: &[&Dimension], day: i32) -> Result<(DataFile, Bytes)> {
    let columns = [
        ("id", Physical::Text),
        ("name", Physical::Text),
        ("parent", Physical::Int32),
    ];
    let columns = columns.map(|(name, physical)| Column {
        name: name.into(),
        physical,
    });
    let mut file = File::create(columns.to_vec())?;
    for dimension in dimensions {
        let mut groups = Vec::new();
        let mut code = 0_i32;
        for values in dimension.values.chunks(limits::ROW_GROUP_ROWS_MAX) {
            let parents = values
                .iter()
                .map(|v| v.parent.and_then(|p| i32::try_from(p).ok()).unwrap_or(-1));
            let columns = [
                Values::Text(values.iter().map(|v| v.id.as_str().into()).collect()),
                Values::Text(values.iter().map(|v| v.name.as_str().into()).collect()),
                Values::Int32(parents.collect()),
            ];
            let next = code + i32::try_from(values.len()).unwrap_or(i32::MAX);
            groups.push(file.row_group(&columns, values.len(), (code, next - 1), (day, day))?);
            code = next;
        }
        file.grain([].iter(), TimeGrain::None, Some(&dimension.name), groups);
    }
    file.finish(name)
}

fn bounds(values: impl Iterator<Item = i32>) -> Option<(i32, i32)> {
    values.fold(None, |b, v| {
        Some(b.map_or((v, v), |(low, high): (i32, i32)| (low.min(v), high.max(v))))
    })
}

fn bounds_of_days(rollup: &Rollup, range: &Range<usize>) -> (i32, i32) {
    let keys = rollup.cells.keys.get(range.clone()).unwrap_or_default();
    bounds(keys.iter().map(|k| k.day)).unwrap_or((0, 0))
}

enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Text(Vec<ByteArray>),
}

/// A file being written.
struct File {
    columns: Vec<Column>,
    writer: SerializedFileWriter<Vec<u8>>,
    grains: Vec<(GrainMap, Vec<RowGroup>)>,
}

impl File {
    fn create(columns: Vec<Column>) -> Result<Self> {
        let fields: Result<Vec<_>> = columns.iter().map(|c| Ok(Arc::new(field(c)?))).collect();
        let schema = Type::group_type_builder("nearcast")
            .with_fields(fields?)
            .build()
            .map_err(bug)?;
        let mut properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.into())
            .set_compression(Compression::LZ4_RAW)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_data_page_row_count_limit(limits::PAGE_ROWS_MAX)
            .set_write_batch_size(limits::PAGE_ROWS_MAX)
            .set_max_row_group_row_count(Some(limits::ROW_GROUP_ROWS_MAX));
        for column in &columns {
            let path = ColumnPath::from(column.name.as_str());
            // Few different values in runs: a dictionary. Many: differences in few bits.
            let dictionary = column.physical == Physical::Int32
                && !matches!(column.name.as_str(), "product" | "parent" | COLUMN_DAY);
            if dictionary {
                properties = properties
                    .set_column_dictionary_enabled(path.clone(), true)
                    .set_column_statistics_enabled(path, EnabledStatistics::Chunk);
            } else if column.physical != Physical::Text {
                properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
            }
        }
        let properties = Arc::new(properties.build());
        let writer =
            SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties).map_err(bug)?;
        Ok(Self {
            columns,
            writer,
            grains: Vec::new(),
        })
    }

    /// Writes a row group behind room for its checksums. Where its chunks lie is known only when the file is finished.
    fn row_group(
        &mut self,
        columns: &[Values],
        rows: usize,
        keys: (i32, i32),
        days: (i32, i32),
    ) -> Result<RowGroup> {
        for _ in columns {
            self.writer
                .write_all(&[0; CHECKSUM_BYTES as usize])
                .map_err(|e| bug(e.into()))?;
        }
        let mut group = self.writer.next_row_group().map_err(bug)?;
        for values in columns {
            write_column(&mut group, values)?;
        }
        group.close().map_err(bug)?;
        Ok(RowGroup {
            rows: u32::try_from(rows).map_err(|_| Error::internal("a row group is too large"))?,
            offset: 0,
            crc32: 0,
            chunk_bytes: Vec::new(),
            keys,
            days,
        })
    }

    /// Notes what the row groups since the last grain hold.
    fn grain<'a>(
        &mut self,
        dimensions: impl Iterator<Item = &'a &'a str>,
        time: TimeGrain,
        names_of: Option<&str>,
        groups: Vec<RowGroup>,
    ) {
        let grain = GrainMap {
            dimensions: dimensions.map(|d| (*d).to_owned()).collect(),
            time,
            names_of: names_of.map(str::to_owned),
            groups: Groups::Here(GroupMap::default()),
        };
        self.grains.push((grain, groups));
    }

    fn finish(mut self, name: &str) -> Result<(DataFile, Bytes)> {
        let written = self.writer.flushed_row_groups().to_vec();
        let mut bytes = self.writer.into_inner().map_err(bug)?;
        let groups = self.grains.iter_mut().flat_map(|(_, groups)| groups);
        for (group, written) in groups.zip(&written) {
            place(group, written, &mut bytes)?;
        }
        let bytes = Bytes::from(bytes);
        let grains = self.grains.into_iter().map(|(grain, groups)| GrainMap {
            groups: Groups::Here(GroupMap::pack(&groups)),
            ..grain
        });
        let file = DataFile {
            name: name.to_owned(),
            size_bytes: bytes.len() as u64,
            sha256: sha256_hex(&bytes),
            columns: self.columns,
            grains: grains.collect(),
        };
        Ok((file, bytes))
    }
}

/// Notes where a row group was written, and fills in the checksums before its chunks.
fn place(group: &mut RowGroup, written: &RowGroupMetaData, file: &mut [u8]) -> Result<()> {
    let outside = || Error::internal("a column chunk lies outside its file");
    let mut checksums = Vec::new();
    let mut chunks = None;
    for chunk in written.columns() {
        let (start, length) = chunk.byte_range();
        let (first, end) = chunks.unwrap_or((start, start));
        if end != start {
            return Err(Error::internal("column chunks are not side by side"));
        }
        chunks = Some((first, start + length));
        let range = usize::try_from(start)
            .ok()
            .zip(usize::try_from(start + length).ok());
        let content = range.and_then(|(a, b)| file.get(a..b)).ok_or_else(outside)?;
        let length = u32::try_from(length)
            .map_err(|_| Error::internal("a column chunk is too large"))?;
        group.chunk_bytes.push(length);
        checksums.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
    }
    let (first, _) = chunks.ok_or_else(outside)?;
    group.offset = first
        .checked_sub(checksums.len() as u64)
        .ok_or_else(outside)?;
    group.crc32 = crc32fast::hash(&checksums);
    let at = usize::try_from(group.offset).map_err(|_| outside())?;
    file.get_mut(at..at + checksums.len())
        .ok_or_else(outside)?
        .copy_from_slice(&checksums);
    Ok(())
}

fn write_column(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, values: &Values) -> Result<()> {
    let mut column = group
        .next_column()
        .map_err(bug)?
        .ok_or_else(|| Error::internal("more columns than the schema has"))?;
    match values {
        Values::Int32(v) => column.typed::<Int32Type>().write_batch(v, None, None),
        Values::Int64(v) => column.typed::<Int64Type>().write_batch(v, None, None),
        Values::Text(v) => column.typed::<ByteArrayType>().write_batch(v, None, None),
    }
    .map_err(bug)?;
    column.close().map_err(bug)
}

fn field(column: &Column) -> Result<Type> {
    let (physical, logical, converted) = match column.physical {
        Physical::Int32 if column.name == COLUMN_DAY => (
            PhysicalType::INT32,
            Some(LogicalType::Date),
            ConvertedType::DATE,
        ),
        Physical::Int32 => (PhysicalType::INT32, None, ConvertedType::NONE),
        Physical::Int64 => (PhysicalType::INT64, None, ConvertedType::NONE),
        Physical::Text => (
            PhysicalType::BYTE_ARRAY,
            Some(LogicalType::String),
            ConvertedType::UTF8,
        ),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(logical)
        .with_converted_type(converted)
        .build()
        .map_err(bug)
}

/// The writer works in memory on values of our own: when it fails, that is a defect.
fn bug(e: parquet::errors::ParquetError) -> Error {
    Error::internal(format!("writing Parquet: {e}")).with_source(e)
}

/// SHA-256 in hex.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            // Writing into a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
