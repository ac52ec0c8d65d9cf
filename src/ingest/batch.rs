//! Rows of text to typed rows: every field is read and checked here, on any thread, block by block. A batch depends on its
//! block alone, so the number of threads changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::block::{Block, Fields, SeeRow};
use super::date::{self, Order};
use super::intern::{Interner, hash};
use super::mapping::{Mapping, TimeColumns};
use super::number::{self, Reading};
use super::pile::overflow;
use super::problems::Problems;
use super::rules::{Acceptance, Negative};
use super::suspects::Magnitudes;
use super::vocabulary;
use crate::error::Result;
use crate::limits;
use crate::model::{Day, MeasureKind};

pub use crate::model::names::BLANK;

/// Rows that were read and checked, ready for [`Builder::add`](super::Builder::add).
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) source: String,
    pub(super) counts: Counts,
    pub(super) problems: Problems,
    /// Days, since 1970, of the good rows.
    pub(super) days: Vec<i32>,
    /// Codes of each good row's dimensions, into `values`.
    pub(super) codes: Vec<u32>,
    pub(super) values: Vec<Interner>,
    /// Measures of each good row, scaled by `scales`.
    pub(super) sums: Vec<i64>,
    pub(super) scales: Vec<u8>,
    /// A hash of each good row's fields.
    pub(super) hashes: Vec<u64>,
    /// Currencies in order of appearance: the line of the first one, and how many rows name it.
    pub(super) currencies: Vec<(String, u64, u64)>,
    pub(super) magnitudes: Vec<Magnitudes>,
}

impl Batch {
    /// Rows that were read, good or not.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.counts.rows
    }
}

/// What rows were like.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) duplicates: u64,
    pub(super) negative: u64,
    pub(super) empty: u64,
    pub(super) blank_rows: u64,
    pub(super) late: u64,
    pub(super) future: u64,
    pub(super) dropped: u64,
    pub(super) zoned: u64,
    pub(super) denoised: u64,
    pub(super) rounded: Vec<u64>,
    pub(super) blanks: Vec<u64>,
}

