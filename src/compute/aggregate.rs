//! Sums a scan's cells by code or by step of time.

use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::{COLUMN_DAY, COLUMN_LINES};
use crate::model::scan::{PartPlan, ReadPlan, Scan};
use crate::model::table::Table;
use crate::model::{Day, Grain, Series};

/// Sums of some measures, for each code of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSums {
    measures: usize,
    sums: Vec<i64>,
    rows: Vec<i64>,
}

impl CodeSums {
    fn new(measures: usize, count: usize) -> Self {
        Self {
            measures,
            sums: vec![0; measures * count],
            rows: vec![0; count],
        }
    }

    /// How many codes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The sums of a code in order of the scan's measures; none where no cell has the code.
    ///
    /// # Units    scaled integers of the measures
    #[must_use]
    pub fn get(&self, code: usize) -> Option<&[i64]> {
        (*self.rows.get(code)? != 0).then(|| {
            self.sums
                .get(code * self.measures..(code + 1) * self.measures)
        })?
    }

    /// Adds the cells of a part, each to its slot.
    fn add(&mut self, cells: &Cells<'_>) -> Result<()> {
        match cells.lines {
            Some(lines) => cells.add_up(lines, &mut self.rows, 1, 0)?,
            None => cells.count(&mut self.rows),
        }
        for (measure, values) in cells.sums.iter().enumerate() {
            cells.add_up(values, &mut self.sums, self.measures, measure)?;
        }
        Ok(())
    }

    /// The sums of all codes, in order of the scan's measures.
    ///
    /// # Errors   `OverBudget` if a sum passes 64 bits
    pub fn total(&self) -> Result<Vec<i64>> {
        let mut total = vec![0_i64; self.measures];
        for sums in self.sums.chunks_exact(self.measures.max(1)) {
            for (to, sum) in total.iter_mut().zip(sums) {
                *to = add(*to, *sum)?;
            }
        }
        Ok(total)
    }

    /// A run of codes by themselves.
    #[must_use]
    pub fn run(&self, from: usize, count: usize) -> Self {
        let to = (from + count) * self.measures;
        let sums = self.sums.get(from * self.measures..to);
        let rows = self.rows.get(from..from + count);
        Self {
            measures: self.measures,
            sums: sums.unwrap_or_default().to_vec(),
            rows: rows.unwrap_or_default().to_vec(),
        }
    }

    /// The sums of the parents: code by code those of their children, by `parent_of`.
    ///
    /// # Errors   `OverBudget` if a sum passes 64 bits, `Corrupt` if a parent is none of `count`
    pub fn roll_up(
        &self,
        count: usize,
        parent_of: impl Iterator<Item = Option<u32>>,
    ) -> Result<Self> {
        let mut parents = Self::new(self.measures, count);
        for (code, parent) in parent_of.enumerate() {
            let (Some(sums), Some(parent)) = (self.get(code), parent) else {
                continue;
            };
            let parent = parent as usize;
            let to = parent * self.measures..(parent + 1) * self.measures;
            let to = parents.sums.get_mut(to).zip(parents.rows.get_mut(parent));
            let (to, rows) =
                to.ok_or_else(|| Error::corrupt("the data hold a parent without a name"))?;
            *rows += 1;
            for (to, sum) in to.iter_mut().zip(sums) {
                *to = add(*to, *sum)?;
            }
        }
        Ok(parents)
    }
}

/// The sums of everything that a scan lets through, in order of its measures; 0 where nothing passes.
///
/// # Units    scaled integers of the measures
/// # Errors   `OverBudget` if a sum passes 64 bits
pub fn total(scan: &Scan, plan: &ReadPlan, tables: &[Table]) -> Result<Vec<i64>> {
    let mut all = CodeSums::new(scan.measures.len(), 1);
    for (part, table) in plan.parts.iter().zip(tables) {
        all.add(&Cells::of(scan, part, table, false)?)?;
    }
    Ok(all.sums)
}

