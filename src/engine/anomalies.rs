//! What is odd: in everything that the filters let through, and in the largest values of a dimension.

use std::collections::BTreeMap;

use super::Work;
use super::analysis::{self, Ready};
use super::explain::priced;
use super::forecast::{events, whole_steps};
use super::receipt::receipt;
use super::sums::{Grouped, value_of_code};
use super::top::{clamp, names_needed, stored};
use super::trend::finest;
use crate::compute::aggregate;
use crate::compute::anomalies::{self as compute, Anomaly, Kind, Look};
use crate::error::{Error, Result};
use crate::limits::{ANOMALY_STEPS_MAX, ANOMALY_VALUES_MAX};
use crate::model::answer::{AnomaliesAnswer, Answer, Answered, Expected, ExpectedStep, Finding};
use crate::model::manifest::{Asked, Dimension, Manifest, Measure};
use crate::model::query::{AnomaliesQuery, AnomalyKind};
use crate::model::scan::Scan;
use crate::model::{Day, Grain, MeasureKind, Period, Series};
use crate::present::number;
use crate::resolve;

/// What is known of a day that has no rows in any year.
const CLOSED: &str = "usually closed";
/// What is known of days without any row at all.
const MISSING: &str = "no rows in the source";

/// What is looked at.
struct Plan<'a> {
    measure: &'a Measure,
    /// What a price is by, where the measure is money.
    quantity: Option<&'a Measure>,
    grain: Grain,
    /// The days of which findings are shown.
    shown: Period,
    /// The days that what is usual is learnt from.
    history: Period,
    by: Option<&'a Dimension>,
}

impl<'a> Plan<'a> {
    fn of(query: &AnomaliesQuery, manifest: &'a Manifest) -> Result<Self> {
        let measure = match manifest.asked(query.measure.as_deref())? {
            Asked::Sum(measure) => measure,
            Asked::Ratio(derived, above, below) => {
                return Err(Error::invalid(format!(
                    "{} is {} divided by {}, and what is usual is only learnt of sums: look at one of these",
                    derived.name, above.name, below.name
                ))
                .with_suggestions(vec![above.name.clone(), below.name.clone()]));
            }
        };
        let grain = query.grain.unwrap_or(manifest.grain);
        finest(grain, manifest, "the grain")?;
        let shown = clamp(query.filters.days(), manifest)?;
        let last = grain.step(shown.last, 1).plus(-1).min(manifest.days.last);
        let back = i32::try_from(ANOMALY_STEPS_MAX).unwrap_or(i32::MAX) - 1;
        let first = grain.step(last, -back).max(manifest.days.first);
        let shown = shown.intersect(Period::new(first, last)?);
        Ok(Self {
            measure,
            quantity: priced(measure, manifest),
            grain,
            shown: shown.ok_or_else(|| Error::internal("nothing is left of a period"))?,
            history: Period::new(first, last)?,
            by: query
                .by
                .as_deref()
                .map(|by| manifest.dimension(by))
                .transpose()?,
        })
    }

    /// What one sale is in the measure's scaled unit: one thing, or what one costs on average.
    fn one_sale(&self, sum: i64, quantity: Option<i64>) -> Option<f64> {
        let ten_to = |scale: u8| 1.0 / number::natural(1, scale);
        match (self.measure.kind, self.quantity.zip(quantity)) {
            (MeasureKind::Quantity, _) => Some(ten_to(self.measure.scale)),
            (MeasureKind::Money, Some((of, sold))) if sum > 0 && sold > 0 => {
                Some(number::natural(sum, 0) / number::natural(sold, of.scale))
            }
            (MeasureKind::Money, _) => None,
        }
    }
}

pub(super) fn prepare(query: &AnomaliesQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let plan = Plan::of(query, manifest)?;
    let leaf = plan.by.map(|by| stored(by, manifest)).transpose()?;
    let names = match &query.by {
        Some(by) => names_needed(by, manifest)?,
        None => Vec::new(),
    };
    let measures = [Some(plan.measure), plan.quantity];
    let scan = Scan {
        measures: measures.iter().flatten().map(|m| m.name.clone()).collect(),
        by: leaf.map(|leaf| leaf.name.clone()),
        grain: Some(plan.grain),
        period: plan.history,
        only: selection.only.clone(),
    };
    Ok(Ready {
        names: names.into_iter().map(String::from).collect(),
        ..Ready::one(scan, selection)
    })
}

/// One series that is looked at.
struct Looked {
    /// Id and name of the value; none for everything.
    of: Option<(String, String)>,
    series: Series,
    one_sale: Option<f64>,
}

