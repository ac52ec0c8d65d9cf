//! Which model, and why, in a sentence.

use super::backtest::{Run, Scores};
use super::fit::Method;

/// The order of trust before any evidence. A combination is the safest choice over many series (M3, M4), so it stays
/// unless another's backtest error is smaller by more than the margin; then the next in this order that is as good.
const TRUST: [Method; 6] = [
    Method::Mean,
    Method::Mstl,
    Method::Ets,
    Method::SeasonalNaive,
    Method::Naive,
    Method::Drift,
];
/// Smaller differences between backtest errors, relatively, are mostly chance.
const MARGIN: f64 = 0.1;
/// Errors closer than this are equal, relatively and in typical changes: hosts may differ in the last bits.
const TIE: f64 = 1e-9;

/// The most trusted method whose MASE is within the margin of the lowest; the yardstick where nothing beats it.
pub(super) fn best(run: &Run) -> Option<Method> {
    let scored = |method: Method| scores(run, method).map(|s| s.mase);
    let lowest = TRUST
        .into_iter()
        .filter_map(scored)
        .min_by(f64::total_cmp)?;
    let yardstick = yardstick(run.plan.season);
    let within = |margin: f64| {
        let bound = lowest * (1.0 + margin + TIE) + TIE;
        move |method: &Method| scored(*method).is_some_and(|mase| mase <= bound)
    };
    if within(0.0)(&yardstick) {
        return Some(yardstick);
    }
    TRUST.into_iter().find(within(MARGIN))
}

/// Whether no method's error was smaller.
pub(super) fn is_lowest(run: &Run, method: Method) -> bool {
    let errors = |m: Method| scores(run, m).map(|s| s.mase);
    errors(method).is_some_and(|ours| TRUST.into_iter().filter_map(errors).all(|e| ours <= e))
}

/// How a method did, if it could be tried.
pub(super) fn scores(run: &Run, method: Method) -> Option<&Scores> {
    run.trials
        .iter()
        .find(|trial| trial.method == method)
        .and_then(|trial| trial.outcome.as_ref().ok())
}

/// The yardstick: seasonal naive, or naive where there is no season.
pub(super) const fn yardstick(season: usize) -> Method {
    if season > 1 {
        Method::SeasonalNaive
    } else {
        Method::Naive
    }
}

/// 1 - error / error of the yardstick, by MASE.
pub(super) fn skill(run: &Run, method: Method) -> f64 {
    let ours = scores(run, method).map(|s| s.mase);
    let theirs = scores(run, yardstick(run.plan.season)).map(|s| s.mase);
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if theirs > 0.0 => (1.0 - ours / theirs).max(-99.0),
        (Some(ours), Some(_)) if ours > 0.0 => -99.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::backtest::{Plan, Trial};
    use super::*;

    fn run(errors: &[(Method, f64)]) -> Run {
        let scored = |(method, mase): &(Method, f64)| Trial {
            method: *method,
            outcome: Ok(Scores {
                errors: Vec::new(),
                mase: *mase,
                wape: None,
            }),
        };
        Run {
            plan: Plan {
                origins: vec![24, 30],
                horizon: 6,
                season: 12,
            },
            scales: vec![1.0, 1.0],
            trials: errors.iter().map(scored).collect(),
        }
    }

    #[test]
    fn the_trusted_stays_unless_another_is_clearly_better() {
        use Method::{Ets, Mean, Mstl, SeasonalNaive};
        let near = run(&[(SeasonalNaive, 1.0), (Ets, 0.9), (Mstl, 0.82), (Mean, 0.85)]);
        assert_eq!(best(&near), Some(Mean));
        assert!(!is_lowest(&near, Mean) && is_lowest(&near, Mstl));
        assert!((skill(&near, Mean) - 0.15).abs() < 1e-12);
        let far = run(&[(SeasonalNaive, 1.0), (Ets, 0.9), (Mstl, 0.7), (Mean, 0.85)]);
        assert_eq!(best(&far), Some(Mstl));
        let none = run(&[(SeasonalNaive, 0.8), (Ets, 0.9), (Mstl, 0.81), (Mean, 0.85)]);
        assert_eq!(best(&none), Some(SeasonalNaive));
        assert_eq!(best(&run(&[])), None);
    }

    #[test]
    fn differences_in_the_last_bits_change_nothing() {
        use Method::{Ets, Mstl, SeasonalNaive};
        for noise in [-1e-13, 0.0, 1e-13] {
            let tied = run(&[
                (SeasonalNaive, 0.5 + noise),
                (Ets, 0.5),
                (Mstl, 0.5 - noise),
            ]);
            assert_eq!(best(&tied), Some(SeasonalNaive));
        }
    }

    #[test]
    fn skill_is_finite_even_against_a_perfect_yardstick() {
        let perfect = run(&[(Method::SeasonalNaive, 0.0), (Method::Ets, 1.0)]);
        assert!(skill(&perfect, Method::Ets) < 0.0 && skill(&perfect, Method::Ets).is_finite());
        assert!(skill(&perfect, Method::SeasonalNaive).abs() < f64::EPSILON);
    }
}
