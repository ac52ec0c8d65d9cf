//! Why a sum changed: by every dimension, and by volume, mix and price.

use super::Work;
use super::analysis::{self, Ready};
use super::periods::{Periods, Wanted, periods, told_of_periods};
use super::receipt::{receipt, turn_page};
use super::sums::{self, Grouped};
use super::top::{clamp, names_needed, stored};
use crate::compute::explain::price::{Item, price_volume_mix};
use crate::compute::explain::{self, Breakdown, Contribution, Explained, Move};
use crate::error::{Error, Result};
use crate::model::MeasureKind;
use crate::model::answer::{
    Answer, Answered, Causes, ExplainAnswer, ExplainRow, ExplainedBy, PriceVolumeMixAnswer,
};
use crate::model::manifest::{Asked, Dimension, Manifest, Measure};
use crate::model::query::{Baseline, ExplainQuery, Query};
use crate::model::scan::Scan;
use crate::resolve;

/// What is read: the periods, the stored dimensions, and what is looked at by each.
struct Plan<'a> {
    measure: &'a Measure,
    periods: Periods,
    /// The stored dimensions, each with those that are seen through it.
    leaves: Vec<(&'a Dimension, Vec<&'a Dimension>)>,
    /// The quantity that money is divided by, and the dimension whose values have prices.
    priced: Option<(&'a Measure, &'a Dimension)>,
}

impl<'a> Plan<'a> {
    fn of(query: &ExplainQuery, manifest: &'a Manifest) -> Result<Self> {
        let why = "only changes of sums are contributions: explain one of these (by volume, \
                     mix and price where it is money)";
        let measure = sums::summed(query.measure.as_deref(), manifest, why)?;
        let default = [Baseline::Previous];
        let wanted = Wanted {
            a: query.a.as_ref(),
            b: query.b.as_slice(),
            otherwise: &default,
            align: query.align,
            incomplete: query.incomplete,
        };
        let periods = periods(&wanted, manifest)?;
        let mut leaves: Vec<(&Dimension, Vec<&Dimension>)> = Vec::new();
        for dimension in chosen(query, manifest)? {
            let leaf = stored(dimension, manifest)?;
            match leaves.iter_mut().find(|(known, _)| known.name == leaf.name) {
                Some((_, seen)) => seen.push(dimension),
                None => leaves.push((leaf, vec![dimension])),
            }
        }
        let priced = priced(measure, manifest).zip(
            leaves
                .iter()
                .map(|(leaf, _)| *leaf)
                .max_by_key(|leaf| leaf.count),
        );
        Ok(Self {
            measure,
            periods,
            leaves,
            priced,
        })
    }

    /// The measures that are read by a stored dimension.
    fn measures(&self, leaf: &Dimension) -> Vec<String> {
        let mut measures = vec![self.measure.name.clone()];
        if let Some((quantity, by)) = self.priced
            && by.name == leaf.name
        {
            measures.push(quantity.name.clone());
        }
        measures
    }
}

/// The dimensions that are looked at. One that is narrowed to a single value tells nothing.
fn chosen<'a>(query: &ExplainQuery, manifest: &'a Manifest) -> Result<Vec<&'a Dimension>> {
    if !query.by.is_empty() {
        return query.by.iter().map(|by| manifest.dimension(by)).collect();
    }
    let single = |dimension: &Dimension| {
        let mut narrowed = query.filters.exact.iter();
        narrowed.any(|(name, values)| {
            values.len() == 1
                && manifest
                    .dimension(name)
                    .is_ok_and(|d| d.name == dimension.name)
        })
    };
    let all = manifest.dimensions.iter();
    let found: Vec<&Dimension> = all.filter(|d| d.count > 1 && !single(d)).collect();
    if found.is_empty() {
        return Err(Error::invalid(
            "these data have no dimension to explain a change by: use compare_periods",
        ));
    }
    Ok(found)
}

/// The quantity that a measure of money is the price times of: that of the ratio that is made of it, or the only one.
pub(super) fn priced<'a>(measure: &Measure, manifest: &'a Manifest) -> Option<&'a Measure> {
    if measure.kind != MeasureKind::Money {
        return None;
    }
    let is_quantity = |m: &&Measure| m.kind == MeasureKind::Quantity;
    let ratio = manifest
        .derived
        .iter()
        .find(|d| d.numerator == measure.name);
    let mut all = manifest.measures.iter().filter(is_quantity);
    match ratio {
        Some(ratio) => all.find(|m| m.name == ratio.denominator),
        None => all.next().filter(|_| all.next().is_none()),
    }
}

