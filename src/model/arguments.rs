//! Arguments of a question as names and texts, whoever brings them: a link, a tool call or the command line.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::names::{fold, nearest};
use super::parameter::{Kind, Parameter};
use super::query::Filters;
use super::when::When;
use crate::error::{Error, Result};
use crate::limits;

/// Everything but RFC 3986's unreserved characters, and those that are read better as they are and need no escape in a query.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',')
    .remove(b':');

const FILTER_PREFIX: &str = "filter.";

/// The arguments that were given and not yet taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments(BTreeMap<String, Vec<String>>);

impl Arguments {
    /// # Errors
    /// `Invalid` for an argument without a value, and for what is not percent-encoded UTF-8.
    pub fn of_query_string(query_string: &str) -> Result<Self> {
        let mut given = Self::default();
        for pair in query_string.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value)?;
            if value.trim().is_empty() {
                return Err(Error::invalid(format!(
                    "{name:?} is empty: give it a value or leave it out"
                )));
            }
            given.give(&decode(name)?, value);
        }
        Ok(given)
    }

    /// Adds a value.
    pub fn give(&mut self, name: &str, value: String) {
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    /// Adds the names that count of a dimension.
    pub fn give_names(&mut self, dimension: &str, names: Vec<String>) {
        let slot = self.0.entry(format!("{FILTER_PREFIX}{dimension}"));
        slot.or_default().extend(names);
    }

    /// The value of an argument that was given once; a repeated one is left for `finish` to refuse.
    pub fn take(&mut self, name: &str) -> Option<String> {
        if self.0.get(name).is_some_and(|values| values.len() == 1) {
            return self.0.remove(name).and_then(|mut values| values.pop());
        }
        None
    }

    /// An argument with a grammar of its own.
    ///
    /// # Errors
    /// Those of `parse`, with the argument's name before them.
    pub fn parsed<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T>,
    ) -> Result<Option<T>> {
        let text = self.take(name);
        text.map(|text| parse(text.trim()).map_err(|e| e.context(name)))
            .transpose()
    }

    /// A short text.
    ///
    /// # Errors
    /// `Invalid` for an empty or a long one.
    pub fn name(&mut self, name: &str) -> Result<Option<String>> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        checked_name(name, &value)?;
        Ok(Some(value.trim().to_owned()))
    }

    /// A text without which there is no question.
    ///
    /// # Errors
    /// `Invalid` for none, an empty or a long one.
    pub fn needed(&mut self, name: &str, chars_max: usize) -> Result<String> {
        let count = self.0.get(name).map_or(0, Vec::len);
        if count > 1 {
            return Err(Error::invalid(format!(
                "{name:?} is given {count} times: give it once"
            )));
        }
        let text = self.take(name).unwrap_or_default();
        let text = text.trim();
        if text.is_empty() || text.chars().count() > chars_max {
            return Err(Error::invalid(format!(
                "{name:?} is needed: give it 1 to {chars_max} characters"
            )));
        }
        Ok(text.to_owned())
    }

    /// A whole number.
    ///
    /// # Errors
    /// `Invalid` for anything else, and for one outside of the range.
    pub fn whole(
        &mut self,
        name: &str,
        default: u32,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<u32> {
        let Some(text) = self.take(name) else {
            return Ok(default);
        };
        match text.trim().parse() {
            Ok(n) if range.contains(&n) => Ok(n),
            _ => Err(Error::invalid(format!(
                "{name:?} is a whole number from {} to {}, not {text:?}",
                range.start(),
                range.end()
            ))),
        }
    }

    /// True or false.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn flag(&mut self, name: &str, default: bool) -> Result<bool> {
        match self.take(name).as_deref() {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(other) => Err(Error::invalid(format!(
                "{name:?} is true or false, not {other:?}"
            ))),
        }
    }

    /// Which rows count.
    ///
    /// # Errors
    /// `Invalid` for more than one question may have, and for what is no period.
    pub fn filters(&mut self) -> Result<Filters> {
        let period = self.parsed("period", When::parse)?;
        let filters = self.filters_of_any_time()?;
        Ok(Filters { period, ..filters })
    }

    /// Which rows count, of a question that has its own words for time.
    ///
    /// # Errors
    /// `Invalid` for more than one question may have.
    pub fn filters_of_any_time(&mut self) -> Result<Filters> {
        let operation = self.name("operation")?;
        let names: Vec<String> = self
            .0
            .keys()
            .filter(|k| k.starts_with(FILTER_PREFIX))
            .cloned()
            .collect();
        let mut exact = BTreeMap::new();
        for name in names {
            let values = self.0.remove(&name).unwrap_or_default();
            let dimension = name.strip_prefix(FILTER_PREFIX).unwrap_or(&name).to_owned();
            exact.insert(dimension, values);
        }
        check_exact(&exact)?;
        Ok(Filters {
            operation,
            exact,
            period: None,
        })
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// `Invalid` for an argument that is unknown or was given several times.
    pub fn finish(self, known: &[Parameter]) -> Result<()> {
        let Some((name, values)) = self.0.into_iter().next() else {
            return Ok(());
        };
        // Filters have a name for each dimension.
        let flat = known.iter().filter(|p| p.kind != Kind::Names);
        let names = flat.map(|p| p.name);
        if values.len() > 1
            && (names.clone().any(|n| n == name) || matches!(name.as_str(), "e" | "explain"))
        {
            return Err(Error::invalid(format!(
                "{name:?} is given {} times: give it once",
                values.len()
            )));
        }
        let near = nearest(&name, &mut names.clone());
        let known = if near.is_empty() {
            format!(": it takes {}", names.collect::<Vec<_>>().join(", "))
        } else {
            String::new()
        };
        Err(Error::invalid(format!("unknown argument {name:?}{known}")).with_suggestions(near))
    }
}

