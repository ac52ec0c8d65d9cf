//! One period against others.

use std::fmt;

use super::{Ask, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::parameter::{self, Kind, Parameter};
use crate::model::when::{Align, When};

/// Compares a measure of one period with that of others.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareQuery {
    /// The period; the last complete month if not given.
    pub a: Option<When>,
    /// What it is compared with; the period before and the year before if nothing is given.
    pub b: Vec<Baseline>,
    /// What the year before is aligned to.
    pub align: Align,
    /// Whether an incomplete period is compared as it is, rather than the same part of both.
    pub incomplete: bool,
    /// The measure; the dataset's default if not given.
    pub measure: Option<String>,
    /// The dimension whose values are compared too.
    pub by: Option<String>,
    /// At most this many of them.
    pub limit: u32,
    /// Rows to leave out from the start: those of earlier pages.
    pub offset: u32,
    /// Which rows count.
    pub filters: Filters,
}

/// What a period is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Baseline {
    /// The period before, of the same kind and length.
    Previous,
    /// The same period a year earlier.
    YearBefore,
    /// This one.
    Period(When),
}

impl Baseline {
    /// # Errors
    /// `Invalid` for what is neither of the words nor a period.
    pub fn parse(text: &str) -> Result<Self> {
        let word = text.trim().to_ascii_lowercase().replace(['_', '-'], " ");
        match word.as_str() {
            "previous" | "previous period" | "period before" => Ok(Self::Previous),
            "year before" | "year over year" | "yoy" | "last year same period" => {
                Ok(Self::YearBefore)
            }
            _ => When::parse(text).map(Self::Period),
        }
    }

    fn parse_list(text: &str) -> Result<Vec<Self>> {
        let mut all: Vec<Self> = Vec::new();
        for part in text.split(',') {
            let baseline = Self::parse(part)?;
            if !all.contains(&baseline) {
                all.push(baseline);
            }
        }
        if all.len() > limits::BASELINES_MAX {
            return Err(Error::invalid(format!(
                "{} baselines are given: give at most {}",
                all.len(),
                limits::BASELINES_MAX
            )));
        }
        Ok(all)
    }
}

impl Align {
    pub(super) fn parse(text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().as_str() {
            "date" => Ok(Self::Date),
            "weekday" => Ok(Self::Weekday),
            "holiday" => Ok(Self::Holiday),
            _ => Err(Error::invalid(format!(
                "{text:?} is not an alignment: use date, weekday or holiday"
            ))),
        }
    }
}

impl fmt::Display for Align {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Previous => f.write_str("previous"),
            Self::YearBefore => f.write_str("year_before"),
            Self::Period(when) => when.fmt(f),
        }
    }
}

pub(super) const ALIGN: Parameter = Parameter {
    name: "align",
    kind: Kind::Choice(&["date", "weekday", "holiday"]),
    about: "What year_before lines up",
};
pub(super) const INCOMPLETE: Parameter = Parameter {
    name: "incomplete",
    kind: Kind::Flag { default: false },
    about: "Compare an unfinished period as it is, not the same part of both",
};

impl Ask for CompareQuery {
    const ANSWER: &'static str = "compare";
    const TOOL: &'static str = "compare_periods";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter {
            name: "a",
            kind: Kind::Text,
            about: "Period: last month (default), Q3 2026, MTD, FY26 H1, Black Friday week",
        },
        Parameter {
            name: "b",
            kind: Kind::Texts,
            about: "Baselines: previous, year_before, any period",
        },
        ALIGN,
        INCOMPLETE,
        parameter::OPERATION,
        parameter::MEASURE,
        Parameter {
            name: "by",
            kind: Kind::Text,
            about: "Dimension to break down by",
        },
        Parameter {
            name: "limit",
            kind: Kind::Whole {
                min: 1,
                max: limits::ROWS_MAX,
                default: limits::COMPARE_ROWS_DEFAULT,
            },
            about: "",
        },
        parameter::OFFSET,
        parameter::FILTERS,
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        Ok(Self {
            a: arguments.parsed("a", When::parse)?,
            b: arguments
                .parsed("b", Baseline::parse_list)?
                .unwrap_or_default(),
            align: arguments.parsed("align", Align::parse)?.unwrap_or_default(),
            incomplete: arguments.flag("incomplete", false)?,
            measure: arguments.name("measure")?,
            by: arguments.name("by")?,
            limit: arguments.whole("limit", limits::COMPARE_ROWS_DEFAULT, 1..=limits::ROWS_MAX)?,
            offset: arguments.whole("offset", 0, 0..=u32::MAX)?,
            filters: arguments.filters_of_any_time()?,
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.put_some("a", self.a.as_ref());
        pairs.list("b", &self.b, &[]);
        pairs.unless("align", &self.align, &Align::default());
        pairs.unless("incomplete", &self.incomplete, &false);
        pairs.name("measure", self.measure.as_deref());
        pairs.name("by", self.by.as_deref());
        pairs.unless("limit", &self.limit, &limits::COMPARE_ROWS_DEFAULT);
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
