//! What an answer is made of: what was read for it, how long that took, and the SQL that gives the same from the source rows.

use super::scan::ReadPlan;
use crate::shell::{Round, Usage};

/// What was done for an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The SQL whose rows are those of the answer.
    pub statements: Vec<Statement>,
    /// What goes beyond the SQL, or why there is none.
    pub beyond: Option<String>,
    /// What was read of data files.
    pub reads: Vec<PartRead>,
    /// What the job did, step by step.
    pub stages: Vec<Stage>,
}

/// A query over the source rows, and where what it says stands in the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statement {
    /// What it says, in a few words.
    pub about: String,
    /// The query. The source rows are the table `sales`.
    pub sql: String,
    /// Where its rows stand in the answer, where they stand there.
    pub place: Option<Place>,
    /// What columns add up to over all of its rows, as it was summed for the answer: name, scaled integer and scale.
    pub totals: Vec<(String, i64, u8)>,
}

/// Where the rows of a query stand in the structured answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// JSON pointer to the list of rows; nothing for the answer itself, which is one row.
    pub rows: String,
    /// Columns by which a row of the query is found in the list: fields of the same name. What the query has no row for was
    /// not sold: nothing or none.
    pub key: Vec<&'static str>,
    /// For each column that is compared the pointer from the row.
    pub fields: Vec<(String, String)>,
    /// Pointer to what the rows that the answer does not name come to together.
    pub rest: Option<String>,
    /// Whether the query may have rows that the answer does not name.
    pub is_part: bool,
}

/// What was read of one file, for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRead {
    /// `sums`, `names`, `record`, `documents`.
    pub what: &'static str,
    /// The grain, such as `operation x month`.
    pub grain: String,
    /// The file's name in the version's folder.
    pub file: String,
    /// Ranges of bytes.
    pub ranges: usize,
    /// Bytes.
    pub bytes: u64,
    /// Row groups.
    pub row_groups: usize,
    /// Rows of these row groups: cells of the grain.
    pub rows: u64,
}

/// One step of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What was read: `pointer`, `manifest`, `names`, `data`; `start` for what was done before any read.
    pub name: &'static str,
    /// What it took.
    pub round: Round,
}

impl Explanation {
    /// Reads of all stages together.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for Stage { round, .. } in &self.stages {
            usage.rounds += u32::from(round.ranges > 0);
            usage.ranges += round.ranges;
            usage.bytes += round.bytes;
        }
        usage
    }
}

impl PartRead {
    /// What a plan reads, file by file.
    #[must_use]
    pub fn of(what: &'static str, plan: &ReadPlan) -> Vec<Self> {
        let mut reads: Vec<Self> = Vec::new();
        for range in plan.ranges() {
            let bytes = range.range.end.saturating_sub(range.range.start);
            match reads.last_mut().filter(|read| read.file == range.file) {
                Some(read) => {
                    read.ranges += 1;
                    read.bytes += bytes;
                }
                None => reads.push(Self {
                    what,
                    grain: plan.grain.clone(),
                    file: range.file,
                    ranges: 1,
                    bytes,
                    row_groups: 0,
                    rows: 0,
                }),
            }
        }
        for part in &plan.parts {
            if let Some(read) = reads.iter_mut().find(|read| read.file == part.file) {
                read.row_groups += part.groups.len();
                read.rows += part.groups.iter().map(|g| u64::from(g.rows)).sum::<u64>();
            }
        }
        reads
    }
}
