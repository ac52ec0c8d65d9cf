//! The one place where numbers are rounded and written.

use serde_json::Value;

/// JSON numbers are read as doubles by most clients: larger integers are written as strings.
const EXACT_MAX: u64 = 1 << 53;

/// A scaled integer as JSON: a number, or a decimal string where a double could not hold it.
#[must_use]
pub fn json(value: i64, scale: u8) -> Value {
    if value.unsigned_abs() > EXACT_MAX {
        return Value::String(plain(value, scale));
    }
    if scale == 0 {
        return Value::from(value);
    }
    // Both operands are exact, so the quotient is the double nearest to the decimal, which is written back as just that.
    #[expect(clippy::cast_precision_loss, reason = "bounded by EXACT_MAX")]
    let quotient = value as f64 / pow10(scale);
    // A whole amount is written 12, not 12.0.
    #[expect(clippy::cast_possible_truncation, reason = "bounded by EXACT_MAX")]
    if quotient.fract() == 0.0 {
        Value::from(quotient as i64)
    } else {
        Value::from(quotient)
    }
}

/// A scaled integer in plain decimal digits: `-1234.50`.
#[must_use]
pub fn plain(value: i64, scale: u8) -> String {
    write(value, scale, false)
}

/// A scaled integer for people: `-1,234.50`.
#[must_use]
pub fn text(value: i64, scale: u8) -> String {
    write(value, scale, true)
}

/// A natural value as a scaled integer, halves away from zero. Values past 64 bits saturate; NaN is 0.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "saturates by definition")]
pub fn round(value: f64, scale: u8) -> i64 {
    (value * pow10(scale)).round() as i64
}

/// A scaled integer as a natural value.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "forecasts are in doubles")]
pub fn natural(value: i64, scale: u8) -> f64 {
    value as f64 / pow10(scale)
}

/// A share or a ratio as JSON, to four decimals.
#[must_use]
pub fn ratio(value: f64) -> Value {
    if value.is_finite() {
        json(round(value, 4), 4)
    } else {
        Value::Null
    }
}

/// A share from 0 to 1 as percent: `12.3 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{} %", text(round(share * 100.0, 1), 1))
}

fn pow10(scale: u8) -> f64 {
    10_f64.powi(i32::from(scale))
}

fn write(value: i64, scale: u8, grouped: bool) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let mut out = String::with_capacity(digits.len() + 8);
    if value < 0 {
        out.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if grouped && i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if scale > 0 {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(json(123_456, 2).to_string(), "1234.56");
        assert_eq!(json(10, 2).to_string(), "0.1");
        assert_eq!(json(1_200, 2).to_string(), "12");
        assert_eq!(json(-5, 3).to_string(), "-0.005");
        assert_eq!(
            json(9_007_199_254_740_993, 2),
            Value::String("90071992547409.93".into())
        );
        assert_eq!(text(-1_234_567_890, 2), "-12,345,678.90");
        assert_eq!(text(999, 0), "999");
        assert_eq!(plain(7, 3), "0.007");
        assert_eq!(text(i64::MIN, 0), "-9,223,372,036,854,775,808");
    }

    #[test]
    fn rounding_is_half_away_from_zero_and_never_wraps() {
        assert_eq!(round(2.5, 0), 3);
        assert_eq!(round(-2.5, 0), -3);
        assert_eq!(round(1.005, 2), 100);
        assert_eq!(round(1e300, 2), i64::MAX);
        assert_eq!(round(f64::NAN, 2), 0);
    }
}
