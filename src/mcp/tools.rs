//! The tools: what each is called, what it takes, and which question a call of it asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::Deserialize;

use super::arguments;
use super::schema;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::calendar::{Day, Grain, Period};
use crate::model::dataset::DatasetId;
use crate::model::planned::Planned;
use crate::model::query::{
    AccuracyQuery, DescribeQuery, Filters, ForecastQuery, Horizon, ModelChoice, Order, Query,
    Question, TopQuery, Version,
};

/// Exact names to count, by dimension.
type Exact = BTreeMap<String, Vec<String>>;

/// Arguments of `top_n_products`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TopArguments {
    #[serde(default = "top_n_default")]
    #[schemars(range(min = 1, max = 1000))]
    n: u32,
    /// Part of an operation's (city's, location's) name
    operation: Option<String>,
    /// desc: largest first
    #[schemars(extend("enum" = ["desc", "asc"]))]
    order: Option<String>,
    /// Such as units or revenue
    measure: Option<String>,
    /// Dimension to rank; product by default
    by: Option<String>,
    /// {dimension: [exact names]}
    filters: Option<Exact>,
    /// 2025, 2025-Q3, 2025-06 or 2025-01-15..2025-02-28
    period: Option<String>,
    dataset: Option<String>,
}

/// Arguments of `forecast_sales`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ForecastArguments {
    /// Part of an operation's (city's, location's) name
    operation: Option<String>,
    #[serde(default = "yes")]
    include_history: bool,
    /// Show nothing before this YYYY-MM-DD
    start_date: Option<String>,
    measure: Option<String>,
    /// month by default
    #[schemars(extend("enum" = ["day", "week", "month", "quarter", "year"]))]
    grain: Option<String>,
    /// 6 months (default), next quarter, or a last day
    horizon: Option<String>,
    /// Percent of each interval; [80, 95] by default
    #[schemars(inner(range(min = 50, max = 99)))]
    levels: Option<Vec<u8>>,
    #[schemars(extend("enum" = ModelChoice::ALL.map(ModelChoice::name)))]
    model: Option<String>,
    /// Dimension to split by
    by: Option<String>,
    /// Plans: ["average_price:2026-11:4.99", "promotion:2026-11-27..2026-11-30:+20%"]
    planned: Option<Vec<String>>,
    /// {dimension: [exact names]}
    filters: Option<Exact>,
    /// Days to learn from; all by default
    period: Option<String>,
    dataset: Option<String>,
}

/// Arguments of `forecast_accuracy`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccuracyArguments {
    /// Part of an operation's name
    operation: Option<String>,
    measure: Option<String>,
    #[schemars(extend("enum" = ["day", "week", "month", "quarter", "year"]))]
    grain: Option<String>,
    horizon: Option<String>,
    #[schemars(inner(range(min = 50, max = 99)))]
    levels: Option<Vec<u8>>,
    model: Option<String>,
    filters: Option<Exact>,
    /// Past days whose predictions are looked up, such as 2025-Q3
    period: Option<String>,
    dataset: Option<String>,
}

/// Arguments of `describe_data`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DescribeArguments {
    /// List the values of this dimension
    dimension: Option<String>,
    /// Only values whose name has this
    contains: Option<String>,
    #[serde(default = "describe_limit_default")]
    #[schemars(range(min = 1, max = 1000))]
    limit: u32,
    #[serde(default)]
    offset: u32,
    dataset: Option<String>,
}

const fn top_n_default() -> u32 {
    limits::TOP_N_DEFAULT
}

const fn describe_limit_default() -> u32 {
    limits::DESCRIBE_VALUES_DEFAULT
}

const fn yes() -> bool {
    true
}

/// The tools' names, in the order of the list.
pub(super) const NAMES: [&str; 4] = [
    "describe_data",
    "forecast_accuracy",
    "forecast_sales",
    "top_n_products",
];

