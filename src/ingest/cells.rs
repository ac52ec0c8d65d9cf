//! Rows to cells: every row is parsed, checked and added to the cell of its dimensions and day. Memory grows with the
//! number of different cells, not of rows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use csv::StringRecord;

use super::date;
use super::mapping::{Mapping, TimeColumns};
use super::number::{self, Reading};
use super::vocabulary;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::{Day, MeasureKind};

/// Day, then the code of each dimension; unused places are zero.
pub(super) type RowKey = [i32; limits::STORED_DIMENSIONS_MAX + 1];

/// Stands for an empty field of a dimension.
pub const BLANK: &str = "(blank)";

/// Adds up a source's rows.
#[derive(Debug)]
pub struct Builder {
    pub(super) mapping: Mapping,
    pub(super) source: String,
    pub(super) values: Vec<Interner>,
    pub(super) index: HashMap<RowKey, usize>,
    pub(super) keys: Vec<RowKey>,
    pub(super) sums: Vec<i64>,
    pub(super) lines: Vec<i64>,
    pub(super) scales: Vec<u8>,
    pub(super) counts: Counts,
    columns: usize,
    currency: Option<String>,
    seen: HashSet<u64>,
    last_date: Option<(String, Day)>,
    row: Vec<i64>,
    problems: Problems,
}

/// What the rows were like.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) duplicates: u64,
    pub(super) negative: u64,
    pub(super) empty: u64,
    pub(super) blank_rows: u64,
    pub(super) zoned: u64,
    pub(super) denoised: u64,
    pub(super) rounded: Vec<u64>,
    pub(super) blanks: Vec<u64>,
    pub(super) days: BTreeSet<Day>,
}

/// The values of one dimension in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Interner {
    codes: HashMap<String, i32>,
    pub(super) values: Vec<(String, String)>,
    scratch: String,
}

impl Interner {
    fn code(&mut self, id: &str, name: &str) -> Option<i32> {
        self.scratch.clear();
        self.scratch.push_str(id);
        self.scratch.push('\u{1f}');
        self.scratch.push_str(name);
        if let Some(code) = self.codes.get(&self.scratch) {
            return Some(*code);
        }
        if self.values.len() >= limits::DIMENSION_VALUES_MAX {
            return None;
        }
        let code = i32::try_from(self.values.len()).ok()?;
        self.codes.insert(self.scratch.clone(), code);
        self.values.push((id.to_owned(), name.to_owned()));
        Some(code)
    }
}

#[derive(Debug, Default)]
struct Problems {
    listed: Vec<String>,
    count: u64,
    by_column: BTreeMap<String, u64>,
}

impl Problems {
    fn add(&mut self, column: &str, text: String) {
        self.count += 1;
        *self.by_column.entry(column.to_owned()).or_default() += 1;
        if self.listed.len() < limits::PROBLEMS_LISTED_MAX {
            self.listed.push(text);
        }
    }
}

impl Builder {
    /// An empty builder for a source of this name and these columns.
    #[must_use]
    pub fn new(mapping: Mapping, source: &str) -> Self {
        let scales = mapping.measures.iter().map(|m| match m.kind {
            _ if m.scale.is_some() => m.scale.unwrap_or(0),
            MeasureKind::Money => vocabulary::exponent(&m.unit),
            MeasureKind::Quantity => 0,
        });
        Self {
            scales: scales.collect(),
            values: mapping
                .dimensions
                .iter()
                .map(|_| Interner::default())
                .collect(),
            counts: Counts {
                rounded: vec![0; mapping.measures.len()],
                blanks: vec![0; mapping.dimensions.len()],
                ..Counts::default()
            },
            columns: mapping.columns.len(),
            row: vec![0; mapping.measures.len()],
            mapping,
            source: source.to_owned(),
            index: HashMap::new(),
            keys: Vec::new(),
            sums: Vec::new(),
            lines: Vec::new(),
            currency: None,
            seen: HashSet::new(),
            last_date: None,
            problems: Problems::default(),
        }
    }

