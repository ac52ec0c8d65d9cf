//! What a period is compared with: the one before it, and the one of a year before.

use std::cmp::Reverse;

use jiff::ToSpan as _;

use super::events::occurrences;
use super::units::Rules;
use super::{Clock, Shape, Span, Unit};
use crate::model::calendar::{Day, Grain, Period};
use crate::model::fiscal::Part;

/// How a period of a year before is laid beside one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Align {
    /// The same dates; for fiscal weeks the same weeks of the fiscal year before.
    #[default]
    Date,
    /// The same weekdays: 52 weeks before, or the ISO week of the same number.
    Weekday,
    /// The same distance to a holiday.
    Holiday,
}

impl Align {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Weekday => "weekday",
            Self::Holiday => "holiday",
        }
    }
}

/// A period of a year before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baseline {
    /// Its days. They may lie outside of the data.
    pub period: Period,
    /// How it was laid: [`Align::Weekday`] where a holiday was to be, and there is none.
    pub align: Align,
    /// The holiday or event that it was laid by.
    pub holiday: Option<String>,
}

/// The period of the same kind and length just before: the month before a month, as many days before any days; of a period to
/// date, the same part of the unit before (all of it once the unit is over). It may lie outside of the data.
#[must_use]
pub fn previous(span: &Span, clock: &Clock<'_>) -> Period {
    let Period { first, last } = span.period;
    let rules = Rules::of(clock);
    let days = last.0.saturating_sub(first.0).saturating_add(1);
    let before = Period {
        first: first.plus(-days),
        last: first.plus(-1),
    };
    match span.shape {
        Shape::Whole(unit, count) => {
            let start = rules.step(unit, first, count.saturating_neg());
            start.map_or(before, |start| Period {
                first: start,
                ..before
            })
        }
        Shape::ToDate(unit) => {
            let (Ok(start), Ok(end)) = (rules.step(unit, first, -1), rules.step(unit, first, 1))
            else {
                return before;
            };
            let until = match unit.months() {
                _ if last.plus(1) >= end => first.plus(-1),
                Some(months) => {
                    let date = last.date().saturating_sub(months.months());
                    Day::from_date(date).min(first.plus(-1))
                }
                None => start.plus(days - 1).min(first.plus(-1)),
            };
            Period {
                first: start,
                last: until,
            }
        }
        Shape::Weekend => moved(span.period, -7),
        Shape::Event { .. } | Shape::Days => before,
    }
}

/// The period of a year before. It may lie outside of the data.
#[must_use]
pub fn year_before(span: &Span, align: Align, clock: &Clock<'_>) -> Baseline {
    let rules = Rules::of(clock);
    let plain = |period, align| Baseline {
        period,
        align,
        holiday: None,
    };
    match align {
        Align::Date => plain(by_date(span, &rules), align),
        Align::Weekday => plain(by_weekday(span.period), align),
        Align::Holiday => by_holiday(span, clock, &rules)
            .unwrap_or_else(|| plain(by_weekday(span.period), Align::Weekday)),
    }
}

fn moved(period: Period, days: i32) -> Period {
    Period {
        first: period.first.plus(days),
        last: period.last.plus(days),
    }
}

fn by_date(span: &Span, rules: &Rules) -> Period {
    let Period { first, last } = span.period;
    if let Some(same) = same_fiscal_part(span, rules) {
        return same;
    }
    if span.shape == Shape::Weekend {
        return by_weekday(span.period);
    }
    if span.period.is_whole(Grain::Month) {
        return Period {
            first: Grain::Month.step(first, -12),
            last: Grain::Month.step(last, -11).plus(-1),
        };
    }
    let year_ago = |day: Day| Day::from_date(day.date().saturating_sub(1.year()));
    Period {
        first: year_ago(first),
        last: year_ago(last),
    }
}

