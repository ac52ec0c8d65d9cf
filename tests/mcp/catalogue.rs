//! The tools as clients see them: each is a committed file, small, and fits what is answered.

use std::path::PathBuf;

use crate::wire::{exchange, json, modern, nobody};
use nearcast_tests::fit::misfit;
use nearcast_tests::tokenizer::tokens;
use serde_json::{Value, json};

/// Tools that there are to be.
const TOOLS_MAX: usize = 13;
/// Tokens of all names, descriptions and inputs.
const INPUT_TOKENS_MAX: usize = 4_000;
/// Tokens of all outputs.
const OUTPUT_TOKENS_MAX: usize = 4_000;

fn tools() -> Vec<Value> {
    let reply = json(&exchange(&modern("tools/list", "", json!({})), nobody));
    reply["result"]["tools"].as_array().expect("a list").clone()
}

#[test]
fn each_tool_is_as_committed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("mcp/snapshots");
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut files: Vec<String> = Vec::new();
    for tool in tools() {
        let name = tool["name"].as_str().expect("a name");
        let file = format!("{name}.json");
        let path = folder.join(&file);
        let now = format!("{}\n", serde_json::to_string_pretty(&tool).expect("JSON"));
        if update {
            std::fs::write(&path, &now).expect("a writable folder");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            committed, now,
            "tests/mcp/snapshots/{file} is not what tools/list says: if that is meant, run the test with UPDATE_SNAPSHOTS=1 and commit the file"
        );
        files.push(file);
    }
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let file = entry.expect("readable").file_name();
        let file = file.to_string_lossy();
        assert!(
            files.contains(&file.to_string()),
            "no tool is called {file}: remove its snapshot"
        );
    }
}

#[test]
fn the_list_costs_few_tokens() {
    let tools = tools();
    assert!(tools.len() <= TOOLS_MAX, "{} tools", tools.len());
    for (keys, most) in [
        (
            &["name", "description", "inputSchema"][..],
            INPUT_TOKENS_MAX,
        ),
        (&["outputSchema"][..], OUTPUT_TOKENS_MAX),
    ] {
        let cost = |tool: &Value| -> usize {
            keys.iter().map(|key| tokens(&tool[*key].to_string())).sum()
        };
        let costs: Vec<(&str, usize)> = tools
            .iter()
            .map(|tool| (tool["name"].as_str().expect("a name"), cost(tool)))
            .collect();
        let sum: usize = costs.iter().map(|(_, cost)| cost).sum();
        assert!(sum < most, "{sum} tokens of {keys:?}: {costs:?}");
        // Those that are still to come have their share.
        assert!(
            sum * TOOLS_MAX < most * tools.len(),
            "{} tokens of {keys:?} a tool, and {} are for each of {TOOLS_MAX}: {costs:?}",
            sum / tools.len(),
            most / TOOLS_MAX
        );
    }
}

#[test]
fn every_tool_says_what_it_does_when_to_use_it_and_how() {
    for tool in tools() {
        let name = tool["name"].as_str().expect("a name");
        let description = tool["description"].as_str().expect("text");
        for part in ["Use this when ", "Example: {"] {
            assert!(description.contains(part), "{name}: {description}");
        }
        let hints = json!({
            "title": tool["title"], "readOnlyHint": true, "destructiveHint": false,
            "idempotentHint": true, "openWorldHint": false});
        assert_eq!(tool["annotations"], hints, "{name}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{name}");
        assert_eq!(tool["outputSchema"]["type"], "object", "{name}");
        let example = description.split("Example: ").nth(1).expect("an example");
        let example: Value = serde_json::from_str(example).expect("JSON");
        crate::wire::query(name, &example);
    }
}

fn receipt() -> Value {
    json!({
        "dataset": "demo", "title": "Demo", "version": "0123456789abcdef", "as_of": "2025-12-31",
        "measure": {"name": "units", "label": "Units", "unit": "units", "scale": 0},
        "period": {"from": "2024-01-01", "to": "2025-12-31"}, "complete": true,
        "resolved": [{"dimension": "operation", "asked": "dal", "matched": ["Dallas"], "how": "substring"}],
        "rows": 1, "rows_total": 1, "truncated": false, "notes": [],
        "links": {"json": "/v/demo/0123456789abcdef/top.json?e=1", "csv": "/v/demo/0123456789abcdef/top.csv?e=1"}})
}

