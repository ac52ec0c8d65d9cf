//! What holds for every forecast, and the golden cases of `tests/golden/forecast`.

use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;
use crate::model::calendar::Grain;

pub(super) fn ask(values: &[f64], grain: Grain, horizon: usize) -> Request<'_> {
    Request {
        levels: &[50, 80, 95],
        ..Request::new(values, grain, horizon)
    }
}

/// Reproducible noise between -1 and 1.
pub(super) fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

pub(super) fn seasonal(n: u32, season: u32) -> Vec<f64> {
    let mut noise = noise(u64::from(n));
    (0..n)
        .map(|t| {
            let peak = if t % season == season - 1 { 80.0 } else { 0.0 };
            500.0 + 2.0 * f64::from(t) + peak + 10.0 * noise()
        })
        .collect()
}

pub(super) fn assert_sane(request: &Request<'_>, answer: &Forecast) {
    let h = request.horizon_steps;
    assert_eq!(answer.point.len(), h);
    assert_eq!(answer.bands.len(), request.levels.len());
    let floor = if request.values.iter().all(|v| *v >= 0.0) {
        0.0
    } else {
        f64::NEG_INFINITY
    };
    for band in &answer.bands {
        assert_eq!((band.lower.len(), band.upper.len()), (h, h));
        for ((low, p), high) in band.lower.iter().zip(&answer.point).zip(&band.upper) {
            assert!(low.is_finite() && p.is_finite() && high.is_finite());
            assert!(floor <= *low && low <= p && p <= high, "{low} {p} {high}");
        }
        let widths = band.upper.iter().zip(&answer.point).map(|(u, p)| u - p);
        let widths: Vec<f64> = widths.collect();
        let slack = 1e-9 * answer.point.iter().fold(0.0_f64, |a, p| a.max(p.abs()));
        if floor < 0.0 {
            assert!(
                widths.windows(2).all(|w| w[1] >= w[0] - slack),
                "{widths:?}"
            );
        }
    }
    for pair in answer.bands.windows(2) {
        for i in 0..h {
            assert!(pair[1].lower[i] <= pair[0].lower[i] && pair[0].upper[i] <= pair[1].upper[i]);
        }
    }
    assert!(!answer.reason.is_empty() && !answer.model.is_empty());
    if let Some(backtest) = &answer.backtest {
        assert!(backtest.skill.is_finite());
        assert!(
            backtest
                .coverage
                .iter()
                .all(|(_, share)| (0.0..=1.0).contains(share))
        );
    }
}

