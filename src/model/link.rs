//! Queries as link arguments: sorted, defaults dropped, one spelling a value, so that a cache holds one copy of an answer.

use super::arguments::{Arguments, Pairs};
use super::names::nearest;
use super::parameter;
use super::query::Query;
use crate::error::{Error, Result};
use crate::limits;

/// A parsed link: what it asks and the answer epoch that it was made in.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What is asked.
    pub query: Query,
    /// The answer epoch, where the link has one.
    pub epoch: Option<u32>,
    /// Whether the answer also says what it is made of. No canonical link has that: it is asked of one answer, once.
    pub explain: bool,
}

/// Reads the arguments of a link to an answer.
///
/// # Errors
/// `NotFound` for an unknown answer; `Invalid` for an unknown, repeated or wrong argument.
pub fn parse(answer: &str, query_string: &str) -> Result<Parsed> {
    let mut arguments = Arguments::of_query_string(query_string)?;
    let epoch = arguments
        .take("e")
        .map(|e| {
            e.parse().map_err(|_| {
                Error::invalid("\"e\" is the answer epoch, a whole number: leave it out")
            })
        })
        .transpose()?;
    let kind = Query::KINDS.iter().find(|kind| kind.answer == answer);
    let Some(kind) = kind else {
        let names = || Query::KINDS.iter().map(|kind| kind.answer);
        let all: Vec<&str> = names().collect();
        return Err(Error::not_found(format!(
            "there is no answer called {answer:?}: there are {}",
            all.join(", ")
        ))
        .with_suggestions(nearest(answer, names())));
    };
    let explain = arguments.flag(parameter::EXPLAIN.name, false)?;
    let query = kind.read(arguments)?;
    Ok(Parsed {
        query,
        epoch,
        explain,
    })
}

/// The canonical query string of a query, with the current answer epoch at its end.
#[must_use]
pub fn canonical(query: &Query) -> String {
    let mut pairs = Pairs::default();
    query.write(&mut pairs);
    format!("{}e={}", pairs.query_string(), limits::ANSWER_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_of(answer: &str, query: &str) -> String {
        canonical(&parse(answer, query).expect(query).query)
    }

    #[test]
    fn one_spelling_for_one_question() {
        let wanted =
            "filter.category=chips&filter.category=nuts&n=7&operation=dallas&period=2025-Q3&e=1";
        for given in [
            wanted,
            "operation=Dallas&n=7&filter.category=Nuts&filter.category=CHIPS&period=2025-07..2025-09",
            "e=1&period=2025-q3&order=desc&by=Product&operation=%20dallas&n=7&filter.category=nuts&filter.category=chips&filter.category=nuts",
        ] {
            assert_eq!(canonical_of("top", given), wanted, "{given}");
        }
        assert_eq!(canonical_of("top", ""), "e=1");
        assert_eq!(
            canonical_of(
                "forecast",
                "horizon=6+months&levels=95,80&model=auto&grain=months"
            ),
            "e=1"
        );
        assert_eq!(
            canonical_of(
                "accuracy",
                "period=2025-07..2025-09&levels=80,95&grain=week&operation=Dallas"
            ),
            "grain=week&operation=dallas&period=2025-Q3&e=1"
        );
        assert_eq!(
            canonical_of("describe", "dimension=product&contains=a%26b%3D%C3%A9"),
            "contains=a%26b%3D%C3%A9&dimension=product&e=1"
        );
    }

    #[test]
    fn wrong_arguments_say_what_to_change() {
        for (answer, query, needle) in [
            ("top", "n=0", "from 1 to 1000"),
            ("top", "n=1&n=2", "2 times"),
            ("top", "opration=x", "did you mean \"operation\""),
            ("top", "operation=", "empty"),
            ("top", "period=2025-13", "is not a period"),
            ("top", "grain=day", "unknown argument"),
            ("forecast", "levels=80,200", "from 50 to 99"),
            ("forecast", "include_history=maybe", "true or false"),
            ("accuracy", "include_history=true", "unknown argument"),
            ("accuracy", "levels=8", "from 50 to 99"),
            ("acuracy", "", "did you mean \"accuracy\""),
            ("top", "operation=%ff", "UTF-8"),
            ("tap", "", "did you mean \"top\""),
        ] {
            let error = parse(answer, query).expect_err(query).to_string();
            assert!(error.contains(needle), "{query}: {error}");
        }
    }
}
