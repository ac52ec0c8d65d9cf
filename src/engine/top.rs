//! Rankings: one, or one in each value of a dimension; with the ranks of a period before beside them.

use super::analysis::{self, Ready};
use super::periods::{Periods, Wanted, periods, told_of_periods};
use super::receipt::{receipt, turn_page};
use super::sums::{self, Grouped};
use super::{ReadData, Work};
use crate::compute::aggregate::{self, CodeSums, Places};
use crate::compute::ranking::{self, Ranked, Scales};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::Period;
use crate::model::answer::{
    Answer, Answered, Before, TopAgainst, TopAnswer, TopGroup, TopPer, TopRow,
};
use crate::model::manifest::{Asked, Dimension, Manifest, Value};
use crate::model::note::{Notes, Topic};
use crate::model::query::{Order, Query, TopQuery};
use crate::model::scan::Scan;
use crate::model::when::Align;
use crate::present::number;
use crate::resolve;

/// The dimension whose codes are in the files, for a dimension that may only be its parent.
pub(super) fn stored<'a>(
    dimension: &'a Dimension,
    manifest: &'a Manifest,
) -> Result<&'a Dimension> {
    if dimension.stored {
        Ok(dimension)
    } else {
        resolve::child(dimension, manifest)
    }
}

/// The periods that are ranked, where there is one to compare with.
fn compared(query: &TopQuery, manifest: &Manifest) -> Result<Option<Periods>> {
    let Some(against) = &query.against else {
        return Ok(None);
    };
    let wanted = Wanted {
        a: query.filters.period.as_ref(),
        b: std::slice::from_ref(against),
        otherwise: &[],
        align: Align::Date,
        incomplete: false,
    };
    periods(&wanted, manifest).map(Some)
}

pub(super) fn prepare(query: &TopQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let dimension = manifest.dimension(&query.by)?;
    let by = stored(dimension, manifest)?;
    let per = query.per.as_deref().map(|per| manifest.dimension(per));
    let per = per.transpose()?;
    if per.is_some_and(|per| per.name == dimension.name) {
        return Err(Error::invalid(format!(
            "by and per are both {}: name another dimension in one of them",
            dimension.name
        )));
    }
    let also = per.map(|per| stored(per, manifest)).transpose()?;
    let also = also.filter(|also| also.name != by.name);
    let measures = sums::measures(manifest.asked(query.measure.as_deref())?);
    let scan = |period: Option<Period>| -> Result<Scan> {
        Ok(Scan {
            measures: measures.clone(),
            by: Some(by.name.clone()),
            also: also.map(|also| also.name.clone()),
            grain: None,
            period: clamp(period, manifest)?,
            only: selection.only.clone(),
        })
    };
    let scans: Result<Vec<Scan>> = match compared(query, manifest)? {
        None => std::iter::once(scan(query.filters.days())).collect(),
        Some(periods) => periods.all().map(|period| scan(Some(period))).collect(),
    };
    let mut names = names_needed(&query.by, manifest)?;
    if let Some(per) = per {
        names.extend(names_needed(&per.name, manifest)?);
        names.sort_unstable();
        names.dedup();
    }
    Ok(Ready {
        names: names.into_iter().map(String::from).collect(),
        scans: scans?,
        selection,
        ..Ready::default()
    })
}

/// The part of the asked period that has data.
pub(super) fn clamp(asked: Option<Period>, manifest: &Manifest) -> Result<Period> {
    let Some(asked) = asked else {
        return Ok(manifest.days);
    };
    if manifest.grain == crate::model::Grain::Month {
        let floor = crate::model::Grain::Month.floor(asked.first);
        let whole = floor == asked.first
            && crate::model::Grain::Month.floor(asked.last.plus(1)) == asked.last.plus(1);
        if !whole {
            return Err(Error::invalid(format!(
                "this dataset is monthly, so a period has whole months: {asked} has not"
            )));
        }
    }
    asked.intersect(manifest.days).ok_or_else(|| {
        Error::invalid(format!(
            "there are no data for {asked}: they reach from {} to {}",
            manifest.days.first, manifest.days.last
        ))
    })
}

/// The dimensions whose names the answer shows.
pub(super) fn names_needed<'a>(by: &str, manifest: &'a Manifest) -> Result<Vec<&'a str>> {
    let by = manifest.dimension(by)?;
    let mut needed = vec![by.name.as_str()];
    if !by.stored {
        needed.push(&resolve::child(by, manifest)?.name);
    }
    Ok(needed)
}

/// Sums by group and value: the value `v` of the group `g` has the code `g * values + v`. A single ranking is one group.
struct Sheet<'a> {
    sums: CodeSums,
    /// How many values a group has.
    values: usize,
    /// The groups, where there are several rankings.
    groups: Option<(&'a Dimension, &'a [Value])>,
}