/// Every tool as a client sees it.
pub(super) fn catalogue() -> Vec<Tool> {
    vec![
        tool(
            "describe_data",
            "Describe the data",
            "Says what the sales data hold: measures, dimensions, days covered, quality; or lists one dimension's values. \
             Use this when a name is unknown, or to see how fresh the data are. \
             Example: {\"dimension\": \"operation\"}",
            schema::input::<DescribeArguments>(),
            schema::describe_output(),
        ),
        tool(
            "forecast_accuracy",
            "Forecast accuracy",
            "Says how wrong forecasts are: by a backtest (WAPE, MASE, bias, coverage, skill), and by what earlier versions \
             predicted against what came. \
             Use this when asked how far to trust a forecast, or what was predicted. \
             Example: {\"period\": \"2025-Q3\"}",
            schema::input::<AccuracyArguments>(),
            schema::accuracy_output(),
        ),
        tool(
            "forecast_sales",
            "Forecast sales",
            "Forecasts a measure with prediction intervals, and says which model was used and how well it did on past data. \
             Use this when asked what will sell, and how sure that is. \
             Example: {\"operation\": \"Dallas\", \"horizon\": \"next_quarter\"}",
            schema::input::<ForecastArguments>(),
            schema::forecast_output(),
        ),
        tool(
            "top_n_products",
            "Top products",
            "Ranks products (or another dimension) by total units, revenue or another measure. \
             Use this when asked for best or worst sellers. \
             Example: {\"n\": 5, \"operation\": \"Dallas\"}",
            schema::input::<TopArguments>(),
            schema::top_output(),
        ),
    ]
}

fn tool(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    input: JsonObject,
    output: JsonObject,
) -> Tool {
    Tool::new(name, description, input)
        .with_title(title)
        .with_raw_output_schema(Arc::new(output))
        .with_annotations(
            ToolAnnotations::with_title(title)
                .read_only(true)
                .destructive(false)
                .idempotent(true)
                .open_world(false),
        )
}

/// Why a call asks no question.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is no such tool.
    Tool(String),
    /// The arguments have to change.
    Arguments(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Arguments(error)
    }
}

/// The question that a call asks.
pub(super) fn question(
    name: &str,
    given: JsonObject,
    default_dataset: &DatasetId,
) -> Result<Question, Refusal> {
    let (dataset, query) = match name {
        "top_n_products" => top(arguments::read(
            &schema::input::<TopArguments>(),
            &[("limit", "n")],
            given,
        )?)?,
        "forecast_sales" => forecast(arguments::read(
            &schema::input::<ForecastArguments>(),
            &[],
            given,
        )?)?,
        "forecast_accuracy" => accuracy(arguments::read(
            &schema::input::<AccuracyArguments>(),
            &[],
            given,
        )?)?,
        "describe_data" => describe(arguments::read(
            &schema::input::<DescribeArguments>(),
            &[],
            given,
        )?)?,
        _ => {
            let error = Error::not_found(format!(
                "there is no tool {:?}: the tools are {}",
                arguments::shortened(name),
                NAMES.join(", ")
            ))
            .with_suggestions(arguments::nearest(name, &NAMES));
            return Err(Refusal::Tool(error.to_string()));
        }
    };
    let dataset = match dataset {
        Some(name) => DatasetId::new(name).map_err(|e| e.context("dataset"))?,
        None => default_dataset.clone(),
    };
    Ok(Question {
        dataset,
        version: Version::Latest,
        query,
    })
}

fn top(given: TopArguments) -> Result<(Option<String>, Query)> {
    let query = TopQuery {
        n: given.n,
        order: named("order", given.order, Order::parse)?.unwrap_or_default(),
        measure: given_text(given.measure),
        by: given_text(given.by).unwrap_or_else(|| "product".to_owned()),
        filters: filters(given.operation, given.filters, given.period)?,
    };
    Ok((given.dataset, Query::Top(query)))
}

