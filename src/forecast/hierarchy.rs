//! Forecasts of a tree of series: each series alone, then made to add up (`reconcile`), with intervals from joint paths.
//!
//! The backtest's errors go through the same reconciliation, so that an interval is about what is shown. Leaves keep the
//! intervals of their own exams, scaled by how much the reconciliation changed their errors; nodes above get theirs from
//! paths that mix the errors of the same origins in all leaves (`paths`), so that what goes wrong together widens the sum
//! and what does not cancels out. Paths add up; quantiles of sums are not sums of quantiles, so intervals do not.

use super::paths::{Loadings, SplitMix, Stretch};
use super::prepare::{constant, season};
use super::reconcile::{Scaling, Tree, reconciled, variances};
use super::{Errors, Request, count, explicit, with_errors};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{
    BACKTEST_ORIGINS_AFFORDED, HIERARCHY_PATH_VALUES_MAX, HIERARCHY_PATHS_MAX, HIERARCHY_PATHS_MIN,
    HIERARCHY_WORK_MAX, HIERARCHY_WORK_PER_VALUE, MODEL_VALUES_MAX,
};
use crate::model::answer::{Band, Forecast, Range};
use crate::model::query::ModelChoice;

/// The seed of the paths: an answer depends on its question alone.
const SEED: u64 = 0x6e65_6172_6361_7374;
/// How far the reconciliation may narrow or widen an interval: its effect on errors is measured on few origins.
const RATIO: (f64, f64) = (0.5, 2.0);

/// Forecasts that add up.
#[derive(Debug, Clone)]
pub struct Reconciled {
    /// One for each node of the tree; points add up at every step.
    pub nodes: Vec<Forecast>,
    /// The sum over the steps asked for, with its intervals, for each node.
    pub sums: Vec<Range>,
    /// Where the weights come from.
    pub scaling: Scaling,
    /// What the reconciliation did to the total of all steps: new over old, less one; none where that was zero.
    pub change: Option<f64>,
    /// Nodes for which the model that was asked for does not work, and which chose for themselves.
    pub others: usize,
    /// Nodes that only repeat their season, since there are more than a request may choose models for.
    pub light: usize,
}

/// Forecasts every series of a tree, so that children add up to their parent at every step.
///
/// `request` says what is asked of each; its values are not used. A series that begins with zeros is fitted from its first
/// value on.
///
/// # Shape    histories: `[node][n]`, of one length and ending together; `sum_from` is the first step that sums count
/// # Units    the measure's
/// # Errors   `Internal` if histories do not fit the tree; as [`super::forecast`] for the total
/// # Source   `reconcile` and `paths`; golden: tests/golden/reconcile
pub fn forecast(
    tree: &Tree,
    histories: &[Vec<f64>],
    request: &Request<'_>,
    sum_from: usize,
) -> Result<Reconciled> {
    let steps = histories.first().map_or(0, Vec::len);
    if histories.len() != tree.len() || histories.iter().any(|h| h.len() != steps) {
        return Err(Error::internal("a tree of series needs one history a node"));
    }
    let mut bases = Vec::with_capacity(tree.len());
    let (mut others, mut light) = (0, 0);
    for (node, history) in histories.iter().enumerate() {
        let base = Base::of(node, history, request)?;
        others += usize::from(base.kind == Kind::Other);
        light += usize::from(base.kind == Kind::Light);
        bases.push(base);
    }
    let squares: Vec<Option<f64>> = bases.iter().map(Base::square).collect();
    let (weights, scaling) = variances(tree, &squares);
    let signs: Vec<bool> = bases.iter().map(|b| b.never_negative).collect();
    let point = by_step(request.horizon_steps, tree.len(), |step, at| {
        let base: Vec<f64> = bases
            .iter()
            .map(|b| at_step(&b.forecast.point, step))
            .collect();
        let closed: Vec<bool> = bases.iter().map(|b| b.is_closed(step)).collect();
        at.extend(reconciled(tree, &base, &weights, &signs, &closed));
    });
    let ages = bases
        .iter()
        .find_map(|b| b.errors.as_ref().map(|e| e.ages.clone()))
        .unwrap_or_default();
    let errors = reconciled_errors(tree, &bases, &weights, &ages);
    let draft = Draft {
        tree,
        bases,
        point,
        errors,
        ages,
        sum_from,
    };
    let total = draft.bases.first();
    let before = total.map_or(0.0, |b| sum_of(&b.forecast.point, 0));
    let after = sum_of(draft.point.first().map_or(&[], Vec::as_slice), 0);
    let (bands, sums) = draft.intervals(request.levels);
    let nodes = draft.bases.into_iter().zip(draft.point).zip(bands);
    let nodes = nodes.map(|((base, point), bands)| Forecast {
        point,
        bands,
        ..base.forecast
    });
    Ok(Reconciled {
        nodes: nodes.collect(),
        sums,
        scaling,
        change: (before != 0.0).then(|| after / before - 1.0),
        others,
        light,
    })
}