    /// Adds a row that starts on this line. What is wrong with it is kept until the end, so that all of it can be told.
    ///
    /// # Errors
    /// `Invalid` if a sum does not fit, which no later row can mend.
    pub fn push(&mut self, line: u64, record: &StringRecord) -> Result<()> {
        self.counts.rows += 1;
        let extra = record
            .iter()
            .skip(self.columns)
            .any(|f| !f.trim().is_empty());
        if record.len() < self.columns || extra {
            let text = format!(
                "line {line} has {} fields, the header {}: quote fields that hold the delimiter, and fill up short lines",
                record.len(),
                self.columns
            );
            self.problems.add("", text);
            return Ok(());
        }
        if self.seen.len() < limits::DUPLICATES_TRACKED_ROWS_MAX {
            let mut hasher = DefaultHasher::new();
            for field in record {
                field.hash(&mut hasher);
            }
            self.counts.duplicates += u64::from(!self.seen.insert(hasher.finish()));
        }
        let mut key = RowKey::default();
        let day = self.day(line, record);
        let dimensions = self.dimensions(line, record, &mut key);
        let measures = self.measures(line, record)?;
        self.check_currency(line, record);
        let (Some(day), true, true) = (day, dimensions, measures) else {
            return Ok(());
        };
        key[0] = day.0;
        self.counts.days.insert(day);
        self.add(key)
    }

    /// Notes blank rows that the reader skipped.
    pub fn skipped_blank(&mut self, rows: u64) {
        self.counts.blank_rows = rows;
    }

    fn add(&mut self, key: RowKey) -> Result<()> {
        let width = self.row.len();
        let next = self.keys.len();
        let at = *self.index.entry(key).or_insert(next);
        if at == next {
            self.keys.push(key);
            self.lines.push(0);
            self.sums.resize(self.sums.len() + width, 0);
        }
        if let Some(lines) = self.lines.get_mut(at) {
            *lines += 1;
        }
        let cell = self
            .sums
            .get_mut(at * width..(at + 1) * width)
            .unwrap_or_default();
        for ((sum, value), measure) in cell.iter_mut().zip(&self.row).zip(&self.mapping.measures) {
            *sum = sum
                .checked_add(*value)
                .ok_or_else(|| overflow(&self.source, &measure.name))?;
        }
        Ok(())
    }

    fn header(&self, column: usize) -> String {
        self.mapping
            .columns
            .get(column)
            .map_or_else(String::new, |c| c.header.clone())
    }

    fn problem(&mut self, line: u64, column: usize, text: &str) {
        let header = self.header(column);
        let text = format!("line {line}, column {header:?}: {text}");
        self.problems.add(&header, text);
    }

    fn day(&mut self, line: u64, record: &StringRecord) -> Option<Day> {
        match self.mapping.time {
            TimeColumns::Date { column, order } => {
                let text = record.get(column).unwrap_or_default();
                if let Some((last, day)) = &self.last_date
                    && last == text
                {
                    return Some(*day);
                }
                let Some(day) = date::read(text, order) else {
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
                    return None;
                };
                self.counts.zoned += u64::from(date::has_zone(text));
                self.last_date = Some((text.to_owned(), day));
                Some(day)
            }
            TimeColumns::YearMonth { year, month } => {
                let field = |column: usize| record.get(column).unwrap_or_default().trim();
                let (y, m) = (date::year(field(year)), date::month(field(month)));
                if y.is_none() {
                    let text = format!("{:?} is not a year such as 2024: correct it", field(year));
                    self.problem(line, year, &text);
                }
                if m.is_none() {
                    let text = format!(
                        "{:?} is not a month (1 to 12, or its name): correct it",
                        field(month)
                    );
                    self.problem(line, month, &text);
                }
                Day::new(y?, m?, 1).ok()
            }
        }
    }

    fn dimensions(&mut self, line: u64, record: &StringRecord, key: &mut RowKey) -> bool {
        let mut full = None;
        let plans = self.mapping.dimensions.iter().zip(&mut self.values);
        let blanks = &mut self.counts.blanks;
        for ((plan, values), (slot, blank)) in plans.zip(key.iter_mut().skip(1).zip(blanks)) {
            let name = record.get(plan.column).unwrap_or_default().trim();
            let id = plan
                .id_column
                .map_or(name, |c| record.get(c).unwrap_or_default().trim());
            *blank += u64::from(name.is_empty());
            let name = match (name, id) {
                ("", "") => BLANK,
                ("", id) => id,
                (name, _) => name,
            };
            let id = if id.is_empty() { name } else { id };
            let code = if plain(id) && plain(name) {
                values.code(id, name)
            } else {
                values.code(&tidy(id), &tidy(name))
            };
            match code {
                Some(code) => *slot = code,
                None => full = Some(plan.column),
            }
        }
        if let Some(column) = full {
            let text = format!(
                "more than {} different values: leave the column out with ignore in dataset.toml",
                limits::DIMENSION_VALUES_MAX
            );
            self.problem(line, column, &text);
        }
        full.is_none()
    }

