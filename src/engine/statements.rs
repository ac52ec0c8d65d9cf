//! The SQL of an answer: for each kind of question the queries whose rows are those of the answer, column by column.

use super::analysis::Asked;
use super::explanation::of_scan;
use super::sums::Grouped;
use crate::error::Result;
use crate::model::answer::{
    Answer, Answered, CompareAnswer, Compared, ExplainAnswer, ForecastAnswer, SegmentsAnswer,
    TargetAnswer, TopAnswer, TopPer, TrendAnswer,
};
use crate::model::explanation::{Place, Statement};
use crate::model::manifest::{self, Dimension};
use crate::model::query::{DescribeQuery, Query, SegmentsQuery, TargetQuery, TopQuery, TrendQuery};
use crate::model::{Period, Receipt};
use crate::sql::{Ranking, Select, Source};

/// Columns that tell the values of a dimension apart.
const VALUE: [&str; 2] = ["id", "name"];

/// The queries of an answer; none where the kind has none of its own.
///
/// # Errors
/// `OverBudget` for a query that would be too long.
pub(super) fn of(asked: &Asked<'_>, answered: &Answered) -> Result<Option<Vec<Statement>>> {
    let work = Work {
        asked,
        source: Source::new(&asked.work.manifest, &asked.work.names),
        receipt: &answered.receipt,
    };
    let said = match (&asked.question.query, &answered.answer) {
        (Query::Top(query), Answer::Top(answer)) => work.top(query, answer)?,
        (Query::Compare(query), Answer::Compare(answer)) => {
            work.compare(query.measure.as_deref(), answer)?
        }
        (Query::Trend(query), Answer::Trend(answer)) => work.trend(query, answer)?,
        (Query::Explain(query), Answer::Explain(answer)) => {
            work.explain(query.measure.as_deref(), answer)?
        }
        (Query::Forecast(query), Answer::Forecast(answer)) => {
            work.forecast(query.measure.as_deref(), answer)?
        }
        (Query::Accuracy(query), Answer::Accuracy(answer)) if answer.record.is_ok() => {
            work.accuracy(query.measure.as_deref())?
        }
        (Query::Target(query), Answer::Target(answer)) if answer.name.is_none() => {
            work.target(query, answer)?
        }
        (Query::Segments(query), Answer::Segments(answer)) => work.segments(query, answer)?,
        (Query::Describe(query), Answer::Describe(answer)) => {
            let parts: Vec<&Dimension> = answer.dimensions.iter().collect();
            work.describe(query, &parts)?
        }
        (Query::Search(_), _) => Vec::new(),
        _ => return Ok(None),
    };
    Ok(Some(said))
}

/// What the SQL does not say, or why there is none.
pub(super) const fn beyond(query: &Query, is_none: bool) -> Option<&'static str> {
    match (query, is_none) {
        (Query::Search(_), _) => {
            Some("there is no SQL: a search looks into names and documents, and sums nothing")
        }
        (_, true) => Some("there is no SQL: nothing was summed for this answer"),
        (Query::Forecast(_), _) => Some(
            "the SQL gives the history; the forecast is made of it by the model that the answer names",
        ),
        (Query::Accuracy(_), _) => Some(
            "the SQL gives the history that came; what was predicted is in the record of forecasts, and the backtest is made of \
             the history by the model",
        ),
        (Query::Scenario(_), _) => Some(
            "the SQL gives the history; both forecasts are made of it by the model that the answer names",
        ),
        (Query::Target(_), _) => Some(
            "the SQL gives what was sold; probability and expected end are made of the history by a forecast",
        ),
        (Query::Anomalies(_), _) => Some(
            "the SQL gives the series; what was expected of each step is made of it by the model",
        ),
        (Query::Segments(_), _) => Some(
            "the SQL gives the sums and the monthly series; the classes are cut as the answer says in cuts",
        ),
        (Query::Trend(_), _) => {
            Some("growth, means and profiles are made of the steps that the SQL gives")
        }
        (Query::Explain(_), _) => {
            Some("shares, causes, volume, mix and price are made of the sums that the SQL gives")
        }
        (Query::Top(_) | Query::Compare(_) | Query::Describe(_) | Query::Fetch(_), _) => None,
    }
}

struct Work<'a> {
    asked: &'a Asked<'a>,
    source: Source<'a>,
    receipt: &'a Receipt,
}

/// Where the only row of a query stands: in the answer itself.
fn whole(fields: &[(&str, String)]) -> Place {
    Place {
        fields: owned(fields),
        ..Place::default()
    }
}

