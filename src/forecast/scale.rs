//! Values brought near one by a power of two, so that no sum of squares over- or underflows; exact both ways.

/// The power of two that a series is divided by.
#[derive(Debug, Clone, Copy)]
pub(super) struct PowerOfTwo(i32);

impl PowerOfTwo {
    pub(super) fn of(values: &[f64]) -> Self {
        let largest = values.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
        Self(libm::frexp(largest).1)
    }

    pub(super) fn into_scaled(self, values: &[f64]) -> Vec<f64> {
        values.iter().map(|v| libm::ldexp(*v, -self.0)).collect()
    }

    pub(super) fn out_of_scaled(self, values: &[f64]) -> Vec<f64> {
        values.iter().map(|v| libm::ldexp(*v, self.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_exact() {
        for values in [vec![1e-300, 3e-300], vec![-7.1e23, 2.0], vec![0.1, 0.7]] {
            let unit = PowerOfTwo::of(&values);
            let scaled = unit.into_scaled(&values);
            assert!(scaled.iter().all(|v| v.abs() <= 1.0));
            assert_eq!(unit.out_of_scaled(&scaled), values);
        }
    }
}