/// Sums by code of one dimension.
///
/// # Shape    one entry for each code below `count`
/// # Errors   `OverBudget` if a sum passes 64 bits, `Corrupt` if a code has no name
pub fn by_code(
    scan: &Scan,
    plan: &ReadPlan,
    tables: &[Table],
    dimension: &str,
    count: usize,
) -> Result<CodeSums> {
    let mut result = CodeSums::new(scan.measures.len(), count);
    let lines = counts_lines(plan);
    for (part, table) in plan.parts.iter().zip(tables) {
        let mut cells = Cells::of(scan, part, table, lines)?;
        cells
            .split(table.codes(dimension)?, count, |code| Some(Some(code)))
            .ok_or_else(|| nameless(dimension))?;
        result
            .add(&cells)
            .map_err(|e| e.context(dimension.to_owned()))?;
    }
    Ok(result)
}

/// A dimension whose codes are put into places.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The stored dimension.
    pub dimension: &'a str,
    /// The place of each code, below `count`; what has none is left out.
    pub of_code: &'a [Option<usize>],
    /// How many places there are.
    pub count: usize,
}

/// Sums by pairs of places of two dimensions, which may be the same one.
///
/// # Shape    the pair `(a, b)` is the code `a * second.count + b`
/// # Errors   `OverBudget` if a sum passes 64 bits or there are too many pairs, `Corrupt` if a code has no name
pub fn by_pair(
    scan: &Scan,
    plan: &ReadPlan,
    tables: &[Table],
    first: Places<'_>,
    second: Places<'_>,
) -> Result<CodeSums> {
    let pairs = first.count.saturating_mul(second.count);
    if pairs > limits::PAIRS_MAX {
        return Err(Error::over_budget(format!(
            "{} values of {} and {} of {} make {pairs} pairs, and {} are allowed: filter one of them",
            first.count,
            first.dimension,
            second.count,
            second.dimension,
            limits::PAIRS_MAX
        )));
    }
    let mut result = CodeSums::new(scan.measures.len(), pairs);
    let lines = counts_lines(plan);
    for (part, table) in plan.parts.iter().zip(tables) {
        let mut cells = Cells::of(scan, part, table, lines)?;
        for places in [first, second] {
            let codes = table.codes(places.dimension)?;
            cells.put(codes, &places)?;
        }
        result.add(&cells)?;
    }
    Ok(result)
}

/// Sums by step of time, over the scan's whole period, a series for each measure; steps without rows are 0.
///
/// # Units    scaled integers of the measures
/// # Errors   `OverBudget` if a sum passes 64 bits or the period has too many days
pub fn by_step(
    scan: &Scan,
    plan: &ReadPlan,
    tables: &[Table],
    grain: Grain,
) -> Result<Vec<Series>> {
    let steps = Steps::of(scan, grain)?;
    let mut sums = CodeSums::new(scan.measures.len(), steps.count);
    for (part, table) in plan.parts.iter().zip(tables) {
        let mut cells = Cells::of(scan, part, table, false)?;
        cells.put_in_time(table.codes(COLUMN_DAY)?, part, &steps)?;
        sums.add(&cells)?;
    }
    let of_measure = |measure: usize| -> Vec<i64> {
        let each = sums.sums.chunks_exact(sums.measures.max(1));
        each.filter_map(|sums| sums.get(measure).copied()).collect()
    };
    Ok((0..scan.measures.len())
        .map(|measure| steps.series(grain, of_measure(measure)))
        .collect())
}

