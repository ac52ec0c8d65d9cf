//! Names of dimension values, how names are compared, and which are near.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::manifest::{Dimension, Value};
use crate::error::{Error, Result};
use crate::limits;

/// Names that did not fit into the manifest, as far as they were read.
#[derive(Debug, Clone, Default)]
pub struct Names(BTreeMap<String, Arc<[Value]>>);

impl Names {
    /// Keeps the names of a dimension.
    ///
    /// # Errors
    /// `Corrupt` if there are not as many as the manifest says.
    pub fn insert(&mut self, dimension: &Dimension, values: Vec<Value>) -> Result<()> {
        if values.len() != dimension.count as usize {
            return Err(Error::corrupt(format!(
                "the names file has {} of {} names of {}",
                values.len(),
                dimension.count,
                dimension.name
            )));
        }
        self.0.insert(dimension.name.clone(), values.into());
        Ok(())
    }

    /// How many names were read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.values().map(|values| values.len()).sum()
    }

    /// Whether the names of a dimension are at hand.
    #[must_use]
    pub fn has(&self, dimension: &Dimension) -> bool {
        dimension.count as usize == dimension.values.len() || self.0.contains_key(&dimension.name)
    }

    /// The values of a dimension, in code order.
    ///
    /// # Errors
    /// `Internal` if they were not read.
    pub fn of<'a>(&'a self, dimension: &'a Dimension) -> Result<&'a [Value]> {
        if dimension.count as usize == dimension.values.len() {
            return Ok(&dimension.values);
        }
        self.0
            .get(&dimension.name)
            .map(AsRef::as_ref)
            .ok_or_else(|| {
                Error::internal(format!("the names of {} were not read", dimension.name))
            })
    }
}

/// A name as it is compared: without case and outer spaces.
#[must_use]
pub fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The names most like `asked`, best first; those that are not alike at all are left out unless there is nothing else.
#[must_use]
pub fn nearest<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = fold(asked);
    let mut scored: Vec<(f64, &str)> = names
        .map(|name| {
            let folded = fold(name);
            // A word of a longer name counts as much as the name itself: "dalas" is near "Dallas North".
            let whole = strsim::jaro_winkler(&wanted, &folded);
            let word = folded
                .split_whitespace()
                .map(|w| strsim::jaro_winkler(&wanted, w))
                .fold(0.0, f64::max);
            (whole.max(word * 0.98), name)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let alike = scored
        .iter()
        .take_while(|(score, _)| *score >= 0.75)
        .count()
        .max(1);
    scored
        .into_iter()
        .take(alike.min(limits::SUGGESTIONS_MAX))
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_city_is_recognised() {
        let names = ["Austin", "Charlotte", "Dallas", "Dallas North", "Phoenix"];
        assert_eq!(
            nearest("dalas", names.into_iter()),
            ["Dallas", "Dallas North"]
        );
        assert_eq!(nearest("pheonix", names.into_iter()), ["Phoenix"]);
        assert!(nearest("x", std::iter::empty()).is_empty());
    }
}
