//! A forecast by a dimension: which values get one of their own, their histories, and the tree that they add up in.

use super::top::{self, stored};
use super::{ReadData, Work};
use crate::compute::aggregate::{self, Places};
use crate::error::{Error, Result};
use crate::forecast::reconcile::Tree;
use crate::forecast::{Request, hierarchy};
use crate::limits::{HIERARCHY_NODES_MAX, HIERARCHY_VALUES_MAX};
use crate::model::Series;
use crate::model::answer::{Part, Parts};
use crate::model::manifest::{Dimension, Manifest, Value};
use crate::model::query::ForecastQuery;
use crate::present::number;

/// What a node that stands for the rest is called.
const REST: &str = "(other)";
/// What the values without a parent are called, where they are ranked with their like.
const NONE: &str = "(none)";
/// Nodes that there is always room for: the total, a few values and the rest.
const NODES_MIN: usize = 8;

/// The values of a dimension with their histories.
#[derive(Debug)]
pub(super) struct Split {
    by: (String, String),
    parent: Option<(String, String)>,
    nodes: Vec<Node>,
    /// Of each node, over the scan's period.
    series: Vec<Series>,
    notes: Vec<String>,
}

/// A node before it is forecast.
#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    level: String,
    id: String,
    name: String,
    rest: usize,
}

/// The dimensions whose names the answer shows.
pub(super) fn names_needed<'a>(
    query: &ForecastQuery,
    manifest: &'a Manifest,
) -> Result<Vec<&'a str>> {
    let Some(by) = &query.by else {
        return Ok(Vec::new());
    };
    let mut needed = top::names_needed(by, manifest)?;
    if let Some(parent) = &manifest.dimension(by)?.parent {
        needed.push(&manifest.dimension(parent)?.name);
    }
    Ok(needed)
}

/// Values of the dimension with their sums, the largest first.
struct Ranked<'a> {
    /// Code among the dimension's values, none for cells that belong to none; size over the whole period.
    values: Vec<(Option<usize>, i128)>,
    /// The value of each code in the files.
    value_of_code: Vec<Option<usize>>,
    names: &'a [Value],
}

impl<'a> Ranked<'a> {
    fn of(
        by: &Dimension,
        leaf: &Dimension,
        work: &'a Work,
        read: &ReadData<'_>,
        names: &'a [Value],
    ) -> Result<Self> {
        let count = leaf.count as usize;
        let sums = aggregate::by_code(read.scan, read.plan, read.tables, &leaf.name, count)?;
        let value_of_code: Vec<Option<usize>> = if by.stored {
            (0..count).map(Some).collect()
        } else {
            let parents = work.names.of(leaf)?.iter();
            parents.map(|v| v.parent.map(|p| p as usize)).collect()
        };
        // The last one is for what belongs to no value.
        let mut sizes: Vec<Option<i128>> = vec![None; names.len() + 1];
        for (code, value) in value_of_code.iter().enumerate() {
            let Some(sum) = sums.get(code).and_then(|s| s.first()) else {
                continue;
            };
            if let Some(size) = sizes.get_mut(value.unwrap_or(names.len())) {
                *size = Some(size.unwrap_or(0) + i128::from(*sum));
            }
        }
        let mut values: Vec<(Option<usize>, i128)> = sizes
            .into_iter()
            .enumerate()
            .filter_map(|(value, size)| Some(((value < names.len()).then_some(value), size?)))
            .collect();
        values.sort_by_key(|(_, size)| std::cmp::Reverse(size.abs()));
        Ok(Self {
            values,
            value_of_code,
            names,
        })
    }

    fn parent(&self, value: Option<usize>) -> Option<usize> {
        let parent = self.names.get(value?)?.parent?;
        Some(parent as usize)
    }
}

