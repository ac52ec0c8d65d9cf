//! The portfolio in classes, by whole months.

use std::borrow::Borrow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Work;
use super::analysis::{self, Ready};
use super::receipt::{receipt, turn_page};
use super::sums::{self, Grouped, too_large};
use super::top::{clamp, names_needed, stored};
use crate::compute::aggregate;
use crate::compute::segments::{
    Abc, Basis, Cuts, Demand, Direction, Product, Segment, Trend, Xyz, segments,
};
use crate::error::{Error, Result};
use crate::limits::{SEGMENT_CELLS_MAX, SEGMENT_MONTHS};
use crate::model::answer::{
    Answer, Answered, SegmentCell, SegmentCuts, SegmentList, SegmentRow, SegmentTrend,
    SegmentsAnswer,
};
use crate::model::manifest::{Asked, Dimension, Manifest, Measure, Value};
use crate::model::note::{Notes, Topic};
use crate::model::query::{Class, Query, SegmentsQuery};
use crate::model::receipt::Receipt;
use crate::model::scan::Scan;
use crate::model::{Day, Grain, Period, Series};
use crate::resolve;

/// Complete months that are summed if nothing else is asked.
const MONTHS_DEFAULT: i32 = 12;
/// Classes that have a list.
const LISTED: [Class; 4] = [Class::New, Class::Dormant, Class::Rising, Class::Falling];

/// What is looked at.
struct Plan<'a> {
    measure: &'a Measure,
    by: &'a Dimension,
    /// The months that are summed.
    period: Period,
    /// The months that steadiness and trends are judged by.
    months: Period,
    notes: Notes,
}

impl<'a> Plan<'a> {
    fn of(query: &SegmentsQuery, manifest: &'a Manifest) -> Result<Self> {
        let why = "classes are by shares of a sum: ask for one of these";
        let measure = sums::summed(query.measure.as_deref(), manifest, why)?;
        let whole = whole_months(manifest.days).ok_or_else(|| {
            Error::invalid(format!(
                "classes are by whole months, and the data have none: they reach from {} to {}",
                manifest.days.first, manifest.days.last
            ))
        })?;
        let mut notes = Notes::default();
        let period = match query.filters.days() {
            None => {
                let first = Grain::Month.step(whole.last, 1 - MONTHS_DEFAULT);
                Period::new(first.max(whole.first), whole.last)?
            }
            Some(asked) => {
                let inside = whole_months(asked).and_then(|months| months.intersect(whole));
                let inside = inside.ok_or_else(|| {
                    Error::invalid(format!(
                        "classes are by whole months: {asked} has none that the data have whole, which reach from {} to {}",
                        whole.first, whole.last
                    ))
                })?;
                if inside != asked {
                    notes.add(
                        Topic::Scope,
                        format!("classes are by whole months: {asked} is taken as {inside}"),
                    );
                }
                inside
            }
        };
        let judged = Grain::Month.step(period.last, 1 - SEGMENT_MONTHS);
        let first = judged.max(whole.first).min(period.first);
        Ok(Self {
            measure,
            by: manifest.dimension(&query.by)?,
            months: Period::new(first, period.last)?,
            period,
            notes,
        })
    }
}

/// The months that lie wholly inside.
fn whole_months(days: Period) -> Option<Period> {
    let first = Grain::Month.step(days.first.plus(-1), 1);
    let last = Grain::Month.floor(days.last.plus(1)).plus(-1);
    Period::new(first, last).ok()
}

pub(super) fn prepare(query: &SegmentsQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let plan = Plan::of(query, manifest)?;
    let scan = Scan {
        measures: vec![plan.measure.name.clone()],
        by: Some(stored(plan.by, manifest)?.name.clone()),
        also: None,
        grain: Some(Grain::Month),
        period: clamp(Some(plan.months), manifest)?,
        only: selection.only.clone(),
    };
    let names = names_needed(&query.by, manifest)?;
    Ok(Ready {
        names: names.into_iter().map(String::from).collect(),
        ..Ready::one(scan, selection)
    })
}

