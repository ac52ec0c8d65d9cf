//! The fiscal year: months from a day of the owner's, or weeks in a 4-4-5 pattern that end on a weekday.

use jiff::civil::{Date, Weekday};

use super::calendar::{Day, Grain, Period};
use crate::error::{Error, Result};

/// How an owner cuts years into fiscal ones. Read from `[calendar]` of `dataset.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fiscal {
    years: Years,
    /// What is added to the number that [`Years`] counts by, to have the year's name.
    name_offset: i32,
}

/// What a fiscal year is made of, and the calendar year that it is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Years {
    /// Twelve months from this day on; counted by the calendar year in which it starts.
    Months { month: i8, day: i8 },
    /// Quarters of 13 weeks, the 53rd week in the last; counted by the calendar year of the date that it should end on.
    Weeks { pattern: [i32; 3], ends: YearEnd },
}

/// The last day of a year of weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct YearEnd {
    weekday: Weekday,
    month: i8,
    /// The nearest such weekday to this day of the month; the last one of the month if there is none.
    near: Option<i8>,
}

/// A part of a fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Year,
    /// Two quarters.
    Half,
    /// Three periods.
    Quarter,
    /// A twelfth: a month, or four or five weeks.
    Period,
    /// Seven days; only years of weeks have them.
    Week,
}

/// The strings of `[calendar]` that say what the fiscal year is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written<'a> {
    pub(super) year_start: Option<&'a str>,
    pub(super) weeks: Option<&'a str>,
    pub(super) year_ends: Option<&'a str>,
    pub(super) named: Option<&'a str>,
}

impl Fiscal {
    /// Reads what an owner wrote; `None` if it is nothing.
    ///
    /// # Errors
    /// `Invalid`, saying which key to change and how.
    pub(super) fn read(written: Written<'_>) -> Result<Option<Self>> {
        let named_by_start = match written.named.map(|n| n.trim().to_lowercase()).as_deref() {
            None | Some("end") => false,
            Some("start") => true,
            Some(other) => {
                return Err(Error::invalid(format!(
                    "[calendar] fiscal_year_named is \"start\" or \"end\" (after the calendar year in which the fiscal year \
                     starts or ends), not {other:?}"
                )));
            }
        };
        match (written.year_start, written.weeks, written.year_ends) {
            (None, None, None) if written.named.is_some() => Err(Error::invalid(
                "[calendar] fiscal_year_named needs fiscal_year_start, or fiscal_weeks and fiscal_year_ends",
            )),
            (None, None, None) => Ok(None),
            (Some(start), None, None) => {
                let (month, day) = month_day(start)?;
                // A year from 1 January on ends in the year in which it starts.
                let later = i32::from(!(named_by_start || (month, day) == (1, 1)));
                Ok(Some(Self {
                    years: Years::Months { month, day },
                    name_offset: later,
                }))
            }
            (None, Some(weeks), Some(ends)) => {
                let ends = YearEnd::parse(ends)?;
                let years = Years::Weeks {
                    pattern: pattern(weeks)?,
                    ends,
                };
                let earlier = i32::from(named_by_start && !ends.is_with_december());
                Ok(Some(Self {
                    years,
                    name_offset: -earlier,
                }))
            }
            (Some(_), ..) => Err(Error::invalid(
                "[calendar] has fiscal_year_start (years of months) beside fiscal_weeks or fiscal_year_ends (years of weeks): \
                 keep one kind",
            )),
            _ => Err(Error::invalid(
                "[calendar] fiscal_weeks and fiscal_year_ends belong together: write both, such as \"4-5-4\" and \"saturday \
                 nearest january 31\"",
            )),
        }
    }

    /// The weekday that fiscal weeks start on, where years are made of weeks.
    #[must_use]
    pub fn week_start(&self) -> Option<Weekday> {
        match self.years {
            Years::Months { .. } => None,
            Years::Weeks { ends, .. } => Some(ends.weekday.next()),
        }
    }

    /// The days of the fiscal year of a name.
    #[must_use]
    pub fn year(&self, name: i32) -> Period {
        Period {
            first: self.first(name),
            last: self.first(name.saturating_add(1)).plus(-1),
        }
    }