impl Split {
    /// Reads the histories of what a query asks to be split by; none where it asks for the whole only.
    pub(super) fn of(
        query: &ForecastQuery,
        work: &Work,
        read: &ReadData<'_>,
    ) -> Result<Option<Self>> {
        let Some(by) = &query.by else {
            return Ok(None);
        };
        let manifest = &work.manifest;
        let by = manifest.dimension(by)?;
        let leaf = stored(by, manifest)?;
        let ranked = Ranked::of(by, leaf, work, read, work.names.of(by)?)?;
        let steps = aggregate::steps(read.scan, query.grain)?;
        let room = (HIERARCHY_VALUES_MAX / steps.max(1)).clamp(NODES_MIN, HIERARCHY_NODES_MAX);
        let above = by
            .parent
            .as_deref()
            .map(|p| manifest.dimension(p))
            .transpose()?;
        let mut split = Self {
            by: (by.name.clone(), by.label.clone()),
            parent: None,
            nodes: vec![Node {
                parent: None,
                level: "total".into(),
                id: "total".into(),
                name: "Total".into(),
                rest: 0,
            }],
            series: Vec::new(),
            notes: Vec::new(),
        };
        let node_of_parent = match above {
            Some(above) => split.add_parents(&ranked, above, work.names.of(above)?, room),
            None => Vec::new(),
        };
        let node_of_value = split.add_values(&ranked, &node_of_parent, room);
        let part_of_code: Vec<Option<usize>> = ranked
            .value_of_code
            .iter()
            .map(|value| *node_of_value.get(value.unwrap_or(ranked.names.len()))?)
            .collect();
        let places = Places {
            dimension: &leaf.name,
            of_code: &part_of_code,
            count: split.nodes.len(),
        };
        split.series = aggregate::by_part(read.scan, read.plan, read.tables, query.grain, places)?;
        split.add_up()?;
        Ok(Some(split))
    }

    /// A node for each parent that has values, the largest first, if there is room; the node of each parent.
    fn add_parents(
        &mut self,
        ranked: &Ranked<'_>,
        above: &Dimension,
        names: &[Value],
        room: usize,
    ) -> Vec<Option<usize>> {
        let mut sizes: Vec<Option<i128>> = vec![None; names.len()];
        for (value, size) in &ranked.values {
            if let Some(sum) = ranked.parent(*value).and_then(|p| sizes.get_mut(p)) {
                *sum = Some(sum.unwrap_or(0) + size);
            }
        }
        let mut present: Vec<(usize, i128)> = sizes
            .iter()
            .enumerate()
            .filter_map(|(parent, size)| Some((parent, (*size)?)))
            .collect();
        // One parent is the total again; too many leave no room for what is in them.
        if present.len() < 2 {
            return Vec::new();
        }
        if 4 * present.len() > room {
            self.notes.push(format!(
                "there are {} values of {}, too many to be forecast beside those of {}: ask for by {}",
                present.len(),
                above.name,
                self.by.0,
                above.name
            ));
            return Vec::new();
        }
        present.sort_by_key(|(_, size)| std::cmp::Reverse(size.abs()));
        let mut node_of_parent = vec![None; names.len()];
        for (parent, _) in present {
            let (Some(name), Some(slot)) = (names.get(parent), node_of_parent.get_mut(parent))
            else {
                continue;
            };
            *slot = Some(self.nodes.len());
            self.nodes.push(Node {
                parent: Some(0),
                level: above.name.clone(),
                id: name.id.clone(),
                name: name.name.clone(),
                rest: 0,
            });
        }
        self.parent = Some((above.name.clone(), above.label.clone()));
        node_of_parent
    }

