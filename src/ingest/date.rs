//! Dates as people write them. Which of day and month comes first is decided over many values, never guessed from one.

use crate::model::Day;
use crate::model::fiscal::MONTHS;

/// The order of a date's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Order {
    /// `2024-06-30`, `2024/6/30`, `20240630`
    Ymd = 1,
    /// `30/06/2024`, `30.06.24`
    Dmy = 2,
    /// `06/30/2024`
    Mdy = 4,
    /// `30 Jun 2024`, `June 30, 2024`
    Named = 8,
    /// `2024-06`, `202406`
    Ym = 16,
    /// `06/2024`
    My = 32,
    /// `Jun 2024`, `Jun-24`
    NamedMonth = 64,
}

impl Order {
    /// Every order, the likeliest first.
    pub const ALL: [Self; 7] = [
        Self::Ymd,
        Self::Dmy,
        Self::Mdy,
        Self::Named,
        Self::Ym,
        Self::My,
        Self::NamedMonth,
    ];

    /// How `dataset.toml` and messages write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ymd => "yyyy-mm-dd",
            Self::Dmy => "dd/mm/yyyy",
            Self::Mdy => "mm/dd/yyyy",
            Self::Named => "dd mon yyyy",
            Self::Ym => "yyyy-mm",
            Self::My => "mm/yyyy",
            Self::NamedMonth => "mon yyyy",
        }
    }

    /// The order that a format such as `dd.mm.yyyy` names.
    #[must_use]
    pub fn from_name(text: &str) -> Option<Self> {
        let mut parts = String::new();
        let lower = text.to_ascii_lowercase();
        for c in lower.chars().filter(|c| matches!(c, 'y' | 'm' | 'd')) {
            if !parts.ends_with(c) {
                parts.push(c);
            }
        }
        let named = lower.contains("mon") || lower.contains("mmm");
        Some(match (parts.as_str(), named) {
            ("dmy" | "mdy" | "ymd", true) => Self::Named,
            ("my" | "ym", true) => Self::NamedMonth,
            ("ymd", _) => Self::Ymd,
            ("dmy", _) => Self::Dmy,
            ("mdy", _) => Self::Mdy,
            ("ym", _) => Self::Ym,
            ("my", _) => Self::My,
            _ => return None,
        })
    }

    /// Whether it names months, not days.
    #[must_use]
    pub const fn is_monthly(self) -> bool {
        matches!(self, Self::Ym | Self::My | Self::NamedMonth)
    }
}

/// A set of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orders(u8);

impl Orders {
    /// All of them.
    pub const ANY: Self = Self(0x7f);

    /// The orders in which a field is a date.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let parts = Parts::of(text);
        let fits = |order: &Order| parts.as_ref().and_then(|p| p.day(*order)).is_some();
        Self(
            Order::ALL
                .iter()
                .filter(|o| fits(o))
                .fold(0, |set, o| set | *o as u8),
        )
    }

    /// The orders that both have.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it has this one.
    #[must_use]
    pub const fn has(self, order: Order) -> bool {
        self.0 & order as u8 != 0
    }

    /// Its members.
    pub fn iter(self) -> impl Iterator<Item = Order> {
        Order::ALL.into_iter().filter(move |o| self.has(*o))
    }
}

/// Reads a date. A time of day and a zone after it are dropped: the day is the one that is written.
#[must_use]
pub fn read(text: &str, order: Order) -> Option<Day> {
    Parts::of(text)?.day(order)
}

/// Reads `2024-06-30` and nothing else, quickly.
#[must_use]
pub(super) fn plain(text: &str) -> Option<Day> {
    let [year @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    if year.len() != 4 {
        return None;
    }
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |n, b| {
            b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0'))
        })
    };
    let year = i32::try_from(number(year)?).ok()?;
    Day::new(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?).ok()
}

/// The day in a zone of a moment that is written with an offset: `2024-06-30T23:30:00-05:00`, `2024-06-30 23:30:00Z`.
#[must_use]
pub(super) fn in_zone(text: &str, zone: &jiff::tz::TimeZone) -> Option<Day> {
    let moment: jiff::Timestamp = text.trim().parse().ok()?;
    Some(Day::from_date(zone.to_datetime(moment).date()))
}

