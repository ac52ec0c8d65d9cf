//! The portfolio in classes.

use crate::model::calendar::{Day, Period};
use crate::model::query::Class;

/// The values of a dimension in classes.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentsAnswer {
    /// The dimension.
    pub by: String,
    /// Its name for people.
    pub by_label: String,
    /// The months that steadiness, demand and trends were judged by; sums are of the receipt's period.
    pub months: Period,
    /// The only class that is listed.
    pub segment: Option<Class>,
    /// The sum over all values, scaled.
    pub total: i64,
    /// How many values there are in all.
    pub values: u32,
    /// Each class by share and steadiness that has values, in order.
    pub cells: Vec<SegmentCell>,
    /// How many values there are of each class of demand that has any.
    pub demand: Vec<(Class, u32)>,
    /// New, dormant, rising and falling ones, as far as there are any; nothing where one class was asked for.
    pub lists: Vec<SegmentList>,
    /// Where classes are cut.
    pub cuts: SegmentCuts,
    /// Every value, the largest first; of the one class where one was asked for.
    pub rows: Vec<SegmentRow>,
    /// Which of the rows are shown where not all are.
    pub shown: std::ops::Range<usize>,
}

impl SegmentsAnswer {
    /// The rows that are shown.
    #[must_use]
    pub fn page(&self) -> &[SegmentRow] {
        self.rows.get(self.shown.clone()).unwrap_or_default()
    }
}

/// The values of a class that says how sales develop.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentList {
    /// The class.
    pub class: Class,
    /// How many values it has.
    pub count: u32,
    /// Those of them that matter most: new and dormant ones by what they sold, the others by the size of their trend.
    pub rows: Vec<SegmentRow>,
}

/// Where classes are cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentCuts {
    /// Cumulative share at which A ends.
    pub a: f64,
    /// Cumulative share at which B ends.
    pub b: f64,
    /// Coefficient of variation at which X ends.
    pub x: f64,
    /// Coefficient of variation at which Y ends.
    pub y: f64,
    /// Months without a sale after which a value is dormant.
    pub dormant_months: usize,
    /// Months in which a first sale makes a value new.
    pub new_months: usize,
}

/// One class by share and steadiness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentCell {
    /// By share.
    pub abc: Class,
    /// By steadiness; none where there are too few months to tell.
    pub xyz: Option<Class>,
    /// How many values.
    pub count: u32,
    /// Their sum, scaled.
    pub sum: i64,
}

/// One value, its classes and the figures behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentRow {
    /// The value's id.
    pub id: String,
    /// The value's name.
    pub name: String,
    /// Its sum, scaled.
    pub value: i64,
    /// Its part of all sums above 0; none for one that is not.
    pub share: Option<f64>,
    /// The part of it and all larger ones.
    pub cumulative_share: Option<f64>,
    /// Class by share.
    pub abc: Class,
    /// Class by steadiness.
    pub xyz: Option<Class>,
    /// Coefficient of variation of its months.
    pub cv: Option<f64>,
    /// Class of demand.
    pub demand: Option<Class>,
    /// Its trend, where there are enough months to tell.
    pub trend: Option<SegmentTrend>,
    /// Whether it sold first in the last months.
    pub is_new: bool,
    /// Whether it sold before, and not in the last months.
    pub is_dormant: bool,
    /// First month of those looked at with sales above 0.
    pub first_sale: Option<Day>,
    /// The last one.
    pub last_sale: Option<Day>,
    /// Its sum over all months that were looked at, scaled.
    pub all_months: i64,
}

impl SegmentRow {
    /// Whether it is in a class.
    #[must_use]
    pub fn is(&self, class: Class) -> bool {
        match class {
            Class::A | Class::B | Class::C => self.abc == class,
            Class::X | Class::Y | Class::Z => self.xyz == Some(class),
            Class::New => self.is_new,
            Class::Dormant => self.is_dormant,
            Class::Rising | Class::Falling => {
                self.trend.as_ref().is_some_and(|t| t.class == Some(class))
            }
            Class::Smooth | Class::Erratic | Class::Intermittent | Class::Lumpy => {
                self.demand == Some(class)
            }
        }
    }
}

/// A trend of months.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentTrend {
    /// Rising or falling; none for neither.
    pub class: Option<Class>,
    /// Median change per month, in the measure's scaled unit, not rounded.
    pub per_month: f64,
    /// The chance of so clear a direction without a trend.
    pub p_value: f64,
    /// Whether months are compared with the same ones a year before; otherwise with each other, and a season may look like
    /// a trend.
    pub year_over_year: bool,
}
