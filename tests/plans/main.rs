//! What a question reads: grains, parts, ranges and bytes. The planner is asked for exact ranges on a map that is written
//! down here; whole questions are counted at the store.

mod edges;
mod grains;
mod refused;
mod returns;

use std::collections::BTreeMap;

use nearcast::model::calendar::{Grain, Period};
use nearcast::model::dataset::{DatasetId, VersionId};
use nearcast::model::group_map::{GroupMap, RowGroup};
use nearcast::model::manifest::{
    Attached, Column, DataFile, Dimension, FORMAT, GrainMap, Groups, Manifest, Measure,
    MeasureKind, Physical, Quality, TimeGrain,
};
use nearcast::model::scan::{PartPlan, ReadPlan, Scan};
use nearcast::model::source_columns::SourceColumns;
use nearcast::plan::{Planned, plan};

fn period(text: &str) -> Period {
    Period::parse(text).expect(text)
}

/// A row group of 100 rows; its columns are `operation, product, day, units, revenue, lines` of these sizes, behind their
/// 24 bytes of checksums.
fn group(offset: u64, sizes: [u32; 6], keys: (i32, i32), days: Period) -> RowGroup {
    RowGroup {
        rows: 100,
        offset,
        crc32: 0,
        chunk_bytes: sizes.to_vec(),
        keys,
        days: (days.first.0, days.last.0),
    }
}

fn grain(dimensions: &[&str], time: TimeGrain, groups: &[RowGroup]) -> GrainMap {
    GrainMap {
        dimensions: dimensions.iter().map(|d| (*d).to_owned()).collect(),
        time,
        names_of: None,
        groups: Groups::Here(GroupMap::pack(groups)),
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
        ("lines", Physical::Int64),
    ];
    DataFile {
        name: name.into(),
        size_bytes: 1 << 40,
        sha256: String::new(),
        columns: columns.map(column).to_vec(),
        grains,
        record: None,
        documents: None,
    }
}

const BIG: [u32; 6] = [1_000, 2_000, 3_000, 50_000, 100_000, 4_000];
const SMALL: [u32; 6] = [10, 20, 30, 400, 500, 60];
const FINE: &str = "operation x product x day";
const EDGES: &str = "product x month + operation x product x day";

/// Where the fine row group of an operation and a half of a month lies; a month has two, the second from the 16th.
fn fine_at(operation: i32, month: &str, half: u64) -> u64 {
    let (year, month) = month.split_once('-').expect("a month");
    let month = (year.parse::<u64>().expect("a year") - 2024) * 12
        + month.parse::<u64>().expect("a month")
        - 1;
    4 + (u64::try_from(operation).expect("small") * 48 + month * 2 + half) * 1_000_000
}

/// A row group for each of three operations and each half month of two years.
fn fine() -> Vec<RowGroup> {
    let data = period("2024-01-10..2025-12-20");
    let mut groups = Vec::new();
    for operation in 0..3 {
        for month in 0..24 {
            let first = Grain::Month.step(period("2024").first, month);
            let middle = first.plus(15);
            let last = Grain::Month.step(first, 1).plus(-1);
            let name = &first.to_string()[..7];
            for (half, days) in [(0, (first, middle.plus(-1))), (1, (middle, last))] {
                let days = Period::new(days.0, days.1).expect("in order");
                let days = days.intersect(data).expect("inside");
                let at = fine_at(operation, name, half);
                groups.push(group(at, BIG, (operation, operation), days));
            }
        }
    }
    groups
}

/// Two years, three operations, 10 products.
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
    let first = period("2024-01-10..2024-01-10");
    let months = period("2024-01-01..2025-12-01");
    let by_operation = |at: u64, sizes, days| {
        let group = |o: i32| {
            let at = at + 10_000 * u64::try_from(o).expect("small");
            group(at, sizes, (o, o), days)
        };
        [0, 1, 2].map(group)
    };
    let wide = [10, 20, 300, 4_000, 5_000, 600];
    let pack = vec![
        grain(
            &["product"],
            TimeGrain::Month,
            &[group(4, wide, (0, 9), months)],
        ),
        grain(
            &["operation", "product"],
            TimeGrain::None,
            &by_operation(100_000, SMALL, first),
        ),
        grain(
            &[],
            TimeGrain::Day,
            &[group(
                500_000,
                SMALL,
                (-1, -1),
                period("2024-01-10..2025-12-20"),
            )],
        ),
        grain(
            &["product"],
            TimeGrain::None,
            &[group(900_000, SMALL, (0, 9), first)],
        ),
        grain(
            &["operation", "product"],
            TimeGrain::Month,
            &by_operation(2_000_000, wide, months),
        ),
    ];
    let finest = grain(&["operation", "product"], TimeGrain::Day, &fine());
    Manifest {
        format: FORMAT,
        dataset: DatasetId::new("sales").expect("plain"),
        version: VersionId::new("0123456789abcdef").expect("hex"),
        parent: None,
        title: "Sales".into(),
        days: period("2024-01-10..2025-12-20"),
        grain: Grain::Day,
        measures: vec![measure("units"), measure("revenue")],
        derived: Vec::new(),
        calendar: None,
        default_measure: "units".into(),
        dimensions: vec![dimension("operation", 3), dimension("product", 10)],
        months: Vec::new(),
        targets: Vec::new(),
        quality: Quality::default(),
        source: SourceColumns::default(),
        files: vec![
            file("pack.parquet", pack),
            file("fine.parquet", vec![finest]),
        ],
    }
}

/// The manifest with other fine row groups.
fn with_fine(groups: &[RowGroup]) -> Manifest {
    let mut manifest = manifest();
    manifest.files[1].grains[0].groups = Groups::Here(GroupMap::pack(groups));
    manifest
}

fn scan(by: Option<&str>, step: Option<Grain>, days: Period) -> Scan {
    Scan {
        measures: vec!["units".into()],
        by: by.map(str::to_owned),
        also: None,
        grain: step,
        period: days,
        only: Vec::new(),
    }
}

fn by_product(days: &str) -> Scan {
    scan(Some("product"), None, period(days))
}

fn only(mut scan: Scan, dimension: &str, codes: &[u32]) -> Scan {
    scan.only.push((dimension.into(), codes.to_vec()));
    scan
}

fn planned_on(scan: &Scan, manifest: &Manifest) -> ReadPlan {
    match plan(scan, manifest, &Attached::default()).expect("a plan") {
        Planned::Ready(plan) => plan,
        Planned::NeedsMap => panic!("every map is in the manifest"),
    }
}

fn planned(scan: &Scan) -> ReadPlan {
    planned_on(scan, &manifest())
}

fn ranges(plan: &ReadPlan) -> Vec<(u64, u64)> {
    plan.ranges()
        .into_iter()
        .map(|r| (r.range.start, r.range.end))
        .collect()
}

fn columns(part: &PartPlan) -> Vec<&str> {
    part.columns.iter().map(|c| c.name.as_str()).collect()
}

/// Where a part's row groups begin.
fn begins(part: &PartPlan) -> Vec<u64> {
    part.groups.iter().map(|g| g.checksums.start).collect()
}
