//! What there is.

use std::fmt;

use super::{Ask, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::dataset::VersionId;
use crate::model::parameter::{self, Kind, Parameter};

/// Describes the dataset, or one dimension's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeQuery {
    /// List this dimension's values.
    pub dimension: Option<String>,
    /// Only values whose name or id has this, whatever the case and accents.
    pub contains: Option<String>,
    /// At most this many values.
    pub limit: u32,
    /// Values to leave out from the start.
    pub offset: u32,
    /// The version since which changes are told.
    pub since: Option<Since>,
}

/// An earlier version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// The one before.
    Previous,
    /// This one.
    Version(VersionId),
}

impl Since {
    /// # Errors
    /// `Invalid` for anything but `previous` and a version's id.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim().to_ascii_lowercase();
        if text == "previous" {
            return Ok(Self::Previous);
        }
        VersionId::new(&*text).map(Self::Version).map_err(|_| {
            Error::invalid(format!(
                "{text:?} is no version: use previous, or the 16 hex digits of a version"
            ))
        })
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Previous => f.write_str("previous"),
            Self::Version(version) => f.write_str(version.as_str()),
        }
    }
}

impl Ask for DescribeQuery {
    const ANSWER: &'static str = "describe";
    const TOOL: &'static str = "describe_data";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter {
            name: "dimension",
            kind: Kind::Text,
            about: "List the values of this dimension",
        },
        Parameter {
            name: "contains",
            kind: Kind::Text,
            about: "Only values whose name has this",
        },
        Parameter {
            name: "limit",
            kind: Kind::Whole {
                min: 1,
                max: limits::ROWS_MAX,
                default: limits::DESCRIBE_VALUES_DEFAULT,
            },
            about: "",
        },
        parameter::OFFSET,
        Parameter {
            name: "since",
            kind: Kind::Text,
            about: "What changed since: previous, or a version",
        },
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        let query = Self {
            limit: arguments.whole(
                "limit",
                limits::DESCRIBE_VALUES_DEFAULT,
                1..=limits::ROWS_MAX,
            )?,
            offset: arguments.whole("offset", 0, 0..=u32::MAX)?,
            dimension: arguments.name("dimension")?,
            contains: arguments.name("contains")?,
            since: arguments.parsed("since", Since::parse)?,
        };
        if query.contains.is_some() && query.dimension.is_none() {
            return Err(Error::invalid(
                "contains needs a dimension: say which one's values to search, such as operation or product",
            ));
        }
        if query.since.is_some() && query.dimension.is_some() {
            return Err(Error::invalid(
                "since tells what changed in all dimensions: leave out dimension",
            ));
        }
        Ok(query)
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.unless("limit", &self.limit, &limits::DESCRIBE_VALUES_DEFAULT);
        pairs.unless("offset", &self.offset, &0);
        pairs.name("dimension", self.dimension.as_deref());
        pairs.name("contains", self.contains.as_deref());
        pairs.put_some("since", self.since.as_ref());
    }

    fn filters(&self) -> Option<&Filters> {
        None
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        None
    }
}
