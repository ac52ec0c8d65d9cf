//! What an answer is made of, in JSON and Markdown.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::escape;
use super::number;
use crate::limits;
use crate::model::answer::Presented;
use crate::model::explanation::{Explanation, PartRead, Place, Stage, Statement};

/// Why times are missing.
const NO_CLOCK: &str = "this host lends no clock, so times are not known";
/// Why only the times of reads are known.
const STANDING_CLOCK: &str = "this host's clock stands still while it computes: read_ms holds what was computed before the read too, and \
    compute_ms is not known";

/// Adds the explanation to an answer, at the end of its text and as `explain`. Where the text is JSON, it stays the same as
/// the structured answer.
pub fn add(presented: &mut Presented, explanation: &Explanation) {
    let is_json = presented.text.starts_with('{');
    if let Some(fields) = presented.structured.as_object_mut() {
        fields.insert("explain".into(), json(explanation));
    }
    if is_json {
        presented.text = presented.structured.to_string();
    } else {
        presented.text.push_str(&markdown(explanation));
    }
}

/// The explanation as it stands in the structured answer.
#[must_use]
pub fn json(explanation: &Explanation) -> Value {
    let usage = explanation.usage();
    let statements: Vec<Value> = explanation.statements.iter().map(statement).collect();
    let reads: Vec<Value> = explanation.reads.iter().map(read).collect();
    let stages: Vec<Value> = explanation.stages.iter().map(stage).collect();
    let mut out = object(json!({
        "sql": statements, "rounds": usage.rounds, "ranges": usage.ranges, "bytes": usage.bytes, "reads": reads,
        "stages": stages,
    }));
    if let Some(beyond) = &explanation.beyond {
        out.insert("beyond".into(), json!(beyond));
    }
    out.insert("times".into(), json!(why_no_times(explanation)));
    Value::Object(out)
}

fn statement(statement: &Statement) -> Value {
    let mut out = object(json!({"about": statement.about, "query": statement.sql}));
    if let Some(place) = &statement.place {
        let Place {
            rows,
            key,
            fields,
            rest,
            is_part,
        } = place;
        let fields: Map<String, Value> = fields
            .iter()
            .map(|(column, pointer)| (column.clone(), json!(pointer)))
            .collect();
        out.insert("rows".into(), json!(rows));
        out.insert("key".into(), json!(key));
        out.insert("fields".into(), Value::Object(fields));
        if let Some(rest) = rest {
            out.insert("rest".into(), json!(rest));
        }
        if *is_part {
            out.insert("more".into(), json!(true));
        }
    }
    if !statement.totals.is_empty() {
        let totals = statement.totals.iter();
        let totals: Map<String, Value> = totals
            .map(|(name, sum, scale)| (name.clone(), number::json(*sum, *scale)))
            .collect();
        out.insert("totals".into(), Value::Object(totals));
    }
    Value::Object(out)
}

fn read(read: &PartRead) -> Value {
    let mut out = object(json!({
        "what": read.what, "file": read.file, "ranges": read.ranges, "bytes": read.bytes,
    }));
    if read.row_groups > 0 {
        out.insert("grain".into(), json!(read.grain));
        out.insert("row_groups".into(), json!(read.row_groups));
        out.insert("rows".into(), json!(read.rows));
    }
    Value::Object(out)
}

fn stage(stage: &Stage) -> Value {
    let Stage { name, round } = stage;
    let mut out = object(json!({"stage": name}));
    if round.ranges > 0 {
        out.insert("ranges".into(), json!(round.ranges));
        out.insert("bytes".into(), json!(round.bytes));
        out.insert("read_ms".into(), ms(round.read_us));
    }
    out.insert("compute_ms".into(), ms(round.compute_us));
    Value::Object(out)
}

fn ms(us: Option<u64>) -> Value {
    let us = us.map(|us| i64::try_from(us).unwrap_or(i64::MAX));
    number::json_or_null(us, 3)
}

fn why_no_times(explanation: &Explanation) -> Option<&'static str> {
    let rounds = || explanation.stages.iter().map(|stage| stage.round);
    if rounds().all(|round| round.compute_us.is_some()) {
        return None;
    }
    Some(if rounds().any(|round| round.read_us.is_some()) {
        STANDING_CLOCK
    } else {
        NO_CLOCK
    })
}

