//! Which models are tried on a series, and at how many origins: by its season, its length, its demand, and what they cost.

use super::count;
use super::fit::Setting;
use super::method::Method;
use crate::limits::{BACKTEST_ORIGINS_AFFORDED, BACKTEST_ORIGINS_MAX, SMOOTHED_SEASON_STEPS_MAX};

/// Demand is intermittent if sales are further apart on average: Syntetos, Boylan & Croston, On the categorization of
/// demand patterns, Journal of the Operational Research Society 56 (2005).
const INTERVAL_OF_INTERMITTENT: f64 = 1.32;

/// How many times the budget the last candidate beside the yardstick may cost before a cheaper one takes its place.
const OVERRUN: usize = 4;

/// With fewer seasons than this, last season and its growth are hard to beat.
const SHORT_SEASONS: usize = 6;
/// Origins that a series with a year's shape among its seasons has before candidates are left out.
const ORIGINS_OF_LONG: usize = 3;

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidates {
    /// The yardstick first.
    pub(super) methods: Vec<Method>,
    /// Left out because trying them would cost too much.
    pub(super) left_out: Vec<Method>,
    /// Origins that are affordable.
    pub(super) origins: usize,
}

/// The yardstick: seasonal naive, or naive where there is no season.
pub(super) const fn yardstick(season: usize) -> Method {
    if season > 1 {
        Method::SeasonalNaive
    } else {
        Method::Naive
    }
}

/// Whether sales are so rare that the time between them matters more than their size.
pub(super) fn is_intermittent(values: &[f64]) -> bool {
    let sales = values.iter().filter(|v| **v != 0.0).count();
    sales > 0 && count(values.len()) / count(sales) >= INTERVAL_OF_INTERMITTENT
}

/// The candidates for a series of `values`, most trusted first: what is dropped for want of budget is dropped from the
/// end.
pub(super) fn candidates(values: &[f64], setting: &Setting, work_max: usize) -> Candidates {
    use Method::{
        Drift, Ets, Harmonic, LogHarmonic, Mstl, Naive, PlainCes, PlainTheta, Prophet,
        SeasonalDrift, SeasonalNaive, StlCes, StlTheta, Theta, Tsb,
    };
    let (n, season) = (values.len(), setting.season);
    let two_seasons = season > 1 && n >= season * 2;
    let long = setting
        .periods
        .last()
        .is_some_and(|p| count(n) >= 1.5 * p && *p > count(season) + 1.0);
    let mut methods: Vec<Method> = if is_intermittent(values) {
        vec![yardstick(season), Naive, Tsb, Ets]
    } else if !two_seasons {
        vec![yardstick(season), Ets, PlainTheta, PlainCes, Naive, Drift]
    } else if season > SMOOTHED_SEASON_STEPS_MAX {
        vec![
            SeasonalNaive,
            PlainTheta,
            StlTheta,
            Ets,
            PlainCes,
            Mstl,
            Naive,
            StlCes,
            Theta,
            LogHarmonic,
        ]
    } else {
        vec![SeasonalNaive, Theta, StlTheta, Mstl, Ets, StlCes]
    };
    if two_seasons && n < SHORT_SEASONS * season {
        // Too few seasons for the others to be sure of one.
        methods.insert(1, SeasonalDrift);
    }
    if long {
        // A year's shape has to be seen by one model at least: by Prophet where there are dates.
        let shape = if setting.days.is_empty() {
            Harmonic
        } else {
            Prophet
        };
        methods.insert(1, shape);
        methods.extend([Harmonic, LogHarmonic]);
    }
    methods.retain(|m| *m != SeasonalNaive || n >= season);
    if values.iter().any(|v| *v <= 0.0) {
        methods.retain(|m| *m != LogHarmonic);
    }
    let mut seen = Vec::new();
    methods.retain(|m| {
        let new = !seen.contains(m);
        seen.push(*m);
        new
    });
    // A year's shape costs as much as everything else: fewer origins have to do.
    let least = if long {
        ORIGINS_OF_LONG
    } else {
        BACKTEST_ORIGINS_AFFORDED
    };
    affordable(methods, n, season, (work_max, least))
}

