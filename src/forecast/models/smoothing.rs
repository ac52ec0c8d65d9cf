//! Exponential smoothing with error, trend and season (ETS), the best of an allow-list by `AICc`.
//!
//! Source: Hyndman, Koehler, Ord & Snyder, Forecasting with Exponential Smoothing (2008), tables 2.2 and 2.3, chapters
//! 2 and 5; Hyndman & Khandakar, Automatic Time Series Forecasting, Journal of Statistical Software 27 (2008). Level and
//! trend at the start are searched for with the parameters; the season at the start is that of the classical
//! decomposition, since a search over a state for each month would cost more than all other models together.

use super::super::count;
use super::super::fit::{Fit, Fitted};
use super::super::season::{self, Combining};
use super::super::simplex::{Parameter, Point, minimise};
use crate::limits::{MODEL_EVALUATIONS_MAX, REFIT_EVALUATIONS_MAX, SMOOTHED_SEASON_STEPS_MAX};

pub(in crate::forecast) const VALUES_MIN: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trend {
    None,
    Additive,
    Damped,
}

/// One member of the family. Additive errors go with an additive season, relative errors with a multiplicative one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::forecast) struct Spec {
    pub(in crate::forecast) name: &'static str,
    relative: bool,
    trend: Trend,
    season: Option<Combining>,
}

const fn spec(name: &'static str, relative: bool, trend: Trend, season: Option<Combining>) -> Spec {
    Spec {
        name,
        relative,
        trend,
        season,
    }
}

/// The allow-list, simplest first: what can blow up (additive errors on a multiplicative season, multiplicative
/// trends) is not on it.
pub(in crate::forecast) const SPECS: [Spec; 12] = [
    spec("ANN", false, Trend::None, None),
    spec("MNN", true, Trend::None, None),
    spec("AAdN", false, Trend::Damped, None),
    spec("MAdN", true, Trend::Damped, None),
    spec("AAN", false, Trend::Additive, None),
    spec("MAN", true, Trend::Additive, None),
    spec("ANA", false, Trend::None, Some(Combining::Additive)),
    spec("MNM", true, Trend::None, Some(Combining::Multiplicative)),
    spec("AAdA", false, Trend::Damped, Some(Combining::Additive)),
    spec("MAdM", true, Trend::Damped, Some(Combining::Multiplicative)),
    spec("AAA", false, Trend::Additive, Some(Combining::Additive)),
    spec(
        "MAM",
        true,
        Trend::Additive,
        Some(Combining::Multiplicative),
    ),
];

impl Spec {
    /// Free parameters and states, with the variance.
    fn degrees(&self, season: usize) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Additive => 2,
            Trend::Damped => 3,
        };
        3 + trend + self.season.map_or(0, |_| season)
    }
}

#[derive(Debug)]
pub(in crate::forecast) struct Smoothing {
    /// Steps of the season; 1 for none.
    pub(in crate::forecast) season: usize,
}

/// A spec with what was found for it.
struct Ranked {
    /// Akaike's criterion with the small-sample correction.
    aicc: f64,
    spec: Spec,
    parameters: Point,
    end: State,
}

#[derive(Debug, Clone)]
struct Start {
    level: f64,
    slope: f64,
    /// Indices for either way to combine, the first for the first value.
    additive: Vec<f64>,
    multiplicative: Vec<f64>,
}

#[derive(Debug)]
struct Smoothed {
    spec: Spec,
    season: usize,
    parameters: Point,
    end: State,
}

#[derive(Debug, Clone)]
struct State {
    level: f64,
    slope: f64,
    /// The index of each of the next steps.
    ahead: Vec<f64>,
}

/// Specs that are searched to the end.
pub(in crate::forecast) const FINALISTS: usize = 3;
/// Where the search starts for a model: alpha, beta as a share of alpha, gamma as a share of what alpha leaves, phi.
const STARTS: [f64; 4] = [0.3, 0.1, 0.1, 0.95];

