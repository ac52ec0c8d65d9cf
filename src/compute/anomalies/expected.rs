//! What a step is expected to be: its season's median times the running median level, and how far steps usually are off.
//!
//! The season is the weekday for days and the part of the year for weeks, months and quarters. A step's own season is
//! the median of the others of its phase, so that it cannot excuse itself. Where there are fewer than three others, one
//! odd one among them would make the next year's look odd: then a step is compared with what is nearer, its season's
//! expectation or its neighbours' level.
//!
//! A running median keeps the edges of lasting shifts (Tukey, Exploratory Data Analysis, 1977), so a new level is not
//! odd day after day. The scale is the median absolute deviation, of each direction by itself where there are enough
//! steps; of each phase relative to all; and wider where tails are heavier than a normal's, by the ratio of the 95 %
//! quantile to the median of absolute deviations, squared: with that, Laplace's and Student's errors (3 degrees of
//! freedom) pass three deviations about as often as a normal's.

use std::collections::BTreeMap;

use super::Range;
use crate::compute::robust::{Sliding, count, quantile, sigma};
use crate::model::{Grain, Series};

/// Others of a phase from which its median is trusted alone.
const OTHERS_SURE: usize = 3;
/// Steps of a phase from which it has a scale of its own,
const PHASE_STEPS: usize = 12;
/// within these bounds, relative to that of all.
const PHASE_SCALE: (f64, f64) = (0.5, 2.0);
/// Deviations from which each direction has a scale of its own.
const SIDE_STEPS: usize = 60;
/// The 95 % quantile of absolute deviations over their median, for a normal.
const NORMAL_TAIL: f64 = 1.959_964 / 0.674_490;
/// The most that heavy tails widen a range: a few true anomalies in a short history would widen it without end.
const TAIL_MAX: f64 = 2.25;
/// A season below this share of the level is closed: nothing can be told from it about the level.
const CLOSED: f64 = 0.05;
/// Known days are left out of what is learnt only where they are few, as a share of steps.
const NAMED_SHARE_MAX: f64 = 0.2;

/// Expectation and scale of every step.
pub(super) struct Baseline {
    /// The running level without the season.
    pub(super) level: Vec<f64>,
    /// The season of each step: a factor of the level, or what is added to it.
    pub(super) season: Vec<f64>,
    /// Values without their season; none where the season is closed.
    pub(super) adjusted: Vec<Option<f64>>,
    /// Whether seasons are factors.
    pub(super) is_relative: bool,
    expected: Vec<f64>,
    /// One robust standard deviation down and up, in the series' unit.
    scale: Vec<(f64, f64)>,
    is_never_negative: bool,
}

