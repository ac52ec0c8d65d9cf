//! What holds for forecasts that add up.
#![expect(
    clippy::needless_range_loop,
    reason = "a step is taken away from several histories"
)]

use proptest::prelude::*;

use super::*;
use crate::model::calendar::Grain;

/// Histories of the leaves, added up.
fn family(parents: &[Option<usize>], steps: u32, size: f64, seed: u64) -> (Tree, Vec<Vec<f64>>) {
    let tree = Tree::new(parents.to_vec()).unwrap();
    let mut random = SplitMix::new(seed);
    let common: Vec<f64> = (0..steps).map(|_| random.normal()).collect();
    let mut histories: Vec<Vec<f64>> = (0..tree.len())
        .map(|node| {
            (0..steps)
                .zip(&common)
                .map(|(t, shared)| {
                    let season = 1.0 + 0.2 * f64::from(t % 12) / 12.0;
                    let noise = 0.1 * shared + 0.1 * random.normal();
                    let value = size / super::super::count(node + 1) * season * (1.0 + noise);
                    if tree.is_leaf(node) {
                        value.round()
                    } else {
                        0.0
                    }
                })
                .collect()
        })
        .collect();
    for node in (1..tree.len()).rev() {
        let own = histories[node].clone();
        let above = &mut histories[tree.parent(node).unwrap()];
        for (sum, value) in above.iter_mut().zip(own) {
            *sum += value;
        }
    }
    (tree, histories)
}

const SMALL: [Option<usize>; 8] = [
    None,
    Some(0),
    Some(0),
    Some(1),
    Some(1),
    Some(2),
    Some(2),
    Some(2),
];

fn ask(horizon: usize) -> Request<'static> {
    Request::new(&[], Grain::Month, horizon)
}

fn assert_coherent(tree: &Tree, answer: &Reconciled, floor: f64) {
    for (node, (forecast, sum)) in answer.nodes.iter().zip(&answer.sums).enumerate() {
        for step in 0..forecast.point.len() {
            let children = (0..tree.len()).filter(|c| tree.parent(*c) == Some(node));
            let point = forecast.point[step];
            if !tree.is_leaf(node) {
                let below: f64 = children.map(|c| answer.nodes[c].point[step]).sum();
                assert!((below - point).abs() <= 1e-9 * point.abs().max(1.0));
            }
            let mut inner = (point, point);
            for band in &forecast.bands {
                let (lower, upper) = (band.lower[step], band.upper[step]);
                assert!(lower.is_finite() && upper.is_finite());
                assert!(floor <= lower && lower <= inner.0 && inner.1 <= upper);
                inner = (lower, upper);
            }
        }
        let mut inner = (sum.point, sum.point);
        for (_, lower, upper) in &sum.bounds {
            assert!(floor <= *lower && *lower <= inner.0 && inner.1 <= *upper);
            inner = (*lower, *upper);
        }
    }
}

#[test]
fn parts_add_up_and_intervals_hold_the_estimates() {
    let (tree, histories) = family(&SMALL, 60, 900.0, 1);
    let answer = forecast(&tree, &histories, &ask(6), 2).unwrap();
    assert_coherent(&tree, &answer, 0.0);
    assert_eq!(answer.scaling, Scaling::Variance);
    assert!(answer.change.unwrap().abs() < 0.1);
    let shown: f64 = answer.nodes[0].point[2..].iter().sum();
    assert!((answer.sums[0].point - shown).abs() < 1e-9);
    let again = forecast(&tree, &histories, &ask(6), 2).unwrap();
    assert_eq!((again.nodes, again.sums), (answer.nodes, answer.sums));
}

#[test]
fn what_goes_wrong_together_widens_the_sum() {
    // The same noise in two leaves, or the opposite: the sum of the first pair is uncertain, of the second hardly.
    let mut random = SplitMix::new(3);
    let noise: Vec<f64> = (0..48).map(|_| 40.0 * random.normal()).collect();
    let small: Vec<f64> = (0..48).map(|_| random.normal()).collect();
    let width = |sign: f64| {
        let leaf = |side: f64| -> Vec<f64> {
            let both = noise.iter().zip(&small);
            both.map(|(n, s)| 500.0 + side * n + s).collect()
        };
        let (a, b) = (leaf(1.0), leaf(sign));
        let total = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        let tree = Tree::new(vec![None, Some(0), Some(0)]).unwrap();
        let answer = forecast(&tree, &[total, a, b], &ask(3), 0).unwrap();
        let of = |node: usize| {
            let (_, lower, upper) = answer.sums[node].bounds[0];
            upper - lower
        };
        of(0) / (of(1) + of(2))
    };
    assert!(width(1.0) > 0.75, "{}", width(1.0));
    assert!(width(-1.0) < 0.4, "{}", width(-1.0));
}

#[test]
fn a_new_product_and_a_dead_one_have_their_place() {
    let (tree, mut histories) = family(&SMALL, 48, 900.0, 5);
    // Node 3 sold for the last three months only, node 7 never.
    for step in 0..48 {
        let mut take = |node: usize| {
            let value = histories[node][step];
            for above in [node, tree.parent(node).unwrap(), 0] {
                histories[above][step] -= value;
            }
        };
        if step < 45 {
            take(3);
        }
        take(7);
    }
    let answer = forecast(&tree, &histories, &ask(6), 0).unwrap();
    assert_coherent(&tree, &answer, 0.0);
    assert_eq!(answer.scaling, Scaling::Mixed(1));
    assert!(answer.nodes[7].point.iter().all(|p| *p < 1e-3));
    assert!(answer.nodes[3].point[0] > 0.5 * histories[3][47]);
}

#[test]
fn a_model_that_a_part_cannot_have_is_replaced_in_it_alone() {
    let (tree, mut histories) = family(&[None, Some(0), Some(0)], 48, 900.0, 6);
    for step in 0..40 {
        histories[0][step] -= histories[2][step];
        histories[2][step] = 0.0;
    }
    let request = Request {
        model: ModelChoice::Mstl,
        ..ask(3)
    };
    let answer = forecast(&tree, &histories, &request, 0).unwrap();
    assert_eq!(answer.others, 1);
    assert!(answer.nodes[0].model.starts_with("mstl"));
    assert!(!answer.nodes[2].model.starts_with("mstl"));
}

#[test]
fn histories_have_to_fit_the_tree() {
    let tree = Tree::new(vec![None, Some(0)]).unwrap();
    for histories in [vec![vec![1.0, 2.0]], vec![vec![1.0, 2.0], vec![1.0]]] {
        let error = forecast(&tree, &histories, &ask(1), 0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_histories_add_up(
        leaves in proptest::collection::vec(proptest::collection::vec(-20_i32..200, 14), 2..6),
        is_positive: bool,
    ) {
        let mut parents = vec![None, Some(0)];
        parents.extend((0..leaves.len()).map(|leaf| Some(leaf % 2)));
        let tree = Tree::new(parents).unwrap();
        let mut histories = vec![vec![0.0; 14]; 2];
        for leaf in &leaves {
            let low = if is_positive { 0 } else { -20 };
            histories.push(leaf.iter().map(|v| f64::from((*v).max(low))).collect());
        }
        for node in (1..tree.len()).rev() {
            let own = histories[node].clone();
            for (sum, value) in histories[tree.parent(node).unwrap()].iter_mut().zip(own) {
                *sum += value;
            }
        }
        let answer = forecast(&tree, &histories, &ask(4), 1).unwrap();
        let floor = if is_positive { 0.0 } else { f64::NEG_INFINITY };
        assert_coherent(&tree, &answer, floor);
    }
}
