//! Public holidays, computed: rules as data, one table a country, one evaluator.
//!
//! "Public holiday" is a day off by law in the whole country (of the countries whose regions differ, only what they have in
//! common). The rules are those of about 1990 on; for older years the list is that of a later law where a law changed.
//! Checked against an independent implementation for 2015 to 2035: `tests/golden/holidays`.

mod americas;
mod asia_pacific;
mod europe;
mod india;
mod retail;
mod rule;
#[cfg(test)]
mod tests;

use super::{Day, Period};
use crate::error::{Error, Result};
use rule::{Rule, When};

/// The years that holidays are known of; outside there are none.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// A country whose holidays are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Country {
    /// Australia.
    Australia,
    /// Brazil.
    Brazil,
    /// Canada.
    Canada,
    /// France.
    France,
    /// Germany.
    Germany,
    /// India.
    India,
    /// Italy.
    Italy,
    /// Japan.
    Japan,
    /// Mexico.
    Mexico,
    /// The Netherlands.
    Netherlands,
    /// Spain.
    Spain,
    /// The United Kingdom.
    UnitedKingdom,
    /// The United States.
    UnitedStates,
}

impl Country {
    /// Every country, by name.
    pub const ALL: [Self; 13] = [
        Self::Australia,
        Self::Brazil,
        Self::Canada,
        Self::France,
        Self::Germany,
        Self::India,
        Self::Italy,
        Self::Japan,
        Self::Mexico,
        Self::Netherlands,
        Self::Spain,
        Self::UnitedKingdom,
        Self::UnitedStates,
    ];

    /// Its code of two letters (ISO 3166-1).
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Australia => "AU",
            Self::Brazil => "BR",
            Self::Canada => "CA",
            Self::France => "FR",
            Self::Germany => "DE",
            Self::India => "IN",
            Self::Italy => "IT",
            Self::Japan => "JP",
            Self::Mexico => "MX",
            Self::Netherlands => "NL",
            Self::Spain => "ES",
            Self::UnitedKingdom => "GB",
            Self::UnitedStates => "US",
        }
    }

    /// The country of an ISO code in letters of either case; `UK` is `GB`.
    ///
    /// # Errors
    /// `Invalid` for anything else; the message lists the codes.
    pub fn parse(text: &str) -> Result<Self> {
        let code = text.trim();
        let code = if code.eq_ignore_ascii_case("UK") {
            "GB"
        } else {
            code
        };
        Self::ALL
            .into_iter()
            .find(|country| country.code().eq_ignore_ascii_case(code))
            .ok_or_else(|| {
                let codes = Self::ALL.map(Self::code).join(", ");
                Error::invalid(format!(
                    "{text:?} is not a country whose holidays are known: use one of {codes}"
                ))
            })
    }

    const fn rules(self) -> &'static [Rule] {
        match self {
            Self::Australia => asia_pacific::AUSTRALIA,
            Self::Brazil => americas::BRAZIL,
            Self::Canada => americas::CANADA,
            Self::France => europe::FRANCE,
            Self::Germany => europe::GERMANY,
            Self::India => india::INDIA,
            Self::Italy => europe::ITALY,
            Self::Japan => asia_pacific::JAPAN,
            Self::Mexico => americas::MEXICO,
            Self::Netherlands => europe::NETHERLANDS,
            Self::Spain => europe::SPAIN,
            Self::UnitedKingdom => europe::UNITED_KINGDOM,
            Self::UnitedStates => americas::UNITED_STATES,
        }
    }
}

/// A day that is a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holiday {
    /// The day.
    pub day: Day,
    /// What it is, in English: the same every year, so that the years of one holiday can be pooled. Unique within a country.
    pub name: &'static str,
    /// Whether it is the day off given instead of a holiday on a weekend. In most countries the holiday itself is listed too.
    pub observed: bool,
}

/// The public holidays whose day lies in `year`, by day; two may share a day. What is observed over the turn of the year
/// belongs to the year of the observed day: the US New Year of 2022 gives 31 December 2021 too, and that is in 2021.
///
/// Empty outside the years 1900 to 2200. [`left_out`] says which of a year's holidays are not known.
#[must_use]
pub fn holidays(country: Country, year: i32) -> Vec<Holiday> {
    year_of(year).map_or_else(Vec::new, |period| between(country, period))
}

/// The public holidays of a period, by day, as [`holidays`] gives them.
#[must_use]
pub fn between(country: Country, period: Period) -> Vec<Holiday> {
    listed(period, &[country.rules()])
}

/// The holidays of `year` that are left out since their days are not known: the feasts of India follow the moon as it is
/// calculated or seen, and are listed for 2001 to 2035 alone (those of Islam from 2027 on are estimates, a day either way).
#[must_use]
pub fn left_out(country: Country, year: i32) -> Vec<&'static str> {
    let unlisted = |rule: &&Rule| match rule.when {
        When::Listed(days) => {
            let index = year.saturating_sub(i32::from(rule.first));
            usize::try_from(index).map_or(true, |index| index >= days.len())
        }
        _ => false,
    };
    country
        .rules()
        .iter()
        .filter(unlisted)
        .map(|rule| rule.name)
        .collect()
}

/// Days of `year` that move sales and are not in [`holidays`], by day: Black Friday, Mother's Day, Christmas Eve, and
/// holidays that most of the country has, but not all of it. Only those whose day follows a certain rule.
///
/// Empty outside the years 1900 to 2200.
#[must_use]
pub fn retail_events(country: Country, year: i32) -> Vec<Holiday> {
    year_of(year).map_or_else(Vec::new, |period| retail_events_between(country, period))
}

/// The days of a period that move sales, by day, as [`retail_events`] gives them.
#[must_use]
pub fn retail_events_between(country: Country, period: Period) -> Vec<Holiday> {
    listed(period, &retail::rules(country))
}

/// Days of a period that are called the same in every country, for owners who have not said which is theirs: enough to
/// understand a name, not to forecast by.
#[must_use]
pub fn known_everywhere_between(period: Period) -> Vec<Holiday> {
    listed(period, &[retail::WITHOUT_COUNTRY, retail::EVERYWHERE])
}

fn year_of(year: i32) -> Option<Period> {
    Period::new(Day::new(year, 1, 1).ok()?, Day::new(year, 12, 31).ok()?).ok()
}

fn listed(period: Period, tables: &[&'static [Rule]]) -> Vec<Holiday> {
    // A year more on either side: an observed day may lie in the year before or after its holiday.
    let from = (period.first.date().year() - 1).max(*YEARS.start());
    let to = (period.last.date().year() + 1).min(*YEARS.end() + 1);
    let mut found = Vec::new();
    for year in from..=to {
        rule::evaluate(tables, year, &mut found);
    }
    found.retain(|holiday| {
        period.contains(holiday.day) && YEARS.contains(&holiday.day.date().year())
    });
    found
}
