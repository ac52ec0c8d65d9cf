//! What a rule can say, and the evaluator.

use jiff::civil::{Date, Weekday, date};

use super::Holiday;
use crate::model::Day;

/// Where in the year a holiday lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// Month and day.
    Fixed(i8, i8),
    /// The nth weekday of a month (1 to 5; -1 is the last), and so many days later.
    Nth(i8, Weekday, i8, i8),
    /// The last such weekday before a month and day.
    Before(Weekday, i8, i8),
    /// Days after Easter Sunday.
    Easter(i8),
    /// The last Sunday of May, a week later if that is Pentecost.
    FrenchMothersDay,
    /// The March equinox at the longitude of Tokyo.
    VernalEquinox,
    /// The September equinox there.
    AutumnalEquinox,
    /// One day a year from the rule's first year on, as month x 100 + day; 0: none that year.
    Listed(&'static [u16]),
    /// A day that lies between two holidays, and is neither a holiday nor a Sunday itself.
    Bridge,
}

/// What happens if the day is on a weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weekend {
    /// Nothing.
    Stays,
    /// The nearest weekday is observed too: Friday for Saturday, Monday for Sunday.
    Nearest,
    /// The next weekday that is no holiday itself is observed too.
    NextFree,
    /// Of a Sunday, the next day that is no holiday itself is observed too.
    NextFreeAfterSunday,
    /// Of a Sunday, the day before is observed instead.
    SaturdayInstead,
    /// On a Sunday it is no holiday (regions may have another day for it).
    NotOnSunday,
}

/// One holiday, or one holiday under one law.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) when: When,
    pub(super) weekend: Weekend,
    /// The first and the last year, both included.
    pub(super) first: i16,
    pub(super) last: i16,
    /// Years between two of them, counted from the first.
    pub(super) every: i16,
    /// Years with another day, or none.
    pub(super) except: &'static [i16],
}

const fn rule(name: &'static str, when: When) -> Rule {
    Rule {
        name,
        when,
        weekend: Weekend::Stays,
        first: i16::MIN,
        last: i16::MAX,
        every: 1,
        except: &[],
    }
}

pub(super) const fn fixed(name: &'static str, month: i8, day: i8) -> Rule {
    rule(name, When::Fixed(month, day))
}

pub(super) const fn once(name: &'static str, year: i16, month: i8, day: i8) -> Rule {
    fixed(name, month, day).since(year).until(year)
}

pub(super) const fn nth(name: &'static str, n: i8, weekday: Weekday, month: i8) -> Rule {
    rule(name, When::Nth(n, weekday, month, 0))
}

pub(super) const fn easter(name: &'static str, days: i8) -> Rule {
    rule(name, When::Easter(days))
}

pub(super) const fn special(name: &'static str, when: When) -> Rule {
    rule(name, when)
}

impl Rule {
    pub(super) const fn since(mut self, year: i16) -> Self {
        self.first = year;
        self
    }

    pub(super) const fn until(mut self, year: i16) -> Self {
        self.last = year;
        self
    }

    pub(super) const fn every(mut self, years: i16) -> Self {
        self.every = years;
        self
    }

    pub(super) const fn except(mut self, years: &'static [i16]) -> Self {
        self.except = years;
        self
    }

    pub(super) const fn weekend(mut self, weekend: Weekend) -> Self {
        self.weekend = weekend;
        self
    }

    /// Its day in a year, weekends aside.
    fn day(&self, year: i16) -> Option<Date> {
        let holds = (self.first..=self.last).contains(&year)
            && (self.every == 1 || (year - self.first) % self.every == 0)
            && !self.except.contains(&year);
        if !holds {
            return None;
        }
        match self.when {
            When::Fixed(month, day) => Date::new(year, month, day).ok(),
            When::Nth(n, weekday, month, later) => {
                nth_weekday(year, n, weekday, month).map(|d| plus(d, later))
            }
            When::Before(weekday, month, day) => {
                let before = Date::new(year, month, day).ok()?.yesterday().ok()?;
                Some(plus(before, -before.weekday().since(weekday)))
            }
            When::Easter(days) => Some(plus(easter_sunday(year), days)),
            When::FrenchMothersDay => {
                let sunday = nth_weekday(year, -1, Weekday::Sunday, 5)?;
                let is_pentecost = sunday == plus(easter_sunday(year), 49);
                Some(plus(sunday, if is_pentecost { 7 } else { 0 }))
            }
            When::VernalEquinox => {
                Date::new(year, 3, equinox(year, [20_835_700, 20_843_100, 21_851_000])).ok()
            }
            When::AutumnalEquinox => {
                Date::new(year, 9, equinox(year, [23_258_800, 23_248_800, 24_248_800])).ok()
            }
            When::Listed(days) => {
                let day = *days.get(usize::try_from(year - self.first).ok()?)?;
                let part = |n: u16| i8::try_from(n).ok();
                Date::new(year, part(day / 100)?, part(day % 100)?).ok()
            }
            When::Bridge => None,
        }
    }
}

