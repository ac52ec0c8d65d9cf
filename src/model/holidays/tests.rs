use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Made by tests/golden/holidays/make.py.
const GOLDEN: &str = include_str!("../../../tests/golden/holidays/dates.csv");
const GOLDEN_YEARS: std::ops::RangeInclusive<i32> = 2015..=2035;

/// Days on which we differ on purpose (country, day, why). None: a difference that is gone must go from here too.
const DIFFERENCES: [(&str, &str, &str); 0] = [];

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

/// The golden days of a country, each with its names as we write them; `None` is any substitute day.
fn golden(country: Country) -> BTreeMap<Day, BTreeSet<Option<&'static str>>> {
    let mut found: BTreeMap<Day, BTreeSet<_>> = BTreeMap::new();
    for line in GOLDEN.lines().skip(1) {
        let [code, name, days] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        if code != country.code() {
            continue;
        }
        let is_observed = name.ends_with(" (observed)") || name == "Substitute Holiday";
        let renamed = RENAMED.iter().find(|(theirs, _)| *theirs == name);
        // The two days of the enthronement of 2019 have one name there.
        let is_enthronement = name == "Emperor's Enthronement Day";
        for text in days.split(' ') {
            let day = day(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]));
            let ours = match text {
                _ if is_observed => None,
                "20190501" if is_enthronement => Some("Enthronement Day"),
                "20191022" if is_enthronement => Some("Enthronement Ceremony"),
                _ => Some(renamed.map_or(name, |(_, ours)| ours)),
            };
            found.entry(day).or_default().insert(ours);
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
            let is_substitute = h.observed && country != Country::Netherlands;
            let name = (!is_substitute).then_some(h.name);
            ours.entry(h.day).or_default().insert(name);
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
    let expected: Vec<_> = DIFFERENCES
        .iter()
        .map(|(country, day, _)| format!("{country} {day}"))
        .collect();
    let unexpected: Vec<_> = differences
        .iter()
        .filter(|d| !expected.iter().any(|e| d.starts_with(e.as_str())))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert_eq!(differences.len(), expected.len(), "a stale difference");
}