/// Where the rows of a query stand: in a list, by `key`.
fn list(rows: &str, key: &[&'static str], fields: &[(&str, String)]) -> Place {
    Place {
        rows: rows.to_owned(),
        key: key.to_vec(),
        fields: owned(fields),
        ..Place::default()
    }
}

fn owned(fields: &[(&str, String)]) -> Vec<(String, String)> {
    let fields = fields.iter();
    fields
        .map(|(column, pointer)| ((*column).to_owned(), pointer.clone()))
        .collect()
}

fn statement(about: impl Into<String>, select: Select<'_>, place: Place) -> Result<Statement> {
    Ok(Statement {
        about: about.into(),
        sql: select.finish()?,
        place: Some(place),
        totals: Vec::new(),
    })
}

impl<'a> Work<'a> {
    fn manifest(&self) -> &'a manifest::Manifest {
        &self.asked.work.manifest
    }

    /// The rows that the filters let through, in a period.
    fn rows(&self, period: Period) -> Result<Select<'a>> {
        self.filtered(&[period])
    }

    fn filtered(&self, periods: &[Period]) -> Result<Select<'a>> {
        let select = self.source.select().any_days(periods);
        select.only(&self.asked.selection.only)
    }

    fn measure(&self, name: Option<&str>) -> Result<manifest::Asked<'a>> {
        self.manifest().asked(name)
    }

    fn top(&self, query: &TopQuery, answer: &TopAnswer) -> Result<Vec<Statement>> {
        let measure = self.measure(query.measure.as_deref())?;
        let period = self.receipt.period;
        if answer.per.is_some() || answer.against.is_some() {
            return self.rankings(query, answer);
        }
        let by = self.manifest().dimension(&query.by)?;
        let ranked = self
            .rows(period)?
            .by(by)
            .value(measure, None, "value")
            .ranked(measure, query.order, query.n, query.offset);
        let fields = [("rank", "/rank".into()), ("value", "/value".into())];
        let mut said = vec![statement(
            "the ranking",
            ranked,
            list("/rows", &VALUE, &fields),
        )?];
        // The total of a ratio is over the values that have one.
        let is_over_all = match measure {
            manifest::Asked::Sum(_) => true,
            manifest::Asked::Ratio(..) => {
                let grouped = Grouped::of(&query.by, self.asked.work, self.asked.read()?)?;
                let sums = (0..grouped.sums.len()).filter_map(|code| grouped.sums.get(code));
                sums.into_iter()
                    .all(|sums| matches!(sums, [above, below] if *above == 0 || *below != 0))
            }
        };
        if is_over_all && self.receipt.rows > 0 {
            let total = self.rows(period)?.value(measure, None, "total");
            said.push(statement(
                "the total",
                total,
                whole(&[("total", "/total".into())]),
            )?);
        }
        Ok(said)
    }

    /// Several rankings, or one with the ranks of a period before; and the sums of both.
    fn rankings(&self, query: &TopQuery, answer: &TopAnswer) -> Result<Vec<Statement>> {
        if answer.rows.is_empty() {
            return Ok(Vec::new());
        }
        let manifest = self.manifest();
        let measure = self.measure(query.measure.as_deref())?;
        let per = query.per.as_deref().map(|per| manifest.dimension(per));
        let now = self.receipt.period;
        let before = answer.against.as_ref().map(|a| a.compared.period);
        // Of several rankings the offset counts groups.
        let skipped = if query.per.is_some() { 0 } else { query.offset };
        let ranking = Ranking {
            by: manifest.dimension(&query.by)?,
            per: per.transpose()?,
            measure,
            order: query.order,
            now,
            before,
            ranks: (
                u64::from(skipped) + 1,
                u64::from(skipped) + u64::from(query.n),
            ),
        };
        let days: Vec<Period> = std::iter::once(now).chain(before).collect();
        let mut fields = vec![("rank", "/rank".to_owned()), ("value", "/value".into())];
        if before.is_some() {
            fields.push(("rank_before", "/rank_before".into()));
            fields.push(("value_before", "/value_before".into()));
        }
        let keys: &[&'static str] = match &answer.per {
            Some(_) => &["group", "id", "name"],
            None => &VALUE,
        };
        let is_whole = |per: &TopPer| per.groups.len() == per.groups_total;
        let mut said = vec![Statement {
            about: "the ranking".into(),
            sql: ranking.of(self.filtered(&days)?)?,
            place: Some(Place {
                is_part: !answer.per.as_ref().is_none_or(is_whole),
                ..list("/rows", keys, &fields)
            }),
            totals: Vec::new(),
        }];
        // What a ratio leaves out is left out of its total.
        if matches!(measure, manifest::Asked::Ratio(..)) {
            return Ok(said);
        }
        let total = |about, period, pointer: &str| -> Result<Statement> {
            let total = self.rows(period)?.value(measure, None, "total");
            statement(about, total, whole(&[("total", pointer.into())]))
        };
        match &answer.per {
            Some(per) if is_whole(per) => {
                let each = self
                    .rows(self.receipt.period)?
                    .by(self.manifest().dimension(&per.per)?)
                    .value(measure, None, "total");
                let fields = [("total", "/total".into())];
                said.push(statement(
                    "the groups",
                    each,
                    list("/groups", &VALUE, &fields),
                )?);
            }
            Some(_) => {}
            None => said.push(total("the total", self.receipt.period, "/total")?),
        }
        if let (Some(against), None) = (&answer.against, &answer.per) {
            said.push(total(
                "the total before",
                against.compared.period,
                "/against/total",
            )?);
        }
        Ok(said)
    }

    fn compare(&self, measure: Option<&str>, answer: &CompareAnswer) -> Result<Vec<Statement>> {
        let measure = self.measure(measure)?;
        let periods: Vec<(String, &Compared)> = std::iter::once(("a".to_owned(), &answer.subject))
            .chain(
                (1..)
                    .zip(&answer.baselines)
                    .map(|(at, b)| (format!("b{at}"), b)),
            )
            .collect();
        let days: Vec<Period> = periods
            .iter()
            .map(|(_, compared)| compared.period)
            .collect();
        let columns = |select: Select<'a>| {
            let mut select = select;
            for (name, compared) in &periods {
                select = select.value(measure, Some(compared.period), name);
            }
            select
        };
        let mut fields = vec![("a", "/a/value".to_owned())];
        let places = periods.iter().skip(1).zip(0..);
        fields.extend(places.map(|((name, _), at)| (name.as_str(), format!("/b/{at}/value"))));
        let totals = columns(self.filtered(&days)?);
        let mut said = vec![statement("each period", totals, whole(&fields))?];
        if let Some(by) = &answer.by {
            let select = self.filtered(&days)?.by(self.manifest().dimension(&by.by)?);
            if let Some((_, pointer)) = fields.first_mut() {
                "/value".clone_into(pointer);
            }
            let place = Place {
                rest: by.rest.is_some().then(|| "/rest".into()),
                is_part: true,
                ..list("/rows", &VALUE, &fields)
            };
            said.push(statement(
                "each value in each period",
                columns(select),
                place,
            )?);
        }
        Ok(said)
    }

    fn trend(&self, query: &TrendQuery, answer: &TrendAnswer) -> Result<Vec<Statement>> {
        let measure = self.measure(query.measure.as_deref())?;
        let period = self.receipt.period;
        let steps = self
            .rows(period)?
            .by_step(answer.grain)
            .value(measure, None, "value");
        let value = [("value", "/value".into())];
        let mut said = vec![
            statement("the steps", steps, list("/steps", &["date"], &value))?,
            statement(
                "the total",
                self.rows(period)?.value(measure, None, "total"),
                whole(&[("total", "/total".into())]),
            )?,
        ];
        if let Some(by) = &answer.by {
            let select = self.rows(period)?.by(self.manifest().dimension(&by.by)?);
            let place = Place {
                rest: by.rest.is_some().then(|| "/rest".into()),
                is_part: true,
                ..list("/series", &VALUE, &[("total", "/total".into())])
            };
            let select = select.value(measure, None, "total");
            said.push(statement("each value", select, place)?);
            said.push(of_scan(self.asked, 1)?);
        }
        if answer.profile.is_some() {
            said.push(of_scan(
                self.asked,
                self.asked.reads.len().saturating_sub(1),
            )?);
        }
        Ok(said)
    }

    fn explain(&self, measure: Option<&str>, answer: &ExplainAnswer) -> Result<Vec<Statement>> {
        let measure = self.measure(measure)?;
        let (now, then) = (answer.subject.period, answer.baseline.period);
        let both = [now, then];
        let columns = |select: Select<'a>, names: [&str; 2]| {
            select
                .value(measure, Some(now), names[0])
                .value(measure, Some(then), names[1])
                .change(measure, (now, then), "change")
        };
        let mut said = vec![statement(
            "both periods",
            columns(self.filtered(&both)?, ["a", "b"]),
            whole(&[
                ("a", "/a/value".into()),
                ("b", "/b/value".into()),
                ("change", "/change".into()),
            ]),
        )?];
        for (at, by) in answer.dimensions.iter().enumerate() {
            let select = self.filtered(&both)?.by(self.manifest().dimension(&by.by)?);
            let place = Place {
                rest: by.rest.is_some().then(|| format!("/dimensions/{at}/rest")),
                is_part: true,
                ..list(
                    &format!("/dimensions/{at}/rows"),
                    &VALUE,
                    &[
                        ("value", "/value".into()),
                        ("before", "/before".into()),
                        ("change", "/change".into()),
                    ],
                )
            };
            said.push(statement(
                "each value in both periods",
                columns(select, ["value", "before"]),
                place,
            )?);
        }
        Ok(said)
    }

    fn forecast(&self, measure: Option<&str>, answer: &ForecastAnswer) -> Result<Vec<Statement>> {
        let measure = self.measure(measure)?;
        let history = &answer.history;
        let mut said = vec![of_scan(self.asked, 0)?];
        let (first, last) = (
            history.day(answer.shown_from),
            history.day(history.values.len()).plus(-1),
        );
        if let Ok(shown) = Period::new(first, last) {
            // The first and the last step may be cut by the period that was asked for.
            let shown = self
                .asked
                .reads
                .first()
                .and_then(|read| shown.intersect(read.scan.period));
            let select = self.rows(shown.unwrap_or(self.receipt.period))?;
            let select = select.by_step(history.grain).value(measure, None, "value");
            let place = list("/history", &["date"], &[("value", "/value".into())]);
            said.insert(0, statement("the history that is shown", select, place)?);
        }
        Ok(said)
    }

    /// What came, beside what was predicted for it.
    fn accuracy(&self, measure: Option<&str>) -> Result<Vec<Statement>> {
        let mut said = of_scan(self.asked, 0)?;
        let manifest::Asked::Sum(measure) = self.measure(measure)? else {
            return Ok(vec![said]);
        };
        let fields = [(measure.name.as_str(), "/actual".into())];
        said.place = Some(Place {
            is_part: true,
            ..list("/record/rows", &["date"], &fields)
        });
        Ok(vec![said])
    }

    fn target(&self, query: &TargetQuery, answer: &TargetAnswer) -> Result<Vec<Statement>> {
        let measure = self.measure(query.measure.as_deref())?;
        let mut said = Vec::new();
        if let Some(over) = answer.period.intersect(self.manifest().days) {
            let select = self.rows(over)?.value(measure, None, "so_far");
            let place = whole(&[("so_far", "/so_far".into())]);
            said.push(statement("what was sold so far", select, place)?);
            if let Some(by) = &answer.by {
                let select = self.rows(over)?.by(self.manifest().dimension(&by.by)?);
                let select = select.value(measure, None, "so_far");
                let place = Place {
                    is_part: true,
                    ..list("/rows", &VALUE, &[("so_far", "/so_far".into())])
                };
                said.push(statement("the same by value", select, place)?);
            }
        }
        if let Some((before, _)) = &answer.before {
            let select = self.rows(*before)?.value(measure, None, "before");
            let place = whole(&[("before", "/before/value".into())]);
            said.push(statement("what was sold a year before", select, place)?);
        }
        said.push(of_scan(self.asked, 0)?);
        Ok(said)
    }

    fn segments(&self, query: &SegmentsQuery, answer: &SegmentsAnswer) -> Result<Vec<Statement>> {
        let measure = self.measure(query.measure.as_deref())?;
        let period = self.receipt.period;
        let select = self
            .rows(period)?
            .by(self.manifest().dimension(&answer.by)?);
        let place = Place {
            is_part: true,
            ..list("/rows", &VALUE, &[("value", "/value".into())])
        };
        Ok(vec![
            statement(
                "the total",
                self.rows(period)?.value(measure, None, "total"),
                whole(&[("total", "/total".into())]),
            )?,
            statement("each value", select.value(measure, None, "value"), place)?,
            of_scan(self.asked, 0)?,
        ])
    }

    fn describe(&self, query: &DescribeQuery, parts: &[&Dimension]) -> Result<Vec<Statement>> {
        let mut said = Vec::new();
        if let Some(dimension) = &query.dimension {
            let dimension = self.manifest().dimension(dimension)?;
            let place = Place {
                is_part: true,
                ..list("/values/rows", &VALUE, &[])
            };
            let select = self.source.select().by(dimension);
            said.push(statement("the values", select, place)?);
        }
        let mut select = self.source.select();
        let mut fields = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let own = self.manifest().dimension(&part.name)?;
            select = select.count(own, &format!("values_{at}"));
            fields.push((format!("values_{at}"), format!("/dimensions/{at}/count")));
        }
        if !fields.is_empty() {
            let place = Place {
                fields,
                ..Place::default()
            };
            said.push(statement(
                "how many values there are of each dimension",
                select,
                place,
            )?);
        }
        Ok(said)
    }
}
