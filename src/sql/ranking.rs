//! Rankings that take more than one look at the sums: one in each value of a dimension, or with the ranks of a period
//! before beside them.

use super::source::{Select, bounded, direction, within};
use super::text::identifier;
use crate::error::Result;
use crate::model::Period;
use crate::model::manifest::{Asked, Dimension};
use crate::model::query::Order;

/// What is ranked.
#[derive(Debug, Clone, Copy)]
pub struct Ranking<'a> {
    /// The dimension whose values are ranked.
    pub by: &'a Dimension,
    /// The one in each of whose values there is a ranking.
    pub per: Option<&'a Dimension>,
    /// By what.
    pub measure: Asked<'a>,
    /// Best or worst first.
    pub order: Order,
    /// The days that are ranked.
    pub now: Period,
    /// The days whose ranks stand beside them.
    pub before: Option<Period>,
    /// The first and the last rank that is shown.
    pub ranks: (u64, u64),
}

impl<'a> Ranking<'a> {
    /// The query over rows of both periods: `rank` and `value` of each value, `group` where there are several rankings, and
    /// `rank_before` and `value_before` where there is a period before.
    ///
    /// # Errors
    /// `OverBudget` if it is longer than an answer's query may be.
    pub fn of(&self, rows: Select<'a>) -> Result<String> {
        let periods = [Some(("", self.now)), self.before.map(|b| ("_before", b))];
        let periods: Vec<(&str, Period)> = periods.into_iter().flatten().collect();
        let mut sums = rows;
        if let Some(per) = self.per {
            sums = sums.by_as(per, "group_id", "group");
        }
        sums = sums.by(self.by);
        for (suffix, period) in &periods {
            sums = self.sums(sums, *period, suffix);
        }
        let quoted =
            |names: &[&str]| -> Vec<String> { names.iter().map(|n| identifier(n)).collect() };
        let ranks: Vec<String> = periods
            .iter()
            .map(|(suffix, _)| self.rank(suffix))
            .collect();
        let group = quoted(if self.per.is_some() { &["group"] } else { &[] });
        let mut shown = group.clone();
        shown.extend(quoted(&["id", "name", "rank", "value"]));
        if self.before.is_some() {
            shown.extend(quoted(&["rank_before"]));
            let [there, value] = ["there_before", "value_before"].map(identifier);
            shown.push(format!(
                "CASE WHEN {there} <> 0 THEN {value} END AS {value}"
            ));
        }
        let rank = identifier("rank");
        let order: Vec<String> = group.into_iter().chain([rank.clone()]).collect();
        let (first, last) = self.ranks;
        bounded(format!(
            "{},\nsums AS (\n{}\n),\nranked AS (\n  SELECT *,\n    {}\n  FROM sums\n)\nSELECT\n  {}\nFROM ranked\nWHERE {rank} \
             BETWEEN {first} AND {last}\nORDER BY {}",
            sums.head(),
            indented(&sums.body()),
            ranks.join(",\n    "),
            shown.join(",\n  "),
            order.join(", "),
        ))
    }

    /// What a rank in a period is made of: the value, what it is in order of, and whether there is one.
    fn sums(&self, select: Select<'a>, period: Period, suffix: &str) -> Select<'a> {
        let mut select = select;
        let only = self.before.is_some().then_some(period);
        let value = select.expression(self.measure, only);
        let (exact, there) = match self.measure {
            Asked::Sum(_) => {
                let there = match only {
                    None => "COUNT(*)".to_owned(),
                    Some(period) => format!("SUM(CASE WHEN {} THEN 1 ELSE 0 END)", within(period)),
                };
                (None, there)
            }
            Asked::Ratio(_, above, below) => (
                Some(select.fraction(above, below, only)),
                select.sum(below, only),
            ),
        };
        select = select.column(value, &format!("value{suffix}"));
        if let Some(exact) = exact {
            select = select.column(exact, &format!("exact{suffix}"));
        }
        select.column(there, &format!("there{suffix}"))
    }

    fn rank(&self, suffix: &str) -> String {
        let column = |name: &str| identifier(&format!("{name}{suffix}"));
        let is_there = format!("CASE WHEN {} <> 0 THEN 1 ELSE 0 END", column("there"));
        let groups = ["group_id", "group"].iter().filter(|_| self.per.is_some());
        let groups = groups.map(|name| identifier(name));
        let parts: Vec<String> = groups.chain([is_there]).collect();
        format!(
            "CASE WHEN {} <> 0 THEN ROW_NUMBER() OVER (\n      PARTITION BY {}\n      ORDER BY {} {}, {}, {}\n    ) END AS {}",
            column("there"),
            parts.join(", "),
            // A value that was rounded would tie with others.
            column(match self.measure {
                Asked::Sum(_) => "value",
                Asked::Ratio(..) => "exact",
            }),
            direction(self.order),
            identifier("name"),
            identifier("id"),
            column("rank"),
        )
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}
