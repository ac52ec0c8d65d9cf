//! Cells in their final shape: codes ranked by name, dimensions that follow from another one taken out of the cells.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{Builder, RowKey, overflow};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::Dimension;
use crate::model::manifest::{CODE_ALL, Value};

/// Cells of one kind: codes of the stored dimensions and a day for each, with sums.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cells {
    /// Codes in the order of the stored dimensions, then the day.
    pub(super) keys: Vec<CellKey>,
    /// Sums, measure after measure for each cell.
    pub(super) sums: Vec<i64>,
    /// Source rows in each cell.
    pub(super) lines: Vec<i64>,
}

/// Codes of the stored dimensions in sort order, [`CODE_ALL`] in unused places; and the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CellKey {
    pub(super) codes: [i32; limits::STORED_DIMENSIONS_MAX],
    pub(super) day: i32,
}

/// What a builder's rows come to.
#[derive(Debug)]
pub(super) struct Shaped {
    /// All dimensions with all their values, stored ones first.
    pub(super) dimensions: Vec<Dimension>,
    /// The finest cells, sorted by [`CellKey`].
    pub(super) fine: Cells,
    pub(super) notes: Vec<String>,
}

/// Ranks the values, takes out what follows from a child, and sorts the cells.
pub(super) fn shape(builder: &Builder) -> Result<Shaped> {
    let plans = &builder.mapping.dimensions;
    let mut notes = Vec::new();
    let ranks: Vec<Vec<i32>> = builder.values.iter().map(|v| ranks(&v.values)).collect();
    let rank = |dimension: usize, code: i32| {
        let codes = ranks.get(dimension);
        codes
            .and_then(|r| r.get(usize::try_from(code).ok()?))
            .copied()
            .unwrap_or(CODE_ALL)
    };

    let parents = parents(builder, &rank, &mut notes);
    let is_parent = |d: usize| parents.iter().flatten().any(|(p, _)| *p == d);
    let stored: Vec<usize> = (0..plans.len()).filter(|d| !is_parent(*d)).collect();

    let mut dimensions = Vec::new();
    let order = stored
        .iter()
        .copied()
        .chain((0..plans.len()).filter(|d| is_parent(*d)));
    for d in order {
        let (Some(plan), Some(interner)) = (plans.get(d), builder.values.get(d)) else {
            continue;
        };
        let parent = parents.get(d).and_then(Option::as_ref);
        let mut values: Vec<(i32, Value)> = Vec::with_capacity(interner.values.len());
        for (code, (id, name)) in interner.values.iter().enumerate() {
            let up = parent.and_then(|(p, of)| {
                let up = i32::try_from((*of.get(code)?)?).ok()?;
                u32::try_from(rank(*p, up)).ok()
            });
            let ranked = rank(d, i32::try_from(code).unwrap_or(CODE_ALL));
            values.push((
                ranked,
                Value {
                    id: id.clone(),
                    name: name.clone(),
                    parent: up,
                },
            ));
        }
        values.sort_by_key(|v| v.0);
        dimensions.push(Dimension {
            name: plan.name.clone(),
            label: plan.label.clone(),
            synonyms: plan.synonyms.clone(),
            parent: parent
                .and_then(|(p, _)| plans.get(*p))
                .map(|p| p.name.clone()),
            stored: !is_parent(d),
            count: u32::try_from(values.len()).map_err(|_| Error::internal("too many values"))?,
            values: values.into_iter().map(|v| v.1).collect(),
        });
    }

    let keys: Vec<CellKey> = builder
        .keys
        .iter()
        .map(|key| {
            let mut codes = [CODE_ALL; limits::STORED_DIMENSIONS_MAX];
            for (slot, d) in codes.iter_mut().zip(&stored) {
                *slot = rank(*d, key.get(d + 1).copied().unwrap_or(CODE_ALL));
            }
            CellKey {
                codes,
                day: key.first().copied().unwrap_or(0),
            }
        })
        .collect();
    let fine = merge(
        &keys,
        &builder.sums,
        &builder.lines,
        builder.mapping.measures.len(),
        |measure| {
            let name = builder
                .mapping
                .measures
                .get(measure)
                .map_or("", |m| &m.name);
            overflow(&builder.source, name)
        },
    )?;
    Ok(Shaped {
        dimensions,
        fine,
        notes,
    })
}

