//! What a question reads: rounds, ranges and bytes. The planner is asked for exact ranges on a map that is written down
//! here; whole questions are counted at the store.

use nearcast::ErrorKind;
use nearcast::limits;
use nearcast::model::calendar::{Grain, Period};
use nearcast::model::dataset::{DatasetId, VersionId};
use nearcast::model::manifest::{
    Column, DataFile, Dimension, FORMAT, GrainMap, Manifest, Measure, MeasureKind, Physical,
    Quality, RowGroup, TimeGrain,
};
use nearcast::model::scan::{ReadPlan, Scan};
use nearcast::plan::plan;

fn period(text: &str) -> Period {
    Period::parse(text).expect(text)
}

/// A row group of 100 rows; its columns are `operation, product, day, units, revenue` of these sizes.
fn group(offset: u64, sizes: [u32; 5], keys: (i32, i32), days: &str) -> RowGroup {
    let days = period(days);
    RowGroup {
        rows: 100,
        offset,
        chunk_bytes: sizes.to_vec(),
        chunk_crc32: vec![0; 5],
        keys,
        days: (days.first.0, days.last.0),
    }
}

fn grain(dimensions: &[&str], time: TimeGrain, groups: Vec<RowGroup>) -> GrainMap {
    GrainMap {
        dimensions: dimensions.iter().map(|d| (*d).to_owned()).collect(),
        time,
        names_of: None,
        groups,
    }
}

fn file(name: &str, grains: Vec<GrainMap>) -> DataFile {
    let column = |(name, physical): (&str, Physical)| Column {
        name: name.into(),
        physical,
    };
    let columns = [
        ("operation", Physical::Int32),
        ("product", Physical::Int32),
        ("day", Physical::Int32),
        ("units", Physical::Int64),
        ("revenue", Physical::Int64),
    ];
    DataFile {
        name: name.into(),
        size_bytes: 1 << 40,
        sha256: String::new(),
        columns: columns.map(column).to_vec(),
        grains,
    }
}

/// Two years, three operations, 10 products; the fine grain has a row group for each operation and year.
fn manifest() -> Manifest {
    let dimension = |name: &str, count| Dimension {
        name: name.into(),
        label: name.into(),
        synonyms: Vec::new(),
        parent: None,
        stored: true,
        count,
        values: Vec::new(),
    };
    let measure = |name: &str| Measure {
        name: name.into(),
        label: name.into(),
        synonyms: Vec::new(),
        kind: MeasureKind::Quantity,
        unit: "units".into(),
        scale: 0,
    };
    let big = [1_000, 2_000, 3_000, 50_000, 60_000];
    let fine = (0..3).flat_map(|operation| {
        let at = |i: u64| 4 + i * 1_000_000;
        let base = u64::try_from(operation).expect("small") * 2;
        [
            group(
                at(base),
                big,
                (operation, operation),
                "2024-01-10..2024-12-31",
            ),
            group(
                at(base + 1),
                big,
                (operation, operation),
                "2025-01-01..2025-12-20",
            ),
        ]
    });
    let small = [10, 20, 30, 400, 500];
    let pack = vec![
        grain(
            &["product"],
            TimeGrain::Month,
            vec![group(
                4,
                [10, 20, 300, 4_000, 5_000],
                (0, 9),
                "2024-01-01..2025-12-01",
            )],
        ),
        grain(
            &["operation", "product"],
            TimeGrain::None,
            (0..3)
                .map(|o| {
                    group(
                        10_000 + 960 * u64::try_from(o).expect("small"),
                        small,
                        (o, o),
                        "2024-01-10",
                    )
                })
                .collect(),
        ),
        grain(
            &[],
            TimeGrain::Day,
            vec![group(500_000, small, (-1, -1), "2024-01-10..2025-12-20")],
        ),
        grain(
            &["product"],
            TimeGrain::None,
            vec![group(900_000, small, (0, 9), "2024-01-10")],
        ),
    ];
    Manifest {
        format: FORMAT,
        dataset: DatasetId::new("sales").expect("plain"),
        version: VersionId::new("0123456789abcdef").expect("hex"),
        parent: None,
        title: "Sales".into(),
        days: period("2024-01-10..2025-12-20"),
        grain: Grain::Day,
        measures: vec![measure("units"), measure("revenue")],
        default_measure: "units".into(),
        dimensions: vec![dimension("operation", 3), dimension("product", 10)],
        quality: Quality::default(),
        files: vec![
            file("pack.parquet", pack),
            file(
                "fine.parquet",
                vec![grain(
                    &["operation", "product"],
                    TimeGrain::Day,
                    fine.collect(),
                )],
            ),
        ],
    }
}

fn scan(by: Option<&str>, step: Option<Grain>, days: Period) -> Scan {
    Scan {
        measure: "units".into(),
        by: by.map(str::to_owned),
        grain: step,
        period: days,
        only: Vec::new(),
    }
}

