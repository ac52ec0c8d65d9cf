//! Answers as CSV for sheets (RFC 4180, UTF-8, CRLF). Text cells that a sheet would run as a formula are neutralised.

use super::{number, parts};
use crate::error::{Error, Result};
use crate::model::answer::{Answer, Answered, ForecastAnswer, Part, Parts};

/// The rows of the answer; the receipt is in the JSON of the same link.
///
/// # Errors
/// `Internal` if the rows cannot be written, which would be a defect.
pub fn csv(answered: &Answered) -> Result<String> {
    let measure = answered.receipt.measure.as_ref();
    let scale = measure.map_or(0, |m| m.scale);
    // `revenue_usd`, but `units` and not `units_units`.
    let unit = measure.map_or(String::new(), |m| {
        let (name, unit) = (m.name.to_lowercase(), m.unit.to_lowercase());
        if name == unit {
            name
        } else {
            format!("{name}_{unit}")
        }
    });
    let rows = match &answered.answer {
        Answer::Top(answer) => super::top::csv(answer, scale, &unit),
        Answer::Forecast(answer) => forecast(answer, scale, &unit),
        Answer::Describe(answer) => super::describe::csv(answer),
        Answer::Accuracy(answer) => super::accuracy::csv(answer, scale),
        Answer::Search(answer) => super::found::search_csv(answer),
        Answer::Fetch(answer) => super::found::fetch_csv(answer, &answered.receipt),
        Answer::Compare(answer) => super::compare::csv(answer, scale, &unit),
        Answer::Trend(answer) => super::trend::csv(answer, scale, &unit),
        Answer::Targets(answer) => super::target::all_csv(answer),
        Answer::Target(answer) => super::target::csv(answer, scale, &unit),
        Answer::Scenario(answer) => super::scenario::csv(answer, scale, &unit),
        Answer::Explain(answer) => super::explain::csv(answer, scale, &unit),
        Answer::Anomalies(answer) => super::anomalies::csv(answer, scale, &unit),
        Answer::Segments(answer) => super::segments::csv(answer, scale, &unit),
    };
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let failed = |e: ::csv::Error| Error::internal("the CSV could not be written").with_source(e);
    for row in rows {
        writer.write_record(&row).map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| Error::internal(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| Error::internal("the CSV is not UTF-8").with_source(e))
}

/// A forecast by a dimension: a row a part and step, the parts before each other as in the answer.
fn by_part(answer: &ForecastAnswer, found: &Parts, scale: u8, unit: &str) -> Vec<Vec<String>> {
    let mut head: Vec<String> = ["date", "kind", "level", "id", "name", "parent"]
        .map(String::from)
        .to_vec();
    head.push(cell(unit));
    for band in &answer.forecast.bands {
        head.push(format!("lower_{}", band.level));
        head.push(format!("upper_{}", band.level));
    }
    let width = head.len();
    let mut rows = vec![head];
    let past = answer.history.values.len();
    let row = |date: String, kind: &str, part: &Part, parent: Option<&str>, value: i64| {
        vec![
            date,
            kind.into(),
            cell(&part.level),
            cell(&part.id),
            cell(&part.name),
            cell(parent.unwrap_or_default()),
            number::plain(value, scale),
        ]
    };
    let history = answer.history.values.iter().enumerate();
    for (i, &value) in history.skip(answer.shown_from) {
        let Some(total) = found.nodes.first() else {
            continue;
        };
        let mut row = row(
            answer.history.day(i).to_string(),
            "actual",
            total,
            None,
            value,
        );
        row.resize(width, String::new());
        rows.push(row);
    }
    for shown in parts::shown(found, answer.steps_from, scale) {
        for (i, &value) in shown.estimates.iter().enumerate() {
            let date = answer.history.day(past + answer.steps_from + i).to_string();
            let mut row = row(date, "forecast", shown.part, shown.parent, value);
            for (_, lower, upper) in &shown.bands {
                let ends = [lower.get(i), upper.get(i)].into_iter().flatten();
                row.extend(ends.map(|end| number::plain(*end, scale)));
            }
            rows.push(row);
        }
    }
    rows
}

fn forecast(answer: &ForecastAnswer, scale: u8, unit: &str) -> Vec<Vec<String>> {
    if let Some(found) = &answer.parts {
        return by_part(answer, found, scale, unit);
    }
    let f = &answer.forecast;
    let mut head: Vec<String> = vec!["date".into(), "kind".into(), cell(unit)];
    for band in &f.bands {
        head.push(format!("lower_{}", band.level));
        head.push(format!("upper_{}", band.level));
    }
    let width = head.len();
    let natural = |v: Option<&f64>| {
        v.map_or(String::new(), |&v| {
            number::plain(number::round(v, scale), scale)
        })
    };
    let mut rows = vec![head];
    let past = answer.history.values.len();
    for (i, &value) in answer
        .history
        .values
        .iter()
        .enumerate()
        .skip(answer.shown_from)
    {
        let mut row = vec![
            answer.history.day(i).to_string(),
            "actual".into(),
            number::plain(value, scale),
        ];
        row.resize(width, String::new());
        rows.push(row);
    }
    for i in answer.steps_from..f.point.len() {
        let mut row = vec![
            answer.history.day(past + i).to_string(),
            "forecast".into(),
            natural(f.point.get(i)),
        ];
        for band in &f.bands {
            row.push(natural(band.lower.get(i)));
            row.push(natural(band.upper.get(i)));
        }
        rows.push(row);
    }
    rows
}

/// A text cell. Sheets run cells that begin with one of these as formulas; a leading apostrophe makes them text.
pub(super) fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn formulas_become_text() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(cell("@cmd"), "'@cmd");
        assert_eq!(cell("Cola, 330 ml"), "Cola, 330 ml");
    }
}