pub(super) fn answer(query: &AnomaliesQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let (work, read) = (asked.work, asked.read()?);
    let manifest = &work.manifest;
    let plan = Plan::of(query, manifest)?;
    let sums = aggregate::by_step(read.scan, read.plan, read.tables, plan.grain)?;
    let mut sums = sums.into_iter();
    let whole = sums
        .next()
        .ok_or_else(|| Error::internal("a scan without a measure"))?;
    let total = |series: &Series| {
        let each = series.values.iter();
        each.fold(0_i64, |sum, v| sum.saturating_add(*v))
    };
    let sold = sums.next().map(|quantity| total(&quantity));
    let one_sale = plan.one_sale(total(&whole), sold);
    let (history, partial) = whole_steps(whole, read.scan.period, manifest.days);
    let mut looked = vec![Looked {
        of: None,
        series: history.clone(),
        one_sale,
    }];
    let mut values = 0;
    if let Some(by) = plan.by {
        let (found, all) = largest(&plan, by, work, read)?;
        values = all;
        looked.extend(found);
    }
    let known = known(manifest, &history);
    let count = number::natural(i64::try_from(looked.len()).unwrap_or(i64::MAX), 0);
    let mut findings = Vec::new();
    let mut steps = Vec::new();
    let mut threshold = 0.0;
    let mut is_short = false;
    for (at, one) in looked.iter().enumerate() {
        let look = Look {
            // About one a year in all that is looked at together.
            false_alarms_per_year: Look::default().false_alarms_per_year / count,
            one_sale: one.one_sale,
        };
        let named = by_index(&known, &one.series);
        let found = compute::anomalies(&one.series, &named, &look);
        if at == 0 {
            threshold = found.threshold;
            is_short = found.ranges.is_empty();
            steps = expected_steps(&one.series, &found.ranges, plan.shown);
        }
        let shown = found.found.iter();
        let shown = shown.filter_map(|anomaly| finding(anomaly, one, &plan, manifest));
        findings.extend(shown.filter(|f| query.kinds.is_empty() || query.kinds.contains(&f.kind)));
    }
    // What nobody could have expected comes first.
    findings.sort_by(|x, y| {
        is_known_day(x)
            .cmp(&is_known_day(y))
            .then(y.score.total_cmp(&x.score))
            .then(x.period.first.cmp(&y.period.first))
    });
    let counts = AnomalyKind::ALL.into_iter().filter_map(|kind| {
        let count = findings.iter().filter(|f| f.kind == kind).count();
        (count > 0).then(|| (kind, u32::try_from(count).unwrap_or(u32::MAX)))
    });
    let counts = counts.collect();
    let known_days = findings.iter().filter(|f| is_known_day(f)).count();
    let clipped = query.filters.days().is_none_or(|asked| {
        let days = asked.intersect(manifest.days);
        days.is_some_and(|days| days.first < plan.history.first)
    }) && manifest.days.first < plan.history.first;
    let mut receipt = receipt(
        asked,
        Some(Asked::Sum(plan.measure)),
        if clipped {
            Some(plan.shown)
        } else {
            query.filters.days()
        },
    );
    receipt.rows_total = u32::try_from(findings.len()).unwrap_or(u32::MAX);
    findings.truncate(query.limit as usize);
    receipt.rows = u32::try_from(findings.len()).unwrap_or(u32::MAX);
    receipt.truncated = receipt.rows < receipt.rows_total;
    let (grain, count) = (plan.grain, looked.len() - 1);
    if let Some((day, _)) = partial {
        receipt.notes.push(format!(
            "the {grain} from {day} had not ended on {}: it is left out",
            read.scan.period.last
        ));
    }
    if clipped {
        receipt.notes.push(format!(
            "only the newest {ANOMALY_STEPS_MAX} {grain}s were looked at: ask for an earlier period, or a coarser grain, to see what came before"
        ));
    }
    if is_short {
        receipt.notes.push(format!(
            "there are only {} {grain}s up to the period's end: too few to know what is usual",
            history.values.len()
        ));
    }
    if count < values {
        receipt.notes.push(format!(
            "of {values} values of {} the {count} largest were looked at: use filters for another one",
            query.by.as_deref().unwrap_or_default()
        ));
    }
    let answer = AnomaliesAnswer {
        grain,
        learnt_from: Period::new(
            history.start,
            history.day(history.values.len().max(1)).plus(-1),
        )?,
        threshold,
        findings,
        counts,
        known_days: u32::try_from(known_days).unwrap_or(u32::MAX),
        by: plan.by.map(|by| {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            (by.name.clone(), by.label.clone(), count)
        }),
        steps,
    };
    Ok(Answered {
        receipt,
        answer: Answer::Anomalies(answer),
    })
}

/// Whether it is on a holiday or an event; a gap in the source is no excuse.
fn is_known_day(finding: &Finding) -> bool {
    finding.known.as_deref().is_some_and(|name| name != MISSING)
}