/// Whether a series is forecast as was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AsAsked,
    /// The model that was asked for could not be used.
    Other,
    /// It repeats its season for want of budget.
    Light,
}

/// One series alone.
struct Base {
    forecast: Forecast,
    errors: Option<Errors>,
    never_negative: bool,
    is_constant: bool,
    kind: Kind,
}

impl Base {
    fn of(node: usize, history: &[f64], request: &Request<'_>) -> Result<Self> {
        // New products are fitted from their first sale on, as far as the horizon allows.
        let empty = history.iter().take_while(|v| **v == 0.0).count();
        let empty = if empty == history.len() { 0 } else { empty };
        let season = request.season.unwrap_or(request.grain.season_steps());
        let far = request.horizon_steps > 2 * season;
        let kept = if far { request.horizon_steps } else { 2 }.min(history.len());
        let from = if node == 0 {
            0
        } else {
            empty.min(history.len() - kept)
        };
        let values = history.get(from..).unwrap_or(history);
        let treatment = Treatment::of(node, history.len(), request);
        let own = Request {
            values,
            start: request.day(from),
            // What is known of the whole, such as a price, is not known of a part.
            known: if node == 0 { request.known } else { &[] },
            model: treatment.model,
            work_max: treatment.work_max,
            ..*request
        };
        let (found, is_other) = match with_errors(&own) {
            Err(e)
                if node > 0
                    && e.kind() == ErrorKind::Unforecastable
                    && own.model != ModelChoice::Auto =>
            {
                let auto = Request {
                    model: ModelChoice::Auto,
                    ..own
                };
                (with_errors(&auto)?, true)
            }
            found => (found?, false),
        };
        Ok(Self {
            forecast: found.0,
            errors: found.1,
            never_negative: history.iter().all(|v| *v >= 0.0),
            is_constant: constant(values).is_some(),
            kind: match (treatment.is_light, is_other) {
                (true, _) => Kind::Light,
                (false, true) => Kind::Other,
                (false, false) => Kind::AsAsked,
            },
        })
    }

    /// Whether nothing is sold at a step for certain: the weekday is closed, or the product never sold.
    fn is_closed(&self, step: usize) -> bool {
        let f = &self.forecast;
        let ends = f.bands.iter().flat_map(|b| [&b.lower, &b.upper]);
        let mut values = ends.chain([&f.point]).map(|row| row.get(step));
        !f.bands.is_empty() && values.all(|v| v.is_some_and(|v| *v == 0.0))
    }

    /// The mean squared error in the backtest; none without one.
    fn square(&self) -> Option<f64> {
        if self.is_constant {
            return Some(0.0);
        }
        self.errors
            .as_ref()
            .map(|e| mean_square(e.rows.iter().flatten()))
    }
}

/// How a node is forecast: the model, and the work that trying models may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Treatment {
    model: ModelChoice,
    work_max: usize,
    is_light: bool,
}

impl Treatment {
    /// The total is forecast as it is alone. The others, in their order, get a small choice of models (or the one asked
    /// for) as far as the work of one request goes; the rest repeats its season.
    fn of(node: usize, steps: usize, request: &Request<'_>) -> Self {
        let asked = Self {
            model: request.model,
            work_max: request.work_max,
            is_light: false,
        };
        if node == 0 {
            return asked;
        }
        let season = season(request, steps);
        let each = steps.min(MODEL_VALUES_MAX) * HIERARCHY_WORK_PER_VALUE;
        let cost = explicit(request.model, season).map_or(each, |method| {
            let (fit, refit) = method.work(steps, season);
            2 * fit + BACKTEST_ORIGINS_AFFORDED * refit
        });
        if node * cost <= HIERARCHY_WORK_MAX {
            return Self {
                work_max: each,
                ..asked
            };
        }
        let is_seasonal = season > 1 && steps >= season;
        Self {
            model: if is_seasonal {
                ModelChoice::SeasonalNaive
            } else {
                ModelChoice::Naive
            },
            // What is tried costs nothing: this is for the number of origins.
            work_max: request.work_max,
            is_light: true,
        }
    }
}

