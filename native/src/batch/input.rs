//! The series of a tidy file, each on a regular grid.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use nearcast::forecast::{Event, Known};
use nearcast::model::holidays::{Country, between};
use nearcast::model::{Day, Grain, Period};
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
    /// Further columns of the file: known for the history and the horizon.
    pub known: Vec<Known>,
    /// What is asked.
    pub asked: Asked,
    first: Day,
}

impl Series {
    /// The public holidays of the history and the horizon, where days mean anything.
    #[must_use]
    pub fn events(&self, country: Option<Country>) -> Vec<Event> {
        let ends = self.day(self.values.len() + self.asked.horizon);
        let days = self
            .start
            .and_then(|start| Period::new(start.plus(-7), ends.plus(7)).ok());
        let listed = country
            .zip(days)
            .map(|(country, days)| between(country, days));
        let holidays = listed.unwrap_or_default().into_iter();
        let named = holidays.map(|holiday| Event {
            name: holiday.name.to_owned(),
            day: holiday.day,
        });
        named.collect()
    }

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
pub(super) fn read(args: &ForecastArgs) -> Result<(Vec<Series>, Vec<String>)> {
    let mut asked = args.meta.as_deref().map(meta).transpose()?;
    let fixed = args.freq.as_deref().map(frequency::grain).transpose()?;
    let mut remarks = Vec::new();
    let mut series: Vec<Series> = Vec::new();
    let (columns, table) = table(&args.train)?;
    for (id, mut rows) in table {
        rows.sort_by_key(|row| row.day);
        let asked = if let Some(groups) = &mut asked {
            let Some(asked) = groups.remove(&id) else {
                continue;
            };
            asked
        } else {
            let days: Vec<Day> = rows.iter().map(|row| row.day).collect();
            Asked {
                grain: fixed.unwrap_or_else(|| frequency::detect(&days)),
                season: args.season,
                horizon: args.horizon.unwrap_or_default(),
                dated: true,
            }
        };
        let (first, values, filled) = regular(&id, &rows, asked.grain)?;
        let known = columns
            .iter()
            .enumerate()
            .map(|(at, name)| known(&id, name, at, &rows, (first, values.len()), &asked))
            .collect::<Result<Vec<_>>>()?;
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
            known,
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

/// One step of a series as the file has it.
#[derive(Debug, Clone)]
struct Row {
    day: Day,
    y: Option<f64>,
    /// Of the further columns.
    others: Vec<Option<f64>>,
}

type Rows = Vec<Row>;

/// The names of the further columns, and the rows of each series.
type Table = (Vec<String>, Vec<(String, Rows)>);

/// The names of the further columns, and the rows of each series, series in the order in which they come first.
fn table(path: &Path) -> Result<Table> {
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
    let others: Vec<usize> = (0..headers.len())
        .filter(|at| ![id, ds, y].contains(at))
        .collect();
    let names = others
        .iter()
        .filter_map(|at| headers.get(*at))
        .map(|h| h.trim().to_owned())
        .collect();
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
        let number = |column: usize| match field(column) {
            "" | "NaN" | "nan" | "NA" => Ok(None),
            text => text
                .parse::<f64>()
                .map(Some)
                .map_err(|_| at("a number", text)),
        };
        let row = Row {
            day,
            y: number(y)?,
            others: others
                .iter()
                .map(|column| number(*column))
                .collect::<Result<_>>()?,
        };
        let place = *places.entry(field(id).to_owned()).or_insert_with(|| {
            series.push((field(id).to_owned(), Vec::new()));
            series.len() - 1
        });
        if let Some((_, rows)) = series.get_mut(place) {
            rows.push(row);
        }
    }
    Ok((names, series))
}

/// The values on the grid of the first date; steps without one are filled by a straight line.
fn regular(id: &str, rows: &Rows, grain: Grain) -> Result<(Day, Vec<f64>, usize)> {
    let Some(first) = rows.iter().find(|row| row.y.is_some()).map(|row| row.day) else {
        return Err(Error::invalid(format!(
            "{id} has no value: leave it out or fill its y"
        )));
    };
    let mut values: Vec<Option<f64>> = Vec::with_capacity(rows.len());
    for row in rows.iter().skip_while(|row| row.day < first) {
        let at = usize::try_from(frequency::steps_between(first, row.day, grain)).unwrap_or(0);
        if at < values.len() {
            return Err(Error::invalid(format!(
                "{id} has two rows for the {grain} of {}: add them up, or name the frequency with --freq",
                row.day
            )));
        }
        values.resize(at, None);
        values.push(row.y);
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

/// A further column on the grid of the history (its first day and length) and the horizon. A step of the history without
/// a value repeats the one before; the horizon has to be there.
fn known(
    id: &str,
    name: &str,
    column: usize,
    rows: &Rows,
    (first, steps): (Day, usize),
    asked: &Asked,
) -> Result<Known> {
    let mut values: Vec<Option<f64>> = vec![None; steps + asked.horizon];
    for row in rows.iter().filter(|row| row.day >= first) {
        let at = usize::try_from(frequency::steps_between(first, row.day, asked.grain));
        let slot = at.ok().and_then(|at| values.get_mut(at));
        if let (Some(slot), Some(value)) = (slot, row.others.get(column)) {
            *slot = *value;
        }
    }
    let missing = values.iter().skip(steps).filter(|v| v.is_none()).count();
    if missing > 0 {
        return Err(Error::invalid(format!(
            "{id}: {name} has no value for {missing} of the {} {}s to forecast: add rows with it and an empty y, or leave the column out",
            asked.horizon, asked.grain
        )));
    }
    let start = values.iter().flatten().next().copied().unwrap_or_default();
    let values = values.into_iter().scan(start, |last, value| {
        *last = value.unwrap_or(*last);
        Some(*last)
    });
    Ok(Known {
        name: name.to_owned(),
        values: values.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect(text)
    }

    fn row(text: &str, y: Option<f64>) -> Row {
        Row {
            day: day(text),
            y,
            others: vec![y.map(|y| y / 10.0)],
        }
    }

    #[test]
    fn a_further_column_needs_the_horizon() {
        let asked = Asked {
            grain: Grain::Day,
            season: None,
            horizon: 1,
            dated: true,
        };
        let mut rows = vec![row("2024-01-01", Some(10.0)), row("2024-01-02", Some(20.0))];
        let at = (day("2024-01-01"), 2);
        let error = known("a", "price", 0, &rows, at, &asked)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("price has no value for 1 of the 1 days"),
            "{error}"
        );
        rows.push(Row {
            others: vec![Some(7.0)],
            ..row("2024-01-03", None)
        });
        assert_eq!(
            known("a", "price", 0, &rows, at, &asked).unwrap().values,
            [1.0, 2.0, 7.0]
        );
    }

    #[test]
    fn gaps_are_filled_by_a_straight_line_and_counted() {
        let rows = vec![
            row("2024-01-01", None),
            row("2024-01-02", Some(10.0)),
            row("2024-01-05", Some(40.0)),
            row("2024-01-06", None),
        ];
        let (first, values, filled) = regular("a", &rows, Grain::Day).unwrap();
        assert_eq!((first, filled), (day("2024-01-02"), 2));
        assert_eq!(values, [10.0, 20.0, 30.0, 40.0]);
    }

    #[test]
    fn two_rows_for_a_step_and_no_values_are_refused() {
        let twice = vec![row("2024-01-01", Some(1.0)), row("2024-01-20", Some(1.0))];
        let error = regular("a", &twice, Grain::Month).unwrap_err().to_string();
        assert!(
            error.contains("two rows for the month of 2024-01-20"),
            "{error}"
        );
        assert!(regular("a", &vec![row("2024-01-01", None)], Grain::Day).is_err());
    }
}
