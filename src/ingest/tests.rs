//! A version read back with Parquet's ordinary reader and compared, cell by cell, with a naive sum of the rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, RowAccessor};

use super::{Built, Config, Content, aggregate, ingest_csv, ingest_csv_bytes, survey, title};
use crate::limits;
use crate::model::group_map::RowGroup;
use crate::model::manifest::{Attached, CODE_ALL, DataFile, GrainMap, Groups, TimeGrain};
use crate::model::{DatasetId, Day, Grain, Manifest, Pointer, Timestamp};

/// Operation, product, channel, day, units, revenue in cents.
pub(super) type Row = (String, String, String, Day, i64, i64);

/// Rows of a plain congruential generator: operations, products with a category each, channels, some returns.
pub(super) fn rows(count: usize, products: u64, days: i32) -> Vec<Row> {
    let mut state = 42_u64;
    let mut next = |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let start = Day::parse("2023-11-20").expect("a day");
    (0..count)
        .map(|_| {
            let units = i64::try_from(next(9)).expect("small") - 1;
            (
                format!("Store {}", next(7)),
                format!("Product {}", next(products)),
                ["web", "shop", "phone"][usize::try_from(next(3)).expect("small")].to_owned(),
                start.plus(i32::try_from(next(u64::try_from(days).expect("days"))).expect("small")),
                units,
                units * i64::try_from(next(5000)).expect("small"),
            )
        })
        .collect()
}

pub(super) fn csv(rows: &[Row]) -> String {
    let mut csv = String::from("date,store,product,category,channel,units,revenue\n");
    for (store, product, channel, day, units, cents) in rows {
        let sign = if *cents < 0 { "-" } else { "" };
        let (whole, rest) = (cents.abs() / 100, cents.abs() % 100);
        let group = product.len() % 3;
        let _ = writeln!(
            csv,
            "{day},{store},{product},Group {group},{channel},{units},{sign}{whole}.{rest:02}"
        );
    }
    csv
}

pub(super) fn ingest(csv: &str, current: Option<&Manifest>) -> Built {
    let dataset = DatasetId::new("t").expect("plain");
    ingest_csv(
        csv.as_bytes(),
        "t.csv",
        &dataset,
        &Config::default(),
        current,
    )
    .expect("ingests")
}

/// A file's cells in file order, a list for each row group: codes and day, sums and lines.
fn read(bytes: &Bytes, keys: usize, sums: usize) -> Vec<Vec<(Vec<i32>, Vec<i64>)>> {
    let reader = SerializedFileReader::new(bytes.clone()).expect("a Parquet file");
    (0..reader.num_row_groups())
        .map(|g| {
            let group = reader.get_row_group(g).expect("a row group");
            let rows = group.get_row_iter(None).expect("rows");
            rows.map(|row| {
                let row = row.expect("a row");
                let mut key = Vec::new();
                let mut sum = Vec::new();
                for (_, field) in row.get_column_iter() {
                    match field {
                        Field::Int(v) | Field::Date(v) => key.push(*v),
                        Field::Long(v) => sum.push(*v),
                        other => panic!("{other}"),
                    }
                }
                assert_eq!((key.len(), sum.len()), (keys, sums));
                (key, sum)
            })
            .collect()
        })
        .collect()
}

pub(super) fn file<'a>(built: &'a Built, name: &str) -> (&'a DataFile, &'a Bytes) {
    let entry = built
        .manifest
        .files
        .iter()
        .find(|f| f.name == name)
        .expect("in the manifest");
    let file = built.files.iter().find(|f| f.name == name).expect("built");
    let Content::Memory(bytes) = &file.content else {
        panic!("{name} is not in memory");
    };
    (entry, bytes)
}

fn code(built: &Built, dimension: usize, name: &str) -> i32 {
    let values = &built.manifest.dimensions[dimension].values;
    let at = values.iter().position(|v| v.name == name).expect("a value");
    i32::try_from(at).expect("small")
}

