//! What tools take, and what they say about what they do not take.

use crate::wire::{exchange, json, modern, nobody, query, questions, refusal};
use nearcast::model::calendar::{Day, Grain, Period};
use nearcast::model::planned::Planned;
use nearcast::model::query::{
    DescribeQuery, Filters, ForecastQuery, Horizon, ModelChoice, Order, Query, TopQuery,
};
use serde_json::{Value, json};

fn top() -> TopQuery {
    TopQuery {
        n: 5,
        order: Order::Desc,
        measure: None,
        by: "product".into(),
        per: None,
        against: None,
        offset: 0,
        filters: Filters::default(),
    }
}

fn forecast() -> ForecastQuery {
    ForecastQuery {
        measure: None,
        grain: Grain::Month,
        horizon: Horizon::Steps(6, Grain::Month),
        levels: vec![80, 95],
        include_history: true,
        start_date: None,
        model: ModelChoice::Auto,
        by: None,
        planned: Vec::new(),
        filters: Filters::default(),
    }
}

#[test]
fn nothing_means_the_defaults() {
    assert_eq!(query("top_n_products", &json!({})), Query::Top(top()));
    assert_eq!(
        query("forecast_sales", &json!({})),
        Query::Forecast(forecast())
    );
    let describe = DescribeQuery {
        dimension: None,
        contains: None,
        limit: 20,
        offset: 0,
        since: None,
    };
    assert_eq!(
        query("describe_data", &json!({})),
        Query::Describe(describe)
    );
}

#[test]
fn every_argument_arrives() {
    let period = Period::parse("2025-Q3").expect("plain");
    let given = json!({
        "n": 10, "operation": "Dallas", "order": "asc", "measure": "revenue", "by": "category",
        "filters": {"channel": ["Online", "Kiosk"]}, "period": "2025-Q3"});
    let filters = Filters {
        operation: Some("Dallas".into()),
        exact: [("channel".to_owned(), vec!["Online".into(), "Kiosk".into()])].into(),
        period: Some(period.into()),
    };
    let wanted = TopQuery {
        n: 10,
        order: Order::Asc,
        measure: Some("revenue".into()),
        by: "category".into(),
        filters: filters.clone(),
        ..top()
    };
    assert_eq!(query("top_n_products", &given), Query::Top(wanted));

    let given = json!({
        "operation": "Dallas", "include_history": false, "start_date": "2025-04-01",
        "measure": "revenue", "grain": "week", "horizon": "next_quarter", "levels": [95, 50, 95],
        "model": "ets", "by": "category", "planned": ["promotion:2026-11:+20%", "average_price:2026-12:4.50"], "filters": {"channel": ["Online", "Kiosk"]}, "period": "2025-Q3"});
    let wanted = ForecastQuery {
        measure: Some("revenue".into()),
        grain: Grain::Week,
        horizon: Horizon::NextQuarter,
        levels: vec![50, 95],
        include_history: false,
        start_date: Some(Day::parse("2025-04-01").expect("plain")),
        model: ModelChoice::Ets,
        by: Some("category".into()),
        planned: Planned::parse_list("promotion:2026-11:+20%,average_price:2026-12:4.5")
            .expect("plain"),
        filters,
    };
    assert_eq!(query("forecast_sales", &given), Query::Forecast(wanted));

    let given = json!({"dimension": "operation", "contains": "dal", "limit": 3, "offset": 6});
    let wanted = DescribeQuery {
        dimension: Some("operation".into()),
        contains: Some("dal".into()),
        limit: 3,
        offset: 6,
        since: None,
    };
    assert_eq!(query("describe_data", &given), Query::Describe(wanted));
}

#[test]
fn the_dataset_is_named_or_the_default() {
    for (given, wanted) in [(json!({}), "demo"), (json!({"dataset": "north"}), "north")] {
        let asked = questions(&crate::wire::call("describe_data", &given));
        assert_eq!(asked[0].dataset.as_str(), wanted);
    }
}

#[test]
fn what_can_only_mean_one_thing_is_taken() {
    for given in [
        json!({"n": "7"}),
        json!({"n": 7.0}),
        json!({"limit": 7}),
        json!({"n": 7, "operation": null, "order": "", "by": " "}),
    ] {
        assert_eq!(
            query("top_n_products", &given),
            Query::Top(TopQuery { n: 7, ..top() }),
            "{given}"
        );
    }
    let one = json!({"filters": {"category": "Snacks"}, "period": 2025, "order": "DESC"});
    let Query::Top(query_of_one) = query("top_n_products", &one) else {
        panic!("another query");
    };
    assert_eq!(query_of_one.filters.exact["category"], ["Snacks"]);
    assert_eq!(query_of_one.filters.days(), Period::parse("2025").ok());
    let spelt =
        json!({"include_history": "false", "grain": "Months", "horizon": "90 days", "levels": 80});
    let wanted = ForecastQuery {
        include_history: false,
        horizon: Horizon::Steps(90, Grain::Day),
        levels: vec![80],
        ..forecast()
    };
    assert_eq!(query("forecast_sales", &spelt), Query::Forecast(wanted));
}

