//! Classes by hand.

use proptest::prelude::*;

use super::Abc::{A, B, C};
use super::*;

fn product(id: usize, value: i64, months: &[i64]) -> Product<'_> {
    Product {
        id,
        value,
        months,
        first_possible: None,
    }
}

fn one(months: &[i64]) -> Segment {
    segments(&[product(0, 1, months)], &Cuts::default()).remove(0)
}

#[test]
fn abc_gives_the_product_that_crosses_a_line_the_better_class() {
    let values = [70, 15, 6, 5, 4, 0, -3];
    let products: Vec<Product<'_>> = (0..7).map(|id| product(id, values[id], &[])).collect();
    let found = segments(&products, &Cuts::default());
    let classes: Vec<Abc> = found.iter().map(|s| s.abc).collect();
    // Before them: 0, 70, 85, 91, 96 % of 100.
    assert_eq!(classes, [A, A, B, B, C, C, C]);
    let cumulative: Vec<_> = found.iter().map(|s| s.cumulative_share).collect();
    assert_eq!(cumulative[1], Some(0.85));
    assert_eq!(cumulative[4], Some(1.0));
    assert_eq!((cumulative[5], found[6].share), (None, None));
    // One that has it all is A; equal ones are in order of id.
    assert_eq!(segments(&[product(5, 9, &[])], &Cuts::default())[0].abc, A);
    let equal = [product(2, 5, &[]), product(1, 5, &[])];
    assert_eq!(segments(&equal, &Cuts::default())[0].id, 1);
    assert!(segments(&[], &Cuts::default()).is_empty());
}

#[test]
fn xyz_by_the_coefficient_of_variation() {
    // Mean 10, squares 4 x 4 = 16 over 3: 2.309.
    let steady = one(&[8, 12, 8, 12]);
    assert!((steady.cv.unwrap() - 0.230_940).abs() < 1e-6);
    assert_eq!(steady.xyz, Some(Xyz::X));
    // Mean 10, squares 2 x 64 + 2 x 64 = 256 over 3: 9.238.
    assert_eq!(one(&[2, 18, 2, 18]).xyz, Some(Xyz::Y));
    assert_eq!(one(&[1, 0, 0, 39]).xyz, Some(Xyz::Z));
    assert_eq!(one(&[7]).xyz, None);
    assert_eq!(one(&[0, 0]).xyz, None);
    let returned = one(&[5, -9, 0]);
    assert_eq!((returned.xyz, returned.cv), (Some(Xyz::Z), None));
}

#[test]
fn demand_by_interval_and_size() {
    let smooth = one(&[10, 11, 9, 10]);
    assert_eq!(
        (smooth.demand, smooth.adi),
        (Some(Demand::Smooth), Some(1.0))
    );
    assert_eq!(one(&[1, 30, 1, 40]).demand, Some(Demand::Erratic));
    let rare = one(&[10, 0, 0, 10, 0, 10]);
    assert_eq!(
        (rare.demand, rare.adi, rare.cv2),
        (Some(Demand::Intermittent), Some(2.0), Some(0.0))
    );
    assert_eq!(one(&[1, 0, 0, 50, 0, 2]).demand, Some(Demand::Lumpy));
    assert_eq!(one(&[0, 0]).demand, None);
    // A month of returns is one without demand, and sizes are those above 0.
    assert_eq!(one(&[10, -2, 10, -1]).adi, Some(2.0));
    assert_eq!(one(&[10, -2, 10, -1]).cv2, Some(0.0));
}

#[test]
fn months_before_a_product_could_be_sold_are_no_part_of_it() {
    let late = [0, 0, 0, 0, 10, 10];
    assert_eq!(one(&late).demand, Some(Demand::Smooth));
    let listed = Product {
        first_possible: Some(0),
        ..product(0, 1, &late)
    };
    let listed = &segments(&[listed], &Cuts::default())[0];
    assert_eq!(
        (listed.demand, listed.adi),
        (Some(Demand::Intermittent), Some(3.0))
    );
    let past = Product {
        first_possible: Some(99),
        ..product(0, 1, &late)
    };
    let past = &segments(&[past], &Cuts::default())[0];
    assert_eq!(
        past.demand,
        Some(Demand::Smooth),
        "a sale proves that it could be sold"
    );
}

