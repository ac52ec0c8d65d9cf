//! (what to sum, manifest) -> the exact byte ranges. Every range is known before the first byte of data is read: the
//! manifest holds the row-group map, so no footer is fetched.

mod candidate;
mod record;
mod split;

use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::{Attached, Manifest};
use crate::model::scan::{ReadPlan, Scan};

use candidate::{Candidate, candidates};
pub use record::plan_record;
use split::{Piece, splits};

/// A range costs about as much as reading this many bytes more; used to choose between plans.
const RANGE_COST_BYTES: u64 = 16 << 10;
/// A plan that costs no more than this is taken without looking for a cheaper one in a map that is attached.
const CHEAP_BYTES: u64 = 96 << 10;
/// A plan that costs no more than this is taken although a map that is not at hand might lead to a cheaper one.
const GOOD_ENOUGH_BYTES: u64 = 256 << 10;

/// What planning came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// These bytes.
    Ready(ReadPlan),
    /// The row-group map that is attached to the manifest is needed first.
    NeedsMap,
}

/// Chooses the cheapest way to answer the scan exactly: one grain that covers it, or, for a window of whole months and some
/// days, the months from one grain and the days from another, added or taken away.
///
/// # Errors
/// `OverBudget` if even that one has too many ranges, bytes or values, with the nearest question that has not; `Corrupt` if
/// no grain fits, since the fine grain always does.
pub fn plan(scan: &Scan, manifest: &Manifest, attached: &Attached) -> Result<Planned> {
    // A long map costs more to go through than most answers to read: without it first, whether it is at hand or not.
    let (best, is_incomplete) = match cheapest(scan, manifest, &Attached::default())? {
        (best @ Some((cost, _)), _) if cost <= CHEAP_BYTES => (best, false),
        _ => cheapest(scan, manifest, attached)?,
    };
    match best {
        Some((cost, plan)) if !is_incomplete || cost <= GOOD_ENOUGH_BYTES => {
            let Some(excess) = excess(&plan) else {
                return Ok(Planned::Ready(plan));
            };
            Err(Error::over_budget(format!(
                "{excess}: {}",
                nearest(scan, manifest, attached)?
            )))
        }
        _ if is_incomplete => Ok(Planned::NeedsMap),
        _ => Err(Error::corrupt(format!(
            "version {} has no grain that can answer this question",
            manifest.version
        ))),
    }
}

/// The cheapest plan with its cost, and whether a grain was left out because its map is not at hand.
fn cheapest(
    scan: &Scan,
    manifest: &Manifest,
    attached: &Attached,
) -> Result<(Option<(u64, ReadPlan)>, bool)> {
    let (candidates, is_incomplete) = candidates(scan, manifest, attached)?;
    let mut best: Option<(u64, ReadPlan)> = None;
    for pieces in splits(scan, manifest.days) {
        let Some(plan) = answer(&pieces, scan, &candidates)? else {
            continue;
        };
        let cost = cost(&plan);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, plan));
        }
    }
    Ok((best, is_incomplete))
}

/// Each piece from the grain that is cheapest for it; none if one has no grain.
fn answer(pieces: &[Piece], scan: &Scan, candidates: &[Candidate<'_>]) -> Result<Option<ReadPlan>> {
    let mut whole = ReadPlan {
        grain: String::new(),
        parts: Vec::new(),
    };
    // What is taken away may be all that there was: only the count of lines tells.
    let lines = pieces.iter().any(|p| p.negative);
    for piece in pieces {
        let mut best: Option<(u64, ReadPlan)> = None;
        for candidate in candidates.iter().filter(|c| c.time() == piece.time) {
            let plan = ReadPlan {
                grain: candidate.label(),
                parts: vec![candidate.part(scan, piece, lines)?],
            };
            let cost = cost(&plan);
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, plan));
            }
        }
        let Some((_, plan)) = best else {
            return Ok(None);
        };
        if !whole.grain.split(JOINED).any(|label| label == plan.grain) {
            if !whole.grain.is_empty() {
                whole.grain.push_str(JOINED);
            }
            whole.grain.push_str(&plan.grain);
        }
        whole.parts.extend(plan.parts);
    }
    Ok(Some(whole))
}

/// Between the labels of two grains that answer together.
const JOINED: &str = " + ";

fn cost(plan: &ReadPlan) -> u64 {
    let (bytes, ranges) = plan.size();
    bytes.saturating_add(RANGE_COST_BYTES.saturating_mul(ranges as u64))
}

/// What the grain of a names plan is called, before the dimension.
pub const NAMES_LABEL: &str = "names of ";

/// Reads the names of a dimension that are not in the manifest itself.
///
/// # Errors
/// `Corrupt` if the manifest names no file for them.
pub fn plan_names(dimension: &str, manifest: &Manifest) -> Result<ReadPlan> {
    let Some(names) = Candidate::names(dimension, manifest)? else {
        return Err(Error::corrupt(format!(
            "version {} has no names for {dimension}",
            manifest.version
        )));
    };
    let plan = ReadPlan {
        grain: format!("{NAMES_LABEL}{dimension}"),
        parts: vec![names.every_column()?],
    };
    match excess(&plan) {
        None => Ok(plan),
        Some(excess) => Err(Error::over_budget(format!(
            "{excess}: filter by a dimension with fewer values"
        ))),
    }
}

/// Why a plan is more than one request may do.
fn excess(plan: &ReadPlan) -> Option<String> {
    let (bytes, ranges) = plan.size();
    let values = plan.values();
    if ranges > limits::RANGES_MAX {
        return Some(format!(
            "this question needs {ranges} ranges of bytes, and {} are allowed",
            limits::RANGES_MAX
        ));
    }
    (bytes > limits::READ_BYTES_MAX || values * 8 > limits::DECODED_BYTES_MAX).then(|| {
        format!("this question reads {bytes} bytes ({values} values), more than one request may")
    })
}

/// The nearest question that can be answered, in words.
fn nearest(scan: &Scan, manifest: &Manifest, attached: &Attached) -> Result<String> {
    let mut others: Vec<(String, Scan)> = Vec::new();
    let months = split::whole_months(scan.period, manifest.days);
    if months != scan.period {
        let period = Scan {
            period: months,
            ..scan.clone()
        };
        others.push((format!("ask for the whole months {months} instead"), period));
    }
    for (dimension, _) in &scan.only {
        let mut only = scan.only.clone();
        only.retain(|(d, _)| d != dimension);
        let wider = Scan {
            only,
            ..scan.clone()
        };
        others.push((format!("leave out the filter on {dimension}"), wider));
    }
    for (words, other) in others {
        if let (Some((_, plan)), _) = cheapest(&other, manifest, attached)?
            && excess(&plan).is_none()
        {
            return Ok(words);
        }
    }
    Ok("narrow its filters or its period".into())
}
