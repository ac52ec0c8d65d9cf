//! Queries as link arguments: sorted, defaults dropped, one spelling a value, so that a cache holds one copy of an answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::calendar::{Day, Grain, Period};
use super::names::{fold, nearest};
use super::planned::Planned;
use super::query::{
    AccuracyQuery, DescribeQuery, Filters, ForecastQuery, Horizon, ModelChoice, Order, Query,
    TopQuery,
};
use crate::error::{Error, Result};
use crate::limits;

/// Everything but RFC 3986's unreserved characters, and those that are read better as they are and need no escape in a query.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b',')
    .remove(b':');

/// What is ranked when nothing else is asked.
pub const TOP_BY_DEFAULT: &str = "product";
/// Prediction intervals when nothing else is asked, percent.
pub const LEVELS_DEFAULT: [u8; 2] = [80, 95];

const FILTER_PREFIX: &str = "filter.";
const TOP_ARGUMENTS: &[&str] = &["by", "measure", "n", "operation", "order", "period"];
const FORECAST_ARGUMENTS: &[&str] = &[
    "by",
    "grain",
    "horizon",
    "include_history",
    "levels",
    "measure",
    "model",
    "operation",
    "period",
    "planned",
    "start_date",
];
const ACCURACY_ARGUMENTS: &[&str] = &[
    "grain",
    "horizon",
    "levels",
    "measure",
    "model",
    "operation",
    "period",
];
const DESCRIBE_ARGUMENTS: &[&str] = &["contains", "dimension", "limit", "offset"];

/// A parsed link: what it asks and the answer epoch that it was made in.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What is asked.
    pub query: Query,
    /// The answer epoch, where the link has one.
    pub epoch: Option<u32>,
}

/// Reads the arguments of a link to an answer.
///
/// # Errors
/// `NotFound` for an unknown answer; `Invalid` for an unknown, repeated or wrong argument.
pub fn parse(answer: &str, query_string: &str) -> Result<Parsed> {
    let mut arguments = Arguments::read(query_string)?;
    let epoch = arguments
        .take("e")
        .map(|e| {
            e.parse().map_err(|_| {
                Error::invalid("\"e\" is the answer epoch, a whole number: leave it out")
            })
        })
        .transpose()?;
    let query = match answer {
        "top" => top(&mut arguments)?,
        "forecast" => forecast(&mut arguments)?,
        "describe" => describe(&mut arguments)?,
        "accuracy" => accuracy(&mut arguments)?,
        _ => {
            return Err(
                Error::not_found(format!("there is no answer called {answer:?}")).with_suggestions(
                    nearest(
                        answer,
                        ["top", "forecast", "describe", "accuracy"].into_iter(),
                    ),
                ),
            );
        }
    };
    arguments.finish(match query {
        Query::Top(_) => TOP_ARGUMENTS,
        Query::Forecast(_) => FORECAST_ARGUMENTS,
        Query::Describe(_) => DESCRIBE_ARGUMENTS,
        Query::Accuracy(_) => ACCURACY_ARGUMENTS,
    })?;
    Ok(Parsed { query, epoch })
}

fn top(arguments: &mut Arguments) -> Result<Query> {
    let n = arguments.number("n", limits::TOP_N_DEFAULT, 1..=limits::ROWS_MAX)?;
    let order = match arguments.take("order") {
        None => Order::default(),
        Some(text) => Order::parse(&text)?,
    };
    Ok(Query::Top(TopQuery {
        n,
        order,
        measure: arguments.name("measure")?,
        by: arguments
            .name("by")?
            .unwrap_or_else(|| TOP_BY_DEFAULT.into()),
        filters: arguments.filters()?,
    }))
}

