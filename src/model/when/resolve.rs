//! [`When`] -> days, by the data's own clock.

use jiff::civil::Weekday;

use super::events::{Anchor, Occurrence, find};
use super::units::Rules;
use super::{Atom, Clock, EventName, Form, Shape, Span, Unit, When, Yearless};
use crate::error::{Error, Result};
use crate::model::calendar::{Day, Grain, Period};
use crate::model::fiscal::{MONTHS, whole_months};

/// Days, what they are called, and what kind they are; not yet looked at beside the data.
struct Found {
    period: Period,
    words: String,
    shape: Shape,
}

impl When {
    /// The days that the words stand for. They are those asked for, even where the data do not reach.
    ///
    /// # Errors
    /// `Invalid` for a name that the calendar does not know, a fiscal period where there is no fiscal year, and a period that
    /// lies wholly outside of the data; the message says which days there are.
    pub fn resolve(&self, clock: &Clock<'_>) -> Result<Span> {
        let span = self.resolve_ahead(clock)?;
        let days = clock.days;
        if span.period.intersect(days).is_none() {
            return Err(Error::invalid(format!(
                "{} is outside of the data: the data reach from {} to {}",
                span.label, days.first, days.last
            )));
        }
        Ok(span)
    }

    /// The days that are meant, of which there may be no data yet.
    ///
    /// # Errors
    /// `Invalid` for a name that the calendar does not know, and a fiscal period where there is no fiscal year.
    pub fn resolve_ahead(&self, clock: &Clock<'_>) -> Result<Span> {
        let Found {
            period,
            words,
            shape,
        } = self.find(clock)?;
        let days = clock.days;
        Ok(Span {
            period,
            complete: days.first <= period.first && period.last <= days.last,
            label: labelled(&words, period),
            shape,
        })
    }

    fn find(&self, clock: &Clock<'_>) -> Result<Found> {
        let rules = Rules::of(clock);
        let latest = Anchor::Latest(clock.days.last);
        let one = |atom: &Atom, anchor| atom.find(clock, &rules, anchor);
        let spanned = |first: Day, last: Day, words: String| -> Result<Found> {
            let period = Period::new(first, last).map_err(|e| e.context(&words))?;
            Ok(Found {
                shape: shape_of(period),
                period,
                words,
            })
        };
        match &self.0 {
            Form::One(atom) => one(atom, latest).or_else(|error| match between_names(atom) {
                Some(range) => range.find(clock).map_err(|_| error),
                None => Err(error),
            }),
            Form::Since(atom) => {
                let from = one(atom, latest)?;
                let words = format!("since {}", from.words);
                spanned(from.period.first, clock.days.last, words)
            }
            Form::Until(atom) => {
                let to = one(atom, latest)?;
                let words = format!("until {}", to.words);
                spanned(clock.days.first, to.period.last, words)
            }
            Form::Range(a, b) => {
                // An end without a year is the one that is next to the other end: "November to February 2026".
                let (from, to) = if b.is_floating() && !a.is_floating() {
                    let from = one(a, latest)?;
                    let to = one(b, Anchor::From(from.period.first))?;
                    (from, to)
                } else {
                    let to = one(b, latest)?;
                    let before = Anchor::Latest(to.period.last);
                    let from = one(a, if a.is_floating() { before } else { latest })?;
                    (from, to)
                };
                let words = format!("{} to {}", from.words, to.words);
                spanned(from.period.first, to.period.last, words)
            }
        }
    }
}

/// "thanksgiving to christmas", once no event is called that.
fn between_names(atom: &Atom) -> Option<When> {
    let Atom::Event(_) = atom else {
        return None;
    };
    let text = atom.to_string();
    let (a, b) = text.split_once("_to_")?;
    When::parse(&format!("{a}..{b}")).ok()
}

impl Atom {
    fn find(&self, clock: &Clock<'_>, rules: &Rules, anchor: Anchor) -> Result<Found> {
        let as_of = clock.days.last;
        let words = self.to_string().replace('_', " ");
        let units = |first: Day, end: Day, unit: Unit, count: i32| Found {
            period: Period {
                first,
                last: end.plus(-1),
            },
            words: words.clone(),
            shape: Shape::Whole(unit, count),
        };
        Ok(match self {
            Self::Fixed(period) => Found {
                period: *period,
                words: named(*period),
                shape: shape_of(*period),
            },
            Self::All => Found {
                period: clock.days,
                words: "all days with data".into(),
                shape: Shape::Days,
            },
            Self::Ago(ago) => {
                let date = as_of.plus(-ago);
                let words = match ago {
                    0 => format!("{words}, the last day with data"),
                    _ => format!("{words}, counted from {as_of}"),
                };
                Found {
                    words,
                    ..units(date, date.plus(1), Unit::Day, 1)
                }
            }
            Self::Unit(offset, unit) => {
                let first = rules.step(*unit, as_of, *offset)?;
                units(first, rules.step(*unit, first, 1)?, *unit, 1)
            }
            Self::Last(count, unit) => last(*count, *unit, as_of, rules, words)?,
            Self::Next(count, unit) => {
                let first = rules.step(*unit, as_of, 1)?;
                let count = (*count).cast_signed();
                units(first, rules.step(*unit, first, count)?, *unit, count)
            }
            Self::Weekend(offset) => weekend(as_of, *offset, words),
            Self::ToDate(unit) => Found {
                period: Period {
                    first: rules.step(*unit, as_of, 0)?,
                    last: as_of,
                },
                words: format!("{} to date", unit.name().replace('_', " ")),
                shape: Shape::ToDate(*unit),
            },
            Self::Yearless(part, ended) => {
                let period = part.near(*ended, anchor).ok_or_else(|| {
                    Error::invalid(format!("there is no {words} near {as_of}: write the year"))
                })?;
                Found {
                    period,
                    words: named(period),
                    shape: shape_of(period),
                }
            }
            Self::OfYear(part, years) => {
                let year = i32::from(as_of.date().year()).saturating_add(*years);
                let period = part.of(year).ok_or_else(|| {
                    Error::invalid(format!("there is no {words}: write the year"))
                })?;
                Found {
                    period,
                    words,
                    shape: shape_of(period),
                }
            }
            Self::Weekday(weekday, before) => {
                let date = nearest_weekday(*weekday, *before, anchor);
                Found {
                    shape: Shape::Days,
                    ..units(date, date.plus(1), Unit::Day, 1)
                }
            }
            Self::WeekOf(date) => {
                let first = rules.week_of(*date);
                units(first, first.plus(7), Unit::Week, 1)
            }
            Self::Fiscal(year, part, index) => {
                let period = rules.fiscal()?.part(*year, *part, *index);
                let words = words.to_uppercase();
                let unit = Unit::ALL.into_iter().find(|u| u.part() == Some(*part));
                Found {
                    period: period.ok_or_else(|| Error::invalid(format!("there is no {words}")))?,
                    words,
                    shape: Shape::Whole(unit.unwrap_or(Unit::Week), 1),
                }
            }
            Self::Event(asked) => asked.find(clock, rules, anchor)?,
        })
    }
}

