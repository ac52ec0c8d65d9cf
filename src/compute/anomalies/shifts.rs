//! Levels that changed and stayed.
//!
//! At each step the median of a window before is held against that of one after, without the season. A shift has to be
//! large: four standard deviations of such a difference of medians, by the noise of steps and, in a long history, by how
//! much these differences usually wander; and a share of the level. It has to last: both halves of what follows are on
//! the new side, and both of what came before on the old one. It has to be abrupt: most of it happens around the step. And where another year can be seen, the same
//! must not have happened at the same time in it: that would be a season.
//!
//! Source: the idea of two windows is that of Kifer, Ben-David & Gehrke, Detecting change in data streams, VLDB 2004;
//! `1.2533 sigma / sqrt(n)` is the standard error of a median of normal errors.

use super::expected::{Baseline, SCORE_MAX};
use super::{Anomaly, Kind};
use crate::compute::robust::{Sliding, count, median, sigma};
use crate::model::Grain;

/// How many of its standard deviations a shift is.
const SIGMAS: f64 = 3.5;
/// The least change, as a share of the level before.
const SHARE_MIN: f64 = 0.15;
/// How much of it has to happen around the step.
const ABRUPT: f64 = 0.6;
/// A half of a window is near its level within this share of the change.
const NEAR: f64 = 0.4;
/// A change at the same time of another year of this share of the size makes it a season.
const SEASONAL: f64 = 0.5;
/// The standard error of a median over that of a mean.
const MEDIAN_OVER_MEAN: f64 = 1.253_314_137_315_5;
/// Windows in a history from which its own wandering is known.
const WANDER_WINDOWS: usize = 10;

/// Steps of a window, the least that a shift has to last, and steps of a year.
const fn windows(grain: Grain) -> Option<(usize, usize, usize)> {
    match grain {
        Grain::Day => Some((42, 14, 364)),
        Grain::Week => Some((12, 4, 52)),
        Grain::Month => Some((6, 3, 12)),
        Grain::Quarter => Some((4, 2, 4)),
        Grain::Year => None,
    }
}

/// The shifts, most severe first; `actual` and `name` are left to the caller.
pub(super) fn shifts(
    grain: Grain,
    baseline: &Baseline,
    is_out: &impl Fn(usize) -> bool,
    threshold: f64,
) -> Vec<Anomaly> {
    let Some((window, lasting, year)) = windows(grain) else {
        return Vec::new();
    };
    let series = Adjusted {
        values: baseline
            .adjusted
            .iter()
            .enumerate()
            .map(|(t, v)| v.filter(|_| !is_out(t)))
            .collect(),
        window,
        lasting,
    };
    let n = series.values.len();
    let changes = series.changes();
    let noise = sigma(&series.errors(&baseline.level));
    let wander = if n >= WANDER_WINDOWS * window {
        let known = changes.iter().flatten().map(|c| c.after - c.before);
        sigma(&known.collect::<Vec<_>>())
    } else {
        0.0
    };
    let score = |c: &Change| {
        let error = noise
            * MEDIAN_OVER_MEAN
            * (1.0 / count(c.steps_before) + 1.0 / count(c.steps_after)).sqrt();
        let one = error.max(wander);
        if one > 0.0 {
            ((c.after - c.before).abs() / one).min(SCORE_MAX)
        } else {
            SCORE_MAX
        }
    };
    let mut order: Vec<(f64, usize, Change)> = changes
        .iter()
        .enumerate()
        .filter_map(|(t, c)| c.map(|c| (score(&c), t, c)))
        .filter(|(score, _, c)| {
            *score >= SIGMAS
                && (c.after - c.before).abs() >= (SHARE_MIN * c.before.abs()).max(f64::MIN_POSITIVE)
        })
        .collect();
    order.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));

    let mut found: Vec<Anomaly> = Vec::new();
    for (score, t, change) in order {
        let at = series.place(t, &change);
        let is_taken = found.iter().any(|f| f.index.abs_diff(at) < window);
        if is_taken || !series.is_lasting(at, &change) || !series.is_abrupt(at, &change) {
            continue;
        }
        let again = |there: Option<usize>| {
            there
                .and_then(|there| *changes.get(there)?)
                .is_some_and(|c| {
                    c.relative() * change.relative().signum() >= SEASONAL * change.relative().abs()
                })
        };
        if again(at.checked_sub(year)) || again(Some(at + year)) {
            continue;
        }
        let steps = (n - at).min(window);
        let expected: f64 = (at..at + steps)
            .map(|s| baseline.at_level(s, change.before))
            .sum();
        let spread = threshold * (change.after - change.before).abs() / score * count(steps);
        found.push(Anomaly {
            kind: if change.after > change.before {
                Kind::ShiftUp
            } else {
                Kind::ShiftDown
            },
            index: at,
            steps,
            actual: 0,
            expected,
            lower: expected - spread,
            upper: expected + spread,
            score,
            name: None,
        });
    }
    found
}

/// A series without its season.
struct Adjusted {
    values: Vec<Option<f64>>,
    window: usize,
    lasting: usize,
}