fn forecast(arguments: &mut Arguments) -> Result<Query> {
    let include_history = match arguments.take("include_history").as_deref() {
        None | Some("true" | "1") => true,
        Some("false" | "0") => false,
        Some(other) => {
            return Err(Error::invalid(format!(
                "\"include_history\" is true or false, not {other:?}"
            )));
        }
    };
    let levels = levels(arguments)?;
    Ok(Query::Forecast(ForecastQuery {
        measure: arguments.name("measure")?,
        grain: arguments
            .take("grain")
            .map_or(Ok(Grain::Month), |text| Grain::parse(&text))?,
        horizon: arguments
            .take("horizon")
            .map_or(Ok(Horizon::DEFAULT), |text| Horizon::parse(&text))?,
        levels,
        include_history,
        start_date: arguments
            .take("start_date")
            .map(|text| Day::parse(&text))
            .transpose()?,
        model: arguments
            .take("model")
            .map_or(Ok(ModelChoice::Auto), |text| ModelChoice::parse(&text))?,
        by: arguments.name("by")?,
        planned: arguments
            .take("planned")
            .map_or(Ok(Vec::new()), |text| Planned::parse_list(&text))?,
        filters: arguments.filters()?,
    }))
}

fn accuracy(arguments: &mut Arguments) -> Result<Query> {
    let grain = arguments.take("grain");
    let horizon = arguments.take("horizon");
    let model = arguments.take("model");
    Ok(Query::Accuracy(AccuracyQuery {
        measure: arguments.name("measure")?,
        grain: grain.map_or(Ok(Grain::Month), |text| Grain::parse(&text))?,
        horizon: horizon.map_or(Ok(Horizon::DEFAULT), |text| Horizon::parse(&text))?,
        levels: levels(arguments)?,
        model: model.map_or(Ok(ModelChoice::Auto), |text| ModelChoice::parse(&text))?,
        filters: arguments.filters()?,
    }))
}

fn levels(arguments: &mut Arguments) -> Result<Vec<u8>> {
    let Some(text) = arguments.take("levels") else {
        return Ok(LEVELS_DEFAULT.to_vec());
    };
    let levels: Result<Vec<u8>> = text
        .split(',')
        .map(|part| part.trim().parse().map_err(|_| bad_levels()))
        .collect();
    checked_levels(levels?)
}

fn describe(arguments: &mut Arguments) -> Result<Query> {
    Ok(Query::Describe(DescribeQuery {
        limit: arguments.number(
            "limit",
            limits::DESCRIBE_VALUES_DEFAULT,
            1..=limits::ROWS_MAX,
        )?,
        offset: arguments.number("offset", 0, 0..=u32::MAX)?,
        dimension: arguments.name("dimension")?,
        contains: arguments.name("contains")?,
    }))
}

fn bad_levels() -> Error {
    Error::invalid(format!(
        "levels are 1 to {} whole percentages from 50 to 99, such as 80,95",
        limits::LEVELS_MAX
    ))
}

/// Sorts levels and drops repeats.
///
/// # Errors
/// `Invalid` unless there are 1 to [`limits::LEVELS_MAX`], each from 50 to 99.
pub fn checked_levels(mut levels: Vec<u8>) -> Result<Vec<u8>> {
    levels.sort_unstable();
    levels.dedup();
    let fine = !levels.is_empty()
        && levels.len() <= limits::LEVELS_MAX
        && levels.iter().all(|l| (50..=99).contains(l));
    if fine { Ok(levels) } else { Err(bad_levels()) }
}

