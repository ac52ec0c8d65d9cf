//! One period against others, of the same length and equally complete.

use super::Work;
use super::analysis::{self, Ready};
use super::periods::{Periods, Wanted, periods, told_of_periods};
use super::receipt::{receipt, turn_page};
use super::sums::{self, Grouped};
use super::top::{clamp, names_needed, stored};
use crate::compute::aggregate;
use crate::error::{Error, Result};
use crate::model::Period;
use crate::model::answer::{Answer, Answered, CompareAnswer, ComparedBy, ComparedRow};
use crate::model::manifest::Asked;
use crate::model::query::{Baseline, CompareQuery, Query};
use crate::model::scan::Scan;
use crate::resolve;

const fn wanted(query: &CompareQuery) -> Wanted<'_> {
    Wanted {
        a: query.a.as_ref(),
        b: query.b.as_slice(),
        otherwise: &[Baseline::Previous, Baseline::YearBefore],
        align: query.align,
        incomplete: query.incomplete,
    }
}

pub(super) fn prepare(query: &CompareQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let by = query.by.as_deref().map(|by| manifest.dimension(by));
    let by = by.transpose()?.map(|by| stored(by, manifest)).transpose()?;
    let measures = sums::measures(manifest.asked(query.measure.as_deref())?);
    let scan = |period: Period| -> Result<Scan> {
        Ok(Scan {
            measures: measures.clone(),
            by: by.map(|leaf| leaf.name.clone()),
            also: None,
            grain: None,
            period: clamp(Some(period), manifest)?,
            only: selection.only.clone(),
        })
    };
    let scans: Result<Vec<Scan>> = periods(&wanted(query), manifest)?.all().map(scan).collect();
    let names = match &query.by {
        Some(by) => names_needed(by, manifest)?,
        None => Vec::new(),
    };
    Ok(Ready {
        scans: scans?,
        names: names.into_iter().map(String::from).collect(),
        selection,
        ..Ready::default()
    })
}

pub(super) fn answer(query: &CompareQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let manifest = &work.manifest;
    let measure = manifest.asked(query.measure.as_deref())?;
    let Periods {
        mut subject,
        mut baselines,
        complete,
        notes,
    } = periods(&wanted(query), manifest)?;
    let mut receipt = receipt(asked, Some(measure), Some(subject.period));
    receipt.complete = complete;
    told_of_periods(&mut receipt.notes, notes);
    let every = std::iter::once(&mut subject).chain(&mut baselines);
    let by = match query.by.as_deref() {
        None => {
            for (compared, read) in every.zip(&asked.reads) {
                let sums = aggregate::total(read.scan, read.plan, read.tables)?;
                compared.value = sums::value(measure, &sums)?;
            }
            receipt.rows = 1;
            receipt.rows_total = 1;
            None
        }
        Some(by) => {
            let grouped: Result<Vec<Grouped<'_>>> = asked
                .reads
                .iter()
                .map(|read| Grouped::of(by, work, read))
                .collect();
            let grouped = grouped?;
            for (compared, grouped) in every.zip(&grouped) {
                compared.value = sums::value(measure, &grouped.total()?)?;
            }
            let (by, total) = rows(query, measure, &grouped)?;
            receipt.rows = u32::try_from(by.rows.len()).unwrap_or(u32::MAX);
            receipt.rows_total = total;
            let end = query.offset.saturating_add(receipt.rows);
            receipt.truncated = end < total;
            if receipt.truncated {
                let next = CompareQuery {
                    offset: end,
                    ..query.clone()
                };
                turn_page(&mut receipt, &Query::Compare(next));
            }
            Some(by)
        }
    };
    Ok(Answered {
        receipt,
        answer: Answer::Compare(CompareAnswer {
            subject,
            baselines,
            by,
        }),
    })
}

/// The rows, the largest change first, and how many values there are.
fn rows(
    query: &CompareQuery,
    measure: Asked<'_>,
    grouped: &[Grouped<'_>],
) -> Result<(ComparedBy, u32)> {
    let (Some(subject), Some((_, baselines))) = (grouped.first(), grouped.split_first()) else {
        return Err(Error::internal("a comparison that read nothing"));
    };
    let mut rows = Vec::new();
    for code in 0..subject.names.len() {
        if grouped.iter().all(|g| g.sums.get(code).is_none()) {
            continue;
        }
        let Some(name) = subject.names.get(code) else {
            continue;
        };
        let value = |g: &Grouped<'_>| match g.sums.get(code) {
            Some(sums) => sums::value(measure, sums),
            // What is not there has sold nothing; a ratio of nothing is none.
            None if matches!(measure, Asked::Sum(_)) => Ok(Some(0)),
            None => Ok(None),
        };
        let others: Result<Vec<Option<i64>>> = baselines.iter().map(value).collect();
        rows.push(ComparedRow {
            id: name.id.clone(),
            name: name.name.clone(),
            value: value(subject)?,
            baselines: others?,
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(size_of_change(row)));
    let total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    // What is not on this page is added together, so that every page adds up to the whole.
    let start = rows.len().min(query.offset as usize);
    let mut hidden: Vec<ComparedRow> = rows.drain(..start).collect();
    hidden.extend(rows.split_off(rows.len().min(query.limit as usize)));
    let rest = match measure {
        Asked::Sum(_) if !hidden.is_empty() => {
            let count = u32::try_from(hidden.len()).unwrap_or(u32::MAX);
            Some((count, added(&hidden, baselines.len())?))
        }
        _ => None,
    };
    let by = ComparedBy {
        by: subject.by.name.clone(),
        by_label: subject.by.label.clone(),
        rows,
        rest,
    };
    Ok((by, total))
}

/// How much a row changed against the first baseline; what cannot be told comes last.
fn size_of_change(row: &ComparedRow) -> Option<u64> {
    let before = row.baselines.first().copied().flatten()?;
    Some(row.value?.abs_diff(before))
}

fn added(rows: &[ComparedRow], baselines: usize) -> Result<ComparedRow> {
    let sum = |of: &dyn Fn(&ComparedRow) -> Option<i64>| -> Result<Option<i64>> {
        let mut values = rows.iter().filter_map(of);
        let sum = values.try_fold(0_i64, i64::checked_add);
        sum.map(Some).ok_or_else(sums::too_large)
    };
    let each = (0..baselines).map(|at| sum(&|row| row.baselines.get(at).copied().flatten()));
    Ok(ComparedRow {
        id: String::new(),
        name: String::new(),
        value: sum(&|row| row.value)?,
        baselines: each.collect::<Result<_>>()?,
    })
}