pub(super) fn answer(query: &SegmentsQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let plan = Plan::of(query, &work.manifest)?;
    let (codes, series) = months(&plan, work, asked)?;
    let names = work.names.of(plan.by)?;
    let from = Grain::Month.steps_between(plan.months.first, plan.period.first);
    let from = usize::try_from(from).unwrap_or(0);
    let sum = |values: &[i64]| -> Result<i64> {
        let mut each = values.iter();
        each.try_fold(0_i64, |sum, v| sum.checked_add(*v))
            .ok_or_else(too_large)
    };
    let mut products = Vec::with_capacity(series.len());
    for (id, series) in series.iter().enumerate() {
        products.push(Product {
            id,
            value: sum(series.values.get(from..).unwrap_or_default())?,
            months: &series.values,
            first_possible: None,
        });
    }
    let cuts = Cuts::default();
    let found = segments(&products, &cuts);
    let total = sum(&products.iter().map(|p| p.value).collect::<Vec<_>>())?;
    // Of all series the same; civil arithmetic for each of thousands of rows would be felt.
    let days: Vec<Day> = series.first().map_or_else(Vec::new, |first| {
        let months = 0..first.values.len();
        months.map(|month| first.day(month)).collect()
    });
    let mut rows = Vec::with_capacity(found.len());
    for segment in &found {
        let name = codes.get(segment.id).and_then(|code| names.get(*code));
        let series = series.get(segment.id);
        if let Some((name, series)) = name.zip(series) {
            rows.push(row(segment, name, &days, sum(&series.values)?));
        }
    }
    let cells = cells(&rows)?;
    let demand = [
        Class::Smooth,
        Class::Erratic,
        Class::Intermittent,
        Class::Lumpy,
    ]
    .into_iter()
    .map(|class| (class, count(rows.iter().filter(|r| r.is(class)).count())))
    .filter(|(_, count)| *count > 0)
    .collect();
    let values = count(rows.len());
    let limit = query.limit as usize;
    let mut lists = Vec::new();
    match query.segment {
        Some(class) => {
            rows.retain(|row| row.is(class));
            order(class, &mut rows);
        }
        None => lists.extend(
            LISTED
                .into_iter()
                .filter_map(|class| list(class, &rows, limit)),
        ),
    }
    let mut receipt = receipt(asked, Some(Asked::Sum(plan.measure)), Some(plan.period));
    receipt.notes.extend(plan.notes);
    receipt.rows_total = count(rows.len());
    let shown = page(query, &mut receipt);
    if values == 0 {
        receipt.notes.add(
            Topic::Empty,
            "no row passes all filters together: leave one out, or see describe_data for what there is",
        );
    }
    let answer = SegmentsAnswer {
        by: plan.by.name.clone(),
        by_label: plan.by.label.clone(),
        months: plan.months,
        segment: query.segment,
        total,
        values,
        cells,
        demand,
        lists,
        cuts: SegmentCuts {
            a: cuts.a,
            b: cuts.b,
            x: cuts.x,
            y: cuts.y,
            dormant_months: cuts.dormant_months,
            new_months: cuts.new_months,
        },
        shown,
        rows,
    };
    Ok(Answered {
        receipt,
        answer: Answer::Segments(answer),
    })
}

