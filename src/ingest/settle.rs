//! What the sample has to settle before a row can be read: where the time is, how dates and numbers are written, and which
//! dimension belongs to which.

use std::collections::BTreeMap;

use super::date::Order;
use super::detect::{Detection, grouped};
use super::mapping::{DimensionPlan, MeasurePlan, TimeColumns};
use super::number::Decimal;
use super::profile::{Profile, Sample};
use super::vocabulary::Meaning;
use crate::error::{Error, Result};

/// Finds the date column, or the year and the month column.
pub(super) fn time(d: &mut Detection<'_>) -> Result<TimeColumns> {
    let told = d.config.time.clone().unwrap_or_default();
    if let (Some(year), Some(month)) = (&told.year, &told.month) {
        let (year, month) = (d.column(year)?, d.column(month)?);
        d.set(year, "year", "dataset.toml says so");
        d.set(month, "month", "dataset.toml says so");
        return Ok(TimeColumns::YearMonth { year, month });
    }
    if let Some(date) = &told.date {
        let column = d.column(date)?;
        let order = match d.config.date_order()? {
            Some(order) => order,
            None => date_order(d, column)?,
        };
        d.set(
            column,
            "date",
            format!("dataset.toml says so; written {}", order.name()),
        );
        return Ok(TimeColumns::Date { column, order });
    }
    let mut best: Option<((u8, usize, usize), usize)> = None;
    for (column, p) in d.profiles.iter().enumerate() {
        if !d.is_free(column) || !p.is_date() {
            continue;
        }
        let meaning = d.meanings.get(column).copied().flatten();
        // Digits alone are a date only where the name says so: they may be an id.
        let rank = match meaning {
            Some((Meaning::Date, ..)) => 0,
            Some((Meaning::Month | Meaning::CalendarPart, ..)) if p.months < p.values => 1,
            _ if p.numbers == 0 => 2,
            _ => continue,
        };
        let score = (rank, meaning.map_or(0, |m| m.2), column);
        if best.is_none_or(|(s, _)| score < s) {
            best = Some((score, column));
        }
    }
    if let Some((_, column)) = best {
        let order = date_order(d, column)?;
        let values = d.profiles.get(column).map_or(0, |p| p.values);
        let reason = format!(
            "{} sampled values are dates, written {}",
            grouped(values),
            order.name()
        );
        d.set(column, "date", reason);
        return Ok(TimeColumns::Date { column, order });
    }
    year_and_month(d)
}

fn year_and_month(d: &mut Detection<'_>) -> Result<TimeColumns> {
    let find = |wanted: Meaning, count: fn(&Profile) -> usize| {
        (0..d.profiles.len()).find(|&column| {
            let p = d.profiles.get(column);
            let meant = d.meanings.get(column).copied().flatten().map(|m| m.0) == Some(wanted);
            meant
                && d.is_free(column)
                && p.is_some_and(|p| p.values > 0 && count(p) * 10 >= p.values * 9)
        })
    };
    let year = find(Meaning::Year, |p| p.years);
    let month = find(Meaning::Month, |p| p.months);
    if let (Some(year), Some(month)) = (year, month) {
        d.set(year, "year", "name says year; sampled values are years");
        d.set(month, "month", "name says month; sampled values are months");
        return Ok(TimeColumns::YearMonth { year, month });
    }
    let named = (0..d.profiles.len()).find(|&c| {
        matches!(
            d.meanings.get(c).copied().flatten(),
            Some((Meaning::Date, ..))
        ) && d.is_free(c)
    });
    let Some(p) = named.and_then(|c| d.profiles.get(c)) else {
        return Err(Error::invalid(format!(
            "{} has no date column (its columns are {}): add a column of dates, or of year and month, or name one under [time] in dataset.toml",
            d.source,
            d.sample.headers.join(", ")
        )));
    };
    let Some((line, text)) = &p.not_date else {
        return Err(Error::invalid(format!(
            "{} column {:?} should hold the dates, but is empty: fill it, or name another column under [time] in dataset.toml",
            d.source, p.header
        )));
    };
    Err(Error::invalid(format!(
        "{} line {line}, column {:?}: {text:?} is not a date: write dates as yyyy-mm-dd, or name another column under [time] in dataset.toml",
        d.source, p.header
    )))
}

