//! Will a target be reached: what was sold so far, and sample paths of the rest of the period.

use super::analysis::{self, Ready};
use super::forecast::{FORECAST, events, whole_steps};
use super::receipt::receipt;
use super::sums::{self, Grouped};
use super::top::{clamp, names_needed, stored};
use super::{ReadData, Work};
use crate::compute::aggregate;
use crate::compute::target::{Outlook, Progress, Track, path_sums, track};
use crate::error::{Error, Result};
use crate::forecast::paths::paths;
use crate::forecast::{Request, SKILL_MIN, with_errors};
use crate::limits::{HIERARCHY_WORK_PER_VALUE, TARGET_DAYS_MAX, TARGET_MEMBERS_MAX, TARGET_PATHS};
use crate::model::answer::{
    Answer, Answered, TargetAnswer, TargetBy, TargetModel, TargetOutlook, TargetsAnswer, TargetsRow,
};
use crate::model::manifest::{Asked, Manifest, Measure};
use crate::model::names::{nearest, same};
use crate::model::note::{Notes, Topic};
use crate::model::own_target::OwnTarget;
use crate::model::query::{Target, TargetQuery};
use crate::model::scan::Scan;
use crate::model::when::{self, Align, Clock, Span, When};
use crate::model::{Day, Grain, Period, Series};
use crate::present::number;
use crate::resolve;

/// The paths are the same for the same question.
const SEED: u64 = 0x007a_26e7;

/// When the target is due, and how the rest of the time is forecast.
struct Plan<'a> {
    measure: &'a Measure,
    span: Span,
    /// The part of the period that has data.
    so_far: Option<Period>,
    /// The same period a year before, where the data have all of it.
    before: Option<Period>,
    grain: Grain,
    days_over: u32,
    days_left: u32,
}

impl<'a> Plan<'a> {
    fn of(query: &TargetQuery, manifest: &'a Manifest) -> Result<Self> {
        let measure = sums::summed(query.measure.as_deref(), manifest, FORECAST)?;
        let clock = Clock::of(manifest);
        let days = manifest.days;
        let when = if let Some(when) = &query.period {
            when.clone()
        } else {
            // The quarter of the first day without data.
            let first = Grain::Quarter.floor(days.last.plus(1));
            When::from(Period::new(first, Grain::Quarter.step(first, 1).plus(-1))?)
        };
        let span = when.resolve_ahead(&clock)?;
        let Period { first, last } = span.period;
        if last < days.first {
            return Err(Error::invalid(format!(
                "{} lies before the data, which begin on {}",
                span.label, days.first
            )));
        }
        let count = |days: i32| u32::try_from(days.max(0)).unwrap_or(0);
        let days_left = count(last.0 - days.last.0).min(count(span.period.days()));
        let before = when::year_before(&span, Align::Date, &clock).period;
        let inside = days.first <= before.first && before.last <= days.last;
        let by_day = manifest.grain == Grain::Day && count(last.0 - days.last.0) <= TARGET_DAYS_MAX;
        Ok(Self {
            measure,
            so_far: Period::new(first, last.min(days.last)).ok(),
            before: inside.then_some(before),
            grain: if by_day {
                Grain::Day
            } else {
                manifest.grain.max(Grain::Month)
            },
            days_over: count(span.period.days()) - days_left,
            days_left,
            span,
        })
    }

    /// The first and last step of the forecast that lie in the period, counted from the first one that is forecast; none
    /// where the period is over.
    fn steps(&self, next: Day) -> Option<(usize, usize)> {
        if self.days_left == 0 {
            return None;
        }
        let at = |day: Day| usize::try_from(self.grain.steps_between(next, day)).unwrap_or(0);
        Some((at(self.span.period.first), at(self.span.period.last)))
    }
}

/// The owner's targets that a question is about: the one that it names, or all if it says nothing; none where it brings its
/// own.
///
/// # Errors
/// `NotFound` for a name that no target has.
pub(super) fn own<'a>(query: &TargetQuery, manifest: &'a Manifest) -> Result<&'a [OwnTarget]> {
    let Some(name) = &query.name else {
        let is_about_all = query.is_own_alone();
        return Ok(if is_about_all { &manifest.targets } else { &[] });
    };
    let at = manifest.targets.iter().position(|t| same(&t.name, name));
    at.and_then(|at| manifest.targets.get(at..=at)).ok_or_else(|| {
        let names: Vec<&str> = manifest.targets.iter().map(|t| t.name.as_str()).collect();
        let there = if names.is_empty() {
            "dataset.toml has no [[target]]".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        Error::not_found(format!(
            "there is no target {name:?}: {there}; or write a number such as 250000, or growth on the year before such as +5%"
        ))
        .with_suggestions(nearest(name, names.into_iter()))
    })
}

