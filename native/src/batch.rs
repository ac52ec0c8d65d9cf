//! `nearcast forecast`: many series of one file, on all processors.
//!
//! The input is tidy: `unique_id,ds,y`, one row a step. What the steps are is said by a meta file (the format of
//! forecasting benchmarks: groups with `freq`, `season_length`, `horizon` and the ids of their series), by options, or
//! found in the dates.

mod frequency;
mod input;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use nearcast::forecast::{Request, forecast};
use nearcast::model::answer::Forecast;
use nearcast::model::query::ModelChoice;
use nearcast::{Error, Result};

use crate::cli::ForecastArgs;
pub use input::{Asked, Series};

/// What became of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Series that were forecast.
    pub series: usize,
    /// What a reader should know, a line each: filled gaps, series that could not be forecast.
    pub remarks: Vec<String>,
    /// Series that could not be forecast.
    pub failed: usize,
}

/// Reads, forecasts and writes. `progress` is told how many of how many series are done.
///
/// # Errors
/// A file that cannot be read or written, an input that cannot be understood. A series that cannot be forecast does not
/// stop the others: it is a remark.
pub fn run(args: &ForecastArgs, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<Outcome> {
    let model = ModelChoice::parse(&args.model)?;
    let (series, mut remarks) = input::read(args)?;
    let jobs = args
        .jobs
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let answers = on_all_processors(&series, jobs.max(1), model, progress);
    write(&args.out, &series, &answers)?;
    let mut failed = 0;
    for (series, answer) in series.iter().zip(&answers) {
        if let Err(error) = answer {
            failed += 1;
            remarks.push(format!("{}: {error}", series.id));
        }
    }
    Ok(Outcome {
        series: series.len() - failed,
        remarks,
        failed,
    })
}

/// Each series is a piece of work of its own; the answers come back in the order of the series.
fn on_all_processors(
    series: &[Series],
    jobs: usize,
    model: ModelChoice,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Vec<Result<Forecast>> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let answers = Mutex::new(Vec::with_capacity(series.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(series.len()) {
            scope.spawn(|| {
                while let Some(one) = series.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = forecast(&Request {
                        season: one.asked.season,
                        start: one.start,
                        model,
                        ..Request::new(&one.values, one.asked.grain, one.asked.horizon)
                    });
                    if let Ok(mut answers) = answers.lock() {
                        answers.push((one.place, answer));
                    }
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, series.len());
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_default();
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn write(out: &Path, series: &[Series], answers: &[Result<Forecast>]) -> Result<()> {
    let wrong =
        |e: std::io::Error| Error::invalid(format!("{} cannot be written: {e}", out.display()));
    let mut file = BufWriter::new(File::create(out).map_err(wrong)?);
    let mut csv = csv::Writer::from_writer(&mut file);
    let rows = series
        .iter()
        .zip(answers)
        .filter_map(|(s, a)| Some((s, a.as_ref().ok()?)));
    let written = (|| {
        csv.write_record([
            "unique_id",
            "ds_index",
            "ds",
            "yhat",
            "lo80",
            "hi80",
            "lo95",
            "hi95",
            "model",
        ])?;
        for (series, answer) in rows {
            for (i, point) in answer.point.iter().enumerate() {
                let mut row = vec![
                    series.id.clone(),
                    (i + 1).to_string(),
                    series.day(series.values.len() + i).to_string(),
                    point.to_string(),
                ];
                for band in &answer.bands {
                    for ends in [&band.lower, &band.upper] {
                        row.push(ends.get(i).map_or_else(String::new, f64::to_string));
                    }
                }
                row.push(answer.model.clone());
                csv.write_record(&row)?;
            }
        }
        csv.flush()?;
        Ok::<(), csv::Error>(())
    })();
    drop(csv);
    written.map_err(|e| wrong(e.into()))?;
    file.flush().map_err(wrong)
}
