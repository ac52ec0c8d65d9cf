//! Values of an answer by pointer, and whether they are what the rows say.

use serde_json::Value;

/// The texts of the values at a pointer, and whether it names a list. `*` stands for each element of a list, `name=text` for
/// the one whose field is that, and `#` for how many there are: `/dimensions/by=operation/rows/*/change`, `/rows/#`.
///
/// # Errors
/// Where the pointer leaves the answer.
pub(crate) fn found(answer: &Value, pointer: &str) -> Result<(Vec<Option<String>>, bool), String> {
    if let Some(list) = pointer.strip_suffix("/#") {
        let list = answer.pointer(list).and_then(Value::as_array);
        let count = list
            .ok_or_else(|| format!("{pointer}: there is no list"))?
            .len();
        return Ok((vec![Some(count.to_string())], false));
    }
    let path = pointer
        .strip_prefix('/')
        .ok_or_else(|| format!("{pointer:?} does not begin with a slash"))?;
    let mut at: Vec<Option<&Value>> = vec![Some(answer)];
    let mut is_list = false;
    let segments: Vec<&str> = path.split('/').collect();
    for (depth, segment) in segments.iter().enumerate() {
        let is_last = depth + 1 == segments.len();
        let mut next = Vec::new();
        for value in at.into_iter().flatten() {
            if *segment == "*" {
                is_list = true;
                let list = value
                    .as_array()
                    .ok_or_else(|| format!("{pointer}: there is no list at *, but {value}"))?;
                next.extend(list.iter().map(Some));
                continue;
            }
            let field = step(value, segment);
            // A field that may be missing counts as null; a place on the way to it does not.
            if field.is_none() && !is_last {
                return Err(format!("{pointer}: there is no {segment}"));
            }
            next.push(field);
        }
        at = next;
    }
    Ok((at.into_iter().map(text).collect(), is_list))
}

fn step<'a>(value: &'a Value, segment: &str) -> Option<&'a Value> {
    if let Some((name, wanted)) = segment.split_once('=') {
        let named = |one: &&Value| one.get(name).and_then(Value::as_str) == Some(wanted);
        return value.as_array()?.iter().find(named);
    }
    match value {
        Value::Array(list) => list.get(segment.parse::<usize>().ok()?),
        _ => value.get(segment),
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Why the values are not those of the column; `None` if they are.
pub(crate) fn difference(
    answer: &Value,
    pointer: &str,
    column: &[Option<String>],
) -> Option<String> {
    let (shown, is_list) = match found(answer, pointer) {
        Ok(found) => found,
        Err(why) => return Some(why),
    };
    if column.iter().all(Option::is_none) {
        return Some(format!("{pointer}: the oracle says nothing but null"));
    }
    if !is_list && column.len() != 1 {
        return Some(format!(
            "{pointer}: the oracle has {} rows for one value",
            column.len()
        ));
    }
    if shown.len() != column.len() {
        return Some(format!(
            "{pointer}: {} values, the oracle has {}",
            shown.len(),
            column.len()
        ));
    }
    let mut pairs = shown.iter().zip(column).enumerate();
    let (at, (shown, wanted)) = pairs.find(|(_, (shown, wanted))| plain(shown) != plain(wanted))?;
    Some(format!(
        "{pointer} [{at}]: {} instead of {}",
        shown.as_deref().unwrap_or("null"),
        wanted.as_deref().unwrap_or("null")
    ))
}

/// A number in its one spelling, so that 12.50 and 12.5 are the same and 12.5000001 is not; other text as it is.
pub(crate) fn plain(text: &Option<String>) -> Option<String> {
    let text = text.as_deref()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.matches('.').count() == 1;
    if !is_number {
        return Some(if text == "-0" { "0" } else { text }.to_owned());
    }
    let short = text.trim_end_matches('0').trim_end_matches('.');
    Some(
        match short {
            "-0" | "-" | "" => "0",
            other => other,
        }
        .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pointers_reach_lists_and_named_elements() {
        let answer =
            json!({"total": 12.5, "by": [{"by": "a", "rows": [{"v": 1}, {"v": null}, {}]}]});
        let text = |t: &str| Some(t.to_owned());
        assert_eq!(found(&answer, "/total"), Ok((vec![text("12.5")], false)));
        assert_eq!(
            found(&answer, "/by/by=a/rows/*/v"),
            Ok((vec![text("1"), None, None], true))
        );
        assert!(found(&answer, "/by/by=b/rows/*/v").is_err());
        assert!(found(&answer, "/totals/x").is_err());
    }

    #[test]
    fn what_differs_is_named() {
        let answer = json!({"rows": [{"v": 12.5}, {"v": "9007199254740993.10"}, {"v": null}]});
        let column = |values: [&str; 2]| {
            let mut column: Vec<_> = values.iter().map(|v| Some((*v).to_owned())).collect();
            column.push(None);
            column
        };
        let same = |values| difference(&answer, "/rows/*/v", &column(values));
        assert_eq!(same(["12.50", "9007199254740993.1"]), None);
        for wrong in [
            ["12.51", "9007199254740993.10"],
            ["12.50", "9007199254740993.11"],
            ["125", "9007199254740993.10"],
        ] {
            assert!(same(wrong).is_some(), "{wrong:?}");
        }
        assert!(difference(&answer, "/rows/*/v", &[]).is_some());
        assert!(difference(&answer, "/rows/*/w", &vec![None; 3]).is_some());
        assert!(difference(&answer, "/rows/0/v", &column(["12.5", "1"])).is_some());
    }
}