/// Medians around a step.
#[derive(Clone, Copy)]
struct Change {
    before: f64,
    after: f64,
    steps_before: usize,
    steps_after: usize,
}

impl Change {
    /// The change as a share of the larger level: alike for a rise and the fall that undoes it.
    fn relative(&self) -> f64 {
        (self.after - self.before)
            / self
                .before
                .abs()
                .max(self.after.abs())
                .max(f64::MIN_POSITIVE)
    }
}

impl Adjusted {
    fn between(&self, from: usize, to: usize) -> Vec<f64> {
        let known = self.values.iter().take(to).skip(from);
        known.filter_map(|v| *v).collect()
    }

    /// Around each step; none where too little is known on a side.
    fn changes(&self) -> Vec<Option<Change>> {
        // What comes before a step is what came after the one a window ago.
        let mut sliding = Sliding::new(&self.values);
        let ends = self.window..self.values.len() + self.window;
        let early = (0..self.window).map(|end| (0, end));
        let windows = early.chain(ends.map(|end| (end - self.window, end)));
        let medians: Vec<_> = windows.map(|(from, to)| sliding.median(from, to)).collect();
        let after = medians.iter().skip(self.window);
        let pairs = medians.iter().zip(after);
        pairs
            .map(|(before, after)| {
                let ((before, steps_before), (after, steps_after)) = before.zip(*after)?;
                (steps_before >= self.lasting && steps_after >= self.lasting).then_some(Change {
                    before,
                    after,
                    steps_before,
                    steps_after,
                })
            })
            .collect()
    }

    fn errors(&self, level: &[f64]) -> Vec<f64> {
        let pairs = self.values.iter().zip(level);
        pairs.filter_map(|(v, l)| v.map(|v| v - l)).collect()
    }

    /// The step near `t` that best parts the two levels, by absolute errors.
    fn place(&self, t: usize, change: &Change) -> usize {
        let from = t.saturating_sub(self.lasting);
        let cost = |v: f64| (v - change.before).abs() - (v - change.after).abs();
        let (mut best, mut least, mut sum) = (from, 0.0, 0.0);
        for (at, value) in self
            .values
            .iter()
            .enumerate()
            .take(t + self.lasting)
            .skip(from)
        {
            sum += value.map_or(0.0, cost);
            if sum < least {
                (best, least) = (at + 1, sum);
            }
        }
        // A closed day is on neither level.
        let closed = self.values.iter().skip(best).take_while(|v| v.is_none());
        best + closed.count()
    }

    /// Whether both halves of what follows are near the new level, and both of what came before near the old one.
    fn is_lasting(&self, at: usize, change: &Change) -> bool {
        let start = at.saturating_sub(self.window);
        let end = self.values.len().min(at + self.window);
        let (early, late) = (usize::midpoint(start, at), usize::midpoint(at, end));
        let near = NEAR * (change.after - change.before).abs();
        let is_near = |from, to, level: f64| {
            median(self.between(from, to)).is_some_and(|m| (m - level).abs() < near)
        };
        end >= at + self.lasting
            && is_near(start, early, change.before)
            && is_near(early, at, change.before)
            && is_near(at, late, change.after)
            && is_near(late, end, change.after)
    }

    /// Whether most of the change happens around the step, and two levels fit better than a line through both windows: a
    /// season or a trend that climbs for weeks is no shift.
    fn is_abrupt(&self, at: usize, change: &Change) -> bool {
        let near = self.lasting.div_ceil(2).max(2);
        let before = median(self.between(at.saturating_sub(near), at));
        let after = median(self.between(at, at + near));
        let whole = change.after - change.before;
        let is_near = before
            .zip(after)
            .is_some_and(|(b, a)| (a - b) * whole.signum() >= ABRUPT * whole.abs());
        is_near && self.is_no_line(at, change)
    }

    /// Compares absolute errors of the two levels with those of Tukey's resistant line (through the medians of the outer
    /// thirds).
    fn is_no_line(&self, at: usize, change: &Change) -> bool {
        let from = at.saturating_sub(self.window);
        let to = self.values.len().min(at + self.window);
        let points: Vec<(usize, f64)> = (from..to)
            .filter_map(|t| Some((t, (*self.values.get(t)?)?)))
            .collect();
        let third = points.len() / 3;
        let middle = |part: &[(usize, f64)]| {
            let x = median(part.iter().map(|(t, _)| count(*t)))?;
            Some((x, median(part.iter().map(|(_, v)| *v))?))
        };
        let ends = middle(points.get(..third).unwrap_or_default()).zip(middle(
            points.get(points.len() - third..).unwrap_or_default(),
        ));
        let Some((left, right)) = ends else {
            return true;
        };
        let slope = (right.1 - left.1) / (right.0 - left.0).max(1.0);
        let around = |(t, v): &(usize, f64)| v - slope * count(*t);
        let base = median(points.iter().map(around)).unwrap_or(0.0);
        let of_line: f64 = points.iter().map(|p| (around(p) - base).abs()).sum();
        let of_levels: f64 = points
            .iter()
            .map(|(t, v)| (v - if *t < at { change.before } else { change.after }).abs())
            .sum();
        of_levels < of_line
    }
}
