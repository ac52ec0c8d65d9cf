//! What changed from one version to another, as far as their manifests and names tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::Day;
use crate::model::manifest::{Dimension, Manifest, Measure, Value};

/// Values of a dimension that came and went. Lists are bounded; the counts beside them are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValuesChange {
    /// The dimension.
    pub dimension: String,
    /// Some of the values that are new, with the id where it is another one than the name.
    pub added: Vec<String>,
    /// How many are new.
    pub added_count: u64,
    /// Some of the values that are gone.
    pub removed: Vec<String>,
    /// How many are gone.
    pub removed_count: u64,
}

/// Compares the values of a dimension; none if they are the same. At most `listed_max` are listed of either side.
#[must_use]
pub fn values(
    dimension: &str,
    before: &[Value],
    after: &[Value],
    listed_max: usize,
) -> Option<ValuesChange> {
    let (before, after) = (named(before), named(after));
    let listed = |from: &BTreeSet<String>, other: &BTreeSet<String>| {
        let all: Vec<&String> = from.difference(other).collect();
        let some = all.iter().take(listed_max).map(|v| (*v).clone());
        (some.collect::<Vec<_>>(), all.len() as u64)
    };
    let (added, added_count) = listed(&after, &before);
    let (removed, removed_count) = listed(&before, &after);
    (added_count + removed_count > 0).then(|| ValuesChange {
        dimension: dimension.to_owned(),
        added,
        added_count,
        removed,
        removed_count,
    })
}

fn named(values: &[Value]) -> BTreeSet<String> {
    let name = |v: &Value| {
        if v.id == v.name {
            v.name.clone()
        } else {
            format!("{} ({})", v.name, v.id)
        }
    };
    values.iter().map(name).collect()
}

/// Sentences about the schema: dimensions and measures that came, went, or are described otherwise.
#[must_use]
pub fn schema(a: &Manifest, b: &Manifest) -> Vec<String> {
    let mut said = Vec::new();
    for (what, old, new) in [
        (
            "dimension",
            a.dimensions.iter().map(|d| &d.name).collect::<Vec<_>>(),
            b.dimensions.iter().map(|d| &d.name).collect::<Vec<_>>(),
        ),
        (
            "measure",
            a.measures.iter().map(|m| &m.name).collect(),
            b.measures.iter().map(|m| &m.name).collect(),
        ),
    ] {
        let gone = old.iter().filter(|n| !new.contains(n));
        said.extend(gone.map(|n| format!("{what} {n} is gone")));
        let came = new.iter().filter(|n| !old.contains(n));
        said.extend(came.map(|n| format!("{what} {n} is new")));
    }
    for (x, y) in shared(a, b) {
        if x.unit != y.unit {
            said.push(format!("{} was in {} and is in {}", x.name, x.unit, y.unit));
        }
        if x.scale != y.scale {
            said.push(format!(
                "{} had {} decimals and has {}",
                x.name, x.scale, y.scale
            ));
        }
    }
    for x in &a.dimensions {
        if let Some(y) = b.dimensions.iter().find(|y| y.name == x.name)
            && x.parent != y.parent
        {
            let of = |d: &Dimension| d.parent.clone().unwrap_or_else(|| "nothing".into());
            said.push(format!(
                "{} belonged to {} and belongs to {}",
                x.name,
                of(x),
                of(y)
            ));
        }
    }
    if a.grain != b.grain {
        said.push(format!("data were by {} and are by {}", a.grain, b.grain));
    }
    if a.title != b.title {
        said.push(format!("the title was {:?} and is {:?}", a.title, b.title));
    }
    said
}

/// The measures that both versions have, in the order of the first.
fn shared<'a>(
    a: &'a Manifest,
    b: &'a Manifest,
) -> impl Iterator<Item = (&'a Measure, &'a Measure)> {
    a.measures.iter().filter_map(|x| {
        let y = b.measures.iter().find(|y| y.name == x.name)?;
        Some((x, y))
    })
}

/// How sums changed, as the months of two manifests tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumsChange {
    /// The measures that both versions have in one unit.
    pub measures: Vec<MeasureChange>,
    /// The months that differ, newest first.
    pub months: Vec<MonthChange>,
}

/// A measure's total before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureChange {
    /// The measure.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Decimal places of the sums: the larger of both versions'.
    pub scale: u8,
    /// The sum over all days, scaled.
    pub before: i64,
    /// The same of the later version.
    pub after: i64,
}

/// A month whose sums or source rows differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthChange {
    /// Its first day.
    pub month: Day,
    /// Source rows before and after.
    pub lines: (i64, i64),
    /// For each measure its sum before and after, scaled.
    pub sums: Vec<(i64, i64)>,
}

/// Compares the months that two manifests keep; none where one of them keeps none.
///
/// # Errors   `OverBudget` if a sum passes 64 bits
pub fn months(a: &Manifest, b: &Manifest) -> Result<Option<SumsChange>> {
    if a.months.is_empty() || b.months.is_empty() {
        return Ok(None);
    }
    let pairs: Vec<(&Measure, &Measure)> = shared(a, b).filter(|(x, y)| x.unit == y.unit).collect();
    let mut measures: Vec<MeasureChange> = pairs
        .iter()
        .map(|(x, y)| MeasureChange {
            name: x.name.clone(),
            unit: x.unit.clone(),
            scale: x.scale.max(y.scale),
            before: 0,
            after: 0,
        })
        .collect();
    let wanted: Vec<(&str, u8)> = measures
        .iter()
        .map(|m| (m.name.as_str(), m.scale))
        .collect();
    let (before, after) = (by_month(a, &wanted)?, by_month(b, &wanted)?);
    let none = (0, vec![0; wanted.len()]);
    let mut changed = Vec::new();
    let mut totals = vec![(0_i64, 0_i64); wanted.len()];
    let all: BTreeSet<Day> = before.keys().chain(after.keys()).copied().collect();
    for month in all.into_iter().rev() {
        let (x, y) = (
            before.get(&month).unwrap_or(&none),
            after.get(&month).unwrap_or(&none),
        );
        for ((total, x), y) in totals.iter_mut().zip(&x.1).zip(&y.1) {
            let sums = total.0.checked_add(*x).zip(total.1.checked_add(*y));
            *total = sums.ok_or_else(too_large)?;
        }
        if x != y {
            changed.push(MonthChange {
                month,
                lines: (x.0, y.0),
                sums: x.1.iter().copied().zip(y.1.iter().copied()).collect(),
            });
        }
    }
    for (measure, (before, after)) in measures.iter_mut().zip(totals) {
        (measure.before, measure.after) = (before, after);
    }
    Ok(Some(SumsChange {
        measures,
        months: changed,
    }))
}

type Month = (i64, Vec<i64>);

fn by_month(manifest: &Manifest, wanted: &[(&str, u8)]) -> Result<BTreeMap<Day, Month>> {
    let mut months = BTreeMap::new();
    for month in &manifest.months {
        let sums = wanted.iter().map(|(name, scale)| {
            let at = manifest.measures.iter().position(|m| m.name == *name);
            let own = at.and_then(|at| manifest.measures.get(at));
            let sum = at.and_then(|at| month.sums.get(at)).copied().unwrap_or(0);
            let by = scale.saturating_sub(own.map_or(0, |m| m.scale));
            sum.checked_mul(10_i64.pow(u32::from(by)))
                .ok_or_else(too_large)
        });
        months.insert(month.month, (month.lines, sums.collect::<Result<_>>()?));
    }
    Ok(months)
}

fn too_large() -> Error {
    Error::over_budget("a sum of all days passes 64 bits")
}
