//! `dataset.toml`: the owner's word on what the columns mean. What it does not mention is detected.

use serde::{Deserialize, Serialize};

use super::date::Order;
use super::number::Decimal;
use super::rules::Rules;
use super::source::Encoding;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::own_target::OwnTarget;
use crate::model::sales_calendar::SalesCalendar;

/// `dataset.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What people call the dataset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// ISO 4217 code of all money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The measure that is meant when none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_measure: Option<String>,
    /// `utf-8` or `windows-1252`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The character between fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// `.` or `,`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<char>,
    /// Columns that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Where the time is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeConfig>,
    /// What becomes of odd rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Rules>,
    /// Holidays and events that forecasts take into account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<SalesCalendar>,
    /// What can be filtered and grouped by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dimension: Vec<DimensionConfig>,
    /// What can be summed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measure: Vec<MeasureConfig>,
    /// What is one measure divided by another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derived: Vec<DerivedConfig>,
    /// What is to be reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target: Vec<OwnTarget>,
}

/// `[[derived]]`: a ratio of two measures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerivedConfig {
    /// Its name in questions.
    pub name: String,
    /// The measure above the line.
    pub numerator: String,
    /// The measure below the line.
    pub denominator: String,
    /// Its unit; the currency where money is divided by a quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Decimal places of answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<u8>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Other names that people use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
}

/// `[time]`: a date column, or a year and a month column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeConfig {
    /// The column of dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// How they are written: `yyyy-mm-dd`, `dd/mm/yyyy`, `mm/dd/yyyy`, `dd mon yyyy`, `yyyy-mm`, `mm/yyyy`, `mon yyyy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The column of years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<String>,
    /// The column of months.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// The zone in which a moment becomes a day: `America/Chicago`. Without it a day is taken as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// `[[dimension]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DimensionConfig {
    /// Its name in questions.
    pub name: String,
    /// The column of names.
    pub column: String,
    /// The column of ids, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_column: Option<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Other names that people use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
    /// The dimension that each of its values belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// `[[measure]]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureConfig {
    /// Its name in questions.
    pub name: String,
    /// Its column; none where it is derived.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
    /// The columns of a quantity and a price whose product it is, row by row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derive: Vec<String>,
    /// The unit of a quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The currency of money; a measure with neither unit nor currency is a quantity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Decimal places that are kept; finer values are rounded to it, and a note says how many were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<u8>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Other names that people use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub synonyms: Vec<String>,
}

