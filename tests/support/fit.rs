//! Checks a value against a schema, as far as the tools' output schemas go.

use serde_json::Value;

/// The first place where the value does not fit; `None` if it fits.
#[must_use]
pub fn misfit(schema: &Value, value: &Value) -> Option<String> {
    if let Some(wanted) = schema.get("const")
        && wanted != value
    {
        return Some(format!("{value} instead of {wanted}"));
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_a(name, value)) {
        return Some(format!("{value} instead of {}", types.join(" or ")));
    }
    if let Some(names) = schema.get("required").and_then(Value::as_array) {
        let missing = names
            .iter()
            .find(|name| value.get(name.as_str().unwrap_or("")).is_none());
        if let Some(name) = missing {
            return Some(format!("{name} is missing"));
        }
    }
    if let (Some(properties), Some(fields)) = (
        schema.get("properties").and_then(Value::as_object),
        value.as_object(),
    ) {
        for (name, field) in fields {
            if let Some(found) = properties
                .get(name)
                .and_then(|schema| misfit(schema, field))
            {
                return Some(format!("{name}: {found}"));
            }
        }
    }
    let items = schema.get("items")?;
    let mut found = value.as_array()?.iter().enumerate();
    found.find_map(|(index, item)| Some(format!("{index}: {}", misfit(items, item)?)))
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