pub(super) fn prepare(query: &ExplainQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let plan = Plan::of(query, manifest)?;
    let (mut scans, mut names) = (Vec::new(), Vec::new());
    for (leaf, seen) in &plan.leaves {
        for period in plan.periods.all() {
            scans.push(Scan {
                measures: plan.measures(leaf),
                by: Some(leaf.name.clone()),
                also: None,
                grain: None,
                period: clamp(Some(period), manifest)?,
                only: selection.only.clone(),
            });
        }
        for dimension in seen {
            names.extend(
                names_needed(&dimension.name, manifest)?
                    .into_iter()
                    .map(String::from),
            );
        }
    }
    names.sort();
    names.dedup();
    Ok(Ready {
        scans,
        selection,
        names,
        ..Ready::default()
    })
}

pub(super) fn answer(query: &ExplainQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let manifest = &work.manifest;
    let Plan {
        measure,
        periods,
        leaves,
        priced,
    } = Plan::of(query, manifest)?;
    let Periods {
        mut subject,
        baselines,
        complete,
        notes,
    } = periods;
    let first = baselines.into_iter().next();
    let mut baseline = first.ok_or_else(|| Error::internal("an explanation without a baseline"))?;
    let mut receipt = receipt(asked, Some(Asked::Sum(measure)), Some(subject.period));
    receipt.complete = complete;
    told_of_periods(&mut receipt.notes, notes);
    let mut looked: Vec<(&Dimension, Grouped<'_>, Grouped<'_>)> = Vec::new();
    let mut prices = None;
    for ((leaf, seen), pair) in leaves.iter().zip(asked.reads.chunks_exact(2)) {
        let [now, then] = pair else { continue };
        for dimension in seen {
            let now = Grouped::of(&dimension.name, work, now)?;
            let then = Grouped::of(&dimension.name, work, then)?;
            // One value is the whole: that says nothing, unless it was asked for.
            if !query.by.is_empty() || moves(&now, &then).len() > 1 || looked.is_empty() {
                looked.push((dimension, now, then));
            }
        }
        if let Some((quantity, _)) = priced.filter(|(_, by)| by.name == leaf.name) {
            let (now, then) = (
                Grouped::of(&leaf.name, work, now)?,
                Grouped::of(&leaf.name, work, then)?,
            );
            prices = Some(by_price(quantity, leaf, &now, &then)?);
        }
    }
    let moves: Vec<Vec<Move>> = looked
        .iter()
        .map(|(_, now, then)| moves(now, then))
        .collect();
    let slices: Vec<&[Move]> = moves.iter().map(Vec::as_slice).collect();
    let total = total(looked.first())?;
    let explained = explain::explain(total, &slices, explain::SHARE_DEFAULT)?;
    subject.value = Some(explained.b);
    baseline.value = Some(explained.a);
    let page = (query.offset as usize, query.limit as usize);
    let dimensions = in_order(&explained, &looked, page)?;
    receipt.rows =
        u32::try_from(dimensions.iter().map(|d| d.rows.len()).sum::<usize>()).unwrap_or(u32::MAX);
    let hidden: u32 = dimensions
        .iter()
        .filter_map(|d| d.rest.as_ref())
        .map(|(count, _)| *count)
        .sum();
    receipt.rows_total = receipt.rows.saturating_add(hidden);
    let end = query.offset.saturating_add(query.limit);
    let longest = moves.iter().map(Vec::len).max().unwrap_or(0);
    receipt.truncated = longest > end as usize;
    if receipt.truncated {
        let next = ExplainQuery {
            offset: end,
            ..query.clone()
        };
        turn_page(&mut receipt, &Query::Explain(next));
    }
    let answer = ExplainAnswer {
        causes: causes(&explained, &looked),
        change: explained.change,
        dimensions,
        price_volume_mix: prices,
        subject,
        baseline,
    };
    Ok(Answered {
        receipt,
        answer: Answer::Explain(answer),
    })
}

/// Before and after, over everything that was read.
fn total(looked: Option<&(&Dimension, Grouped<'_>, Grouped<'_>)>) -> Result<(i64, i64)> {
    let (_, now, then) =
        looked.ok_or_else(|| Error::internal("an explanation that read nothing"))?;
    let first = |grouped: &Grouped<'_>| -> Result<i64> {
        Ok(grouped.total()?.first().copied().unwrap_or_default())
    };
    Ok((first(then)?, first(now)?))
}

fn moves(now: &Grouped<'_>, then: &Grouped<'_>) -> Vec<Move> {
    let first = |grouped: &Grouped<'_>, code: usize| {
        let sums = grouped.sums.get(code)?;
        sums.first().copied()
    };
    let codes = 0..now.sums.len();
    let found = codes.filter_map(|id| match (first(then, id), first(now, id)) {
        (None, None) => None,
        (a, b) => Some(Move {
            id,
            a: a.unwrap_or(0),
            b: b.unwrap_or(0),
        }),
    });
    found.collect()
}