#[test]
fn every_cell_of_every_grain_is_the_sum_of_its_rows() {
    let rows = rows(20_000, 60, 130);
    let built = ingest(&csv(&rows), None);
    let dimensions: Vec<_> = built
        .manifest
        .dimensions
        .iter()
        .map(|d| (d.name.as_str(), d.stored, d.count))
        .collect();
    assert_eq!(
        dimensions,
        [
            ("operation", true, 7),
            ("product", true, 60),
            ("channel", true, 3),
            ("category", false, 2)
        ]
    );
    let first_day = built.manifest.days.first.0;
    for name in ["pack.parquet", "fine.parquet"] {
        let (entry, bytes) = file(&built, name);
        let columns: Vec<&str> = entry.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(
            columns,
            [
                "operation",
                "product",
                "channel",
                "day",
                "units",
                "revenue",
                "lines"
            ]
        );
        let mut groups = read(bytes, 4, 3).into_iter();
        for grain in &entry.grains {
            let kept = |name: &str| grain.dimensions.iter().any(|d| d == name);
            let mut wanted: BTreeMap<Vec<i32>, Vec<i64>> = BTreeMap::new();
            for (store, product, channel, day, units, cents) in &rows {
                let code = |i: usize, dimension: &str, name: &str| {
                    if kept(dimension) {
                        code(&built, i, name)
                    } else {
                        CODE_ALL
                    }
                };
                let key = vec![
                    code(0, "operation", store),
                    code(1, "product", product),
                    code(2, "channel", channel),
                    match grain.time {
                        TimeGrain::Day => day.0,
                        TimeGrain::Month => Grain::Month.floor(*day).0,
                        TimeGrain::None => first_day,
                    },
                ];
                let cell = wanted.entry(key).or_insert_with(|| vec![0; 3]);
                cell[0] += units;
                cell[1] += cents;
                cell[2] += 1;
            }
            let mut found = BTreeMap::new();
            for map in &row_groups(&built, entry, grain) {
                let cells = groups.next().expect("a row group");
                assert_eq!(cells.len(), usize::try_from(map.rows).expect("small"));
                for (key, sums) in cells {
                    assert!(
                        (map.days.0..=map.days.1).contains(&key[3]),
                        "{name} {grain:?}"
                    );
                    if let Some(first) = grain.dimensions.first() {
                        let at = columns.iter().position(|c| c == first).expect("a column");
                        assert!((map.keys.0..=map.keys.1).contains(&key[at]));
                    }
                    assert_eq!(found.insert(key, sums), None, "a cell is there twice");
                }
                if kept("operation") {
                    assert_eq!(map.keys.0, map.keys.1, "a row group for each operation");
                }
            }
            assert_eq!(
                found, wanted,
                "{name}: {:?} by {:?}",
                grain.dimensions, grain.time
            );
        }
        assert!(
            groups.next().is_none(),
            "every row group is in the manifest"
        );
    }
}

/// The row groups of a grain, wherever its map is.
fn row_groups(built: &Built, file: &DataFile, grain: &GrainMap) -> Vec<RowGroup> {
    let attached = Attached::new(built.attachments.clone());
    let map = match &grain.groups {
        Groups::Here(map) => map,
        Groups::Attached { .. } => &attached.maps[&file.name],
    };
    map.unpack(file.columns.len(), file.size_bytes, |_, _| true)
        .expect("a map that fits")
}

#[test]
fn the_map_points_at_real_chunks() {
    let built = ingest(&csv(&rows(5_000, 900, 40)), None);
    assert_eq!(
        built.manifest.files.len(),
        3,
        "900 names are too many for the manifest"
    );
    for entry in &built.manifest.files {
        let (_, bytes) = file(&built, &entry.name);
        assert_eq!(bytes.len() as u64, entry.size_bytes);
        assert_eq!(super::write::sha256_hex(bytes), entry.sha256);
        let reader = SerializedFileReader::new(bytes.clone()).expect("a Parquet file");
        let mut written = reader.metadata().row_groups().iter();
        for group in entry
            .grains
            .iter()
            .flat_map(|g| row_groups(&built, entry, g))
        {
            let written = written.next().expect("a row group");
            let mut at = group.chunks_offset();
            let checksums =
                &bytes[usize::try_from(group.offset).expect("fits")..][..4 * entry.columns.len()];
            assert_eq!(crc32fast::hash(checksums), group.crc32);
            for (i, chunk) in written.columns().iter().enumerate() {
                let length = u64::from(group.chunk_bytes[i]);
                assert_eq!(chunk.byte_range(), (at, length));
                let (from, to) = (
                    usize::try_from(at).expect("fits"),
                    usize::try_from(at + length).expect("fits"),
                );
                let checksum = crc32fast::hash(&bytes[from..to]).to_le_bytes();
                assert_eq!(checksum, checksums[4 * i..][..4]);
                at += length;
            }
            assert_eq!(group.chunk_bytes.len(), entry.columns.len());
        }
        assert!(written.next().is_none());
    }
}

