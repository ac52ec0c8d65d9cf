//! Symmetric positive definite systems, small and dense.
#![expect(
    clippy::indexing_slicing,
    reason = "rows and columns stay below `size`, and a matrix has size x size values"
)]

use super::vector::dot;

/// A pivot that falls to this share of its diagonal has lost its digits: its unknown is left at zero.
const PIVOT_SHARE_MIN: f64 = 1e-14;

/// The lower factor L of a matrix L L'.
#[derive(Debug, Clone)]
pub(super) struct Cholesky {
    size: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors a matrix given by its lower triangle, row by row: `[size x size]`.
    ///
    /// Columns that depend on earlier ones are dropped: their unknowns come out as zero.
    pub(super) fn of(mut matrix: Vec<f64>, size: usize) -> Self {
        for i in 0..size {
            let (above, rest) = matrix.split_at_mut(i * size);
            let row = &mut rest[..size];
            for j in 0..i {
                let other = &above[j * size..=j * size + j];
                let known = dot(&row[..j], &other[..j]);
                row[j] = (row[j] - known) / other[j];
            }
            let known = dot(&row[..i], &row[..i]);
            let pivot = row[i] - known;
            row[i] = if pivot > PIVOT_SHARE_MIN * row[i] && pivot.is_finite() {
                pivot.sqrt()
            } else {
                f64::INFINITY
            };
        }
        Self {
            size,
            lower: matrix,
        }
    }

    /// Solves L x = b in place.
    pub(super) fn forward(&self, b: &mut [f64]) {
        for i in 0..self.size {
            let row = &self.lower[i * self.size..=i * self.size + i];
            let known = dot(&row[..i], &b[..i]);
            b[i] = (b[i] - known) / row[i];
        }
    }

    /// Solves L' x = b in place.
    pub(super) fn backward(&self, b: &mut [f64]) {
        for i in (0..self.size).rev() {
            let row = &self.lower[i * self.size..=i * self.size + i];
            b[i] /= row[i];
            let x = b[i];
            for (b, l) in b[..i].iter_mut().zip(row) {
                *b -= l * x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solve(matrix: &[f64], b: &[f64]) -> Vec<f64> {
        let factor = Cholesky::of(matrix.to_vec(), b.len());
        let mut x = b.to_vec();
        factor.forward(&mut x);
        factor.backward(&mut x);
        x
    }

    #[test]
    fn solves_and_drops_what_repeats() {
        let x = solve(
            &[4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0],
            &[11.0, 21.0, 25.0],
        );
        for (x, known) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((x - known).abs() < 1e-12, "{x}");
        }
        // The second unknown says what the first says.
        assert_eq!(solve(&[4.0, 0.0, 4.0, 4.0], &[8.0, 8.0]), [2.0, 0.0]);
        assert_eq!(solve(&[0.0], &[3.0]), [0.0]);
    }
}
