//! Will a target be reached.

use std::fmt;

use super::{Ask, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::parameter::{self, Kind, Parameter};
use crate::model::when::When;

/// Holds a target against what was sold and what is forecast for the rest of its period.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetQuery {
    /// What is to be reached; as much as the year before if nothing is given and the owner has no targets.
    pub target: Option<Target>,
    /// The name of a target of the owner's.
    pub name: Option<String>,
    /// By when; the quarter that is not over yet if not given.
    pub period: Option<When>,
    /// The measure; the dataset's default if not given.
    pub measure: Option<String>,
    /// The dimension whose values have a target each.
    pub by: Option<String>,
    /// Which rows count.
    pub filters: Filters,
}

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// So much, in millionths of the measure's unit.
    Amount(i64),
    /// So many percent more (or less) than in the same period a year before, in millionths.
    Growth(i64),
}

/// One, in millionths.
const ONE: i64 = 1_000_000;

impl Target {
    /// Whether a text is a name rather than an amount.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        text.trim().starts_with(char::is_alphabetic)
    }

    /// # Errors
    /// `Invalid` for what is neither a number nor a percentage with its sign.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || {
            Error::invalid(format!(
                "{text:?} is not a target: write a number such as 250000, or growth on the year before such as +5%"
            ))
        };
        match text.trim().strip_suffix('%') {
            Some(growth) if growth.starts_with(['+', '-']) => {
                let growth = crate::model::planned::millionths(growth.trim()).ok_or_else(bad)?;
                let most = limits::PLANNED_CHANGE_MAX_PERCENT * ONE;
                if !(-100 * ONE..=most).contains(&growth) {
                    return Err(Error::invalid(format!(
                        "{text:?}: growth is from -100% to +{}%",
                        limits::PLANNED_CHANGE_MAX_PERCENT
                    )));
                }
                Ok(Self::Growth(growth))
            }
            Some(_) => Err(bad()),
            None => crate::model::planned::millionths(&text.trim().replace(['_', ' '], ""))
                .map(Self::Amount)
                .ok_or_else(bad),
        }
    }

    /// The target in the smallest unit of a measure; `before` is what was sold a year before, in that unit.
    ///
    /// # Errors
    /// `OverBudget` if it passes 64 bits.
    pub fn scaled(self, scale: u8, before: i64) -> Result<i64> {
        let unit = i128::from(10_i64.pow(u32::from(scale.min(limits::SCALE_MAX))));
        let (wide, one) = match self {
            Self::Amount(millionths) => (i128::from(millionths) * unit, i128::from(ONE)),
            Self::Growth(millionths) => {
                let hundred = 100 * i128::from(ONE);
                (
                    i128::from(before) * (hundred + i128::from(millionths)),
                    hundred,
                )
            }
        };
        // Half away from zero, as every number is rounded.
        let half = if wide < 0 { -one / 2 } else { one / 2 };
        i64::try_from((wide + half) / one)
            .map_err(|_| Error::over_budget("the target passes 64 bits"))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::model::planned::Plan;
        match self {
            Self::Amount(n) => Plan::Value(*n).fmt(f),
            Self::Growth(n) => Plan::Change(*n).fmt(f),
        }
    }
}

impl TargetQuery {
    /// Whether it says nothing that a target of the owner's says itself.
    #[must_use]
    pub fn is_own_alone(&self) -> bool {
        let Self {
            target,
            name: _,
            period,
            measure,
            by,
            filters,
        } = self;
        target.is_none()
            && period.is_none()
            && measure.is_none()
            && by.is_none()
            && *filters == Filters::default()
    }

    /// What is to be reached, if it is not one of the owner's.
    #[must_use]
    pub fn wanted(&self) -> Target {
        self.target.unwrap_or(Target::Growth(0))
    }
}

impl Ask for TargetQuery {
    const ANSWER: &'static str = "target";
    const TOOL: &'static str = "track_target";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter {
            name: "target",
            kind: Kind::Text,
            about: "250000, +5% on the year before, or the name of a saved target",
        },
        Parameter {
            about: "By when; the unfinished quarter by default",
            ..parameter::PERIOD
        },
        parameter::OPERATION,
        parameter::MEASURE,
        Parameter {
            name: "by",
            kind: Kind::Text,
            about: "Dimension whose values each have the growth target",
        },
        parameter::FILTERS,
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        let text = arguments.name("target")?;
        let (name, amount) = match text {
            Some(text) if Target::is_name(&text) => (Some(text), None),
            text => (None, text),
        };
        let target = amount.map(|text| Target::parse(&text));
        let query = Self {
            target: target.transpose().map_err(|e| e.context("target"))?,
            name,
            period: arguments.parsed("period", When::parse)?,
            measure: arguments.name("measure")?,
            by: arguments.name("by")?,
            filters: arguments.filters_of_any_time()?,
        };
        if let (Some(by), Some(Target::Amount(_))) = (&query.by, query.target) {
            return Err(Error::invalid(format!(
                "one amount cannot be the target of every {by}: give growth such as +5%, or ask for one {by} with filters"
            )));
        }
        if let Some(name) = &query.name
            && !query.is_own_alone()
        {
            return Err(Error::invalid(format!(
                "the target {name:?} has its own measure, period and filters: leave the others out"
            )));
        }
        Ok(query)
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.name("target", self.name.as_deref());
        pairs.put_some("target", self.target.as_ref());
        pairs.put_some("period", self.period.as_ref());
        pairs.name("measure", self.measure.as_deref());
        pairs.name("by", self.by.as_deref());
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
    fn targets_are_exact_in_the_smallest_unit() {
        let of = |text: &str, scale: u8, before: i64| {
            Target::parse(text)
                .expect(text)
                .scaled(scale, before)
                .expect("fits")
        };
        assert_eq!(of("250000", 0, 0), 250_000);
        assert_eq!(of("1_000.255", 2, 0), 100_026);
        assert_eq!(of("+5%", 0, 999), 1_049);
        assert_eq!(of("-12.5%", 2, 1_000), 875);
        assert_eq!(of("+0%", 0, 7), 7);
        assert!(Target::Amount(i64::MAX).scaled(6, 0).is_ok());
        for text in ["soon", "5%", "+2000%", "1e9", ""] {
            let error = Target::parse(text).expect_err(text).to_string();
            assert!(
                error.contains("target") || error.contains("growth"),
                "{error}"
            );
        }
        for text in ["250000", "+5%", "-0.5%"] {
            assert_eq!(Target::parse(text).expect(text).to_string(), text);
        }
    }
}
