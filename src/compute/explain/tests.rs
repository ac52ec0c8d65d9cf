//! Hand-computed changes, planted causes, and sums that are exact whatever is put in.

use proptest::prelude::*;

use super::price::{Cause, Item, PriceVolumeMix, price_volume_mix};
use super::*;
use crate::error::ErrorKind;

fn moves(of: &[(i64, i64)]) -> Vec<Move> {
    of.iter()
        .enumerate()
        .map(|(id, (a, b))| Move { id, a: *a, b: *b })
        .collect()
}

fn total(of: &[Move]) -> (i64, i64) {
    (of.iter().map(|m| m.a).sum(), of.iter().map(|m| m.b).sum())
}

#[test]
fn contributions_shares_and_surprise_by_hand() {
    // Dallas falls from 50 to 10 of 100, Miami grows from 30 to 35, Tampa stands still.
    let cities = moves(&[(50, 10), (30, 35), (20, 20)]);
    let explained = explain((100, 65), &[&cities], 0.8).unwrap();
    assert_eq!(explained.change, -35);
    let b = &explained.breakdowns[0];
    assert_eq!((b.gains, b.losses, b.rest), (5, -40, (0, 0)));
    let ids: Vec<usize> = b.contributions.iter().map(|c| c.id).collect();
    assert_eq!(ids, [0, 1, 2]);
    assert_eq!(b.contributions[0].share, Some(40.0 / 35.0));
    assert_eq!(b.contributions[1].share, Some(-5.0 / 35.0));
    // Herfindahl: (40/45)^2 + (5/45)^2.
    assert!((b.concentration - 1_625.0 / 2_025.0).abs() < 1e-12);
    // p = 0.5, q = 10/65: half of 0.5 log2(1 / 0.653846) + 0.153846 log2(0.307692 / 0.653846).
    assert!(
        (b.contributions[0].surprise - 0.069_593).abs() < 1e-6,
        "{b:?}"
    );
    let best = explained.best().unwrap();
    assert_eq!((best.ids.as_slice(), best.change), ([0].as_slice(), -40));
}

#[test]
fn a_value_that_moved_in_proportion_is_no_cause_however_large() {
    let even = moves(&[(600, 480), (300, 240), (100, 80)]);
    let explained = explain((1_000, 800), &[&even], 0.8).unwrap();
    assert!(explained.candidates.is_empty() && explained.best().is_none());
    assert!(explained.breakdowns[0].surprise < 1e-12);
    // The largest loses most and yet less than the rest does: only the small one is out of line.
    let mixed = moves(&[(600, 540), (300, 270), (100, 50)]);
    let explained = explain((1_000, 860), &[&mixed], 0.8).unwrap();
    assert_eq!(explained.candidates[0].ids, [2]);
    assert!(explained.best().is_none(), "50 of 140 is not enough");
}

#[test]
fn the_level_of_a_hierarchy_is_the_one_that_moved() {
    // Categories: 0 = products 0..4, 1 = products 4..8.
    let by_category = |products: &[Move]| {
        let sum = |half: &[Move]| total(half);
        moves(&[sum(&products[..4]), sum(&products[4..])])
    };
    let all_of_one = moves(&[
        (100, 50),
        (80, 40),
        (60, 30),
        (60, 30),
        (100, 100),
        (90, 90),
        (60, 60),
        (50, 50),
    ]);
    let categories = by_category(&all_of_one);
    let explained = explain(total(&all_of_one), &[&all_of_one, &categories], 0.8).unwrap();
    let best = explained.best().unwrap();
    assert_eq!((best.dimension, best.ids.as_slice()), (1, [0].as_slice()));

    let one_product = moves(&[
        (100, 5),
        (80, 80),
        (60, 61),
        (60, 60),
        (100, 99),
        (90, 90),
        (60, 60),
        (50, 50),
    ]);
    let categories = by_category(&one_product);
    let explained = explain(total(&one_product), &[&categories, &one_product], 0.8).unwrap();
    let best = explained.best().unwrap();
    assert_eq!((best.dimension, best.ids.as_slice()), (1, [0].as_slice()));
}

#[test]
fn a_cell_of_a_pair_is_found_where_neither_dimension_alone_is_to_blame() {
    // Three cities by three products; one cell collapses.
    let mut cells: Vec<(i64, i64)> = vec![(100, 100); 9];
    cells[4] = (100, 10);
    let row = |r: usize| {
        cells[r * 3..r * 3 + 3]
            .iter()
            .fold((0, 0), |s, c| (s.0 + c.0, s.1 + c.1))
    };
    let column = |k: usize| {
        (0..3)
            .map(|r| cells[r * 3 + k])
            .fold((0, 0), |s, c| (s.0 + c.0, s.1 + c.1))
    };
    let cities = moves(&[row(0), row(1), row(2)]);
    let products = moves(&[column(0), column(1), column(2)]);
    let cells = moves(&cells);
    let explained = explain((900, 810), &[&cities, &products, &cells], 0.8).unwrap();
    let best = explained.best().unwrap();
    assert_eq!((best.dimension, best.ids.as_slice()), (2, [4].as_slice()));
    // Both dimensions explain as well, each with one value, and equally: the first comes first.
    assert_eq!(explained.candidates[1].dimension, 0);
    assert_eq!(explained.candidates[2].dimension, 1);
}

