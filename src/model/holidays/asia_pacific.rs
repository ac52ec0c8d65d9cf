//! Public holidays of Australia and Japan.

use jiff::civil::Weekday::Monday;

use super::rule::Weekend::{NextFree, NextFreeAfterSunday};
use super::rule::{Rule, When, easter, fixed, nth, once, special};

/// What all states and territories have, with the days off for holidays on a weekend that they have in common.
pub(super) const AUSTRALIA: &[Rule] = &[
    fixed("New Year's Day", 1, 1).weekend(NextFree),
    fixed("Australia Day", 1, 26).weekend(NextFree),
    easter("Good Friday", -2),
    easter("Easter Sunday", 0).since(2027),
    easter("Easter Monday", 1),
    fixed("Anzac Day", 4, 25),
    once("Mourning for Elizabeth II", 2022, 9, 22),
    fixed("Christmas Day", 12, 25).weekend(NextFree),
    fixed("Boxing Day", 12, 26).weekend(NextFree),
];

const fn day(name: &'static str, month: i8, day: i8) -> Rule {
    fixed(name, month, day).weekend(NextFreeAfterSunday)
}

/// Holidays of the Act on National Holidays of 1948, with its amendments and the days moved for the games of 2020.
pub(super) const JAPAN: &[Rule] = &[
    day("New Year's Day", 1, 1),
    day("Coming of Age Day", 1, 15).until(1999),
    nth("Coming of Age Day", 2, Monday, 1).since(2000),
    day("Foundation Day", 2, 11),
    day("Emperor's Birthday", 4, 29).until(1988),
    day("Emperor's Birthday", 12, 23).since(1989).until(2018),
    day("Emperor's Birthday", 2, 23).since(2020),
    special("Vernal Equinox Day", When::VernalEquinox).weekend(NextFreeAfterSunday),
    day("Greenery Day", 4, 29).since(1989).until(2006),
    day("Showa Day", 4, 29).since(2007),
    day("Constitution Day", 5, 3),
    day("Greenery Day", 5, 4).since(2007),
    day("Children's Day", 5, 5),
    day("Marine Day", 7, 20).since(1996).until(2002),
    nth("Marine Day", 3, Monday, 7)
        .since(2003)
        .except(&[2020, 2021]),
    once("Marine Day", 2020, 7, 23),
    once("Marine Day", 2021, 7, 22),
    day("Mountain Day", 8, 11).since(2016).except(&[2020, 2021]),
    once("Mountain Day", 2020, 8, 10),
    day("Mountain Day", 8, 8).since(2021).until(2021),
    day("Respect for the Aged Day", 9, 15).until(2002),
    nth("Respect for the Aged Day", 3, Monday, 9).since(2003),
    special("Autumnal Equinox Day", When::AutumnalEquinox).weekend(NextFreeAfterSunday),
    day("Sports Day", 10, 10).until(1999),
    nth("Sports Day", 2, Monday, 10)
        .since(2000)
        .except(&[2020, 2021]),
    once("Sports Day", 2020, 7, 24),
    once("Sports Day", 2021, 7, 23),
    day("Culture Day", 11, 3),
    day("Labor Thanksgiving Day", 11, 23),
    once("Funeral of Emperor Showa", 1989, 2, 24),
    once("Enthronement Ceremony", 1990, 11, 12),
    once("Wedding of the Crown Prince", 1993, 6, 9),
    once("Enthronement Day", 2019, 5, 1),
    once("Enthronement Ceremony", 2019, 10, 22),
    special("Citizens' Holiday", When::Bridge).since(1986),
];
