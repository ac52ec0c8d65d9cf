//! Windows that begin or end within a month; columns that need not be read.

use super::*;
use nearcast::model::calendar::Day;

#[test]
fn a_row_group_of_one_code_is_not_compared_with_the_filter() {
    let scan = scan(Some("product"), None, manifest().days);
    for codes in [&[1][..], &[0, 2]] {
        let plan = planned(&only(scan.clone(), "operation", codes));
        assert_eq!(columns(&plan.parts[0]), ["product", "units"], "{codes:?}");
        assert!(plan.parts[0].filters.is_empty(), "{codes:?}");
    }
    // Unless the answer keeps the operations apart.
    let mut apart = only(scan.clone(), "operation", &[1]);
    apart.by = Some("operation".into());
    assert_eq!(columns(&planned(&apart).parts[0]), ["operation", "units"]);
    // Another filter is compared all the same.
    let two = only(only(scan.clone(), "operation", &[1]), "product", &[3]);
    let plan = planned(&two);
    assert_eq!(plan.parts[0].filters, ["product"]);
    assert_eq!(columns(&plan.parts[0]), ["product", "units"]);
    // One row group of several codes, and the cells of all have to be looked at.
    let mut shared = manifest();
    let first = period("2024-01-10..2024-01-10");
    let groups = [
        group(100_000, SMALL, (0, 0), first),
        group(110_000, SMALL, (1, 2), first),
    ];
    shared.files[0].grains[1].groups = Groups::Here(GroupMap::pack(&groups));
    let plan = planned_on(&only(scan.clone(), "operation", &[0, 2]), &shared);
    assert_eq!(plan.parts[0].filters, ["operation"]);
    assert_eq!(columns(&plan.parts[0]), ["operation", "product", "units"]);
    // When the row group of several is not read, it does not matter.
    let plan = planned_on(&only(scan, "operation", &[0]), &shared);
    assert!(plan.parts[0].filters.is_empty());
    assert_eq!(begins(&plan.parts[0]), [100_000]);
}

