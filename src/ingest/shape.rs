//! Cells in their final shape: codes ranked by name, dimensions that follow from another one taken out of the cells.

use super::cells::Builder;
use super::layout::{ALL, DAY, Layout, Parts, bits_for};
use super::sorted::{Sorted, Sorter};
use super::ties::Tie;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::Value;
use crate::model::{Day, Dimension, Grain};

/// What a builder's rows come to.
#[derive(Debug)]
pub(super) struct Shaped {
    /// All dimensions with all their values, stored ones first.
    pub(super) dimensions: Vec<Dimension>,
    /// The finest cells: by operation (if there is one), then day, then the other dimensions, so that a window of time
    /// within an operation is a run of rows.
    pub(super) fine: Sorted,
    pub(super) frame: Frame,
    pub(super) notes: Vec<String>,
}

/// What the numbers in a final key stand for.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// The day of which the part is 0: the first of a month.
    pub(super) base: i32,
    /// The first day with data.
    pub(super) first: i32,
    /// Bits of a day.
    pub(super) day_bits: u32,
    /// Names of the stored dimensions, and bits of their codes.
    pub(super) stored: Vec<(String, u32)>,
}

impl Frame {
    /// Whether the first dimension says where: row groups are cut by it.
    pub(super) fn by_operation(&self) -> bool {
        self.stored
            .first()
            .is_some_and(|(name, _)| name == "operation")
    }

    /// A key of some of the stored dimensions, then the day or none; or, for the fine cells, the day after the operation.
    pub(super) fn layout(&self, dimensions: &[usize], day_at: Option<usize>) -> Result<Layout> {
        let mut order: Vec<(usize, u32)> = dimensions
            .iter()
            .map(|d| (d + 1, self.stored.get(*d).map_or(0, |s| s.1)))
            .collect();
        if let Some(at) = day_at {
            order.insert(at.min(order.len()), (DAY, self.day_bits));
        }
        Layout::new(&order)
    }

    /// The day that a part stands for; one that is not kept apart is the first.
    pub(super) fn day(&self, part: u32) -> i32 {
        match i32::try_from(part) {
            Ok(part) if part >= 0 => self.base.saturating_add(part),
            _ => self.first,
        }
    }

    /// A day as a part of a key.
    pub(super) fn part(&self, day: i32) -> u32 {
        u32::try_from(day.saturating_sub(self.base)).unwrap_or(0)
    }
}

/// Ranks the values, takes out what follows from a child, and sorts the cells.
pub(super) fn shape(builder: &mut Builder, days: &[Day]) -> Result<Shaped> {
    let (Some(&first), Some(&last)) = (days.first(), days.last()) else {
        return Err(Error::internal("cells without days"));
    };
    let mut notes = Vec::new();
    let ranks: Vec<Vec<u32>> = builder.values.iter().map(|v| ranks(&v.values)).collect();
    let ties = parents(builder, &ranks, &mut notes);
    let is_parent = |d: usize| ties.iter().any(|t| t.parent == d);
    let count = builder.mapping.dimensions.len();
    let stored: Vec<usize> = (0..count).filter(|d| !is_parent(*d)).collect();
    let mut dimensions = Vec::new();
    for d in stored
        .iter()
        .copied()
        .chain((0..count).filter(|d| is_parent(*d)))
    {
        dimensions.push(dimension(builder, d, !is_parent(d), &ties, &ranks)?);
    }

    let base = Grain::Month.floor(first).0;
    let frame = Frame {
        base,
        first: first.0,
        day_bits: bits_for(u32::try_from(last.0 - base + 1).unwrap_or(u32::MAX)),
        stored: dimensions
            .iter()
            .filter(|d| d.stored)
            .map(|d| (d.name.clone(), bits_for(d.count)))
            .collect(),
    };
    let all: Vec<usize> = (0..stored.len()).collect();
    let layout = frame.layout(&all, Some(usize::from(frame.by_operation())))?;
    let mut fine = Sorter::new(layout.clone(), &builder.of, &builder.room);
    let shift = super::calendar::Days::day(0).saturating_sub(base);
    builder.drain(|raw, sums, room| {
        let mut parts: Parts = [ALL; limits::STORED_DIMENSIONS_MAX + 1];
        parts[DAY] = raw[DAY].saturating_add_signed(shift);
        for (slot, d) in parts.iter_mut().skip(1).zip(&stored) {
            let code = raw.get(d + 1).map_or(usize::MAX, |c| *c as usize);
            *slot = ranks
                .get(*d)
                .and_then(|r| r.get(code))
                .copied()
                .unwrap_or(0);
        }
        fine.push(layout.pack(&parts), sums, room)
    })?;
    Ok(Shaped {
        fine: fine.finish(&mut builder.room)?,
        dimensions,
        frame,
        notes,
    })
}

fn dimension(
    builder: &Builder,
    d: usize,
    stored: bool,
    ties: &[Tie],
    ranks: &[Vec<u32>],
) -> Result<Dimension> {
    let gone = || Error::internal("a dimension that is not there");
    let plan = builder.mapping.dimensions.get(d).ok_or_else(gone)?;
    let interner = builder.values.get(d).ok_or_else(gone)?;
    let own = ranks.get(d).ok_or_else(gone)?;
    let tie = ties.iter().find(|t| t.child == d);
    let mut values: Vec<(u32, Value)> = Vec::with_capacity(interner.values.len());
    for (code, ((id, name), rank)) in interner.values.iter().zip(own).enumerate() {
        let up = tie.and_then(|t| {
            let up = t.parent_of(code)? as usize;
            ranks.get(t.parent)?.get(up).copied()
        });
        let value = Value {
            id: id.clone(),
            name: name.clone(),
            parent: up,
        };
        values.push((*rank, value));
    }
    values.sort_by_key(|v| v.0);
    Ok(Dimension {
        name: plan.name.clone(),
        label: plan.label.clone(),
        synonyms: plan.synonyms.clone(),
        parent: tie
            .and_then(|t| builder.mapping.dimensions.get(t.parent))
            .map(|p| p.name.clone()),
        stored,
        count: interner.count(),
        values: values.into_iter().map(|v| v.1).collect(),
    })
}

/// The ties that the data agree with.
fn parents(builder: &Builder, ranks: &[Vec<u32>], notes: &mut Vec<String>) -> Vec<Tie> {
    let plans = &builder.mapping.dimensions;
    let mut held = Vec::new();
    for tie in &builder.ties {
        if tie.broken.is_empty() {
            held.push(tie.clone());
            continue;
        }
        let rank = |code: u32| ranks.get(tie.child).and_then(|r| r.get(code as usize));
        let first = tie.broken.iter().min_by_key(|c| rank(**c));
        let values = builder.values.get(tie.child).map(|v| &v.values);
        let value = first.and_then(|c| values?.get(*c as usize));
        let name = value.map_or("", |v| v.1.as_str());
        let up = plans.get(tie.parent).map_or("", |p| &p.name);
        let own = plans.get(tie.child).map_or("", |p| &p.name);
        notes.push(format!(
            "{up} is kept apart from {own}: {} of its values go with more than one {up}, such as {name:?}",
            tie.broken.len()
        ));
    }
    held
}

/// For each code in order of appearance its rank by name, then id.
fn ranks(values: &[(String, String)]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|i| values.get(*i).map(|(id, name)| (name, id)));
    let mut ranks = vec![0; values.len()];
    for (rank, code) in (0..).zip(order) {
        if let Some(slot) = ranks.get_mut(code) {
            *slot = rank;
        }
    }
    ranks
}
