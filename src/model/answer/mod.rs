//! What is answered, before it takes a format. Measures are scaled integers; forecasts are in natural units.

mod anomalies;
mod compare;
mod explain;
mod found;
mod scenario;
mod segments;
mod target;
mod top;
mod trend;

use super::calendar::{Day, Grain, Period};
use super::dataset::VersionId;
use super::manifest::{Derived, Dimension, Measure, Quality};
use super::note::Notes;
use super::own_target::OwnTarget;
use super::planned::Planned;
use super::receipt::Receipt;
use super::series::Series;

pub use anomalies::{AnomaliesAnswer, Expected, ExpectedStep, Finding};
pub use compare::{CompareAnswer, Compared, ComparedBy, ComparedRow};
pub use explain::{Causes, ExplainAnswer, ExplainRow, ExplainedBy, PriceVolumeMixAnswer};
pub use found::{FetchAnswer, Fetched, FetchedText, FetchedValue, Figures, Found, SearchAnswer};
pub use scenario::ScenarioAnswer;
pub use segments::{
    SegmentCell, SegmentCuts, SegmentList, SegmentRow, SegmentTrend, SegmentsAnswer,
};
pub use target::{TargetAnswer, TargetBy, TargetModel, TargetOutlook, TargetsAnswer, TargetsRow};
pub use top::{Before, TopAgainst, TopAnswer, TopGroup, TopPer, TopRow};
pub use trend::{TrendAnswer, TrendBy, TrendParts, TrendProfile, TrendSeries, TrendStep};

/// An answer with its receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Where it comes from.
    pub receipt: Receipt,
    /// The answer.
    pub answer: Answer,
}

/// One kind of answer for each kind of query.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A ranking.
    Top(TopAnswer),
    /// A forecast.
    Forecast(ForecastAnswer),
    /// A description.
    Describe(DescribeAnswer),
    /// An exam of forecasts.
    Accuracy(AccuracyAnswer),
    /// What a search found.
    Search(SearchAnswer),
    /// What was fetched.
    Fetch(Box<FetchAnswer>),
    /// One period against others.
    Compare(CompareAnswer),
    /// A series in time.
    Trend(TrendAnswer),
    /// Will a target be reached.
    Target(TargetAnswer),
    /// Will the owner's targets be reached.
    Targets(TargetsAnswer),
    /// A forecast with and without plans.
    Scenario(Box<ScenarioAnswer>),
    /// Why a sum changed.
    Explain(ExplainAnswer),
    /// What is odd.
    Anomalies(AnomaliesAnswer),
    /// The portfolio in classes.
    Segments(SegmentsAnswer),
}

/// A forecast of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastAnswer {
    /// What the model was fitted on: whole steps only.
    pub history: Series,
    /// Index in `history` of the first step that the answer shows; its length when it shows none.
    pub shown_from: usize,
    /// Index of the first forecast step that the answer shows.
    pub steps_from: usize,
    /// The forecast.
    pub forecast: Forecast,
    /// A step that has begun but not ended by the as-of date: left out of the fit.
    pub partial: Option<(Day, i64)>,
    /// What was planned for the steps to come, and what became of it.
    pub planned: Vec<PlannedAnswer>,
    /// The parts of a forecast by a dimension; of the forecast itself, which is their sum, otherwise nothing.
    pub parts: Option<Parts>,
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedAnswer {
    /// The plan.
    pub planned: Planned,
    /// The unit of a planned value.
    pub unit: Option<String>,
    /// Where its effect comes from.
    pub learnt: Learnt,
    /// Steps of the horizon that it touches.
    pub steps: usize,
    /// Whether it is of `dataset.toml`, not of the question.
    pub from_dataset: bool,
}

/// Where the effect of a plan comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learnt {
    /// The history taught it.
    FromHistory,
    /// The history does not show it: nothing was changed.
    Nothing,
    /// Nothing was learnt: whoever asked assumes it.
    Assumed,
}

impl Learnt {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FromHistory => "learnt",
            Self::Nothing => "unknown",
            Self::Assumed => "assumed",
        }
    }
}

/// Forecasts by a dimension that add up to the whole one at every step.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// The dimension.
    pub by: String,
    /// Its name for people.
    pub by_label: String,
    /// The dimension that its values belong to, name and name for people, where the parts have sums by it.
    pub parent: Option<(String, String)>,
    /// How the forecasts were made to add up.
    pub method: String,
    /// The total first, then level by level, the largest first; a parent stands before its children.
    pub nodes: Vec<Part>,
}

/// One part, or a sum of parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Index of the part that it is added to; none for the total.
    pub parent: Option<usize>,
    /// The dimension that it is a value of; `total` for the total.
    pub level: String,
    /// The value's id.
    pub id: String,
    /// The value's name.
    pub name: String,
    /// How many values are added together in it, where it stands for the rest; 0 otherwise.
    pub rest: usize,
    /// Its forecast.
    pub forecast: Forecast,
    /// The sum of the steps that are shown.
    pub sum: Range,
}

