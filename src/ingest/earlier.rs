//! The cells of a version that exists, added to new rows: what an append is made of. Old sources are not read again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use super::calendar::Days;
use super::cells::Builder;
use super::layout::{ALL, DAY, Parts};
use super::pile::Sums;
use super::write;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::Manifest;
use crate::model::names::Names;
use crate::model::{Day, Dimension};

/// How the codes and sums of a version translate into a builder's, made by [`Builder::follow`].
#[derive(Debug)]
pub struct Earlier {
    /// Days of the version that are left out: those that the new rows replace.
    pub skip: BTreeSet<Day>,
    dimensions: Vec<Translation>,
    /// For each of the builder's measures its position in the version.
    measures: Vec<usize>,
    scales: Vec<u8>,
}

/// Where the builder's code of a dimension comes from.
#[derive(Debug)]
struct Translation {
    /// Position among the version's stored dimensions.
    column: usize,
    /// The builder's code for each code of that dimension.
    codes: Vec<u32>,
}

/// Cells of a version, column by column, all columns as long: a row group of its `fine.parquet`, for example.
#[derive(Debug, Clone, Copy)]
pub struct EarlierCells<'a> {
    /// Codes of each stored dimension, in the manifest's order.
    pub codes: &'a [&'a [i32]],
    /// Days since 1970.
    pub days: &'a [i32],
    /// Sums of each measure, in the manifest's order and at its scales.
    pub sums: &'a [&'a [i64]],
    /// Source rows of each cell.
    pub lines: &'a [i64],
}

impl Builder {
    /// Begins an append to a version: checks that it has the same dimensions and measures, takes its names and counts, and
    /// lets rows be told apart that are older than its last day. Call it once, before anything is added; then
    /// [`Builder::add_cells`] for all of the version's fine cells, before or after the batches of new rows.
    /// [`Builder::new_day_totals`] says what the new rows alone hold, to be compared with what the version holds; days
    /// that are to be replaced, not added to, go into [`Earlier::skip`] before the cells are added.
    ///
    /// # Errors
    /// `Invalid` if dimensions or measures differ: the dataset has to be ingested as a whole then. `Corrupt` if names are
    /// missing or do not agree.
    pub fn follow(&mut self, manifest: &Manifest, names: &Names) -> Result<Earlier> {
        let stored: Vec<&Dimension> = manifest.dimensions.iter().filter(|d| d.stored).collect();
        let plans: BTreeSet<&str> = self
            .mapping
            .dimensions
            .iter()
            .map(|d| d.name.as_str())
            .collect();
        let there: BTreeSet<&str> = manifest
            .dimensions
            .iter()
            .map(|d| d.name.as_str())
            .collect();
        if plans != there {
            return Err(differ("dimensions", &plans, &there));
        }
        let own_plans = self.mapping.clone();
        let mut own_codes: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for dimension in &manifest.dimensions {
            let at = own_plans
                .dimensions
                .iter()
                .position(|d| d.name == dimension.name);
            let interner = at.and_then(|d| self.values.get_mut(d));
            let interner = interner.ok_or_else(|| Error::internal("a dimension that is gone"))?;
            let codes = names.of(dimension)?.iter().map(|v| {
                let code = interner.code(&v.id, &v.name);
                code.ok_or_else(|| {
                    Error::corrupt(format!("{} has too many values", dimension.name))
                })
            });
            own_codes.insert(dimension.name.as_str(), codes.collect::<Result<_>>()?);
        }
        let mut dimensions = Vec::new();
        for plan in &own_plans.dimensions {
            let own = own_codes.get(plan.name.as_str());
            let own = own.ok_or_else(|| Error::internal("a dimension that is gone"))?;
            if let Some(column) = stored.iter().position(|d| d.name == plan.name) {
                let codes = own.clone();
                dimensions.push(Translation { column, codes });
                continue;
            }
            // One that is not stored is reached through its child.
            let child = stored
                .iter()
                .position(|d| d.parent.as_ref() == Some(&plan.name))
                .and_then(|column| Some((column, stored.get(column)?)));
            let (column, child) = child.ok_or_else(|| {
                Error::corrupt(format!("{} is neither stored nor a parent", plan.name))
            })?;
            let up = names.of(child)?.iter().map(|v| {
                let code = v.parent.and_then(|p| own.get(p as usize));
                code.copied().ok_or_else(|| {
                    Error::corrupt(format!("{} {:?} has no {}", child.name, v.name, plan.name))
                })
            });
            dimensions.push(Translation {
                column,
                codes: up.collect::<Result<_>>()?,
            });
        }
        let (measures, scales) = self.match_measures(manifest)?;
        self.widen()?;
        self.begin_append(manifest);
        Ok(Earlier {
            skip: BTreeSet::new(),
            dimensions,
            measures,
            scales,
        })
    }

    fn match_measures(&self, manifest: &Manifest) -> Result<(Vec<usize>, Vec<u8>)> {
        let spoken = |name: &str, unit: &str| format!("{name} in {unit}");
        let own = self.mapping.measures.iter();
        let own: Vec<String> = own.map(|m| spoken(&m.name, &m.unit)).collect();
        let theirs = manifest.measures.iter();
        let theirs: Vec<String> = theirs.map(|m| spoken(&m.name, &m.unit)).collect();
        let set = |list: &'_ [String]| -> BTreeSet<String> { list.iter().cloned().collect() };
        if set(&own) != set(&theirs) {
            let (own, theirs) = (set(&own), set(&theirs));
            return Err(differ(
                "measures",
                &own.iter().map(String::as_str).collect(),
                &theirs.iter().map(String::as_str).collect(),
            ));
        }
        let places = own
            .iter()
            .filter_map(|m| theirs.iter().position(|t| t == m));
        let places: Vec<usize> = places.collect();
        let scales = places
            .iter()
            .filter_map(|at| manifest.measures.get(*at).map(|m| m.scale));
        let scales = scales.collect();
        Ok((places, scales))
    }