    /// A node for each value as far as there is room, the largest first, and one for the rest below each parent; the node
    /// of each value, the last one of what belongs to no value.
    fn add_values(
        &mut self,
        ranked: &Ranked<'_>,
        node_of_parent: &[Option<usize>],
        room: usize,
    ) -> Vec<Option<usize>> {
        let parents = self.nodes.len();
        let room = if parents + ranked.values.len() <= room {
            ranked.values.len()
        } else {
            // Each node above may need one for its rest.
            room.saturating_sub(2 * parents)
        };
        let mut node_of_value = vec![None; ranked.names.len() + 1];
        let mut rest_of: Vec<Option<usize>> = vec![None; parents];
        for (rank, (value, _)) in ranked.values.iter().enumerate() {
            let parent = ranked.parent(*value);
            let parent = parent.and_then(|p| *node_of_parent.get(p)?).unwrap_or(0);
            let at = if rank < room {
                let named = value.and_then(|v| ranked.names.get(v));
                self.nodes.push(Node {
                    parent: Some(parent),
                    level: self.by.0.clone(),
                    id: named.map_or(NONE, |v| &v.id).to_owned(),
                    name: named.map_or(NONE, |v| &v.name).to_owned(),
                    rest: 0,
                });
                self.nodes.len() - 1
            } else {
                let next = self.nodes.len();
                let at = rest_of
                    .get_mut(parent)
                    .map_or(next, |slot| *slot.get_or_insert(next));
                if at == next {
                    self.nodes.push(Node {
                        parent: Some(parent),
                        level: self.by.0.clone(),
                        id: REST.into(),
                        name: REST.into(),
                        rest: 0,
                    });
                }
                if let Some(node) = self.nodes.get_mut(at) {
                    node.rest += 1;
                }
                at
            };
            if let Some(slot) = node_of_value.get_mut(value.unwrap_or(ranked.names.len())) {
                *slot = Some(at);
            }
        }
        if ranked.values.len() > room {
            self.notes.push(format!(
                "the {room} largest of {} have forecasts of their own; the other {} are added together as {REST}",
                ranked.values.len(),
                ranked.values.len() - room
            ));
        }
        node_of_value
    }

    /// Adds the histories up the tree.
    fn add_up(&mut self) -> Result<()> {
        for node in (1..self.series.len()).rev() {
            let parent = self.nodes.get(node).and_then(|n| n.parent).unwrap_or(0);
            let (above, below) = self.series.split_at_mut(node);
            let (Some(above), Some(below)) = (above.get_mut(parent), below.first()) else {
                continue;
            };
            for (sum, value) in above.values.iter_mut().zip(&below.values) {
                *sum = sum.checked_add(*value).ok_or_else(|| {
                    Error::over_budget("a sum passes 64 bits: narrow the filters or the period")
                })?;
            }
        }
        Ok(())
    }

    /// The history of everything.
    pub(super) fn total(&self) -> Result<Series> {
        let total = self.series.first().cloned();
        total.ok_or_else(|| Error::internal("a forecast of no parts"))
    }

    /// Forecasts every node over the steps of `history`, the part of the total's that is whole.
    pub(super) fn forecast(
        self,
        history: &Series,
        request: &Request<'_>,
        sum_from: usize,
        scale: u8,
    ) -> Result<(Parts, Vec<String>)> {
        let tree = Tree::new(self.nodes.iter().map(|n| n.parent).collect())?;
        let histories: Vec<Vec<f64>> = self
            .series
            .iter()
            .map(|series| {
                let from = series.grain.steps_between(series.start, history.start);
                let from = usize::try_from(from).unwrap_or(0);
                let whole = series.values.iter().skip(from).take(history.values.len());
                whole.map(|v| number::natural(*v, scale)).collect()
            })
            .collect();
        let found = hierarchy::forecast(&tree, &histories, request, sum_from)?;
        let mut said = self.notes;
        let method = found.scaling.name();
        let change = found.change.map_or(String::new(), |change| {
            format!(", which changed the total by {} ", number::percent(change))
        });
        said.push(format!(
            "the forecasts of {} and their sums are reconciled by {method}{}; ends of intervals do not add up",
            self.by.0,
            change.trim_end()
        ));
        if found.others > 0 {
            said.push(format!(
                "{} parts cannot have the model {}: theirs was chosen by the backtest",
                found.others, request.model
            ));
        }
        if found.light > 0 {
            said.push(format!(
                "the {} smallest parts repeat the value of one season ago before they are reconciled: there are more than \
                 one request may choose models for",
                found.light
            ));
        }
        let nodes = self.nodes.into_iter().zip(found.nodes).zip(found.sums);
        let nodes = nodes.map(|((node, forecast), sum)| Part {
            parent: node.parent,
            level: node.level,
            id: node.id,
            name: node.name,
            rest: node.rest,
            forecast,
            sum,
        });
        let parts = Parts {
            by: self.by.0,
            by_label: self.by.1,
            parent: self.parent,
            method,
            nodes: nodes.collect(),
        };
        Ok((parts, said))
    }
}
