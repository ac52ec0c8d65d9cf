//! Public holidays of Brazil, Canada, Mexico and the United States.

use jiff::civil::Weekday::{Monday, Thursday};

use super::rule::Weekend::{Nearest, NextFree};
use super::rule::{Rule, easter, fixed, nth};

/// Federal holidays (5 U.S.C. 6103).
pub(super) const UNITED_STATES: &[Rule] = &[
    fixed("New Year's Day", 1, 1).weekend(Nearest),
    nth("Martin Luther King Jr. Day", 3, Monday, 1).since(1986),
    nth("Washington's Birthday", 3, Monday, 2),
    nth("Memorial Day", -1, Monday, 5),
    fixed("Juneteenth", 6, 19).since(2021).weekend(Nearest),
    fixed("Independence Day", 7, 4).weekend(Nearest),
    nth("Labor Day", 1, Monday, 9),
    nth("Columbus Day", 2, Monday, 10),
    fixed("Veterans Day", 11, 11).weekend(Nearest),
    nth("Thanksgiving Day", 4, Thursday, 11),
    fixed("Christmas Day", 12, 25).weekend(Nearest),
];

/// What every province has; most have more, which are in the retail events.
pub(super) const CANADA: &[Rule] = &[
    fixed("New Year's Day", 1, 1).weekend(NextFree),
    easter("Good Friday", -2),
    fixed("Canada Day", 7, 1),
    nth("Labor Day", 1, Monday, 9),
    fixed("Christmas Day", 12, 25).weekend(NextFree),
];

/// Mandatory days of rest (Ley Federal del Trabajo, article 74; moved to Mondays by the reform of January 2006).
pub(super) const MEXICO: &[Rule] = &[
    fixed("New Year's Day", 1, 1),
    fixed("Constitution Day", 2, 5).until(2005),
    nth("Constitution Day", 1, Monday, 2).since(2006),
    fixed("Benito Juárez's Birthday", 3, 21).until(2006),
    nth("Benito Juárez's Birthday", 3, Monday, 3).since(2007),
    fixed("Labor Day", 5, 1),
    fixed("Independence Day", 9, 16),
    fixed("Revolution Day", 11, 20).until(2005),
    nth("Revolution Day", 3, Monday, 11).since(2006),
    fixed("Change of Government", 12, 1)
        .since(1970)
        .until(2018)
        .every(6),
    fixed("Change of Government", 10, 1).since(2024).every(6),
    fixed("Christmas Day", 12, 25),
];

/// National holidays (Leis 662/1949, 6.802/1980, 10.607/2002, 14.759/2023). Carnival and Corpus Christi are not among them.
pub(super) const BRAZIL: &[Rule] = &[
    fixed("New Year's Day", 1, 1),
    easter("Good Friday", -2),
    fixed("Tiradentes Day", 4, 21),
    fixed("Labor Day", 5, 1),
    fixed("Independence Day", 9, 7),
    fixed("Our Lady of Aparecida", 10, 12).since(1980),
    fixed("All Souls' Day", 11, 2),
    fixed("Republic Day", 11, 15),
    fixed("Black Awareness Day", 11, 20).since(2024),
    fixed("Christmas Day", 12, 25),
];
