//! Descent along quasi-Newton directions with the settings and stopping rules of Stan's optimiser.
//!
//! Prophet's answer is where Stan stops, and with Laplace priors that is short of the optimum: on the kinks of the
//! posterior the line search ends the descent. Forecasts agree with Prophet's only if the same path is taken.
//!
//! L-BFGS and the search for a step that meets the strong Wolfe conditions: Nocedal & Wright, Numerical Optimization,
//! 2006, algorithms 7.4, 3.5 and 3.6.

use super::vector::{add, dot, minus};
use crate::limits::{PROPHET_DESCENT_EVALUATIONS, PROPHET_FIT_PRODUCTS};
use std::collections::VecDeque;

/// Pairs of steps and gradient changes that directions are made from.
const MEMORY: usize = 5;
/// The first step along the gradient.
const FIRST_STEP: f64 = 1e-3;
/// The decrease and the flattening that the Wolfe conditions ask for.
const WOLFE: (f64, f64) = (1e-4, 0.9);
/// The shortest step.
const STEP_MIN: f64 = 1e-12;
/// Ten times longer steps that are tried in one search.
const STRETCHES_MAX: usize = 20;
/// Halvings of a step that leaves the domain.
const RETREATS_MAX: usize = 10;
/// Ends of the descent: changes of value, gradient and position; then the first two relative to the value.
const VALUE_CHANGE_MIN: f64 = 1e-12;
const GRADIENT_MIN: f64 = 1e-8;
const MOVE_MIN: f64 = 1e-8;
const RELATIVE_CHANGE_MIN: f64 = 1e4 * f64::EPSILON;
const RELATIVE_GRADIENT_MIN: f64 = 1e7 * f64::EPSILON;

/// A position with its value and gradient.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

/// A step along a direction: its length, and value and slope there.
#[derive(Debug, Clone, Copy)]
struct Probe {
    length: f64,
    value: f64,
    slope: f64,
}

/// A function of a position that fills in its gradient; not finite outside of its domain.
pub(super) trait Surface {
    /// Multiplications of one evaluation, about.
    fn products(&self) -> usize;

    fn at(&self, x: &[f64], gradient: &mut [f64]) -> f64;
}

struct Walk<'a, S> {
    surface: &'a S,
    evaluations: usize,
    evaluations_max: usize,
}

/// Descends from `x` until the rules say stop; none if no step down is found from the gradient itself.
pub(super) fn descend<S: Surface>(surface: &S, x: Vec<f64>) -> Option<(Point, usize)> {
    let mut walk = Walk {
        surface,
        evaluations: 0,
        evaluations_max: (PROPHET_FIT_PRODUCTS / surface.products().max(1))
            .min(PROPHET_DESCENT_EVALUATIONS),
    };
    let mut at = walk.visit(x)?;
    let mut direction: Vec<f64> = at.gradient.iter().map(|g| -g).collect();
    let mut memory: VecDeque<(Vec<f64>, Vec<f64>, f64)> = VecDeque::with_capacity(MEMORY + 1);
    // The step before: its start's slope, its length and the gain of value.
    let mut before: Option<(Probe, Vec<f64>)> = None;
    while walk.evaluations < walk.evaluations_max {
        let fresh = before.is_none();
        let length = before.as_ref().map_or(FIRST_STEP, |(probe, old)| {
            let end = Probe {
                slope: dot(&at.gradient, old),
                ..*probe
            };
            (1.01 * cubic_minimum(probe.slope, end, STEP_MIN, 1.0)).min(1.0)
        });
        let Some((next, length)) = walk.search(&at, &direction, length) else {
            if fresh {
                return None;
            }
            // Forget the curvature and try the gradient.
            memory.clear();
            before = None;
            direction = at.gradient.iter().map(|g| -g).collect();
            continue;
        };
        let step = minus(&next.x, &at.x);
        let change = minus(&next.gradient, &at.gradient);
        let along = dot(&step, &change);
        let square = dot(&change, &change);
        let slope = dot(&at.gradient, &direction);
        let gain = next.value - at.value;
        let rescale = if fresh { square / along } else { 1.0 };
        memory.push_back((step, change, 1.0 / along));
        if memory.len() > MEMORY {
            memory.pop_front();
        }
        let old = direction.iter().map(|d| d / rescale).collect();
        before = Some((
            Probe {
                length: length * rescale,
                value: gain,
                slope: slope / rescale,
            },
            old,
        ));
        direction = quasi_newton(&memory, along / square, &next.gradient);
        let size = next.value.abs().max(1.0);
        let moved = memory.back().map_or(0.0, |(step, _, _)| dot(step, step));
        let done = gain.abs() < VALUE_CHANGE_MIN
            || dot(&next.gradient, &next.gradient).sqrt() < GRADIENT_MIN
            || moved.sqrt() < MOVE_MIN
            || gain.abs() / size.max(at.value.abs()) < RELATIVE_CHANGE_MIN
            || -dot(&direction, &next.gradient) / size < RELATIVE_GRADIENT_MIN;
        at = next;
        if done {
            break;
        }
    }
    Some((at, walk.evaluations))
}

