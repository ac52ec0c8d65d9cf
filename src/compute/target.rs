//! Will a target be reached: what was sold so far, sample paths of what is to come, and what every day left has to bring.
//!
//! Sums so far are exact integers. The rest of the period comes as sample paths of a forecast, so its end has the joint
//! uncertainty of all its steps: an end is `so far + sum of a path`, and the probability to hit is the share of ends at
//! or above the target, `(hits + 1/2) / (paths + 1)`: while days are left no finite number of paths makes it certain
//! (the mean of Jeffreys' posterior for a share; Brown, Cai & `DasGupta`, Interval estimation for a binomial proportion,
//! Statistical Science 16, 2001).

use std::cmp::Ordering;

use super::robust::{count, quantile, real, real_wide};
use crate::error::{Error, Result};

/// Probability from which a target is on track,
pub const ON_TRACK: f64 = 0.8;
/// and from which it is more likely than not,
pub const LIKELY: f64 = 0.5;
/// and below which it is off track.
pub const OFF_TRACK: f64 = 0.2;

/// Where a period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Sold so far, scaled integer of the measure.
    pub so_far: i64,
    /// What is to be reached by the end of the period, in the same scale.
    pub target: i64,
    /// Days that are over.
    pub days_over: u32,
    /// Days that are left.
    pub days_left: u32,
}

/// How it looks, for a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Track {
    /// The sum so far is at the target already; with days left it may still fall, by returns.
    Reached,
    /// The period is over, below the target.
    Missed,
    /// 80 % or more to hit.
    On,
    /// 50 % or more.
    Likely,
    /// 20 % or more.
    Unlikely,
    /// Less than 20 %.
    Off,
}

/// A target's outlook. Amounts are in the measure's scaled unit, floats where a forecast is in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Where the period stands.
    pub progress: Progress,
    /// How it looks.
    pub track: Track,
    /// Probability to reach the target, 0 to 1.
    pub probability: f64,
    /// Mean of the ends.
    pub expected_end: f64,
    /// One in ten ends is lower.
    pub lower_end: f64,
    /// One in ten ends is higher.
    pub upper_end: f64,
    /// `expected_end - target`: below 0 if it will probably be missed.
    pub expected_gap: f64,
    /// `target - so_far`, or 0 if that is reached: what is still to be sold.
    pub still_needed: i64,
    /// `so_far / target`; none for a target that is not above 0.
    pub share_reached: Option<f64>,
    /// Share of the period's days that are over; none of a period without days.
    pub share_of_days: Option<f64>,
    /// Sold per day so far; none before the first day is over.
    pub daily_so_far: Option<f64>,
    /// To be sold per day that is left; none if none is.
    pub daily_needed: Option<f64>,
    /// Forecast per day that is left; none if none is.
    pub daily_expected: Option<f64>,
    /// `daily_needed - daily_expected`: above 0, what every day left has to bring beyond its forecast.
    pub daily_gap: Option<f64>,
    /// `daily_needed / daily_so_far`: 1.2 is a fifth faster than so far; none if nothing was sold so far.
    pub pace_needed: Option<f64>,
}

/// The sum of each path.
///
/// # Shape    paths: \[paths\]\[steps\]
#[must_use]
pub fn path_sums(paths: &[Vec<f64>]) -> Vec<f64> {
    paths.iter().map(|path| path.iter().sum()).collect()
}

