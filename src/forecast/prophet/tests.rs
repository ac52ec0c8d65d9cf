//! The golden cases of `tests/golden/prophet`, and what holds for every history.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const NONE: Columns = Columns {
    regressors: Vec::new(),
};

fn days(value: &Value) -> Vec<Day> {
    let day = |v: &Value| Day(i32::try_from(v.as_i64().unwrap()).unwrap());
    value.as_array().unwrap().iter().map(day).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap();
    all.iter().map(|v| v.as_f64().unwrap()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn mode(value: &Value) -> Option<Mode> {
    value.as_str().map(|name| match name {
        "additive" => Mode::Additive,
        "multiplicative" => Mode::Multiplicative,
        other => panic!("{other} is not a mode"),
    })
}

fn season(value: &Value) -> Season {
    match value {
        Value::Null => Season::Auto,
        Value::Bool(false) => Season::Off,
        order => Season::Order(u32::try_from(order.as_u64().unwrap()).unwrap()),
    }
}

fn config(setup: &Value) -> Config {
    let list = |key: &str| setup[key].as_array().unwrap().clone();
    let scale = |key: &str, default: f64| setup[key].as_f64().unwrap_or(default);
    let default = Config::default();
    let window = |v: &Value| i32::try_from(v.as_i64().unwrap()).unwrap();
    Config {
        growth: match setup["growth"].as_str().unwrap() {
            "logistic" => Growth::Logistic {
                cap: setup["cap"].as_f64().unwrap(),
                floor: setup["floor"].as_f64().unwrap(),
            },
            "flat" => Growth::Flat,
            _ => Growth::Linear,
        },
        changepoint_days: setup.get("changepoints").map(days),
        changepoint_prior_scale: scale("changepoint_prior_scale", default.changepoint_prior_scale),
        seasonality_prior_scale: scale("seasonality_prior_scale", default.seasonality_prior_scale),
        seasonality_mode: mode(&setup["seasonality_mode"]).unwrap_or(Mode::Additive),
        yearly: season(&setup["yearly_seasonality"]),
        weekly: season(&setup["weekly_seasonality"]),
        cycles: list("cycles")
            .iter()
            .map(|c| Cycle {
                name: text(&c["name"]),
                period_days: c["period"].as_f64().unwrap(),
                order: u32::try_from(c["order"].as_u64().unwrap()).unwrap(),
                prior_scale: c["prior_scale"].as_f64().unwrap(),
                mode: mode(&c["mode"]).unwrap(),
            })
            .collect(),
        holidays: list("holidays")
            .iter()
            .map(|h| Holiday {
                name: text(&h["name"]),
                days: days(&h["days"]),
                lower_window: window(&h["lower"]),
                upper_window: window(&h["upper"]),
                prior_scale: h["prior_scale"].as_f64(),
            })
            .collect(),
        regressors: list("regressors")
            .iter()
            .map(|r| Regressor {
                name: text(&r["name"]),
                prior_scale: r["prior_scale"].as_f64(),
                standardize: None,
                mode: mode(&r["mode"]),
            })
            .collect(),
        ..default
    }
}

/// The largest difference in units of `size`.
fn apart(ours: &[f64], theirs: &[f64], size: f64) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs() / size);
    differences.fold(0.0, f64::max)
}

