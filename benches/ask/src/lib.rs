//! The six questions of the benchmark, from bytes to answer, and what each of them reads; its tools; and its forecasts.

mod history;
mod kept;
mod series;
mod tools;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use nearcast::Config;
use nearcast::app;
use nearcast::auth::authorize;
use nearcast::engine::{AnswerJob, Memory, Surroundings};
use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::answer::{Answer, Answered};
use nearcast::model::dataset::DatasetId;
use nearcast::model::link;
use nearcast::model::principal::Principal;
use nearcast::model::query::{Filters, Question, Version};
use nearcast::model::series::Series;
use nearcast::shell::{Usage, drive};
use serde::{Deserialize, Serialize};

pub use history::{History, Part};
pub use kept::Kept;
pub use tools::{FORECASTS, TOOLS};

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

/// A question, ready to be asked again and again.
#[derive(Debug)]
pub enum Asked {
    /// As a link asks it.
    Question(Box<Question>),
    /// As a tool asks it: what is answered is presented too.
    Tool(Box<Question>),
    /// The daily revenue of what passes.
    Series(DatasetId, Filters),
}

/// What is answered.
#[derive(Debug)]
pub enum Said {
    /// By the engine.
    Answered(Box<Answered>),
    /// As a tool says it: text, and JSON as text.
    Shown(String, String),
    /// A series.
    Series(Series),
}

impl Terms {
    /// A question by number from 1; the tools follow the six questions.
    ///
    /// # Errors
    /// `Invalid` if there is no such question.
    pub fn question(&self, number: usize) -> Result<Asked> {
        let dataset = DatasetId::new(&self.dataset)?;
        let top = format!("measure=revenue&n={}", self.rows);
        let operation = self.operation.replace(' ', "%20");
        let (answer, arguments) = match number {
            1 => ("top", top),
            2 => ("top", format!("{top}&operation={operation}")),
            3 => (
                "top",
                format!("{top}&operation={operation}&period={}", self.window),
            ),
            4 => {
                let product = ("product".to_owned(), vec![self.product.clone()]);
                let filters = Filters {
                    exact: BTreeMap::from([product]),
                    ..Filters::default()
                };
                return Ok(Asked::Series(dataset, filters));
            }
            5 => return Ok(Asked::Series(dataset, Filters::default())),
            6 => (
                "describe",
                format!("dimension=operation&limit={}", limits::ROWS_MAX),
            ),
            tool => {
                let at = tool
                    .checked_sub(QUESTIONS.len() + 1)
                    .ok_or_else(|| Error::invalid("questions are counted from 1"))?;
                return Ok(Asked::Tool(Box::new(tools::question(dataset, at)?)));
            }
        };
        Ok(Asked::Question(Box::new(Question {
            dataset,
            version: Version::Latest,
            detail: nearcast::model::query::Detail::default(),
            explain: false,
            query: link::parse(answer, &arguments)?.query,
        })))
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
    known: RefCell<Option<series::Known>>,
}

/// What was read for an answer.
#[derive(Debug)]
pub struct Read {
    usage: Usage,
    grain: Option<String>,
    values: u64,
}

impl Isolate {
    /// One that has answered nothing yet.
    #[must_use]
    pub fn new(store: Kept) -> Self {
        let warm = Surroundings {
            pointer_max_age_s: 60,
            ..Surroundings::default()
        };
        Self {
            store,
            warm,
            known: RefCell::default(),
        }
    }

    /// Answers, remembering pointer, manifest and names of earlier questions if `warm`, and nothing otherwise.
    ///
    /// # Errors
    /// Those of reading and of answering.
    pub fn ask(&self, asked: &Asked, warm: bool) -> Result<(Said, Read)> {
        match asked {
            Asked::Question(question) => {
                let (answered, read) = self.answer(question, warm)?;
                Ok((Said::Answered(Box::new(answered)), read))
            }
            Asked::Tool(question) => {
                let (answered, read) = self.answer(question, warm)?;
                let config = Config::default();
                let shown = app::presented(&answered, &config, tools::NOW, question.detail);
                Ok((Said::Shown(shown.text, shown.structured.to_string()), read))
            }
            Asked::Series(dataset, filters) => {
                let mut known = self.known.borrow_mut();
                if !warm {
                    *known = None;
                }
                let summed = series::daily(dataset, "revenue", filters, &self.store, &mut known)?;
                let read = Read {
                    usage: summed.usage,
                    grain: Some(summed.grain),
                    values: summed.values,
                };
                Ok((Said::Series(summed.series), read))
            }
        }
    }

    fn answer(&self, question: &Question, warm: bool) -> Result<(Answered, Read)> {
        let surroundings = if warm {
            self.warm.clone()
        } else {
            Surroundings {
                memory: Memory::default(),
                ..self.warm.clone()
            }
        };
        let question = authorize(question.clone(), &Principal::local(), &Config::default())?;
        let mut job = AnswerJob::new(&question, surroundings);
        let done = at_once(drive(&mut job, &self.store, limits::ROUNDS_MAX))?;
        let (answered, usage) = done?;
        let trace = job.trace();
        let read = Read {
            usage,
            grain: trace.grain.clone(),
            values: trace.values,
        };
        Ok((answered, read))
    }

    /// Answers, and says what the answer holds and read.
    ///
    /// # Errors
    /// Those of [`Self::ask`].
    pub fn reply(&self, asked: &Asked, warm: bool) -> Result<Reply> {
        let (said, read) = self.ask(asked, warm)?;
        let cells = match said {
            Said::Answered(answered) => cells(&answered)?,
            Said::Shown(text, structured) => vec![vec![text, structured]],
            Said::Series(series) => (0..series.values.len())
                .zip(&series.values)
                .map(|(step, value)| vec![series.day(step).to_string(), value.to_string()])
                .collect(),
        };
        Ok(Reply {
            cells,
            grain: read.grain.unwrap_or_else(|| "manifest".into()),
            rounds: read.usage.rounds,
            ranges: read.usage.ranges,
            bytes: read.usage.bytes,
            values: read.values,
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
        _ => {
            return Err(Error::internal("no question is answered like this"));
        }
    })
}
