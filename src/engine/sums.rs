//! Sums of an asked measure, in all or by the values of a dimension.

use super::top::stored;
use super::{ReadData, Work};
use crate::compute::aggregate::{self, CodeSums, Places};
use crate::compute::ranking::Scales;
use crate::error::{Error, Result};
use crate::model::manifest::{Asked, Dimension, Manifest, Measure, Value};
use crate::model::{Grain, Series};

/// The measures that have to be summed.
pub(super) fn measures(asked: Asked<'_>) -> Vec<String> {
    match asked {
        Asked::Sum(measure) => vec![measure.name.clone()],
        Asked::Ratio(_, above, below) => vec![above.name.clone(), below.name.clone()],
    }
}

/// A measure that is summed; a ratio is refused, `why` says what for.
///
/// # Errors
/// `NotFound` for a measure that is not there, `Invalid` for a ratio.
pub(super) fn summed<'a>(
    name: Option<&str>,
    manifest: &'a Manifest,
    why: &str,
) -> Result<&'a Measure> {
    match manifest.asked(name)? {
        Asked::Sum(measure) => Ok(measure),
        Asked::Ratio(derived, above, below) => Err(Error::invalid(format!(
            "{} is {} divided by {}, and {why}",
            derived.name, above.name, below.name
        ))
        .with_suggestions(vec![above.name.clone(), below.name.clone()])),
    }
}

/// The value of a measure from its sums, scaled; none for a ratio with nothing below the line.
pub(super) fn value(asked: Asked<'_>, sums: &[i64]) -> Result<Option<i64>> {
    match (asked, sums) {
        (Asked::Sum(_), [sum, ..]) => Ok(Some(*sum)),
        (Asked::Ratio(derived, above, below), [a, b, ..]) => {
            let scales = Scales::new(derived, above, below);
            scales.divide(*a, *b).transpose()
        }
        _ => Err(Error::internal("a measure was not read")),
    }
}

/// Sums by the values of a dimension.
#[derive(Debug)]
pub(super) struct Grouped<'a> {
    pub(super) by: &'a Dimension,
    /// By code of the dimension.
    pub(super) sums: CodeSums,
    pub(super) names: &'a [Value],
}

impl<'a> Grouped<'a> {
    /// What was read by a dimension, or by the one whose parent it is.
    pub(super) fn of(by: &str, work: &'a Work, read: &ReadData<'_>) -> Result<Self> {
        let manifest = &work.manifest;
        let by = manifest.dimension(by)?;
        let leaf = stored(by, manifest)?;
        let sums = aggregate::by_code(
            read.scan,
            read.plan,
            read.tables,
            &leaf.name,
            leaf.count as usize,
        )?;
        let sums = if by.stored {
            sums
        } else {
            let parents = work.names.of(leaf)?.iter().map(|value| value.parent);
            sums.roll_up(by.count as usize, parents)
                .map_err(|e| e.context(by.name.clone()))?
        };
        Ok(Self {
            by,
            sums,
            names: work.names.of(by)?,
        })
    }

    /// The sums of all values, a sum for each measure.
    pub(super) fn total(&self) -> Result<Vec<i64>> {
        self.sums.total()
    }
}

/// The value that each code in the files belongs to: itself, or its parent.
///
/// # Errors
/// `Corrupt` if names are missing.
pub(super) fn value_of_code(by: &Dimension, work: &Work) -> Result<Vec<Option<usize>>> {
    let leaf = stored(by, &work.manifest)?;
    if by.stored {
        return Ok((0..leaf.count as usize).map(Some).collect());
    }
    let parents = work.names.of(leaf)?.iter();
    Ok(parents.map(|v| v.parent.map(|p| p as usize)).collect())
}

/// Series of the first measure that was read, for each place that values of a dimension are put into: pairs of both.
///
/// # Errors
/// Those of [`aggregate::by_part`].
pub(super) fn series(
    by: &Dimension,
    work: &Work,
    read: &ReadData<'_>,
    grain: Grain,
    pairs: impl Iterator<Item = (usize, usize)>,
    count: usize,
) -> Result<Vec<Series>> {
    let mut place_of_value: Vec<Option<usize>> = vec![None; by.count as usize];
    for (value, place) in pairs {
        if let Some(slot) = place_of_value.get_mut(value) {
            *slot = Some(place);
        }
    }
    let values = value_of_code(by, work)?.into_iter();
    let places: Vec<Option<usize>> = values
        .map(|value| place_of_value.get(value?).copied().flatten())
        .collect();
    let places = Places {
        dimension: &stored(by, &work.manifest)?.name,
        of_code: &places,
        count,
    };
    aggregate::by_part(read.scan, read.plan, read.tables, grain, places)
}

/// That a sum does not fit.
pub(super) fn too_large() -> Error {
    Error::over_budget("a sum passes 64 bits: narrow the filters or the period")
}