/// Whether the field has a time with a zone.
#[must_use]
pub fn has_zone(text: &str) -> bool {
    let text = text.trim();
    text.find(':').is_some_and(|i| {
        let after = text.get(i..).unwrap_or_default();
        after.ends_with(['Z', 'z']) || after.contains(['+', '-'])
    })
}

/// The number of a month: `1` to `12`, or its English name or the start of it.
#[must_use]
pub fn month(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.strip_suffix(".0").unwrap_or(text);
    match digits.parse::<u32>() {
        Ok(n) => (1..=12).contains(&n).then_some(n),
        Err(_) => month_name(text),
    }
}

/// A year of four digits.
#[must_use]
pub fn year(text: &str) -> Option<i32> {
    let text = text.trim();
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let plain = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    let year = digits.parse().ok().filter(|_| plain)?;
    (1900..=2200).contains(&year).then_some(year)
}

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

fn named(text: &str, names: &[&str]) -> Option<u32> {
    let word = text.trim_end_matches('.').to_ascii_lowercase();
    if word.len() < 3 {
        return None;
    }
    let at = names.iter().position(|name| name.starts_with(&word))?;
    u32::try_from(at + 1).ok()
}

fn month_name(text: &str) -> Option<u32> {
    if text.eq_ignore_ascii_case("sept") {
        return Some(9);
    }
    named(text, &MONTHS)
}

/// A date cut into its parts.
struct Parts<'a> {
    words: [&'a str; 3],
    count: usize,
    dots: bool,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let text = without_time(text.trim());
        if text.len() > 30 || text.len() < 4 {
            return None;
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            let (parts, count) = match text.len() {
                8 => ([text.get(..4)?, text.get(4..6)?, text.get(6..)?], 3),
                6 => ([text.get(..4)?, text.get(4..)?, ""], 2),
                _ => return None,
            };
            return Some(Self {
                words: parts,
                count,
                dots: false,
            });
        }
        let mut parts = [""; 3];
        let mut count = 0;
        let words = text
            .split(['-', '/', '.', ',', ' '])
            .filter(|w| !w.is_empty())
            .skip_while(|w| named(w, &WEEKDAYS).is_some());
        for word in words {
            *parts.get_mut(count)? = word;
            count += 1;
        }
        (count >= 2).then_some(Self {
            words: parts,
            count,
            dots: text.contains('.'),
        })
    }

    fn day(&self, order: Order) -> Option<Day> {
        let [first, second, third] = self.words;
        let short = |t: &str| -> Option<u32> {
            let digits = t
                .strip_suffix("st")
                .or_else(|| t.strip_suffix("nd"))
                .or_else(|| t.strip_suffix("rd"))
                .or_else(|| t.strip_suffix("th"))
                .unwrap_or(t);
            let fits =
                (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse().ok().filter(|_| fits)
        };
        // Two digits are a year of 1970 to 2069, as POSIX has it but for the one year.
        let any_year = |t: &str| {
            year(t).or_else(|| {
                let n = i32::try_from(short(t).filter(|_| t.len() == 2)?).ok()?;
                Some(if n < 70 { 2000 + n } else { 1900 + n })
            })
        };
        let (year, month, day) = match (order, self.count) {
            (Order::Ymd, 3) => (year(first)?, short(second)?, short(third)?),
            (Order::Dmy, 3) => (any_year(third)?, short(second)?, short(first)?),
            (Order::Mdy, 3) if !self.dots => (any_year(third)?, short(first)?, short(second)?),
            (Order::Named, 3) => match (month_name(first), month_name(second)) {
                (Some(m), None) => (any_year(third)?, m, short(second)?),
                (None, Some(m)) => match year(first) {
                    Some(y) => (y, m, short(third)?),
                    None => (any_year(third)?, m, short(first)?),
                },
                _ => return None,
            },
            (Order::Ym, 2) if !self.dots => (year(first)?, short(second)?, 1),
            (Order::My, 2) if !self.dots => (year(second)?, short(first)?, 1),
            (Order::NamedMonth, 2) => match (month_name(first), month_name(second)) {
                (Some(m), None) => (any_year(second)?, m, 1),
                (None, Some(m)) => (year(first)?, m, 1),
                _ => return None,
            },
            _ => return None,
        };
        Day::new(year, month, day).ok()
    }
}

