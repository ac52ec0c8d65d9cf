//! What was asked -> what the data call it. Never a silent zero, never a silent guess.

use crate::error::{Error, Result};
use crate::model::manifest::{Dimension, Manifest};
use crate::model::names::{Names, fold, nearest};
use crate::model::query::Filters;
use crate::model::receipt::Resolved;

/// Filters as codes of stored dimensions, and how each name was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// For each filtered stored dimension the codes that count, ascending.
    pub only: Vec<(String, Vec<u32>)>,
    /// For the receipt.
    pub resolved: Vec<Resolved>,
}

/// The dimensions whose names are needed to resolve these filters.
///
/// # Errors
/// `NotFound` for a dimension that the dataset does not have.
pub fn dimensions_needed(filters: &Filters, manifest: &Manifest) -> Result<Vec<String>> {
    let mut needed = Vec::new();
    let mut asked: Vec<&str> = filters.exact.keys().map(String::as_str).collect();
    if filters.operation.is_some() {
        asked.push(OPERATION);
    }
    for name in asked {
        let dimension = manifest.dimension(name)?;
        needed.push(dimension.name.clone());
        if !dimension.stored {
            needed.push(child(dimension, manifest)?.name.clone());
        }
    }
    needed.sort();
    needed.dedup();
    Ok(needed)
}

/// The dimension that `operation` filters.
pub const OPERATION: &str = "operation";

/// The stored dimension whose parent this is.
///
/// # Errors
/// `Corrupt` if there is none: such a dimension could never be filtered.
pub fn child<'a>(dimension: &Dimension, manifest: &'a Manifest) -> Result<&'a Dimension> {
    manifest
        .dimensions
        .iter()
        .find(|d| d.stored && d.parent.as_deref() == Some(&dimension.name))
        .ok_or_else(|| {
            Error::corrupt(format!(
                "dimension {:?} is neither stored nor a parent",
                dimension.name
            ))
        })
}

/// Resolves filters. An operation matches every name that has the text in it; other filters match a whole name or id.
///
/// # Errors
/// `NotFound` with the nearest names, for a dimension or a value that is not there.
pub fn resolve(filters: &Filters, manifest: &Manifest, names: &Names) -> Result<Selection> {
    let mut selection = Selection::default();
    if let Some(asked) = &filters.operation {
        let dimension = manifest.dimension(OPERATION)?;
        let values = names.of(dimension)?;
        let wanted = fold(asked);
        let codes: Vec<u32> = (0_u32..)
            .zip(values)
            .filter(|(_, v)| fold(&v.name).contains(&wanted))
            .map(|(code, _)| code)
            .collect();
        if codes.is_empty() {
            return Err(unknown(dimension, asked, names)?);
        }
        let matched: Vec<String> = codes
            .iter()
            .filter_map(|&c| values.get(c as usize))
            .map(|v| v.name.clone())
            .collect();
        let how = if matched.iter().any(|m| fold(m) != wanted) {
            "substring"
        } else {
            "exact"
        };
        selection.resolved.push(Resolved {
            dimension: dimension.name.clone(),
            asked: asked.clone(),
            matched,
            how,
        });
        narrow(&mut selection.only, dimension, codes, manifest, names)?;
    }
    for (name, wanted) in &filters.exact {
        let dimension = manifest.dimension(name)?;
        let values = names.of(dimension)?;
        let mut codes = Vec::new();
        for asked in wanted {
            let folded = fold(asked);
            let found: Vec<u32> = (0_u32..)
                .zip(values)
                .filter(|(_, v)| fold(&v.name) == folded || fold(&v.id) == folded)
                .map(|(code, _)| code)
                .collect();
            if found.is_empty() {
                return Err(unknown(dimension, asked, names)?);
            }
            let matched = found
                .iter()
                .filter_map(|&c| values.get(c as usize))
                .map(|v| v.name.clone())
                .collect();
            selection.resolved.push(Resolved {
                dimension: dimension.name.clone(),
                asked: asked.clone(),
                matched,
                how: "exact",
            });
            codes.extend(found);
        }
        codes.sort_unstable();
        codes.dedup();
        narrow(&mut selection.only, dimension, codes, manifest, names)?;
    }
    Ok(selection)
}

/// Selects values of a dimension by their codes, ascending.
///
/// # Errors
/// `Corrupt` if the dimension can never be filtered.
pub fn select(
    dimension: &Dimension,
    codes: Vec<u32>,
    manifest: &Manifest,
    names: &Names,
) -> Result<Selection> {
    let mut selection = Selection::default();
    narrow(&mut selection.only, dimension, codes, manifest, names)?;
    Ok(selection)
}

/// Adds a filter; two filters on one stored dimension keep what both let through.
fn narrow(
    only: &mut Vec<(String, Vec<u32>)>,
    dimension: &Dimension,
    codes: Vec<u32>,
    manifest: &Manifest,
    names: &Names,
) -> Result<()> {
    let (stored, codes) = if dimension.stored {
        (dimension, codes)
    } else {
        let child = child(dimension, manifest)?;
        let inside = (0_u32..)
            .zip(names.of(child)?)
            .filter(|(_, v)| v.parent.is_some_and(|p| codes.binary_search(&p).is_ok()))
            .map(|(code, _)| code)
            .collect();
        (child, inside)
    };
    match only.iter_mut().find(|(name, _)| *name == stored.name) {
        Some((_, before)) => before.retain(|c| codes.binary_search(c).is_ok()),
        None => only.push((stored.name.clone(), codes)),
    }
    Ok(())
}

fn unknown(dimension: &Dimension, asked: &str, names: &Names) -> Result<Error> {
    let values = names.of(dimension)?;
    Ok(Error::not_found(format!(
        "no {} is called {asked:?}",
        dimension.label.to_lowercase()
    ))
    .with_suggestions(nearest(asked, values.iter().map(|v| v.name.as_str()))))
}
