//! Cells to Parquet bytes, and the map of where each column chunk lies.

use std::fmt::Write as _;
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
use super::layout::{ALL, DAY, Parts};
use super::output::{Content, Output};
use super::shape::Frame;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::group_map::{GroupMap, RowGroup};
use crate::model::manifest::{
    CODE_ALL, COLUMN_DAY, COLUMN_LINES, Column, DataFile, Dimension, GrainMap, Groups, Physical,
    TimeGrain,
};

/// Fixed, so that the same cells give the same bytes whatever built them.
const CREATED_BY: &str = "nearcast layout 2";

/// Writes rollups into one file.
pub(super) fn cells(
    name: &str,
    frame: &Frame,
    measures: &[&str],
    rollups: &mut [Rollup],
    output: &mut dyn Output,
) -> Result<(DataFile, Content, Bytes)> {
    let column = |name: &str, physical| Column {
        name: name.to_owned(),
        physical,
    };
    let dimensions: Vec<&str> = frame.stored.iter().map(|s| s.0.as_str()).collect();
    let mut columns: Vec<Column> = dimensions
        .iter()
        .map(|d| column(d, Physical::Int32))
        .collect();
    columns.push(column(COLUMN_DAY, Physical::Int32));
    columns.extend(measures.iter().map(|m| column(m, Physical::Int64)));
    columns.push(column(COLUMN_LINES, Physical::Int64));

    let mut file = File::create(name, columns, output)?;
    for rollup in rollups {
        let mut groups = Vec::new();
        let mut pending = Pending::new(rollup, frame, measures.len());
        let (layout, cuts) = (rollup.cells.layout.clone(), rollup.cuts);
        rollup.cells.visit(|key, sums| {
            let parts = layout.unpack(key);
            if pending.rows > 0 && cuts.before(pending.rows, pending.is_new_key(&parts)) {
                groups.push(pending.write(&mut file)?);
            }
            pending.push(&parts, sums);
            Ok(())
        })?;
        if pending.rows > 0 {
            groups.push(pending.write(&mut file)?);
        }
        let kept = rollup.dimensions.iter().filter_map(|d| dimensions.get(*d));
        file.grain(kept, rollup.time, None, &groups);
    }
    file.finish()
}

/// A row group being filled.
struct Pending<'a> {
    frame: &'a Frame,
    /// The part of a key that is the grain's first dimension.
    lead: Option<usize>,
    rows: usize,
    keys: Option<(i32, i32)>,
    days: Option<(i32, i32)>,
    last: i32,
    values: Vec<Values>,
}

impl<'a> Pending<'a> {
    fn new(rollup: &Rollup, frame: &'a Frame, measures: usize) -> Self {
        let mut values: Vec<Values> = (0..=frame.stored.len())
            .map(|_| Values::Int32(Vec::new()))
            .collect();
        values.extend((0..=measures).map(|_| Values::Int64(Vec::new())));
        Self {
            frame,
            lead: rollup.dimensions.first().map(|d| d + 1),
            rows: 0,
            keys: None,
            days: None,
            last: CODE_ALL,
            values,
        }
    }

    fn lead(&self, parts: &Parts) -> i32 {
        self.lead.map_or(CODE_ALL, |at| code(parts, at))
    }

    fn is_new_key(&self, parts: &Parts) -> bool {
        self.lead(parts) != self.last
    }

    fn push(&mut self, parts: &Parts, sums: &[i64]) {
        self.last = self.lead(parts);
        let day = self.frame.day(parts[DAY]);
        self.keys = Some(widen(self.keys, self.last));
        self.days = Some(widen(self.days, day));
        self.rows += 1;
        let dimensions = self.frame.stored.len();
        let codes = (1..=dimensions).map(|at| code(parts, at)).chain([day]);
        let (narrow, wide) = self.values.split_at_mut(dimensions + 1);
        for (column, value) in narrow.iter_mut().zip(codes) {
            if let Values::Int32(column) = column {
                column.push(value);
            }
        }
        for (column, value) in wide.iter_mut().zip(sums) {
            if let Values::Int64(column) = column {
                column.push(*value);
            }
        }
    }

    fn write(&mut self, file: &mut File<'_>) -> Result<RowGroup> {
        let keys = self.keys.take().unwrap_or((CODE_ALL, CODE_ALL));
        let days = self.days.take().unwrap_or((0, 0));
        let group = file.row_group(&self.values, self.rows, keys, days)?;
        self.rows = 0;
        for column in &mut self.values {
            match column {
                Values::Int32(v) => v.clear(),
                Values::Int64(v) => v.clear(),
                Values::Text(v) => v.clear(),
            }
        }
        Ok(group)
    }
}

fn code(parts: &Parts, at: usize) -> i32 {
    let part = parts.get(at).copied().unwrap_or(ALL);
    i32::try_from(part).unwrap_or(CODE_ALL)
}

fn widen(bounds: Option<(i32, i32)>, value: i32) -> (i32, i32) {
    bounds.map_or((value, value), |(low, high)| {
        (low.min(value), high.max(value))
    })
}

/// Writes the values of dimensions that have too many for the manifest.
pub(super) fn names(
    name: &str,
    dimensions: &[&Dimension],
    day: i32,
    output: &mut dyn Output,
) -> Result<(DataFile, Content, Bytes)> {
    let columns = [
        ("id", Physical::Text),
        ("name", Physical::Text),
        ("parent", Physical::Int32),
    ];
    let columns = columns.map(|(name, physical)| Column {
        name: name.into(),
        physical,
    });
    let mut file = File::create(name, columns.to_vec(), output)?;
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
        file.grain([].iter(), TimeGrain::None, Some(&dimension.name), &groups);
    }
    file.finish()
}

