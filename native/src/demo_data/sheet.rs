//! The two layouts: order lines, and the monthly sums of the original system.

use std::fmt::Write as _;
use std::io::Write;

use csv::{StringRecord, Writer};
use nearcast::model::Day;
use nearcast::{Error, Result};

use super::catalogue::{CATEGORIES, PRODUCT_COUNT};
use super::demand::{Market, Today};
use super::lines::{OrderLine, Sheet};
use super::places::{CHANNELS, OPERATION_COUNT, OPERATIONS};

/// Bytes gathered before they are handed to the output.
const BUFFER_BYTES: usize = 256 << 10;

/// What a sheet counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) rows: u64,
    pub(super) units: i64,
    pub(super) revenue_cents: i64,
}

impl Counted {
    fn add(&mut self, line: OrderLine) {
        self.units += line.units;
        self.revenue_cents += line.units * line.price_cents;
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::upstream(format!(
        "cannot write the demo data: {error}; check the path and the free space"
    ))
    .with_source(error)
}

fn writer<W: Write>(out: &mut W) -> Writer<&mut W> {
    csv::WriterBuilder::new()
        .buffer_capacity(BUFFER_BYTES)
        .from_writer(out)
}

/// One row per order line.
pub(super) struct Daily<'a, W: Write> {
    out: Writer<&'a mut W>,
    market: &'a Market,
    record: StringRecord,
    date: (Day, String),
    text: String,
    counted: Counted,
}

impl<'a, W: Write> Daily<'a, W> {
    pub(super) fn new(out: &'a mut W, market: &'a Market) -> Result<Self> {
        let mut out = writer(out);
        out.write_record([
            "date",
            "operation",
            "region",
            "product_id",
            "product_name",
            "category",
            "channel",
            "units",
            "unit_price",
            "revenue",
            "cost",
        ])
        .map_err(failed)?;
        Ok(Self {
            out,
            market,
            record: StringRecord::new(),
            date: (Day(i32::MIN), String::new()),
            text: String::new(),
            counted: Counted::default(),
        })
    }

    pub(super) fn finish(mut self) -> Result<Counted> {
        self.out.flush().map_err(failed)?;
        Ok(self.counted)
    }

    fn push_cents(&mut self, cents: i64) {
        self.text.clear();
        let sign = if cents < 0 { "-" } else { "" };
        let cents = cents.unsigned_abs();
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{sign}{}.{:02}", cents / 100, cents % 100);
        self.record.push_field(&self.text);
    }
}

impl<W: Write> Sheet for Daily<'_, W> {
    fn line(&mut self, today: &Today<'_>, line: OrderLine) -> Result<()> {
        if self.date.0 != today.date {
            self.date = (today.date, today.date.to_string());
        }
        let place = &OPERATIONS[line.operation];
        let product = &self.market.products[line.product];
        self.record.clear();
        for field in [
            self.date.1.as_str(),
            place.name,
            place.region,
            &product.id,
            &product.name,
            CATEGORIES[product.category].name,
            CHANNELS[line.channel].name,
        ] {
            self.record.push_field(field);
        }
        self.text.clear();
        let _ = write!(self.text, "{}", line.units);
        self.record.push_field(&self.text);
        self.push_cents(line.price_cents);
        self.push_cents(line.units * line.price_cents);
        self.push_cents(line.units * line.cost_cents);
        self.counted.rows += 1;
        self.counted.add(line);
        self.out
            .write_byte_record(self.record.as_byte_record())
            .map_err(failed)
    }
}

/// One row per operation, product and month, written when the month is over.
pub(super) struct Monthly<'a, W: Write> {
    out: Writer<&'a mut W>,
    market: &'a Market,
    /// Year and month of `sums`.
    month: (i32, usize),
    /// `[operation][product]`: units, where there was a line.
    sums: Vec<Option<i64>>,
    counted: Counted,
}

impl<'a, W: Write> Monthly<'a, W> {
    pub(super) fn new(out: &'a mut W, market: &'a Market) -> Result<Self> {
        let mut out = writer(out);
        out.write_record([
            "OPERATION_NAME",
            "PRODUCT_ID",
            "PRODUCT_NAME",
            "CALENDAR_YEAR",
            "CALENDAR_MONTH",
            "UNITS_SOLD",
        ])
        .map_err(failed)?;
        Ok(Self {
            out,
            market,
            month: (0, 0),
            sums: vec![None; OPERATION_COUNT * PRODUCT_COUNT],
            counted: Counted::default(),
        })
    }

    pub(super) fn finish(mut self) -> Result<Counted> {
        self.end_month()?;
        self.out.flush().map_err(failed)?;
        Ok(self.counted)
    }

    fn end_month(&mut self) -> Result<()> {
        let (year, month) = (self.month.0.to_string(), self.month.1.to_string());
        for (index, sum) in self.sums.iter_mut().enumerate() {
            let Some(units) = sum.take() else { continue };
            let product = &self.market.products[index % PRODUCT_COUNT];
            let units = units.to_string();
            self.counted.rows += 1;
            self.out
                .write_record([
                    OPERATIONS[index / PRODUCT_COUNT].name,
                    &product.id,
                    &product.name,
                    &year,
                    &month,
                    &units,
                ])
                .map_err(failed)?;
        }
        Ok(())
    }
}

impl<W: Write> Sheet for Monthly<'_, W> {
    fn line(&mut self, today: &Today<'_>, line: OrderLine) -> Result<()> {
        let month = (today.civil.year, today.civil.month);
        if month != self.month {
            self.end_month()?;
            self.month = month;
        }
        self.counted.add(line);
        *self.sums[line.operation * PRODUCT_COUNT + line.product].get_or_insert(0) += line.units;
        Ok(())
    }
}
