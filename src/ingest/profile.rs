//! What the sampled values of one column look like.

use std::collections::BTreeSet;

use csv::StringRecord;

use super::block::{Block, Fields, SeeRow};
use super::date::{self, Orders};
use super::number::{self, Decimal, Hint, Reading};
use crate::error::Result;
use crate::limits;

/// The first records of a source, from which detection learns.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// The columns' names.
    pub headers: Vec<String>,
    /// Line and fields.
    pub rows: Vec<(u64, StringRecord)>,
}

impl Sample {
    /// Whether it has all the rows that detection looks at.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows.len() >= limits::SAMPLE_RECORDS_MAX
    }

    /// Takes rows of a block that are not blank.
    ///
    /// # Errors
    /// `Invalid` for bytes that are no text.
    pub fn take(&mut self, block: &Block) -> Result<()> {
        self.take_up_to(block, limits::SAMPLE_RECORDS_MAX)
    }

    /// Takes rows of a block until it has so many.
    ///
    /// # Errors
    /// `Invalid` for bytes that are no text.
    pub fn take_up_to(&mut self, block: &Block, rows: usize) -> Result<()> {
        block.each(&mut Taking { sample: self, rows })
    }
}

struct Taking<'a> {
    sample: &'a mut Sample,
    rows: usize,
}

impl SeeRow for Taking<'_> {
    fn row<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) -> Result<()> {
        let blank = (0..fields.count()).all(|i| fields.field(i).trim().is_empty());
        if !blank && self.sample.rows.len() < self.rows {
            let record: StringRecord = (0..fields.count()).map(|i| fields.field(i)).collect();
            self.sample.rows.push((line, record));
        }
        Ok(())
    }
}

/// What the sampled values of one column look like.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The column's name.
    pub header: String,
    /// Fields that hold something.
    pub values: usize,
    /// Different values.
    pub distinct: usize,
    /// Fields that are a number in some notation.
    pub numbers: usize,
    /// Whether every number is whole in the notation with a decimal point (or comma, if all are so written).
    pub whole: bool,
    /// Whether all numbers are 0 or 1.
    pub flags: bool,
    /// Whether all numbers lie between 0 and 1, and not all are whole.
    pub fractions: bool,
    /// Fields that are a date in some order.
    pub dates: usize,
    /// The orders in which every date is one.
    pub orders: Orders,
    /// A field with which no order was left, and its line.
    pub order_conflict: Option<(u64, String)>,
    /// Fields that are a year of four digits, and that are a month.
    pub years: usize,
    /// Fields that are a month.
    pub months: usize,
    /// The first field that says decimal point, and its line.
    pub point: Option<(u64, String)>,
    /// The first field that says decimal comma, and its line.
    pub comma: Option<(u64, String)>,
    /// The first field such as `1,234`, and its line.
    pub either_comma: Option<(u64, String)>,
    /// The currency that a sign beside a number names.
    pub currency: Option<&'static str>,
    /// The first field that is neither empty nor a number, and its line.
    pub not_number: Option<(u64, String)>,
    /// The first field that is neither empty nor a date, and its line.
    pub not_date: Option<(u64, String)>,
    /// The only value, if there is one only.
    pub only: Option<String>,
}

impl Profile {
    /// Looks at one column of the sample.
    #[must_use]
    pub fn of(sample: &Sample, column: usize) -> Self {
        let mut p = Self {
            header: sample.headers.get(column).cloned().unwrap_or_default(),
            values: 0,
            distinct: 0,
            numbers: 0,
            whole: true,
            flags: true,
            fractions: true,
            dates: 0,
            orders: Orders::ANY,
            order_conflict: None,
            years: 0,
            months: 0,
            point: None,
            comma: None,
            either_comma: None,
            currency: None,
            not_number: None,
            not_date: None,
            only: None,
        };
        let mut distinct = BTreeSet::new();
        for (line, record) in sample.rows.iter().take(limits::SAMPLE_RECORDS_MAX) {
            let text = record.get(column).unwrap_or_default().trim();
            if number::is_empty(text) {
                continue;
            }
            p.values += 1;
            distinct.insert(text);
            let here = || Some((*line, text.to_owned()));
            p.see_number(text, here);
            p.see_date(text, here);
            p.years += usize::from(date::year(text).is_some());
            p.months += usize::from(date::month(text).is_some());
        }
        p.fractions &= p.numbers > 0 && !p.whole;
        p.distinct = distinct.len();
        p.only = distinct
            .first()
            .filter(|_| p.distinct == 1)
            .map(|t| (*t).to_owned());
        p
    }

    fn see_number(&mut self, text: &str, here: impl Fn() -> Option<(u64, String)>) {
        if !number::is_number(text) {
            self.not_number = self.not_number.take().or_else(here);
            return;
        }
        self.numbers += 1;
        let first = |slot: &mut Option<(u64, String)>| *slot = slot.take().or_else(&here);
        let hint = number::hint(text);
        match hint {
            Hint::Point => first(&mut self.point),
            Hint::Comma => first(&mut self.comma),
            Hint::EitherComma => first(&mut self.either_comma),
            Hint::EitherPoint | Hint::Nothing => {}
        }
        let decimal = if hint == Hint::Comma {
            Decimal::Comma
        } else {
            Decimal::Point
        };
        match number::read(text, decimal) {
            Reading::Value(n) => {
                self.whole &= n.decimals == 0;
                self.flags &= n.decimals == 0 && (0..=1).contains(&n.mantissa);
                let one = 10_i64.pow(u32::from(n.decimals));
                self.fractions &= (0..=one).contains(&n.mantissa);
            }
            _ => self.whole = false,
        }
        let sign = number::CURRENCY_SIGNS
            .iter()
            .find(|(sign, _)| text.contains(*sign));
        self.currency = self.currency.or(sign.map(|(_, code)| *code));
    }

    fn see_date(&mut self, text: &str, here: impl Fn() -> Option<(u64, String)>) {
        let orders = Orders::of(text);
        if orders.is_empty() {
            self.not_date = self.not_date.take().or_else(here);
            return;
        }
        self.dates += 1;
        let both = self.orders.and(orders);
        if both.is_empty() && self.order_conflict.is_none() {
            self.order_conflict = here();
        }
        if self.order_conflict.is_none() {
            self.orders = both;
        }
    }

    /// Whether every field that holds something is a number.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        self.values > 0 && self.numbers == self.values
    }

    /// Whether nearly every field that holds something is a date (the rest are then errors, not another kind of column).
    #[must_use]
    pub fn is_date(&self) -> bool {
        self.values > 0 && self.dates * 10 >= self.values * 9
    }
}