#[test]
fn a_clear_season_is_found_and_its_peak_predicted() {
    let values = seasonal(60, 12);
    let answer = forecast(&ask(&values, Grain::Month, 12)).unwrap();
    assert_eq!(
        (answer.model.as_str(), answer.season_steps),
        ("combination", 12)
    );
    assert!(
        (answer.point[11] - (500.0 + 2.0 * 71.0 + 80.0)).abs() < 20.0,
        "{:?}",
        answer.point
    );
    let backtest = answer.backtest.unwrap();
    assert!(backtest.skill > 0.2, "{}", backtest.skill);
    let weights = backtest.candidates.iter().map(|c| c.weight);
    assert!((weights.sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(
        backtest
            .candidates
            .windows(2)
            .all(|w| w[0].weight >= w[1].weight)
    );
    assert!(
        answer
            .reason
            .contains("smaller than that of seasonal naive"),
        "{}",
        answer.reason
    );
}

#[test]
fn without_skill_the_reason_says_so() {
    let cycle = [5.0, 9.0, 1.0, 7.0];
    let values: Vec<f64> = cycle.iter().copied().cycle().take(40).collect();
    let answer = forecast(&ask(&values, Grain::Quarter, 4)).unwrap();
    assert_eq!(answer.point, cycle);
    assert_eq!(answer.model, "seasonal_naive");
    assert!(
        answer
            .reason
            .contains("no model had skill over seasonal naive"),
        "{}",
        answer.reason
    );
    let mut request = ask(&values, Grain::Quarter, 4);
    request.model = ModelChoice::Ets;
    let answer = forecast(&request).unwrap();
    assert!(
        answer.reason.contains("no skill over seasonal naive"),
        "{}",
        answer.reason
    );
    assert!(answer.backtest.unwrap().skill < 0.0);
}

#[test]
fn two_values_give_the_last_with_rough_bands() {
    let answer = forecast(&ask(&[100.0, 120.0], Grain::Month, 6)).unwrap();
    assert_eq!((answer.model.as_str(), answer.point[5]), ("naive", 120.0));
    assert!(answer.backtest.is_none());
    assert!(
        answer
            .notes
            .iter()
            .next()
            .expect("a note")
            .text
            .contains("2 months are too few"),
        "{:?}",
        answer.notes
    );
    assert_sane(&ask(&[100.0, 120.0], Grain::Month, 6), &answer);
}

#[test]
fn a_history_that_never_changes_is_repeated() {
    for value in [0.0, 7.0, -3.5, 1e15, 1e-12] {
        for n in [2, 5, 40] {
            let values = vec![value; n];
            let request = ask(&values, Grain::Month, 6);
            let answer = forecast(&request).unwrap();
            assert_eq!(answer.point, [value; 6]);
            assert_eq!(answer.bands[2].upper, answer.bands[2].lower);
            assert!(
                answer
                    .notes
                    .iter()
                    .next()
                    .expect("a note")
                    .text
                    .contains("never changes")
            );
        }
    }
}

#[test]
fn huge_and_tiny_values_are_forecast_like_any_other() {
    let values = seasonal(48, 12);
    let plain = forecast(&ask(&values, Grain::Month, 6)).unwrap();
    for factor in [1e12, 1e-15, 1e20] {
        let scaled: Vec<f64> = values.iter().map(|v| v * factor).collect();
        let answer = forecast(&ask(&scaled, Grain::Month, 6)).unwrap();
        assert_eq!(answer.model, plain.model);
        for (a, b) in answer.point.iter().zip(&plain.point) {
            assert!((a / factor - b).abs() < 1e-6 * b.abs(), "{factor}: {a} {b}");
        }
    }
}

#[test]
fn too_short_a_history_says_how_much_there_is() {
    let none = forecast(&ask(&[], Grain::Month, 6)).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::Unforecastable);
    assert!(
        none.message()
            .starts_with("there are no whole months of history and a forecast needs at least 2")
    );
    let one = forecast(&ask(&[5.0], Grain::Week, 6)).unwrap_err();
    assert!(
        one.message()
            .starts_with("there is 1 whole week of history and")
    );
}

#[test]
fn horizons_out_of_reach_name_the_largest() {
    let values = seasonal(36, 12);
    let error = forecast(&ask(&values, Grain::Month, 480)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.message().ends_with("ask for at most 36"), "{error}");
    let error = forecast(&ask(&values, Grain::Day, 14_600)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OverBudget);
    assert!(error.message().ends_with("ask for at most 36"), "{error}");
    let error = forecast(&ask(&values, Grain::Month, 0)).unwrap_err();
    assert!(error.message().ends_with("ask for 1 to 36"), "{error}");
    assert!(forecast(&ask(&values[..5], Grain::Month, 24)).is_ok());
    assert!(forecast(&ask(&values[..5], Grain::Month, 25)).is_err());
}

#[test]
fn a_model_that_cannot_be_fitted_is_refused_with_those_that_can() {
    let values = seasonal(20, 12);
    let mut request = ask(&values, Grain::Month, 6);
    request.model = ModelChoice::Mstl;
    let error = forecast(&request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unforecastable);
    assert!(
        error
            .message()
            .contains("needs 24 values, there are 20; use theta or ets or seasonal_naive or auto"),
        "{error}"
    );
    request.values = &values[..7];
    request.model = ModelChoice::SeasonalNaive;
    let error = forecast(&request).unwrap_err();
    assert!(
        error
            .message()
            .ends_with("needs 12 values, there are 7; use theta or ets or auto"),
        "{error}"
    );
    request.grain = Grain::Year;
    request.model = ModelChoice::Mstl;
    assert!(
        forecast(&request)
            .unwrap_err()
            .message()
            .contains("seasonal_naive")
    );
}

#[test]
fn odd_values_and_levels_are_refused() {
    for bad in [f64::NAN, f64::INFINITY, 1e300] {
        let error = forecast(&ask(&[1.0, bad, 2.0], Grain::Day, 2)).unwrap_err();
        assert!(error.message().starts_with("value 2 of the history"));
    }
    for levels in [&[95_u8, 80][..], &[80, 80], &[0], &[100]] {
        let mut request = ask(&[1.0, 2.0, 3.0], Grain::Day, 2);
        request.levels = levels;
        assert_eq!(forecast(&request).unwrap_err().kind(), ErrorKind::Invalid);
    }
}

#[test]
fn a_long_history_is_cut_to_its_newest_part() {
    let values = seasonal(4_100, 7);
    let long = forecast(&ask(&values, Grain::Day, 7)).unwrap();
    let newest = forecast(&ask(&values[100..], Grain::Day, 7)).unwrap();
    assert_eq!(long.point, newest.point);
    assert!(
        long.notes
            .iter()
            .next()
            .expect("a note")
            .text
            .contains("newest 4000 of 4100 days")
    );
}

#[test]
fn intervals_cover_what_comes_as_often_as_they_say() {
    // Independent series: a level, a season, noise; the share of future values inside each band, all steps pooled.
    let (mut inside, mut all) = ([0.0; 3], 0.0);
    for seed in 1..=60 {
        let mut noise = noise(seed);
        let values: Vec<f64> = (0..66)
            .map(|t| 200.0 + f64::from(t % 12) * 5.0 + 10.0 * (noise() + noise() + noise()))
            .collect();
        let answer = forecast(&ask(&values[..60], Grain::Month, 6)).unwrap();
        for (i, actual) in values[60..].iter().enumerate() {
            all += 1.0;
            for (count, band) in inside.iter_mut().zip(&answer.bands) {
                *count += f64::from(u8::from((band.lower[i]..=band.upper[i]).contains(actual)));
            }
        }
    }
    for (count, level) in inside.iter().zip([0.5, 0.8, 0.95]) {
        let share = count / all;
        assert!((share - level).abs() < 0.12, "{level}: {share}");
    }
}

#[test]
fn golden_forecasts_agree_with_an_independent_implementation() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/forecast");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        cases += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        let case: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rows = std::fs::read_to_string(path.with_extension("csv")).unwrap();
        let values: Vec<f64> = rows
            .lines()
            .skip(1)
            .map(|row| row.split(',').nth(1).unwrap().parse().unwrap())
            .collect();
        let horizon = usize::try_from(case["horizon_steps"].as_u64().unwrap()).unwrap();
        let known = &values[..values.len() - horizon];
        for (model, expected) in case["expected"].as_object().unwrap() {
            let mut request = ask(
                known,
                Grain::parse(case["grain"].as_str().unwrap()).unwrap(),
                horizon,
            );
            request.model = ModelChoice::ALL
                .into_iter()
                .find(|m| m.name() == model)
                .unwrap();
            let answer = forecast(&request).unwrap();
            let point: Vec<f64> = expected["point"]
                .as_array()
                .unwrap()
                .iter()
                .map(|v| v.as_f64().unwrap())
                .collect();
            let mean = point.iter().sum::<f64>() / count(horizon);
            let bound = expected["tolerance_relative"].as_f64().unwrap() * mean;
            for (i, (a, b)) in answer.point.iter().zip(&point).enumerate() {
                assert!(
                    (a - b).abs() <= bound,
                    "{model} step {}: {a}, expected {b}",
                    i + 1
                );
            }
        }
    }
    assert!(cases > 0);
}

fn grains() -> impl Strategy<Value = Grain> {
    proptest::sample::select(Grain::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_finite_nested_widening_bands_or_an_error(
        values in prop::collection::vec(
            prop_oneof![-1e3..1e3_f64, Just(0.0), 0.0..1e15_f64, -1e-9..1e-9_f64, any::<f64>()], 0..70),
        grain in grains(),
        horizon in 0_usize..30,
        model in proptest::sample::select(ModelChoice::ALL.to_vec()),
    ) {
        let mut request = ask(&values, grain, horizon);
        request.model = model;
        if let Ok(answer) = forecast(&request) {
            assert_sane(&request, &answer);
        }
    }

    #[test]
    fn finite_histories_of_two_or_more_are_always_answered(
        values in prop::collection::vec(prop_oneof![-1e15..1e15_f64, 0.0..10.0_f64, Just(0.0)], 2..60),
        grain in grains(),
    ) {
        let request = ask(&values, grain, 2);
        assert_sane(&request, &forecast(&request).unwrap());
    }
}
