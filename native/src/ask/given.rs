//! The arguments as they were typed, `name=value`, in the vocabulary that links and tools share.

use nearcast::error::{Error, Result};
use nearcast::model::arguments::Arguments;
use nearcast::model::names::nearest;
use nearcast::model::parameter::{self, Kind};
use nearcast::model::query::{Detail, Query, QueryKind};
use serde_json::{Map, Value, json};

/// How a filter begins: as links spell it, and as tools call the argument.
const FILTERS: [&str; 2] = ["filter.", "filters."];

/// A question as it was typed.
#[derive(Debug)]
pub(super) struct Given {
    /// Which question.
    pub(super) kind: &'static QueryKind,
    /// The dataset, if one is named.
    pub(super) dataset: Option<String>,
    /// How much the text says, if that is said.
    pub(super) detail: Option<Detail>,
    /// Whether the answer also says what it is made of.
    pub(super) explain: bool,
    /// Names and values in the order of the command line; a name of `filter.` comes once for each value.
    pairs: Vec<(String, String)>,
}

/// The kind of question that has this name, as a tool or as a link.
///
/// # Errors
/// `NotFound`, with the nearest names.
pub(super) fn kind(name: &str) -> Result<&'static QueryKind> {
    let wanted = name.trim().to_ascii_lowercase().replace('-', "_");
    let found = Query::KINDS
        .iter()
        .find(|kind| kind.tool == wanted || kind.answer == wanted);
    found.ok_or_else(|| {
        let names = Query::KINDS
            .iter()
            .flat_map(|kind| [kind.tool, kind.answer]);
        Error::not_found(format!(
            "there is no question called {name:?}: `nearcast ask --help` lists them"
        ))
        .with_suggestions(nearest(&wanted, names))
    })
}

impl Given {
    /// Reads what was typed, and checks it as far as that can be done without the data.
    ///
    /// # Errors
    /// `NotFound` for an unknown question; `Invalid` for what is no argument of it, or a wrong one.
    pub(super) fn read(question: &str, words: &[String], dataset: Option<&str>) -> Result<Self> {
        let kind = kind(question)?;
        let mut given = Self {
            kind,
            dataset: dataset.map(str::to_owned),
            detail: None,
            explain: false,
            pairs: Vec::new(),
        };
        for word in words {
            given.take(word)?;
        }
        given.query()?;
        Ok(given)
    }

    fn take(&mut self, word: &str) -> Result<()> {
        let Some((name, value)) = word.split_once('=') else {
            let names = self.kind.parameters.iter().map(|p| p.name);
            return Err(Error::invalid(format!(
                "{word:?} is no argument: write name=value, in quotes where there are blanks"
            ))
            .with_suggestions(
                nearest(word, names)
                    .iter()
                    .map(|n| format!("{n}="))
                    .collect(),
            ));
        };
        let (name, value) = (name.trim(), value.trim());
        if value.is_empty() {
            return Err(Error::invalid(format!(
                "{name:?} is empty: give it a value or leave it out"
            )));
        }
        if name == "dataset" {
            if self.dataset.as_deref().is_some_and(|named| named != value) {
                return Err(Error::invalid(
                    "two datasets are named: name the one that is meant",
                ));
            }
            self.dataset = Some(value.to_owned());
            return Ok(());
        }
        if name == parameter::DETAIL.name {
            self.detail = Some(Detail::parse(value).map_err(|e| e.context(name))?);
            return Ok(());
        }
        if name == parameter::EXPLAIN.name {
            let mut told = Arguments::default();
            told.give(name, value.to_owned());
            self.explain = told.flag(name, false)?;
            return Ok(());
        }
        if let Some(dimension) = FILTERS.iter().find_map(|before| name.strip_prefix(before)) {
            let names = names(value);
            if names.is_empty() {
                return Err(Error::invalid(format!(
                    "{name:?} names nothing: give it a name or leave it out"
                )));
            }
            let slot = format!("filter.{dimension}");
            self.pairs
                .extend(names.into_iter().map(|name| (slot.clone(), name)));
            return Ok(());
        }
        let lists = self
            .kind
            .parameters
            .iter()
            .any(|p| p.name == name && is_list(p.kind));
        match self
            .pairs
            .iter_mut()
            .find(|(known, _)| lists && known == name)
        {
            Some((_, before)) => *before = format!("{before},{value}"),
            None => self.pairs.push((name.to_owned(), value.to_owned())),
        }
        Ok(())
    }

    /// The question.
    ///
    /// # Errors
    /// `Invalid` for an unknown, repeated or wrong argument.
    pub(super) fn query(&self) -> Result<Query> {
        let mut arguments = Arguments::default();
        for (name, value) in &self.pairs {
            arguments.give(name, value.clone());
        }
        self.kind.read(arguments).map_err(|error| {
            let of = self.kind.tool;
            let message = format!("{error} (`nearcast ask {of} --help` says what it takes)");
            Error::new(error.kind(), message)
        })
    }

