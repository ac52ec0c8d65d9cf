//! The portfolio in classes: what carries the sales, what can be planned, what sells in lumps, what comes and goes.
//!
//! - ABC by share: with values in order, a product is A as long as those before it hold less than 80 % of the sum, B up
//!   to 95 %, then C. The product that crosses a line still belongs to the better class, so there is always an A. What
//!   sold nothing, or was returned on balance, is C, and no part of the sum.
//! - XYZ by steadiness: the coefficient of variation of months, standard deviation (n - 1) over mean: X below 0.5, Y
//!   below 1, Z from there on or where the mean is not above 0.
//! - Demand by ADI, the average interval between months with demand, and CV2, the squared coefficient of variation of
//!   their sizes: Syntetos, Boylan & Croston, On the categorization of demand patterns, Journal of the Operational
//!   Research Society 56 (2005), cut at 1.32 and 0.49. A month of returns on balance is one without demand.
//! - Dormant, new: from the last and first month with sales above 0.
//! - Rising, falling: see [`trend`].

use super::robust::{count, real, real_wide};

#[cfg(test)]
mod tests;
pub mod trend;

pub use trend::{Basis, Direction, Trend};

/// Months between demands, on average, from which demand is intermittent.
const ADI_CUT: f64 = 1.32;
/// Squared coefficient of variation of demand sizes from which demand is erratic.
const CV2_CUT: f64 = 0.49;

/// Where the classes are cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cuts {
    /// Cumulative share at which A ends.
    pub a: f64,
    /// Cumulative share at which B ends.
    pub b: f64,
    /// Coefficient of variation at which X ends.
    pub x: f64,
    /// Coefficient of variation at which Y ends.
    pub y: f64,
    /// Months without a sale after which a product that sold before is dormant.
    pub dormant_months: usize,
    /// A product is new if its first sale is among so many last months.
    pub new_months: usize,
}

impl Default for Cuts {
    fn default() -> Self {
        Self {
            a: 0.8,
            b: 0.95,
            x: 0.5,
            y: 1.0,
            dormant_months: 6,
            new_months: 6,
        }
    }
}

/// One product.
#[derive(Debug, Clone, Copy)]
pub struct Product<'a> {
    /// Which one.
    pub id: usize,
    /// Its sum of the measure that ABC is by.
    pub value: i64,
    /// Its demand month by month, a value for each month of the data (all products the same months); scaled integers.
    pub months: &'a [i64],
    /// The first month in which it could have been sold; where nobody knows, its first sale counts as that.
    pub first_possible: Option<usize>,
}

/// Class by share of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Abc {
    /// The few that carry most of it.
    A,
    /// The next.
    B,
    /// The many that hardly matter.
    C,
}

/// Class by steadiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Xyz {
    /// Steady.
    X,
    /// Variable.
    Y,
    /// Irregular.
    Z,
}

/// Class of demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Sells most months, in similar amounts.
    Smooth,
    /// Sells most months, in very different amounts.
    Erratic,
    /// Sells now and then, in similar amounts.
    Intermittent,
    /// Sells now and then, in very different amounts.
    Lumpy,
}

/// A product's classes, and the figures behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Which product.
    pub id: usize,
    /// The measure's sum.
    pub value: i64,
    /// Class by share.
    pub abc: Abc,
    /// Share of the sum of values above 0; none for a value that is not, or where there is none.
    pub share: Option<f64>,
    /// The share of it and all larger ones.
    pub cumulative_share: Option<f64>,
    /// Class by steadiness; none with less than two possible months, or no sale.
    pub xyz: Option<Xyz>,
    /// Coefficient of variation of its months; none if their mean is not above 0.
    pub cv: Option<f64>,
    /// Class of demand; none if it never sold.
    pub demand: Option<Demand>,
    /// Average interval between months with demand, months.
    pub adi: Option<f64>,
    /// Squared coefficient of variation of the months with demand.
    pub cv2: Option<f64>,
    /// Index of the first month with sales above 0.
    pub first_sale: Option<usize>,
    /// Index of the last one.
    pub last_sale: Option<usize>,
    /// Sold before, and not in the last months.
    pub is_dormant: bool,
    /// Sold first in the last months.
    pub is_new: bool,
    /// Rising, falling or neither; none with too few possible months.
    pub trend: Option<Trend>,
}

