//! `versions diff`: what changed from one version to another, in the data and in what they are called.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use nearcast::compute::difference;
use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::manifest::{COLUMN_DAY, DataFile, Dimension, GrainMap, TimeGrain, Value};
use nearcast::model::{Day, Period, VersionId};
use serde::Serialize;

use super::reading::{Loaded, load, scan};
use super::written;
use crate::publish::Publisher;

/// What changed. Lists are bounded; the counts beside them are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The version before.
    pub from: VersionId,
    /// The version after.
    pub to: VersionId,
    /// Source rows before and after.
    pub rows: (u64, u64),
    /// First and last day before and after.
    pub days: (Period, Period),
    /// Sentences about the schema: dimensions and measures that came, went, or are described otherwise.
    pub schema: Vec<String>,
    /// Values that came and went, for each dimension that both have and where some did.
    pub dimensions: Vec<DimensionDiff>,
    /// Totals, for each measure that both have.
    pub measures: Vec<MeasureDiff>,
    /// Days whose totals differ, newest first, those that one of the versions does not have among them.
    pub changed_days: Vec<DayChange>,
    /// How many such days there are.
    pub changed_days_count: u64,
}

/// Values of a dimension that came and went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DimensionDiff {
    /// The dimension.
    pub name: String,
    /// Some of the values that are new.
    pub added: Vec<String>,
    /// How many are new.
    pub added_count: u64,
    /// Some of the values that are gone.
    pub removed: Vec<String>,
    /// How many are gone.
    pub removed_count: u64,
}

/// A measure's totals, in its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureDiff {
    /// The measure.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
    /// After less before.
    pub difference: String,
}

/// A day whose totals differ: by how much for each measure that both versions have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayChange {
    /// The day.
    pub day: Day,
    /// Measure and difference, in its unit, where there is one.
    pub difference: BTreeMap<String, String>,
    /// Source rows after less before.
    pub lines: i64,
}

/// Measures of one day, in order, and source rows last.
pub(crate) type Sums = Vec<i128>;

/// Compares two versions.
///
/// # Errors
/// `NotFound` if one is not there, `Corrupt` if one is damaged, `Upstream` if one cannot be read.
pub fn diff(publisher: &Publisher<'_>, from: &VersionId, to: &VersionId) -> Result<Diff> {
    let (old, new) = (load(publisher, from)?, load(publisher, to)?);
    let (a, b) = (&old.manifest, &new.manifest);
    let shared: Vec<(&str, u8)> = a
        .measures
        .iter()
        .filter(|m| b.measures.iter().any(|n| n.name == m.name))
        .map(|m| {
            let other = b.measures.iter().find(|n| n.name == m.name);
            (m.name.as_str(), m.scale.max(other.map_or(0, |n| n.scale)))
        })
        .collect();
    let before = by_day(publisher, &old, &shared)?;
    let after = by_day(publisher, &new, &shared)?;
    let measures = shared.iter().enumerate().map(|(at, (name, scale))| {
        let total =
            |days: &BTreeMap<i32, Sums>| days.values().filter_map(|s| s.get(at)).sum::<i128>();
        let (before, after) = (total(&before), total(&after));
        MeasureDiff {
            name: (*name).to_owned(),
            unit: a
                .measures
                .iter()
                .find(|m| m.name == *name)
                .map_or_else(String::new, |m| m.unit.clone()),
            before: written(before, *scale),
            after: written(after, *scale),
            difference: written(after - before, *scale),
        }
    });
    let measures = measures.collect();
    let mut changed: Vec<DayChange> = Vec::new();
    let days: BTreeSet<i32> = before.keys().chain(after.keys()).copied().collect();
    for day in days.into_iter().rev() {
        let (x, y) = (before.get(&day), after.get(&day));
        if x != y {
            changed.push(change(day, x, y, &shared));
        }
    }
    let changed_days_count = changed.len() as u64;
    changed.truncate(limits::DIFF_LISTED_MAX);
    let mut dimensions = Vec::new();
    for dimension in &a.dimensions {
        if let Some(other) = b.dimensions.iter().find(|d| d.name == dimension.name) {
            let before = values(publisher, &old, dimension)?;
            let after = values(publisher, &new, other)?;
            dimensions.extend(compare(&dimension.name, &before, &after));
        }
    }
    Ok(Diff {
        rows: (a.quality.rows_used, b.quality.rows_used),
        days: (a.days, b.days),
        schema: difference::schema(a, b),
        dimensions,
        measures,
        changed_days: changed,
        changed_days_count,
        from: from.clone(),
        to: to.clone(),
    })
}

fn change(
    day: i32,
    before: Option<&Sums>,
    after: Option<&Sums>,
    shared: &[(&str, u8)],
) -> DayChange {
    let at = |sums: Option<&Sums>, i: usize| sums.and_then(|s| s.get(i)).copied().unwrap_or(0);
    let by = |i: usize| at(after, i) - at(before, i);
    DayChange {
        day: Day(day),
        difference: shared
            .iter()
            .enumerate()
            .filter(|(i, _)| by(*i) != 0)
            .map(|(i, (name, scale))| ((*name).to_owned(), written(by(i), *scale)))
            .collect(),
        lines: i64::try_from(by(shared.len())).unwrap_or(i64::MAX),
    }
}

