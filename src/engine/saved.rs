//! Standing questions of a dataset: what is asked most, ready to be found and cited.

use crate::limits;
use crate::model::manifest::{Dimension, Manifest, MeasureKind};
use crate::model::query::{
    AccuracyQuery, DescribeQuery, Filters, ForecastQuery, Horizon, LEVELS_DEFAULT, ModelChoice,
    Order, Query, TopQuery,
};
use crate::model::{Grain, Period};

/// A question that stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Saved {
    /// Its name in ids.
    pub(super) name: String,
    /// What it answers, for people.
    pub(super) title: String,
    /// Other words by which it is looked for.
    pub(super) words: &'static str,
    /// The question.
    pub(super) query: Query,
}

/// The newest whole month of the data, and the months that end with it, at most twelve; none if no month is whole.
pub(super) fn whole_months(manifest: &Manifest) -> Option<(Period, Period)> {
    let days = manifest.days;
    let next = Grain::Month.floor(days.last.plus(1));
    // A month that ends with the data is whole; so is any but the first if the data end within it.
    let end = next.plus(-1);
    let floor = Grain::Month.floor(days.first);
    let start = if floor == days.first {
        floor
    } else {
        Grain::Month.step(floor, 1)
    };
    let month = Period::new(Grain::Month.floor(end), end).ok()?;
    if month.first < start {
        return None;
    }
    let first = Grain::Month.step(month.first, -11).max(start);
    Some((month, Period::new(first, end).ok()?))
}

/// The questions that stand for a dataset.
pub(super) fn saved(manifest: &Manifest) -> Vec<Saved> {
    let mut all = Vec::new();
    let periods = whole_months(manifest);
    let year = periods.map_or(manifest.days, |(_, year)| year);
    let default = &manifest.default_measure;
    let money = manifest
        .measures
        .iter()
        .find(|m| m.kind == MeasureKind::Money && m.name != *default);
    let label = |name: &str| {
        let found = manifest.measures.iter().find(|m| m.name == name);
        found.map_or_else(|| name.to_owned(), |m| m.label.to_lowercase())
    };
    let mut top = |dimension: &Dimension, suffix: &str, measure: Option<&str>, period: Period| {
        let measure = measure.unwrap_or(default);
        all.push(Saved {
            name: format!("top_{}{suffix}", dimension.name),
            title: format!(
                "Top of {} by {}, {period}",
                dimension.label.to_lowercase(),
                label(measure)
            ),
            words: "best sellers ranking most popular highest largest",
            query: Query::Top(TopQuery {
                n: limits::ROWS_SAVED,
                order: Order::Desc,
                measure: (measure != default).then(|| measure.to_owned()),
                by: dimension.name.clone(),
                filters: Filters {
                    period: Some(period),
                    ..Filters::default()
                },
            }),
        });
    };
    for dimension in &manifest.dimensions {
        top(dimension, "", None, year);
        if let Some(money) = money {
            top(
                dimension,
                &format!("_{}", money.name),
                Some(&money.name),
                year,
            );
        }
        if let Some((month, _)) = periods {
            top(dimension, "_last_month", None, month);
        }
    }
    all.extend(looking_ahead(&label(default), manifest));
    all
}

/// What is expected, how far that is to be trusted, and what there is.
fn looking_ahead(measure: &str, manifest: &Manifest) -> [Saved; 3] {
    let forecast = ForecastQuery {
        measure: None,
        grain: Grain::Month,
        horizon: Horizon::DEFAULT,
        levels: LEVELS_DEFAULT.to_vec(),
        include_history: true,
        start_date: None,
        model: ModelChoice::Auto,
        by: None,
        planned: Vec::new(),
        filters: Filters::default(),
    };
    let accuracy = AccuracyQuery {
        measure: None,
        grain: Grain::Month,
        horizon: Horizon::DEFAULT,
        levels: LEVELS_DEFAULT.to_vec(),
        model: ModelChoice::Auto,
        filters: Filters::default(),
    };
    let describe = DescribeQuery {
        dimension: None,
        contains: None,
        limit: limits::DESCRIBE_VALUES_DEFAULT,
        offset: 0,
    };
    [
        Saved {
            name: "forecast".into(),
            title: format!("Forecast of {measure} by month"),
            words: "next months future expected outlook prediction plan",
            query: Query::Forecast(forecast),
        },
        Saved {
            name: "accuracy".into(),
            title: format!("Accuracy of forecasts of {measure}"),
            words: "trust error wrong reliable quality backtest",
            query: Query::Accuracy(accuracy),
        },
        Saved {
            name: "data".into(),
            title: format!("What the data of {} hold", manifest.title),
            words: "dataset schema measures dimensions days quality freshness",
            query: Query::Describe(describe),
        },
    ]
}
