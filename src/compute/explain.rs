//! Why a sum changed: contributions that add up exactly, and the fewest segments that explain most of it.
//!
//! A value's contribution is its own change, so contributions add up to the change of the total by themselves. Which of
//! them are causes follows the ideas of Bhagwan, Kumar, Ramjee, Varghese, Mohapatra, Manoharan & Shah, Adtributor: revenue
//! debugging in advertising systems, NSDI 2014:
//!
//! - explanatory power: the value's change as a share of the total's;
//! - surprise: the value's term of the Jensen-Shannon divergence between the shares before, p, and after, q, in bits:
//!   `(p log2(2p / (p + q)) + q log2(2q / (p + q))) / 2`. A value that moved in proportion to the rest keeps its share,
//!   and has none;
//! - succinctness: dimensions are compared by surprise per value of their set, so that the level of a hierarchy is chosen
//!   at which the fewest values hold the surprise (a category rather than all its products, a product rather than its
//!   category).
//!
//! Ours: a cause moves with the total, and its rate of change is at least [`FASTER_THAN_REST`] times that of everything
//! else. Moves against the total are no explanation: they are summed as gains or losses.

use std::cmp::{Ordering, Reverse};

use super::robust::{real, real_wide};
use crate::error::{Error, Result};
use crate::limits::EXPLAINING_VALUES_MAX;

pub mod price;
#[cfg(test)]
mod tests;

/// How much of the net change a set has to explain when nothing else is asked.
pub const SHARE_DEFAULT: f64 = 0.8;
/// How many times faster than everything else a value has to move to be a cause.
pub const FASTER_THAN_REST: f64 = 1.5;
/// Surprise below this is the rounding of doubles.
const SURPRISE_MIN: f64 = 1e-12;

/// One value of a dimension (or one cell of a pair of dimensions) before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Which one: a code of the dimension, or whatever the caller numbers cells by.
    pub id: usize,
    /// Its sum before.
    pub a: i64,
    /// Its sum after.
    pub b: i64,
}

/// What one value contributed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contribution {
    /// The value's id.
    pub id: usize,
    /// Its sum before.
    pub a: i64,
    /// Its sum after.
    pub b: i64,
    /// `b - a`.
    pub change: i64,
    /// `change` over the total's: its explanatory power; negative if it moved against the total, none if that stood still.
    pub share: Option<f64>,
    /// Its term of the Jensen-Shannon divergence, bits: 0 if it kept its share of the total.
    pub surprise: f64,
    /// Whether it moved with the total and clearly faster than everything else.
    pub is_cause: bool,
}

/// A change by the values of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    /// One for each id, largest change first (either sign), equal ones by id.
    pub contributions: Vec<Contribution>,
    /// What the totals hold beyond the values that were given: `(a, b)`. It is part of the sums, never a cause.
    pub rest: (i64, i64),
    /// Sum of the changes above 0, the rest's included.
    pub gains: i64,
    /// Sum of the changes below 0, the rest's included. `gains + losses` is the change of the total.
    pub losses: i64,
    /// How concentrated the moves are: the sum of squared shares of all moves regardless of sign (Herfindahl's index):
    /// 1 if one value moved, 1/n if n moved alike; 0 if none did.
    pub concentration: f64,
    /// Jensen-Shannon divergence between the shares before and after, bits, 0 (all kept their shares) to 1.
    pub surprise: f64,
}

/// The fewest causes of one dimension that explain the wanted share, or as much as they can.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Which of the dimensions that were given.
    pub dimension: usize,
    /// Ids, largest change first.
    pub ids: Vec<usize>,
    /// Sum of their changes: it has the sign of the total's.
    pub change: i64,
    /// The same over the total's; above 1 where others moved against it.
    pub share: f64,
    /// Their surprise, bits.
    pub surprise: f64,
    /// Whether they explain as much as was wanted.
    pub is_enough: bool,
}

