//! Which grain answers, and which of its row groups and chunks are read.

use super::*;
use nearcast::limits;

#[test]
fn all_of_time_reads_the_grain_without_time() {
    let plan = planned(&scan(Some("product"), None, manifest().days));
    assert_eq!(plan.grain, "product");
    // The checksums, two chunks that are needed, `product` and `units`, and what lies between them: one range.
    assert_eq!(ranges(&plan), [(900_000, 900_024 + 460)]);
    let [part] = plan.parts.as_slice() else {
        panic!("one part: {plan:?}")
    };
    assert_eq!(
        (part.file.as_str(), part.time),
        ("pack.parquet", TimeGrain::None)
    );
    assert_eq!(
        columns(part),
        ["product", "units"],
        "a grain without time has no day to read"
    );
    let group = &part.groups[0];
    assert_eq!(group.checksums, 900_000..900_024);
    let chunks: Vec<_> = group
        .chunks
        .iter()
        .map(|c| (c.range.clone(), c.column))
        .collect();
    assert_eq!(
        chunks,
        [(900_034..900_054, 1), (900_084..900_484, 3)],
        "chunks follow the checksums and know their place among them"
    );
    assert_eq!(plan.values(), 200);
    // Two measures are two columns of the same row groups.
    let mut both = scan(Some("product"), None, manifest().days);
    both.measures.push("revenue".into());
    let plan = planned(&both);
    assert_eq!(columns(&plan.parts[0]), ["product", "units", "revenue"]);
    assert_eq!(ranges(&plan), [(900_000, 900_024 + 960)]);
}

#[test]
fn one_operation_reads_its_row_group_alone() {
    let of = |codes: &[u32]| {
        let scan = scan(Some("product"), None, manifest().days);
        planned(&only(scan, "operation", codes))
    };
    let plan = of(&[1]);
    assert_eq!(plan.grain, "operation x product");
    assert_eq!(ranges(&plan), [(110_000, 110_000 + 484)]);
    // Two that do not touch are near enough to be read as one.
    assert_eq!(ranges(&of(&[0, 2])), [(100_000, 120_000 + 484)]);
    // A filter that lets nothing through reads nothing.
    assert_eq!(ranges(&of(&[])), []);
    assert_eq!(ranges(&of(&[7])), [], "no row group has this key");
}

#[test]
fn whole_months_read_the_month_grain_and_days_the_fine_one() {
    for (days, wanted) in [
        ("2024-06", "product x month"),
        ("2024-02..2025-11", "product x month"),
        ("2025-Q1", "product x month"),
        // Cut at the data's own ends, where nothing is missed.
        ("2024-01-10..2024-03-31", "product x month"),
        ("2025-07-01..2025-12-20", "product x month"),
        // Within one half of a month there is nothing cheaper than these days.
        ("2024-06-02..2024-06-10", FINE),
        ("2024-06-17..2024-06-29", FINE),
        // A month that is cut is the month less its other days.
        ("2024-06-01..2024-06-29", EDGES),
        ("2024-06-02..2024-06-30", EDGES),
        ("2024-01-11..2024-03-31", EDGES),
        ("2025-07-01..2025-12-19", EDGES),
    ] {
        let plan = planned(&by_product(days));
        assert_eq!(plan.grain, wanted, "{days}");
        let negative = plan.parts.iter().filter(|p| p.negative).count();
        assert_eq!(negative, usize::from(wanted == EDGES), "{days}");
    }
    // The month's cell carries the first of the month, before the first day of data.
    let plan = planned(&by_product("2024-01-10..2024-01-31"));
    assert_eq!(ranges(&plan), [(4, 4 + 24 + 4_330)]);
    assert_eq!(
        plan.parts[0].days,
        Some(period("2024-01")),
        "the month, not the days of it that have data"
    );
}