/// The canonical query string of a query, with the current answer epoch at its end.
#[must_use]
pub fn canonical(query: &Query) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| pairs.push((name.into(), value));
    match query {
        Query::Top(q) => {
            if q.n != limits::TOP_N_DEFAULT {
                put("n", q.n.to_string());
            }
            if q.order != Order::default() {
                put("order", q.order.to_string());
            }
            if fold(&q.by) != TOP_BY_DEFAULT {
                put("by", fold(&q.by));
            }
            if let Some(measure) = &q.measure {
                put("measure", fold(measure));
            }
            filter_pairs(&q.filters, &mut put);
        }
        Query::Forecast(q) => {
            if q.grain != Grain::Month {
                put("grain", q.grain.to_string());
            }
            if q.horizon != Horizon::DEFAULT {
                put("horizon", q.horizon.to_string());
            }
            if q.levels != LEVELS_DEFAULT {
                put("levels", joined(&q.levels));
            }
            if !q.include_history {
                put("include_history", "false".into());
            }
            if let Some(day) = q.start_date {
                put("start_date", day.to_string());
            }
            if q.model != ModelChoice::Auto {
                put("model", q.model.to_string());
            }
            if let Some(by) = &q.by {
                put("by", fold(by));
            }
            if !q.planned.is_empty() {
                let all: Vec<String> = q.planned.iter().map(Planned::to_string).collect();
                put("planned", all.join(","));
            }
            if let Some(measure) = &q.measure {
                put("measure", fold(measure));
            }
            filter_pairs(&q.filters, &mut put);
        }
        Query::Accuracy(q) => {
            if q.grain != Grain::Month {
                put("grain", q.grain.to_string());
            }
            if q.horizon != Horizon::DEFAULT {
                put("horizon", q.horizon.to_string());
            }
            if q.levels != LEVELS_DEFAULT {
                put("levels", joined(&q.levels));
            }
            if q.model != ModelChoice::Auto {
                put("model", q.model.to_string());
            }
            if let Some(measure) = &q.measure {
                put("measure", fold(measure));
            }
            filter_pairs(&q.filters, &mut put);
        }
        Query::Describe(q) => {
            if q.limit != limits::DESCRIBE_VALUES_DEFAULT {
                put("limit", q.limit.to_string());
            }
            if q.offset != 0 {
                put("offset", q.offset.to_string());
            }
            if let Some(dimension) = &q.dimension {
                put("dimension", fold(dimension));
            }
            if let Some(contains) = &q.contains {
                put("contains", fold(contains));
            }
        }
    }
    pairs.sort();
    pairs.dedup();
    let mut out = String::new();
    for (name, value) in pairs {
        // Writing into a String cannot fail.
        let _ = write!(out, "{}={}&", escape(&name), escape(&value));
    }
    let _ = write!(out, "e={}", limits::ANSWER_EPOCH);
    out
}

fn joined(levels: &[u8]) -> String {
    let levels: Vec<String> = levels.iter().map(u8::to_string).collect();
    levels.join(",")
}

fn filter_pairs(filters: &Filters, put: &mut impl FnMut(&str, String)) {
    if let Some(operation) = &filters.operation {
        put("operation", fold(operation));
    }
    if let Some(period) = filters.period {
        put("period", period.to_string());
    }
    for (dimension, values) in &filters.exact {
        for value in values {
            put(&format!("{FILTER_PREFIX}{}", fold(dimension)), fold(value));
        }
    }
}

fn escape(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, ESCAPED)
}

/// The arguments that were given and not yet taken.
struct Arguments(BTreeMap<String, Vec<String>>);

impl Arguments {
    fn read(query_string: &str) -> Result<Self> {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in query_string.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value)?;
            if value.trim().is_empty() {
                return Err(Error::invalid(format!(
                    "{name:?} is empty: give it a value or leave it out"
                )));
            }
            given.entry(decode(name)?).or_default().push(value);
        }
        Ok(Self(given))
    }

    /// The last value of an argument that was given once; a repeated one is left for `finish` to refuse.
    fn take(&mut self, name: &str) -> Option<String> {
        if self.0.get(name).is_some_and(|values| values.len() == 1) {
            return self.0.remove(name).and_then(|mut values| values.pop());
        }
        None
    }

    fn name(&mut self, name: &str) -> Result<Option<String>> {
        let Some(value) = self.take(name) else {
            return Ok(None);
        };
        checked_name(name, &value)?;
        Ok(Some(value))
    }

    fn number(
        &mut self,
        name: &str,
        default: u32,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<u32> {
        let Some(text) = self.take(name) else {
            return Ok(default);
        };
        match text.parse() {
            Ok(n) if range.contains(&n) => Ok(n),
            _ => Err(Error::invalid(format!(
                "{name:?} is a whole number from {} to {}, not {text:?}",
                range.start(),
                range.end()
            ))),
        }
    }

    fn filters(&mut self) -> Result<Filters> {
        let operation = self.name("operation")?;
        let period = self
            .take("period")
            .map(|text| Period::parse(&text))
            .transpose()?;
        let names: Vec<String> = self
            .0
            .keys()
            .filter(|k| k.starts_with(FILTER_PREFIX))
            .cloned()
            .collect();
        let mut exact = BTreeMap::new();
        for name in names {
            let values = self.0.remove(&name).unwrap_or_default();
            let dimension = name.strip_prefix(FILTER_PREFIX).unwrap_or(&name).to_owned();
            exact.insert(dimension, values);
        }
        let filters = Filters {
            operation,
            exact,
            period,
        };
        check_filters(&filters)?;
        Ok(filters)
    }

    fn finish(self, known: &[&str]) -> Result<()> {
        let Some((name, values)) = self.0.into_iter().next() else {
            return Ok(());
        };
        if values.len() > 1 && (known.contains(&name.as_str()) || name == "e") {
            return Err(Error::invalid(format!(
                "{name:?} is given {} times: give it once",
                values.len()
            )));
        }
        Err(Error::invalid(format!("unknown argument {name:?}"))
            .with_suggestions(nearest(&name, known.iter().copied())))
    }
}