/// The dimensions whose names the filters of the owner's targets need.
pub(super) fn names_first(query: &TargetQuery, manifest: &Manifest) -> Result<Vec<String>> {
    let mut needed = Vec::new();
    for target in own(query, manifest)? {
        needed.extend(resolve::dimensions_needed(
            &target.query()?.filters,
            manifest,
        )?);
    }
    Ok(needed)
}

pub(super) fn prepare(query: &TargetQuery, work: &Work) -> Result<Ready> {
    match own(query, &work.manifest)? {
        [] => prepare_one(query, work),
        [target] => prepare_one(&target.query()?, work),
        targets => {
            let mut ready = Ready::default();
            for target in targets {
                ready
                    .scans
                    .extend(prepare_one(&target.query()?, work)?.scans);
            }
            Ok(ready)
        }
    }
}

pub(super) fn answer(query: &TargetQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    match own(query, &asked.work.manifest)? {
        [] => answer_one(query, None, asked),
        [target] => answer_one(&target.query()?, Some(&target.name), asked),
        targets => answer_all(targets, asked),
    }
}

/// All of the owner's targets, the least probable first.
fn answer_all(targets: &[OwnTarget], asked: &analysis::Asked<'_>) -> Result<Answered> {
    let manifest = &asked.work.manifest;
    let mut reads = asked.reads.iter();
    let (mut rows, mut doubtful) = (Vec::new(), Vec::new());
    for target in targets {
        let query = target.query()?;
        let told = Told::of(&query, manifest, &mut reads, Some(HIERARCHY_WORK_PER_VALUE))
            .map_err(|e| e.context(target.name.clone()))?;
        if is_doubtful(told.model.as_ref()) {
            doubtful.push(target.name.as_str());
        }
        rows.push(TargetsRow {
            target: target.clone(),
            label: told.plan.span.label.clone(),
            period: told.plan.span.period,
            measure: Asked::Sum(told.plan.measure).into(),
            outlook: told.whole,
        });
    }
    rows.sort_by(|a, b| a.outlook.probability.total_cmp(&b.outlook.probability));
    let mut receipt = receipt(asked, None, None);
    receipt.rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    receipt.rows_total = receipt.rows;
    if !doubtful.is_empty() {
        receipt.notes.add(
            Topic::Skill,
            format!("low skill behind {}: {DOUBT}", doubtful.join(", ")),
        );
    }
    Ok(Answered {
        receipt,
        answer: Answer::Targets(TargetsAnswer { rows }),
    })
}

/// One target with its outlook.
struct Told<'a> {
    plan: Plan<'a>,
    sold_before: i64,
    whole: TargetOutlook,
    model: Option<TargetModel>,
    notes: Notes,
}

impl<'a> Told<'a> {
    /// From what was read for it: the history, what was sold so far, and the year before.
    fn of<'r, 'd: 'r>(
        query: &TargetQuery,
        manifest: &'a Manifest,
        reads: &mut impl Iterator<Item = &'r ReadData<'d>>,
        work_max: Option<usize>,
    ) -> Result<Self> {
        let plan = Plan::of(query, manifest)?;
        let growth = matches!(query.wanted(), Target::Growth(_));
        if growth && plan.before.is_none() {
            return Err(Error::invalid(format!(
                "the data begin on {}, so there is no whole year before {} to grow from: give the target as a number",
                manifest.days.first, plan.span.label
            )));
        }
        let mut next = || {
            reads
                .next()
                .ok_or_else(|| Error::internal("a target was not read"))
        };
        let history = next()?;
        let so_far = plan.so_far.map(|_| next()).transpose()?;
        let before = plan.before.map(|_| next()).transpose()?;
        let all = aggregate::by_step(history.scan, history.plan, history.tables, plan.grain)?.pop();
        let all = all.ok_or_else(|| Error::internal("a scan without a measure"))?;
        let total = |read: Option<&ReadData<'_>>| -> Result<i64> {
            let sums = read.map(|read| aggregate::total(read.scan, read.plan, read.tables));
            Ok(sums
                .transpose()?
                .and_then(|s| s.first().copied())
                .unwrap_or(0))
        };
        let (sold, sold_before) = (total(so_far)?, total(before)?);
        let target = query.wanted().scaled(plan.measure.scale, sold_before)?;
        let rest = Rest::of(&plan, manifest, all, work_max)?;
        Ok(Self {
            whole: outlook(&plan, sold, target, &rest.sums)?,
            plan,
            sold_before,
            model: rest.model,
            notes: rest.notes,
        })
    }
}

