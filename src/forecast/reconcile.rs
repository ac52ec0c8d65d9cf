//! Forecasts of a tree of series, made to add up: from the leaves to the total.
//!
//! Weighted least squares: of all forecasts that add up, the ones nearest to those that were made of each series alone,
//! where a distance counts as much as that series was forecast well. With the variances of the backtest's errors this is
//! `MinT` with a diagonal covariance (Wickramasuriya, Athanasopoulos & Hyndman, Optimal forecast reconciliation for
//! hierarchical and grouped time series through trace minimization, JASA 114, 2019; Hyndman, Lee & Wang, Fast computation
//! of reconciled forecasts for hierarchical and grouped time series, Computational Statistics & Data Analysis 97, 2016).
//! Where there are no errors, a node's variance is taken to grow with its leaves (structural scaling: Athanasopoulos,
//! Hyndman, Kourentzes & Petropoulos, Forecasting with temporal hierarchies, EJOR 262, 2017).
//!
//! The matrix of the papers is never made: on a tree each node is a Gaussian estimate of the sum of its children, so one
//! pass up (precision-weighted means) and one pass down (each gap shared by variance) give the same answer in O(nodes).

use crate::error::{Error, Result};

/// How often leaves that came out below zero are held at zero and the rest is solved again.
const ROUNDS_MAX: usize = 8;
/// The least variance of a node, as a share of what its structure suggests: an exact forecast keeps its value, and no
/// division meets a zero.
const VARIANCE_FLOOR: f64 = 1e-9;

/// A tree of series: node 0 is the total, and a parent stands before its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    parents: Vec<Option<usize>>,
    leaves: Vec<usize>,
    is_leaf: Vec<bool>,
}

impl Tree {
    /// A tree by the parent of each node.
    ///
    /// # Shape    parents: `[node]`
    /// # Errors   `Internal` unless node 0, and no other, has no parent and every parent stands before its children
    pub fn new(parents: Vec<Option<usize>>) -> Result<Self> {
        let in_order = parents
            .iter()
            .enumerate()
            .all(|(node, parent)| parent.map_or(node == 0, |p| p < node));
        if parents.is_empty() || !in_order {
            return Err(Error::internal(
                "a tree of series starts with its total, and a parent stands before its children",
            ));
        }
        let mut is_leaf = vec![true; parents.len()];
        for parent in parents.iter().flatten() {
            if let Some(leaf) = is_leaf.get_mut(*parent) {
                *leaf = false;
            }
        }
        let own: Vec<usize> = is_leaf.iter().map(|leaf| usize::from(*leaf)).collect();
        let mut leaves = own;
        for (node, parent) in parents.iter().enumerate().rev() {
            let below = leaves.get(node).copied().unwrap_or(0);
            if let Some(above) = parent.and_then(|p| leaves.get_mut(p)) {
                *above += below;
            }
        }
        Ok(Self {
            parents,
            leaves,
            is_leaf,
        })
    }

    /// How many nodes there are, the total included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.parents.len()
    }

    /// Never: a tree has its total.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parents.is_empty()
    }

    /// The parent of a node; none of the total.
    #[must_use]
    pub fn parent(&self, node: usize) -> Option<usize> {
        *self.parents.get(node)?
    }

    /// Whether a node has no children.
    #[must_use]
    pub fn is_leaf(&self, node: usize) -> bool {
        self.is_leaf.get(node).copied().unwrap_or(true)
    }

    /// How many leaves are below a node; of a leaf, itself.
    #[must_use]
    pub fn leaves(&self, node: usize) -> usize {
        self.leaves.get(node).copied().unwrap_or(1)
    }

    /// Sets every inner node to the sum of its children, the last child first.
    fn add_up(&self, values: &mut [f64]) {
        for (value, leaf) in values.iter_mut().zip(&self.is_leaf) {
            if !leaf {
                *value = 0.0;
            }
        }
        for (node, parent) in self.parents.iter().enumerate().rev() {
            let own = values.get(node).copied().unwrap_or(0.0);
            if let Some(above) = parent.and_then(|p| values.get_mut(p)) {
                *above += own;
            }
        }
    }
}

/// Where the variances of a reconciliation come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// From every node's errors.
    Variance,
    /// From errors, but for this many nodes without any, for which they follow from the structure.
    Mixed(usize),
    /// From the structure alone.
    Structure,
}

impl Scaling {
    /// What the method is called.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Variance => "WLS with variance scaling (MinT)".into(),
            Self::Mixed(n) => format!(
                "WLS with variance scaling (MinT), structural scaling for {n} without a backtest"
            ),
            Self::Structure => "WLS with structural scaling".into(),
        }
    }
}

