//! What holds for every answer, whatever was asked.

use nearcast_tests::fit::misfit;
use serde_json::{Map, Value};

use crate::data::ORIGIN;

/// Rows of a table that a text answer shows at least; the others are behind its links.
const TEXT_ROWS: usize = 15;

/// What is wrong with an answer.
pub(crate) fn broken(
    schema: &Value,
    dataset: &str,
    answer: &Value,
    text: &str,
    csv: &str,
) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(why) = misfit(schema, answer) {
        wrong.push(format!("does not fit the output schema: {why}"));
    }
    wrong.extend(receipt(dataset, &answer["receipt"], text));
    let checked = match answer["answer"].as_str() {
        Some("top") => top(answer),
        Some("compare") => compare(answer),
        Some("trend") => trend(answer),
        Some("explain") => explain(answer),
        Some("forecast") => forecast(answer),
        Some("scenario") => scenario(answer),
        Some("target") => target(answer),
        _ => Ok(()),
    };
    wrong.extend(checked.err());
    wrong.extend(untold(answer, text));
    if text.contains("<script") {
        wrong.push("the text has markup of the data in it".into());
    }
    wrong.extend(formulas(csv));
    wrong
}

type Checked = Result<(), String>;

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(why()) }
}

fn receipt(dataset: &str, receipt: &Value, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if receipt["dataset"] != dataset {
        wrong.push(format!("the receipt is of {}", receipt["dataset"]));
    }
    let version = receipt["version"].as_str().unwrap_or("none");
    if !text.contains(version) {
        wrong.push("the text does not name the version".into());
    }
    let links = receipt["links"].as_object();
    for (name, link) in links.unwrap_or(&Map::new()) {
        let begin = format!("{ORIGIN}/v/{dataset}/{version}/");
        if !link.as_str().is_some_and(|link| link.starts_with(&begin)) {
            wrong.push(format!("the link {name} is {link}"));
        }
    }
    // Caveats stand before the numbers, the rest after them; how old the data are is only said in the text.
    let (notes, caveats) = (list(&receipt["notes"]), &receipt["caveats"]);
    let caveats = usize::try_from(caveats.as_u64().unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let first: Vec<&str> = text.lines().take_while(|l| l.starts_with("> ")).collect();
    let old = first
        .iter()
        .filter(|l| l.contains("are counted from that day"));
    if caveats != first.len() - old.count() {
        wrong.push(format!(
            "{caveats} caveats, but the text begins with {first:?}"
        ));
    }
    let remarks = text.lines().filter(|l| l.starts_with("- ")).count();
    if remarks < notes.len() - caveats.min(notes.len()) {
        wrong.push(format!("{remarks} remarks after the numbers, of {notes:?}"));
    }
    let (rows, total) = (&receipt["rows"], &receipt["rows_total"]);
    let later_page = links.is_some_and(|links| links["json"].to_string().contains("offset="));
    if !later_page && receipt["truncated"] == (rows == total) {
        wrong.push(format!(
            "{rows} of {total} rows, and truncated is {}",
            receipt["truncated"]
        ));
    }
    wrong
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn scale(answer: &Value) -> usize {
    let scale = answer["receipt"]["measure"]["scale"].as_u64();
    usize::try_from(scale.unwrap_or(0)).unwrap_or(0)
}

/// Whether the measure adds up.
fn is_sum(answer: &Value) -> bool {
    answer["receipt"]["measure"]["ratio"].is_null()
}

/// A shown value in the measure's smallest unit.
fn scaled(value: &Value, scale: usize) -> Result<i128, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => return Err(format!("{other} is no number")),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.len() > scale {
        return Err(format!("{text} has more than {scale} decimals"));
    }
    format!("{whole}{fraction:0<scale$}")
        .parse()
        .map_err(|_| format!("{text} is no number"))
}

fn sum<'a>(values: impl IntoIterator<Item = &'a Value>, scale: usize) -> Result<i128, String> {
    values.into_iter().map(|v| scaled(v, scale)).sum()
}

