//! The datasets that are asked: the demo, and generated sheets of 100 k and 1 M order lines, ingested.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bytes::Bytes;
use nearcast_native::demo_data::{DemoSpec, write_csv};
use nearcast_native::ingest::{self, IngestOptions};
use nearcast_native::serve::now;
use nearcast_tests::workspace::target;

use crate::Result;

/// Source rows of the generated sheets.
pub(crate) const SIZES: [(&str, u64); 2] = [("100 k", 100_000), ("1 M", 1_000_000)];

/// A sheet and the dataset made of it.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    /// The dataset's id.
    pub(crate) dataset: String,
    /// Order lines behind it, in words.
    pub(crate) lines: &'static str,
    /// Rows of the file.
    pub(crate) rows: u64,
    /// The original system's six monthly columns.
    pub(crate) original: bool,
    pub(crate) csv: PathBuf,
}

/// Where everything of this benchmark lies.
pub(crate) fn folder() -> PathBuf {
    target().join("bench")
}

/// The directory store of the generated datasets.
pub(crate) fn store() -> PathBuf {
    folder().join("data")
}

/// Generates and ingests, once in a run.
///
/// # Errors
/// Those of the generator and of ingest.
pub(crate) fn sheets() -> Result<Vec<Sheet>> {
    static MADE: OnceLock<Vec<Sheet>> = OnceLock::new();
    if let Some(made) = MADE.get() {
        return Ok(made.clone());
    }
    let _ = fs::remove_dir_all(store());
    fs::create_dir_all(folder())?;
    let mut sheets = Vec::new();
    for original in [false, true] {
        for (lines, count) in SIZES {
            sheets.push(make(lines, count, original)?);
        }
    }
    Ok(MADE.get_or_init(|| sheets).clone())
}

fn make(lines: &'static str, count: u64, original: bool) -> Result<Sheet> {
    let kind = if original { "monthly" } else { "daily" };
    let dataset = format!("{kind}-{count}");
    eprintln!("making {dataset}");
    let csv = folder().join(format!("{dataset}.csv"));
    let mut out = BufWriter::new(File::create(&csv)?);
    let spec = DemoSpec {
        rows: count,
        seed: 1,
        original,
    };
    let rows = write_csv(&spec, &mut out, |_| {})?.rows;
    out.flush()?;
    let options = IngestOptions {
        dataset: Some(dataset.clone()),
        ..IngestOptions::new(&csv, &store(), now())
    };
    ingest::run(&options, &mut |_| {}, &mut |_| {})?;
    Ok(Sheet {
        dataset,
        lines,
        rows,
        original,
        csv,
    })
}

/// The objects of the demo and of the generated datasets, by key.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn objects() -> Result<BTreeMap<String, Bytes>> {
    sheets()?;
    let mut objects = nearcast_native::demo::objects();
    collect(&store(), &store(), &mut objects)?;
    Ok(objects)
}

fn collect(root: &Path, folder: &Path, into: &mut BTreeMap<String, Bytes>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, into)?;
        } else {
            let key = path
                .strip_prefix(root)?
                .to_string_lossy()
                .replace('\\', "/");
            into.insert(key, fs::read(&path)?.into());
        }
    }
    Ok(())
}
