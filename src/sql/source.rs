//! Queries over the source rows: the rows as ingest read them, then what was asked of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::text::{comment, date, identifier, literal};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::{Asked, Dimension, Manifest, Value};
use crate::model::names::{BLANK, Names};
use crate::model::query::Order;
use crate::model::source_columns::TimeSource;
use crate::model::{Grain, Measure, Period};

/// The day of a source row.
const DAY: &str = "sold_on";

/// The source rows of a version.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    manifest: &'a Manifest,
    names: &'a Names,
}

/// A query that is being written. Every column of its result has a name of its own.
#[derive(Debug, Clone)]
pub struct Select<'a> {
    source: Source<'a>,
    /// Columns of the rows that are used.
    dimensions: BTreeSet<&'a str>,
    measures: BTreeSet<&'a str>,
    /// Expression and name.
    columns: Vec<(String, String)>,
    conditions: Vec<String>,
    groups: Vec<String>,
    having: Option<String>,
    order: Vec<String>,
    limit: Option<u32>,
    offset: u32,
}

impl<'a> Source<'a> {
    /// The source of a version, with the names that are at hand.
    #[must_use]
    pub const fn new(manifest: &'a Manifest, names: &'a Names) -> Self {
        Self { manifest, names }
    }

    /// A query that says nothing yet.
    #[must_use]
    pub const fn select(self) -> Select<'a> {
        Select {
            source: self,
            dimensions: BTreeSet::new(),
            measures: BTreeSet::new(),
            columns: Vec::new(),
            conditions: Vec::new(),
            groups: Vec::new(),
            having: None,
            order: Vec::new(),
            limit: None,
            offset: 0,
        }
    }

    /// The columns of a dimension's ids and names in the rows as they were read; one and the same where there are no ids.
    pub(super) fn of(self, dimension: &str) -> (String, String) {
        let name = identifier(dimension);
        match self.manifest.source.dimension(dimension).1 {
            Some(_) => (identifier(&format!("{dimension} id")), name),
            None => (name.clone(), name),
        }
    }

    /// The rows as ingest read them: text without outer blanks, nothing for an empty number.
    fn rows(self, dimensions: &BTreeSet<&str>, measures: &BTreeSet<&str>) -> String {
        let columns = &self.manifest.source;
        let text =
            |column: &str| format!("NULLIF(TRIM(CAST({} AS VARCHAR)), '')", identifier(column));
        let blank = literal(BLANK);
        let day = match columns.time() {
            TimeSource::Date(column) => format!("CAST({} AS DATE)", identifier(column)),
            TimeSource::YearMonth(year, month) => format!(
                "CAST(CAST({} AS VARCHAR) || '-' || LPAD(CAST({} AS VARCHAR), 2, '0') || '-01' AS DATE)",
                identifier(year),
                identifier(month)
            ),
        };
        let mut listed = vec![format!("{day} AS {DAY}")];
        for &dimension in dimensions {
            let (id, name) = self.of(dimension);
            let (name_column, id_column) = columns.dimension(dimension);
            let name_text = text(&name_column);
            match id_column.map(|column| text(&column)) {
                None => listed.push(format!("COALESCE({name_text}, {blank}) AS {name}")),
                Some(id_text) => {
                    listed.push(format!("COALESCE({id_text}, {name_text}, {blank}) AS {id}"));
                    listed.push(format!(
                        "COALESCE({name_text}, {id_text}, {blank}) AS {name}"
                    ));
                }
            }
        }
        for &measure in measures {
            let each = columns.measure(measure).into_iter();
            let each: Vec<String> = each
                .map(|column| format!("COALESCE({}, 0)", identifier(column)))
                .collect();
            listed.push(format!("{} AS {}", each.join(" * "), identifier(measure)));
        }
        let from = if self.manifest.quality.rows_dropped > 0 {
            "(SELECT DISTINCT * FROM sales) AS sales"
        } else {
            "sales"
        };
        format!(
            "WITH source AS (\n  SELECT\n    {}\n  FROM {from}\n)",
            listed.join(",\n    ")
        )
    }

    /// What the source rows do not show of themselves.
    fn remarks(self) -> String {
        let quality = &self.manifest.quality;
        let mut out = comment(
            "sales: the rows that were ingested, as a table; its dates are dates, its numbers numbers.",
        );
        if let Some(zone) = self.manifest.source.zone() {
            out.push_str(&comment(&format!(
                "Moments were put into days of the time zone {zone} before."
            )));
        }
        if quality.rows_refused > 0 {
            out.push_str(&comment(&format!(
                "{} rows were wrong and are in no answer: take them out of sales too.",
                quality.rows_refused
            )));
        }
        out
    }
}