impl<'a> Sheet<'a> {
    fn of(query: &TopQuery, work: &'a Work, read: &ReadData<'_>) -> Result<Self> {
        let manifest = &work.manifest;
        let by = manifest.dimension(&query.by)?;
        let values = by.count as usize;
        let Some(per) = &query.per else {
            return Ok(Self {
                sums: Grouped::of(&query.by, work, read)?.sums,
                values,
                groups: None,
            });
        };
        let per = manifest.dimension(per)?;
        let (value_of, group_of) = (
            sums::value_of_code(by, work)?,
            sums::value_of_code(per, work)?,
        );
        let groups = Places {
            dimension: &stored(per, manifest)?.name,
            of_code: &group_of,
            count: per.count as usize,
        };
        let within = Places {
            dimension: &stored(by, manifest)?.name,
            of_code: &value_of,
            count: values,
        };
        Ok(Self {
            sums: aggregate::by_pair(read.scan, read.plan, read.tables, groups, within)?,
            values,
            groups: Some((per, work.names.of(per)?)),
        })
    }

    fn group(&self, group: usize, measure: Asked<'_>, order: Order) -> Result<Ranked> {
        let sums = self.sums.run(group * self.values, self.values);
        ordered(measure, &sums, order)
    }
}

fn ordered(measure: Asked<'_>, sums: &CodeSums, order: Order) -> Result<Ranked> {
    match measure {
        Asked::Sum(_) => ranking::of_sums(sums, order),
        Asked::Ratio(derived, above, below) => {
            ranking::of_ratios(sums, order, Scales::new(derived, above, below))
        }
    }
}

pub(super) fn answer(query: &TopQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let manifest = &work.manifest;
    let measure = manifest.asked(query.measure.as_deref())?;
    let by = manifest.dimension(&query.by)?;
    let names = work.names.of(by)?;
    let periods = compared(query, manifest)?;
    let period = periods.as_ref().map(|p| p.subject.period);
    let mut receipt = receipt(asked, Some(measure), period.or(query.filters.days()));
    if let Some(periods) = &periods {
        receipt.complete = periods.complete;
        told_of_periods(&mut receipt.notes, periods.notes.clone());
    }
    let mut sheets = asked.reads.iter().map(|read| Sheet::of(query, work, read));
    let sheet = sheets
        .next()
        .ok_or_else(|| Error::internal("a ranking that read nothing"))??;
    let before = sheets.next().transpose()?;
    let whole = ordered(measure, &sheet.sums, query.order)?;
    let mut answer = TopAnswer {
        by: by.name.clone(),
        by_label: by.label.clone(),
        order: query.order,
        total: whole.total,
        ..TopAnswer::default()
    };
    let page = Rows {
        names,
        adds_up: matches!(measure, Asked::Sum(_)),
        take: query.n as usize,
    };
    let skip = query.offset as usize;
    let (seen, all) = match sheet.groups {
        None => {
            let earlier = before.as_ref().map(|b| b.group(0, measure, query.order));
            answer.rows = page.of(&whole, earlier.transpose()?.as_ref(), skip);
            (skip + answer.rows.len(), whole.rows.len())
        }
        Some((per, groups)) => {
            let shown = Shown {
                sheet: &sheet,
                before: before.as_ref(),
                measure,
                page: &page,
            };
            let (found, rows) = shown.groups(query, (per, groups), whole.total)?;
            let (seen, all) = (skip + found.groups.len(), found.groups_total);
            answer.rows = rows;
            answer.per = Some(found);
            receipt.notes.extend(left_out(&answer, measure, asked)?);
            (seen, all)
        }
    };
    if let (Some(mut periods), Some(before)) = (periods, &before) {
        let ranked = ordered(measure, &before.sums, query.order)?;
        let gone = ranked.rows.iter();
        let gone = gone.filter(|(code, _)| sheet.sums.get(*code).is_none());
        if let Some(mut compared) = periods.baselines.pop() {
            compared.value = Some(ranked.total);
            answer.against = Some(TopAgainst {
                compared,
                rows_total: ranked.rows.len(),
                gone: gone.count(),
            });
        }
    }
    receipt.rows = count(answer.rows.len());
    receipt.rows_total = count(whole.rows.len());
    receipt.truncated = seen < all || answer.is_cut();
    if seen < all {
        let mut next = query.clone();
        next.offset = count(seen);
        turn_page(&mut receipt, &Query::Top(next));
    }
    if answer.rows.is_empty() {
        // Nothing else matters then.
        receipt.notes = Notes::default();
        let none = if all == 0 {
            "no row passes all filters together: leave one out, or see describe_data for what there is".into()
        } else {
            format!("offset {skip} is past the end: there are {all}")
        };
        receipt.notes.add(Topic::Empty, none);
    }
    if let (Asked::Ratio(derived, _, below), 1..) = (measure, whole.undefined) {
        receipt.notes.push(format!(
            "{} have no {}, because their {} are 0: they are left out",
            whole.undefined, derived.name, below.name
        ));
    }
    Ok(Answered {
        receipt,
        answer: Answer::Top(answer),
    })
}

