//! Words -> [`When`], without knowing the data.

use super::grammar::{known, number, year};
use super::{Atom, EventName, Form, When, phrases};
use crate::error::{Error, Result};
use crate::limits::NAME_CHARS_MAX;
use crate::model::calendar::Period;
use crate::model::names::fold;

/// Forms that an error shows.
pub(super) const EXAMPLES: &str = "last_month, last_8_weeks, mtd, 2026-Q3, 2026-W07, black_friday_week_2025, or a range such as \
                                   2026-03..yesterday";

impl When {
    /// Reads a period in words: anything that [`Period::parse`] takes, `yesterday`, `this quarter`, `last 8 weeks`, `MTD`,
    /// `Q3`, `FY26 H1`, `week 7 2026`, `Sep 2026`, `last Monday`, `30 June 2026`, the name of a holiday or event (with a year,
    /// with `week`), `since ...`, `until ...`, `from ... to ...`. Case does not count; spaces, `_` and `-` are the same.
    ///
    /// A name that no rule knows may be an event's: only [`When::resolve`] can tell.
    ///
    /// # Errors
    /// `Invalid` for what cannot be a period whatever the calendar is; the message shows the forms.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || Error::invalid(format!("{text:?} is not a period: write {EXAMPLES}"));
        let when = Self::read(text.trim())?;
        // What is not the same when it is read again has no spelling that a link could carry.
        match Self::read(&when.to_string()) {
            Ok(again) if again == when => Ok(when),
            _ => Err(bad()),
        }
    }

    fn read(text: &str) -> Result<Self> {
        if text.chars().count() > NAME_CHARS_MAX {
            return Err(Error::invalid(format!(
                "a period has at most {NAME_CHARS_MAX} characters: write such as {EXAMPLES}"
            )));
        }
        if let Ok(period) = Period::parse(text) {
            return Ok(period.into());
        }
        let bad = || Error::invalid(format!("{text:?} is not a period: write {EXAMPLES}"));
        if let Some((a, b)) = text.split_once("..") {
            let end = |part: &str| {
                let words = words(part);
                atom(&slices(&words)).ok_or_else(bad)
            };
            return range(end(a)?, end(b)?);
        }
        // A dash between spaces is a range; within a word it is a space.
        let spelt = text.replace(['–', '—'], " to ").replace(" - ", " to ");
        let words = words(&spelt);
        form(&slices(&words))?.ok_or_else(bad)
    }
}

fn slices(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// What counts of a text: its words in small letters and without "of" and "the". Names of events are compared by them.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut spelt = String::with_capacity(folded.len() + 4);
    let mut chars = folded.chars().peekable();
    while let Some(c) = chars.next() {
        if matches!(c, '\'' | '’') {
            // '26 is 2026; any other apostrophe is none.
            let digits: String = chars.clone().take(3).collect();
            let year = |d: &str| d.len() == 2 && d.bytes().all(|b| b.is_ascii_digit());
            if year(digits.trim_end_matches(|c: char| !c.is_ascii_digit())) {
                spelt.push_str(" 20");
            }
        } else if c.is_alphanumeric() {
            spelt.push(c);
        } else {
            spelt.push(' ');
        }
    }
    spelt
        .split_whitespace()
        .filter(|word| !matches!(*word, "of" | "the"))
        .map(str::to_owned)
        .collect()
}

