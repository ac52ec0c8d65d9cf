//! The tools: what each is called, what it takes, and which question a call of it asks.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};

use super::{app, arguments, icons, schema};
use crate::error::{Error, Result};
use crate::model::dataset::DatasetId;
use crate::model::query::{Detail, Query, QueryKind, Question, Version};
use crate::model::{names, parameter};

/// What a tool is for: its name, its title, and what a model has to know to choose it.
struct About {
    tool: &'static str,
    title: &'static str,
    description: &'static str,
}

/// Every tool, in the order of the list.
const TOOLS: [About; 13] = [
    About {
        tool: "compare_periods",
        title: "Compare periods",
        description: "Compares a period with others (the one before, the year before, any), in all or by a dimension; unfinished \
            periods are compared with the same part. \
            Use this when asked how a period did, year over year, against last month. \
            Example: {\"a\": \"2026-Q3\", \"b\": [\"year_before\"], \"by\": \"operation\"}",
    },
    About {
        tool: "describe_data",
        title: "Describe the data",
        description: "Says what the sales data hold: measures, dimensions, targets, days, quality; lists one dimension's values; or what changed. \
            Use this when a name is unknown, or to see how fresh the data are. \
            Example: {\"dimension\": \"operation\"}",
    },
    About {
        tool: "explain_change",
        title: "Explain a change",
        description: "Says why a sum rose or fell between two periods: contributions by every dimension that add up exactly, the few \
            values that explain most of it, and volume, mix and price. \
            Use this when asked why. \
            Example: {\"a\": \"2026-09\", \"b\": \"previous\", \"measure\": \"revenue\"}",
    },
    About {
        tool: "fetch",
        title: "Fetch a search result",
        description: "Returns the text of one search result: a passage of the owner's documents, the figures of a product or place, \
            a measure's definition, or the answer to a standing question. \
            Use this when search found an id. \
            Example: {\"id\": \"operation:Dallas\"}",
    },
    About {
        tool: "find_anomalies",
        title: "Find anomalies",
        description: "Finds odd days (or weeks, months), lasting shifts of level and suspected stock-outs, each with its expected \
            range; names holidays. \
            Use this when asked what was unusual, or whether something broke. \
            Example: {\"period\": \"last 3 months\", \"by\": \"operation\"}",
    },
    About {
        tool: "forecast_accuracy",
        title: "Forecast accuracy",
        description: "Says how wrong forecasts are: by a backtest (WAPE, MASE, bias, coverage, skill), and by what earlier versions \
            predicted against what came. \
            Use this when asked how far to trust a forecast, or what was predicted. \
            Example: {\"period\": \"2025-Q3\"}",
    },
    About {
        tool: "forecast_sales",
        title: "Forecast sales",
        description: "Forecasts a measure with prediction intervals, and says which model was used and how well it did on past data. \
            Use this when asked what will sell, and how sure that is. \
            Example: {\"operation\": \"Dallas\", \"horizon\": \"next_quarter\"}",
    },
    About {
        tool: "sales_trend",
        title: "Sales trend",
        description: "Shows a measure over time with growth, rolling mean, weekday or month profile, and trend and season. \
            Use this when asked how sales develop, or which days or months are strong. \
            Example: {\"grain\": \"week\", \"period\": \"last 12 weeks\"}",
    },
    About {
        tool: "scenario",
        title: "What if",
        description: "Forecasts with plans beside the forecast without: a planned price, whose effect is learnt, or a change that is \
            assumed (promotion, outage). \
            Use this when asked what if. \
            Example: {\"planned\": [\"promotion:2026-11:+20%\"], \"horizon\": \"3 months\"}",
    },
    About {
        tool: "search",
        title: "Search",
        description: "Finds products, places, measures, standing questions and passages of the owner's documents by words; typing \
            errors are forgiven. \
            Use this when a name is unknown, or asked about policies, plans and other written things. \
            Example: {\"query\": \"returns policy\"}",
    },
    About {
        tool: "segment_products",
        title: "Segment products",
        description: "Puts products (or another dimension) into classes: ABC by share, XYZ by steadiness, demand pattern, new, \
            dormant, rising, falling. \
            Use this when asked about the portfolio, what to drop or what to stock. \
            Example: {\"segment\": \"dormant\", \"measure\": \"revenue\"}",
    },
    About {
        tool: "top_n_products",
        title: "Top products",
        description: "Ranks products (or another dimension) by a measure, in all or per value of another, and how ranks moved. \
            Use this when asked for best or worst sellers. \
            Example: {\"n\": 5, \"operation\": \"Dallas\"}",
    },
    About {
        tool: "track_target",
        title: "Track a target",
        description: "Says how likely a target is reached by the end of a period: sold so far, expected end with range, what each \
            day left has to bring; by a dimension, who will miss. \
            Use this when asked about targets, run rates or whether we will make it. \
            Example: {\"target\": \"+5%\", \"period\": \"2026-Q4\", \"by\": \"operation\"}",
    },
];

