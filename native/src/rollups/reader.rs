//! The Parquet files that an engine wrote, as columns of cells.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray as _, DictionaryArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type};
use nearcast::error::{Error, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::layout::{DAY, EMPTIES, GRAIN, LINES, Layout, MONTH, NEGATIVES, ROUNDED};
use crate::ingest::upstream;

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 65_536;

/// What is counted beside the measures, in the order of the sums.
pub(super) const COUNTED: [&str; 4] = [LINES, NEGATIVES, EMPTIES, ROUNDED];

/// The different (id, name) pairs of a dimension, and for each cell which one; none where it is null.
pub(super) type Coded = (Vec<(String, String)>, Vec<Option<usize>>);

/// Some cells.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) grains: Vec<i64>,
    pub(super) days: Vec<Option<i32>>,
    pub(super) months: Vec<Option<i32>>,
    /// For each dimension its names.
    pub(super) dimensions: Vec<Coded>,
    /// For each measure and then each of [`COUNTED`] its sums.
    pub(super) sums: Vec<Vec<i64>>,
}

/// The files of a folder that engines write results into, in order of name; what begins with `_` or `.` is their own.
///
/// # Errors
/// `Invalid` if there are none, or one is not Parquet; `Upstream` if they cannot be read.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    walk(folder, &mut found)?;
    found.sort();
    if found.is_empty() {
        return Err(Error::invalid(format!(
            "{} holds no files: name the folder that the query wrote into",
            folder.display()
        )));
    }
    for path in &found {
        let mut magic = [0; 4];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
        if read.is_err() || magic != *b"PAR1" {
            return Err(Error::invalid(format!(
                "{} is not a Parquet file: leave nothing in the folder but what the query wrote",
                path.display()
            )));
        }
    }
    Ok(found)
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    let failed = |e| upstream("reading", folder, e);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['_', '.']) || name == "dataset.toml" {
            continue;
        }
        if path.is_dir() {
            walk(&path, into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}

/// Shows the cells of a file, some at a time.
///
/// # Errors
/// `Invalid` if it lacks a column or one is of another type; `Corrupt` if it does not decode; those of `see`.
pub(super) fn read(
    path: &Path,
    layout: &Layout,
    see: &mut dyn FnMut(&Cells) -> Result<()>,
) -> Result<()> {
    let name = path.display();
    let damaged = |e: &dyn std::fmt::Display| {
        Error::corrupt(format!("{name} does not decode ({e}): run the query again"))
    };
    let file = File::open(path).map_err(|e| upstream("reading", path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(&e))?;
    let schema = builder.schema().clone();
    let wanted = columns(layout);
    let mut roots = Vec::new();
    for column in &wanted {
        let at = schema
            .fields()
            .iter()
            .position(|field| field.name().eq_ignore_ascii_case(column));
        roots.push(at.ok_or_else(|| {
            Error::invalid(format!(
                "{name} has no column {column:?}: it was not written by the query that `nearcast rollup-sql` makes of this \
                 dataset.toml"
            ))
        })?);
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|e| damaged(&e))?;
    for batch in reader {
        let batch = batch.map_err(|e| damaged(&e))?;
        let cells = cells(&batch, layout).map_err(|e| e.context(name.to_string()))?;
        see(&cells)?;
    }
    Ok(())
}

/// Every column that is needed.
fn columns(layout: &Layout) -> Vec<&str> {
    let mut all = vec![GRAIN, DAY, MONTH];
    for dimension in &layout.dimensions {
        all.push(&dimension.name);
        all.extend(dimension.id.as_deref());
    }
    all.extend(layout.measures.iter().map(|m| m.sum.as_str()));
    all.extend(COUNTED);
    all
}

fn cells(batch: &RecordBatch, layout: &Layout) -> Result<Cells> {
    let mut dimensions = Vec::new();
    for dimension in &layout.dimensions {
        let names = text(batch, &dimension.name)?;
        let ids = dimension
            .id
            .as_ref()
            .map(|id| text(batch, id))
            .transpose()?;
        dimensions.push(pairs(&names, ids.as_ref()));
    }
    let sums = layout
        .measures
        .iter()
        .map(|m| m.sum.as_str())
        .chain(COUNTED);
    Ok(Cells {
        grains: whole(batch, GRAIN)?,
        days: days(batch, DAY)?,
        months: days(batch, MONTH)?,
        dimensions,
        sums: sums.map(|sum| whole(batch, sum)).collect::<Result<_>>()?,
    })
}

/// A column as this type; engines write narrower integers, large strings and dictionaries as they please.
fn column(batch: &RecordBatch, name: &str, wanted: &DataType) -> Result<ArrayRef> {
    let schema = batch.schema();
    let at = schema
        .fields()
        .iter()
        .position(|field| field.name().eq_ignore_ascii_case(name));
    let found = at
        .map(|at| batch.column(at))
        .ok_or_else(|| Error::internal(format!("column {name:?} was not read")))?;
    let is_text = matches!(wanted, DataType::Dictionary(..));
    let fits = match found.data_type() {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            *wanted == DataType::Int64
        }
        DataType::Date32 => *wanted == DataType::Date32,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
            is_text
        }
        _ => false,
    };
    let wrong = || {
        Error::invalid(format!(
            "column {name:?} is of type {}, not {}: it was not written by the query that `nearcast rollup-sql` makes",
            found.data_type(),
            if is_text {
                "text".to_owned()
            } else {
                wanted.to_string()
            }
        ))
    };
    if !fits {
        return Err(wrong());
    }
    cast(found, wanted).map_err(|_| wrong())
}

fn whole(batch: &RecordBatch, name: &str) -> Result<Vec<i64>> {
    let array = column(batch, name, &DataType::Int64)?;
    if array.null_count() > 0 {
        return Err(Error::invalid(format!(
            "column {name:?} has nulls: a sum did not fit into 64 bits, or the query is another one"
        )));
    }
    Ok(array.as_primitive::<Int64Type>().values().to_vec())
}

fn days(batch: &RecordBatch, name: &str) -> Result<Vec<Option<i32>>> {
    let array = column(batch, name, &DataType::Date32)?;
    Ok(array.as_primitive::<Date32Type>().iter().collect())
}

fn text(batch: &RecordBatch, name: &str) -> Result<DictionaryArray<Int32Type>> {
    let wanted = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Ok(column(batch, name, &wanted)?
        .as_dictionary::<Int32Type>()
        .clone())
}

/// The different pairs of id and name in a batch, and which one each cell has.
fn pairs(
    names: &DictionaryArray<Int32Type>,
    ids: Option<&DictionaryArray<Int32Type>>,
) -> (Vec<(String, String)>, Vec<Option<usize>>) {
    let value = |array: &DictionaryArray<Int32Type>, key: usize| {
        array.values().as_string::<i32>().value(key).to_owned()
    };
    let mut known: HashMap<(usize, Option<usize>), usize> = HashMap::new();
    let mut values = Vec::new();
    let cells = (0..names.len()).map(|row| {
        let name = names.key(row)?;
        let id = match ids {
            Some(ids) => Some(ids.key(row)?),
            None => None,
        };
        Some(*known.entry((name, id)).or_insert_with(|| {
            let id = ids
                .zip(id)
                .map_or_else(String::new, |(ids, id)| value(ids, id));
            values.push((id, value(names, name)));
            values.len() - 1
        }))
    });
    let cells = cells.collect();
    (values, cells)
}
