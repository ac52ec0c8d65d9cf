//! What people say instead: "last weekend", "month before last", "L12M", "3Q25", "week ending 17 May 2026", "last quarter of
//! 2025". Each is a period that the other rules know, in other words.

use super::grammar::{
    absolute, counted, known as by_rules, number, numbered, of_year, to_date, unit, with_year,
};
use super::{Atom, Unit, Yearless};
use crate::error::{Error, Result};
use crate::model::calendar::{Day, Grain, Period};
use crate::model::fiscal::{month_named, weekday_named};

/// A period in other words.
pub(super) fn known(words: &[&str]) -> Option<Atom> {
    match words {
        ["weekend"] | ["last" | "past" | "previous", "weekend"] => Some(Atom::Weekend(-1)),
        [one] => compact(one),
        // "all of 2025", "the whole of last month", "full year 2025"
        [
            "all" | "whole" | "entire" | "full" | "complete" | "calendar",
            rest @ ..,
        ] if !rest.is_empty() => by_rules(rest),
        ["this" | "current", "weekend"] => Some(Atom::Weekend(0)),
        ["next" | "coming", "weekend"] => Some(Atom::Weekend(1)),
        ["weekend", "before", "last"] => Some(Atom::Weekend(-2)),
        [n, "weekend" | "weekends", "ago"] => back(n).map(Atom::Weekend),
        ["last" | "past" | "previous", "fortnight"] => Some(Atom::Last(14, Unit::Day)),
        [units @ .., "before", "last"] => {
            Some(Atom::Unit(-2, unit(units)?)).filter(|_| unit(units) != Some(Unit::Day))
        }
        [n, units @ .., "ago" | "back"] => ago(n, units),
        // The newest that is over.
        ["latest" | "recent", units @ ..]
        | ["most", "recent", units @ ..]
        | [
            "last",
            "full" | "complete" | "completed" | "whole" | "closed",
            units @ ..,
        ] => {
            // "recent months" does not say how many.
            let one = units.last().filter(|word| !word.ends_with('s'));
            one.and_then(|_| counted("1", units))
                .map(|(n, unit)| Atom::Last(n, unit))
        }
        [
            "since" | "from",
            "start" | "beginning" | "begin",
            "this",
            units @ ..,
        ]
        | [
            "since" | "from",
            "start" | "beginning" | "begin",
            units @ ..,
        ] if !units.is_empty() => unit(units).map(to_date),
        ["fiscal", "ytd"] => Some(Atom::ToDate(Unit::FiscalYear)),
        ["fiscal", "qtd"] => Some(Atom::ToDate(Unit::FiscalQuarter)),
        // "this year's Q3", "last year in June"
        [
            which @ ("last" | "previous" | "this" | "current"),
            "year" | "years",
            rest @ ..,
        ] if !rest.is_empty() => {
            let years = if matches!(*which, "last" | "previous") {
                -1
            } else {
                0
            };
            of_year(rest.strip_prefix(&["in"]).unwrap_or(rest), years)
        }
        ["week", "ending" | "ended" | "to", rest @ ..] => {
            let last = one_day(rest)?;
            fixed(last.plus(-6), last)
        }
        [
            "week",
            "beginning" | "starting" | "commencing" | "from",
            rest @ ..,
        ] => {
            let first = one_day(rest)?;
            fixed(first, first.plus(6))
        }
        ["calendar", "week", n] | ["week" | "wk" | "cw" | "kw", n] => absolute(&["week", n]),
        [end @ ("first" | "last" | "final"), rest @ ..] => part_of(*end == "first", rest),
        _ => with_numbers(words),
    }
}

/// One word: `3q25`, `2025q3`, `l12m`, `ttm`, `cy25`, `kw47`.
fn compact(word: &str) -> Option<Atom> {
    if matches!(word, "ltm" | "ttm") {
        return Some(Atom::Last(12, Unit::Month));
    }
    if let Some(rest) = word.strip_prefix("cy") {
        return with_year(&[century(rest)?.as_str()]).map(Atom::Fixed);
    }
    for prefix in ["cw", "kw", "wk"] {
        if let Some(n) = word.strip_prefix(prefix) {
            return absolute(&["week", n]);
        }
    }
    // "l12m", "r4q"
    if let Some(rest) = word.strip_prefix(['l', 'r']) {
        let n = rest.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = match rest.get(n.len()..)? {
            "d" => "day",
            "w" => "week",
            "m" => "month",
            "q" => "quarter",
            "y" => "year",
            _ => return None,
        };
        number(n)?;
        return counted(n, &[unit]).map(|(n, unit)| Atom::Last(n, unit));
    }
    // "3q25", "2h2025", "1q"
    let letter = word.find(['q', 'h'])?;
    let (before, after) = word.split_at(letter);
    let (letter, after) = after.split_at(1);
    if before.len() == 1 {
        let part = format!("{letter}{before}");
        return match after {
            "" => absolute(&[&part]),
            year => part_and_year(&part, &century(year)?),
        };
    }
    // "2025q3", "q325" is none.
    if before.len() == 4 && number(after).is_some() {
        return part_and_year(&format!("{letter}{after}"), before);
    }
    None
}

fn part_and_year(part: &str, year: &str) -> Option<Atom> {
    with_year(&[part, year]).map(Atom::Fixed)
}

/// A year of two or four digits.
fn century(word: &str) -> Option<String> {
    number(word)?;
    match word.len() {
        2 => Some(format!("20{word}")),
        4 => Some(word.to_owned()),
        _ => None,
    }
}

