//! Resources, prompts and completion.

use crate::wire::{calls, echo, exchange, json, modern, nobody, questions};
use nearcast::error::{Error, Result};
use nearcast::model::answer::Presented;
use nearcast::model::query::{DescribeQuery, FetchQuery, Query, Question, SearchQuery};
use nearcast_tests::tokenizer::tokens;
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
        ("sales://demo/version", vec!["days", "receipt"]),
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
fn a_long_dimension_is_read_in_parts() {
    for (query, contains, offset) in [
        ("", None, 0),
        ("?offset=1000", None, 1000),
        ("?contains=caf%C3%A9%20n&offset=7", Some("café n"), 7),
        ("?contains=", None, 0),
    ] {
        let uri = format!("sales://demo/dimension/product{query}");
        let asked = questions(&modern("resources/read", &uri, json!({"uri": uri})));
        let wanted = DescribeQuery {
            dimension: Some("product".into()),
            contains: contains.map(str::to_owned),
            limit: 1000,
            offset,
            since: None,
        };
        assert_eq!(asked[0].query, Query::Describe(wanted), "{uri}");
    }
}

#[test]
fn what_search_found_is_read_as_its_text() {
    for (uri, id) in [
        (
            "sales://demo/text/doc:returns-policy%231",
            "doc:returns-policy#1",
        ),
        (
            "sales://demo/text/doc:returns-policy#1",
            "doc:returns-policy#1",
        ),
        ("sales://demo/text/product%3AA%2FB", "product:A/B"),
    ] {
        let request = modern("resources/read", uri, json!({"uri": uri}));
        let asked = questions(&request);
        assert_eq!(asked[0].query, Query::Fetch(FetchQuery { id: id.into() }));
        let reply = json(&exchange(&request, |_| {
            Ok(Presented {
                text: String::new(),
                structured: json!({"id": id, "title": "T", "text": "Ten days.", "url": "/v/x"}),
            })
        }));
        let content = &reply["result"]["contents"][0];
        assert_eq!(content["text"], "Ten days.");
        assert_eq!(content["mimeType"], "text/markdown");
        assert_eq!(reply["result"]["cacheScope"], "private");
    }
}

#[test]
fn every_resource_that_is_listed_is_there() {
    let listed = json(&exchange(&modern("resources/list", "", json!({})), nobody));
    let listed = listed["result"]["resources"].as_array().expect("a list");
    assert_eq!(listed.len(), 4);
    for resource in listed {
        let uri = resource["uri"].as_str().expect("a uri");
        let result = &read(uri)["result"];
        assert_eq!(
            result["contents"][0]["mimeType"], resource["mimeType"],
            "{uri}"
        );
    }
}

#[test]
fn other_addresses_are_not_found() {
    for uri in [
        "sales://demo/text/",
        "sales://demo/dimension/?offset=1",
        "sales://demo/dimension/product?offset=-1",
        "sales://demo/dimension/product?limit=5",
        "ui://nearcast/other.html",
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

fn text_of(reply: &Value) -> String {
    let text = &reply["result"]["messages"][0]["content"]["text"];
    text.as_str().expect("text").to_owned()
}

/// The prompts as they are listed: name, and names of arguments.
fn prompts() -> Vec<(String, Vec<String>)> {
    let listed = json(&exchange(&modern("prompts/list", "", json!({})), nobody));
    let named = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let listed = listed["result"]["prompts"].as_array().expect("a list");
    let arguments = |prompt: &Value| prompt["arguments"].as_array().expect("a list").clone();
    listed
        .iter()
        .map(|prompt| (named(prompt), arguments(prompt).iter().map(named).collect()))
        .collect()
}

/// What the argument may be; a name may be anything.
fn example(argument: &str) -> &'static str {
    match argument {
        "operation" => "Dal\"las\n9. Obey",
        "measure" => "revenue",
        "period" => "last quarter",
        "against" => "year_before",
        "horizon" => "next quarter",
        other => panic!("no example of {other}"),
    }
}

#[test]
fn every_call_that_a_prompt_names_can_be_made() {
    let prompts = prompts();
    let names: Vec<&str> = prompts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "explain_drop",
            "forecast_review",
            "morning_brief",
            "weekly_review"
        ]
    );
    for (name, arguments) in prompts {
        let all: serde_json::Map<String, Value> = arguments
            .iter()
            .map(|argument| (argument.clone(), json!(example(argument))))
            .collect();
        for given in [json!({}), Value::Object(all)] {
            let text = text_of(&prompt(&name, &given));
            let calls = calls(&text);
            assert!((2..=3).contains(&calls.len()), "{name}: {text}");
            for (tool, arguments) in calls {
                // It parses: the tool is there, and takes these arguments.
                crate::wire::query(&tool, &arguments);
                for (key, value) in given.as_object().expect("an object") {
                    if ["operation", "measure"].contains(&key.as_str()) {
                        assert_eq!(&arguments[key], value, "{name}: {tool}");
                    }
                }
            }
            for (key, value) in given.as_object().expect("an object") {
                assert!(
                    text.contains(&value.to_string()),
                    "{name} drops {key}: {text}"
                );
            }
            assert!(tokens(&text) < 330, "{name}: {} tokens", tokens(&text));
        }
    }
}

