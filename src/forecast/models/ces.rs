//! Complex exponential smoothing: level and information potential, with no split into trend and no trend.
//!
//! Source: Svetunkov, Kourentzes & Ord, Complex exponential smoothing, Naval Research Logistics 69 (2022). The season
//! is taken out beforehand; the first state is found by going through the history backwards.

use super::super::count;
use super::super::fit::{Fit, Fitted};
use super::super::season::Adjusted;
use super::super::simplex::{Parameter, Point, minimise};
use crate::limits::{MODEL_EVALUATIONS_MAX, REFIT_EVALUATIONS_MAX};

pub(in crate::forecast) const VALUES_MIN: usize = 6;
/// Values whose mean is the first guess at the level.
const HEAD: usize = 10;

#[derive(Debug)]
pub(in crate::forecast) struct Ces {
    pub(in crate::forecast) season: usize,
}

#[derive(Debug)]
struct Smoothed {
    season: usize,
    adjusted: Adjusted,
    parameters: Point,
    state: State,
}

#[derive(Debug, Clone, Copy)]
struct State {
    level: f64,
    potential: f64,
}

impl State {
    fn learn(&mut self, error: f64, [real, imaginary, ..]: &Point) {
        let Self { level, potential } = *self;
        self.level = level - (1.0 - imaginary) * potential + (real - imaginary) * error;
        self.potential = level + (1.0 - real) * potential + (real + imaginary) * error;
    }
}

fn pass<'a>(values: impl Iterator<Item = &'a f64>, state: &mut State, p: &Point) -> f64 {
    let mut squares = 0.0;
    for value in values {
        let error = value - state.level;
        squares += error * error;
        state.learn(error, p);
    }
    squares
}

fn run(values: &[f64], p: &Point) -> (State, f64) {
    let head = values.get(..HEAD).unwrap_or(values);
    let level = head.iter().sum::<f64>() / count(head.len().max(1));
    let mut state = State {
        level,
        potential: level / 1.1,
    };
    pass(values.iter(), &mut state, p);
    pass(values.iter().rev(), &mut state, p);
    let squares = pass(values.iter(), &mut state, p);
    (state, squares)
}

impl Ces {
    fn fitted(&self, values: &[f64], start: Option<&Point>) -> Result<Box<dyn Fitted>, String> {
        if values.len() < VALUES_MIN {
            return Err(format!("needs {VALUES_MIN} values"));
        }
        let adjusted = Adjusted::tested(values, self.season);
        let at =
            |i: usize, otherwise: f64| start.and_then(|p| p.get(i)).copied().unwrap_or(otherwise);
        let parameters = [
            Parameter {
                start: at(0, 1.3),
                step: 0.2,
                least: 0.01,
                most: 1.8,
            },
            Parameter {
                start: at(1, 1.0),
                step: 0.05,
                least: 0.01,
                most: 1.9,
            },
        ];
        let evaluations = match start {
            Some(_) => REFIT_EVALUATIONS_MAX,
            None => MODEL_EVALUATIONS_MAX,
        };
        let (parameters, _) = minimise(&parameters, evaluations, |p| run(&adjusted.values, p).1);
        let (state, squares) = run(&adjusted.values, &parameters);
        if !squares.is_finite() {
            return Err("found no stable parameters".into());
        }
        Ok(Box::new(Smoothed {
            season: self.season,
            adjusted,
            parameters,
            state,
        }))
    }
}

impl Fit for Ces {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        self.fitted(values, None)
    }
}

impl Fitted for Smoothed {
    fn name(&self) -> String {
        "ces".into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        let season = self.season;
        Ces { season }.fitted(values, Some(&self.parameters))
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let mut state = self.state;
        let point = (0..steps).map(|_| {
            let ahead = state.level;
            state.learn(0.0, &self.parameters);
            ahead
        });
        self.adjusted.restore(point.collect())
    }
}