/// Values of the structured answer that are not in the text: some clients show only that.
fn untold(answer: &Value, text: &str) -> Vec<String> {
    let scale = scale(answer);
    let newest = |name: &str| list(&answer[name]).iter().rev().take(TEXT_ROWS).rev();
    let first = |name: &str| list(&answer[name]).iter().take(TEXT_ROWS);
    let values: Vec<&Value> = match answer["answer"].as_str() {
        Some("top") if answer["per"].is_string() => first("groups")
            .map(|group| &group["total"])
            .chain([&answer["total"]])
            .collect(),
        Some("top") => first("rows")
            .map(|row| &row["value"])
            .chain([&answer["total"]])
            .collect(),
        Some("compare") => {
            let periods = [&answer["a"]].into_iter().chain(list(&answer["b"]));
            periods
                .chain(first("rows"))
                .map(|one| &one["value"])
                .collect()
        }
        Some("trend") => newest("steps")
            .map(|step| &step["value"])
            .chain([&answer["total"]])
            .collect(),
        Some("explain") => vec![
            &answer["a"]["value"],
            &answer["b"]["value"],
            &answer["change"],
        ],
        Some("target") => ["target", "so_far", "expected"]
            .map(|name| &answer[name])
            .into(),
        Some("scenario") => ["base", "scenario"].map(|name| &answer[name]).into(),
        Some("forecast") => first("forecast")
            .flat_map(|step| ["estimate", "lower", "upper"].map(|name| &step[name]))
            .collect(),
        _ => Vec::new(),
    };
    let shown = values
        .into_iter()
        .filter_map(|value| scaled(value, scale).ok());
    shown
        .map(|value| grouped(value, scale))
        .filter(|value| !text.contains(value.as_str()))
        .map(|value| format!("the text does not have {value}"))
        .collect()
}

