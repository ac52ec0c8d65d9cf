//! Cells that another engine added up, instead of rows: for sources that are too large to be read here.

use super::batch::{too_many_values, value};
use super::calendar::Days;
use super::cells::Builder;
use super::layout::{ALL, DAY, Parts};
use crate::error::{Error, Result};
use crate::limits;

/// Cells, column by column, all columns as long. A cell may come in several pieces.
#[derive(Debug, Clone, Copy)]
pub struct RolledCells<'a> {
    /// For each dimension the codes that [`Builder::rolled_codes`] gave.
    pub codes: &'a [Vec<u32>],
    /// Days since 1970.
    pub days: &'a [i32],
    /// Sums of each measure, at the builder's scales.
    pub sums: &'a [Vec<i64>],
    /// Source rows of each cell.
    pub lines: &'a [i64],
}

/// What the rows behind the cells were like, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolledCounts {
    /// Rows.
    pub lines: u64,
    /// Those with a negative quantity.
    pub negative: u64,
    /// Empty measure fields, taken as zero.
    pub empty: u64,
    /// Values that were rounded to the scale that `dataset.toml` sets.
    pub rounded: u64,
}

impl Builder {
    /// The codes of a dimension's values, given as (id, name) with an empty id where the source has none. They are tidied as
    /// those of rows are, so that different spellings may get one code.
    ///
    /// # Errors
    /// `Invalid` if there are too many values.
    pub fn rolled_codes<'a>(
        &mut self,
        dimension: usize,
        values: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Vec<u32>> {
        let plan = self.mapping.dimensions.get(dimension);
        let has_ids = plan.is_some_and(|p| p.id_column.is_some());
        let interner = self
            .values
            .get_mut(dimension)
            .ok_or_else(|| Error::internal("a dimension that is not there"))?;
        let codes = values.map(|(id, name)| {
            let (id, name) = (id.trim(), name.trim());
            value(if has_ids { id } else { name }, name, interner)
        });
        let codes: Option<Vec<u32>> = codes.collect();
        let codes = codes.ok_or_else(|| Error::invalid(too_many_values()))?;
        self.widen()?;
        Ok(codes)
    }

    /// The (id, name) of a code.
    #[must_use]
    pub fn rolled_value(&self, dimension: usize, code: u32) -> Option<(&str, &str)> {
        let (id, name) = self.values.get(dimension)?.values.get(code as usize)?;
        Some((id, name))
    }

    /// Adds cells.
    ///
    /// # Errors
    /// `Invalid` for a day that no calendar has and a sum that does not fit; `Upstream` if scratch space cannot be used.
    pub fn add_rolled(&mut self, cells: &RolledCells<'_>) -> Result<()> {
        let short = || Error::internal("columns of cells that are not equally long");
        let mut sums = vec![0; self.of.width()];
        for (row, (day, lines)) in cells.days.iter().zip(cells.lines).enumerate() {
            let mut parts: Parts = [ALL; limits::STORED_DIMENSIONS_MAX + 1];
            parts[DAY] = Days::part(*day)?;
            for (part, codes) in parts.iter_mut().skip(1).zip(cells.codes) {
                *part = *codes.get(row).ok_or_else(short)?;
            }
            for (sum, column) in sums.iter_mut().zip(cells.sums) {
                *sum = *column.get(row).ok_or_else(short)?;
            }
            if let Some(slot) = sums.last_mut() {
                *slot = *lines;
            }
            self.add_cell(&parts, &sums)?;
        }
        Ok(())
    }

    /// Notes what the rows behind all cells were like.
    pub fn note_rolled(&mut self, counts: RolledCounts) {
        self.counts.rows += counts.lines;
        self.counts.negative += counts.negative;
        self.counts.empty += counts.empty;
        if counts.rounded > 0 {
            let text = "values were rounded to the scale that dataset.toml sets";
            self.rolled_notes.push(format!("{} {text}", counts.rounded));
        }
        let text =
            "another engine added the rows up: rows that repeat another one were not counted";
        self.rolled_notes.push(text.into());
    }
}
