//! CSV bytes to blocks of whole records: encoding, byte-order mark, delimiter, line ends, line numbers, and quotes that are
//! never closed.

use std::io::Read;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};
use memchr::{memchr, memchr_iter, memrchr};

use super::block::{Block, Rows};
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
const READ_BYTES: usize = 256 << 10;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The records of a CSV source after its header, many at a time.
#[derive(Debug)]
pub struct Blocks<R> {
    inner: R,
    encoding: Encoding,
    after_cr: bool,
    ended: bool,
    raw: Vec<u8>,
    /// Text with `\n` at the ends of lines.
    clean: Vec<u8>,
    cut: Cut,
    /// The line on which `clean` begins.
    line: u64,
    name: Arc<str>,
    headers: Vec<String>,
    delimiter: u8,
}

impl<R: Read> Blocks<R> {
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
        let whole = head.len() < HEAD_BYTES;
        let mut text = head.as_slice();
        if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) || text.contains(&0) {
            return Err(Error::invalid(format!(
                "{name} is not text in UTF-8 (it looks like UTF-16 or a binary file): save it as \"CSV UTF-8\" and ingest that"
            )));
        }
        if text.starts_with(b"PK\x03\x04") || text.starts_with(&[0x1f, 0x8b]) {
            return Err(Error::invalid(format!(
                "{name} is a compressed file or a workbook, not CSV: unpack it, or export the sheet as CSV"
            )));
        }
        text = text.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(text);
        let (mut delimiter, mut line) = (delimiter, 1);
        if let Some(rest) = text.strip_prefix(b"sep=")
            && let Some(end) = memchr(b'\n', rest)
        {
            delimiter = delimiter.or_else(|| rest.first().copied());
            text = rest.get(end + 1..).unwrap_or_default();
            line = 2;
        }
        let delimiter = delimiter.unwrap_or_else(|| sniff(text, whole));
        let mut blocks = Self {
            inner: read,
            encoding,
            after_cr: false,
            ended: false,
            raw: vec![0; READ_BYTES],
            clean: Vec::new(),
            cut: Cut::new(delimiter),
            line,
            name: name.into(),
            headers: Vec::new(),
            delimiter,
        };
        clean(text, encoding, &mut blocks.after_cr, &mut blocks.clean);
        blocks.read_header()?;
        Ok(blocks)
    }

    /// Takes the first record that holds something off the first block.
    fn read_header(&mut self) -> Result<()> {
        while let Some(block) = self.read()? {
            let line = block.line;
            let Rows::Csv { bytes, .. } = block.rows else {
                continue;
            };
            let mut reader = builder(self.delimiter).from_reader(bytes.as_slice());
            let mut record = ByteRecord::new();
            while reader
                .read_byte_record(&mut record)
                .map_err(|e| unreadable(&self.name, e))?
            {
                let end = usize::try_from(reader.position().byte()).unwrap_or(bytes.len());
                let taken = bytes.get(..end).unwrap_or(&bytes);
                let lines = memchr_iter(b'\n', taken).count() as u64;
                let at = starts_on(line + lines, taken, &record);
                let record = text(std::mem::take(&mut record), &self.name, at)?;
                if record.iter().all(|field| field.trim().is_empty()) {
                    continue;
                }
                self.headers = headers(&self.name, at, &record)?;
                let mut rest = bytes.get(end..).unwrap_or_default().to_vec();
                rest.append(&mut self.clean);
                self.clean = rest;
                self.cut = Cut::new(self.delimiter);
                self.line = line + lines;
                return Ok(());
            }
        }
        Err(Error::invalid(format!(
            "{} is empty: it needs a header line and at least one row",
            self.name
        )))
    }

    /// The next block: whole records, some megabytes of them; `None` after the last one.
    ///
    /// # Errors
    /// `Invalid` for an endless record or a quote that is never closed, `Upstream` if the source cannot be read.
    pub fn read(&mut self) -> Result<Option<Block>> {
        while !self.ended && self.clean.len() < limits::SOURCE_BLOCK_BYTES {
            self.fill()?;
        }
        loop {
            self.cut.look(&self.clean, self.ended);
            if self.cut.boundary > 0 || self.clean.is_empty() {
                break;
            }
            if self.ended || self.clean.len() > limits::SOURCE_RECORD_BYTES_MAX {
                return Err(self.endless());
            }
            self.fill()?;
        }
        if self.clean.is_empty() {
            return Ok(None);
        }
        let boundary = self.cut.boundary;
        let rest = self.clean.split_off(boundary);
        let bytes = std::mem::replace(&mut self.clean, rest);
        self.cut.moved(boundary);
        let line = self.line;
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Block {
            source: Arc::clone(&self.name),
            line,
            rows: Rows::Csv {
                bytes,
                delimiter: self.delimiter,
            },
            picks: None,
        }))
    }

    /// What is wrong with a record that has no end. Empty lines before it are not its own.
    fn endless(&self) -> Error {
        let blank = self.clean.iter().take_while(|b| **b == b'\n').count() as u64;
        let line = self.line + blank;
        if self.ended && self.clean.len() <= limits::SOURCE_RECORD_BYTES_MAX {
            return Error::invalid(format!(
                "{} line {line}: a quote (\") that opens here is never closed: close it, or double it if it belongs to the text",
                self.name
            ));
        }
        Error::invalid(format!(
            "{} line {line}: the record that starts here is longer than {} MiB: close the quote (\") that it opens",
            self.name,
            limits::SOURCE_RECORD_BYTES_MAX >> 20
        ))
    }

    fn fill(&mut self) -> Result<()> {
        let n = loop {
            match self.inner.read(&mut self.raw) {
                Ok(n) => break n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(unreadable(&self.name, e)),
            }
        };
        self.ended |= n == 0;
        let raw = self.raw.get(..n).unwrap_or_default();
        clean(raw, self.encoding, &mut self.after_cr, &mut self.clean);
        Ok(())
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
}

