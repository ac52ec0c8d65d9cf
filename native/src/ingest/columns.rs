//! Parquet to rows of text, by Arrow: one column after the other is written out, then the rows are put together.

use std::fmt::Write as _;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Int64Type, Schema, TimeUnit};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use nearcast::error::{Error, Result};
use nearcast::ingest::{Block, Picks, Rows, Table};
use nearcast::limits;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::places::Place;

/// Opens a file: its rows by thousands, the names of its columns, and how many rows there are.
pub(super) fn open(place: &Place) -> Result<(ParquetRecordBatchReader, Vec<String>, u64)> {
    let file = File::open(&place.path).map_err(|e| super::upstream("opening", &place.path, e))?;
    let damaged = |e: parquet::errors::ParquetError| {
        Error::invalid(format!(
            "{} is no Parquet file that can be read ({e}): write it again",
            place.name
        ))
        .with_source(e)
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
    let names = names(builder.schema(), &place.name)?;
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let reader = builder.with_batch_size(limits::SOURCE_BATCH_ROWS);
    Ok((reader.build().map_err(damaged)?, names, rows))
}

/// The names of the columns, those inside of structs with dots.
fn names(schema: &Schema, file: &str) -> Result<Vec<String>> {
    fn add(name: &str, kind: &DataType, file: &str, into: &mut Vec<String>) -> Result<()> {
        match kind {
            DataType::Struct(fields) => {
                for field in fields {
                    add(
                        &format!("{name}.{}", field.name()),
                        field.data_type(),
                        file,
                        into,
                    )?;
                }
                Ok(())
            }
            DataType::Dictionary(_, values) => add(name, values, file, into),
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::FixedSizeList(..)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
            | DataType::Map(..)
            | DataType::Union(..) => Err(Error::invalid(format!(
                "{file} column {name:?} holds lists, which are no column: write a row for each of their entries, or leave the column out"
            ))),
            _ => {
                into.push(name.to_owned());
                Ok(())
            }
        }
    }
    let mut all = Vec::new();
    for field in schema.fields() {
        add(field.name(), field.data_type(), file, &mut all)?;
    }
    Ok(all)
}

/// Turns a batch of columns into a block of rows.
pub(super) fn block(
    batch: &RecordBatch,
    name: &Arc<str>,
    row: u64,
    picks: Option<Arc<Picks>>,
) -> Result<Block> {
    let mut columns = Vec::new();
    for array in batch.columns() {
        flatten(array, None, &mut columns);
    }
    let mut written = Vec::with_capacity(columns.len());
    for (array, around) in &columns {
        written.push(
            write(array, around.as_ref()).map_err(|e| {
                Error::invalid(format!("{name} cannot be read: {e}")).with_source(e)
            })?,
        );
    }
    let size = written.iter().map(|w| w.text.len()).sum();
    let mut table = Table {
        text: String::with_capacity(size),
        ends: Vec::with_capacity(batch.num_rows() * columns.len()),
        columns: columns.len(),
    };
    for at in 0..batch.num_rows() {
        for column in &written {
            table.text.push_str(column.field(at));
            let end = u32::try_from(table.text.len());
            table.ends.push(end.map_err(|_| {
                Error::over_budget(format!("{name}: rows that are longer than can be read"))
            })?);
        }
    }
    Ok(Block {
        source: Arc::clone(name),
        line: row,
        rows: Rows::Table(table),
        picks,
    })
}

/// A column that is no struct, and which of its rows the structs around it have.
type Leaf = (ArrayRef, Option<arrow::buffer::NullBuffer>);

fn flatten(array: &ArrayRef, around: Option<&arrow::buffer::NullBuffer>, into: &mut Vec<Leaf>) {
    if let Some(inner) = array.as_any().downcast_ref::<StructArray>() {
        let both = arrow::buffer::NullBuffer::union(around, inner.nulls());
        for column in inner.columns() {
            flatten(column, both.as_ref(), into);
        }
    } else {
        into.push((Arc::clone(array), around.cloned()));
    }
}

/// A column as text.
struct Written {
    text: String,
    ends: Vec<usize>,
}

impl Written {
    fn field(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|r| self.ends.get(r));
        let range = start.copied().unwrap_or(0)..self.ends.get(row).copied().unwrap_or(0);
        self.text.get(range).unwrap_or_default()
    }
}

fn write(
    array: &ArrayRef,
    around: Option<&arrow::buffer::NullBuffer>,
) -> std::result::Result<Written, arrow::error::ArrowError> {
    let mut written = Written {
        text: String::new(),
        ends: Vec::with_capacity(array.len()),
    };
    // Values of a dictionary are written out once for each row; text is copied, not formatted.
    let array = match array.data_type() {
        DataType::Dictionary(_, values) => arrow::compute::cast(array, values)?,
        DataType::Utf8View | DataType::LargeUtf8 => arrow::compute::cast(array, &DataType::Utf8)?,
        // Bytes without a type of their own: text that an older writer did not call text.
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            arrow::compute::cast(array, &DataType::Utf8)?
        }
        // Finer than milliseconds matters to no day.
        DataType::Timestamp(TimeUnit::Nanosecond, zone) => arrow::compute::cast(
            array,
            &DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        )?,
        _ => Arc::clone(array),
    };
    let there = |row: usize| array.is_valid(row) && around.is_none_or(|n| n.is_valid(row));
    if let Some(texts) = array.as_string_opt::<i32>() {
        for row in 0..array.len() {
            if there(row) {
                written.text.push_str(texts.value(row));
            }
            written.ends.push(written.text.len());
        }
        return Ok(written);
    }
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        for row in 0..array.len() {
            if there(row) {
                let _ = write!(written.text, "{}", numbers.value(row));
            }
            written.ends.push(written.text.len());
        }
        return Ok(written);
    }
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(&array, &options)?;
    for row in 0..array.len() {
        if there(row) {
            formatter.value(row).write(&mut written.text)?;
        }
        written.ends.push(written.text.len());
    }
    Ok(written)
}
