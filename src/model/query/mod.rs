//! What is asked, in the words of the person who asks; `resolve` turns them into the data's own. One file a question: its
//! fields, its parameters, and how links, tools and the command line spell it.

mod accuracy;
mod anomalies;
mod compare;
mod describe;
mod explain;
mod fetch;
mod forecast;
mod horizon;
mod model_choice;
mod scenario;
mod search;
mod segments;
mod target;
mod top;
mod trend;

use std::collections::BTreeMap;

use super::arguments::{Arguments, Pairs};
use super::calendar::Period;
use super::dataset::{DatasetId, VersionId};
use super::parameter::Parameter;
use super::when::When;
use crate::error::{Error, Result};
use crate::limits;

pub use accuracy::AccuracyQuery;
pub use anomalies::{AnomaliesQuery, AnomalyKind};
pub use compare::{Baseline, CompareQuery};
pub use describe::{DescribeQuery, Since};
pub use explain::ExplainQuery;
pub use fetch::FetchQuery;
pub use forecast::{ForecastQuery, LEVELS_DEFAULT};
pub use horizon::Horizon;
pub use model_choice::ModelChoice;
pub use scenario::ScenarioQuery;
pub use search::SearchQuery;
pub use segments::{Class, SegmentsQuery};
pub use target::{Target, TargetQuery};
pub use top::{Order, TopQuery};
pub use trend::{Profile, TrendQuery};

/// A question: which dataset, which version of it, and what.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The dataset.
    pub dataset: DatasetId,
    /// The version.
    pub version: Version,
    /// What is asked.
    pub query: Query,
    /// How much the text says.
    pub detail: Detail,
    /// Whether the answer also says what was read for it, how long that took, and the SQL that checks it.
    pub explain: bool,
}

/// How much the text of an answer says; the structured answer always says all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// The headline, and what has to be known with it.
    Brief,
    /// Tables of a few rows too.
    #[default]
    Table,
    /// Tables of many rows.
    Full,
}

impl Detail {
    /// Their names.
    pub const NAMES: [&'static str; 3] = ["brief", "table", "full"];

    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(text: &str) -> Result<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "brief" => Ok(Self::Brief),
            "table" => Ok(Self::Table),
            "full" => Ok(Self::Full),
            _ => Err(Error::invalid(format!(
                "{text:?} is not a detail: use {}",
                Self::NAMES.join(", ")
            ))),
        }
    }

    /// Rows of a table.
    #[must_use]
    pub const fn rows_max(self) -> usize {
        match self {
            Self::Brief => 0,
            Self::Table => limits::TEXT_ROWS_DEFAULT,
            Self::Full => limits::ROWS_MAX as usize,
        }
    }
}

/// Which version answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// The one that the pointer names.
    Latest,
    /// This one.
    Pinned(VersionId),
}

/// A kind of question: how it is spelt.
pub trait Ask: Sized {
    /// Its name in links.
    const ANSWER: &'static str;
    /// The name of the MCP tool that asks it.
    const TOOL: &'static str;
    /// What it takes, in the order of the tool's schema.
    const PARAMETERS: &'static [Parameter];

    /// Reads it from arguments.
    ///
    /// # Errors
    /// `Invalid` for a wrong argument; those that it does not know stay in `arguments`.
    fn read(arguments: &mut Arguments) -> Result<Self>;

    /// Writes the arguments that differ from the defaults, each in its one spelling.
    fn write(&self, pairs: &mut Pairs);

    /// Which rows count; none where a question is not about rows.
    fn filters(&self) -> Option<&Filters>;

    /// The same, to be put in the words of the data.
    fn filters_mut(&mut self) -> Option<&mut Filters>;
}

/// What links, tools and the command line have to know of one kind of question.
#[derive(Debug, Clone, Copy)]
pub struct QueryKind {
    /// Its name in links.
    pub answer: &'static str,
    /// The name of its MCP tool.
    pub tool: &'static str,
    /// What it takes.
    pub parameters: &'static [Parameter],
    read: fn(&mut Arguments) -> Result<Query>,
}

impl QueryKind {
    /// Reads a question of this kind, and nothing else.
    ///
    /// # Errors
    /// `Invalid` for an unknown, repeated or wrong argument.
    pub fn read(&self, mut arguments: Arguments) -> Result<Query> {
        let query = (self.read)(&mut arguments)?;
        arguments.finish(self.parameters)?;
        Ok(query)
    }
}

macro_rules! queries {
    ($($(#[$doc:meta])* $kind:ident($query:ty),)*) => {
        /// What is asked.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Query {
            $($(#[$doc])* $kind($query),)*
        }

        impl Query {
            /// Every kind of question.
            pub const KINDS: &'static [QueryKind] = &[$(QueryKind {
                answer: <$query as Ask>::ANSWER,
                tool: <$query as Ask>::TOOL,
                parameters: <$query as Ask>::PARAMETERS,
                read: |arguments| <$query as Ask>::read(arguments).map(Self::$kind),
            }),*];

            /// Its name in links.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => <$query as Ask>::ANSWER,)*
                }
            }

            /// The name of the MCP tool that asks it.
            #[must_use]
            pub const fn tool(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => <$query as Ask>::TOOL,)*
                }
            }

            /// Writes the arguments that differ from the defaults.
            pub(super) fn write(&self, pairs: &mut Pairs) {
                match self {
                    $(Self::$kind(query) => query.write(pairs),)*
                }
            }

            /// Which rows count; none where it is not about rows.
            #[must_use]
            pub fn filters(&self) -> Option<&Filters> {
                match self {
                    $(Self::$kind(query) => query.filters(),)*
                }
            }

            /// The same, to be put in the words of the data.
            pub fn filters_mut(&mut self) -> Option<&mut Filters> {
                match self {
                    $(Self::$kind(query) => query.filters_mut(),)*
                }
            }
        }
    };
}

queries! {
    /// A ranking.
    Top(TopQuery),
    /// A forecast.
    Forecast(ForecastQuery),
    /// What there is.
    Describe(DescribeQuery),
    /// How wrong forecasts are.
    Accuracy(AccuracyQuery),
    /// What there is on a subject.
    Search(SearchQuery),
    /// One thing that a search found.
    Fetch(FetchQuery),
    /// One period against others.
    Compare(CompareQuery),
    /// A series in time.
    Trend(TrendQuery),
    /// Will a target be reached.
    Target(TargetQuery),
    /// A forecast with and without plans.
    Scenario(ScenarioQuery),
    /// Why a sum changed.
    Explain(ExplainQuery),
    /// What is odd.
    Anomalies(AnomaliesQuery),
    /// The portfolio in classes.
    Segments(SegmentsQuery),
}

/// Which rows count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Part of an operation's name, case-insensitive; every operation that has it counts (the original system's rule).
    pub operation: Option<String>,
    /// For each dimension the names or ids that count, compared without case.
    pub exact: BTreeMap<String, Vec<String>>,
    /// The days that count; all of them if not given.
    pub period: Option<When>,
}

impl Filters {
    /// The days that count, once words for them have been resolved; all of them if none are asked for.
    #[must_use]
    pub fn days(&self) -> Option<Period> {
        self.period.as_ref().and_then(When::absolute)
    }
}
