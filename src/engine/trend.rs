//! A series in time, with its growth and its usual course.

use super::Work;
use super::analysis::{self, Ready};
use super::receipt::{receipt, turn_page};
use super::sums;
use super::top::{clamp, names_needed, stored};
use crate::compute::aggregate;
use crate::compute::decompose::{self, Combining};
use crate::error::{Error, Result};
use crate::model::answer::{
    Answer, Answered, TrendAnswer, TrendBy, TrendParts, TrendProfile, TrendSeries, TrendStep,
};
use crate::model::manifest::{Asked, Manifest};
use crate::model::note::Topic;
use crate::model::query::{Profile, Query, TrendQuery};
use crate::model::scan::Scan;
use crate::model::wording::others;
use crate::model::{Grain, Period, Series};
use crate::present::number;
use crate::resolve;

/// Days of the year before that are compared with days: whole weeks, so that weekdays meet.
const DAYS_BEFORE: i32 = 364;

pub(super) fn prepare(query: &TrendQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let measure = manifest.asked(query.measure.as_deref())?;
    let shown = clamp(query.filters.days(), manifest)?;
    finest(query.grain, manifest, "the grain")?;
    let scan = |grain: Grain, period: Period, by: Option<String>| Scan {
        measures: sums::measures(measure),
        by,
        also: None,
        grain: Some(grain),
        period,
        only: selection.only.clone(),
    };
    let mut scans = vec![scan(query.grain, with_year_before(shown, manifest)?, None)];
    let mut names = Vec::new();
    if let Some(by) = &query.by {
        if matches!(measure, Asked::Ratio(..)) {
            return Err(Error::invalid(
                "series by a dimension are of measures that add up: leave out by, or ask for one value with filters",
            ));
        }
        let leaf = stored(manifest.dimension(by)?, manifest)?;
        scans.push(scan(query.grain, shown, Some(leaf.name.clone())));
        names = names_needed(by, manifest)?;
    }
    if let (true, Asked::Ratio(..)) = (query.profile.is_some() || query.decompose, measure) {
        return Err(Error::invalid(
            "profiles and decompositions are of measures that add up: leave them out, or ask for one of the two that the \
             ratio is made of",
        ));
    }
    if let Some(profile) = query.profile {
        let grain = profile_grain(profile);
        finest(grain, manifest, "that profile needs")?;
        scans.push(scan(grain, shown, None));
    }
    Ok(Ready {
        names: names.into_iter().map(String::from).collect(),
        scans,
        selection,
        ..Ready::default()
    })
}

pub(super) fn finest(grain: Grain, manifest: &Manifest, what: &str) -> Result<()> {
    if grain < manifest.grain {
        return Err(Error::invalid(format!(
            "this dataset is by {}: {what} {grain} is finer than that",
            manifest.grain
        )));
    }
    Ok(())
}

const fn profile_grain(profile: Profile) -> Grain {
    match profile {
        Profile::Weekday => Grain::Day,
        Profile::Month => Grain::Month,
    }
}

/// A period with the year before it, as far as there are data of that.
fn with_year_before(period: Period, manifest: &Manifest) -> Result<Period> {
    let first = Grain::Year
        .floor(period.first.plus(-DAYS_BEFORE - 2))
        .max(manifest.days.first);
    clamp(Some(Period::new(first, period.last)?), manifest)
}

pub(super) fn answer(query: &TrendQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let manifest = &work.manifest;
    let measure = manifest.asked(query.measure.as_deref())?;
    let shown = clamp(query.filters.days(), manifest)?;
    let mut receipt = receipt(asked, Some(measure), query.filters.days());
    let mut reads = asked.reads.iter();
    let mut next = || {
        reads
            .next()
            .ok_or_else(|| Error::internal("a series was not read"))
    };
    let read = next()?;
    let all = aggregate::by_step(read.scan, read.plan, read.tables, query.grain)?;
    let (steps, total) = steps(query, measure, &all, read.scan.period, shown)?;
    let by = match &query.by {
        Some(by) => Some(by_value(query, by, work, next()?, shown)?),
        None => None,
    };
    let profile = match query.profile {
        Some(profile) => Some(profile_of(profile, next()?, scale_of(measure))?),
        None => None,
    };
    receipt.rows = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    receipt.rows_total = receipt.rows;
    if let Some(by) = &by {
        let series = u32::try_from(by.series.len()).unwrap_or(u32::MAX);
        let others = by.rest.as_ref().map_or(0, |(count, _)| *count);
        let end = query.offset.saturating_add(series);
        if end < series.saturating_add(others) {
            let next = TrendQuery {
                offset: end,
                ..query.clone()
            };
            turn_page(&mut receipt, &Query::Trend(next));
        }
    }
    if query.filters.period.is_none() {
        // Of a series it is the step that says so.
        receipt.notes.forget(Topic::Scope);
    }
    for step in steps.iter().filter(|step| !step.complete) {
        receipt.notes.add(
            Topic::Scope,
            format!(
                "the {} from {} is not complete: its growth is left out",
                query.grain, step.day
            ),
        );
    }
    Ok(Answered {
        receipt,
        answer: Answer::Trend(TrendAnswer {
            grain: query.grain,
            rolling: (query.rolling > 1).then_some(query.rolling),
            decomposition: query
                .decompose
                .then(|| all.first())
                .flatten()
                .map(|series| parts_of(series, read.scan.period, scale_of(measure))),
            steps,
            total,
            by,
            profile,
        }),
    })
}

