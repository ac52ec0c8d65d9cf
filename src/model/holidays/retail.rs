//! Days that move sales and are no public holidays of the whole country.

use jiff::civil::Weekday::{Monday, Sunday, Thursday};

use super::Country;
use super::rule::{Rule, When, easter, fixed, nth, special};

/// The retail events of a country: those of every country, and its own.
pub(super) const fn rules(country: Country) -> [&'static [Rule]; 2] {
    let own = match country {
        Country::Australia => AUSTRALIA,
        Country::Brazil => BRAZIL,
        Country::Canada => CANADA,
        Country::France => FRANCE,
        Country::Germany => GERMANY,
        Country::India => INDIA,
        Country::Italy => ITALY,
        Country::Japan => JAPAN,
        Country::Mexico => MEXICO,
        Country::Netherlands => NETHERLANDS,
        Country::Spain => SPAIN,
        Country::UnitedKingdom => UNITED_KINGDOM,
        Country::UnitedStates => UNITED_STATES,
    };
    [EVERYWHERE, own]
}

/// What has the same name and day wherever it is kept: all that is known without a country.
pub(super) const WITHOUT_COUNTRY: &[Rule] = &[
    fixed("New Year's Day", 1, 1),
    fixed("Valentine's Day", 2, 14),
    easter("Easter Sunday", 0),
    fixed("Christmas Day", 12, 25),
];

pub(super) const EVERYWHERE: &[Rule] = &[
    fixed("Halloween", 10, 31),
    fixed("Singles' Day", 11, 11).since(2009),
    special("Black Friday", When::Nth(4, Thursday, 11, 1)).since(1942),
    special("Cyber Monday", When::Nth(4, Thursday, 11, 4)).since(2005),
    fixed("Christmas Eve", 12, 24),
    fixed("New Year's Eve", 12, 31),
];

const VALENTINES: Rule = fixed("Valentine's Day", 2, 14);
const EASTER_SATURDAY: Rule = easter("Easter Saturday", -1);
const EASTER_SUNDAY: Rule = easter("Easter Sunday", 0);
/// The second Sunday of May, as most have it.
const MOTHERS: Rule = nth("Mother's Day", 2, Sunday, 5);
/// The third Sunday of June, as most have it.
const FATHERS: Rule = nth("Father's Day", 3, Sunday, 6);

const UNITED_STATES: &[Rule] = &[
    VALENTINES,
    EASTER_SATURDAY,
    EASTER_SUNDAY,
    MOTHERS,
    FATHERS,
    nth("Super Bowl Sunday", 1, Sunday, 2)
        .since(2004)
        .until(2021),
    nth("Super Bowl Sunday", 2, Sunday, 2).since(2022),
];

/// With the holidays that most provinces have.
const CANADA: &[Rule] = &[
    VALENTINES,
    EASTER_SATURDAY,
    EASTER_SUNDAY,
    MOTHERS,
    FATHERS,
    nth("Family Day", 3, Monday, 2).since(2008),
    special("Victoria Day", When::Before(Monday, 5, 25)),
    nth("Civic Holiday", 1, Monday, 8),
    nth("Thanksgiving Day", 2, Monday, 10).since(1957),
    fixed("Boxing Day", 12, 26),
];

const MEXICO: &[Rule] = &[
    fixed("Three Kings' Day", 1, 6),
    VALENTINES,
    easter("Maundy Thursday", -3),
    easter("Good Friday", -2),
    EASTER_SATURDAY,
    EASTER_SUNDAY,
    fixed("Mother's Day", 5, 10),
    FATHERS,
    fixed("Day of the Dead", 11, 2),
    fixed("Our Lady of Guadalupe", 12, 12),
];

const BRAZIL: &[Rule] = &[
    easter("Carnival Monday", -48),
    easter("Carnival Tuesday", -47),
    EASTER_SATURDAY,
    EASTER_SUNDAY,
    MOTHERS,
    easter("Corpus Christi", 60),
    fixed("Valentine's Day", 6, 12),
    nth("Father's Day", 2, Sunday, 8),
];

/// With the holidays of England, Wales and Northern Ireland.
const UNITED_KINGDOM: &[Rule] = &[
    VALENTINES,
    easter("Mother's Day", -21),
    EASTER_SATURDAY,
    EASTER_SUNDAY,
    easter("Easter Monday", 1),
    FATHERS,
    nth("Summer Bank Holiday", -1, Monday, 8).since(1971),
];

/// Father's Day is Ascension Day there, a public holiday.
const GERMANY: &[Rule] = &[
    VALENTINES,
    easter("Carnival Monday", -48),
    EASTER_SATURDAY,
    EASTER_SUNDAY,
    MOTHERS,
    fixed("Saint Nicholas' Day", 12, 6),
];

const FRANCE: &[Rule] = &[
    VALENTINES,
    EASTER_SATURDAY,
    EASTER_SUNDAY,
    special("Mother's Day", When::FrenchMothersDay).since(1950),
    FATHERS,
];

const SPAIN: &[Rule] = &[
    fixed("Three Kings' Eve", 1, 5),
    VALENTINES,
    fixed("Father's Day", 3, 19),
    EASTER_SATURDAY,
    EASTER_SUNDAY,
    nth("Mother's Day", 1, Sunday, 5).since(1965),
];

const ITALY: &[Rule] = &[
    VALENTINES,
    fixed("Father's Day", 3, 19),
    EASTER_SATURDAY,
    MOTHERS,
];

const NETHERLANDS: &[Rule] = &[
    VALENTINES,
    EASTER_SATURDAY,
    MOTHERS,
    FATHERS,
    fixed("Saint Nicholas' Eve", 12, 5),
];

/// With a holiday that most states have.
const AUSTRALIA: &[Rule] = &[
    VALENTINES,
    EASTER_SATURDAY,
    EASTER_SUNDAY.until(2026),
    MOTHERS,
    nth("King's Birthday", 2, Monday, 6),
    nth("Father's Day", 1, Sunday, 9),
];

const INDIA: &[Rule] = &[VALENTINES, MOTHERS, FATHERS];

const JAPAN: &[Rule] = &[
    VALENTINES,
    fixed("White Day", 3, 14),
    MOTHERS,
    FATHERS,
    fixed("Obon", 8, 15),
    fixed("Christmas Day", 12, 25),
];
