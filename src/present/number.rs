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

/// A scaled integer that may be missing, as JSON.
#[must_use]
pub fn json_or_null(value: Option<i64>, scale: u8) -> Value {
    value.map_or(Value::Null, |value| json(value, scale))
}

/// A change for people: `+1,234.50`.
#[must_use]
pub fn signed(value: i64, scale: u8) -> String {
    let sign = if value > 0 { "+" } else { "" };
    format!("{sign}{}", text(value, scale))
}

/// A change of a share for people: `+12.3 %`.
#[must_use]
pub fn signed_percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}", percent(share))
}

/// The change from one value to another as a share of the first; none where that is not above 0.
#[must_use]
pub fn growth(value: i64, before: i64) -> Option<f64> {
    (before > 0).then(|| natural(value, 0) / natural(before, 0) - 1.0)
}

/// A natural value as a scaled integer, halves away from zero. Values past 64 bits saturate; NaN is 0.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "saturates by definition")]
pub fn round(value: f64, scale: u8) -> i64 {
    (value * pow10(scale)).round() as i64
}

/// Natural values of a tree as scaled integers that add up as the values do: each node's is shared among its children by
/// largest remainders (Hare and Niemeyer's method), from the total down, so that none is further than one from its value.
/// Children come after their parent; node 0 is the total. Where doubles do not hold every integer, the leaves are rounded
/// and added up.
#[must_use]
pub fn round_tree(values: &[f64], parents: &[Option<usize>], scale: u8) -> Vec<i64> {
    let mut rounded: Vec<i64> = values.iter().map(|v| round(*v, scale)).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); values.len()];
    for (node, parent) in parents.iter().enumerate() {
        if let Some(list) = parent.and_then(|p| children.get_mut(p)) {
            list.push(node);
        }
    }
    if rounded.iter().any(|v| v.unsigned_abs() > EXACT_MAX) {
        for (node, below) in children.iter().enumerate().rev() {
            let each = below.iter().filter_map(|c| rounded.get(*c));
            let sum = each.fold(0_i64, |sum, v| sum.saturating_add(*v));
            if let (Some(slot), false) = (rounded.get_mut(node), below.is_empty()) {
                *slot = sum;
            }
        }
        return rounded;
    }
    for (node, below) in children.iter().enumerate() {
        let mut left = rounded.get(node).copied().unwrap_or(0);
        let mut parts: Vec<(usize, f64)> = Vec::with_capacity(below.len());
        for child in below {
            let value = values.get(*child).copied().unwrap_or(0.0) * pow10(scale);
            let floor = round(value.floor(), 0);
            left -= floor;
            parts.push((*child, value - value.floor()));
            if let Some(slot) = rounded.get_mut(*child) {
                *slot = floor;
            }
        }
        // Equal remainders go to the first; a sum that is off by rounding may leave more or less than one for each.
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let number = i64::try_from(parts.len()).unwrap_or(i64::MAX).max(1);
        let (each, more) = (left.div_euclid(number), left.rem_euclid(number));
        for ((child, _), rank) in parts.iter().zip(0_i64..) {
            if let Some(slot) = rounded.get_mut(*child) {
                *slot += each + i64::from(rank < more);
            }
        }
    }
    rounded
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
    fn what_is_shown_of_a_tree_adds_up() {
        let parents = [None, Some(0), Some(0), Some(1), Some(1), Some(1), Some(2)];
        let values = [7.4, 2.9, 4.5, 0.966, 0.967, 0.967, 4.5];
        // 7 is shared as 3 and 4, though 4.5 alone would be 5.
        assert_eq!(round_tree(&values, &parents, 0), [7, 3, 4, 1, 1, 1, 4]);
        assert_eq!(
            round_tree(&values, &parents, 2),
            [740, 290, 450, 96, 97, 97, 450]
        );
        let signed = [-0.6, 1.2, -1.8];
        assert_eq!(
            round_tree(&signed, &[None, Some(0), Some(0)], 0),
            [-1, 1, -2]
        );
        let thirds = [1.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0];
        let flat = [None, Some(0), Some(0), Some(0)];
        assert_eq!(round_tree(&thirds, &flat, 2), [100, 34, 33, 33]);
        let huge = [3e16, 1e16, 1e16, 1e16];
        assert_eq!(round_tree(&huge, &flat, 0)[0], 30_000_000_000_000_000);
        assert!(round_tree(&[], &[], 0).is_empty());
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
