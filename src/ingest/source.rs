//! CSV bytes to records: encoding, byte-order mark, delimiter, line numbers, and quotes that are never closed.

use std::cell::Cell;
use std::io::{Chain, Cursor, Read};
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};

use crate::error::{Error, Result};
use crate::limits;

/// How the bytes of a source stand for characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    #[default]
    Utf8,
    /// Windows code page 1252, which covers Latin-1.
    Windows1252,
}

const HEAD_BYTES: usize = 64 << 10;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Follows the source's last byte as a record of its own; an open quote swallows it, and so is found out.
const END: &str = "\u{1}end of source\u{1}";

/// The records of a CSV source after its header.
#[derive(Debug)]
pub struct Records<R> {
    reader: csv::Reader<Cleaned<R>>,
    left: Rc<Cell<usize>>,
    record: StringRecord,
    name: String,
    headers: Vec<String>,
    delimiter: u8,
    lines_before: u64,
    blank: u64,
    ended: bool,
}

impl<R: Read> Records<R> {
    /// Opens a source: finds its delimiter unless one is given, and reads its header.
    ///
    /// # Errors
    /// `Invalid` if there is no usable header; `Upstream` if it cannot be read.
    pub fn open(
        mut read: R,
        name: &str,
        encoding: Encoding,
        delimiter: Option<u8>,
    ) -> Result<Self> {
        let mut head = Vec::new();
        read.by_ref()
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)
            .map_err(|e| unreadable(name, e))?;
        if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) || head.contains(&0) {
            return Err(Error::invalid(format!(
                "{name} is not text in UTF-8 (it looks like UTF-16 or a binary file): save it as \"CSV UTF-8\" and ingest that"
            )));
        }
        if head.starts_with(b"PK\x03\x04") || head.starts_with(&[0x1f, 0x8b]) {
            return Err(Error::invalid(format!(
                "{name} is a compressed file or a workbook, not CSV: unpack it, or export the sheet as CSV"
            )));
        }
        if head.starts_with(&[0xef, 0xbb, 0xbf]) {
            head.drain(..3);
        }
        let mut delimiter = delimiter;
        let mut lines_before = 0;
        if let Some(rest) = head.strip_prefix(b"sep=")
            && let Some(end) = rest.iter().position(|b| *b == b'\n')
        {
            delimiter = delimiter.or_else(|| rest.first().copied());
            head.drain(..end + 5);
            lines_before = 1;
        }
        let delimiter = delimiter.unwrap_or_else(|| sniff(&head));
        let left = Rc::new(Cell::new(limits::SOURCE_RECORD_BYTES_MAX));
        let cleaned = Cleaned {
            inner: Cursor::new(head).chain(read),
            encoding,
            after_cr: false,
            ended: false,
            ready: Vec::new(),
            taken: 0,
            raw: vec![0; HEAD_BYTES],
            left: Rc::clone(&left),
        };
        let reader = builder(delimiter)
            .buffer_capacity(HEAD_BYTES)
            .from_reader(cleaned);
        let mut records = Self {
            reader,
            left,
            record: StringRecord::new(),
            name: name.to_owned(),
            headers: Vec::new(),
            delimiter,
            lines_before,
            blank: 0,
            ended: false,
        };
        records.headers = match records.read()? {
            None => {
                return Err(Error::invalid(format!(
                    "{name} is empty: it needs a header line and at least one row"
                )));
            }
            Some((line, record)) => headers(name, line, record)?,
        };
        Ok(records)
    }

    /// The next record that is not blank, with the line on which it starts.
    ///
    /// # Errors
    /// `Invalid` for bytes that are not text, an endless record or a quote that is never closed.
    pub fn read(&mut self) -> Result<Option<(u64, &StringRecord)>> {
        loop {
            if self.ended {
                return Ok(None);
            }
            let mut bytes: ByteRecord = std::mem::take(&mut self.record).into_byte_record();
            self.left.set(limits::SOURCE_RECORD_BYTES_MAX);
            let began = self.reader.position().line() + self.lines_before;
            match self.reader.read_byte_record(&mut bytes) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(_) if self.left.get() == 0 => {
                    return Err(Error::invalid(format!(
                        "{} line {began}: the record that starts here is longer than {} MiB: close the quote (\") that it opens",
                        self.name,
                        limits::SOURCE_RECORD_BYTES_MAX >> 20
                    )));
                }
                Err(e) => return Err(unreadable(&self.name, e)),
            }
            let inside = bytes.as_slice().split(|b| *b == b'\n').count() as u64 - 1;
            let line =
                (self.reader.position().line() + self.lines_before).saturating_sub(1 + inside);
            let record = StringRecord::from_byte_record(bytes).map_err(|e| {
                Error::invalid(format!(
                    "{} line {line}, column {}: these bytes are not UTF-8: save the file as \"CSV UTF-8\", or set encoding = \"windows-1252\" in dataset.toml",
                    self.name,
                    e.utf8_error().field() + 1
                ))
            })?;
            if record.as_slice().trim_end().ends_with(END) {
                self.ended = true;
                // What an open quote swallowed has no line end of its own.
                let line = line + 1;
                if record.len() == 1 && record.as_slice() == END {
                    return Ok(None);
                }
                return Err(Error::invalid(format!(
                    "{} line {line}: a quote (\") that opens here is never closed: close it, or double it if it belongs to the text",
                    self.name
                )));
            }
            let blank = record.iter().all(|field| field.trim().is_empty());
            self.record = record;
            if !blank {
                return Ok(Some((line, &self.record)));
            }
            self.blank += 1;
        }
    }

    /// The names of the columns.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The delimiter.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The source's name in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Rows with nothing in any field so far (empty lines are not even records).
    #[must_use]
    pub fn blank(&self) -> u64 {
        self.blank
    }
}

fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .terminator(Terminator::Any(b'\n'));
    builder
}

fn unreadable(name: &str, e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(
        crate::error::ErrorKind::Upstream,
        format!("{name} cannot be read: {e}"),
    )
    .with_source(e)
}

/// Checks the header: names there, not twice, and names rather than data.
fn headers(name: &str, line: u64, record: &StringRecord) -> Result<Vec<String>> {
    let mut fields: Vec<String> = record.iter().map(|f| f.trim().to_owned()).collect();
    while fields.last().is_some_and(String::is_empty) {
        fields.pop();
    }
    if fields.len() > limits::SOURCE_COLUMNS_MAX {
        return Err(Error::invalid(format!(
            "{name} has {} columns: at most {} are read",
            fields.len(),
            limits::SOURCE_COLUMNS_MAX
        )));
    }
    let data = fields
        .iter()
        .find(|f| super::number::is_number(f) || !super::date::Orders::of(f).is_empty());
    if let Some(field) = data {
        return Err(Error::invalid(format!(
            "{name} line {line} should name the columns, but holds {field:?}: put a line with the columns' names first"
        )));
    }
    for (i, field) in fields.iter_mut().enumerate() {
        if field.is_empty() {
            *field = format!("column {}", i + 1);
        }
    }
    for (i, field) in fields.iter().enumerate() {
        let again = fields
            .iter()
            .skip(i + 1)
            .position(|f| f.eq_ignore_ascii_case(field));
        if let Some(other) = again {
            return Err(Error::invalid(format!(
                "{name} line {line}: columns {} and {} are both called {field:?}: rename one",
                i + 1,
                i + other + 2
            )));
        }
    }
    Ok(fields)
}

/// The delimiter that cuts the head most evenly, and among those the one that makes most columns.
fn sniff(head: &[u8]) -> u8 {
    let text: Vec<u8> = head
        .iter()
        .map(|b| if *b == b'\r' { b'\n' } else { *b })
        .collect();
    let cut = text
        .iter()
        .rposition(|b| *b == b'\n')
        .filter(|_| head.len() >= HEAD_BYTES);
    let text = text.get(..cut.unwrap_or(text.len())).unwrap_or(&text);
    let mut best = (0, 0, b',');
    for delimiter in DELIMITERS {
        let mut reader = builder(delimiter).from_reader(text);
        let widths: Vec<usize> = reader
            .byte_records()
            .take(200)
            .filter_map(|r| r.ok().map(|r| r.len()))
            .collect();
        let Some(first) = widths.first().copied().filter(|w| *w > 1) else {
            continue;
        };
        let even = widths.iter().filter(|w| **w == first).count() * 100 / widths.len();
        if (even, first) > (best.0, best.1) {
            best = (even, first, delimiter);
        }
    }
    best.2
}

/// Bytes on their way to the CSV parser: line ends become `\n`, other encodings UTF-8, and [`END`] follows the last one.
#[derive(Debug)]
struct Cleaned<R> {
    inner: Chain<Cursor<Vec<u8>>, R>,
    encoding: Encoding,
    after_cr: bool,
    ended: bool,
    ready: Vec<u8>,
    taken: usize,
    raw: Vec<u8>,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Cleaned<R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        while self.taken == self.ready.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let rest = self.ready.get(self.taken..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.taken += n;
        let left = self.left.get();
        if left == 0 {
            return Err(std::io::Error::other("the record is too long"));
        }
        self.left.set(left.saturating_sub(n));
        Ok(n)
    }
}

