//! The series of a tidy file, each on a regular grid.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use nearcast::model::{Day, Grain};
use nearcast::{Error, Result};
use serde::Deserialize;

use super::frequency;
use crate::cli::ForecastArgs;

/// What is asked of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The length of a step.
    pub grain: Grain,
    /// Steps of the season where it is not the grain's own.
    pub season: Option<usize>,
    /// Steps to forecast.
    pub horizon: usize,
    /// Whether the dates are those of a calendar, or only made up.
    pub dated: bool,
}

/// One series, without gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name.
    pub id: String,
    /// Its place among the series of the file.
    pub place: usize,
    /// The day of the first value, if days mean anything.
    pub start: Option<Day>,
    /// The values, oldest first.
    pub values: Vec<f64>,
    /// What is asked.
    pub asked: Asked,
    first: Day,
}

impl Series {
    /// The day of a step, counted from the first value.
    #[must_use]
    pub fn day(&self, step: usize) -> Day {
        frequency::step(self.first, self.asked.grain, step)
    }
}

#[derive(Debug, Deserialize)]
struct Meta {
    groups: BTreeMap<String, Group>,
}

#[derive(Debug, Deserialize)]
struct Group {
    freq: String,
    season_length: usize,
    horizon: usize,
    series: Vec<String>,
    #[serde(default)]
    synthetic_dates: bool,
}

/// Reads the series that the arguments name, in the order in which the file has them, and what had to be filled in.
///
/// # Errors
/// `Invalid` for a file that cannot be read, a column that is not there, a value that is neither a number nor empty, and
/// series that the meta file names and the table does not have.
pub fn read(args: &ForecastArgs) -> Result<(Vec<Series>, Vec<String>)> {
    let mut asked = args.meta.as_deref().map(meta).transpose()?;
    let fixed = args.freq.as_deref().map(frequency::grain).transpose()?;
    let mut remarks = Vec::new();
    let mut series: Vec<Series> = Vec::new();
    for (id, mut rows) in table(&args.train)? {
        rows.sort_by_key(|(day, _)| *day);
        let asked = match &mut asked {
            Some(groups) => match groups.remove(&id) {
                Some(asked) => asked,
                None => continue,
            },
            None => {
                let days: Vec<Day> = rows.iter().map(|(day, _)| *day).collect();
                Asked {
                    grain: fixed.unwrap_or_else(|| frequency::detect(&days)),
                    season: args.season,
                    horizon: args.horizon.unwrap_or_default(),
                    dated: true,
                }
            }
        };
        let (first, values, filled) = regular(&id, &rows, asked.grain)?;
        if filled > 0 {
            remarks.push(format!(
                "{id}: {filled} of {} {}s have no value and were filled by a straight line between their neighbours",
                values.len(),
                asked.grain
            ));
        }
        series.push(Series {
            start: asked.dated.then_some(first),
            place: series.len(),
            id,
            values,
            asked,
            first,
        });
    }
    if let Some(missing) = asked.filter(|left| !left.is_empty()) {
        let names: Vec<&str> = missing.keys().take(3).map(String::as_str).collect();
        return Err(Error::invalid(format!(
            "{} series of the meta file are not in {}: {}",
            missing.len(),
            args.train.display(),
            names.join(", ")
        )));
    }
    Ok((series, remarks))
}

fn open(path: &Path) -> Result<Vec<u8>> {
    let wrong =
        |e: std::io::Error| Error::invalid(format!("{} cannot be read: {e}", path.display()));
    let mut file = File::open(path).map_err(wrong)?;
    let mut bytes = Vec::new();
    if path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gz"))
    {
        MultiGzDecoder::new(file).read_to_end(&mut bytes)
    } else {
        file.read_to_end(&mut bytes)
    }
    .map_err(wrong)?;
    Ok(bytes)
}

fn meta(path: &Path) -> Result<BTreeMap<String, Asked>> {
    let meta: Meta = serde_json::from_slice(&open(path)?).map_err(|e| {
        Error::invalid(format!(
            "{} is not a meta file with groups: {e}",
            path.display()
        ))
    })?;
    let mut asked = BTreeMap::new();
    for group in meta.groups.into_values() {
        let one = Asked {
            grain: frequency::grain(&group.freq)?,
            season: Some(group.season_length),
            horizon: group.horizon,
            dated: !group.synthetic_dates,
        };
        asked.extend(group.series.into_iter().map(|id| (id, one.clone())));
    }
    Ok(asked)
}