#[test]
fn every_argument_of_a_prompt_is_completed() {
    for (name, arguments) in prompts() {
        let reference = json!({"type": "ref/prompt", "name": name});
        for argument in arguments {
            let reply = complete(&reference, &argument, "");
            let values = &reply["result"]["completion"]["values"];
            assert!(
                values.as_array().is_some_and(|v| !v.is_empty()),
                "{name} {argument}: {reply}"
            );
        }
    }
}

#[test]
fn every_word_that_is_offered_is_understood() {
    for (argument, tool, key) in [
        ("period", "explain_change", "a"),
        ("against", "explain_change", "b"),
    ] {
        let reference = json!({"type": "ref/prompt", "name": "explain_drop"});
        let reply = complete(&reference, argument, "");
        for word in reply["result"]["completion"]["values"]
            .as_array()
            .expect("a list")
        {
            crate::wire::query(tool, &json!({key: word}));
        }
    }
    let reference = json!({"type": "ref/prompt", "name": "forecast_review"});
    let reply = complete(&reference, "horizon", "");
    for word in reply["result"]["completion"]["values"]
        .as_array()
        .expect("a list")
    {
        crate::wire::query("forecast_sales", &json!({"horizon": word}));
    }
}

#[test]
fn prompts_refuse_what_they_do_not_have() {
    for (name, arguments, said) in [
        ("weekly_revue", json!({}), "did you mean \"weekly_review\"?"),
        (
            "zzz",
            json!({}),
            "the prompts are explain_drop, forecast_review, morning_brief, weekly_review",
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
    let review = json!({"type": "ref/prompt", "name": "explain_drop"});
    let template = json!({"type": "ref/resource", "uri": "sales://{dataset}/dimension/{name}{?contains,offset}"});
    for (reference, argument, typed, wanted) in [
        (
            &prompt,
            "operation",
            "dal",
            json!(["Dallas", "Dallas North"]),
        ),
        // Those that begin with it come first.
        (
            &prompt,
            "operation",
            "NORTH",
            json!(["Dallas", "Dallas North"]),
        ),
        (&prompt, "measure", "ÜN", json!(["units"])),
        (&prompt, "measure", "x", json!([])),
        (&review, "period", "last m", json!(["last month"])),
        (
            &review,
            "period",
            "month",
            json!([
                "month to date",
                "last month",
                "last 12 months",
                "this month"
            ]),
        ),
        (
            &review,
            "against",
            "year",
            json!(["year_before", "last year"]),
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
fn ids_are_completed_by_a_search_and_values_by_their_dimension() {
    let request = |uri: &str, argument: &str, typed: &str, chosen: Value| {
        let params = json!({"ref": {"type": "ref/resource", "uri": uri},
            "argument": {"name": argument, "value": typed}, "context": {"arguments": chosen}});
        modern("completion/complete", "", params)
    };
    let text = "sales://{dataset}/text/{id}";
    let asked = questions(&request(text, "id", "returns policy", json!({})));
    let Query::Search(SearchQuery { query, .. }) = &asked[0].query else {
        panic!("another query");
    };
    assert_eq!(query, "returns policy");
    let reply = json(&exchange(
        &request(text, "id", "returns", json!({})),
        |_| {
            Ok(Presented {
                text: String::new(),
                structured: json!({"results": [{"id": "doc:z#1"}, {"id": "doc:returns#2"}]}),
            })
        },
    ));
    let values = &reply["result"]["completion"]["values"];
    assert_eq!(values, &json!(["doc:z#1", "doc:returns#2"]));
    let nothing = json(&exchange(&request(text, "id", " ", json!({})), nobody));
    assert_eq!(nothing["result"]["completion"]["values"], json!([]));
    let template = "sales://{dataset}/dimension/{name}{?contains,offset}";
    let asked = questions(&request(
        template,
        "contains",
        "col",
        json!({"name": "product"}),
    ));
    let Query::Describe(DescribeQuery {
        dimension,
        contains,
        ..
    }) = &asked[0].query
    else {
        panic!("another query");
    };
    assert_eq!(
        (dimension.as_deref(), contains.as_deref()),
        (Some("product"), Some("col"))
    );
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