    /// The arguments of a call of the tool.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut out = Map::new();
        let mut filters: Map<String, Value> = Map::new();
        for (name, value) in &self.pairs {
            if let Some(dimension) = name.strip_prefix("filter.") {
                let list = filters.entry(dimension).or_insert_with(|| json!([]));
                if let Some(list) = list.as_array_mut() {
                    list.push(json!(value));
                }
                continue;
            }
            let known = self.kind.parameters.iter().find(|p| p.name == name);
            let value = match known.map(|p| p.kind) {
                Some(kind) if is_list(kind) => value.split(',').map(|v| json!(v.trim())).collect(),
                Some(Kind::Flag { .. }) => json!(matches!(value.as_str(), "true" | "1")),
                _ => json!(value),
            };
            out.insert(name.clone(), value);
        }
        if !filters.is_empty() {
            out.insert("filters".into(), Value::Object(filters));
        }
        if let Some(dataset) = &self.dataset {
            out.insert("dataset".into(), json!(dataset));
        }
        if let Some(detail) = self.detail {
            let mut names = Detail::NAMES.iter();
            let name = names.find(|name| Detail::parse(name).is_ok_and(|d| d == detail));
            out.insert(parameter::DETAIL.name.into(), json!(name));
        }
        if self.explain {
            out.insert(parameter::EXPLAIN.name.into(), json!(true));
        }
        out
    }
}

fn is_list(kind: Kind) -> bool {
    matches!(kind, Kind::Texts | Kind::Wholes { .. })
}

/// Names with commas between them. A comma inside of double quotes is part of the name.
fn names(text: &str) -> Vec<String> {
    let (mut all, mut name, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => all.push(std::mem::take(&mut name)),
            c => name.push(c),
        }
    }
    all.push(name);
    all.iter()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use nearcast::model::link;

    use super::*;

    fn read(question: &str, words: &[&str]) -> Result<Given> {
        let words: Vec<String> = words.iter().map(|&w| w.to_owned()).collect();
        Given::read(question, &words, None)
    }

    /// What the command line means is what the link means.
    fn link_of(given: &Given) -> String {
        link::canonical(&given.query().expect("checked"))
    }

    #[test]
    fn it_is_spelt_as_links_and_tools_spell_it() {
        for question in ["compare_periods", "compare", "Compare-Periods"] {
            let given = read(
                question,
                &["a=2026-Q3", "b=previous", "b=2025-Q3", "by=operation"],
            )
            .expect(question);
            assert_eq!(
                link_of(&given),
                "a=2026-Q3&b=previous,2025-Q3&by=operation&e=1"
            );
            assert_eq!(
                Value::Object(given.to_json()),
                json!({"a": "2026-Q3", "b": ["previous", "2025-Q3"], "by": "operation"})
            );
        }
    }

    #[test]
    fn filters_are_lists_of_names() {
        let words = [
            "filters.category=Chips,Nuts",
            "filter.category=\"Cakes, dry\"",
            "n=7",
            "dataset=shop",
            "detail=Brief",
        ];
        let given = read("top", &words).expect("fine");
        assert_eq!(given.dataset.as_deref(), Some("shop"));
        assert_eq!(
            link_of(&given),
            "filter.category=cakes,%20dry&filter.category=chips&filter.category=nuts&n=7&e=1"
        );
        assert_eq!(
            Value::Object(given.to_json()),
            json!({"n": "7", "dataset": "shop", "detail": "brief", "filters": {"category": ["Chips", "Nuts", "Cakes, dry"]}})
        );
    }

    #[test]
    fn what_is_wrong_says_what_to_change() {
        for (question, words, said) in [
            ("compar", &[][..], "did you mean \"compare\""),
            ("top", &["opertion=Dallas"], "did you mean \"operation\""),
            ("top", &["Dallas"], "write name=value"),
            ("top", &["n="], "\"n\" is empty"),
            ("top", &["n=many"], "whole number from 1"),
            ("top", &["n=5", "n=6"], "give it once"),
            ("top", &["filter.category=,"], "names nothing"),
            (
                "compare",
                &["b=2021,2022,2023", "b=2024", "b=2025"],
                "at most 4",
            ),
            ("top", &["dataset=a", "dataset=b"], "two datasets"),
            ("top", &["detail=much"], "brief, table, full"),
        ] {
            let error = read(question, words).expect_err(question).to_string();
            assert!(error.contains(said), "{question} {words:?}: {error}");
        }
    }
}
