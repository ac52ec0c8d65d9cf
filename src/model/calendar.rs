//! Civil time: days, grains and periods. No zone and no clock: a day is assigned at ingest and stays.

use std::fmt;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A civil day, as days since 1970-01-01 (Parquet's DATE).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

impl Day {
    /// # Errors
    /// `Invalid` unless year, month and day are a date of the years 1900 to 2200.
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self> {
        let bad = || {
            Error::invalid(format!(
                "{year:04}-{month:02}-{day:02} is not a date of the years 1900 to 2200"
            ))
        };
        let (y, m, d) = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
        let (Ok(y), Ok(m), Ok(d)) = (y, m, d) else {
            return Err(bad());
        };
        if !(1900..=2200).contains(&y) {
            return Err(bad());
        }
        Date::new(y, m, d).map(Self::from_date).map_err(|_| bad())
    }

    /// The day of a `jiff` date.
    #[must_use]
    pub fn from_date(date: Date) -> Self {
        let days = (date - EPOCH).get_days();
        Self(days)
    }

    /// The `jiff` date. Days outside its range (year -9999 to 9999) saturate.
    #[must_use]
    pub fn date(self) -> Date {
        EPOCH.saturating_add(jiff::Span::new().days(self.0.clamp(-4_000_000, 2_900_000)))
    }

    /// The day `days` later (or earlier).
    #[must_use]
    pub const fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || Error::invalid(format!("{text:?} is not a date: write YYYY-MM-DD"));
        let mut parts = text.split('-');
        let (Some(y), Some(m), Some(d), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        if y.len() != 4 || m.len() != 2 || d.len() != 2 {
            return Err(bad());
        }
        match (y.parse(), m.parse(), d.parse()) {
            (Ok(y), Ok(m), Ok(d)) => Self::new(y, m, d),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The length of one step of a series. Weeks start on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// One civil day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
}

impl Grain {
    /// Every grain, finest first.
    pub const ALL: [Self; 5] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// Its name, as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// # Errors
    /// `Invalid` for any other word; plurals are fine.
    pub fn parse(text: &str) -> Result<Self> {
        let word = text.trim().to_ascii_lowercase();
        let word = word.strip_suffix('s').unwrap_or(&word);
        Self::ALL
            .into_iter()
            .find(|g| g.name() == word)
            .ok_or_else(|| {
                Error::invalid(format!(
                    "{text:?} is not a grain: use day, week, month, quarter or year"
                ))
            })
    }

    /// Steps in the longest season that is looked for (a week of days, a year of weeks, months or quarters).
    #[must_use]
    pub const fn season_steps(self) -> usize {
        match self {
            Self::Day => 7,
            Self::Week => 52,
            Self::Month => 12,
            Self::Quarter => 4,
            Self::Year => 1,
        }
    }

    /// The first day of the step that holds `day`.
    #[must_use]
    pub fn floor(self, day: Day) -> Day {
        let date = day.date();
        match self {
            Self::Day => day,
            Self::Week => day.plus(-i32::from(date.weekday().since(Weekday::Monday))),
            Self::Month => Day::from_date(date.first_of_month()),
            Self::Quarter => {
                let month = (date.month() - 1) / 3 * 3 + 1;
                Day::from_date(jiff::civil::date(date.year(), month, 1))
            }
            Self::Year => Day::from_date(jiff::civil::date(date.year(), 1, 1)),
        }
    }

    /// The first day of the step `steps` after the one that holds `day`.
    #[must_use]
    pub fn step(self, day: Day, steps: i32) -> Day {
        let start = self.floor(day);
        let months = match self {
            Self::Day => return start.plus(steps),
            Self::Week => return start.plus(steps.saturating_mul(7)),
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        };
        let span = jiff::Span::new().months(steps.saturating_mul(months).clamp(-20_000, 20_000));
        Day::from_date(start.date().saturating_add(span))
    }

    /// Whole steps from the one that holds `from` to the one that holds `to`.
    #[must_use]
    pub fn steps_between(self, from: Day, to: Day) -> i32 {
        let (a, b) = (self.floor(from), self.floor(to));
        let months = |d: Day| i32::from(d.date().year()) * 12 + i32::from(d.date().month());
        match self {
            Self::Day => b.0 - a.0,
            Self::Week => (b.0 - a.0) / 7,
            Self::Month => months(b) - months(a),
            Self::Quarter => (months(b) - months(a)) / 3,
            Self::Year => (months(b) - months(a)) / 12,
        }
    }
}

impl fmt::Display for Grain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Days from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    #[serde(rename = "from")]
    pub first: Day,
    /// The last day.
    #[serde(rename = "to")]
    pub last: Day,
}

impl Period {
    /// # Errors
    /// `Invalid` if it ends before it begins.
    pub fn new(first: Day, last: Day) -> Result<Self> {
        if last < first {
            return Err(Error::invalid(format!(
                "the period ends ({last}) before it begins ({first})"
            )));
        }
        Ok(Self { first, last })
    }

    /// A year (`2025`), quarter (`2025-Q3`), ISO week (`2025-W07`), month (`2025-06`), day (`2025-06-30`), or a range of any two
    /// of these (`2025-06..2025-08`).
    ///
    /// # Errors
    /// `Invalid` for anything else; the message shows the forms.
    pub fn parse(text: &str) -> Result<Self> {
        match text.split_once("..") {
            Some((a, b)) => Self::new(Self::one(a.trim())?.first, Self::one(b.trim())?.last),
            None => Self::one(text.trim()),
        }
    }

    fn one(text: &str) -> Result<Self> {
        let bad = || {
            Error::invalid(format!(
                "{text:?} is not a period: write 2025, 2025-Q3, 2025-06, 2025-W07, 2025-06-30, or a range such as 2025-06..2025-08"
            ))
        };
        let whole = |grain: Grain, first: Day| Self {
            first,
            last: grain.step(first, 1).plus(-1),
        };
        let (year, rest) = match text.split_once('-') {
            Some((year, rest)) => (year, Some(rest)),
            None => (text, None),
        };
        if year.len() != 4 {
            return Err(bad());
        }
        let y: i32 = year.parse().map_err(|_| bad())?;
        let Some(rest) = rest else {
            return Ok(whole(Grain::Year, Day::new(y, 1, 1).map_err(|_| bad())?));
        };
        if let Some(quarter) = rest.strip_prefix(['Q', 'q']) {
            let q: u32 = quarter.parse().map_err(|_| bad())?;
            if !(1..=4).contains(&q) {
                return Err(bad());
            }
            return Ok(whole(Grain::Quarter, Day::new(y, q * 3 - 2, 1)?));
        }
        if let Some(week) = rest.strip_prefix(['W', 'w']) {
            let w: i8 = week.parse().map_err(|_| bad())?;
            let iso = jiff::civil::ISOWeekDate::new(
                i16::try_from(y).map_err(|_| bad())?,
                w,
                Weekday::Monday,
            )
            .map_err(|_| bad())?;
            return Ok(whole(Grain::Week, Day::from_date(iso.date())));
        }
        if rest.len() == 2 {
            let m: u32 = rest.parse().map_err(|_| bad())?;
            return Ok(whole(Grain::Month, Day::new(y, m, 1).map_err(|_| bad())?));
        }
        let day = Day::parse(text).map_err(|_| bad())?;
        Ok(Self {
            first: day,
            last: day,
        })
    }

    /// Whether both ends fall on the grain's own bounds.
    #[must_use]
    pub fn is_whole(self, grain: Grain) -> bool {
        grain.floor(self.first) == self.first && grain.floor(self.last.plus(1)) == self.last.plus(1)
    }

    /// How many days it has.
    #[must_use]
    pub const fn days(self) -> i32 {
        self.last.0.saturating_sub(self.first.0).saturating_add(1)
    }

    /// Whether the day lies inside.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// The days that both have.
    #[must_use]
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last)).ok()
    }
}

