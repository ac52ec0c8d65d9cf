//! What holds for every history, model and grain: finite answers, the same ones twice, and answers that scale and shift
//! with the history.

use super::tests::{ask, assert_sane, noise, seasonal};
use super::*;
use crate::error::ErrorKind;
use crate::limits::FORECAST_VALUE_MAX;
use crate::model::calendar::Day;
use crate::model::calendar::Grain;

const KINDS: usize = 9;

/// Histories of every kind that a measure may have.
fn history(kind: usize, n: usize) -> Vec<f64> {
    let mut noise = noise(u64::try_from(31 * kind + n).unwrap());
    let values = (0..n).map(|t| {
        let season = 1.0 + 0.3 * f64::from(u8::from(t % 12 == 11));
        let usual = (100.0 + count(t)) * season + 5.0 * noise();
        match kind {
            0 => usual,
            1 => -usual,
            2 => usual - 150.0,
            // Rare, and nothing but one sale.
            3 => (3.0 + 2.0 * noise()).round() * f64::from(u8::from(noise() > 0.6)),
            4 => f64::from(u8::from(t == n / 2)),
            // A week with a closed day.
            5 => usual * f64::from(u8::from(t % 7 != 6)),
            6 => usual * (FORECAST_VALUE_MAX / 1e3),
            7 => f64::MIN_POSITIVE / 4.0 * (1.0 + noise()),
            // As wild as a number can be.
            _ => libm::exp(50.0 * noise()) * noise(),
        }
    });
    values.collect()
}

/// Everything that is answered, to the bit.
fn bits(answer: &Forecast) -> Vec<u64> {
    let bounds = answer.bands.iter();
    let bounds = bounds.flat_map(|band| band.lower.iter().chain(&band.upper));
    answer
        .point
        .iter()
        .chain(bounds)
        .map(|v| v.to_bits())
        .collect()
}

fn dated(values: &[f64], grain: Grain, horizon: usize, model: ModelChoice) -> Request<'_> {
    Request {
        start: Some(grain.floor(Day::parse("2022-01-03").unwrap())),
        model,
        ..ask(values, grain, horizon)
    }
}

#[test]
fn every_kind_length_grain_and_model_is_answered_sanely_or_refused_politely() {
    let mut answered = 0;
    for (g, grain) in Grain::ALL.into_iter().enumerate() {
        for (m, model) in ModelChoice::ALL.into_iter().enumerate() {
            for n in 2..=60 {
                let kind = (n + 2 * g + m) % KINDS;
                let values = history(kind, n);
                let request = dated(&values, grain, 1 + n % n.min(9), model);
                let what = || format!("{grain} {} kind {kind} n {n}", model.name());
                match forecast(&request) {
                    Ok(answer) => {
                        answered += 1;
                        if model == ModelChoice::Prophet {
                            // Its own intervals, which may narrow.
                            assert!(
                                bits(&answer)
                                    .into_iter()
                                    .all(|b| f64::from_bits(b).is_finite()),
                                "{}",
                                what()
                            );
                        } else {
                            eprintln!("{}", what());
                            assert_sane(&request, &answer);
                        }
                    }
                    Err(error) => {
                        assert_eq!(
                            error.kind(),
                            ErrorKind::Unforecastable,
                            "{}: {error}",
                            what()
                        );
                        assert!(model != ModelChoice::Auto, "{}: {error}", what());
                        assert!(error.message().ends_with("auto"), "{error}");
                    }
                }
            }
        }
    }
    assert!(answered > 3_000, "{answered}");
}

