//! Holidays and the owner's events by name.

use std::collections::BTreeMap;

use super::parse::{EXAMPLES, words};
use super::{Clock, EventName};
use crate::error::{Error, Result};
use crate::limits::CANDIDATES_MAX;
use crate::model::calendar::{Day, Period};
use crate::model::holidays::known_everywhere_between;
use crate::model::names::nearest;

/// Days around a moment in which the last and the next occurrence of a yearly event lie.
const TWO_YEARS: i32 = 800;

/// Which of many is meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    /// The latest that began on this day or before.
    Latest(Day),
    /// The first that begins on this day or after.
    From(Day),
}

/// An occurrence of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub(super) name: String,
    /// Its days, in one run.
    pub(super) days: Period,
    /// Whether the week that holds it is meant.
    pub(super) week: bool,
}

/// What happens in a period by name, each run of days once, in order.
pub(super) fn occurrences(clock: &Clock<'_>, window: Period) -> BTreeMap<String, Vec<Period>> {
    let mut all: BTreeMap<String, Vec<Period>> = BTreeMap::new();
    let mut events = clock.calendar.map_or_else(Vec::new, |c| c.events(window));
    if clock.calendar.is_none_or(|c| c.country.is_none()) {
        let known = known_everywhere_between(window).into_iter();
        events.extend(known.map(|holiday| (holiday.name.to_owned(), holiday.day)));
    }
    events.sort_by_key(|(_, day)| *day);
    for (name, day) in events {
        // The day off given instead of a holiday is not the holiday.
        if name.ends_with(" (observed)") {
            continue;
        }
        let runs = all.entry(name).or_default();
        match runs.last_mut() {
            Some(run) if day <= run.last.plus(1) => run.last = day,
            _ => runs.push(Period {
                first: day,
                last: day,
            }),
        }
    }
    all
}

/// Finds what a name stands for.
pub(super) fn find(asked: &EventName, clock: &Clock<'_>, anchor: Anchor) -> Result<Occurrence> {
    let window = |first: Day, last: Day| Period { first, last };
    let near = match (asked.year, anchor) {
        (Some(year), _) => {
            let first = Day::new(year, 1, 1)?.plus(-40);
            window(first, first.plus(446))
        }
        (None, Anchor::Latest(day)) => window(day.plus(-TWO_YEARS), day),
        (None, Anchor::From(day)) => window(day, day.plus(TWO_YEARS)),
    };
    // Names of the data's own days too, so that one that is known, but not then, is told from one that is not.
    let mut runs = occurrences(clock, near);
    let mut named: Vec<String> = runs.keys().cloned().collect();
    if asked.year.is_some() || !named.iter().any(|name| matches(name, &asked.key)) {
        let data = occurrences(clock, clock.days);
        named.extend(data.keys().cloned());
        named.sort();
        named.dedup();
        if asked.year.is_none() {
            runs.extend(data);
        }
    }
    let (name, week, year) = choose(asked, clock, &named)?;
    let mut found = runs.remove(&name).unwrap_or_default();
    found.retain(|run| match (year, anchor) {
        (Some(year), _) => i32::from(run.first.date().year()) == year,
        (None, Anchor::Latest(day)) => run.first <= day,
        (None, Anchor::From(day)) => run.first >= day,
    });
    if year.is_some() && found.len() > 1 {
        let days: Vec<String> = found
            .iter()
            .take(CANDIDATES_MAX)
            .map(Period::to_string)
            .collect();
        return Err(Error::invalid(format!(
            "{name:?} came {} times in that year: write one of its days ({})",
            found.len(),
            days.join(", ")
        )));
    }
    let days = match anchor {
        Anchor::Latest(_) => found.last(),
        Anchor::From(_) => found.first(),
    };
    let days = days.copied().ok_or_else(|| {
        let when = year.map_or_else(|| "then".to_owned(), |year| format!("in {year}"));
        Error::invalid(format!("the calendar has no {name:?} {when}"))
    })?;
    Ok(Occurrence { name, days, week })
}

