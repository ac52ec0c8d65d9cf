//! Column chunks -> Arrow columns, by the `parquet` crate's page reader. The manifest stands in for the footer.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringBuilder};
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
use crate::model::scan::{ColumnPlan, FileRange, PartPlan, ReadPlan};
use crate::model::table::Table;
use crate::shell::Chunk;

/// The values of one column, growing row group by row group.
enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Text(StringBuilder),
}

impl Values {
    /// Room for so many rows of a column, so that nothing is moved while it grows.
    fn new(physical: Physical, rows: usize) -> Self {
        match physical {
            Physical::Int32 => Self::Int32(Vec::with_capacity(rows)),
            Physical::Int64 => Self::Int64(Vec::with_capacity(rows)),
            Physical::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// As an Arrow array; numbers are not copied.
    fn finish(self) -> (DataType, ArrayRef) {
        match self {
            Self::Int32(values) => (DataType::Int32, Arc::new(Int32Array::from(values))),
            Self::Int64(values) => (DataType::Int64, Arc::new(Int64Array::from(values))),
            Self::Text(mut values) => (DataType::Utf8, Arc::new(values.finish())),
        }
    }
}

/// Decodes what a plan's reads brought: a table for each part.
///
/// # Errors
/// `Corrupt` if a chunk is missing, does not match its checksum, or does not decode to the rows that it should hold.
pub fn decode(plan: &ReadPlan, chunks: &[Chunk]) -> Result<Vec<Table>> {
    let ranges = plan.ranges();
    let read: Vec<(&FileRange, &Chunk)> = ranges.iter().zip(chunks).collect();
    plan.parts.iter().map(|part| table(part, &read)).collect()
}

/// Decodes a part whose file is at hand as a whole.
///
/// # Errors
/// Those of [`decode`].
pub fn decode_file(part: &PartPlan, file: &Bytes) -> Result<Table> {
    let range = FileRange {
        file: part.file.clone(),
        range: 0..file.len() as u64,
    };
    let chunk = Chunk {
        bytes: file.clone(),
        etag: None,
    };
    table(part, &[(&range, &chunk)])
}

fn table(part: &PartPlan, read: &[(&FileRange, &Chunk)]) -> Result<Table> {
    let file = &part.file;
    let slice = |range: &Range<u64>| {
        slice(read, file, range)
            .ok_or_else(|| Error::corrupt(format!("{file} is shorter than its manifest says")))
    };
    let altered = |at: u64| {
        Error::corrupt(format!(
            "{file} does not match its manifest at byte {at}: restore it or ingest again"
        ))
    };
    let rows = part.groups.iter().map(|group| group.rows as usize).sum();
    let columns = part.columns.iter();
    let mut values: Vec<Values> = columns.map(|c| Values::new(c.physical, rows)).collect();
    for group in &part.groups {
        let checksums = slice(&group.checksums)?;
        if crc32fast::hash(&checksums) != group.crc32 {
            return Err(altered(group.checksums.start));
        }
        for ((column, chunk), values) in part.columns.iter().zip(&group.chunks).zip(&mut values) {
            let bytes = slice(&chunk.range)?;
            let checksum = checksums.chunks_exact(4).nth(chunk.column);
            if checksum != Some(crc32fast::hash(&bytes).to_le_bytes().as_slice()) {
                return Err(altered(chunk.range.start).context(format!("column {:?}", column.name)));
            }
            decode_chunk(column, bytes, group.rows as usize, values)
                .map_err(|e| e.context(format!("{file} column {:?}", column.name)))?;
        }
    }
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = part
        .columns
        .iter()
        .zip(values)
        .map(|(column, values)| {
            let (kind, values) = values.finish();
            (Field::new(&column.name, kind, false), values)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map(Table::new)
        .map_err(|e| Error::corrupt(format!("{file}: {e}")).with_source(e))
}

fn slice(read: &[(&FileRange, &Chunk)], file: &str, wanted: &Range<u64>) -> Option<Bytes> {
    let (range, chunk) = read.iter().find(|(r, _)| {
        r.file == file && r.range.start <= wanted.start && wanted.end <= r.range.end
    })?;
    let from = usize::try_from(wanted.start - range.range.start).ok()?;
    let to = from.checked_add(usize::try_from(wanted.end - wanted.start).ok()?)?;
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
                let text = text.as_utf8();
                values.append_value(
                    text.map_err(|e| Error::corrupt("a name is not UTF-8").with_source(e))?,
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
