//! What every kind of question has to say for the job to answer it: what to read, and what to make of it.

use super::{
    ReadData, Work, accuracy, anomalies, compare, describe, explain, forecast, scenario, segments,
    target, top, trend,
};
use crate::error::{Error, Result};
use crate::model::answer::Answered;
use crate::model::manifest::Manifest;
use crate::model::query::{
    AccuracyQuery, AnomaliesQuery, CompareQuery, DescribeQuery, ExplainQuery, ForecastQuery, Query,
    Question, ScenarioQuery, SegmentsQuery, TargetQuery, TopQuery, TrendQuery,
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
    /// Earlier forecasts, where they were asked for.
    pub(super) record: &'a [Table],
}

impl<'a> Asked<'a> {
    /// What was read for the only scan.
    pub(super) fn read(&self) -> Result<&ReadData<'a>> {
        self.reads
            .first()
            .ok_or_else(|| Error::internal("a question that read nothing"))
    }
}

/// How a question is answered.
pub(super) fn of(query: &Query) -> &dyn Analysis {
    match query {
        Query::Top(query) => query,
        Query::Forecast(query) => query,
        Query::Describe(query) => query,
        Query::Accuracy(query) => query,
        Query::Compare(query) => query,
        Query::Trend(query) => query,
        Query::Target(query) => query,
        Query::Scenario(query) => query,
        Query::Explain(query) => query,
        Query::Anomalies(query) => query,
        Query::Segments(query) => query,
    }
}

impl Analysis for TopQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        top::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        top::answer(self, asked)
    }
}

impl Analysis for ForecastQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        forecast::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        forecast::answer(self, asked)
    }
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

impl Analysis for CompareQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        compare::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        compare::answer(self, asked)
    }
}

impl Analysis for TrendQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        trend::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        trend::answer(self, asked)
    }
}

impl Analysis for ExplainQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        explain::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        explain::answer(self, asked)
    }
}

impl Analysis for AnomaliesQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        anomalies::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        anomalies::answer(self, asked)
    }
}

impl Analysis for SegmentsQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        segments::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        segments::answer(self, asked)
    }
}

impl Analysis for ScenarioQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        scenario::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        scenario::answer(self, asked)
    }
}

impl Analysis for TargetQuery {
    fn prepare(&self, work: &Work) -> Result<Ready> {
        target::prepare(self, work)
    }

    fn answer(&self, asked: &Asked<'_>) -> Result<Answered> {
        target::answer(self, asked)
    }
}