impl<'a> Select<'a> {
    /// Names a column.
    #[must_use]
    pub fn column(mut self, expression: String, name: &str) -> Self {
        self.columns.push((expression, name.to_owned()));
        self
    }

    /// Only rows of a period.
    #[must_use]
    pub fn days(self, period: Period) -> Self {
        self.any_days(&[period])
    }

    /// Only rows of one of these periods.
    #[must_use]
    pub fn any_days(mut self, periods: &[Period]) -> Self {
        let mut each: Vec<String> = periods.iter().map(|period| within(*period)).collect();
        each.dedup();
        let either = each.join(" OR ");
        self.conditions.push(if each.len() > 1 {
            format!("({either})")
        } else {
            either
        });
        self
    }

    /// Only rows with these codes.
    ///
    /// # Errors
    /// `OverBudget` for more values than a query lists, `Internal` for names that are not at hand.
    pub fn only(mut self, only: &[(String, Vec<u32>)]) -> Result<Self> {
        for (name, codes) in only {
            let dimension = self.source.manifest.dimension(name)?;
            let (dimension, codes) = self.shortest(dimension, codes)?;
            let condition = self.condition(dimension, &codes)?;
            self.conditions.push(condition);
        }
        Ok(self)
    }

    /// The same rows by the parent, where its values say it in fewer words.
    fn shortest(
        &self,
        dimension: &'a Dimension,
        codes: &[u32],
    ) -> Result<(&'a Dimension, Vec<u32>)> {
        let Source { manifest, names } = self.source;
        let plain = (dimension, codes.to_vec());
        let Some(parent) = &dimension.parent else {
            return Ok(plain);
        };
        let parent = manifest.dimension(parent)?;
        if !names.has(parent) {
            return Ok(plain);
        }
        let chosen =
            |code: usize| u32::try_from(code).is_ok_and(|c| codes.binary_search(&c).is_ok());
        let values = names.of(dimension)?;
        let mut parents = BTreeSet::new();
        for value in values
            .iter()
            .enumerate()
            .filter_map(|(code, v)| chosen(code).then_some(v))
        {
            let Some(parent) = value.parent else {
                return Ok(plain);
            };
            parents.insert(parent);
        }
        let whole = values.iter().enumerate().all(|(code, value)| {
            chosen(code) || value.parent.is_none_or(|parent| !parents.contains(&parent))
        });
        Ok(if whole && parents.len() < codes.len() {
            (parent, parents.into_iter().collect())
        } else {
            plain
        })
    }

