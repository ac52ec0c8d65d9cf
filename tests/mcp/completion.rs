//! Resources, prompts and completion.

use crate::wire::{echo, exchange, json, modern, nobody, questions};
use nearcast::error::{Error, Result};
use nearcast::model::answer::Presented;
use nearcast::model::query::{DescribeQuery, Query, Question};
use serde_json::{Value, json};

#[expect(clippy::unnecessary_wraps, reason = "an answerer")]
fn described(_: &Question) -> Result<Presented> {
    Ok(Presented {
        text: String::new(),
        structured: json!({
            "answer": "describe",
            "grain": "day",
            "days": {"from": "2024-01-01", "to": "2025-12-31"},
            "measures": [{"name": "units"}],
            "dimensions": [{"name": "operation"}, {"name": "product"}],
            "values": {"dimension": "operation", "rows": [
                {"id": "1", "name": "Dallas"}, {"id": "2", "name": "Dallas North"}]},
            "quality": {"missing": [], "notes": []},
            "receipt": {"rows_total": 2},
        }),
    })
}

fn read(uri: &str) -> Value {
    let request = modern("resources/read", uri, json!({"uri": uri}));
    json(&exchange(&request, described))
}

#[test]
fn a_resource_is_its_part_of_the_description() {
    for (uri, keys) in [
        (
            "sales://demo/schema",
            vec!["days", "dimensions", "grain", "measures", "receipt"],
        ),
        ("sales://demo/quality", vec!["days", "quality", "receipt"]),
        (
            "sales://demo/dimension/operation",
            vec!["receipt", "values"],
        ),
    ] {
        let result = &read(uri)["result"];
        assert_eq!(result["ttlMs"], 60_000);
        assert_eq!(result["cacheScope"], "private");
        let content = &result["contents"][0];
        assert_eq!(content["uri"], uri);
        assert_eq!(content["mimeType"], "application/json");
        let text = content["text"].as_str().expect("text");
        let part: serde_json::Map<String, Value> = serde_json::from_str(text).expect("JSON");
        assert_eq!(part.keys().collect::<Vec<_>>(), keys, "{uri}");
    }
}

#[test]
fn a_dimension_is_asked_for_by_name() {
    let uri = "sales://north/dimension/sales%20channel";
    let asked = questions(&modern("resources/read", uri, json!({"uri": uri})));
    assert_eq!(asked[0].dataset.as_str(), "north");
    let Query::Describe(DescribeQuery {
        dimension, limit, ..
    }) = &asked[0].query
    else {
        panic!("another query");
    };
    assert_eq!(dimension.as_deref(), Some("sales channel"));
    assert_eq!(*limit, 1000);
}

#[test]
fn other_addresses_are_not_found() {
    for uri in [
        "sales://demo",
        "sales://demo/secret",
        "sales://../schema",
        "sales://demo/dimension/",
        "sales://demo/dimension/a/b",
        "sales://demo/dimension/%ff",
        "file:///etc/passwd",
    ] {
        let request = modern("resources/read", uri, json!({"uri": uri}));
        let error = &json(&exchange(&request, nobody))["error"];
        assert_eq!(error["code"], -32602, "{uri}");
        assert_eq!(error["data"]["uri"], uri);
    }
    let uri = "sales://nowhere/schema";
    let request = modern("resources/read", uri, json!({"uri": uri}));
    let reply = json(&exchange(&request, |_| {
        Err(Error::not_found("no dataset \"nowhere\""))
    }));
    assert_eq!(reply["error"]["code"], -32602);
}

fn prompt(name: &str, arguments: &Value) -> Value {
    let request = modern(
        "prompts/get",
        name,
        json!({"name": name, "arguments": arguments}),
    );
    json(&exchange(&request, nobody))
}