impl Counts {
    fn of(mapping: &Mapping) -> Self {
        Self {
            rounded: vec![0; mapping.measures.len()],
            blanks: vec![0; mapping.dimensions.len()],
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, more: &Self) {
        let one = [
            (&mut self.rows, more.rows),
            (&mut self.duplicates, more.duplicates),
            (&mut self.negative, more.negative),
            (&mut self.empty, more.empty),
            (&mut self.blank_rows, more.blank_rows),
            (&mut self.future, more.future),
            (&mut self.zoned, more.zoned),
            (&mut self.denoised, more.denoised),
        ];
        for (sum, value) in one {
            *sum += value;
        }
        for (sums, values) in [
            (&mut self.rounded, &more.rounded),
            (&mut self.blanks, &more.blanks),
        ] {
            sums.resize(sums.len().max(values.len()), 0);
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
    }
}

/// Reads blocks as a mapping says. It is shared between threads.
#[derive(Debug, Clone)]
pub struct Parser {
    pub(super) mapping: Arc<Mapping>,
    /// Scales that measures have at least.
    pub(super) scales: Arc<[u8]>,
    /// The day of ingest: rows of later days are counted, or refused.
    pub(super) today: Option<Day>,
    /// Where a moment becomes a day.
    pub(super) zone: Option<TimeZone>,
}

impl Parser {
    /// A parser of sources with these columns.
    #[must_use]
    pub fn new(mapping: &Arc<Mapping>) -> Self {
        let scales = mapping.measures.iter().map(|m| match m.kind {
            _ if m.scale.is_some() => m.scale.unwrap_or(0),
            MeasureKind::Money => vocabulary::exponent(&m.unit),
            MeasureKind::Quantity => 0,
        });
        Self {
            scales: scales.collect(),
            mapping: Arc::clone(mapping),
            today: None,
            zone: None,
        }
    }

    /// Reads and checks the rows of a block. What is wrong with single rows is kept until the end.
    ///
    /// # Errors
    /// `Invalid` for what is no text, and for a value that does not fit.
    pub fn parse(&self, block: &Block) -> Result<Batch> {
        let mapping = &self.mapping;
        let mut reading = BlockReader {
            parser: self,
            unit: if block.is_table() { "row" } else { "line" },
            dates: Dates::default(),
            row: vec![0; mapping.measures.len()],
            row_codes: vec![0; mapping.dimensions.len()],
            raw: mapping.dimensions.iter().map(|_| Raw::default()).collect(),
            batch: Batch {
                source: block.source.to_string(),
                counts: Counts::of(mapping),
                values: mapping
                    .dimensions
                    .iter()
                    .map(|_| Interner::default())
                    .collect(),
                scales: self.scales.to_vec(),
                magnitudes: vec![Magnitudes::default(); mapping.measures.len()],
                ..Batch::default()
            },
        };
        block.each(&mut reading)?;
        Ok(reading.batch)
    }
}

/// Values of a dimension as they are written, and the codes of what they come to.
#[derive(Debug, Default)]
struct Raw {
    written: Interner,
    codes: Vec<Option<u32>>,
}

/// Dates that were read already: rows of a day come together, or a few days come again and again.
#[derive(Debug, Default)]
struct Dates {
    known: BTreeMap<String, (Day, bool)>,
    last: String,
    day: Option<(Day, bool)>,
}

impl Dates {
    fn read(&mut self, text: &str, order: Order, zone: Option<&TimeZone>) -> Option<(Day, bool)> {
        if self.day.is_some() && self.last == text {
            return self.day;
        }
        let plain = (order == Order::Ymd).then(|| date::plain(text)).flatten();
        let found = match plain {
            Some(day) => (day, false),
            None => {
                if let Some(found) = self.known.get(text) {
                    *found
                } else {
                    let written = (date::read(text, order)?, date::has_zone(text));
                    let found = match zone.filter(|_| written.1) {
                        Some(zone) => (date::in_zone(text, zone)?, false),
                        None => written,
                    };
                    if self.known.len() >= limits::DATES_REMEMBERED_MAX {
                        self.known.clear();
                    }
                    self.known.insert(text.to_owned(), found);
                    found
                }
            }
        };
        self.last.clear();
        self.last.push_str(text);
        self.day = Some(found);
        Some(found)
    }
}

/// A block being read.
struct BlockReader<'a> {
    parser: &'a Parser,
    unit: &'static str,
    dates: Dates,
    row: Vec<i64>,
    row_codes: Vec<u32>,
    raw: Vec<Raw>,
    batch: Batch,
}

impl SeeRow for BlockReader<'_> {
    fn row<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) -> Result<()> {
        let columns = self.parser.mapping.columns.len();
        let count = fields.count();
        if (0..count).all(|i| fields.field(i).trim().is_empty()) {
            self.batch.counts.blank_rows += 1;
            return Ok(());
        }
        self.batch.counts.rows += 1;
        let extra = (columns..count).any(|i| !fields.field(i).trim().is_empty());
        if count < columns || extra {
            let text = format!(
                "{} {line} has {count} fields, the header {columns}: quote fields that hold the delimiter, and fill up short lines",
                self.unit
            );
            self.batch.problems.add("", text);
            self.batch.problems.rows += 1;
            return Ok(());
        }
        let before = self.batch.problems.count;
        let day = self
            .day(line, fields)
            .and_then(|day| self.not_future(line, day));
        let dimensions = self.dimensions(line, fields);
        let measures = self.measures(line, fields)?;
        self.currency(line, fields);
        self.batch.problems.rows += u64::from(self.batch.problems.count > before);
        let (Some(day), true, true) = (day, dimensions, measures) else {
            return Ok(());
        };
        let row = (0..columns).fold(0, |seed, i| hash(fields.field(i).as_bytes(), seed));
        let batch = &mut self.batch;
        batch.hashes.push(row);
        batch.days.push(day.0);
        batch.codes.extend_from_slice(&self.row_codes);
        batch.sums.extend_from_slice(&self.row);
        Ok(())
    }
}