#[test]
fn new_values_offsets_and_totals_that_stand_still() {
    let launch = moves(&[(100, 100), (100, 100), (0, 60)]);
    let explained = explain((200, 260), &[&launch], 0.8).unwrap();
    assert_eq!(explained.best().unwrap().ids, [2]);
    // From nothing there is no size to be in proportion to, and no cause.
    let first = moves(&[(0, 5), (0, 5)]);
    assert_eq!(explain((0, 10), &[&first], 0.8).unwrap().change, 10);

    let offset = moves(&[(100, 200), (100, 0), (50, 50)]);
    let explained = explain((250, 250), &[&offset], 0.8).unwrap();
    let b = &explained.breakdowns[0];
    assert!(explained.candidates.is_empty());
    assert_eq!(
        (b.gains, b.losses, b.contributions[0].share),
        (100, -100, None)
    );

    // What the totals hold beyond the values is part of the sums.
    let some = moves(&[(10, 20)]);
    let b = &explain((100, 90), &[&some], 0.8).unwrap().breakdowns[0];
    assert_eq!((b.rest, b.gains, b.losses), ((90, 70), 10, -20));
    assert!(explain((5, 5), &[], 0.8).unwrap().breakdowns.is_empty());
}

#[test]
fn at_most_so_many_values_are_an_explanation() {
    let mut many = vec![(100, 0); 30];
    many.extend(vec![(100, 100); 30]);
    let many = moves(&many);
    let explained = explain(total(&many), &[&many], 0.8).unwrap();
    assert!(explained.best().is_none());
    assert_eq!(explained.candidates[0].ids, (0..10).collect::<Vec<_>>());
}

#[test]
fn what_passes_64_bits_is_refused() {
    let wide = moves(&[(i64::MIN, i64::MAX)]);
    let refused = explain((i64::MIN, i64::MAX), &[&wide], 0.8).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OverBudget);
    let wide = moves(&[(i64::MAX, 0), (i64::MAX, 0)]);
    assert!(explain((0, 0), &[&wide], 0.8).is_err());
}

fn item(id: usize, qa: i64, ra: i64, qb: i64, rb: i64) -> Item {
    Item { id, qa, ra, qb, rb }
}

#[test]
fn price_volume_and_mix_by_hand() {
    // Tea 100 at 2, then 120 at 2; cake 50 at 4, then 40 at 5. Average price 400 / 150.
    let split =
        price_volume_mix(&[item(0, 100, 200, 120, 240), item(1, 50, 200, 40, 200)]).unwrap();
    // Volume 10 x 2.667 = 26.67; price 0 + 40; mix 40 - 27 - 40 = -27.
    assert_eq!(
        (split.change, split.volume, split.price, split.mix),
        (40, 27, 40, -27)
    );
    // Volumes 53.33 and -26.67: 53 and -27 are 26, so the larger remainder goes up.
    assert_eq!(
        split.items[0].cause,
        Cause::Kept {
            volume: 54,
            mix: -14,
            price: 0
        }
    );
    assert_eq!(
        split.items[1].cause,
        Cause::Kept {
            volume: -27,
            mix: -13,
            price: 40
        }
    );
}

#[test]
fn items_that_come_go_or_are_only_returned_stand_apart() {
    let split = price_volume_mix(&[
        item(3, 10, 100, 10, 110),
        item(1, 0, 0, 5, 70),
        item(2, 8, 90, 0, -5),
        item(0, 0, 0, -1, -12),
        item(4, 1, 5, 1, 5),
    ])
    .unwrap();
    let expected = PriceVolumeMix {
        change: 10 + 70 - 95 - 12,
        volume: 0,
        mix: 0,
        price: 10,
        new: 70,
        gone: -95,
        other: -12,
        items: split.items.clone(),
    };
    assert_eq!(split, expected);
    let ids: Vec<usize> = split.items.iter().map(|i| i.id).collect();
    assert_eq!(ids, [0, 1, 2, 3], "what stood still is left out");
    assert_eq!(split.items[1].cause, Cause::New);
    assert_eq!(split.items[2].cause, Cause::Gone);
    assert_eq!(price_volume_mix(&[]).unwrap(), PriceVolumeMix::default());
    let twice = [item(1, 1, 1, 1, 1), item(1, 1, 1, 1, 1)];
    assert_eq!(
        price_volume_mix(&twice).unwrap_err().kind(),
        ErrorKind::Invalid
    );
}

