//! The record: what was forecast at a version, kept so that it can be held against what came.

use super::calendar::{Day, Grain};
use super::table::Table;
use crate::error::{Error, Result};

/// The record's file in a version's folder.
pub const RECORD_FILE: &str = "forecasts.parquet";
/// Percent of the prediction intervals that are kept.
pub const RECORD_LEVELS: [u8; 2] = [80, 95];
/// Lengths of the steps that are forecast for the record.
pub const RECORDED_GRAINS: [Grain; 2] = [Grain::Month, Grain::Week];
/// Columns of the file, in its order, and whether they hold text, days and counts, or scaled values.
pub const COLUMNS: [(&str, Kind); 15] = [
    ("series", Kind::Number),
    ("measure", Kind::Text),
    ("grain", Kind::Text),
    ("dimension", Kind::Text),
    ("value", Kind::Text),
    ("made_at", Kind::Day),
    ("version", Kind::Text),
    ("day", Kind::Day),
    ("scale", Kind::Number),
    ("point", Kind::Scaled),
    ("lower_80", Kind::Scaled),
    ("upper_80", Kind::Scaled),
    ("lower_95", Kind::Scaled),
    ("upper_95", Kind::Scaled),
    ("model", Kind::Text),
];

/// What a column of the record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A day.
    Day,
    /// A small whole number.
    Number,
    /// A value of the measure, scaled.
    Scaled,
}

/// What is forecast again and again: a slice of the data, by a measure and a grain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recorded {
    /// The measure's name.
    pub measure: String,
    /// Length of a step.
    pub grain: Grain,
    /// The dimension of the slice; empty for everything together.
    pub dimension: String,
    /// The id of the dimension's value; empty for everything together.
    pub value: String,
}

impl Recorded {
    /// What the record is sorted by: a hash, so that a reader knows which row groups may hold the series.
    #[must_use]
    pub fn key(&self) -> i32 {
        let parts = [
            self.measure.as_str(),
            self.grain.name(),
            &self.dimension,
            &self.value,
        ];
        let hash = crc32fast::hash(parts.join("\u{1f}").as_bytes());
        i32::try_from(hash >> 1).unwrap_or(i32::MAX)
    }
}

/// One step of one forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    /// Of what.
    pub series: Recorded,
    /// The last day of data that was known.
    pub made_at: Day,
    /// The version that forecast it; empty in that version's own record, since its id is a hash of the record too.
    pub version: String,
    /// First day of the step.
    pub day: Day,
    /// Decimal places of the values.
    pub scale: u8,
    /// The estimate, scaled.
    pub point: i64,
    /// Lower and upper end of the interval of each of [`RECORD_LEVELS`], scaled.
    pub bands: [(i64, i64); 2],
    /// The model.
    pub model: String,
}

impl Prediction {
    /// Steps ahead, from 1: 1 is the first step that had not ended when this was made.
    #[must_use]
    pub fn ahead(&self) -> usize {
        let first = self.series.grain.floor(self.made_at.plus(1));
        let steps = self.series.grain.steps_between(first, self.day);
        usize::try_from(steps).unwrap_or(0).saturating_add(1)
    }
}

/// The predictions that a decoded part of the record holds; only those of some series if they are named.
///
/// # Errors
/// `Corrupt` if a column is missing or holds what it cannot.
pub fn predictions(table: &Table, of: Option<&[Recorded]>) -> Result<Vec<Prediction>> {
    let keys = table.codes("series")?;
    let text = |name: &str| table.text(name);
    let (measures, grains, dimensions) = (text("measure")?, text("grain")?, text("dimension")?);
    let (ids, versions, models) = (text("value")?, text("version")?, text("model")?);
    let (made, days, scales) = (
        table.codes("made_at")?,
        table.codes("day")?,
        table.codes("scale")?,
    );
    let point = table.sums("point")?;
    let ends: Result<Vec<&[i64]>> = ["lower_80", "upper_80", "lower_95", "upper_95"]
        .into_iter()
        .map(|name| table.sums(name))
        .collect();
    let ends = ends?;
    let broken = || Error::corrupt("the record of forecasts holds what it cannot: ingest again");
    let wanted: Option<Vec<i32>> = of.map(|of| of.iter().map(Recorded::key).collect());
    let mut found = Vec::new();
    for (row, key) in keys.iter().enumerate() {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(key)) {
            continue;
        }
        let series = Recorded {
            measure: measures.value(row).to_owned(),
            grain: Grain::parse(grains.value(row)).map_err(|_| broken())?,
            dimension: dimensions.value(row).to_owned(),
            value: ids.value(row).to_owned(),
        };
        if of.is_some_and(|of| !of.contains(&series)) {
            continue;
        }
        let number = |column: &[i32]| column.get(row).copied().ok_or_else(broken);
        let end = |at: usize| ends.get(at).and_then(|c| c.get(row)).copied();
        let band = |at: usize| Some((end(at)?, end(at + 1)?));
        found.push(Prediction {
            series,
            made_at: Day(number(made)?),
            version: versions.value(row).to_owned(),
            day: Day(number(days)?),
            scale: u8::try_from(number(scales)?).map_err(|_| broken())?,
            point: point.get(row).copied().ok_or_else(broken)?,
            bands: [band(0).ok_or_else(broken)?, band(2).ok_or_else(broken)?],
            model: models.value(row).to_owned(),
        });
    }
    Ok(found)
}