impl BlockReader<'_> {
    fn problem(&mut self, line: u64, column: usize, text: &str) {
        let header = self.parser.mapping.columns.get(column);
        let header = header.map_or("", |c| &c.header);
        let text = format!("{} {line}, column {header:?}: {text}", self.unit);
        self.batch.problems.add(header, text);
    }

    fn day<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) -> Option<Day> {
        match self.parser.mapping.time {
            TimeColumns::Date { column, order } => {
                let text = fields.field(column);
                if let Some((day, zoned)) = self.dates.read(text, order, self.parser.zone.as_ref())
                {
                    self.batch.counts.zoned += u64::from(zoned);
                    return Some(day);
                }
                let text = text.trim();
                let what = if text.is_empty() {
                    "the date is missing: fill it in, or delete the row".to_owned()
                } else {
                    format!(
                        "{text:?} is not a date written {}: correct it",
                        order.name()
                    )
                };
                self.problem(line, column, &what);
                None
            }
            TimeColumns::YearMonth { year, month } => {
                let (y, m) = (fields.field(year).trim(), fields.field(month).trim());
                let (read_y, read_m) = (date::year(y), date::month(m));
                if read_y.is_none() {
                    let text = format!("{y:?} is not a year such as 2024: correct it");
                    self.problem(line, year, &text);
                }
                if read_m.is_none() {
                    let text = format!("{m:?} is not a month (1 to 12, or its name): correct it");
                    self.problem(line, month, &text);
                }
                Day::new(read_y?, read_m?, 1).ok()
            }
        }
    }

    /// The day, unless it lies in the future and must not.
    fn not_future(&mut self, line: u64, day: Day) -> Option<Day> {
        let Some(today) = self.parser.today.filter(|today| day > *today) else {
            return Some(day);
        };
        self.batch.counts.future += 1;
        if self.parser.mapping.rules.future == Acceptance::Keep {
            return Some(day);
        }
        let column = match self.parser.mapping.time {
            TimeColumns::Date { column, .. } => column,
            TimeColumns::YearMonth { year, .. } => year,
        };
        let what = format!("{day} is after {today}, the day of ingest, and [rules] refuse that");
        self.problem(line, column, &what);
        None
    }

    fn dimensions<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) -> bool {
        let mut full = None;
        let batch = &mut self.batch;
        let plans = self.parser.mapping.dimensions.iter();
        let stores = self.raw.iter_mut().zip(&mut batch.values);
        let slots = self.row_codes.iter_mut().zip(&mut batch.counts.blanks);
        for ((plan, (raw, values)), (slot, blank)) in plans.zip(stores).zip(slots) {
            let name = fields.field(plan.column).trim();
            let id = plan.id_column.map_or("", |c| fields.field(c).trim());
            *blank += u64::from(name.is_empty());
            let written = raw.written.code(id, name).map(|w| w as usize);
            let known = written.and_then(|w| raw.codes.get(w).copied());
            let code = known.unwrap_or_else(|| {
                let id = plan.id_column.map_or(name, |_| id);
                let code = value(id, name, values);
                if written.is_some() {
                    raw.codes.push(code);
                }
                code
            });
            match code {
                Some(code) => *slot = code,
                None => full = Some(plan.column),
            }
        }
        if let Some(column) = full {
            self.problem(line, column, &too_many_values());
        }
        full.is_none()
    }

    fn measures<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) -> Result<bool> {
        let parser = self.parser;
        let decimal = parser.mapping.decimal;
        let mut good = true;
        let mut negative = false;
        for (i, measure) in parser.mapping.measures.iter().enumerate() {
            let mut text = fields.field(measure.column).trim();
            let round = measure.scale.is_some();
            let mut column = measure.column;
            let mut read = number_of(text, decimal, round);
            if let Some(price) = measure.times
                && let Reading::Value(quantity) = read
            {
                (text, column) = (fields.field(price).trim(), price);
                read = match number_of(text, decimal, round) {
                    Reading::Value(price) => number::product(quantity, price, round),
                    other => other,
                };
            }
            let value = match read {
                Reading::Empty => {
                    self.batch.counts.empty += 1;
                    0
                }
                Reading::Value(n) => {
                    self.batch.counts.denoised += u64::from(n.denoised);
                    if measure.scale.is_none() {
                        self.raise_scale(i, n.decimals)?;
                    }
                    let scale = self.batch.scales.get(i).copied().unwrap_or(0);
                    let Some((value, rounded)) = n.at_scale(scale) else {
                        let place = format!("{} {} {line}", self.batch.source, self.unit);
                        return Err(overflow(&place, &measure.name));
                    };
                    if rounded && let Some(count) = self.batch.counts.rounded.get_mut(i) {
                        *count += 1;
                    }
                    negative |= value < 0 && (measure.kind == MeasureKind::Quantity || i == 0);
                    value
                }
                wrong => {
                    good = false;
                    let what = wrong_number(text, wrong, decimal);
                    self.problem(line, column, &what);
                    0
                }
            };
            if let Some(seen) = self.batch.magnitudes.get_mut(i) {
                let scale = self.batch.scales.get(i).copied().unwrap_or(0);
                seen.see(value, scale, || format!("{} {line} ({text})", self.unit));
            }
            if let Some(slot) = self.row.get_mut(i) {
                *slot = value;
            }
        }
        self.batch.counts.negative += u64::from(good && negative);
        if good && negative && parser.mapping.rules.negative == Negative::Refuse {
            let column = parser.mapping.measures.first().map_or(0, |m| m.column);
            self.problem(line, column, "the row is negative, and [rules] refuse that");
            good = false;
        }
        Ok(good)
    }

    /// A value with more decimals than any before: what the block held so far is written with as many.
    fn raise_scale(&mut self, measure: usize, decimals: u8) -> Result<()> {
        let batch = &mut self.batch;
        let Some(scale) = batch.scales.get_mut(measure).filter(|s| **s < decimals) else {
            return Ok(());
        };
        let factor = 10_i64.pow(u32::from(decimals - *scale));
        *scale = decimals;
        let width = self.row.len();
        for value in batch.sums.iter_mut().skip(measure).step_by(width) {
            *value = value.checked_mul(factor).ok_or_else(|| {
                let name = self.parser.mapping.measures.get(measure);
                overflow(&batch.source, name.map_or("", |m| &m.name))
            })?;
        }
        Ok(())
    }

    fn currency<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) {
        let Some(column) = self.parser.mapping.currency_column else {
            return;
        };
        let text = fields.field(column).trim();
        if text.is_empty() {
            return;
        }
        let mut known = self.batch.currencies.iter_mut();
        match known.find(|c| c.0.eq_ignore_ascii_case(text)) {
            Some(known) => known.2 += 1,
            None => self.batch.currencies.push((text.to_owned(), line, 1)),
        }
    }
}