pub(super) enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Text(Vec<ByteArray>),
}

/// A file being written. Its bytes leave with every row group; what is told of them is computed as they pass.
pub(super) struct File<'a> {
    name: String,
    columns: Vec<Column>,
    writer: SerializedFileWriter<Vec<u8>>,
    grains: Vec<GrainMap>,
    output: &'a mut dyn Output,
    hash: Sha256,
    size_bytes: u64,
    /// The first bytes, as far as an attachment may go.
    head: Vec<u8>,
}

impl<'a> File<'a> {
    pub(super) fn create(
        name: &str,
        columns: Vec<Column>,
        output: &'a mut dyn Output,
    ) -> Result<Self> {
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
        output.create(name)?;
        Ok(Self {
            name: name.to_owned(),
            columns,
            writer,
            grains: Vec::new(),
            output,
            hash: Sha256::new(),
            size_bytes: 0,
            head: Vec::new(),
        })
    }

    /// Writes a row group behind its checksums.
    pub(super) fn row_group(
        &mut self,
        columns: &[Values],
        rows: usize,
        keys: (i32, i32),
        days: (i32, i32),
    ) -> Result<RowGroup> {
        for _ in columns {
            self.writer
                .write_all(&0_u32.to_le_bytes())
                .map_err(|e| bug(e.into()))?;
        }
        let mut group = self.writer.next_row_group().map_err(bug)?;
        for values in columns {
            write_column(&mut group, values)?;
        }
        let written = group.close().map_err(bug)?;
        self.writer.flush().map_err(|e| bug(e.into()))?;
        let mut bytes = std::mem::take(self.writer.inner_mut());
        let mut group = RowGroup {
            rows: u32::try_from(rows).map_err(|_| Error::internal("a row group is too large"))?,
            offset: 0,
            crc32: 0,
            chunk_bytes: Vec::new(),
            keys,
            days,
        };
        place(&mut group, &written, &mut bytes, self.size_bytes)?;
        self.pass(&bytes)?;
        Ok(group)
    }

    /// Notes what the row groups since the last grain hold.
    fn grain<'d>(
        &mut self,
        dimensions: impl Iterator<Item = &'d &'d str>,
        time: TimeGrain,
        names_of: Option<&str>,
        groups: &[RowGroup],
    ) {
        self.grains.push(GrainMap {
            dimensions: dimensions.map(|d| (*d).to_owned()).collect(),
            time,
            names_of: names_of.map(str::to_owned),
            groups: Groups::Here(GroupMap::pack(groups)),
        });
    }

    /// Hands bytes on.
    fn pass(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        if self.size_bytes + bytes.len() as u64 <= limits::ATTACHED_NAMES_BYTES_MAX {
            self.head.extend_from_slice(bytes);
        }
        self.size_bytes += bytes.len() as u64;
        self.output.write(bytes)
    }

    /// The file, where its bytes are, and a copy of them if they are few.
    pub(super) fn finish(mut self) -> Result<(DataFile, Content, Bytes)> {
        self.writer.finish().map_err(bug)?;
        let bytes = std::mem::take(self.writer.inner_mut());
        self.pass(&bytes)?;
        let file = DataFile {
            name: self.name,
            size_bytes: self.size_bytes,
            sha256: hex(&self.hash.finalize()),
            columns: self.columns,
            grains: self.grains,
            record: None,
            documents: None,
        };
        Ok((file, self.output.close()?, self.head.into()))
    }
}

/// Notes where a row group was written, and fills in the checksums before its chunks. `file` holds the file's bytes from
/// `from` on.
fn place(
    group: &mut RowGroup,
    written: &RowGroupMetaData,
    file: &mut [u8],
    from: u64,
) -> Result<()> {
    let outside = || Error::internal("a column chunk lies outside its row group");
    let here = |at: u64| {
        let at = at.checked_sub(from).and_then(|at| usize::try_from(at).ok());
        at.ok_or_else(outside)
    };
    let mut checksums = Vec::new();
    let mut chunks = None;
    for chunk in written.columns() {
        let (start, length) = chunk.byte_range();
        let (first, end) = chunks.unwrap_or((start, start));
        if end != start {
            return Err(Error::internal("column chunks are not side by side"));
        }
        chunks = Some((first, start + length));
        let content = file.get(here(start)?..here(start + length)?);
        let content = content.ok_or_else(outside)?;
        let length =
            u32::try_from(length).map_err(|_| Error::internal("a column chunk is too large"))?;
        group.chunk_bytes.push(length);
        checksums.extend_from_slice(&crc32fast::hash(content).to_le_bytes());
    }
    let (first, _) = chunks.ok_or_else(outside)?;
    group.offset = first
        .checked_sub(checksums.len() as u64)
        .ok_or_else(outside)?;
    group.crc32 = crc32fast::hash(&checksums);
    let at = here(group.offset)?;
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
        Physical::Int32 if matches!(column.name.as_str(), COLUMN_DAY | "made_at") => (
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
    hex(&Sha256::digest(bytes))
}

fn hex(hash: &[u8]) -> String {
    hash.iter().fold(String::new(), |mut hex, byte| {
        // Writing into a String does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
