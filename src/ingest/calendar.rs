//! What each day of a source holds, kept while rows are added: no pass over the cells is needed for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pile::Sums;
use crate::error::{Error, Result};
use crate::model::Day;

/// The first day that a cell may have, 1850-01-01 since 1970: well before the first that a source may.
pub(super) const DAY_FLOOR: i32 = -43_829;
/// Days from there on: beyond 2200.
const DAYS: i32 = 1 << 17;

/// Rows and sums of each day.
#[derive(Debug)]
pub(super) struct Days {
    /// Position in `sums` by day, plus one.
    slots: Vec<u32>,
    sums: Vec<i64>,
    count: usize,
    of: Arc<Sums>,
}

impl Days {
    pub(super) fn new(of: &Arc<Sums>) -> Self {
        Self {
            slots: Vec::new(),
            sums: Vec::new(),
            count: 0,
            of: Arc::clone(of),
        }
    }

    /// A day as a part of a key.
    ///
    /// # Errors
    /// `Corrupt` if it lies centuries away.
    pub(super) fn part(day: i32) -> Result<u32> {
        let since = day.checked_sub(DAY_FLOOR).filter(|d| *d < DAYS);
        since
            .and_then(|d| u32::try_from(d).ok())
            .ok_or_else(|| Error::corrupt(format!("a cell of the day {day} since 1970")))
    }

    /// The day of a part of a key.
    pub(super) fn day(part: u32) -> i32 {
        i32::try_from(part).map_or(DAY_FLOOR, |p| p.saturating_add(DAY_FLOOR))
    }

    /// Bits of a day in a key before the first and last one are known.
    pub(super) const BITS: u32 = 17;

    /// Adds rows of a day, given as a part of a key.
    pub(super) fn add(&mut self, part: u32, sums: &[i64]) -> Result<()> {
        let at = part as usize;
        if self.slots.len() <= at {
            self.slots.resize(at + 1, 0);
        }
        let slot = self
            .slots
            .get_mut(at)
            .ok_or_else(|| Error::internal("a day that is not there"))?;
        let width = self.of.width();
        if *slot == 0 {
            self.count += 1;
            *slot = u32::try_from(self.count).unwrap_or(u32::MAX);
            self.sums.extend_from_slice(sums);
            return Ok(());
        }
        let start = (*slot as usize - 1) * width;
        let to = self.sums.get_mut(start..start + width);
        self.of.add(to.unwrap_or_default(), sums)
    }

    /// A measure gets more decimals.
    pub(super) fn raise(&mut self, measure: usize, factor: i64) -> Result<()> {
        let width = self.of.width();
        for sum in self.sums.iter_mut().skip(measure).step_by(width) {
            *sum = sum
                .checked_mul(factor)
                .ok_or_else(|| self.of.overflow(measure))?;
        }
        Ok(())
    }

    /// The days that have rows, in order.
    pub(super) fn list(&self) -> Vec<Day> {
        let parts = (0_u32..).zip(&self.slots).filter(|(_, slot)| **slot > 0);
        parts.map(|(part, _)| Day(Self::day(part))).collect()
    }

    /// Sums of each day: the measures, then the rows.
    pub(super) fn totals(&self) -> BTreeMap<Day, Vec<i64>> {
        let width = self.of.width();
        let parts = (0_u32..).zip(&self.slots).filter(|(_, slot)| **slot > 0);
        parts
            .map(|(part, slot)| {
                let start = (*slot as usize - 1) * width;
                let sums = self.sums.get(start..start + width).unwrap_or_default();
                (Day(Self::day(part)), sums.to_vec())
            })
            .collect()
    }
}
