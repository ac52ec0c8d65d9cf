//! Ingest: reads files of every shape, reports, and publishes into a store.

mod columns;
pub(crate) mod documents;
mod json_lines;
mod pipeline;
mod places;
pub(crate) mod record;
mod scratch;
mod sources;
pub(crate) mod summary;

use std::io;
use std::path::{Path, PathBuf};

use nearcast::error::{Error, Result};
use nearcast::ingest::{self, Builder, Built, Config, Mapping, Sample};
use nearcast::limits;
use nearcast::model::{DatasetId, Day, Timestamp, VersionId};

use crate::append::{Append, Carried, Restate};
use crate::publish::{self, Published, Publisher};
use documents::Documents;
use places::expand;
pub use scratch::{StagingFolder, TemporaryFiles};
use sources::Sources;

/// What to ingest, and where to.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// Files, patterns and directories.
    pub sources: Vec<PathBuf>,
    /// The store: a directory, or `s3://bucket/prefix`.
    pub out: PathBuf,
    /// The dataset; named after the first source if not given.
    pub dataset: Option<String>,
    /// What people call the dataset; overrides `dataset.toml`.
    pub title: Option<String>,
    /// A `dataset.toml` to use instead of the one beside the data.
    pub config: Option<PathBuf>,
    /// Do everything but write.
    pub dry_run: bool,
    /// Add the rows to the current version instead of replacing it; and what becomes of days that are there already.
    pub append: Option<Restate>,
    /// Leave out the forecasts that are kept with the version, to be held against what comes.
    pub no_forecasts: bool,
    /// The owner's documents: files and folders. None keeps those that the dataset has; the word `none` removes them.
    pub documents: Vec<PathBuf>,
    /// Threads that parse; as many as there are processors if not given. Their number changes nothing but the time.
    pub threads: Option<usize>,
    /// Cells that are kept in memory, bytes; changes nothing but the time.
    pub memory_bytes: usize,
    /// The time of publication.
    pub now: Timestamp,
}

impl IngestOptions {
    /// One source into a directory store, everything else as it is without options.
    #[must_use]
    pub fn new(source: &Path, out: &Path, now: Timestamp) -> Self {
        Self {
            sources: vec![source.to_owned()],
            out: out.to_owned(),
            dataset: None,
            title: None,
            config: None,
            dry_run: false,
            append: None,
            no_forecasts: false,
            documents: Vec::new(),
            threads: None,
            memory_bytes: limits::INGEST_PILE_BYTES_MAX,
            now,
        }
    }
}

/// How far an ingest has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the files that were read.
    pub bytes: u64,
    /// Bytes of all files.
    pub bytes_total: u64,
    /// Rows that were added.
    pub rows: u64,
}

/// What an ingest did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestReport {
    /// The dataset.
    pub dataset: DatasetId,
    /// The version that is current now (or would be, in a dry run).
    pub version: VersionId,
    /// Whether that version is new and was published.
    pub published: bool,
    /// The columns and their parts, a line each.
    pub mapping: String,
    /// What was read, in a few lines.
    pub summary: String,
}

/// Ingests files. Nothing is written unless every row is good, or `dataset.toml` allows some that are not.
///
/// # Errors
/// `Invalid` with file, line, column and remedy for everything that is wrong with the sources or `dataset.toml`;
/// `Upstream` if a file cannot be read or written.
pub fn run(
    options: &IngestOptions,
    say: &mut dyn FnMut(&str),
    progress: &mut dyn FnMut(&Progress),
) -> Result<IngestReport> {
    let dataset = dataset_id(options)?;
    let documents = Documents::of(&options.documents)?;
    let bucket = publish::open(&options.out)?;
    let folder = std::env::temp_dir();
    let mut staging = StagingFolder::new(&folder)?;
    let (config, is_written) = config(options, &Publisher::new(&*bucket, &dataset))?;

    let Understood {
        sources,
        name,
        sample,
        mapping,
    } = Understood::of(&options.sources, &config)?;
    let table = mapping.table();
    say(&format!("{name}: how its columns are understood"));
    say(table.trim_end());
    if options.dry_run {
        say(&summary::first_rows(&sample, &mapping));
    }

    let title = options
        .title
        .clone()
        .unwrap_or_else(|| ingest::title(&dataset, &config));
    let toml = mapping.to_toml(&sources.headers, &title)?;
    let (mut builder, threads) = builder(options, mapping, &name, sources.count() > 1)?;
    let publisher = Publisher::new(&*bucket, &dataset);
    let append = match options.append {
        Some(restate) => Append::begin(publisher, &mut builder)?.map(|append| (append, restate)),
        None => None,
    };
    pipeline::run(&sources, &mut builder, threads, progress)?;
    let carried = match append {
        Some((append, restate)) => {
            builder.check()?;
            let current = publisher.current()?;
            let anyway = documents.are_news(current.manifest());
            let carried = append.carry(&mut builder, restate, anyway)?;
            say(&carried.report);
            Some(carried)
        }
        None => None,
    };

    let before = publisher.current()?;
    if let (Some(Carried { changes: false, .. }), Some(manifest)) = (&carried, before.manifest()) {
        return Ok(IngestReport {
            version: manifest.version.clone(),
            published: false,
            mapping: table,
            summary: summary::of(manifest, true, options.dry_run),
            dataset,
        });
    }
    let built = builder.finish_into(&dataset, &title, before.manifest(), &mut staging)?;
    let built = documents.add(&publisher, built, before.manifest())?;
    let publisher = publisher.staged_in(staging.path());
    let mut done = Published {
        manifest: built.manifest.clone(),
        is_new: !built.is_current,
    };
    if done.is_new && !options.dry_run {
        let own = record::forecasts(options, &built, staging.path())?;
        done = publisher.publish(options.now, |before| {
            if let Some(carried) = &carried {
                carried.check(before)?;
            }
            let manifest = before.map(|p| &p.manifest);
            let built = documents.add(&publisher, built.clone(), manifest)?;
            record::add(&publisher, built, &own, before)
        })?;
    }
    if !options.dry_run && !is_written {
        publisher.write_config(&toml)?;
    }
    Ok(IngestReport {
        version: done.manifest.version.clone(),
        published: done.is_new && !options.dry_run,
        mapping: table,
        summary: summary::of(&done.manifest, !done.is_new, options.dry_run),
        dataset,
    })
}

