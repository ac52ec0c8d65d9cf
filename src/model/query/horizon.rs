//! How far a forecast goes.

use std::fmt;

use crate::error::{Error, Result};
use crate::limits;
use crate::model::calendar::{Day, Grain};
use crate::model::when::count;

/// How far a forecast goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizon {
    /// This many steps of this length after the last complete step.
    Steps(u32, Grain),
    /// To the end of the calendar quarter after the one of the as-of date.
    NextQuarter,
    /// Up to and with the step that holds this day.
    Until(Day),
}

impl Horizon {
    /// What the original system forecast: six months.
    pub const DEFAULT: Self = Self::Steps(6, Grain::Month);

    /// A number of steps (`6 months`, `90 days`, `6_months`), `next_quarter`, or the last day (`2026-12-31`).
    ///
    /// # Errors
    /// `Invalid` for anything else, for no steps at all, and for more than any forecast may have.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || {
            Error::invalid(format!(
                "{text:?} is not a horizon: write a number of steps such as 6 months, next_quarter, or a date such as 2026-12-31"
            ))
        };
        let word = text.trim().to_ascii_lowercase().replace('_', " ");
        let word = word.strip_prefix("the ").unwrap_or(&word).to_owned();
        if word == "next quarter" {
            return Ok(Self::NextQuarter);
        }
        // "next 3 months", "six months ahead"
        let ahead = [" ahead", " out", " from now"];
        let word = ahead
            .into_iter()
            .find_map(|ending| word.strip_suffix(ending))
            .unwrap_or(&word);
        let bare = ["next ", "coming ", "following "]
            .into_iter()
            .find_map(|before| word.strip_prefix(before))
            .filter(|rest| rest.contains(' '))
            .unwrap_or(word);
        let word = match bare.split_once(' ').map(|(n, unit)| (count(n), unit)) {
            Some((Some(n), unit)) => format!("{n} {unit}"),
            _ => bare.to_owned(),
        };
        if word.contains('-') {
            return Day::parse(&word).map(Self::Until).map_err(|_| bad());
        }
        let unit_at = word.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
        let (count, unit) = word.split_at(unit_at);
        if count.is_empty() {
            return Err(bad());
        }
        let grain = Grain::parse(unit).map_err(|_| bad())?;
        match count.parse::<u32>() {
            Ok(steps) if (1..=limits::FORECAST_STEPS_MAX).contains(&(steps as usize)) => {
                Ok(Self::Steps(steps, grain))
            }
            _ => Err(Error::invalid(format!(
                "a horizon has 1 to {} steps, not {count}",
                limits::FORECAST_STEPS_MAX
            ))),
        }
    }
}

impl fmt::Display for Horizon {
    /// One spelling a horizon, safe in a URL: `6_months`, `1_year`, `next_quarter`, `2026-12-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(1, grain) => write!(f, "1_{grain}"),
            Self::Steps(steps, grain) => write!(f, "{steps}_{grain}s"),
            Self::NextQuarter => f.write_str("next_quarter"),
            Self::Until(day) => write!(f, "{day}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn horizons_round_trip_through_one_spelling() {
        for (text, canonical) in [
            ("6 months", "6_months"),
            ("6_months", "6_months"),
            (" 6 Months ", "6_months"),
            ("6months", "6_months"),
            ("1 year", "1_year"),
            ("90 days", "90_days"),
            ("next 3 months", "3_months"),
            ("the next two quarters", "2_quarters"),
            ("six months ahead", "6_months"),
            ("next_quarter", "next_quarter"),
            ("next quarter", "next_quarter"),
            ("2026-12-31", "2026-12-31"),
        ] {
            let horizon = Horizon::parse(text).expect(text);
            assert_eq!(horizon.to_string(), canonical, "{text}");
            assert_eq!(Horizon::parse(canonical).expect(canonical), horizon);
        }
        assert_eq!(Horizon::parse("6 months").expect("plain"), Horizon::DEFAULT);
        for text in [
            "",
            "6",
            "months",
            "0 months",
            "-1 months",
            "6 moons",
            "2001 days",
            "99999999999 days",
            "2026-13-01",
            "next_year",
            "6.5 months",
            "several months",
            "next months",
        ] {
            let error = Horizon::parse(text).expect_err(text);
            assert!(error.to_string().contains("horizon"), "{text}: {error}");
        }
    }
}