/// Finds where records end, without cutting them into fields: a line's end inside of quotes ends nothing.
#[derive(Debug)]
struct Cut {
    delimiter: u8,
    /// How far it has looked.
    seen: usize,
    /// Whether a quote is open there.
    open: bool,
    /// Behind the last record that is whole.
    boundary: usize,
}

impl Cut {
    const fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            seen: 0,
            open: false,
            boundary: 0,
        }
    }

    /// Looks at what is new. The last byte waits for the one after it, unless it is the last one of all.
    fn look(&mut self, text: &[u8], ended: bool) {
        let end = if ended {
            text.len()
        } else {
            text.len().saturating_sub(1)
        };
        while self.seen < end {
            let rest = text.get(self.seen..end).unwrap_or_default();
            let quote = memchr(b'"', rest);
            if self.open {
                let Some(at) = quote else {
                    self.seen = end;
                    break;
                };
                let at = self.seen + at;
                if text.get(at + 1) == Some(&b'"') {
                    // Doubled: it stands for itself.
                    self.seen = at + 2;
                } else {
                    self.open = false;
                    self.seen = at + 1;
                }
                continue;
            }
            let plain = rest.get(..quote.unwrap_or(rest.len())).unwrap_or(rest);
            if let Some(line_end) = memrchr(b'\n', plain) {
                self.boundary = self.seen + line_end + 1;
            }
            let Some(at) = quote else {
                self.seen = end;
                break;
            };
            let at = self.seen + at;
            // A quote opens only where a field begins; elsewhere it is a character like others.
            let before = at.checked_sub(1).and_then(|b| text.get(b));
            self.open = before.is_none_or(|b| *b == self.delimiter || *b == b'\n');
            self.seen = at + 1;
        }
        if ended && !self.open {
            self.boundary = text.len();
        }
    }

    fn moved(&mut self, by: usize) {
        self.seen -= by;
        self.boundary = 0;
    }
}

/// Turns line ends into `\n` and other encodings into UTF-8.
fn clean(mut raw: &[u8], encoding: Encoding, after_cr: &mut bool, into: &mut Vec<u8>) {
    if *after_cr && let Some((first, rest)) = raw.split_first() {
        *after_cr = false;
        raw = if *first == b'\n' { rest } else { raw };
    }
    while let Some(at) = memchr(b'\r', raw) {
        let (line, rest) = raw.split_at(at);
        push(line, encoding, into);
        into.push(b'\n');
        raw = rest.get(1..).unwrap_or_default();
        match raw.split_first() {
            Some((b'\n', rest)) => raw = rest,
            None => *after_cr = true,
            _ => {}
        }
    }
    push(raw, encoding, into);
}

fn push(bytes: &[u8], encoding: Encoding, into: &mut Vec<u8>) {
    if encoding == Encoding::Utf8 || bytes.is_ascii() {
        into.extend_from_slice(bytes);
        return;
    }
    for byte in bytes {
        let mut utf8 = [0; 4];
        let text = windows_1252(*byte).encode_utf8(&mut utf8);
        into.extend_from_slice(text.as_bytes());
    }
}

/// The line on which a record starts that ends with `taken`, the next one being on line `next`.
pub(super) fn starts_on(next: u64, taken: &[u8], record: &ByteRecord) -> u64 {
    // The last record of a source may have no line end of its own.
    let own = u64::from(taken.last() == Some(&b'\n'));
    let inside = memchr_iter(b'\n', record.as_slice()).count() as u64;
    next.saturating_sub(own + inside)
}

/// A record's bytes as text.
pub(super) fn text(record: ByteRecord, name: &str, line: u64) -> Result<StringRecord> {
    StringRecord::from_byte_record(record).map_err(|e| {
        Error::invalid(format!(
            "{name} line {line}, column {}: these bytes are not UTF-8: save the file as \"CSV UTF-8\", or set encoding = \"windows-1252\" in dataset.toml",
            e.utf8_error().field() + 1
        ))
    })
}

