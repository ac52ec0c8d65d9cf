//! A series in time.

use super::{Ask, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::calendar::Grain;
use crate::model::parameter::{self, Kind, Parameter};

/// Sums a measure step by step, with its growth.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendQuery {
    /// The measure; the dataset's default if not given.
    pub measure: Option<String>,
    /// Length of a step.
    pub grain: Grain,
    /// Steps of the rolling mean; none of it below 2.
    pub rolling: u32,
    /// What the profile is by.
    pub profile: Option<Profile>,
    /// Whether the series is split into trend, season and the rest.
    pub decompose: bool,
    /// The dimension whose values have a series each.
    pub by: Option<String>,
    /// At most this many of them.
    pub limit: u32,
    /// Series to leave out from the start: those of earlier pages.
    pub offset: u32,
    /// Which rows count.
    pub filters: Filters,
}

/// What the usual course of sales is looked at by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// By day of the week.
    Weekday,
    /// By month of the year.
    Month,
}

impl Profile {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weekday => "weekday",
            Self::Month => "month",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().as_str() {
            "weekday" | "day" => Ok(Self::Weekday),
            "month" => Ok(Self::Month),
            _ => Err(Error::invalid(format!(
                "{text:?} is not a profile: use weekday or month"
            ))),
        }
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Ask for TrendQuery {
    const ANSWER: &'static str = "trend";
    const TOOL: &'static str = "sales_trend";
    const PARAMETERS: &'static [Parameter] = &[
        parameter::PERIOD,
        parameter::GRAIN,
        Parameter {
            name: "rolling",
            kind: Kind::Whole {
                min: 0,
                max: limits::ROLLING_STEPS_MAX,
                default: 0,
            },
            about: "Steps of a rolling mean",
        },
        Parameter {
            name: "profile",
            kind: Kind::Choice(&["weekday", "month"]),
            about: "",
        },
        Parameter {
            name: "decompose",
            kind: Kind::Flag { default: false },
            about: "Trend, season and remainder",
        },
        parameter::OPERATION,
        parameter::MEASURE,
        Parameter {
            name: "by",
            kind: Kind::Text,
            about: "Dimension with a series a value",
        },
        Parameter {
            name: "limit",
            kind: Kind::Whole {
                min: 1,
                max: limits::TREND_SERIES_MAX,
                default: limits::TREND_SERIES_DEFAULT,
            },
            about: "",
        },
        parameter::OFFSET,
        parameter::FILTERS,
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        Ok(Self {
            measure: arguments.name("measure")?,
            grain: arguments
                .parsed("grain", Grain::parse)?
                .unwrap_or(Grain::Month),
            rolling: arguments.whole("rolling", 0, 0..=limits::ROLLING_STEPS_MAX)?,
            profile: arguments.parsed("profile", Profile::parse)?,
            decompose: arguments.flag("decompose", false)?,
            by: arguments.name("by")?,
            limit: arguments.whole(
                "limit",
                limits::TREND_SERIES_DEFAULT,
                1..=limits::TREND_SERIES_MAX,
            )?,
            offset: arguments.whole("offset", 0, 0..=u32::MAX)?,
            filters: arguments.filters()?,
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.unless("grain", &self.grain, &Grain::Month);
        pairs.unless("rolling", &self.rolling, &0);
        pairs.put_some("profile", self.profile.as_ref());
        pairs.unless("decompose", &self.decompose, &false);
        pairs.name("measure", self.measure.as_deref());
        pairs.name("by", self.by.as_deref());
        pairs.unless("limit", &self.limit, &limits::TREND_SERIES_DEFAULT);
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
