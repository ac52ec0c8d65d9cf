//! A series in time.

use crate::model::calendar::{Day, Grain};
use crate::model::query::Profile;

/// A measure step by step, with its growth.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendAnswer {
    /// Length of a step.
    pub grain: Grain,
    /// The steps, oldest first.
    pub steps: Vec<TrendStep>,
    /// Over all of them, scaled; none for a ratio with nothing below the line.
    pub total: Option<i64>,
    /// Steps of the rolling mean, where one was asked for.
    pub rolling: Option<u32>,
    /// By a dimension.
    pub by: Option<TrendBy>,
    /// The usual course, where it was asked for.
    pub profile: Option<TrendProfile>,
    /// Trend, season and remainder, where they were asked for; or why there are none.
    pub decomposition: Option<Result<TrendParts, String>>,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendStep {
    /// Its first day.
    pub day: Day,
    /// The sum, scaled; none for a ratio with nothing below the line.
    pub value: Option<i64>,
    /// Whether all of its days are inside the period and the data.
    pub complete: bool,
    /// Change against the step before, as a share of it; none where either is not complete or that was not above 0.
    pub growth: Option<f64>,
    /// Change against the same step a year before (of days: 364 days before), as a share of it.
    pub growth_year: Option<f64>,
    /// Mean of this and the steps before it, in the measure's own unit.
    pub rolling: Option<f64>,
}

/// The series of a dimension's values.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendBy {
    /// The dimension.
    pub by: String,
    /// Its name for people.
    pub by_label: String,
    /// The largest, by the size of their sums.
    pub series: Vec<TrendSeries>,
    /// All others added up, and how many they are.
    pub rest: Option<(u32, TrendSeries)>,
}

/// One value's series.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendSeries {
    /// The value's id.
    pub id: String,
    /// The value's name.
    pub name: String,
    /// A sum a step, scaled.
    pub values: Vec<i64>,
    /// Over all steps, scaled.
    pub total: i64,
}

/// How much is usual on each day of the week or month of the year.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendProfile {
    /// By what.
    pub by: Profile,
    /// In order of the week or year: name, steps, mean in the measure's own unit, and that over the mean of all.
    pub rows: Vec<(String, u32, f64, f64)>,
}

/// What a series is made of, a value a step, in the measure's own unit.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendParts {
    /// The first day of the first step: the parts are of all that was read, a year before the period included.
    pub from: Day,
    /// Steps of the season; 1 for none.
    pub season_steps: usize,
    /// Whether season and remainder are factors rather than added.
    pub multiplicative: bool,
    /// The trend.
    pub trend: Vec<f64>,
    /// The season.
    pub season: Vec<f64>,
    /// The rest.
    pub remainder: Vec<f64>,
    /// How strong the trend is, from 0 to 1.
    pub trend_strength: f64,
    /// How strong the season is, from 0 to 1.
    pub season_strength: f64,
}
