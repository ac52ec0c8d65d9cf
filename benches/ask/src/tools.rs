//! The thirteen tools on the benchmark's order lines: question and presentation, text and structured, as MCP has them.

use nearcast::error::{Error, Result};
use nearcast::model::dataset::{DatasetId, Timestamp};
use nearcast::model::link;
use nearcast::model::query::{Detail, Question, Version};

/// When the tools are asked: 2025-07-01T12:00:00Z, the day after the last lines.
pub(crate) const NOW: Timestamp = Timestamp(1_751_371_200);

/// A call of a tool: its label, the name of its links and the arguments as links spell them. The labels of what contains a
/// forecast, whose goal is another, begin with one of [`FORECASTS`].
pub const TOOLS: [(&str, &str, &str); 19] = [
    ("top_n_products", "top", "operation=Operation%20001&n=10"),
    (
        "top_n_products, 1,000 rows",
        "top",
        "n=1000&period=2025-01..2025-06",
    ),
    ("describe_data", "describe", "dimension=operation"),
    (
        "compare_periods",
        "compare",
        "a=2025-Q2&b=year_before&by=operation",
    ),
    (
        "compare_periods, products, two baselines",
        "compare",
        "a=2025-06&b=previous,year_before&by=product&measure=revenue",
    ),
    (
        "sales_trend",
        "trend",
        "grain=week&period=last%2012%20weeks",
    ),
    (
        "sales_trend, three years of days, decomposed",
        "trend",
        "grain=day&decompose=true&rolling=7",
    ),
    (
        "sales_trend, months of five products",
        "trend",
        "grain=month&by=product&limit=5",
    ),
    (
        "explain_change",
        "explain",
        "a=2025-06&b=previous&measure=revenue",
    ),
    (
        "find_anomalies",
        "anomalies",
        "by=operation&period=last%203%20months",
    ),
    ("find_anomalies, three years of days", "anomalies", ""),
    ("segment_products", "segments", "measure=revenue"),
    ("search", "search", "query=article%200123"),
    ("fetch", "fetch", "id=operation:Operation%20001"),
    (
        "forecast_sales",
        "forecast",
        "operation=Operation%20001&horizon=3%20months",
    ),
    ("forecast_accuracy", "accuracy", "operation=Operation%20001"),
    (
        "scenario",
        "scenario",
        "horizon=3%20months&planned=promotion:2025-09:%2B20%25",
    ),
    ("track_target", "target", "period=2025-Q3&target=%2B5%25"),
    (
        "track_target, by operation",
        "target",
        "by=operation&period=2025-Q3&target=%2B5%25",
    ),
];

/// How the labels of calls begin that forecast.
pub const FORECASTS: [&str; 4] = [
    "forecast_sales",
    "forecast_accuracy",
    "scenario",
    "track_target",
];

/// The question of a call, by its place in [`TOOLS`].
pub(crate) fn question(dataset: DatasetId, at: usize) -> Result<Question> {
    let tool = TOOLS.get(at);
    let (_, answer, arguments) = tool.ok_or_else(|| Error::invalid("there is no such tool"))?;
    Ok(Question {
        dataset,
        version: Version::Latest,
        detail: Detail::default(),
        explain: false,
        query: link::parse(answer, arguments)?.query,
    })
}
