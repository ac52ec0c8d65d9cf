//! Each model beside an independent implementation, on the series of `tests/golden/models`.
//!
//! Exponential smoothing is compared form by form where it lives: `models/smoothing.rs`.

use serde_json::Value;

use super::count;
use super::fit::Setting;
use super::method::Method;

/// One series and what the other implementation says of it.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) season: usize,
    pub(super) values: Vec<f64>,
    /// The mean absolute value of the history: tolerances are shares of it.
    pub(super) level: f64,
    pub(super) models: Vec<Expected>,
}

/// One model's estimates of the steps after the history.
pub(super) struct Expected {
    pub(super) model: String,
    pub(super) tolerance: f64,
    /// Akaike's criterion, for forms of exponential smoothing.
    pub(super) aicc: Option<f64>,
    pub(super) point: Vec<f64>,
}

impl Case {
    /// The largest difference of any estimate, as a share of the level.
    pub(super) fn away(&self, ours: &[f64], theirs: &[f64]) -> f64 {
        assert_eq!(ours.len(), theirs.len());
        let away = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
        away.fold(0.0, f64::max) / self.level
    }
}

pub(super) fn cases() -> Vec<Case> {
    let text = include_str!("../../tests/golden/models/cases.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let numbers = |list: &Value| -> Vec<f64> {
        let list = list.as_array().unwrap();
        list.iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let case = |case: &Value| {
        let values = numbers(&case["values"]);
        let models = case["models"].as_object().unwrap();
        Case {
            name: case["name"].as_str().unwrap().into(),
            season: usize::try_from(case["season"].as_u64().unwrap()).unwrap(),
            level: values.iter().map(|v| v.abs()).sum::<f64>() / count(values.len()),
            values,
            models: models
                .iter()
                .map(|(model, expected)| Expected {
                    model: model.clone(),
                    tolerance: expected["tolerance"].as_f64().unwrap(),
                    aicc: expected["aicc"].as_f64(),
                    point: numbers(&expected["point"]),
                })
                .collect(),
        }
    };
    document["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(case)
        .collect()
}

#[test]
fn models_agree_with_an_independent_implementation() {
    use Method::{
        Ces, Drift, Imapa, Mstl, Naive, Sba, SeasonalNaive, StlCes, StlTheta, Theta, Tsb,
    };
    let methods = [
        Ces,
        Drift,
        Imapa,
        Mstl,
        Naive,
        Sba,
        SeasonalNaive,
        StlCes,
        StlTheta,
        Theta,
        Tsb,
    ];
    let mut wrong = Vec::new();
    for method in methods {
        let mut compared = 0;
        for case in cases() {
            let setting = Setting {
                season: case.season,
                periods: vec![count(case.season)],
                days: Vec::new(),
                holidays: Vec::new(),
                known: Vec::new(),
            };
            for expected in case.models.iter().filter(|e| e.model == method.name()) {
                let fitted = method.fit(&case.values, &setting).unwrap();
                let away = case.away(&fitted.predict(expected.point.len()), &expected.point);
                eprintln!("{} {}: {away:.5}", case.name, expected.model);
                if away > expected.tolerance {
                    wrong.push(format!("{} {}: {away}", case.name, expected.model));
                }
                compared += 1;
            }
        }
        assert!(compared >= 2, "{}", method.name());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
