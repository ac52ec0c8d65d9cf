//! What an answer is made of, as far as the engine knows: what it read, and the SQL of what it summed. What the host's clock
//! and store say comes by [`Job::took`](crate::shell::Job::took).

use std::fmt::Write as _;

use super::analysis::{Asked, Ready};
use super::statements;
use crate::compute::aggregate;
use crate::error::{ErrorKind, Result};
use crate::limits;
use crate::model::answer::Answered;
use crate::model::explanation::{Explanation, PartRead, Stage, Statement};
use crate::model::scan::ReadPlan;
use crate::shell::Round;
use crate::sql::Source;

/// What is noted while a job runs.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// What the job did last.
    stage: &'static str,
    explanation: Explanation,
}

impl Notes {
    /// A stage begins, which was waiting for what this names.
    pub(super) fn begin(&mut self, stage: &'static str) {
        self.stage = stage;
    }

    /// The stage is over.
    pub(super) fn took(&mut self, round: Round) {
        let name = self.stage;
        self.explanation.stages.push(Stage { name, round });
    }

    /// Names are read.
    pub(super) fn read(&mut self, what: &'static str, plans: &[ReadPlan]) {
        let reads = plans.iter().flat_map(|plan| PartRead::of(what, plan));
        self.explanation.reads.extend(reads);
    }

    /// The owner's documents are read.
    pub(super) fn read_documents(&mut self, file: &str, bytes: u64) {
        self.explanation.reads.push(PartRead {
            what: "documents",
            grain: String::new(),
            file: file.to_owned(),
            ranges: 1,
            bytes,
            row_groups: 0,
            rows: 0,
        });
    }

    /// Nothing that was read counts: the question begins anew.
    pub(super) fn restart(&mut self) {
        self.explanation.reads.clear();
    }

    /// Takes down the SQL of an answer.
    pub(super) fn say(&mut self, sql: (Vec<Statement>, Option<String>)) {
        (self.explanation.statements, self.explanation.beyond) = sql;
    }

    pub(super) fn into_explanation(self) -> Explanation {
        self.explanation
    }
}

/// The SQL that says what was summed, and what goes beyond it.
///
/// # Errors
/// For data that are damaged.
pub(super) fn sql(
    asked: &Asked<'_>,
    ready: &Ready,
    answered: &Answered,
) -> Result<(Vec<Statement>, Option<String>)> {
    let of_answer = statements::of(asked, answered);
    let said = match of_answer {
        Ok(None) => of_scans(asked, ready),
        Ok(Some(said)) => Ok(said),
        Err(error) => Err(error),
    };
    let mut said = match said {
        Ok(said) => said,
        // What is too long to be read is left out, and said to be.
        Err(error) if error.kind() == ErrorKind::OverBudget => {
            return Ok((Vec::new(), Some(format!("there is no SQL: {error}"))));
        }
        Err(error) => return Err(error),
    };
    said.truncate(limits::EXPLAINED_STATEMENTS_MAX);
    let beyond = statements::beyond(&asked.question.query, said.is_empty());
    Ok((said, beyond.map(str::to_owned)))
}

/// A query for each thing that was summed, with what it came to.
pub(super) fn of_scans(asked: &Asked<'_>, ready: &Ready) -> Result<Vec<Statement>> {
    let all = 0..ready.scans.len();
    let each = all.map(|at| of_scan(asked, at));
    each.collect()
}

/// The query for one of the things that were summed.
pub(super) fn of_scan(asked: &Asked<'_>, at: usize) -> Result<Statement> {
    let read = asked
        .reads
        .get(at)
        .ok_or_else(|| crate::error::Error::internal("a scan was not read"))?;
    let (scan, manifest) = (read.scan, &asked.work.manifest);
    let sums = aggregate::total(scan, read.plan, read.tables)?;
    let mut select = Source::new(manifest, &asked.work.names)
        .select()
        .days(scan.period)
        .only(&scan.only)?;
    let mut about = String::from("what was summed");
    if let Some(by) = &scan.by {
        select = select.by(manifest.dimension(by)?);
        about.push_str(", by value");
    }
    if let Some(also) = &scan.also {
        select = select.by(manifest.dimension(also)?);
        let _ = write!(about, " and {also}");
    }
    if let Some(grain) = scan.grain {
        select = select.by_step(grain);
        // Writing into a String cannot fail.
        let _ = write!(about, ", by {grain}");
    }
    let mut totals: Vec<(String, i64, u8)> = Vec::new();
    for (name, sum) in scan.measures.iter().zip(sums) {
        // A measure may be summed for two purposes.
        if totals.iter().any(|(known, ..)| known == name) {
            continue;
        }
        let measure = manifest.measure(Some(name))?;
        select = select.value(crate::model::manifest::Asked::Sum(measure), None, name);
        totals.push((name.clone(), sum, measure.scale));
    }
    Ok(Statement {
        about,
        sql: select.finish()?,
        place: None,
        totals,
    })
}
