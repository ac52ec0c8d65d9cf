//! The SQL of an answer's explanation, run on the source rows: each value of its rows has to be the one that stands in the
//! answer, and what it was said to add up to has to be what it adds up to.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::expect::plain;
use crate::oracle::Columns;

/// Decimals that sums are compared with.
const DECIMALS: usize = 6;

/// The queries of an answer.
pub(crate) fn statements(answer: &Value) -> &[Value] {
    let listed = answer.pointer("/explain/sql").and_then(Value::as_array);
    listed.map_or(&[], Vec::as_slice)
}

/// What is wrong with the rows of a query, and how many values were compared.
pub(crate) fn check(answer: &Value, statement: &Value, said: &Columns) -> (usize, Vec<String>) {
    let (mut compared, mut wrong) = (0, Vec::new());
    if let Some(totals) = statement["totals"].as_object() {
        for (column, total) in totals {
            compared += 1;
            let sum = said.get(column).map(|values| added(values.iter()));
            let told = scaled(&text(total).unwrap_or_default());
            if sum.flatten() != told || told.is_none() {
                wrong.push(format!("{column} adds up to {sum:?}, not to {total}"));
            }
        }
    }
    if statement.get("fields").is_some() {
        match placed(answer, statement, said) {
            Ok((count, faults)) => {
                compared += count;
                wrong.extend(faults);
            }
            Err(why) => wrong.push(why),
        }
    }
    (compared, wrong)
}

/// The values of the rows against those of the answer.
fn placed(
    answer: &Value,
    statement: &Value,
    said: &Columns,
) -> Result<(usize, Vec<String>), String> {
    let keys: Vec<&str> = list(&statement["key"]).filter_map(Value::as_str).collect();
    let place = statement["rows"].as_str().ok_or("it has no rows")?;
    let at = answer
        .pointer(place)
        .ok_or(format!("{place} is not there"))?;
    let shown: Vec<&Value> = if place.is_empty() {
        vec![at]
    } else {
        at.as_array()
            .ok_or(format!("{place} is no list"))?
            .iter()
            .collect()
    };
    let fields = statement["fields"].as_object().ok_or("it has no fields")?;
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(column, pointer)| (column.as_str(), pointer.as_str().unwrap_or_default()))
        .collect();
    for column in keys.iter().chain(fields.iter().map(|(column, _)| column)) {
        if !said.contains_key(*column) {
            return Err(format!("the SQL has no column {column:?}"));
        }
    }
    let count = said.values().next().map_or(0, Vec::len);
    let mut rows: BTreeMap<Vec<Option<String>>, usize> = BTreeMap::new();
    let key_of = |row: usize| keys.iter().map(|key| said[*key][row].clone()).collect();
    rows.extend((0..count).map(|row| (key_of(row), row)));
    if rows.len() != count {
        return Err(format!("two rows of the SQL have the same {keys:?}"));
    }
    let (mut compared, mut wrong) = (0, Vec::new());
    for one in shown {
        let key: Vec<Option<String>> = keys.iter().map(|key| text(&one[*key])).collect();
        let row = rows.remove(&key);
        compared += usize::from(fields.is_empty() && row.is_some());
        if fields.is_empty() && row.is_none() {
            wrong.push(format!("{place} {key:?} is not in the rows"));
        }
        for (column, pointer) in &fields {
            let here = one.pointer(pointer).and_then(text);
            let there = row.and_then(|row| said[*column][row].clone());
            // What was not sold has no row, and is nothing or none.
            let is_same = match row {
                Some(_) => plain(&here) == plain(&there),
                None => here.as_deref().is_none_or(|value| scaled(value) == Some(0)),
            };
            compared += 1;
            if !is_same {
                wrong.push(format!(
                    "{place} {key:?} {pointer}: {here:?}, the SQL says {there:?}"
                ));
            }
        }
    }
    if let Some(rest) = statement["rest"].as_str() {
        let rest = answer.pointer(rest).ok_or(format!("{rest} is not there"))?;
        for (column, pointer) in &fields {
            let here = rest
                .pointer(pointer)
                .and_then(text)
                .and_then(|value| scaled(&value));
            let there = added(rows.values().map(|row| &said[*column][*row]));
            compared += 1;
            if here != there || here.is_none() {
                wrong.push(format!(
                    "the rest{pointer} is {here:?}, the SQL says {there:?}"
                ));
            }
        }
    } else if statement["more"] != true && !rows.is_empty() {
        wrong.push(format!("{} rows of the SQL are not in {place}", rows.len()));
    }
    Ok((compared, wrong))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn added<'a>(values: impl Iterator<Item = &'a Option<String>>) -> Option<i128> {
    values.flatten().map(|value| scaled(value)).sum()
}

/// A decimal as an integer of [`DECIMALS`].
fn scaled(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    if part.len() > DECIMALS {
        return None;
    }
    let value: i128 = format!("{whole}{part:0<DECIMALS$}").parse().ok()?;
    Some(if digits == text { value } else { -value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn columns(of: &[(&str, &[&str])]) -> Columns {
        of.iter()
            .map(|(name, values)| {
                let values = values.iter().map(|value| Some((*value).to_owned()));
                ((*name).to_owned(), values.collect())
            })
            .collect()
    }

    fn faults(answer: &Value, statement: &Value, said: &Columns) -> usize {
        check(answer, statement, said).1.len()
    }

    #[test]
    fn a_value_a_row_or_a_total_that_is_not_the_sqls_is_found() {
        let answer = json!({"rows": [{"id": "a", "value": 12.5}, {"id": "b", "value": 0}], "rest": {"value": 3}});
        let statement = json!({"rows": "/rows", "key": ["id"], "fields": {"value": "/value"}, "rest": "/rest",
            "totals": {"value": 15.5}});
        let right = columns(&[("id", &["a", "c", "d"]), ("value", &["12.50", "2", "1.00"])]);
        assert_eq!(check(&answer, &statement, &right), (4, vec![]));
        for (pointer, other) in [
            ("/rows/0/value", json!(12.51)),
            ("/rows/1/value", json!(1)),
            ("/rows/0/id", json!("x")),
            ("/rest/value", json!(4)),
        ] {
            let mut changed = answer.clone();
            *changed.pointer_mut(pointer).expect("there") = other;
            assert!(faults(&changed, &statement, &right) > 0, "{pointer}");
        }
        let wrong = columns(&[("id", &["a", "c"]), ("value", &["12.50", "2"])]);
        assert!(faults(&answer, &statement, &wrong) > 0);
        let twice = columns(&[("id", &["a", "a"]), ("value", &["12.50", "3"])]);
        assert!(faults(&answer, &statement, &twice) > 0);
        let unnamed = columns(&[("id", &["a"]), ("sum", &["15.5"])]);
        assert!(faults(&answer, &statement, &unnamed) > 0);
    }

    #[test]
    fn rows_that_the_answer_does_not_name_are_found_unless_it_says_that_there_are_some() {
        let answer = json!({"rows": [{"id": "a", "value": 1}]});
        let said = columns(&[("id", &["a", "b"]), ("value", &["1", "2"])]);
        let mut statement = json!({"rows": "/rows", "key": ["id"], "fields": {"value": "/value"}});
        assert_eq!(faults(&answer, &statement, &said), 1);
        statement["more"] = json!(true);
        assert_eq!(faults(&answer, &statement, &said), 0);
    }
}