/// What the rankings of all groups are made of.
struct Shown<'s> {
    sheet: &'s Sheet<'s>,
    before: Option<&'s Sheet<'s>>,
    measure: Asked<'s>,
    page: &'s Rows<'s>,
}

impl Shown<'_> {
    /// The groups of a page, the largest first, and their rows.
    fn groups(
        &self,
        query: &TopQuery,
        (per, names): (&Dimension, &[Value]),
        total: i64,
    ) -> Result<(TopPer, Vec<TopRow>)> {
        let ranked = |sheet: &Sheet<'_>, group| sheet.group(group, self.measure, query.order);
        let mut found: Vec<(usize, Ranked)> = Vec::new();
        for group in 0..names.len() {
            let of_group = ranked(self.sheet, group)?;
            if !of_group.rows.is_empty() {
                found.push((group, of_group));
            }
        }
        found.sort_by_key(|(_, ranked)| std::cmp::Reverse(ranked.total));
        let (mut groups, mut all) = (Vec::new(), Vec::new());
        let groups_max = (limits::ROWS_MAX / query.n.max(1)).max(1) as usize;
        let skip = query.offset as usize;
        for (group, now) in found.iter().skip(skip).take(groups_max) {
            let before = self.before.map(|before| ranked(before, *group));
            let rows = self.page.of(now, before.transpose()?.as_ref(), 0);
            let name = names.get(*group);
            groups.push(TopGroup {
                id: name.map(|v| v.id.clone()).unwrap_or_default(),
                name: name.map(|v| v.name.clone()).unwrap_or_default(),
                total: now.total,
                share: share(now.total, total).filter(|_| self.page.adds_up),
                rows: rows.len(),
                rows_total: now.rows.len(),
            });
            all.extend(rows);
        }
        let per = TopPer {
            per: per.name.clone(),
            per_label: per.label.clone(),
            groups,
            groups_total: found.len(),
        };
        Ok((per, all))
    }
}

/// What has no group: it is in no ranking.
fn left_out(
    answer: &TopAnswer,
    measure: Asked<'_>,
    asked: &analysis::Asked<'_>,
) -> Result<Option<String>> {
    let (Asked::Sum(measure), Some(per)) = (measure, &answer.per) else {
        return Ok(None);
    };
    let read = asked.read()?;
    let sums = aggregate::total(read.scan, read.plan, read.tables)?;
    let rest = sums.first().copied().unwrap_or(0).checked_sub(answer.total);
    let rest = rest.ok_or_else(sums::too_large)?;
    Ok((rest != 0).then(|| {
        format!(
            "{} {} belong to no {}: they are left out",
            number::text(rest, measure.scale),
            measure.unit,
            per.per
        )
    }))
}

/// How the rows of a ranking are made.
struct Rows<'a> {
    names: &'a [Value],
    /// Whether shares mean anything.
    adds_up: bool,
    take: usize,
}

impl Rows<'_> {
    /// The rows after the first `skip`.
    fn of(&self, ranked: &Ranked, before: Option<&Ranked>, skip: usize) -> Vec<TopRow> {
        let mut earlier = vec![
            Before::New;
            if before.is_some() {
                self.names.len()
            } else {
                0
            }
        ];
        for (rank, (code, value)) in (1_u32..).zip(before.iter().flat_map(|b| &b.rows)) {
            if let Some(slot) = earlier.get_mut(*code) {
                *slot = Before::At {
                    rank,
                    value: *value,
                };
            }
        }
        let mut running = 0_i64;
        let rows = (1_u32..).zip(&ranked.rows).map(|(rank, &(code, value))| {
            running = running.saturating_add(value);
            let share_of = |part| share(part, ranked.total).filter(|_| self.adds_up && value >= 0);
            let shown = self.names.get(code);
            TopRow {
                rank,
                id: shown.map(|v| v.id.clone()).unwrap_or_default(),
                name: shown.map(|v| v.name.clone()).unwrap_or_default(),
                value,
                share: share_of(value),
                cumulative: share_of(running),
                before: earlier.get(code).copied(),
            }
        });
        rows.skip(skip).take(self.take).collect()
    }
}

/// A part of a total that is above 0; none for what is below 0.
fn share(part: i64, total: i64) -> Option<f64> {
    (total > 0 && part >= 0).then(|| number::natural(part, 0) / number::natural(total, 0))
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