/// Refuses more filters, values or characters than one question may have.
///
/// # Errors
/// `Invalid`, naming the bound.
pub fn check_filters(filters: &Filters) -> Result<()> {
    if filters.exact.len() > limits::FILTERS_MAX {
        return Err(Error::invalid(format!(
            "at most {} filters may be given",
            limits::FILTERS_MAX
        )));
    }
    if let Some(operation) = &filters.operation {
        checked_name("operation", operation)?;
    }
    for (dimension, values) in &filters.exact {
        checked_name("filter", dimension)?;
        if values.is_empty() || values.len() > limits::FILTER_VALUES_MAX {
            return Err(Error::invalid(format!(
                "filter {dimension:?} takes 1 to {} values",
                limits::FILTER_VALUES_MAX
            )));
        }
        for value in values {
            checked_name(dimension, value)?;
        }
    }
    Ok(())
}

fn checked_name(argument: &str, value: &str) -> Result<()> {
    if value.trim().is_empty() || value.chars().count() > limits::NAME_CHARS_MAX {
        return Err(Error::invalid(format!(
            "{argument:?} takes 1 to {} characters",
            limits::NAME_CHARS_MAX
        )));
    }
    Ok(())
}

fn decode(text: &str) -> Result<String> {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| Error::invalid("the query string is not percent-encoded UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_of(answer: &str, query: &str) -> String {
        canonical(&parse(answer, query).expect(query).query)
    }

    #[test]
    fn one_spelling_for_one_question() {
        let wanted =
            "filter.category=chips&filter.category=nuts&n=7&operation=dallas&period=2025-Q3&e=1";
        for given in [
            wanted,
            "operation=Dallas&n=7&filter.category=Nuts&filter.category=CHIPS&period=2025-07..2025-09",
            "e=1&period=2025-q3&order=desc&by=Product&operation=%20dallas&n=7&filter.category=nuts&filter.category=chips&filter.category=nuts",
        ] {
            assert_eq!(canonical_of("top", given), wanted, "{given}");
        }
        assert_eq!(canonical_of("top", ""), "e=1");
        assert_eq!(
            canonical_of(
                "forecast",
                "horizon=6+months&levels=95,80&model=auto&grain=months"
            ),
            "e=1"
        );
        assert_eq!(
            canonical_of(
                "accuracy",
                "period=2025-07..2025-09&levels=80,95&grain=week&operation=Dallas"
            ),
            "grain=week&operation=dallas&period=2025-Q3&e=1"
        );
        assert_eq!(
            canonical_of("describe", "contains=a%26b%3D%C3%A9"),
            "contains=a%26b%3D%C3%A9&e=1"
        );
    }

    #[test]
    fn wrong_arguments_say_what_to_change() {
        for (answer, query, needle) in [
            ("top", "n=0", "from 1 to 1000"),
            ("top", "n=1&n=2", "2 times"),
            ("top", "opration=x", "did you mean \"operation\""),
            ("top", "operation=", "empty"),
            ("top", "period=soon", "is not a period"),
            ("top", "grain=day", "unknown argument"),
            ("forecast", "levels=80,200", "from 50 to 99"),
            ("forecast", "include_history=maybe", "true or false"),
            ("accuracy", "include_history=true", "unknown argument"),
            ("accuracy", "levels=8", "from 50 to 99"),
            ("acuracy", "", "did you mean \"accuracy\""),
            ("top", "operation=%ff", "UTF-8"),
            ("tap", "", "did you mean \"top\""),
        ] {
            let error = parse(answer, query).expect_err(query).to_string();
            assert!(error.contains(needle), "{query}: {error}");
        }
    }
}
