//! The days that move an owner's sales: public holidays of a country, and events of the owner's own.

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

use super::calendar::{Day, Period};
use super::fiscal::{Fiscal, Written, weekday_named};
use super::holidays::{Country, between, retail_events_between};
use super::planned::{Plan, Planned};
use crate::error::{Error, Result};
use crate::limits::{EVENT_DAYS_MAX, EVENTS_MAX, NAME_CHARS_MAX};

/// `[calendar]` of `dataset.toml`, as the manifest keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SalesCalendar {
    /// The country whose public holidays count: an ISO 3166-1 code of two letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Whether days such as Black Friday and Mother's Day count too; they do if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retail_events: Option<bool>,
    /// The weekday that weeks start on, in English; Monday if nothing is said, or the first day of a fiscal week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week_start: Option<String>,
    /// Month and day that the fiscal year starts on (`02-01`), where it is made of months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_year_start: Option<String>,
    /// How many weeks the periods of each quarter have (`4-4-5`, `4-5-4`, `5-4-4`), where the fiscal year is made of weeks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_weeks: Option<String>,
    /// The last day of a fiscal year of weeks: `last saturday of january`, or `saturday nearest january 31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_year_ends: Option<String>,
    /// Whether a fiscal year has the name of the calendar year in which it should `end` (if nothing is said) or `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_year_named: Option<String>,
    /// The owner's events, past and planned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event: Vec<OwnEvent>,
    /// What is planned for days to come: `average_price:2026-11:4.99`, or `promotion:2026-11-27..2026-11-30:+20%`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planned: Vec<Planned>,
}

/// `[[calendar.event]]`: something that comes again, such as a fair or a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnEvent {
    /// What it is.
    pub name: String,
    /// Its days, those to come included.
    pub days: Vec<Day>,
}

impl SalesCalendar {
    /// Checks what an owner wrote.
    ///
    /// # Errors
    /// `Invalid` for a country that is not known, weeks and fiscal years that are not clear, an event without a name or days, and too many of them.
    pub fn check(&self) -> Result<()> {
        self.country()?;
        self.weeks_and_years()?;
        Planned::check_all(self.planned.clone()).map_err(|e| e.context("[calendar] planned"))?;
        if self.event.len() > EVENTS_MAX {
            return Err(Error::invalid(format!(
                "[calendar] has {} events: at most {EVENTS_MAX}",
                self.event.len()
            )));
        }
        for event in &self.event {
            let chars = event.name.chars().count();
            if chars == 0 || chars > NAME_CHARS_MAX {
                return Err(Error::invalid(format!(
                    "[[calendar.event]] needs a name of 1 to {NAME_CHARS_MAX} characters"
                )));
            }
            if event.days.is_empty() || event.days.len() > EVENT_DAYS_MAX {
                return Err(Error::invalid(format!(
                    "[[calendar.event]] {:?} has {} days: list 1 to {EVENT_DAYS_MAX}",
                    event.name,
                    event.days.len()
                )));
            }
        }
        Ok(())
    }

    /// Checks that planned values are of measures that there are.
    ///
    /// # Errors
    /// `Invalid`, naming the plan and the measures.
    pub fn check_planned(&self, measures: &[&str]) -> Result<()> {
        let unknown = self
            .planned
            .iter()
            .find(|p| matches!(p.plan, Plan::Value(_)) && !measures.contains(&p.name.as_str()));
        let Some(planned) = unknown else {
            return Ok(());
        };
        Err(Error::invalid(format!(
            "[calendar] planned {:?}: there is no measure {:?}, so what it does cannot be learnt: plan one of {}, or write a \
             change to assume, such as +20%",
            planned.to_string(),
            planned.name,
            measures.join(", ")
        )))
    }

    /// What happens in a period: a name that is the same whenever it comes again, and the day.
    #[must_use]
    pub fn events(&self, period: Period) -> Vec<(String, Day)> {
        let mut all: Vec<(String, Day)> = Vec::new();
        for event in &self.event {
            let inside = event.days.iter().filter(|day| period.contains(**day));
            all.extend(inside.map(|day| (event.name.clone(), *day)));
        }
        // A country was checked when it was written; one that a newer program knows adds nothing here.
        if let Ok(Some(country)) = self.country() {
            let mut public = between(country, period);
            if self.retail_events.unwrap_or(true) {
                public.extend(retail_events_between(country, period));
            }
            all.extend(public.into_iter().map(|holiday| {
                let observed = if holiday.observed { " (observed)" } else { "" };
                (format!("{}{observed}", holiday.name), holiday.day)
            }));
        }
        all
    }

