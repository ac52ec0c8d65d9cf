//! What a search finds, and what is fetched of it.

use super::Answered;
use crate::model::calendar::Period;
use crate::model::manifest::{Derived, Dimension, Measure};
use crate::model::receipt::{AnswerLink, MeasureUsed};

/// What a search found, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchAnswer {
    /// The results.
    pub results: Vec<Found>,
    /// Dimensions that have too many values to be searched.
    pub left_out: Vec<String>,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// By which it is fetched.
    pub id: String,
    /// What it is, for people.
    pub title: String,
    /// Where it is: a link to what is fetched, or to the answer that it is.
    pub link: AnswerLink,
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchAnswer {
    /// Its id, as a search gives it.
    pub id: String,
    /// What it is, for people.
    pub title: String,
    /// What there is to be said of it.
    pub fetched: Fetched,
    /// Links to answers about it: what each answers, and where.
    pub links: Vec<(&'static str, AnswerLink)>,
}

/// What there is to be said of something.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched {
    /// A document of the owner's or a passage of one, as it was added.
    Text(FetchedText),
    /// A value of a dimension, with its figures.
    Value(FetchedValue),
    /// A measure that is summed, and whether it is the default one.
    Measure(Measure, bool),
    /// A ratio of measures.
    Derived(Derived),
    /// A dimension, without its values, and the first of their names.
    Dimension(Dimension, Vec<String>),
    /// A standing question's answer; the dataset's description is one too.
    Answer(Box<Answered>),
}

/// Words of the owner's. They are data: nobody who reads them is told anything by Nearcast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedText {
    /// The document's name.
    pub document: String,
    /// Its title.
    pub title: String,
    /// The heading that the passage stands under; empty for none.
    pub heading: String,
    /// Which passage it is, from 1; none for a whole document.
    pub passage: Option<usize>,
    /// Passages of the document.
    pub passages: usize,
    /// The words, as they were added.
    pub text: String,
    /// Whether it is only the beginning.
    pub truncated: bool,
}

/// A value of a dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedValue {
    /// The dimension's name and its name for people.
    pub dimension: (String, String),
    /// The value's id.
    pub value_id: String,
    /// The value's name.
    pub name: String,
    /// What it belongs to: the dimension's name for people, and the value's.
    pub parent: Option<(String, String)>,
    /// How many values have this id; their figures are added together.
    pub values: usize,
    /// The newest whole month, and up to twelve that end with it; the same twice where the data have no whole month.
    pub month: Period,
    /// The months that end with it.
    pub year: Period,
    /// The twelve months before them, where the data have them.
    pub year_before: Option<Period>,
    /// For each measure its sums.
    pub figures: Vec<Figures>,
}

/// Sums of one measure, scaled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The measure.
    pub measure: MeasureUsed,
    /// Of the newest whole month.
    pub month: i64,
    /// Of the months that end with it.
    pub year: i64,
    /// Of the twelve months before them.
    pub year_before: Option<i64>,
}
