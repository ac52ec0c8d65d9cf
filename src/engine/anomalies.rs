//! What is odd: in everything that the filters let through, and in the largest values of a dimension.

use super::Work;
use super::analysis::{self, Ready};
use super::explain::priced;
use super::forecast::whole_steps;
use super::known_days::KnownDays;
use super::receipt::{receipt, turn_page};
use super::sums::{self, Grouped};
use super::top::{clamp, names_needed, stored};
use super::trend::finest;
use crate::compute::aggregate;
use crate::compute::anomalies::{self as compute, Anomaly, Kind, Look};
use crate::error::{Error, Result};
use crate::limits::{ANOMALY_STEPS_ALL_MAX, ANOMALY_STEPS_MAX, ANOMALY_VALUES_MAX};
use crate::model::answer::{AnomaliesAnswer, Answer, Answered, Expected, ExpectedStep, Finding};
use crate::model::manifest::{Asked, Dimension, Manifest, Measure};
use crate::model::note::{Notes, Topic};
use crate::model::query::{AnomaliesQuery, AnomalyKind, Query};
use crate::model::scan::Scan;
use crate::model::wording::counted;
use crate::model::{Day, Grain, MeasureKind, Period, Series};
use crate::present::number;
use crate::resolve;

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
    /// The dimension whose values are looked at too, and the days that those teach: they share what steps are left.
    by: Option<(&'a Dimension, Period)>,
}

impl<'a> Plan<'a> {
    fn of(query: &AnomaliesQuery, manifest: &'a Manifest) -> Result<Self> {
        let why = "what is usual is only learnt of sums: look at one of these";
        let measure = sums::summed(query.measure.as_deref(), manifest, why)?;
        let grain = query.grain.unwrap_or(manifest.grain);
        finest(grain, manifest, "the grain")?;
        let shown = clamp(query.filters.days(), manifest)?;
        let last = grain.step(shown.last, 1).plus(-1).min(manifest.days.last);
        let back = i32::try_from(ANOMALY_STEPS_MAX).unwrap_or(i32::MAX) - 1;
        let first = grain.step(last, -back).max(manifest.days.first);
        let steps = usize::try_from(grain.steps_between(first, last)).unwrap_or(0) + 1;
        let by = query.by.as_deref().map(|by| manifest.dimension(by));
        let by = by.transpose()?.map(|by| {
            let values = (by.count as usize).clamp(1, ANOMALY_VALUES_MAX);
            let room = ANOMALY_STEPS_ALL_MAX.saturating_sub(steps) / values;
            let back = i32::try_from(room).unwrap_or(i32::MAX) - 1;
            let first = grain.step(last, -back).max(first);
            Period::new(first, last).map(|history| (by, history))
        });
        let shown = shown.intersect(Period::new(first, last)?);
        Ok(Self {
            measure,
            quantity: priced(measure, manifest),
            grain,
            shown: shown.ok_or_else(|| Error::internal("nothing is left of a period"))?,
            history: Period::new(first, last)?,
            by: by.transpose()?,
        })
    }

    /// Whether days were asked for that are too many steps ago.
    fn is_clipped(&self, query: &AnomaliesQuery, manifest: &Manifest) -> bool {
        let asked = query.filters.days().unwrap_or(manifest.days);
        asked.first.max(manifest.days.first) < self.history.first
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
    let names = match &query.by {
        Some(by) => names_needed(by, manifest)?,
        None => Vec::new(),
    };
    let measures = [Some(plan.measure), plan.quantity];
    let scan = |by: Option<String>, period: Period| Scan {
        measures: measures.iter().flatten().map(|m| m.name.clone()).collect(),
        by,
        also: None,
        grain: Some(plan.grain),
        period,
        only: selection.only.clone(),
    };
    let mut scans = vec![scan(None, plan.history)];
    if let Some((by, history)) = plan.by {
        let leaf = stored(by, manifest)?;
        scans.push(scan(Some(leaf.name.clone()), history));
    }
    Ok(Ready {
        names: names.into_iter().map(String::from).collect(),
        scans,
        selection,
        ..Ready::default()
    })
}

/// One series that is looked at.
struct Looked {
    /// Id and name of the value; none for everything.
    of: Option<(String, String)>,
    series: Series,
    one_sale: Option<f64>,
}

/// Every series that is looked at.
struct Gathered {
    /// Everything that the filters let through.
    whole: Looked,
    /// A step that has begun but not ended.
    partial: Option<Day>,
    /// The largest values of the dimension.
    values: Vec<Looked>,
    /// How many values it has.
    values_total: usize,
}

impl Gathered {
    fn of(plan: &Plan<'_>, asked: &analysis::Asked<'_>) -> Result<Self> {
        let read = asked.read()?;
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
        let (series, partial) = whole_steps(whole, read.scan.period, asked.work.manifest.days);
        let (values, values_total) = match plan.by {
            Some((by, _)) => largest(plan, by, asked)?,
            None => (Vec::new(), 0),
        };
        Ok(Self {
            whole: Looked {
                of: None,
                series,
                one_sale,
            },
            partial: partial.map(|(day, _)| day),
            values,
            values_total,
        })
    }

