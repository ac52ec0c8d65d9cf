//! What every kind of question has to say for the job to answer it: what to read, and what to make of it.

use std::ops::Range;

use bytes::Bytes;

use super::{ReadData, Work, accuracy, describe, fetch, forecast, search, target};
use crate::error::{Error, Result};
use crate::model::answer::Answered;
use crate::model::manifest::Manifest;
use crate::model::query::{
    AccuracyQuery, DescribeQuery, FetchQuery, Query, Question, SearchQuery, TargetQuery,
};
use crate::model::receipt::Resolved;
use crate::model::scan::{ReadPlan, Scan};
use crate::model::table::Table;
use crate::resolve::Selection;

/// A kind of question.
pub(super) trait Analysis {
    /// Dimensions whose names it needs before it can say what to read, beside those of its filters.
    ///
    /// # Errors
    /// `NotFound` for a dimension that the dataset does not have.
    fn names_first(&self, _manifest: &Manifest) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Whether it needs the index of the owner's documents before it can say what to read.
    ///
    /// # Errors
    /// For what the dataset cannot have.
    fn library_first(&self, _manifest: &Manifest) -> Result<bool> {
        Ok(false)
    }

    /// What to read, once names are resolved.
    ///
    /// # Errors
    /// For what cannot be asked of this dataset.
    fn prepare(&self, work: &Work) -> Result<Ready>;

    /// The answer, from what was read.
    ///
    /// # Errors
    /// For what the data cannot tell.
    fn answer(&self, asked: &Asked<'_>) -> Result<Answered>;
}

/// What is known of the question once its names are resolved.
#[derive(Debug, Default)]
pub(super) struct Ready {
    /// What is summed; nothing where names are all that is needed.
    pub(super) scans: Vec<Scan>,
    /// What the filters are in the data's words.
    pub(super) selection: Selection,
    /// Dimensions whose names the answer shows; they are read together with the data.
    pub(super) names: Vec<String>,
    /// Where earlier forecasts are.
    pub(super) record: Option<ReadPlan>,
    /// Bytes of the owner's documents.
    pub(super) texts: Option<Range<u64>>,
}

impl Ready {
    /// One scan.
    pub(super) fn one(scan: Scan, selection: Selection) -> Self {
        Self {
            scans: vec![scan],
            selection,
            ..Self::default()
        }
    }
}

/// A question with everything that was read for it.
#[derive(Debug, Clone)]
pub(super) struct Asked<'a> {
    pub(super) question: &'a Question,
    pub(super) work: &'a Work,
    pub(super) selection: &'a Selection,
    /// What the period was called, where that was in words.
    pub(super) said: Option<&'a Resolved>,
    /// In the order of the scans.
    pub(super) reads: Vec<ReadData<'a>>,
    /// The version that this one is compared with, where one is.
    pub(super) earlier: Option<&'a Work>,
    /// Earlier forecasts, where they were asked for.
    pub(super) record: &'a [Table],
    /// Bytes of the owner's documents, where they were asked for.
    pub(super) texts: Option<Bytes>,
}

impl<'a> Asked<'a> {
    /// What was read for the only scan.
    pub(super) fn read(&self) -> Result<&ReadData<'a>> {
        self.reads
            .first()
            .ok_or_else(|| Error::internal("a question that read nothing"))
    }
}

/// Kinds of questions that have a room of their own, with `prepare` and `answer`.
macro_rules! rooms {
    ($($kind:ident: $query:ident => $room:ident,)*) => {
        /// How a question is answered.
        pub(super) fn of(query: &Query) -> &dyn Analysis {
            match query {
                Query::Describe(query) => query,
                Query::Accuracy(query) => query,
                Query::Search(query) => query,
                Query::Fetch(query) => query,
                Query::Target(query) => query,
                $(Query::$kind(query) => query,)*
            }
        }

        $(impl Analysis for crate::model::query::$query {
            fn prepare(&self, work: &Work) -> Result<Ready> {
                super::$room::prepare(self, work)
            }

            fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
                super::$room::answer(self, asked)
            }
        })*
    };
}

rooms! {
    Top: TopQuery => top,
    Forecast: ForecastQuery => forecast,
    Compare: CompareQuery => compare,
    Trend: TrendQuery => trend,
    Explain: ExplainQuery => explain,
    Scenario: ScenarioQuery => scenario,
    Anomalies: AnomaliesQuery => anomalies,
    Segments: SegmentsQuery => segments,
}

impl Analysis for DescribeQuery {
    fn names_first(&self, manifest: &Manifest) -> Result<Vec<String>> {
        describe::dimensions_needed(self, manifest)
    }

    fn prepare(&self, _work: &Work) -> Result<Ready> {
        Ok(Ready::default())
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        describe::answer(self, asked)
    }
}

impl Analysis for TargetQuery {
    fn names_first(&self, manifest: &Manifest) -> Result<Vec<String>> {
        target::names_first(self, manifest)
    }

    fn prepare(&self, work: &Work) -> Result<Ready> {
        target::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        target::answer(self, asked)
    }
}

impl Analysis for AccuracyQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        let mut ready = forecast::prepare(&self.exam(), work)?;
        ready.record = accuracy::plan_record(self, work)?;
        Ok(ready)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        accuracy::answer(self, asked)
    }
}

impl Analysis for SearchQuery {
    fn names_first(&self, manifest: &Manifest) -> Result<Vec<String>> {
        Ok(search::dimensions_needed(manifest))
    }

    fn library_first(&self, _manifest: &Manifest) -> Result<bool> {
        Ok(true)
    }

    fn prepare(&self, _work: &Work) -> Result<Ready> {
        Ok(Ready::default())
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        search::answer(self, asked)
    }
}

impl Analysis for FetchQuery {
    fn names_first(&self, manifest: &Manifest) -> Result<Vec<String>> {
        fetch::dimensions_needed(self, manifest)
    }

    fn library_first(&self, manifest: &Manifest) -> Result<bool> {
        fetch::needs_library(self, manifest)
    }

    fn prepare(&self, work: &Work) -> Result<Ready> {
        fetch::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        fetch::answer(self, asked)
    }
}