    /// The name of the fiscal year that holds a day.
    #[must_use]
    pub fn year_of(&self, day: Day) -> i32 {
        let guess = i32::from(day.date().year()) + self.name_offset;
        (guess - 1..=guess + 1)
            .rev()
            .find(|name| self.first(*name) <= day)
            .unwrap_or(guess - 2)
    }

    /// A part of the year of a name: `index` counts from 0. `None` if the year has no such part.
    #[must_use]
    pub fn part(&self, name: i32, part: Part, index: i32) -> Option<Period> {
        let count = self.count(name, part);
        if !(0..count).contains(&index) {
            return None;
        }
        let last = if index + 1 == count {
            self.year(name).last
        } else {
            self.start(name, part, index + 1).plus(-1)
        };
        Some(Period {
            first: self.start(name, part, index),
            last,
        })
    }

    /// The year and the index of the part that holds a day.
    #[must_use]
    pub fn holding(&self, part: Part, day: Day) -> (i32, i32) {
        let name = self.year_of(day);
        let index = (0..self.count(name, part))
            .rev()
            .find(|index| self.start(name, part, *index) <= day);
        (name, index.unwrap_or(0))
    }

    /// The first day of the part `steps` after the one that holds `day`.
    #[must_use]
    pub fn step(&self, part: Part, day: Day, steps: i32) -> Day {
        let (name, index) = self.holding(part, day);
        if part == Part::Week {
            return self.start(name, part, index).plus(steps.saturating_mul(7));
        }
        let count = self.count(name, part).max(1);
        let total = name
            .saturating_mul(count)
            .saturating_add(index)
            .saturating_add(steps);
        self.start(total.div_euclid(count), part, total.rem_euclid(count))
    }

    /// How many such parts a year has.
    fn count(&self, name: i32, part: Part) -> i32 {
        match part {
            Part::Year => 1,
            Part::Half => 2,
            Part::Quarter => 4,
            Part::Period => 12,
            Part::Week if matches!(self.years, Years::Weeks { .. }) => {
                let year = self.year(name);
                (year.last.0 - year.first.0 + 1) / 7
            }
            Part::Week => 0,
        }
    }

    fn first(&self, name: i32) -> Day {
        let counted = name.saturating_sub(self.name_offset);
        match self.years {
            Years::Months { month, day } => civil(counted, month, day),
            Years::Weeks { ends, .. } => ends.of(counted.saturating_sub(1)).plus(1),
        }
    }

    fn start(&self, name: i32, part: Part, index: i32) -> Day {
        let first = self.first(name);
        match self.years {
            Years::Months { .. } => {
                let months = index * part.months();
                Day::from_date(
                    first
                        .date()
                        .saturating_add(jiff::Span::new().months(months)),
                )
            }
            Years::Weeks { pattern, .. } => {
                let [one, two, _] = pattern;
                let weeks = match part {
                    Part::Year => 0,
                    Part::Half => index * 26,
                    Part::Quarter => index * 13,
                    Part::Week => index,
                    Part::Period => {
                        let before = match index % 3 {
                            0 => 0,
                            1 => one,
                            _ => one + two,
                        };
                        index / 3 * 13 + before
                    }
                };
                first.plus(weeks * 7)
            }
        }
    }
}

impl Part {
    const fn months(self) -> i32 {
        match self {
            Self::Year => 12,
            Self::Half => 6,
            Self::Quarter => 3,
            Self::Period => 1,
            Self::Week => 0,
        }
    }
}

impl YearEnd {
    /// `last saturday of january`, or `saturday nearest january 31`.
    fn parse(text: &str) -> Result<Self> {
        let bad = || {
            Error::invalid(format!(
                "[calendar] fiscal_year_ends is such as \"last saturday of january\" or \"saturday nearest january 31\", not \
                 {text:?}"
            ))
        };
        let lower = text.to_lowercase().replace(['_', '-', ','], " ");
        let words: Vec<&str> = lower
            .split_whitespace()
            .filter(|word| !matches!(*word, "the" | "of" | "in" | "to"))
            .collect();
        let (day, month, near) = match words.as_slice() {
            ["last", day, month] => (*day, *month, None),
            [day, "nearest" | "closest", month, near] => (*day, *month, Some(*near)),
            _ => return Err(bad()),
        };
        let month = month_named(month).ok_or_else(bad)?;
        let near = near
            .map(|near| match near.parse::<i8>() {
                Ok(day) if Date::new(2023, month, day).is_ok() => Ok(day),
                _ => Err(bad()),
            })
            .transpose()?;
        Ok(Self {
            weekday: weekday_named(day).ok_or_else(bad)?,
            month,
            near,
        })
    }

