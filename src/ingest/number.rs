//! Numbers as people write them: thousands separators, decimal commas, currency signs, negatives in parentheses.

use crate::limits::SCALE_MAX;

/// Which character separates the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decimal {
    /// `1,234.50`
    #[default]
    Point,
    /// `1.234,50`
    Comma,
}

impl Decimal {
    /// The character.
    #[must_use]
    pub const fn char(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Nothing, or a word for nothing.
    Empty,
    /// A number without trailing zeros.
    Value(Number),
    /// A number with more decimals than are kept.
    TooFine,
    /// A number that no 64-bit integer holds.
    TooLarge,
    /// Something else.
    NotANumber,
}

/// `mantissa / 10^decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// All digits.
    pub mantissa: i64,
    /// How many of them are decimals; at most [`SCALE_MAX`].
    pub decimals: u8,
    /// Whether noise of binary floating point (`0.30000000000000004`) was rounded off.
    pub denoised: bool,
}

impl Number {
    /// The integer at a scale, rounded half away from zero where that has fewer decimals; and whether it was rounded.
    #[must_use]
    pub fn at_scale(self, scale: u8) -> Option<(i64, bool)> {
        if scale >= self.decimals {
            let factor = 10_i64.checked_pow(u32::from(scale - self.decimals))?;
            return Some((self.mantissa.checked_mul(factor)?, false));
        }
        let factor = 10_i64.checked_pow(u32::from(self.decimals - scale))?;
        let (whole, rest) = (self.mantissa / factor, self.mantissa % factor);
        let away = i64::from(rest.abs() >= factor / 2) * self.mantissa.signum();
        Some((whole + away, rest != 0))
    }
}

/// What a quantity and a price come to, exactly; with more decimals than are kept it is too fine, unless it is to be
/// rounded half away from zero.
#[must_use]
pub fn product(quantity: Number, price: Number, round: bool) -> Reading {
    let mut mantissa = i128::from(quantity.mantissa) * i128::from(price.mantissa);
    let mut decimals = quantity.decimals + price.decimals;
    while decimals > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        decimals -= 1;
    }
    if decimals > SCALE_MAX {
        if !round {
            return Reading::TooFine;
        }
        let factor = 10_i128.pow(u32::from(decimals - SCALE_MAX));
        let away = i128::from((mantissa % factor).abs() * 2 >= factor) * mantissa.signum();
        mantissa = mantissa / factor + away;
        decimals = SCALE_MAX;
    }
    i64::try_from(mantissa).map_or(Reading::TooLarge, |mantissa| {
        Reading::Value(Number {
            mantissa,
            decimals,
            denoised: quantity.denoised || price.denoised,
        })
    })
}

/// Signs and codes of currencies that may stand beside a number.
pub const CURRENCY_SIGNS: [(char, &str); 10] = [
    ('$', "USD"),
    ('€', "EUR"),
    ('£', "GBP"),
    ('¥', "JPY"),
    ('₹', "INR"),
    ('₩', "KRW"),
    ('₽', "RUB"),
    ('₺', "TRY"),
    ('₫', "VND"),
    ('₴', "UAH"),
];

const EMPTY_WORDS: [&str; 10] = [
    "-", "–", "—", "na", "n/a", "#n/a", "nan", "null", "none", "nil",
];

/// Whether a field holds nothing.
#[must_use]
pub fn is_empty(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || (text.len() < 5 && EMPTY_WORDS.iter().any(|w| text.eq_ignore_ascii_case(w)))
}

/// Whether a field is a number in either notation.
#[must_use]
pub fn is_number(text: &str) -> bool {
    [Decimal::Point, Decimal::Comma]
        .iter()
        .any(|d| !matches!(read(text, *d), Reading::Empty | Reading::NotANumber))
}

/// What a number says about the notation of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// It must be a decimal point.
    Point,
    /// It must be a decimal comma.
    Comma,
    /// `1,234`: thousands in one notation, decimals in the other.
    EitherComma,
    /// `1.234`, likewise.
    EitherPoint,
    /// Only digits, or no number.
    Nothing,
}

/// What a field says about the notation of its file.
#[must_use]
pub fn hint(text: &str) -> Hint {
    let point = matches!(
        read(text, Decimal::Point),
        Reading::Value(_) | Reading::TooFine
    );
    let comma = matches!(
        read(text, Decimal::Comma),
        Reading::Value(_) | Reading::TooFine
    );
    match (point, comma, text.contains(','), text.contains('.')) {
        (true, true, true, _) => Hint::EitherComma,
        (true, true, _, true) => Hint::EitherPoint,
        (true, false, ..) => Hint::Point,
        (false, true, ..) => Hint::Comma,
        _ => Hint::Nothing,
    }
}

/// Reads a number.
#[must_use]
pub fn read(text: &str, decimal: Decimal) -> Reading {
    parse(text, decimal, false)
}