    /// What is odd in all of them, and what was expected of the whole.
    fn look(&self, plan: &Plan<'_>, manifest: &Manifest) -> (Vec<Finding>, compute::Anomalies) {
        let calendar = KnownDays::of(manifest, &self.whole.series);
        let count = number::natural(i64::try_from(self.values.len()).unwrap_or(0), 0) + 1.0;
        let mut findings = Vec::new();
        let mut look = |one: &Looked| {
            let wanted = Look {
                // About one a year in all that is looked at together.
                false_alarms_per_year: Look::default().false_alarms_per_year / count,
                one_sale: one.one_sale,
            };
            let found = compute::anomalies(&one.series, &calendar.named(&one.series), &wanted);
            let mut all: Vec<Finding> = found.found.iter().filter_map(|a| one.finding(a)).collect();
            calendar.tell(&mut all, plan.grain, manifest);
            all.retain(|finding| is_shown(finding, plan, manifest));
            findings.append(&mut all);
            found
        };
        let whole = look(&self.whole);
        for value in &self.values {
            look(value);
        }
        (findings, whole)
    }
}

pub(super) fn answer(query: &AnomaliesQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let manifest = &asked.work.manifest;
    let plan = Plan::of(query, manifest)?;
    let gathered = Gathered::of(&plan, asked)?;
    let (mut findings, whole) = gathered.look(&plan, manifest);
    findings.retain(|f| query.kinds.is_empty() || query.kinds.contains(&f.kind));
    // What nobody could have expected comes first.
    findings.sort_by(|x, y| {
        x.is_usual
            .cmp(&y.is_usual)
            .then(y.score.total_cmp(&x.score))
            .then(x.period.first.cmp(&y.period.first))
    });
    let count = |passes: &dyn Fn(&Finding) -> bool| {
        u32::try_from(findings.iter().filter(|f| passes(f)).count()).unwrap_or(u32::MAX)
    };
    let kinds = AnomalyKind::ALL.into_iter();
    let counts = kinds
        .map(|kind| (kind, count(&|f| f.kind == kind)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let usual = count(&|f| f.is_usual);
    let clipped = plan.is_clipped(query, manifest);
    let days = query.filters.days();
    let days = if clipped { Some(plan.shown) } else { days };
    let mut receipt = receipt(asked, Some(Asked::Sum(plan.measure)), days);
    receipt.rows_total = count(&|_| true);
    findings.drain(..findings.len().min(query.offset as usize));
    findings.truncate(query.limit as usize);
    receipt.rows = u32::try_from(findings.len()).unwrap_or(u32::MAX);
    let end = query.offset.saturating_add(receipt.rows);
    receipt.truncated = end < receipt.rows_total;
    if receipt.truncated {
        let next = AnomaliesQuery {
            offset: end,
            ..query.clone()
        };
        turn_page(&mut receipt, &Query::Anomalies(next));
    }
    if query.filters.period.is_none() && !clipped {
        // Of a series it is the step that says so.
        receipt.notes.forget(Topic::Scope);
    }
    receipt
        .notes
        .extend(notes(&plan, &gathered, clipped, whole.ranges.is_empty()));
    let history = &gathered.whole.series;
    let end = history.day(history.values.len().max(1)).plus(-1);
    let answer = AnomaliesAnswer {
        grain: plan.grain,
        learnt_from: Period::new(history.start, end)?,
        threshold: whole.threshold,
        findings,
        counts,
        usual,
        by: plan.by.map(|(by, _)| {
            let count = u32::try_from(gathered.values.len()).unwrap_or(u32::MAX);
            (by.name.clone(), by.label.clone(), count)
        }),
        steps: expected_steps(history, &whole.ranges, plan.shown),
    };
    Ok(Answered {
        receipt,
        answer: Answer::Anomalies(answer),
    })
}

/// What a reader has to know of what was looked at, and what was not.
fn notes(plan: &Plan<'_>, gathered: &Gathered, is_clipped: bool, is_short: bool) -> Notes {
    let grain = plan.grain;
    let mut notes = Notes::default();
    if let Some(day) = gathered.partial {
        notes.push(format!(
            "the {grain} from {day} had not ended on {}: it is left out",
            plan.history.last
        ));
    }
    if is_clipped {
        notes.add(
            Topic::Scope,
            format!(
                "only the newest {} {grain}s were looked at: ask for an earlier period, or a coarser grain, to see what came \
                 before",
                counted(ANOMALY_STEPS_MAX)
            ),
        );
    }
    if is_short {
        notes.add(
            Topic::Skill,
            format!(
                "there are only {} {grain}s up to the period's end: too few to know what is usual",
                gathered.whole.series.values.len()
            ),
        );
    }
    let Some((by, history)) = plan.by else {
        return notes;
    };
    let (count, all) = (gathered.values.len(), gathered.values_total);
    if count < all {
        notes.push(format!(
            "of {} values of {} the {count} largest were looked at: use filters for another one",
            counted(all),
            by.name
        ));
    }
    if plan.shown.first < history.first {
        notes.push(format!(
            "values of {} were looked at from {} on, to stay within what one question may cost",
            by.name, history.first
        ));
    }
    notes
}

/// The series of the largest values of a dimension, and how many values there are.
fn largest(
    plan: &Plan<'_>,
    by: &Dimension,
    asked: &analysis::Asked<'_>,
) -> Result<(Vec<Looked>, usize)> {
    let work = asked.work;
    let read = asked.reads.get(1);
    let read = read.ok_or_else(|| Error::internal("values that were not read"))?;
    let grouped = Grouped::of(&by.name, work, read)?;
    let mut order: Vec<(usize, &[i64])> = (0..grouped.names.len())
        .filter_map(|code| Some((code, grouped.sums.get(code)?)))
        .collect();
    let all = order.len();
    order.sort_by_key(|(_, sums)| std::cmp::Reverse(sums.first().map(|s| s.unsigned_abs())));
    order.truncate(ANOMALY_VALUES_MAX);
    let places = order
        .iter()
        .enumerate()
        .map(|(place, (code, _))| (*code, place));
    let series = sums::series(by, work, read, plan.grain, places, order.len())?;
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

impl Looked {
    /// An anomaly with its days.
    fn finding(&self, anomaly: &Anomaly) -> Option<Finding> {
        let first = self.series.day(anomaly.index);
        let end = self.series.day(anomaly.index + anomaly.steps.max(1));
        Some(Finding {
            kind: kind(anomaly.kind),
            of: self.of.clone(),
            period: Period::new(first, end.plus(-1)).ok()?,
            steps: u32::try_from(anomaly.steps).unwrap_or(u32::MAX),
            actual: anomaly.actual,
            expected: Expected {
                middle: anomaly.expected,
                lower: anomaly.lower,
                upper: anomaly.upper,
            },
            score: anomaly.score,
            known: None,
            is_usual: false,
        })
    }
}

/// Whether it is in the period, and not a closed day on which nothing was sold.
fn is_shown(finding: &Finding, plan: &Plan<'_>, manifest: &Manifest) -> bool {
    let first = finding.period.first;
    let began = Period::new(first, plan.grain.step(first, 1).plus(-1));
    let is_shift = matches!(finding.kind, AnomalyKind::ShiftUp | AnomalyKind::ShiftDown);
    let counted = began.ok().filter(|_| is_shift).unwrap_or(finding.period);
    let is_closed = plan.grain == Grain::Day
        && finding.kind == AnomalyKind::Low
        && finding.actual == 0
        && manifest.quality.closed_days.contains(&first);
    counted.intersect(plan.shown).is_some() && !is_closed
}
