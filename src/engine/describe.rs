//! Descriptions: from the manifest alone, and names where they are many.

use super::Work;
use super::analysis::Asked;
use super::receipt::{receipt, turn_page};
use crate::compute::difference;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::answer::{
    Answer, Answered, DescribeAnswer, DescribeSince, Listed, SinceMeasure, SinceMonth, SinceValues,
};
use crate::model::dataset::VersionId;
use crate::model::manifest::{Dimension, Manifest};
use crate::model::names::{plain, plain_into};
use crate::model::note::Topic;
use crate::model::query::{DescribeQuery, Query, Since};

/// The dimensions whose names the answer lists.
pub(super) fn dimensions_needed(query: &DescribeQuery, manifest: &Manifest) -> Result<Vec<String>> {
    let Some(name) = &query.dimension else {
        return Ok(Vec::new());
    };
    let dimension = manifest.dimension(name)?;
    Ok(std::iter::once(&dimension.name)
        .chain(&dimension.parent)
        .cloned()
        .collect())
}

pub(super) fn answer(query: &DescribeQuery, asked: &Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let manifest = &work.manifest;
    let mut receipt = receipt(asked, None, None);
    // What is described is there whatever is missing, and the quality lists that.
    receipt.notes.forget(Topic::Gap);
    let listed = match &query.dimension {
        None => None,
        Some(name) => {
            let dimension = manifest.dimension(name)?;
            let all = matching(dimension, query, work)?;
            let total = all.len();
            let (skip, take) = (query.offset as usize, query.limit as usize);
            let values: Vec<_> = all.into_iter().skip(skip).take(take).collect();
            receipt.rows = u32::try_from(values.len()).unwrap_or(u32::MAX);
            receipt.rows_total = u32::try_from(total).unwrap_or(u32::MAX);
            if skip + values.len() < total {
                receipt.truncated = true;
                let mut next = query.clone();
                next.offset = query.offset.saturating_add(query.limit);
                turn_page(&mut receipt, &Query::Describe(next));
            }
            Some(Listed {
                dimension: dimension.name.clone(),
                values,
            })
        }
    };
    let mut measures = manifest.measures.clone();
    measures.sort_by_key(|m| m.name != manifest.default_measure);
    let dimensions = manifest
        .dimensions
        .iter()
        .map(|d| Dimension {
            values: Vec::new(),
            ..d.clone()
        })
        .collect();
    let answer = DescribeAnswer {
        grain: manifest.grain,
        days: manifest.days,
        measures,
        derived: manifest.derived.clone(),
        dimensions,
        listed,
        targets: manifest.targets.clone(),
        since: asked
            .earlier
            .map(|earlier| difference(earlier, work))
            .transpose()?,
        quality: manifest.quality.clone(),
    };
    Ok(Answered {
        receipt,
        answer: Answer::Describe(answer),
    })
}

fn matching(
    dimension: &Dimension,
    query: &DescribeQuery,
    work: &Work,
) -> Result<Vec<(String, String, Option<String>)>> {
    let parents = match &dimension.parent {
        Some(parent) => work.names.of(work.manifest.dimension(parent)?)?,
        None => &[],
    };
    let wanted = query.contains.as_deref().map(plain);
    let mut buffer = String::new();
    let mut has = |name: &str, wanted: &str| {
        plain_into(name, &mut buffer);
        buffer.contains(wanted)
    };
    Ok(work
        .names
        .of(dimension)?
        .iter()
        .filter(|v| {
            wanted
                .as_ref()
                .is_none_or(|w| has(&v.name, w) || has(&v.id, w))
        })
        .map(|v| {
            let parent = v
                .parent
                .and_then(|p| parents.get(p as usize))
                .map(|p| p.name.clone());
            (v.id.clone(), v.name.clone(), parent)
        })
        .collect())
}

/// The version whose differences are asked for.
pub(super) fn since(query: &DescribeQuery, manifest: &Manifest) -> Result<Option<VersionId>> {
    match &query.since {
        None => Ok(None),
        Some(Since::Version(version)) if *version == manifest.version => Err(Error::invalid(
            format!("since {version}: that is this version itself, so nothing has changed"),
        )),
        Some(Since::Version(version)) => Ok(Some(version.clone())),
        Some(Since::Previous) => match &manifest.parent {
            Some(parent) => Ok(Some(parent.clone())),
            None => Err(Error::invalid(format!(
                "{} is the first version: there is none before it",
                manifest.version
            ))),
        },
    }
}

/// That a version is not there to compare with.
pub(super) fn no_earlier(version: &VersionId, manifest: &Manifest) -> Error {
    let was = manifest.parent.as_ref() == Some(version);
    if was {
        Error::gone(format!(
            "the version before, {version}, was removed after its retention: name another one that there is"
        ))
    } else {
        Error::not_found(format!(
            "there is no version {version} to compare with: it never was, or was removed after its retention"
        ))
    }
}

/// What changed, as far as both manifests and the names beside them tell.
fn difference(earlier: &Work, work: &Work) -> Result<DescribeSince> {
    let (a, b) = (&*earlier.manifest, &*work.manifest);
    let (mut untold, mut values) = (Vec::new(), Vec::new());
    for before in &a.dimensions {
        let Some(after) = b.dimensions.iter().find(|d| d.name == before.name) else {
            continue;
        };
        if !earlier.names.has(before) || !work.names.has(after) {
            untold.push(format!(
                "which values of {} are new or gone: there were {} and are {}, too many to lie beside the manifest",
                after.name, before.count, after.count
            ));
            continue;
        }
        let (old, new) = (earlier.names.of(before)?, work.names.of(after)?);
        let changed = difference::values(&after.name, old, new, limits::DIFF_LISTED_MAX);
        values.extend(changed.map(|c| SinceValues {
            dimension: c.dimension,
            added: (c.added, c.added_count),
            gone: (c.removed, c.removed_count),
        }));
    }
    let sums = difference::months(a, b)?;
    if sums.is_none() {
        untold.push(
            "how sums changed: one of the versions does not keep the sums of its months".into(),
        );
    }
    let sums = sums.map(|sums| {
        let measures = sums.measures.into_iter().map(|m| SinceMeasure {
            name: m.name,
            unit: m.unit,
            scale: m.scale,
            sums: (m.before, m.after),
        });
        let months = sums.months.into_iter().map(|m| SinceMonth {
            month: m.month,
            known: m.lines.0 != 0,
            rows: m.lines,
            sums: m.sums,
        });
        (measures.collect(), months.collect())
    });
    untold.push("days and single rows: nearcast versions diff compares days".into());
    let before = &a.quality.restated;
    let restated = b.quality.restated.iter().filter(|d| !before.contains(*d));
    Ok(DescribeSince {
        version: a.version.clone(),
        days: a.days,
        rows: (a.quality.rows_used, b.quality.rows_used),
        schema: difference::schema(a, b),
        values,
        sums,
        restated: restated.copied().collect(),
        untold,
    })
}
