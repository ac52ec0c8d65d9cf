use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use proptest::prelude::*;

use super::*;

/// Made by tests/golden/holidays/make.py.
const GOLDEN: &str = include_str!("../../../tests/golden/holidays/dates.csv");
const GOLDEN_YEARS: std::ops::RangeInclusive<i32> = 2015..=2035;

/// Names that we call otherwise: shorter, or one identity for what was renamed.
const RENAMED: [(&str, &str); 20] = [
    ("ANZAC Day", "Anzac Day"),
    ("Assumption Of Mary Day", "Assumption Day"),
    ("Benito Juárez's birthday", "Benito Juárez's Birthday"),
    ("Change of Federal Government", "Change of Government"),
    ("Christmas", "Christmas Day"),
    ("Dr. B. R. Ambedkar's Birthday", "Ambedkar's Birthday"),
    ("Janmashtami (Vaishnava)", "Janmashtami"),
    ("Juneteenth National Independence Day", "Juneteenth"),
    ("Mahatma Gandhi's Birthday", "Gandhi's Birthday"),
    (
        "National Day of Mourning for Queen Elizabeth II",
        "Mourning for Elizabeth II",
    ),
    (
        "National Day of Zumbi and Black Awareness",
        "Black Awareness Day",
    ),
    ("National Holiday", "Citizens' Holiday"),
    ("Physical Education Day", "Sports Day"),
    ("Platinum Jubilee of Elizabeth II", "Platinum Jubilee"),
    ("Republic Proclamation Day", "Republic Day"),
    (
        "Saint Francis of Assisi Patron Saint of Italy",
        "Saint Francis's Day",
    ),
    (
        "State Funeral of Queen Elizabeth II",
        "State Funeral of Elizabeth II",
    ),
    ("Tiradentes' Day", "Tiradentes Day"),
    ("Universal Fraternization Day", "New Year's Day"),
    ("Worker's Day", "Labor Day"),
];

fn day(text: &str) -> Day {
    Day::parse(text).expect(text)
}

/// The golden days of a country, each with its names as we write them and whether it is an observed day; Japan's substitute
/// days have no name of their own there.
fn golden(country: Country) -> BTreeMap<Day, BTreeSet<(&'static str, bool)>> {
    let mut found: BTreeMap<Day, BTreeSet<_>> = BTreeMap::new();
    for line in GOLDEN.lines().skip(1) {
        let [code, name, days] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        if code != country.code() {
            continue;
        }
        let plain = name.trim_end_matches(" (observed)");
        let is_observed = plain != name || name == "Substitute Holiday";
        let renamed = RENAMED.iter().find(|(theirs, _)| *theirs == plain);
        let ours = renamed.map_or(plain, |(_, ours)| ours);
        for text in days.split(' ') {
            let day = day(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]));
            // The two days of the enthronement of 2019 have one name there.
            let ours = match (ours, text) {
                ("Emperor's Enthronement Day", "20190501") => "Enthronement Day",
                ("Emperor's Enthronement Day", "20191022") => "Enthronement Ceremony",
                _ => ours,
            };
            found.entry(day).or_default().insert((ours, is_observed));
        }
    }
    found
}