/// Whether its days are taken away, the days, and where the row groups begin.
type Edge = (bool, &'static str, Vec<u64>);

#[test]
fn a_window_is_months_and_days_added_or_taken_away_whichever_is_cheaper() {
    let fine_of = |month: &str, half| [0, 1, 2].map(|o| fine_at(o, month, half)).to_vec();
    // Two days of June are added, for half of June's row groups suffice; March is taken whole, less its last half.
    let cases: [(&str, &str, &[Edge]); 4] = [
        (
            "2024-03-01..2024-06-02",
            "2024-03..2024-05",
            &[(false, "2024-06-01..2024-06-02", fine_of("2024-06", 0))],
        ),
        (
            "2024-03-01..2024-05-28",
            "2024-03..2024-05",
            &[(true, "2024-05-29..2024-05-31", fine_of("2024-05", 1))],
        ),
        (
            "2024-03-03..2024-05-31",
            "2024-03..2024-05",
            &[(true, "2024-03-01..2024-03-02", fine_of("2024-03", 0))],
        ),
        (
            "2024-02-27..2024-05-29",
            "2024-03..2024-05",
            &[
                (false, "2024-02-27..2024-02-29", fine_of("2024-02", 1)),
                (true, "2024-05-30..2024-05-31", fine_of("2024-05", 1)),
            ],
        ),
    ];
    for (asked, months, edges) in cases {
        let plan = planned(&by_product(asked));
        assert_eq!(plan.grain, EDGES, "{asked}");
        let [month, days @ ..] = plan.parts.as_slice() else {
            panic!("{asked}: no parts")
        };
        assert_eq!(
            (month.file.as_str(), month.time, month.days, month.negative),
            (
                "pack.parquet",
                TimeGrain::Month,
                Some(period(months)),
                false
            ),
            "{asked}"
        );
        // What is taken away may be all that there was, which only the counts of lines tell.
        let taken = edges.iter().any(|(negative, ..)| *negative);
        let mut wanted = vec!["product", "day", "units"];
        wanted.extend(taken.then_some("lines"));
        assert_eq!(columns(month), wanted, "{asked}");
        let got: Vec<_> = days
            .iter()
            .map(|p| (p.negative, p.days.expect("days").to_string(), begins(p)))
            .collect();
        let edges: Vec<_> = edges
            .iter()
            .map(|(negative, days, begins)| (*negative, period(days).to_string(), begins.clone()))
            .collect();
        assert_eq!(got, edges, "{asked}");
        for part in days {
            assert_eq!(
                (part.file.as_str(), part.time),
                ("fine.parquet", TimeGrain::Day),
                "{asked}"
            );
            assert_eq!(columns(part), wanted, "{asked}");
            assert!(part.filters.is_empty(), "{asked}");
        }
        // `lines` lies behind a chunk that is not needed and too long to read across: a range of its own.
        let each = if taken { 2 } else { 1 };
        let edge_ranges: usize = days.iter().map(|p| p.groups.len() * each).sum();
        assert_eq!(ranges(&plan).len(), 1 + edge_ranges, "{asked}");
    }
    // A filter holds for both, where it has to be compared.
    let plan = planned(&only(by_product("2024-03-01..2024-06-02"), "product", &[3]));
    assert_eq!(plan.grain, EDGES);
    assert!(plan.parts.iter().all(|p| p.filters == ["product"]));
    let plan = planned(&only(
        by_product("2024-03-01..2024-06-02"),
        "operation",
        &[1],
    ));
    assert_eq!(
        plan.grain,
        "operation x product x month + operation x product x day"
    );
    assert!(plan.parts.iter().all(|p| p.filters.is_empty()));
    assert_eq!(begins(&plan.parts[1]), [fine_at(1, "2024-06", 0)]);
}

#[test]
fn the_day_column_is_not_read_where_nothing_has_to_be_cut() {
    let of = |days: &str| planned(&only(by_product(days), "operation", &[1]));
    // Two row groups, all of whose days count.
    let plan = of("2024-06-16..2024-07-15");
    assert_eq!(plan.grain, FINE);
    let part = &plan.parts[0];
    assert_eq!((part.days, columns(part)), (None, vec!["product", "units"]));
    assert_eq!(
        begins(part),
        [fine_at(1, "2024-06", 1), fine_at(1, "2024-07", 0)]
    );
    // One day less, and one of them is cut.
    let plan = of("2024-06-16..2024-07-14");
    let part = &plan.parts[0];
    assert_eq!(part.days, Some(period("2024-06-16..2024-07-14")));
    assert_eq!(columns(part), ["product", "day", "units"]);
    // The ends of the data cut nothing.
    let plan = of("2024-01-10..2024-01-15");
    assert_eq!(
        (plan.grain.as_str(), columns(&plan.parts[0])),
        (FINE, vec!["product", "units"])
    );
    // Where time is kept apart the day is needed in any case.
    let mut series = only(by_product("2024-06-16..2024-07-15"), "operation", &[1]);
    (series.by, series.grain) = (None, Some(Grain::Day));
    let plan = planned(&series);
    assert_eq!(
        (plan.parts[0].days, columns(&plan.parts[0])),
        (None, vec!["day", "units"])
    );
}

#[test]
fn whatever_is_asked_every_day_is_counted_once() {
    // The parts of any plan, counted day by day for one operation: every day of the period once, every other not at all.
    let manifest = manifest();
    let (data, fine) = (manifest.days, fine());
    let mut kinds: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for first in (0..700).step_by(9) {
        for length in [1, 5, 16, 31, 75, 200] {
            let first = data.first.plus(first);
            let asked = Period::new(first, first.plus(length - 1)).expect("in order");
            let Some(asked) = asked.intersect(data) else {
                continue;
            };
            let scan = only(scan(Some("product"), None, asked), "operation", &[1]);
            let plan = planned_on(&scan, &manifest);
            let mut counts: BTreeMap<i32, i32> = BTreeMap::new();
            for part in &plan.parts {
                let sign = if part.negative { -1 } else { 1 };
                let begins = begins(part);
                let read: Vec<&RowGroup> =
                    fine.iter().filter(|g| begins.contains(&g.offset)).collect();
                for day in data.first.0..=data.last.0 {
                    let cell = match part.time {
                        TimeGrain::Month => Grain::Month.floor(Day(day)),
                        _ => Day(day),
                    };
                    let is_read = part.time != TimeGrain::Day
                        || read.iter().any(|g| (g.days.0..=g.days.1).contains(&day));
                    if is_read && part.days.is_none_or(|d| d.contains(cell)) {
                        *counts.entry(day).or_insert(0) += sign;
                    }
                }
            }
            counts.retain(|_, n| *n != 0);
            let wanted = (asked.first.0..=asked.last.0).map(|d| (d, 1)).collect();
            assert_eq!(counts, wanted, "{asked}: {plan:?}");
            let taken = plan.parts.iter().filter(|p| p.negative).count();
            *kinds.entry((plan.parts.len() - taken, taken)).or_insert(0) += 1;
        }
    }
    // Days alone, months with days added, with days taken away, and with both.
    for kind in [(1, 0), (2, 0), (1, 1), (2, 1)] {
        assert!(kinds.contains_key(&kind), "{kinds:?}");
    }
}
