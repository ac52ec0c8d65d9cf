//! What is wrong with single rows, kept until the end so that all of it can be told at once.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::limits;

/// Problems in the order of the rows: the first ones in full, the others counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Problems {
    pub(super) listed: Vec<String>,
    pub(super) count: u64,
    /// Rows with at least one.
    pub(super) rows: u64,
    by_column: BTreeMap<String, u64>,
}

impl Problems {
    pub(super) fn add(&mut self, column: &str, text: String) {
        self.add_times(column, text, 1);
    }

    /// One that `count` rows have.
    pub(super) fn add_times(&mut self, column: &str, text: String, count: u64) {
        self.count += count;
        *self.by_column.entry(column.to_owned()).or_default() += count;
        if self.listed.len() < limits::PROBLEMS_LISTED_MAX {
            self.listed.push(text);
        }
    }

    /// Those of the rows that follow; `place` stands before each.
    pub(super) fn append(&mut self, more: Self, place: &str) {
        self.count += more.count;
        self.rows += more.rows;
        for (column, count) in more.by_column {
            *self.by_column.entry(column).or_default() += count;
        }
        for text in more.listed {
            if self.listed.len() < limits::PROBLEMS_LISTED_MAX {
                self.listed.push(format!("{place}{text}"));
            }
        }
    }

    /// All of it as one error.
    pub(super) fn error(&self, source: &str) -> Error {
        let mut text = format!(
            "{source} has {} problem{}; nothing was published",
            self.count,
            if self.count == 1 { "" } else { "s" }
        );
        for problem in &self.listed {
            text.push_str("\n  ");
            text.push_str(problem);
        }
        let more = self.count.saturating_sub(self.listed.len() as u64);
        if more > 0 {
            let by: Vec<String> = self
                .by_column
                .iter()
                .map(|(column, count)| {
                    if column.is_empty() {
                        format!("number of fields {count}")
                    } else {
                        format!("column {column:?} {count}")
                    }
                })
                .collect();
            text.push_str("\n  and ");
            text.push_str(&more.to_string());
            text.push_str(" more (altogether: ");
            text.push_str(&by.join(", "));
            text.push(')');
        }
        Error::invalid(text)
    }
}
