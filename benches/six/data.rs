//! The generated sheets of the six questions, and what they are ingested to.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nearcast_ask::Terms;
use nearcast_tests::workspace::target;

use super::lines;
use crate::Result;
use crate::cost::used_s;

/// From so many rows on a sheet is removed as soon as it has been read.
const KEPT_ROWS_MAX: u64 = 10_000_000;

/// A sheet, as the peers and as Nearcast have it.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) rows: u64,
    pub(super) terms: Terms,
    pub(super) parquet: PathBuf,
    pub(super) csv_bytes: u64,
    pub(super) version_bytes: u64,
    pub(super) ingest: Ingest,
}

/// What an ingest took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ingest {
    pub(super) wall_s: f64,
    pub(super) cpu_s: f64,
    pub(super) peak_bytes: u64,
}

/// Where all of it lies.
pub(super) fn folder() -> PathBuf {
    target().join("bench-data")
}

/// The directory store.
pub(super) fn store() -> PathBuf {
    folder().join("store")
}

/// What is asked of a sheet.
pub(super) fn terms(rows: u64) -> Terms {
    let first = lines::FIRST_DAY.plus(403);
    Terms {
        dataset: format!("lines-{rows}"),
        operation: lines::operation(0),
        product: lines::product(100).0,
        // 90 days, neither from nor to the end of a month.
        window: format!("{first}..{}", first.plus(89)),
        rows: 10,
    }
}

/// Generates, converts and ingests.
///
/// # Errors
/// If one of them fails.
pub(super) fn make(rows: u64, python: &Path) -> Result<Sheet> {
    let folder = folder();
    fs::create_dir_all(&folder)?;
    let csv = folder.join(format!("lines-{rows}.csv"));
    let parquet = folder.join(format!("lines-{rows}.parquet"));
    let terms = terms(rows);
    eprintln!("writing {rows} order lines");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&csv)?);
    lines::write(rows, &mut out)?;
    out.flush()?;
    drop(out);
    eprintln!("converting them to Parquet");
    super::peers::convert(python, &csv, &parquet)?;
    eprintln!("ingesting them");
    let _ = fs::remove_dir_all(store().join(&terms.dataset));
    let ingest = ingest(&csv, &terms.dataset)?;
    let csv_bytes = fs::metadata(&csv)?.len();
    if rows > KEPT_ROWS_MAX {
        fs::remove_file(&csv)?;
    }
    Ok(Sheet {
        rows,
        version_bytes: size(&store().join(&terms.dataset).join("v"))?,
        terms,
        parquet,
        csv_bytes,
        ingest,
    })
}

/// Removes what is too large to stay.
///
/// # Errors
/// If it cannot be removed.
pub(super) fn tidy_up(sheet: &Sheet) -> Result<()> {
    if sheet.rows > KEPT_ROWS_MAX {
        fs::remove_file(&sheet.parquet)?;
        fs::remove_dir_all(store().join(&sheet.terms.dataset))?;
    }
    Ok(())
}

fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        bytes += if data.is_dir() {
            size(&entry.path())?
        } else {
            data.len()
        };
    }
    Ok(bytes)
}

/// Runs the program, and looks at what it uses until it ends.
fn ingest(csv: &Path, dataset: &str) -> Result<Ingest> {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_nearcast"))
        .args(["ingest", "--dataset", dataset, "--out"])
        .arg(store())
        .arg(csv)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut seen = Ingest {
        wall_s: 0.0,
        cpu_s: 0.0,
        peak_bytes: 0,
    };
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        look(&child, &mut seen);
        std::thread::sleep(Duration::from_millis(5));
    };
    seen.wall_s = started.elapsed().as_secs_f64();
    if status.success() {
        return Ok(seen);
    }
    let said = child.wait_with_output()?.stderr;
    Err(format!("ingest failed: {}", String::from_utf8_lossy(&said)).into())
}

/// What the kernel says of a process so far; both figures only grow.
fn look(child: &Child, seen: &mut Ingest) {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    seen.peak_bytes = seen.peak_bytes.max(peak.unwrap_or(0) << 10);
    seen.cpu_s = seen.cpu_s.max(used_s(child.id()).unwrap_or(0.0));
}