/// Minus the gradient times the inverse of the curvature that the remembered steps saw.
fn quasi_newton(
    memory: &VecDeque<(Vec<f64>, Vec<f64>, f64)>,
    scale: f64,
    gradient: &[f64],
) -> Vec<f64> {
    let mut p: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for (step, change, inverse) in memory.iter().rev() {
        let share = inverse * dot(step, &p);
        add(&mut p, -share, change);
        shares.push(share);
    }
    for p in &mut p {
        *p *= scale;
    }
    for ((step, change, inverse), share) in memory.iter().zip(shares.into_iter().rev()) {
        let other = inverse * dot(change, &p);
        add(&mut p, share - other, step);
    }
    p
}

impl<S: Surface> Walk<'_, S> {
    fn visit(&mut self, x: Vec<f64>) -> Option<Point> {
        self.evaluations += 1;
        let mut gradient = vec![0.0; x.len()];
        let value = self.surface.at(&x, &mut gradient);
        (value.is_finite() && gradient.iter().all(|g| g.is_finite())).then_some(Point {
            x,
            value,
            gradient,
        })
    }

    fn along(&mut self, at: &Point, direction: &[f64], length: f64) -> Option<(Point, Probe)> {
        let mut x = at.x.clone();
        add(&mut x, length, direction);
        let point = self.visit(x)?;
        let probe = Probe {
            length,
            value: point.value,
            slope: dot(&point.gradient, direction),
        };
        Some((point, probe))
    }

    /// A step that meets the strong Wolfe conditions, and its length.
    fn search(&mut self, at: &Point, direction: &[f64], first: f64) -> Option<(Point, f64)> {
        let start = Probe {
            length: 0.0,
            value: at.value,
            slope: dot(&at.gradient, direction),
        };
        let mut last = Probe {
            length: STEP_MIN,
            ..start
        };
        let mut length = first;
        let mut retreats = 0;
        let mut stretches = 0;
        while stretches < STRETCHES_MAX {
            let Some((point, probe)) = self.along(at, direction, length) else {
                if retreats >= RETREATS_MAX {
                    return None;
                }
                retreats += 1;
                length = 0.5 * (last.length + length);
                continue;
            };
            retreats = 0;
            // The decrease is asked of the first length, also where a longer step is tried.
            let enough = start.value + first * WOLFE.0 * start.slope;
            if probe.value > enough || (probe.value >= last.value && stretches > 0) {
                return self.narrow(at, direction, start, (last, probe));
            }
            if probe.slope.abs() <= -WOLFE.1 * start.slope {
                return Some((point, length));
            }
            if probe.slope >= 0.0 {
                return self.narrow(at, direction, start, (probe, last));
            }
            last = probe;
            length *= 10.0;
            stretches += 1;
        }
        None
    }

    /// Narrows the stretch between a good and a bad step until a step in it meets the conditions.
    fn narrow(
        &mut self,
        at: &Point,
        direction: &[f64],
        start: Probe,
        (mut good, mut bad): (Probe, Probe),
    ) -> Option<(Point, f64)> {
        for round in 1_u32.. {
            let (low, high) = (good.length.min(bad.length), good.length.max(bad.length));
            if high - low < 1e-16 || self.evaluations >= self.evaluations_max {
                return None;
            }
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                return None;
            }
            let mut length = if round.is_multiple_of(5) {
                middle
            } else {
                between(good, bad)
                    .filter(|l| *l >= low + 0.01 * (high - low) && *l <= high - 0.01 * (high - low))
                    .unwrap_or(middle)
            };
            let (point, probe) = loop {
                if let Some(found) = self.along(at, direction, length) {
                    break found;
                }
                length = 0.5 * (length + low);
                if length - low < 1e-16 || self.evaluations >= self.evaluations_max {
                    return None;
                }
            };
            let enough = start.value + length * WOLFE.0 * start.slope;
            if probe.value > enough || probe.value >= good.value {
                bad = probe;
            } else {
                if probe.slope.abs() <= -WOLFE.1 * start.slope {
                    return Some((point, length));
                }
                if probe.slope * (bad.length - good.length) >= 0.0 {
                    bad = good;
                }
                good = probe;
            }
        }
        None
    }
}

