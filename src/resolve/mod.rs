//! What was asked -> what the data call it. Never a silent zero, never a silent guess.

mod search;
#[cfg(test)]
mod tests;

use crate::error::{Error, Result};
use crate::limits::CANDIDATES_MAX;
use crate::model::manifest::{Dimension, Manifest};
use crate::model::names::{Names, nearest, plain, plain_into, same};
use crate::model::note::{Notes, Topic};
use crate::model::query::Filters;
use crate::model::receipt::Resolved;
use crate::model::wording::{how_many, one, plural};
use search::Search;

/// Filters as codes of stored dimensions, and how each name was understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// For each filtered stored dimension the codes that count, ascending.
    pub only: Vec<(String, Vec<u32>)>,
    /// For the receipt.
    pub resolved: Vec<Resolved>,
    /// What a reader should know of names that were not written out.
    pub notes: Notes,
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

/// Resolves filters. An operation matches every name that has the text in it; each name of another filter stands for one value:
/// by its name or id, without case, then without accents, then as the only one that has it in its name, or has words that
/// begin with its words. What fits several is asked back, what fits none is not found.
///
/// # Errors
/// `NotFound` with the nearest names, for a dimension or a value that is not there; `Invalid` with the candidates for a name
/// that fits several.
pub fn resolve(filters: &Filters, manifest: &Manifest, names: &Names) -> Result<Selection> {
    let mut selection = Selection::default();
    if let Some(asked) = &filters.operation {
        let dimension = manifest.dimension(OPERATION)?;
        let (codes, resolved) = containing(asked, dimension, manifest, names)?;
        selection.resolved.push(resolved);
        narrow(&mut selection.only, dimension, codes, manifest, names)?;
    }
    for (name, wanted) in &filters.exact {
        let dimension = manifest.dimension(name)?;
        let values = names.of(dimension)?;
        let mut codes = Vec::new();
        for search in search::all(wanted, values) {
            if search.is_empty() {
                return Err(unknown(dimension, search.asked, manifest, names)?);
            }
            let resolved = match search.resolved(dimension, values) {
                Ok(resolved) => resolved,
                Err(error) => {
                    return Err(or_elsewhere(error, dimension, &search, manifest, names)?);
                }
            };
            if let Search::SUBSTRING | Search::PREFIX = resolved.how {
                selection.notes.add(
                    Topic::Names,
                    format!(
                        "\"{}\" was taken as {}",
                        resolved.asked,
                        resolved.matched.join(", ")
                    ),
                );
            }
            codes.extend_from_slice(search.codes());
            selection.resolved.push(resolved);
        }
        codes.sort_unstable();
        codes.dedup();
        narrow(&mut selection.only, dimension, codes, manifest, names)?;
    }
    Ok(selection)
}

/// The original system's rule: every name that has the text in it, without case and accents.
fn containing(
    asked: &str,
    dimension: &Dimension,
    manifest: &Manifest,
    names: &Names,
) -> Result<(Vec<u32>, Resolved)> {
    let values = names.of(dimension)?;
    let wanted = plain(asked);
    let mut buffer = String::new();
    let (mut codes, mut matched) = (Vec::new(), Vec::new());
    let mut how = Search::EXACT;
    for (code, value) in (0_u32..).zip(values) {
        plain_into(&value.name, &mut buffer);
        // Accents alone are nothing that a name could have in it.
        if wanted.is_empty() || !buffer.contains(&wanted) {
            continue;
        }
        if buffer != wanted {
            how = Search::SUBSTRING;
        } else if how == Search::EXACT && !same(&value.name, asked) {
            how = Search::FOLDED;
        }
        codes.push(code);
        matched.push(value.name.clone());
    }
    if codes.is_empty() {
        return Err(unknown(dimension, asked, manifest, names)?);
    }
    let resolved = Resolved {
        dimension: dimension.name.clone(),
        asked: asked.to_owned(),
        matched,
        how,
    };
    Ok((codes, resolved))
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

/// Several values that a name fits, and the value of another dimension that is called just so.
fn or_elsewhere(
    error: Error,
    dimension: &Dimension,
    search: &Search<'_>,
    manifest: &Manifest,
    names: &Names,
) -> Result<Error> {
    let asked = search.asked;
    let Some(other) = elsewhere(dimension, asked, manifest, names)? else {
        return Ok(error);
    };
    Ok(Error::invalid(format!(
        "{}; or write filters {{{:?}: [{asked:?}]}}, since {} is called just so",
        error.message(),
        other.name,
        one(&other.label.to_lowercase())
    )))
}

fn unknown(
    dimension: &Dimension,
    asked: &str,
    manifest: &Manifest,
    names: &Names,
) -> Result<Error> {
    let values = names.of(dimension)?;
    let label = dimension.label.to_lowercase();
    if let Some(other) = elsewhere(dimension, asked, manifest, names)? {
        return Ok(Error::not_found(format!(
            "no {label} is called {asked:?}, but {} is: write filters {{{:?}: [{asked:?}]}}",
            one(&other.label.to_lowercase()),
            other.name
        )));
    }
    let near = nearest(asked, values.iter().map(|v| v.name.as_str()));
    let others = manifest.dimensions.iter().filter(|d| !names.has(d));
    let unread: Vec<String> = others.map(|d| plural(&d.label.to_lowercase())).collect();
    let unread = match unread.as_slice() {
        [] => String::new(),
        some => format!("; search looks among {} too", some.join(" and ")),
    };
    let there = if values.len() <= CANDIDATES_MAX {
        let names: Vec<String> = values.iter().map(|v| format!("{:?}", v.name)).collect();
        format!("there are {}", names.join(", "))
    } else if near.is_empty() {
        format!(
            "none of the {} is like it: describe_data lists them (dimension {:?}), and finds parts of names (contains)",
            how_many(values.len(), &label),
            dimension.name
        )
    } else {
        format!("there are {}", how_many(values.len(), &label))
    };
    Ok(
        Error::not_found(format!("no {label} is called {asked:?}: {there}{unread}"))
            .with_suggestions(near),
    )
}

/// The dimension that has a value of this name, among those whose names are at hand.
fn elsewhere<'a>(
    dimension: &Dimension,
    asked: &str,
    manifest: &'a Manifest,
    names: &Names,
) -> Result<Option<&'a Dimension>> {
    for other in &manifest.dimensions {
        if other.name == dimension.name || !names.has(other) {
            continue;
        }
        let is = |text: &str| same(text, asked);
        if names.of(other)?.iter().any(|v| is(&v.name) || is(&v.id)) {
            return Ok(Some(other));
        }
    }
    // Then without accents, in one more pass.
    let wanted = plain(asked);
    let mut buffer = String::new();
    for other in &manifest.dimensions {
        if wanted.is_empty() || other.name == dimension.name || !names.has(other) {
            continue;
        }
        for value in names.of(other)? {
            plain_into(&value.name, &mut buffer);
            if buffer == wanted {
                return Ok(Some(other));
            }
        }
    }
    Ok(None)
}
