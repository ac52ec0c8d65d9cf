//! What is asked, in the words of the person who asks; `resolve` turns them into the data's own.

use std::collections::BTreeMap;
use std::fmt;

use super::calendar::{Day, Grain, Period};
use super::dataset::{DatasetId, VersionId};
use super::planned::Planned;
use crate::error::{Error, Result};
use crate::limits;

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
    /// How wrong forecasts are.
    Accuracy(AccuracyQuery),
}

impl Query {
    /// Its name in links.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Top(_) => "top",
            Self::Forecast(_) => "forecast",
            Self::Describe(_) => "describe",
            Self::Accuracy(_) => "accuracy",
        }
    }

    /// The name of the MCP tool that asks it.
    #[must_use]
    pub const fn tool(&self) -> &'static str {
        match self {
            Self::Top(_) => "top_n_products",
            Self::Forecast(_) => "forecast_sales",
            Self::Describe(_) => "describe_data",
            Self::Accuracy(_) => "forecast_accuracy",
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

/// Examines the forecasts of a series: in a backtest, and by what was predicted and then came.
#[derive(Debug, Clone, PartialEq)]
pub struct AccuracyQuery {
    /// The measure; the dataset's default if not given.
    pub measure: Option<String>,
    /// Step of the series.
    pub grain: Grain,
    /// How far the backtest's forecasts go.
    pub horizon: Horizon,
    /// Percent of each prediction interval of the backtest, ascending.
    pub levels: Vec<u8>,
    /// The model of the backtest.
    pub model: ModelChoice,
    /// Which rows count; the period is that of the predictions that are looked up in the record.
    pub filters: Filters,
}

impl AccuracyQuery {
    /// The forecast that is examined: of all days, whatever period was asked about.
    #[must_use]
    pub fn exam(&self) -> ForecastQuery {
        ForecastQuery {
            measure: self.measure.clone(),
            grain: self.grain,
            horizon: self.horizon,
            levels: self.levels.clone(),
            include_history: true,
            start_date: None,
            model: self.model,
            by: None,
            planned: Vec::new(),
            filters: Filters {
                period: None,
                ..self.filters.clone()
            },
        }
    }
}

/// How far a forecast goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizon {
    /// This many steps of this length after the last complete step.
    Steps(u32, Grain),
    /// To the end of the calendar quarter after the one of the as-of date.
    NextQuarter,
    /// Up to and with the step that holds this day.
    Until(Day),
}

impl Horizon {
    /// What the original system forecast: six months.
    pub const DEFAULT: Self = Self::Steps(6, Grain::Month);

    /// A number of steps (`6 months`, `90 days`, `6_months`), `next_quarter`, or the last day (`2026-12-31`).
    ///
    /// # Errors
    /// `Invalid` for anything else, for no steps at all, and for more than any forecast may have.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || {
            Error::invalid(format!(
                "{text:?} is not a horizon: write a number of steps such as 6 months, next_quarter, or a date such as 2026-12-31"
            ))
        };
        let word = text.trim().to_ascii_lowercase().replace('_', " ");
        if word == "next quarter" {
            return Ok(Self::NextQuarter);
        }
        if word.contains('-') {
            return Day::parse(&word).map(Self::Until).map_err(|_| bad());
        }
        let unit_at = word.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (count, unit) = word.split_at(unit_at);
        if count.is_empty() {
            return Err(bad());
        }
        let grain = Grain::parse(unit).map_err(|_| bad())?;
        match count.parse::<u32>() {
            Ok(steps) if (1..=limits::FORECAST_STEPS_MAX).contains(&(steps as usize)) => {
                Ok(Self::Steps(steps, grain))
            }
            _ => Err(Error::invalid(format!(
                "a horizon has 1 to {} steps, not {count}",
                limits::FORECAST_STEPS_MAX
            ))),
        }
    }
}

impl fmt::Display for Horizon {
    /// One spelling a horizon, safe in a URL: `6_months`, `1_year`, `next_quarter`, `2026-12-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(1, grain) => write!(f, "1_{grain}"),
            Self::Steps(steps, grain) => write!(f, "{steps}_{grain}s"),
            Self::NextQuarter => f.write_str("next_quarter"),
            Self::Until(day) => write!(f, "{day}"),
        }
    }
}

