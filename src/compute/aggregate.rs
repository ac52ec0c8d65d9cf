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

    fn add(&mut self, code: usize, rows: i64, sums: impl Iterator<Item = i64>) -> Result<()> {
        let to = self
            .sums
            .get_mut(code * self.measures..(code + 1) * self.measures);
        let (Some(to), Some(count)) = (to, self.rows.get_mut(code)) else {
            return Err(Error::corrupt("the data hold a code without a name"));
        };
        *count = add(*count, rows)?;
        for (to, sum) in to.iter_mut().zip(sums) {
            *to = add(*to, sum)?;
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
            if let (Some(sums), Some(parent)) = (self.get(code), parent) {
                parents.add(parent as usize, 1, sums.iter().copied())?;
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
        let cells = Cells::of(scan, part, table, false)?;
        for row in cells.passing() {
            all.add(0, 1, cells.sums(row))?;
        }
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
        let cells = Cells::of(scan, part, table, lines)?;
        let codes = table.codes(dimension)?;
        for row in cells.passing() {
            let code = codes.get(row).and_then(|&c| usize::try_from(c).ok());
            let code = code.ok_or_else(|| {
                Error::corrupt(format!("the data hold a {dimension} without a name"))
            })?;
            result
                .add(code, cells.rows(row), cells.sums(row))
                .map_err(|e| e.context(dimension.to_owned()))?;
        }
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
        let cells = Cells::of(scan, part, table, lines)?;
        let (a, b) = (
            table.codes(first.dimension)?,
            table.codes(second.dimension)?,
        );
        for row in cells.passing() {
            let (a, b) = (first.place(a.get(row))?, second.place(b.get(row))?);
            if let (Some(a), Some(b)) = (a, b) {
                result.add(a * second.count + b, cells.rows(row), cells.sums(row))?;
            }
        }
    }
    Ok(result)
}

impl Places<'_> {
    fn place(&self, code: Option<&i32>) -> Result<Option<usize>> {
        let code = code.and_then(|&c| usize::try_from(c).ok());
        let place = code.and_then(|c| self.of_code.get(c)).ok_or_else(|| {
            Error::corrupt(format!("the data hold a {} without a name", self.dimension))
        })?;
        Ok(place.filter(|place| *place < self.count))
    }
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
    let steps_of = Steps::of(scan, grain)?;
    let start = steps_of.start;
    let mut steps = CodeSums::new(scan.measures.len(), steps_of.count);
    for (part, table) in plan.parts.iter().zip(tables) {
        let cells = Cells::of(scan, part, table, false)?;
        let days = table.codes(COLUMN_DAY)?;
        for row in cells.passing() {
            let step = steps_of.step(part, days.get(row))?;
            steps.add(step, 1, cells.sums(row))?;
        }
    }
    Ok((0..scan.measures.len())
        .map(|measure| Series {
            grain,
            start,
            values: steps
                .sums
                .iter()
                .skip(measure)
                .step_by(scan.measures.len().max(1))
                .copied()
                .collect(),
        })
        .collect())
}

