//! Ingest on a disk: reads the CSV, reports, and publishes into a store.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use nearcast::error::{Error, Result};
use nearcast::ingest::{self, Config};
use nearcast::limits;
use nearcast::model::{DatasetId, Manifest, MeasureKind, Timestamp, VersionId};

use crate::publish::{self, Published, Publisher};

/// What to ingest, and where to.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// The CSV file.
    pub source: PathBuf,
    /// The store: a directory, or `s3://bucket/prefix`.
    pub out: PathBuf,
    /// The dataset; named after the file if not given.
    pub dataset: Option<String>,
    /// What people call the dataset; overrides `dataset.toml`.
    pub title: Option<String>,
    /// A `dataset.toml` to use instead of the one beside the data.
    pub config: Option<PathBuf>,
    /// Do everything but write.
    pub dry_run: bool,
    /// The time of publication.
    pub now: Timestamp,
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

/// Ingests a CSV. Nothing is written unless every row is good.
///
/// # Errors
/// `Invalid` with file, line, column and remedy for everything that is wrong with the source or `dataset.toml`;
/// `Upstream` if a file cannot be read or written.
pub fn run(
    options: &IngestOptions,
    say: &mut dyn FnMut(&str),
    progress: &mut dyn FnMut(u64, u64),
) -> Result<IngestReport> {
    let name = options.source.file_name().map_or_else(
        || options.source.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    );
    let dataset = dataset_id(options)?;
    let bucket = publish::open(&options.out)?;
    let publisher = Publisher::new(&*bucket, &dataset);
    let (config, is_written) = config(options, &publisher)?;

    let file = open(&options.source)?;
    let total = file.metadata().map_or(0, |m| m.len());
    let (mapping, headers) = ingest::survey(file, &name, &config)?;
    let table = mapping.table();
    say(&format!("{name}: how its columns are understood"));
    say(table.trim_end());

    let title = options
        .title
        .clone()
        .unwrap_or_else(|| ingest::title(&dataset, &config));
    let toml = mapping.to_toml(&headers, &title)?;
    let mut counted = Counted {
        inner: open(&options.source)?,
        done: 0,
        total,
        progress,
    };
    let builder = ingest::aggregate(&mut counted, &name, &config, mapping)?;
    (counted.progress)(total, total);

    let before = publisher.current()?;
    let built = builder.finish(&dataset, &title, before.manifest())?;
    let mut done = Published {
        manifest: built.manifest.clone(),
        is_new: !built.is_current,
    };
    if done.is_new && !options.dry_run {
        done = publisher.publish(options.now, |before| {
            built.clone().follow(before.map(|p| &p.manifest))
        })?;
    }
    if !options.dry_run && !is_written {
        publisher.write_config(&toml)?;
    }
    Ok(IngestReport {
        version: done.manifest.version.clone(),
        published: done.is_new && !options.dry_run,
        mapping: table,
        summary: summary(&done.manifest, !done.is_new, options.dry_run),
        dataset,
    })
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

/// The dataset that is named, or one named after the file.
pub(crate) fn dataset_id(options: &IngestOptions) -> Result<DatasetId> {
    if let Some(name) = &options.dataset {
        return DatasetId::new(name.as_str());
    }
    let stem = options
        .source
        .file_stem()
        .map(|s| s.to_string_lossy().to_lowercase())
        .unwrap_or_default();
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

fn open(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|e| {
        if e.kind() == io::ErrorKind::NotFound {
            Error::invalid(format!(
                "there is no file {}: check the path",
                path.display()
            ))
        } else {
            upstream("opening", path, e)
        }
    })?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Error::invalid(format!(
            "{} is a directory: name a CSV file",
            path.display()
        )));
    }
    Ok(file)
}

pub(crate) fn upstream(doing: &str, path: &Path, e: io::Error) -> Error {
    Error::upstream(format!("{doing} {}: {e}", path.display())).with_source(e)
}

pub(crate) fn summary(manifest: &Manifest, is_current: bool, dry_run: bool) -> String {
    let quality = &manifest.quality;
    let mut lines = vec![format!(
        "{} rows, {} to {}, by {}",
        quality.rows_used, manifest.days.first, manifest.days.last, manifest.grain
    )];
    for dimension in &manifest.dimensions {
        let parent = dimension
            .parent
            .as_ref()
            .map_or_else(String::new, |p| format!(", each in one {p}"));
        lines.push(format!(
            "{}: {} values{parent}",
            dimension.name, dimension.count
        ));
    }
    for measure in &manifest.measures {
        let kind = match measure.kind {
            MeasureKind::Money => "money in",
            MeasureKind::Quantity => "quantity in",
        };
        lines.push(format!(
            "{}: {kind} {}, {} decimals",
            measure.name, measure.unit, measure.scale
        ));
    }
    for (count, one, several) in [
        (
            quality.rows_duplicate,
            "row repeats another one and is kept",
            "rows repeat others and are kept",
        ),
        (
            quality.rows_negative,
            "row is negative (a return) and is netted",
            "rows are negative (returns) and are netted",
        ),
        (
            quality.fields_empty,
            "empty number counts as zero",
            "empty numbers count as zero",
        ),
    ] {
        match count {
            0 => {}
            1 => lines.push(format!("1 {one}")),
            count => lines.push(format!("{count} {several}")),
        }
    }
    if !quality.missing.is_empty() {
        let listed: Vec<String> = quality
            .missing
            .iter()
            .take(limits::SUGGESTIONS_MAX)
            .map(ToString::to_string)
            .collect();
        lines.push(format!(
            "{} without data, such as {}",
            match quality.missing.len() {
                1 => "1 stretch".to_owned(),
                n => format!("{n} stretches"),
            },
            listed.join(", ")
        ));
    }
    lines.extend(quality.notes.iter().cloned());
    let size: u64 = manifest.files.iter().map(|f| f.size_bytes).sum();
    let done = match (is_current, dry_run) {
        (true, _) => "is current already: nothing to publish",
        (false, true) => "would be published (dry run)",
        (false, false) => "is published",
    };
    lines.push(format!(
        "version {} of {} ({} KB) {done}",
        manifest.version,
        manifest.dataset,
        size.div_ceil(1024)
    ));
    lines.join("\n")
}

/// Counts what is read, and says so now and then.
struct Counted<'a> {
    inner: File,
    done: u64,
    total: u64,
    progress: &'a mut dyn FnMut(u64, u64),
}

impl Read for Counted<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.done += n as u64;
        (self.progress)(self.done.min(self.total), self.total);
        Ok(n)
    }
}