#[test]
fn dormant_and_new() {
    let mut months = vec![0; 24];
    months[10] = 5;
    let asleep = one(&months);
    assert!(asleep.is_dormant && !asleep.is_new);
    assert_eq!((asleep.first_sale, asleep.last_sale), (Some(10), Some(10)));
    months[18] = 1;
    assert!(
        !one(&months).is_dormant,
        "sold in the sixth month from the end"
    );
    let mut months = vec![0; 24];
    months[18] = 1;
    assert!(one(&months).is_new);
    months[17] = 1;
    assert!(!one(&months).is_new);
    let short = one(&[3, 4, 5]);
    assert!(
        !short.is_new && !short.is_dormant,
        "the data may begin after the product"
    );
    let never = one(&[0; 24]);
    assert!(!never.is_dormant && !never.is_new && never.trend.is_none());
    // A return is no sale.
    let mut months = vec![0; 24];
    months[3] = 9;
    months[22] = -9;
    assert!(one(&months).is_dormant);
}

#[test]
fn a_season_is_no_trend_and_a_trend_is_found_under_it() {
    let season = [5, 6, 8, 10, 13, 18, 24, 31, 37, 42, 46, 60];
    let twice: Vec<i64> = season.iter().chain(&season).copied().collect();
    let trend = one(&twice).trend.unwrap();
    assert_eq!(
        (trend.direction, trend.basis),
        (Direction::Steady, Basis::YearOverYear)
    );
    assert!(trend.slope.abs() < 1e-12 && (trend.p_value - 1.0).abs() < 1e-12);

    let grown: Vec<i64> = season
        .iter()
        .copied()
        .chain(season.iter().map(|v| v + 6))
        .collect();
    let trend = one(&grown).trend.unwrap();
    assert_eq!(trend.direction, Direction::Rising);
    assert!((trend.slope - 0.5).abs() < 1e-12, "6 a year");
    // S = 12, variance 12, z = 11 / sqrt 12.
    assert!(
        (trend.p_value - 0.001_496).abs() < 1e-5,
        "{}",
        trend.p_value
    );

    let fallen: Vec<i64> = grown.iter().rev().copied().collect();
    assert_eq!(one(&fallen).trend.unwrap().direction, Direction::Falling);
}

#[test]
fn with_less_than_two_years_the_last_twelve_months_count() {
    let trend = one(&[9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 90])
        .trend
        .unwrap();
    assert_eq!(
        (trend.direction, trend.basis),
        (Direction::Rising, Basis::Months)
    );
    assert!(
        (trend.slope - 1.0).abs() < 1e-12,
        "the wild month does not move it"
    );
    // Mann-Kendall of 12 values in order: S = 66, variance 12 x 11 x 29 / 18.
    let z = 65.0 / (12.0 * 11.0 * 29.0 / 18.0_f64).sqrt();
    assert!((trend.p_value - libm::erfc(z / 2.0_f64.sqrt())).abs() < 1e-12);
    assert!(one(&[1, 2, 3, 4, 5, 6, 7]).trend.is_none());
    // Ties: eight values, four of each of two: variance (8 x 7 x 21 - 2 x 4 x 3 x 13) / 18 = 48, S = 16.
    let trend = one(&[1, 1, 1, 1, 2, 2, 2, 2]).trend.unwrap();
    assert!((trend.p_value - libm::erfc(15.0 / 96.0_f64.sqrt())).abs() < 1e-12);
    assert_eq!(one(&[4; 12]).trend.unwrap().direction, Direction::Steady);
}

proptest! {
    #[test]
    fn the_order_of_products_does_not_matter(
        rows in prop::collection::vec((any::<i64>(), prop::collection::vec(any::<i64>(), 30)), 0..12),
    ) {
        let forward: Vec<Product<'_>> = rows.iter().enumerate().map(|(id, (v, m))| product(id, *v, m)).collect();
        let backward: Vec<Product<'_>> = forward.iter().rev().copied().collect();
        let found = segments(&forward, &Cuts::default());
        prop_assert_eq!(&found, &segments(&backward, &Cuts::default()));
        prop_assert_eq!(found.len(), rows.len());
        prop_assert!(found.windows(2).all(|w| w[0].abc <= w[1].abc));
        if let Some(last) = found.iter().rev().find_map(|s| s.cumulative_share) {
            prop_assert!((last - 1.0).abs() < 1e-9);
            prop_assert_eq!(found[0].abc, Abc::A);
        }
    }
}