type Rows = Vec<(Day, Option<f64>)>;

/// The rows of each series, series in the order in which they come first.
fn table(path: &Path) -> Result<Vec<(String, Rows)>> {
    let bytes = open(path)?;
    let mut csv = csv::Reader::from_reader(bytes.as_slice());
    let wrong = |e: csv::Error| Error::invalid(format!("{}: {e}", path.display()));
    let headers = csv.headers().map_err(wrong)?.clone();
    let column = |name: &str| {
        headers
            .iter()
            .position(|h| h.trim() == name)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{} has no column {name}: it needs unique_id, ds and y",
                    path.display()
                ))
            })
    };
    let (id, ds, y) = (column("unique_id")?, column("ds")?, column("y")?);
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut series: Vec<(String, Rows)> = Vec::new();
    for (line, record) in csv.records().enumerate() {
        let record = record.map_err(wrong)?;
        let field = |at: usize| record.get(at).unwrap_or_default().trim();
        let at = |what: &str, text: &str| {
            Error::invalid(format!(
                "{} row {}: {text:?} is not {what}",
                path.display(),
                line + 2
            ))
        };
        let date = field(ds).get(..10).unwrap_or(field(ds));
        let day = Day::parse(date).map_err(|_| at("a date such as 2026-01-31", field(ds)))?;
        let value = match field(y) {
            "" | "NaN" | "nan" | "NA" => None,
            text => Some(text.parse::<f64>().map_err(|_| at("a number", text))?),
        };
        let place = *places.entry(field(id).to_owned()).or_insert_with(|| {
            series.push((field(id).to_owned(), Vec::new()));
            series.len() - 1
        });
        if let Some((_, rows)) = series.get_mut(place) {
            rows.push((day, value));
        }
    }
    Ok(series)
}

/// The values on the grid of the first date; steps without one are filled by a straight line.
fn regular(id: &str, rows: &Rows, grain: Grain) -> Result<(Day, Vec<f64>, usize)> {
    let Some((first, _)) = rows.iter().find(|(_, v)| v.is_some()).copied() else {
        return Err(Error::invalid(format!(
            "{id} has no value: leave it out or fill its y"
        )));
    };
    let mut values: Vec<Option<f64>> = Vec::with_capacity(rows.len());
    for (day, value) in rows.iter().skip_while(|(day, _)| *day < first) {
        let at = usize::try_from(frequency::steps_between(first, *day, grain)).unwrap_or(0);
        if at < values.len() {
            return Err(Error::invalid(format!(
                "{id} has two rows for the {grain} of {day}: add them up, or name the frequency with --freq"
            )));
        }
        values.resize(at, None);
        values.push(*value);
    }
    let last = values
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |at| at + 1);
    values.truncate(last);
    let filled = values.iter().filter(|v| v.is_none()).count();
    let mut whole: Vec<f64> = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        let next = values
            .iter()
            .skip(at)
            .position(Option::is_some)
            .map(|d| (d, at + d));
        let value = value.unwrap_or_else(|| {
            let before = whole.last().copied().unwrap_or_default();
            next.and_then(|(distance, at)| {
                let after = values.get(at).copied().flatten()?;
                let steps = f64::from(u32::try_from(distance + 1).ok()?);
                Some(before + (after - before) / steps)
            })
            .unwrap_or(before)
        });
        whole.push(value);
    }
    Ok((first, whole, filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect(text)
    }

    #[test]
    fn gaps_are_filled_by_a_straight_line_and_counted() {
        let rows = vec![
            (day("2024-01-01"), None),
            (day("2024-01-02"), Some(10.0)),
            (day("2024-01-05"), Some(40.0)),
            (day("2024-01-06"), None),
        ];
        let (first, values, filled) = regular("a", &rows, Grain::Day).unwrap();
        assert_eq!((first, filled), (day("2024-01-02"), 2));
        assert_eq!(values, [10.0, 20.0, 30.0, 40.0]);
    }

    #[test]
    fn two_rows_for_a_step_and_no_values_are_refused() {
        let twice = vec![
            (day("2024-01-01"), Some(1.0)),
            (day("2024-01-20"), Some(1.0)),
        ];
        let error = regular("a", &twice, Grain::Month).unwrap_err().to_string();
        assert!(
            error.contains("two rows for the month of 2024-01-20"),
            "{error}"
        );
        assert!(regular("a", &vec![(day("2024-01-01"), None)], Grain::Day).is_err());
    }
}