    /// The weekday that weeks start on, and the fiscal year if there is one.
    ///
    /// # Errors
    /// `Invalid`, naming the key and what it may be.
    pub fn weeks_and_years(&self) -> Result<(Weekday, Option<Fiscal>)> {
        let fiscal = Fiscal::read(Written {
            year_start: self.fiscal_year_start.as_deref(),
            weeks: self.fiscal_weeks.as_deref(),
            year_ends: self.fiscal_year_ends.as_deref(),
            named: self.fiscal_year_named.as_deref(),
        })?;
        let given = self.week_start.as_deref().map(|text| {
            weekday_named(&text.trim().to_lowercase()).ok_or_else(|| {
                Error::invalid(format!(
                    "[calendar] week_start is a weekday such as \"monday\" or \"sunday\", not {text:?}"
                ))
            })
        });
        let given = given.transpose()?;
        let of_fiscal_weeks = fiscal.as_ref().and_then(Fiscal::week_start);
        if let (Some(given), Some(needed)) = (given, of_fiscal_weeks)
            && given != needed
        {
            return Err(Error::invalid(format!(
                "[calendar] week_start is {given:?}, but the weeks of fiscal_year_ends start on {needed:?}: leave week_start out"
            )));
        }
        let start = given.or(of_fiscal_weeks).unwrap_or(Weekday::Monday);
        Ok((start, fiscal))
    }

    fn country(&self) -> Result<Option<Country>> {
        self.country.as_deref().map(Country::parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect(text)
    }

    #[test]
    fn holidays_and_own_events_of_a_period() {
        let calendar = SalesCalendar {
            country: Some("us".into()),
            retail_events: None,
            event: vec![OwnEvent {
                name: "Fair".into(),
                days: vec![day("2025-07-05"), day("2026-07-04")],
            }],
            ..SalesCalendar::default()
        };
        calendar.check().unwrap();
        let period = Period::new(day("2026-07-01"), day("2026-07-31")).unwrap();
        let events = calendar.events(period);
        assert!(events.contains(&("Fair".into(), day("2026-07-04"))));
        assert!(events.contains(&("Independence Day".into(), day("2026-07-04"))));
        assert!(events.contains(&("Independence Day (observed)".into(), day("2026-07-03"))));
        let november = Period::new(day("2026-11-01"), day("2026-11-30")).unwrap();
        let names = |c: &SalesCalendar| c.events(november).iter().any(|(n, _)| n == "Black Friday");
        assert!(names(&calendar));
        assert!(!names(&SalesCalendar {
            retail_events: Some(false),
            ..calendar
        }));
    }

    #[test]
    fn what_an_owner_wrote_wrong_is_refused() {
        let wrong = |country: &str| SalesCalendar {
            country: Some(country.into()),
            ..SalesCalendar::default()
        };
        assert!(
            wrong("XX")
                .check()
                .unwrap_err()
                .to_string()
                .contains("use one of AU")
        );
        let event = |name: &str, days: Vec<Day>| SalesCalendar {
            event: vec![OwnEvent {
                name: name.into(),
                days,
            }],
            ..SalesCalendar::default()
        };
        assert!(event("", vec![day("2026-07-04")]).check().is_err());
        assert!(event("Fair", Vec::new()).check().is_err());
    }

    #[test]
    fn weeks_start_where_the_owner_or_the_fiscal_year_says() {
        let read = |text: &str| -> Result<(Weekday, Option<Fiscal>)> {
            let calendar: SalesCalendar = toml::from_str(text).expect(text);
            calendar.check()?;
            calendar.weeks_and_years()
        };
        assert_eq!(read("").unwrap(), (Weekday::Monday, None));
        let sunday = read("week_start = \"Sunday\"").unwrap();
        assert_eq!(sunday, (Weekday::Sunday, None));
        let weeks =
            "fiscal_weeks = \"4-5-4\"\nfiscal_year_ends = \"saturday nearest january 31\"\n";
        assert_eq!(read(weeks).unwrap().0, Weekday::Sunday);
        let wrong = read(&format!("{weeks}week_start = \"monday\"")).unwrap_err();
        assert!(wrong.to_string().contains("start on Sunday"), "{wrong}");
        let wrong = read("week_start = \"first\"").unwrap_err();
        assert!(wrong.to_string().contains("is a weekday"), "{wrong}");
        assert!(read("fiscal_year_start = \"13-01\"").is_err());
    }
}
