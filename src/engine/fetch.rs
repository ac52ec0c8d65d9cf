//! What an id of a search names: a passage, a value with its figures, a measure, a standing question's answer.

use std::ops::Range;

use super::Work;
use super::analysis::{self, Asked, Ready};
use super::library::passage_name;
use super::receipt::receipt;
use super::saved::{Saved, question, saved, whole_months};
use super::search::{fetching, link_to};
use super::top::stored;
use crate::compute::aggregate;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::answer::{
    Answer, Answered, FetchAnswer, Fetched, FetchedText, FetchedValue, Figures,
};
use crate::model::manifest::{self, Dimension, Manifest, Value};
use crate::model::names::{nearest, plain, same};
use crate::model::query::{FetchQuery, Question};
use crate::model::receipt::{AnswerLink, MeasureUsed};
use crate::model::scan::Scan;
use crate::model::{Grain, Period};
use crate::resolve;
use crate::search::library::text;
use crate::search::{Document, Library};

/// Beginnings of ids that are no dimension's.
const KINDS: [&str; 5] = ["doc", "measure", "dimension", "answer", "value"];
/// Measures whose figures a value has.
const FIGURES_MAX: usize = 4;
/// Names of values that a dimension is shown with.
const EXAMPLES_MAX: usize = 20;

/// The id of a value: `product:SKU-0271`; of a dimension whose name begins other ids, `value:doc:7`.
pub(super) fn value_id(dimension: &str, id: &str) -> String {
    let prefix = if KINDS.contains(&dimension) {
        "value:"
    } else {
        ""
    };
    format!("{prefix}{dimension}:{id}")
}