impl Config {
    /// Reads and checks a `dataset.toml`.
    ///
    /// # Errors
    /// `Invalid` with the line and what is wrong there.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let config: Self = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            let before = text.get(..at).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Error::invalid(format!("{name} line {line}: {}", e.message().trim()))
        })?;
        config.check().map_err(|e| e.context(name))?;
        Ok(config)
    }

    /// The text of a `dataset.toml` that says the same.
    ///
    /// # Errors
    /// None that input could cause.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self)
            .map_err(|e| Error::internal(format!("writing dataset.toml: {e}")).with_source(e))
    }

    fn check(&self) -> Result<()> {
        self.encoding()?;
        self.decimal()?;
        self.delimiter()?;
        self.date_order()?;
        if let Some(time) = &self.time {
            let (date, pair) = (
                time.date.is_some(),
                (time.year.is_some(), time.month.is_some()),
            );
            let zone_only = time.zone.is_some() && !date && pair == (false, false);
            if !zone_only && !matches!((date, pair), (true, (false, false)) | (false, (true, true)))
            {
                return Err(Error::invalid(
                    "[time] needs either date, or both year and month",
                ));
            }
        }
        if let Some(calendar) = &self.calendar {
            calendar.check()?;
        }
        OwnTarget::check_all(&self.target)?;
        for derived in &self.derived {
            check_name("derived", &derived.name)?;
            if derived.scale.is_some_and(|s| s > limits::SCALE_MAX) {
                return Err(Error::invalid(format!(
                    "[[derived]] {:?}: scale is at most {}",
                    derived.name,
                    limits::SCALE_MAX
                )));
            }
        }
        for measure in &self.measure {
            if !matches!(
                (measure.column.is_empty(), measure.derive.len()),
                (false, 0) | (true, 2)
            ) {
                return Err(Error::invalid(format!(
                    "[[measure]] {:?} needs either a column, or derive = [quantity's column, price's column]",
                    measure.name
                )));
            }
        }
        for (kind, names) in [
            (
                "dimension",
                self.dimension.iter().map(|d| &d.name).collect::<Vec<_>>(),
            ),
            ("measure", self.measure.iter().map(|m| &m.name).collect()),
        ] {
            for (i, name) in names.iter().enumerate() {
                check_name(kind, name)?;
                if names.iter().skip(i + 1).any(|n| n == name) {
                    return Err(Error::invalid(format!(
                        "[[{kind}]] {name:?} is there twice"
                    )));
                }
            }
        }
        for dimension in &self.dimension {
            if self.measure.iter().any(|m| m.name == dimension.name) {
                return Err(Error::invalid(format!(
                    "{:?} is both a dimension and a measure: rename one",
                    dimension.name
                )));
            }
        }
        for measure in &self.measure {
            if measure.unit.is_some() && measure.currency.is_some() {
                return Err(Error::invalid(format!(
                    "[[measure]] {:?} has a unit and a currency: a quantity has a unit, money a currency",
                    measure.name
                )));
            }
            if measure.scale.is_some_and(|s| s > limits::SCALE_MAX) {
                return Err(Error::invalid(format!(
                    "[[measure]] {:?}: scale is at most {}",
                    measure.name,
                    limits::SCALE_MAX
                )));
            }
        }
        let codes = self.measure.iter().filter_map(|m| m.currency.as_ref());
        for code in codes.chain(&self.currency) {
            if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
                return Err(Error::invalid(format!(
                    "currency {code:?} is not an ISO 4217 code such as \"USD\""
                )));
            }
        }
        Ok(())
    }

    /// The source's encoding.
    ///
    /// # Errors
    /// `Invalid` if it is not one that is known.
    pub fn encoding(&self) -> Result<Encoding> {
        let Some(text) = &self.encoding else {
            return Ok(Encoding::Utf8);
        };
        match text.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Encoding::Utf8),
            "windows-1252" | "cp1252" | "latin-1" | "latin1" | "iso-8859-1" => {
                Ok(Encoding::Windows1252)
            }
            _ => Err(Error::invalid(format!(
                "encoding {text:?} is not known: use \"utf-8\" or \"windows-1252\""
            ))),
        }
    }

    /// The decimal separator, if it is given.
    ///
    /// # Errors
    /// `Invalid` unless it is a point or a comma.
    pub fn decimal(&self) -> Result<Option<Decimal>> {
        match self.decimal {
            None => Ok(None),
            Some('.') => Ok(Some(Decimal::Point)),
            Some(',') => Ok(Some(Decimal::Comma)),
            Some(c) => Err(Error::invalid(format!(
                "decimal {c:?} is not known: use \".\" or \",\""
            ))),
        }
    }

    /// The delimiter, if it is given.
    ///
    /// # Errors
    /// `Invalid` unless it is one ASCII character that is no quote or line end.
    pub fn delimiter(&self) -> Result<Option<u8>> {
        match self.delimiter {
            None => Ok(None),
            Some(c) => match u8::try_from(c) {
                Ok(b) if b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r') => Ok(Some(b)),
                _ => Err(Error::invalid(format!(
                    "delimiter {c:?} is not an ASCII character such as \",\" or \";\""
                ))),
            },
        }
    }

    /// The order of dates' parts, if it is given.
    ///
    /// # Errors
    /// `Invalid` if the format is not one that is known.
    pub fn date_order(&self) -> Result<Option<Order>> {
        let format = self.time.as_ref().and_then(|t| t.format.as_ref());
        format.map_or(Ok(None), |text| {
            Order::from_name(text).map(Some).ok_or_else(|| {
                Error::invalid(format!(
                    "[time] format {text:?} is not known: use one of {}",
                    Order::ALL.map(|o| format!("{:?}", o.name())).join(", ")
                ))
            })
        })
    }
}

fn check_name(kind: &str, name: &str) -> Result<()> {
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let taken = matches!(name, "day" | "lines" | "id" | "name" | "parent");
    if !plain || !starts || taken || name.len() > 63 {
        return Err(Error::invalid(format!(
            "[[{kind}]] name {name:?}: use 1 to 63 of a-z 0-9 _, starting with a letter, and not day, lines, id, name or parent"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_with_their_line() {
        for (text, parts) in [
            ("title = \"x\"\ncurency = \"USD\"\n", ["line 2", "curency"]),
            (
                "[time]\ndate = \"d\"\nformat = \"soon\"\n",
                ["format", "dd/mm/yyyy"],
            ),
            ("[time]\nyear = \"y\"\n", ["date", "year and month"]),
            (
                "[[measure]]\nname = \"Units\"\ncolumn = \"u\"\n",
                ["Units", "a-z"],
            ),
            (
                "[[measure]]\nname = \"day\"\ncolumn = \"u\"\n",
                ["day", "not"],
            ),
            ("currency = \"usd\"\n", ["usd", "ISO 4217"]),
            (
                "[[measure]]\nname = \"u\"\ncolumn = \"u\"\nscale = 7\n",
                ["scale", "6"],
            ),
        ] {
            let error = Config::parse(text, "dataset.toml").expect_err(text);
            for part in parts {
                assert!(error.message().contains(part), "{text}: {error}");
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let config = Config {
            title: Some("Sales".into()),
            decimal: Some(','),
            ignore: vec!["a".into()],
            time: Some(TimeConfig {
                date: Some("d".into()),
                format: Some("dd/mm/yyyy".into()),
                ..TimeConfig::default()
            }),
            dimension: vec![DimensionConfig {
                name: "product".into(),
                column: "p".into(),
                parent: Some("category".into()),
                ..DimensionConfig::default()
            }],
            measure: vec![MeasureConfig {
                name: "units".into(),
                column: "u \"x\"".into(),
                ..MeasureConfig::default()
            }],
            ..Config::default()
        };
        let text = toml::to_string(&config).expect("writes");
        assert_eq!(Config::parse(&text, "t").expect("reads"), config);
    }
}