/// `-2` of "2" or "two", where there is an "ago".
fn back(word: &str) -> Option<i32> {
    let n = match word {
        "a" | "an" => 1,
        _ => counted(word, &["day"])?.0,
    };
    i32::try_from(n).ok().map(|n| -n)
}

/// "3 months ago", "a week ago".
fn ago(n: &str, units: &[&str]) -> Option<Atom> {
    let n = if matches!(n, "a" | "an") { "one" } else { n };
    let (n, unit) = counted(n, units)?;
    let n = i32::try_from(n).ok()?;
    Some(if unit == Unit::Day {
        Atom::Ago(n)
    } else {
        Atom::Unit(-n, unit)
    })
}

fn fixed(first: Day, last: Day) -> Option<Atom> {
    Period::new(first, last).ok().map(Atom::Fixed)
}

fn one_day(words: &[&str]) -> Option<Day> {
    let period = with_year(words)?;
    (period.first == period.last).then_some(period.first)
}

/// "first 10 days of March 2026", "last quarter of 2025", "last day of June 2026". Weeks are left out: they seldom begin with
/// what they are a part of.
fn part_of(is_first: bool, words: &[&str]) -> Option<Atom> {
    let (n, rest) = match words {
        [n, rest @ ..] if counted(n, &["day"]).is_some() => (counted(n, &["day"])?.0, rest),
        rest => (1, rest),
    };
    let (name, base) = rest.split_first()?;
    let unit = unit(&[*name])?;
    let base = with_year(base.strip_prefix(&["in"]).unwrap_or(base))?;
    let n = i32::try_from(n).ok()?;
    let (grain, steps) = match unit {
        Unit::Day => (Grain::Day, n),
        Unit::Month => (Grain::Month, n),
        Unit::Quarter => (Grain::Month, n.checked_mul(3)?),
        Unit::Half => (Grain::Month, n.checked_mul(6)?),
        _ => return None,
    };
    let (first, last) = if is_first {
        (base.first, grain.step(base.first, steps).plus(-1))
    } else {
        (grain.step(base.last.plus(1), -steps), base.last)
    };
    // A part is no more than the whole.
    let inside = base.first <= first && last <= base.last && first <= last;
    inside.then(|| fixed(first, last))?
}

/// "Q3 25", "03/2026", "March 1-15, 2026", "1-15 March 2026".
fn with_numbers(words: &[&str]) -> Option<Atom> {
    match words {
        // "2H 2025"
        [part, y] if part.len() == 2 && part.ends_with(['q', 'h']) && number(y).is_some() => {
            compact(&format!("{part}{y}"))
        }
        [part, y]
            if y.len() == 2
                && (numbered(part, 'q', 4).is_some() || numbered(part, 'h', 2).is_some()) =>
        {
            part_and_year(part, &century(y)?)
        }
        [m, y] if m.len() <= 2 && y.len() == 4 => {
            let month = number(m).filter(|m| (1..=12).contains(m))?;
            let year = i32::try_from(number(y)?).ok()?;
            Yearless::whole(Grain::Month, year, month).map(Atom::Fixed)
        }
        [month, from, to, y] if month_named(month).is_some() => days_of(month, from, to, y),
        [from, to, month, y] if month_named(month).is_some() => days_of(month, from, to, y),
        _ => None,
    }
}

fn days_of(month: &str, from: &str, to: &str, y: &str) -> Option<Atom> {
    number(from).filter(|_| from.len() <= 2)?;
    let (first, last) = (one_day(&[month, from, y])?, one_day(&[month, to, y])?);
    fixed(first, last)
}

/// Where "Jan-Mar 2025", "Q1-Q2" and "2024-2025" are cut, since a dash within words is a space.
pub(super) fn dashed(words: &[&str]) -> Option<usize> {
    let [a, b, ..] = words else { return None };
    let same = |test: fn(&str) -> bool| test(a) && test(b);
    let alike = same(|w| month_named(w).is_some())
        || same(|w| weekday_named(w).is_some())
        || same(|w| numbered(w, 'q', 4).is_some())
        || same(|w| super::grammar::year(w).is_some());
    alike.then_some(1)
}

/// What is asked of two periods, or of no run of days at all, and where it belongs.
///
/// # Errors
/// `Invalid`, saying what to write instead.
pub(super) fn refuse_others(words: &[&str]) -> Result<()> {
    let versus = |word: &&str| matches!(*word, "vs" | "versus" | "against" | "compared");
    if words.iter().any(versus) {
        return Err(Error::invalid(format!(
            "{:?} is two periods: compare_periods takes the first as a and the other as b",
            words.join(" ")
        )));
    }
    if let [one] = words
        && (matches!(*one, "weekends" | "weekdays")
            || one
                .strip_suffix('s')
                .is_some_and(|day| day.ends_with("day") && weekday_named(day).is_some()))
    {
        return Err(Error::invalid(format!(
            "{one:?} are no run of days: sales_trend with profile weekday shows the days of the week beside each other"
        )));
    }
    if let [
        "last" | "this" | "past" | "previous" | "current",
        ..,
        "hour" | "hours" | "minutes" | "morning" | "evening",
    ] = words
    {
        return Err(Error::invalid(
            "the data are by day, so a period is made of days: today, yesterday or last_7_days",
        ));
    }
    Ok(())
}
