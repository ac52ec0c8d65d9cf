//! Ridge regression by normal equations: small, symmetric, solved by Cholesky's method.

/// The Gram matrix and moments of a regression that is built row by row.
#[derive(Debug, Clone)]
pub(super) struct Normal {
    columns: usize,
    /// Lower triangle, row by row.
    gram: Vec<f64>,
    moments: Vec<f64>,
    /// Sum of squares of what is explained.
    squares: f64,
    rows: usize,
}

impl Normal {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns,
            gram: vec![0.0; columns * (columns + 1) / 2],
            moments: vec![0.0; columns],
            squares: 0.0,
            rows: 0,
        }
    }

    /// Counts one row of `columns` values.
    pub(super) fn add(&mut self, row: &[f64], y: f64) {
        let mut cells = self.gram.iter_mut();
        for (i, a) in row.iter().take(self.columns).enumerate() {
            for (cell, b) in cells.by_ref().take(i + 1).zip(row) {
                *cell = a.mul_add(*b, *cell);
            }
        }
        for (m, a) in self.moments.iter_mut().zip(row) {
            *m = a.mul_add(y, *m);
        }
        self.squares = y.mul_add(y, self.squares);
        self.rows += 1;
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// The coefficients under a penalty for each column (only as many columns as there are penalties are used), and the
    /// sum of squared residuals; none where the columns depend on each other and nothing is penalised.
    pub(super) fn solve(&self, penalties: &[f64]) -> Option<(Vec<f64>, f64)> {
        let n = penalties.len().min(self.columns);
        let at = |i: usize, j: usize| i * (i + 1) / 2 + j;
        let mut factor = self.gram.get(..n * (n + 1) / 2)?.to_vec();
        for i in 0..n {
            for j in 0..=i {
                let mut sum = *factor.get(at(i, j))?;
                if i == j {
                    sum += penalties.get(i)?;
                }
                for k in 0..j {
                    sum -= factor.get(at(i, k))? * factor.get(at(j, k))?;
                }
                let value = if i == j {
                    let scale = self.gram.get(at(i, i))?.abs() + penalties.get(i)?;
                    if sum.is_nan() || sum <= scale * 1e-12 {
                        return None;
                    }
                    sum.sqrt()
                } else {
                    sum / factor.get(at(j, j))?
                };
                *factor.get_mut(at(i, j))? = value;
            }
        }
        let mut x: Vec<f64> = self.moments.get(..n)?.to_vec();
        for i in 0..n {
            let known: f64 = (0..i)
                .filter_map(|k| Some(factor.get(at(i, k))? * x.get(k)?))
                .sum();
            let value = (x.get(i)? - known) / factor.get(at(i, i))?;
            *x.get_mut(i)? = value;
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n)
                .filter_map(|k| Some(factor.get(at(k, i))? * x.get(k)?))
                .sum();
            let value = (x.get(i)? - known) / factor.get(at(i, i))?;
            *x.get_mut(i)? = value;
        }
        // y'y - 2 b'X'y + b'X'X b
        let mut residual = self.squares;
        for (i, a) in x.iter().enumerate() {
            residual -= 2.0 * a * self.moments.get(i)?;
            for (j, b) in x.iter().enumerate() {
                let cell = if j <= i { at(i, j) } else { at(j, i) };
                residual += a * b * self.gram.get(cell)?;
            }
        }
        let fine = residual.is_finite() && x.iter().all(|v| v.is_finite());
        fine.then(|| (x, residual.max(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_found_and_a_penalty_shrinks() {
        let mut normal = Normal::new(3);
        for t in 0..20_u32 {
            let (a, b) = (f64::from(t), f64::from((t * 7) % 5));
            normal.add(&[1.0, a, b], 2.0 + 0.5 * a - 3.0 * b);
        }
        let (x, residual) = normal.solve(&[0.0; 3]).unwrap();
        for (got, expected) in x.iter().zip([2.0, 0.5, -3.0]) {
            assert!((got - expected).abs() < 1e-9, "{x:?}");
        }
        assert!(residual < 1e-8 && normal.rows() == 20);
        let (shrunk, residual) = normal.solve(&[0.0, 0.0, 100.0]).unwrap();
        assert!(shrunk[2].abs() < 2.0 && residual > 1.0);
        assert_eq!(normal.solve(&[0.0; 2]).unwrap().0.len(), 2);
    }

    #[test]
    fn columns_that_say_the_same_have_no_answer_unless_penalised() {
        let mut normal = Normal::new(2);
        for t in 0..9_u32 {
            normal.add(&[f64::from(t), 2.0 * f64::from(t)], f64::from(t));
        }
        assert!(normal.solve(&[0.0, 0.0]).is_none());
        assert!(normal.solve(&[0.1, 0.1]).is_some());
    }
}