/// Refuses more filters, values or characters than one question may have.
fn check_exact(exact: &BTreeMap<String, Vec<String>>) -> Result<()> {
    if exact.len() > limits::FILTERS_MAX {
        return Err(Error::invalid(format!(
            "filters has {} dimensions: give at most {}",
            exact.len(),
            limits::FILTERS_MAX
        )));
    }
    for (dimension, values) in exact {
        checked_name("filter", dimension)?;
        if values.is_empty() {
            return Err(Error::invalid(format!(
                "filters.{dimension} is empty: name at least one value, or leave it out"
            )));
        }
        if values.len() > limits::FILTER_VALUES_MAX {
            return Err(Error::invalid(format!(
                "filters.{dimension} has {} names: give at most {}",
                values.len(),
                limits::FILTER_VALUES_MAX
            )));
        }
        for value in values {
            checked_name(dimension, value)?;
        }
    }
    Ok(())
}

fn checked_name(argument: &str, value: &str) -> Result<()> {
    if value.trim().is_empty() || value.chars().count() > limits::NAME_CHARS_MAX {
        return Err(Error::invalid(format!(
            "{argument:?} takes 1 to {} characters",
            limits::NAME_CHARS_MAX
        )));
    }
    Ok(())
}

fn decode(text: &str) -> Result<String> {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| Error::invalid("the query string is not percent-encoded UTF-8"))
}

/// Arguments to be written, those that differ from the defaults.
#[derive(Debug, Clone, Default)]
pub struct Pairs(Vec<(String, String)>);

impl Pairs {
    /// An argument.
    pub fn put(&mut self, name: &str, value: &impl Display) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    /// An argument that may not be given.
    pub fn put_some(&mut self, name: &str, value: Option<&impl Display>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// An argument that has a default.
    pub fn unless<T: Display + PartialEq>(&mut self, name: &str, value: &T, default: &T) {
        if value != default {
            self.put(name, value);
        }
    }

    /// A name that may not be given, in its one spelling.
    pub fn name(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.put(name, &fold(value));
        }
    }

    /// Values with commas between them.
    pub fn list<T: Display + PartialEq>(&mut self, name: &str, values: &[T], default: &[T]) {
        if values != default {
            let values: Vec<String> = values.iter().map(T::to_string).collect();
            self.put(name, &values.join(","));
        }
    }

    /// Which rows count.
    pub fn filters(&mut self, filters: &Filters) {
        self.name("operation", filters.operation.as_deref());
        self.put_some("period", filters.period.as_ref());
        for (dimension, values) in &filters.exact {
            for value in values {
                self.put(&format!("{FILTER_PREFIX}{}", fold(dimension)), &fold(value));
            }
        }
    }

    /// As a query string: sorted, without repeats, `&` after each.
    #[must_use]
    pub fn query_string(mut self) -> String {
        self.0.sort();
        self.0.dedup();
        let mut out = String::new();
        for (name, value) in &self.0 {
            // Writing into a String cannot fail.
            let _ = write!(out, "{}={}&", escape(name), escape(value));
        }
        out
    }
}

fn escape(text: &str) -> impl Display + '_ {
    utf8_percent_encode(text, ESCAPED)
}
