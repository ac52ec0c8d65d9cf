//! What is asked, in the words of the person who asks; `resolve` turns them into the data's own.

use std::collections::BTreeMap;

use super::calendar::{Grain, Period};
use super::dataset::{DatasetId, VersionId};

/// A question: which dataset, which version of it, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The dataset.
    pub dataset: DatasetId,
    /// The version.
    pub version: Version,
    /// What is asked.
    pub query: Query,
}

/// Which version answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// The one that the pointer names.
    Latest,
    /// This one.
    Pinned(VersionId),
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// A ranking.
    Top(TopQuery),
    /// A forecast.
    Forecast(ForecastQuery),
    /// What there is.
    Describe(DescribeQuery),
}

impl Query {
    /// Its name in links.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Top(_) => "top",
            Self::Forecast(_) => "forecast",
            Self::Describe(_) => "describe",
        }
    }

    /// The name of the MCP tool that asks it.
    #[must_use]
    pub const fn tool(&self) -> &'static str {
        match self {
            Self::Top(_) => "top_n_products",
            Self::Forecast(_) => "forecast_sales",
            Self::Describe(_) => "describe_data",
        }
    }
}

/// Which rows count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Part of an operation's name, case-insensitive; every operation that has it counts (the original system's rule).
    pub operation: Option<String>,
    /// For each dimension the names or ids that count, compared without case.
    pub exact: BTreeMap<String, Vec<String>>,
    /// The days that count; all of them if not given.
    pub period: Option<Period>,
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
    /// Which rows count.
    pub filters: Filters,
}

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
    pub start_date: Option<super::calendar::Day>,
    /// The model.
    pub model: ModelChoice,
    /// Which rows count; the period bounds what the model is fitted on.
    pub filters: Filters,
}

/// How far a forecast goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizon {
    /// This many steps of this length after the last complete step.
    Steps(u32, Grain),
    /// To the end of the calendar quarter after the one of the as-of date.
    NextQuarter,
    /// Up to and with the step that holds this day.
    Until(super::calendar::Day),
}

/// Which forecasting model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ModelChoice {
    /// The one that does best in a rolling-origin backtest.
    #[default]
    Auto,
    /// MSTL decomposition with an ETS trend.
    Mstl,
    /// Exponential smoothing without a season.
    Ets,
    /// The value of one season ago.
    SeasonalNaive,
}

impl ModelChoice {
    /// Every choice.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Mstl, Self::Ets, Self::SeasonalNaive];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Mstl => "mstl",
            Self::Ets => "ets",
            Self::SeasonalNaive => "seasonal_naive",
        }
    }
}

/// Describes the dataset, or one dimension's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeQuery {
    /// List this dimension's values.
    pub dimension: Option<String>,
    /// Only values whose name has this, case-insensitive.
    pub contains: Option<String>,
    /// At most this many values.
    pub limit: u32,
    /// Values to leave out from the start.
    pub offset: u32,
}