/// What an id names.
enum Target<'a> {
    /// A document, or one of its passages, from 1.
    Document(&'a str, Option<usize>),
    Measure(manifest::Asked<'a>),
    Dimension(&'a Dimension),
    Saved(Box<Saved>),
    Value(&'a Dimension, &'a str),
}

fn target<'a>(id: &'a str, manifest: &'a Manifest) -> Result<Target<'a>> {
    let (kind, name) = id.split_once(':').unwrap_or((id, ""));
    let found = match kind {
        "doc" => {
            let (name, passage) = match name.split_once('#') {
                None => (name, None),
                Some((name, number)) => {
                    let number = number.parse().ok().filter(|n| *n > 0);
                    let number = number.ok_or_else(|| {
                        Error::invalid(format!("{id:?} names no passage: write doc:NAME#1"))
                    })?;
                    (name, Some(number))
                }
            };
            Target::Document(name, passage)
        }
        "measure" => Target::Measure(manifest.asked(Some(name))?),
        "dimension" => Target::Dimension(manifest.dimension(name)?),
        "answer" => {
            let mut all = saved(manifest)?;
            let Some(at) = all.iter().position(|saved| saved.name == name) else {
                let ids: Vec<String> = all.iter().map(|s| format!("answer:{}", s.name)).collect();
                return Err(
                    unknown(id).with_suggestions(nearest(id, ids.iter().map(String::as_str)))
                );
            };
            Target::Saved(Box::new(all.swap_remove(at)))
        }
        kind => {
            let (kind, name) = match kind {
                "value" => name.split_once(':').unwrap_or((name, "")),
                kind => (kind, name),
            };
            let dimension = manifest.dimensions.iter().find(|d| d.name == kind);
            let Some(dimension) = dimension.filter(|_| !name.is_empty()) else {
                let dimensions = manifest.dimensions.iter().map(|d| d.name.as_str());
                let kinds = dimensions.chain(KINDS.into_iter().take(4));
                let kinds: Vec<String> = kinds.map(|kind| format!("{kind}:...")).collect();
                return Err(Error::not_found(format!(
                    "there is nothing with the id {id:?}: ids begin with {}, and search gives them",
                    kinds.join(", ")
                )));
            };
            Target::Value(dimension, name)
        }
    };
    Ok(found)
}

fn unknown(id: &str) -> Error {
    Error::not_found(format!(
        "there is nothing with the id {id:?}: search gives ids"
    ))
}

/// Whether a fetch is likely to need names, for what is read of a manifest.
pub(super) fn may_need_names(id: &str) -> bool {
    let kind = id.split(':').next().unwrap_or_default();
    kind == "value" || !KINDS.contains(&kind)
}

pub(super) fn dimensions_needed(query: &FetchQuery, manifest: &Manifest) -> Result<Vec<String>> {
    match target(&query.id, manifest)? {
        Target::Value(dimension, _) => {
            let child = stored(dimension, manifest)?;
            let needed = [
                Some(&dimension.name),
                Some(&child.name),
                dimension.parent.as_ref(),
            ];
            Ok(needed.into_iter().flatten().cloned().collect())
        }
        Target::Dimension(dimension) => Ok(vec![dimension.name.clone()]),
        Target::Saved(saved) => {
            let mut needed = analysis::of(&saved.query).names_first(manifest)?;
            if let Some(filters) = saved.query.filters() {
                needed.extend(resolve::dimensions_needed(filters, manifest)?);
            }
            Ok(needed)
        }
        Target::Document(..) | Target::Measure(_) => Ok(Vec::new()),
    }
}

pub(super) fn needs_library(query: &FetchQuery, manifest: &Manifest) -> Result<bool> {
    Ok(matches!(target(&query.id, manifest)?, Target::Document(..)))
}

pub(super) fn prepare(query: &FetchQuery, work: &Work) -> Result<Ready> {
    let manifest = &work.manifest;
    match target(&query.id, manifest)? {
        Target::Value(dimension, id) => {
            let (codes, _) = values(dimension, id, work)?;
            let selection = resolve::select(dimension, codes, manifest, &work.names)?;
            let scan = Scan {
                measures: measures(manifest).map(|m| m.name.clone()).collect(),
                by: None,
                also: None,
                grain: Some(Grain::Month),
                period: Periods::of(manifest).all(),
                only: selection.only.clone(),
            };
            Ok(Ready::one(scan, selection))
        }
        Target::Saved(saved) => analysis::of(&saved.query).prepare(work),
        Target::Document(name, passage) => {
            let library = work.library.as_deref();
            let place = Place::of(library, name, passage)?;
            Ok(Ready {
                texts: library
                    .and_then(|l| l.at_hand(&place.span))
                    .is_none()
                    .then_some(place.span),
                ..Ready::default()
            })
        }
        Target::Measure(_) | Target::Dimension(_) => Ok(Ready::default()),
    }
}

pub(super) fn answer(query: &FetchQuery, asked: &Asked<'_>) -> Result<Answered> {
    let work = asked.work;
    let manifest = &work.manifest;
    let mut links = Vec::new();
    let (id, title, fetched) = match target(&query.id, manifest)? {
        Target::Document(name, passage) => document(name, passage, asked)?,
        Target::Measure(measure) => {
            let label = match measure {
                manifest::Asked::Sum(m) => &m.label,
                manifest::Asked::Ratio(d, ..) => &d.label,
            };
            let fetched = match measure {
                manifest::Asked::Sum(m) => {
                    Fetched::Measure(m.clone(), m.name == manifest.default_measure)
                }
                manifest::Asked::Ratio(d, ..) => Fetched::Derived(d.clone()),
            };
            (
                format!("measure:{}", measure.name()),
                label.clone(),
                fetched,
            )
        }
        Target::Dimension(dimension) => {
            let names = work.names.of(dimension)?.iter().take(EXAMPLES_MAX);
            let names = names.map(|v| v.name.clone()).collect();
            let about = Dimension {
                values: Vec::new(),
                ..dimension.clone()
            };
            let id = format!("dimension:{}", dimension.name);
            (
                id,
                dimension.label.clone(),
                Fetched::Dimension(about, names),
            )
        }
        Target::Saved(saved) => {
            let question = Question {
                query: saved.query.clone(),
                ..asked.question.clone()
            };
            let inner = Asked {
                question: &question,
                ..asked.clone()
            };
            let answered = analysis::of(&saved.query).answer(&inner)?;
            links.push(("answer", link_to(asked.question, &saved.query, manifest)));
            let id = format!("answer:{}", saved.name);
            (id, saved.title, Fetched::Answer(Box::new(answered)))
        }
        Target::Value(dimension, id) => {
            let (codes, value) = values(dimension, id, work)?;
            links = links_of(dimension, value, asked.question, manifest);
            let title = format!("{} ({})", value.name, dimension.label.to_lowercase());
            let fetched = Fetched::Value(figures(dimension, value, codes.len(), asked)?);
            (value_id(&dimension.name, &value.id), title, fetched)
        }
    };
    let mut receipt = receipt(asked, None, None);
    (receipt.rows, receipt.rows_total) = (1, 1);
    // However it was spelt, the link is that of the id.
    receipt.link = link_to(asked.question, &fetching(&id), manifest);
    let answer = FetchAnswer {
        id,
        title,
        fetched,
        links,
    };
    Ok(Answered {
        receipt,
        answer: Answer::Fetch(Box::new(answer)),
    })
}

/// The codes of the values that have an id, or else a name, and the first of them.
fn values<'a>(dimension: &'a Dimension, id: &str, work: &'a Work) -> Result<(Vec<u32>, &'a Value)> {
    let all = work.names.of(dimension)?;
    let wanted = plain(id);
    let tests: [&dyn Fn(&Value) -> bool; 3] = [&|v| v.id == id, &|v| same(&v.id, id), &|v| {
        plain(&v.name) == wanted
    }];
    for test in tests {
        let found = (0_u32..).zip(all).filter(|(_, v)| test(v));
        let codes: Vec<u32> = found.map(|(code, _)| code).collect();
        if let Some(first) = codes.first().and_then(|code| all.get(*code as usize)) {
            return Ok((codes, first));
        }
    }
    let names = all.iter().flat_map(|v| [v.id.as_str(), v.name.as_str()]);
    let near = nearest(id, names);
    let ids = near
        .iter()
        .filter_map(|near| all.iter().find(|v| v.id == *near || v.name == *near));
    let mut ids: Vec<String> = ids.map(|v| value_id(&dimension.name, &v.id)).collect();
    ids.dedup();
    Err(unknown(&value_id(&dimension.name, id)).with_suggestions(ids))
}

/// The measures whose figures are shown, the default one first.
fn measures(manifest: &Manifest) -> impl Iterator<Item = &manifest::Measure> {
    let default = move |m: &&manifest::Measure| m.name == manifest.default_measure;
    let first = manifest.measures.iter().filter(default);
    let others = manifest.measures.iter().filter(move |m| !default(m));
    first.chain(others).take(FIGURES_MAX)
}

/// The months whose figures are shown.
struct Periods {
    month: Period,
    year: Period,
    before: Option<Period>,
}

impl Periods {
    fn of(manifest: &Manifest) -> Self {
        let days = manifest.days;
        let Some((month, year)) = whole_months(manifest) else {
            return Self {
                month: days,
                year: days,
                before: None,
            };
        };
        let first = Grain::Month.step(year.first, -12);
        let is_there =
            Grain::Month.steps_between(year.first, year.last) == 11 && first >= days.first;
        let last = year.first.plus(-1);
        Self {
            month,
            year,
            before: is_there.then_some(Period { first, last }),
        }
    }

    fn all(&self) -> Period {
        let first = self.before.map_or(self.year.first, |before| before.first);
        Period {
            first,
            last: self.year.last,
        }
    }
}

fn figures(
    dimension: &Dimension,
    value: &Value,
    count: usize,
    asked: &Asked<'_>,
) -> Result<FetchedValue> {
    let manifest = &asked.work.manifest;
    let periods = Periods::of(manifest);
    let read = asked.read()?;
    let series = aggregate::by_step(read.scan, read.plan, read.tables, Grain::Month)?;
    let mut figures = Vec::new();
    for (measure, series) in measures(manifest).zip(&series) {
        let sum = |period: Period| {
            let months = series.values.iter().enumerate();
            let inside = months.filter(|(at, _)| {
                let last = Grain::Month.step(series.day(*at), 1).plus(-1);
                period.first <= last && series.day(*at) <= period.last
            });
            let sum: i128 = inside.map(|(_, v)| i128::from(*v)).sum();
            i64::try_from(sum).map_err(|e| {
                Error::over_budget(format!("the sum of {} passes 64 bits", measure.name))
                    .with_source(e)
            })
        };
        figures.push(Figures {
            measure: MeasureUsed::from(manifest::Asked::Sum(measure)),
            month: sum(periods.month)?,
            year: sum(periods.year)?,
            year_before: periods.before.map(sum).transpose()?,
        });
    }
    let parent = match (&dimension.parent, value.parent) {
        (Some(parent), Some(code)) => {
            let parent = manifest.dimension(parent)?;
            let value = asked.work.names.of(parent)?.get(code as usize);
            value.map(|value| (parent.label.clone(), value.name.clone()))
        }
        _ => None,
    };
    Ok(FetchedValue {
        dimension: (dimension.name.clone(), dimension.label.clone()),
        value_id: value.id.clone(),
        name: value.name.clone(),
        parent,
        values: count,
        month: periods.month,
        year: periods.year,
        year_before: periods.before,
        figures,
    })
}

/// Answers about a value: its forecast, its trend, and what sells there or where it sells. An id that is too long to be a
/// filter has none.
fn links_of(
    dimension: &Dimension,
    value: &Value,
    asked: &Question,
    manifest: &Manifest,
) -> Vec<(&'static str, AnswerLink)> {
    let others = ["product", resolve::OPERATION];
    let by = others
        .into_iter()
        .find(|by| *by != dimension.name && manifest.dimensions.iter().any(|d| d.name == *by));
    let top: Option<[(&str, &str); 1]> = by.map(|by| [("by", by)]);
    let top = top.as_ref().map(|given| ("top", given.as_slice()));
    let answers = [
        Some(("forecast", [].as_slice())),
        Some(("trend", [].as_slice())),
        top,
    ];
    let links = answers.into_iter().flatten().filter_map(|(answer, given)| {
        let query = question(answer, given, &[(&dimension.name, &value.id)]).ok()?;
        Some((answer, link_to(asked, &query, manifest)))
    });
    links.collect()
}

/// Where the words of a document or passage are.
struct Place<'a> {
    library: &'a Library,
    document: &'a Document,
    /// Number of the passage among all passages.
    passage: Option<usize>,
    span: Range<u64>,
    crc32: u32,
}

