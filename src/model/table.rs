//! Decoded columns, as an Arrow record batch.

use arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::{ArrowPrimitiveType, Int32Type, Int64Type};

use super::manifest::Value;
use crate::error::{Error, Result};

/// Columns of equal length without nulls.
#[derive(Debug, Clone, PartialEq)]
pub struct Table(RecordBatch);

impl Table {
    /// A table of these columns.
    #[must_use]
    pub const fn new(columns: RecordBatch) -> Self {
        Self(columns)
    }

    /// The codes or days of a column.
    ///
    /// # Errors
    /// `Internal` if the plan did not ask for it.
    pub fn codes(&self, name: &str) -> Result<&[i32]> {
        self.primitive::<Int32Type>(name)
    }

    /// The sums of a column.
    ///
    /// # Errors
    /// `Internal` if the plan did not ask for it.
    pub fn sums(&self, name: &str) -> Result<&[i64]> {
        self.primitive::<Int64Type>(name)
    }

    fn primitive<T: ArrowPrimitiveType>(&self, name: &str) -> Result<&[T::Native]> {
        let column = self
            .0
            .column_by_name(name)
            .and_then(|c| c.as_primitive_opt::<T>());
        column
            .map(|c| c.values().as_ref())
            .ok_or_else(|| Error::internal(format!("column {name:?} was not read")))
    }

    pub(super) fn text(&self, name: &str) -> Result<&StringArray> {
        let column = self
            .0
            .column_by_name(name)
            .and_then(|c| c.as_string_opt::<i32>());
        column.ok_or_else(|| Error::corrupt(format!("there is no text column {name:?}")))
    }

    /// A names table as dimension values, in code order.
    ///
    /// # Errors
    /// `Corrupt` if a column is missing.
    pub fn names(&self) -> Result<Vec<Value>> {
        let (ids, names, parents) = (self.text("id")?, self.text("name")?, self.codes("parent")?);
        Ok((0..ids.len())
            .zip(parents)
            .map(|(row, &parent)| Value {
                id: ids.value(row).to_owned(),
                name: names.value(row).to_owned(),
                parent: u32::try_from(parent).ok(),
            })
            .collect())
    }
}