/// Which of the rows are on the page that was asked for.
fn page(query: &SegmentsQuery, receipt: &mut Receipt) -> std::ops::Range<usize> {
    let start = query.offset.min(receipt.rows_total);
    receipt.rows = (receipt.rows_total - start).min(query.limit);
    let end = start + receipt.rows;
    receipt.truncated = end < receipt.rows_total;
    if receipt.truncated {
        let next = SegmentsQuery {
            offset: end,
            ..query.clone()
        };
        turn_page(receipt, &Query::Segments(next));
    }
    start as usize..end as usize
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The values that have any row, and the months of each.
fn months(
    plan: &Plan<'_>,
    work: &Work,
    asked: &analysis::Asked<'_>,
) -> Result<(Vec<usize>, Vec<Series>)> {
    let read = asked.read()?;
    let grouped = Grouped::of(&plan.by.name, work, read)?;
    let codes: Vec<usize> = (0..grouped.names.len())
        .filter(|code| grouped.sums.get(*code).is_some())
        .collect();
    let cells = codes.len() * aggregate::steps(read.scan, Grain::Month)?;
    if cells > SEGMENT_CELLS_MAX {
        return Err(Error::over_budget(format!(
            "{} values of {} over {} are too many to be put into classes at once: narrow the filters or the period",
            codes.len(),
            plan.by.name,
            plan.months
        )));
    }
    let places = codes.iter().enumerate().map(|(place, code)| (*code, place));
    let count = codes.len();
    let series = sums::series(plan.by, work, read, Grain::Month, places, count)?;
    Ok((codes, series))
}

fn row(segment: &Segment, name: &Value, months: &[Day], all_months: i64) -> SegmentRow {
    let month = |index: Option<usize>| months.get(index?).copied();
    SegmentRow {
        id: name.id.clone(),
        name: name.name.clone(),
        value: segment.value,
        share: segment.share,
        cumulative_share: segment.cumulative_share,
        abc: match segment.abc {
            Abc::A => Class::A,
            Abc::B => Class::B,
            Abc::C => Class::C,
        },
        xyz: segment.xyz.map(|xyz| match xyz {
            Xyz::X => Class::X,
            Xyz::Y => Class::Y,
            Xyz::Z => Class::Z,
        }),
        cv: segment.cv,
        demand: segment.demand.map(|demand| match demand {
            Demand::Smooth => Class::Smooth,
            Demand::Erratic => Class::Erratic,
            Demand::Intermittent => Class::Intermittent,
            Demand::Lumpy => Class::Lumpy,
        }),
        trend: segment.trend.as_ref().map(trend),
        is_new: segment.is_new,
        is_dormant: segment.is_dormant,
        first_sale: month(segment.first_sale),
        last_sale: month(segment.last_sale),
        all_months,
    }
}

fn trend(trend: &Trend) -> SegmentTrend {
    SegmentTrend {
        class: match trend.direction {
            Direction::Rising => Some(Class::Rising),
            Direction::Falling => Some(Class::Falling),
            Direction::Steady => None,
        },
        per_month: trend.slope,
        p_value: trend.p_value,
        year_over_year: trend.basis == Basis::YearOverYear,
    }
}

/// Counts and sums of each class by share and steadiness.
fn cells(rows: &[SegmentRow]) -> Result<Vec<SegmentCell>> {
    let mut cells: BTreeMap<(Class, bool, Option<Class>), (u32, i64)> = BTreeMap::new();
    for row in rows {
        // What cannot be told comes last.
        let cell = cells
            .entry((row.abc, row.xyz.is_none(), row.xyz))
            .or_default();
        cell.0 += 1;
        cell.1 = cell.1.checked_add(row.value).ok_or_else(too_large)?;
    }
    let cells = cells.into_iter();
    Ok(cells
        .map(|((abc, _, xyz), (count, sum))| SegmentCell {
            abc,
            xyz,
            count,
            sum,
        })
        .collect())
}

/// Puts what matters most first; rows come by their values.
fn order<R: Borrow<SegmentRow>>(class: Class, rows: &mut [R]) {
    let slope = |row: &R| row.borrow().trend.as_ref().map_or(0.0, |t| t.per_month);
    match class {
        Class::New | Class::Dormant => rows.sort_by_key(|row| Reverse(row.borrow().all_months)),
        Class::Rising => rows.sort_by(|x, y| slope(y).total_cmp(&slope(x))),
        Class::Falling => rows.sort_by(|x, y| slope(x).total_cmp(&slope(y))),
        _ => {}
    }
}

fn list(class: Class, rows: &[SegmentRow], limit: usize) -> Option<SegmentList> {
    let mut rows: Vec<&SegmentRow> = rows.iter().filter(|r| r.is(class)).collect();
    let all = count(rows.len());
    order(class, &mut rows);
    (all > 0).then_some(SegmentList {
        class,
        count: all,
        rows: rows.into_iter().take(limit).cloned().collect(),
    })
}