impl Start {
    fn of(values: &[f64], season: usize) -> Self {
        let positive = values.iter().all(|v| *v > 0.0);
        let additive = season::indices(values, season, Combining::Additive);
        let multiplicative = if positive {
            season::indices(values, season, Combining::Multiplicative)
        } else {
            Vec::new()
        };
        // A line through the first values, without their season.
        let head = values.len().min(season.saturating_mul(2).max(10));
        let adjusted = values.iter().zip(additive.iter().cycle()).take(head);
        let (mut sum, mut moment) = (0.0, 0.0);
        let middle = (count(head) - 1.0) / 2.0;
        for (t, (value, index)) in adjusted.enumerate() {
            sum += value - index;
            moment += (value - index) * (count(t) - middle);
        }
        let h = count(head);
        let spread = h * (h * h - 1.0) / 12.0;
        let slope = if spread > 0.0 { moment / spread } else { 0.0 };
        let mean = sum / h.max(1.0);
        Self {
            level: mean - slope * (middle + 1.0),
            slope,
            additive,
            multiplicative,
        }
    }
}

/// The parameters of a spec as the recursions take them.
struct Gains {
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
}

impl Gains {
    fn of(spec: &Spec, [alpha, beta, gamma, phi, ..]: &Point) -> Self {
        Self {
            alpha: *alpha,
            beta: if spec.trend == Trend::None {
                0.0
            } else {
                alpha * beta
            },
            gamma: (1.0 - alpha) * gamma,
            phi: match spec.trend {
                Trend::None => 0.0,
                Trend::Additive => 1.0,
                Trend::Damped => *phi,
            },
        }
    }
}

/// Goes through the values from a state; it is left as it is after the last one. The sum of squared errors, and the
/// sum of the logarithms of what relative errors are relative to.
fn pass(spec: &Spec, values: &[f64], gains: &Gains, state: &mut State) -> (f64, f64) {
    let Gains {
        alpha,
        beta,
        gamma,
        phi,
    } = *gains;
    let season = state.ahead.len().max(1);
    let (mut level, mut slope) = (state.level, state.slope);
    let (mut squares, mut product, mut logs) = (0.0, 1.0_f64, 0.0);
    let mut at = 0;
    for value in values {
        let damped = phi * slope;
        let base = level + damped;
        let index = state.ahead.get(at).copied();
        match (spec.season, index) {
            (Some(Combining::Additive), Some(index)) => {
                let error = value - base - index;
                squares += error * error;
                level = base + alpha * error;
                slope = damped + beta * error;
                if let Some(slot) = state.ahead.get_mut(at) {
                    *slot = index + gamma * error;
                }
            }
            (Some(Combining::Multiplicative), Some(index)) => {
                let expected = base * index;
                let relative = (value - expected) / expected;
                squares += relative * relative;
                product *= expected.abs();
                level = base + alpha * base * relative;
                slope = damped + beta * base * relative;
                if let Some(slot) = state.ahead.get_mut(at) {
                    *slot = index + gamma * index * relative;
                }
            }
            _ if spec.relative => {
                let relative = (value - base) / base;
                squares += relative * relative;
                product *= base.abs();
                level = base + alpha * base * relative;
                slope = damped + beta * base * relative;
            }
            _ => {
                let error = value - base;
                squares += error * error;
                level = base + alpha * error;
                slope = damped + beta * error;
            }
        }
        if !(1e-200..1e200).contains(&product) {
            logs += libm::log(product);
            product = 1.0;
        }
        at += 1;
        if at == season {
            at = 0;
        }
    }
    if !state.ahead.is_empty() {
        state.ahead.rotate_left(at);
    }
    state.level = level;
    state.slope = slope;
    (squares, logs + libm::log(product))
}

fn begin(spec: &Spec, start: &Start, point: &Point) -> State {
    let [.., level, slope] = *point;
    State {
        level,
        slope: if spec.trend == Trend::None {
            0.0
        } else {
            slope
        },
        ahead: match spec.season {
            None => Vec::new(),
            Some(Combining::Additive) => start.additive.clone(),
            Some(Combining::Multiplicative) => start.multiplicative.clone(),
        },
    }
}