/// The totals of each day at the wanted scales, and source rows last.
pub(crate) fn by_day(
    publisher: &Publisher<'_>,
    loaded: &Loaded,
    measures: &[(&str, u8)],
) -> Result<BTreeMap<i32, Sums>> {
    let manifest = &loaded.manifest;
    let (file, grain) = day_grain(loaded)?;
    let factors: Vec<i128> = measures
        .iter()
        .map(|(name, scale)| {
            let own = manifest.measures.iter().find(|m| m.name == *name);
            10_i128.pow(u32::from(scale.saturating_sub(own.map_or(0, |m| m.scale))))
        })
        .collect();
    let mut days: BTreeMap<i32, Sums> = BTreeMap::new();
    scan(publisher, loaded, file, grain, |table| {
        let keys = table.codes(COLUMN_DAY)?;
        let columns: Result<Vec<&[i64]>> = measures
            .iter()
            .map(|(name, _)| *name)
            .chain([nearcast::model::manifest::COLUMN_LINES])
            .map(|name| table.sums(name))
            .collect();
        let columns = columns?;
        for (row, day) in keys.iter().enumerate() {
            let sums = days.entry(*day).or_insert_with(|| vec![0; columns.len()]);
            let factors = factors.iter().chain([&1]);
            for ((sum, column), factor) in sums.iter_mut().zip(&columns).zip(factors) {
                *sum += i128::from(column.get(row).copied().unwrap_or(0)) * factor;
            }
        }
        Ok(())
    })?;
    Ok(days)
}

/// The smallest grain that keeps days apart.
fn day_grain(loaded: &Loaded) -> Result<(&DataFile, &GrainMap)> {
    let mut best: Option<(u64, &DataFile, &GrainMap)> = None;
    for file in &loaded.manifest.files {
        for grain in &file.grains {
            if grain.names_of.is_some() || grain.time != TimeGrain::Day {
                continue;
            }
            let groups = loaded.groups(file, grain)?;
            let rows = groups.iter().map(|g| u64::from(g.rows)).sum();
            if best.is_none_or(|(least, ..)| rows < least) {
                best = Some((rows, file, grain));
            }
        }
    }
    let (_, file, grain) = best.ok_or_else(|| {
        Error::corrupt(format!("version {} has no days", loaded.manifest.version))
    })?;
    Ok((file, grain))
}

/// The values of a dimension, in code order.
pub(crate) fn values(
    publisher: &Publisher<'_>,
    loaded: &Loaded,
    dimension: &Dimension,
) -> Result<Vec<Value>> {
    let mut values = dimension.values.clone();
    if values.is_empty() {
        for file in &loaded.manifest.files {
            for grain in &file.grains {
                if grain.names_of.as_ref() == Some(&dimension.name) {
                    scan(publisher, loaded, file, grain, |table| {
                        values.extend(table.names()?);
                        Ok(())
                    })?;
                }
            }
        }
    }
    Ok(values)
}

fn compare(dimension: &str, before: &[Value], after: &[Value]) -> Option<DimensionDiff> {
    let changed = difference::values(dimension, before, after, limits::DIFF_LISTED_MAX)?;
    Some(DimensionDiff {
        name: changed.dimension,
        added: changed.added,
        added_count: changed.added_count,
        removed: changed.removed,
        removed_count: changed.removed_count,
    })
}

impl Diff {
    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "{} -> {}\nrows {} -> {}\ndays {} -> {}\n",
            self.from, self.to, self.rows.0, self.rows.1, self.days.0, self.days.1
        );
        // Writing into a String does not fail.
        for line in &self.schema {
            let _ = writeln!(text, "{line}");
        }
        for d in &self.dimensions {
            for (what, list, count) in [
                ("new", &d.added, d.added_count),
                ("gone", &d.removed, d.removed_count),
            ] {
                if count > 0 {
                    let more = count - list.len() as u64;
                    let _ = write!(text, "{}: {count} {what}: {}", d.name, list.join(", "));
                    let _ = match more {
                        0 => writeln!(text),
                        more => writeln!(text, " and {more} more"),
                    };
                }
            }
        }
        for m in &self.measures {
            let _ = writeln!(
                text,
                "{} ({}) {} -> {}, difference {}",
                m.name, m.unit, m.before, m.after, m.difference
            );
        }
        let _ = writeln!(text, "{} days differ", self.changed_days_count);
        for d in &self.changed_days {
            let _ = write!(text, "  {}: {:+} rows", d.day, d.lines);
            for (measure, by) in &d.difference {
                let sign = if by.starts_with('-') { "" } else { "+" };
                let _ = write!(text, ", {measure} {sign}{by}");
            }
            text.push('\n');
        }
        let more = self.changed_days_count - self.changed_days.len() as u64;
        if more > 0 {
            let _ = writeln!(text, "  and {more} earlier days");
        }
        text
    }
}
