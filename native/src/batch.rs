//! `nearcast forecast`: many series of one file, on all processors.
//!
//! The input is tidy: `unique_id,ds,y`, one row a step. What the steps are is said by a meta file (the format of
//! forecasting benchmarks: groups with `freq`, `season_length`, `horizon` and the ids of their series), by options, or
//! found in the dates. Further columns are known for the future too, in rows whose `y` is empty: a price, a promotion.

mod frequency;
mod input;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use nearcast::forecast::{Request, forecast};
use nearcast::model::answer::Forecast;
use nearcast::model::holidays::Country;
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
    let country = args.country.as_deref().map(Country::parse).transpose()?;
    let (series, mut remarks) = input::read(args)?;
    let jobs = args
        .jobs
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let answers = on_all_processors(&series, jobs.max(1), (model, country), progress);
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
    (model, country): (ModelChoice, Option<Country>),
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
                        // Prophet is nothing without dates, made up or not.
                        start: one
                            .start
                            .or((model == ModelChoice::Prophet).then(|| one.day(0))),
                        events: &one.events(country),
                        known: &one.known,
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::PathBuf;

    use super::*;

    fn args(folder: &Path, train: &str, more: impl FnOnce(&mut ForecastArgs)) -> ForecastArgs {
        let file = folder.join("train.csv");
        std::fs::write(&file, train).unwrap();
        let mut args = ForecastArgs {
            train: file,
            meta: None,
            out: folder.join("forecasts.csv"),
            model: "auto".into(),
            jobs: Some(2),
            horizon: Some(3),
            freq: None,
            country: None,
            season: None,
        };
        more(&mut args);
        args
    }

    fn quiet(_: usize, _: usize) {}

    fn written(path: &PathBuf) -> Vec<Vec<String>> {
        let mut csv = csv::Reader::from_path(path).unwrap();
        let rows = csv
            .records()
            .map(|r| r.unwrap().iter().map(str::to_owned).collect());
        rows.collect()
    }

    /// Three years of months of two series; the second is one month shorter and has a gap.
    fn months() -> String {
        let mut text = String::from("unique_id,ds,y\n");
        for t in 0..36 {
            let day = format!("{}-{:02}-01", 2023 + t / 12, t % 12 + 1);
            writeln!(text, "b,{day},{}", 100 + 10 * (t % 12) + t).unwrap();
            if t != 20 && t < 35 {
                writeln!(text, "a,{day},{}", 50 + t % 5).unwrap();
            }
        }
        text
    }

    #[test]
    fn every_series_is_forecast_in_the_order_of_the_file_whatever_the_threads() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        for jobs in [1, 3] {
            let args = args(folder.path(), &months(), |a| a.jobs = Some(jobs));
            let outcome = run(&args, &quiet).unwrap();
            assert_eq!((outcome.series, outcome.failed), (2, 0));
            let gap = "a: 1 of 35 months have no value and were filled by a straight line between their neighbours";
            assert_eq!(outcome.remarks, [gap]);
            bytes.push(std::fs::read(&args.out).unwrap());
            let rows = written(&args.out);
            let head: Vec<&str> = rows.iter().map(|r| r[0].as_str()).collect();
            assert_eq!(head, ["b", "b", "b", "a", "a", "a"]);
            assert_eq!(
                (rows[0][1].as_str(), rows[0][2].as_str()),
                ("1", "2026-01-01")
            );
            assert_eq!(rows[3][2], "2025-12-01");
            let number = |row: &Vec<String>, at: usize| row[at].parse::<f64>().unwrap();
            for row in &rows {
                let (low, point, high) = (number(row, 6), number(row, 3), number(row, 7));
                assert!(
                    low <= point && point <= high && number(row, 4) >= low,
                    "{row:?}"
                );
            }
        }
        assert_eq!(bytes[0], bytes[1]);
    }

    #[test]
    fn a_meta_file_says_what_is_asked_and_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let meta = folder.path().join("meta.json");
        let group = |series: &str| {
            format!(
                r#"{{"groups": {{"g": {{"freq": "MS", "season_length": 12, "horizon": 5, "series": [{series}]}}}}}}"#
            )
        };
        std::fs::write(&meta, group(r#""b""#)).unwrap();
        let args = args(folder.path(), &months(), |a| {
            a.meta = Some(meta.clone());
            a.model = "seasonal_naive".into();
        });
        assert_eq!(run(&args, &quiet).unwrap().series, 1);
        let rows = written(&args.out);
        assert_eq!(rows.len(), 5);
        // January 2025 again, for January 2026.
        assert_eq!(rows[0][3], (100 + 24).to_string());
        std::fs::write(&meta, group(r#""b", "zebra""#)).unwrap();
        let error = run(&args, &quiet).unwrap_err().to_string();
        assert!(error.contains("zebra"), "{error}");
    }

    #[test]
    fn a_series_that_cannot_be_forecast_stops_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let train = months() + "c,2025-12-01,7\n";
        let args = args(folder.path(), &train, |a| a.freq = Some("MS".into()));
        let outcome = run(&args, &quiet).unwrap();
        assert_eq!((outcome.series, outcome.failed), (2, 1));
        assert!(
            outcome
                .remarks
                .iter()
                .any(|r| r.starts_with("c: there is 1 whole month")),
            "{outcome:?}"
        );
        assert_eq!(written(&args.out).len(), 6);
    }

    #[test]
    fn a_column_that_is_known_ahead_moves_the_forecast() {
        let folder = tempfile::tempdir().unwrap();
        let file = |ahead: u8| {
            let mut text = String::from("unique_id,ds,y,promo\n");
            let start = nearcast::model::Day::parse("2024-01-01").unwrap();
            for t in 0..300_i32 {
                let promo = u8::from(t % 23 < 2);
                let y = (200 + 20 * (t % 7) + t * 7 % 11) * if promo == 1 { 3 } else { 2 };
                writeln!(text, "a,{},{y},{promo}", start.plus(t)).unwrap();
            }
            for t in 300..303 {
                writeln!(text, "a,{},,{ahead}", start.plus(t)).unwrap();
            }
            text
        };
        let mut first = Vec::new();
        for ahead in [0, 1] {
            let args = args(folder.path(), &file(ahead), |_| ());
            run(&args, &quiet).unwrap();
            first.push(written(&args.out)[0][3].parse::<f64>().unwrap());
        }
        assert!((1.3..1.6).contains(&(first[1] / first[0])), "{first:?}");
    }
}