    /// Adds cells of the version that [`Builder::follow`] was called with.
    ///
    /// # Errors
    /// `Corrupt` if a code or a day cannot be, `Invalid` if a sum does not fit.
    pub fn add_cells(&mut self, earlier: &Earlier, cells: &EarlierCells<'_>) -> Result<()> {
        let factors = self.align_scales(&earlier.scales)?;
        let of = Arc::clone(&self.of);
        let is_wanted = |day: Day| !earlier.skip.contains(&day);
        earlier.translate(cells, &factors, &of, is_wanted, |parts, sums| {
            self.add_cell(parts, sums)
        })
    }

    /// In an append, the fingerprint of each day of the new rows: two sets of rows with the same one come to the same cells.
    #[must_use]
    pub fn new_day_prints(&self) -> BTreeMap<Day, u128> {
        let prints = self.prints.as_ref();
        prints.map(|p| p.days().clone()).unwrap_or_default()
    }

    /// Adds to the fingerprints of some days of the version what these cells come to.
    ///
    /// # Errors
    /// `Corrupt` if a code or a day cannot be.
    pub fn earlier_day_prints(
        &self,
        earlier: &Earlier,
        cells: &EarlierCells<'_>,
        days: &BTreeSet<Day>,
        into: &mut BTreeMap<Day, u128>,
    ) -> Result<()> {
        let Some(prints) = &self.prints else {
            return Err(Error::internal("fingerprints without an append"));
        };
        let mut prints = prints.without_days();
        let factors = vec![1; self.scales.len()];
        let is_wanted = |day: Day| days.contains(&day);
        earlier.translate(cells, &factors, &self.of, is_wanted, |parts, sums| {
            prints.add(parts, sums, &earlier.scales);
            Ok(())
        })?;
        for (day, print) in prints.days() {
            let slot = into.entry(*day).or_default();
            *slot = slot.wrapping_add(*print);
        }
        Ok(())
    }

    /// Identifies the new rows by what they come to: the same rows have the same mark, in whatever files and order.
    #[must_use]
    pub fn new_rows_mark(&self) -> String {
        let mut text = String::new();
        for (day, print) in self.new_day_prints() {
            // Writing into a String does not fail.
            let _ = write!(text, "{day} {print:032x};");
        }
        let mut mark = write::sha256_hex(text.as_bytes());
        mark.truncate(16);
        mark
    }

    /// Tells the version's quality what an append did: days that it restated, and the mark of rows that it added to days
    /// that were there. `rows_left_out` of the version's rows are not part of it any more.
    pub fn note_append(
        &mut self,
        restated: &BTreeSet<Day>,
        mark: Option<String>,
        rows_left_out: u64,
    ) {
        let all: BTreeSet<Day> = self
            .appended
            .restated
            .iter()
            .chain(restated)
            .copied()
            .collect();
        let skipped = all.len().saturating_sub(limits::RESTATED_LISTED_MAX);
        self.appended.restated = all.into_iter().skip(skipped).collect();
        self.appended.added.extend(mark);
        let skipped = self
            .appended
            .added
            .len()
            .saturating_sub(limits::ADDED_MARKS_MAX);
        self.appended.added.drain(..skipped);
        self.counts.rows = self.counts.rows.saturating_sub(rows_left_out);
    }
}

impl Earlier {
    /// Shows cells of the version in the builder's codes, sums multiplied with `factors`.
    fn translate(
        &self,
        cells: &EarlierCells<'_>,
        factors: &[i64],
        of: &Sums,
        is_wanted: impl Fn(Day) -> bool,
        mut see: impl FnMut(&Parts, &[i64]) -> Result<()>,
    ) -> Result<()> {
        let short = || Error::corrupt("columns of cells that are not equally long");
        let mut sums = vec![0; of.width()];
        for (row, day) in cells.days.iter().enumerate() {
            if !is_wanted(Day(*day)) {
                continue;
            }
            let mut parts: Parts = [ALL; limits::STORED_DIMENSIONS_MAX + 1];
            parts[DAY] = Days::part(*day)?;
            for (part, from) in parts.iter_mut().skip(1).zip(&self.dimensions) {
                let column = cells.codes.get(from.column).ok_or_else(short)?;
                let code = usize::try_from(*column.get(row).ok_or_else(short)?).ok();
                *part = code
                    .and_then(|c| from.codes.get(c).copied())
                    .ok_or_else(|| Error::corrupt("a cell's code without a name"))?;
            }
            let slots = sums.iter_mut().zip(&self.measures).zip(factors);
            for (measure, ((sum, from), factor)) in slots.enumerate() {
                let column = cells.sums.get(*from).ok_or_else(short)?;
                let value = column.get(row).ok_or_else(short)?;
                *sum = value
                    .checked_mul(*factor)
                    .ok_or_else(|| of.overflow(measure))?;
            }
            if let Some(lines) = sums.last_mut() {
                *lines = *cells.lines.get(row).ok_or_else(short)?;
            }
            see(&parts, &sums)?;
        }
        Ok(())
    }
}

fn differ(what: &str, own: &BTreeSet<&str>, theirs: &BTreeSet<&str>) -> Error {
    let list = |set: &BTreeSet<&str>| set.iter().copied().collect::<Vec<_>>().join(", ");
    Error::invalid(format!(
        "the {what} of these rows ({}) are not those of the current version ({}): give dataset.toml the same ones, or ingest everything without --append",
        list(own),
        list(theirs)
    ))
}
