//! Numbers on a chart: round ticks and short labels, by whole-number arithmetic, so that every host writes the same.

use std::fmt::Write as _;

use crate::error::{Error, Result};

/// Nothing larger can be drawn; far above what a sum of scaled 64-bit integers reaches.
const DRAWABLE_MAX: f64 = 1e24;

/// Sizes of a tick's step, in tenths of a power of ten.
const STEP_TENTHS: [i128; 5] = [10, 20, 25, 50, 100];

/// What stands for a power of ten, largest first.
const SUFFIXES: [(u32, &str); 5] = [(18, "Qi"), (15, "Q"), (12, "T"), (9, "B"), (6, "M")];

/// An axis of numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// Where it begins.
    pub(super) low: f64,
    /// Where it ends.
    pub(super) high: f64,
    /// Values and labels, from low to high.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis over the values, with about so many steps, none finer than the last decimal place that the measure has.
    /// It starts at zero unless the values would then be a thin stripe far above it.
    ///
    /// # Errors
    /// `Internal` for values that are no numbers or cannot be drawn.
    pub(super) fn over(
        values: impl IntoIterator<Item = f64>,
        steps: u32,
        places: u8,
    ) -> Result<Self> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            if !value.is_finite() || value.abs() > DRAWABLE_MAX {
                return Err(Error::internal(
                    "the answer has a value that cannot be drawn",
                ));
            }
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 0.0);
        }
        if low > 0.0 && low < 0.75 * high || low >= high {
            low = low.min(0.0);
        }
        if high < 0.0 && high > 0.75 * low || low >= high {
            high = high.max(0.0);
        }
        let (tenths, power) = step((high - low) / f64::from(steps.max(1)), places);
        let size = tick(1, tenths, power);
        let first = whole((low / size).floor());
        let last = whole((high / size).ceil()).max(first + 1);
        let ticks = (first..=last).map(|n| tick(n, tenths, power));
        let labels = tick_labels(first, last, tenths, power);
        Ok(Self {
            low: tick(first, tenths, power),
            high: tick(last, tenths, power),
            ticks: ticks.zip(labels).collect(),
        })
    }

    /// Where a value lies, from 0 at the low end to 1 at the high end.
    pub(super) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// The step of an axis as (tenths, power of ten of one tenth).
fn step(raw: f64, places: u8) -> (i128, i32) {
    let finest = -i32::from(places);
    let (mut power, mut unit) = (0_i32, 1.0_f64);
    while unit * 10.0 <= raw {
        unit *= 10.0;
        power += 1;
    }
    while unit > raw && power > finest {
        power -= 1;
        unit = pow10(power);
    }
    for tenths in STEP_TENTHS {
        let is_too_fine = tenths % 10 != 0 && power - 1 < finest;
        let size = tick(1, tenths, power - 1);
        if size >= raw && !is_too_fine {
            return (tenths, power - 1);
        }
    }
    (100, power - 1)
}

fn tick(n: i128, tenths: i128, power: i32) -> f64 {
    let whole = real(n * tenths);
    if power < 0 {
        whole / pow10(-power)
    } else {
        whole * pow10(power)
    }
}

/// Labels of the ticks, all with the same suffix and decimals.
fn tick_labels(first: i128, last: i128, tenths: i128, power: i32) -> Vec<String> {
    let largest = tick(first.abs().max(last.abs()), tenths, power);
    let (shift, suffix) = suffix(largest, 1e4);
    let exponent = power - i32::try_from(shift).unwrap_or(0);
    let mut places = u32::try_from(-exponent).unwrap_or(0);
    let times = 10_i128.saturating_pow(u32::try_from(exponent).unwrap_or(0));
    let mut numbers: Vec<i128> = (first..=last)
        .map(|n| (n * tenths).saturating_mul(times))
        .collect();
    while places > 0 && numbers.iter().all(|n| n % 10 == 0) {
        places -= 1;
        for number in &mut numbers {
            *number /= 10;
        }
    }
    let label = |n: i128| match n {
        0 => "0".to_owned(),
        n => format!("{}{suffix}", decimal(n, places)),
    };
    numbers.into_iter().map(label).collect()
}

/// The power of ten that a number of this size is divided by, and what then stands behind it.
fn suffix(size: f64, thousands_from: f64) -> (u32, &'static str) {
    for (power, name) in SUFFIXES {
        if size >= pow10(i32::try_from(power).unwrap_or(0)) {
            return (power, name);
        }
    }
    if size >= thousands_from {
        (3, "k")
    } else {
        (0, "")
    }
}

/// How the values of one chart are written: alike, exact while they are short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// Power of ten that scaled integers are divided by.
    shift: u32,
    /// Decimals that remain.
    places: u32,
    suffix: &'static str,
}

impl Style {
    /// The style for values up to this size (natural units) with so many decimal places.
    pub(super) fn up_to(size: f64, places: u8) -> Self {
        let (power, name) = suffix(size, f64::INFINITY);
        let scale = u32::from(places);
        if size < 1e3 {
            Self {
                shift: 0,
                places: scale,
                suffix: "",
            }
        } else if size < 1e7 {
            Self {
                shift: scale,
                places: 0,
                suffix: "",
            }
        } else {
            let kept = if size < 10.0 * pow10(i32::try_from(power).unwrap_or(0)) {
                2
            } else {
                1
            };
            Self {
                shift: scale + power - kept,
                places: kept,
                suffix: name,
            }
        }
    }

