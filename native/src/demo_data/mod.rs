//! The history of a snack-and-drink vendor that never was: seeded, streaming, the same bytes on every machine.
//!
//! Expected demand is a product of what moves real sales (size and growth of an operation, popularity, weekday, season,
//! holidays, prices, promotions, noise) and is planned once per operation and day. The rows asked for are spread over
//! those cells by demand with cumulative rounding, so that exactly `rows` come out, and the units of a cell are shared
//! among its lines. So more rows mean smaller lines, not more noise: the vendor sells about three million units in three
//! years (a line is then a day's settlement of a product in a channel) until lines would fall below two units on
//! average; from there on it grows with the rows.

#![expect(
    clippy::indexing_slicing,
    reason = "every index comes from enumerating the fixed tables of `places` and `catalogue`"
)]

mod catalogue;
mod chance;
mod demand;
mod lines;
mod places;
mod season;
mod sheet;
#[cfg(test)]
mod tests;

use std::io::Write;

use nearcast::limits::DEMO_ROWS_MAX;
use nearcast::model::Day;
use nearcast::{Error, Result};

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoSpec {
    /// Order lines: exactly as many rows are written, or, in the original layout, summed up.
    pub rows: u64,
    /// Another seed, another history of the same vendor.
    pub seed: u64,
    /// The six monthly columns of the original system instead of order lines.
    pub original: bool,
}

/// What was generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoSummary {
    /// Rows written, without the header.
    pub rows: u64,
    /// Order lines behind them.
    pub lines: u64,
    /// Units sold less units returned.
    pub units: i64,
    /// Revenue less returns, US cents.
    pub revenue_cents: i64,
    /// The first day of the history.
    pub first: Day,
    /// The last day of the history.
    pub last: Day,
    /// Operations of the vendor.
    pub operations: usize,
    /// Products of the vendor.
    pub products: usize,
}

/// Writes the history as CSV, ordered by date, and calls `progress` with the order lines done so far.
///
/// The columns are `date, operation, region, product_id, product_name, category, channel, units, unit_price, revenue,
/// cost`, money in US dollars; in the original layout `OPERATION_NAME, PRODUCT_ID, PRODUCT_NAME, CALENDAR_YEAR,
/// CALENDAR_MONTH, UNITS_SOLD`, one row per operation, product and month that had a line. Memory does not grow with the
/// rows.
///
/// # Errors
/// `Invalid` for no rows or more than [`DEMO_ROWS_MAX`]; `Upstream` when `out` cannot be written to.
pub fn write_csv(
    spec: &DemoSpec,
    out: &mut impl Write,
    progress: impl FnMut(u64),
) -> Result<DemoSummary> {
    if spec.rows == 0 || spec.rows > DEMO_ROWS_MAX {
        return Err(Error::invalid(format!(
            "cannot write {} rows: ask for 1 to {DEMO_ROWS_MAX}",
            spec.rows
        )));
    }
    let market = demand::Market::new(spec.seed);
    let rows = if spec.original {
        let mut sheet = sheet::Monthly::new(out, &market)?;
        lines::generate(spec, &market, &mut sheet, progress)?;
        sheet.finish()?
    } else {
        let mut sheet = sheet::Daily::new(out, &market)?;
        lines::generate(spec, &market, &mut sheet, progress)?;
        sheet.finish()?
    };
    Ok(DemoSummary {
        rows: rows.rows,
        lines: spec.rows,
        units: rows.units,
        revenue_cents: rows.revenue_cents,
        first: season::FIRST,
        last: season::LAST,
        operations: places::OPERATION_COUNT,
        products: catalogue::PRODUCT_COUNT,
    })
}
