//! Exponential smoothing without a season: level (`ANN`), trend (`AAN`), damped trend (`AAdN`), the best by
//! `AICc`.
//!
//! Source: Hyndman, Koehler, Ord & Snyder, Forecasting with Exponential Smoothing (2008), chapters 2 and 5.
//!
//! Only augurs' additive-error specs are on the list. It takes std's `ln` for the likelihood alone, which then only
//! orders the simplex: the parameters themselves are sums and products, so hosts agree on them bit for bit unless two
//! likelihoods tie to the last digit. Multiplicative trends are not on the list (`powf`, unseeded intervals).

use augurs::Predict as _;
use augurs::ets::model::{
    ErrorComponent, Model, ModelType, SeasonalComponent, TrendComponent, Unfit,
};

use super::super::count;
use super::super::fit::{Fit, Fitted};
use crate::limits::ETS_ITERATIONS_MAX;

/// Seven is what augurs needs for a damped trend; one more keeps `AICc`'s correction finite.
pub(in crate::forecast) const VALUES_MIN: usize = 8;

#[derive(Debug, Clone, Copy)]
struct Spec {
    name: &'static str,
    trend: TrendComponent,
    damped: bool,
    /// Free parameters, with the error's variance.
    parameters: usize,
}

/// The allow-list, simplest first.
const SPECS: [Spec; 3] = [
    Spec {
        name: "ANN",
        trend: TrendComponent::None,
        damped: false,
        parameters: 3,
    },
    Spec {
        name: "AAN",
        trend: TrendComponent::Additive,
        damped: false,
        parameters: 5,
    },
    Spec {
        name: "AAdN",
        trend: TrendComponent::Additive,
        damped: true,
        parameters: 6,
    },
];

/// Where the level sits after scaling, in typical steps: augurs' first simplex moves it by 5 %, so by one step.
const LEVEL_STEPS: f64 = 20.0;

#[derive(Debug)]
pub(in crate::forecast) struct Ets;

#[derive(Debug)]
struct Smoothed {
    spec: Spec,
    model: Model,
    scaling: Scaling,
}

impl Fit for Ets {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        best_of(&SPECS, values)
    }
}

fn best_of(specs: &[Spec], values: &[f64]) -> Result<Box<dyn Fitted>, String> {
    if values.len() < VALUES_MIN {
        return Err(format!("needs {VALUES_MIN} values"));
    }
    let scaling = Scaling::of(values);
    let scaled: Vec<f64> = values.iter().map(|v| scaling.to_steps(*v)).collect();
    let mut best: Option<(f64, Spec, Model)> = None;
    for spec in specs {
        let unfit = Unfit::new(ModelType {
            error: ErrorComponent::Additive,
            trend: spec.trend,
            season: SeasonalComponent::None,
        })
        .damped(spec.damped)
        .nmse(1)
        .max_iterations(ETS_ITERATIONS_MAX);
        let Ok(model) = unfit.fit(&scaled) else {
            continue;
        };
        let Some(aicc) = aicc(&model, &scaled, spec.parameters) else {
            continue;
        };
        // A richer spec has to win by more than rounding.
        if best
            .as_ref()
            .is_none_or(|(least, ..)| aicc < least - 1e-9 * least.abs())
        {
            best = Some((aicc, *spec, model));
        }
    }
    let (_, spec, model) = best.ok_or("found no smoothing model that fits")?;
    Ok(Box::new(Smoothed {
        spec,
        model,
        scaling,
    }))
}

impl Fitted for Smoothed {
    fn name(&self) -> String {
        format!("ets({})", self.spec.name)
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        best_of(&[self.spec], values)
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let Ok(raw) = self.model.predict(steps + 1, None) else {
            return Vec::new();
        };
        // augurs counts the first damped step twice: its step h + 1 is too far by the difference of its first two.
        let point: Vec<f64> = match raw.point.as_slice() {
            [first, second, ..] if self.spec.damped => {
                let excess = second - first;
                raw.point.iter().skip(1).map(|v| v - excess).collect()
            }
            [point @ .., _] => point.to_vec(),
            [] => Vec::new(),
        };
        point.iter().map(|v| self.scaling.value_of(*v)).collect()
    }
}

