//! The six questions of the benchmark, from bytes to answer, and what each of them reads.

mod kept;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use nearcast::auth::authorize;
use nearcast::engine::{AnswerJob, Surroundings};
use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::answer::{Answer, Answered};
use nearcast::model::dataset::DatasetId;
use nearcast::model::link;
use nearcast::model::principal::Principal;
use nearcast::model::query::{Question, Version};
use nearcast::shell::{Usage, drive};
use nearcast::Config;
use serde::{Deserialize, Serialize};

pub use kept::Kept;

/// The questions, in words.
pub const QUESTIONS: [&str; 6] = [
    "top 10 products",
    "top 10 of the largest operation",
    "the same in 90 days",
    "a product's daily revenue",
    "total daily revenue",
    "operations and date bounds",
];

/// What the questions are about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Terms {
    /// The dataset.
    pub dataset: String,
    /// The largest operation's name.
    pub operation: String,
    /// A product's id.
    pub product: String,
    /// The 90 days, `FIRST..LAST`.
    pub window: String,
    /// Rows of a ranking.
    pub rows: usize,
}

impl Terms {
    /// A question by number from 1, as a link asks it.
    ///
    /// # Errors
    /// `Invalid` if there is no such question.
    pub fn question(&self, number: usize) -> Result<Question> {
        let Self {
            operation,
            product,
            window,
            rows,
            ..
        } = self;
        let top = format!("measure=revenue&n={rows}");
        let operation = operation.replace(' ', "%20");
        let (answer, arguments) = match number {
            1 => ("top", top),
            2 => ("top", format!("{top}&operation={operation}")),
            3 => (
                "top",
                format!("{top}&operation={operation}&period={window}"),
            ),
            4 => (
                "trend",
                format!("filter.product={product}&grain=day&measure=revenue"),
            ),
            5 => ("trend", "grain=day&measure=revenue".to_owned()),
            6 => (
                "describe",
                format!("dimension=operation&limit={}", limits::ROWS_MAX),
            ),
            _ => return Err(Error::invalid("there are six questions")),
        };
        Ok(Question {
            dataset: DatasetId::new(&self.dataset)?,
            version: Version::Latest,
            query: link::parse(answer, &arguments)?.query,
        })
    }
}

/// What an answer says and what it read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Its cells: names, days, whole cents.
    pub cells: Vec<Vec<String>>,
    /// The grain that answered.
    pub grain: String,
    /// Dependent rounds of reads.
    pub rounds: u32,
    /// Ranges, all rounds together.
    pub ranges: usize,
    /// Bytes, all rounds together.
    pub bytes: u64,
    /// Values that were decoded.
    pub values: u64,
}

/// An isolate that answers: a store, and what is remembered between questions.
#[derive(Debug)]
pub struct Isolate {
    store: Kept,
    warm: Surroundings,
}

impl Isolate {
    /// One that has answered nothing yet.
    #[must_use]
    pub fn new(store: Kept) -> Self {
        let warm = Surroundings {
            pointer_max_age_s: 60,
            ..Surroundings::default()
        };
        Self { store, warm }
    }

    /// Answers, remembering pointer, manifest and names of earlier questions if `warm`, and nothing otherwise.
    ///
    /// # Errors
    /// Those of reading and of answering.
    pub fn ask(&self, question: &Question, warm: bool) -> Result<(Answered, Usage, AnswerJob)> {
        let surroundings = if warm {
            self.warm.clone()
        } else {
            Surroundings::default()
        };
        let question = authorize(question.clone(), &Principal::local(), &Config::default())?;
        let mut job = AnswerJob::new(&question, surroundings);
        let done = at_once(drive(&mut job, &self.store, limits::ROUNDS_MAX))?;
        let (answered, usage) = done?;
        Ok((answered, usage, job))
    }

    /// Answers, and says what the answer holds and read.
    ///
    /// # Errors
    /// Those of [`Self::ask`].
    pub fn reply(&self, question: &Question, warm: bool) -> Result<Reply> {
        let (answered, usage, job) = self.ask(question, warm)?;
        let trace = job.trace();
        Ok(Reply {
            cells: cells(&answered)?,
            grain: trace.grain.clone().unwrap_or_else(|| "manifest".into()),
            rounds: usage.rounds,
            ranges: usage.ranges,
            bytes: usage.bytes,
            values: trace.values,
        })
    }
}

/// Runs what never waits.
fn at_once<F: Future>(future: F) -> Result<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(Error::internal("a store in memory made the question wait")),
    }
}

fn cells(answered: &Answered) -> Result<Vec<Vec<String>>> {
    let day = ToString::to_string;
    Ok(match &answered.answer {
        Answer::Top(top) => top
            .rows
            .iter()
            .map(|row| vec![row.id.clone(), row.name.clone(), row.value.to_string()])
            .collect(),
        Answer::Describe(all) => {
            let mut cells = vec![vec![day(&all.days.first), day(&all.days.last)]];
            let listed = all.listed.iter().flat_map(|listed| &listed.values);
            cells.extend(listed.map(|(_, name, _)| vec![name.clone()]));
            cells
        }
        _ => return Err(Error::internal("no question is answered like this")),
    })
}