    fn measures(&mut self, line: u64, record: &StringRecord) -> Result<bool> {
        let mut good = true;
        let mut negative = false;
        for i in 0..self.mapping.measures.len() {
            let Some(measure) = self.mapping.measures.get(i) else {
                continue;
            };
            let (column, fixed, quantity) = (
                measure.column,
                measure.scale,
                measure.kind == MeasureKind::Quantity,
            );
            let text = record.get(column).unwrap_or_default();
            let read = match number::read(text.trim(), self.mapping.decimal) {
                Reading::TooFine if fixed.is_some() => {
                    number::read_rounded(text.trim(), self.mapping.decimal)
                }
                other => other,
            };
            let value = match read {
                Reading::Empty => {
                    self.counts.empty += 1;
                    0
                }
                Reading::Value(n) => {
                    self.counts.denoised += u64::from(n.denoised);
                    if fixed.is_none() {
                        self.raise_scale(i, n.decimals)?;
                    }
                    let scale = self.scales.get(i).copied().unwrap_or(0);
                    let Some((value, rounded)) = n.at_scale(scale) else {
                        let name = self.mapping.measures.get(i).map_or("", |m| &m.name);
                        return Err(overflow(&format!("{} line {line}", self.source), name));
                    };
                    if let Some(count) = self.counts.rounded.get_mut(i) {
                        *count += u64::from(rounded);
                    }
                    negative |= value < 0 && (quantity || i == 0);
                    value
                }
                wrong => {
                    good = false;
                    let what = wrong_number(text.trim(), wrong, self.mapping.decimal);
                    self.problem(line, column, &what);
                    0
                }
            };
            if let Some(slot) = self.row.get_mut(i) {
                *slot = value;
            }
        }
        self.counts.negative += u64::from(good && negative);
        Ok(good)
    }

    /// A value with more decimals than any before: what was summed so far is written with as many.
    fn raise_scale(&mut self, measure: usize, decimals: u8) -> Result<()> {
        let Some(scale) = self.scales.get_mut(measure).filter(|s| **s < decimals) else {
            return Ok(());
        };
        let factor = 10_i64.pow(u32::from(decimals - *scale));
        *scale = decimals;
        let width = self.row.len();
        for sum in self.sums.iter_mut().skip(measure).step_by(width) {
            *sum = sum.checked_mul(factor).ok_or_else(|| {
                let name = self.mapping.measures.get(measure).map_or("", |m| &m.name);
                overflow(&self.source, name)
            })?;
        }
        Ok(())
    }

    fn check_currency(&mut self, line: u64, record: &StringRecord) {
        let Some(column) = self.mapping.currency_column else {
            return;
        };
        let text = record.get(column).unwrap_or_default().trim();
        if text.is_empty() {
            return;
        }
        match &self.currency {
            None => self.currency = Some(text.to_owned()),
            Some(first) if first.eq_ignore_ascii_case(text) => {}
            Some(first) => {
                let what = format!(
                    "{text:?} after {first:?}: currencies are never added together; ingest one file for each"
                );
                self.problem(line, column, &what);
            }
        }
    }

    /// Everything that was wrong, as one error.
    pub(super) fn check(&self) -> Result<()> {
        if self.problems.count == 0 {
            if self.keys.is_empty() {
                return Err(Error::invalid(format!(
                    "{} has a header but no rows",
                    self.source
                )));
            }
            return Ok(());
        }
        let mut text = format!(
            "{} has {} problem{}; nothing was published",
            self.source,
            self.problems.count,
            if self.problems.count == 1 { "" } else { "s" }
        );
        for problem in &self.problems.listed {
            text.push_str("\n  ");
            text.push_str(problem);
        }
        let more = self.problems.count - self.problems.listed.len() as u64;
        if more > 0 {
            let by: Vec<String> = self
                .problems
                .by_column
                .iter()
                .map(|(column, count)| {
                    let what = if column.is_empty() {
                        "number of fields".to_owned()
                    } else {
                        format!("column {column:?}")
                    };
                    format!("{what} {count}")
                })
                .collect();
            text.push_str("\n  and ");
            text.push_str(&more.to_string());
            text.push_str(" more (altogether: ");
            text.push_str(&by.join(", "));
            text.push(')');
        }
        Err(Error::invalid(text))
    }
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

pub(super) fn overflow(place: &str, measure: &str) -> Error {
    Error::invalid(format!(
        "{place}: the sum of {measure} does not fit into 64 bits: check the column for wrong values, or lower its scale in dataset.toml"
    ))
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