/// So many whole units up to the as-of date.
fn last(count: u32, unit: Unit, as_of: Day, rules: &Rules, words: String) -> Result<Found> {
    // A unit that ends on the as-of date is complete: the day after it begins a new one.
    let end = rules.step(unit, as_of.plus(1), 0)?;
    let count = count.cast_signed();
    let words = match count {
        1 => format!("last complete {}", unit.name().replace('_', " ")),
        _ => words,
    };
    Ok(Found {
        period: Period {
            first: rules.step(unit, end, -count)?,
            last: end.plus(-1),
        },
        words,
        shape: Shape::Whole(unit, count),
    })
}

/// A weekend is at the end of a week from Monday, whatever day the owner's weeks begin on.
fn weekend(as_of: Day, offset: i32, words: String) -> Found {
    let first = Grain::Week.step(as_of, offset).plus(5);
    let last = first.plus(1);
    Found {
        period: Period { first, last },
        words,
        shape: Shape::Weekend,
    }
}

fn nearest_weekday(weekday: Weekday, before: bool, anchor: Anchor) -> Day {
    match anchor {
        Anchor::Latest(day) => {
            let day = day.plus(-i32::from(before));
            day.plus(-i32::from(day.date().weekday().since(weekday)))
        }
        Anchor::From(day) => day.plus(i32::from(weekday.since(day.date().weekday()))),
    }
}

impl EventName {
    fn find(&self, clock: &Clock<'_>, rules: &Rules, anchor: Anchor) -> Result<Found> {
        let Occurrence { name, days, week } = find(self, clock, anchor)?;
        let year = days.first.date().year();
        let (period, of_week) = if week {
            let first = rules.week_of(days.first);
            let last = rules.week_of(days.last).plus(6);
            (Period { first, last }, " week")
        } else {
            (days, "")
        };
        Ok(Found {
            period,
            words: format!("{name}{of_week} {year}"),
            shape: Shape::Event { name, week },
        })
    }
}

impl Yearless {
    /// The occurrence that is meant.
    fn near(self, ended: bool, anchor: Anchor) -> Option<Period> {
        // 29 February may be eight years away; a first week may begin in the year before its own.
        match anchor {
            Anchor::Latest(day) => {
                let year = i32::from(day.date().year());
                (year - 9..=year + 1).rev().find_map(|year| {
                    let period = self.of(year)?;
                    let reached = if ended { period.last } else { period.first };
                    (reached <= day).then_some(period)
                })
            }
            Anchor::From(day) => {
                let year = i32::from(day.date().year());
                (year - 1..=year + 9).find_map(|year| {
                    let period = self.of(year)?;
                    (period.first >= day).then_some(period)
                })
            }
        }
    }
}

/// What precedes such a period: months for whole months, otherwise as many days.
pub(super) fn shape_of(period: Period) -> Shape {
    whole_months(period).map_or(Shape::Days, |months| Shape::Whole(Unit::Month, months))
}

/// The words, and the days unless they are the words.
fn labelled(words: &str, period: Period) -> String {
    let days = named(period);
    if days == words {
        days
    } else {
        format!("{words} ({days})")
    }
}

/// A period as people write it: `June 2026`, `Q3 2026`, `2026-W07`, `2026-03-01 to 2026-05-17`.
fn named(period: Period) -> String {
    let date = period.first.date();
    let year = date.year();
    match whole_months(period) {
        Some(12) if date.month() == 1 => return year.to_string(),
        Some(6) if date.month() % 6 == 1 => return format!("H{} {year}", date.month() / 6 + 1),
        Some(3) if date.month() % 3 == 1 => return format!("Q{} {year}", date.month() / 3 + 1),
        Some(1) => {
            let index = usize::try_from(date.month() - 1).unwrap_or(0);
            let name = MONTHS.get(index).copied().unwrap_or_default();
            let (first, rest) = name.split_at_checked(1).unwrap_or_default();
            return format!("{}{rest} {year}", first.to_uppercase());
        }
        _ => {}
    }
    if period.first == period.last {
        period.first.to_string()
    } else if period.is_whole(Grain::Week) && period.last == period.first.plus(6) {
        let week = date.iso_week_date();
        format!(
            "{}-W{:02}, {} to {}",
            week.year(),
            week.week(),
            period.first,
            period.last
        )
    } else {
        format!("{} to {}", period.first, period.last)
    }
}