/// The series of the largest values of a dimension, and how many values there are.
fn largest(
    plan: &Plan<'_>,
    by: &Dimension,
    work: &Work,
    read: &super::ReadData<'_>,
) -> Result<(Vec<Looked>, usize)> {
    let grouped = Grouped::of(&by.name, work, read)?;
    let mut order: Vec<(usize, &[i64])> = (0..grouped.names.len())
        .filter_map(|code| Some((code, grouped.sums.get(code)?)))
        .collect();
    let all = order.len();
    order.sort_by_key(|(_, sums)| std::cmp::Reverse(sums.first().map(|s| s.unsigned_abs())));
    order.truncate(ANOMALY_VALUES_MAX);
    let mut part_of_value: Vec<Option<usize>> = vec![None; grouped.names.len()];
    for (part, (code, _)) in order.iter().enumerate() {
        if let Some(slot) = part_of_value.get_mut(*code) {
            *slot = Some(part);
        }
    }
    let part_of_code: Vec<Option<usize>> = value_of_code(by, work)?
        .into_iter()
        .map(|value| part_of_value.get(value?).copied().flatten())
        .collect();
    let series = aggregate::by_part(
        read.scan,
        read.plan,
        read.tables,
        plan.grain,
        &stored(by, &work.manifest)?.name,
        &part_of_code,
        order.len(),
    )?;
    let looked = order
        .iter()
        .zip(series)
        .filter_map(|((code, sums), series)| {
            let name = grouped.names.get(*code)?;
            let sum = sums.first().copied().unwrap_or(0);
            Some(Looked {
                of: Some((name.id.clone(), name.name.clone())),
                series: whole_steps(series, read.scan.period, work.manifest.days).0,
                one_sale: plan.one_sale(sum, sums.get(1).copied()),
            })
        });
    Ok((looked.collect(), all))
}

/// Holidays, events and days that are always closed, by the first day of the step that they are in. Months have a holiday
/// more often than not: there none explains anything.
fn known(manifest: &Manifest, history: &Series) -> BTreeMap<Day, String> {
    let mut known: BTreeMap<Day, String> = BTreeMap::new();
    let grain = history.grain;
    if grain > Grain::Week {
        return known;
    }
    for event in events(manifest, history, 0) {
        let names = known.entry(grain.floor(event.day)).or_default();
        if names.split(", ").any(|name| name == event.name) {
            continue;
        }
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(&event.name);
    }
    if grain == Grain::Day {
        for day in &manifest.quality.closed_days {
            known.entry(*day).or_insert_with(|| CLOSED.into());
        }
    }
    known
}

fn by_index(known: &BTreeMap<Day, String>, series: &Series) -> BTreeMap<usize, String> {
    let end = series.day(series.values.len());
    let inside = known.range(series.start..end);
    let index = |day: &Day| usize::try_from(series.grain.steps_between(series.start, *day)).ok();
    inside
        .filter_map(|(day, name)| Some((index(day)?, name.clone())))
        .collect()
}

fn expected_steps(series: &Series, ranges: &[compute::Range], shown: Period) -> Vec<ExpectedStep> {
    let from = series.grain.steps_between(series.start, shown.first);
    let steps = series.values.iter().enumerate();
    steps
        .skip(usize::try_from(from).unwrap_or(0))
        .map(|(at, value)| ExpectedStep {
            day: series.day(at),
            value: *value,
            range: ranges.get(at).map(|range| Expected {
                middle: range.expected,
                lower: range.lower,
                upper: range.upper,
            }),
        })
        .collect()
}

const fn kind(kind: Kind) -> AnomalyKind {
    match kind {
        Kind::High => AnomalyKind::High,
        Kind::Low => AnomalyKind::Low,
        Kind::ShiftUp => AnomalyKind::ShiftUp,
        Kind::ShiftDown => AnomalyKind::ShiftDown,
        Kind::StockOut => AnomalyKind::StockOut,
    }
}

/// An anomaly with its days; none outside of the period, and none for a closed day on which nothing was sold.
fn finding(
    anomaly: &Anomaly,
    one: &Looked,
    plan: &Plan<'_>,
    manifest: &Manifest,
) -> Option<Finding> {
    let first = one.series.day(anomaly.index);
    let last = one
        .series
        .day(anomaly.index + anomaly.steps.max(1))
        .plus(-1);
    let period = Period::new(first, last).ok()?;
    let is_shift = matches!(anomaly.kind, Kind::ShiftUp | Kind::ShiftDown);
    let began = Period::new(first, plan.grain.step(first, 1).plus(-1)).ok()?;
    let counted = if is_shift { began } else { period };
    counted.intersect(plan.shown)?;
    let is_closed = plan.grain == Grain::Day && manifest.quality.closed_days.contains(&first);
    if is_closed && anomaly.kind == Kind::Low && anomaly.actual == 0 {
        return None;
    }
    let is_low = matches!(anomaly.kind, Kind::Low | Kind::StockOut);
    let mut gaps = manifest.quality.missing.iter();
    let is_missing = is_low && gaps.any(|gap| gap.intersect(period).is_some());
    Some(Finding {
        kind: kind(anomaly.kind),
        of: one.of.clone(),
        period,
        steps: u32::try_from(anomaly.steps).unwrap_or(u32::MAX),
        actual: anomaly.actual,
        expected: Expected {
            middle: anomaly.expected,
            lower: anomaly.lower,
            upper: anomaly.upper,
        },
        score: anomaly.score,
        known: if is_missing {
            Some(MISSING.into())
        } else {
            anomaly.name.clone().filter(|_| !is_shift)
        },
    })
}
