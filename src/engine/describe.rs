//! Descriptions: from the manifest alone, and names where they are many.

use super::Work;
use super::analysis::Asked;
use super::receipt::{receipt, turn_page};
use crate::error::Result;
use crate::model::answer::{Answer, Answered, DescribeAnswer, Listed};
use crate::model::manifest::{Dimension, Manifest};
use crate::model::names::{plain, plain_into};
use crate::model::note::Topic;
use crate::model::query::{DescribeQuery, Query};

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
