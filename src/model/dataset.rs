//! Identities: datasets, versions, objects, etags, instants. Each is checked when made, so later stages can trust it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::calendar::Day;
use crate::error::{Error, Result};

/// Seconds since 1970-01-01T00:00:00Z. The core has no clock: hosts hand this in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The day in UTC.
    #[must_use]
    pub fn day(self) -> Day {
        Day(i32::try_from(self.0.div_euclid(86_400)).unwrap_or(i32::MAX))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "@{}", self.0),
        }
    }
}

/// A dataset's name: lowercase letters, digits, `-` and `_`, at most 63, so that it is safe in a key, a path and a URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatasetId(String);

impl DatasetId {
    /// # Errors
    /// `Invalid` unless the name is 1 to 63 of `a-z 0-9 - _` and starts with a letter or digit.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        let plain = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if !starts_well || !plain || name.len() > 63 {
            return Err(Error::invalid(
                "a dataset's name is 1 to 63 lowercase letters, digits, \"-\" or \"_\", and starts with a letter or digit",
            ));
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A version's id: 16 hex digits, a hash of the content and of the parent's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VersionId(String);

impl VersionId {
    /// # Errors
    /// `Invalid` unless the id is 16 lowercase hex digits.
    pub fn new(id: impl Into<String>) -> Result<Self> {
        let id = id.into();
        let hex = id
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if id.len() != 16 || !hex {
            return Err(Error::invalid(
                "a version is 16 lowercase hex digits, or \"latest\"",
            ));
        }
        Ok(Self(id))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_newtype {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self> { Self::new(text) }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self { id.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
    )*};
}
text_newtype!(DatasetId, VersionId);

/// The key of an object in the store. Only this type builds keys, from checked parts: no path can climb out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// `{dataset}/current.json`, the only mutable object of a dataset.
    #[must_use]
    pub fn pointer(dataset: &DatasetId) -> Self {
        Self(format!("{dataset}/current.json"))
    }

    /// `{dataset}/v/{version}/manifest.json`.
    #[must_use]
    pub fn manifest(dataset: &DatasetId, version: &VersionId) -> Self {
        Self(format!("{dataset}/v/{version}/manifest.json"))
    }

    /// `{dataset}/v/{version}/{file}`.
    ///
    /// # Errors
    /// `Corrupt` unless the file's name is of `a-z 0-9 . - _` and does not start with a dot.
    pub fn file(dataset: &DatasetId, version: &VersionId, file: &str) -> Result<Self> {
        let plain = file.bytes().all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_')
        });
        if file.is_empty() || file.len() > 100 || !plain || file.starts_with('.') {
            return Err(Error::corrupt(format!(
                "the manifest names a file {file:?} that no version may hold"
            )));
        }
        Ok(Self(format!("{dataset}/v/{version}/{file}")))
    }

    /// The key, with `/` between its parts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A store's own mark of an object's content. It guards the reads of one request and means nothing beyond it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Etag(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_climb_are_refused() {
        for name in [
            "",
            "..",
            "a/b",
            "A",
            "a b",
            "-a",
            "_a",
            ".a",
            "a%2f",
            &"a".repeat(64),
        ] {
            assert!(DatasetId::new(name).is_err(), "{name:?}");
        }
        let dataset = DatasetId::new("demo").expect("plain");
        let version = VersionId::new("0123456789abcdef").expect("hex");
        for file in ["", "../x", "a/b", ".hidden", "A.parquet"] {
            assert!(
                ObjectKey::file(&dataset, &version, file).is_err(),
                "{file:?}"
            );
        }
        let key = ObjectKey::file(&dataset, &version, "pack.parquet").expect("plain");
        assert_eq!(key.as_str(), "demo/v/0123456789abcdef/pack.parquet");
    }
}