impl<R: Read> Cleaned<R> {
    fn fill(&mut self) -> std::io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        let n = match self.inner.read(&mut self.raw) {
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            Err(e) => return Err(e),
        };
        let raw = self.raw.get(..n).unwrap_or_default();
        if raw.is_empty() {
            self.ended = true;
            self.ready.push(b'\n');
            self.ready.extend_from_slice(END.as_bytes());
            self.ready.push(b'\n');
            return Ok(());
        }
        let plain = !self.after_cr && !raw.contains(&b'\r') && self.encoding == Encoding::Utf8;
        if plain {
            self.ready.extend_from_slice(raw);
            return Ok(());
        }
        for &byte in raw {
            match byte {
                b'\r' => self.ready.push(b'\n'),
                b'\n' if self.after_cr => {}
                0x80.. if self.encoding == Encoding::Windows1252 => {
                    let mut utf8 = [0; 4];
                    let text = windows_1252(byte).encode_utf8(&mut utf8);
                    self.ready.extend_from_slice(text.as_bytes());
                }
                _ => self.ready.push(byte),
            }
            self.after_cr = byte == b'\r';
        }
        Ok(())
    }
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80)
        .and_then(|i| HIGH.get(usize::from(i)).copied())
        .unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lines = Vec<(u64, Vec<String>)>;

    fn read(csv: &[u8]) -> Result<(u8, Lines)> {
        let mut records = Records::open(csv, "t.csv", Encoding::Utf8, None)?;
        let mut all = vec![(1, records.headers().to_vec())];
        let delimiter = records.delimiter();
        while let Some((line, record)) = records.read()? {
            all.push((line, record.iter().map(str::to_owned).collect()));
        }
        Ok((delimiter, all))
    }

    #[test]
    fn lines_are_numbered_as_an_editor_does() {
        for ends in ["\n", "\r\n", "\r"] {
            let csv = ["\u{feff}a,b", "", "1,\"x", "y\"", "", ",", "2,z", "3,w"].join(ends);
            let (delimiter, records) = read(csv.as_bytes()).expect("reads");
            assert_eq!(delimiter, b',');
            let lines: Vec<u64> = records.iter().map(|r| r.0).collect();
            assert_eq!(lines, [1, 3, 7, 8], "{ends:?}");
            assert_eq!(records[1].1, ["1", "x\ny"]);
            assert_eq!(records[0].1, ["a", "b"]);
        }
    }

    #[test]
    fn the_delimiter_is_found_and_quotes_protect_others() {
        for (csv, wanted) in [
            ("a;b;c\n1,5;\"x;y\";3\n2,5;z;4\n", b';'),
            ("a\tb\n1,2\tx\n3\ty, z\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("a,b,c\n1,\"x;y;z\",2\n", b','),
            ("sep=;\r\na;b\r\n1;2\r\n", b';'),
        ] {
            assert_eq!(read(csv.as_bytes()).expect("reads").0, wanted, "{csv:?}");
        }
    }

    #[test]
    fn an_open_quote_and_a_stray_byte_name_their_line() {
        let error = read(b"a,b\n1,2\n3,\"x\n4,5\n").expect_err("open quote");
        assert!(error.message().contains("line 3"), "{error}");
        let long = format!("a,b\n1,2\n3,\"{}\n", "x,y\n".repeat(3 << 20));
        let error = read(long.as_bytes()).expect_err("endless record");
        assert!(error.message().contains("line 3"), "{error}");
        let error = read(b"a,b\n1,2\n\n3,caf\xe9\n").expect_err("latin-1");
        assert!(error.message().contains("line 4, column 2"), "{error}");
        let mut latin = Records::open(
            &b"a,b\n3,caf\xe9 \x80\n"[..],
            "t",
            Encoding::Windows1252,
            None,
        )
        .expect("opens");
        let (_, record) = latin.read().expect("reads").expect("a record");
        assert_eq!(record.get(1), Some("café €"));
    }

    #[test]
    fn headers_must_be_names_and_differ() {
        for (csv, part) in [
            ("", "empty"),
            ("\n\n", "empty"),
            ("a,b,A\n1,2,3\n", "columns 1 and 3"),
            ("2024-01-01,5,x\n", "should name the columns"),
            ("PK\u{3}\u{4}zip", "compressed"),
        ] {
            let error = read(csv.as_bytes()).expect_err(csv);
            assert!(error.message().contains(part), "{csv:?}: {error}");
        }
    }
}