#[test]
fn many_names_lie_in_a_file_of_their_own() {
    let rows = rows(5_000, 900, 40);
    let built = ingest(&csv(&rows), None);
    let product = built.manifest.dimension("product").expect("is there");
    assert!(product.values.is_empty());
    let (entry, bytes) = file(&built, "names.parquet");
    assert_eq!(entry.grains[0].names_of.as_deref(), Some("product"));
    let reader = SerializedFileReader::new(bytes.clone()).expect("a Parquet file");
    let found: Vec<(String, i32)> = reader
        .get_row_iter(None)
        .expect("rows")
        .map(|r| {
            let r = r.expect("a row");
            assert_eq!(
                r.get_string(0).expect("an id"),
                r.get_string(1).expect("a name")
            );
            (
                r.get_string(1).expect("a name").clone(),
                r.get_int(2).expect("a parent"),
            )
        })
        .collect();
    let categories = &built
        .manifest
        .dimension("category")
        .expect("is there")
        .values;
    let wanted: BTreeMap<String, String> = rows
        .iter()
        .map(|r| (r.1.clone(), format!("Group {}", r.1.len() % 3)))
        .collect();
    let found: Vec<(String, String)> = found
        .into_iter()
        .map(|(name, parent)| {
            (
                name,
                categories[usize::try_from(parent).expect("a code")]
                    .name
                    .clone(),
            )
        })
        .collect();
    assert_eq!(found, wanted.into_iter().collect::<Vec<_>>());
    assert_eq!(product.count as usize, found.len());
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let mut rows = rows(3_000, 700, 50);
    let once = ingest(&csv(&rows), None);
    assert_eq!(
        ingest(&csv(&rows), None),
        once,
        "the same input gives the same bytes"
    );
    rows.reverse();
    rows.rotate_left(1_234);
    assert_eq!(ingest(&csv(&rows), None), once);
}

#[test]
fn what_is_current_is_not_published_again() {
    let data = rows(500, 20, 30);
    let first = ingest(&csv(&data), None);
    assert!(!first.is_current && first.manifest.parent.is_none());
    let again = ingest(&csv(&data), Some(&first.manifest));
    assert!(again.is_current);
    assert_eq!(again.manifest, first.manifest);

    let second = ingest(&csv(&data[1..]), Some(&first.manifest));
    assert!(!second.is_current);
    assert_eq!(second.manifest.parent, Some(first.manifest.version.clone()));
    assert_ne!(second.manifest.version, first.manifest.version);
    // The same content after another version is another version: its history differs.
    let back = ingest(&csv(&data), Some(&second.manifest));
    assert_ne!(back.manifest.version, first.manifest.version);
    assert_eq!(back.manifest.files, first.manifest.files);

    let at = Timestamp;
    let one = first.pointer(at(1), None);
    let two = second.pointer(at(2), Some(&one));
    let three = back.pointer(at(3), Some(&two));
    let previous: Vec<_> = three
        .previous
        .iter()
        .map(|p| (p.version.clone(), p.published_at))
        .collect();
    assert_eq!(
        previous,
        [
            (second.manifest.version.clone(), at(2)),
            (first.manifest.version.clone(), at(1))
        ]
    );
}

