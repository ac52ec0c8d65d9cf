//! What a search finds and what is fetched, in the one shape that connectors read (`id`, `title`, `url`; and `text`).

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::csv::cell;
use super::markdown::escape;
use super::{json::object, number};
use crate::model::answer::{FetchAnswer, Fetched, FetchedText, FetchedValue, SearchAnswer};
use crate::model::manifest::{Derived, Dimension, Measure};
use crate::model::query::Detail;
use crate::model::receipt::Receipt;

/// What a text of a document comes from; it is nobody's instruction.
const OWNERS: &str = "document added by the dataset's owner";

pub(super) fn search(answer: &SearchAnswer, base: &str) -> Value {
    let results: Vec<Value> = answer
        .results
        .iter()
        .map(|found| {
            let url = format!("{base}{}", found.link.url("json"));
            json!({"id": found.id, "title": found.title, "url": url})
        })
        .collect();
    let mut out = object(json!({"results": results}));
    if !answer.left_out.is_empty() {
        let note = format!(
            "not searched, since there are too many names: {}",
            answer.left_out.join(", ")
        );
        out.insert("notes".into(), json!([note]));
    }
    Value::Object(out)
}

pub(super) fn fetch(answer: &FetchAnswer, receipt: &Receipt, base: &str) -> Value {
    json!({
        "id": answer.id,
        "title": answer.title,
        "text": text(answer, receipt, base),
        "url": format!("{base}{}", receipt.link.url("json")),
        "metadata": metadata(answer, receipt, base),
    })
}

pub(super) fn search_csv(answer: &SearchAnswer) -> Vec<Vec<String>> {
    let head = ["id", "title", "url"].map(String::from).to_vec();
    let rows = answer.results.iter().map(|found| {
        vec![
            cell(&found.id),
            cell(&found.title),
            cell(&found.link.url("json")),
        ]
    });
    std::iter::once(head).chain(rows).collect()
}

pub(super) fn fetch_csv(answer: &FetchAnswer, receipt: &Receipt) -> Vec<Vec<String>> {
    let head = ["id", "title", "text", "url"].map(String::from).to_vec();
    let row = vec![
        cell(&answer.id),
        cell(&answer.title),
        cell(&text(answer, receipt, "")),
        cell(&receipt.link.url("json")),
    ];
    vec![head, row]
}

/// Where it comes from, and what else there is about it.
fn metadata(answer: &FetchAnswer, receipt: &Receipt, base: &str) -> Map<String, Value> {
    let mut out = object(json!({
        "dataset": receipt.dataset, "version": receipt.version, "as_of": receipt.as_of,
    }));
    match &answer.fetched {
        Fetched::Text(text) => out.extend(about_text(text)),
        Fetched::Value(value) => {
            let (dimension, _) = &value.dimension;
            out.extend(object(json!({"kind": dimension, "source": "sales data", "month": value.month, "year": value.year})));
            if value.values > 1 {
                out.insert("added_together".into(), json!(value.values));
            }
        }
        Fetched::Measure(..) | Fetched::Derived(_) => {
            out.extend(object(
                json!({"kind": "measure", "source": "semantic layer"}),
            ));
        }
        Fetched::Dimension(..) => {
            out.extend(object(
                json!({"kind": "dimension", "source": "semantic layer"}),
            ));
        }
        Fetched::Answer(answered) => {
            out.extend(object(json!({
                "kind": "answer", "source": "sales data", "period": answered.receipt.period,
                "complete": answered.receipt.complete,
            })));
        }
    }
    if !answer.links.is_empty() {
        let links = answer.links.iter();
        let links: Map<String, Value> = links
            .map(|(name, link)| {
                (
                    (*name).to_owned(),
                    json!(format!("{base}{}", link.url("json"))),
                )
            })
            .collect();
        out.insert("links".into(), Value::Object(links));
    }
    out
}

fn about_text(text: &FetchedText) -> Map<String, Value> {
    let mut out = object(json!({
        "kind": "document", "source": OWNERS, "document": text.document, "document_title": text.title,
        "passages": text.passages,
    }));
    if !text.heading.is_empty() {
        out.insert("heading".into(), json!(text.heading));
    }
    if let Some(passage) = text.passage {
        out.insert("passage".into(), json!(passage));
    }
    if text.truncated {
        out.insert("truncated".into(), json!(true));
    }
    out
}