/// Answers as they are presented.
fn answers() -> [(&'static str, Value); 6] {
    [
        (
            "search",
            json!({"results": [{"id": "product:p1", "title": "Chips", "url": "/v/demo/0123456789abcdef/fetch.json?id=x&e=1"}],
                "notes": ["not searched"]}),
        ),
        (
            "fetch",
            json!({"id": "doc:a#1", "title": "A", "text": "words", "url": "/v/demo/0123456789abcdef/fetch.json?id=x&e=1",
                "metadata": {"source": "document added by the dataset's owner"}}),
        ),
        (
            "top_n_products",
            json!({"answer": "top", "by": "product", "total": "9007199254740993",
                "rows": [{"rank": 1, "id": "p1", "name": "Chips", "value": 12.5}], "receipt": receipt()}),
        ),
        (
            "forecast_sales",
            json!({"answer": "forecast", "grain": "month", "history": [{"date": "2025-12-01", "value": 10}],
                "forecast": [{"date": "2026-01-01", "estimate": 11, "lower": 9, "upper": 13,
                    "bands": [{"level": 80, "lower": 9, "upper": 13}]}],
                "model": {"name": "mstl", "reason": "best in the backtest", "season_steps": 12, "skill": 0.2,
                    "backtest": {"origins": 6, "horizon_steps": 6,
                        "candidates": [{"model": "mstl", "wape": 0.1, "mase": 0.8}, {"model": "ets", "failed": "too short"}],
                        "coverage": [{"level": 80, "share": 0.83}]}},
                "partial": {"date": "2026-01-01", "value": 3}, "receipt": receipt()}),
        ),
        (
            "forecast_accuracy",
            json!({"answer": "accuracy", "grain": "month", "summary": "wrong by 5 %", "model": {"name": "ets"},
                "period": {"from": "2025-07-01", "to": "2025-09-30"},
                "record": {"steps": 1, "predicted": 10, "actual": "9007199254740993", "wape": 0.1, "bias": -0.1,
                    "rows": [{"date": "2025-07-01", "predicted": 10, "actual": 11, "made_at": "2025-06-30"}],
                    "by_step": [{"step": 1, "wape": 0.1}]},
                "backtest": {"mase": 0.8, "skill": 0.2, "wape": 0.1, "bias": 0.1, "by_step": [{"step": 1}],
                    "candidates": [{"model": "ets", "weight": 1}], "coverage": [{"level": 80, "share": 0.83}]},
                "receipt": receipt()}),
        ),
        (
            "describe_data",
            json!({"answer": "describe", "grain": "day", "days": {"from": "2024-01-01", "to": "2025-12-31"},
                "measures": [{"name": "units", "label": "Units", "unit": "units", "kind": "quantity"}],
                "dimensions": [{"name": "product", "label": "Product", "parent": "category", "count": 300},
                    {"name": "operation", "label": "Operation", "parent": null, "count": 12}],
                "values": {"dimension": "operation", "rows": [{"id": "1", "name": "Dallas"}]},
                "quality": {"rows_read": 10, "missing": [{"from": "2025-03-03", "to": "2025-03-09"}], "notes": []},
                "receipt": receipt()}),
        ),
    ]
}

#[test]
fn answers_fit_the_output_schemas() {
    let tools = tools();
    for (name, answer) in answers() {
        let tool = tools
            .iter()
            .find(|tool| tool["name"] == name)
            .expect("listed");
        assert_eq!(misfit(&tool["outputSchema"], &answer), None, "{name}");
        let fields: Vec<String> = answer
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        for field in fields {
            let mut broken = answer.clone();
            broken[field.as_str()] = json!(7.5);
            if field != "total" {
                assert!(
                    misfit(&tool["outputSchema"], &broken).is_some(),
                    "{name} {field}"
                );
            }
        }
    }
}
