//! `nearcast ask`: one question from the command line, of a directory, a bucket, the demo or a deployed server.
//!
//! It prints what an MCP client gets: the Markdown as it is into a file or a pipe, drawn in a terminal with a small chart
//! below, or the structured answer as JSON. It ends with 0 when it was answered, with 2 when the question has to change
//! (the message says how), and with 1 otherwise.

mod chart;
mod deployed;
mod found;
mod given;
mod help;
mod printable;
mod terminal;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use nearcast::engine::Memory;
use nearcast::error::ErrorKind;
use nearcast::mcp::Answerer as _;
use nearcast::model::DatasetId;
use nearcast::model::answer::Presented;
use nearcast::model::query::{Question, Version};
use nearcast::{Error, Result};

use self::given::Given;
use crate::cli::{AskArgs, DataArgs};
use crate::commands::{println, runtime};
use crate::host::set_up;
use crate::local::LocalAnswerer;
use crate::stores::TimeoutStore;

pub use self::help::questions;

/// The exit code of a question that has to change, which is also that of a wrong option.
const EXIT_ASK_DIFFERENTLY: u8 = 2;
/// Columns of a terminal that does not say how wide it is.
const COLUMNS_DEFAULT: usize = 80;

/// Asks, prints, and says how it ended.
#[must_use]
pub fn main(args: &AskArgs) -> ExitCode {
    match run(args) {
        Ok(text) => {
            println(text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("nearcast: {}", printable::text(&error.to_string()));
            if must_change(&error) {
                ExitCode::from(EXIT_ASK_DIFFERENTLY)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Whether asking differently would help; asking again would where an object changed meanwhile.
fn must_change(error: &Error) -> bool {
    error.kind().is_users() && error.kind() != ErrorKind::Stale
}

fn run(args: &AskArgs) -> Result<String> {
    let Some(question) = args.question.as_deref().filter(|_| !args.help) else {
        return args.question.as_deref().map_or_else(
            || Ok(help::command()),
            |name| given::kind(name).map(help::of),
        );
    };
    let given = Given::read(question, &args.given, args.data.dataset.as_deref())?;
    let mut presented = match &args.url {
        Some(url) => deployed::ask(url, args.key.as_deref(), &given)?,
        None => locally(&given, args)?,
    };
    if let Some(text) = found::markdown(&presented.structured) {
        presented.text = text;
    }
    let out = std::io::stdout();
    Ok(match (args.json, out.is_terminal()) {
        (true, indented) => printable::json(&presented.structured, indented),
        (false, false) => printable::text(&presented.text),
        (false, true) => drawn(&presented, columns(), has_bold()),
    })
}

/// Asks the data themselves, as the user of this process.
fn locally(given: &Given, args: &AskArgs) -> Result<Presented> {
    let query = given.query()?;
    let setup = set_up(&DataArgs {
        data: args.data.data.clone(),
        dataset: given.dataset.clone(),
    })?;
    let dataset: DatasetId = setup.config.default_dataset.clone();
    let answerer = LocalAnswerer {
        config: setup.config,
        store: TimeoutStore::new(setup.store),
        memory: Memory::default(),
    };
    runtime()?.block_on(answerer.answer(Question {
        dataset,
        version: Version::Latest,
        query,
        detail: given.detail.unwrap_or_default(),
        explain: given.explain,
    }))
}

/// The text with its chart below.
fn drawn(presented: &Presented, columns: usize, bold: bool) -> String {
    let text = terminal::draw(&printable::text(&presented.text), columns, bold);
    match chart::chart(&presented.structured, columns) {
        Some(chart) => format!("{}\n\n{}", text.trim_end(), printable::text(&chart)),
        None => text,
    }
}

fn columns() -> usize {
    let size = console::Term::stdout().size_checked();
    size.map(|(_, columns)| usize::from(columns))
        .filter(|columns| *columns > 0)
        .unwrap_or(COLUMNS_DEFAULT)
}

fn has_bold() -> bool {
    let plain = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !plain && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_of_the_data_reaches_the_terminal_as_a_command() {
        let evil = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\r";
        let presented = Presented {
            text: format!("**{evil}**\n\n| Name | Units |\n|---|--:|\n| {evil} | 3 |\n"),
            structured: json!({"answer": "top", "rows": [{"name": evil, "value": 3}]}),
        };
        for bold in [true, false] {
            let text = drawn(&presented, 80, bold)
                .replace("\u{1b}[1m", "")
                .replace("\u{1b}[0m", "");
            let odd = |c: &char| (c.is_control() && *c != '\n') || *c == '\u{202e}';
            assert_eq!(text.chars().find(odd), None, "{text:?}");
            assert_eq!(text.matches("\\u{1b}]0;owned").count(), 3, "{text}");
        }
    }

    #[test]
    fn what_to_change_and_what_not() {
        assert!(must_change(&Error::invalid("n")));
        assert!(must_change(&Error::not_found("no operation")));
        assert!(!must_change(&Error::stale("again")));
        assert!(!must_change(&Error::upstream("down")));
        assert!(!must_change(&Error::unauthenticated("who")));
    }
}