/// A change, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The total before.
    pub a: i64,
    /// The total after.
    pub b: i64,
    /// `b - a`.
    pub change: i64,
    /// One for each dimension that was given.
    pub breakdowns: Vec<Breakdown>,
    /// One for each dimension with a cause: first those that explain enough, most surprise per value first; then the
    /// others, largest share first. Empty if the change is spread in proportion, or there is none.
    pub candidates: Vec<Candidate>,
}

impl Explained {
    /// The smallest set that explains enough; none if the change is spread too widely for one.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.first().filter(|c| c.is_enough)
    }
}

/// Explains the change of a total by the values of several dimensions, or pairs of dimensions given as cells.
///
/// # Shape    total: before and after; dimensions: moves of each one's values, in any order (an id that comes twice is summed)
/// # Units    scaled integers of the measure; `share` is a fraction of the net change
/// # Errors   `OverBudget` if a sum or difference passes 64 bits
/// # Source   Adtributor, see above
pub fn explain(total: (i64, i64), dimensions: &[&[Move]], share: f64) -> Result<Explained> {
    let (a, b) = total;
    let change = narrow(i128::from(b) - i128::from(a))?;
    let mut breakdowns = Vec::with_capacity(dimensions.len());
    let mut candidates = Vec::new();
    for (dimension, moves) in dimensions.iter().enumerate() {
        let breakdown = Breakdown::of(total, change, moves)?;
        candidates.extend(breakdown.candidate(dimension, change, share)?);
        breakdowns.push(breakdown);
    }
    candidates.sort_by(Candidate::compare);
    Ok(Explained {
        a,
        b,
        change,
        breakdowns,
        candidates,
    })
}

impl Candidate {
    fn compare(&self, other: &Self) -> Ordering {
        let per_value = |c: &Self| c.surprise / super::robust::count(c.ids.len().max(1));
        let by_merit = if self.is_enough && other.is_enough {
            per_value(other).total_cmp(&per_value(self))
        } else {
            other.share.total_cmp(&self.share)
        };
        other
            .is_enough
            .cmp(&self.is_enough)
            .then(by_merit)
            .then(self.ids.len().cmp(&other.ids.len()))
            .then(self.dimension.cmp(&other.dimension))
    }
}

impl Breakdown {
    fn of(total: (i64, i64), change: i64, moves: &[Move]) -> Result<Self> {
        let moves = merged(moves)?;
        let mut known = (0_i128, 0_i128);
        let mut positive = (0_i128, 0_i128);
        for m in &moves {
            known.0 += i128::from(m.a);
            known.1 += i128::from(m.b);
            positive.0 += i128::from(m.a.max(0));
            positive.1 += i128::from(m.b.max(0));
        }
        let rest = (
            narrow(i128::from(total.0) - known.0)?,
            narrow(i128::from(total.1) - known.1)?,
        );
        // Shares are of what was sold: returns have none.
        positive.0 += i128::from(rest.0.max(0));
        positive.1 += i128::from(rest.1.max(0));

        let rest_change = i128::from(rest.1) - i128::from(rest.0);
        let (mut gains, mut losses) = (rest_change.max(0), rest_change.min(0));
        let mut divergence = surprise(rest, positive);
        let mut contributions = Vec::with_capacity(moves.len());
        for m in moves {
            let own = narrow(i128::from(m.b) - i128::from(m.a))?;
            gains += i128::from(own.max(0));
            losses += i128::from(own.min(0));
            let surprise = surprise((m.a, m.b), positive);
            divergence += surprise;
            contributions.push(Contribution {
                id: m.id,
                a: m.a,
                b: m.b,
                change: own,
                share: (change != 0).then(|| real(own) / real(change)),
                surprise,
                is_cause: surprise > SURPRISE_MIN && outruns(m.a, own, total.0, change),
            });
        }
        let gross = real_wide(gains - losses);
        let squares: f64 = contributions
            .iter()
            .map(|c| real(c.change))
            .chain([real_wide(rest_change)])
            .map(|moved| {
                if gross > 0.0 {
                    (moved / gross).powi(2)
                } else {
                    0.0
                }
            })
            .sum();
        contributions.sort_by_cached_key(|c| (Reverse(c.change.unsigned_abs()), c.id));
        Ok(Self {
            contributions,
            rest,
            gains: narrow(gains)?,
            losses: narrow(losses)?,
            concentration: squares,
            surprise: divergence.clamp(0.0, 1.0),
        })
    }