/// The steps that are shown, and the value over all of them.
fn steps(
    query: &TrendQuery,
    measure: Asked<'_>,
    all: &[Series],
    read: Period,
    shown: Period,
) -> Result<(Vec<TrendStep>, Option<i64>)> {
    let first = all
        .first()
        .ok_or_else(|| Error::internal("a scan without a measure"))?;
    let sums_at = |at: usize| -> Vec<i64> {
        let values = all.iter().map(|series| series.values.get(at).copied());
        values.map(Option::unwrap_or_default).collect()
    };
    let grain = query.grain;
    let mut values = Vec::with_capacity(first.values.len());
    for at in 0..first.values.len() {
        let (from, to) = (first.day(at), first.day(at + 1).plus(-1));
        // What was read before the shown period is whole where its data are.
        let bounds = if to < shown.first { read } else { shown };
        let complete = bounds.first <= from && to <= bounds.last;
        values.push((from, sums::value(measure, &sums_at(at))?, complete));
    }
    let from = usize::try_from(grain.steps_between(first.start, shown.first)).unwrap_or(0);
    let before = year_steps(grain);
    let growth = |at: usize, back: usize| -> Option<f64> {
        let (now, then) = (values.get(at)?, values.get(at.checked_sub(back)?)?);
        (now.2 && then.2).then_some(())?;
        number::growth(now.1?, then.1?)
    };
    let window = query.rolling as usize;
    let rolling = |at: usize| -> Option<f64> {
        let start = (at + 1).checked_sub(window.max(2)).filter(|_| window > 1)?;
        let inside = values.get(start..=at)?;
        let each: Option<Vec<f64>> = inside
            .iter()
            .map(|(_, value, complete)| value.filter(|_| *complete))
            .map(|value| value.map(|v| number::natural(v, scale_of(measure))))
            .collect();
        let each = each?;
        Some(each.iter().sum::<f64>() / f64::from(u32::try_from(each.len()).ok()?))
    };
    let shown_steps = values.iter().enumerate().skip(from);
    let steps: Vec<TrendStep> = shown_steps
        .map(|(at, (day, value, complete))| TrendStep {
            day: *day,
            value: *value,
            complete: *complete,
            growth: growth(at, 1),
            growth_year: before.and_then(|back| growth(at, back)),
            rolling: rolling(at),
        })
        .collect();
    let mut total = vec![0_i64; all.len()];
    for (sum, series) in total.iter_mut().zip(all) {
        for value in series.values.iter().skip(from) {
            *sum = sum.checked_add(*value).ok_or_else(sums::too_large)?;
        }
    }
    Ok((steps, sums::value(measure, &total)?))
}

/// Decimal places of a measure.
const fn scale_of(measure: Asked<'_>) -> u8 {
    match measure {
        Asked::Sum(measure) => measure.scale,
        Asked::Ratio(derived, ..) => derived.scale,
    }
}

/// How many steps back the same one of the year before is.
const fn year_steps(grain: Grain) -> Option<usize> {
    match grain {
        Grain::Day => Some(364),
        Grain::Week => Some(52),
        Grain::Month => Some(12),
        Grain::Quarter => Some(4),
        // The step before is the year before.
        Grain::Year => None,
    }
}