/// Reads a number; one with more decimals than are kept is rounded half away from zero.
#[must_use]
pub fn read_rounded(text: &str, decimal: Decimal) -> Reading {
    parse(text, decimal, true)
}

fn parse(text: &str, decimal: Decimal, round: bool) -> Reading {
    if let Some(number) = plain(text.as_bytes(), decimal) {
        return Reading::Value(number);
    }
    if is_empty(text) {
        return Reading::Empty;
    }
    let Some((body, negative)) = unwrap(text) else {
        return Reading::NotANumber;
    };
    let (body, exponent) = match body.split_once(['e', 'E']) {
        None => (body, 0),
        Some((body, power)) => match power.parse::<i32>() {
            Ok(power) if (-18..=18).contains(&power) => (body, power),
            _ => return Reading::NotANumber,
        },
    };
    let (whole, fraction) = match body.split_once(decimal.char()) {
        None => (body, ""),
        Some(parts) => parts,
    };
    let Some(mut digits) = ungroup(whole, decimal) else {
        return Reading::NotANumber;
    };
    let digit = |b: u8| b.is_ascii_digit();
    if !fraction.bytes().all(digit) || (whole.is_empty() && fraction.is_empty()) {
        return Reading::NotANumber;
    }
    digits.push_str(fraction);
    scaled(&digits, fraction.len(), exponent, negative, round)
}

/// The common case, quickly: an optional minus, digits, at most one decimal separator, short enough to fit.
fn plain(bytes: &[u8], decimal: Decimal) -> Option<Number> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        all => (false, all),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let (mut mantissa, mut decimals, mut zeros, mut point) = (0_i64, 0_u8, 0_u8, false);
    for (i, &b) in digits.iter().enumerate() {
        match b {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + i64::from(b - b'0');
                if point {
                    decimals += 1;
                    zeros = if b == b'0' { zeros + 1 } else { 0 };
                }
            }
            _ if char::from(b) == decimal.char() && !point && i > 0 && i + 1 < digits.len() => {
                point = true;
            }
            _ => return None,
        }
    }
    if decimals - zeros > SCALE_MAX {
        return None;
    }
    for _ in 0..zeros {
        mantissa /= 10;
    }
    Some(Number {
        mantissa: if negative { -mantissa } else { mantissa },
        decimals: decimals - zeros,
        denoised: false,
    })
}

/// Takes away spaces, currency, one sign or a pair of parentheses.
fn unwrap(text: &str) -> Option<(&str, bool)> {
    let mut text = text.trim();
    let mut signs = 0;
    let mut negative = false;
    let mut currencies = 0;
    loop {
        let before = text;
        text = text.trim();
        if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            (text, negative, signs) = (inner, true, signs + 1);
        }
        for minus in ['-', '\u{2212}'] {
            let inner = text
                .strip_prefix(minus)
                .or_else(|| text.strip_suffix(minus));
            if let Some(inner) = inner {
                (text, negative, signs) = (inner, true, signs + 1);
            }
        }
        if let Some(inner) = text.strip_prefix('+') {
            (text, signs) = (inner, signs + 1);
        }
        for (sign, code) in CURRENCY_SIGNS {
            let inner = text
                .strip_prefix(sign)
                .or_else(|| text.strip_suffix(sign))
                .or_else(|| text.strip_prefix(code))
                .or_else(|| text.strip_suffix(code));
            if let Some(inner) = inner {
                (text, currencies) = (inner, currencies + 1);
            }
        }
        if text == before {
            break;
        }
    }
    (signs <= 1 && currencies <= 1 && !text.is_empty()).then_some((text, negative))
}

/// The digits of the whole part without its thousands separators, which must stand where such do (or as in India).
fn ungroup(whole: &str, decimal: Decimal) -> Option<String> {
    let mut separator = None;
    for c in whole.chars().filter(|c| !c.is_ascii_digit()) {
        let fits = matches!(
            c,
            ',' | '.' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' | '_'
        );
        if !fits || c == decimal.char() || separator.is_some_and(|s| s != c) {
            return None;
        }
        separator = Some(c);
    }
    let Some(separator) = separator else {
        return Some(whole.to_owned());
    };
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, rest) = groups.split_first()?;
    let (last, middle) = rest.split_last()?;
    let even = |n: usize| middle.iter().all(|g| g.len() == n);
    let good = (1..=3).contains(&first.len())
        && last.len() == 3
        && (even(3) || (even(2) && first.len() <= 2));
    good.then(|| groups.concat())
}

