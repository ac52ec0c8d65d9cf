//! What the days of a source look like: their rhythm, and where they stop.

use std::collections::{BTreeMap, BTreeSet};

use super::mapping::TimeColumns;
use crate::limits;
use crate::model::{Day, Grain, Period};

/// The rhythm of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Time {
    /// The finest grain that it holds.
    pub(super) grain: Grain,
    /// What to tell about it.
    pub(super) note: Option<String>,
}

/// Months if the source has no days, or only first days of months; weeks if most steps are seven days; days otherwise.
pub(super) fn time(columns: &TimeColumns, days: &[Day]) -> Time {
    let monthly = match columns {
        TimeColumns::YearMonth { .. } => true,
        TimeColumns::Date { order, .. } => order.is_monthly(),
    };
    if monthly {
        return Time {
            grain: Grain::Month,
            note: None,
        };
    }
    if days.len() >= 3 && days.iter().all(|d| Grain::Month.floor(*d) == *d) {
        let note = "every date is the first of a month: the data are taken as monthly";
        return Time {
            grain: Grain::Month,
            note: Some(note.into()),
        };
    }
    let mut steps: Vec<i32> = days
        .windows(2)
        .filter_map(|w| Some(w.last()?.0 - w.first()?.0))
        .collect();
    steps.sort_unstable();
    let median = steps.get(steps.len() / 2);
    if steps.len() >= 7 && median == Some(&7) && steps.first().is_some_and(|s| *s >= 4) {
        let note = "dates lie seven days apart: the data are taken as weekly";
        return Time {
            grain: Grain::Week,
            note: Some(note.into()),
        };
    }
    Time {
        grain: Grain::Day,
        note: None,
    }
}

/// Stretches without any row, and how many more there are than are listed.
pub(super) fn missing(days: &[Day], time: &Time) -> (Vec<Period>, usize) {
    let mut found = Vec::new();
    for pair in days.windows(2) {
        let &[before, after] = pair else { continue };
        // The first day that should have had rows, and how long they may be away.
        let (first, least) = match time.grain {
            Grain::Month => (Grain::Month.step(before, 1), 1),
            Grain::Week => (before.plus(7), 4),
            _ => (before.plus(1), 3),
        };
        if after.0 - first.0 >= least {
            found.push(Period {
                first,
                last: after.plus(-1),
            });
        }
    }
    let more = found.len().saturating_sub(limits::MISSING_LISTED_MAX);
    found.truncate(limits::MISSING_LISTED_MAX);
    (found, more)
}

/// Days of the week without rows in all of the history, and other single days that are missing every year: of a date
/// (25 December), or of a weekday of a month (the fourth Thursday of November, the last Monday of May).
pub(super) fn closed(days: &[Day], time: &Time) -> (Vec<u8>, Vec<Day>) {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Default::default();
    };
    // Eight weeks, so that a weekday is not closed by chance.
    if time.grain != Grain::Day || last.0 - first.0 < 56 {
        return Default::default();
    }
    let there: BTreeSet<Day> = days.iter().copied().collect();
    let weekday = |day: Day| u8::try_from(day.date().weekday().to_monday_one_offset()).unwrap_or(0);
    let open: BTreeSet<u8> = days.iter().map(|d| weekday(*d)).collect();
    let weekdays: Vec<u8> = (1..=7).filter(|w| !open.contains(w)).collect();
    // How often each kind of day came, and how often it was missing.
    let mut kinds: BTreeMap<(u8, i8, i8, i8), (u32, u32)> = BTreeMap::new();
    let kinds_of = |day: Day| {
        let (date, week) = (day.date(), weekday(day));
        let (month, of_month) = (date.month(), date.day());
        let last = of_month + 7 > date.days_in_month();
        let in_month = (of_month - 1) / 7;
        let week = i8::try_from(week).unwrap_or(0);
        [
            Some((0, month, of_month, 0)),
            Some((1, month, in_month, week)),
            last.then_some((2, month, 0, week)),
        ]
    };
    let all = (first.0..=last.0).map(Day);
    let all: Vec<Day> = all.filter(|d| open.contains(&weekday(*d))).collect();
    for day in &all {
        for kind in kinds_of(*day).into_iter().flatten() {
            let counts = kinds.entry(kind).or_default();
            counts.0 += 1;
            counts.1 += u32::from(!there.contains(day));
        }
    }
    let recurs = |day: &Day| {
        let mut found = kinds_of(*day).into_iter().flatten();
        found.any(|kind| {
            kinds
                .get(&kind)
                .is_some_and(|(all, missing)| *all >= 2 && all == missing)
        })
    };
    let alone = |day: &Day| there.contains(&day.plus(-1)) || there.contains(&day.plus(1));
    let closed = all
        .iter()
        .filter(|d| !there.contains(d) && alone(d) && recurs(d));
    let closed = closed.take(limits::CLOSED_DAYS_LISTED_MAX).copied();
    (weekdays, closed.collect())
}