/// The outlook of one target.
///
/// # Shape    rest: the sum of the days left in each sample path; any number, in any order; not read if no day is left
/// # Units    the measure's scaled unit
/// # Errors   `Invalid` if days are left and no path is given, or one is not a number; `OverBudget` past 64 bits
pub fn track(progress: Progress, rest: &[f64]) -> Result<Outlook> {
    let Progress {
        so_far,
        target,
        days_over,
        days_left,
    } = progress;
    let still_needed = i64::try_from((i128::from(target) - i128::from(so_far)).max(0))
        .map_err(|_| Error::over_budget("what is left to the target passes 64 bits"))?;
    // In order, so that means do not depend on the order of paths.
    let mut sums: Vec<f64> = if days_left > 0 {
        rest.to_vec()
    } else {
        vec![0.0]
    };
    if sums.is_empty() || sums.iter().any(|s| !s.is_finite()) {
        return Err(Error::invalid(
            "a target with days left needs sample paths of finite numbers for them",
        ));
    }
    sums.sort_by(f64::total_cmp);
    let mean = sums.iter().sum::<f64>() / count(sums.len());
    let end = |level: f64| quantile(&sums, level).unwrap_or(mean) + real(so_far);

    let needed = real_wide(i128::from(target) - i128::from(so_far));
    let hits = sums.len() - sums.partition_point(|s| *s < needed);
    let is_reached = so_far >= target;
    let cannot_fall = sums.first().is_none_or(|least| *least >= 0.0);
    let probability = match (days_left, is_reached) {
        (0, false) => 0.0,
        (0, true) => 1.0,
        (_, true) if cannot_fall => 1.0,
        _ => (count(hits) + 0.5) / (count(sums.len()) + 1.0),
    };
    let track = match probability {
        _ if is_reached => Track::Reached,
        _ if days_left == 0 => Track::Missed,
        p if p >= ON_TRACK => Track::On,
        p if p >= LIKELY => Track::Likely,
        p if p >= OFF_TRACK => Track::Unlikely,
        _ => Track::Off,
    };
    let per_day = |amount: f64, days: u32| (days > 0).then(|| amount / f64::from(days));
    let daily_so_far = per_day(real(so_far), days_over);
    let daily_needed = per_day(real(still_needed), days_left);
    let daily_expected = per_day(mean, days_left);
    let days = f64::from(days_over) + f64::from(days_left);
    let expected_end = real(so_far) + mean;
    Ok(Outlook {
        progress,
        track,
        probability,
        expected_end,
        lower_end: end(0.1),
        upper_end: end(0.9),
        expected_gap: expected_end - real(target),
        still_needed,
        share_reached: (target > 0).then(|| real(so_far) / real(target)),
        share_of_days: (days > 0.0).then(|| f64::from(days_over) / days),
        daily_so_far,
        daily_needed,
        daily_expected,
        daily_gap: daily_needed.zip(daily_expected).map(|(n, e)| n - e),
        pace_needed: daily_needed
            .zip(daily_so_far)
            .and_then(|(n, s)| (s > 0.0).then(|| n / s)),
    })
}

/// One of many with targets of their own: an operation, a product.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// Which one.
    pub id: usize,
    /// Where it stands.
    pub progress: Progress,
    /// As for [`track`].
    pub rest: &'a [f64],
}