/// The one order in which every sampled date of a column is a date.
fn date_order(d: &Detection<'_>, column: usize) -> Result<Order> {
    let Some(p) = d.profiles.get(column) else {
        return Err(Error::internal("a date column that is not there"));
    };
    let (source, header) = (d.source, &p.header);
    if let Some((line, text)) = &p.order_conflict {
        let before = p
            .orders
            .iter()
            .map(|o| format!("{:?}", o.name()))
            .collect::<Vec<_>>();
        return Err(Error::invalid(format!(
            "{source} line {line}, column {header:?}: {text:?} is written otherwise than the dates before it ({}): write all dates the same way, best as yyyy-mm-dd",
            before.join(" or ")
        )));
    }
    let orders: Vec<Order> = p.orders.iter().collect();
    match orders.as_slice() {
        [one] => Ok(*one),
        [first, ..] if p.dates > 0 => {
            let example = d.sample.rows.iter().find_map(|(line, r)| {
                let text = r.get(column).unwrap_or_default().trim();
                super::date::read(text, *first).map(|_| (*line, text.to_owned()))
            });
            let (line, text) = example.unwrap_or_default();
            let ways = orders
                .iter()
                .map(|o| format!("format = {:?}", o.name()))
                .collect::<Vec<_>>();
            Err(Error::invalid(format!(
                "{source} line {line}, column {header:?}: {text:?} can be read with the day or the month first, and no sampled row decides: put {} under [time] with date = {header:?} into a dataset.toml and pass it with --config",
                ways.join(" or ")
            )))
        }
        _ => Err(Error::invalid(format!(
            "{source} column {header:?} holds no dates: write them as yyyy-mm-dd, or name another column under [time] in dataset.toml"
        ))),
    }
}

/// How numbers are written, decided over all columns of measures together.
pub(super) fn decimal(
    d: &Detection<'_>,
    measures: &[MeasurePlan],
    delimiter: u8,
) -> Result<Decimal> {
    if let Some(told) = d.config.decimal()? {
        return Ok(told);
    }
    let profiles: Vec<&Profile> = measures
        .iter()
        .flat_map(|m| [Some(m.column), m.times])
        .filter_map(|column| d.profiles.get(column?))
        .collect();
    let point = profiles
        .iter()
        .find_map(|p| p.point.as_ref().map(|x| (p, x)));
    let comma = profiles
        .iter()
        .find_map(|p| p.comma.as_ref().map(|x| (p, x)));
    let either = profiles
        .iter()
        .find_map(|p| p.either_comma.as_ref().map(|x| (p, x)));
    match (point, comma, either) {
        (Some((p, (l1, t1))), Some((c, (l2, t2))), _) => Err(Error::invalid(format!(
            "{} mixes decimal points and commas: {t1:?} (line {l1}, column {:?}) and {t2:?} (line {l2}, column {:?}): write all numbers the same way",
            d.source, p.header, c.header
        ))),
        (Some(_), None, _) | (None, None, None) => Ok(Decimal::Point),
        (None, Some(_), _) => Ok(Decimal::Comma),
        // With commas between the fields, a number with a comma was quoted on purpose: thousands.
        (None, None, Some(_)) if delimiter == b',' => Ok(Decimal::Point),
        (None, None, Some((p, (line, text)))) => Err(Error::invalid(format!(
            "{} line {line}, column {:?}: {text:?} can be a thousand or a decimal, and no sampled number decides: put decimal = \".\" or decimal = \",\" into a dataset.toml and pass it with --config",
            d.source, p.header
        ))),
    }
}

/// Whether each sampled value of a dimension goes with one value of another column only.
pub(super) fn depends(sample: &Sample, child: &DimensionPlan, parent: usize) -> bool {
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    sample.rows.iter().all(|(_, row)| {
        let field = |column: usize| row.get(column).unwrap_or_default().trim();
        let key = (child.id_column.map_or("", field), field(child.column));
        let value = field(parent);
        *seen.entry(key).or_insert(value) == value
    })
}

/// Why nothing can be summed.
pub(super) fn no_measure(d: &Detection<'_>) -> Error {
    let prices = d
        .meanings
        .iter()
        .flatten()
        .any(|m| m.0 == Meaning::NotAdditive);
    let more = if prices {
        "; prices, rates and stock levels do not add up"
    } else {
        ""
    };
    Error::invalid(format!(
        "{} has no column of numbers to sum (its columns are {}){more}: add one such as units or revenue, or name one under [[measure]] in dataset.toml",
        d.source,
        d.sample.headers.join(", ")
    ))
}
