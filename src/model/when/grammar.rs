//! What the rules know: dates and parts of years, fiscal periods, and what is told from the as-of date.

use super::{Atom, Unit, Yearless, phrases};
use crate::limits::PERIOD_DAYS_MAX;
use crate::model::calendar::{Day, Grain, Period};
use crate::model::fiscal::{Part, month_named, weekday_named};

/// A single period that needs no calendar to be understood.
pub(super) fn known(words: &[&str]) -> Option<Atom> {
    absolute(words)
        .or_else(|| fiscal(words))
        .or_else(|| relative(words))
        .or_else(|| phrases::known(words))
        .or_else(|| {
            // "in June", "during Q3", "for the last 8 weeks"
            let (first, rest) = words.split_first()?;
            matches!(
                *first,
                "in" | "during" | "for" | "on" | "at" | "over" | "within"
            )
            .then(|| known(rest))?
        })
}

pub(super) fn number(word: &str) -> Option<u32> {
    let digits = !word.is_empty() && word.len() <= 5 && word.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| word.parse().ok())?
}

pub(super) fn year(word: &str) -> Option<i32> {
    let year = word.len() == 4;
    let number = year.then(|| number(word))??;
    let year = i32::try_from(number).ok()?;
    (1900..=2200).contains(&year).then_some(year)
}

/// `7` of `w7`, `07` of `p07`.
pub(super) fn numbered(word: &str, letter: char, most: u32) -> Option<u32> {
    let found = number(word.strip_prefix(letter)?)?;
    (1..=most).contains(&found).then_some(found)
}

fn ordinal(word: &str) -> Option<u32> {
    match word {
        "first" => Some(1),
        "second" => Some(2),
        "third" => Some(3),
        "fourth" => Some(4),
        _ => {
            let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
            let ending = word.get(digits.len()..)?;
            matches!(ending, "" | "st" | "nd" | "rd" | "th").then(|| number(digits))?
        }
    }
}

pub(in crate::model) fn count(word: &str) -> Option<u32> {
    const WORDS: [&str; 12] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    const TENS: [(&str, u32); 9] = [
        ("couple", 2),
        ("fourteen", 14),
        ("fifteen", 15),
        ("eighteen", 18),
        ("twenty", 20),
        ("thirty", 30),
        ("forty", 40),
        ("sixty", 60),
        ("ninety", 90),
    ];
    let mut spelt = (1..).zip(WORDS).map(|(n, w)| (w, n)).chain(TENS);
    let spelt = spelt.find(|(w, _)| *w == word).map(|(_, n)| n);
    spelt.or_else(|| number(word))
}

/// Dates, months, quarters, halves, weeks and years, with or without the year.
pub(super) fn absolute(words: &[&str]) -> Option<Atom> {
    let (ended, words) = match words {
        ["last" | "previous", rest @ ..] => (true, rest),
        _ => (false, words),
    };
    if !ended && let Some(fixed) = with_year(words) {
        return Some(Atom::Fixed(fixed));
    }
    let day = |month: i8, day: u32| {
        let day = i8::try_from(day).ok()?;
        jiff::civil::Date::new(2024, month, day).ok()?;
        Some(Yearless::Day(month, day))
    };
    let part = match words {
        [one] => month_named(one)
            .map(Yearless::Month)
            .or_else(|| numbered(one, 'q', 4).map(Yearless::Quarter))
            .or_else(|| numbered(one, 'h', 2).map(Yearless::Half))
            .or_else(|| week_number(one)),
        ["week", n] => number(n).and_then(|n| week_number(&format!("w{n}"))),
        ["quarter", n] => numbered(&format!("q{n}"), 'q', 4).map(Yearless::Quarter),
        ["half", n] => numbered(&format!("h{n}"), 'h', 2).map(Yearless::Half),
        // "last 1 quarter" counts quarters.
        [n, "quarter"] => ordinal(n)
            .filter(|q| (1..=4).contains(q) && number(n).is_none())
            .map(Yearless::Quarter),
        [n, "half"] => ordinal(n)
            .filter(|h| (1..=2).contains(h) && number(n).is_none())
            .map(Yearless::Half),
        [a, b] => match (month_named(a), month_named(b)) {
            (Some(month), _) => day(month, ordinal(b)?),
            (_, Some(month)) => day(month, ordinal(a)?),
            _ => None,
        },
        _ => None,
    };
    if let Some(part) = part {
        return Some(Atom::Yearless(part, ended));
    }
    match words {
        [one] => weekday_named(one).map(|weekday| Atom::Weekday(weekday, ended)),
        ["this", one] if !ended => weekday_named(one).map(|weekday| Atom::Weekday(weekday, false)),
        [part @ .., "last" | "previous", "year"] if !ended => of_year(part, -1),
        [part @ .., "this" | "current", "year"] if !ended => of_year(part, 0),
        ["week", rest @ ..] if !ended => match with_year(rest) {
            Some(period) if period.first == period.last => Some(Atom::WeekOf(period.first)),
            _ => None,
        },
        _ => None,
    }
}

