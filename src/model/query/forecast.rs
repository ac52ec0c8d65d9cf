//! Forecasts.

use super::{Ask, Filters, Horizon, ModelChoice};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::calendar::{Day, Grain};
use crate::model::parameter::{self, Kind, Parameter};
use crate::model::planned::Planned;

/// Prediction intervals when nothing else is asked, percent.
pub const LEVELS_DEFAULT: [u8; 2] = [80, 95];

/// Sums a measure at a grain and forecasts it.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastQuery {
    /// The measure; the dataset's default if not given.
    pub measure: Option<String>,
    /// Step of the series.
    pub grain: Grain,
    /// How far.
    pub horizon: Horizon,
    /// Percent of each prediction interval, ascending: 80, 95.
    pub levels: Vec<u8>,
    /// Whether the answer repeats the history.
    pub include_history: bool,
    /// The first day that the answer shows (the original system's cut; what the model is fitted on does not change).
    pub start_date: Option<Day>,
    /// The model.
    pub model: ModelChoice,
    /// The dimension whose values are forecast too, so that they add up to the whole.
    pub by: Option<String>,
    /// Values of other measures to come, such as a price, and changes of sales to assume; in order.
    pub planned: Vec<Planned>,
    /// Which rows count; the period bounds what the model is fitted on.
    pub filters: Filters,
}

/// Percent of each prediction interval.
pub(super) const LEVELS: Parameter = Parameter {
    name: "levels",
    kind: Kind::Wholes { min: 50, max: 99 },
    about: "Percent of each interval; [80, 95] by default",
};
pub(super) const MODEL: Parameter = Parameter {
    name: "model",
    kind: Kind::Choice(&ModelChoice::NAMES),
    about: "",
};
pub(super) const HORIZON: Parameter = Parameter {
    name: "horizon",
    kind: Kind::Text,
    about: "6 months (default), next quarter, or a last day",
};

impl Ask for ForecastQuery {
    const ANSWER: &'static str = "forecast";
    const TOOL: &'static str = "forecast_sales";
    const PARAMETERS: &'static [Parameter] = &[
        parameter::OPERATION,
        Parameter {
            name: "include_history",
            kind: Kind::Flag { default: true },
            about: "",
        },
        Parameter {
            name: "start_date",
            kind: Kind::Text,
            about: "Show nothing before this YYYY-MM-DD",
        },
        parameter::MEASURE,
        parameter::GRAIN,
        HORIZON,
        LEVELS,
        MODEL,
        Parameter {
            name: "by",
            kind: Kind::Text,
            about: "Dimension to split by",
        },
        Parameter {
            name: "planned",
            kind: Kind::Texts,
            about: "[\"average_price:2026-11:4.99\", \"promotion:2026-11-27..2026-11-30:+20%\"]",
        },
        parameter::FILTERS,
        Parameter {
            about: "Days to learn from; all by default",
            ..parameter::PERIOD
        },
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        Ok(Self {
            include_history: arguments.flag("include_history", true)?,
            start_date: arguments.parsed("start_date", Day::parse)?,
            by: arguments.name("by")?,
            ..of_plans(arguments)?
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.unless("grain", &self.grain, &Grain::Month);
        pairs.unless("horizon", &self.horizon, &Horizon::DEFAULT);
        pairs.list("levels", &self.levels, &LEVELS_DEFAULT);
        pairs.unless("include_history", &self.include_history, &true);
        pairs.put_some("start_date", self.start_date.as_ref());
        pairs.unless("model", &self.model, &ModelChoice::Auto);
        pairs.name("by", self.by.as_deref());
        pairs.list("planned", &self.planned, &[]);
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

/// A forecast of everything, with what is planned.
pub(super) fn of_plans(arguments: &mut Arguments) -> Result<ForecastQuery> {
    Ok(ForecastQuery {
        measure: arguments.name("measure")?,
        grain: arguments
            .parsed("grain", Grain::parse)?
            .unwrap_or(Grain::Month),
        horizon: arguments
            .parsed("horizon", Horizon::parse)?
            .unwrap_or(Horizon::DEFAULT),
        levels: levels(arguments)?,
        include_history: true,
        start_date: None,
        model: arguments
            .parsed("model", ModelChoice::parse)?
            .unwrap_or_default(),
        by: None,
        planned: arguments
            .parsed("planned", Planned::parse_list)?
            .unwrap_or_default(),
        filters: arguments.filters()?,
    })
}

/// The levels that were asked for, in order, without repeats.
pub(super) fn levels(arguments: &mut Arguments) -> Result<Vec<u8>> {
    let Some(mut levels) = arguments.parsed("levels", parse_levels)? else {
        return Ok(LEVELS_DEFAULT.to_vec());
    };
    levels.sort_unstable();
    levels.dedup();
    if levels.len() > limits::LEVELS_MAX {
        return Err(Error::invalid(format!(
            "levels has {} values: give at most {}",
            levels.len(),
            limits::LEVELS_MAX
        )));
    }
    Ok(levels)
}

fn parse_levels(text: &str) -> Result<Vec<u8>> {
    let each = text.split(',').map(|part| match part.trim().parse() {
        Ok(level) if (50..=99).contains(&level) => Ok(level),
        _ => Err(Error::invalid(format!(
            "{part:?} is no level: give 1 to {} whole percentages from 50 to 99, such as 80,95",
            limits::LEVELS_MAX
        ))),
    });
    each.collect()
}