#[test]
fn numbers_past_the_bound_are_refused_with_their_place() {
    for bad in [
        1e300,
        -1e300,
        f64::MAX,
        f64::MIN,
        f64::NEG_INFINITY,
        FORECAST_VALUE_MAX * 1.01,
    ] {
        for model in ModelChoice::ALL {
            let values = [5.0, 6.0, 7.0, bad, 8.0];
            let error = forecast(&dated(&values, Grain::Month, 2, model)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert!(
                error.message().starts_with("value 4 of the history"),
                "{error}"
            );
        }
    }
}

#[test]
fn the_same_history_gives_the_same_answer() {
    for model in ModelChoice::ALL {
        for (grain, n) in [(Grain::Month, 60), (Grain::Day, 120), (Grain::Week, 110)] {
            let values = history(0, n);
            let request = dated(&values, grain, 9, model);
            let Ok(one) = forecast(&request) else {
                continue;
            };
            let other = forecast(&request).unwrap();
            assert_eq!(bits(&one), bits(&other), "{grain} {}", model.name());
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
    }
}

#[test]
fn bands_widen_over_open_steps() {
    for model in ModelChoice::ALL {
        // Prophet's own intervals are simulated: they need not.
        if model == ModelChoice::Prophet {
            continue;
        }
        for kind in [0, 1, 2, 5] {
            let values = history(kind, 84);
            let Ok(answer) = forecast(&dated(&values, Grain::Day, 14, model)) else {
                continue;
            };
            for band in &answer.bands {
                let widths: Vec<f64> = band
                    .lower
                    .iter()
                    .zip(&band.upper)
                    .zip(&answer.point)
                    // Bounds that are held at zero say nothing of the width; a closed day has none.
                    .filter(|((low, high), _)| **low != 0.0 && high > low)
                    .map(|((_, high), point)| high - point)
                    .collect();
                assert!(
                    widths.windows(2).all(|w| w[1] >= w[0] * (1.0 - 1e-9)),
                    "{} kind {kind}: {widths:?}",
                    model.name()
                );
            }
        }
    }
}

#[test]
fn a_power_of_two_scales_the_answer_exactly() {
    for model in ModelChoice::ALL {
        for (grain, n, kind) in [
            (Grain::Month, 60, 0),
            (Grain::Day, 100, 2),
            (Grain::Month, 48, 3),
            (Grain::Quarter, 31, 1),
        ] {
            let values = history(kind, n);
            let Ok(plain) = forecast(&dated(&values, grain, 6, model)) else {
                continue;
            };
            for exponent in [-40, 3, 30] {
                let times = |v: f64| libm::ldexp(v, exponent);
                let scaled: Vec<f64> = values.iter().map(|v| times(*v)).collect();
                let answer = forecast(&dated(&scaled, grain, 6, model)).unwrap();
                let expected = bits(&plain)
                    .into_iter()
                    .map(|b| times(f64::from_bits(b)).to_bits());
                assert_eq!(
                    bits(&answer),
                    expected.collect::<Vec<_>>(),
                    "{grain} {} kind {kind} 2^{exponent}",
                    model.name()
                );
            }
        }
    }
}

#[test]
fn another_factor_scales_the_answer_nearly() {
    for model in ModelChoice::ALL {
        for (grain, n, season) in [
            (Grain::Month, 60, 12),
            (Grain::Quarter, 40, 4),
            (Grain::Day, 100, 7),
        ] {
            let values = seasonal(n, season);
            let Ok(plain) = forecast(&dated(&values, grain, 6, model)) else {
                continue;
            };
            let level = values.iter().sum::<f64>() / count(values.len());
            let scaled: Vec<f64> = values.iter().map(|v| 3.0 * v).collect();
            let answer = forecast(&dated(&scaled, grain, 6, model)).unwrap();
            for (a, b) in bits(&answer).into_iter().zip(bits(&plain)) {
                let (a, b) = (f64::from_bits(a) / 3.0, f64::from_bits(b));
                assert!(
                    (a - b).abs() < 1e-3 * level,
                    "{grain} {}: {a} {b}",
                    model.name()
                );
            }
        }
    }
}

#[test]
fn a_shift_of_the_history_shifts_models_that_have_no_zero() {
    use ModelChoice::{Drift, Ets, Naive, SeasonalNaive};
    // Below zero before and after, so that no form of smoothing is relative and no bound is held.
    for (model, near) in [
        (Naive, 1e-9),
        (Drift, 1e-9),
        (SeasonalNaive, 1e-9),
        (Ets, 2e-3),
    ] {
        for (grain, n) in [(Grain::Month, 72), (Grain::Quarter, 40), (Grain::Year, 30)] {
            let values = history(1, n);
            let plain = forecast(&dated(&values, grain, 6, model)).unwrap();
            for shift in [-1_024.0, -37.5, 50.0] {
                let moved: Vec<f64> = values.iter().map(|v| v + shift).collect();
                let answer = forecast(&dated(&moved, grain, 6, model)).unwrap();
                let level = 100.0 + f64::abs(shift);
                for (a, b) in bits(&answer).into_iter().zip(bits(&plain)) {
                    let (a, b) = (f64::from_bits(a) - shift, f64::from_bits(b));
                    assert!(
                        (a - b).abs() < near * level,
                        "{grain} {} {shift}: {a} {b}",
                        model.name()
                    );
                }
            }
        }
    }
}
