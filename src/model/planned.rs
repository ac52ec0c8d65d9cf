//! What is planned for days to come: the value of a measure, such as a price, or a change of sales that is assumed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::calendar::Period;
use super::names::fold;
use crate::error::{Error, Result};
use crate::limits::{NAME_CHARS_MAX, PLANNED_CHANGE_MAX_PERCENT, PLANNED_MAX};

/// Decimal places that planned values have.
const SCALE: u32 = 6;
/// One, as it is kept.
const ONE: i64 = 10_i64.pow(SCALE);

/// A plan, written `average_price:2026-11:4.99` or `promotion:2026-11-27..2026-11-30:+20%`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The measure whose value is planned; of a change, what people call it.
    pub name: String,
    /// The days that it is for.
    pub period: Period,
    /// What is planned.
    pub plan: Plan,
}

/// What is planned, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// This value of the measure, in its own unit; what it does to sales is learnt from the history.
    Value(i64),
    /// Sales change by so many percent: nothing is learnt, it is assumed.
    Change(i64),
}

impl Planned {
    /// # Errors
    /// `Invalid` for anything but a name, a period and a number or a percentage with its sign, with colons between them.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || {
            Error::invalid(format!(
                "{text:?} is not a plan: write a measure, a period and its value, such as average_price:2026-11:4.99, \
                 or a name, a period and a change to assume, such as promotion:2026-11-27..2026-11-30:+20%"
            ))
        };
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let [name, period, plan] = parts.as_slice() else {
            return Err(bad());
        };
        let named = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
        if !named || name.contains(',') {
            return Err(bad());
        }
        let plan = match plan.strip_suffix('%') {
            Some(change) if change.starts_with(['+', '-']) => {
                let change = millionths(change).ok_or_else(bad)?;
                if !(-100 * ONE..=PLANNED_CHANGE_MAX_PERCENT * ONE).contains(&change) {
                    return Err(Error::invalid(format!(
                        "{text:?}: a change is from -100% to +{PLANNED_CHANGE_MAX_PERCENT}%"
                    )));
                }
                Plan::Change(change)
            }
            Some(_) => {
                return Err(Error::invalid(format!(
                    "{text:?}: write a change with its sign, such as +20% or -5%"
                )));
            }
            None => Plan::Value(millionths(plan).ok_or_else(bad)?),
        };
        let name = match plan {
            // A measure, in the spelling of links.
            Plan::Value(_) => fold(name),
            Plan::Change(_) => (*name).to_owned(),
        };
        Ok(Self {
            name,
            period: Period::parse(period)?,
            plan,
        })
    }

    /// Several of them, with commas between them.
    ///
    /// # Errors
    /// As [`Planned::parse`] and [`Planned::check_all`].
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        let all: Result<Vec<Self>> = text.split(',').map(Self::parse).collect();
        Self::check_all(all?)
    }

    /// Puts plans in order.
    ///
    /// # Errors
    /// `Invalid` for too many of them, and for two values of one measure on the same day.
    pub fn check_all(mut all: Vec<Self>) -> Result<Vec<Self>> {
        if all.len() > PLANNED_MAX {
            return Err(Error::invalid(format!(
                "{} plans are given: give at most {PLANNED_MAX}",
                all.len()
            )));
        }
        all.sort_by_key(|p| {
            (
                p.name.to_lowercase(),
                p.period.first,
                p.period.last,
                p.plan.number(),
            )
        });
        all.dedup();
        for pair in all.windows(2) {
            let [one, two] = pair else { continue };
            let values = matches!((one.plan, two.plan), (Plan::Value(_), Plan::Value(_)));
            let same = one.name.to_lowercase() == two.name.to_lowercase();
            if values && same && two.period.first <= one.period.last {
                return Err(Error::invalid(format!(
                    "{one} and {two} plan two values for the same day: change one of the periods"
                )));
            }
        }
        Ok(all)
    }
}

