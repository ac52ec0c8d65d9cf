//! JSON Schemas of the tools: inputs from the questions' parameters, outputs as `present` writes them.

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

/// An object with these fields, some of which may be missing. Only the answer itself says which are required: thirteen
/// tools' outputs are to fit 4,000 tokens.
fn shape(fields: &Value) -> Value {
    json!({"type": "object", "properties": fields})
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

/// A measure's value: a string where a double would lose digits.
fn number() -> Value {
    json!({"type": ["number", "string"]})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn count() -> Value {
    json!({"type": "integer"})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn days() -> Value {
    shape(&json!({"from": text(), "to": text()}))
}

/// Told in a sentence: declared field by field it would cost a third of what all outputs may, once for each tool.
fn receipt() -> Value {
    json!({"type": "object", "description": "dataset, title, version, as_of, age_days, measure, period, complete, resolved names, \
        rows, rows_total, truncated, next_offset, quality, notes (caveats first), links"})
}

/// An answer: fields that it always has, and others.
fn answer(name: &str, required: &Value, optional: &Value) -> JsonObject {
    let mut fields = object(required.clone());
    fields.insert("answer".into(), json!({"const": name}));
    fields.insert("receipt".into(), receipt());
    let names: Vec<String> = fields.keys().cloned().collect();
    // Told in a sentence of the instructions.
    fields.insert("explain".into(), json!({"type": "object"}));
    fields.extend(object(optional.clone()));
    object(json!({"type": "object", "properties": fields, "required": names}))
}

/// What `top_n_products` answers.
pub(super) fn top_output() -> JsonObject {
    let score = json!({"type": "number"});
    let row = shape(&json!({
        "rank": count(),
        "id": text(),
        "name": text(),
        "value": number(),
        "share": score,
        "cumulative_share": score,
        "group": text(),
        "rank_before": count(),
        "rank_change": count(),
        "value_before": number(),
        "new": flag(),
    }));
    answer(
        "top",
        &json!({"by": text(), "rows": list(&row), "total": number()}),
        &json!({"per": text(), "groups": {"type": "array"}, "against": {"type": "object"}}),
    )
}

/// What `forecast_sales` answers.
pub(super) fn forecast_output() -> JsonObject {
    let point = shape(&json!({"date": text(), "value": number()}));
    let band = shape(&json!({"level": count(), "lower": number(), "upper": number()}));
    let step = shape(&json!({
        "date": text(),
        "estimate": number(),
        "lower": number(),
        "upper": number(),
        "bands": list(&band),
    }));
    let score = json!({"type": "number"});
    let candidate =
        shape(&json!({"model": text(), "wape": score, "mase": score, "failed": text()}));
    let backtest = shape(&json!({
        "origins": count(),
        "horizon_steps": count(),
        "candidates": list(&candidate),
        "coverage": list(&shape(&json!({"level": count(), "share": score}))),
    }));
    let model = shape(&json!({
        "name": text(),
        "reason": text(),
        "season_steps": count(),
        "skill": score,
        "backtest": backtest,
    }));
    let effect = shape(&json!({
        "name": text(),
        "offset_days": count(),
        "share": score,
        "occurrences": count(),
        "steps": count(),
    }));
    let planned = shape(&json!({
        "name": text(),
        "period": text(),
        "effect": text(),
        "steps": count(),
        "from": text(),
    }));
    answer(
        "forecast",
        &json!({"grain": text(), "history": list(&point), "forecast": list(&step), "model": model}),
        &json!({"partial": point, "effects": list(&effect), "planned": list(&planned), "parts": {"type": "object"}}),
    )
}

/// What `forecast_accuracy` answers.
pub(super) fn accuracy_output() -> JsonObject {
    let score = json!({"type": "number"});
    let rows = json!({"type": "array"});
    let scores = |more: Value| {
        let mut fields = object(json!({"wape": score, "bias": score, "by_step": rows}));
        fields.extend(object(more));
        shape(&Value::Object(fields))
    };
    let backtest = scores(json!({
        "origins": count(),
        "horizon_steps": count(),
        "left_out": rows,
        "mase": score,
        "skill": score,
        "coverage": rows,
        "candidates": rows,
    }));
    let record = scores(json!({
        "none": text(),
        "series": count(),
        "steps": count(),
        "steps_asked": count(),
        "dropped": count(),
        "inside": rows,
        "predicted": number(),
        "actual": number(),
        "rows": rows,
    }));
    answer(
        "accuracy",
        &json!({"grain": text(), "summary": text(), "model": {"type": "object"}, "record": record}),
        &json!({"backtest": backtest, "period": {"type": "object"}}),
    )
}

/// What `describe_data` answers.
pub(super) fn describe_output() -> JsonObject {
    let measure = shape(&json!({
        "name": text(),
        "label": text(),
        "unit": text(),
        "kind": text(),
        "synonyms": list(&text()),
        "ratio": text(),
    }));
    let dimension = shape(&json!({
        "name": text(),
        "label": text(),
        "parent": {"type": ["string", "null"]},
        "count": count(),
    }));
    let row = shape(&json!({"id": text(), "name": text(), "parent": {"type": ["string", "null"]}}));
    answer(
        "describe",
        &json!({
            "grain": text(),
            "days": days(),
            "measures": list(&measure),
            "dimensions": list(&dimension),
            "quality": shape(&json!({"missing": list(&days()), "notes": list(&text())})),
        }),
        &json!({
            "values": shape(&json!({"dimension": text(), "rows": list(&row)})),
            "hierarchies": {"type": "array"},
            "targets": {"type": "array"},
            "since": {"type": "object"},
        }),
    )
}

/// What `search` answers, in the shape that connectors look for.
pub(super) fn search_output() -> JsonObject {
    let result = shape(&json!({"id": text(), "title": text(), "url": text()}));
    object(json!({
        "type": "object",
        "properties": {"results": list(&result), "notes": list(&text())},
        "required": ["results"],
    }))
}

/// What `fetch` answers, in the shape that connectors look for.
pub(super) fn fetch_output() -> JsonObject {
    object(json!({
        "type": "object",
        "properties": {"id": text(), "title": text(), "text": text(), "url": text(), "metadata": {"type": "object"}},
        "required": ["id", "title", "text", "url"],
    }))
}

/// What `compare_periods` answers.
pub(super) fn compare_output() -> JsonObject {
    let score = json!({"type": "number"});
    let value = json!({"type": ["number", "string", "null"]});
    let baseline = shape(&json!({
        "label": text(),
        "from": text(),
        "to": text(),
        "how": text(),
        "value": value,
        "change": number(),
        "change_share": score,
    }));
    let row = shape(&json!({"id": text(), "name": text(), "value": value, "b": {"type": "array"}}));
    answer(
        "compare",
        &json!({"a": baseline, "b": list(&baseline)}),
        &json!({"by": text(), "rows": list(&row), "rest": {"type": "object"}}),
    )
}

/// What `sales_trend` answers.
pub(super) fn trend_output() -> JsonObject {
    let score = json!({"type": "number"});
    let value = json!({"type": ["number", "string", "null"]});
    let step = shape(&json!({
        "date": text(),
        "value": value,
        "complete": flag(),
        "growth": score,
        "growth_year": score,
        "rolling": number(),
    }));
    let series = shape(&json!({
        "id": text(),
        "name": text(),
        "values": list(&number()),
        "total": number(),
    }));
    answer(
        "trend",
        &json!({"grain": text(), "steps": list(&step), "total": value}),
        &json!({
            "by": text(),
            "series": list(&series),
            "rest": {"type": "object"},
            "profile": {"type": "object"},
            "decomposition": {"type": "object"},
        }),
    )
}

/// What `explain_change` answers.
pub(super) fn explain_output() -> JsonObject {
    let score = json!({"type": "number"});
    let period = shape(&json!({"label": text(), "from": text(), "to": text(), "value": number()}));
    let row = shape(&json!({
        "id": text(),
        "name": text(),
        "value": number(),
        "before": number(),
        "change": number(),
        "share": score,
        "cause": flag(),
    }));
    let by = shape(&json!({
        "by": text(),
        "rows": list(&row),
        "rest": {"type": "object"},
        "gains": number(),
        "losses": number(),
        "surprise": score,
    }));
    let causes = shape(&json!({
        "by": text(),
        "names": list(&text()),
        "change": number(),
        "share": score,
        "enough": flag(),
    }));
    answer(
        "explain",
        &json!({"a": period, "b": period, "change": number(), "dimensions": list(&by)}),
        &json!({"causes": causes, "price_volume_mix": {"type": "object"}}),
    )
}

/// What `scenario` answers.
pub(super) fn scenario_output() -> JsonObject {
    let range = shape(&json!({"estimate": number(), "lower": number(), "upper": number()}));
    let step = shape(&json!({
        "date": text(),
        "base": range,
        "scenario": range,
        "difference": number(),
    }));
    answer(
        "scenario",
        &json!({
            "grain": text(),
            "steps": list(&step),
            "base": number(),
            "scenario": number(),
            "difference": number(),
            "planned": {"type": "array"},
            "model": {"type": "object"},
        }),
        &json!({"level": count(), "effects": {"type": "array"}}),
    )
}

/// What `track_target` answers.
pub(super) fn target_output() -> JsonObject {
    let score = json!({"type": "number"});
    answer(
        "target",
        &json!({}),
        &json!({
            "targets": {"type": "array"},
            "name": text(),
            "label": text(),
            "from": text(),
            "to": text(),
            "asked": text(),
            "grain": text(),
            "target": number(),
            "so_far": number(),
            "track": text(),
            "probability": score,
            "expected": number(),
            "lower": number(),
            "upper": number(),
            "gap": number(),
            "days_over": count(),
            "days_left": count(),
            "daily_so_far": number(),
            "daily_needed": number(),
            "daily_expected": number(),
            "before": {"type": "object"},
            "model": {"type": "object"},
            "by": text(),
            "rows": {"type": "array"},
        }),
    )
}

/// What `find_anomalies` answers.
pub(super) fn anomalies_output() -> JsonObject {
    let finding = shape(&json!({
        "kind": text(),
        "from": text(),
        "to": text(),
        "steps": count(),
        "actual": number(),
        "expected": number(),
        "lower": number(),
        "upper": number(),
        "score": {"type": "number"},
        "how": text(),
        "known": text(),
        "usual": flag(),
        "id": text(),
        "name": text(),
    }));
    answer(
        "anomalies",
        &json!({"grain": text(), "findings": list(&finding), "counts": {"type": "object"}, "usual": count(), "learnt_from": days()}),
        &json!({"by": text(), "values_looked_at": count()}),
    )
}

/// What `segment_products` answers.
pub(super) fn segments_output() -> JsonObject {
    let detail = json!({"type": "object"});
    answer(
        "segments",
        &json!({
            "by": text(),
            "months": days(),
            "values": count(),
            "total": number(),
            "cells": list(&detail),
            "demand": detail,
            "rows": list(&detail),
            "cuts": detail,
        }),
        &json!({"segment": text(), "lists": detail}),
    )
}
