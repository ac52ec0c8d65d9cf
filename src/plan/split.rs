//! Ways to cut a scan's period into pieces that grains of days, of months or of all time hold.

use crate::model::manifest::TimeGrain;
use crate::model::scan::Scan;
use crate::model::{Grain, Period};

/// A run of days of a period, from cells of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) time: TimeGrain,
    /// Which cells count, by their day; all for none.
    pub(super) days: Option<Period>,
    /// Taken away rather than added.
    pub(super) negative: bool,
}

/// Every way that may pay.
pub(super) fn splits(scan: &Scan, data: Period) -> Vec<Vec<Piece>> {
    let period = scan.period;
    let everything = period.first <= data.first && period.last >= data.last;
    let days = |days: Period, negative| Piece {
        time: TimeGrain::Day,
        days: Some(days),
        negative,
    };
    let all_days = Piece {
        days: (!everything).then_some(period),
        ..days(period, false)
    };
    let mut ways = vec![vec![all_days]];
    if everything && scan.grain.is_none() {
        ways.push(vec![Piece {
            time: TimeGrain::None,
            ..all_days
        }]);
    }
    if scan.grain.is_some_and(|g| g < Grain::Month) {
        return ways;
    }
    // The months that hold the first and the last day, and what of them lies outside the period.
    let first_month = Grain::Month.floor(period.first);
    let after_last_month = Grain::Month.step(period.last, 1);
    let outside = |first, last| {
        let outside = Period::new(first, last).ok()?;
        outside.intersect(data)
    };
    let before = outside(first_month, period.first.plus(-1));
    let after = outside(period.last.plus(1), after_last_month.plus(-1));
    // A month that is cut is either taken whole, less what lies outside, or left out, and its days added.
    for whole_first in [true, false] {
        for whole_last in [true, false] {
            if (!whole_first && before.is_none()) || (!whole_last && after.is_none()) {
                continue;
            }
            let from = if whole_first {
                first_month
            } else {
                Grain::Month.step(first_month, 1)
            };
            let to = if whole_last {
                after_last_month.plus(-1)
            } else {
                Grain::Month.floor(period.last).plus(-1)
            };
            let Ok(months) = Period::new(from, to) else {
                continue;
            };
            let mut pieces = vec![Piece {
                time: TimeGrain::Month,
                days: Some(months),
                negative: false,
            }];
            match before {
                Some(before) if whole_first => pieces.push(days(before, true)),
                Some(_) => {
                    pieces.extend(Period::new(period.first, from.plus(-1)).map(|p| days(p, false)));
                }
                None => {}
            }
            match after {
                Some(after) if whole_last => pieces.push(days(after, true)),
                Some(_) => {
                    pieces.extend(Period::new(to.plus(1), period.last).map(|p| days(p, false)));
                }
                None => {}
            }
            ways.push(pieces);
        }
    }
    ways
}

/// The months that a period touches, as far as there are data.
pub(super) fn whole_months(period: Period, data: Period) -> Period {
    let first = Grain::Month.floor(period.first);
    let last = Grain::Month.step(period.last, 1).plus(-1);
    Period { first, last }.intersect(data).unwrap_or(period)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::Day;

    /// How often each day is counted.
    fn counts(pieces: &[Piece], data: Period) -> BTreeMap<i32, i32> {
        let mut counts = BTreeMap::new();
        for piece in pieces {
            for day in data.first.0..=data.last.0 {
                let cell = match piece.time {
                    TimeGrain::Month => Grain::Month.floor(Day(day)),
                    _ => Day(day),
                };
                if piece.days.is_none_or(|d| d.contains(cell)) {
                    *counts.entry(day).or_insert(0) += if piece.negative { -1 } else { 1 };
                }
            }
        }
        counts.retain(|_, n| *n != 0);
        counts
    }

    #[test]
    fn every_way_counts_each_day_of_the_period_once() {
        let data = Period::parse("2023-01-10..2024-03-20").expect("a period");
        let mut ways_seen = 0;
        for first in (0..430).step_by(7) {
            for length in [1, 3, 20, 31, 60, 90, 200] {
                let period =
                    Period::new(data.first.plus(first), data.first.plus(first + length - 1));
                let Some(period) = period.expect("in order").intersect(data) else {
                    continue;
                };
                let wanted: BTreeMap<i32, i32> =
                    (period.first.0..=period.last.0).map(|d| (d, 1)).collect();
                for pieces in ways(period, data, None) {
                    ways_seen += 1;
                    assert_eq!(counts(&pieces, data), wanted, "{period}: {pieces:?}");
                }
            }
        }
        assert!(ways_seen > 1_000);
    }

    fn ways(period: Period, data: Period, grain: Option<Grain>) -> Vec<Vec<Piece>> {
        let scan = Scan {
            measures: vec!["units".into()],
            by: None,
            also: None,
            grain,
            period,
            only: Vec::new(),
        };
        splits(&scan, data)
    }

    #[test]
    fn days_and_weeks_are_never_made_of_months() {
        let data = Period::parse("2023-01..2024-12").expect("a period");
        for grain in [Grain::Day, Grain::Week] {
            assert_eq!(ways(data, data, Some(grain)).len(), 1);
        }
        assert_eq!(ways(data, data, Some(Grain::Quarter)).len(), 2);
        assert_eq!(ways(data, data, None).len(), 3);
    }
}
