//! `nearcast forecast` on many series: generated ones, and those of a public benchmark where its files are there.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use nearcast::model::calendar::{Day, Grain};
use nearcast_tests::workspace::target;

use super::series::monthly;
use crate::Result;
use crate::cost::wall_s;

/// Generated series.
pub(super) const SERIES: u32 = 1_000;

/// Wall seconds of a batch of generated monthly series on all processors.
///
/// # Errors
/// If it fails.
pub(super) fn generated() -> Result<f64> {
    let folder = target().join("bench-data");
    fs::create_dir_all(&folder)?;
    let train = folder.join("monthly-series.csv");
    let mut text = String::from("unique_id,ds,y\n");
    let start = Day::parse("2015-01-01")?;
    for id in 0..SERIES {
        for (step, value) in (0..).zip(monthly(u64::from(id))) {
            writeln!(text, "s{id},{},{value}", Grain::Month.step(start, step))?;
        }
    }
    fs::write(&train, text)?;
    let out = folder.join("monthly-forecasts.csv");
    let command = &mut nearcast(&train, &out);
    let (seconds, ()) =
        wall_s(|| run(command.args(["--freq", "MS", "--horizon", "12"])).map(drop))?;
    Ok(seconds)
}

/// What the scorer of a public benchmark says of a model, and the wall seconds that the forecasts took.
///
/// # Errors
/// If something fails or is missing.
pub(super) fn public(folder: &Path, python: &Path, model: &str) -> Result<(f64, String)> {
    let out = target().join(format!("bench-data/public-{model}.csv"));
    fs::create_dir_all(target().join("bench-data"))?;
    let command = &mut nearcast(&folder.join("train.csv.gz"), &out);
    command.arg("--meta").arg(folder.join("meta.json"));
    let (seconds, ()) = wall_s(|| run(command.args(["--model", model])).map(drop))?;
    let said = run(Command::new(python).arg(folder.join("score.py")).arg(&out))?;
    // Where the files lie on this machine is nobody's business, and no line may look like a section's head.
    let mut said = String::from_utf8(said)?;
    for (path, name) in [(out.as_path(), model), (folder, "the benchmark")] {
        said = said.replace(&path.display().to_string(), name);
    }
    Ok((seconds, said.trim_end().replace("\n#", "\n #")))
}

fn nearcast(train: &Path, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nearcast"));
    command.arg("forecast").arg(train).arg("--out").arg(out);
    command
}

/// Runs a program and returns what it printed.
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
