//! What the owner wants to reach: `[[target]]` of `dataset.toml`, as the manifest keeps it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, Error as _, Visitor};
use serde::{Deserialize, Serialize};

use super::names::same;
use super::query::{Filters, Target, TargetQuery};
use super::when::When;
use crate::error::{Error, Result};
use crate::limits::{NAME_CHARS_MAX, TARGETS_MAX};

/// One target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTarget {
    /// What people call it.
    pub name: String,
    /// How much: a number, or growth on the year before such as `+5%`.
    #[serde(deserialize_with = "amount")]
    pub amount: String,
    /// By when, in dates or words.
    pub period: String,
    /// The measure; the dataset's default if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<String>,
    /// Part of an operation's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// For each dimension the names or ids that count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, Vec<String>>,
}

/// A number is taken as it is written.
fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Amount;
    impl Visitor<'_> for Amount {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, or growth such as \"+5%\"")
        }

        fn visit_i64<E>(self, v: i64) -> Result<String, E> {
            Ok(v.to_string())
        }

        fn visit_u64<E>(self, v: u64) -> Result<String, E> {
            Ok(v.to_string())
        }

        fn visit_f64<E: serde::de::Error>(self, v: f64) -> Result<String, E> {
            if v.is_finite() {
                Ok(v.to_string())
            } else {
                Err(E::custom("an amount is a finite number"))
            }
        }

        fn visit_str<E>(self, v: &str) -> Result<String, E> {
            Ok(v.to_owned())
        }
    }
    let text = deserializer.deserialize_any(Amount)?;
    Target::parse(&text).map_err(|e| D::Error::custom(e.to_string()))?;
    Ok(text)
}

impl OwnTarget {
    /// Checks what can be known without the data.
    ///
    /// # Errors
    /// `Invalid` for a name that is empty, long, there twice or could be an amount, for what is no amount or period, and for
    /// too many targets.
    pub fn check_all(targets: &[Self]) -> Result<()> {
        if targets.len() > TARGETS_MAX {
            return Err(Error::invalid(format!(
                "there are {} [[target]]: at most {TARGETS_MAX}",
                targets.len()
            )));
        }
        for (at, target) in targets.iter().enumerate() {
            let chars = target.name.trim().chars().count();
            if !(1..=NAME_CHARS_MAX).contains(&chars) || !Target::is_name(&target.name) {
                return Err(Error::invalid(format!(
                    "[[target]] name {:?}: use 1 to {NAME_CHARS_MAX} characters, the first a letter",
                    target.name
                )));
            }
            if targets
                .iter()
                .skip(at + 1)
                .any(|t| same(&t.name, &target.name))
            {
                return Err(Error::invalid(format!(
                    "[[target]] {:?} is there twice",
                    target.name
                )));
            }
            target.query()?;
        }
        Ok(())
    }

    /// The question that asks whether it is reached.
    ///
    /// # Errors
    /// `Invalid` for what is no amount or period.
    pub fn query(&self) -> Result<TargetQuery> {
        let named = |e: Error| e.context(format!("[[target]] {:?}", self.name));
        Ok(TargetQuery {
            target: Some(Target::parse(&self.amount).map_err(named)?),
            name: None,
            period: Some(When::parse(&self.period).map_err(named)?),
            measure: self.measure.clone(),
            by: None,
            filters: Filters {
                operation: self.operation.clone(),
                exact: self.filters.clone(),
                period: None,
            },
        })
    }
}