/// Which forecasting model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ModelChoice {
    /// A combination, weighted by a rolling-origin backtest, of what suits the series.
    #[default]
    Auto,
    /// Exponential smoothing with error, trend and season.
    Ets,
    /// The dynamic optimised theta method, the season taken out by classical decomposition.
    Theta,
    /// Complex exponential smoothing.
    Ces,
    /// STL decomposition with an ETS trend.
    Mstl,
    /// STL decomposition of the logarithms, continued by the theta method.
    StlTheta,
    /// STL decomposition of the logarithms, continued by complex exponential smoothing.
    StlCes,
    /// Sines for seasons of any length.
    Harmonic,
    /// Prophet's trend, seasons and holidays, with Prophet's own intervals.
    Prophet,
    /// Croston's method as corrected by Syntetos and Boylan, for intermittent demand.
    CrostonSba,
    /// Teunter's, Syntetos' and Babai's method, for intermittent demand.
    Tsb,
    /// The mean over several aggregations, for intermittent demand.
    Imapa,
    /// The value of one season ago.
    SeasonalNaive,
    /// The last value.
    Naive,
    /// A line from the first to the last value.
    Drift,
}

impl ModelChoice {
    /// Every choice.
    pub const ALL: [Self; 15] = [
        Self::Auto,
        Self::Ets,
        Self::Theta,
        Self::Ces,
        Self::Mstl,
        Self::StlTheta,
        Self::StlCes,
        Self::Harmonic,
        Self::Prophet,
        Self::CrostonSba,
        Self::Tsb,
        Self::Imapa,
        Self::SeasonalNaive,
        Self::Naive,
        Self::Drift,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Ets => "ets",
            Self::Theta => "theta",
            Self::Ces => "ces",
            Self::Mstl => "mstl",
            Self::StlTheta => "stl_theta",
            Self::StlCes => "stl_ces",
            Self::Harmonic => "harmonic",
            Self::Prophet => "prophet",
            Self::CrostonSba => "croston_sba",
            Self::Tsb => "tsb",
            Self::Imapa => "imapa",
            Self::SeasonalNaive => "seasonal_naive",
            Self::Naive => "naive",
            Self::Drift => "drift",
        }
    }

    /// # Errors
    /// `Invalid` for any other word; a space or `-` may stand for `_`.
    pub fn parse(text: &str) -> Result<Self> {
        let word = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        Self::ALL
            .into_iter()
            .find(|m| m.name() == word)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|m| m.name()).collect();
                Error::invalid(format!(
                    "{text:?} is not a model: use one of {}",
                    names.join(", ")
                ))
            })
    }
}

impl fmt::Display for ModelChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn horizons_round_trip_through_one_spelling() {
        for (text, canonical) in [
            ("6 months", "6_months"),
            ("6_months", "6_months"),
            (" 6 Months ", "6_months"),
            ("6months", "6_months"),
            ("1 year", "1_year"),
            ("90 days", "90_days"),
            ("next_quarter", "next_quarter"),
            ("next quarter", "next_quarter"),
            ("2026-12-31", "2026-12-31"),
        ] {
            let horizon = Horizon::parse(text).expect(text);
            assert_eq!(horizon.to_string(), canonical, "{text}");
            assert_eq!(Horizon::parse(canonical).expect(canonical), horizon);
        }
        assert_eq!(Horizon::parse("6 months").expect("plain"), Horizon::DEFAULT);
        for text in [
            "",
            "6",
            "months",
            "0 months",
            "-1 months",
            "6 moons",
            "2001 days",
            "99999999999 days",
            "2026-13-01",
            "next_year",
            "6.5 months",
            "six months",
        ] {
            let error = Horizon::parse(text).expect_err(text);
            assert!(error.to_string().contains("horizon"), "{text}: {error}");
        }
    }

    #[test]
    fn orders_and_models_know_their_names() {
        for order in [Order::Desc, Order::Asc] {
            assert_eq!(Order::parse(order.name()).expect("own name"), order);
        }
        for model in ModelChoice::ALL {
            assert_eq!(ModelChoice::parse(model.name()).expect("own name"), model);
        }
        assert_eq!(
            ModelChoice::parse("Seasonal Naive").expect("spelt freely"),
            ModelChoice::SeasonalNaive
        );
        assert!(Order::parse("up").is_err());
        assert!(ModelChoice::parse("oracle").is_err());
    }
}
