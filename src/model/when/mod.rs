//! Periods in words: "last 8 weeks", "MTD", "FY26 Q2", "Black Friday week", "since launch".
//!
//! A text is parsed without knowing the data ([`When::parse`]), has one spelling (its `Display`), and becomes days by the
//! data's own clock ([`When::resolve`]): "today" is the last day with data, never the day on which somebody asks.

mod baseline;
mod events;
mod grammar;
mod parse;
mod phrases;
mod resolve;
#[cfg(test)]
mod tests;
mod units;

use std::fmt;

use jiff::civil::Weekday;

pub use baseline::{Align, Baseline, previous, year_before};
pub(super) use grammar::count;
pub use units::Unit;

use super::calendar::{Day, Period};
use super::fiscal::{MONTHS, Part};
use super::sales_calendar::SalesCalendar;

/// What periods in words are told by.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// The first and the last day with data; the last is what "today" means.
    pub days: Period,
    /// The owner's weeks, fiscal year, holidays and events.
    pub calendar: Option<&'a SalesCalendar>,
}

/// A period in words, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When(Form);

/// Days that words stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The days asked for, whether there are data of all of them or not.
    pub period: Period,
    /// Whether the data cover all of it.
    pub complete: bool,
    /// What it is, for people: the words and the days.
    pub label: String,
    /// What kind of period it is: decides what comes before it.
    pub shape: Shape,
}

/// The kind of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// So many whole units.
    Whole(Unit, i32),
    /// A unit from its start to the as-of date.
    ToDate(Unit),
    /// A Saturday and a Sunday: what comes before it is the weekend before.
    Weekend,
    /// The days of a holiday or an event, or the week that holds it.
    Event {
        /// Its name, as the calendar has it.
        name: String,
        /// Whether the whole week is meant.
        week: bool,
    },
    /// Any days.
    Days,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    One(Atom),
    Since(Atom),
    Until(Atom),
    Range(Atom, Atom),
}

/// A period that is not made of others.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Atom {
    Fixed(Period),
    All,
    /// The day so many days before the as-of date.
    Ago(i32),
    /// The unit so many units from the one that holds the as-of date.
    Unit(i32, Unit),
    /// So many whole units up to the as-of date.
    Last(u32, Unit),
    /// So many whole units from the one after the as-of date's.
    Next(u32, Unit),
    /// The Saturday and Sunday of the week so many weeks from the one that holds the as-of date.
    Weekend(i32),
    ToDate(Unit),
    /// The latest such part of a year that has begun (or, if told so, ended).
    Yearless(Yearless, bool),
    /// Such a part of the calendar year so many years from that of the as-of date.
    OfYear(Yearless, i32),
    /// The latest such day; before the as-of date if told so.
    Weekday(Weekday, bool),
    /// The week that holds a day.
    WeekOf(Day),
    /// A part of a fiscal year, counted from 0.
    Fiscal(i32, Part, i32),
    Event(EventName),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Yearless {
    Month(i8),
    Quarter(u32),
    Half(u32),
    Week(i8),
    Day(i8, i8),
}

/// A name that only the calendar knows: what [`parse::words`] leaves of it, joined by `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EventName {
    key: String,
    week: bool,
    year: Option<i32>,
}

impl When {
    /// The period, where it needs no clock.
    #[must_use]
    pub fn absolute(&self) -> Option<Period> {
        match self.0 {
            Form::One(Atom::Fixed(period)) => Some(period),
            _ => None,
        }
    }
}

impl From<Period> for When {
    fn from(period: Period) -> Self {
        Self(Form::One(Atom::Fixed(period)))
    }
}

impl Atom {
    /// Whether it is the latest of many: a neighbour that it makes a range with may say which.
    const fn is_floating(&self) -> bool {
        matches!(
            self,
            Self::Yearless(_, false)
                | Self::Weekday(_, false)
                | Self::Event(EventName { year: None, .. })
        )
    }
}

impl fmt::Display for When {
    /// One spelling a period, safe in a URL: `last_8_weeks`, `mtd`, `fy2026_q2`, `2026-Q3`, `2026-03-01..yesterday`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::One(atom) => write!(f, "{atom}"),
            Form::Since(atom) => write!(f, "since_{atom}"),
            Form::Until(atom) => write!(f, "until_{atom}"),
            Form::Range(a, b) => write!(f, "{a}..{b}"),
        }
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(period) => write!(f, "{period}"),
            Self::All => f.write_str("all"),
            Self::Ago(0) => f.write_str("today"),
            Self::Ago(1) => f.write_str("yesterday"),
            Self::Ago(2) => f.write_str("day_before_yesterday"),
            Self::Ago(days) => write!(f, "{days}_days_ago"),
            Self::Unit(offset @ ..-1, unit) => {
                write!(f, "{}_{}_ago", offset.unsigned_abs(), unit.plural())
            }
            Self::Unit(offset, unit) => write!(f, "{}_{}", nearby(*offset), unit.name()),
            Self::Weekend(offset @ ..-1) => write!(f, "{}_weekends_ago", offset.unsigned_abs()),
            Self::Weekend(offset) => write!(f, "{}_weekend", nearby(*offset)),
            Self::Last(1, unit) => write!(f, "last_1_{}", unit.name()),
            Self::Last(count, unit) => write!(f, "last_{count}_{}", unit.plural()),
            Self::Next(1, unit) => write!(f, "next_1_{}", unit.name()),
            Self::Next(count, unit) => write!(f, "next_{count}_{}", unit.plural()),
            Self::ToDate(unit) => f.write_str(&unit.to_date()),
            Self::Yearless(part, ended) => {
                let last = if *ended { "last_" } else { "" };
                write!(f, "{last}{part}")
            }
            Self::OfYear(part, years) => {
                let word = if *years < 0 { "last" } else { "this" };
                write!(f, "{part}_{word}_year")
            }
            Self::Weekday(weekday, before) => {
                let last = if *before { "last_" } else { "" };
                write!(f, "{last}{}", format!("{weekday:?}").to_lowercase())
            }
            Self::WeekOf(day) => write!(f, "week_of_{day}"),
            Self::Fiscal(year, part, index) => {
                let number = index + 1;
                match part {
                    Part::Year => write!(f, "fy{year}"),
                    Part::Half => write!(f, "fy{year}_h{number}"),
                    Part::Quarter => write!(f, "fy{year}_q{number}"),
                    Part::Period => write!(f, "fy{year}_p{number:02}"),
                    Part::Week => write!(f, "fy{year}_w{number:02}"),
                }
            }
            Self::Event(EventName { key, week, year }) => {
                f.write_str(key)?;
                if *week {
                    f.write_str("_week")?;
                }
                year.map_or(Ok(()), |year| write!(f, "_{year}"))
            }
        }
    }
}

const fn nearby(offset: i32) -> &'static str {
    match offset {
        ..0 => "last",
        0 => "this",
        1.. => "next",
    }
}

impl fmt::Display for Yearless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = |month: i8| {
            let index = usize::try_from(month - 1).unwrap_or(0);
            MONTHS.get(index).copied().unwrap_or("january")
        };
        match self {
            Self::Month(m) => f.write_str(month(*m)),
            Self::Quarter(n) => write!(f, "q{n}"),
            Self::Half(n) => write!(f, "h{n}"),
            Self::Week(n) => write!(f, "week_{n}"),
            Self::Day(m, d) => write!(f, "{}_{d}", month(*m)),
        }
    }
}
