//! The backtest as an answer shows it.

use super::backtest::{Run, Scores, Trial};
use super::combine::{Choice, skill};
use super::count;
use super::intervals::Spread;
use super::method::Method;
use crate::model::answer::{Backtest, Candidate, StepExam};

/// What is used first, then by error; `names` are what the parts of the choice are called once they are fitted.
pub(super) fn backtest(
    run: &Run,
    choice: &Choice,
    names: &[(Method, String)],
    spread: Option<&Spread>,
    levels: &[u8],
    left_out: &[Method],
) -> Backtest {
    let weight = |method: Method| {
        let part = choice.parts.iter().find(|(m, _)| *m == method);
        part.map_or(0.0, |(_, weight)| *weight)
    };
    let mut order: Vec<&Trial> = run.trials.iter().collect();
    order.sort_by(|a, b| {
        let key = |t: &Trial| t.scores.as_ref().map_or(f64::INFINITY, |s| s.mase);
        let heavier = weight(b.method).total_cmp(&weight(a.method));
        heavier.then(key(a).total_cmp(&key(b)))
    });
    let name = |method: Method| {
        let fitted = names.iter().find(|(m, _)| *m == method);
        fitted.map_or_else(|| method.name().into(), |(_, name)| name.clone())
    };
    let candidates = order.into_iter().map(|trial| Candidate {
        model: name(trial.method),
        weight: weight(trial.method),
        wape: trial.scores.as_ref().and_then(|s| s.wape),
        mase: trial.scores.as_ref().map(|s| s.mase),
        failed: trial.predictions.as_ref().err().cloned(),
    });
    let by_level: Vec<(u8, Vec<f64>)> = levels
        .iter()
        .filter_map(|level| Some((*level, spread?.coverage(*level)?)))
        .collect();
    Backtest {
        origins: run.plan.origins.len(),
        horizon_steps: run.plan.horizon,
        candidates: candidates.collect(),
        left_out: left_out.iter().map(|m| m.name().into()).collect(),
        wape: choice.scores.wape,
        mase: choice.scores.mase,
        bias: choice.scores.bias,
        skill: skill(run, &choice.scores),
        coverage: by_level
            .iter()
            .map(|(level, shares)| {
                (
                    *level,
                    shares.iter().sum::<f64>() / count(shares.len().max(1)),
                )
            })
            .collect(),
        by_step: by_step(run, &choice.scores, &by_level),
    }
}

fn by_step(run: &Run, scores: &Scores, by_level: &[(u8, Vec<f64>)]) -> Vec<StepExam> {
    (0..run.plan.horizon)
        .map(|h| {
            let (mut absolute, mut signed, mut actuals) = (0.0, 0.0, 0.0);
            for (errors, came) in scores.errors.iter().zip(&run.actuals) {
                let (Some(error), Some(actual)) = (errors.get(h), came.get(h)) else {
                    continue;
                };
                absolute += error.abs();
                signed -= error;
                actuals += actual.abs();
            }
            let share = by_level.iter();
            StepExam {
                step: h + 1,
                wape: (actuals > 0.0).then(|| absolute / actuals),
                bias: (actuals > 0.0).then(|| signed / actuals),
                coverage: share.filter_map(|(l, s)| Some((*l, *s.get(h)?))).collect(),
            }
        })
        .collect()
}