fn at_step(values: &[f64], step: usize) -> f64 {
    values.get(step).copied().unwrap_or(0.0)
}

/// Adds one row to another.
fn add(sums: &mut [f64], row: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += value;
    }
}

fn sum_of(values: &[f64], from: usize) -> f64 {
    values.iter().skip(from).sum()
}

fn mean_square<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0_usize), |(sum, n), e| (e.mul_add(*e, sum), n + 1));
    sum / count(n.max(1))
}

/// Rows by node of what is made step by step.
fn by_step(
    steps: usize,
    nodes: usize,
    mut make: impl FnMut(usize, &mut Vec<f64>),
) -> Vec<Vec<f64>> {
    let mut rows = vec![Vec::with_capacity(steps); nodes];
    let mut at = Vec::with_capacity(nodes);
    for step in 0..steps {
        at.clear();
        make(step, &mut at);
        for (row, value) in rows.iter_mut().zip(&at) {
            row.push(*value);
        }
    }
    rows
}

/// The backtest's errors of every node, made to add up as the forecasts are; none for nodes without any.
fn reconciled_errors(
    tree: &Tree,
    bases: &[Base],
    weights: &[f64],
    ages: &[usize],
) -> Vec<Option<Errors>> {
    let free = vec![false; tree.len()];
    let steps = bases
        .iter()
        .filter_map(|b| b.errors.as_ref()?.rows.iter().map(Vec::len).min())
        .max()
        .unwrap_or(0);
    let mut found: Vec<Vec<Vec<f64>>> = vec![Vec::with_capacity(ages.len()); bases.len()];
    for age in ages {
        // A node that was tried less far ahead is taken to have gone on as it was.
        let near: Vec<Option<&Vec<f64>>> = bases
            .iter()
            .map(|b| b.errors.as_ref().and_then(|e| e.near(*age)))
            .collect();
        let rows = by_step(steps, bases.len(), |step, at| {
            let base: Vec<f64> = near
                .iter()
                .map(|row| {
                    let row = row.map_or(&[][..], Vec::as_slice);
                    row.get(step).or(row.last()).copied().unwrap_or(0.0)
                })
                .collect();
            at.extend(reconciled(tree, &base, weights, &free, &free));
        });
        for (node, row) in found.iter_mut().zip(rows) {
            node.push(row);
        }
    }
    let each = found.into_iter().zip(bases);
    each.map(|(rows, base)| {
        base.errors.is_some().then(|| Errors {
            ages: ages.to_vec(),
            rows,
        })
    })
    .collect()
}

/// Reconciled points, and what intervals are made of.
struct Draft<'a> {
    tree: &'a Tree,
    bases: Vec<Base>,
    point: Vec<Vec<f64>>,
    errors: Vec<Option<Errors>>,
    ages: Vec<usize>,
    sum_from: usize,
}

