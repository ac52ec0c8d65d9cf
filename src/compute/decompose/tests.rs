//! Parts that add up again, and figures by hand.

use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;
use crate::model::Day;

fn series(grain: Grain, start: Day, values: Vec<i64>) -> Series {
    Series {
        grain,
        start,
        values,
    }
}

#[test]
fn a_line_with_a_season_comes_apart_exactly() {
    let season = [-30, 10, 40, -20];
    let values: Vec<i64> = (0..20)
        .zip(season.iter().cycle())
        .map(|(t, s)| 100 + 5 * t + s)
        .collect();
    let parts = decompose(&values, 4).unwrap();
    assert_eq!(parts.combining, Combining::Additive);
    for t in 0..20_u32 {
        let at = t as usize;
        // A moving average of a line is the line, and so is its continuation.
        assert!((parts.trend[at] - (100.0 + 5.0 * f64::from(t))).abs() < 1e-9);
        assert!((parts.season[at] - real(season[at % 4])).abs() < 1e-9);
        assert!(parts.remainder[at].abs() < 1e-9);
    }
    assert!(parts.trend_strength > 1.0 - 1e-12 && parts.season_strength > 1.0 - 1e-12);
}

#[test]
fn an_odd_season_and_factors() {
    // Grows by 10 % a step; Saturday sells double.
    let mut level = 1_000_000.0;
    let values: Vec<i64> = (0..21)
        .map(|t| {
            level *= 1.1;
            rounded(if t % 7 == 5 { 2.0 * level } else { level })
        })
        .collect();
    let parts = decompose(&values, 7).unwrap();
    assert_eq!(parts.combining, Combining::Multiplicative);
    assert!((parts.season[5] / parts.season[4] - 2.0).abs() < 1e-4);
    assert!((parts.trend[20] / parts.trend[19] - 1.1).abs() < 1e-4);
    assert!(parts.season_strength > 0.999_9);
}

#[expect(clippy::cast_possible_truncation, reason = "small numbers of a test")]
fn rounded(value: f64) -> i64 {
    value.round() as i64
}

#[test]
fn the_strength_of_a_season_by_hand() {
    // Additive by a zero; level 10, season -10, 10, noise -2, 2 on alternate seasons of the second phase.
    let values = [0, 18, 0, 22, 0, 18, 0, 22, 0, 18, 0, 22];
    let parts = decompose(&values, 2).unwrap();
    assert!(parts.season_strength > 0.9);
    let again = strength(&[1.0, -1.0, 1.0, -1.0], &[1.0, 1.0, -1.0, -1.0]);
    assert!((again - 0.5).abs() < 1e-12, "4 of 8");
    assert!(strength(&[0.0; 4], &[1.0, -1.0, 1.0, -1.0]).abs() < 1e-12);
    let flat = decompose(&[7; 24], 12).unwrap();
    assert!(flat.season_strength.abs() < 1e-12 && flat.trend_strength.abs() < 1e-12);
    assert!(decompose(&[1; 23], 12).is_none() && decompose(&[1, 2, 3], 1).is_none());
    assert!(decompose(&[], 0).is_none());
}

#[test]
fn profiles_by_hand() {
    // Three weeks from Thursday, 1970-01-01: Saturdays sell 20, Sundays nothing, all else 10.
    let values: Vec<i64> = (0..21)
        .map(|t| [10, 10, 20, 0, 10, 10, 10][t % 7])
        .collect();
    let of = profile(&series(Grain::Day, Day(0), values)).unwrap();
    assert_eq!(of.len(), 7);
    let (monday, saturday, sunday) = (of[0], of[5], of[6]);
    assert!((monday.index.unwrap() - 1.0).abs() < 1e-12);
    assert!((saturday.index.unwrap() - 2.0).abs() < 1e-12);
    assert_eq!(
        (sunday.index, sunday.average, sunday.count),
        (Some(0.0), Some(0.0), 3)
    );
    assert_eq!((saturday.average, saturday.count), (Some(20.0), 3));

    // Seven months: those that were not seen have no index; the others average to 1.
    let start = Day::new(2025, 3, 1).unwrap();
    let of = profile(&series(Grain::Month, start, vec![1, 1, 1, 1, 1, 1, 8])).unwrap();
    assert_eq!((of[0].index, of[0].average, of[0].count), (None, None, 0));
    assert!((of[2].index.unwrap() - 0.5).abs() < 1e-12);
    assert!((of[8].index.unwrap() - 4.0).abs() < 1e-12);

    let quarters = profile(&series(Grain::Quarter, start, vec![1, 2, 3, 4, 1, 2, 3, 4])).unwrap();
    assert!((quarters[3].index.unwrap() - 1.6).abs() < 1e-12);
    let weeks = profile(&series(Grain::Week, start, vec![1]));
    assert_eq!(weeks.unwrap_err().kind(), ErrorKind::Invalid);
    assert!(
        profile(&series(Grain::Day, start, vec![]))
            .unwrap()
            .iter()
            .all(|p| p.count == 0)
    );
    assert!(
        profile(&series(Grain::Day, start, vec![0; 9]))
            .unwrap()
            .iter()
            .all(|p| p.index.is_none())
    );
}

#[test]
fn growth_does_not_bend_a_profile() {
    // Grows by 2 % a month, so nearly fourfold; December sells double; January to June are seen once more.
    let mut level = 1_000_000.0;
    let values: Vec<i64> = (0..66)
        .map(|t| {
            level *= 1.02;
            rounded(if t % 12 == 11 { 2.0 * level } else { level })
        })
        .collect();
    let start = Day::new(2020, 1, 1).unwrap();
    let of = profile(&series(Grain::Month, start, values)).unwrap();
    for month in &of {
        let planted = if month.phase == 11 { 24.0 } else { 12.0 } / 13.0;
        assert!(
            (month.index.unwrap() / planted - 1.0).abs() < 0.03,
            "{month:?}"
        );
    }
    assert_eq!((of[0].count, of[11].count), (6, 5));
}

proptest! {
    #[test]
    fn parts_add_up_again(
        values in prop::collection::vec(prop_oneof![1_i64..1_000_000, -1_000_i64..1_000], 4..80),
        positive in any::<bool>(),
        season in 2_usize..13,
    ) {
        let values: Vec<i64> = if positive { values.iter().map(|v| v.abs() + 1).collect() } else { values };
        let Some(parts) = decompose(&values, season) else {
            prop_assert!(values.len() < 2 * season);
            return Ok(());
        };
        prop_assert_eq!(parts.trend.len(), values.len());
        for (t, value) in values.iter().enumerate() {
            let (a, b, c) = (parts.trend[t], parts.season[t], parts.remainder[t]);
            let (sum, size) = match parts.combining {
                Combining::Additive => (a + b + c, 1e6),
                Combining::Multiplicative => (a * b * c, real(*value).abs()),
            };
            prop_assert!((sum - real(*value)).abs() <= 1e-9 * size);
        }
        prop_assert!((0.0..=1.0).contains(&parts.trend_strength));
        prop_assert!((0.0..=1.0).contains(&parts.season_strength));
    }
}