/// Adds the holidays that the rules make in a year to a list by day. Observed days may lie in the year before or after.
pub(super) fn evaluate(tables: &[&[Rule]], year: i16, all: &mut Vec<Holiday>) {
    let rules = || tables.iter().copied().flatten();
    // By day: earlier holidays take the free days first.
    let mut found: Vec<(Date, &Rule)> = Vec::new();
    for rule in rules() {
        let Some(day) = rule.day(year) else { continue };
        let on_sunday = day.weekday() == Weekday::Sunday;
        match rule.weekend {
            Weekend::NotOnSunday if on_sunday => {}
            Weekend::SaturdayInstead if on_sunday => add(all, plus(day, -1), rule, true),
            _ => {
                found.insert(
                    found.partition_point(|(other, _)| *other <= day),
                    (day, rule),
                );
                add(all, day, rule, false);
            }
        }
    }
    for (day, rule) in &found {
        if let Some(day) = observed(*day, rule.weekend, all) {
            add(all, day, rule, true);
        }
    }
    for bridge in rules().filter(|r| matches!(r.when, When::Bridge) && r.first <= year) {
        for pair in found.windows(2) {
            let [(before, _), (after, _)] = pair else {
                continue;
            };
            let day = plus(*before, 1);
            let is_between = plus(day, 1) == *after;
            if is_between && day.weekday() != Weekday::Sunday && !holds(all, day) {
                add(all, day, bridge, false);
            }
        }
    }
}

fn observed(day: Date, weekend: Weekend, taken: &[Holiday]) -> Option<Date> {
    let weekday = day.weekday();
    let is_weekend = |d: Date| matches!(d.weekday(), Weekday::Saturday | Weekday::Sunday);
    let next = |is_free: &dyn Fn(Date) -> bool| (1..8).map(|n| plus(day, n)).find(|d| is_free(*d));
    match (weekend, weekday) {
        (Weekend::Nearest, Weekday::Saturday) => Some(plus(day, -1)),
        (Weekend::Nearest, Weekday::Sunday) => Some(plus(day, 1)),
        (Weekend::NextFree, Weekday::Saturday | Weekday::Sunday) => {
            next(&|d| !is_weekend(d) && !holds(taken, d))
        }
        (Weekend::NextFreeAfterSunday, Weekday::Sunday) => next(&|d| !holds(taken, d)),
        _ => None,
    }
}

/// Keeps the list by day. (Insertion, since the lists are short and the library's sorts are large.)
fn add(all: &mut Vec<Holiday>, day: Date, rule: &Rule, observed: bool) {
    let day = Day::from_date(day);
    let holiday = Holiday {
        day,
        name: rule.name,
        observed,
    };
    all.insert(all.partition_point(|other| other.day <= day), holiday);
}

fn holds(all: &[Holiday], day: Date) -> bool {
    let day = Day::from_date(day);
    all.binary_search_by_key(&day, |h| h.day).is_ok()
}

fn plus(day: Date, days: i8) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

fn nth_weekday(year: i16, n: i8, weekday: Weekday, month: i8) -> Option<Date> {
    date(year, month, 1).nth_weekday_of_month(n, weekday).ok()
}

/// Easter Sunday of the Gregorian calendar, by the anonymous algorithm of 1876 (Meeus, Astronomical Algorithms, chapter 8).
fn easter_sunday(year: i16) -> Date {
    let year_number = i32::from(year);
    let golden = year_number % 19;
    let (century, of_century) = (year_number / 100, year_number % 100);
    let moon = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - moon - of_century % 4) % 7;
    let correction = (golden + 11 * moon + 19 * weekday) / 433;
    let days = moon + weekday - 7 * correction;
    // 22 March is the earliest.
    date(year, 3, 22).saturating_add(jiff::Span::new().days(days))
}

/// The day of the month of an equinox in Japan: a mean day for each era (until 1979, to 2099, after), in millionths, and the
/// drift of the year against the leap days (the Hydrographic Department's approximation).
fn equinox(year: i16, means: [i32; 3]) -> i8 {
    let y = i32::from(year) - 1980;
    let [old, now, next] = means;
    let (mean, leaps) = match year {
        ..=1979 => (old, (y - 3) / 4),
        1980..=2099 => (now, y.div_euclid(4)),
        2100.. => (next, y.div_euclid(4)),
    };
    let day = (mean + 242_194 * y) / 1_000_000 - leaps;
    i8::try_from(day).unwrap_or(21)
}
