//! A straight line through the first and the last value.
//!
//! Source: Hyndman & Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), section 5.2.

use super::super::count;
use super::super::fit::{Fit, Fitted};

#[derive(Debug)]
pub(in crate::forecast) struct Drift;

#[derive(Debug)]
struct Line {
    last: f64,
    slope: f64,
}

impl Fit for Drift {
    fn fit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        match values {
            [first, .., last] => Ok(Box::new(Line {
                last: *last,
                slope: (last - first) / count(values.len() - 1),
            })),
            _ => Err("needs two values".into()),
        }
    }
}

impl Fitted for Line {
    fn name(&self) -> String {
        "drift".into()
    }

    fn refit(&self, values: &[f64]) -> Result<Box<dyn Fitted>, String> {
        Drift.fit(values)
    }

    fn predict(&self, steps: usize) -> Vec<f64> {
        (1..=steps)
            .map(|h| self.slope.mul_add(count(h), self.last))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continues_the_line() {
        let fitted = Drift.fit(&[1.0, 7.0, 5.0]).unwrap();
        assert_eq!(fitted.predict(2), [7.0, 9.0]);
        assert!(Drift.fit(&[1.0]).is_err());
    }
}
