//! Decoded columns.

use super::manifest::Value;
use crate::error::{Error, Result};

/// The values of one column, over all row groups of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// Codes and days.
    Int32(Vec<i32>),
    /// Measures.
    Int64(Vec<i64>),
    /// Names.
    Text(Vec<String>),
}

/// Columns of equal length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: Vec<(String, Values)>,
}

impl Table {
    /// A table of these columns.
    #[must_use]
    pub fn new(columns: Vec<(String, Values)>) -> Self {
        Self { columns }
    }

    /// The codes or days of a column.
    ///
    /// # Errors
    /// `Internal` if the plan did not ask for it.
    pub fn codes(&self, name: &str) -> Result<&[i32]> {
        match self.columns.iter().find(|(n, _)| n == name) {
            Some((_, Values::Int32(values))) => Ok(values),
            _ => Err(Error::internal(format!("column {name:?} was not read"))),
        }
    }

    /// The sums of a column.
    ///
    /// # Errors
    /// `Internal` if the plan did not ask for it.
    pub fn sums(&self, name: &str) -> Result<&[i64]> {
        match self.columns.iter().find(|(n, _)| n == name) {
            Some((_, Values::Int64(values))) => Ok(values),
            _ => Err(Error::internal(format!("column {name:?} was not read"))),
        }
    }

    fn text(&self, name: &str) -> Result<&[String]> {
        match self.columns.iter().find(|(n, _)| n == name) {
            Some((_, Values::Text(values))) => Ok(values),
            _ => Err(Error::corrupt(format!(
                "the names file has no text column {name:?}"
            ))),
        }
    }

    /// A names table as dimension values, in code order.
    ///
    /// # Errors
    /// `Corrupt` if a column is missing or the columns' lengths differ.
    pub fn into_names(self) -> Result<Vec<Value>> {
        let (ids, names, parents) = (self.text("id")?, self.text("name")?, self.codes("parent")?);
        if ids.len() != names.len() || ids.len() != parents.len() {
            return Err(Error::corrupt(
                "the columns of the names file differ in length",
            ));
        }
        Ok(ids
            .iter()
            .zip(names)
            .zip(parents)
            .map(|((id, name), &parent)| Value {
                id: id.clone(),
                name: name.clone(),
                parent: u32::try_from(parent).ok(),
            })
            .collect())
    }
}