    /// The fewest causes that explain `share` of `net`: taken largest first, no smaller number of them explains more.
    fn candidate(&self, dimension: usize, net: i64, share: f64) -> Result<Option<Candidate>> {
        if net == 0 {
            return Ok(None);
        }
        let wanted = share * real(net).abs();
        let (mut ids, mut sum, mut surprise) = (Vec::new(), 0_i128, 0.0);
        let is_enough = |sum: i128| real_wide(sum).abs() >= wanted;
        for cause in self.contributions.iter().filter(|c| c.is_cause) {
            if ids.len() == EXPLAINING_VALUES_MAX || (!ids.is_empty() && is_enough(sum)) {
                break;
            }
            ids.push(cause.id);
            sum += i128::from(cause.change);
            surprise += cause.surprise;
        }
        if ids.is_empty() {
            return Ok(None);
        }
        Ok(Some(Candidate {
            dimension,
            ids,
            change: narrow(sum)?,
            share: real_wide(sum) / real(net),
            surprise,
            is_enough: is_enough(sum),
        }))
    }
}

/// Whether a value moved with the total, and clearly faster than everything else: `c / a >= 1.5 (C - c) / (A - a)`,
/// multiplied out, so that what is new (a = 0) is faster than anything.
fn outruns(a: i64, own: i64, total: i64, change: i64) -> bool {
    if own == 0 || (own > 0) != (change > 0) {
        return false;
    }
    let sign = if change > 0 { 1.0 } else { -1.0 };
    let others_a = real_wide(i128::from(total) - i128::from(a)).max(0.0);
    let others_moved = sign * real_wide(i128::from(change) - i128::from(own));
    sign * real(own) * others_a >= FASTER_THAN_REST * others_moved * real(a.max(0))
}

/// A value's term of the Jensen-Shannon divergence, bits.
fn surprise(value: (i64, i64), total: (i128, i128)) -> f64 {
    let part = |of: i64, all: i128| {
        if all > 0 {
            real(of.max(0)) / real_wide(all)
        } else {
            0.0
        }
    };
    let (p, q) = (part(value.0, total.0), part(value.1, total.1));
    let term = |x: f64| {
        if x > 0.0 {
            x * libm::log2(2.0 * x / (p + q))
        } else {
            0.0
        }
    };
    (0.5 * (term(p) + term(q))).max(0.0)
}

/// In order of id, each once.
fn merged(moves: &[Move]) -> Result<Vec<Move>> {
    let mut sorted = moves.to_vec();
    sorted.sort_by_key(|m| m.id);
    let mut once: Vec<Move> = Vec::with_capacity(sorted.len());
    // In 128 bits and narrowed at the end, so that the order of what is summed cannot matter.
    for group in sorted.chunk_by(|x, y| x.id == y.id) {
        let (a, b) = group.iter().fold((0_i128, 0_i128), |(a, b), m| {
            (a + i128::from(m.a), b + i128::from(m.b))
        });
        if let Some(first) = group.first() {
            once.push(Move {
                id: first.id,
                a: narrow(a)?,
                b: narrow(b)?,
            });
        }
    }
    Ok(once)
}

fn narrow(value: i128) -> Result<i64> {
    i64::try_from(value).map_err(|_| {
        Error::over_budget("a change passes 64 bits: narrow the filters or the period")
    })
}