/// Whether the last month has data up to its last day.
pub(super) fn last_month_complete(days: &[Day], time: &Time) -> bool {
    let Some(&last) = days.last() else {
        return false;
    };
    let next_month = Grain::Month.step(last, 1);
    match time.grain {
        Grain::Month => true,
        Grain::Week => last.plus(7) >= next_month,
        _ => last.plus(1) >= next_month,
    }
}

#[cfg(test)]
mod tests {
    use super::super::date::Order;
    use super::*;

    const DATES: TimeColumns = TimeColumns::Date {
        column: 0,
        order: Order::Ymd,
    };

    fn days(texts: &[&str]) -> Vec<Day> {
        texts.iter().map(|t| Day::parse(t).expect(t)).collect()
    }

    #[test]
    fn sundays_and_holidays_are_closed_and_an_outage_is_not() {
        let start = Day::parse("2022-01-01").expect("a day");
        let christmas = |d: &Day| d.to_string().ends_with("-12-25");
        let thanksgiving = ["2022-11-24", "2023-11-23", "2024-11-28"];
        let outage = "2023-03-15";
        let all: Vec<Day> = (0..1_000)
            .map(|i| start.plus(i))
            .filter(|d| d.date().weekday() != jiff::civil::Weekday::Sunday)
            .filter(|d| !christmas(d) && !thanksgiving.contains(&d.to_string().as_str()))
            .filter(|d| d.to_string() != outage)
            .collect();
        let (weekdays, days) = closed(&all, &time(&DATES, &all));
        assert_eq!(weekdays, [7]);
        let days: Vec<String> = days.iter().map(ToString::to_string).collect();
        // Christmas of 2022 was a Sunday; that of 2023 came once only on an open day.
        assert_eq!(days, ["2022-11-24", "2023-11-23"]);
    }

    #[test]
    fn rhythms_and_gaps() {
        let daily = days(&[
            "2024-01-01",
            "2024-01-02",
            "2024-01-05",
            "2024-01-09",
            "2024-01-31",
        ]);
        let rhythm = time(&DATES, &daily);
        assert_eq!(rhythm.grain, Grain::Day);
        let (gaps, more) = missing(&daily, &rhythm);
        let text: Vec<String> = gaps.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["2024-01-06..2024-01-08", "2024-01-10..2024-01-30"]);
        assert_eq!(more, 0);
        assert!(last_month_complete(&daily, &rhythm));
        assert!(!last_month_complete(&daily[..4], &rhythm));

        let monthly = days(&["2024-01-01", "2024-02-01", "2024-05-01"]);
        let rhythm = time(&DATES, &monthly);
        assert_eq!(rhythm.grain, Grain::Month);
        let (gaps, _) = missing(&monthly, &rhythm);
        assert_eq!(gaps, [Period::parse("2024-03..2024-04").expect("a period")]);

        let start = Day::parse("2024-01-07").expect("a day");
        let mut weekly: Vec<Day> = (0..10).map(|w| start.plus(7 * w)).collect();
        weekly.remove(4);
        let rhythm = time(&DATES, &weekly);
        assert_eq!(rhythm.grain, Grain::Week);
        let (gaps, _) = missing(&weekly, &rhythm);
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].first, start.plus(28));
    }
}