impl Plan {
    /// In natural units: the value, or the change as a share.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a plan is an assumption: 15 digits are plenty"
    )]
    pub fn natural(self) -> f64 {
        match self {
            Self::Value(millionths) => millionths as f64 / ONE as f64,
            Self::Change(millionths) => millionths as f64 / (100 * ONE) as f64,
        }
    }

    const fn number(self) -> i64 {
        match self {
            Self::Value(n) | Self::Change(n) => n,
        }
    }
}

impl fmt::Display for Planned {
    /// The one spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.name, self.period, self.plan)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number();
        let change = matches!(self, Self::Change(_));
        let sign = match (number < 0, change) {
            (true, _) => "-",
            (false, true) => "+",
            (false, false) => "",
        };
        let size = number.unsigned_abs();
        let one = ONE.unsigned_abs();
        write!(f, "{sign}{}", size / one)?;
        if !size.is_multiple_of(one) {
            let places = format!("{:06}", size % one);
            write!(f, ".{}", places.trim_end_matches('0'))?;
        }
        f.write_str(if change { "%" } else { "" })
    }
}

impl Serialize for Planned {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Planned {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A plain decimal number of at most six places, in millionths.
pub(super) fn millionths(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let fits = !whole.is_empty() && whole.len() <= 12 && places.len() <= SCALE as usize;
    if !plain(whole) || !plain(places) || !fits || digits.ends_with('.') {
        return None;
    }
    let padded = format!("{whole}{places:0<6}");
    let size: i64 = padded.parse().ok()?;
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_round_trip_through_one_spelling() {
        for (text, spelt) in [
            ("average_price:2026-11:4.990", "average_price:2026-11:4.99"),
            ("price : 2026-11-01..2026-11-30 : 5", "price:2026-11:5"),
            (
                "promotion:2026-11-27..2026-11-30:+20%",
                "promotion:2026-11-27..2026-11-30:+20%",
            ),
            ("Outage:2026-Q4:-12.5%", "Outage:2026-Q4:-12.5%"),
            ("ads:2026:-0.000001", "ads:2026:-0.000001"),
        ] {
            let plan = Planned::parse(text).expect(text);
            assert_eq!(plan.to_string(), spelt);
            assert_eq!(Planned::parse(spelt).expect(spelt), plan);
        }
        let natural = |text: &str| Planned::parse(text).expect(text).plan.natural();
        assert!((natural("p:2026-11:-4.99") + 4.99).abs() < 1e-12);
        assert!((natural("p:2026-11:+20%") - 0.2).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_plan_says_how_to_write_one() {
        for (text, needle) in [
            ("price", "is not a plan"),
            ("price:2026-11", "is not a plan"),
            ("price:2026-11:cheap", "is not a plan"),
            ("price:2026-11:1.", "is not a plan"),
            ("price:2026-11:1e3", "is not a plan"),
            ("price:2026-11:1.2345678", "is not a plan"),
            (":2026-11:1", "is not a plan"),
            ("a,b:2026-11:1", "is not a plan"),
            ("price:soon:1", "is not a period"),
            ("promotion:2026-11:20%", "with its sign"),
            ("promotion:2026-11:-101%", "from -100%"),
            ("promotion:2026-11:+1001%", "to +1000%"),
        ] {
            let error = Planned::parse(text).expect_err(text).to_string();
            assert!(error.contains(needle), "{text}: {error}");
        }
        let twice = "p:2026-11:1,P:2026-11-30..2026-12-02:2";
        let error = Planned::parse_list(twice).expect_err(twice).to_string();
        assert!(error.contains("two values for the same day"), "{error}");
        let both = Planned::parse_list("b:2026-12:+5%,a:2026-11:1,a:2026-11:1").expect("fine");
        let spelt: Vec<String> = both.iter().map(Planned::to_string).collect();
        assert_eq!(spelt, ["a:2026-11:1", "b:2026-12:+5%"]);
    }
}