/// Sums of the first measure by step of time, over the scan's whole period, for each part that codes of one dimension are
/// put into; a code that is put into none is left out.
///
/// # Shape    `part_of_code`: `[code]`, each below `parts`; the answer: `[part]`, series of one length
/// # Units    scaled integers of the measure
/// # Errors   `Corrupt` if a code has no name; as [`by_step`]
pub fn by_part(
    scan: &Scan,
    plan: &ReadPlan,
    tables: &[Table],
    grain: Grain,
    dimension: &str,
    part_of_code: &[Option<usize>],
    parts: usize,
) -> Result<Vec<Series>> {
    let steps = Steps::of(scan, grain)?;
    let mut sums = vec![0_i64; parts * steps.count];
    for (part, table) in plan.parts.iter().zip(tables) {
        let cells = Cells::of(scan, part, table, false)?;
        let (days, codes) = (table.codes(COLUMN_DAY)?, table.codes(dimension)?);
        for row in cells.passing() {
            let code = codes.get(row).and_then(|&c| usize::try_from(c).ok());
            let found = code.and_then(|c| part_of_code.get(c)).ok_or_else(|| {
                Error::corrupt(format!("the data hold a {dimension} without a name"))
            })?;
            let Some(at) = *found else { continue };
            let step = steps.step(part, days.get(row))?;
            let sum = sums
                .get_mut(at * steps.count + step)
                .ok_or_else(|| Error::internal("a code was put into a part that is not there"))?;
            *sum = add(*sum, cells.sums(row).next().unwrap_or(0))?;
        }
    }
    Ok(sums
        .chunks_exact(steps.count)
        .map(|values| Series {
            grain,
            start: steps.start,
            values: values.to_vec(),
        })
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

    /// The step of a cell's day. Days after the period that are taken away belong to its last step, from which they were
    /// counted.
    fn step(&self, part: &PartPlan, day: Option<&i32>) -> Result<usize> {
        let offset = day.and_then(|&d| usize::try_from(d.checked_sub(self.start.0)?).ok());
        let is_after = part.negative && offset.is_some_and(|o| o >= self.step_of_day.len());
        let found = match offset {
            _ if is_after => self.step_of_day.last(),
            Some(offset) => self.step_of_day.get(offset),
            None => None,
        };
        found
            .copied()
            .ok_or_else(|| Error::corrupt("the data hold a day outside their period"))
    }
}

/// Whether presence shows in the counts of lines, since what is taken away may be all that there was.
fn counts_lines(plan: &ReadPlan) -> bool {
    plan.parts.iter().any(|p| p.negative)
}

/// The cells of one part, with what is needed to tell which count.
struct Cells<'a> {
    sums: Vec<&'a [i64]>,
    lines: Option<&'a [i64]>,
    days: Option<(&'a [i32], i32, i32)>,
    filters: Vec<(&'a [i32], Vec<bool>)>,
    count: usize,
    sign: i64,
}

impl<'a> Cells<'a> {
    fn of(scan: &Scan, part: &PartPlan, table: &'a Table, lines: bool) -> Result<Self> {
        let sums: Result<Vec<&[i64]>> = scan.measures.iter().map(|m| table.sums(m)).collect();
        let sums = sums?;
        let days = match part.days {
            Some(days) => Some((table.codes(COLUMN_DAY)?, days.first.0, days.last.0)),
            None => None,
        };
        let mut filters = Vec::with_capacity(part.filters.len());
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
            filters.push((table.codes(dimension)?, allowed));
        }
        Ok(Self {
            count: sums.first().map_or(0, |s| s.len()),
            sums,
            lines: if lines {
                Some(table.sums(COLUMN_LINES)?)
            } else {
                None
            },
            days,
            filters,
            sign: if part.negative { -1 } else { 1 },
        })
    }

    /// The cells that pass the filters and lie in the part's days.
    fn passing(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.count).filter(|&row| {
            let in_time = self.days.is_none_or(|(d, first, last)| {
                d.get(row).is_some_and(|&d| first <= d && d <= last)
            });
            in_time
                && self.filters.iter().all(|(codes, allowed)| {
                    codes.get(row).is_some_and(|&c| {
                        usize::try_from(c).is_ok_and(|c| allowed.get(c).copied() == Some(true))
                    })
                })
        })
    }

    fn rows(&self, row: usize) -> i64 {
        let lines = self.lines.and_then(|l| l.get(row).copied());
        self.sign * lines.unwrap_or(1)
    }

    fn sums(&self, row: usize) -> impl Iterator<Item = i64> + '_ {
        let at = move |s: &&[i64]| s.get(row).copied().unwrap_or(0);
        self.sums
            .iter()
            .map(at)
            .map(|v| self.sign.saturating_mul(v))
    }
}

fn add(a: i64, b: i64) -> Result<i64> {
    a.checked_add(b)
        .ok_or_else(|| Error::over_budget("a sum passes 64 bits: narrow the filters or the period"))
}