/// How far each node's forecast is to be trusted, from its mean squared error; none where it was never tried.
///
/// # Shape    squares: `[node]`; the variances: `[node]`, all above zero
/// # Units    the square of the measure's
#[must_use]
pub fn variances(tree: &Tree, squares: &[Option<f64>]) -> (Vec<f64>, Scaling) {
    let leaves = |node: usize| super::count(tree.leaves(node));
    let known = || {
        let all = squares.iter().enumerate();
        all.filter_map(|(node, square)| Some((node, (*square)?)))
    };
    // The mean over nodes of the variance that one leaf would have, if variances grew with leaves.
    let (sum, number) = known().fold((0.0, 0_usize), |(sum, n), (node, square)| {
        (sum + square / leaves(node), n + 1)
    });
    let each = sum / super::count(number.max(1));
    if each.is_nan() || each <= 0.0 || !each.is_finite() {
        let structure = (0..tree.len()).map(leaves).collect();
        return (structure, Scaling::Structure);
    }
    let values = (0..tree.len())
        .map(|node| {
            let structural = each * leaves(node);
            let square = squares.get(node).copied().flatten();
            square.map_or(structural, |s| s.max(structural * VARIANCE_FLOOR))
        })
        .collect();
    let scaling = match tree.len() - number {
        0 => Scaling::Variance,
        without => Scaling::Mixed(without),
    };
    (values, scaling)
}

/// One step of every series, made to add up. Leaves that are `never_negative` come out at zero or above: those that would
/// fall below are held at zero and the rest is solved again (the active sets of Wickramasuriya, Turlach & Hyndman, Optimal
/// non-negative forecast reconciliation, Statistics and Computing 30, 2020, without their release), and what is still
/// negative after a few rounds is set to zero and added up again (Di Fonzo & Girolimetto, Spatio-temporal reconciliation
/// of solar forecasts, Solar Energy 251, 2023).
///
/// Leaves that are `closed` stay at zero.
///
/// # Shape    base, variances, `never_negative`, closed: `[node]`; the answer: `[node]`
/// # Units    the measure's; variances its square, above zero
/// # Source   the file's head; golden: tests/golden/reconcile
#[must_use]
pub fn reconciled(
    tree: &Tree,
    base: &[f64],
    variances: &[f64],
    never_negative: &[bool],
    closed: &[bool],
) -> Vec<f64> {
    let mut held = closed.to_vec();
    let mut values = solved(tree, base, variances, &held);
    let is_wrong = |node: usize, value: f64| {
        value < 0.0 && tree.is_leaf(node) && never_negative.get(node) == Some(&true)
    };
    for _ in 0..ROUNDS_MAX {
        let mut is_fine = true;
        for ((node, value), held) in values.iter().enumerate().zip(&mut held) {
            if is_wrong(node, *value) {
                *held = true;
                is_fine = false;
            }
        }
        if is_fine {
            return values;
        }
        values = solved(tree, base, variances, &held);
    }
    for (node, value) in values.iter_mut().enumerate() {
        if is_wrong(node, *value) {
            *value = 0.0;
        }
    }
    tree.add_up(&mut values);
    values
}

/// The weighted least squares solution with some leaves held at zero.
#[expect(
    clippy::indexing_slicing,
    reason = "every array has an entry for each node, and parents are nodes"
)]
fn solved(tree: &Tree, base: &[f64], variances: &[f64], held: &[bool]) -> Vec<f64> {
    let n = tree.len();
    debug_assert!(base.len() == n && variances.len() == n && held.len() == n);
    if base.len() != n || variances.len() != n || held.len() != n {
        return vec![f64::NAN; n];
    }
    // Of each node: the estimate from itself and below, its variance, and the sums of both over its children.
    let (mut mean, mut spread) = (vec![0.0; n], vec![0.0; n]);
    let (mut means, mut spreads) = (vec![0.0; n], vec![0.0; n]);
    for node in (0..n).rev() {
        if tree.is_leaf[node] {
            if !held[node] {
                (mean[node], spread[node]) = (base[node], variances[node]);
            }
        } else {
            let below: f64 = spreads[node];
            let gain = below / (below + variances[node]);
            mean[node] = (base[node] - means[node]).mul_add(gain, means[node]);
            spread[node] = below * (1.0 - gain);
        }
        if let Some(parent) = tree.parents[node] {
            means[parent] += mean[node];
            spreads[parent] += spread[node];
        }
    }
    // What the estimate above leaves over is shared by variance; where nothing below may move, nothing does.
    let mut values = mean;
    for node in 1..n {
        if let Some(parent) = tree.parents[node]
            && spreads[parent] > 0.0
        {
            let gap = values[parent] - means[parent];
            values[node] += spread[node] / spreads[parent] * gap;
        }
    }
    tree.add_up(&mut values);
    values
}

#[cfg(test)]
mod tests;
