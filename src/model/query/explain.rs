//! Why a sum changed.

use super::{Ask, Baseline, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::names::fold;
use crate::model::parameter::{self, Kind, Parameter};
use crate::model::when::{Align, When};

/// Breaks the change of a measure between two periods down.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainQuery {
    /// The period that is to be explained; the last complete month if not given.
    pub a: Option<When>,
    /// What it is compared with; the period before if not given.
    pub b: Option<Baseline>,
    /// What the year before is aligned to.
    pub align: Align,
    /// Whether an incomplete period is compared as it is, rather than the same part of both.
    pub incomplete: bool,
    /// The measure, one that is summed; the dataset's default if not given.
    pub measure: Option<String>,
    /// The dimensions that are looked at; all if none are given.
    pub by: Vec<String>,
    /// At most this many values of each.
    pub limit: u32,
    /// Rows of each dimension to leave out from the start: those of earlier pages.
    pub offset: u32,
    /// Which rows count.
    pub filters: Filters,
}

impl Ask for ExplainQuery {
    const ANSWER: &'static str = "explain";
    const TOOL: &'static str = "explain_change";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter {
            name: "a",
            kind: Kind::Text,
            about: "Period to explain; last complete month by default",
        },
        Parameter {
            name: "b",
            kind: Kind::Text,
            about: "previous (default), year_before or any period",
        },
        super::compare::ALIGN,
        super::compare::INCOMPLETE,
        parameter::OPERATION,
        parameter::MEASURE,
        Parameter {
            name: "by",
            kind: Kind::Texts,
            about: "Dimensions; all by default",
        },
        Parameter {
            name: "limit",
            kind: Kind::Whole {
                min: 1,
                max: limits::EXPLAIN_ROWS_MAX,
                default: limits::EXPLAIN_ROWS_DEFAULT,
            },
            about: "",
        },
        parameter::OFFSET,
        parameter::FILTERS,
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        let by = arguments.take("by");
        let mut by: Vec<String> = by.iter().flat_map(|t| t.split(',')).map(fold).collect();
        by.sort();
        by.dedup();
        if by.iter().any(String::is_empty) || by.len() > limits::FILTERS_MAX {
            return Err(Error::invalid(format!(
                "by takes 1 to {} dimensions",
                limits::FILTERS_MAX
            )));
        }
        Ok(Self {
            a: arguments.parsed("a", When::parse)?,
            b: arguments.parsed("b", Baseline::parse)?,
            align: arguments.parsed("align", Align::parse)?.unwrap_or_default(),
            incomplete: arguments.flag("incomplete", false)?,
            measure: arguments.name("measure")?,
            by,
            limit: arguments.whole(
                "limit",
                limits::EXPLAIN_ROWS_DEFAULT,
                1..=limits::EXPLAIN_ROWS_MAX,
            )?,
            offset: arguments.whole("offset", 0, 0..=u32::MAX)?,
            filters: arguments.filters_of_any_time()?,
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.put_some("a", self.a.as_ref());
        pairs.put_some("b", self.b.as_ref());
        pairs.unless("align", &self.align, &Align::default());
        pairs.unless("incomplete", &self.incomplete, &false);
        pairs.name("measure", self.measure.as_deref());
        pairs.list("by", &self.by, &[]);
        pairs.unless("limit", &self.limit, &limits::EXPLAIN_ROWS_DEFAULT);
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
