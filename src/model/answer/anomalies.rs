//! What is odd.

use crate::model::calendar::{Day, Grain, Period};
use crate::model::query::AnomalyKind;

/// Odd steps, lasting shifts and runs of nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomaliesAnswer {
    /// Length of a step.
    pub grain: Grain,
    /// The days that what is usual was learnt from.
    pub learnt_from: Period,
    /// Half the width of an expected range, robust standard deviations.
    pub threshold: f64,
    /// The findings, most severe first; usual ones after all others.
    pub findings: Vec<Finding>,
    /// How many there are of each kind, those that are not shown too.
    pub counts: Vec<(AnomalyKind, u32)>,
    /// How many of them are usual.
    pub usual: u32,
    /// The dimension whose values were looked at too, its name for people, and how many of them.
    pub by: Option<(String, String, u32)>,
    /// The series of everything, as far as the period reaches.
    pub steps: Vec<ExpectedStep>,
}

/// One step of the whole series.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedStep {
    /// Its first day.
    pub day: Day,
    /// The sum, scaled.
    pub value: i64,
    /// What was expected; none in a series that is too short.
    pub range: Option<Expected>,
}

/// What was expected, in the measure's scaled unit, not rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// In the middle.
    pub middle: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Something odd. Sums are over its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What kind.
    pub kind: AnomalyKind,
    /// Of which value: id and name; none for everything.
    pub of: Option<(String, String)>,
    /// The days of its steps; for a shift, those after it that it was judged by.
    pub period: Period,
    /// How many steps.
    pub steps: u32,
    /// What was sold, scaled.
    pub actual: i64,
    /// What was expected.
    pub expected: Expected,
    /// How odd: robust standard deviations.
    pub score: f64,
    /// What is known of these days: a holiday, an event, a day beside one, a day that is always closed, a gap in the source.
    pub known: Option<String>,
    /// Whether it is on a known day, or beside one beside which the same happens again.
    pub is_usual: bool,
}