#[test]
fn a_series_reads_a_grain_that_is_fine_enough() {
    let all = manifest().days;
    let months = ["product x month"; 3];
    for (by, codes, wanted) in [
        (None, None, ["day"; 3]),
        (Some("product"), None, months),
        (None, Some(3), months),
    ] {
        for (step, wanted) in [Grain::Month, Grain::Quarter, Grain::Year]
            .into_iter()
            .zip(wanted)
        {
            let mut asked = scan(by, Some(step), all);
            asked.only = codes
                .map(|c| ("product".into(), vec![c]))
                .into_iter()
                .collect();
            let plan = planned(&asked);
            // Never the grain without time.
            assert!(plan.parts.iter().all(|p| p.time != TimeGrain::None));
            assert_eq!(plan.grain, wanted, "{step} by {by:?}");
        }
    }
    for step in [Grain::Day, Grain::Week] {
        assert_eq!(planned(&scan(None, Some(step), all)).grain, "day", "{step}");
        let june = scan(Some("product"), Some(step), period("2024-06"));
        assert_eq!(planned(&june).grain, FINE, "{step}");
    }
    // The month's column is needed here: product, day and units lie together.
    let series = only(scan(None, Some(Grain::Year), all), "product", &[3]);
    assert_eq!(ranges(&planned(&series)), [(4, 4 + 24 + 4_330)]);
    // A step that is a month or longer may be made of months and days, too.
    let quarters = scan(
        Some("product"),
        Some(Grain::Quarter),
        period("2024-03-01..2024-06-02"),
    );
    assert_eq!(planned(&quarters).grain, EDGES);
}

#[test]
fn row_groups_are_pruned_by_key_and_by_day() {
    let of = |codes: &[u32], days: &str| {
        let plan = planned(&only(by_product(days), "operation", codes));
        assert_eq!(plan.grain, FINE, "{days}");
        begins(&plan.parts[0])
    };
    let days = "2024-06-02..2024-06-10";
    let june = |operation| fine_at(operation, "2024-06", 0);
    assert_eq!(of(&[1], days), [june(1)]);
    assert_eq!(of(&[0, 2], days), [june(0), june(2)]);
    let december = fine_at(2, "2024-12", 1);
    let january = fine_at(2, "2025-01", 0);
    assert_eq!(of(&[2], "2024-12-30..2025-01-02"), [december, january]);
    assert_eq!(of(&[2], "2024-12-31..2024-12-31"), [december]);
    assert_eq!(of(&[2], "2025-01-01..2025-01-01"), [january]);
    // Without the operation in the question every one is read, and its column is not.
    let plan = planned(&by_product(days));
    assert_eq!(begins(&plan.parts[0]), [0, 1, 2].map(june));
    assert_eq!(columns(&plan.parts[0]), ["product", "day", "units"]);
    assert_eq!(
        ranges(&plan),
        [0, 1, 2].map(|o| (june(o), june(o) + 56_024))
    );
    // A filter on a dimension that row groups are not sorted by prunes none.
    let mut by_operation = only(by_product(days), "product", &[3]);
    by_operation.by = Some("operation".into());
    let plan = planned(&by_operation);
    assert_eq!(begins(&plan.parts[0]), [0, 1, 2].map(june));
}

#[test]
fn chunks_nearer_than_the_gap_are_one_range() {
    let gap = limits::COALESCE_GAP_BYTES;
    let first = period("2024-01-10..2024-01-10");
    let read = |second: u64, sizes: [u32; 6]| {
        let mut manifest = manifest();
        let groups = [
            group(10_000, sizes, (0, 0), first),
            group(second, sizes, (1, 1), first),
        ];
        manifest.files[0].grains[1].groups = Groups::Here(GroupMap::pack(&groups));
        manifest.files[0].grains.truncate(2);
        let scan = scan(Some("product"), None, manifest.days);
        ranges(&planned_on(&only(scan, "operation", &[0, 1]), &manifest))
    };
    // What is read of one ends with its units, what lies behind them belongs to the gap.
    let (end, length) = (10_000 + 484, 484);
    let all = 10_000 + 24 + 1_020;
    assert_eq!(read(all, SMALL), [(10_000, all + length)], "neighbours");
    assert_eq!(
        read(end + gap, SMALL),
        [(10_000, end + gap + length)],
        "the gap itself is near enough"
    );
    assert_eq!(
        read(end + gap + 1, SMALL),
        [(10_000, end), (end + gap + 1, end + gap + 1 + length)]
    );
    // Chunks of no bytes need no read, but what proves them does.
    assert_eq!(
        read(1 << 30, [0; 6]),
        [(10_000, 10_024), (1 << 30, (1 << 30) + 24)]
    );
}
