//! Golden cases of `tests/golden/reconcile`, and what holds for every tree.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    name: String,
    parents: Vec<Option<usize>>,
    base: Vec<f64>,
    squares: Vec<f64>,
    low: Vec<f64>,
    structure: Vec<f64>,
    variance: Vec<f64>,
    non_negative: Vec<f64>,
}

fn assert_near(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!(
            (f - e).abs() <= 1e-9 * e.abs().max(1.0),
            "{what}: {found:?} {expected:?}"
        );
    }
}

fn errors_of(squares: &[f64]) -> Vec<Option<f64>> {
    squares.iter().copied().map(Some).collect()
}

#[test]
fn golden_cases_agree_with_an_independent_implementation() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/reconcile/cases.json"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let tree = Tree::new(case.parents).unwrap();
        let free = vec![false; tree.len()];
        let (structure, scaling) = variances(&tree, &vec![None; tree.len()]);
        assert_eq!(scaling, Scaling::Structure);
        let found = reconciled(&tree, &case.base, &structure, &free, &free);
        assert_near(&found, &case.structure, &case.name);
        let (weights, scaling) = variances(&tree, &errors_of(&case.squares));
        assert_eq!(scaling, Scaling::Variance);
        let found = reconciled(&tree, &case.base, &weights, &free, &free);
        assert_near(&found, &case.variance, &case.name);
        let all = vec![true; tree.len()];
        let found = reconciled(&tree, &case.low, &weights, &all, &free);
        assert_near(&found, &case.non_negative, &case.name);
    }
}

#[test]
fn trees_that_are_none_are_refused() {
    for parents in [vec![], vec![Some(0)], vec![None, None], vec![None, Some(1)]] {
        assert!(Tree::new(parents).is_err());
    }
    let tree = Tree::new(vec![None, Some(0), Some(0), Some(1), Some(1)]).unwrap();
    let below: Vec<usize> = (0..5).map(|n| tree.leaves(n)).collect();
    assert_eq!(below, [3, 2, 1, 1, 1]);
    assert!(tree.is_leaf(2) && !tree.is_leaf(1));
}

#[test]
fn nodes_without_errors_get_the_variance_of_their_structure() {
    let tree = Tree::new(vec![None, Some(0), Some(0), Some(0)]).unwrap();
    let squares = [Some(9.0), Some(2.0), None, Some(4.0)];
    let (weights, scaling) = variances(&tree, &squares);
    assert_eq!(scaling, Scaling::Mixed(1));
    assert_near(&weights, &[9.0, 2.0, 3.0, 4.0], "mixed");
    let (weights, scaling) = variances(&tree, &[Some(0.0); 4]);
    assert_eq!((weights[0], scaling), (3.0, Scaling::Structure));
}

#[test]
fn what_cannot_move_gives_the_rest_its_share() {
    // Both leaves of node 1 are held at zero: its own forecast says nothing any more.
    let tree = Tree::new(vec![None, Some(0), Some(0), Some(1), Some(1)]).unwrap();
    let base = [10.0, 3.0, 8.0, -5.0, -6.0];
    let found = reconciled(&tree, &base, &[1.0; 5], &[true; 5], &[false; 5]);
    assert_near(&found, &[9.0, 0.0, 9.0, 0.0, 0.0], "held");
    // And a leaf that is closed takes no share of the gap between its parent and the rest.
    let base = [10.0, 3.0, 8.0, 0.0, 4.0];
    let closed = [false, false, false, true, false];
    let found = reconciled(&tree, &base, &[1.0; 5], &[false; 5], &closed);
    assert!(found[3] == 0.0 && (found[1] - found[4]).abs() < 1e-12);
}

/// Any tree of two to four levels, with a forecast, a variance and a sign rule for each node.
fn trees() -> impl Strategy<Value = (Tree, Vec<f64>, Vec<f64>, Vec<bool>)> {
    proptest::collection::vec(
        (
            any::<prop::sample::Index>(),
            -50.0..500.0_f64,
            0.001..1e4_f64,
            any::<bool>(),
        ),
        2..60,
    )
    .prop_map(|rows| {
        let mut depth = vec![0];
        let mut parents = vec![None];
        for (at, ..) in rows.iter().skip(1) {
            let mut parent = at.index(parents.len());
            while depth[parent] > 2 {
                parent = parents[parent].unwrap_or(0);
            }
            depth.push(depth[parent] + 1);
            parents.push(Some(parent));
        }
        (
            Tree::new(parents).unwrap(),
            rows.iter().map(|r| r.1).collect(),
            rows.iter().map(|r| r.2).collect(),
            rows.iter().map(|r| r.3).collect(),
        )
    })
}

fn assert_adds_up(tree: &Tree, values: &[f64]) {
    for node in (0..tree.len()).filter(|n| !tree.is_leaf(*n)) {
        let below = (0..tree.len()).filter(|child| tree.parent(*child) == Some(node));
        let sum: f64 = below.rev().map(|child| values[child]).sum();
        assert!((sum - values[node]).abs() <= 1e-12 * sum.abs().max(1.0));
    }
}

proptest! {
    #[test]
    fn every_tree_adds_up_and_stays_above_zero((tree, base, variances, signs) in trees()) {
        let values = reconciled(&tree, &base, &variances, &signs, &vec![false; tree.len()]);
        assert_adds_up(&tree, &values);
        for (node, value) in values.iter().enumerate() {
            prop_assert!(value.is_finite());
            prop_assert!(!tree.is_leaf(node) || !signs[node] || *value >= 0.0);
        }
    }

    #[test]
    fn what_adds_up_already_stays_as_it_is((tree, base, variances, _) in trees()) {
        let mut coherent: Vec<f64> = base.iter().map(|v| v.abs()).collect();
        tree.add_up(&mut coherent);
        let values = reconciled(&tree, &coherent, &variances, &vec![true; tree.len()], &vec![false; tree.len()]);
        for (value, before) in values.iter().zip(&coherent) {
            prop_assert!((value - before).abs() <= 1e-9 * before.abs().max(1.0));
        }
    }

    #[test]
    fn a_node_that_is_certain_keeps_its_value((tree, base, mut variances, _) in trees(), at: prop::sample::Index) {
        let node = at.index(tree.len());
        variances[node] = 1e-12;
        let values = reconciled(&tree, &base, &variances, &vec![false; tree.len()], &vec![false; tree.len()]);
        prop_assert!((values[node] - base[node]).abs() < 1e-5);
    }

    #[test]
    fn no_other_sum_is_nearer((tree, base, variances, _) in trees(), nudge in -1.0..1.0_f64, at: prop::sample::Index) {
        let distance = |values: &[f64]| -> f64 {
            let each = values.iter().zip(&base).zip(&variances);
            each.map(|((v, b), w)| (v - b) * (v - b) / w).sum()
        };
        let values = reconciled(&tree, &base, &variances, &vec![false; tree.len()], &vec![false; tree.len()]);
        let leaves: Vec<usize> = (0..tree.len()).filter(|n| tree.is_leaf(*n)).collect();
        let mut other = values.clone();
        other[leaves[at.index(leaves.len())]] += nudge;
        tree.add_up(&mut other);
        prop_assert!(distance(&values) <= distance(&other) * (1.0 + 1e-9) + 1e-9);
    }
}