/// A dimension's parent, by position, and the parent's code for each of the dimension's own codes.
type ParentOf = Option<(usize, Vec<Option<u32>>)>;

/// The parent of each dimension, where the data agree with what the mapping says.
fn parents(
    builder: &Builder,
    rank: &impl Fn(usize, i32) -> i32,
    notes: &mut Vec<String>,
) -> Vec<ParentOf> {
    let plans = &builder.mapping.dimensions;
    let mut parents = Vec::new();
    for (child, plan) in plans.iter().enumerate() {
        let position = plan
            .parent
            .as_ref()
            .and_then(|p| plans.iter().position(|d| d.name == *p));
        let found = match position {
            None => None,
            Some(parent) => match dependence(&builder.keys, child, parent) {
                Ok(of) => Some((parent, of)),
                Err(codes) => {
                    let first = codes
                        .iter()
                        .min_by_key(|c| rank(child, **c))
                        .copied()
                        .unwrap_or(0);
                    let value = usize::try_from(first)
                        .ok()
                        .and_then(|c| builder.values.get(child)?.values.get(c));
                    let name = value.map_or("", |v| v.1.as_str());
                    let up = plans.get(parent).map_or("", |p| &p.name);
                    notes.push(format!(
                        "{up} is kept apart from {}: {} of its values go with more than one {up}, such as {name:?}",
                        plan.name, codes.len()
                    ));
                    None
                }
            },
        };
        parents.push(found);
    }
    parents
}

/// For each code in order of appearance its rank by name, then id.
fn ranks(values: &[(String, String)]) -> Vec<i32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|i| values.get(*i).map(|(id, name)| (name, id)));
    let mut ranks = vec![CODE_ALL; values.len()];
    for (rank, code) in order.into_iter().enumerate() {
        if let Some(slot) = ranks.get_mut(code) {
            *slot = i32::try_from(rank).unwrap_or(CODE_ALL);
        }
    }
    ranks
}

/// The parent's code for each code of the child, or the child's codes that go with several.
fn dependence(
    keys: &[RowKey],
    child: usize,
    parent: usize,
) -> std::result::Result<Vec<Option<u32>>, BTreeSet<i32>> {
    let mut of: BTreeMap<i32, i32> = BTreeMap::new();
    let mut broken = BTreeSet::new();
    for key in keys {
        let (Some(&c), Some(&p)) = (key.get(child + 1), key.get(parent + 1)) else {
            continue;
        };
        if *of.entry(c).or_insert(p) != p {
            broken.insert(c);
        }
    }
    if !broken.is_empty() {
        return Err(broken);
    }
    let count = of
        .last_key_value()
        .map_or(0, |(c, _)| usize::try_from(*c).unwrap_or(0) + 1);
    let mut all = vec![None; count];
    for (c, p) in of {
        if let Some(slot) = usize::try_from(c).ok().and_then(|c| all.get_mut(c)) {
            *slot = u32::try_from(p).ok();
        }
    }
    Ok(all)
}

/// Sorts cells by key and adds up those that share one.
pub(super) fn merge(
    keys: &[CellKey],
    sums: &[i64],
    lines: &[i64],
    width: usize,
    overflow: impl Fn(usize) -> Error,
) -> Result<Cells> {
    let mut order: Vec<(CellKey, usize)> = keys.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let mut cells = Cells::default();
    for (key, from) in order {
        let values = sums
            .get(from * width..(from + 1) * width)
            .unwrap_or_default();
        let count = lines.get(from).copied().unwrap_or(0);
        if cells.keys.last() != Some(&key) {
            cells.keys.push(key);
            cells.sums.extend_from_slice(values);
            cells.lines.push(count);
            continue;
        }
        let start = cells.sums.len() - width;
        let cell = cells.sums.get_mut(start..).unwrap_or_default();
        for (measure, (sum, value)) in cell.iter_mut().zip(values).enumerate() {
            *sum = sum.checked_add(*value).ok_or_else(|| overflow(measure))?;
        }
        if let Some(last) = cells.lines.last_mut() {
            *last += count;
        }
    }
    Ok(cells)
}