/// A section at the end of the text: what was read, how long that took, and the first of the queries.
fn markdown(explanation: &Explanation) -> String {
    let usage = explanation.usage();
    let plural =
        |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mut out = format!(
        "\n### What was read\n\n{}, {}, {} bytes",
        plural(u64::from(usage.rounds), "round"),
        plural(usage.ranges as u64, "range"),
        number::text(i64::try_from(usage.bytes).unwrap_or(i64::MAX), 0)
    );
    // Writing into a String cannot fail.
    for read in &explanation.reads {
        let grain = if read.row_groups > 0 {
            format!("{}, {} rows of ", escape(&read.grain), read.rows)
        } else {
            String::new()
        };
        let _ = write!(out, "; {}: {grain}{} bytes", read.what, read.bytes);
    }
    out.push_str(".\n");
    let timed = explanation.stages.iter().filter_map(|stage| {
        let each = [
            ("read", stage.round.read_us),
            ("computed", stage.round.compute_us),
        ];
        let each: Vec<String> = each
            .iter()
            .filter_map(|(what, us)| {
                Some(format!(
                    "{what} {} ms",
                    number::text(i64::try_from((*us)?).ok()?, 3)
                ))
            })
            .collect();
        (!each.is_empty()).then(|| format!("{} {}", stage.name, each.join(", ")))
    });
    let timed: Vec<String> = timed.collect();
    if !timed.is_empty() {
        let _ = writeln!(out, "Stages: {}.", timed.join("; "));
    }
    if let Some(why) = why_no_times(explanation) {
        let _ = writeln!(out, "Times: {why}.");
    }
    let mut hidden = explanation.statements.len();
    if let Some(Statement { about, sql, .. }) = explanation.statements.first()
        && sql.len() <= limits::EXPLAINED_TEXT_BYTES_MAX
    {
        let fence = fence(sql);
        hidden -= 1;
        let _ = write!(
            out,
            "\nSQL on the source rows, {about}:\n\n{fence}sql\n{sql}\n{fence}\n"
        );
    }
    if hidden > 0 {
        let queries = if hidden == 1 { "query" } else { "queries" };
        let _ = write!(out, "\n{hidden} more {queries} in the structured answer.\n");
    }
    if let Some(beyond) = &explanation.beyond {
        let _ = write!(out, "\n{}.\n", escape(beyond));
    }
    out
}

/// A fence that no name can break out of: longer than any run of backticks inside.
fn fence(sql: &str) -> String {
    let (mut longest, mut run) = (0, 0);
    for c in sql.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Round;

    fn stage(read_us: Option<u64>, compute_us: Option<u64>) -> Stage {
        Stage {
            name: "data",
            round: Round {
                ranges: 2,
                bytes: 1_234,
                read_us,
                compute_us,
            },
        }
    }

    #[test]
    fn a_time_that_is_not_known_is_null_and_says_why() {
        let of = |read, compute| {
            json(&Explanation {
                stages: vec![stage(read, compute)],
                ..Explanation::default()
            })
        };
        let known = of(Some(1_500), Some(20));
        assert_eq!(known.pointer("/stages/0/read_ms"), Some(&json!(1.5)));
        assert_eq!(known.pointer("/stages/0/compute_ms"), Some(&json!(0.02)));
        assert_eq!(known.get("times"), Some(&Value::Null));
        let standing = of(Some(3_000), None);
        assert_eq!(standing.pointer("/stages/0/compute_ms"), Some(&Value::Null));
        assert_eq!(standing.get("times"), Some(&json!(STANDING_CLOCK)));
        assert_eq!(of(None, None).get("times"), Some(&json!(NO_CLOCK)));
        assert_eq!(known.get("rounds"), Some(&json!(1)));
        assert_eq!(known.get("bytes"), Some(&json!(1_234)));
    }

    #[test]
    fn no_name_breaks_out_of_the_fence() {
        let sql = "SELECT '```\n````sql' FROM sales";
        let text = markdown(&Explanation {
            statements: vec![Statement {
                sql: sql.into(),
                ..Statement::default()
            }],
            ..Explanation::default()
        });
        let (_, inside) = text.split_once("`````sql\n").expect("it opens");
        assert!(inside.starts_with(&format!("{sql}\n`````\n")), "{text}");
        assert_eq!(fence("no ticks"), "```");
    }
}
