//! One period against others, of the same length and equally complete.

use super::Work;
use super::analysis::{self, Ready};
use super::receipt::receipt;
use super::sums::{self, Grouped};
use super::top::{clamp, names_needed, stored};
use crate::compute::aggregate;
use crate::error::{Error, Result};
use crate::model::answer::{Answer, Answered, CompareAnswer, Compared, ComparedBy, ComparedRow};
use crate::model::manifest::{Asked, Manifest};
use crate::model::query::{Baseline, CompareQuery};
use crate::model::scan::Scan;
use crate::model::when::{self, Clock, Span, When};
use crate::model::{Grain, Period};
use crate::resolve;

/// The periods that are compared.
struct Periods {
    subject: Compared,
    baselines: Vec<Compared>,
    /// Whether the subject was asked for as a whole, and the data have the whole.
    complete: bool,
    notes: Vec<String>,
}

impl Periods {
    fn all(&self) -> impl Iterator<Item = Period> + '_ {
        let baselines = self.baselines.iter().map(|b| b.period);
        std::iter::once(self.subject.period).chain(baselines)
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
            grain: None,
            period: clamp(Some(period), manifest)?,
            only: selection.only.clone(),
        })
    };
    let scans: Result<Vec<Scan>> = periods(query, manifest)?.all().map(scan).collect();
    let names = match &query.by {
        Some(by) => names_needed(by, manifest)?,
        None => Vec::new(),
    };
    Ok(Ready {
        scans: scans?,
        names: names.into_iter().map(String::from).collect(),
        selection,
        record: None,
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
    } = periods(query, manifest)?;
    let mut receipt = receipt(asked, Some(measure), Some(subject.period));
    receipt.complete = complete;
    receipt.notes.splice(0..0, notes);
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
            receipt.truncated = receipt.rows < total;
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
    let hidden = rows.split_off(rows.len().min(query.limit as usize));
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

fn periods(query: &CompareQuery, manifest: &Manifest) -> Result<Periods> {
    let clock = Clock::of(manifest);
    let whole = match &query.a {
        Some(when) => when.resolve(&clock)?,
        None => When::parse("last 1 months")?.resolve(&clock).map_err(|e| {
            e.context("there is no complete month to compare: say which period a is")
        })?,
    };
    let days = clock.days;
    let mut notes = Vec::new();
    if whole.period.first < days.first && !query.incomplete {
        return Err(Error::invalid(format!(
            "the data begin on {}, so {} is not complete: choose a later period, or incomplete=true to compare it as it is",
            days.first, whole.label
        )));
    }
    // An unfinished period is compared with the same part of the others.
    let to_date = (!whole.complete && !query.incomplete).then_some(days.last);
    let mut subject = whole.period;
    if let Some(last) = to_date {
        subject.last = subject.last.min(last);
        notes.push(format!(
            "{} had not ended on {}: its first {} days are compared with as many of each baseline",
            whole.label,
            days.last,
            subject.days()
        ));
    } else if !whole.complete {
        notes.push(format!(
            "{} is not complete: the data reach from {} to {}",
            whole.label, days.first, days.last
        ));
    }
    let part = to_date.map(|_| subject.days());
    let asked = !query.b.is_empty();
    let both = [Baseline::Previous, Baseline::YearBefore];
    let wanted = if asked { query.b.as_slice() } else { &both };
    let mut baselines = Vec::new();
    for baseline in wanted {
        let mut compared = match found(baseline, query, &whole, &clock) {
            Ok(compared) => compared,
            Err(e) if asked => return Err(e),
            Err(_) => continue,
        };
        if let Some(part) = part {
            let last = compared.period.first.plus(part - 1);
            compared.period.last = compared.period.last.min(last);
        }
        let inside = days.first <= compared.period.first && compared.period.last <= days.last;
        let touches = compared.period.intersect(days).is_some();
        if inside || (query.incomplete && touches) {
            if !inside {
                notes.push(format!(
                    "the data have only a part of {} ({}): they reach from {} to {}",
                    compared.label, compared.period, days.first, days.last
                ));
            }
            baselines.push(compared);
        } else if asked {
            return Err(Error::invalid(format!(
                "{} ({}) is not complete in the data, which reach from {} to {}: choose another baseline{}",
                compared.label,
                compared.period,
                days.first,
                days.last,
                if touches {
                    ", or incomplete=true to compare what there is"
                } else {
                    ""
                }
            )));
        } else {
            notes.push(format!(
                "there is no comparison with {} ({}): the data begin on {}",
                compared.label, compared.period, days.first
            ));
        }
    }
    if baselines.is_empty() {
        return Err(Error::invalid(format!(
            "there is nothing to compare {} with: the data reach from {} to {}",
            whole.label, days.first, days.last
        )));
    }
    let differ = baselines
        .iter()
        .find(|b| b.period.days() != subject.days() && !(is_one(b.period) && is_one(subject)));
    if let Some(differ) = differ {
        notes.push(format!(
            "{} has {} days and {} {}: sums are not scaled",
            whole.label,
            subject.days(),
            differ.label,
            differ.period.days()
        ));
    }
    Ok(Periods {
        subject: Compared {
            label: whole.label,
            period: subject,
            how: "asked",
            value: None,
        },
        baselines,
        complete: whole.complete,
        notes,
    })
}

/// Whether a period is one month, quarter or year: such ones are compared although their days differ.
fn is_one(period: Period) -> bool {
    [Grain::Month, Grain::Quarter, Grain::Year]
        .into_iter()
        .any(|grain| {
            grain.floor(period.first) == period.first
                && grain.step(period.first, 1).plus(-1) == period.last
        })
}

fn found(
    baseline: &Baseline,
    query: &CompareQuery,
    whole: &Span,
    clock: &Clock<'_>,
) -> Result<Compared> {
    let (label, period, how) = match baseline {
        Baseline::Previous => (
            "the period before".into(),
            when::previous(whole, clock),
            "previous",
        ),
        Baseline::YearBefore => {
            let before = when::year_before(whole, query.align, clock);
            let label = match &before.holiday {
                Some(holiday) => format!("the year before, by {holiday}"),
                None if query.align == before.align => "the year before".into(),
                None => "the year before, by weekday, since no holiday is inside".into(),
            };
            (label, before.period, before.align.name())
        }
        Baseline::Period(when) => {
            let span = when.resolve(clock)?;
            (span.label, span.period, "asked")
        }
    };
    Ok(Compared {
        label,
        period,
        how,
        value: None,
    })
}
