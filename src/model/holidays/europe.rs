//! Public holidays of France, Germany, Italy, the Netherlands, Spain and the United Kingdom.

use jiff::civil::Weekday::{Monday, Sunday, Wednesday};

use super::rule::Weekend::{NextFree, NotOnSunday, SaturdayInstead};
use super::rule::{Rule, When, easter, fixed, nth, once, special};

/// Bank holidays of England and Wales, Scotland and Northern Ireland alike. Easter Monday and the summer bank holiday, which
/// Scotland does not have, are in the retail events.
pub(super) const UNITED_KINGDOM: &[Rule] = &[
    fixed("New Year's Day", 1, 1).since(1974).weekend(NextFree),
    easter("Good Friday", -2),
    nth("May Day", 1, Monday, 5)
        .since(1978)
        .except(&[1995, 2020]),
    once("May Day", 1995, 5, 8),
    once("May Day", 2020, 5, 8),
    nth("Spring Bank Holiday", -1, Monday, 5)
        .since(1971)
        .except(&[2002, 2012, 2022]),
    once("Spring Bank Holiday", 2002, 6, 4),
    once("Spring Bank Holiday", 2012, 6, 4),
    once("Spring Bank Holiday", 2022, 6, 2),
    fixed("Christmas Day", 12, 25).weekend(NextFree),
    fixed("Boxing Day", 12, 26).weekend(NextFree),
    once("Silver Jubilee", 1977, 6, 7),
    once("Wedding of Charles and Diana", 1981, 7, 29),
    once("Millennium Eve", 1999, 12, 31),
    once("Golden Jubilee", 2002, 6, 3),
    once("Wedding of William and Catherine", 2011, 4, 29),
    once("Diamond Jubilee", 2012, 6, 5),
    once("Platinum Jubilee", 2022, 6, 3),
    once("State Funeral of Elizabeth II", 2022, 9, 19),
    once("Coronation of Charles III", 2023, 5, 8),
];

/// What all sixteen states have.
pub(super) const GERMANY: &[Rule] = &[
    fixed("New Year's Day", 1, 1),
    easter("Good Friday", -2),
    easter("Easter Monday", 1),
    fixed("Labor Day", 5, 1),
    easter("Ascension Day", 39),
    easter("Pentecost Monday", 50),
    fixed("German Unity Day", 10, 3).since(1990),
    once("Reformation Day", 2017, 10, 31),
    special("Repentance Day", When::Before(Wednesday, 11, 23)).until(1994),
    fixed("Christmas Day", 12, 25),
    fixed("Second Day of Christmas", 12, 26),
];

/// Legal holidays (Code du travail, article L3133-1).
pub(super) const FRANCE: &[Rule] = &[
    fixed("New Year's Day", 1, 1),
    easter("Easter Monday", 1),
    fixed("Labor Day", 5, 1),
    fixed("Victory Day", 5, 8).since(1982),
    easter("Ascension Day", 39),
    easter("Pentecost Monday", 50).except(&[2005, 2006, 2007]),
    fixed("National Day", 7, 14),
    fixed("Assumption Day", 8, 15),
    fixed("All Saints' Day", 11, 1),
    fixed("Armistice Day", 11, 11),
    fixed("Christmas Day", 12, 25),
];

/// National holidays. Of one that falls on a Sunday each region decides whether the Monday is free, so it is left out.
pub(super) const SPAIN: &[Rule] = &[
    fixed("New Year's Day", 1, 1).weekend(NotOnSunday),
    fixed("Epiphany", 1, 6).weekend(NotOnSunday),
    easter("Good Friday", -2),
    fixed("Labor Day", 5, 1).weekend(NotOnSunday),
    fixed("Assumption Day", 8, 15).weekend(NotOnSunday),
    fixed("National Day", 10, 12).weekend(NotOnSunday),
    fixed("All Saints' Day", 11, 1).weekend(NotOnSunday),
    fixed("Constitution Day", 12, 6).weekend(NotOnSunday),
    fixed("Immaculate Conception", 12, 8).weekend(NotOnSunday),
    fixed("Christmas Day", 12, 25).weekend(NotOnSunday),
];

/// National holidays (Leggi 260/1949, 54/1977, 336/2000, 151/2025).
pub(super) const ITALY: &[Rule] = &[
    fixed("New Year's Day", 1, 1),
    fixed("Epiphany", 1, 6).since(1986),
    easter("Easter Sunday", 0),
    easter("Easter Monday", 1),
    fixed("Liberation Day", 4, 25),
    fixed("Labor Day", 5, 1),
    nth("Republic Day", 1, Sunday, 6).since(1977).until(2000),
    fixed("Republic Day", 6, 2).since(2001),
    fixed("Assumption Day", 8, 15),
    fixed("Saint Francis's Day", 10, 4).since(2026),
    fixed("All Saints' Day", 11, 1),
    nth("National Unity Day", 1, Sunday, 11).since(1977),
    once("Unity of Italy Anniversary", 2011, 3, 17),
    fixed("Immaculate Conception", 12, 8),
    fixed("Christmas Day", 12, 25),
    fixed("Saint Stephen's Day", 12, 26),
];

/// Holidays of the Algemene termijnenwet, Good Friday, and Liberation Day in the years in which most have it off.
pub(super) const NETHERLANDS: &[Rule] = &[
    fixed("New Year's Day", 1, 1),
    easter("Good Friday", -2),
    easter("Easter Sunday", 0),
    easter("Easter Monday", 1),
    fixed("King's Day", 4, 30)
        .until(2013)
        .weekend(SaturdayInstead),
    fixed("King's Day", 4, 27)
        .since(2014)
        .weekend(SaturdayInstead),
    fixed("Liberation Day", 5, 5).since(1970).every(5),
    easter("Ascension Day", 39),
    easter("Pentecost", 49),
    easter("Pentecost Monday", 50),
    fixed("Christmas Day", 12, 25),
    fixed("Second Day of Christmas", 12, 26),
];
