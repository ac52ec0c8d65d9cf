//! Rows to a version: detection, checking, rollups, Parquet bytes, manifest. Pure: hosts read the source and store the
//! objects.
//!
//! A source is read twice. The first pass takes a sample, from which [`detect`](detect()) decides what each column is; the
//! second adds every row to its cell in a [`Builder`]. Only [`Builder::finish`] makes anything, and only if no row was wrong.

mod batch;
mod block;
mod calendar;
mod cells;
pub mod config;
pub mod date;
mod detect;
mod earlier;
mod grains;
mod intern;
mod layout;
pub mod mapping;
mod measures;
pub mod number;
mod output;
mod pile;
mod prints;
mod problems;
mod profile;
mod quality;
mod ratios;
mod record;
mod rolled;
pub mod rules;
mod scratch;
mod settle;
mod shape;
mod sorted;
mod source;
#[cfg(test)]
mod streaming_tests;
mod suspects;
mod targets;
#[cfg(test)]
mod tests;
mod ties;
mod version;
pub mod vocabulary;
mod write;

use std::collections::BTreeMap;
use std::io::Read;

use bytes::Bytes;

pub use batch::{BLANK, Batch, Parser};
pub use block::{Block, Pick, Picks, Rows, Table};
pub use cells::Builder;
pub use config::Config;
pub use detect::detect;
pub use earlier::{Earlier, EarlierCells};
pub use mapping::Mapping;
pub use output::{BuiltFile, Content, MemoryOutput, Output};
pub use profile::{Profile, Sample};
pub use ratios::ratios;
pub use record::record_file;
pub use rolled::{RolledCells, RolledCounts};
pub use scratch::{MemoryScratch, Scratch, ScratchFile};
pub use source::{Blocks, Encoding};
pub use version::{Built, manifest_object, pointer_check, pointer_object, pointer_to};

use crate::error::Result;
use crate::model::{DatasetId, Manifest, Timestamp};

/// Opens a source as `config` says.
///
/// # Errors
/// Those of [`Blocks::open`].
pub fn open<R: Read>(read: R, name: &str, config: &Config) -> Result<Blocks<R>> {
    Blocks::open(read, name, config.encoding()?, config.delimiter()?)
}

/// Takes a sample of a source and decides what its columns are.
///
/// # Errors
/// Those of [`Blocks::open`] and [`detect`](detect()).
pub fn survey<R: Read>(read: R, name: &str, config: &Config) -> Result<(Mapping, Vec<String>)> {
    let mut blocks = open(read, name, config)?;
    let mut sample = Sample {
        headers: blocks.headers().to_vec(),
        rows: Vec::new(),
    };
    while !sample.is_full() {
        match blocks.read()? {
            Some(block) => sample.take(&block)?,
            None => break,
        }
    }
    let mapping = detect(&sample, blocks.delimiter(), name, config)?;
    Ok((mapping, sample.headers))
}

/// Adds every row of a source to a builder.
///
/// # Errors
/// Those of reading, and of sums that do not fit. What is wrong with single rows comes out at [`Builder::finish`].
pub fn aggregate<R: Read>(
    read: R,
    name: &str,
    config: &Config,
    mapping: Mapping,
) -> Result<Builder> {
    let mut blocks = open(read, name, config)?;
    let mut builder = Builder::new(mapping, name);
    let parser = builder.parser();
    while let Some(block) = blocks.read()? {
        builder.add(parser.parse(&block)?)?;
    }
    Ok(builder)
}

/// Ingests a CSV that is in memory: from its bytes to a version that is ready to be published after `current`.
///
/// # Errors
/// `Invalid` with every problem of the source.
pub fn ingest_csv(
    csv: &[u8],
    name: &str,
    dataset: &DatasetId,
    config: &Config,
    current: Option<&Manifest>,
) -> Result<Built> {
    let (mapping, _) = survey(csv, name, config)?;
    let builder = aggregate(csv, name, config, mapping)?;
    builder.finish(dataset, &title(dataset, config), current)
}

/// Ingests a CSV as the first version of a dataset: every object by key, the pointer too.
///
/// # Errors
/// `Invalid` with every problem of the source.
pub fn ingest_csv_bytes(
    csv: &[u8],
    dataset: &str,
    now: Timestamp,
) -> Result<BTreeMap<String, Bytes>> {
    let dataset = DatasetId::new(dataset)?;
    let built = ingest_csv(
        csv,
        &format!("{dataset}.csv"),
        &dataset,
        &Config::default(),
        None,
    )?;
    let mut objects = built.objects()?;
    let (key, bytes) = pointer_object(&built.pointer(now, None), &built.attachments)?;
    objects.insert(key, bytes);
    Ok(objects)
}

/// What people call a dataset: what `config` says, or its id as words.
#[must_use]
pub fn title(dataset: &DatasetId, config: &Config) -> String {
    config
        .title
        .clone()
        .unwrap_or_else(|| vocabulary::label_of(dataset.as_str()))
}
