//! The calendar of the demo: its span, the yearly season, US holidays, price rounds, and what happened when.

use nearcast::model::Day;

use super::catalogue::{CANDY, CATEGORIES, CATEGORY_COUNT, CHIPS, CHOCOLATE};
use super::chance::{Chance, Purpose};
use super::places::{CHANNELS, RETAIL};

/// The civil day of a proleptic Gregorian date, counted from 1970-01-01 (Howard Hinnant's civil calendar arithmetic).
const fn day(year: i32, month: i32, day: i32) -> Day {
    let y = if month <= 2 { year - 1 } else { year };
    let (era, shifted) = (y.div_euclid(400), (month + 9) % 12);
    let (of_era, of_year) = (y.rem_euclid(400), (153 * shifted + 2) / 5 + day - 1);
    Day(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The first day of the history.
pub(super) const FIRST: Day = day(2023, 10, 1);
/// The last day of the history, the end of a month.
pub(super) const LAST: Day = day(2026, 9, 30);
/// A system migration lost these days, everywhere.
pub(super) const MISSING: (Day, Day) = (day(2025, 3, 10), day(2025, 3, 16));
/// Nashville opens.
pub(super) const OPENING: Day = day(2024, 12, 2);
/// The new product reaches the shelves.
pub(super) const LAUNCH: Day = day(2025, 4, 7);
/// The dying product begins to fade, and the day it is delisted.
pub(super) const FADING: (Day, Day) = (day(2024, 3, 1), day(2026, 3, 1));
/// The best seller is out of stock in Dallas.
pub(super) const STOCK_OUT: (Day, Day) = (day(2026, 2, 9), day(2026, 2, 22));

/// Year, month (1 to 12), day of the month, and weekday (0 is Monday).
#[derive(Debug, Clone, Copy)]
pub(super) struct Civil {
    pub(super) year: i32,
    pub(super) month: usize,
    pub(super) of_month: i32,
    pub(super) weekday: usize,
}

impl Civil {
    pub(super) fn of(day: Day) -> Self {
        let date = day.date();
        Self {
            year: i32::from(date.year()),
            month: usize::try_from(date.month()).unwrap_or(1),
            of_month: i32::from(date.day()),
            // 1970-01-01 was a Thursday.
            weekday: usize::try_from((day.0 + 3).rem_euclid(7)).unwrap_or(0),
        }
    }
}

/// Whether `day` lies in an inclusive span.
pub(super) fn within(day: Day, (first, last): (Day, Day)) -> bool {
    first <= day && day <= last
}

/// The yearly season of a category: its monthly anchors, joined by straight lines between the middles of months.
pub(super) fn yearly(category: usize, civil: Civil) -> f64 {
    let year = &CATEGORIES[category].year;
    let here = civil.month - 1;
    let offset = f64::from(civil.of_month - 15) / 30.5;
    let next = if offset < 0.0 { here + 11 } else { here + 1 } % 12;
    year[here] + (year[next] - year[here]) * offset.abs().min(0.5)
}

/// The `nth` (from 1) given weekday of a month.
fn nth(year: i32, month: i32, weekday: i32, nth: i32) -> Day {
    let first = day(year, month, 1);
    first.plus((weekday - (first.0 + 3).rem_euclid(7)).rem_euclid(7) + 7 * (nth - 1))
}

/// What a holiday does to one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Holiday {
    /// Nothing.
    None,
    /// Nearly everything is closed: Thanksgiving, Christmas, New Year's Day.
    Quiet,
    /// The day before or after a quiet one.
    Bridge,
    /// Offices are closed and people are out: Memorial Day, Labor Day and the like.
    Closed,
    /// The Fourth of July.
    Fourth,
}

/// The holiday that a day is.
pub(super) fn holiday(date: Day, civil: Civil) -> Holiday {
    let year = civil.year;
    let thanksgiving = nth(year, 11, 3, 4);
    // The last Monday of May.
    let memorial = nth(year, 6, 0, 1).plus(-7);
    match (civil.month, civil.of_month) {
        (1, 1) | (12, 25) => return Holiday::Quiet,
        (12, 24 | 26 | 31) | (1, 2) => return Holiday::Bridge,
        (7, 4) => return Holiday::Fourth,
        _ => {}
    }
    if date == thanksgiving {
        Holiday::Quiet
    } else if date == thanksgiving.plus(1) {
        Holiday::Bridge
    } else if date == memorial
        || date == nth(year, 9, 0, 1)
        || date == nth(year, 1, 0, 3)
        || date == day(year, 6, 19)
    {
        Holiday::Closed
    } else {
        Holiday::None
    }
}

/// Demand of a channel on a day: weekday and holiday.
pub(super) fn channel_day(channel: usize, civil: Civil, holiday: Holiday) -> f64 {
    let c = &CHANNELS[channel];
    let week = c.week[civil.weekday];
    match holiday {
        Holiday::None => week,
        Holiday::Quiet => week.min(0.9) * 0.3,
        Holiday::Bridge => week.min(1.0) * if channel == RETAIL { 1.0 } else { 0.65 },
        Holiday::Closed | Holiday::Fourth => week.min(1.0) * c.closed,
    }
}

/// Demand of a category around the feasts that it is bought for.
pub(super) fn feast(category: usize, date: Day, civil: Civil) -> f64 {
    let (year, month, of_month) = (civil.year, civil.month, civil.of_month);
    let big_game = nth(year, 2, 6, 2);
    if CATEGORIES[category].is_drink {
        return match (month, of_month) {
            (7, 4) => 2.1,
            (7, 2 | 3) => 1.45,
            (7, 1) => 1.2,
            _ => 1.0,
        };
    }
    match category {
        CHIPS if within(date, (big_game.plus(-2), big_game)) => 1.45,
        CHIPS if month == 7 && of_month <= 4 => 1.35,
        CHOCOLATE if month == 2 && (10..=14).contains(&of_month) => 1.5,
        CANDY | CHOCOLATE if month == 10 && of_month >= 22 => 1.35,
        _ => 1.0,
    }
}

/// The list price of a category against the first day, in basis points: three rounds for all, two more for some.
pub(super) fn price_bp(category: usize, date: Day) -> i64 {
    let cocoa = category == CHOCOLATE;
    let drink = CATEGORIES[category].is_drink;
    let rounds = [
        (day(2024, 3, 4), 600, cocoa),
        (day(2024, 10, 1), 300, true),
        (day(2025, 2, 3), 900, cocoa),
        (day(2025, 6, 2), 400, drink),
        (day(2026, 1, 5), 350, true),
    ];
    let raised = rounds
        .iter()
        .filter(|(from, _, applies)| *applies && *from <= date);
    10_000 + raised.map(|(_, bp, _)| bp).sum::<i64>()
}

/// Cost per unit against the first day, in basis points.
pub(super) fn cost_bp(category: usize, date: Day) -> i64 {
    let years = i64::from(Civil::of(date).year - 2023);
    let cocoa = if category == CHOCOLATE && date >= day(2024, 2, 1) {
        1_100
    } else {
        0
    };
    10_000 + 250 * years + cocoa
}

/// Demand under a promotion, and its price in basis points of the usual one.
pub(super) const PROMOTION: (f64, i64) = (1.28, 8_500);

/// Which category is promoted in which week: each one two weeks of every quarter, at a start that the seed picks. The plan
/// is the same every year (of 52 weeks), as promotion calendars mostly are, so that its effect can be forecast.
#[derive(Debug)]
pub(super) struct Promotions(Vec<[i32; CATEGORY_COUNT]>);

const QUARTER_DAYS: i32 = 91;
const QUARTERS_A_YEAR: i32 = 4;

impl Promotions {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed, Purpose::Promotions);
        let starts = (0..QUARTERS_A_YEAR).map(|_| {
            [(); CATEGORY_COUNT].map(|()| i32::try_from(7 * chance.between(0, 10) + 1).unwrap_or(1))
        });
        Self(starts.collect())
    }

    /// Whether a category is on promotion. The first day of the history is a Sunday, so promotions start on a Monday.
    pub(super) fn on(&self, category: usize, date: Day) -> bool {
        let since = (date.0 - FIRST.0).max(0);
        let quarter = usize::try_from(since / QUARTER_DAYS % QUARTERS_A_YEAR).unwrap_or(0);
        let start = self.0.get(quarter).map_or(i32::MIN, |q| q[category]);
        let into = since % QUARTER_DAYS;
        start <= into && into < start.saturating_add(14)
    }
}

/// Demand of the new product: a ramp of ten weeks.
pub(super) fn launched(date: Day) -> f64 {
    if date < LAUNCH {
        return 0.0;
    }
    (f64::from(date.0 - LAUNCH.0 + 7) / 77.0).min(1.0)
}

/// Demand of the dying product: halves every five months, then it is delisted.
pub(super) fn dying(date: Day) -> f64 {
    if date >= FADING.1 {
        return 0.0;
    }
    libm::exp(-f64::from((date.0 - FADING.0.0).max(0)) / 220.0)
}

/// Demand of the late operation: a ramp of four months.
pub(super) fn opened(date: Day) -> f64 {
    if date < OPENING {
        return 0.0;
    }
    (0.35 + 0.65 * f64::from(date.0 - OPENING.0) / 120.0).min(1.0)
}