/// A version's record: its own forecasts behind those that it takes over, in the order of the file; and how many were left
/// out because there are more than `rows_max`. A forecast that only repeats the newest one of its series is not taken down
/// twice. Past the bound the oldest forecasts of weeks go first, for they are many, then those of longer steps.
#[must_use]
pub fn carried(
    before: Vec<Prediction>,
    parent: &str,
    own: &[Prediction],
    rows_max: usize,
) -> (Vec<Prediction>, u64) {
    let mut rows = before;
    for row in &mut rows {
        if row.version.is_empty() {
            parent.clone_into(&mut row.version);
        }
    }
    let news = own.chunk_by(|a, b| a.series == b.series);
    let news: Vec<Prediction> = news
        .filter(|f| !repeats(&rows, f))
        .flatten()
        .cloned()
        .collect();
    rows.extend(news);
    let excess = rows.len().saturating_sub(rows_max);
    if excess > 0 {
        // Whole forecasts go, oldest first, until few enough are left.
        rows.sort_by_key(|row| (row.series.grain, row.made_at));
        let mut cut = excess;
        let at = |i: usize| rows.get(i).map(|row| (row.series.grain, row.made_at));
        while cut < rows.len() && at(cut) == at(cut - 1) {
            cut += 1;
        }
        rows.drain(..cut);
        sort(&mut rows);
        return (rows, cut as u64);
    }
    sort(&mut rows);
    (rows, 0)
}

/// By series, then by when it was made; what was made at the same time stays in its order.
fn sort(rows: &mut [Prediction]) {
    rows.sort_by_cached_key(|row| (row.series.key(), row.series.clone(), row.made_at));
}

/// Whether a forecast says what the newest one of its series in a record said.
fn repeats(rows: &[Prediction], own: &[Prediction]) -> bool {
    let Some(series) = own.first().map(|p| &p.series) else {
        return true;
    };
    let key = series.key();
    let from = rows.partition_point(|row| row.series.key() < key);
    let same: Vec<&Prediction> = rows
        .iter()
        .skip(from)
        .take_while(|row| row.series.key() == key)
        .filter(|row| row.series == *series)
        .collect();
    let Some(newest) = same.last() else {
        return false;
    };
    let said = same
        .iter()
        .filter(|row| row.made_at == newest.made_at && row.version == newest.version)
        .map(|row| (row.day, row.scale, row.point, row.bands));
    said.eq(own.iter().map(|p| (p.day, p.scale, p.point, p.bands)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(made: &str, day: &str, grain: Grain, point: i64) -> Prediction {
        let day_of = |text: &str| Day::parse(text).expect(text);
        Prediction {
            series: Recorded {
                measure: "units".into(),
                grain,
                dimension: String::new(),
                value: String::new(),
            },
            made_at: day_of(made),
            version: String::new(),
            day: day_of(day),
            scale: 0,
            point,
            bands: [(point - 1, point + 1), (point - 2, point + 2)],
            model: "combination".into(),
        }
    }

    #[test]
    fn a_record_is_taken_over_and_named_after_its_version() {
        let first = vec![prediction("2025-06-30", "2025-07-01", Grain::Month, 5)];
        let (record, dropped) = carried(Vec::new(), "", &first, 10);
        assert_eq!((record.len(), dropped), (1, 0));
        let second = vec![prediction("2025-07-31", "2025-08-01", Grain::Month, 6)];
        let (record, _) = carried(record, "aaaa", &second, 10);
        let versions: Vec<&str> = record.iter().map(|p| p.version.as_str()).collect();
        assert_eq!(versions, ["aaaa", ""]);
        let third = vec![prediction("2025-08-31", "2025-09-01", Grain::Month, 7)];
        let (record, _) = carried(record, "bbbb", &third, 10);
        let versions: Vec<&str> = record.iter().map(|p| p.version.as_str()).collect();
        assert_eq!(versions, ["aaaa", "bbbb", ""]);
    }

    #[test]
    fn the_same_forecast_is_not_taken_down_twice() {
        let first = vec![prediction("2025-06-30", "2025-07-01", Grain::Month, 5)];
        let (record, _) = carried(Vec::new(), "", &first, 10);
        let again = vec![prediction("2025-07-15", "2025-07-01", Grain::Month, 5)];
        let (record, _) = carried(record, "aaaa", &again, 10);
        assert_eq!(record.len(), 1);
        assert_eq!(record[0].made_at.to_string(), "2025-06-30");
        let other = vec![prediction("2025-07-15", "2025-07-01", Grain::Month, 6)];
        assert_eq!(carried(record, "aaaa", &other, 10).0.len(), 2);
    }

    #[test]
    fn past_the_bound_the_oldest_weeks_go_first() {
        let before = vec![
            prediction("2025-06-29", "2025-06-30", Grain::Week, 1),
            prediction("2025-06-29", "2025-07-07", Grain::Week, 2),
            prediction("2025-07-06", "2025-07-07", Grain::Week, 3),
            prediction("2025-05-31", "2025-06-01", Grain::Month, 4),
        ];
        let own = vec![prediction("2025-06-30", "2025-07-01", Grain::Month, 5)];
        let (record, dropped) = carried(before, "aaaa", &own, 4);
        // Both steps of the older week's forecast, for half a forecast would say something else.
        assert_eq!(dropped, 2);
        let mut points: Vec<i64> = record.iter().map(|p| p.point).collect();
        points.sort_unstable();
        assert_eq!(points, [3, 4, 5]);
    }

    #[test]
    fn steps_ahead_count_from_the_first_that_had_not_ended() {
        let ahead = |made, day| prediction(made, day, Grain::Month, 0).ahead();
        assert_eq!(ahead("2025-06-30", "2025-07-01"), 1);
        assert_eq!(ahead("2025-06-30", "2025-09-01"), 3);
        assert_eq!(ahead("2025-07-10", "2025-07-01"), 1);
    }
}
