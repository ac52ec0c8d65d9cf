//! Standing questions of a dataset: what is asked most, ready to be found and cited.

use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::Arguments;
use crate::model::manifest::{Manifest, MeasureKind};
use crate::model::query::Query;
use crate::model::{Grain, Period};

/// A question that stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Saved {
    /// Its name in ids.
    pub(super) name: String,
    /// What it answers, for people.
    pub(super) title: String,
    /// Other words by which it is looked for.
    pub(super) words: &'static str,
    /// The question.
    pub(super) query: Query,
}

/// How the names of questions about it end.
const LAST_MONTH: &str = "_last_month";

/// The newest whole month of the data, and the months that end with it, at most twelve; none if no month is whole.
pub(super) fn whole_months(manifest: &Manifest) -> Option<(Period, Period)> {
    let days = manifest.days;
    let end = Grain::Month.floor(days.last.plus(1)).plus(-1);
    let floor = Grain::Month.floor(days.first);
    // The data may begin within a month.
    let start = if floor == days.first {
        floor
    } else {
        Grain::Month.step(floor, 1)
    };
    let month = Period::new(Grain::Month.floor(end), end).ok()?;
    if month.first < start {
        return None;
    }
    let first = Grain::Month.step(month.first, -11).max(start);
    Some((month, Period::new(first, end).ok()?))
}

/// A question as a link spells it.
pub(super) fn question(
    answer: &str,
    given: &[(&str, &str)],
    names: &[(&str, &str)],
) -> Result<Query> {
    let kind = Query::KINDS.iter().find(|kind| kind.answer == answer);
    let kind = kind.ok_or_else(|| Error::internal("a question of no kind"))?;
    let mut arguments = Arguments::default();
    for (name, value) in given {
        arguments.give(name, (*value).to_owned());
    }
    for (dimension, name) in names {
        arguments.give_names(dimension, vec![(*name).to_owned()]);
    }
    kind.read(arguments)
}

/// The questions that stand for a dataset.
pub(super) fn saved(manifest: &Manifest) -> Result<Vec<Saved>> {
    let mut all = rankings(manifest)?;
    let default = manifest.measure(None)?;
    let measure = default.label.to_lowercase();
    let mut put =
        |name: &str, title: String, words, answer, given: &[(&str, &str)]| -> Result<()> {
            all.push(Saved {
                name: name.into(),
                title,
                words,
                query: question(answer, given, &[])?,
            });
            Ok(())
        };
    if let Some((month, year)) = whole_months(manifest)
        && year.first < month.first
    {
        let a = month.to_string();
        put(
            "compare_last_month",
            format!("{measure} of {month} beside the month before and the year before"),
            "compare comparison change growth last month versus previous",
            "compare",
            &[("a", &a)],
        )?;
        put(
            "explain_last_month",
            format!("Why {measure} changed in {month}"),
            "reason cause explain drop rise last month",
            "explain",
            &[("a", &a)],
        )?;
    }
    put(
        "trend",
        format!("Trend of {measure} by month"),
        "development history course over time growth",
        "trend",
        &[],
    )?;
    put(
        "forecast",
        format!("Forecast of {measure} by month"),
        "next future expected outlook prediction",
        "forecast",
        &[],
    )?;
    put(
        "accuracy",
        format!("Accuracy of forecasts of {measure}"),
        "trust error wrong reliable quality backtest",
        "accuracy",
        &[],
    )?;
    put(
        "data",
        format!("What the data of {} hold", manifest.title),
        "dataset schema measures dimensions days quality freshness",
        "describe",
        &[],
    )?;
    Ok(all)
}

/// What sells best, by each dimension.
fn rankings(manifest: &Manifest) -> Result<Vec<Saved>> {
    let mut all = Vec::new();
    let periods = whole_months(manifest);
    let year = periods.map_or(manifest.days, |(_, year)| year);
    let default = manifest.measure(None)?;
    let mut measures = manifest.measures.iter();
    let money = measures.find(|m| m.kind == MeasureKind::Money && m.name != default.name);
    let rows = limits::ROWS_SAVED.to_string();
    for dimension in &manifest.dimensions {
        let mut rank =
            |suffix: &str, measure: &crate::model::Measure, period: Period| -> Result<()> {
                let period = period.to_string();
                let mut given = vec![
                    ("by", dimension.name.as_str()),
                    ("n", rows.as_str()),
                    ("period", period.as_str()),
                ];
                if measure.name != default.name {
                    given.push(("measure", &measure.name));
                }
                all.push(Saved {
                    name: format!("top_{}{suffix}", dimension.name),
                    title: format!(
                        "Top by {}: {}, {period}",
                        dimension.label.to_lowercase(),
                        measure.label.to_lowercase()
                    ),
                    words: if suffix == LAST_MONTH {
                        "best sellers ranking most popular last month"
                    } else {
                        "best sellers ranking most popular"
                    },
                    query: question("top", &given, &[])?,
                });
                Ok(())
            };
        rank("", default, year)?;
        if let Some(money) = money {
            rank(&format!("_{}", money.name), money, year)?;
        }
        if let Some((month, _)) = periods {
            rank(LAST_MONTH, default, month)?;
        }
    }
    Ok(all)
}