/// Fits one spec: parameters, the state at the end, and minus twice the logarithm of the likelihood.
fn fit_spec(
    spec: &Spec,
    values: &[f64],
    start: &Start,
    from: Option<&Point>,
    evaluations: usize,
) -> (Point, State, f64) {
    let spread = values
        .iter()
        .fold(0.0_f64, |a, v| a.max((v - start.level).abs()))
        .max(f64::MIN_POSITIVE);
    let [alpha, beta, gamma, phi, ..] = from
        .copied()
        .unwrap_or([STARTS[0], STARTS[1], STARTS[2], STARTS[3], 0.0, 0.0]);
    let within = |start: f64, step: f64, least: f64, most: f64| Parameter {
        start,
        step,
        least,
        most,
    };
    // What a spec does not have is not searched: the box closes, and the dimension is left out.
    let mut searched: Vec<(usize, Parameter)> = vec![(0, within(alpha, 0.2, 1e-4, 0.9999))];
    if spec.trend != Trend::None {
        searched.push((1, within(beta, 0.1, 1e-4, 0.9999)));
    }
    if spec.season.is_some() {
        searched.push((2, within(gamma, 0.1, 1e-4, 0.9999)));
    }
    if spec.trend == Trend::Damped {
        searched.push((3, within(phi, -0.05, 0.8, 0.98)));
    }
    let level = start.level;
    searched.push((
        4,
        within(
            level,
            spread / 10.0,
            level - 2.0 * spread,
            level + 2.0 * spread,
        ),
    ));
    if spec.trend != Trend::None {
        let steep = start.slope.abs().max(spread / count(values.len().max(1)));
        searched.push((
            5,
            within(start.slope, steep / 2.0, -4.0 * steep, 4.0 * steep),
        ));
    }
    let parameters: Vec<Parameter> = searched.iter().map(|(_, p)| *p).collect();
    let full = |point: &Point| {
        let mut all = [0.0, 0.0, 0.0, 1.0, start.level, start.slope];
        for ((slot, _), x) in searched.iter().zip(point) {
            if let Some(a) = all.get_mut(*slot) {
                *a = *x;
            }
        }
        all
    };
    let n = count(values.len());
    let mut scratch = begin(spec, start, &[0.0; 6]);
    let fresh = scratch.ahead.clone();
    let (best, deviance) = minimise(&parameters, evaluations, |point| {
        let all = full(point);
        scratch.level = all[4];
        scratch.slope = if spec.trend == Trend::None {
            0.0
        } else {
            all[5]
        };
        scratch.ahead.copy_from_slice(&fresh);
        let (squares, logs) = pass(spec, values, &Gains::of(spec, &all), &mut scratch);
        if squares.is_finite() {
            n.mul_add(libm::log(squares.max(1e-24 * n)), 2.0 * logs)
        } else {
            f64::MAX
        }
    });
    let best = full(&best);
    let mut end = begin(spec, start, &best);
    pass(spec, values, &Gains::of(spec, &best), &mut end);
    (best, end, deviance)
}

impl Smoothing {
    /// Fits the best of some specs.
    fn best_of(
        season: usize,
        specs: &[Spec],
        values: &[f64],
        from: Option<&Point>,
    ) -> Result<Box<dyn Fitted>, String> {
        let n = values.len();
        if n < VALUES_MIN {
            return Err(format!("needs {VALUES_MIN} values"));
        }
        let seasonal = (2..=SMOOTHED_SEASON_STEPS_MAX).contains(&season) && n >= season * 2;
        let start = Start::of(values, if seasonal { season } else { 1 });
        // Every spec is searched a little, then the most promising ones to the end.
        let mut ranked = Self::ranked(specs, values, &start, season, from, REFIT_EVALUATIONS_MAX);
        if from.is_none() {
            ranked.truncate(FINALISTS);
            let finalists = ranked.iter().flat_map(|one| {
                let (spec, point) = (&[one.spec], Some(&one.parameters));
                Self::ranked(spec, values, &start, season, point, MODEL_EVALUATIONS_MAX)
            });
            ranked = finalists.collect();
        }
        let mut best: Option<Ranked> = None;
        for one in ranked {
            // A richer spec has to win by more than rounding.
            if best
                .as_ref()
                .is_none_or(|least| one.aicc < least.aicc - 1e-9 * least.aicc.abs())
            {
                best = Some(one);
            }
        }
        let best = best.ok_or("found no smoothing model that fits")?;
        Ok(Box::new(Smoothed {
            spec: best.spec,
            season,
            parameters: best.parameters,
            end: best.end,
        }))
    }