#[test]
fn rounding_does_not_pile_up() {
    // A thousand items whose new quantity at the old price ends in a third: 1000 x 33.33 is 33,333.
    let items: Vec<Item> = (0..1_000).map(|id| item(id, 3, 100, 1, 33)).collect();
    let split = price_volume_mix(&items).unwrap();
    assert_eq!(split.price, 33_000 - 33_333);
    assert_eq!(split.volume, -66_667);
    assert_eq!(split.mix, 0);
}

fn any_moves() -> impl Strategy<Value = Vec<(usize, i64, i64)>> {
    let wide = || prop_oneof![-1_000_i64..1_000, any::<i64>()];
    prop::collection::vec((0_usize..12, wide(), wide()), 0..40)
}

proptest! {
    #[test]
    fn contributions_sum_to_the_change_in_any_order(
        rows in any_moves(),
        total in (any::<i32>(), any::<i32>()),
        share in 0.1_f64..1.0,
    ) {
        let forward: Vec<Move> = rows.iter().map(|(id, a, b)| Move { id: *id, a: *a, b: *b }).collect();
        let backward: Vec<Move> = forward.iter().rev().copied().collect();
        let total = (i64::from(total.0), i64::from(total.1));
        let (one, other) = (explain(total, &[&forward], share), explain(total, &[&backward], share));
        let Ok(explained) = one else {
            prop_assert!(other.is_err());
            return Ok(());
        };
        prop_assert_eq!(&explained, &other.unwrap());
        let b = &explained.breakdowns[0];
        let rest = i128::from(b.rest.1) - i128::from(b.rest.0);
        let sum: i128 = b.contributions.iter().map(|c| i128::from(c.change)).sum();
        prop_assert_eq!(sum + rest, i128::from(explained.change));
        prop_assert_eq!(b.gains + b.losses, explained.change);
        prop_assert!((0.0..=1.0).contains(&b.surprise));
        prop_assert!((0.0..=1.0 + 1e-9).contains(&b.concentration));
        for set in &explained.candidates {
            let of_set: i64 = b.contributions.iter().filter(|c| set.ids.contains(&c.id)).map(|c| c.change).sum();
            prop_assert_eq!(of_set, set.change);
            prop_assert!(set.share > 0.0);
            if set.is_enough && set.ids.len() > 1 {
                let last = b.contributions.iter().find(|c| Some(&c.id) == set.ids.last()).unwrap();
                let before = (set.change - last.change).abs();
                prop_assert!(real(before) < share * real(explained.change).abs(), "one less is not enough");
            }
        }
    }

    #[test]
    fn effects_sum_to_the_change_in_any_order(
        rows in prop::collection::vec((-3_i64..2_000, -50_i64..1_000_000, -3_i64..2_000, -50_i64..1_000_000), 0..40),
    ) {
        let items: Vec<Item> = rows.iter().enumerate().map(|(id, r)| item(id, r.0, r.1, r.2, r.3)).collect();
        let backward: Vec<Item> = items.iter().rev().copied().collect();
        let split = price_volume_mix(&items).unwrap();
        prop_assert_eq!(&split, &price_volume_mix(&backward).unwrap());
        let change: i64 = items.iter().map(|i| i.rb - i.ra).sum();
        prop_assert_eq!(split.change, change);
        prop_assert_eq!(split.volume + split.mix + split.price + split.new + split.gone + split.other, change);
        let mut effects = (0, 0, 0);
        for i in &split.items {
            if let Cause::Kept { volume, mix, price } = i.cause {
                prop_assert_eq!(volume + mix + price, i.change);
                effects = (effects.0 + volume, effects.1 + mix, effects.2 + price);
            }
        }
        let kept: Vec<&Item> = items.iter().filter(|i| i.qa > 0 && i.qb > 0).collect();
        // Each total is within one unit of its formula.
        let (qa, ra, qb) = kept.iter().fold((0, 0, 0), |s, i| (s.0 + i.qa, s.1 + i.ra, s.2 + i.qb));
        if qa > 0 {
            let volume = real(qb - qa) * real(ra) / real(qa);
            prop_assert!((real(split.volume) - volume).abs() <= 0.5 + 1e-6);
            let at_old: f64 = kept.iter().map(|i| real(i.qb) * real(i.ra) / real(i.qa)).sum();
            let rb: i64 = kept.iter().map(|i| i.rb).sum();
            prop_assert!((real(split.price) - (real(rb) - at_old)).abs() <= 0.5 + 1e-4);
        }
    }

    #[test]
    fn nothing_overflows(rows in prop::collection::vec((any::<i64>(), any::<i64>(), any::<i64>(), any::<i64>()), 0..6)) {
        let items: Vec<Item> = rows.iter().enumerate().map(|(id, r)| item(id, r.0, r.1, r.2, r.3)).collect();
        if let Ok(split) = price_volume_mix(&items) {
            let change: i128 = items.iter().map(|i| i128::from(i.rb) - i128::from(i.ra)).sum();
            prop_assert_eq!(i128::from(split.change), change);
        }
    }
}