/// The outlooks of many, who will miss first: by probability, then by expected gap, then by id.
///
/// # Errors
/// As [`track`].
pub fn track_each(members: &[Member<'_>]) -> Result<Vec<(usize, Outlook)>> {
    let mut outlooks = members
        .iter()
        .map(|m| Ok((m.id, track(m.progress, m.rest)?)))
        .collect::<Result<Vec<_>>>()?;
    outlooks.sort_by(|x, y| worst_first(&x.1, &y.1).then(x.0.cmp(&y.0)));
    Ok(outlooks)
}

fn worst_first(x: &Outlook, y: &Outlook) -> Ordering {
    x.probability
        .total_cmp(&y.probability)
        .then(x.expected_gap.total_cmp(&y.expected_gap))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Track::{Likely, Off, On, Unlikely};
    use super::*;
    use crate::error::ErrorKind;

    const MIDWAY: Progress = Progress {
        so_far: 600,
        target: 1_000,
        days_over: 20,
        days_left: 10,
    };

    #[test]
    fn an_outlook_by_hand() {
        let rest = [300.0, 350.0, 390.0, 400.0, 500.0];
        let o = track(MIDWAY, &rest).unwrap();
        // 400 and 500 hit: 2.5 of 6.
        assert!((o.probability - 2.5 / 6.0).abs() < 1e-12);
        assert_eq!(o.track, Track::Unlikely);
        assert_eq!((o.expected_end, o.expected_gap), (988.0, -12.0));
        // Type 7 quantiles: 300 + 0.4 x 50, 400 + 0.6 x 100.
        assert!((o.lower_end - 920.0).abs() < 1e-9 && (o.upper_end - 1_060.0).abs() < 1e-9);
        assert_eq!(o.still_needed, 400);
        assert_eq!((o.daily_so_far, o.daily_needed), (Some(30.0), Some(40.0)));
        assert!((o.daily_expected.unwrap() - 38.8).abs() < 1e-12);
        assert!((o.daily_gap.unwrap() - 1.2).abs() < 1e-9);
        assert!((o.pace_needed.unwrap() - 4.0 / 3.0).abs() < 1e-12);
        assert_eq!(o.share_reached, Some(0.6));
        assert!((o.share_of_days.unwrap() - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn tracks_from_off_to_reached() {
        let of = |hits: usize| {
            let rest: Vec<f64> = (0..99)
                .map(|i| if i < hits { 400.0 } else { 0.0 })
                .collect();
            track(MIDWAY, &rest).unwrap()
        };
        let tracks: Vec<Track> = [0, 19, 20, 49, 50, 79, 80, 99].map(|h| of(h).track).into();
        assert_eq!(
            tracks,
            [Off, Off, Unlikely, Unlikely, Likely, Likely, On, On]
        );
        assert!(of(0).probability > 0.0 && of(99).probability < 1.0);

        let reached = Progress {
            so_far: 1_000,
            ..MIDWAY
        };
        let o = track(reached, &[0.0, 10.0]).unwrap();
        assert_eq!(
            (o.track, o.probability, o.still_needed),
            (Track::Reached, 1.0, 0)
        );
        assert_eq!(o.daily_needed, Some(0.0));
        let o = track(reached, &[-50.0, 10.0]).unwrap();
        assert_eq!(
            (o.track, o.probability),
            (Track::Reached, 0.5),
            "returns may undo it"
        );
    }

    #[test]
    fn before_the_first_day_and_after_the_last() {
        let before = Progress {
            so_far: 0,
            days_over: 0,
            ..MIDWAY
        };
        let o = track(before, &[2_000.0]).unwrap();
        assert_eq!(
            (o.daily_so_far, o.pace_needed, o.share_of_days),
            (None, None, Some(0.0))
        );
        let over = Progress {
            days_over: 30,
            days_left: 0,
            ..MIDWAY
        };
        let o = track(over, &[]).unwrap();
        assert_eq!(
            (o.track, o.probability, o.expected_end),
            (Track::Missed, 0.0, 600.0)
        );
        assert_eq!(
            (o.daily_needed, o.daily_gap, o.still_needed),
            (None, None, 400)
        );
        let hit = track(
            Progress {
                target: 600,
                ..over
            },
            &[5.0],
        )
        .unwrap();
        assert_eq!(
            (hit.track, hit.probability, hit.upper_end),
            (Track::Reached, 1.0, 600.0)
        );
        assert_eq!(track(MIDWAY, &[]).unwrap_err().kind(), ErrorKind::Invalid);
        assert!(track(MIDWAY, &[f64::NAN]).is_err());
        let wide = Progress {
            so_far: i64::MIN,
            target: i64::MAX,
            ..MIDWAY
        };
        assert_eq!(
            track(wide, &[0.0]).unwrap_err().kind(),
            ErrorKind::OverBudget
        );
        assert_eq!(
            track(
                Progress {
                    target: 0,
                    ..MIDWAY
                },
                &[1.0]
            )
            .unwrap()
            .share_reached,
            None
        );
    }

    #[test]
    fn who_will_miss_comes_first() {
        let member = |id, so_far, rest| Member {
            id,
            progress: Progress { so_far, ..MIDWAY },
            rest,
        };
        let order: Vec<usize> = track_each(&[
            member(0, 900, &[200.0, 200.0]),
            member(1, 100, &[200.0, 200.0]),
            member(2, 800, &[100.0, 300.0]),
            member(3, 50, &[200.0, 200.0]),
            member(4, 50, &[200.0, 200.0]),
        ])
        .unwrap()
        .into_iter()
        .map(|m| m.0)
        .collect();
        assert_eq!(order, [3, 4, 1, 2, 0]);
    }

    #[test]
    fn paths_are_summed_as_wholes() {
        assert_eq!(
            path_sums(&[vec![1.0, 2.0, 3.0], vec![-1.0], vec![]]),
            [6.0, -1.0, 0.0]
        );
    }

    proptest! {
        #[test]
        fn a_higher_target_is_never_likelier(
            rest in prop::collection::vec(-1e6_f64..1e6, 1..40),
            so_far in -1_000_000_i64..1_000_000,
            target in -1_000_000_i64..1_000_000,
            more in 0_i64..100_000,
        ) {
            let progress = Progress { so_far, target, days_over: 3, days_left: 4 };
            let low = track(progress, &rest).unwrap();
            let high = track(Progress { target: target + more, ..progress }, &rest).unwrap();
            prop_assert!(high.probability <= low.probability);
            prop_assert!((0.0..=1.0).contains(&low.probability));
            prop_assert!(low.lower_end <= low.upper_end);
            let mut backward = rest.clone();
            backward.reverse();
            prop_assert_eq!(low, track(progress, &backward).unwrap());
        }
    }
}