/// Fiscal units, and whole weeks where fiscal years are made of weeks, have the same place in the fiscal year before.
fn same_fiscal_part(span: &Span, rules: &Rules) -> Option<Period> {
    let fiscal = rules.fiscal().ok()?;
    let Period { first, last } = span.period;
    let days = last.0.saturating_sub(first.0).saturating_add(1);
    if let Shape::Whole(unit, count) = span.shape
        && let Some(part) = unit.part()
    {
        let start = |day: Day| {
            let (year, index) = fiscal.holding(part, day);
            fiscal.part(year - 1, part, index).map(|p| p.first)
        };
        let end = fiscal.step(part, first, count);
        return Some(Period {
            first: start(first)?,
            last: start(end)?.plus(-1),
        });
    }
    fiscal.week_start()?;
    let in_weeks = match span.shape {
        Shape::ToDate(unit) => unit.part().is_some() || unit == Unit::Week,
        _ => first == rules.week_of(first) && days % 7 == 0 && !span.period.is_whole(Grain::Month),
    };
    if !in_weeks {
        return None;
    }
    let (year, week) = fiscal.holding(Part::Week, first);
    let start = fiscal.part(year - 1, Part::Week, week);
    // The 53rd week has no like in a year of 52: the week 52 weeks before it is as near as any.
    let start = start.map_or(first.plus(-364), |week| week.first);
    Some(Period {
        first: start,
        last: start.plus(days - 1),
    })
}

fn by_weekday(period: Period) -> Period {
    let shift = if period.is_whole(Grain::Week) {
        let week = period.first.date().iso_week_date();
        let same = jiff::civil::ISOWeekDate::new(week.year() - 1, week.week(), week.weekday());
        same.map_or(-364, |same| Day::from_date(same.date()).0 - period.first.0)
    } else {
        -364
    };
    moved(period, shift)
}

/// A holiday or event inside of a period, and how far back it was the year before.
struct Shift {
    name: String,
    first: Day,
    days: i32,
}

fn by_holiday(span: &Span, clock: &Clock<'_>, rules: &Rules) -> Option<Baseline> {
    let shifts = shifts(span.period, clock);
    let own = |shift: &Shift| {
        let calendar = clock.calendar;
        calendar.is_some_and(|c| c.event.iter().any(|event| event.name == shift.name))
    };
    let asked = match &span.shape {
        Shape::Event { name, .. } => shifts.iter().find(|shift| shift.name == *name),
        _ => None,
    };
    // Holidays disagree where some have a date and others a weekday: the owner's events count first, then what most say,
    // then what is farthest from the same date.
    let votes = |days: i32| shifts.iter().filter(|s| s.days == days).count();
    let best = asked.or_else(|| {
        shifts.iter().max_by_key(|shift| {
            let from_date = (shift.days + 365).abs();
            (
                own(shift),
                votes(shift.days),
                from_date,
                Reverse(shift.first),
            )
        })
    })?;
    let mut period = moved(span.period, best.days);
    if matches!(span.shape, Shape::Event { week: true, .. }) {
        // A week remains one, whatever weekday the holiday was.
        let length = span.period.last.0 - span.period.first.0;
        let first = rules.week_of(best.first.plus(best.days));
        period = Period {
            first,
            last: first.plus(length),
        };
    }
    Some(Baseline {
        period,
        align: Align::Holiday,
        holiday: Some(best.name.clone()),
    })
}

fn shifts(period: Period, clock: &Clock<'_>) -> Vec<Shift> {
    let around = Period {
        first: period.first.plus(-40),
        last: period.last,
    };
    let before = Period {
        first: period.first.plus(-445),
        last: period.last.plus(-300),
    };
    let earlier = occurrences(clock, before);
    let mut found = Vec::new();
    for (name, runs) in occurrences(clock, around) {
        for run in runs.iter().filter(|run| period.contains(run.first)) {
            let nearest = earlier.get(&name).and_then(|runs| {
                let off = |then: &&Period| (run.first.0 - then.first.0 - 365).abs();
                runs.iter().min_by_key(off).filter(|then| off(then) <= 45)
            });
            if let Some(then) = nearest {
                found.push(Shift {
                    name: name.clone(),
                    first: run.first,
                    days: then.first.0 - run.first.0,
                });
            }
        }
    }
    found
}
