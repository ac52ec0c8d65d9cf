//! Checks a call's arguments against the schema that the tool publishes, so that the two cannot drift apart, and says in
//! plain words what to change.
//!
//! Models are loose with types. What can only mean one thing is taken as that: `"5"` where a whole number belongs, `2025`
//! where text does, one value where a list does, `null` for "not given".

use rmcp::model::JsonObject;
use serde_json::{Map, Value};

use super::schema;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::Arguments;
use crate::model::names;
use crate::model::parameter::Parameter;

/// Reads the arguments of one call. `aliases` are (other name, name in the schema).
///
/// # Errors
/// `Invalid`, for one argument at a time, and it says what belongs there.
pub(super) fn read(
    parameters: &[Parameter],
    aliases: &[(&str, &str)],
    given: JsonObject,
) -> Result<Arguments> {
    let schema = schema::input(parameters);
    let empty = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let mut fitted = Map::new();
    for (given, value) in given {
        if value.is_null() {
            continue;
        }
        let name = aliases
            .iter()
            .find(|(alias, _)| *alias == given)
            .map_or(given.as_str(), |(_, name)| name);
        let Some(property) = properties.get(name) else {
            return Err(unknown(&given, properties));
        };
        let value = fit(name, property, value)?;
        if fitted.insert(name.to_owned(), value).is_some() {
            return Err(Error::invalid(format!(
                "{given} is another name of {name}: give only one of them"
            )));
        }
    }
    let mut arguments = Arguments::default();
    for (name, value) in &fitted {
        match value {
            Value::Object(map) => {
                for (dimension, names) in map {
                    let names = names.as_array().into_iter().flatten().map(plain);
                    arguments.give_names(dimension, names.collect());
                }
            }
            Value::Array(values) => {
                let values: Vec<String> = values.iter().map(plain).collect();
                give(&mut arguments, name, values.join(","));
            }
            value => give(&mut arguments, name, plain(value)),
        }
    }
    Ok(arguments)
}

/// A blank text means "not given".
fn give(arguments: &mut Arguments, name: &str, text: String) {
    if !text.trim().is_empty() {
        arguments.give(name, text);
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

fn unknown(given: &str, properties: &Map<String, Value>) -> Error {
    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
    Error::invalid(format!(
        "there is no argument {:?}: this tool takes {}",
        shortened(given),
        known.join(", ")
    ))
    .with_suggestions(names::nearest(given, known.into_iter()))
}

/// The value as the schema has it, where only its spelling differs.
fn fit(path: &str, schema: &Value, value: Value) -> Result<Value> {
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("");
    match (kind, value) {
        ("integer", value) => integer(path, schema, &value),
        ("boolean", Value::Bool(yes)) => Ok(Value::Bool(yes)),
        ("boolean", Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(mismatch(path, "true or false", &Value::String(text))),
        },
        ("boolean", value) => Err(mismatch(path, "true or false", &value)),
        ("string", Value::String(text)) => {
            let most = schema.get("maxLength").and_then(Value::as_u64);
            let most = most.map_or(limits::NAME_CHARS_MAX, |most| {
                usize::try_from(most).unwrap_or(usize::MAX)
            });
            if text.chars().count() > most {
                return Err(Error::invalid(format!(
                    "{path} must have at most {most} characters"
                )));
            }
            Ok(Value::String(text))
        }
        ("string", Value::Number(number)) => Ok(Value::String(number.to_string())),
        ("string", value) => Err(mismatch(path, "text", &value)),
        ("array", Value::Array(values)) => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            values
                .into_iter()
                .map(|v| fit(path, items, v))
                .collect::<Result<_>>()
                .map(Value::Array)
        }
        ("array", Value::Object(value)) => Err(mismatch(path, "a list", &Value::Object(value))),
        ("array", single) => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            Ok(Value::Array(vec![fit(path, items, single)?]))
        }
        ("object", Value::Object(map)) => {
            let inner = schema.get("additionalProperties").unwrap_or(&Value::Null);
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| {
                    let value = fit(&format!("{path}.{}", shortened(&key)), inner, value)?;
                    Ok((key, value))
                })
                .collect::<Result<_>>()
                .map(Value::Object)
        }
        ("object", value) => Err(mismatch(
            path,
            "an object such as {\"category\": [\"Snacks\"]}",
            &value,
        )),
        (_, value) => Ok(value),
    }
}

fn integer(path: &str, schema: &Value, value: &Value) -> Result<Value> {
    let bound = |name: &str| schema.get(name).and_then(Value::as_i64);
    let wanted = match (bound("minimum"), bound("maximum")) {
        (Some(low), Some(high)) => format!("a whole number from {low} to {high}"),
        (Some(low), None) => format!("a whole number of at least {low}"),
        _ => "a whole number".to_owned(),
    };
    let number = match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    match number {
        Some(n)
            if bound("minimum").is_none_or(|low| low <= n)
                && bound("maximum").is_none_or(|high| n <= high) =>
        {
            Ok(Value::from(n))
        }
        _ => Err(mismatch(path, &wanted, value)),
    }
}

/// 5.0 is 5; 5.5 and 1e300 are no whole numbers that any argument means.
fn whole(number: f64) -> Option<i64> {
    if number.abs() > 1e15 || (number - number.round()).abs() > 0.0 {
        return None;
    }
    format!("{number:.0}").parse().ok()
}

fn mismatch(path: &str, wanted: &str, value: &Value) -> Error {
    Error::invalid(format!(
        "{path} must be {wanted}, not {}",
        shortened(&value.to_string())
    ))
}

/// What a caller sent, short enough to be repeated to it.
pub(super) fn shortened(text: &str) -> String {
    if text.chars().count() <= limits::ECHO_CHARS_MAX {
        return text.to_owned();
    }
    let head: String = text.chars().take(limits::ECHO_CHARS_MAX).collect();
    format!("{head}...")
}