/// "Q3 last year", "30 June this year".
pub(super) fn of_year(part: &[&str], years: i32) -> Option<Atom> {
    match absolute(part)? {
        Atom::Yearless(part, false) => Some(Atom::OfYear(part, years)),
        _ => None,
    }
}

fn week_number(word: &str) -> Option<Yearless> {
    let week = i8::try_from(numbered(word, 'w', 53)?).ok()?;
    Some(Yearless::Week(week))
}

pub(super) fn with_year(words: &[&str]) -> Option<Period> {
    let one = |day: Day| Period {
        first: day,
        last: day,
    };
    // Year, month and day in numbers: the month and the day have two digits, as in ISO 8601.
    let two = |word: &str| number(word).filter(|_| word.len() == 2);
    match words {
        [y] | ["year", y] | [y, "year"] => return Yearless::whole(Grain::Year, year(y)?, 1),
        [y, m, d] if two(m).is_some() && two(d).is_some() => {
            return Day::new(year(y)?, two(m)?, two(d)?).ok().map(one);
        }
        [y, m] if two(m).is_some() => return Yearless::whole(Grain::Month, year(y)?, two(m)?),
        _ => {}
    }
    // Any part of a year, with the year before or after it.
    let (y, rest) = match (words.split_last(), words.split_first()) {
        (Some((y, rest)), _) if year(y).is_some() => (year(y)?, rest),
        (_, Some((y, rest))) if year(y).is_some() => (year(y)?, rest),
        _ => return None,
    };
    match absolute(rest)? {
        Atom::Yearless(part, false) => part.of(y),
        _ => None,
    }
}

impl Yearless {
    /// This part of a year; `None` if the year has it not (29 February, week 53).
    pub(super) fn of(self, year: i32) -> Option<Period> {
        match self {
            Self::Month(month) => Self::whole(Grain::Month, year, u32::try_from(month).ok()?),
            Self::Quarter(n) => Self::whole(Grain::Quarter, year, n * 3 - 2),
            Self::Half(n) => {
                let first = Self::whole(Grain::Quarter, year, n * 6 - 5)?.first;
                let last = Grain::Month.step(first, 6).plus(-1);
                Some(Period { first, last })
            }
            Self::Week(week) => Period::parse(&format!("{year:04}-W{week:02}")).ok(),
            Self::Day(month, day) => {
                let (month, day) = (u32::try_from(month).ok()?, u32::try_from(day).ok()?);
                let day = Day::new(year, month, day).ok()?;
                Some(Period {
                    first: day,
                    last: day,
                })
            }
        }
    }

    pub(super) fn whole(grain: Grain, year: i32, month: u32) -> Option<Period> {
        let first = Day::new(year, month, 1).ok()?;
        let last = grain.step(first, 1).plus(-1);
        Some(Period { first, last })
    }
}

/// `FY26`, `FY2026 Q2`, `H1 FY26`, `fiscal year 2026 P03`.
fn fiscal(words: &[&str]) -> Option<Atom> {
    let (name, part) = match words {
        ["fy" | "fiscal", y, rest @ ..] if fiscal_name(y).is_some() => (fiscal_name(y)?, rest),
        ["fiscal", "year", y, rest @ ..] => (fiscal_name(y)?, rest),
        ["fiscal", part @ .., y] if !part.is_empty() => (fiscal_name(y)?, part),
        [fy, rest @ ..] if fy.starts_with("fy") => (fiscal_name(fy.strip_prefix("fy")?)?, rest),
        [before @ .., "fy" | "fiscal", y] => (fiscal_name(y)?, before),
        [before @ .., fy] => (fiscal_name(fy.strip_prefix("fy")?)?, before),
        [] => return None,
    };
    let joined = match part {
        ["quarter", n] => format!("q{n}"),
        ["half", n] => format!("h{n}"),
        ["period", n] => format!("p{n}"),
        ["week", n] => format!("w{n}"),
        [] => return Some(Atom::Fiscal(name, Part::Year, 0)),
        [one] => (*one).to_owned(),
        _ => return None,
    };
    let kinds = [
        ('h', Part::Half, 2),
        ('q', Part::Quarter, 4),
        ('p', Part::Period, 12),
        ('w', Part::Week, 53),
    ];
    kinds.into_iter().find_map(|(letter, part, most)| {
        let number = i32::try_from(numbered(&joined, letter, most)?).ok()?;
        Some(Atom::Fiscal(name, part, number - 1))
    })
}

