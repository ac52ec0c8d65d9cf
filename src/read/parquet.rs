//! Column chunks -> Arrow columns, by the `parquet` crate's page reader. The manifest stands in for the footer.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::basic::{Compression, Repetition, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::data_type::ByteArray;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::{ColumnDescriptor, ColumnPath, Type};

use crate::error::{Error, Result};
use crate::model::manifest::Physical;
use crate::model::scan::{ChunkPlan, ColumnPlan, ReadPlan};
use crate::model::table::Table;
use crate::shell::Chunk;

/// The values of one column, growing row group by row group.
enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Text(Vec<String>),
}

impl Values {
    /// As an Arrow array; numbers are not copied.
    fn finish(self) -> (DataType, ArrayRef) {
        match self {
            Self::Int32(values) => (DataType::Int32, Arc::new(Int32Array::from(values))),
            Self::Int64(values) => (DataType::Int64, Arc::new(Int64Array::from(values))),
            Self::Text(values) => (DataType::Utf8, Arc::new(StringArray::from(values))),
        }
    }
}

/// Decodes what a plan's reads brought.
///
/// # Errors
/// `Corrupt` if a chunk is missing, does not match its checksum, or does not decode to the rows that it should hold.
pub fn decode(plan: &ReadPlan, chunks: &[Chunk]) -> Result<Table> {
    let ranges = plan.ranges();
    let mut fields: Vec<Field> = Vec::with_capacity(plan.columns.len());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(plan.columns.len());
    for (i, column) in plan.columns.iter().enumerate() {
        let mut values = match column.physical {
            Physical::Int32 => Values::Int32(Vec::new()),
            Physical::Int64 => Values::Int64(Vec::new()),
            Physical::Text => Values::Text(Vec::new()),
        };
        for group in &plan.groups {
            let chunk = group
                .chunks
                .get(i)
                .ok_or_else(|| Error::internal("the plan lacks a chunk"))?;
            let bytes = slice(&ranges, chunks, chunk).ok_or_else(|| {
                Error::corrupt(format!("{} is shorter than its manifest says", plan.file))
            })?;
            if crc32fast::hash(&bytes) != chunk.crc32 {
                return Err(Error::corrupt(format!(
                    "{} does not match its manifest (column {:?}, byte {}): restore it or ingest again",
                    plan.file, column.name, chunk.start
                )));
            }
            decode_chunk(column, bytes, group.rows as usize, &mut values)
                .map_err(|e| e.context(format!("{} column {:?}", plan.file, column.name)))?;
        }
        let (kind, values) = values.finish();
        fields.push(Field::new(&column.name, kind, false));
        columns.push(values);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map(Table::new)
        .map_err(|e| Error::corrupt(format!("{}: {e}", plan.file)).with_source(e))
}

fn slice(ranges: &[std::ops::Range<u64>], chunks: &[Chunk], wanted: &ChunkPlan) -> Option<Bytes> {
    let end = wanted.start.checked_add(wanted.len)?;
    let at = ranges
        .iter()
        .position(|r| r.start <= wanted.start && end <= r.end)?;
    let (range, chunk) = (ranges.get(at)?, chunks.get(at)?);
    let from = usize::try_from(wanted.start - range.start).ok()?;
    let to = from.checked_add(usize::try_from(wanted.len).ok()?)?;
    (to <= chunk.bytes.len()).then(|| chunk.bytes.slice(from..to))
}

fn decode_chunk(column: &ColumnPlan, bytes: Bytes, rows: usize, into: &mut Values) -> Result<()> {
    let broken = |e: parquet::errors::ParquetError| {
        Error::corrupt(format!("cannot be decoded: {e}")).with_source(e)
    };
    let physical = match column.physical {
        Physical::Int32 => PhysicalType::INT32,
        Physical::Int64 => PhysicalType::INT64,
        Physical::Text => PhysicalType::BYTE_ARRAY,
    };
    let leaf = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::REQUIRED)
        .build()
        .map_err(broken)?;
    let descriptor = Arc::new(ColumnDescriptor::new(
        Arc::new(leaf),
        0,
        0,
        ColumnPath::new(vec![column.name.clone()]),
    ));
    let size = i64::try_from(bytes.len()).map_err(|_| Error::corrupt("a chunk is too large"))?;
    let meta = ColumnChunkMetaData::builder(Arc::clone(&descriptor))
        .set_compression(Compression::LZ4_RAW)
        .set_num_values(i64::try_from(rows).unwrap_or(i64::MAX))
        .set_total_compressed_size(size)
        .set_data_page_offset(0)
        .build()
        .map_err(broken)?;
    let pages = SerializedPageReader::new(Arc::new(bytes), &meta, rows, None).map_err(broken)?;
    let reader = get_column_reader(descriptor, Box::new(pages));
    let read = match (reader, into) {
        (ColumnReader::Int32ColumnReader(mut reader), Values::Int32(values)) => {
            reader
                .read_records(rows, None, None, values)
                .map_err(broken)?
                .0
        }
        (ColumnReader::Int64ColumnReader(mut reader), Values::Int64(values)) => {
            reader
                .read_records(rows, None, None, values)
                .map_err(broken)?
                .0
        }
        (ColumnReader::ByteArrayColumnReader(mut reader), Values::Text(values)) => {
            let mut raw: Vec<ByteArray> = Vec::new();
            let read = reader
                .read_records(rows, None, None, &mut raw)
                .map_err(broken)?
                .0;
            for text in &raw {
                values.push(
                    text.as_utf8()
                        .map_err(|e| Error::corrupt("a name is not UTF-8").with_source(e))?
                        .to_owned(),
                );
            }
            read
        }
        _ => return Err(Error::internal("a column was read as another type")),
    };
    if read != rows {
        return Err(Error::corrupt(format!("holds {read} of {rows} values")));
    }
    Ok(())
}