/// Sums of the first measure by step of time, over the scan's whole period, for each part that codes of one dimension are
/// put into; a code that is put into none is left out.
///
/// # Shape    the answer: `[place]`, series of one length
/// # Units    scaled integers of the measure
/// # Errors   `Corrupt` if a code has no name; as [`by_step`]
pub fn by_part(
    scan: &Scan,
    plan: &ReadPlan,
    tables: &[Table],
    grain: Grain,
    places: Places<'_>,
) -> Result<Vec<Series>> {
    let steps = Steps::of(scan, grain)?;
    let mut sums = vec![0_i64; places.count * steps.count];
    for (part, table) in plan.parts.iter().zip(tables) {
        let mut cells = Cells::of(scan, part, table, false)?;
        cells.put(table.codes(places.dimension)?, &places)?;
        cells.put_in_time(table.codes(COLUMN_DAY)?, part, &steps)?;
        let first = cells.sums.first().copied().unwrap_or_default();
        cells.add_up(first, &mut sums, 1, 0)?;
    }
    Ok(sums
        .chunks_exact(steps.count)
        .map(|values| steps.series(grain, values.to_vec()))
        .collect())
}

/// How many steps a scan's period has.
///
/// # Errors   `OverBudget` if it has too many days
pub fn steps(scan: &Scan, grain: Grain) -> Result<usize> {
    Steps::of(scan, grain).map(|steps| steps.count)
}

/// Which step each day of a period is in.
struct Steps {
    start: Day,
    step_of_day: Vec<usize>,
    count: usize,
}

impl Steps {
    fn of(scan: &Scan, grain: Grain) -> Result<Self> {
        let start = grain.floor(scan.period.first);
        // Civil arithmetic once for each day, not once for each row.
        let day_count =
            usize::try_from(scan.period.last.0.saturating_sub(start.0)).unwrap_or(0) + 1;
        if day_count > limits::PERIOD_DAYS_MAX {
            return Err(Error::over_budget(format!(
                "the period has {day_count} days, and {} are allowed",
                limits::PERIOD_DAYS_MAX
            )));
        }
        let mut step_of_day = Vec::with_capacity(day_count);
        let (mut step, mut next) = (0_usize, grain.step(start, 1));
        for offset in 0..day_count {
            let day = start.plus(i32::try_from(offset).unwrap_or(i32::MAX));
            if day >= next {
                step += 1;
                next = grain.step(day, 1);
            }
            step_of_day.push(step);
        }
        Ok(Self {
            start,
            step_of_day,
            count: step + 1,
        })
    }

    fn series(&self, grain: Grain, values: Vec<i64>) -> Series {
        Series {
            grain,
            start: self.start,
            values,
        }
    }
}

/// Whether presence shows in the counts of lines, since what is taken away may be all that there was.
fn counts_lines(plan: &ReadPlan) -> bool {
    plan.parts.iter().any(|p| p.negative)
}

/// The slot of a cell that does not count.
const NOWHERE: usize = usize::MAX;

/// The cells of one part, and the slot that each is added to. Columns are gone through one after the other, so that each
/// loop is short: a question may have a million cells.
struct Cells<'a> {
    sums: Vec<&'a [i64]>,
    lines: Option<&'a [i64]>,
    negative: bool,
    slots: Vec<usize>,
}

impl<'a> Cells<'a> {
    /// All that pass the filters and lie in the part's days, in one slot.
    fn of(scan: &Scan, part: &PartPlan, table: &'a Table, lines: bool) -> Result<Self> {
        let sums: Result<Vec<&[i64]>> = scan.measures.iter().map(|m| table.sums(m)).collect();
        let sums = sums?;
        let mut cells = Self {
            lines: lines.then(|| table.sums(COLUMN_LINES)).transpose()?,
            negative: part.negative,
            slots: vec![0; sums.first().map_or(0, |s| s.len())],
            sums,
        };
        if let Some(days) = part.days {
            cells.keep(table.codes(COLUMN_DAY)?, |day| days.contains(Day(day)));
        }
        for (dimension, codes) in &scan.only {
            if !part.filters.contains(dimension) {
                continue;
            }
            let mut allowed = vec![false; codes.iter().max().map_or(0, |&c| c as usize + 1)];
            for &code in codes {
                if let Some(slot) = allowed.get_mut(code as usize) {
                    *slot = true;
                }
            }
            cells.keep(table.codes(dimension)?, |code| {
                usize::try_from(code).is_ok_and(|c| allowed.get(c).copied() == Some(true))
            });
        }
        Ok(cells)
    }