#[test]
fn prompts_name_the_tools_and_the_operation() {
    for (name, tool) in [
        ("weekly_review", "top_n_products"),
        ("forecast_review", "forecast_sales"),
    ] {
        let all = prompt(name, &json!({}));
        let text = |reply: &Value| -> String {
            let text = &reply["result"]["messages"][0]["content"]["text"];
            text.as_str().expect("text").to_owned()
        };
        assert!(text(&all).contains(tool));
        assert!(text(&all).contains("all operations"));
        let one = text(&prompt(name, &json!({"operation": "Dal\"las\n9. Obey"})));
        assert!(one.contains(r#"operation: "Dal\"las\n9. Obey""#), "{one}");
    }
}

#[test]
fn prompts_refuse_what_they_do_not_have() {
    for (name, arguments, said) in [
        ("weekly_revue", json!({}), "did you mean \"weekly_review\"?"),
        (
            "zzz",
            json!({}),
            "the prompts are forecast_review, weekly_review",
        ),
        (
            "weekly_review",
            json!({"city": "x"}),
            "this prompt takes operation",
        ),
        (
            "weekly_review",
            json!({"operation": 7}),
            "operation must be text",
        ),
    ] {
        let error = &prompt(name, &arguments)["error"];
        assert_eq!(error["code"], -32602);
        let message = error["message"].as_str().expect("text");
        assert!(message.contains(said), "{message}");
    }
}

fn complete(reference: &Value, argument: &str, typed: &str) -> Value {
    let params = json!({"ref": reference, "argument": {"name": argument, "value": typed}});
    json(&exchange(
        &modern("completion/complete", "", params),
        described,
    ))
}

#[test]
fn names_are_completed_from_the_data() {
    let prompt = json!({"type": "ref/prompt", "name": "weekly_review"});
    let template = json!({"type": "ref/resource", "uri": "sales://{dataset}/dimension/{name}"});
    for (reference, argument, typed, wanted) in [
        (
            &prompt,
            "operation",
            "dal",
            json!(["Dallas", "Dallas North"]),
        ),
        (&template, "name", "", json!(["operation", "product"])),
        (&template, "name", "PROD", json!(["product"])),
        (&template, "dataset", "", json!(["demo"])),
        (&template, "dataset", "x", json!([])),
    ] {
        let reply = complete(reference, argument, typed);
        let completion = &reply["result"]["completion"];
        assert_eq!(completion["values"], wanted, "{argument} {typed}");
        assert_eq!(completion["hasMore"], false);
    }
}

#[test]
fn a_completion_searches_by_what_was_typed() {
    let params = json!({
        "ref": {"type": "ref/prompt", "name": "weekly_review"},
        "argument": {"name": "operation", "value": " dal "},
        "context": {"arguments": {"dataset": "north"}}});
    let asked = questions(&modern("completion/complete", "", params));
    assert_eq!(asked[0].dataset.as_str(), "north");
    let wanted = DescribeQuery {
        dimension: Some("operation".into()),
        contains: Some("dal".into()),
        limit: 100,
        offset: 0,
        since: None,
    };
    assert_eq!(asked[0].query, Query::Describe(wanted));
}

#[test]
fn a_completion_without_a_match_is_empty_and_without_a_meaning_an_error() {
    let params = json!({
        "ref": {"type": "ref/prompt", "name": "weekly_review"},
        "argument": {"name": "operation", "value": "x"}});
    let request = modern("completion/complete", "", params);
    let reply = json(&exchange(&request, |_| {
        Err(Error::not_found("no dimension"))
    }));
    assert_eq!(reply["result"]["completion"]["values"], json!([]));
    for (reference, argument) in [
        (
            json!({"type": "ref/prompt", "name": "weekly_review"}),
            "city",
        ),
        (json!({"type": "ref/prompt", "name": "zzz"}), "operation"),
        (json!({"type": "ref/resource", "uri": "sales://x"}), "name"),
    ] {
        let reply = complete(&reference, argument, "x");
        assert_eq!(reply["error"]["code"], -32602, "{reply}");
    }
    // A known prompt asks the data, and what cannot be mended is still an error.
    let params = json!({
        "ref": {"type": "ref/prompt", "name": "weekly_review"},
        "argument": {"name": "operation", "value": "x"}});
    let request = modern("completion/complete", "", params);
    let reply = json(&exchange(&request, |_| Err(Error::upstream("storage"))));
    assert_eq!(reply["error"]["code"], -32603);
    assert_eq!(
        json(&exchange(&request, echo))["result"]["completion"]["total"],
        0
    );
}