fn forecast(given: ForecastArguments) -> Result<(Option<String>, Query)> {
    let query = ForecastQuery {
        measure: given_text(given.measure),
        grain: named("grain", given.grain, Grain::parse)?.unwrap_or(Grain::Month),
        horizon: named("horizon", given.horizon, Horizon::parse)?.unwrap_or(Horizon::DEFAULT),
        levels: levels(given.levels.unwrap_or_default())?,
        include_history: given.include_history,
        start_date: named("start_date", given.start_date, Day::parse)?,
        model: named("model", given.model, ModelChoice::parse)?.unwrap_or_default(),
        by: given_text(given.by),
        planned: planned(given.planned.unwrap_or_default())?,
        filters: filters(given.operation, given.filters, given.period)?,
    };
    Ok((given.dataset, Query::Forecast(query)))
}

fn accuracy(given: AccuracyArguments) -> Result<(Option<String>, Query)> {
    let query = AccuracyQuery {
        measure: given_text(given.measure),
        grain: named("grain", given.grain, Grain::parse)?.unwrap_or(Grain::Month),
        horizon: named("horizon", given.horizon, Horizon::parse)?.unwrap_or(Horizon::DEFAULT),
        levels: levels(given.levels.unwrap_or_default())?,
        model: named("model", given.model, ModelChoice::parse)?.unwrap_or_default(),
        filters: filters(given.operation, given.filters, given.period)?,
    };
    Ok((given.dataset, Query::Accuracy(query)))
}

fn describe(given: DescribeArguments) -> Result<(Option<String>, Query)> {
    let query = DescribeQuery {
        dimension: given_text(given.dimension),
        contains: given_text(given.contains),
        limit: given.limit,
        offset: given.offset,
    };
    if query.contains.is_some() && query.dimension.is_none() {
        return Err(Error::invalid(
            "contains needs a dimension: say which one's values to search, such as operation or product",
        ));
    }
    Ok((given.dataset, Query::Describe(query)))
}

/// Text that says something: a blank one means "not given".
fn given_text(text: Option<String>) -> Option<String> {
    text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty())
}

/// An argument with a grammar of its own.
fn named<T>(
    name: &str,
    text: Option<String>,
    parse: impl Fn(&str) -> Result<T>,
) -> Result<Option<T>> {
    given_text(text)
        .map(|t| parse(&t).map_err(|e| e.context(name)))
        .transpose()
}

fn planned(given: Vec<String>) -> Result<Vec<Planned>> {
    let all: Result<Vec<Planned>> = given.iter().map(|text| Planned::parse(text)).collect();
    Planned::check_all(all?).map_err(|e| e.context("planned"))
}

fn levels(mut levels: Vec<u8>) -> Result<Vec<u8>> {
    levels.sort_unstable();
    levels.dedup();
    if levels.len() > limits::LEVELS_MAX {
        return Err(Error::invalid(format!(
            "levels has {} values: give at most {}",
            levels.len(),
            limits::LEVELS_MAX
        )));
    }
    if levels.is_empty() {
        return Ok(vec![80, 95]);
    }
    Ok(levels)
}

fn filters(
    operation: Option<String>,
    exact: Option<Exact>,
    period: Option<String>,
) -> Result<Filters> {
    let exact = exact.unwrap_or_default();
    if exact.len() > limits::FILTERS_MAX {
        return Err(Error::invalid(format!(
            "filters has {} dimensions: give at most {}",
            exact.len(),
            limits::FILTERS_MAX
        )));
    }
    for (dimension, names) in &exact {
        let dimension = arguments::shortened(dimension);
        if names.is_empty() {
            return Err(Error::invalid(format!(
                "filters.{dimension} is empty: name at least one value, or leave it out"
            )));
        }
        if names.len() > limits::FILTER_VALUES_MAX {
            return Err(Error::invalid(format!(
                "filters.{dimension} has {} names: give at most {}",
                names.len(),
                limits::FILTER_VALUES_MAX
            )));
        }
    }
    Ok(Filters {
        operation: given_text(operation),
        exact,
        period: named("period", period, Period::parse)?,
    })
}
