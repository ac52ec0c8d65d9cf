//! Lines of JSON to rows of text: nested objects become columns named with dots, numbers stay as they are written.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use nearcast::error::{Error, Result};
use nearcast::ingest::{Block, Picks, Rows, Table};
use nearcast::limits;
use serde_json::value::RawValue;

/// Whole lines of a file.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) bytes: Vec<u8>,
    /// The line on which they begin, from 1.
    pub(super) line: u64,
}

/// Cuts a file into pieces of whole lines.
#[derive(Debug)]
pub(super) struct LineReader<R> {
    inner: R,
    rest: Vec<u8>,
    line: u64,
    ended: bool,
}

impl<R: Read> LineReader<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            rest: Vec::new(),
            line: 1,
            ended: false,
        }
    }

    pub(super) fn read(&mut self, name: &str) -> Result<Option<Lines>> {
        let mut cut = None;
        while cut.is_none() {
            while !self.ended && self.rest.len() < limits::SOURCE_BLOCK_BYTES {
                let wanted = (limits::SOURCE_BLOCK_BYTES - self.rest.len()) as u64;
                let n = self.inner.by_ref().take(wanted).read_to_end(&mut self.rest);
                let n = n.map_err(|e| {
                    Error::upstream(format!("{name} cannot be read: {e}")).with_source(e)
                })?;
                self.ended = n == 0;
            }
            if self.rest.is_empty() {
                return Ok(None);
            }
            cut = match self.rest.iter().rposition(|b| *b == b'\n') {
                // The last line needs no end of its own.
                _ if self.ended => Some(self.rest.len()),
                Some(at) => Some(at + 1),
                None => {
                    return Err(Error::invalid(format!(
                        "{name} line {}: longer than {} MiB: write one JSON object on each line",
                        self.line,
                        limits::SOURCE_BLOCK_BYTES >> 20
                    )));
                }
            };
        }
        let rest = self.rest.split_off(cut.unwrap_or(0));
        let bytes = std::mem::replace(&mut self.rest, rest);
        let line = self.line;
        self.line += bytes.split(|b| *b == b'\n').count() as u64 - 1;
        Ok(Some(Lines { bytes, line }))
    }
}

/// Columns of JSON lines, by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    index: BTreeMap<String, usize>,
}

impl Columns {
    pub(super) fn add(&mut self, name: &str) {
        if !self.index.contains_key(name) {
            self.index.insert(name.to_owned(), self.names.len());
            self.names.push(name.to_owned());
        }
    }
}

/// Shown the fields of each line.
trait See {
    fn field(&mut self, name: &str, text: &str) -> Result<()>;
    /// The line has ended; whether to go on.
    fn end(&mut self) -> bool;
}

struct Survey<'a> {
    left: usize,
    columns: &'a mut Columns,
}

impl See for Survey<'_> {
    fn field(&mut self, name: &str, _text: &str) -> Result<()> {
        self.columns.add(name);
        Ok(())
    }

    fn end(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left > 0
    }
}

/// Notes the names of the fields of the first lines.
pub(super) fn survey(lines: &Lines, name: &str, columns: &mut Columns) -> Result<()> {
    let left = limits::SAMPLE_RECORDS_MAX;
    each(lines, name, &mut Survey { left, columns })
}

struct Filling<'a> {
    columns: &'a Columns,
    row: Vec<String>,
    table: Table,
}

impl See for Filling<'_> {
    fn field(&mut self, name: &str, text: &str) -> Result<()> {
        let at = self.columns.index.get(name);
        if let Some(slot) = at.and_then(|at| self.row.get_mut(*at)) {
            slot.clear();
            slot.push_str(text);
            return Ok(());
        }
        if text.is_empty() {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "the field {name:?} is in none of the first {} lines: put a line that has it first, or leave it out",
            limits::SAMPLE_RECORDS_MAX
        )))
    }

    fn end(&mut self) -> bool {
        for field in &mut self.row {
            self.table.text.push_str(field);
            let end = u32::try_from(self.table.text.len());
            self.table.ends.push(end.unwrap_or(u32::MAX));
            field.clear();
        }
        true
    }
}