/// Akaike's criterion with the small-sample correction, Gaussian errors, constants left out.
fn aicc(model: &Model, scaled: &[f64], parameters: usize) -> Option<f64> {
    let fitted = model.predict_in_sample(None).ok()?;
    if fitted.point.len() != scaled.len() {
        return None;
    }
    let sse: f64 = scaled
        .iter()
        .zip(&fitted.point)
        .map(|(y, f)| (y - f) * (y - f))
        .sum();
    let spare = scaled
        .len()
        .checked_sub(parameters + 1)
        .filter(|s| *s > 0)?;
    let (n, k) = (count(scaled.len()), count(parameters));
    // Steps have size one, so this floor only stops an exact fit from being infinitely good.
    let fit = n * libm::log(sse.max(1e-12) / n);
    let criterion = fit + 2.0 * k + 2.0 * k * (k + 1.0) / count(spare);
    criterion.is_finite().then_some(criterion)
}

/// Puts a series where the optimiser is well conditioned, whatever its level and unit: typical step 1, level 20.
#[derive(Debug, Clone)]
struct Scaling {
    level: f64,
    step: f64,
}

impl Scaling {
    fn of(values: &[f64]) -> Self {
        let steps: f64 = values
            .iter()
            .zip(values.iter().skip(1))
            .map(|(a, b)| (b - a).abs())
            .sum();
        let step = steps / count(values.len().saturating_sub(1).max(1));
        let head = values.get(..10).unwrap_or(values);
        let level = head.iter().sum::<f64>() / count(head.len().max(1));
        let usable = step > level.abs() * 1e-12 && step.is_normal();
        let step = if usable { step } else { level.abs().max(1.0) };
        Self { level, step }
    }

    fn to_steps(&self, value: f64) -> f64 {
        (value - self.level) / self.step + LEVEL_STEPS
    }

    fn value_of(&self, value: f64) -> f64 {
        (value - LEVEL_STEPS).mul_add(self.step, self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_continued() {
        let values: Vec<f64> = (0..30).map(|t| 50.0 + 4.0 * f64::from(t)).collect();
        let fitted = Ets.fit(&values).unwrap();
        assert_eq!(fitted.name(), "ets(AAN)");
        for (got, expected) in fitted.predict(3).iter().zip([170.0, 174.0, 178.0]) {
            assert!((got - expected).abs() < 0.5, "{got} {expected}");
        }
    }

    #[test]
    fn a_damped_trend_takes_its_first_step_once() {
        // Towards 100 by a factor of 0.9 a step; the last value is 100 - 1000 x 0.9^29.
        let values: Vec<f64> = (0..30).map(|t| 100.0 - 1000.0 * 0.9_f64.powi(t)).collect();
        let fitted = best_of(&[SPECS[2]], &values).unwrap();
        let point = fitted.predict(3);
        let (last, next) = (values[29], 100.0 - 1000.0 * 0.9_f64.powi(30));
        let step = next - last;
        assert!((point[0] - next).abs() < 0.35 * step, "{point:?} {next}");
        let (first, second) = (point[1] - point[0], point[2] - point[1]);
        // Each step is phi times the one before, from the first forecast step on.
        let phi = second / first;
        assert!((0.8..0.98).contains(&phi));
        assert!(
            ((point[0] - last) * phi - first).abs() < 0.25 * step,
            "{point:?} {last}"
        );
    }

    #[test]
    fn refitting_keeps_the_spec_and_takes_new_values() {
        let values: Vec<f64> = (0..30).map(|t| 50.0 + 4.0 * f64::from(t)).collect();
        let fitted = Ets.fit(&values).unwrap();
        let later = fitted.refit(&[9.0; 10]).unwrap();
        assert_eq!(later.name(), "ets(AAN)");
        assert!((later.predict(1)[0] - 9.0).abs() < 1.0);
    }

    #[test]
    fn fewer_than_eight_values_are_refused() {
        assert!(Ets.fit(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).is_err());
        assert!(Ets.fit(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0]).is_ok());
    }
}