/// The text up to its time of day, if it has one.
fn without_time(text: &str) -> &str {
    let Some(colon) = text.find(':') else {
        // `2024-06-30T00` and the like are too odd to be a date.
        return text;
    };
    let before = text.get(..colon).unwrap_or_default();
    let hour = before.trim_end_matches(|c: char| c.is_ascii_digit());
    hour.strip_suffix(['T', 't']).unwrap_or(hour).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, order: Order) -> String {
        read(text, order).map_or_else(|| "none".into(), |d| d.to_string())
    }

    #[test]
    fn dates_in_many_notations() {
        for (text, order, wanted) in [
            ("2024-06-30", Order::Ymd, "2024-06-30"),
            ("2024/6/3", Order::Ymd, "2024-06-03"),
            ("20240630", Order::Ymd, "2024-06-30"),
            ("2024-06-30T23:59:59Z", Order::Ymd, "2024-06-30"),
            ("2010-12-01 08:26:00", Order::Ymd, "2010-12-01"),
            ("30/06/2024", Order::Dmy, "2024-06-30"),
            ("30.6.24", Order::Dmy, "2024-06-30"),
            ("06/30/2024 1:05 PM", Order::Mdy, "2024-06-30"),
            ("30 Jun 2024", Order::Named, "2024-06-30"),
            ("June 30th, 2024", Order::Named, "2024-06-30"),
            ("30-JUN-24", Order::Named, "2024-06-30"),
            ("Sun, 30 Jun 2024", Order::Named, "2024-06-30"),
            ("2024-06", Order::Ym, "2024-06-01"),
            ("202406", Order::Ym, "2024-06-01"),
            ("6/2024", Order::My, "2024-06-01"),
            ("Jun-24", Order::NamedMonth, "2024-06-01"),
            ("31/06/2024", Order::Dmy, "none"),
            ("2024-02-30", Order::Ymd, "none"),
            ("06.30.2024", Order::Mdy, "none"),
            ("2024-06-30-1", Order::Ymd, "none"),
        ] {
            assert_eq!(day(text, order), wanted, "{text}");
        }
    }

    #[test]
    fn day_and_month_are_told_apart_only_by_values() {
        let both: Vec<_> = Orders::of("03/04/2024").iter().collect();
        assert_eq!(both, [Order::Dmy, Order::Mdy]);
        let settled = Orders::of("03/04/2024").and(Orders::of("13/04/2024"));
        assert_eq!(settled.iter().collect::<Vec<_>>(), [Order::Dmy]);
        assert!(
            Orders::of("13/04/2024")
                .and(Orders::of("04/13/2024"))
                .is_empty()
        );
        for text in [
            "hello", "12.5", "1,234", "536365", "17850.0", "", "1-2", "85123A",
        ] {
            assert!(Orders::of(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn months_and_years_of_their_own() {
        assert_eq!(month("9.0"), Some(9));
        assert_eq!(month("Sept"), Some(9));
        assert_eq!(month("March"), Some(3));
        assert_eq!(month("13"), None);
        assert_eq!(year("2015.0"), Some(2015));
        assert_eq!(year("15"), None);
        assert!(has_zone("2024-06-30T23:59:59+02:00"));
        assert!(!has_zone("2024-06-30 23:59:59"));
    }

    #[test]
    fn formats_have_many_spellings() {
        for (text, order) in [
            ("DD.MM.YYYY", Order::Dmy),
            ("%d/%m/%Y", Order::Dmy),
            ("yyyymmdd", Order::Ymd),
            ("d-mon-yy", Order::Named),
            ("mm/dd/yy", Order::Mdy),
        ] {
            assert_eq!(Order::from_name(text), Some(order), "{text}");
        }
        for order in Order::ALL {
            assert_eq!(Order::from_name(order.name()), Some(order));
        }
        assert_eq!(Order::from_name("whenever"), None);
    }
}
