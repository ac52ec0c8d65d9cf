//! What the days of a source look like: their rhythm, and where they stop.

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
