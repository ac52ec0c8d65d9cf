//! Least squares with a quadratic penalty on some coefficients and an absolute one on the others, solved exactly.
//!
//! The first are eliminated (a Schur complement), the rest found by an active set that keeps the sign of each change of
//! slope: the feature-sign search of Lee, Battle, Raina & Ng, Efficient sparse coding algorithms, 2007.
#![expect(
    clippy::indexing_slicing,
    reason = "base and knots are the counts that `System::new` sized every vector with"
)]

use super::cholesky::Cholesky;
use super::vector::dot;
use crate::limits::PROPHET_ACTIVE_SET_STEPS;

/// The normal equations J'J x = J'z, with the quadratically penalised coefficients first.
#[derive(Debug, Clone)]
pub(super) struct System {
    /// Coefficients with a quadratic penalty.
    pub(super) base: usize,
    /// Coefficients with an absolute penalty.
    pub(super) knots: usize,
    /// Lower triangle of J'J among the first: `[base x base]`.
    pub(super) gram: Vec<f64>,
    /// J'J between each of the second and the first: `[knots x base]`.
    pub(super) cross: Vec<f64>,
    /// J'J among the second, both triangles: `[knots x knots]`.
    pub(super) knot_gram: Vec<f64>,
    /// J'z of the first: `[base]`.
    pub(super) right: Vec<f64>,
    /// J'z of the second: `[knots]`.
    pub(super) knot_right: Vec<f64>,
}

impl System {
    pub(super) fn new(base: usize, knots: usize) -> Self {
        Self {
            base,
            knots,
            gram: vec![0.0; base * base],
            cross: vec![0.0; knots * base],
            knot_gram: vec![0.0; knots * knots],
            right: vec![0.0; base],
            knot_right: vec![0.0; knots],
        }
    }

    /// J'J, both triangles, the quadratically penalised coefficients first.
    pub(super) fn whole(&self) -> Vec<f64> {
        let (base, size) = (self.base, self.base + self.knots);
        let mut whole = vec![0.0; size * size];
        let mut set = |i: usize, j: usize, value: f64| {
            whole[i * size + j] = value;
            whole[j * size + i] = value;
        };
        for i in 0..base {
            for j in 0..=i {
                set(i, j, self.gram[i * base + j]);
            }
        }
        for i in 0..self.knots {
            for j in 0..base {
                set(base + i, j, self.cross[i * base + j]);
            }
            for j in 0..=i {
                set(base + i, base + j, self.knot_gram[i * self.knots + j]);
            }
        }
        whole
    }

    /// The x that minimises |z - Jx|^2 / 2 + sum of ridge x^2 / 2 + lasso * sum of |x| over the second coefficients.
    ///
    /// `start` is a guess of the second coefficients; a good one saves steps. Returns both parts.
    pub(super) fn solve(&self, ridge: &[f64], lasso: f64, start: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (base, knots) = (self.base, self.knots);
        let mut gram = self.gram.clone();
        for (i, penalty) in ridge.iter().enumerate() {
            gram[i * base + i] += penalty;
        }
        let factor = Cholesky::of(gram, base);
        let mut right = self.right.clone();
        factor.forward(&mut right);
        let mut cross = self.cross.clone();
        for column in cross.chunks_exact_mut(base) {
            factor.forward(column);
        }
        let row = |j: usize| &cross[j * base..(j + 1) * base];
        let mut schur = self.knot_gram.clone();
        let mut rest = self.knot_right.clone();
        for j in 0..knots {
            rest[j] -= dot(row(j), &right);
            for l in 0..=j {
                let value = schur[j * knots + l] - dot(row(j), row(l));
                schur[j * knots + l] = value;
                schur[l * knots + j] = value;
            }
        }
        let changes = active_set(&schur, &rest, lasso, start);
        for (j, change) in changes.iter().enumerate() {
            for (r, c) in right.iter_mut().zip(row(j)) {
                *r -= change * c;
            }
        }
        factor.backward(&mut right);
        (right, changes)
    }
}