fn text(answer: &FetchAnswer, receipt: &Receipt, base: &str) -> String {
    match &answer.fetched {
        // Word for word, so that it can be quoted.
        Fetched::Text(text) => text.text.clone(),
        Fetched::Value(value) => of_value(value, receipt),
        Fetched::Measure(measure, is_default) => of_measure(measure, *is_default),
        Fetched::Derived(derived) => of_derived(derived),
        Fetched::Dimension(dimension, names) => of_dimension(dimension, names),
        Fetched::Answer(answered) => {
            super::markdown::markdown(answered, base, None, Detail::default())
        }
    }
}

fn of_value(value: &FetchedValue, receipt: &Receipt) -> String {
    let (_, label) = &value.dimension;
    let mut out = format!("{}: {}", escape(label), escape(&value.name));
    if value.value_id != value.name {
        let _ = write!(out, " (id {})", escape(&value.value_id));
    }
    if let Some((label, name)) = &value.parent {
        let _ = write!(out, ", {} {}", escape(&label.to_lowercase()), escape(name));
    }
    out.push_str(".\n\n");
    if value.values > 1 {
        let _ = writeln!(
            out,
            "{} values have this id; they are added together.\n",
            value.values
        );
    }
    let before = value
        .year_before
        .map_or(String::new(), |before| format!(" {before} |"));
    let rule = if before.is_empty() { "" } else { "--:|" };
    let year = if value.year == value.month {
        String::new()
    } else {
        format!(" {} |", value.year)
    };
    let year_rule = if year.is_empty() { "" } else { "--:|" };
    let _ = writeln!(
        out,
        "| | {} |{year}{before}\n|---|--:|{year_rule}{rule}",
        value.month
    );
    for figures in &value.figures {
        let m = &figures.measure;
        let text = |sum: i64| number::text(sum, m.scale);
        let unit = if m.label.eq_ignore_ascii_case(&m.unit) {
            String::new()
        } else {
            format!(", {}", escape(&m.unit))
        };
        let _ = write!(
            out,
            "| {}{unit} | {} |",
            escape(&m.label),
            text(figures.month)
        );
        if !year.is_empty() {
            let _ = write!(out, " {} |", text(figures.year));
        }
        if let Some(sum) = figures.year_before {
            let _ = write!(out, " {} |", text(sum));
        }
        out.push('\n');
    }
    let _ = write!(
        out,
        "\n{}, version {}, data to {}.",
        escape(&receipt.title),
        receipt.version,
        receipt.as_of
    );
    out
}

fn also(synonyms: &[String]) -> String {
    if synonyms.is_empty() {
        return String::new();
    }
    let names: Vec<String> = synonyms.iter().map(|name| escape(name)).collect();
    format!(" Also called {}.", names.join(", "))
}

fn of_measure(measure: &Measure, is_default: bool) -> String {
    let default = if is_default {
        " It is meant when no measure is named."
    } else {
        ""
    };
    format!(
        "Measure `{}` ({}): a sum over the rows, in {}, with {} decimal places.{default}{}",
        escape(&measure.name),
        escape(&measure.label),
        escape(&measure.unit),
        measure.scale,
        also(&measure.synonyms)
    )
}

fn of_derived(derived: &Derived) -> String {
    format!(
        "Measure `{}` ({}): the sum of {} divided by the sum of {}, in {}. It is a ratio of sums, never a mean of ratios.{}",
        escape(&derived.name),
        escape(&derived.label),
        escape(&derived.numerator),
        escape(&derived.denominator),
        escape(&derived.unit),
        also(&derived.synonyms)
    )
}

fn of_dimension(dimension: &Dimension, names: &[String]) -> String {
    let parent = dimension.parent.as_ref();
    let parent = parent.map_or(String::new(), |parent| {
        format!(" Each belongs to a {}.", escape(parent))
    });
    let listed: Vec<String> = names.iter().map(|name| escape(name)).collect();
    let more = (dimension.count as usize).saturating_sub(names.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!(
        "Dimension `{}` ({}): {} values.{parent}{}\n\n{}{more}",
        escape(&dimension.name),
        escape(&dimension.label),
        dimension.count,
        also(&dimension.synonyms),
        listed.join(", ")
    )
}