fn form(words: &[&str]) -> Result<Option<When>> {
    phrases::refuse_others(words)?;
    // "month to date" is no range.
    if let Some(known) = known(words) {
        return Ok(Some(When(Form::One(known))));
    }
    if let [rest @ .., "so", "far"] = words
        && let Some(from) = known(rest)
    {
        return range(from, Atom::Ago(0)).map(Some);
    }
    if let Some(at) = phrases::dashed(words)
        && let Some((a, b)) = words.split_at_checked(at)
        && let (Some(a), Some(b)) = (known(a), known(b))
    {
        return range(a, b).map(Some);
    }
    match words {
        ["since", rest @ ..] => {
            return Ok(since(rest));
        }
        ["until" | "till" | "through" | "thru", rest @ ..] | ["up", "to", rest @ ..] => {
            return Ok(atom(rest).map(|a| When(Form::Until(a.end(false)))));
        }
        ["from", rest @ ..] => {
            return match split(rest, &["to", "until", "till", "through", "thru"], true) {
                Some((a, b)) => range(a, b).map(Some),
                // "from March" and "from March on" say no end.
                None => Ok(since(rest.strip_suffix(&["on"]).unwrap_or(rest))),
            };
        }
        ["between", rest @ ..] => {
            if let Some((a, b)) = split(rest, &["and"], true) {
                return range(a, b).map(Some);
            }
        }
        _ => {}
    }
    let separators = ["to", "until", "till", "through", "thru"];
    if let Some((a, b)) = split(words, &separators, false) {
        return range(a, b).map(Some);
    }
    Ok(atom(words).map(|a| When(Form::One(a))))
}

/// The two ends at a separator: the split that leaves most of what the grammar knows. Two names alone are not split unless
/// told so, since "back to school" is an event.
fn split(words: &[&str], separators: &[&str], names_too: bool) -> Option<(Atom, Atom)> {
    let mut best: Option<(usize, (Atom, Atom))> = None;
    for (at, word) in words.iter().enumerate() {
        if !separators.contains(word) {
            continue;
        }
        let (a, b) = (words.get(..at)?, words.get(at + 1..)?);
        let b = if matches!(b, ["date" | "now"]) {
            &["today"][..]
        } else {
            b
        };
        let rules = usize::from(known(a).is_some()) + usize::from(known(b).is_some());
        if rules == 0 && !names_too {
            continue;
        }
        if let (Some(a), Some(b)) = (atom(a), atom(b))
            && best.as_ref().is_none_or(|(most, _)| rules > *most)
        {
            best = Some((rules, (a, b)));
        }
    }
    best.map(|(_, ends)| ends)
}

fn range(a: Atom, b: Atom) -> Result<When> {
    Ok(match (a, b) {
        (Atom::Fixed(a), Atom::Fixed(b)) => Period::new(a.first, b.last)?.into(),
        (a, b) => When(Form::Range(a.end(true), b.end(false))),
    })
}

fn since(words: &[&str]) -> Option<When> {
    atom(words).map(|a| When(Form::Since(a.end(true))))
}

impl Atom {
    /// What counts of a period at an end of another one: its first or last day, where it has no short spelling of its own.
    fn end(self, first: bool) -> Self {
        match self {
            Self::Fixed(period) if period.to_string().contains("..") => {
                let day = if first { period.first } else { period.last };
                Self::Fixed(Period {
                    first: day,
                    last: day,
                })
            }
            other => other,
        }
    }
}

/// A single period: one of the rules', or a name.
fn atom(words: &[&str]) -> Option<Atom> {
    known(words).or_else(|| event(words))
}

/// Anything else with a word in it may be the name of an event, with its week and its year.
fn event(words: &[&str]) -> Option<Atom> {
    let mut rest = words;
    let (mut week, mut of_year) = (false, None);
    if let ["week", name, ..] = rest
        && number(name).is_none()
    {
        (week, rest) = (true, rest.get(1..)?);
    }
    let mut strip_year = |rest: &mut &[&str]| {
        if let [before @ .., y] = *rest
            && !before.is_empty()
            && of_year.is_none()
            && let Some(y) = year(y)
        {
            (of_year, *rest) = (Some(y), before);
            return true;
        }
        false
    };
    let year_last = strip_year(&mut rest);
    if let [before @ .., "week"] = rest
        && !before.is_empty()
        && !week
    {
        (week, rest) = (true, before);
        if !year_last {
            strip_year(&mut rest);
        }
    }
    // One letter is a slip, except where one letter is a word.
    let is_name = |word: &&str| {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        letters >= 2 || letters == 1 && !word.is_ascii()
    };
    rest.iter().any(is_name).then(|| {
        Atom::Event(EventName {
            key: rest.join("_"),
            week,
            year: of_year,
        })
    })
}