fn number_of(text: &str, decimal: number::Decimal, round: bool) -> Reading {
    match number::read(text, decimal) {
        Reading::TooFine if round => number::read_rounded(text, decimal),
        other => other,
    }
}

/// The code of what an id and a name come to.
pub(super) fn value(id: &str, name: &str, values: &mut Interner) -> Option<u32> {
    let name = match (name, id) {
        ("", "") => BLANK,
        ("", id) => id,
        (name, _) => name,
    };
    let id = if id.is_empty() { name } else { id };
    if plain(id) && plain(name) {
        values.code(id, name)
    } else {
        values.code(&tidy(id), &tidy(name))
    }
}

pub(super) fn too_many_values() -> String {
    format!(
        "more than {} different values: leave the column out with ignore in dataset.toml",
        limits::DIMENSION_VALUES_MAX
    )
}

fn wrong_number(text: &str, wrong: Reading, decimal: number::Decimal) -> String {
    match wrong {
        Reading::TooFine => format!(
            "{text:?} has more than {} decimals: round it, or set scale under [[measure]] in dataset.toml to have it rounded",
            limits::SCALE_MAX
        ),
        Reading::TooLarge => format!("{text:?} is larger than a 64-bit integer holds: correct it"),
        _ if number::is_number(text) => format!(
            "{text:?} is not written like the other numbers (decimal {:?}): write all the same way, or set decimal in dataset.toml",
            decimal.char()
        ),
        _ => format!("{text:?} is not a number: correct it, or leave the field empty for zero"),
    }
}

fn plain(text: &str) -> bool {
    !text.chars().any(char::is_control) && text.len() <= limits::NAME_CHARS_MAX
}

/// Names are text of one line and bounded length.
fn tidy(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(limits::NAME_CHARS_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}