/// Builds a version of files without publishing it, with its own files in memory: for tests, and for whoever publishes by
/// other means.
///
/// # Errors
/// Those of [`run`].
pub fn build(
    options: &IngestOptions,
    config: &Config,
    dataset: &DatasetId,
) -> Result<(Built, Mapping)> {
    let Understood {
        sources,
        name,
        mapping,
        ..
    } = Understood::of(&options.sources, config)?;
    let several = sources.count() > 1;
    let (mut builder, threads) = builder(options, mapping.clone(), &name, several)?;
    pipeline::run(&sources, &mut builder, threads, &mut |_| {})?;
    let built = builder.finish(dataset, &ingest::title(dataset, config), None)?;
    Ok((built, mapping))
}

/// Files that were looked into.
struct Understood {
    sources: Sources,
    /// What messages call them together.
    name: String,
    sample: Sample,
    mapping: Mapping,
}

impl Understood {
    fn of(arguments: &[PathBuf], config: &Config) -> Result<Self> {
        let places = expand(arguments)?;
        let name = match places.as_slice() {
            [only] => only.name.clone(),
            all => format!("{} files", all.len()),
        };
        let sources = Sources::open(places, config)?;
        let (sample, delimiter) = sources.sample()?;
        let mapping = ingest::detect(&sample, delimiter, &name, config)?;
        Ok(Self {
            sources,
            name,
            sample,
            mapping,
        })
    }
}

/// A builder for what was understood, and how many threads are to parse.
fn builder(
    options: &IngestOptions,
    mapping: Mapping,
    name: &str,
    several: bool,
) -> Result<(Builder, usize)> {
    let zone = mapping.zone.as_ref().map(|zone| {
        let zones = jiff::tz::TimeZoneDatabase::bundled();
        zones.get(zone).map_err(|e| {
            Error::invalid(format!(
                "[time] zone {zone:?} is not known: use a name such as \"America/Chicago\""
            ))
            .with_source(e)
        })
    });
    let scratch = Box::new(TemporaryFiles::new(&std::env::temp_dir()));
    let mut builder = Builder::with_scratch(mapping, name, scratch, options.memory_bytes);
    if let Some(zone) = zone {
        builder.set_zone(zone?);
    }
    let today = i32::try_from(options.now.0.div_euclid(86_400)).unwrap_or(i32::MAX);
    builder.set_today(Day(today));
    if several {
        builder = builder.of_several();
    }
    let threads = options.threads.unwrap_or_else(|| {
        let processors = std::thread::available_parallelism();
        processors.map_or(1, std::num::NonZero::get)
    });
    Ok((builder, threads.max(1)))
}

/// The config to use, and whether the dataset has one of its own already.
pub(crate) fn config(options: &IngestOptions, publisher: &Publisher<'_>) -> Result<(Config, bool)> {
    let own = publisher.config()?;
    let is_written = own.is_some();
    let mut config = match (&options.config, own) {
        (Some(path), _) => {
            let text = std::fs::read_to_string(path).map_err(|e| upstream("reading", path, e))?;
            Config::parse(&text, &path.display().to_string())?
        }
        (None, Some(text)) => Config::parse(&text, &publisher.config_place())?,
        (None, None) => Config::default(),
    };
    if options.title.is_some() {
        config.title.clone_from(&options.title);
    }
    Ok((config, is_written))
}

/// Reads a `dataset.toml`.
///
/// # Errors
/// `Upstream` if it cannot be read, `Invalid` if it is wrong.
pub fn read_config(path: &Path) -> Result<Config> {
    let text = std::fs::read_to_string(path).map_err(|e| upstream("reading", path, e))?;
    Config::parse(&text, &path.display().to_string())
}

/// Endings of files' names that say nothing about what is in them.
const ENDINGS: [&str; 10] = [
    "gz", "zst", "csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "tab",
];

/// The dataset that is named, or one named after the file.
pub(crate) fn dataset_id(options: &IngestOptions) -> Result<DatasetId> {
    if let Some(name) = &options.dataset {
        return DatasetId::new(name.as_str());
    }
    let name = options.sources.first().and_then(|s| s.file_name());
    let name = name.map(|n| n.to_string_lossy().to_lowercase());
    let mut stem = name.as_deref().unwrap_or_default();
    // `sales.csv.gz` is the dataset `sales`.
    while let Some((before, ending)) = stem.rsplit_once('.')
        && ENDINGS.contains(&ending)
    {
        stem = before;
    }
    let mut id = String::new();
    for c in stem.chars() {
        let plain = c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if plain && !(id.is_empty() && c == '_') {
            id.push(c);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    id.truncate(63);
    DatasetId::new(id.trim_end_matches('-')).map_err(|_| {
        Error::invalid(format!(
            "{stem:?} gives no name for a dataset: choose one with --dataset"
        ))
    })
}

pub(crate) fn upstream(doing: &str, path: &Path, e: io::Error) -> Error {
    Error::upstream(format!("{doing} {}: {e}", path.display())).with_source(e)
}