fn by_price(
    quantity: &Measure,
    leaf: &Dimension,
    now: &Grouped<'_>,
    then: &Grouped<'_>,
) -> Result<PriceVolumeMixAnswer> {
    let pair = |grouped: &Grouped<'_>, code: usize| match grouped.sums.get(code) {
        Some([revenue, quantity, ..]) => Some((*quantity, *revenue)),
        _ => None,
    };
    let codes = 0..now.sums.len();
    let items = codes.filter_map(|id| {
        let (before, after) = (pair(then, id), pair(now, id));
        (before.is_some() || after.is_some()).then(|| {
            let ((qa, ra), (qb, rb)) = (before.unwrap_or_default(), after.unwrap_or_default());
            Item { id, qa, ra, qb, rb }
        })
    });
    let found = price_volume_mix(&items.collect::<Vec<_>>())?;
    Ok(PriceVolumeMixAnswer {
        quantity: quantity.label.clone(),
        by: leaf.label.clone(),
        volume: found.volume,
        mix: found.mix,
        price: found.price,
        new: found.new,
        gone: found.gone,
        other: found.other,
    })
}

/// The dimensions, those with causes first, then the others by how differently their values moved.
fn in_order(
    explained: &Explained,
    looked: &[(&Dimension, Grouped<'_>, Grouped<'_>)],
    page: (usize, usize),
) -> Result<Vec<ExplainedBy>> {
    let mut order: Vec<usize> = explained.candidates.iter().map(|c| c.dimension).collect();
    let mut others: Vec<usize> = (0..looked.len()).filter(|at| !order.contains(at)).collect();
    let surprise = |at: &usize| explained.breakdowns.get(*at).map_or(0.0, |b| b.surprise);
    others.sort_by(|x, y| surprise(y).total_cmp(&surprise(x)));
    order.extend(others);
    let mut found = Vec::new();
    for at in order {
        if let (Some((dimension, now, _)), Some(breakdown)) =
            (looked.get(at), explained.breakdowns.get(at))
        {
            found.push(by_dimension(
                dimension,
                now,
                breakdown,
                explained.change,
                page,
            )?);
        }
    }
    Ok(found)
}

fn by_dimension(
    dimension: &Dimension,
    now: &Grouped<'_>,
    breakdown: &Breakdown,
    change: i64,
    (offset, limit): (usize, usize),
) -> Result<ExplainedBy> {
    let row = |one: &Contribution| {
        let name = now.names.get(one.id);
        ExplainRow {
            id: name.map_or(String::new(), |n| n.id.clone()),
            name: name.map_or(String::new(), |n| n.name.clone()),
            value: one.b,
            before: one.a,
            share: one.share,
            is_cause: one.is_cause,
        }
    };
    let all = breakdown.contributions.as_slice();
    let (before, from) = all.split_at(offset.min(all.len()));
    let (shown, after) = from.split_at(limit.min(from.len()));
    let hidden = before.len() + after.len();
    let (mut a, mut b) = breakdown.rest;
    for one in before.iter().chain(after) {
        a = a.checked_add(one.a).ok_or_else(super::sums::too_large)?;
        b = b.checked_add(one.b).ok_or_else(super::sums::too_large)?;
    }
    let rest = (hidden > 0 || breakdown.rest != (0, 0)).then(|| {
        let moved = crate::present::number::natural(b.saturating_sub(a), 0);
        let share = (change != 0).then(|| moved / crate::present::number::natural(change, 0));
        let others = ExplainRow {
            id: String::new(),
            name: String::new(),
            value: b,
            before: a,
            share,
            is_cause: false,
        };
        (u32::try_from(hidden).unwrap_or(u32::MAX), others)
    });
    Ok(ExplainedBy {
        by: dimension.name.clone(),
        by_label: dimension.label.clone(),
        rows: shown.iter().map(row).collect(),
        rest,
        gains: breakdown.gains,
        losses: breakdown.losses,
        surprise: breakdown.surprise,
    })
}

/// The smallest set of values that explains most of the change; what comes nearest to that if none does.
fn causes(
    explained: &Explained,
    looked: &[(&Dimension, Grouped<'_>, Grouped<'_>)],
) -> Option<Causes> {
    let best = explained.best().or_else(|| explained.candidates.first())?;
    let (dimension, now, _) = looked.get(best.dimension)?;
    let names = best.ids.iter().filter_map(|id| now.names.get(*id));
    Some(Causes {
        by: dimension.name.clone(),
        by_label: dimension.label.clone(),
        names: names.map(|n| n.name.clone()).collect(),
        change: best.change,
        share: best.share,
        is_enough: best.is_enough,
    })
}
