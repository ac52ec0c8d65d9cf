//! Nelder-Mead in a box: a few parameters, no derivatives, a fixed number of evaluations, the same steps on every host.
//!
//! Source: Nelder & Mead, A Simplex Method for Function Minimization, The Computer Journal 7 (1965); parameters that
//! leave the box are put back on its edge.

/// The most parameters that any model here searches over.
pub(super) const PARAMETERS_MAX: usize = 6;
/// Relative spread of the simplex' values at which the search ends.
const TOLERANCE: f64 = 1e-7;

/// Parameters; those past a model's own number are zero.
pub(super) type Point = [f64; PARAMETERS_MAX];

/// One parameter: where the search starts, how far its first step goes, and the box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) start: f64,
    pub(super) step: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

/// The lowest point found in at most `evaluations` evaluations, and its value.
///
/// Values that are not finite count as infinitely bad. Parameters past [`PARAMETERS_MAX`] are not searched.
pub(super) fn minimise(
    parameters: &[Parameter],
    evaluations: usize,
    mut cost: impl FnMut(&Point) -> f64,
) -> (Point, f64) {
    let parameters = parameters.get(..PARAMETERS_MAX).unwrap_or(parameters);
    let n = parameters.len();
    let mut left = evaluations;
    let mut measure = |point: &Point| {
        let value = cost(point);
        if value.is_finite() { value } else { f64::MAX }
    };
    let boxed = |point: &mut Point| {
        for (x, p) in point.iter_mut().zip(parameters) {
            *x = x.clamp(p.least, p.most);
        }
    };
    let mut start = [0.0; PARAMETERS_MAX];
    for (x, p) in start.iter_mut().zip(parameters) {
        *x = p.start.clamp(p.least, p.most);
    }
    let mut simplex: Vec<(Point, f64)> = Vec::with_capacity(n + 1);
    simplex.push((start, measure(&start)));
    for (i, p) in parameters.iter().enumerate() {
        let mut corner = start;
        if let Some(x) = corner.get_mut(i) {
            // A step that would leave the box goes the other way.
            *x += if *x + p.step > p.most {
                -p.step
            } else {
                p.step
            };
        }
        boxed(&mut corner);
        simplex.push((corner, measure(&corner)));
    }
    left = left.saturating_sub(n + 1);
    let toward = |from: &Point, to: &Point, by: f64| {
        let mut at = [0.0; PARAMETERS_MAX];
        for ((x, a), b) in at.iter_mut().zip(from).zip(to) {
            *x = by * (b - a) + *a;
        }
        boxed(&mut at);
        at
    };
    while left > 0 && n > 0 {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (Some(best), Some(worst)) = (simplex.first().copied(), simplex.last().copied()) else {
            break;
        };
        if worst.1 - best.1 <= TOLERANCE * best.1.abs() + f64::MIN_POSITIVE {
            break;
        }
        let next_worst = simplex.get(n - 1).map_or(best.1, |s| s.1);
        let mut centre = [0.0; PARAMETERS_MAX];
        for (point, _) in simplex.iter().take(n) {
            for (c, x) in centre.iter_mut().zip(point) {
                *c += x / super::count(n);
            }
        }
        let reflected = toward(&worst.0, &centre, 2.0);
        let value = measure(&reflected);
        left -= 1;
        let replacement = if value < best.1 && left > 0 {
            let expanded = toward(&worst.0, &centre, 3.0);
            let further = measure(&expanded);
            left -= 1;
            if further < value {
                (expanded, further)
            } else {
                (reflected, value)
            }
        } else if value < next_worst {
            (reflected, value)
        } else if left > 0 {
            let outside = value < worst.1;
            let contracted = toward(&worst.0, &centre, if outside { 1.5 } else { 0.5 });
            let nearer = measure(&contracted);
            left -= 1;
            if nearer < value.min(worst.1) {
                (contracted, nearer)
            } else {
                for corner in simplex.iter_mut().skip(1) {
                    let moved = toward(&best.0, &corner.0, 0.5);
                    *corner = (moved, measure(&moved));
                }
                left = left.saturating_sub(n);
                continue;
            }
        } else {
            break;
        };
        if let Some(last) = simplex.last_mut() {
            *last = replacement;
        }
    }
    simplex
        .into_iter()
        .reduce(|a, b| if b.1 < a.1 { b } else { a })
        .unwrap_or((start, f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(start: f64, least: f64, most: f64) -> Parameter {
        Parameter {
            start,
            step: 0.3,
            least,
            most,
        }
    }

    #[test]
    fn finds_the_bottom_of_a_valley() {
        let parameters = [parameter(-1.2, -5.0, 5.0), parameter(1.0, -5.0, 5.0)];
        let (at, value) = minimise(&parameters, 300, |p| {
            let (x, y) = (p[0], p[1]);
            100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2)
        });
        assert!(value < 1e-5, "{at:?} {value}");
    }

    #[test]
    fn stays_in_the_box_and_within_its_evaluations() {
        let parameters = [parameter(0.5, 0.1, 0.9), parameter(0.5, 0.1, 0.9)];
        let mut evaluations = 0;
        let (at, _) = minimise(&parameters, 60, |p| {
            evaluations += 1;
            assert!(p.iter().take(2).all(|x| (0.1..=0.9).contains(x)));
            -p[0] - p[1]
        });
        assert!(at[0] > 0.89 && at[1] > 0.89);
        // A shrink in the last round may overshoot by one simplex.
        assert!(evaluations <= 62);
    }

    #[test]
    fn nothing_finite_and_nothing_to_search_are_survived() {
        let (at, value) = minimise(&[parameter(0.5, 0.0, 1.0)], 20, |_| f64::NAN);
        assert!((0.0..=1.0).contains(&at[0]) && value >= f64::MAX);
        assert!((minimise(&[], 20, |_| 3.0).1 - 3.0).abs() < f64::EPSILON);
    }
}
