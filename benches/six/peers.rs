//! DuckDB, Polars and pandas on the same rows as Parquet.

use std::path::Path;
use std::process::Command;

use nearcast_ask::Terms;
use nearcast_tests::workspace::root;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::Result;

/// An answer as text.
pub(super) type Cells = Vec<Vec<String>>;

/// What a peer said to a question, and the CPU time of each time that it was asked, seconds.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pub(super) cells: Cells,
    pub(super) cpu_s: Vec<f64>,
}

/// Writes a CSV file of order lines as Parquet (zstd), by DuckDB.
///
/// # Errors
/// If it fails.
pub(super) fn convert(python: &Path, csv: &Path, parquet: &Path) -> Result<()> {
    run(script(python).arg("convert").arg(csv).arg(parquet)).map(drop)
}

/// DuckDB's answers, with so many rows in a ranking.
///
/// # Errors
/// If it fails.
pub(super) fn answers(
    python: &Path,
    parquet: &Path,
    terms: &Terms,
    rows: usize,
) -> Result<Vec<Cells>> {
    parsed(
        script(python)
            .arg("answers")
            .arg(parquet)
            .arg(words(terms, rows)),
    )
}

/// What one of them costs.
///
/// # Errors
/// If it fails.
pub(super) fn costs(
    python: &Path,
    parquet: &Path,
    terms: &Terms,
    engine: &str,
    calls: u32,
) -> Result<Vec<Asked>> {
    parsed(script(python).arg("costs").arg(parquet).args([
        words(terms, terms.rows),
        engine.into(),
        calls.to_string(),
    ]))
}

fn words(terms: &Terms, rows: usize) -> String {
    let (first, last) = terms.window.split_once("..").unwrap_or_default();
    json!({
        "operation": terms.operation,
        "product": terms.product,
        "first": first,
        "last": last,
        "rows": rows,
    })
    .to_string()
}

fn script(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(root().join("benches/peers/questions.py"));
    command
}

fn parsed<T: DeserializeOwned>(command: &mut Command) -> Result<T> {
    Ok(serde_json::from_slice(&run(command)?)?)
}

/// Runs a program and returns what it printed.
///
/// # Errors
/// If it fails, with what it said.
pub(super) fn run(command: &mut Command) -> Result<Vec<u8>> {
    let done = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("{command:?} failed ({}): {said}", done.status).into())
}