impl Baseline {
    pub(super) fn of(series: &Series, values: &[f64], named: &BTreeMap<usize, String>) -> Self {
        let few = count(named.len()) <= NAMED_SHARE_MAX * count(values.len());
        let is_usual = |t: usize| !(few && named.contains_key(&t));
        let phases: Vec<usize> = (0..values.len()).map(|t| phase(series, t)).collect();
        let half = half_width(series.grain);

        let usual: Vec<Option<f64>> = values
            .iter()
            .enumerate()
            .map(|(t, v)| is_usual(t).then_some(*v))
            .collect();
        let plain = running_median(&usual, half, values);
        let is_never_negative = values.iter().all(|v| *v >= 0.0);
        let is_relative = is_never_negative && plain.iter().all(|l| *l > 0.0);
        let neutral = if is_relative { 1.0 } else { 0.0 };
        let without = |v: f64, l: f64| if is_relative { v / l } else { v - l };
        let with = |l: f64, s: f64| if is_relative { l * s } else { l + s };

        // Twice: the level under the first seasons is smoother, and gives better ones.
        let mut level = plain.clone();
        let mut season = vec![(neutral, 0); values.len()];
        let mut adjusted = usual.clone();
        for _ in 0..2 {
            let ratios: Vec<Option<f64>> = usual
                .iter()
                .zip(&level)
                .map(|(v, l)| v.map(|v| without(v, *l)))
                .collect();
            season = seasons(&ratios, &phases, neutral);
            adjusted = usual
                .iter()
                .zip(&season)
                .map(|(v, (s, _))| {
                    v.filter(|_| !is_relative || *s > CLOSED)
                        .map(|v| without(v, *s))
                })
                .collect();
            level = running_median(&adjusted, half, &plain);
            if is_relative {
                for (l, p) in level.iter_mut().zip(&plain) {
                    if *l <= 0.0 {
                        *l = *p;
                    }
                }
            }
        }
        let expected: Vec<f64> = (0..values.len())
            .filter_map(|t| {
                let (value, (s, others)) = (*values.get(t)?, *season.get(t)?);
                let seasonal = with(*level.get(t)?, s);
                let near = *plain.get(t)?;
                let is_nearer = (value - near).abs() < (value - seasonal).abs();
                Some(if others < OTHERS_SURE && is_nearer {
                    near
                } else {
                    seasonal
                })
            })
            .collect();
        let unit = |t: usize| {
            if is_relative {
                level.get(t).copied().unwrap_or(1.0)
            } else {
                1.0
            }
        };
        let errors: Vec<Option<f64>> = values
            .iter()
            .zip(&expected)
            .enumerate()
            .map(|(t, (v, e))| is_usual(t).then(|| (v - e) / unit(t)))
            .collect();
        let scale = scales(&errors, &phases)
            .into_iter()
            .enumerate()
            .map(|(t, (down, up))| (down * unit(t), up * unit(t)))
            .collect();
        Self {
            level,
            season: season.into_iter().map(|(s, _)| s).collect(),
            adjusted,
            is_relative,
            expected,
            scale,
            is_never_negative,
        }
    }

    /// Expected ranges, so many robust standard deviations to each side.
    pub(super) fn ranges(&self, threshold: f64) -> Vec<Range> {
        let floor = if self.is_never_negative {
            0.0
        } else {
            f64::NEG_INFINITY
        };
        self.expected
            .iter()
            .zip(&self.scale)
            .map(|(expected, (down, up))| Range {
                expected: *expected,
                lower: (expected - threshold * down).max(floor),
                upper: threshold.mul_add(*up, *expected),
            })
            .collect()
    }

    /// A deviation in robust standard deviations.
    pub(super) fn score(&self, t: usize, off: f64) -> f64 {
        let (down, up) = self.scale.get(t).copied().unwrap_or((1.0, 1.0));
        let one = if off < 0.0 { down } else { up };
        if one > 0.0 {
            (off.abs() / one).min(SCORE_MAX)
        } else {
            SCORE_MAX
        }
    }

    /// A step's expectation at another level.
    pub(super) fn at_level(&self, t: usize, level: f64) -> f64 {
        let season = self.season.get(t).copied();
        if self.is_relative {
            level * season.unwrap_or(1.0)
        } else {
            level + season.unwrap_or(0.0)
        }
    }
}

/// The largest score: beyond it nobody cares, and where nothing ever varied it would be endless.
pub(super) const SCORE_MAX: f64 = 99.0;

/// Steps on each side of the running median.
pub(super) const fn half_width(grain: Grain) -> usize {
    match grain {
        Grain::Day => 14,
        Grain::Week | Grain::Month => 6,
        Grain::Quarter | Grain::Year => 2,
    }
}

/// Which phase of its season a step is.
pub(super) fn phase(series: &Series, t: usize) -> usize {
    let day = series.day(t);
    let of = |n: i32| usize::try_from(n).unwrap_or(0);
    match series.grain {
        Grain::Day => of(day.0.rem_euclid(7)),
        Grain::Week => of(((i32::from(day.date().day_of_year()) - 1) / 7).min(51)),
        Grain::Month => of(i32::from(day.date().month()) - 1),
        Grain::Quarter => of((i32::from(day.date().month()) - 1) / 3),
        Grain::Year => t,
    }
}