#[expect(clippy::too_many_lines, reason = "a table")]
#[test]
fn a_mistake_is_explained() {
    let long = "x".repeat(300);
    let many: Vec<String> = (0..51).map(|i| format!("p{i}")).collect();
    let wide: Value = (0..9)
        .map(|i| (format!("d{i}"), json!(["x"])))
        .collect::<serde_json::Map<_, _>>()
        .into();
    for (tool, given, said) in [
        (
            "top_n_products",
            json!({"n": 0}),
            "n must be a whole number from 1 to 1000, not 0",
        ),
        (
            "top_n_products",
            json!({"n": 1001}),
            "n must be a whole number from 1 to 1000, not 1001",
        ),
        (
            "top_n_products",
            json!({"n": 2.5}),
            "n must be a whole number from 1 to 1000, not 2.5",
        ),
        (
            "top_n_products",
            json!({"n": "five"}),
            "n must be a whole number from 1 to 1000, not \"five\"",
        ),
        (
            "top_n_products",
            json!({"n": [5]}),
            "n must be a whole number from 1 to 1000, not [5]",
        ),
        (
            "top_n_products",
            json!({"n": 1e300}),
            "n must be a whole number from 1 to 1000",
        ),
        (
            "top_n_products",
            json!({"n": 5, "limit": 6}),
            "give only one of them",
        ),
        (
            "top_n_products",
            json!({"opration": "x"}),
            "did you mean \"operation\"",
        ),
        (
            "top_n_products",
            json!({"zzz": 1}),
            "this tool takes against, by, dataset, detail, explain, filters",
        ),
        (
            "top_n_products",
            json!({"operation": ["Dallas"]}),
            "operation must be text, not [\"Dallas\"]",
        ),
        (
            "top_n_products",
            json!({"operation": long}),
            "operation must have at most 200 characters",
        ),
        (
            "top_n_products",
            json!({"order": "up"}),
            "order: \"up\" is not an order: use desc",
        ),
        (
            "top_n_products",
            json!({"filters": "Snacks"}),
            "filters must be an object such as",
        ),
        (
            "top_n_products",
            json!({"filters": {"category": []}}),
            "filters.category is empty",
        ),
        (
            "top_n_products",
            json!({"filters": {"category": [{}]}}),
            "filters.category must be text, not {}",
        ),
        (
            "top_n_products",
            json!({"filters": {"product": many}}),
            "filters.product has 51 names: give at most 50",
        ),
        (
            "top_n_products",
            json!({"filters": wide}),
            "filters has 9 dimensions: give at most 8",
        ),
        (
            "top_n_products",
            json!({"period": "2025-13"}),
            "period: \"2025-13\" is not a period",
        ),
        (
            "top_n_products",
            json!({"dataset": "../secret"}),
            "dataset: a dataset's name is",
        ),
        (
            "forecast_sales",
            json!({"include_history": "maybe"}),
            "include_history must be true or false, not \"maybe\"",
        ),
        (
            "forecast_sales",
            json!({"start_date": "April"}),
            "start_date: \"April\" is not a date: write YYYY-MM-DD",
        ),
        (
            "forecast_sales",
            json!({"grain": "hour"}),
            "grain: \"hour\" is not a grain",
        ),
        (
            "forecast_sales",
            json!({"horizon": "soon"}),
            "horizon: \"soon\" is not a horizon",
        ),
        (
            "forecast_sales",
            json!({"horizon": "9999 days"}),
            "a horizon has 1 to 2000 steps",
        ),
        (
            "forecast_sales",
            json!({"levels": [0]}),
            "levels must be a whole number from 50 to 99, not 0",
        ),
        (
            "forecast_sales",
            json!({"levels": [50, 60, 70, 80, 90, 95]}),
            "levels has 6 values: give at most 5",
        ),
        (
            "forecast_sales",
            json!({"levels": {}}),
            "levels must be a list, not {}",
        ),
        (
            "forecast_sales",
            json!({"model": "oracle"}),
            "model: \"oracle\" is not a model: use one of auto",
        ),
        (
            "describe_data",
            json!({"contains": "dal"}),
            "contains needs a dimension",
        ),
        (
            "describe_data",
            json!({"offset": -1}),
            "offset must be a whole number of at least 0, not -1",
        ),
    ] {
        let text = refusal(tool, &given);
        assert!(text.contains(said), "{tool} {given}: {text}");
        assert!(!text.contains("invalid type"), "raw serde text: {text}");
    }
}

#[test]
fn a_mistake_is_repeated_only_in_part() {
    let text = refusal("top_n_products", &json!({"n": "9".repeat(5_000)}));
    assert!(text.len() < 200, "{text}");
    let text = refusal("top_n_products", &json!({ "k".repeat(5_000): 1 }));
    assert!(text.len() < 300, "{text}");
}

#[test]
fn an_unknown_tool_is_a_protocol_error_with_the_nearest_names() {
    let request = modern(
        "tools/call",
        "top_products",
        json!({"name": "top_products"}),
    );
    let error = &json(&exchange(&request, nobody))["error"];
    assert_eq!(error["code"], -32602);
    let message = error["message"].as_str().expect("text");
    assert!(
        message.contains("did you mean \"top_n_products\""),
        "{message}"
    );
}