fn only(mut scan: Scan, dimension: &str, codes: &[u32]) -> Scan {
    scan.only.push((dimension.into(), codes.to_vec()));
    scan
}

fn ranges(plan: &ReadPlan) -> Vec<(u64, u64)> {
    plan.ranges()
        .into_iter()
        .map(|r| (r.start, r.end))
        .collect()
}

fn planned(scan: &Scan) -> (String, Vec<(u64, u64)>) {
    let plan = plan(scan, &manifest()).expect("a plan");
    (format!("{} in {}", plan.grain, plan.file), ranges(&plan))
}

#[test]
fn all_of_time_reads_the_grain_without_time() {
    let all = manifest().days;
    let (grain, read) = planned(&scan(Some("product"), None, all));
    assert_eq!(grain, "product in pack.parquet");
    // Two chunks that are needed, `product` and `units`, and the `day` between them, which is not: one range.
    assert_eq!(read, [(900_010, 900_460)]);
    let plan = plan(&scan(Some("product"), None, all), &manifest()).expect("a plan");
    let names: Vec<_> = plan.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        names,
        ["product", "units"],
        "a grain without time has no day to read"
    );
}

#[test]
fn one_operation_reads_its_row_group_alone() {
    let all = manifest().days;
    let (grain, read) = planned(&only(scan(Some("product"), None, all), "operation", &[1]));
    assert_eq!(grain, "operation x product in pack.parquet");
    assert_eq!(read, [(10_960, 10_960 + 460)]);
    // Two that do not touch are near enough to be read as one.
    let (_, read) = planned(&only(
        scan(Some("product"), None, all),
        "operation",
        &[0, 2],
    ));
    assert_eq!(read, [(10_000, 10_000 + 1_920 + 460)]);
    // A filter that lets nothing through reads nothing.
    let (_, read) = planned(&only(scan(Some("product"), None, all), "operation", &[]));
    assert_eq!(read, []);
}

#[test]
fn whole_months_read_the_month_grain_and_other_periods_the_fine_one() {
    for (days, wanted) in [
        ("2024-06", "product x month in pack.parquet"),
        ("2024-02..2025-11", "product x month in pack.parquet"),
        ("2025-Q1", "product x month in pack.parquet"),
        // Cut at the data's own ends, where nothing is missed.
        ("2024-01-10..2024-03-31", "product x month in pack.parquet"),
        ("2025-07-01..2025-12-20", "product x month in pack.parquet"),
        (
            "2024-06-01..2024-06-29",
            "operation x product x day in fine.parquet",
        ),
        (
            "2024-06-02..2024-06-30",
            "operation x product x day in fine.parquet",
        ),
        (
            "2024-01-11..2024-03-31",
            "operation x product x day in fine.parquet",
        ),
        (
            "2025-07-01..2025-12-19",
            "operation x product x day in fine.parquet",
        ),
    ] {
        assert_eq!(
            planned(&scan(Some("product"), None, period(days))).0,
            wanted,
            "{days}"
        );
    }
    // The month's cell carries the first of the month, before the first day of data.
    let (_, read) = planned(&scan(
        Some("product"),
        None,
        period("2024-01-10..2024-01-31"),
    ));
    assert_eq!(read, [(4 + 10, 4 + 4_330)]);
}

#[test]
fn a_series_reads_a_grain_that_is_fine_enough() {
    let all = manifest().days;
    for (step, by, wanted) in [
        (Grain::Day, None, "day in pack.parquet"),
        (Grain::Week, None, "day in pack.parquet"),
        (
            Grain::Day,
            Some("product"),
            "operation x product x day in fine.parquet",
        ),
        (
            Grain::Week,
            Some("product"),
            "operation x product x day in fine.parquet",
        ),
        (
            Grain::Month,
            Some("product"),
            "product x month in pack.parquet",
        ),
        (
            Grain::Quarter,
            Some("product"),
            "product x month in pack.parquet",
        ),
        (
            Grain::Year,
            Some("product"),
            "product x month in pack.parquet",
        ),
    ] {
        assert_eq!(
            planned(&scan(by, Some(step), all)).0,
            wanted,
            "{step} by {by:?}"
        );
    }
    // Never the grain without time.
    let plan = plan(
        &only(scan(None, Some(Grain::Year), all), "product", &[3]),
        &manifest(),
    )
    .expect("a plan");
    assert_ne!(plan.time, TimeGrain::None);
    // The month's column is needed here: product, day and units lie together.
    assert_eq!(ranges(&plan), [(14, 4_334)]);
}