/// A value with its intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The estimate.
    pub point: f64,
    /// For each level, narrowest first: percent, lower and upper end.
    pub bounds: Vec<(u8, f64, f64)>,
}

/// What a model says of the steps after a series.
///
/// # Shape    point: `[h]`; each band: `[h]`
/// # Units    the measure's own (not scaled)
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// The model that was used: `combination`, `mstl`, `ets(AAN)`, `seasonal_naive`, `drift`.
    pub model: String,
    /// Why this one, in a sentence.
    pub reason: String,
    /// The season that the model has, steps; 1 for none.
    pub season_steps: usize,
    /// The estimates.
    pub point: Vec<f64>,
    /// Prediction intervals, narrowest first.
    pub bands: Vec<Band>,
    /// What holidays, events and known columns do, as the history has it; those that the horizon meets first.
    pub effects: Vec<Effect>,
    /// How it did in the backtest; none when the history is too short for one.
    pub backtest: Option<Backtest>,
    /// What a reader should know.
    pub notes: Notes,
}

/// A prediction interval for each step.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Percent: 80, 95.
    pub level: u8,
    /// Lower ends.
    pub lower: Vec<f64>,
    /// Upper ends.
    pub upper: Vec<f64>,
}

/// What a holiday, an event or a known column does to sales.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Of what.
    pub name: String,
    /// How many days after it; below 0 before it.
    pub offset_days: i32,
    /// Whether it is a known column rather than a holiday or an event.
    pub column: bool,
    /// The change as a share of the usual level (-0.25 is a quarter less); for a column, by one unit of it.
    pub share: f64,
    /// Steps of the history that it was learnt from; 0 where the history could not teach it and nothing was changed.
    pub occurrences: usize,
    /// Steps of the horizon that it changes.
    pub steps_ahead: usize,
}

impl Effect {
    /// That nothing could be learnt of a column.
    pub(crate) fn unknown(name: &str) -> Self {
        Self {
            name: name.into(),
            offset_days: 0,
            column: true,
            share: 0.0,
            occurrences: 0,
            steps_ahead: 0,
        }
    }
}

/// A rolling-origin backtest inside the history: the exam of what is used. Errors are over all origins and steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// Origins, each with a fit of its own.
    pub origins: usize,
    /// Steps forecast from each origin.
    pub horizon_steps: usize,
    /// Each candidate that was tried, what is used first, then by error.
    pub candidates: Vec<Candidate>,
    /// Candidates that were not tried because they would have cost too much.
    pub left_out: Vec<String>,
    /// Sum of absolute errors over sum of absolute actuals, from 0; none where nothing was sold.
    pub wape: Option<f64>,
    /// Mean absolute error over the in-sample mean absolute error of seasonal naive.
    pub mase: f64,
    /// Sum of predicted less actual over sum of absolute actuals: above 0 when too much was predicted.
    pub bias: Option<f64>,
    /// 1 - error / error of seasonal naive, by MASE; negative when worse.
    pub skill: f64,
    /// Share of held-back values inside the interval, for each level: (percent, share from 0 to 1).
    pub coverage: Vec<(u8, f64)>,
    /// The same for each step ahead.
    pub by_step: Vec<StepExam>,
}

/// How forecasts of one step ahead did in the backtest, over all origins.
#[derive(Debug, Clone, PartialEq)]
pub struct StepExam {
    /// Steps ahead, from 1.
    pub step: usize,
    /// Sum of absolute errors over sum of absolute actuals; none where nothing was sold.
    pub wape: Option<f64>,
    /// Sum of predicted less actual over sum of absolute actuals; none where nothing was sold.
    pub bias: Option<f64>,
    /// Share of held-back values inside the interval, for each level: (percent, share from 0 to 1).
    pub coverage: Vec<(u8, f64)>,
}

/// One candidate in the backtest. Errors are over all origins and steps; none where they are not defined.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The model.
    pub model: String,
    /// Its part of the combination, from 0 to 1; 0 for what is not used.
    pub weight: f64,
    /// Sum of absolute errors over sum of absolute actuals.
    pub wape: Option<f64>,
    /// Mean absolute error over the in-sample mean absolute error of seasonal naive.
    pub mase: Option<f64>,
    /// Why it could not be tried.
    pub failed: Option<String>,
}

/// How wrong forecasts of one series are.
#[derive(Debug, Clone, PartialEq)]
pub struct AccuracyAnswer {
    /// Length of a step.
    pub grain: Grain,
    /// The period that was asked about.
    pub period: Option<Period>,
    /// The forecast as it would be made today, with its backtest.
    pub forecast: Forecast,
    /// What was predicted at earlier versions, against what came; or in a sentence why there is nothing of it.
    pub record: Result<Scorecard, String>,
}

