//! Puts sums, or ratios of sums, in order. Equal ones stay in order of code, and so of name.

use std::cmp::Ordering;

use super::aggregate::CodeSums;
use crate::error::{Error, Result};
use crate::model::manifest::{Derived, Measure};
use crate::model::query::Order;

/// A ranking by code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Code and value, best first.
    pub rows: Vec<(usize, i64)>,
    /// The sum, or the ratio of the sums, of all rows.
    pub total: i64,
    /// Codes with cells whose ratio is not defined, since what it is divided by is 0.
    pub undefined: usize,
}

/// How the integers of a ratio are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scales {
    result: u8,
    above: u8,
    below: u8,
}

impl Scales {
    /// Those of a derived measure.
    #[must_use]
    pub const fn new(derived: &Derived, above: &Measure, below: &Measure) -> Self {
        Self {
            result: derived.scale,
            above: above.scale,
            below: below.scale,
        }
    }

    /// `above / below`, rounded half away from zero to the result's scale; none if `below` is 0.
    ///
    /// # Errors
    /// `OverBudget` if it passes 64 bits.
    #[must_use]
    pub fn divide(self, above: i64, below: i64) -> Option<Result<i64>> {
        if below == 0 {
            return None;
        }
        let (up, down) = (
            u32::from(self.result) + u32::from(self.below),
            u32::from(self.above),
        );
        // 10^12 at most on either side: within 128 bits.
        let above = i128::from(above) * 10_i128.pow(up);
        let below = i128::from(below) * 10_i128.pow(down);
        let half = below.abs() / 2;
        let rounded = (above.abs() + half) / below.abs();
        let signed = if (above < 0) == (below < 0) {
            rounded
        } else {
            -rounded
        };
        Some(i64::try_from(signed).map_err(|_| {
            Error::over_budget("a ratio passes 64 bits: narrow the filters or the period")
        }))
    }
}

/// Ranks the first measure.
///
/// # Errors   `OverBudget` if the total passes 64 bits
pub fn of_sums(sums: &CodeSums, order: Order) -> Result<Ranked> {
    let mut rows: Vec<(usize, i64)> = (0..sums.len())
        .filter_map(|code| Some((code, *sums.get(code)?.first()?)))
        .collect();
    let total = add_up(rows.iter().map(|row| row.1))?;
    rows.sort_by(|a, b| ordered(order, a.1.cmp(&b.1)));
    Ok(Ranked {
        rows,
        total,
        undefined: 0,
    })
}

/// Ranks the first measure divided by the second, as exact fractions.
///
/// # Errors   `OverBudget` if a sum or ratio passes 64 bits
pub fn of_ratios(sums: &CodeSums, order: Order, scales: Scales) -> Result<Ranked> {
    let mut found = Vec::new();
    let mut undefined = 0;
    for code in 0..sums.len() {
        let Some(&[above, below]) = sums.get(code) else {
            continue;
        };
        match scales.divide(above, below) {
            Some(value) => found.push((code, value?, above, below)),
            None => undefined += 1,
        }
    }
    let total = scales.divide(
        add_up(found.iter().map(|row| row.2))?,
        add_up(found.iter().map(|row| row.3))?,
    );
    found.sort_by(|a, b| ordered(order, fractions((a.2, a.3), (b.2, b.3))));
    Ok(Ranked {
        rows: found.iter().map(|row| (row.0, row.1)).collect(),
        total: total.unwrap_or(Ok(0))?,
        undefined,
    })
}

/// Compares `a.0 / a.1` with `b.0 / b.1`; neither is divided by 0.
fn fractions(a: (i64, i64), b: (i64, i64)) -> Ordering {
    let (left, right) = (
        i128::from(a.0) * i128::from(b.1),
        i128::from(b.0) * i128::from(a.1),
    );
    if (a.1 < 0) == (b.1 < 0) {
        left.cmp(&right)
    } else {
        right.cmp(&left)
    }
}

fn ordered(order: Order, ascending: Ordering) -> Ordering {
    match order {
        Order::Asc => ascending,
        Order::Desc => ascending.reverse(),
    }
}

fn add_up(mut values: impl Iterator<Item = i64>) -> Result<i64> {
    values.try_fold(0_i64, i64::checked_add).ok_or_else(|| {
        Error::over_budget("the total passes 64 bits: narrow the filters or the period")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICE: Scales = Scales {
        result: 2,
        above: 2,
        below: 0,
    };

    #[test]
    fn ratios_are_rounded_once_and_compared_exactly() {
        let of = |above, below| PRICE.divide(above, below).map(|v| v.expect("fits"));
        assert_eq!(of(1_000, 3), Some(333));
        assert_eq!(of(500, 3), Some(167), "1.666... is 1.67");
        assert_eq!(of(-1, 2), Some(-1), "half away from zero");
        assert_eq!(of(-500, -3), Some(167));
        assert_eq!(of(7, 0), None);
        assert!(
            Scales {
                result: 6,
                above: 0,
                below: 6
            }
            .divide(i64::MAX, 1)
            .expect("defined")
            .is_err()
        );
        // Both are 333.33 rounded, and differ.
        assert_eq!(fractions((100_000, 300), (100_001, 300)), Ordering::Less);
        assert_eq!(fractions((1, -2), (1, 2)), Ordering::Less);
        assert_eq!(fractions((-1, -2), (1, 2)), Ordering::Equal);
        assert_eq!(fractions((1, 2), (-3, -4)), Ordering::Less);
    }
}
