//! The portfolio in classes.

use std::fmt;

use super::{Ask, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::names::fold;
use crate::model::parameter::{self, Kind, Parameter};

/// Puts the values of a dimension into classes: what carries the sales, what sells steadily, what comes and goes.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentsQuery {
    /// The dimension.
    pub by: String,
    /// The measure, one that is summed; the dataset's default if not given.
    pub measure: Option<String>,
    /// The only class whose values are listed; all if not given.
    pub segment: Option<Class>,
    /// At most this many rows of each list.
    pub limit: u32,
    /// Rows to leave out from the start: those of earlier pages.
    pub offset: u32,
    /// Which rows count. The period is that of the sums; the last twelve complete months if not given.
    pub filters: Filters,
}

/// A class that a value may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The few that carry most of it.
    A,
    /// The next.
    B,
    /// The many that hardly matter.
    C,
    /// Steady.
    X,
    /// Variable.
    Y,
    /// Irregular.
    Z,
    /// Sold first in the last months.
    New,
    /// Sold before, and not in the last months.
    Dormant,
    /// Sells significantly more than it did.
    Rising,
    /// Sells significantly less than it did.
    Falling,
    /// Sells most months, in similar amounts.
    Smooth,
    /// Sells most months, in very different amounts.
    Erratic,
    /// Sells now and then, in similar amounts.
    Intermittent,
    /// Sells now and then, in very different amounts.
    Lumpy,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 14] = [
        Self::A,
        Self::B,
        Self::C,
        Self::X,
        Self::Y,
        Self::Z,
        Self::New,
        Self::Dormant,
        Self::Rising,
        Self::Falling,
        Self::Smooth,
        Self::Erratic,
        Self::Intermittent,
        Self::Lumpy,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::X => "X",
            Self::Y => "Y",
            Self::Z => "Z",
            Self::New => "new",
            Self::Dormant => "dormant",
            Self::Rising => "rising",
            Self::Falling => "falling",
            Self::Smooth => "smooth",
            Self::Erratic => "erratic",
            Self::Intermittent => "intermittent",
            Self::Lumpy => "lumpy",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let found = Self::ALL
            .into_iter()
            .find(|class| class.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            Error::invalid(format!("{text:?} is not a class: use {}", NAMES.join(", ")))
        })
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const NAMES: [&str; 14] = [
    "A",
    "B",
    "C",
    "X",
    "Y",
    "Z",
    "new",
    "dormant",
    "rising",
    "falling",
    "smooth",
    "erratic",
    "intermittent",
    "lumpy",
];

/// What is put into classes if nothing else is asked.
const BY_DEFAULT: &str = "product";

impl Ask for SegmentsQuery {
    const ANSWER: &'static str = "segments";
    const TOOL: &'static str = "segment_products";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter {
            name: "by",
            kind: Kind::Text,
            about: "Dimension; product by default",
        },
        Parameter {
            name: "segment",
            kind: Kind::Choice(&NAMES),
            about: "List one class only",
        },
        parameter::PERIOD,
        parameter::OPERATION,
        parameter::MEASURE,
        Parameter {
            name: "limit",
            kind: Kind::Whole {
                min: 1,
                max: limits::SEGMENT_ROWS_MAX,
                default: limits::SEGMENT_ROWS_DEFAULT,
            },
            about: "",
        },
        parameter::OFFSET,
        parameter::FILTERS,
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        Ok(Self {
            by: arguments.name("by")?.unwrap_or_else(|| BY_DEFAULT.into()),
            measure: arguments.name("measure")?,
            segment: arguments.parsed("segment", Class::parse)?,
            limit: arguments.whole(
                "limit",
                limits::SEGMENT_ROWS_DEFAULT,
                1..=limits::SEGMENT_ROWS_MAX,
            )?,
            offset: arguments.whole("offset", 0, 0..=u32::MAX)?,
            filters: arguments.filters()?,
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.unless("by", &fold(&self.by), &BY_DEFAULT.to_owned());
        pairs.put_some("segment", self.segment.as_ref());
        pairs.name("measure", self.measure.as_deref());
        pairs.unless("limit", &self.limit, &limits::SEGMENT_ROWS_DEFAULT);
        pairs.unless("offset", &self.offset, &0);
        pairs.filters(&self.filters);
    }

    fn filters(&self) -> Option<&Filters> {
        Some(&self.filters)
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        Some(&mut self.filters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_know_their_names() {
        assert_eq!(Class::ALL.map(Class::name), NAMES);
        for class in Class::ALL {
            let shouted = class.name().to_uppercase();
            assert_eq!(Class::parse(&shouted).expect("own name"), class);
        }
        assert!(Class::parse("D").is_err());
    }
}
