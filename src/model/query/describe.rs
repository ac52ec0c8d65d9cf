//! What there is.

use super::{Ask, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
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
        };
        if query.contains.is_some() && query.dimension.is_none() {
            return Err(Error::invalid(
                "contains needs a dimension: say which one's values to search, such as operation or product",
            ));
        }
        Ok(query)
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.unless("limit", &self.limit, &limits::DESCRIBE_VALUES_DEFAULT);
        pairs.unless("offset", &self.offset, &0);
        pairs.name("dimension", self.dimension.as_deref());
        pairs.name("contains", self.contains.as_deref());
    }

    fn filters(&self) -> Option<&Filters> {
        None
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        None
    }
}