/// The x that minimises x'Ax / 2 - b'x + lasso * sum |x|.
fn active_set(a: &[f64], b: &[f64], lasso: f64, start: &[f64]) -> Vec<f64> {
    let size = b.len();
    let mut x = start.to_vec();
    let mut signs: Vec<f64> = x.iter().map(|v| sign(*v)).collect();
    // An entry that leaves in the step in which it came would come again for ever.
    let mut barred = vec![false; size];
    let mut newest = None;
    for _ in 0..PROPHET_ACTIVE_SET_STEPS {
        let active: Vec<usize> = (0..size).filter(|j| signs[*j] != 0.0).collect();
        let target = solve_active(a, b, lasso, &signs, &active);
        // The first of the active entries to pass zero on the way to the target.
        let mut way = 1.0;
        let mut leaves = None;
        for (j, aim) in active.iter().zip(&target) {
            if aim * signs[*j] <= 0.0 {
                let share = x[*j] / (x[*j] - aim);
                let share = if share.is_finite() { share } else { 0.0 };
                if leaves.is_none() || share < way {
                    (way, leaves) = (share, Some(*j));
                }
            }
        }
        for (j, aim) in active.iter().zip(&target) {
            x[*j] += way * (aim - x[*j]);
        }
        if let Some(j) = leaves {
            barred[j] |= newest == Some(j) && way <= 0.0;
            (x[j], signs[j]) = (0.0, 0.0);
            continue;
        }
        let pull = |j: usize| b[j] - dot(&a[j * size..(j + 1) * size], &x);
        newest = (0..size)
            .filter(|j| signs[*j] == 0.0 && !barred[*j])
            .map(|j| (j, pull(j)))
            .filter(|(_, pull)| pull.abs() > lasso * (1.0 + 1e-9))
            .max_by(|(_, p), (_, q)| p.abs().total_cmp(&q.abs()))
            .map(|(j, pull)| {
                signs[j] = sign(pull);
                j
            });
        if newest.is_none() {
            break;
        }
    }
    x
}

fn solve_active(a: &[f64], b: &[f64], lasso: f64, signs: &[f64], active: &[usize]) -> Vec<f64> {
    let (size, n) = (b.len(), active.len());
    let mut part = vec![0.0; n * n];
    for (row, i) in active.iter().enumerate() {
        for (column, j) in active.iter().enumerate() {
            part[row * n + column] = a[i * size + j];
        }
    }
    let factor = Cholesky::of(part, n);
    let mut x: Vec<f64> = active.iter().map(|j| b[*j] - lasso * signs[*j]).collect();
    factor.forward(&mut x);
    factor.backward(&mut x);
    x
}

fn sign(value: f64) -> f64 {
    if value > 0.0 {
        1.0
    } else if value < 0.0 {
        -1.0
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::prophet::draws::Draws;

    #[test]
    fn no_coefficient_can_be_improved() {
        let (rows, base, knots) = (40, 3, 6);
        for seed in 0..30 {
            let mut random = Draws::new(seed);
            let mut system = System::new(base, knots);
            for _ in 0..rows {
                let shared = random.normal();
                let row: Vec<f64> = (0..base + knots)
                    .map(|_| shared + random.normal())
                    .collect();
                let z = row[0] + 0.5 * row[4] + 0.3 * random.normal();
                for i in 0..base + knots {
                    for j in 0..base + knots {
                        let product = row[i] * row[j];
                        match (i.checked_sub(base), j.checked_sub(base)) {
                            (None, None) if j <= i => system.gram[i * base + j] += product,
                            (Some(i), None) => system.cross[i * base + j] += product,
                            (Some(i), Some(j)) => system.knot_gram[i * knots + j] += product,
                            _ => {}
                        }
                    }
                    match i.checked_sub(base) {
                        None => system.right[i] += row[i] * z,
                        Some(i) => system.knot_right[i] += row[base + i] * z,
                    }
                }
            }
            let (ridge, lasso) = (
                0.7,
                [0.01, 2.0, 12.0, 1e4][usize::try_from(seed % 4).unwrap()],
            );
            let start = vec![if seed % 2 == 0 { 0.0 } else { -1.0 }; knots];
            let (x, changes) = system.solve(&[ridge; 3], lasso, &start);
            let all: Vec<f64> = x.iter().chain(&changes).copied().collect();
            for (i, row) in system.whole().chunks(base + knots).enumerate() {
                let right = system
                    .right
                    .iter()
                    .chain(&system.knot_right)
                    .nth(i)
                    .unwrap();
                let pull = right - dot(row, &all);
                match i.checked_sub(base) {
                    None => assert!((pull - ridge * all[i]).abs() < 1e-8, "{pull}"),
                    Some(_) if all[i] == 0.0 => assert!(pull.abs() <= lasso * 1.000_001),
                    Some(_) => assert!((pull - lasso * sign(all[i])).abs() < 1e-6 * lasso.max(1.0)),
                }
            }
            assert_eq!(
                changes.iter().all(|c| *c == 0.0),
                lasso > 1e3,
                "{changes:?}"
            );
        }
    }
}
