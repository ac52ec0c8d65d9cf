//! Which column plays which part, and why.

use super::config::{Config, DerivedConfig, DimensionConfig, MeasureConfig, TimeConfig};
use super::date::Order;
use super::number::Decimal;
use super::rules::Rules;
use crate::error::{Error, Result};
use crate::model::MeasureKind;
use crate::model::manifest::Derived;
use crate::model::own_target::OwnTarget;
use crate::model::sales_calendar::SalesCalendar;
use crate::model::source_columns::SourceColumns;

/// What a source's columns mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// For every column of the source, in its order: what it is and why.
    pub columns: Vec<ColumnRole>,
    /// Where the time is.
    pub time: TimeColumns,
    /// How numbers are written.
    pub decimal: Decimal,
    /// What can be filtered and grouped by.
    pub dimensions: Vec<DimensionPlan>,
    /// What can be summed.
    pub measures: Vec<MeasurePlan>,
    /// The measure that is meant when none is named.
    pub default_measure: String,
    /// A column that names the currency, which must be the same in every row.
    pub currency_column: Option<usize>,
    /// What is one measure divided by another.
    pub derived: Vec<Derived>,
    /// Holidays and events that forecasts take into account.
    pub calendar: Option<SalesCalendar>,
    /// What is to be reached.
    pub targets: Vec<OwnTarget>,
    /// What becomes of odd rows.
    pub rules: Rules,
    /// The name of the zone in which a moment becomes a day.
    pub zone: Option<String>,
}

/// What one column of the source is, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRole {
    /// The column's name.
    pub header: String,
    /// What it is: `units`, `product (id)`, `ignored`.
    pub role: String,
    /// Why.
    pub reason: String,
}

/// Where the time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeColumns {
    /// In one column.
    Date {
        /// Its position.
        column: usize,
        /// How dates are written.
        order: Order,
    },
    /// In two.
    YearMonth {
        /// Position of the year.
        year: usize,
        /// Position of the month.
        month: usize,
    },
}

/// A dimension and where its values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DimensionPlan {
    /// Its name in questions.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Other names.
    pub synonyms: Vec<String>,
    /// Position of the names.
    pub column: usize,
    /// Position of the ids, if there are any.
    pub id_column: Option<usize>,
    /// The dimension that its values seem to belong to; the data have the last word.
    pub parent: Option<String>,
}

/// A measure and where its values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasurePlan {
    /// Its name in questions.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Other names.
    pub synonyms: Vec<String>,
    /// Position of the values.
    pub column: usize,
    /// Position of the prices that the values are multiplied with, if there are any.
    pub times: Option<usize>,
    /// Quantity or money.
    pub kind: MeasureKind,
    /// Unit or currency.
    pub unit: String,
    /// Decimal places that the owner fixed.
    pub scale: Option<u8>,
}

impl Mapping {
    /// What the columns are called.
    #[must_use]
    pub fn source(&self) -> SourceColumns {
        let header = |i: usize| self.columns.get(i).map_or("", |c| &c.header).to_owned();
        let mut source = SourceColumns::default();
        let time = match self.time {
            TimeColumns::Date { column, .. } => vec![header(column)],
            TimeColumns::YearMonth { year, month } => vec![header(year), header(month)],
        };
        source.set_time(time, self.zone.clone());
        for d in &self.dimensions {
            let columns = std::iter::once(d.column).chain(d.id_column);
            source.set_dimension(&d.name, columns.map(header).collect());
        }
        for m in &self.measures {
            let columns = std::iter::once(m.column).chain(m.times);
            source.set_measure(&m.name, columns.map(header).collect());
        }
        source
    }

    /// A table for people: column, part, reason; aligned, a line each.
    #[must_use]
    pub fn table(&self) -> String {
        let width = |pick: fn(&ColumnRole) -> &str| {
            let widths = self.columns.iter().map(|c| pick(c).chars().count());
            widths.max().unwrap_or(0).min(40)
        };
        let (a, b) = (width(|c| &c.header), width(|c| &c.role));
        let lines = self.columns.iter();
        let lines = lines.map(|c| format!("  {:a$}  ->  {:b$}  {}", c.header, c.role, c.reason));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The text of a `dataset.toml` that says what this mapping says, with the reasons as comments.
    ///
    /// # Errors
    /// None that input could cause.
    pub fn to_toml(&self, headers: &[String], title: &str) -> Result<String> {
        let body = toml::to_string(&self.to_config(headers, title))
            .map_err(|e| Error::internal(format!("writing dataset.toml: {e}")).with_source(e))?;
        let mut text = String::from(
            "# What the columns mean, as the first ingest understood them. Edit it; the next ingest uses it.\n#\n",
        );
        for line in self.table().lines() {
            // A control character in a header would end the comment.
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            text.push_str("# ");
            text.push_str(line.trim());
            text.push('\n');
        }
        Ok(format!("{text}\n{body}"))
    }

    /// The mapping as `dataset.toml`, so that the next ingest understands the columns as this one did.
    #[must_use]
    pub fn to_config(&self, headers: &[String], title: &str) -> Config {
        let header = |i: usize| headers.get(i).cloned().unwrap_or_default();
        let mut time = match self.time {
            TimeColumns::Date { column, order } => TimeConfig {
                date: Some(header(column)),
                format: Some(order.name().into()),
                ..TimeConfig::default()
            },
            TimeColumns::YearMonth { year, month } => TimeConfig {
                year: Some(header(year)),
                month: Some(header(month)),
                ..TimeConfig::default()
            },
        };
        time.zone.clone_from(&self.zone);
        let derived = self.derived.iter().map(|d| DerivedConfig {
            name: d.name.clone(),
            numerator: d.numerator.clone(),
            denominator: d.denominator.clone(),
            unit: Some(d.unit.clone()),
            scale: Some(d.scale),
            label: Some(d.label.clone()),
            synonyms: d.synonyms.clone(),
        });
        let dimension = self.dimensions.iter().map(|d| DimensionConfig {
            name: d.name.clone(),
            column: header(d.column),
            id_column: d.id_column.map(header),
            label: Some(d.label.clone()),
            synonyms: d.synonyms.clone(),
            parent: d.parent.clone(),
        });
        let measure = self.measures.iter().map(|m| {
            let money = m.kind == MeasureKind::Money;
            MeasureConfig {
                name: m.name.clone(),
                column: match m.times {
                    None => header(m.column),
                    Some(_) => String::new(),
                },
                derive: m
                    .times
                    .map(|price| vec![header(m.column), header(price)])
                    .unwrap_or_default(),
                unit: (!money).then(|| m.unit.clone()),
                currency: money.then(|| m.unit.clone()),
                scale: m.scale,
                label: Some(m.label.clone()),
                synonyms: m.synonyms.clone(),
            }
        });
        let ignored = self.columns.iter().filter(|c| c.role == IGNORED);
        Config {
            title: Some(title.to_owned()),
            default_measure: Some(self.default_measure.clone()),
            decimal: Some(match self.decimal {
                Decimal::Point => '.',
                Decimal::Comma => ',',
            }),
            ignore: ignored.map(|c| c.header.clone()).collect(),
            time: Some(time),
            dimension: dimension.collect(),
            measure: measure.collect(),
            derived: derived.collect(),
            calendar: self.calendar.clone(),
            target: self.targets.clone(),
            rules: Some(self.rules),
            ..Config::default()
        }
    }
}

/// The part of a column that is left out.
pub const IGNORED: &str = "ignored";
