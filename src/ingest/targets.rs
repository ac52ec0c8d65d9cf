//! Whether the owner's targets are about what the data hold: asked when rows go in, not when somebody asks about a target.

use super::mapping::Mapping;
use crate::error::{Error, Result};
use crate::model::manifest::{Dimension, Value};
use crate::model::names::{nearest, plain, same};
use crate::model::own_target::OwnTarget;
use crate::model::{Clock, Period};

/// The dimension that `operation` filters.
const OPERATION: &str = "operation";

/// Checks measures, periods and names of the targets.
///
/// # Errors
/// `Invalid`, naming the target, what it asks for and what is near.
pub(super) fn check(mapping: &Mapping, dimensions: &[Dimension], days: Period) -> Result<()> {
    let clock = Clock {
        days,
        calendar: mapping.calendar.as_ref(),
    };
    for target in &mapping.targets {
        let named = |e: Error| e.context(format!("[[target]] {:?}", target.name));
        check_one(target, mapping, dimensions, &clock).map_err(named)?;
    }
    Ok(())
}

fn check_one(
    target: &OwnTarget,
    mapping: &Mapping,
    dimensions: &[Dimension],
    clock: &Clock<'_>,
) -> Result<()> {
    let query = target.query()?;
    if let Some(period) = &query.period {
        period.resolve_ahead(clock)?;
    }
    if let Some(wanted) = &target.measure {
        let is = |text: &str| same(text, wanted);
        let mut measures = mapping.measures.iter();
        let is_sum =
            measures.any(|m| is(&m.name) || is(&m.label) || m.synonyms.iter().any(|s| is(s)));
        if !is_sum {
            let ratio = mapping.derived.iter().any(|d| is(&d.name) || is(&d.label));
            let why = if ratio {
                "is a ratio, and targets are of sums"
            } else {
                "is no measure"
            };
            let names = mapping.measures.iter().map(|m| m.name.clone());
            return Err(Error::invalid(format!("measure {wanted:?} {why}"))
                .with_suggestions(names.collect()));
        }
    }
    if let Some(part) = &target.operation {
        let operation = dimension(OPERATION, dimensions)?;
        let wanted = plain(part);
        if !operation
            .values
            .iter()
            .any(|v| plain(&v.name).contains(&wanted))
        {
            return Err(unknown(part, operation));
        }
    }
    for (name, wanted) in &target.filters {
        let dimension = dimension(name, dimensions)?;
        if wanted.is_empty() {
            return Err(Error::invalid(format!(
                "filters.{name} is empty: name at least one value, or leave it out"
            )));
        }
        for wanted in wanted {
            let is = |v: &Value| same(&v.name, wanted) || same(&v.id, wanted);
            if !dimension.values.iter().any(is) {
                return Err(unknown(wanted, dimension));
            }
        }
    }
    Ok(())
}

fn dimension<'a>(name: &str, dimensions: &'a [Dimension]) -> Result<&'a Dimension> {
    let is = |text: &str| same(text, name);
    let found = dimensions
        .iter()
        .find(|d| is(&d.name) || is(&d.label) || d.synonyms.iter().any(|s| is(s)));
    found.ok_or_else(|| {
        Error::invalid(format!("there is no dimension {name:?}"))
            .with_suggestions(dimensions.iter().map(|d| d.name.clone()).collect())
    })
}

fn unknown(wanted: &str, dimension: &Dimension) -> Error {
    let names = dimension.values.iter().map(|v| v.name.as_str());
    Error::invalid(format!(
        "no {} is called {wanted:?}: write its whole name or id",
        dimension.name
    ))
    .with_suggestions(nearest(wanted, names))
}