#[test]
fn every_day_and_name_is_that_of_an_independent_implementation() {
    let mut differences = Vec::new();
    for country in Country::ALL {
        let theirs = golden(country);
        assert!(theirs.len() > 100, "{country:?}");
        let mut ours: BTreeMap<Day, BTreeSet<_>> = BTreeMap::new();
        for h in GOLDEN_YEARS.flat_map(|year| holidays(country, year)) {
            let known = match (country, h.observed) {
                (Country::Japan, true) => ("Substitute Holiday", true),
                // Instead of the day, not besides.
                (Country::Netherlands, true) => (h.name, false),
                _ => (h.name, h.observed),
            };
            ours.entry(h.day).or_default().insert(known);
        }
        let days: BTreeSet<_> = ours.keys().chain(theirs.keys()).copied().collect();
        for day in days {
            if ours.get(&day) != theirs.get(&day) {
                differences.push(format!(
                    "{} {day}: ours {:?}, theirs {:?}",
                    country.code(),
                    ours.get(&day),
                    theirs.get(&day)
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    for (theirs, _) in RENAMED {
        assert!(GOLDEN.contains(&format!(",{theirs},")), "stale: {theirs}");
    }
}

/// The days of a list, as `name day`, a star if observed.
fn shown(list: &[Holiday], names: &[&str]) -> Vec<String> {
    list.iter()
        .filter(|h| names.contains(&h.name))
        .map(|h| format!("{} {}{}", h.name, h.day, if h.observed { "*" } else { "" }))
        .collect()
}

#[test]
fn a_day_observed_in_the_year_before_is_in_that_year() {
    let new_year = |year| shown(&holidays(Country::UnitedStates, year), &["New Year's Day"]);
    assert_eq!(
        new_year(2021),
        ["New Year's Day 2021-01-01", "New Year's Day 2021-12-31*"]
    );
    assert_eq!(new_year(2022), ["New Year's Day 2022-01-01"]);
    let turn = Period::new(day("2021-12-30"), day("2021-12-31")).expect("a period");
    assert_eq!(
        between(Country::UnitedStates, turn),
        [Holiday {
            day: day("2021-12-31"),
            name: "New Year's Day",
            observed: true
        }]
    );
}

#[test]
fn substitute_days_give_way_to_each_other() {
    // Saturday and Sunday, then Sunday and Monday.
    for (year, expected) in [
        (
            2021,
            [
                "Christmas Day 2021-12-25",
                "Boxing Day 2021-12-26",
                "Christmas Day 2021-12-27*",
                "Boxing Day 2021-12-28*",
            ]
            .as_slice(),
        ),
        (
            2022,
            &[
                "Christmas Day 2022-12-25",
                "Boxing Day 2022-12-26",
                "Christmas Day 2022-12-27*",
            ],
        ),
    ] {
        let list = holidays(Country::UnitedKingdom, year);
        assert_eq!(shown(&list, &["Christmas Day", "Boxing Day"]), expected);
    }
    let japan = |year, names: &[&str]| shown(&holidays(Country::Japan, year), names);
    assert_eq!(
        japan(2015, &["Constitution Day", "Citizens' Holiday"]),
        [
            "Constitution Day 2015-05-03",
            "Constitution Day 2015-05-06*",
            "Citizens' Holiday 2015-09-22"
        ]
    );
    // Ten days off for the enthronement, with the Saturday and Sunday before.
    let golden_week = Period::new(day("2019-04-29"), day("2019-05-06")).expect("a period");
    let days: Vec<_> = between(Country::Japan, golden_week)
        .iter()
        .map(|h| h.day)
        .collect();
    assert_eq!(
        days,
        (0..8)
            .map(|n| golden_week.first.plus(n))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        shown(&holidays(Country::Netherlands, 2025), &["King's Day"]),
        ["King's Day 2025-04-26*"]
    );
}

#[test]
fn easter_is_right_where_simple_formulas_are_not() {
    for (year, expected) in [
        (1913, "1913-03-23"),
        (1943, "1943-04-25"),
        (1954, "1954-04-18"),
        (1981, "1981-04-19"),
        (2008, "2008-03-23"),
        (2038, "2038-04-25"),
        (2049, "2049-04-18"),
        (2076, "2076-04-19"),
        (2100, "2100-03-28"),
    ] {
        assert_eq!(
            shown(&holidays(Country::Italy, year), &["Easter Sunday"]),
            [format!("Easter Sunday {expected}")]
        );
    }
}

/// Days of the moon at noon in India: the mean lunation from the new moon of 6 January 2000, 18:14 UT.
fn moon_days(day: Day) -> f64 {
    let noon = f64::from(day.0 - Day::parse("2000-01-06").expect("a day").0) + 6.5 / 24.0;
    (noon - 18.233 / 24.0).rem_euclid(29.530_588_853)
}

#[test]
fn the_listed_feasts_of_india_lie_on_their_day_of_the_moon() {
    let all: Vec<_> = (2001..=2035)
        .flat_map(|year| holidays(Country::India, year))
        .collect();
    // The day of the lunar month; a month of Islam begins a day or two after the new moon, when the crescent is seen.
    let feasts = [
        ("Maha Shivaratri", 27.6),
        ("Holi", 15.0),
        ("Ram Navami", 8.3),
        ("Mahavira's Birthday", 12.6),
        ("Buddha Purnima", 14.3),
        ("Janmashtami", 22.1),
        ("Dussehra", 9.0),
        ("Diwali", 28.5),
        ("Guru Nanak's Birthday", 14.2),
        ("Ashura", 11.0),
        ("Prophet's Birthday", 13.1),
        ("Eid al-Fitr", 2.1),
        ("Eid al-Adha", 11.1),
    ];
    let mut seen = 0;
    for (name, expected) in feasts {
        for h in all.iter().filter(|h| h.name == name) {
            let off = moon_days(h.day) - expected;
            let off = (off + 15.0).rem_euclid(29.530_588_853) - 15.0;
            assert!(off.abs() < 1.25, "{name} {}: {off:.2} days off", h.day);
            seen += 1;
        }
    }
    assert_eq!(seen, 437);
    // And in their month: so many days after another feast.
    for (before, after, days) in [
        ("Ram Navami", "Mahavira's Birthday", 3..=5),
        ("Dussehra", "Diwali", 18..=21),
        ("Diwali", "Guru Nanak's Birthday", 14..=16),
        ("Eid al-Fitr", "Eid al-Adha", 67..=71),
        ("Eid al-Adha", "Ashura", 28..=31),
        ("Ashura", "Prophet's Birthday", 59..=63),
    ] {
        for first in all.iter().filter(|h| h.name == before) {
            let next = all.iter().find(|h| h.name == after && h.day > first.day);
            if let Some(next) = next {
                let gap = next.day.0 - first.day.0;
                assert!(days.contains(&gap), "{before} {}: {gap}", first.day);
            }
        }
    }
}

#[test]
fn feasts_that_are_not_listed_are_named() {
    for country in Country::ALL {
        for (year, count) in [(2000, 13), (2001, 0), (2035, 0), (2036, 13), (1990, 13)] {
            let expected = if country == Country::India { count } else { 0 };
            assert_eq!(
                left_out(country, year).len(),
                expected,
                "{country:?} {year}"
            );
        }
    }
    assert!(left_out(Country::India, 2036).contains(&"Diwali"));
    let listed = holidays(Country::India, 2036);
    assert!(listed.len() == 6 && !listed.iter().any(|h| h.name == "Diwali"));
}

#[test]
fn retail_events_are_on_the_days_that_they_were() {
    for (country, name, days) in [
        (
            "US",
            "Black Friday",
            "2018-11-23 2019-11-29 2024-11-29 2025-11-28",
        ),
        (
            "US",
            "Cyber Monday",
            "2018-11-26 2019-12-02 2024-12-02 2025-12-01",
        ),
        (
            "US",
            "Super Bowl Sunday",
            "2015-02-01 2021-02-07 2022-02-13 2024-02-11 2025-02-09",
        ),
        (
            "US",
            "Mother's Day",
            "2022-05-08 2023-05-14 2024-05-12 2025-05-11",
        ),
        ("US", "Father's Day", "2022-06-19 2024-06-16 2025-06-15"),
        (
            "GB",
            "Mother's Day",
            "2022-03-27 2023-03-19 2024-03-10 2025-03-30",
        ),
        (
            "GB",
            "Summer Bank Holiday",
            "2020-08-31 2024-08-26 2025-08-25",
        ),
        ("GB", "Easter Monday", "2024-04-01 2025-04-21"),
        (
            "FR",
            "Mother's Day",
            "2020-06-07 2022-05-29 2023-06-04 2024-05-26 2025-05-25 2026-05-31",
        ),
        ("ES", "Mother's Day", "2023-05-07 2024-05-05 2025-05-04"),
        ("MX", "Mother's Day", "2024-05-10 2025-05-10"),
        ("BR", "Father's Day", "2023-08-13 2024-08-11 2025-08-10"),
        (
            "BR",
            "Carnival Tuesday",
            "2020-02-25 2023-02-21 2024-02-13 2025-03-04",
        ),
        ("BR", "Corpus Christi", "2023-06-08 2024-05-30 2025-06-19"),
        ("AU", "Father's Day", "2023-09-03 2024-09-01 2025-09-07"),
        ("AU", "King's Birthday", "2023-06-12 2024-06-10 2025-06-09"),
        (
            "CA",
            "Victoria Day",
            "2020-05-18 2023-05-22 2024-05-20 2025-05-19 2026-05-18",
        ),
        ("CA", "Thanksgiving Day", "2023-10-09 2024-10-14 2025-10-13"),
        ("CA", "Family Day", "2023-02-20 2024-02-19 2025-02-17"),
        ("CA", "Civic Holiday", "2023-08-07 2024-08-05 2025-08-04"),
        (
            "DE",
            "Carnival Monday",
            "2020-02-24 2023-02-20 2024-02-12 2025-03-03",
        ),
        ("DE", "Easter Saturday", "2023-04-08 2024-03-30 2025-04-19"),
        ("IT", "Father's Day", "2024-03-19"),
        ("JP", "Mother's Day", "2023-05-14 2024-05-12"),
    ] {
        let country = Country::parse(country).expect("a country");
        for text in days.split(' ') {
            let year = i32::from(day(text).date().year());
            assert_eq!(
                shown(&retail_events(country, year), &[name]),
                [format!("{name} {text}")],
                "{country:?}"
            );
        }
    }
    let month = Period::parse("2024-11-25..2024-12-24").expect("a period");
    let names: Vec<_> = retail_events_between(Country::Netherlands, month)
        .iter()
        .map(|h| h.name)
        .collect();
    assert_eq!(
        names,
        [
            "Black Friday",
            "Cyber Monday",
            "Saint Nicholas' Eve",
            "Christmas Eve"
        ]
    );
}

#[test]
fn every_year_is_in_order_and_within_itself() {
    let day_and_name =
        |list: &[Holiday]| -> Vec<_> { list.iter().map(|h| (h.day, h.name)).collect() };
    for country in Country::ALL {
        let mut whole = Vec::new();
        for year in 1900..=2200 {
            let public = holidays(country, year);
            let events = retail_events(country, year);
            for list in [&public, &events] {
                assert!(list.is_sorted_by_key(|h| h.day), "{country:?} {year}");
                assert!(list.iter().all(|h| i32::from(h.day.date().year()) == year));
                let distinct: BTreeSet<_> = day_and_name(list).into_iter().collect();
                assert_eq!(distinct.len(), list.len(), "{country:?} {year}: {list:?}");
            }
            let both = day_and_name(&public);
            let twice: Vec<_> = day_and_name(&events)
                .into_iter()
                .filter(|event| both.contains(event))
                .collect();
            assert!(twice.is_empty(), "{country:?} {year}: {twice:?}");
            assert!(public.len() >= 3 && events.len() >= 6, "{country:?} {year}");
            for h in public.iter().filter(|h| h.observed) {
                let weekday = h.day.date().weekday();
                let is_saturday_instead = country == Country::Netherlands;
                assert_eq!(weekday == Weekday::Saturday, is_saturday_instead, "{h:?}");
            }
            whole.extend(public);
        }
        let all = Period::new(Day(i32::MIN), Day(i32::MAX)).expect("a period");
        assert_eq!(between(country, all), whole, "{country:?}");
        for year in [i32::MIN, -9999, 1899, 2201, 9999, i32::MAX] {
            assert!(holidays(country, year).is_empty() && retail_events(country, year).is_empty());
            assert_eq!(
                left_out(country, year).is_empty(),
                country != Country::India
            );
        }
    }
}

proptest! {
    #[test]
    fn a_period_has_what_its_years_have(
        country in prop::sample::select(Country::ALL.as_slice()),
        first in -30_000..90_000_i32,
        days in 0..2_000_i32,
    ) {
        let period = Period::new(Day(first), Day(first + days)).expect("a period");
        let years = period.first.date().year()..=period.last.date().year();
        let expected: Vec<_> = years
            .flat_map(|year| holidays(country, i32::from(year)))
            .filter(|h| period.contains(h.day))
            .collect();
        prop_assert_eq!(between(country, period), expected);
    }
}

#[test]
fn countries_are_parsed_from_their_codes() {
    for country in Country::ALL {
        assert_eq!(Country::parse(country.code()).ok(), Some(country));
        assert_eq!(
            Country::parse(&country.code().to_lowercase()).ok(),
            Some(country)
        );
    }
    assert_eq!(Country::parse(" uk ").ok(), Some(Country::UnitedKingdom));
    let error = Country::parse("ZZ").expect_err("no country").to_string();
    for country in Country::ALL {
        assert!(error.contains(country.code()), "{error}");
    }
    assert!(Country::parse("").is_err() && Country::parse("USA").is_err());
}