/// The median of each step's neighbourhood; `otherwise` where nothing is known there.
fn running_median(values: &[Option<f64>], half: usize, otherwise: &[f64]) -> Vec<f64> {
    let mut window = Sliding::new(values);
    otherwise
        .iter()
        .enumerate()
        .map(|(t, instead)| {
            let around = window.median(t.saturating_sub(half), t + half + 1);
            around.map_or(*instead, |(middle, _)| middle)
        })
        .collect()
}

/// What is known of each phase, in order of time.
fn by_phase(values: &[Option<f64>], phases: &[usize]) -> Vec<Vec<f64>> {
    let mut of_phase = vec![Vec::new(); phases.iter().max().map_or(0, |last| last + 1)];
    for (value, phase) in values.iter().zip(phases) {
        if let (Some(value), Some(of_phase)) = (value, of_phase.get_mut(*phase)) {
            of_phase.push(*value);
        }
    }
    of_phase
}

/// For each step, the median of the others of its phase, and how many there are.
fn seasons(ratios: &[Option<f64>], phases: &[usize], neutral: f64) -> Vec<(f64, usize)> {
    let mut of_phase = by_phase(ratios, phases);
    for sorted in &mut of_phase {
        sorted.sort_unstable_by(f64::total_cmp);
    }
    ratios
        .iter()
        .zip(phases)
        .map(|(own, phase)| {
            let sorted = of_phase.get(*phase).map_or(&[][..], Vec::as_slice);
            let own = own.map(|r| sorted.partition_point(|v| v.total_cmp(&r).is_lt()));
            let others = sorted.len() - usize::from(own.is_some());
            // The i-th of the others.
            let other = |i: usize| {
                sorted
                    .get(i + usize::from(own.is_some_and(|k| i >= k)))
                    .copied()
            };
            let middle = match others {
                0 => None,
                n if n % 2 == 1 => other(n / 2),
                n => other(n / 2 - 1)
                    .zip(other(n / 2))
                    .map(|(a, b)| f64::midpoint(a, b)),
            };
            (middle.unwrap_or(neutral), others)
        })
        .collect()
}

/// One robust standard deviation down and up, for each step.
fn scales(errors: &[Option<f64>], phases: &[usize]) -> Vec<(f64, f64)> {
    let known: Vec<f64> = errors.iter().filter_map(|e| *e).collect();
    let all = sigma(&known);
    let relative = |errors: &Vec<f64>| {
        let is_known = errors.len() >= PHASE_STEPS && all > 0.0;
        let own = is_known.then(|| sigma(errors) / all);
        own.map_or(1.0, |own| own.clamp(PHASE_SCALE.0, PHASE_SCALE.1))
    };
    let relative: Vec<f64> = by_phase(errors, phases).iter().map(relative).collect();
    let of_step = |phase: &usize| relative.get(*phase).copied().unwrap_or(1.0);
    let even: Vec<f64> = errors
        .iter()
        .zip(phases)
        .filter_map(|(e, phase)| e.map(|e| e / of_step(phase)))
        .collect();
    let side = |sign: f64| -> f64 {
        let one: Vec<f64> = even.iter().copied().filter(|e| e * sign > 0.0).collect();
        if one.len() >= SIDE_STEPS / 2 && even.len() >= SIDE_STEPS {
            with_tail(&one)
        } else {
            with_tail(&even)
        }
    };
    let (down, up) = (side(-1.0), side(1.0));
    phases
        .iter()
        .map(|phase| (down * of_step(phase), up * of_step(phase)))
        .collect()
}

/// The robust standard deviation, wider where the tails are heavier than a normal's.
fn with_tail(errors: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = errors.iter().map(|e| e.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let (Some(middle), Some(far)) = (quantile(&sizes, 0.5), quantile(&sizes, 0.95)) else {
        return 0.0;
    };
    let tail = if middle > 0.0 {
        (far / middle / NORMAL_TAIL).powi(2).clamp(1.0, TAIL_MAX)
    } else {
        TAIL_MAX
    };
    sigma(errors) * tail
}