    /// A scaled integer in this style.
    pub(super) fn write(self, scaled: i128) -> String {
        let by = 10_i128.saturating_pow(self.shift);
        let rounded = (scaled.abs() + by / 2) / by * scaled.signum();
        let suffix = if rounded == 0 { "" } else { self.suffix };
        let places = if rounded == 0 { 0 } else { self.places };
        format!("{}{suffix}", decimal(rounded, places))
    }
}

/// A share in percent, to one decimal; none where a share has no meaning.
pub(super) fn share(part: i64, total: i64) -> Option<String> {
    if total <= 0 || part < 0 {
        return None;
    }
    let (part, total) = (i128::from(part), i128::from(total));
    Some(format!(
        "{}%",
        decimal((part * 1000 + total / 2) / total, 1)
    ))
}

/// `n` / 10^places with thousands in groups.
fn decimal(n: i128, places: u32) -> String {
    let by = 10_i128.saturating_pow(places);
    let (whole, rest) = ((n / by).unsigned_abs().to_string(), (n % by).unsigned_abs());
    let mut out = String::from(if n < 0 { "\u{2212}" } else { "" });
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if places > 0 {
        let width = usize::try_from(places).unwrap_or(0);
        let _ = write!(out, ".{rest:0width$}");
    }
    out
}

/// The nearest whole number; none is 0.
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` saturates, and NaN becomes 0"
)]
pub(super) fn whole(value: f64) -> i128 {
    value.round() as i128
}

/// A count as a coordinate.
#[expect(
    clippy::cast_precision_loss,
    reason = "half a unit in the last place is far below a pixel"
)]
pub(super) fn real(value: i128) -> f64 {
    value as f64
}

/// A power of ten by multiplication alone: exact to 10^22, and the same bits everywhere.
fn pow10(power: i32) -> f64 {
    let mut out = 1.0;
    for _ in 0..power.unsigned_abs() {
        out *= 10.0;
    }
    if power < 0 { 1.0 / out } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], places: u8) -> Vec<String> {
        let axis = Axis::over(values.iter().copied(), 5, places).expect("drawable");
        axis.ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_every_value() {
        assert_eq!(
            labels(&[0.0, 12_400.0], 0),
            ["0", "2.5k", "5.0k", "7.5k", "10.0k", "12.5k"]
        );
        assert_eq!(
            labels(&[900.0, 4_100.0], 0),
            ["0", "1,000", "2,000", "3,000", "4,000", "5,000"]
        );
        assert_eq!(labels(&[1.0, 3.0], 0), ["0", "1", "2", "3"]);
        assert_eq!(
            labels(&[0.0, 0.07], 2),
            ["0", "0.02", "0.04", "0.06", "0.08"]
        );
        assert_eq!(
            labels(&[-40.0, 110.0], 0),
            ["\u{2212}50", "0", "50", "100", "150"]
        );
        assert_eq!(
            labels(&[9.1e18], 0),
            ["0", "2Qi", "4Qi", "6Qi", "8Qi", "10Qi"]
        );
    }

    #[test]
    fn the_axis_leaves_zero_only_for_a_thin_stripe() {
        assert_eq!(
            labels(&[960_000.0, 1_030_000.0], 0),
            ["0.96M", "0.98M", "1.00M", "1.02M", "1.04M"]
        );
        assert_eq!(labels(&[0.0, 0.0], 0), ["0", "1"]);
        assert_eq!(
            labels(&[], 2),
            ["0.00", "0.01"].map(|l| if l == "0.00" { "0" } else { l })
        );
        assert_eq!(labels(&[7.0, 7.0], 0), ["0", "2", "4", "6", "8"]);
        assert_eq!(
            labels(&[-7.0, -7.0], 0).last().map(String::as_str),
            Some("0")
        );
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        for value in [f64::NAN, f64::INFINITY, 1e30] {
            assert!(Axis::over([0.0, value], 5, 0).is_err());
        }
    }

    #[test]
    fn values_are_exact_while_short() {
        for (size, places, scaled, text) in [
            (999.0, 2, 99_950, "999.50"),
            (120_000.0, 2, 12_345_678, "123,457"),
            (9_999_999.0, 0, 1_234_567, "1,234,567"),
            (12_000_000.0, 0, 12_345_678, "12.3M"),
            (2.5e9, 2, 123_456_789_000, "1.23B"),
            (2.5e9, 2, 0, "0"),
            (50.0, 0, -7, "\u{2212}7"),
        ] {
            assert_eq!(Style::up_to(size, places).write(scaled), text);
        }
        assert_eq!(share(1, 3).as_deref(), Some("33.3%"));
        assert_eq!(share(-1, 3), None);
        assert_eq!(share(i64::MAX, i64::MAX).as_deref(), Some("100.0%"));
        assert_eq!(share(1, 0), None);
    }
}
