//! Rankings.

use std::fmt;

use super::{Ask, Baseline, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::names::fold;
use crate::model::parameter::{self, Kind, Parameter};

/// What is ranked when nothing else is asked.
const BY_DEFAULT: &str = "product";

/// Ranks the values of a dimension by the sum of a measure.
#[derive(Debug, Clone, PartialEq)]
pub struct TopQuery {
    /// How many rows.
    pub n: u32,
    /// Best or worst first.
    pub order: Order,
    /// The measure; the dataset's default if not given.
    pub measure: Option<String>,
    /// What is ranked; `product` in the original system.
    pub by: String,
    /// The dimension of whose values each has a ranking of its own.
    pub per: Option<String>,
    /// The period whose ranks these are compared with.
    pub against: Option<Baseline>,
    /// Rows to leave out from the start; with `per`, values of that dimension.
    pub offset: u32,
    /// Which rows count.
    pub filters: Filters,
}

impl Ask for TopQuery {
    const ANSWER: &'static str = "top";
    const TOOL: &'static str = "top_n_products";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter {
            name: "n",
            kind: Kind::Whole {
                min: 1,
                max: limits::ROWS_MAX,
                default: limits::TOP_N_DEFAULT,
            },
            about: "",
        },
        parameter::OPERATION,
        Parameter {
            name: "order",
            kind: Kind::Choice(&["desc", "asc"]),
            about: "desc: largest first",
        },
        parameter::MEASURE,
        Parameter {
            name: "by",
            kind: Kind::Text,
            about: "Dimension to rank; product by default",
        },
        Parameter {
            name: "per",
            kind: Kind::Text,
            about: "Dimension: the n best in each of its values",
        },
        Parameter {
            name: "against",
            kind: Kind::Text,
            about: "Rank change since: previous, year_before, any period",
        },
        parameter::FILTERS,
        parameter::PERIOD,
        parameter::OFFSET,
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        Ok(Self {
            n: arguments.whole("n", limits::TOP_N_DEFAULT, 1..=limits::ROWS_MAX)?,
            order: arguments.parsed("order", Order::parse)?.unwrap_or_default(),
            measure: arguments.name("measure")?,
            by: arguments.name("by")?.unwrap_or_else(|| BY_DEFAULT.into()),
            per: arguments.name("per")?,
            against: arguments.parsed("against", Baseline::parse)?,
            offset: arguments.whole("offset", 0, 0..=u32::MAX)?,
            filters: arguments.filters()?,
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.unless("n", &self.n, &limits::TOP_N_DEFAULT);
        pairs.unless("order", &self.order, &Order::default());
        pairs.unless("by", &fold(&self.by), &BY_DEFAULT.to_owned());
        pairs.name("per", self.per.as_deref());
        pairs.put_some("against", self.against.as_ref());
        pairs.unless("offset", &self.offset, &0);
        pairs.name("measure", self.measure.as_deref());
        pairs.filters(&self.filters);
    }

    fn filters(&self) -> Option<&Filters> {
        Some(&self.filters)
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        Some(&mut self.filters)
    }
}

/// Direction of a ranking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Largest first.
    #[default]
    Desc,
    /// Smallest first.
    Asc,
}

impl Order {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desc => "desc",
            Self::Asc => "asc",
        }
    }

    /// # Errors
    /// `Invalid` for anything but `desc` and `asc`.
    pub fn parse(text: &str) -> Result<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "desc" => Ok(Self::Desc),
            "asc" => Ok(Self::Asc),
            _ => Err(Error::invalid(format!(
                "{text:?} is not an order: use desc (largest first) or asc (smallest first)"
            ))),
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_know_their_names() {
        for order in [Order::Desc, Order::Asc] {
            assert_eq!(Order::parse(order.name()).expect("own name"), order);
        }
        assert!(Order::parse("up").is_err());
    }
}