/// As many origins as the budget allows; below a handful, fewer models.
fn affordable(
    mut methods: Vec<Method>,
    values: usize,
    season: usize,
    (work_max, least): (usize, usize),
) -> Candidates {
    let mut left_out = Vec::new();
    loop {
        // Each is fitted afresh on all of the history and at the first origin, and again at the other origins.
        let (fits, refits) = methods.iter().fold((0, 0), |(fits, refits), m| {
            let (fit, refit) = m.work(values, season);
            (fits + 2 * fit, refits + refit)
        });
        let spare = work_max.saturating_sub(fits);
        let origins = 1 + spare / refits.max(1);
        let is_enough = origins >= least;
        if let ([_, only], false) = (methods.as_slice(), is_enough)
            && fits > OVERRUN * work_max
            && let Some(at) = left_out.iter().rposition(|m: &Method| {
                let (fit, refit) = m.work(values, season);
                2 * fit + refit <= work_max && fit > season
            })
        {
            // The one that is left is far too dear: the most trusted one that is not takes its place.
            let (dear, cheap) = (*only, left_out.remove(at));
            left_out.push(dear);
            methods.pop();
            methods.push(cheap);
            continue;
        }
        if is_enough || methods.len() <= 2 {
            return Candidates {
                methods,
                left_out,
                origins: origins.clamp(2, BACKTEST_ORIGINS_MAX),
            };
        }
        left_out.extend(methods.pop());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FORECAST_WORK_MAX;

    fn tried(values: &[f64], season: usize) -> Candidates {
        candidates(values, &Setting::of_season(season), FORECAST_WORK_MAX)
    }

    #[test]
    fn rare_sales_get_the_methods_for_them() {
        let rare: Vec<f64> = (0..48_u32)
            .map(|t| f64::from(u8::from(t % 5 == 0)))
            .collect();
        assert!(is_intermittent(&rare) && tried(&rare, 12).methods.contains(&Method::Tsb));
        assert!(!is_intermittent(&[3.0; 20]) && !is_intermittent(&[0.0; 20]));
    }

    #[test]
    fn a_decade_of_months_gets_everything_and_three_years_of_weeks_nearly_so() {
        let months: Vec<f64> = (1..=120).map(f64::from).collect();
        let found = tried(&months, 12);
        assert!(found.left_out.is_empty() && found.origins >= 6, "{found:?}");
        let weeks: Vec<f64> = (1..=156).map(f64::from).collect();
        let found = tried(&weeks, 52);
        assert!(found.methods.len() >= 7 && found.origins >= 6, "{found:?}");
    }

    #[test]
    fn less_than_two_seasons_have_no_seasonal_model_but_the_yardstick() {
        let found = tried(
            &[
                1.0, 2.0, 4.0, 3.0, 5.0, 2.0, 6.0, 4.0, 3.0, 5.0, 7.0, 2.0, 4.0,
            ],
            12,
        );
        assert!(!found.methods.contains(&Method::Mstl));
        assert_eq!(found.methods.first(), Some(&Method::SeasonalNaive));
    }

    #[test]
    fn a_small_budget_drops_the_least_trusted() {
        let all = vec![Method::Naive, Method::Ets, Method::Theta, Method::Harmonic];
        let found = affordable(
            all,
            4_000,
            7,
            (FORECAST_WORK_MAX, BACKTEST_ORIGINS_AFFORDED),
        );
        assert!(found.methods.starts_with(&[Method::Naive, Method::Ets]));
        assert_eq!(found.methods.len() + found.left_out.len(), 4);
    }

    #[test]
    fn a_candidate_that_is_far_too_dear_makes_way_for_one_that_is_not() {
        let all = vec![Method::SeasonalNaive, Method::Harmonic, Method::Theta];
        let found = affordable(all.clone(), 1_000, 7, (150_000, BACKTEST_ORIGINS_AFFORDED));
        assert_eq!(found.methods, [Method::SeasonalNaive, Method::Theta]);
        assert_eq!(found.left_out, [Method::Harmonic]);
        let found = affordable(
            all,
            1_000,
            7,
            (FORECAST_WORK_MAX, BACKTEST_ORIGINS_AFFORDED),
        );
        assert_eq!(found.methods.get(1), Some(&Method::Harmonic));
    }
}