impl Draft<'_> {
    /// Intervals of every node at every step, and of every node's sum.
    fn intervals(&self, levels: &[u8]) -> (Vec<Vec<Band>>, Vec<Range>) {
        let steps = self.point.first().map_or(0, Vec::len);
        let values = self.tree.len() * steps.max(1);
        let number =
            (HIERARCHY_PATH_VALUES_MAX / values).clamp(HIERARCHY_PATHS_MIN, HIERARCHY_PATHS_MAX);
        let mut random = SplitMix::new(SEED);
        let pairs = number / 2;
        let weights: Vec<Vec<f64>> = self
            .ages
            .iter()
            .map(|_| (0..pairs).map(|_| random.normal()).collect())
            .collect();
        // Deviations of nodes above the leaves, `[step][path]`.
        let mut above: Vec<Vec<f64>> = (0..self.tree.len())
            .map(|node| {
                if self.tree.is_leaf(node) {
                    Vec::new()
                } else {
                    vec![0.0; 2 * pairs * steps]
                }
            })
            .collect();
        let mut bands = vec![Vec::new(); self.tree.len()];
        let mut sums = vec![Vec::new(); self.tree.len()];
        for leaf in (0..self.tree.len()).filter(|n| self.tree.is_leaf(*n)) {
            let stretches = self.stretches(leaf);
            let paths = self.leaf_paths(leaf, &stretches, &weights, pairs, &mut random);
            let parent = self.tree.parent(leaf).and_then(|p| above.get_mut(p));
            add(parent.map_or(&mut [][..], Vec::as_mut_slice), &paths);
            if let Some(slot) = sums.get_mut(leaf) {
                *slot = self.path_sums(&paths, 2 * pairs);
            }
            if let Some(slot) = bands.get_mut(leaf) {
                *slot = self.leaf_bands(leaf, &stretches, levels);
            }
        }
        // Children stand behind their parents: what is complete is added to the node above.
        for node in (0..self.tree.len()).rev() {
            if self.tree.is_leaf(node) {
                continue;
            }
            let paths = above.get_mut(node).map(std::mem::take).unwrap_or_default();
            let parent = self.tree.parent(node).and_then(|p| above.get_mut(p));
            add(parent.map_or(&mut [][..], Vec::as_mut_slice), &paths);
            if let Some(slot) = sums.get_mut(node) {
                *slot = self.path_sums(&paths, 2 * pairs);
            }
            if let Some(slot) = bands.get_mut(node) {
                *slot = self.sampled_bands(node, &paths, 2 * pairs, levels);
            }
        }
        let ranges = sums.into_iter().enumerate();
        let ranges = ranges.map(|(node, sums)| self.range(node, sums, levels));
        let ranges = ranges.collect();
        (bands, ranges)
    }

    /// The intervals of a node's own exam about its estimate, scaled by what the reconciliation did to its errors. A lower
    /// end that was cut off at zero is taken to be as far away as the upper one.
    fn stretches(&self, node: usize) -> Vec<Stretch> {
        let Some(base) = self.bases.get(node) else {
            return Vec::new();
        };
        let own = base.square().unwrap_or(0.0);
        let new = self.errors.get(node).and_then(Option::as_ref);
        let new = new.map_or(own, |e| mean_square(e.rows.iter().flatten()));
        let ratio = if own > 0.0 {
            (new / own).sqrt().clamp(RATIO.0, RATIO.1)
        } else {
            1.0
        };
        let f = &base.forecast;
        let own = Stretch::of(&f.point, &f.bands).into_iter().zip(&f.point);
        own.map(|(stretch, point)| {
            stretch.map(|up, down| {
                let is_cut = base.never_negative && down >= *point;
                let down = if is_cut { up.max(down) } else { down };
                (up * ratio, down * ratio)
            })
        })
        .collect()
    }

    /// Deviations of a leaf, `[step][path]` in one row: each second path mirrors the one before.
    ///
    /// # Shape    weights: `[origin][pair]`
    fn leaf_paths(
        &self,
        leaf: usize,
        stretches: &[Stretch],
        weights: &[Vec<f64>],
        pairs: usize,
        random: &mut SplitMix,
    ) -> Vec<f64> {
        let steps = stretches.len();
        let errors = self.errors.get(leaf).and_then(Option::as_ref);
        let loadings = errors.and_then(|e| Loadings::new(e, &self.ages, steps));
        let mut out = Vec::with_capacity(2 * pairs * steps);
        let (mut shocks, mut walks) = (vec![0.0; pairs], vec![0.0; pairs]);
        for (step, stretch) in stretches.iter().enumerate() {
            if let Some(loadings) = &loadings {
                loadings.shocks_at(step, weights, &mut shocks);
            } else {
                let size = count(step + 1).sqrt();
                for (shock, walk) in shocks.iter_mut().zip(&mut walks) {
                    *walk += random.normal();
                    *shock = *walk / size;
                }
            }
            out.extend(shocks.iter().flat_map(|shock| {
                let (up, down) = stretch.both(shock.abs());
                if *shock < 0.0 {
                    [-down, up]
                } else {
                    [up, -down]
                }
            }));
        }
        out
    }

    /// The sum over the steps that are asked for, of each path.
    fn path_sums(&self, paths: &[f64], number: usize) -> Vec<f64> {
        let mut sums = vec![0.0; number];
        for row in paths.chunks_exact(number.max(1)).skip(self.sum_from) {
            add(&mut sums, row);
        }
        sums
    }

    fn leaf_bands(&self, leaf: usize, stretches: &[Stretch], levels: &[u8]) -> Vec<Band> {
        let reaches: Vec<Vec<(f64, f64)>> =
            stretches.iter().map(|s| s.reaches().collect()).collect();
        let of_level = |at: usize| {
            let each = reaches.iter().map(move |r| r.get(at).copied());
            each.map(Option::unwrap_or_default).collect()
        };
        self.banded(leaf, levels, (0..levels.len()).map(of_level).collect())
    }

    /// Quantiles of paths. How the interval grows over the horizon is the node's own exam's, which is smooth; how wide it
    /// is, the paths'.
    fn sampled_bands(&self, node: usize, paths: &[f64], number: usize, levels: &[u8]) -> Vec<Band> {
        let own: Vec<Vec<(f64, f64)>> = self
            .stretches(node)
            .iter()
            .map(|s| s.reaches().collect())
            .collect();
        let mut reaches = vec![Vec::with_capacity(own.len()); levels.len()];
        for row in paths.chunks_exact(number.max(1)) {
            let mut at = row.to_vec();
            at.sort_unstable_by(f64::total_cmp);
            for (level, reaches) in levels.iter().zip(&mut reaches) {
                reaches.push(reach(&at, *level));
            }
        }
        for (level, reaches) in reaches.iter_mut().enumerate() {
            let shape = |step: usize| own.get(step).and_then(|r| r.get(level)).copied();
            let up = smoothed(reaches, |r| r.0, |step| shape(step).map(|s| s.0));
            let down = smoothed(reaches, |r| r.1, |step| shape(step).map(|s| s.1));
            *reaches = up.into_iter().zip(down).collect();
        }
        self.banded(node, levels, reaches)
    }

    /// Bands about the estimates, the wider ones outside, at zero or above where the history is.
    fn banded(&self, node: usize, levels: &[u8], reaches: Vec<Vec<(f64, f64)>>) -> Vec<Band> {
        let point = self.point.get(node).map_or(&[][..], Vec::as_slice);
        let mut widest = vec![(0.0_f64, 0.0_f64); point.len()];
        let mut bands = Vec::with_capacity(levels.len());
        for (level, reaches) in levels.iter().zip(reaches) {
            for (widest, (up, down)) in widest.iter_mut().zip(reaches) {
                *widest = (widest.0.max(up), widest.1.max(down));
            }
            let ends = point.iter().zip(&widest);
            bands.push(Band {
                level: *level,
                lower: ends
                    .clone()
                    .map(|(p, (_, down))| self.floored(node, p - down).min(*p))
                    .collect(),
                upper: ends.map(|(p, (up, _))| p + up).collect(),
            });
        }
        bands
    }

    fn floored(&self, node: usize, value: f64) -> f64 {
        match self.bases.get(node) {
            Some(base) if base.never_negative => value.max(0.0),
            _ => value,
        }
    }

    /// The sum of a node's steps and its intervals.
    fn range(&self, node: usize, mut sums: Vec<f64>, levels: &[u8]) -> Range {
        sums.sort_unstable_by(f64::total_cmp);
        let point = self
            .point
            .get(node)
            .map_or(0.0, |p| sum_of(p, self.sum_from));
        let bounds = levels.iter().map(|level| {
            let (up, down) = reach(&sums, *level);
            (
                *level,
                self.floored(node, point - down).min(point),
                point + up,
            )
        });
        Range {
            point,
            bounds: bounds.collect(),
        }
    }
}

/// How far up and down from zero the middle `level` percent of sorted deviations reach.
fn reach(sorted: &[f64], level: u8) -> (f64, f64) {
    let last = sorted.len().saturating_sub(1);
    let tail = last * (100 - usize::from(level.min(100))) / 200;
    let at = |index: usize| sorted.get(index).copied().unwrap_or(0.0);
    (at(last - tail).max(0.0), (-at(tail)).max(0.0))
}

/// Reaches with another's growth over the steps, as large on average; as they are where the other has a step without any.
fn smoothed(
    reaches: &[(f64, f64)],
    side: impl Fn(&(f64, f64)) -> f64,
    shape: impl Fn(usize) -> Option<f64>,
) -> Vec<f64> {
    let own: Vec<f64> = reaches.iter().map(side).collect();
    let shapes: Option<Vec<f64>> = (0..own.len())
        .map(|step| shape(step).filter(|s| *s > 0.0))
        .collect();
    let Some(shapes) = shapes else {
        return own;
    };
    let ratios = own.iter().zip(&shapes).map(|(own, shape)| own / shape);
    let growth = ratios.sum::<f64>() / count(own.len().max(1));
    shapes.iter().map(|shape| shape * growth).collect()
}

#[cfg(test)]
mod tests;
