//! What can be asked, and what each question takes.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use nearcast::mcp;
use nearcast::model::parameter::{self, Kind, Parameter};
use nearcast::model::query::{Query, QueryKind};
use serde_json::{Map, Value};

use crate::cli::Cli;

const EXAMPLE: &str = "Example: ";

/// Every question with a line about it.
#[must_use]
pub fn questions() -> String {
    let mut out = String::from("Questions:\n");
    let width = Query::KINDS.iter().map(|kind| kind.tool.len()).max();
    let mut kinds: Vec<&QueryKind> = Query::KINDS.iter().collect();
    kinds.sort_by_key(|kind| kind.tool);
    for kind in kinds {
        let said = description(kind);
        let end = said
            .find(": ")
            .into_iter()
            .chain(said.find("; "))
            .chain(said.find(". "))
            .min();
        let brief = end.and_then(|end| said.get(..end)).unwrap_or(said);
        // Writing into a String cannot fail.
        let _ = writeln!(
            out,
            "  {:width$}  {brief}",
            kind.tool,
            width = width.unwrap_or(0)
        );
    }
    out + "\n`nearcast ask QUESTION --help` says what a question takes."
}

/// The help of `nearcast ask` itself.
pub(super) fn command() -> String {
    let mut command = Cli::command();
    command.build();
    command
        .find_subcommand_mut("ask")
        .map_or_else(questions, |ask| ask.render_help().to_string())
}

/// What a question takes.
pub(super) fn of(kind: &'static QueryKind) -> String {
    let said = description(kind);
    let (about, example) = said.split_once(EXAMPLE).unwrap_or((said, ""));
    let mut out = format!(
        "{}\n\nUsage: nearcast ask {} [NAME=VALUE]... [OPTIONS]\n\nArguments:\n",
        about.trim(),
        kind.tool
    );
    // What is asked for in words is answered in one way.
    let in_words = (kind.parameters.iter()).any(|p| matches!(p.kind, Kind::Needed { .. }));
    let detail = [&parameter::DETAIL].into_iter().filter(|_| !in_words);
    let common = detail.chain([&parameter::EXPLAIN]);
    let rows: Vec<(String, String)> = kind.parameters.iter().chain(common).map(row).collect();
    let width = rows.iter().map(|(usage, _)| usage.chars().count()).max();
    for (usage, about) in rows {
        let line = format!("  {usage:width$}  {about}", width = width.unwrap_or(0));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if let Ok(example) = serde_json::from_str::<Map<String, Value>>(example) {
        let words: Vec<String> = example
            .iter()
            .map(|(name, value)| word(name, value))
            .collect();
        let _ = writeln!(
            out,
            "\nExample: nearcast ask {} {}",
            kind.tool,
            words.join(" ")
        );
    }
    let same = if kind.answer == kind.tool {
        String::new()
    } else {
        format!("`{}` is the same question. ", kind.answer)
    };
    let _ = write!(out, "\n{same}`nearcast ask --help` lists the options.");
    out
}

fn description(kind: &QueryKind) -> &'static str {
    mcp::descriptions()
        .find(|(tool, _)| *tool == kind.tool)
        .map_or("", |(_, said)| said)
}

/// How an argument is typed, and what it means.
fn row(parameter: &Parameter) -> (String, String) {
    let name = parameter.name;
    let about = parameter.about;
    let with = |more: String| match about {
        "" => more,
        about => format!("{about} ({more})"),
    };
    match parameter.kind {
        Kind::Texts => (format!("{name}=TEXT,..."), about.to_owned()),
        Kind::Wholes { min, max } => (format!("{name}=N,..."), with(format!("{min} to {max}"))),
        Kind::Choice(words) => (format!("{name}=WORD"), with(words.join(", "))),
        Kind::Whole { min, max, default } => {
            let range = if max == u32::MAX {
                format!("{min} or more")
            } else {
                format!("{min} to {max}")
            };
            (
                format!("{name}=N"),
                with(format!("{range}; {default} if not given")),
            )
        }
        Kind::Flag { default } => (
            format!("{name}=true|false"),
            with(format!("{default} if not given")),
        ),
        Kind::Names => (
            "filter.DIMENSION=NAME,...".to_owned(),
            "The names that count of a dimension, such as filter.category=Chips,Nuts".to_owned(),
        ),
        _ => (format!("{name}=TEXT"), about.to_owned()),
    }
}

/// An argument of an example as it is typed into a shell.
fn word(name: &str, value: &Value) -> String {
    let plain = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let listed = |value: &Value| match value {
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        value => plain(value),
    };
    let words: Vec<String> = match value {
        Value::Object(map) => map
            .iter()
            .map(|(dimension, names)| format!("filter.{dimension}={}", listed(names)))
            .collect(),
        value => vec![format!("{name}={}", listed(value))],
    };
    let quoted = words.iter().map(|word| {
        if word.contains(|c: char| c.is_whitespace() || "'%+".contains(c)) && !word.contains('\'') {
            match word.split_once('=') {
                Some((name, value)) if value.contains(char::is_whitespace) => {
                    format!("{name}='{value}'")
                }
                _ => word.clone(),
            }
        } else {
            word.clone()
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::given::Given;
    use super::*;

    #[test]
    fn every_question_has_its_line_and_its_arguments() {
        let listed = questions();
        for kind in Query::KINDS {
            let line = listed
                .lines()
                .find(|line| line.trim().starts_with(kind.tool));
            let line = line.unwrap_or_else(|| panic!("{}: {listed}", kind.tool));
            assert!(line.len() < 140 && line.len() > 40, "{line}");
            let help = of(kind);
            for parameter in kind.parameters {
                let usage = match parameter.kind {
                    Kind::Names => "filter.DIMENSION=".to_owned(),
                    _ => format!("\n  {}=", parameter.name),
                };
                assert!(help.contains(&usage), "{usage}: {help}");
            }
        }
    }

    /// The examples can be typed as they stand there.
    #[test]
    fn every_example_is_a_question() {
        for kind in Query::KINDS {
            let help = of(kind);
            let line = help.lines().find_map(|line| line.strip_prefix(EXAMPLE));
            let Some(line) = line else {
                assert!(!description(kind).contains(EXAMPLE), "{help}");
                continue;
            };
            let rest = line.strip_prefix(&format!("nearcast ask {} ", kind.tool));
            let mut words = Vec::new();
            for (at, part) in rest.expect("the tool").split('\'').enumerate() {
                // Every other part stands in quotes.
                match (at % 2, words.last_mut()) {
                    (1, Some(last)) => *last = format!("{last}{part}"),
                    _ => words.extend(part.split_whitespace().map(str::to_owned)),
                }
            }
            Given::read(kind.tool, &words, None).unwrap_or_else(|e| panic!("{line}: {e}"));
        }
    }
}