impl<'a> Place<'a> {
    fn of(library: Option<&'a Library>, name: &str, passage: Option<usize>) -> Result<Self> {
        let id = format!("doc:{name}");
        let Some(library) = library else {
            return Err(Error::not_found(format!(
                "there is nothing with the id {id:?}: this dataset has no documents"
            )));
        };
        let Some(document) = library.document(name) else {
            let names = library.documents.iter().map(|d| d.name.as_str());
            let near = nearest(name, names);
            let near = near.iter().map(|name| format!("doc:{name}")).collect();
            return Err(unknown(&id).with_suggestions(near));
        };
        let Some(number) = passage else {
            return Ok(Self {
                library,
                document,
                passage: None,
                span: document.span.clone(),
                crc32: document.crc32,
            });
        };
        let at = document.passages.start.saturating_add(number - 1);
        let found = library
            .passages
            .get(at)
            .filter(|_| document.passages.contains(&at));
        let Some(found) = found else {
            return Err(Error::not_found(format!(
                "{id} has {} passages, so there is no {id}#{number}",
                document.passages.len()
            )));
        };
        Ok(Self {
            library,
            document,
            passage: Some(at),
            span: found.span.clone(),
            crc32: found.crc32,
        })
    }
}

fn document(
    name: &str,
    passage: Option<usize>,
    asked: &Asked<'_>,
) -> Result<(String, String, Fetched)> {
    let place = Place::of(asked.work.library.as_deref(), name, passage)?;
    let bytes = asked
        .texts
        .clone()
        .or_else(|| place.library.at_hand(&place.span));
    let bytes = bytes.ok_or_else(|| Error::internal("a document was not read"))?;
    let words = text(&bytes, place.crc32)?;
    let mut end = words.len().min(limits::FETCH_TEXT_BYTES_MAX);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    let document = place.document;
    let whole = || (format!("doc:{}", document.name), document.title.clone());
    let (id, title) = place
        .passage
        .and_then(|at| passage_name(place.library, at))
        .unwrap_or_else(whole);
    let heading = place.passage.and_then(|at| place.library.passages.get(at));
    let fetched = FetchedText {
        document: document.name.clone(),
        title: document.title.clone(),
        heading: heading.map_or_else(String::new, |passage| passage.heading.clone()),
        passage: place.passage.map(|at| at - document.passages.start + 1),
        passages: document.passages.len(),
        text: words.get(..end).unwrap_or_default().to_owned(),
        truncated: end < words.len(),
    };
    Ok((id, title, Fetched::Text(fetched)))
}
