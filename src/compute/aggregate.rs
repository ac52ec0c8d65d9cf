//! Sums a scan's rows by code or by step of time.

use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::{COLUMN_DAY, TimeGrain};
use crate::model::scan::{ReadPlan, Scan};
use crate::model::table::Table;
use crate::model::{Grain, Series};

/// Sums by code of one dimension.
///
/// # Shape    one entry for each code below `count`; none where no row has it
/// # Units    scaled integers of the measure
/// # Errors   `OverBudget` if a sum passes 64 bits, `Corrupt` if a code has no name
pub fn by_code(
    scan: &Scan,
    plan: &ReadPlan,
    table: &Table,
    dimension: &str,
    count: usize,
) -> Result<Vec<Option<i64>>> {
    let codes = table.codes(dimension)?;
    let mut sums = vec![None; count];
    for (row, value) in passing(scan, plan, table)? {
        let sum = codes
            .get(row)
            .and_then(|&c| usize::try_from(c).ok())
            .and_then(|c| sums.get_mut(c))
            .ok_or_else(|| Error::corrupt(format!("the data hold a {dimension} without a name")))?;
        *sum = Some(add(sum.unwrap_or(0), value)?);
    }
    Ok(sums)
}

/// Sums by step of time, over the scan's whole period; steps without rows are 0.
///
/// # Units    scaled integers of the measure
/// # Errors   `OverBudget` if a sum passes 64 bits or the period has too many days
pub fn by_step(scan: &Scan, plan: &ReadPlan, table: &Table, grain: Grain) -> Result<Series> {
    let days = table.codes(COLUMN_DAY)?;
    let start = grain.floor(scan.period.first);
    // Civil arithmetic once for each day, not once for each row.
    let day_count = usize::try_from(scan.period.last.0.saturating_sub(start.0)).unwrap_or(0) + 1;
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
    let mut values = vec![0_i64; step + 1];
    for (row, value) in passing(scan, plan, table)? {
        let offset = days
            .get(row)
            .and_then(|&d| usize::try_from(d - start.0).ok());
        let sum = offset
            .and_then(|o| step_of_day.get(o))
            .and_then(|&s| values.get_mut(s))
            .ok_or_else(|| Error::corrupt("the data hold a day outside their period"))?;
        *sum = add(*sum, value)?;
    }
    Ok(Series {
        grain,
        start,
        values,
    })
}

/// The rows that pass the scan's filters and period, with their value.
fn passing<'a>(
    scan: &'a Scan,
    plan: &ReadPlan,
    table: &'a Table,
) -> Result<impl Iterator<Item = (usize, i64)> + 'a> {
    let values = table.sums(&scan.measure)?;
    // A cell of all time has no day to look at: the plan chose it because the period is everything.
    let days = if plan.time == TimeGrain::None {
        None
    } else {
        Some(table.codes(COLUMN_DAY)?)
    };
    // A month's cell carries the month's first day, which may lie before the first day of data.
    let first = if plan.time == TimeGrain::Month {
        Grain::Month.floor(scan.period.first)
    } else {
        scan.period.first
    };
    let last = scan.period.last;
    let mut filters = Vec::with_capacity(scan.only.len());
    for (dimension, codes) in &scan.only {
        let mut allowed = vec![false; codes.iter().max().map_or(0, |&c| c as usize + 1)];
        for &code in codes {
            if let Some(slot) = allowed.get_mut(code as usize) {
                *slot = true;
            }
        }
        filters.push((table.codes(dimension)?, allowed));
    }
    Ok(values.iter().copied().enumerate().filter(move |&(row, _)| {
        let in_time = days.is_none_or(|d| d.get(row).is_some_and(|&d| first.0 <= d && d <= last.0));
        in_time
            && filters.iter().all(|(codes, allowed)| {
                codes.get(row).is_some_and(|&c| {
                    usize::try_from(c).is_ok_and(|c| allowed.get(c).copied() == Some(true))
                })
            })
    }))
}

fn add(a: i64, b: i64) -> Result<i64> {
    a.checked_add(b)
        .ok_or_else(|| Error::over_budget("a sum passes 64 bits: narrow the filters or the period"))
}