/// The calendar's name for what was asked, and what of the words was not part of it.
fn choose(
    asked: &EventName,
    clock: &Clock<'_>,
    named: &[String],
) -> Result<(String, bool, Option<i32>)> {
    let EventName { key, week, year } = asked;
    let exactly = |wanted: &str| named.iter().find(|name| words(name).join("_") == wanted);
    // An event may itself be called "Fashion Week" or "Expo 2025".
    if *week {
        if let Some(year) = year
            && let Some(name) = exactly(&format!("{key}_week_{year}"))
        {
            return Ok((name.clone(), false, None));
        }
        if let Some(name) = exactly(&format!("{key}_week")) {
            return Ok((name.clone(), false, *year));
        }
    }
    if let Some(of) = year
        && let Some(name) = exactly(&format!("{key}_{of}"))
    {
        return Ok((name.clone(), *week, None));
    }
    let bare = ["last_", "this_", "previous_", "in_", "on_", "during_"]
        .into_iter()
        .find_map(|before| key.strip_prefix(before))
        .unwrap_or(key);
    for wanted in [key.as_str(), bare] {
        let aliases = [wanted, alias(wanted)];
        for wanted in aliases {
            let found = exactly(wanted).or_else(|| exactly(&format!("{wanted}_day")));
            if let Some(name) = found {
                return Ok((name.clone(), *week, *year));
            }
        }
    }
    let fitting: Vec<&String> = named.iter().filter(|name| matches(name, bare)).collect();
    match fitting.as_slice() {
        [one] => Ok(((*one).clone(), *week, *year)),
        [] => Err(unknown(asked, clock, named)),
        several => {
            let all: Vec<&str> = several.iter().map(|s| s.as_str()).collect();
            let shown = all.get(..CANDIDATES_MAX).unwrap_or(&all).join(", ");
            Err(Error::invalid(format!(
                "{:?} fits {} days of the calendar: {shown}: name one of them",
                key.replace('_', " "),
                all.len()
            )))
        }
    }
}

/// Whether each word that was asked begins a word of the name.
fn matches(name: &str, key: &str) -> bool {
    let of_name = words(name);
    let spelt = alias(key);
    [key, spelt].into_iter().any(|key| {
        key.split('_')
            .all(|asked| of_name.iter().any(|word| word.starts_with(asked)))
    })
}

/// What else people call a holiday.
fn alias(key: &str) -> &str {
    match key {
        "easter" => "easter_sunday",
        "xmas" | "christmas" => "christmas_day",
        "new_year" | "new_years" => "new_years_day",
        "mlk" | "mlk_day" => "martin_luther_king_jr_day",
        "presidents" | "presidents_day" => "washingtons_birthday",
        "valentines" | "valentine" => "valentines_day",
        "nye" => "new_years_eve",
        _ => key,
    }
}

fn unknown(asked: &EventName, clock: &Clock<'_>, named: &[String]) -> Error {
    const FORMS: [&str; 26] = [
        "today",
        "yesterday",
        "this_week",
        "last_week",
        "this_month",
        "last_month",
        "this_quarter",
        "last_quarter",
        "this_half",
        "last_half",
        "this_year",
        "last_year",
        "last_7_days",
        "last_8_weeks",
        "last_3_months",
        "last_4_quarters",
        "last_2_years",
        "mtd",
        "qtd",
        "ytd",
        "wtd",
        "fytd",
        "all",
        "last_monday",
        "month_to_date",
        "year_to_date",
    ];
    let spelt = named.iter().map(|name| words(name).join("_"));
    let known: Vec<String> = FORMS.into_iter().map(str::to_owned).chain(spelt).collect();
    let mut text = asked.key.clone();
    if asked.week {
        text.push_str("_week");
    }
    let near = nearest(&text, known.iter().map(String::as_str));
    let shown = match asked.year {
        Some(year) => format!("{text}_{year}"),
        None => text,
    };
    let without = if clock.calendar.is_none_or(|c| c.country.is_none()) {
        "; other public holidays have names here once [calendar] of dataset.toml has a country"
    } else {
        ""
    };
    let shown = shown.replace('_', " ");
    Error::invalid(format!(
        "{shown:?} is not a period: write {EXAMPLES}{without}"
    ))
    .with_suggestions(near)
}