    fn condition(&mut self, dimension: &'a Dimension, codes: &[u32]) -> Result<String> {
        if codes.is_empty() {
            return Ok("1 = 0".into());
        }
        if codes.len() > limits::EXPLAINED_VALUES_MAX {
            return Err(Error::over_budget(format!(
                "it would list {} values of {}, more than {}",
                codes.len(),
                dimension.name,
                limits::EXPLAINED_VALUES_MAX
            )));
        }
        let values = self.source.names.of(dimension)?;
        let chosen: Vec<&Value> = codes
            .iter()
            .filter_map(|&code| values.get(code as usize))
            .collect();
        self.dimensions.insert(&dimension.name);
        let (id, name) = self.source.of(&dimension.name);
        let ids: BTreeSet<&str> = chosen.iter().map(|value| value.id.as_str()).collect();
        // Two names of one id are two values.
        let is_told_by_id = values
            .iter()
            .filter(|v| ids.contains(v.id.as_str()))
            .count()
            == chosen.len();
        if is_told_by_id {
            let listed: Vec<String> = chosen.iter().map(|value| literal(&value.id)).collect();
            return Ok(match listed.as_slice() {
                [one] => format!("{id} = {one}"),
                _ => format!("{id} IN ({})", listed.join(", ")),
            });
        }
        let pair = |value: &&Value| {
            format!(
                "({id} = {} AND {name} = {})",
                literal(&value.id),
                literal(&value.name)
            )
        };
        let pairs: Vec<String> = chosen.iter().map(pair).collect();
        Ok(format!("({})", pairs.join(" OR ")))
    }

    /// A row for each value of a dimension: its `id` and its `name`.
    #[must_use]
    pub fn by(self, dimension: &'a Dimension) -> Self {
        self.by_as(dimension, "id", "name")
    }

    /// The same, with other names for both columns.
    pub(super) fn by_as(mut self, dimension: &'a Dimension, as_id: &str, as_name: &str) -> Self {
        self.dimensions.insert(&dimension.name);
        let (id, name) = self.source.of(&dimension.name);
        self.groups.push(id.clone());
        if id != name {
            self.groups.push(name.clone());
        }
        self.column(id, as_id).column(name, as_name)
    }

    /// A row for each step of time: its first day, `date`.
    #[must_use]
    pub fn by_step(mut self, grain: Grain) -> Self {
        let step = match grain {
            Grain::Day => DAY.to_owned(),
            _ => format!("CAST(DATE_TRUNC('{grain}', {DAY}) AS DATE)"),
        };
        self.groups.push(step.clone());
        self.order.push(step.clone());
        self.column(step, "date")
    }

    /// The sum of a measure, or one sum divided by another, of the rows of a period or of all; 0 (or none) without rows.
    #[must_use]
    pub fn value(self, asked: Asked<'a>, period: Option<Period>, name: &str) -> Self {
        let mut select = self;
        let value = select.expression(asked, period);
        select.column(value, name)
    }

    /// The difference of a measure between two periods.
    #[must_use]
    pub fn change(self, asked: Asked<'a>, (now, then): (Period, Period), name: &str) -> Self {
        let mut select = self;
        let change = format!(
            "{} - {}",
            select.expression(asked, Some(now)),
            select.expression(asked, Some(then))
        );
        select.column(change, name)
    }

    pub(super) fn expression(&mut self, asked: Asked<'a>, period: Option<Period>) -> String {
        match asked {
            Asked::Sum(measure) => self.sum(measure, period),
            Asked::Ratio(derived, above, below) => {
                let fraction = self.fraction(above, below, period);
                format!("ROUND({fraction}, {})", derived.scale)
            }
        }
    }

    pub(super) fn sum(&mut self, measure: &'a Measure, period: Option<Period>) -> String {
        self.measures.insert(&measure.name);
        let column = identifier(&measure.name);
        let summed = match period {
            None => format!("SUM({column})"),
            Some(period) => format!("SUM(CASE WHEN {} THEN {column} ELSE 0 END)", within(period)),
        };
        format!("COALESCE({summed}, 0)")
    }

    pub(super) fn fraction(
        &mut self,
        above: &'a Measure,
        below: &'a Measure,
        period: Option<Period>,
    ) -> String {
        let (above, below) = (self.sum(above, period), self.sum(below, period));
        format!("CAST({above} AS DOUBLE PRECISION) / NULLIF({below}, 0)")
    }

