//! Planted oddities are found, quiet series stay quiet.

use super::*;
use crate::model::Day;

/// Uniform in 0 to 1, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        real(i64::try_from(self.0 >> 33).unwrap()) / 2_147_483_648.0
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.roll()).sum::<f64>() - 6.0
    }

    fn laplace(&mut self) -> f64 {
        let u = self.roll() - 0.5;
        -u.signum() * libm::log((1.0 - 2.0 * u.abs()).max(1e-12)) / 2.0_f64.sqrt()
    }

    fn poisson(&mut self, mean: f64) -> f64 {
        let (mut k, mut p) = (-1.0, 1.0);
        while p > libm::exp(-mean) {
            p *= self.roll();
            k += 1.0;
        }
        k
    }
}

const WEEK: [f64; 7] = [0.8, 0.9, 1.0, 1.0, 1.2, 1.5, 0.6];

/// From a Thursday on.
fn series(grain: Grain, values: impl IntoIterator<Item = f64>) -> Series {
    Series {
        grain,
        start: Day(0),
        values: values.into_iter().map(whole).collect(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "small numbers of a test")]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

fn look(series: &Series) -> Anomalies {
    anomalies(
        series,
        &BTreeMap::new(),
        &Look {
            one_sale: Some(1.0),
            ..Look::default()
        },
    )
}

fn count_of(found: &Anomalies, kinds: &[Kind]) -> usize {
    found
        .found
        .iter()
        .filter(|a| kinds.contains(&a.kind))
        .count()
}

/// Days around 1000 with a week's season and noise of a tenth.
fn days(n: usize, seed: u64) -> Vec<f64> {
    let mut dice = Dice(seed * 7_919 + 1);
    for _ in 0..10 {
        dice.roll();
    }
    (0..n)
        .map(|t| 1_000.0 * WEEK[t % 7] * 0.1f64.mul_add(dice.normal(), 1.0))
        .collect()
}

#[test]
fn thresholds_are_quantiles_and_never_below_three() {
    assert!((deviation(0.025) - 1.959_964).abs() < 1e-6);
    assert!((threshold(Grain::Day, 0.1) - deviation(0.1 / 730.0)).abs() < 1e-12);
    assert!((threshold(Grain::Day, 0.1) - 3.638_742).abs() < 1e-6);
    for grain in Grain::ALL {
        assert!((threshold(grain, 1.0) - 3.0).abs() < 1e-9);
    }
}

#[test]
fn quiet_series_stay_quiet() {
    type Draw = fn(&mut Dice) -> f64;
    let errors: [(&str, Draw); 4] = [
        ("normal", |d| 100.0 * 0.1f64.mul_add(d.normal(), 1.0)),
        ("laplace", |d| 100.0 * 0.1f64.mul_add(d.laplace(), 1.0)),
        ("skewed", |d| 100.0 * libm::exp(0.4 * d.normal())),
        ("counts", |d| d.poisson(4.0)),
    ];
    for (name, draw) in errors {
        for (grain, n, years) in [
            (Grain::Day, 728, 2.0),
            (Grain::Week, 156, 3.0),
            (Grain::Month, 36, 3.0),
        ] {
            let (mut odd, mut lasting) = (0, 0);
            for seed in 0..12 {
                let mut dice = Dice(seed * 104_729 + 3);
                let found = look(&series(
                    grain,
                    (0..n).map(|t| {
                        draw(&mut dice)
                            * WEEK[t % 7].max(if grain == Grain::Day { 0.0 } else { 1.5 })
                    }),
                ));
                odd += count_of(&found, &[Kind::High, Kind::Low]);
                lasting += found.found.len() - count_of(&found, &[Kind::High, Kind::Low]);
            }
            let a_year = |n: usize| crate::compute::robust::count(n) / (12.0 * years);
            assert!(
                a_year(odd) < 2.0 && a_year(lasting) < 0.5,
                "{name} {grain}: {odd} {lasting}"
            );
        }
    }
}

#[test]
fn an_odd_day_is_found_with_its_range_and_name() {
    let mut values = days(400, 1);
    values[200] *= 2.0;
    values[300] *= 0.2;
    let series = series(Grain::Day, values);
    let named = BTreeMap::from([(200, "Fair".to_owned())]);
    let found = anomalies(&series, &named, &Look::default());
    let at = |t: usize| found.found.iter().find(|a| a.index == t).unwrap();
    let (high, low) = (at(200), at(300));
    assert_eq!(
        (high.kind, high.name.as_deref(), high.steps),
        (Kind::High, Some("Fair"), 1)
    );
    assert_eq!((low.kind, low.name.as_deref()), (Kind::Low, None));
    assert_eq!(high.actual, series.values[200]);
    // 200 is a Friday's place of the week: 1000 x WEEK[4].
    assert!((high.expected / 1_200.0 - 1.0).abs() < 0.1, "{high:?}");
    assert!(real(high.actual) > high.upper && real(low.actual) < low.lower);
    assert!(found.found.windows(2).all(|w| w[0].score >= w[1].score));
    assert_eq!(found.ranges.len(), 400);
    let inside = series
        .values
        .iter()
        .zip(&found.ranges)
        .filter(|(v, r)| (r.lower..=r.upper).contains(&real(**v)));
    assert!(inside.count() > 390);
}

#[test]
fn what_the_season_brings_is_not_odd_and_what_it_fails_to_bring_is() {
    // Six years of months with a peak in December; the last one has none.
    let mut dice = Dice(11);
    let mut values: Vec<f64> = (0..72)
        .map(|t| {
            1_000.0 * if t % 12 == 11 { 2.0 } else { 1.0 } * 0.03f64.mul_add(dice.normal(), 1.0)
        })
        .collect();
    assert!(look(&series(Grain::Month, values.clone())).found.is_empty());
    values[71] = 1_000.0;
    let found = look(&series(Grain::Month, values)).found;
    assert_eq!(
        (found.len(), found[0].index, found[0].kind),
        (1, 71, Kind::Low),
        "{found:?}"
    );
}

#[test]
fn an_odd_month_does_not_make_the_next_years_look_odd() {
    let mut dice = Dice(5);
    let mut values: Vec<f64> = (0..24)
        .map(|_| 1_000.0 * 0.03f64.mul_add(dice.normal(), 1.0))
        .collect();
    values[6] = 2_000.0;
    let found = look(&series(Grain::Month, values)).found;
    assert_eq!((found.len(), found[0].index), (1, 6), "{found:?}");
}

#[test]
fn a_lasting_shift_is_found_once_and_a_passing_one_or_a_season_is_none() {
    for seed in 0..5 {
        let mut values = days(240, seed);
        for v in values.iter_mut().skip(150) {
            *v *= 0.6;
        }
        let found = look(&series(Grain::Day, values));
        let shifts: Vec<&Anomaly> = found
            .found
            .iter()
            .filter(|a| a.kind == Kind::ShiftDown)
            .collect();
        assert_eq!((shifts.len(), count_of(&found, &[Kind::ShiftUp])), (1, 0));
        assert!(shifts[0].index.abs_diff(150) <= 2, "{}", shifts[0].index);
        assert!((real(shifts[0].actual) / shifts[0].expected - 0.6).abs() < 0.08);
        assert!(real(shifts[0].actual) < shifts[0].lower);
        assert!(
            count_of(&found, &[Kind::Low]) <= 2,
            "the new level is not odd day after day"
        );

        let mut values = days(240, seed);
        for v in values.iter_mut().skip(150).take(20) {
            *v *= 1.6;
        }
        assert_eq!(
            count_of(
                &look(&series(Grain::Day, values)),
                &[Kind::ShiftUp, Kind::ShiftDown]
            ),
            0
        );

        // Every year the same ten weeks are higher.
        let mut values = days(1_092, seed);
        for (t, v) in values.iter_mut().enumerate() {
            *v *= if t % 364 >= 150 && t % 364 < 220 {
                1.5
            } else {
                1.0
            };
        }
        assert_eq!(
            count_of(
                &look(&series(Grain::Day, values)),
                &[Kind::ShiftUp, Kind::ShiftDown]
            ),
            0
        );
    }
}

#[test]
fn zeros_are_a_stock_out_where_chance_does_not_make_them() {
    let sold = |n: usize, mean: f64| {
        let mut dice = Dice(17);
        (0..n).map(|_| dice.poisson(mean)).collect::<Vec<f64>>()
    };
    let mut values = sold(120, 5.0);
    for v in values.iter_mut().skip(80).take(4) {
        *v = 0.0;
    }
    let found = look(&series(Grain::Day, values.clone())).found;
    let out = found.iter().find(|a| a.kind == Kind::StockOut).unwrap();
    assert_eq!((out.index, out.steps, out.actual), (80, 4, 0));
    assert!((out.expected - 20.0).abs() < 5.0 && out.lower > 0.0);
    assert!(found.iter().all(|a| a.kind != Kind::Low), "it is told once");

    // One sale in three days: four days of nothing are chance (e^-1.3), forty are not.
    let mut rare = sold(160, 0.33);
    for v in rare.iter_mut().skip(100).take(4) {
        *v = 0.0;
    }
    assert_eq!(
        count_of(&look(&series(Grain::Day, rare.clone())), &[Kind::StockOut]),
        0
    );
    for v in rare.iter_mut().skip(100).take(40) {
        *v = 0.0;
    }
    assert_eq!(
        count_of(&look(&series(Grain::Day, rare)), &[Kind::StockOut]),
        1
    );

    // In money, by how often zeros came before.
    let cents = series(Grain::Day, values.iter().map(|v| v * 1_999.0));
    let found = anomalies(&cents, &BTreeMap::new(), &Look::default());
    assert_eq!(count_of(&found, &[Kind::StockOut]), 1);
    // Known days prove nothing.
    let closed = (80..84).map(|t| (t, "Closed".to_owned())).collect();
    let found = anomalies(&cents, &closed, &Look::default());
    assert_eq!(count_of(&found, &[Kind::StockOut]), 0);
}

#[test]
fn the_chance_of_nothing_by_hand() {
    // Poisson of 2 a day for eight weeks without a zero: each day e^-2, but no rarer than 1 in 114.
    let steady = series(Grain::Day, [2.0; 60].into_iter().chain([0.0; 3]));
    let out = look(&steady)
        .found
        .into_iter()
        .find(|a| a.kind == Kind::StockOut);
    assert!(out.is_none(), "e^-6 is 0.0025");
    let steady = series(Grain::Day, [2.0; 60].into_iter().chain([0.0; 4]));
    let out = look(&steady)
        .found
        .into_iter()
        .find(|a| a.kind == Kind::StockOut)
        .unwrap();
    assert!((out.score - deviation(libm::exp(-8.0))).abs() < 1e-9);
    assert!((out.expected - 8.0).abs() < 1e-9);
}

#[test]
fn closed_weekdays_are_neither_odd_nor_a_stock_out() {
    let mut values = days(200, 3);
    for v in values.iter_mut().skip(6).step_by(7) {
        *v = 0.0;
    }
    let found = look(&series(Grain::Day, values.clone()));
    assert_eq!(count_of(&found, &[Kind::StockOut]), 0);
    assert!(found.found.iter().all(|a| a.index % 7 != 6));
    values[104] = 500.0;
    let found = look(&series(Grain::Day, values)).found;
    assert!(
        found.iter().any(|a| a.index == 104 && a.kind == Kind::High),
        "sales on a closed day are odd"
    );
}

#[test]
fn series_without_anything_to_tell() {
    for values in [vec![], vec![5.0; 7], vec![0.0; 100], vec![7.0; 100]] {
        assert!(look(&series(Grain::Day, values)).found.is_empty());
    }
    let mut flat = vec![100.0; 100];
    flat[50] = 150.0;
    let found = look(&series(Grain::Day, flat)).found;
    assert_eq!((found.len(), found[0].index), (1, 50));
    // Around 0 seasons are added, and ranges may be negative.
    let mut dice = Dice(2);
    let mut mixed: Vec<f64> = (0..100).map(|_| 100.0 * dice.normal()).collect();
    mixed[60] = -2_000.0;
    let found = look(&series(Grain::Day, mixed));
    assert_eq!((found.found[0].index, found.found[0].kind), (60, Kind::Low));
    assert!(found.ranges[60].lower < 0.0);
    let huge = Series {
        grain: Grain::Day,
        start: Day(0),
        values: vec![i64::MAX; 50],
    };
    assert!(look(&huge).found.is_empty());
}