fn prepare_one(query: &TargetQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let plan = Plan::of(query, manifest)?;
    let by = query
        .by
        .as_deref()
        .map(|by| stored(manifest.dimension(by)?, manifest));
    let by = by.transpose()?.map(|leaf| leaf.name.clone());
    let scan = |grain: Option<Grain>, period: Period, by: Option<String>| -> Result<Scan> {
        Ok(Scan {
            measures: vec![plan.measure.name.clone()],
            by,
            also: None,
            grain,
            period: clamp(Some(period), manifest)?,
            only: selection.only.clone(),
        })
    };
    let mut scans = vec![scan(Some(plan.grain), manifest.days, None)?];
    for period in plan.so_far.into_iter().chain(plan.before) {
        scans.push(scan(None, period, by.clone())?);
    }
    if by.is_some() {
        scans.push(scan(Some(plan.grain), manifest.days, by)?);
    }
    let names = query.by.as_deref().map(|by| names_needed(by, manifest));
    let names = names.transpose()?.unwrap_or_default();
    Ok(Ready {
        names: names.into_iter().map(String::from).collect(),
        scans,
        selection,
        ..Ready::default()
    })
}

fn answer_one(
    query: &TargetQuery,
    name: Option<&str>,
    asked: &analysis::Asked<'_>,
) -> Result<Answered> {
    let work = asked.work;
    let manifest = &work.manifest;
    let mut reads = asked.reads.iter();
    let Told {
        plan,
        sold_before,
        whole,
        model,
        notes,
    } = Told::of(query, manifest, &mut reads, None)?;
    let growth = matches!(query.wanted(), Target::Growth(_));
    let by = match &query.by {
        None => None,
        Some(by) => {
            // After what was read for the whole.
            let mut read = asked.reads.iter().skip(1);
            let so_far = plan.so_far.and_then(|_| read.next());
            let before = plan.before.and_then(|_| read.next());
            let last = read
                .next()
                .ok_or_else(|| Error::internal("a target was not read"))?;
            Some(members(query, by, &plan, work, so_far, before, last)?)
        }
    };
    let mut receipt = receipt(asked, Some(Asked::Sum(plan.measure)), plan.so_far);
    receipt.complete = plan.days_left == 0;
    receipt.notes.extend(notes);
    receipt.rows = u32::try_from(by.as_ref().map_or(1, |by| by.rows.len())).unwrap_or(u32::MAX);
    receipt.rows_total = receipt.rows;
    if let Some(by) = by.as_ref().filter(|by| by.doubtful > 0) {
        receipt.notes.add(
            Topic::Skill,
            format!(
                "low skill for {} of {} values of {}: {DOUBT}",
                by.doubtful,
                by.rows.len(),
                by.by
            ),
        );
    }
    if let Some((count, by)) = by
        .as_ref()
        .map(|by| (by.left_out, by))
        .filter(|(n, _)| *n > 0)
    {
        receipt.notes.push(format!(
            "{count} values of {} have no target of their own: only the {TARGET_MEMBERS_MAX} largest of those that sold a year before",
            by.by
        ));
    }
    Ok(Answered {
        receipt,
        answer: Answer::Target(TargetAnswer {
            name: name.map(str::to_owned),
            label: plan.span.label.clone(),
            period: plan.span.period,
            asked: query.wanted(),
            before: plan
                .before
                .filter(|_| growth)
                .map(|period| (period, sold_before)),
            whole,
            by,
            grain: plan.grain,
            model,
        }),
    })
}

/// What the days that are left bring.
#[derive(Default)]
struct Rest {
    /// In each path, scaled; none where no day is left.
    sums: Vec<f64>,
    /// Which model says so.
    model: Option<TargetModel>,
    /// How far it can be believed.
    notes: Notes,
}