impl fmt::Display for Period {
    /// One spelling a period: the shortest of year, quarter, month, day, or a range of days.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.first.date();
        let is_one =
            |grain: Grain| self.is_whole(grain) && grain.step(self.first, 1).plus(-1) == self.last;
        if is_one(Grain::Year) {
            write!(f, "{:04}", date.year())
        } else if is_one(Grain::Quarter) {
            write!(f, "{:04}-Q{}", date.year(), (date.month() + 2) / 3)
        } else if is_one(Grain::Month) {
            write!(f, "{:04}-{:02}", date.year(), date.month())
        } else if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}..{}", self.first, self.last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_round_trip_through_one_spelling() {
        for (text, canonical) in [
            ("2025", "2025"),
            ("2025-Q3", "2025-Q3"),
            ("2025-q3", "2025-Q3"),
            ("2024-02", "2024-02"),
            ("2025-01..2025-03", "2025-Q1"),
            ("2025-01-01..2025-12-31", "2025"),
            ("2024-02-29", "2024-02-29"),
            ("2026-W01", "2025-12-29..2026-01-04"),
            ("2025-06-10..2025-06-12", "2025-06-10..2025-06-12"),
        ] {
            let period = Period::parse(text).expect(text);
            assert_eq!(period.to_string(), canonical, "{text}");
            assert_eq!(Period::parse(canonical).expect(canonical), period);
        }
        for text in [
            "",
            "25",
            "2025-13",
            "2025-Q5",
            "2025-02-30",
            "2025-06..2024-01",
            "x..y",
            "2025-W54",
            "9999999999-01",
        ] {
            assert!(Period::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn steps_are_counted_across_years_and_leap_days() {
        let day = |t: &str| Day::parse(t).expect(t);
        assert_eq!(Grain::Month.step(day("2024-01-31"), 1), day("2024-02-01"));
        assert_eq!(
            Grain::Month.steps_between(day("2023-11-30"), day("2024-02-29")),
            3
        );
        assert_eq!(Grain::Week.floor(day("2024-02-29")), day("2024-02-26"));
        assert_eq!(Grain::Quarter.step(day("2024-11-05"), 1), day("2025-01-01"));
        assert_eq!(
            Grain::Year.steps_between(day("2019-12-31"), day("2024-01-01")),
            5
        );
    }
}