/// `-1,234.50`.
fn grouped(value: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let mut out = String::from(if value < 0 { "-" } else { "" });
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if scale > 0 {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn top(answer: &Value) -> Checked {
    let scale = scale(answer);
    let rows = list(&answer["rows"]);
    let runs = rows.chunk_by(|a, b| a["group"] == b["group"]);
    for run in runs.clone() {
        let first = run[0]["rank"].as_u64().unwrap_or(0);
        let ranks = run.iter().zip(first..).all(|(row, at)| row["rank"] == at);
        ensure(ranks && first > 0, || {
            "the ranks do not follow each other".into()
        })?;
    }
    if let (true, Some(groups)) = (is_sum(answer), answer["groups"].as_array()) {
        ensure(runs.clone().count() == groups.len(), || {
            "a group has no rows".into()
        })?;
        for (run, group) in runs.zip(groups) {
            ensure(run[0]["group"] == group["name"], || {
                "a row is not in its group".into()
            })?;
            let sum = sum(run.iter().map(|row| &row["value"]), scale)?;
            let total = scaled(&group["total"], scale)?;
            ensure(group["rows"] != group["rows_total"] || sum == total, || {
                format!(
                    "the rows of {} add up to {sum}, not to {total}",
                    group["name"]
                )
            })?;
        }
        if answer["receipt"]["next"].is_null() {
            let sum = sum(groups.iter().map(|group| &group["total"]), scale)?;
            ensure(sum == scaled(&answer["total"], scale)?, || {
                format!("the groups add up to {sum}, not to {}", answer["total"])
            })?;
        }
        return Ok(());
    }
    for row in rows {
        if let (Some(before), Some(change)) =
            (row["rank_before"].as_i64(), row["rank_change"].as_i64())
        {
            ensure(row["rank"] == before - change, || {
                format!("{} did not move by {change}", row["name"])
            })?;
        }
    }
    let is_first_page = rows.first().is_none_or(|row| row["rank"] == 1);
    if is_sum(answer) && is_first_page && answer["receipt"]["truncated"] == false {
        let sum = sum(rows.iter().map(|row| &row["value"]), scale)?;
        ensure(sum == scaled(&answer["total"], scale)?, || {
            format!("the rows add up to {sum}, not to {}", answer["total"])
        })?;
    }
    Ok(())
}

fn compare(answer: &Value) -> Checked {
    let scale = scale(answer);
    let rows = list(&answer["rows"]);
    let rest = answer.get("rest");
    for (at, baseline) in list(&answer["b"]).iter().enumerate() {
        if baseline["value"].is_null() || answer["a"]["value"].is_null() {
            continue;
        }
        let change = scaled(&answer["a"]["value"], scale)? - scaled(&baseline["value"], scale)?;
        ensure(change == scaled(&baseline["change"], scale)?, || {
            format!("the change to baseline {at} is not the difference")
        })?;
        if is_sum(answer) && answer.get("rows").is_some() {
            let each = rows.iter().chain(rest).map(|row| &row["b"][at]["value"]);
            ensure(
                sum(each, scale)? == scaled(&baseline["value"], scale)?,
                || format!("the rows do not add up to baseline {at}"),
            )?;
        }
    }
    if is_sum(answer) && answer.get("rows").is_some() {
        let each = rows.iter().chain(rest).map(|row| &row["value"]);
        ensure(
            sum(each, scale)? == scaled(&answer["a"]["value"], scale)?,
            || "the rows do not add up to the period".into(),
        )?;
    }
    Ok(())
}

fn trend(answer: &Value) -> Checked {
    if !is_sum(answer) {
        return Ok(());
    }
    let scale = scale(answer);
    let steps = list(&answer["steps"]);
    let total = scaled(&answer["total"], scale)?;
    let all = sum(steps.iter().map(|step| &step["value"]), scale)?;
    ensure(all == total, || {
        format!("the steps add up to {all}, not to {total}")
    })?;
    if answer.get("series").is_some() {
        let series: Vec<&Value> = list(&answer["series"])
            .iter()
            .chain(answer.get("rest"))
            .collect();
        for (at, step) in steps.iter().enumerate() {
            let each = sum(series.iter().map(|one| &one["values"][at]), scale)?;
            ensure(each == scaled(&step["value"], scale)?, || {
                format!("the series do not add up at {}", step["date"])
            })?;
        }
    }
    Ok(())
}

fn explain(answer: &Value) -> Checked {
    let scale = scale(answer);
    let change = scaled(&answer["change"], scale)?;
    let between = scaled(&answer["a"]["value"], scale)? - scaled(&answer["b"]["value"], scale)?;
    ensure(between == change, || {
        "the change is not the difference".into()
    })?;
    for by in list(&answer["dimensions"]) {
        let rows = list(&by["rows"]).iter().chain(by.get("rest"));
        ensure(
            sum(rows.map(|row| &row["change"]), scale)? == change,
            || format!("the contributions by {} do not add up", by["by"]),
        )?;
        let both = sum([&by["gains"], &by["losses"]], scale)?;
        ensure(both == change, || {
            format!("gains and losses by {} do not add up", by["by"])
        })?;
    }
    if let Some(effects) = answer["price_volume_mix"].as_object() {
        let each = effects
            .iter()
            .filter(|(name, _)| !["quantity", "by"].contains(&name.as_str()));
        ensure(sum(each.map(|(_, value)| value), scale)? == change, || {
            "price, volume and mix do not add up".into()
        })?;
    }
    Ok(())
}

fn forecast(answer: &Value) -> Checked {
    let scale = scale(answer);
    for step in list(&answer["forecast"]) {
        let estimate = scaled(&step["estimate"], scale)?;
        nested(list(&step["bands"]), estimate, scale)
            .map_err(|why| format!("{}: {why}", step["date"]))?;
    }
    let nodes = list(&answer["parts"]["nodes"]);
    let Some(total) = nodes.first() else {
        return Ok(());
    };
    for node in nodes {
        let estimates = list(&node["estimates"]);
        ensure(
            sum(estimates, scale)? == scaled(&node["sum"], scale)?,
            || format!("the steps of {} do not add up", node["name"]),
        )?;
        nested(
            list(&node["sum_bands"]),
            scaled(&node["sum"], scale)?,
            scale,
        )
        .map_err(|why| format!("{}: {why}", node["name"]))?;
    }
    // From the lowest level to the total.
    let leaves = nodes
        .iter()
        .filter(|node| node["level"] == answer["parts"]["by"]);
    let leaves: Vec<&Value> = leaves.collect();
    for (at, step) in list(&answer["forecast"]).iter().enumerate() {
        let each = sum(leaves.iter().map(|leaf| &leaf["estimates"][at]), scale)?;
        let shown = scaled(&step["estimate"], scale)?;
        let whole = scaled(&total["estimates"][at], scale)?;
        ensure(each == shown && shown == whole, || {
            format!(
                "{}: the parts are {each}, the total {shown} and {whole}",
                step["date"]
            )
        })?;
    }
    Ok(())
}

fn scenario(answer: &Value) -> Checked {
    let scale = scale(answer);
    let of = |name: &str| scaled(&answer[name], scale);
    let (base, planned, difference) = (of("base")?, of("scenario")?, of("difference")?);
    ensure(planned - base == difference, || {
        "the difference is not between the forecasts".into()
    })?;
    let steps = list(&answer["steps"]);
    for (name, whole) in [("base", base), ("scenario", planned)] {
        let each = sum(steps.iter().map(|step| &step[name]["estimate"]), scale)?;
        ensure(each == whole, || {
            format!("the steps of {name} add up to {each}, not to {whole}")
        })?;
        for step in steps {
            let estimate = scaled(&step[name]["estimate"], scale)?;
            nested(std::slice::from_ref(&step[name]), estimate, scale)?;
        }
    }
    Ok(())
}

fn target(answer: &Value) -> Checked {
    if answer["targets"].is_array() {
        return Ok(());
    }
    let scale = scale(answer);
    for one in list(&answer["rows"]).iter().chain([answer]) {
        let expected = scaled(&one["expected"], scale)?;
        nested(std::slice::from_ref(one), expected, scale)?;
        let gap = expected - scaled(&one["target"], scale)?;
        ensure(gap == scaled(&one["gap"], scale)?, || {
            "the gap is not between the expected end and the target".into()
        })?;
        let probability = one["probability"].as_f64();
        ensure(
            probability.is_some_and(|p| (0.0..=1.0).contains(&p)),
            || format!("the probability is {}", one["probability"]),
        )?;
    }
    Ok(())
}

/// Wider levels hold narrower ones, and all hold the estimate.
fn nested(bands: &[Value], estimate: i128, scale: usize) -> Checked {
    ensure(!bands.is_empty(), || "there are no intervals".into())?;
    let mut inner = (estimate, estimate);
    for band in bands {
        let (lower, upper) = (
            scaled(&band["lower"], scale)?,
            scaled(&band["upper"], scale)?,
        );
        ensure(lower <= inner.0 && inner.1 <= upper, || {
            format!(
                "the interval of {} % is {lower} to {upper}, within {inner:?}",
                band["level"]
            )
        })?;
        inner = (lower, upper);
    }
    Ok(())
}

/// Cells that a sheet would run.
fn formulas(csv: &str) -> Vec<String> {
    let runs = |cell: &&String| {
        let mut letters = cell.chars();
        match letters.next() {
            Some('=' | '+' | '@' | '\t' | '\r') => true,
            // A negative number is one.
            Some('-') => !letters.all(|c| c.is_ascii_digit() || c == '.'),
            _ => false,
        }
    };
    let cells = cells(csv);
    let found = cells.iter().filter(runs);
    found
        .map(|cell| format!("a sheet would run {cell:?}"))
        .collect()
}

/// The cells of a CSV file (RFC 4180), in their order.
fn cells(csv: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut is_quoted = false;
    for letter in csv.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' | '\n' if !is_quoted => cells.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {}
            other => cell.push(other),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn formulas_are_found_wherever_they_stand() {
        let csv = "name,units\r\n\"=1+1\",-5\r\n'=1,\"a,=b\"\r\n-x,+2\r\n";
        assert_eq!(formulas(csv).len(), 3, "{:?}", formulas(csv));
    }

    #[test]
    fn sums_that_are_one_off_are_found() {
        let mut answer = json!({
            "receipt": {"measure": {"scale": 2}}, "a": {"value": 12.5}, "b": {"value": 2.25}, "change": 10.25,
            "dimensions": [{"by": "region", "rows": [{"change": 12}, {"change": -2}], "rest": {"change": 0.25},
                "gains": 12.25, "losses": -2}],
            "price_volume_mix": {"by": "product", "quantity": "units", "volume": 10, "mix": 1, "price": -0.75}});
        assert_eq!(explain(&answer), Ok(()));
        answer["price_volume_mix"]["mix"] = json!(1.01);
        assert!(explain(&answer).is_err());
        answer["dimensions"][0]["rest"]["change"] = json!(0.24);
        assert!(explain(&answer).is_err());
    }

    #[test]
    fn intervals_that_do_not_nest_are_found() {
        let band = |level: u8, lower: i64, upper: i64| json!({"level": level, "lower": lower, "upper": upper});
        assert_eq!(nested(&[band(80, 8, 12), band(95, 7, 12)], 10, 0), Ok(()));
        assert!(nested(&[band(80, 8, 12), band(95, 9, 13)], 10, 0).is_err());
        assert!(nested(&[band(80, 8, 12)], 13, 0).is_err());
        assert!(nested(&[], 13, 0).is_err());
    }
}
