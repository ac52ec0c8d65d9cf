//! Some rows of a source, and how they are cut into fields.

use std::sync::Arc;

use csv::{ByteRecord, StringRecord};
use memchr::memchr_iter;

use super::source;
use crate::error::Result;

/// Some rows of a source that follow each other.
#[derive(Debug, Clone)]
pub struct Block {
    /// The source's name in messages.
    pub source: Arc<str>,
    /// The line (or row) on which the block begins, counted from 1.
    pub line: u64,
    /// Its rows.
    pub rows: Rows,
    /// Where the dataset's columns are, if not just in the order of the fields.
    pub picks: Option<Arc<Picks>>,
}

/// Where each column of a dataset is in the rows of one file: files of one ingest may order their columns differently, and
/// the names of folders may hold some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picks {
    /// For each column of the dataset its place.
    pub columns: Vec<Pick>,
    /// Fields that a row of the file has.
    pub width: usize,
}

/// Where a column is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// In this field.
    Field(usize),
    /// The same in every row.
    Constant(Arc<str>),
}

/// The fields of a row in the dataset's order.
struct Picked<'a, F: ?Sized>(&'a F, &'a Picks);

impl<F: Fields + ?Sized> Fields for Picked<'_, F> {
    fn count(&self) -> usize {
        let (own, wanted) = (self.0.count(), self.1.width);
        // Too many or too few fields stay too many or too few.
        (self.1.columns.len() + own).saturating_sub(wanted)
    }

    fn field(&self, column: usize) -> &str {
        match self.1.columns.get(column) {
            Some(Pick::Field(at)) => self.0.field(*at),
            Some(Pick::Constant(text)) => text,
            None => self.0.field(self.1.width + column - self.1.columns.len()),
        }
    }
}

/// Shows rows in the dataset's order.
struct Picking<'a, S>(&'a mut S, &'a Picks);

impl<S: SeeRow> SeeRow for Picking<'_, S> {
    fn row<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) -> Result<()> {
        self.0.row(line, &Picked(fields, self.1))
    }
}

/// Rows as they came.
#[derive(Debug, Clone)]
pub enum Rows {
    /// Whole records of CSV.
    Csv {
        /// Text with `\n` at the ends of lines.
        bytes: Vec<u8>,
        /// The character between fields.
        delimiter: u8,
    },
    /// Fields of a source that is no text, one row after the other; messages count rows, not lines.
    Table(Table),
}

/// Rows of fields, all rows with as many.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// All fields, one after the other.
    pub text: String,
    /// Where each field ends in `text`, bytes.
    pub ends: Vec<u32>,
    /// Fields of a row.
    pub columns: usize,
}

/// The fields of one row.
pub(super) trait Fields {
    /// How many there are.
    fn count(&self) -> usize;
    /// One of them; nothing beyond the last.
    fn field(&self, column: usize) -> &str;
}

impl Fields for StringRecord {
    fn count(&self) -> usize {
        self.len()
    }

    fn field(&self, column: usize) -> &str {
        self.get(column).unwrap_or_default()
    }
}

impl Fields for [&str] {
    fn count(&self) -> usize {
        self.len()
    }

    fn field(&self, column: usize) -> &str {
        self.get(column).copied().unwrap_or_default()
    }
}

/// Shows a row: its line, and its fields.
pub(super) trait SeeRow {
    fn row<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) -> Result<()>;
}

impl Block {
    /// Whether messages count rows, not lines.
    #[must_use]
    pub fn is_table(&self) -> bool {
        matches!(self.rows, Rows::Table(_))
    }

    /// Bytes that the rows take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.rows {
            Rows::Csv { bytes, .. } => bytes.len(),
            Rows::Table(table) => table.text.len() + table.ends.len() * 4,
        }
    }

    /// Shows every row in order, the blank ones too; an empty line is no row.
    pub(super) fn each(&self, see: &mut impl SeeRow) -> Result<()> {
        match &self.picks {
            Some(picks) => self.rows(&mut Picking(see, picks)),
            None => self.rows(see),
        }
    }

    fn rows(&self, see: &mut impl SeeRow) -> Result<()> {
        match &self.rows {
            Rows::Csv { bytes, delimiter } => match std::str::from_utf8(bytes) {
                Ok(text) if memchr::memchr(b'"', bytes).is_none() => {
                    plain(text, *delimiter, self.line, see)
                }
                _ => self.quoted(bytes, *delimiter, see),
            },
            Rows::Table(table) => {
                let mut fields = Vec::with_capacity(table.columns);
                let mut start = 0;
                for (ends, line) in table.ends.chunks(table.columns.max(1)).zip(self.line..) {
                    fields.clear();
                    for end in ends {
                        let end = *end as usize;
                        fields.push(table.text.get(start..end).unwrap_or_default());
                        start = end;
                    }
                    see.row(line, fields.as_slice())?;
                }
                Ok(())
            }
        }
    }

    fn quoted(&self, bytes: &[u8], delimiter: u8, see: &mut impl SeeRow) -> Result<()> {
        let mut reader = source::builder(delimiter).from_reader(bytes);
        let mut record = ByteRecord::new();
        while reader
            .read_byte_record(&mut record)
            .map_err(|e| source::unreadable(&self.source, e))?
        {
            let end = usize::try_from(reader.position().byte()).unwrap_or(bytes.len());
            let taken = bytes.get(..end).unwrap_or(bytes);
            let next = reader.position().line() + self.line - 1;
            let line = source::starts_on(next, taken, &record);
            let text = source::text(record, &self.source, line)?;
            see.row(line, &text)?;
            record = text.into_byte_record();
        }
        Ok(())
    }
}

/// Without a quote in sight a line is a record, and its fields lie between delimiters.
fn plain(text: &str, delimiter: u8, first: u64, see: &mut impl SeeRow) -> Result<()> {
    let mut fields: Vec<&str> = Vec::new();
    let (mut start, mut line) = (0, first);
    let ends = memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    for end in ends {
        let record = text.get(start..end).unwrap_or_default();
        if !record.is_empty() {
            fields.clear();
            let mut from = 0;
            for at in memchr_iter(delimiter, record.as_bytes()) {
                fields.push(record.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            fields.push(record.get(from..).unwrap_or_default());
            see.row(line, fields.as_slice())?;
        }
        start = end + 1;
        line += 1;
    }
    Ok(())
}