/// Other names that models give to arguments: the tool, theirs, ours.
const ALIASES: [(&str, &str, &str); 1] = [("top_n_products", "limit", "n")];

fn kind(tool: &str) -> Option<&'static QueryKind> {
    Query::KINDS.iter().find(|kind| kind.tool == tool)
}

/// Name and description of every tool, for whoever lists them elsewhere: what it does, when to use it, and an example of
/// its arguments as JSON at the end.
pub fn descriptions() -> impl Iterator<Item = (&'static str, &'static str)> {
    TOOLS.iter().map(|about| (about.tool, about.description))
}

/// Every tool as a client sees it.
pub(super) fn catalogue() -> Vec<Tool> {
    let mut outputs = schema::outputs();
    let tools = TOOLS.iter().filter_map(|about| {
        let kind = kind(about.tool)?;
        let output = outputs.remove(about.tool)?;
        let tool = Tool::new(
            about.tool,
            about.description,
            schema::input(kind.parameters),
        );
        Some(
            tool.with_title(about.title)
                .with_raw_output_schema(Arc::new(output))
                .with_icons(icons::tool(about.tool))
                .with_meta(app::of_tool())
                .with_annotations(
                    ToolAnnotations::with_title(about.title)
                        .read_only(true)
                        .destructive(false)
                        .idempotent(true)
                        .open_world(false),
                ),
        )
    });
    tools.collect()
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
    mut given: JsonObject,
    default_dataset: &DatasetId,
) -> Result<Question, Refusal> {
    let Some(kind) = kind(name) else {
        let known: Vec<&str> = TOOLS.iter().map(|about| about.tool).collect();
        let error = Error::not_found(format!(
            "there is no tool {:?}: the tools are {}",
            arguments::shortened(name),
            known.join(", ")
        ))
        .with_suggestions(names::nearest(name, known.into_iter()));
        return Err(Refusal::Tool(error.to_string()));
    };
    let aliases = ALIASES.iter().filter(|(tool, ..)| *tool == name);
    let aliases: Vec<(&str, &str)> = aliases.map(|(_, alias, name)| (*alias, *name)).collect();
    // Connectors take one text and nothing else, by their schema; who asks them to explain may.
    let explain = given
        .get(parameter::EXPLAIN.name)
        .filter(|_| schema::is_connector(kind.parameters))
        .cloned();
    if explain.is_some() {
        given.remove(parameter::EXPLAIN.name);
    }
    let mut given = arguments::read(kind.parameters, &aliases, given)?;
    if let Some(explain) = explain {
        given.give(
            parameter::EXPLAIN.name,
            explain.to_string().replace('"', ""),
        );
    }
    let dataset = match given.take("dataset") {
        Some(name) => DatasetId::new(name).map_err(|e| e.context("dataset"))?,
        None => default_dataset.clone(),
    };
    let detail = given.parsed(parameter::DETAIL.name, Detail::parse)?;
    let explain = given.flag(parameter::EXPLAIN.name, false)?;
    Ok(Question {
        explain,
        dataset,
        version: Version::Latest,
        query: kind.read(given)?,
        detail: detail.unwrap_or_default(),
    })
}
