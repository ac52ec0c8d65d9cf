//! JSON Schemas of the tools: inputs from the questions' parameters, outputs as `present` writes them, from `outputs.json`.

use std::collections::BTreeMap;

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use crate::model::parameter::{self, Kind, Parameter};

/// Whether a tool takes one text that it needs, and by its schema nothing else.
pub(super) fn is_connector(parameters: &[Parameter]) -> bool {
    let mut all = parameters.iter();
    all.any(|p| matches!(p.kind, Kind::Needed { .. }))
}

/// The schema of a tool's arguments. What costs tokens and tells a model nothing is left out. Of a tool that needs an
/// argument, that one is all: `search` and `fetch` take one text each wherever clients look for them by their names.
pub(super) fn input(parameters: &[Parameter]) -> JsonObject {
    let is_needed = |p: &&Parameter| matches!(p.kind, Kind::Needed { .. });
    let needed = parameters.iter().filter(is_needed);
    let properties: JsonObject = needed
        .map(|parameter| (parameter.name.to_owned(), property(parameter)))
        .collect();
    if !properties.is_empty() {
        let names: Vec<&String> = properties.keys().collect();
        return object(
            json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false}),
        );
    }
    let dataset = Parameter {
        name: "dataset",
        kind: Kind::Text,
        about: "",
    };
    let properties: JsonObject = parameters
        .iter()
        .chain([&parameter::DETAIL, &parameter::EXPLAIN, &dataset])
        .map(|parameter| (parameter.name.to_owned(), property(parameter)))
        .collect();
    object(json!({"type": "object", "properties": properties, "additionalProperties": false}))
}

fn property(parameter: &Parameter) -> Value {
    let mut schema = object(match parameter.kind {
        Kind::Text => text(),
        Kind::Needed { chars_max } => json!({"type": "string", "maxLength": chars_max}),
        Kind::Texts => list(&text()),
        Kind::Choice(words) => json!({"type": "string", "enum": words}),
        Kind::Whole { min, max, default } => {
            let mut schema = json!({"type": "integer", "minimum": min});
            // What has no end begins at its least.
            if let (Some(schema), true) = (schema.as_object_mut(), max < u32::MAX) {
                schema.insert("default".into(), json!(default));
                schema.insert("maximum".into(), json!(max));
            }
            schema
        }
        Kind::Wholes { min, max } => {
            list(&json!({"type": "integer", "minimum": min, "maximum": max}))
        }
        Kind::Flag { default: false } => flag(),
        Kind::Flag { default } => json!({"type": "boolean", "default": default}),
        Kind::Names => json!({"type": "object", "additionalProperties": list(&text())}),
    });
    if !parameter.about.is_empty() {
        schema.insert("description".into(), json!(parameter.about));
    }
    Value::Object(schema)
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(map) => map,
        _ => JsonObject::new(),
    }
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

/// What every tool answers, shortly: a type by its name, a list as its item in brackets, an object as its fields; a name
/// with a question mark may be missing, and of objects within an answer any field may: thirteen tools' outputs are to fit
/// 4,000 tokens. It is data because code that builds as much is thirty times its size in the module.
const OUTPUTS: &str = include_str!("outputs.json");

/// Told in a sentence: declared field by field it would cost a third of what all outputs may, once for each tool.
const RECEIPT: &str = "dataset, title, version, as_of, age_days, measure, period, complete, resolved names, rows, rows_total, \
    truncated, next_offset, quality, notes (caveats first), links";

/// The schemas of what the tools answer, by the tool's name.
pub(super) fn outputs() -> BTreeMap<String, JsonObject> {
    // It is committed, and the snapshots of the tools show what it says.
    let outputs: BTreeMap<String, JsonObject> = serde_json::from_str(OUTPUTS).unwrap_or_default();
    let schema = |(name, fields)| (name, output(fields));
    outputs.into_iter().map(schema).collect()
}

/// The schema of an answer. Those of `search` and `fetch` are as connectors look for them, and have no receipt.
fn output(fields: JsonObject) -> JsonObject {
    let (mut properties, mut required) = (JsonObject::new(), Vec::new());
    for (name, field) in fields {
        let schema = match name.as_str() {
            "answer" => {
                properties.insert(
                    "receipt".into(),
                    json!({"type": "object", "description": RECEIPT}),
                );
                required.push("receipt".to_owned());
                // Told in a sentence of the instructions.
                properties.insert("explain".into(), json!({"type": "object"}));
                json!({"const": field})
            }
            _ => expand(&field),
        };
        if let Some(optional) = name.strip_suffix('?') {
            properties.insert(optional.to_owned(), schema);
        } else {
            properties.insert(name.clone(), schema);
            required.push(name);
        }
    }
    required.sort_unstable();
    object(json!({"type": "object", "properties": properties, "required": required}))
}

fn expand(short: &Value) -> Value {
    match short {
        Value::String(name) => match name.as_str() {
            "text" => text(),
            "flag" => flag(),
            "count" => json!({"type": "integer"}),
            "score" => json!({"type": "number"}),
            // A measure's value: a string where a double would lose digits.
            "number" => json!({"type": ["number", "string"]}),
            "value" => json!({"type": ["number", "string", "null"]}),
            "text_or_null" => json!({"type": ["string", "null"]}),
            other => json!({"type": other}),
        },
        Value::Array(items) => list(&items.first().map_or(Value::Null, expand)),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (name.clone(), expand(field)));
            json!({"type": "object", "properties": fields.collect::<JsonObject>()})
        }
        other => other.clone(),
    }
}
