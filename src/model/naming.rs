//! What a measure or a dimension is called: by its name, its name for people, or another name that the owner gave it.

use super::manifest::{Asked, Dimension, Manifest, Measure};
use super::names::{nearest, plain};
use super::wording::plural;
use crate::error::{Error, Result};

/// The names of one thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Called<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    pub(super) synonyms: &'a [String],
}

impl<'a> From<(&'a String, &'a String, &'a Vec<String>)> for Called<'a> {
    fn from((name, label, synonyms): (&'a String, &'a String, &'a Vec<String>)) -> Self {
        Self {
            name,
            label,
            synonyms,
        }
    }
}

impl<'a> Called<'a> {
    /// Every name that it has.
    fn all(self) -> impl Iterator<Item = &'a str> {
        let synonyms = self.synonyms.iter().map(String::as_str);
        [self.name, self.label].into_iter().chain(synonyms)
    }
}

/// Which things a name stands for: those of that very name, or else of that label or synonym, or else of one that differs in
/// accents, in spaces written as `_` or `-`, or in being of one or of many.
pub(super) fn called(wanted: &str, things: &[Called<'_>]) -> Vec<usize> {
    let wanted = wanted.trim();
    let is = |text: &str| text.eq_ignore_ascii_case(wanted);
    let which = |test: &dyn Fn(&Called<'_>) -> bool| -> Vec<usize> {
        let all = things.iter().enumerate();
        all.filter(|(_, thing)| test(thing))
            .map(|(at, _)| at)
            .collect()
    };
    let by_name = which(&|thing| is(thing.name));
    if !by_name.is_empty() {
        return by_name;
    }
    let by_synonym = which(&|thing| thing.all().any(is));
    if !by_synonym.is_empty() {
        return by_synonym;
    }
    let wanted = spelt(wanted);
    let is = |known: &str| {
        let known = spelt(known);
        known == wanted || plural(&known) == wanted || known == plural(&wanted)
    };
    let by_name = which(&|thing| is(thing.name));
    if by_name.is_empty() {
        which(&|thing| thing.all().any(is))
    } else {
        by_name
    }
}

/// Without case, accents, and the signs that stand for spaces.
fn spelt(name: &str) -> String {
    plain(name).replace(['_', '-'], " ")
}

/// Names in a sentence: `units, revenue and cost`.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => "none".into(),
        [one] => (*one).into(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

impl Manifest {
    /// The measure of a name or synonym, derived ones included; the default one for none.
    ///
    /// # Errors
    /// `NotFound` with the measures that there are, `Invalid` for a name that several have, `Corrupt` for a ratio of measures
    /// that are not there.
    pub fn asked(&self, name: Option<&str>) -> Result<Asked<'_>> {
        let wanted = name.unwrap_or(&self.default_measure).trim();
        let all = self.called_measures();
        let at = match called(wanted, &all).as_slice() {
            [one] => *one,
            [] => return Err(self.no_measure(wanted, &all)),
            several => return Err(ambiguous(wanted, "measures", several, &all)),
        };
        if let Some(measure) = self.measures.get(at) {
            return Ok(Asked::Sum(measure));
        }
        let derived = self.derived.get(at - self.measures.len());
        let derived = derived.ok_or_else(|| Error::internal("a measure that is not there"))?;
        let part = |name: &str| {
            self.measures
                .iter()
                .find(|m| m.name == name)
                .ok_or_else(|| {
                    Error::corrupt(format!(
                        "{} is made of {name}, which is not there",
                        derived.name
                    ))
                })
        };
        Ok(Asked::Ratio(
            derived,
            part(&derived.numerator)?,
            part(&derived.denominator)?,
        ))
    }

    /// The measure of a name or synonym, one that is summed; the default one for none.
    ///
    /// # Errors
    /// `NotFound` with the measures that there are, `Invalid` for a name that several have and for a ratio.
    pub fn measure(&self, name: Option<&str>) -> Result<&Measure> {
        match self.asked(name)? {
            Asked::Sum(measure) => Ok(measure),
            Asked::Ratio(derived, above, below) => Err(Error::invalid(format!(
                "{} is {} divided by {}: name one of these",
                derived.name, above.name, below.name
            ))),
        }
    }

    fn no_measure(&self, wanted: &str, all: &[Called<'_>]) -> Error {
        let names = listed(all.iter().map(|c| c.name));
        let what = match called(wanted, &self.called_dimensions()).as_slice() {
            [] => String::new(),
            _ => format!(" ({wanted:?} is a dimension: that is what by and filters take)"),
        };
        let counts = if is_distinct(wanted) {
            "; how many different values sold is rows_total of top_n_products by that dimension (with per: of each value of \
             another), and what no dimension holds cannot be counted"
        } else {
            ""
        };
        Error::not_found(format!(
            "this dataset has no measure {wanted:?}{what}: its measures are {names}{counts}"
        ))
        .with_suggestions(nearest(wanted, all.iter().map(|c| c.name)))
    }

    /// Sums, then ratios.
    fn called_measures(&self) -> Vec<Called<'_>> {
        let sums = self.measures.iter();
        let sums = sums.map(|m| Called::from((&m.name, &m.label, &m.synonyms)));
        let ratios = self.derived.iter();
        let ratios = ratios.map(|d| Called::from((&d.name, &d.label, &d.synonyms)));
        sums.chain(ratios).collect()
    }

    fn called_dimensions(&self) -> Vec<Called<'_>> {
        let all = self.dimensions.iter();
        all.map(|d| Called::from((&d.name, &d.label, &d.synonyms)))
            .collect()
    }

    /// The dimension of a name or synonym, ignoring case.
    ///
    /// # Errors
    /// `NotFound` with the dimensions that there are, `Invalid` for a name that several have.
    pub fn dimension(&self, name: &str) -> Result<&Dimension> {
        let wanted = name.trim();
        // Asked for again and again by the names that the manifest itself uses.
        if let Some(dimension) = self.dimensions.iter().find(|d| d.name == wanted) {
            return Ok(dimension);
        }
        let all = self.called_dimensions();
        match called(wanted, &all).as_slice() {
            [one] => self.dimensions.get(*one),
            [] => None,
            several => return Err(ambiguous(wanted, "dimensions", several, &all)),
        }
        .ok_or_else(|| {
            let what = match called(wanted, &self.called_measures()).as_slice() {
                [] => String::new(),
                _ => format!(" ({wanted:?} is a measure)"),
            };
            let names = listed(all.iter().map(|c| c.name));
            Error::not_found(format!(
                "this dataset has no dimension {wanted:?}{what}: its dimensions are {names}"
            ))
            .with_suggestions(nearest(wanted, all.iter().map(|c| c.name)))
        })
    }
}

