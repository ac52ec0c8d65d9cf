//! Units of time, the owner's among them, and how to step through them.

use jiff::civil::Weekday;

use super::Clock;
use crate::error::{Error, Result};
use crate::model::calendar::{Day, Grain};
use crate::model::fiscal::{Fiscal, Part};

/// A unit of time that a period is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A civil day.
    Day,
    /// Seven days from the calendar's first weekday on.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// Half a calendar year.
    Half,
    /// A calendar year.
    Year,
    /// A twelfth of the fiscal year.
    FiscalPeriod,
    /// A fiscal quarter.
    FiscalQuarter,
    /// Half a fiscal year.
    FiscalHalf,
    /// A fiscal year.
    FiscalYear,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 10] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Half,
        Self::Year,
        Self::FiscalPeriod,
        Self::FiscalQuarter,
        Self::FiscalHalf,
        Self::FiscalYear,
    ];

    /// Its name, as it is spelt in a URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Half => "half",
            Self::Year => "year",
            Self::FiscalPeriod => "fiscal_period",
            Self::FiscalQuarter => "fiscal_quarter",
            Self::FiscalHalf => "fiscal_half",
            Self::FiscalYear => "fiscal_year",
        }
    }

    /// Several of them.
    #[must_use]
    pub fn plural(self) -> String {
        match self {
            Self::Half => "halves".into(),
            Self::FiscalHalf => "fiscal_halves".into(),
            _ => format!("{}s", self.name()),
        }
    }

    /// From its start to the as-of date, as it is spelt in a URL.
    #[must_use]
    pub fn to_date(self) -> String {
        match self {
            Self::Week => "wtd".into(),
            Self::Month => "mtd".into(),
            Self::Quarter => "qtd".into(),
            Self::Year => "ytd".into(),
            Self::FiscalYear => "fytd".into(),
            _ => format!("{}_to_date", self.name()),
        }
    }

    /// Calendar months in it, where it is made of them.
    pub(super) const fn months(self) -> Option<i32> {
        match self {
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Half => Some(6),
            Self::Year => Some(12),
            _ => None,
        }
    }

    /// The fewest days that it has.
    pub(super) const fn days_min(self) -> u32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month | Self::FiscalPeriod => 28,
            Self::Quarter | Self::FiscalQuarter => 90,
            Self::Half | Self::FiscalHalf => 181,
            Self::Year | Self::FiscalYear => 364,
        }
    }

    /// The part of a fiscal year that it is.
    pub(super) const fn part(self) -> Option<Part> {
        match self {
            Self::FiscalPeriod => Some(Part::Period),
            Self::FiscalQuarter => Some(Part::Quarter),
            Self::FiscalHalf => Some(Part::Half),
            Self::FiscalYear => Some(Part::Year),
            _ => None,
        }
    }
}

/// The owner's weeks and years.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) week_start: Weekday,
    fiscal: Option<Fiscal>,
}

impl Rules {
    pub(super) fn of(clock: &Clock<'_>) -> Self {
        // What is wrong in a calendar was refused when it was written.
        let given = clock.calendar.and_then(|c| c.weeks_and_years().ok());
        let (week_start, fiscal) = given.unwrap_or((Weekday::Monday, None));
        Self { week_start, fiscal }
    }

    /// The fiscal year.
    ///
    /// # Errors
    /// `Invalid` if the owner has said nothing of one.
    pub(super) fn fiscal(&self) -> Result<&Fiscal> {
        self.fiscal.as_ref().ok_or_else(|| {
            Error::invalid(
                "this dataset has no fiscal year ([calendar] fiscal_year_start in dataset.toml would give it one): write a \
                 calendar period such as 2026, 2026-Q3 or this_year",
            )
        })
    }

    pub(super) fn week_of(&self, day: Day) -> Day {
        day.plus(-i32::from(day.date().weekday().since(self.week_start)))
    }

    /// The first day of the unit `steps` after the one that holds `day`.
    ///
    /// # Errors
    /// `Invalid` for a fiscal unit where there is no fiscal year.
    pub(super) fn step(&self, unit: Unit, day: Day, steps: i32) -> Result<Day> {
        let months = |grain: Grain, per_step: i32| {
            Grain::Month.step(grain.floor(day), steps.saturating_mul(per_step))
        };
        Ok(match unit {
            Unit::Day => day.plus(steps),
            Unit::Week => self.week_of(day).plus(steps.saturating_mul(7)),
            Unit::Month => months(Grain::Month, 1),
            Unit::Quarter => months(Grain::Quarter, 3),
            Unit::Year => months(Grain::Year, 12),
            Unit::Half => {
                let second = i32::from(day.date().month() > 6);
                let halves = second.saturating_add(steps);
                Grain::Month.step(Grain::Year.floor(day), halves.saturating_mul(6))
            }
            Unit::FiscalPeriod | Unit::FiscalQuarter | Unit::FiscalHalf | Unit::FiscalYear => {
                let part = unit.part().unwrap_or(Part::Year);
                self.fiscal()?.step(part, day, steps)
            }
        })
    }
}
