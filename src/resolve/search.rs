//! One asked name beside all names of a dimension.

use crate::error::{Error, Result};
use crate::limits::CANDIDATES_MAX;
use crate::model::manifest::{Dimension, Value};
use crate::model::names::{plain, plain_into, same};
use crate::model::receipt::Resolved;
use crate::model::wording::{counted, plural};

/// What was found of one asked name: the codes of the closest kind of match that there is.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) asked: &'a str,
    plain: String,
    /// Whether it is more than a number: numbers are ids, and a part of one, or of a name, is another thing.
    is_text: bool,
    exact: Vec<u32>,
    folded: Vec<u32>,
    substring: Vec<u32>,
    prefix: Vec<u32>,
}

/// Searches all asked names in two passes over the values: ids and names as they are, then what is left without accents. Each
/// value is folded once, into a text that is used again, so that ten thousand names cost no allocations.
pub(super) fn all<'a>(asked: &'a [String], values: &[Value]) -> Vec<Search<'a>> {
    let mut searches: Vec<Search<'a>> = asked.iter().map(|asked| Search::new(asked)).collect();
    for (code, value) in (0_u32..).zip(values) {
        for search in &mut searches {
            if same(&value.name, search.asked) || same(&value.id, search.asked) {
                search.exact.push(code);
            }
        }
    }
    if searches.iter().any(|s| s.exact.is_empty()) {
        let mut name = String::new();
        let mut id = String::new();
        for (code, value) in (0_u32..).zip(values) {
            plain_into(&value.name, &mut name);
            plain_into(&value.id, &mut id);
            for search in searches.iter_mut().filter(|s| s.exact.is_empty()) {
                search.look(code, &name, &id);
            }
        }
    }
    searches
}

impl<'a> Search<'a> {
    /// The same name or id but for case.
    pub(super) const EXACT: &'static str = "exact";
    /// The same but for accents.
    pub(super) const FOLDED: &'static str = "folded";
    /// A part of the name.
    pub(super) const SUBSTRING: &'static str = "substring";
    /// Beginnings of the name's words.
    pub(super) const PREFIX: &'static str = "prefix";

    fn new(asked: &'a str) -> Self {
        let plain = plain(asked);
        Self {
            asked,
            is_text: plain.chars().any(char::is_alphabetic),
            plain,
            exact: Vec::new(),
            folded: Vec::new(),
            substring: Vec::new(),
            prefix: Vec::new(),
        }
    }

    fn look(&mut self, code: u32, name: &str, id: &str) {
        if self.plain.is_empty() {
            return;
        }
        if name == self.plain || id == self.plain {
            self.folded.push(code);
        } else if self.is_text && name.contains(&self.plain) {
            self.substring.push(code);
        } else if self.is_text
            && self.substring.is_empty()
            && words(&self.plain).all(|asked| words(name).any(|w| w.starts_with(asked)))
        {
            self.prefix.push(code);
        }
    }

    fn found(&self) -> (&[u32], &'static str) {
        [
            (&self.exact, Self::EXACT),
            (&self.folded, Self::FOLDED),
            (&self.substring, Self::SUBSTRING),
            (&self.prefix, Self::PREFIX),
        ]
        .into_iter()
        .find(|(codes, _)| !codes.is_empty())
        .map_or((&[], Self::EXACT), |(codes, how)| (codes.as_slice(), how))
    }

    /// The codes of the closest matches, ascending.
    pub(super) fn codes(&self) -> &[u32] {
        self.found().0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.codes().is_empty()
    }

    /// What the name stands for.
    ///
    /// # Errors
    /// `Invalid` with the candidates if it fits several values that can be told apart.
    pub(super) fn resolved(&self, dimension: &Dimension, values: &[Value]) -> Result<Resolved> {
        let (codes, how) = self.found();
        let found: Vec<&Value> = codes
            .iter()
            .filter_map(|&code| values.get(code as usize))
            .collect();
        if let [first, rest @ ..] = found.as_slice()
            && rest.iter().any(|value| !same(&value.id, &first.id))
        {
            return Err(ask_back(self.asked, dimension, &found));
        }
        Ok(Resolved {
            dimension: dimension.name.clone(),
            asked: self.asked.to_owned(),
            matched: found.iter().map(|value| value.name.clone()).collect(),
            how,
        })
    }
}

fn ask_back(asked: &str, dimension: &Dimension, found: &[&Value]) -> Error {
    let of_one_name = |value: &Value| {
        let alike = found.iter().filter(|other| same(&other.name, &value.name));
        alike.count() > 1
    };
    let listed: Vec<String> = found
        .iter()
        .take(CANDIDATES_MAX)
        .map(|value| {
            if of_one_name(value) {
                format!("{:?} (id {:?})", value.name, value.id)
            } else {
                format!("{:?}", value.name)
            }
        })
        .collect();
    let more = match found.len().saturating_sub(CANDIDATES_MAX) {
        0 => String::new(),
        more => format!(" and {} more", counted(more)),
    };
    // Only of those that are listed: ten thousand matches are not compared with each other.
    let mut shown = found.iter().take(CANDIDATES_MAX);
    let by_id = if shown.any(|value| of_one_name(value)) {
        ", by its id"
    } else {
        ""
    };
    Error::invalid(format!(
        "{asked:?} fits {} {}: {}{more}: name one of them{by_id}",
        counted(found.len()),
        plural(&dimension.label.to_lowercase()),
        listed.join(", "),
    ))
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}
