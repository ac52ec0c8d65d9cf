//! Bounds of memory, blocks and appends change no byte of what comes out.

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::tests::{csv, file, ingest, rows};
use super::{
    Block, Builder, Config, EarlierCells, MemoryOutput, MemoryScratch, Parser, Rows, survey,
};
use crate::model::names::Names;
use crate::model::{DatasetId, Manifest};

/// Blocks of a few whole lines each.
fn blocks(csv: &str, lines: usize) -> Vec<Block> {
    let body: Vec<&str> = csv.split_inclusive('\n').skip(1).collect();
    let chunks = body.chunks(lines).zip(0_u64..);
    chunks
        .map(|(chunk, i)| Block {
            source: "t.csv".into(),
            line: 2 + i * lines as u64,
            rows: Rows::Csv {
                bytes: chunk.concat().into_bytes(),
                delimiter: b',',
            },
            picks: None,
        })
        .collect()
}

fn builder(csv: &str, bytes_max: usize) -> Builder {
    let (mapping, _) = survey(csv.as_bytes(), "t.csv", &Config::default()).expect("understood");
    Builder::with_scratch(mapping, "t.csv", Box::new(MemoryScratch), bytes_max)
}

fn finish(builder: Builder) -> super::Built {
    let dataset = DatasetId::new("t").expect("plain");
    let mut output = MemoryOutput::default();
    let built = builder.finish_into(&dataset, "T", None, &mut output);
    built.expect("builds")
}

#[test]
fn any_bound_of_memory_and_any_block_give_the_same_bytes() {
    // Decimals come late, so that sums that were put aside have to be raised; and more products than the first bits hold.
    let mut text = csv(&rows(3_000, 700, 60));
    text.push_str("2024-01-02,Store 1,Product 5,Group 0,web,0.125,7\n");
    let whole = ingest(&text, None);
    for (bytes_max, lines) in [
        (1, 50),
        (200, 7),
        (3_000, 1_000),
        (40_000, 333),
        (1 << 20, 3),
    ] {
        let mut builder = builder(&text, bytes_max);
        let parser: Parser = builder.parser();
        for block in blocks(&text, lines) {
            let batch = parser.parse(&block).expect("reads");
            builder.add(batch).expect("adds");
        }
        let built = finish(builder);
        assert_eq!(
            built.manifest.files, whole.manifest.files,
            "{bytes_max} bytes"
        );
        assert_eq!(built.files, whole.files, "{bytes_max} bytes");
        assert_eq!(built.manifest.quality, whole.manifest.quality);
    }
}

/// Names of all dimensions, those of a file of their own too.
fn names(built: &super::Built) -> Names {
    let mut names = Names::default();
    let Some(entry) = built
        .manifest
        .files
        .iter()
        .find(|f| f.name == "names.parquet")
    else {
        return names;
    };
    let (_, bytes) = file(built, "names.parquet");
    let reader = SerializedFileReader::new(bytes.clone()).expect("a Parquet file");
    let mut rows = reader.get_row_iter(None).expect("rows");
    for grain in &entry.grains {
        let of = grain.names_of.as_deref().expect("names");
        let dimension = built.manifest.dimension(of).expect("is there");
        let values = rows.by_ref().take(dimension.count as usize).map(|row| {
            let row = row.expect("a row");
            let fields: Vec<Field> = row.get_column_iter().map(|c| c.1.clone()).collect();
            let [Field::Str(id), Field::Str(name), Field::Int(parent)] = fields.as_slice() else {
                panic!("{fields:?}");
            };
            crate::model::manifest::Value {
                id: id.clone(),
                name: name.clone(),
                parent: u32::try_from(*parent).ok(),
            }
        });
        let values = values.collect();
        names.insert(dimension, values).expect("all of them");
    }
    names
}

/// Adds all fine cells of a version, a row group at a time.
fn add_cells(builder: &mut Builder, before: &super::Built, skip: &[crate::model::Day]) {
    let manifest: &Manifest = &before.manifest;
    let mut earlier = builder
        .follow(manifest, &names(before))
        .expect("the same schema");
    earlier.skip.extend(skip);
    let (_, bytes) = file(before, "fine.parquet");
    let reader = SerializedFileReader::new(bytes.clone()).expect("a Parquet file");
    for g in 0..reader.num_row_groups() {
        let group = reader.get_row_group(g).expect("a row group");
        let (mut narrow, mut wide) = (vec![Vec::new(); 4], vec![Vec::new(); 3]);
        for row in group.get_row_iter(None).expect("rows") {
            let row = row.expect("a row");
            for (i, (_, field)) in row.get_column_iter().enumerate() {
                match field {
                    Field::Int(v) | Field::Date(v) => narrow[i].push(*v),
                    Field::Long(v) => wide[i - 4].push(*v),
                    other => panic!("{other}"),
                }
            }
        }
        let codes: Vec<&[i32]> = narrow[..3].iter().map(Vec::as_slice).collect();
        let sums: Vec<&[i64]> = wide[..2].iter().map(Vec::as_slice).collect();
        let cells = EarlierCells {
            codes: &codes,
            days: &narrow[3],
            sums: &sums,
            lines: &wide[2],
        };
        builder.add_cells(&earlier, &cells).expect("adds");
    }
}

#[test]
fn an_append_comes_to_what_ingesting_everything_does() {
    let mut all = rows(4_000, 650, 60);
    all.sort_by_key(|r| r.3);
    let (old, new) = all.split_at(2_500);
    let last = old.last().expect("rows").3;
    let before = ingest(&csv(old), None);
    let whole = ingest(&csv(&all), None);

    let text = csv(new);
    let mut appended = builder(&text, 9_000);
    add_cells(&mut appended, &before, &[]);
    for block in blocks(&text, 100) {
        let batch = appended.parser().parse(&block).expect("reads");
        appended.add(batch).expect("adds");
    }
    let fresh = appended.new_day_totals();
    let lines: i64 = fresh.values().map(|sums| sums[2]).sum();
    assert_eq!(lines, 1_500);
    assert_eq!(fresh.contains_key(&last), new[0].3 == last);
    let built = finish(appended);
    assert_eq!(built.manifest.files, whole.manifest.files);
    assert_eq!(built.manifest.dimensions, whole.manifest.dimensions);
    assert_eq!(built.files, whole.files);

    // A day that comes again replaces what the version had of it.
    let again: Vec<_> = all.iter().filter(|r| r.3 >= last).cloned().collect();
    let mut replaced = builder(&csv(&again), 9_000);
    add_cells(&mut replaced, &before, &[last]);
    for block in blocks(&csv(&again), 100) {
        let batch = replaced.parser().parse(&block).expect("reads");
        replaced.add(batch).expect("adds");
    }
    assert_eq!(finish(replaced).files, whole.files);

    let other = "date,store,product,units\n2024-01-01,a,x,1\n";
    let error = builder(other, 9_000).follow(&before.manifest, &names(&before));
    let error = error.expect_err("other columns");
    assert!(error.message().contains("channel"), "{error}");
}
