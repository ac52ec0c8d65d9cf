//! The dynamic optimised theta model: a line that is learnt as it goes, between the naive and the drifting forecast.
//!
//! Source: Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler, Models for optimising the theta method and their
//! relationship to state space models, International Journal of Forecasting 32 (2016), equations 18 to 23.

use super::super::fit::{Fit, Fitted};
use super::super::season::Adjusted;
use super::super::simplex::{Parameter, Point, minimise};
use crate::limits::{MODEL_EVALUATIONS_MAX, REFIT_EVALUATIONS_MAX};

pub(in crate::forecast) const VALUES_MIN: usize = 5;
/// The first steps have hardly a line to learn from: their errors do not count.
const SETTLING: usize = 3;

#[derive(Debug)]
pub(in crate::forecast) struct Theta {
    pub(in crate::forecast) season: usize,
}

#[derive(Debug)]
struct Dynamic {
    season: usize,
    adjusted: Adjusted,
    parameters: Point,
    state: State,
}

/// The parameters as the recursion takes them: divisions are done once.
#[derive(Debug, Clone, Copy)]
struct Gains {
    alpha: f64,
    over_alpha: f64,
    /// 1 - 1 / theta: how much of the line is added.
    lean: f64,
}

impl Gains {
    fn of([_, alpha, theta, ..]: &Point) -> Self {
        Self {
            alpha: *alpha,
            over_alpha: 1.0 / alpha,
            lean: 1.0 - 1.0 / theta,
        }
    }
}

/// What is known after a step.
#[derive(Debug, Clone, Copy)]
struct State {
    /// Steps seen.
    n: f64,
    /// One over the number of steps with the next one.
    share: f64,
    level: f64,
    mean: f64,
    intercept: f64,
    slope: f64,
    /// (1 - alpha)^n
    forgotten: f64,
}

impl State {
    fn start(level: f64) -> Self {
        Self {
            n: 0.0,
            share: 1.0,
            level,
            mean: 0.0,
            intercept: 0.0,
            slope: 0.0,
            forgotten: 1.0,
        }
    }

    /// The estimate of the next step.
    fn ahead(&self, gains: &Gains) -> f64 {
        let kept = self.forgotten * (1.0 - gains.alpha);
        let sloped = (1.0 - kept) * gains.over_alpha * self.slope;
        let line = self.forgotten * self.intercept + sloped;
        // Not fused: wasm has no such instruction, and what stands in for it costs more than all the rest.
        gains.lean * line + self.level
    }

    fn learn(&mut self, value: f64, alpha: f64) {
        self.n += 1.0;
        let (t, share) = (self.n, self.share);
        self.share = 1.0 / (t + 1.0);
        self.level += alpha * (value - self.level);
        let before = self.mean;
        self.mean += (value - before) * share;
        if t > 1.0 {
            self.slope = ((t - 2.0) * self.slope + 6.0 * (value - before) * share) * self.share;
        }
        self.intercept = self.mean - f64::midpoint(t, 1.0) * self.slope;
        self.forgotten *= 1.0 - alpha;
    }
}

/// Goes through the values; the sum of squared errors after the first steps.
fn run(values: &[f64], parameters: &Point) -> (State, f64) {
    let gains = Gains::of(parameters);
    let [level, alpha, ..] = *parameters;
    let mut state = State::start(level);
    let mut squares = 0.0;
    for (t, value) in values.iter().enumerate() {
        let error = value - state.ahead(&gains);
        if t >= SETTLING {
            squares += error * error;
        }
        state.learn(*value, alpha);
    }
    (state, squares)
}

fn search(values: &[f64], start: Option<&Point>, evaluations: usize) -> Point {
    let first = values.first().copied().unwrap_or_default();
    let reach = values.iter().fold(0.0_f64, |a, v| a.max((v - first).abs()));
    let reach = reach.max(first.abs()).max(f64::MIN_POSITIVE);
    let at = |i: usize, otherwise: f64| start.and_then(|p| p.get(i)).copied().unwrap_or(otherwise);
    let parameters = [
        Parameter {
            start: at(0, first / 2.0),
            step: reach / 4.0,
            least: first - 2.0 * reach,
            most: first + 2.0 * reach,
        },
        Parameter {
            start: at(1, 0.5),
            step: 0.2,
            least: 0.1,
            most: 0.99,
        },
        Parameter {
            start: at(2, 2.0),
            step: 1.0,
            least: 1.0,
            most: 1e3,
        },
    ];
    minimise(&parameters, evaluations, |p| run(values, p).1).0
}

impl Theta {
    fn fitted(&self, values: &[f64], start: Option<&Point>) -> Result<Box<dyn Fitted>, String> {
        if values.len() < VALUES_MIN {
            return Err(format!("needs {VALUES_MIN} values"));
        }
        let adjusted = Adjusted::tested(values, self.season);
        let evaluations = match start {
            Some(_) => REFIT_EVALUATIONS_MAX,
            None => MODEL_EVALUATIONS_MAX,
        };
        let parameters = search(&adjusted.values, start, evaluations);
        let (state, _) = run(&adjusted.values, &parameters);
        Ok(Box::new(Dynamic {
            season: self.season,
            adjusted,
            parameters,
            state,
        }))
    }
}

impl Fit for Theta {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        self.fitted(values, None)
    }
}

impl Fitted for Dynamic {
    fn name(&self) -> String {
        "theta".into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let season = self.season;
        Theta { season }.fitted(values, Some(&self.parameters))
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let gains = Gains::of(&self.parameters);
        let mut state = self.state;
        let point = (0..steps).map(|_| {
            let ahead = state.ahead(&gains);
            state.learn(ahead, gains.alpha);
            ahead
        });
        self.adjusted.restore(point.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seasonal_line_goes_on() {
        let shape = [0.9, 1.2, 1.0, 0.9];
        let value = |t: u32| (50.0 + f64::from(t)) * shape[t as usize % 4];
        let values: Vec<f64> = (0..40).map(value).collect();
        let fitted = Theta { season: 4 }.fit(&values).unwrap();
        for (t, got) in (40..).zip(fitted.predict(6)) {
            assert!(
                (got / value(t) - 1.0).abs() < 0.06,
                "{t} {got} {}",
                value(t)
            );
        }
    }

    #[test]
    fn four_values_are_refused() {
        assert!(Theta { season: 1 }.fit(&[1.0, 2.0, 3.0, 4.0]).is_err());
    }
}