fn fiscal_name(word: &str) -> Option<i32> {
    let short = || i32::try_from(number(word).filter(|_| word.len() == 2)?).ok();
    year(word).or_else(|| Some(2000 + short()?))
}

/// `this`, `last` and `next` units, the last so many of them, to date, and days by name.
fn relative(words: &[&str]) -> Option<Atom> {
    Some(match words {
        ["today" | "now"] | ["this", "day"] => Atom::Ago(0),
        ["yesterday"] | ["last" | "previous" | "prior", "day"] => Atom::Ago(1),
        ["day", "before", "yesterday"] => Atom::Ago(2),
        ["all" | "everything" | "ever" | "alltime"]
        | ["all", "time" | "data" | "history" | "days"]
        | ["whole" | "entire" | "full", "history"]
        | [
            "since",
            "launch" | "start" | "beginning" | "inception" | "ever",
        ] => Atom::All,
        ["wtd"] => Atom::ToDate(Unit::Week),
        ["mtd"] => Atom::ToDate(Unit::Month),
        ["qtd"] => Atom::ToDate(Unit::Quarter),
        ["htd"] => Atom::ToDate(Unit::Half),
        ["ytd"] => Atom::ToDate(Unit::Year),
        ["fytd"] => Atom::ToDate(Unit::FiscalYear),
        ["fqtd"] => Atom::ToDate(Unit::FiscalQuarter),
        ["fptd"] => Atom::ToDate(Unit::FiscalPeriod),
        ["this", units @ .., "so", "far"] | ["this", units @ .., "to", "date"] => {
            to_date(unit(units)?)
        }
        [units @ .., "so", "far"] | [units @ .., "to", "date"] => to_date(unit(units)?),
        ["this" | "current", units @ ..] => step(0, units)?,
        ["next" | "coming" | "following" | "upcoming", n, units @ ..]
            if count(n).is_some() && !units.is_empty() =>
        {
            let (n, unit) = counted(n, units)?;
            Atom::Next(n, unit)
        }
        ["next" | "coming" | "following" | "upcoming", units @ ..] => step(1, units)?,
        [
            "last" | "past" | "previous" | "prior" | "trailing" | "rolling",
            n,
            units @ ..,
        ] if count(n).is_some() && !units.is_empty() => {
            let (n, unit) = counted(n, units)?;
            Atom::Last(n, unit)
        }
        ["last" | "past" | "previous" | "prior", units @ ..] => step(-1, units)?,
        _ => return None,
    })
}

/// So many units that fit into a period.
pub(super) fn counted(n: &str, units: &[&str]) -> Option<(u32, Unit)> {
    let (n, unit) = (count(n)?, unit(units)?);
    let days = n.saturating_mul(unit.days_min()) as usize;
    (1..=PERIOD_DAYS_MAX).contains(&days).then_some((n, unit))
}

fn step(offset: i32, units: &[&str]) -> Option<Atom> {
    let unit = unit(units)?;
    Some(if unit == Unit::Day && offset <= 0 {
        Atom::Ago(-offset)
    } else {
        Atom::Unit(offset, unit)
    })
}

/// A day to date is that day.
pub(super) fn to_date(unit: Unit) -> Atom {
    if unit == Unit::Day {
        Atom::Ago(0)
    } else {
        Atom::ToDate(unit)
    }
}

pub(super) fn unit(words: &[&str]) -> Option<Unit> {
    let one = |word: &str| {
        let single = match word {
            "halves" => "half",
            "qtr" | "qtrs" => "quarter",
            "wk" | "wks" => "week",
            "mo" | "mos" | "mth" | "mths" => "month",
            "yr" | "yrs" => "year",
            _ => word.strip_suffix('s').unwrap_or(word),
        };
        Unit::ALL.into_iter().find(|unit| unit.name() == single)
    };
    match words {
        [word] | ["calendar", word] => one(word),
        ["half", "year" | "years"] => Some(Unit::Half),
        ["fiscal", "half", "year" | "years"] => Some(Unit::FiscalHalf),
        ["fiscal", word] => match *word {
            "period" | "periods" | "month" | "months" => Some(Unit::FiscalPeriod),
            "week" | "weeks" => Some(Unit::Week),
            _ => match one(word)? {
                Unit::Quarter => Some(Unit::FiscalQuarter),
                Unit::Half => Some(Unit::FiscalHalf),
                Unit::Year => Some(Unit::FiscalYear),
                _ => None,
            },
        },
        _ => None,
    }
}
