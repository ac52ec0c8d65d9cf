//! An axis of time: steps of one grain, and ticks on the calendar's own bounds that have room for their labels.

use super::scale::real;
use super::words;
use crate::model::calendar::{Day, Grain};

/// The room between two labels, in widths of the font.
const GAP_EM: f64 = 1.4;

/// Steps of a grain from a day on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeline {
    pub(super) grain: Grain,
    /// The first day of the first step.
    pub(super) start: Day,
    pub(super) steps: i32,
}

/// How far apart ticks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    Days(i32),
    Months(i32),
    Years(i32),
}

/// What ticks can be apart, closest first.
const SPACINGS: [Every; 18] = [
    Every::Days(1),
    Every::Days(2),
    Every::Days(7),
    Every::Days(14),
    Every::Days(28),
    Every::Months(1),
    Every::Months(2),
    Every::Months(3),
    Every::Months(6),
    Every::Years(1),
    Every::Years(2),
    Every::Years(5),
    Every::Years(10),
    Every::Years(20),
    Every::Years(50),
    Every::Years(100),
    Every::Years(200),
    Every::Years(500),
];

impl Timeline {
    /// Ticks as (steps from the start, label), with room between the labels when `width` holds all steps.
    pub(super) fn ticks(&self, width: f64, size: f64) -> Vec<(f64, String)> {
        let mut best = Vec::new();
        for every in SPACINGS {
            if !every.suits(self.grain) {
                continue;
            }
            let ticks = self.ticks_every(every);
            let widest = ticks
                .iter()
                .map(|(_, label)| words::extent(label, size))
                .fold(0.0, f64::max);
            let gap = ticks
                .windows(2)
                .map(|pair| match pair {
                    [(a, _), (b, _)] => (b - a) * width / f64::from((self.steps - 1).max(1)),
                    _ => f64::INFINITY,
                })
                .fold(f64::INFINITY, f64::min);
            if best.is_empty() || ticks.len() > 1 {
                best = ticks;
            }
            if gap >= widest + GAP_EM * size {
                break;
            }
        }
        best
    }

    fn ticks_every(&self, every: Every) -> Vec<(f64, String)> {
        let end = self.grain.step(self.start, self.steps - 1);
        let mut ticks = Vec::new();
        let mut day = every.first(self.grain, self.start);
        // No spacing that suits the grain has more ticks than there are steps.
        for _ in 0..self.steps.max(1) {
            if day > end {
                break;
            }
            ticks.push((self.place(day), every.label(self.grain, day)));
            day = every.after(day);
        }
        ticks
    }

    /// Steps from the start to a day, with the part of the step that it lies in.
    fn place(&self, day: Day) -> f64 {
        let whole = self.grain.steps_between(self.start, day);
        let floor = self.grain.floor(day);
        let length = self.grain.step(floor, 1).0 - floor.0;
        f64::from(whole) + f64::from(day.0 - floor.0) / f64::from(length.max(1))
    }
}

impl Every {
    fn suits(self, grain: Grain) -> bool {
        match (self, grain) {
            (Self::Days(_), Grain::Day)
            | (Self::Months(_), Grain::Day | Grain::Week | Grain::Month)
            | (Self::Years(_), _) => true,
            (Self::Days(days), Grain::Week) => days >= 7,
            (Self::Months(months), Grain::Quarter) => months % 3 == 0,
            (Self::Days(_) | Self::Months(_), _) => false,
        }
    }

    /// The first tick at or after a day.
    fn first(self, grain: Grain, start: Day) -> Day {
        let at = match self {
            Self::Days(days) if days % 7 == 0 => Grain::Week.floor(start),
            Self::Days(_) => start,
            Self::Months(months) => {
                let date = start.date();
                let behind = (i32::from(date.month()) - 1) % months;
                Grain::Month.step(start, -behind)
            }
            Self::Years(years) => {
                let behind = i32::from(start.date().year()).rem_euclid(years);
                Grain::Year.step(start, -behind)
            }
        };
        // A tick of weeks may only stand where a step begins; months and years stand on their own bounds.
        let at = match self {
            Self::Days(_) => grain.floor(at),
            Self::Months(_) | Self::Years(_) => at,
        };
        if at < start { self.after(at) } else { at }
    }