fn by_value(
    query: &TrendQuery,
    by: &str,
    work: &Work,
    read: &super::ReadData<'_>,
    shown: Period,
) -> Result<TrendBy> {
    let manifest = &work.manifest;
    let dimension = manifest.dimension(by)?;
    let names = work.names.of(dimension)?;
    let grouped = sums::Grouped::of(by, work, read)?;
    let mut sizes: Vec<(usize, i64)> = (0..names.len())
        .filter_map(|code| Some((code, *grouped.sums.get(code)?.first()?)))
        .collect();
    sizes.sort_by_key(|(_, size)| std::cmp::Reverse(size.unsigned_abs()));
    // What is not on this page is added together, so that every page adds up to the whole.
    let all = sizes.len();
    let mut shown_sizes = sizes.split_off(all.min(query.offset as usize));
    sizes.extend(shown_sizes.split_off(shown_sizes.len().min(query.limit as usize)));
    let limit = shown_sizes.len();
    let hidden = sizes.len();
    let parts = limit + usize::from(hidden > 0);
    let ranked = shown_sizes.iter().enumerate();
    let ranked = ranked.chain(sizes.iter().map(|size| (limit, size)));
    let places = ranked.map(|(place, (code, _))| (*code, place));
    let series = sums::series(dimension, work, read, query.grain, places, parts)?;
    let mut found = Vec::new();
    let mut rest = None;
    for (rank, series) in series.into_iter().enumerate() {
        let from = query.grain.steps_between(series.start, shown.first);
        let skip = usize::try_from(from).unwrap_or(0);
        let values: Vec<i64> = series.values.iter().skip(skip).copied().collect();
        let total = values.iter().try_fold(0_i64, |sum, v| sum.checked_add(*v));
        let total = total.ok_or_else(sums::too_large)?;
        if rank == limit {
            let count = u32::try_from(hidden).unwrap_or(u32::MAX);
            let others = TrendSeries {
                id: String::new(),
                name: others(count),
                values,
                total,
            };
            rest = Some((count, others));
        } else if let Some(name) = shown_sizes.get(rank).and_then(|(code, _)| names.get(*code)) {
            found.push(TrendSeries {
                id: name.id.clone(),
                name: name.name.clone(),
                values,
                total,
            });
        }
    }
    Ok(TrendBy {
        by: dimension.name.clone(),
        by_label: dimension.label.clone(),
        series: found,
        rest,
    })
}

/// The whole steps of a series.
fn whole(series: &Series, period: Period) -> Series {
    let steps = 0..series.values.len();
    let inside = |at: &usize| {
        let (from, to) = (series.day(*at), series.day(at + 1).plus(-1));
        period.first <= from && to <= period.last
    };
    let first = steps.clone().find(inside).unwrap_or(0);
    let kept = steps.filter(inside);
    Series {
        grain: series.grain,
        start: series.day(first),
        values: kept
            .filter_map(|at| series.values.get(at).copied())
            .collect(),
    }
}

fn profile_of(by: Profile, read: &super::ReadData<'_>, scale: u8) -> Result<TrendProfile> {
    const WEEKDAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let grain = profile_grain(by);
    let all = aggregate::by_step(read.scan, read.plan, read.tables, grain)?;
    let first = all
        .first()
        .ok_or_else(|| Error::internal("a scan without a measure"))?;
    let names: &[&str] = match by {
        Profile::Weekday => &WEEKDAYS,
        Profile::Month => &MONTHS,
    };
    let unit = number::natural(1, scale);
    let phases = decompose::profile(&whole(first, read.scan.period))?;
    let rows = names.iter().zip(phases).filter_map(|(name, phase)| {
        let count = u32::try_from(phase.count).unwrap_or(u32::MAX);
        Some((
            (*name).to_owned(),
            count,
            phase.average? * unit,
            phase.index?,
        ))
    });
    Ok(TrendProfile {
        by,
        rows: rows.collect(),
    })
}

/// Trend, season and remainder of the whole steps, or why there are none.
fn parts_of(series: &Series, period: Period, scale: u8) -> Result<TrendParts, String> {
    let series = whole(series, period);
    let season = series.grain.season_steps();
    let found = decompose::decompose(&series.values, season).ok_or_else(|| {
        format!(
            "it needs at least two seasons of {season} whole {}s, and there are {} of these",
            series.grain,
            series.values.len()
        )
    })?;
    let unit = number::natural(1, scale);
    let natural = |values: Vec<f64>| -> Vec<f64> { values.into_iter().map(|v| v * unit).collect() };
    let multiplicative = found.combining == Combining::Multiplicative;
    let (season_part, remainder) = if multiplicative {
        (found.season, found.remainder)
    } else {
        (natural(found.season), natural(found.remainder))
    };
    Ok(TrendParts {
        from: series.start,
        season_steps: season,
        multiplicative,
        trend: natural(found.trend),
        season: season_part,
        remainder,
        trend_strength: found.trend_strength,
        season_strength: found.season_strength,
    })
}