#[test]
fn row_groups_are_pruned_by_key_and_by_day() {
    let days = period("2024-06-02..2024-06-20");
    let chunk = |i: u64| (4 + i * 1_000_000, 4 + i * 1_000_000 + 56_000);
    let of = |codes: &[u32], days| {
        planned(&only(scan(Some("product"), None, days), "operation", codes)).1
    };
    assert_eq!(of(&[1], days), [chunk(2)]);
    assert_eq!(of(&[0, 2], days), [chunk(0), chunk(4)]);
    assert_eq!(
        of(&[2], period("2024-12-30..2025-01-02")),
        [chunk(4), chunk(5)]
    );
    assert_eq!(of(&[2], period("2024-12-31..2024-12-31")), [chunk(4)]);
    assert_eq!(of(&[2], period("2025-01-01..2025-01-01")), [chunk(5)]);
    assert_eq!(of(&[7], days), [], "no row group has this key");
    // Without the operation in the question its column is not read either.
    let (_, read) = planned(&scan(Some("product"), None, days));
    assert_eq!(read, [0, 2, 4].map(|i| (chunk(i).0 + 1_000, chunk(i).1)));
    // A filter on a dimension that row groups are not sorted by prunes none.
    let (_, read) = planned(&only(scan(Some("operation"), None, days), "product", &[3]));
    assert_eq!(read, [0, 2, 4].map(chunk));
}

#[test]
fn chunks_nearer_than_the_gap_are_one_range() {
    let gap = limits::COALESCE_GAP_BYTES;
    let read = |second: u64| {
        let mut manifest = manifest();
        let groups = &mut manifest.files[0].grains[1].groups;
        groups[1].offset = second;
        groups.truncate(2);
        let plan = plan(
            &only(
                scan(Some("product"), None, manifest.days),
                "operation",
                &[0, 1],
            ),
            &manifest,
        );
        ranges(&plan.expect("a plan"))
    };
    let end = 10_000 + 460;
    assert_eq!(read(end), [(10_000, end + 460)], "neighbours");
    assert_eq!(
        read(end + gap),
        [(10_000, end + gap + 460)],
        "the gap itself is near enough"
    );
    assert_eq!(
        read(end + gap + 1),
        [(10_000, end), (end + gap + 1, end + gap + 461)]
    );
    // The order in the map does not matter, and chunks of no bytes need no read.
    assert_eq!(read(1_000), [(1_000, 10_460)]);
    let mut manifest = manifest();
    for group in &mut manifest.files[0].grains[3].groups {
        group.chunk_bytes = vec![0; 5];
    }
    let nothing = plan(&scan(Some("product"), None, manifest.days), &manifest).expect("a plan");
    assert_eq!(ranges(&nothing), []);
}

#[test]
fn a_question_that_would_read_too_much_is_refused_with_what_to_change() {
    let days = period("2024-06-02..2024-06-20");
    let refused = |groups: Vec<RowGroup>| {
        let mut manifest = manifest();
        manifest.files[1].grains[0].groups = groups;
        let error = plan(&scan(Some("product"), None, days), &manifest).expect_err("too much");
        assert_eq!(error.kind(), ErrorKind::OverBudget);
        assert!(
            error
                .to_string()
                .contains("narrow its filters or its period"),
            "{error}"
        );
        error.to_string()
    };
    let sizes = [1_000, 2_000, 3_000, 50_000, 60_000];
    let scattered = |count: u64| {
        (0..count)
            .map(|i| group(i * 1_000_000, sizes, (0, 0), "2024"))
            .collect::<Vec<_>>()
    };
    assert!(
        refused(scattered(41)).contains("41 ranges"),
        "{}",
        limits::RANGES_MAX
    );
    let mut manifest = manifest();
    manifest.files[1].grains[0].groups = scattered(40);
    assert_eq!(
        plan(&scan(Some("product"), None, days), &manifest)
            .expect("just enough")
            .ranges()
            .len(),
        40
    );

    let huge = vec![group(
        0,
        [
            0,
            1,
            1,
            u32::try_from(limits::READ_BYTES_MAX).expect("small"),
            0,
        ],
        (0, 0),
        "2024",
    )];
    assert!(refused(huge).contains("bytes"));
    let mut dense = group(0, sizes, (0, 0), "2024");
    dense.rows = u32::try_from(limits::DECODED_BYTES_MAX / 8 / 3 + 1).expect("small");
    assert!(refused(vec![dense]).contains("values"));
}

#[test]
fn a_map_that_lacks_what_a_question_needs_is_corrupt() {
    let mut lacking = manifest();
    lacking.files.truncate(1);
    let days = period("2024-06-02..2024-06-20");
    let error = plan(&scan(Some("product"), None, days), &lacking).expect_err("no grain");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let mut lacking = manifest();
    for file in &mut lacking.files {
        file.columns.truncate(3);
    }
    let error = plan(&scan(Some("product"), None, days), &lacking).expect_err("no column");
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("units"), "{error}");
}
