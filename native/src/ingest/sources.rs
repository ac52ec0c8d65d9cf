//! Files of every shape, opened by what is in them: CSV, lines of JSON or Parquet; plain, gzip or zstd.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use nearcast::error::{Error, Result};
use nearcast::ingest::{Block, Blocks, Config, Pick, Picks, Sample, open as open_csv};
use nearcast::limits;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::json_lines::{self, LineReader, Lines};
use super::places::Place;
use super::{columns, upstream};

/// How far reading has come.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) bytes: AtomicU64,
}

/// A file's bytes, counted as they are read.
#[derive(Debug)]
struct Counted {
    inner: File,
    tally: Arc<Tally>,
}

impl Read for Counted {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.tally.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

type Bytes = Box<dyn Read + Send>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Csv,
    JsonLines,
    Parquet,
}

/// What is in a file, by its first bytes (unpacked, where they are packed) and not by its name.
fn sniff(place: &Place) -> Result<Kind> {
    let mut head = [0; 512];
    let mut bytes = unpacked(place, &Arc::default())?;
    let mut filled = 0;
    while filled < head.len() {
        let n = bytes.read(head.get_mut(filled..).unwrap_or_default());
        let n = n.map_err(|e| upstream("reading", &place.path, e))?;
        if n == 0 {
            break;
        }
        filled += n;
    }
    let head = head.get(..filled).unwrap_or_default();
    if head.starts_with(b"PAR1") {
        return Ok(Kind::Parquet);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if text.trim_ascii_start().starts_with(b"{") {
        return Ok(Kind::JsonLines);
    }
    if text.trim_ascii_start().starts_with(b"[{") || text.trim_ascii_start() == b"[" {
        return Err(Error::invalid(format!(
            "{} is one JSON list: write its objects on a line each (jq -c '.[]')",
            place.name
        )));
    }
    Ok(Kind::Csv)
}

/// The bytes of a file, unpacked.
fn unpacked(place: &Place, tally: &Arc<Tally>) -> Result<Bytes> {
    let open = || File::open(&place.path).map_err(|e| upstream("opening", &place.path, e));
    let mut magic = Vec::new();
    open()?
        .take(4)
        .read_to_end(&mut magic)
        .map_err(|e| upstream("reading", &place.path, e))?;
    let counted = BufReader::with_capacity(
        256 << 10,
        Counted {
            inner: open()?,
            tally: Arc::clone(tally),
        },
    );
    if magic.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(flate2::bufread::MultiGzDecoder::new(counted)));
    }
    if magic == [0x28, 0xb5, 0x2f, 0xfd] {
        let decoder = zstd::Decoder::with_buffer(counted);
        let decoder = decoder.map_err(|e| upstream("unpacking", &place.path, e))?;
        return Ok(Box::new(decoder));
    }
    Ok(Box::new(counted))
}

/// All files of an ingest, which have the same columns.
#[derive(Debug)]
pub(super) struct Sources {
    places: Vec<(Place, Kind)>,
    /// The columns of the dataset: those of the first file, then those that folders name.
    pub(super) headers: Vec<String>,
    json: Arc<json_lines::Columns>,
    config: Config,
}

/// A file that is being read.
enum Open {
    Csv(Box<Blocks<Bytes>>),
    JsonLines(LineReader<Bytes>),
    Parquet(Box<ParquetRecordBatchReader>, u64),
}

/// A piece of a file, to be turned into a block on any thread.
pub(super) enum Piece {
    Block(Block),
    Lines(
        Lines,
        Arc<str>,
        Arc<json_lines::Columns>,
        Option<Arc<Picks>>,
    ),
    Columns(RecordBatch, u64, Arc<str>, Option<Arc<Picks>>),
}

impl Piece {
    pub(super) fn block(self) -> Result<Block> {
        match self {
            Self::Block(block) => Ok(block),
            Self::Lines(lines, name, columns, picks) => {
                json_lines::block(&lines, &name, &columns, picks)
            }
            Self::Columns(batch, row, name, picks) => columns::block(&batch, &name, row, picks),
        }
    }
}

impl Sources {
    /// Looks into every file: what it is, and that all have the same columns.
    pub(super) fn open(places: Vec<Place>, config: &Config) -> Result<Self> {
        let mut sources = Self {
            places: Vec::new(),
            headers: Vec::new(),
            json: Arc::default(),
            config: config.clone(),
        };
        let mut json = json_lines::Columns::default();
        for place in places {
            let kind = sniff(&place)?;
            if kind == Kind::JsonLines {
                let bytes = unpacked(&place, &Arc::default())?;
                if let Some(lines) = LineReader::new(bytes).read(&place.name)? {
                    json_lines::survey(&lines, &place.name, &mut json)?;
                }
            }
            sources.places.push((place, kind));
        }
        sources.json = Arc::new(json);
        let mut first: Option<(String, Vec<String>)> = None;
        for (place, kind) in &sources.places {
            let own = sources.columns(place, *kind)?;
            match &first {
                None => first = Some((place.name.clone(), own)),
                Some((name, columns)) => agree(name, columns, &place.name, &own)?,
            }
        }
        sources.headers = first.map(|f| f.1).unwrap_or_default();
        Ok(sources)
    }

    /// The columns of a file and of its folders.
    fn columns(&self, place: &Place, kind: Kind) -> Result<Vec<String>> {
        let mut own = match kind {
            Kind::Csv => self.csv(place, &Arc::default())?.headers().to_vec(),
            Kind::JsonLines => self.json.names.clone(),
            Kind::Parquet => columns::open(place)?.1,
        };
        for (column, _) in &place.partitions {
            if !own.iter().any(|c| c.eq_ignore_ascii_case(column)) {
                own.push(column.clone());
            }
        }
        Ok(own)
    }