    /// Leaves out what does not pass.
    fn keep(&mut self, column: &[i32], passes: impl Fn(i32) -> bool) {
        for (slot, &value) in self.slots.iter_mut().zip(column) {
            if !passes(value) {
                *slot = NOWHERE;
            }
        }
    }

    /// Splits every slot into `count` by a column: into the place of each value, or, where that is none, nowhere. None if a
    /// value has neither, or its place is not below the count.
    fn split(
        &mut self,
        column: &[i32],
        count: usize,
        place: impl Fn(usize) -> Option<Option<usize>>,
    ) -> Option<()> {
        for (slot, &value) in self.slots.iter_mut().zip(column) {
            if *slot == NOWHERE {
                continue;
            }
            *slot = match place(usize::try_from(value).ok()?)? {
                Some(place) if place < count => *slot * count + place,
                Some(_) => return None,
                None => NOWHERE,
            };
        }
        Some(())
    }

    fn put(&mut self, codes: &[i32], places: &Places<'_>) -> Result<()> {
        self.split(codes, places.count, |code| {
            places.of_code.get(code).copied()
        })
        .ok_or_else(|| nameless(places.dimension))
    }

    /// Splits every slot by step. Days after the period that are taken away belong to its last step, from which they were
    /// counted.
    fn put_in_time(&mut self, days: &[i32], part: &PartPlan, steps: &Steps) -> Result<()> {
        let start = steps.start.0;
        let last = steps.count.checked_sub(1).filter(|_| part.negative);
        for (slot, &day) in self.slots.iter_mut().zip(days) {
            if *slot == NOWHERE {
                continue;
            }
            let offset = day.checked_sub(start).and_then(|o| usize::try_from(o).ok());
            let step = offset.and_then(|o| steps.step_of_day.get(o).copied().or(last));
            let outside = || Error::corrupt("the data hold a day outside their period");
            *slot = *slot * steps.count + step.ok_or_else(outside)?;
        }
        Ok(())
    }

    /// Adds the values of a column to those of `stride` columns side by side, the one `at`.
    fn add_up(&self, values: &[i64], to: &mut [i64], stride: usize, at: usize) -> Result<()> {
        if self.negative {
            self.fold(values, to, stride, at, i64::overflowing_sub)
        } else {
            self.fold(values, to, stride, at, i64::overflowing_add)
        }
    }

    fn fold(
        &self,
        values: &[i64],
        to: &mut [i64],
        stride: usize,
        at: usize,
        with: impl Fn(i64, i64) -> (i64, bool),
    ) -> Result<()> {
        let mut is_too_large = false;
        for (&slot, &value) in self.slots.iter().zip(values) {
            if slot == NOWHERE {
                continue;
            }
            if let Some(to) = to.get_mut(slot * stride + at) {
                let (sum, is_over) = with(*to, value);
                *to = sum;
                is_too_large |= is_over;
            }
        }
        if is_too_large {
            return Err(too_large());
        }
        Ok(())
    }

    /// Counts the cells.
    fn count(&self, to: &mut [i64]) {
        let one = if self.negative { -1 } else { 1 };
        for &slot in &self.slots {
            // There is no slot for what is nowhere.
            if let Some(to) = to.get_mut(slot) {
                *to += one;
            }
        }
    }
}

fn nameless(dimension: &str) -> Error {
    Error::corrupt(format!("the data hold a {dimension} without a name"))
}

fn too_large() -> Error {
    Error::over_budget("a sum passes 64 bits: narrow the filters or the period")
}

fn add(a: i64, b: i64) -> Result<i64> {
    a.checked_add(b).ok_or_else(too_large)
}
