//! Rankings.

use super::Work;
use super::analysis::{self, Ready};
use super::receipt::receipt;
use super::sums::{self, Grouped};
use crate::compute::ranking::{self, Scales};
use crate::error::{Error, Result};
use crate::model::Period;
use crate::model::answer::{Answer, Answered, TopAnswer, TopRow};
use crate::model::manifest::{Asked, Dimension, Manifest};
use crate::model::note::{Notes, Topic};
use crate::model::query::TopQuery;
use crate::model::scan::Scan;
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

pub(super) fn prepare(query: &TopQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    let selection = resolve::resolve(&query.filters, manifest, &work.names)?;
    let by = stored(manifest.dimension(&query.by)?, manifest)?;
    let scan = Scan {
        measures: sums::measures(manifest.asked(query.measure.as_deref())?),
        by: Some(by.name.clone()),
        grain: None,
        period: clamp(query.filters.days(), manifest)?,
        only: selection.only.clone(),
    };
    let names = names_needed(&query.by, manifest)?;
    Ok(Ready {
        names: names.into_iter().map(String::from).collect(),
        ..Ready::one(scan, selection)
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

pub(super) fn answer(query: &TopQuery, asked: &analysis::Asked<'_>) -> Result<Answered> {
    let (work, read) = (asked.work, asked.read()?);
    let manifest = &work.manifest;
    let Grouped { by, sums, names } = Grouped::of(&query.by, work, read)?;
    let measure = manifest.asked(query.measure.as_deref())?;
    let order = match measure {
        Asked::Sum(_) => ranking::of_sums(&sums, query.order)?,
        Asked::Ratio(derived, above, below) => {
            ranking::of_ratios(&sums, query.order, Scales::new(derived, above, below))?
        }
    };
    let mut rows: Vec<TopRow> = order
        .rows
        .iter()
        .filter_map(|&(code, value)| {
            let shown = names.get(code)?;
            Some(TopRow {
                rank: 0,
                id: shown.id.clone(),
                name: shown.name.clone(),
                value,
            })
        })
        .collect();
    let rows_total = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    rows.truncate(query.n as usize);
    for (rank, row) in (1_u32..).zip(&mut rows) {
        row.rank = rank;
    }
    let mut receipt = receipt(asked, Some(measure), query.filters.days());
    receipt.rows = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    receipt.rows_total = rows_total;
    receipt.truncated = receipt.rows < rows_total;
    if rows.is_empty() {
        // Nothing else matters then.
        receipt.notes = Notes::default();
        receipt.notes.add(
            Topic::Empty,
            "no row passes all filters together: leave one out, or see describe_data for what there is",
        );
    }
    if let (Asked::Ratio(derived, _, below), 1..) = (measure, order.undefined) {
        receipt.notes.push(format!(
            "{} have no {}, because their {} are 0: they are left out",
            order.undefined, derived.name, below.name
        ));
    }
    let answer = TopAnswer {
        by: by.name.clone(),
        by_label: by.label.clone(),
        rows,
        total: order.total,
    };
    Ok(Answered {
        receipt,
        answer: Answer::Top(answer),
    })
}