/// Whether a measure asks for a count of different values: `distinct_products`.
fn is_distinct(wanted: &str) -> bool {
    let wanted = wanted.to_ascii_lowercase();
    let begins = ["distinct", "unique", "number of", "number_of"];
    begins.iter().any(|word| wanted.starts_with(word))
}

/// One name for several things is asked back.
fn ambiguous(wanted: &str, what: &str, several: &[usize], all: &[Called<'_>]) -> Error {
    let names = several.iter().filter_map(|at| all.get(*at)).map(|c| c.name);
    Error::invalid(format!(
        "{wanted:?} is a name of several {what}: say which of {} is meant",
        listed(names)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_kind_of_name_counts_and_two_of_a_kind_are_both_told() {
        let (money, gross) = (
            ["sales".to_owned(), "turnover".to_owned()],
            ["Sales".to_owned(), "unit price".to_owned()],
        );
        let things = [
            Called {
                name: "net_revenue",
                label: "Net revenue",
                synonyms: &money,
            },
            Called {
                name: "gross",
                label: "Gross revenue",
                synonyms: &gross,
            },
            Called {
                name: "turnover",
                label: "Résumé count",
                synonyms: &[],
            },
        ];
        for (wanted, found) in [
            ("NET_REVENUE", vec![0]),
            ("net revenue", vec![0]),
            ("net-revenues", vec![0]),
            ("turnover", vec![2]),
            ("turnovers", vec![2]),
            ("sales", vec![0, 1]),
            ("unit_prices", vec![1]),
            ("resume count", vec![2]),
            ("revenue", vec![]),
        ] {
            assert_eq!(called(wanted, &things), found, "{wanted}");
        }
        assert_eq!(listed(["a", "b", "c"].into_iter()), "a, b and c");
        assert_eq!(listed(["a"].into_iter()), "a");
    }
}