#[test]
fn the_written_config_understands_the_source_as_detection_did() {
    for csv in [
        csv(&rows(2_000, 600, 50)),
        "Datum;Filiale;Artikel;Menge;Umsatz\n13.02.2024;Ulm;Brot;3;4,50\n".to_owned(),
        "year,month,county,type,category,sales\n2024,1,x,a,b,5.0\n2024,2,x,a,b,5.25\n".to_owned(),
    ] {
        let first = ingest(&csv, None);
        let (mapping, headers) =
            survey(csv.as_bytes(), "t", &Config::default()).expect("is understood");
        let toml = mapping
            .to_toml(&headers, &first.manifest.title)
            .expect("writes");
        let config = Config::parse(&toml, "dataset.toml").expect("reads");
        let dataset = first.manifest.dataset.clone();
        let second = ingest_csv(
            csv.as_bytes(),
            "t.csv",
            &dataset,
            &config,
            Some(&first.manifest),
        )
        .expect("ingests");
        assert!(second.is_current, "{toml}");
    }
}

#[test]
fn a_large_product_by_day_grain_keeps_its_row_groups_small() {
    // Past the sample, two products turn out to have more than one category.
    let mut text = String::from("date,store,product,category,units\n");
    for i in 0..70_000 {
        let day = Day::parse("2020-01-01").expect("a day").plus(i / 100);
        let category = if i > 60_000 && i % 100 < 2 {
            i % 3
        } else {
            i % 100
        };
        let _ = writeln!(text, "{day},S,P{:02},C{category},1", i % 100);
    }
    let built = ingest(&text, None);
    let category = built.manifest.dimension("category").expect("is there");
    assert!(category.stored);
    let note = "category is kept apart from product: 2 of its values go with more than one category, such as \"P00\"";
    assert!(
        built.manifest.quality.notes.iter().any(|n| n == note),
        "{:?}",
        built.manifest.quality.notes
    );
    for file in &built.manifest.files {
        for group in file.grains.iter().flat_map(|g| row_groups(&built, file, g)) {
            assert!(group.rows as usize <= limits::ROW_GROUP_ROWS_MAX);
        }
    }
    let (pack, _) = file(&built, "pack.parquet");
    let series = pack
        .grains
        .iter()
        .find(|g| g.dimensions == ["product"] && g.time == TimeGrain::Day);
    assert!(row_groups(&built, pack, series.expect("is kept")).len() > 1);
}

/// The first line of a pointer or manifest.
fn head<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    let line = bytes.split(|b| *b == b'\n').next().expect("a line");
    serde_json::from_slice(line).expect("is JSON")
}

#[test]
fn a_dataset_in_memory_has_every_object() {
    let objects =
        ingest_csv_bytes(csv(&rows(200, 5, 20)).as_bytes(), "demo", Timestamp(7)).expect("ingests");
    let pointer: Pointer = head(&objects["demo/current.json"]);
    let folder = format!("demo/v/{}", pointer.version);
    let keys: Vec<&String> = objects.keys().collect();
    assert_eq!(
        keys,
        [
            "demo/current.json",
            &format!("{folder}/fine.parquet"),
            &format!("{folder}/manifest.json"),
            &format!("{folder}/pack.parquet")
        ]
    );
    let manifest: Manifest = head(&objects[&format!("{folder}/manifest.json")]);
    assert_eq!(manifest, pointer.manifest);
    assert_eq!(pointer.published_at, Timestamp(7));
}

#[test]
fn sums_that_do_not_fit_are_refused_at_any_level() {
    let huge = "4611686018427387904";
    for csv in [
        format!("date,store,units\n2024-01-01,a,{huge}\n2024-01-01,a,{huge}\n"),
        format!("date,store,units\n2024-01-01,a,{huge}\n2024-01-01,b,{huge}\n"),
        format!("date,store,units\n2024-01-01,a,{huge}\n2024-01-02,b,0.5\n"),
    ] {
        let (mapping, _) =
            survey(csv.as_bytes(), "t.csv", &Config::default()).expect("is understood");
        let dataset = DatasetId::new("t").expect("plain");
        let built = aggregate(csv.as_bytes(), "t.csv", &Config::default(), mapping)
            .and_then(|b| b.finish(&dataset, &title(&dataset, &Config::default()), None));
        let error = built.expect_err(&csv);
        assert!(
            error.message().contains("the sum of units does not fit"),
            "{error}"
        );
    }
}
