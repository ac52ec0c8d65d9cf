//! How far apart the steps of a series are: as pandas calls it, or as the dates say.

use nearcast::model::{Day, Grain};
use nearcast::{Error, Result};

/// The grain of a frequency's name: `D`, `W-SUN`, `MS`, `QS-OCT`, `YE`.
///
/// # Errors
/// `Invalid` for any other.
pub(super) fn grain(name: &str) -> Result<Grain> {
    let base = name.split('-').next().unwrap_or_default();
    match base.to_ascii_uppercase().as_str() {
        "D" => Ok(Grain::Day),
        "W" => Ok(Grain::Week),
        "MS" | "M" | "ME" => Ok(Grain::Month),
        "QS" | "Q" | "QE" => Ok(Grain::Quarter),
        "YS" | "Y" | "YE" | "AS" | "A" => Ok(Grain::Year),
        _ => Err(Error::invalid(format!(
            "{name:?} is not a frequency that can be forecast: use D, W, MS, QS or YS"
        ))),
    }
}

/// The grain that ascending dates have, by the median distance.
#[must_use]
pub(super) fn detect(days: &[Day]) -> Grain {
    let mut gaps: Vec<i32> = days
        .windows(2)
        .filter_map(|w| Some(Grain::Day.steps_between(*w.first()?, *w.last()?)))
        .collect();
    gaps.sort_unstable();
    match gaps.get(gaps.len() / 2).copied().unwrap_or(1) {
        ..=3 => Grain::Day,
        4..=20 => Grain::Week,
        21..=60 => Grain::Month,
        61..=200 => Grain::Quarter,
        _ => Grain::Year,
    }
}

/// The day of the step that lies `steps` steps after one: a week is seven days wherever it begins.
#[must_use]
pub(super) fn step(from: Day, grain: Grain, steps: usize) -> Day {
    let count = i32::try_from(steps).unwrap_or(i32::MAX);
    match grain {
        Grain::Day => from.plus(count),
        Grain::Week => from.plus(count.saturating_mul(7)),
        _ => grain.step(from, count),
    }
}

/// How many steps lie between two days.
#[must_use]
pub(super) fn steps_between(from: Day, to: Day, grain: Grain) -> i32 {
    match grain {
        // The first week of a year is labelled by its Monday in some sources: the nearest week is meant.
        Grain::Week => (Grain::Day.steps_between(from, to) + 3).div_euclid(7),
        _ => grain.steps_between(grain.floor(from), to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_dates_say_the_same() {
        assert_eq!(grain("W-SUN").unwrap(), Grain::Week);
        assert_eq!(grain("ms").unwrap(), Grain::Month);
        assert!(grain("h").unwrap_err().to_string().contains("use D, W"));
        let day = |text| Day::parse(text).unwrap();
        assert_eq!(
            detect(&[day("2024-01-01"), day("2024-02-01"), day("2024-03-01")]),
            Grain::Month
        );
        assert_eq!(detect(&[day("2024-01-01"), day("2024-01-08")]), Grain::Week);
        assert_eq!(
            steps_between(day("2024-01-07"), day("2024-01-21"), Grain::Week),
            2
        );
        assert_eq!(step(day("2024-01-07"), Grain::Week, 2), day("2024-01-21"));
    }
}