impl Rest {
    fn of(
        plan: &Plan<'_>,
        manifest: &Manifest,
        series: Series,
        work_max: Option<usize>,
    ) -> Result<Self> {
        let (history, partial) = whole_steps(series, manifest.days, manifest.days);
        let past = history.values.len();
        let Some((first, last)) = plan.steps(history.day(past)) else {
            return Ok(Self::default());
        };
        let scale = plan.measure.scale;
        let values: Vec<f64> = history
            .values
            .iter()
            .map(|&v| number::natural(v, scale))
            .collect();
        let events = events(manifest, &history, last + 1);
        let mut request = Request {
            start: Some(history.start),
            events: &events,
            whole_units: scale == 0,
            ..Request::new(&values, plan.grain, last + 1)
        };
        if let Some(work) = work_max {
            request.work_max = request.work_max.min(work * values.len().max(1));
        }
        let (forecast, errors) = with_errors(&request)?;
        let never_negative = values.iter().all(|v| *v >= 0.0);
        let unit = number::natural(1, scale);
        let drawn = paths(
            &forecast,
            errors.as_ref(),
            never_negative,
            TARGET_PATHS,
            SEED,
        );
        // Of a step that has begun only what is still to come counts.
        let begun = partial.map_or(0.0, |(_, sum)| number::natural(sum, scale));
        let kept = drawn.into_iter().map(|path| -> Vec<f64> {
            let inside = path.into_iter().enumerate().skip(first);
            let left = inside.map(|(at, value)| {
                if at == 0 {
                    (value - begun).max(0.0)
                } else {
                    value
                }
            });
            left.map(|value| value / unit).collect()
        });
        let sums = path_sums(&kept.collect::<Vec<_>>());
        let skill = forecast.backtest.as_ref().map(|b| b.skill);
        let model = TargetModel {
            name: forecast.model,
            skill,
        };
        let notes = forecast.notes.into_iter();
        Ok(Self {
            sums,
            model: Some(model),
            notes: notes.filter(|note| note.topic == Topic::Skill).collect(),
        })
    }
}

/// What is meant by low skill, in words.
const DOUBT: &str = "in tests on the past the forecast was no better than a simple one, or there were too few to tell";

fn is_doubtful(model: Option<&TargetModel>) -> bool {
    model.is_some_and(|model| model.skill.is_none_or(|skill| skill < SKILL_MIN))
}

fn outlook(plan: &Plan<'_>, so_far: i64, target: i64, rest: &[f64]) -> Result<TargetOutlook> {
    let progress = Progress {
        so_far,
        target,
        days_over: plan.days_over,
        days_left: plan.days_left,
    };
    Ok(told(&track(progress, rest)?))
}

fn told(outlook: &Outlook) -> TargetOutlook {
    TargetOutlook {
        target: outlook.progress.target,
        so_far: outlook.progress.so_far,
        days_over: outlook.progress.days_over,
        days_left: outlook.progress.days_left,
        track: match outlook.track {
            Track::Reached => "reached",
            Track::Missed => "missed",
            Track::On => "on track",
            Track::Likely => "likely",
            Track::Unlikely => "unlikely",
            Track::Off => "off track",
        },
        probability: outlook.probability,
        expected: outlook.expected_end,
        lower: outlook.lower_end,
        upper: outlook.upper_end,
        daily_so_far: outlook.daily_so_far,
        daily_needed: outlook.daily_needed,
        daily_expected: outlook.daily_expected,
    }
}

/// The outlook of each value of a dimension, the least probable first.
fn members(
    query: &TargetQuery,
    by: &str,
    plan: &Plan<'_>,
    work: &Work,
    so_far: Option<&ReadData<'_>>,
    before: Option<&ReadData<'_>>,
    read: &ReadData<'_>,
) -> Result<TargetBy> {
    let manifest = &work.manifest;
    let dimension = manifest.dimension(by)?;
    let grouped = |read: Option<&ReadData<'_>>| read.map(|r| Grouped::of(by, work, r)).transpose();
    let (now, then) = (grouped(so_far)?, grouped(before)?);
    let of = |grouped: &Option<Grouped<'_>>, code: usize| {
        let sums = grouped.as_ref().and_then(|g| g.sums.get(code));
        sums.and_then(|s| s.first().copied()).unwrap_or(0)
    };
    let names = work.names.of(dimension)?;
    let mut sizes: Vec<(usize, i64)> = (0..names.len())
        .map(|code| (code, of(&then, code)))
        .filter(|(_, size)| *size > 0)
        .collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    sizes.truncate(TARGET_MEMBERS_MAX);
    let places = sizes
        .iter()
        .enumerate()
        .map(|(place, (code, _))| (*code, place));
    let series = sums::series(dimension, work, read, plan.grain, places, sizes.len())?;
    let (mut rows, mut doubtful) = (Vec::new(), 0_u32);
    for ((code, before), series) in sizes.iter().zip(series) {
        let target = query.wanted().scaled(plan.measure.scale, *before)?;
        let rest = Rest::of(plan, manifest, series, Some(HIERARCHY_WORK_PER_VALUE))?;
        doubtful += u32::from(is_doubtful(rest.model.as_ref()));
        let outlook = outlook(plan, of(&now, *code), target, &rest.sums)?;
        if let Some(name) = names.get(*code) {
            rows.push((name.id.clone(), name.name.clone(), outlook));
        }
    }
    rows.sort_by(|(_, _, x), (_, _, y)| x.probability.total_cmp(&y.probability));
    let left_out = names.len().saturating_sub(rows.len());
    Ok(TargetBy {
        by: dimension.name.clone(),
        by_label: dimension.label.clone(),
        rows,
        doubtful,
        left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
    })
}