pub(super) fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .terminator(Terminator::Any(b'\n'));
    builder
}

pub(super) fn unreadable(name: &str, e: impl std::error::Error + Send + Sync + 'static) -> Error {
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
fn sniff(head: &[u8], whole: bool) -> u8 {
    let text: Vec<u8> = head
        .iter()
        .map(|b| if *b == b'\r' { b'\n' } else { *b })
        .collect();
    let cut = text.iter().rposition(|b| *b == b'\n').filter(|_| !whole);
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
    use super::super::block::{Fields, SeeRow};
    use super::*;

    type Lines = Vec<(u64, Vec<String>)>;

    struct Rows(Lines);

    impl SeeRow for Rows {
        fn row<F: Fields + ?Sized>(&mut self, line: u64, fields: &F) -> Result<()> {
            let fields = (0..fields.count()).map(|i| fields.field(i).to_owned());
            self.0.push((line, fields.collect()));
            Ok(())
        }
    }

    fn read_as(csv: &[u8], encoding: Encoding) -> Result<(u8, Lines)> {
        let mut blocks = Blocks::open(csv, "t.csv", encoding, None)?;
        let mut rows = Rows(vec![(1, blocks.headers().to_vec())]);
        while let Some(block) = blocks.read()? {
            block.each(&mut rows)?;
        }
        Ok((blocks.delimiter(), rows.0))
    }

    fn read(csv: &[u8]) -> Result<(u8, Lines)> {
        read_as(csv, Encoding::Utf8)
    }

    #[test]
    fn lines_are_numbered_as_an_editor_does() {
        for ends in ["\n", "\r\n", "\r"] {
            let csv = ["\u{feff}a,b", "", "1,\"x", "y\"", "", ",", "2,z", "3,w"].join(ends);
            let (delimiter, records) = read(csv.as_bytes()).expect("reads");
            assert_eq!(delimiter, b',');
            let lines: Vec<u64> = records.iter().map(|r| r.0).collect();
            assert_eq!(lines, [1, 3, 6, 7, 8], "{ends:?}");
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
        let latin = read_as(b"a,b\n3,caf\xe9 \x80\n", Encoding::Windows1252);
        assert_eq!(latin.expect("reads").1[1].1[1], "café €");
    }

    /// However a source is cut into blocks, and whichever way a block is read, the records are those of the `csv` crate.
    #[test]
    fn blocks_hold_the_records_that_a_csv_reader_finds() {
        let mut chance = 5_u64;
        let mut draw = |n: usize| {
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(chance >> 33).expect("small") % n
        };
        for round in 0..3_000 {
            let pieces: &[&str] = if round % 2 == 0 {
                &["a", "b", ",", ",", "\n", "\n", "é", " "]
            } else {
                &["a", "\"", "\"", "\"\"", ",", "\n", "\",\"", "x\"y"]
            };
            let body: String = (0..draw(24)).map(|_| pieces[draw(pieces.len())]).collect();
            let mut cut = Cut::new(b',');
            let bytes = body.as_bytes();
            // Grows as a file does, so that every place is once the last one.
            for end in 0..=bytes.len() {
                cut.look(&bytes[..end], end == bytes.len());
                assert!(
                    cut.boundary == 0 || cut.boundary == end || bytes[cut.boundary - 1] == b'\n'
                );
            }
            if cut.open {
                continue;
            }
            assert_eq!(cut.boundary, bytes.len());
            let wanted: Vec<Vec<String>> = builder(b',')
                .from_reader(bytes)
                .records()
                .map(|r| r.expect("text").iter().map(str::to_owned).collect())
                .collect();
            // Cut at every boundary that there is.
            let mut found = Rows(Vec::new());
            let (mut start, mut cut) = (0, Cut::new(b','));
            for end in 1..=bytes.len() {
                cut.look(&bytes[start..end], end == bytes.len());
                if cut.boundary > 0 {
                    let block = Block {
                        source: "t".into(),
                        line: 1 + memchr_iter(b'\n', &bytes[..start]).count() as u64,
                        rows: super::Rows::Csv {
                            bytes: bytes[start..start + cut.boundary].to_vec(),
                            delimiter: b',',
                        },
                        picks: None,
                    };
                    block.each(&mut found).expect("reads");
                    let boundary = cut.boundary;
                    cut.moved(boundary);
                    start += boundary;
                }
            }
            let lines: Vec<u64> = found.0.iter().map(|r| r.0).collect();
            let found: Vec<Vec<String>> = found.0.into_iter().map(|r| r.1).collect();
            assert_eq!(found, wanted, "{body:?}");
            assert!(lines.is_sorted(), "{body:?}: {lines:?}");
        }
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