fn scaled(digits: &str, decimals: usize, exponent: i32, negative: bool, round: bool) -> Reading {
    let mut digits: Vec<u8> = digits.bytes().map(|b| b - b'0').collect();
    let Ok(mut decimals) = i32::try_from(decimals) else {
        return Reading::TooFine;
    };
    decimals -= exponent;
    let finest = i32::from(SCALE_MAX);
    while decimals > 0 && digits.last() == Some(&0) {
        digits.pop();
        decimals -= 1;
    }
    let mut denoised = false;
    let mut carry = 0;
    if decimals > finest {
        let surplus = usize::try_from(decimals - finest).unwrap_or(usize::MAX);
        while digits.len() < surplus {
            digits.insert(0, 0);
        }
        let tail = digits.split_off(digits.len() - surplus);
        // Three nines or zeros after the last decimal that is kept: what binary floating point leaves behind.
        match tail.get(..3) {
            Some([9, 9, 9]) => (carry, denoised) = (1, true),
            Some([0, 0, 0]) => denoised = true,
            _ if round => carry = i64::from(tail.first().is_some_and(|d| *d >= 5)),
            _ => return Reading::TooFine,
        }
        decimals = finest;
    }
    let mut mantissa: i64 = 0;
    let zeros = usize::try_from(-decimals).unwrap_or(0);
    digits.resize(digits.len() + zeros, 0);
    for digit in digits {
        let next = mantissa
            .checked_mul(10)
            .and_then(|m| m.checked_add(i64::from(digit)));
        let Some(next) = next else {
            return Reading::TooLarge;
        };
        mantissa = next;
    }
    let Some(mut mantissa) = mantissa.checked_add(carry) else {
        return Reading::TooLarge;
    };
    let mut decimals = u8::try_from(decimals.max(0)).unwrap_or(SCALE_MAX);
    while decimals > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        decimals -= 1;
    }
    Reading::Value(Number {
        mantissa: if negative { -mantissa } else { mantissa },
        decimals,
        denoised,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_many_notations() {
        let cases = [
            ("6.0", Decimal::Point, 6, 0),
            ("1,234.50", Decimal::Point, 12345, 1),
            ("1.234,50", Decimal::Comma, 12345, 1),
            ("1 234,5", Decimal::Comma, 12345, 1),
            ("1\u{202f}234,5", Decimal::Comma, 12345, 1),
            ("1'234.5", Decimal::Point, 12345, 1),
            ("12,34,567", Decimal::Point, 1_234_567, 0),
            ("(1,000.25)", Decimal::Point, -100_025, 2),
            ("-$5", Decimal::Point, -5, 0),
            ("$-5.10", Decimal::Point, -51, 1),
            ("5 €", Decimal::Comma, 5, 0),
            ("EUR 5,20", Decimal::Comma, 52, 1),
            ("\u{2212}3", Decimal::Point, -3, 0),
            ("7-", Decimal::Point, -7, 0),
            ("+.5", Decimal::Point, 5, 1),
            ("1.5e3", Decimal::Point, 1500, 0),
            ("1e-05", Decimal::Point, 1, 5),
            ("0.30000000000000004", Decimal::Point, 3, 1),
            ("4845.769999999999", Decimal::Point, 484_577, 2),
            ("0", Decimal::Point, 0, 0),
            ("100", Decimal::Point, 100, 0),
            ("9223372036854775807", Decimal::Point, i64::MAX, 0),
        ];
        for (text, decimal, mantissa, decimals) in cases {
            match read(text, decimal) {
                Reading::Value(n) => {
                    assert_eq!((n.mantissa, n.decimals), (mantissa, decimals), "{text}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_number_is_not_read_as_one() {
        for text in [
            "1,5",
            "1,2345",
            "12,34",
            "1.2.3",
            "abc",
            "5%",
            "--5",
            "(5",
            "$€5",
            "1e99",
            "2024-01-01",
            ".",
            "1,,000",
        ] {
            assert_eq!(read(text, Decimal::Point), Reading::NotANumber, "{text}");
        }
        for text in ["", "  ", "N/A", "-", "NaN"] {
            assert_eq!(read(text, Decimal::Point), Reading::Empty, "{text:?}");
        }
        assert_eq!(read("1.23456789", Decimal::Point), Reading::TooFine);
        assert_eq!(
            read("9223372036854775808", Decimal::Point),
            Reading::TooLarge
        );
    }

    #[test]
    fn one_value_can_settle_the_notation() {
        for (text, wanted) in [
            ("1,5", Hint::Comma),
            ("1.5", Hint::Point),
            ("1,234", Hint::EitherComma),
            ("1.234", Hint::EitherPoint),
            ("0,123", Hint::EitherComma),
            ("1,234,567", Hint::Point),
            ("1.234,5", Hint::Comma),
            ("15", Hint::Nothing),
            ("x", Hint::Nothing),
        ] {
            assert_eq!(hint(text), wanted, "{text}");
        }
    }

    #[test]
    fn scales_round_half_away_from_zero() {
        let n = |mantissa, decimals| Number {
            mantissa,
            decimals,
            denoised: false,
        };
        assert_eq!(n(125, 2).at_scale(1), Some((13, true)));
        assert_eq!(n(-125, 2).at_scale(1), Some((-13, true)));
        assert_eq!(n(124, 2).at_scale(1), Some((12, true)));
        assert_eq!(n(5, 0).at_scale(2), Some((500, false)));
        assert_eq!(n(i64::MAX, 0).at_scale(1), None);
    }
}
