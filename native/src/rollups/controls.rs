//! What another engine's cells add up to, against what it says that they add up to.

use std::collections::HashMap;
use std::fmt::Write as _;

use nearcast::error::{Error, Result};
use nearcast::model::{Day, Grain as Calendar};

use super::layout::{Grain, Layout};

/// Cells of a grain that a message names.
const LISTED: usize = 3;
/// Stands for a code that a key does not have.
const NO_CODE: u64 = (1 << CODE_BITS) - 1;
/// Enough for every code that there can be.
const CODE_BITS: u32 = 21;
/// Added to days, so that they are positive.
const DAY_OFFSET: i32 = 1 << (CODE_BITS - 1);

/// One grain: for each of its cells the finest cells less the engine's own.
#[derive(Debug)]
struct Control {
    grain: Grain,
    places: HashMap<u64, usize>,
    rest: Vec<i64>,
    total: Vec<i64>,
    /// Too many cells to compare one by one: the total alone is.
    only_total: bool,
}

/// The grains that are compared.
#[derive(Debug)]
pub(super) struct Controls {
    grains: Vec<Control>,
    /// Sums of a cell: the measures, and what is counted.
    width: usize,
    month: (i32, i32),
    cells_max: usize,
}

impl Controls {
    pub(super) fn new(layout: &Layout, width: usize, cells_max: usize) -> Self {
        let coarse = layout.grains().into_iter().skip(1);
        let controls = coarse.map(|grain| Control {
            grain,
            places: HashMap::new(),
            rest: Vec::new(),
            total: vec![0; width],
            only_total: false,
        });
        Self {
            grains: controls.collect(),
            width,
            month: (i32::MIN, 0),
            cells_max,
        }
    }

    /// Takes in a finest cell: to be added in each grain.
    ///
    /// # Errors
    /// `Invalid` if a sum does not fit.
    pub(super) fn add(&mut self, codes: &[u32], day: i32, sums: &[i64]) -> Result<()> {
        if self.month.0 != day {
            self.month = (day, Calendar::Month.floor(Day(day)).0);
        }
        let month = self.month.1;
        for control in &mut self.grains {
            let time = match (control.grain.day, control.grain.month) {
                (true, _) => Some(day),
                (false, true) => Some(month),
                (false, false) => None,
            };
            let key = key(&control.grain, codes, time);
            control.change(key, sums, self.width, self.cells_max, i64::checked_add)?;
        }
        Ok(())
    }

    /// Takes in a cell of a coarser grain, by its position after the finest: to be taken away. Codes of dimensions that it
    /// does not keep apart are not looked at.
    ///
    /// # Errors
    /// `Invalid` if a sum does not fit.
    pub(super) fn subtract(
        &mut self,
        grain: usize,
        codes: &[u32],
        time: Option<i32>,
        sums: &[i64],
    ) -> Result<()> {
        let control = self
            .grains
            .get_mut(grain)
            .ok_or_else(|| Error::internal("a grain that is not compared"))?;
        let key = key(&control.grain, codes, time);
        control.change(key, sums, self.width, self.cells_max, i64::checked_sub)
    }

    /// The grains of which only the totals were compared, by name.
    pub(super) fn only_totals(&self, layout: &Layout) -> Vec<String> {
        let controls = self.grains.iter().filter(|c| c.only_total);
        controls.map(|c| layout.name(&c.grain)).collect()
    }