    /// Whether the year that follows starts, as it should, on 1 January.
    fn is_with_december(self) -> bool {
        self.month == 12 && self.near.is_none_or(|day| day == 31)
    }

    fn of(self, year: i32) -> Day {
        let back = |day: Day| i32::from(day.date().weekday().since(self.weekday));
        let month_end = Day::from_date(civil(year, self.month, 1).date().last_of_month());
        match self.near {
            None => month_end.plus(-back(month_end)),
            Some(near) => {
                let aim = civil(year, self.month, near);
                match back(aim) {
                    days @ 0..=3 => aim.plus(-days),
                    days => aim.plus(7 - days),
                }
            }
        }
    }
}

/// A weekday by its English name or its first three letters or more.
#[must_use]
pub fn weekday_named(word: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let named = |(name, _): &&(&str, Weekday)| word.len() >= 3 && name.starts_with(word);
    NAMES.iter().find(named).map(|(_, weekday)| *weekday)
}

/// The months in English.
pub const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A month, 1 to 12, by its English name or its first three letters or more.
#[must_use]
pub fn month_named(word: &str) -> Option<i8> {
    (1_i8..)
        .zip(MONTHS)
        .find(|(_, name)| word.len() >= 3 && name.starts_with(word))
        .map(|(month, _)| month)
}

fn month_day(text: &str) -> Result<(i8, i8)> {
    let bad = || {
        Error::invalid(format!(
            "[calendar] fiscal_year_start is a month and a day up to the 28th, such as \"02-01\", not {text:?}"
        ))
    };
    let (month, day) = text.trim().split_once('-').ok_or_else(bad)?;
    match (month.parse(), day.parse()) {
        (Ok(month @ 1..=12), Ok(day @ 1..=28)) => Ok((month, day)),
        _ => Err(bad()),
    }
}

fn pattern(text: &str) -> Result<[i32; 3]> {
    match text.trim() {
        "4-4-5" => Ok([4, 4, 5]),
        "4-5-4" => Ok([4, 5, 4]),
        "5-4-4" => Ok([5, 4, 4]),
        other => Err(Error::invalid(format!(
            "[calendar] fiscal_weeks is \"4-4-5\", \"4-5-4\" or \"5-4-4\", not {other:?}"
        ))),
    }
}

/// A date of any year; years beyond those of `jiff` are drawn in, days that the month does not have are its first.
fn civil(year: i32, month: i8, day: i8) -> Day {
    let year = i16::try_from(year.clamp(1, 9_000)).unwrap_or(1);
    let first = jiff::civil::date(year, 1, 1);
    let date = Date::new(year, month, day).or_else(|_| Date::new(year, month, 1));
    Day::from_date(date.unwrap_or(first))
}

