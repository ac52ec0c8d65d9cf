//! The combination of candidates: each weighs as much as its errors in the backtest were small.
//!
//! Source: Bates & Granger, The combination of forecasts, Operational Research Quarterly 20 (1969): weights by the
//! inverse of the squared error, covariances left out; the estimate is half way between the weighted mean and the
//! weighted median, which one wild candidate cannot carry away. Over many series a combination is the safest choice
//! (Makridakis, Spiliotis & Assimakopoulos, The M4 competition, International Journal of Forecasting 36, 2020).

use super::backtest::{Run, Scores};
use super::candidates::yardstick;
use super::count;
use super::method::Method;

/// A candidate that would get less of the whole is left out.
const WEIGHT_MIN: f64 = 0.03;
/// Errors closer than this are equal, relatively and in typical changes: hosts may differ in the last bits.
const TIE: f64 = 1e-9;
/// Errors below this are as good as none, in typical changes: no candidate gets everything for an exact fit.
const ERROR_FLOOR: f64 = 1e-6;

/// What is to be used, and how that did where it had not been seen.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// Methods and their weights, which add up to one; the heaviest first.
    pub(super) parts: Vec<(Method, f64)>,
    /// Its errors in the backtest. Those of a combination are made with the weights that the other origins give.
    pub(super) scores: Scores,
}

impl Choice {
    /// One method.
    pub(super) fn single(run: &Run, method: Method) -> Option<Self> {
        let scores = run.scores(method)?.clone();
        Some(Self {
            parts: vec![(method, 1.0)],
            scores,
        })
    }

    /// The combination of everything that was tried, or the yardstick where nothing beats it.
    pub(super) fn best(run: &Run) -> Option<Self> {
        let parts = weights(run, None);
        let combined = Self {
            scores: examined(run)?,
            parts,
        };
        let base = yardstick(run.plan.season);
        let lowest = run
            .trials
            .iter()
            .filter_map(|t| t.scores.as_ref())
            .map(|s| s.mase);
        let lowest = lowest.min_by(f64::total_cmp)?.min(combined.scores.mase);
        match Self::single(run, base) {
            Some(naive) if naive.scores.mase <= lowest * (1.0 + TIE) + TIE => Some(naive),
            _ => Some(combined),
        }
    }

    /// Whether it is more than one method.
    pub(super) fn is_combination(&self) -> bool {
        self.parts.len() > 1
    }
}

/// The combination's errors: at each origin with the weights that the other origins give it, so that nothing is tried
/// on what it was chosen by.
fn examined(run: &Run) -> Option<Scores> {
    let origins = run.plan.origins.len();
    let predictions: Vec<Vec<f64>> = (0..origins)
        .filter_map(|origin| {
            let parts = weights(run, (origins > 1).then_some(origin));
            let at = |method: Method| {
                let trial = run.trials.iter().find(|t| t.method == method)?;
                trial.predictions.as_ref().ok()?.get(origin)
            };
            let rows: Vec<(&[f64], f64)> = parts
                .iter()
                .filter_map(|(m, w)| Some((at(*m)?.as_slice(), *w)))
                .collect();
            (!rows.is_empty()).then(|| combined(&rows))
        })
        .collect();
    (predictions.len() == origins).then(|| run.score(&predictions))
}

/// Weights of the methods that could be tried at every origin, the heaviest first, from all origins or all but one.
fn weights(run: &Run, without: Option<usize>) -> Vec<(Method, f64)> {
    let error = |scores: &Scores| {
        let kept = scores
            .each
            .iter()
            .enumerate()
            .filter(|(o, _)| Some(*o) != without);
        let (sum, n) = kept.fold((0.0, 0_usize), |(sum, n), (_, e)| (sum + e, n + 1));
        sum / count(n.max(1)) + ERROR_FLOOR
    };
    let tried = run
        .trials
        .iter()
        .filter_map(|t| Some((t.method, error(t.scores.as_ref()?))));
    let errors: Vec<(Method, f64)> = tried.collect();
    let least = errors.iter().map(|(_, e)| *e).fold(f64::INFINITY, f64::min);
    let raw: Vec<(Method, f64)> = errors
        .iter()
        .map(|(m, e)| (*m, (least / e).powi(2)))
        .collect();
    let total: f64 = raw.iter().map(|(_, w)| w).sum();
    let mut kept: Vec<(Method, f64)> = raw
        .into_iter()
        .filter(|(_, w)| *w >= WEIGHT_MIN * total)
        .collect();
    let total: f64 = kept.iter().map(|(_, w)| w).sum();
    for (_, weight) in &mut kept {
        *weight /= total;
    }
    kept.sort_by(|a, b| b.1.total_cmp(&a.1));
    kept
}