/// Turns lines into a block of rows with these columns; blank lines are rows of empty fields, so that lines are counted.
pub(super) fn block(
    lines: &Lines,
    name: &Arc<str>,
    columns: &Columns,
    picks: Option<Arc<Picks>>,
) -> Result<Block> {
    let width = columns.names.len();
    let mut filling = Filling {
        columns,
        row: vec![String::new(); width],
        table: Table {
            columns: width,
            ..Table::default()
        },
    };
    each(lines, name, &mut filling)?;
    Ok(Block {
        source: Arc::clone(name),
        line: lines.line,
        rows: Rows::Table(filling.table),
        picks,
    })
}

fn each(lines: &Lines, name: &str, see: &mut impl See) -> Result<()> {
    let mut path = String::new();
    for (line, text) in (lines.line..).zip(lines.bytes.split(|b| *b == b'\n')) {
        let text = if line == 1 {
            text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
        } else {
            text
        };
        if !text.trim_ascii().is_empty() {
            let place = || format!("{name} line {line}");
            let fields: BTreeMap<String, &RawValue> =
                serde_json::from_slice(text).map_err(|e| {
                    Error::invalid(format!(
                        "{} is not a JSON object ({e}): write one object on each line",
                        place()
                    ))
                })?;
            object(&fields, &mut path, see).map_err(|e| e.context(place()))?;
        }
        if !see.end() {
            break;
        }
    }
    Ok(())
}

/// Shows the fields of an object; `path` names the objects around it.
fn object(
    fields: &BTreeMap<String, &RawValue>,
    path: &mut String,
    see: &mut impl See,
) -> Result<()> {
    for (name, value) in fields {
        let before = path.len();
        if before > 0 {
            path.push('.');
        }
        path.push_str(name);
        let text = value.get();
        match text.as_bytes().first() {
            Some(b'{') => {
                let inner: BTreeMap<String, &RawValue> = parse(text)?;
                if path.matches('.').count() >= limits::NESTING_MAX {
                    return Err(Error::invalid(format!("{path:?} is nested too deeply")));
                }
                object(&inner, path, see)?;
            }
            Some(b'[') => {
                return Err(Error::invalid(format!(
                    "the field {path:?} is a list, which is no column: write one line for each of its entries, or leave it out"
                )));
            }
            Some(b'"') => {
                let text: std::borrow::Cow<'_, str> = parse(text)?;
                see.field(path, &text)?;
            }
            Some(b'n') => see.field(path, "")?,
            _ => see.field(path, text)?,
        }
        path.truncate(before);
    }
    Ok(())
}

fn parse<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| Error::invalid(format!("no JSON: {e}")).with_source(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_become_columns_with_dots() {
        let text =
            b"{\"a\":1.50,\"b\":{\"c\":\"x\\\"y\",\"d\":null}}\n\n{\"b\":{\"c\":true},\"a\":-2e3}";
        let mut reader = LineReader::new(&text[..]);
        let lines = reader.read("t").expect("reads").expect("lines");
        let mut columns = Columns::default();
        survey(&lines, "t", &mut columns).expect("objects");
        assert_eq!(columns.names, ["a", "b.c", "b.d"]);
        let block = block(&lines, &"t".into(), &columns, None).expect("rows");
        let Rows::Table(table) = block.rows else {
            panic!("no table");
        };
        assert_eq!(table.text, "1.50x\"y-2e3true");
        assert_eq!(table.ends, [4, 7, 7, 7, 7, 7, 11, 15, 15]);
        assert!(reader.read("t").expect("reads").is_none());
        for (bad, part) in [
            ("{\"a\":[1]}", "list"),
            ("[1]", "line 1 is not a JSON object"),
            ("{\"a\":", "line 1"),
        ] {
            let lines = Lines {
                bytes: bad.into(),
                line: 1,
            };
            let error = survey(&lines, "t", &mut columns).expect_err(bad);
            assert!(error.message().contains(part), "{error}");
        }
    }
}