    /// Fails unless nothing is left of any cell.
    ///
    /// # Errors
    /// `Invalid` with the first cells that differ. `value_name` says what a dimension's code is called.
    pub(super) fn check(
        &self,
        layout: &Layout,
        columns: &[&str],
        value_name: &dyn Fn(usize, u32) -> String,
    ) -> Result<()> {
        let mut found = Vec::new();
        let mut count = 0_usize;
        for control in &self.grains {
            let mut wrong: Vec<(u64, usize)> = control
                .places
                .iter()
                .map(|(key, place)| (*key, *place))
                .filter(|(_, place)| {
                    let rest = control
                        .rest
                        .get(place * self.width..(place + 1) * self.width);
                    rest.is_some_and(|rest| rest.iter().any(|r| *r != 0))
                })
                .collect();
            wrong.sort_unstable();
            let name = layout.name(&control.grain);
            for (key, place) in wrong.iter().take(LISTED) {
                let rest = control
                    .rest
                    .get(place * self.width..(place + 1) * self.width);
                let cell = words(&control.grain, *key, value_name);
                found.push(format!("{name}{cell}: {}", differences(rest, columns)));
            }
            count += wrong.len();
            if wrong.is_empty() && control.total.iter().any(|t| *t != 0) {
                count += 1;
                let total = differences(Some(&control.total), columns);
                found.push(format!("{name}, all of it: {total}"));
            }
        }
        if count == 0 {
            return Ok(());
        }
        let more = count.saturating_sub(found.len());
        let and = if more > 0 {
            format!("\n  and {more} more")
        } else {
            String::new()
        };
        Err(Error::invalid(format!(
            "the rollups do not agree with their own cells: a part of the output is missing, is there twice, or comes from \
             another run; empty the folder and run the query again\n  {}{and}",
            found.join("\n  ")
        )))
    }
}

impl Control {
    fn change(
        &mut self,
        key: u64,
        sums: &[i64],
        width: usize,
        cells_max: usize,
        by: fn(i64, i64) -> Option<i64>,
    ) -> Result<()> {
        apply(&mut self.total, sums, by)?;
        if self.only_total {
            return Ok(());
        }
        let next = self.places.len();
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            if next >= cells_max {
                self.only_total = true;
                self.places = HashMap::new();
                self.rest = Vec::new();
                return Ok(());
            }
            self.rest.resize((next + 1) * width, 0);
        }
        let rest = self.rest.get_mut(place * width..(place + 1) * width);
        apply(rest.unwrap_or_default(), sums, by)
    }
}

fn apply(to: &mut [i64], sums: &[i64], by: fn(i64, i64) -> Option<i64>) -> Result<()> {
    for (slot, sum) in to.iter_mut().zip(sums) {
        *slot = by(*slot, *sum).ok_or_else(|| {
            Error::invalid(
                "a sum of the rollups does not fit into 64 bits: lower the scale in dataset.toml",
            )
        })?;
    }
    Ok(())
}

/// A cell's key: at most two codes and a day.
fn key(grain: &Grain, codes: &[u32], time: Option<i32>) -> u64 {
    let code = |at: usize| {
        let code = grain.dimensions.get(at).and_then(|d| codes.get(*d));
        code.map_or(NO_CODE, |c| u64::from(*c) & NO_CODE)
    };
    let time = time.and_then(|day| u64::try_from(day.saturating_add(DAY_OFFSET)).ok());
    (code(0) << (2 * CODE_BITS)) | (code(1) << CODE_BITS) | (time.unwrap_or(0) & NO_CODE)
}

/// What a key stands for: `, Dallas, 2024-03-01`.
fn words(grain: &Grain, key: u64, value_name: &dyn Fn(usize, u32) -> String) -> String {
    let mut text = String::new();
    for (at, dimension) in grain.dimensions.iter().enumerate() {
        let shift = if at == 0 { 2 * CODE_BITS } else { CODE_BITS };
        let code = u32::try_from((key >> shift) & NO_CODE).unwrap_or(u32::MAX);
        text.push_str(", ");
        text.push_str(&value_name(*dimension, code));
    }
    if grain.day || grain.month {
        let day = i32::try_from(key & NO_CODE).unwrap_or(0) - DAY_OFFSET;
        // Writing into a String does not fail.
        let _ = write!(text, ", {}", Day(day));
    }
    text
}

fn differences(rest: Option<&[i64]>, columns: &[&str]) -> String {
    let pairs = columns.iter().zip(rest.unwrap_or_default());
    let differ = pairs.filter(|(_, rest)| **rest != 0);
    let texts: Vec<String> = differ
        .map(|(column, rest)| format!("{column} differs by {rest}"))
        .collect();
    texts.join(", ")
}