/// Half way between the weighted mean and the weighted median, step by step.
pub(super) fn combined(rows: &[(&[f64], f64)]) -> Vec<f64> {
    let steps = rows.iter().map(|(row, _)| row.len()).min().unwrap_or(0);
    let total: f64 = rows.iter().map(|(_, w)| w).sum();
    (0..steps)
        .map(|h| {
            let mut at: Vec<(f64, f64)> = rows
                .iter()
                .filter_map(|(row, w)| Some((*row.get(h)?, w / total)))
                .collect();
            let mean: f64 = at.iter().map(|(v, w)| v * w).sum();
            f64::midpoint(mean, median(&mut at))
        })
        .collect()
}

/// The weighted median, interpolated between the middles of the weights.
fn median(values: &mut [(f64, f64)]) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut before = 0.0;
    let mut last: Option<(f64, f64)> = None;
    for (value, weight) in values.iter() {
        let middle = before + weight / 2.0;
        if middle >= 0.5 {
            return match last {
                Some((at, low)) if middle > at => {
                    (value - low).mul_add((0.5 - at) / (middle - at), low)
                }
                _ => *value,
            };
        }
        before += weight;
        last = Some((middle, *value));
    }
    last.map_or(0.0, |(_, value)| value)
}

/// 1 - error / error of the yardstick, by MASE.
pub(super) fn skill(run: &Run, scores: &Scores) -> f64 {
    let theirs = run.scores(yardstick(run.plan.season)).map(|s| s.mase);
    match theirs {
        Some(theirs) if theirs > 0.0 => (1.0 - scores.mase / theirs).max(-99.0),
        Some(_) if scores.mase > 0.0 => -99.0,
        _ => 0.0,
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact answers are compared")]
mod tests {
    use super::super::backtest::{Plan, Trial};
    use super::*;

    /// A run in which methods predicted constants and 0 came.
    fn run(constants: &[(Method, [f64; 3])]) -> Run {
        let mut run = Run {
            plan: Plan {
                origins: vec![24, 30, 36],
                horizon: 2,
                season: 12,
            },
            actuals: vec![vec![0.0; 2]; 3],
            scales: vec![1.0; 3],
            trials: Vec::new(),
        };
        for (method, each) in constants {
            let predictions: Vec<Vec<f64>> = each.iter().map(|v| vec![*v; 2]).collect();
            let scores = Some(run.score(&predictions));
            run.trials.push(Trial {
                method: *method,
                predictions: Ok(predictions),
                scores,
            });
        }
        run
    }

    #[test]
    fn weights_fall_with_the_square_of_the_error_and_the_hopeless_are_left_out() {
        let run = run(&[
            (Method::SeasonalNaive, [50.0; 3]),
            (Method::Ets, [2.0; 3]),
            (Method::Mstl, [1.0; 3]),
        ]);
        let choice = Choice::best(&run).unwrap();
        let methods: Vec<Method> = choice.parts.iter().map(|(m, _)| *m).collect();
        assert_eq!(methods, [Method::Mstl, Method::Ets]);
        assert!((choice.parts[0].1 - 0.8).abs() < 1e-5);
        assert!(choice.is_combination() && skill(&run, &choice.scores) > 0.9);
    }

    #[test]
    fn the_exam_of_a_combination_uses_the_other_origins_weights() {
        // Each is perfect except at its own origin; with weights from the others it is trusted exactly there.
        let run = run(&[
            (Method::SeasonalNaive, [9.0, 9.0, 9.0]),
            (Method::Ets, [8.0, 0.0, 0.0]),
            (Method::Mstl, [0.0, 8.0, 0.0]),
        ]);
        let scores = Choice::best(&run).unwrap().scores;
        assert!(scores.each[0] > 7.0 && scores.each[1] > 7.0);
    }

    #[test]
    fn the_yardstick_wins_a_tie() {
        use Method::{Ets, SeasonalNaive};
        for noise in [-1e-13, 0.0, 1e-13] {
            let tied = run(&[(SeasonalNaive, [0.5 + noise; 3]), (Ets, [0.5; 3])]);
            assert_eq!(Choice::best(&tied).unwrap().parts, [(SeasonalNaive, 1.0)]);
        }
        assert!(Choice::best(&run(&[])).is_none());
    }

    #[test]
    fn one_wild_candidate_moves_the_combination_half_as_far() {
        let rows: [(&[f64], f64); 3] = [(&[1.0], 0.4), (&[1.0], 0.4), (&[101.0], 0.2)];
        assert!((combined(&rows)[0] - 11.0).abs() < 1e-12);
        assert_eq!(combined(&[(&[4.0, 5.0], 1.0)]), [4.0, 5.0]);
        assert!(combined(&[]).is_empty());
        assert_eq!(median(&mut [(1.0, 0.5), (3.0, 0.5)]), 2.0);
    }

    #[test]
    fn skill_is_finite_even_against_a_perfect_yardstick() {
        let perfect = run(&[(Method::SeasonalNaive, [0.0; 3]), (Method::Ets, [1.0; 3])]);
        let ets = skill(&perfect, perfect.scores(Method::Ets).unwrap());
        assert!(ets < 0.0 && ets.is_finite());
    }
}