    /// The specs that can be fitted, the best first.
    fn ranked(
        specs: &[Spec],
        values: &[f64],
        start: &Start,
        season: usize,
        from: Option<&Point>,
        evaluations: usize,
    ) -> Vec<Ranked> {
        let n = values.len();
        let positive = values.iter().all(|v| *v > 0.0);
        let seasonal = start.additive.len() > 1;
        let mut ranked: Vec<Ranked> = specs
            .iter()
            .filter(|spec| (seasonal || spec.season.is_none()) && (positive || !spec.relative))
            .filter_map(|spec| {
                let degrees = spec.degrees(season);
                let spare = n.checked_sub(degrees + 1).filter(|s| *s > 0)?;
                let (parameters, end, deviance) = fit_spec(spec, values, start, from, evaluations);
                let k = count(degrees);
                let aicc = deviance + 2.0 * k + 2.0 * k * (k + 1.0) / count(spare);
                (aicc.is_finite() && deviance < f64::MAX).then_some(Ranked {
                    aicc,
                    spec: *spec,
                    parameters,
                    end,
                })
            })
            .collect();
        ranked.sort_by(|a, b| a.aicc.total_cmp(&b.aicc));
        ranked
    }
}

impl Fit for Smoothing {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        Self::best_of(self.season, &SPECS, values, None)
    }
}

impl Fitted for Smoothed {
    fn name(&self) -> String {
        format!("ets({})", self.spec.name)
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        Smoothing::best_of(self.season, &[self.spec], values, Some(&self.parameters))
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        let gains = Gains::of(&self.spec, &self.parameters);
        let State {
            level,
            slope,
            ahead,
        } = &self.end;
        let (mut base, mut rise) = (*level, *slope);
        (0..steps)
            .map(|h| {
                rise *= gains.phi;
                base += rise;
                let index = ahead.get(h % ahead.len().max(1)).copied();
                match (self.spec.season, index) {
                    (Some(Combining::Additive), Some(index)) => base + index,
                    (Some(Combining::Multiplicative), Some(index)) => base * index,
                    _ => base,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::golden;
    use super::*;

    /// What a fit may be worse by, in units of Akaike's criterion, than one that searches for the season's indices too.
    const WORSE: f64 = 3.0;
    /// Fits whose criteria differ by less have found the same.
    const SAME: f64 = 0.5;

    #[test]
    fn each_form_fits_as_well_as_an_independent_implementation() {
        let (mut compared, mut same) = (0, 0);
        for case in golden::cases() {
            let seasonal = case.season > 1;
            let start = Start::of(&case.values, case.season);
            for spec in SPECS.iter().filter(|s| s.season.is_some() == seasonal) {
                let name = format!("ets({})", spec.name);
                let Some(expected) = case.models.iter().find(|e| e.model == name) else {
                    continue;
                };
                let theirs = expected.aicc.unwrap();
                let ranked = Smoothing::ranked(
                    &[*spec],
                    &case.values,
                    &start,
                    case.season,
                    None,
                    3 * MODEL_EVALUATIONS_MAX,
                );
                let ours = ranked.first().unwrap();
                compared += 1;
                assert!(
                    ours.aicc <= theirs + WORSE,
                    "{} {name}: {} but {theirs}",
                    case.name,
                    ours.aicc
                );
                let fitted = Smoothed {
                    spec: *spec,
                    season: case.season,
                    parameters: ours.parameters,
                    end: ours.end.clone(),
                };
                let away = case.away(&fitted.predict(expected.point.len()), &expected.point);
                eprintln!("{} {name}: {away:.5} {} {theirs}", case.name, ours.aicc);
                if (ours.aicc - theirs).abs() < SAME {
                    same += 1;
                    assert!(away <= expected.tolerance, "{} {name}: {away}", case.name);
                }
            }
        }
        assert!(compared >= 20 && same >= 10, "{compared} {same}");
    }
}