/// The minimum of the cubic through two probes; none if it has none.
fn between(good: Probe, bad: Probe) -> Option<f64> {
    let d1 = good.slope + bad.slope - 3.0 * (good.value - bad.value) / (good.length - bad.length);
    let root = (d1 * d1 - good.slope * bad.slope).sqrt();
    let d2 = if bad.length < good.length {
        -root
    } else {
        root
    };
    let length = bad.length
        - (bad.length - good.length) * (bad.slope + d2 - d1) / (bad.slope - good.slope + 2.0 * d2);
    length.is_finite().then_some(length)
}

/// Where the cubic that starts at 0 with this slope and passes through `end` is least, between two bounds.
fn cubic_minimum(slope: f64, end: Probe, low: f64, high: f64) -> f64 {
    let x = end.length;
    let third = (-12.0 * end.value + 6.0 * x * (slope + end.slope)) / (x * x * x);
    let second = -(4.0 * slope + 2.0 * end.slope) / x + 6.0 * end.value / (x * x);
    let root = (second * second - 2.0 * slope * third).sqrt();
    let value = |x: f64| x * (x * (x * third / 3.0 + second) / 2.0 + slope);
    let mut best = low;
    let inside = |x: f64| low < x && x < high;
    let flat = [-(second + root) / third, -(second - root) / third];
    for candidate in std::iter::once(high).chain(flat.into_iter().filter(|x| inside(*x))) {
        if value(candidate) < value(best) {
            best = candidate;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Landscape(fn(&[f64]) -> (f64, [f64; 2]));

    impl Surface for Landscape {
        fn products(&self) -> usize {
            2
        }

        fn at(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
            let (value, slopes) = self.0(x);
            gradient.copy_from_slice(&slopes);
            value
        }
    }

    #[test]
    fn follows_a_bent_valley_to_its_end() {
        let valley = Landscape(|x| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            let slopes = [-2.0 * a - 400.0 * x[0] * b, 200.0 * b];
            (a * a + 100.0 * b * b, slopes)
        });
        let (end, evaluations) = descend(&valley, vec![-1.2, 1.0]).unwrap();
        assert!(end.x.iter().all(|x| (x - 1.0).abs() < 1e-4), "{end:?}");
        assert!(evaluations < 200, "{evaluations}");
    }

    #[test]
    fn stops_on_a_kink_and_outside_of_the_domain() {
        let kink = Landscape(|x| {
            let side = if x[0] > 0.0 { 1.0 } else { -1.0 };
            (x[0].abs() + x[1] * x[1], [side, 2.0 * x[1]])
        });
        let end = descend(&kink, vec![3.0, 2.0]);
        assert!(end.is_none_or(|(end, _)| end.x.iter().all(|x| x.is_finite())));
        assert!(descend(&Landscape(|_| (f64::NAN, [0.0; 2])), vec![0.0; 2]).is_none());
        let hole = Landscape(|x| (if x[0] < 1.0 { f64::NAN } else { x[0] }, [1.0, 0.0]));
        assert!(descend(&hole, vec![1.0, 0.0]).is_none());
    }
}