/// Classifies products.
///
/// # Shape    one segment for each product, in the order of their values, largest first, equal ones by id
/// # Source   see the top of the room
#[must_use]
pub fn segments(products: &[Product<'_>], cuts: &Cuts) -> Vec<Segment> {
    let mut order: Vec<&Product<'_>> = products.iter().collect();
    order.sort_by(|x, y| y.value.cmp(&x.value).then(x.id.cmp(&y.id)));
    let total: i128 = order.iter().map(|p| i128::from(p.value.max(0))).sum();
    let mut before = 0_i128;
    let whole = real_wide(total);
    let part = |sum: i128| real_wide(sum) / whole;
    order
        .into_iter()
        .map(|product| {
            let (abc, share, cumulative_share) = if product.value > 0 {
                let start = part(before);
                before += i128::from(product.value);
                let abc = match start {
                    s if s < cuts.a => Abc::A,
                    s if s < cuts.b => Abc::B,
                    _ => Abc::C,
                };
                (abc, Some(part(product.value.into())), Some(part(before)))
            } else {
                (Abc::C, None, None)
            };
            Segment {
                abc,
                share,
                cumulative_share,
                ..by_months(product, cuts)
            }
        })
        .collect()
}

/// All that is said of a product by its months.
fn by_months(product: &Product<'_>, cuts: &Cuts) -> Segment {
    let months = product.months;
    let first_sale = months.iter().position(|v| *v > 0);
    let last_sale = months.iter().rposition(|v| *v > 0);
    // A sale proves that it could be sold.
    let first = match (product.first_possible, first_sale) {
        (Some(possible), Some(sale)) => Some(possible.min(sale)),
        (possible, sale) => possible.or(sale),
    };
    let possible = first
        .and_then(|first| months.get(first..))
        .unwrap_or_default();
    let recent = |length: usize| months.len().saturating_sub(length);
    let (all, sold) = Moments::of(possible);
    let cv = all.variation();
    let xyz = (possible.len() > 1 && first_sale.is_some()).then_some(match cv {
        Some(cv) if cv < cuts.x => Xyz::X,
        Some(cv) if cv < cuts.y => Xyz::Y,
        _ => Xyz::Z,
    });
    let adi = (sold.steps > 0).then(|| count(possible.len()) / count(sold.steps));
    let cv2 = sold.variation().map(|cv| cv * cv);
    let demand = adi
        .zip(cv2)
        .map(|(adi, cv2)| match (adi < ADI_CUT, cv2 < CV2_CUT) {
            (true, true) => Demand::Smooth,
            (true, false) => Demand::Erratic,
            (false, true) => Demand::Intermittent,
            (false, false) => Demand::Lumpy,
        });
    Segment {
        id: product.id,
        value: product.value,
        abc: Abc::C,
        share: None,
        cumulative_share: None,
        xyz,
        cv,
        demand,
        adi,
        cv2,
        first_sale,
        last_sale,
        is_dormant: last_sale.is_some_and(|last| last < recent(cuts.dormant_months)),
        // What sold in the data's first month may be much older than the data.
        is_new: first_sale.is_some_and(|first| first > 0 && first >= recent(cuts.new_months)),
        trend: Trend::of(possible),
    }
}

/// Number and sum of values, and of the squares of what they are off their mean.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    steps: usize,
    sum: f64,
    squares: f64,
}

impl Moments {
    /// Those of all months, and of the months with demand: both at once, because a portfolio has thousands of products.
    fn of(months: &[i64]) -> (Self, Self) {
        let (mut all, mut sold) = (Self::default(), Self::default());
        for month in months {
            let value = real(*month);
            all.sum += value;
            if *month > 0 {
                sold.steps += 1;
                sold.sum += value;
            }
        }
        all.steps = months.len();
        let (mean, mean_sold) = (all.mean(), sold.mean());
        for month in months {
            let value = real(*month);
            all.squares += (value - mean).powi(2);
            if *month > 0 {
                sold.squares += (value - mean_sold).powi(2);
            }
        }
        (all, sold)
    }

    fn mean(&self) -> f64 {
        self.sum / count(self.steps)
    }

    /// Standard deviation (n - 1) over mean: 0 for one value, none if the mean is not above 0.
    fn variation(&self) -> Option<f64> {
        let mean = self.mean();
        let deviation = (self.squares / (count(self.steps) - 1.0).max(1.0)).sqrt();
        (self.steps > 0 && mean > 0.0).then(|| deviation / mean)
    }
}
