//! What the columns of the source rows are called.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const DATE: &str = "date";

/// The columns of the source, as far as they are not called what they are called in questions: `date`, a dimension's name
/// (of products `product_id` and `product_name`), a measure's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceColumns {
    /// The column of dates, or those of the year and the month.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    time: Vec<String>,
    /// The zone in which a moment became a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    /// Of a dimension the column of names, then that of ids if there is one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    dimensions: BTreeMap<String, Vec<String>>,
    /// Of a measure its column, or those that are multiplied row by row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    measures: BTreeMap<String, Vec<String>>,
}

/// Where the source has the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeSource<'a> {
    /// In a column of dates.
    Date(&'a str),
    /// In a column of years and one of months.
    YearMonth(&'a str, &'a str),
}

/// What a dimension's columns are called unless something else is said: that of names, then that of ids.
fn usual(dimension: &str) -> Vec<Cow<'_, str>> {
    if dimension == "product" {
        vec![Cow::Borrowed("product_name"), Cow::Borrowed("product_id")]
    } else {
        vec![Cow::Borrowed(dimension)]
    }
}

impl SourceColumns {
    /// Whether every column is called what one expects.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Says where the time is, and the zone in which a moment became a day.
    pub fn set_time(&mut self, columns: Vec<String>, zone: Option<String>) {
        self.time = if columns == [DATE] {
            Vec::new()
        } else {
            columns
        };
        self.zone = zone;
    }

    /// Says what a dimension's columns are called: that of names, then that of ids if there is one.
    pub fn set_dimension(&mut self, dimension: &str, columns: Vec<String>) {
        if usual(dimension) != columns {
            self.dimensions.insert(dimension.to_owned(), columns);
        }
    }

    /// Says what a measure's columns are called.
    pub fn set_measure(&mut self, measure: &str, columns: Vec<String>) {
        if columns != [measure] {
            self.measures.insert(measure.to_owned(), columns);
        }
    }

    /// Where the time is.
    #[must_use]
    pub fn time(&self) -> TimeSource<'_> {
        match self.time.as_slice() {
            [] => TimeSource::Date(DATE),
            [date] => TimeSource::Date(date),
            [year, month, ..] => TimeSource::YearMonth(year, month),
        }
    }

    /// The zone in which a moment became a day.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// A dimension's column of names, and that of ids if there is one.
    #[must_use]
    pub fn dimension<'a>(&'a self, name: &'a str) -> (Cow<'a, str>, Option<Cow<'a, str>>) {
        let told = self.dimensions.get(name);
        let told = told.map(|columns| columns.iter().map(|c| Cow::Borrowed(c.as_str())).collect());
        let mut columns = told.unwrap_or_else(|| usual(name)).into_iter();
        (
            columns.next().unwrap_or(Cow::Borrowed(name)),
            columns.next(),
        )
    }

    /// A measure's columns; several are multiplied row by row.
    #[must_use]
    pub fn measure<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        match self.measures.get(name) {
            Some(columns) => columns.iter().map(String::as_str).collect(),
            None => vec![name],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_as_expected_is_not_written() {
        let owned = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>();
        let mut source = SourceColumns::default();
        source.set_time(owned(&["date"]), None);
        source.set_dimension("operation", owned(&["operation"]));
        source.set_dimension("product", owned(&["product_name", "product_id"]));
        source.set_measure("units", owned(&["units"]));
        assert!(source.is_usual());
        assert_eq!(source.dimension("product").1.as_deref(), Some("product_id"));
        assert_eq!(source.time(), TimeSource::Date("date"));
        source.set_time(owned(&["Jahr", "Monat"]), None);
        source.set_dimension("product", owned(&["Artikel"]));
        source.set_measure("revenue", owned(&["qty", "price"]));
        assert_eq!(source.time(), TimeSource::YearMonth("Jahr", "Monat"));
        assert_eq!(source.dimension("product"), ("Artikel".into(), None));
        assert_eq!(source.dimension("region"), ("region".into(), None));
        assert_eq!(source.measure("revenue"), ["qty", "price"]);
        let json = serde_json::to_string(&source).expect("JSON");
        assert_eq!(
            serde_json::from_str::<SourceColumns>(&json).expect("back"),
            source
        );
    }
}