    fn csv(&self, place: &Place, tally: &Arc<Tally>) -> Result<Blocks<Bytes>> {
        open_csv(unpacked(place, tally)?, &place.name, &self.config)
    }

    /// The first rows, for detection.
    pub(super) fn sample(&self) -> Result<(Sample, u8)> {
        let mut sample = Sample {
            headers: self.headers.clone(),
            rows: Vec::new(),
        };
        let mut delimiter = b',';
        let tally = Arc::default();
        // A few rows of each of the first files: a file for each day or place would else look alike.
        let each = limits::SAMPLE_RECORDS_MAX / self.places.len().clamp(1, 50);
        for (place, kind) in self.places.iter().take(50) {
            let goal = (sample.rows.len() + each).min(limits::SAMPLE_RECORDS_MAX);
            let mut file = self.file(place, *kind, &tally)?;
            if let Open::Csv(blocks) = &file.open {
                delimiter = blocks.delimiter();
            }
            while sample.rows.len() < goal {
                let Some(piece) = file.read()? else { break };
                sample.take_up_to(&piece.block()?, goal)?;
            }
        }
        Ok((sample, delimiter))
    }

    /// Shows every piece of every file in order, until one is not wanted.
    pub(super) fn each(
        &self,
        tally: &Arc<Tally>,
        see: &mut dyn FnMut(Piece) -> bool,
    ) -> Result<()> {
        for (place, kind) in &self.places {
            let mut file = self.file(place, *kind, tally)?;
            while let Some(piece) = file.read()? {
                if !see(piece) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> u64 {
        self.places.iter().map(|p| p.0.bytes).sum()
    }

    fn file(&self, place: &Place, kind: Kind, tally: &Arc<Tally>) -> Result<Reading> {
        let (open, own, weight) = match kind {
            Kind::Csv => {
                let blocks = self.csv(place, tally)?;
                let own = blocks.headers().to_vec();
                (Open::Csv(Box::new(blocks)), own, 0)
            }
            Kind::JsonLines => (
                Open::JsonLines(LineReader::new(unpacked(place, tally)?)),
                self.json.names.clone(),
                0,
            ),
            Kind::Parquet => {
                let (reader, own, rows) = columns::open(place)?;
                let weight = place.bytes.checked_div(rows).unwrap_or(0);
                (Open::Parquet(Box::new(reader), 1), own, weight)
            }
        };
        let picks = self.picks(place, &own);
        Ok(Reading {
            open,
            name: place.name.as_str().into(),
            picks,
            json: Arc::clone(&self.json),
            tally: Arc::clone(tally),
            weight,
        })
    }

    /// Where the dataset's columns are in a file; nothing if they are just its own.
    fn picks(&self, place: &Place, own: &[String]) -> Option<Arc<Picks>> {
        if own == self.headers {
            return None;
        }
        let pick = |header: &String| {
            let same = |c: &String| c.eq_ignore_ascii_case(header);
            if let Some(at) = own.iter().position(same) {
                return Pick::Field(at);
            }
            let folder = place.partitions.iter().find(|p| same(&p.0));
            Pick::Constant(folder.map_or("", |p| p.1.as_str()).into())
        };
        Some(Arc::new(Picks {
            columns: self.headers.iter().map(pick).collect(),
            width: own.len(),
        }))
    }
}

/// A file that is being read, piece by piece.
struct Reading {
    open: Open,
    name: Arc<str>,
    picks: Option<Arc<Picks>>,
    json: Arc<json_lines::Columns>,
    tally: Arc<Tally>,
    /// Bytes of a row, where the reader counts rows.
    weight: u64,
}

impl Reading {
    fn read(&mut self) -> Result<Option<Piece>> {
        match &mut self.open {
            Open::Csv(blocks) => Ok(blocks.read()?.map(|mut block| {
                block.picks.clone_from(&self.picks);
                Piece::Block(block)
            })),
            Open::JsonLines(reader) => Ok(reader.read(&self.name)?.map(|lines| {
                let (name, json) = (Arc::clone(&self.name), Arc::clone(&self.json));
                Piece::Lines(lines, name, json, self.picks.clone())
            })),
            Open::Parquet(reader, row) => {
                let Some(batch) = reader.next() else {
                    return Ok(None);
                };
                let batch = batch.map_err(|e| {
                    Error::invalid(format!("{} is damaged: {e}", self.name)).with_source(e)
                })?;
                let at = *row;
                *row += batch.num_rows() as u64;
                let bytes = self.weight * batch.num_rows() as u64;
                self.tally.bytes.fetch_add(bytes, Ordering::Relaxed);
                Ok(Some(Piece::Columns(
                    batch,
                    at,
                    Arc::clone(&self.name),
                    self.picks.clone(),
                )))
            }
        }
    }
}

/// Checks that two files have the same columns, in whatever order.
fn agree(first: &str, columns: &[String], name: &str, own: &[String]) -> Result<()> {
    let set = |list: &[String]| -> BTreeSet<String> {
        list.iter().map(|c| c.to_ascii_lowercase()).collect()
    };
    let (wanted, found) = (set(columns), set(own));
    if let Some(lacking) = columns
        .iter()
        .find(|c| !found.contains(&c.to_ascii_lowercase()))
    {
        return Err(Error::invalid(format!(
            "{name} has no column {lacking:?}, which {first} has: ingest files of the same columns together"
        )));
    }
    if let Some(more) = own
        .iter()
        .find(|c| !wanted.contains(&c.to_ascii_lowercase()))
    {
        return Err(Error::invalid(format!(
            "{name} has a column {more:?}, which {first} has not: ingest files of the same columns together"
        )));
    }
    Ok(())
}