/// The number of whole calendar months, where a period is nothing else.
#[must_use]
pub(super) fn whole_months(period: Period) -> Option<i32> {
    period
        .is_whole(Grain::Month)
        .then(|| Grain::Month.steps_between(period.first, period.last) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect(text)
    }

    fn period(first: &str, last: &str) -> Period {
        Period::new(day(first), day(last)).expect("a period")
    }

    fn nrf() -> Fiscal {
        Fiscal::read(Written {
            weeks: Some("4-5-4"),
            year_ends: Some("Saturday nearest January 31"),
            named: Some("start"),
            ..Written::default()
        })
        .expect("good")
        .expect("there")
    }

    /// The National Retail Federation's published 4-5-4 calendars.
    #[test]
    fn years_of_weeks_are_those_of_the_retail_federation() {
        let fiscal = nrf();
        for (name, first, last, weeks) in [
            (2021, "2021-01-31", "2022-01-29", 52),
            (2022, "2022-01-30", "2023-01-28", 52),
            (2023, "2023-01-29", "2024-02-03", 53),
            (2024, "2024-02-04", "2025-02-01", 52),
            (2025, "2025-02-02", "2026-01-31", 52),
        ] {
            assert_eq!(fiscal.year(name), period(first, last), "{name}");
            assert_eq!(fiscal.count(name, Part::Week), weeks, "{name}");
            assert_eq!(fiscal.year_of(day(first)), name);
            assert_eq!(fiscal.year_of(day(last)), name);
        }
        // March 2024 has five weeks; the 53rd week is January's.
        let part = |name, part, index| fiscal.part(name, part, index).expect("there");
        assert_eq!(
            part(2024, Part::Period, 1),
            period("2024-03-03", "2024-04-06")
        );
        assert_eq!(
            part(2023, Part::Period, 11),
            period("2023-12-31", "2024-02-03")
        );
        assert_eq!(
            part(2023, Part::Quarter, 3),
            period("2023-10-29", "2024-02-03")
        );
        assert_eq!(
            part(2023, Part::Week, 52),
            period("2024-01-28", "2024-02-03")
        );
        assert_eq!(fiscal.part(2024, Part::Week, 52), None);
        assert_eq!(fiscal.week_start(), Some(Weekday::Sunday));
    }

    #[test]
    fn parts_of_a_year_have_each_day_once() {
        let months = Fiscal::read(Written {
            year_start: Some("04-06"),
            ..Written::default()
        })
        .expect("good")
        .expect("there");
        let december = Fiscal::read(Written {
            weeks: Some("4-4-5"),
            year_ends: Some("saturday nearest december 31"),
            ..Written::default()
        })
        .expect("good")
        .expect("there");
        for fiscal in [months, december, nrf()] {
            for part in [
                Part::Year,
                Part::Half,
                Part::Quarter,
                Part::Period,
                Part::Week,
            ] {
                let mut next = fiscal.year(2015).first;
                for name in 2015..2030 {
                    for index in 0..fiscal.count(name, part) {
                        let got = fiscal.part(name, part, index).expect("counted");
                        assert_eq!(got.first, next, "{name} {part:?} {index}");
                        assert_eq!(fiscal.holding(part, got.first), (name, index));
                        assert_eq!(fiscal.holding(part, got.last), (name, index));
                        next = got.last.plus(1);
                        assert_eq!(fiscal.step(part, got.last, 1), next);
                        assert_eq!(fiscal.step(part, next, -1), got.first);
                    }
                }
            }
        }
    }

    #[test]
    fn years_are_named_after_their_end_unless_told_otherwise() {
        let named = |named| {
            let written = Written {
                year_start: Some("02-01"),
                named,
                ..Written::default()
            };
            Fiscal::read(written).expect("good").expect("there")
        };
        let fy = period("2025-02-01", "2026-01-31");
        assert_eq!(named(None).year(2026), fy);
        assert_eq!(named(Some("start")).year(2025), fy);
        let last_of_december = Fiscal::read(Written {
            weeks: Some("4-4-5"),
            year_ends: Some("last saturday of december"),
            named: Some("start"),
            ..Written::default()
        });
        let fiscal = last_of_december.expect("good").expect("there");
        assert_eq!(fiscal.year(2022), period("2021-12-26", "2022-12-31"));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let refused = |start, weeks, ends, named| {
            Fiscal::read(Written {
                year_start: start,
                weeks,
                year_ends: ends,
                named,
            })
            .expect_err("wrong")
            .to_string()
        };
        assert!(refused(Some("02-30"), None, None, None).contains("up to the 28th"));
        assert!(refused(Some("02-01"), Some("4-4-5"), None, None).contains("keep one kind"));
        assert!(refused(None, Some("4-4-5"), None, None).contains("belong together"));
        assert!(refused(None, None, None, Some("start")).contains("needs fiscal_year_start"));
        assert!(refused(None, None, None, Some("middle")).contains("\"start\" or \"end\""));
        let ends = "last saturday of january";
        assert!(refused(None, Some("5-5-3"), Some(ends), None).contains("4-5-4"));
        assert!(refused(None, Some("4-5-4"), Some("january"), None).contains("nearest"));
        let late = "saturday nearest february 30";
        assert!(refused(None, Some("4-5-4"), Some(late), None).contains("nearest"));
    }
}