    fn after(self, day: Day) -> Day {
        match self {
            Self::Days(days) => day.plus(days),
            Self::Months(months) => Grain::Month.step(day, months),
            Self::Years(years) => Grain::Year.step(day, years),
        }
    }

    fn label(self, grain: Grain, day: Day) -> String {
        match (self, grain) {
            (Self::Days(_), _) => in_words(Grain::Day, day),
            (Self::Months(_), Grain::Quarter) => in_words(Grain::Quarter, day),
            (Self::Months(_), _) => in_words(Grain::Month, day),
            (Self::Years(_), _) => in_words(Grain::Year, day),
        }
    }
}

/// A step as people write it: `6 Jan 2025`, `Jan 2025`, `Q1 2025`, `2025`.
pub(super) fn in_words(grain: Grain, day: Day) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let date = day.date();
    let month = usize::try_from(date.month() - 1).unwrap_or(0);
    let name = MONTHS.get(month).copied().unwrap_or_default();
    let year = date.year();
    match grain {
        Grain::Day | Grain::Week => format!("{} {name} {year}", date.day()),
        Grain::Month => format!("{name} {year}"),
        Grain::Quarter => format!("Q{} {year}", month / 3 + 1),
        Grain::Year => format!("{year}"),
    }
}

/// Steps as a coordinate.
pub(super) fn steps(count: usize) -> f64 {
    real(i128::try_from(count).unwrap_or(i128::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(grain: Grain, start: &str, steps: i32) -> Vec<String> {
        let start = Day::parse(start).expect(start);
        let line = Timeline {
            grain,
            start,
            steps,
        };
        line.ticks(1_100.0, 22.0)
            .into_iter()
            .map(|(_, label)| label)
            .collect()
    }

    #[test]
    fn ticks_fall_on_the_calendars_bounds() {
        assert_eq!(
            labels(Grain::Month, "2025-01-01", 2),
            ["Jan 2025", "Feb 2025"]
        );
        assert_eq!(
            labels(Grain::Month, "2023-01-01", 42),
            [
                "Jan 2023", "Jul 2023", "Jan 2024", "Jul 2024", "Jan 2025", "Jul 2025", "Jan 2026"
            ]
        );
        assert_eq!(
            labels(Grain::Quarter, "2024-04-01", 5)
                .first()
                .map(String::as_str),
            Some("Q2 2024")
        );
        assert_eq!(
            labels(Grain::Day, "2025-01-01", 3),
            ["1 Jan 2025", "2 Jan 2025", "3 Jan 2025"]
        );
        assert_eq!(labels(Grain::Week, "2025-01-06", 4).len(), 4);
        assert_eq!(
            labels(Grain::Year, "2000-01-01", 60),
            [
                "2000", "2005", "2010", "2015", "2020", "2025", "2030", "2035", "2040", "2045",
                "2050", "2055"
            ]
        );
    }

    #[test]
    fn any_length_at_any_grain_has_ticks_with_room() {
        for grain in Grain::ALL {
            for steps in [
                1, 2, 3, 5, 8, 13, 30, 60, 90, 200, 365, 500, 1_000, 2_000, 6_000,
            ] {
                for start in ["2024-02-29", "2023-11-15"] {
                    let start = grain.floor(Day::parse(start).expect(start));
                    let line = Timeline {
                        grain,
                        start,
                        steps,
                    };
                    let ticks = line.ticks(1_100.0, 22.0);
                    assert!(!ticks.is_empty(), "{grain} {steps}");
                    assert!(ticks.len() > 1 || steps < 4, "{grain} {steps}: {ticks:?}");
                    for pair in ticks.windows(2) {
                        let gap = (pair[1].0 - pair[0].0) * 1_100.0 / f64::from((steps - 1).max(1));
                        assert!(
                            gap >= words::extent(&pair[1].1, 22.0),
                            "{grain} {steps}: {pair:?}"
                        );
                    }
                    for (at, label) in ticks {
                        assert!(
                            (0.0..f64::from(steps)).contains(&at),
                            "{grain} {steps}: {label} at {at}"
                        );
                    }
                }
            }
        }
    }
}
