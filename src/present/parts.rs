//! Forecasts by a dimension as they are shown: rounded so that what is shown adds up, over parts and over steps.

use super::number;
use crate::model::answer::{Part, Parts};

/// One part in scaled integers.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) part: &'a Part,
    /// The name of what it is added to; none for the total, or below it.
    pub(super) parent: Option<&'a str>,
    /// Of each step that is shown.
    pub(super) estimates: Vec<i64>,
    /// For each level: percent, and the ends at each step that is shown.
    pub(super) bands: Vec<(u8, Vec<i64>, Vec<i64>)>,
    /// The sum of the estimates.
    pub(super) sum: i64,
    /// Its ends for each level.
    pub(super) ends: Vec<(u8, i64, i64)>,
}

/// Every part, from a step on.
pub(super) fn shown(parts: &Parts, steps_from: usize, scale: u8) -> Vec<Shown<'_>> {
    let parents: Vec<Option<usize>> = parts.nodes.iter().map(|n| n.parent).collect();
    let steps = parts.nodes.first().map_or(0, |n| n.forecast.point.len());
    let by_step: Vec<Vec<i64>> = (steps_from..steps)
        .map(|step| {
            let at = |part: &Part| part.forecast.point.get(step).copied().unwrap_or(0.0);
            let values: Vec<f64> = parts.nodes.iter().map(at).collect();
            number::round_tree(&values, &parents, scale)
        })
        .collect();
    let of_node = |(node, part): (usize, &'_ Part)| {
        let estimates: Vec<i64> = by_step
            .iter()
            .filter_map(|row| row.get(node).copied())
            .collect();
        // A share of the rounding may lie a unit outside of an interval without width.
        let ends = |values: &[f64], side: fn(i64, i64) -> i64| -> Vec<i64> {
            let ends = values.iter().skip(steps_from).zip(&estimates);
            ends.map(|(v, e)| side(number::round(*v, scale), *e))
                .collect()
        };
        let bands = part.forecast.bands.iter().map(|band| {
            let lower = ends(&band.lower, Ord::min);
            (band.level, lower, ends(&band.upper, Ord::max))
        });
        let bands = bands.collect();
        let sum = estimates.iter().fold(0, |a: i64, e| a.saturating_add(*e));
        let bounds = part.sum.bounds.iter().map(|(level, lower, upper)| {
            let (lower, upper) = (number::round(*lower, scale), number::round(*upper, scale));
            (*level, lower.min(sum), upper.max(sum))
        });
        let above = part.parent.filter(|p| *p > 0);
        (estimates, bands, sum, bounds.collect(), above)
    };
    let nodes = parts.nodes.iter().enumerate();
    nodes
        .map(|(node, part)| {
            let (estimates, bands, sum, ends, above) = of_node((node, part));
            Shown {
                part,
                parent: above.and_then(|p| Some(parts.nodes.get(p)?.name.as_str())),
                estimates,
                bands,
                sum,
                ends,
            }
        })
        .collect()
}