    /// Puts the rows in order of a measure, equal ones by name; `rank` counts them, and those before the `offset` and after
    /// `n` more are left out, as are those whose ratio is none.
    #[must_use]
    pub fn ranked(self, asked: Asked<'a>, order: Order, n: u32, offset: u32) -> Self {
        let mut select = self;
        let by = match asked {
            Asked::Sum(measure) => select.sum(measure, None),
            Asked::Ratio(_, above, below) => {
                select.having = Some(format!("{} <> 0", select.sum(below, None)));
                select.fraction(above, below, None)
            }
        };
        let direction = direction(order);
        let (ids, names): (Vec<String>, Vec<String>) = select
            .dimensions_grouped()
            .map(|name| select.source.of(name))
            .unzip();
        let ties: Vec<String> = names.into_iter().chain(ids).collect();
        let ties = if ties.is_empty() {
            String::new()
        } else {
            format!(", {}", ties.join(", "))
        };
        select.order = vec![identifier("rank")];
        (select.limit, select.offset) = (Some(n), offset);
        select.column(
            format!("ROW_NUMBER() OVER (ORDER BY {by} {direction}{ties})"),
            "rank",
        )
    }

    fn dimensions_grouped(&self) -> impl Iterator<Item = &'a str> {
        let groups = self.groups.clone();
        let source = self.source;
        self.dimensions
            .clone()
            .into_iter()
            .filter(move |name| groups.contains(&source.of(name).1))
    }

    /// How many values a dimension has: pairs of an id and a name.
    #[must_use]
    pub fn count(mut self, dimension: &'a Dimension, name: &str) -> Self {
        self.dimensions.insert(&dimension.name);
        let (id, own) = self.source.of(&dimension.name);
        let value = if id == own {
            id
        } else {
            // No name has a line end in it, so that no two pairs look alike.
            format!("{id} || CHR(10) || {own}")
        };
        self.column(format!("COUNT(DISTINCT {value})"), name)
    }

    /// The query.
    ///
    /// # Errors
    /// `OverBudget` if it is longer than an answer's query may be.
    pub fn finish(self) -> Result<String> {
        bounded(format!("{}\n{}", self.head(), self.body()))
    }

    /// The rows that the query is about: `WITH source AS (...)`.
    pub(super) fn head(&self) -> String {
        let rows = self.source.rows(&self.dimensions, &self.measures);
        self.source.remarks() + &rows
    }

    /// The query over them.
    pub(super) fn body(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(expression, name)| {
                let name = identifier(name);
                if *expression == name {
                    name
                } else {
                    format!("{expression} AS {name}")
                }
            })
            .collect();
        let mut out = format!("SELECT\n  {}\nFROM source", columns.join(",\n  "));
        // Writing into a String cannot fail.
        if !self.conditions.is_empty() {
            let _ = write!(out, "\nWHERE {}", self.conditions.join("\n  AND "));
        }
        if !self.groups.is_empty() {
            let _ = write!(out, "\nGROUP BY {}", self.groups.join(", "));
        }
        if let Some(having) = &self.having {
            let _ = write!(out, "\nHAVING {having}");
        }
        if !self.order.is_empty() {
            let _ = write!(out, "\nORDER BY {}", self.order.join(", "));
        }
        if let Some(limit) = self.limit {
            let _ = write!(out, "\nLIMIT {limit}");
        }
        if self.offset > 0 {
            let _ = write!(out, " OFFSET {}", self.offset);
        }
        out
    }
}

/// A query that is no longer than an answer's may be.
pub(super) fn bounded(sql: String) -> Result<String> {
    if sql.len() > limits::EXPLAINED_SQL_BYTES_MAX {
        return Err(Error::over_budget(format!(
            "it would have {} bytes, more than {}",
            sql.len(),
            limits::EXPLAINED_SQL_BYTES_MAX
        )));
    }
    Ok(sql)
}

/// The direction of a ranking.
pub(super) const fn direction(order: Order) -> &'static str {
    match order {
        Order::Desc => "DESC",
        Order::Asc => "ASC",
    }
}

pub(super) fn within(period: Period) -> String {
    format!(
        "{DAY} BETWEEN {} AND {}",
        date(period.first),
        date(period.last)
    )
}