/// Predictions of the record against what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Scorecard {
    /// For each whole step the prediction that is scored, the newest [`limits::SCORED_ROWS_MAX`](crate::limits::SCORED_ROWS_MAX)
    /// of them: of a period, the last that was made before the period began; otherwise the last before the step began.
    pub rows: Vec<Scored>,
    /// Series whose predictions are added up: the values of a dimension that were asked for together, or 1.
    pub series: usize,
    /// Steps that are scored.
    pub steps: usize,
    /// Whole steps that the period has, come or not, where one was asked about.
    pub steps_asked: Option<usize>,
    /// The sum of their estimates, scaled.
    pub predicted: i64,
    /// The sum of what came, scaled.
    pub actual: i64,
    /// Sum of absolute errors over sum of absolute actuals; none where nothing was sold.
    pub wape: Option<f64>,
    /// Sum of predicted less actual over sum of absolute actuals; none where nothing was sold.
    pub bias: Option<f64>,
    /// Steps whose value came to lie inside the interval, for each level: (percent, steps). None for sums of series.
    pub inside: Vec<(u8, usize)>,
    /// All predictions of these steps, not only the scored ones, by how far ahead they were made, and how many they were.
    /// None for sums of series.
    pub by_step: Vec<(StepExam, usize)>,
    /// Predictions that the record has left out since it is full.
    pub dropped: u64,
}

/// A prediction against what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored {
    /// First day of the step.
    pub day: Day,
    /// The estimate, scaled.
    pub predicted: i64,
    /// What came, scaled.
    pub actual: i64,
    /// The prediction intervals: percent, lower and upper end, scaled.
    pub bands: Vec<(u8, i64, i64)>,
    /// The last day of data that was known.
    pub made_at: Day,
    /// The version that predicted it.
    pub version: String,
    /// Steps ahead, from 1.
    pub ahead: usize,
    /// The model.
    pub model: String,
}

/// What there is.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeAnswer {
    /// The finest grain of the data.
    pub grain: Grain,
    /// First and last day.
    pub days: Period,
    /// The measures, the default one first.
    pub measures: Vec<Measure>,
    /// Ratios of measures.
    pub derived: Vec<Derived>,
    /// The dimensions, without their values.
    pub dimensions: Vec<Dimension>,
    /// The dimension whose values are listed.
    pub listed: Option<Listed>,
    /// What the owner wants to reach.
    pub targets: Vec<OwnTarget>,
    /// What changed since an earlier version.
    pub since: Option<DescribeSince>,
    /// What the source was like.
    pub quality: Quality,
}

/// What changed since an earlier version, as far as both manifests and the names beside them tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeSince {
    /// The earlier version.
    pub version: VersionId,
    /// Its days.
    pub days: Period,
    /// Its source rows, and those there are now.
    pub rows: (u64, u64),
    /// Sentences about what the data are made of.
    pub schema: Vec<String>,
    /// Values that came and went, of the dimensions where some did.
    pub values: Vec<SinceValues>,
    /// Totals of the measures, and the months that differ; none where a version does not keep its months.
    pub sums: Option<(Vec<SinceMeasure>, Vec<SinceMonth>)>,
    /// Days that were corrected after they were first published, since then.
    pub restated: Vec<Day>,
    /// What cannot be told, and where it can.
    pub untold: Vec<String>,
}

/// Values of a dimension that came and went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinceValues {
    /// The dimension.
    pub dimension: String,
    /// Some of those that are new, and how many there are.
    pub added: (Vec<String>, u64),
    /// Some of those that are gone, and how many there are.
    pub gone: (Vec<String>, u64),
}

/// A measure's total before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinceMeasure {
    /// The measure.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Decimal places of all its sums here.
    pub scale: u8,
    /// Before and after, scaled.
    pub sums: (i64, i64),
}

/// A month that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinceMonth {
    /// Its first day.
    pub month: Day,
    /// Whether the earlier version had rows of it: what was known has changed, or the month has gone on.
    pub known: bool,
    /// Source rows before and after.
    pub rows: (i64, i64),
    /// For each measure before and after, scaled.
    pub sums: Vec<(i64, i64)>,
}

/// Values of one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The dimension.
    pub dimension: String,
    /// The values, in order of name: id, name, parent's name.
    pub values: Vec<(String, String, Option<String>)>,
}

/// An answer as an MCP result carries it: complete as text and as data.
#[derive(Debug, Clone, PartialEq)]
pub struct Presented {
    /// Short Markdown.
    pub text: String,
    /// The same as JSON.
    pub structured: serde_json::Value,
}