fn golden(name: &str, json: &str) {
    let case: Value = serde_json::from_str(json).unwrap();
    let (setup, expected, tolerance) = (&case["setup"], &case["expected"], &case["tolerance"]);
    let known = usize::try_from(case["known"].as_u64().unwrap()).unwrap();
    let (ds, y) = (days(&case["days"]), numbers(&case["y"]));
    let columns = |from: usize, to: usize| Columns {
        regressors: setup["regressors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| numbers(&r["values"])[from..to].to_vec())
            .collect(),
    };
    let fitted = fit(&ds[..known], &y, &columns(0, known), &config(setup)).unwrap();
    let (asked, extra) = (&ds[known - 10..], columns(known - 10, ds.len()));
    let size = y.iter().map(|v| v.abs()).sum::<f64>() / count(y.len());
    let within = |what: &str, difference: f64, tolerance: &Value| {
        let allowed = tolerance.as_f64().unwrap();
        println!("{name}: {what} {difference:.5} of {allowed}");
        assert!(
            difference <= allowed,
            "{name}: {what} {difference} > {allowed}"
        );
    };

    let point = fitted.predict(asked, &extra).unwrap();
    let parts = fitted.components(asked, &extra).unwrap();
    within(
        "yhat",
        apart(&point, &numbers(&expected["yhat"]), size),
        &tolerance["yhat"],
    );
    let trend = apart(&parts.trend, &numbers(&expected["trend"]), size);
    within("trend", trend, &tolerance["trend"]);
    let names = expected["parts"].as_object().unwrap();
    assert_eq!(parts.parts.len(), names.len());
    for part in &parts.parts {
        let unit = if part.mode == Mode::Additive {
            size
        } else {
            1.0
        };
        let difference = apart(&part.values, &numbers(&names[&part.name]), unit);
        within(&part.name, difference, &tolerance["parts"]);
    }
    let bands = fitted.intervals(asked, &extra, &[80]).unwrap();
    let widths = bands[0]
        .upper
        .iter()
        .zip(&bands[0].lower)
        .map(|(u, l)| u - l);
    let width = widths.skip(10).sum::<f64>() / count(asked.len() - 10);
    let theirs = expected["width80"].as_f64().unwrap();
    within(
        "width80",
        (width / theirs - 1.0).abs(),
        &tolerance["width80"],
    );
}

macro_rules! golden_cases {
    ($($name:ident),*) => {$(
        #[test]
        fn $name() {
            let json = include_str!(concat!(
                "../../../tests/golden/prophet/", stringify!($name), ".json"
            ));
            golden(stringify!($name), json);
        }
    )*};
}

golden_cases!(
    changepoints,
    flat,
    holidays,
    logistic,
    logistic_short,
    multiplicative,
    multiplicative_short,
    regressors
);

fn every_day(n: usize) -> Vec<Day> {
    (18_000..).take(n).map(Day).collect()
}

fn wave(n: usize) -> Vec<f64> {
    let value = |i: usize| 100.0 + 0.3 * count(i) + 20.0 * count(i % 7) + 3.0 * count(i * i % 11);
    (0..n).map(value).collect()
}

#[test]
fn intervals_repeat_with_the_seed_and_nest() {
    let (ds, y) = (every_day(150), wave(150));
    let future: Vec<Day> = (18_150..18_180).map(Day).collect();
    let bands = |seed: u64| {
        let config = Config {
            seed,
            ..Config::default()
        };
        let fitted = fit(&ds, &y, &NONE, &config).unwrap();
        fitted.intervals(&future, &NONE, &[50, 80, 95]).unwrap()
    };
    let first = bands(7);
    assert_eq!(first, bands(7));
    assert_ne!(first, bands(8));
    for (narrow, wide) in first.iter().zip(&first[1..]) {
        assert!(wide.lower.iter().zip(&narrow.lower).all(|(w, n)| w <= n));
        assert!(wide.upper.iter().zip(&narrow.upper).all(|(w, n)| w >= n));
    }
}

#[test]
fn these_bits_are_the_same_on_every_host() {
    let (ds, y) = (every_day(150), wave(150));
    let fitted = fit(&ds, &y, &NONE, &Config::default()).unwrap();
    let asked = [Day(18_160)];
    let point = fitted.predict(&asked, &NONE).unwrap()[0];
    let band = &fitted.intervals(&asked, &NONE, &[80]).unwrap()[0];
    let bits = [point, band.lower[0], band.upper[0]].map(f64::to_bits);
    assert_eq!(
        bits,
        [
            4_643_642_359_187_183_388,
            4_643_446_687_267_571_338,
            4_643_830_641_489_364_639
        ],
        "{point} {band:?}"
    );
}

#[test]
fn a_line_is_continued() {
    let ds = every_day(60);
    let y: Vec<f64> = (0..60).map(|i| 50.0 + 2.0 * count(i)).collect();
    let fitted = fit(&ds, &y, &NONE, &Config::default()).unwrap();
    let point = fitted.predict(&[Day(18_069)], &NONE).unwrap();
    assert!((point[0] - 188.0).abs() < 0.01, "{point:?}");
}

#[test]
fn constants_and_pairs_are_continued() {
    for level in [0.0, 7.0, -3.0, 1e300, 5e-324] {
        for n in [2, 5, 40, 120] {
            let fitted = fit(&every_day(n), &vec![level; n], &NONE, &Config::default()).unwrap();
            let point = fitted.predict(&[Day(19_000)], &NONE).unwrap();
            assert!(
                (point[0] - level).abs() <= 1e-9 * level.abs(),
                "{n} {point:?}"
            );
        }
    }
    let pair = fit(&every_day(2), &[1.0, 2.0], &NONE, &Config::default()).unwrap();
    assert!(pair.predict(&[Day(18_002)], &NONE).unwrap()[0].is_finite());
}

#[test]
fn gaps_do_not_bend_the_seasons() {
    let whole = every_day(400);
    let y = wave(400);
    let kept = |i: &usize| i % 3 != 1;
    let some: Vec<Day> = (0..400).filter(kept).map(|i| whole[i]).collect();
    let values: Vec<f64> = (0..400).filter(kept).map(|i| y[i]).collect();
    let future: Vec<Day> = (18_400..18_428).map(Day).collect();
    let ask = |ds: &[Day], y: &[f64]| {
        let fitted = fit(ds, y, &NONE, &Config::default()).unwrap();
        fitted.predict(&future, &NONE).unwrap()
    };
    assert!(apart(&ask(&some, &values), &ask(&whole, &y), 160.0) < 0.03);
}

#[test]
fn the_seasons_are_chosen_as_prophet_does() {
    let names = |ds: &[Day]| {
        let y = wave(ds.len());
        let fitted = fit(ds, &y, &NONE, &Config::default()).unwrap();
        let parts = fitted.components(&ds[..1], &NONE).unwrap().parts;
        parts.into_iter().map(|p| p.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&every_day(14)), [""; 0]);
    assert_eq!(names(&every_day(15)), ["weekly"]);
    assert_eq!(names(&every_day(730)), ["weekly"]);
    assert_eq!(names(&every_day(731)), ["yearly", "weekly"]);
    let weeks: Vec<Day> = (0..106).map(|i| Day(18_000 + 7 * i)).collect();
    assert_eq!(names(&weeks), ["yearly"]);
}

#[test]
fn requests_outside_the_rules_say_what_to_change() {
    let (ds, y) = (every_day(20), wave(20));
    let refusal = |ds: &[Day], y: &[f64], config: &Config| fit(ds, y, &NONE, config).unwrap_err();
    let plain = Config::default();
    let mut back = ds.clone();
    back.swap(3, 4);
    let mut hole = y.clone();
    hole[5] = f64::NAN;
    let regressor = Config {
        regressors: vec![Regressor {
            name: "price".to_owned(),
            prior_scale: None,
            standardize: None,
            mode: None,
        }],
        ..plain.clone()
    };
    let low = Config {
        growth: Growth::Logistic {
            cap: 1.0,
            floor: 2.0,
        },
        ..plain.clone()
    };
    let many = Config {
        weekly: Season::Order(4_000_000_000),
        ..plain.clone()
    };
    for (refused, word) in [
        (refusal(&ds[..1], &y[..1], &plain), "two different days"),
        (refusal(&[ds[0]; 3], &y[..3], &plain), "two different days"),
        (refusal(&ds, &y[..9], &plain), "one value a day"),
        (refusal(&back, &y, &plain), "sort the days"),
        (refusal(&ds, &hole, &plain), "leave it out"),
        (refusal(&ds, &y, &regressor), "regressor price needs"),
        (refusal(&ds, &y, &low), "above its floor"),
        (refusal(&ds, &y, &many), "columns at most"),
    ] {
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn gradients_are_the_slopes_of_the_posterior() {
    use descent::Surface;
    let n = 60;
    let (ds, mut random) = (every_day(n), draws::Draws::new(3));
    let t: Vec<f64> = (0..n).map(|i| count(i) / count(n - 1)).collect();
    let y: Vec<f64> = t
        .iter()
        .map(|t| 0.3 + 0.4 * t + 0.05 * random.normal())
        .collect();
    for shape in [Shape::Linear, Shape::Logistic(1.1), Shape::Flat] {
        for multiplied_from in [0, 2, 6] {
            let features = Features::plan(&ds, &NONE, &Config::default()).unwrap();
            let matrix = features.matrix(&ds, &NONE).unwrap();
            let problem = Problem {
                shape,
                t: &t,
                y: &y,
                knots: &[0.2, 0.5, 0.7],
                matrix: &matrix,
                multiplied_from,
                precisions: &[0.01; 6],
                change_scale: 0.05,
            };
            let mut near = Solution {
                line: Line {
                    offset: 0.2,
                    slope: 0.6,
                    changes: vec![0.3, -0.2, 0.1],
                },
                effects: (0..6).map(|_| 0.1 * random.normal()).collect(),
                deviation: 0.3,
                steps: 0,
            };
            let rows = surface::Posterior::new(&problem, None);
            let x = surface::Posterior::pack(&near);
            let mut slopes = vec![0.0; x.len()];
            let value = rows.at(&x, &mut slopes);
            let mut unused = slopes.clone();
            for (i, slope) in slopes.iter().enumerate() {
                let mut at = |step: f64| {
                    let mut x = x.clone();
                    x[i] += step;
                    rows.at(&x, &mut unused)
                };
                let measured = (at(1e-5) - at(-1e-5)) / 2e-5;
                let allowed = 1e-5 * slope.abs().max(1.0);
                assert!(
                    (measured - slope).abs() < allowed,
                    "{shape:?} {i}: {measured} {slope}"
                );
            }
            if problem.is_linear() {
                near.effects[3] = 0.05;
                near.line.slope = -0.1;
                let parabola = surface::Posterior::new(&problem, Some(&near));
                let mut others = slopes.clone();
                assert!((parabola.at(&x, &mut others) - value).abs() < 1e-9);
                assert!(apart(&others, &slopes, 1.0) < 1e-8);
            }
        }
    }
}

/// Histories that are hard on a fit: sizes from the least to the largest numbers, gaps, repeated days.
fn odd_history() -> impl Strategy<Value = (Vec<Day>, Vec<f64>)> {
    let steps = prop::collection::vec(0_i32..40, 1..130);
    let unit = prop::sample::select(vec![1.0, 1e-320, 1e-12, 1e6, 1e24, 1e308]);
    (steps, unit, any::<u64>(), 0_u8..4).prop_map(|(steps, unit, seed, kind)| {
        let mut random = draws::Draws::new(seed);
        let mut ds = vec![Day(10_000)];
        for step in steps {
            ds.push(Day(ds[ds.len() - 1].0 + step));
        }
        ds.push(Day(ds[ds.len() - 1].0 + 1));
        let value = |i: usize| match kind {
            0 => 2.0 * random.uniform() - 1.0,
            1 => f64::from(random.uniform() < 0.1),
            2 => count(i % 5),
            _ => random.normal().clamp(-5.0, 5.0) * if i == 7 { 1e6 } else { 1.0 },
        };
        let values: Vec<f64> = (0..ds.len()).map(value).collect();
        let largest = values.iter().fold(1.0_f64, |a, v| a.max(v.abs()));
        let y = values.into_iter().map(|v| v / largest * unit).collect();
        (ds, y)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn forecasts_are_finite_and_in_their_bands(
        (ds, y) in odd_history(),
        multiplied in any::<bool>(),
        shape in 0_u8..3,
    ) {
        let largest = y.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
        let growth = match shape {
            1 if largest < 1e300 => Growth::Logistic { cap: largest.max(1e-300) * 1.2, floor: 0.0 },
            2 => Growth::Flat,
            _ => Growth::Linear,
        };
        let config = Config {
            growth,
            seasonality_mode: if multiplied { Mode::Multiplicative } else { Mode::Additive },
            draws: 50,
            ..Config::default()
        };
        let fitted = fit(&ds, &y, &NONE, &config).unwrap();
        let last = ds[ds.len() - 1].0;
        let future: Vec<Day> = (1..20).map(|i| Day(last + 9 * i)).collect();
        let point = fitted.predict(&future, &NONE).unwrap();
        let bands = fitted.intervals(&future, &NONE, &[80, 95]).unwrap();
        let parts = fitted.components(&future, &NONE).unwrap();
        prop_assert!(point.iter().chain(&parts.trend).all(|v| v.is_finite()));
        for band in bands {
            for (low, high) in band.lower.iter().zip(&band.upper) {
                prop_assert!(low.is_finite() && high.is_finite() && low <= high);
            }
        }
        for part in parts.parts {
            prop_assert!(part.values.iter().all(|v| v.is_finite()));
        }
    }
}
