//! Will a target be reached.

use crate::model::calendar::{Grain, Period};
use crate::model::own_target::OwnTarget;
use crate::model::query::Target;
use crate::model::receipt::MeasureUsed;

/// A target against what was sold and what is forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetAnswer {
    /// What the owner calls it, where it is one of `dataset.toml`.
    pub name: Option<String>,
    /// What people call the period.
    pub label: String,
    /// The days by the end of which it is to be reached.
    pub period: Period,
    /// How the target was given.
    pub asked: Target,
    /// The same period a year before, which growth is of, and what was sold in it, scaled.
    pub before: Option<(Period, i64)>,
    /// Everything together.
    pub whole: TargetOutlook,
    /// By a dimension, who will miss first.
    pub by: Option<TargetBy>,
    /// Length of the steps that the rest of the period is forecast in.
    pub grain: Grain,
    /// The model of the forecast; none where the period is over.
    pub model: Option<TargetModel>,
}

/// All targets of the owner's, the least probable first.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetsAnswer {
    /// The targets.
    pub rows: Vec<TargetsRow>,
}

/// One of the owner's targets.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetsRow {
    /// As the owner wrote it.
    pub target: OwnTarget,
    /// What people call its period.
    pub label: String,
    /// The days by the end of which it is to be reached.
    pub period: Period,
    /// Its measure.
    pub measure: MeasureUsed,
    /// How it looks.
    pub outlook: TargetOutlook,
}

/// What forecasts the rest of a period.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetModel {
    /// Its name.
    pub name: String,
    /// Its skill against seasonal naive; none without a backtest.
    pub skill: Option<f64>,
}

/// How one target looks. Amounts are scaled; those of the forecast are rounded when they are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetOutlook {
    /// The target.
    pub target: i64,
    /// Sold so far in the period.
    pub so_far: i64,
    /// Days of the period that are over.
    pub days_over: u32,
    /// Days that are left.
    pub days_left: u32,
    /// In a word: `reached`, `missed`, `on track`, `likely`, `unlikely`, `off track`.
    pub track: &'static str,
    /// Probability to reach it, 0 to 1.
    pub probability: f64,
    /// Mean of the ends.
    pub expected: f64,
    /// One in ten ends is lower.
    pub lower: f64,
    /// One in ten ends is higher.
    pub upper: f64,
    /// Sold per day so far.
    pub daily_so_far: Option<f64>,
    /// To be sold per day that is left.
    pub daily_needed: Option<f64>,
    /// Forecast per day that is left.
    pub daily_expected: Option<f64>,
}

/// The targets of a dimension's values.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetBy {
    /// The dimension.
    pub by: String,
    /// Its name for people.
    pub by_label: String,
    /// Id, name and outlook; the least probable first.
    pub rows: Vec<(String, String, TargetOutlook)>,
    /// How many of them rest on a forecast without skill.
    pub doubtful: u32,
    /// Values that are not looked at since there are too many, or since nothing was sold a year before.
    pub left_out: u32,
}
