//! JSON Schemas of the tools: inputs derived from the argument types, outputs as `present` writes them.

use rmcp::model::JsonObject;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The schema of a tool's arguments, without what costs tokens and tells a model nothing.
pub(super) fn input<T: JsonSchema>() -> JsonObject {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.meta_schema = None;
        s.inline_subschemas = true;
    });
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    trim(&mut schema);
    let mut schema = object(schema);
    schema.remove("description");
    schema
}

/// Removes titles, number formats and the `null` of optional arguments, at every level.
fn trim(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    map.remove("title");
    map.remove("format");
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|t| t != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            map.insert("type".into(), one);
        }
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(trim);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(key) {
            trim(inner);
        }
    }
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(map) => map,
        _ => JsonObject::new(),
    }
}

/// An object schema: `required` properties, and others that may be missing.
fn record(required: &Value, optional: &Value) -> Value {
    let mut properties = required.as_object().cloned().unwrap_or_default();
    let names: Vec<String> = properties.keys().cloned().collect();
    properties.extend(optional.as_object().cloned().unwrap_or_default());
    json!({"type": "object", "properties": properties, "required": names})
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
    record(&json!({"from": text(), "to": text()}), &json!({}))
}

fn receipt() -> Value {
    let measure = record(
        &json!({"name": text(), "label": text(), "unit": text(), "scale": count()}),
        &json!({}),
    );
    let resolved = record(
        &json!({"dimension": text(), "asked": text(), "matched": list(&text()), "how": text()}),
        &json!({}),
    );
    record(
        &json!({
            "dataset": text(),
            "title": text(),
            "version": text(),
            "as_of": text(),
            "period": days(),
            "complete": flag(),
            "resolved": list(&resolved),
            "rows": count(),
            "rows_total": count(),
            "truncated": flag(),
            "notes": list(&text()),
            "links": record(&json!({"json": text(), "csv": text()}), &json!({"svg": text()})),
        }),
        &json!({"measure": measure, "next": text()}),
    )
}

fn answer(name: &str, required: &Value, optional: &Value) -> JsonObject {
    let mut fields = object(required.clone());
    fields.insert("answer".into(), json!({"const": name}));
    fields.insert("receipt".into(), receipt());
    object(record(&Value::Object(fields), optional))
}

/// What `top_n_products` answers.
pub(super) fn top_output() -> JsonObject {
    let row = record(
        &json!({"rank": count(), "id": text(), "name": text(), "value": number()}),
        &json!({}),
    );
    answer(
        "top",
        &json!({"by": text(), "rows": list(&row), "total": number()}),
        &json!({}),
    )
}

/// What `forecast_sales` answers.
pub(super) fn forecast_output() -> JsonObject {
    let point = record(&json!({"date": text(), "value": number()}), &json!({}));
    let band = record(
        &json!({"level": count(), "lower": number(), "upper": number()}),
        &json!({}),
    );
    let step = record(
        &json!({
            "date": text(),
            "estimate": number(),
            "lower": number(),
            "upper": number(),
            "bands": list(&band),
        }),
        &json!({}),
    );
    let score = json!({"type": "number"});
    let candidate = record(
        &json!({"model": text()}),
        &json!({"wape": score, "mase": score, "failed": text()}),
    );
    let coverage = record(&json!({"level": count(), "share": score}), &json!({}));
    let backtest = record(
        &json!({
            "origins": count(),
            "horizon_steps": count(),
            "candidates": list(&candidate),
            "coverage": list(&coverage),
        }),
        &json!({}),
    );
    let model = record(
        &json!({"name": text(), "reason": text(), "season_steps": count()}),
        &json!({"skill": score, "backtest": backtest}),
    );
    answer(
        "forecast",
        &json!({"grain": text(), "history": list(&point), "forecast": list(&step), "model": model}),
        &json!({"partial": point}),
    )
}

/// What `describe_data` answers.
pub(super) fn describe_output() -> JsonObject {
    let measure = record(
        &json!({"name": text(), "label": text(), "unit": text(), "kind": text()}),
        &json!({"synonyms": list(&text())}),
    );
    let dimension = record(
        &json!({"name": text(), "label": text(), "count": count()}),
        &json!({"parent": {"type": ["string", "null"]}}),
    );
    let row = record(
        &json!({"id": text(), "name": text()}),
        &json!({"parent": text()}),
    );
    let values = record(
        &json!({"dimension": text(), "rows": list(&row)}),
        &json!({}),
    );
    let quality = record(
        &json!({"missing": list(&days()), "notes": list(&text())}),
        &json!({}),
    );
    answer(
        "describe",
        &json!({
            "grain": text(),
            "days": days(),
            "measures": list(&measure),
            "dimensions": list(&dimension),
            "quality": quality,
        }),
        &json!({"values": values}),
    )
}
