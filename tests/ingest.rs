//! Awkward CSV files, each beside a JSON file that says what must come out. A new case is two files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nearcast::error::Result;
use nearcast::ingest::{Built, Config, Content, ingest_csv, survey};
use nearcast::model::manifest::{DataFile, GrainMap, Groups, TimeGrain};
use nearcast::model::{DatasetId, Pointer, Timestamp};
use nearcast::read;
use nearcast_native::ingest::{IngestOptions, IngestReport, run};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ingest");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
        .collect();
    files.sort();
    files
}

fn ingest(csv: &Path, config: &str) -> Result<(Built, Vec<String>)> {
    let bytes = fs::read(csv).expect("a case");
    let name = csv.file_name().expect("a name").to_string_lossy();
    let config = Config::parse(config, "dataset.toml")?;
    let dataset = DatasetId::new("case").expect("plain");
    let (mapping, _) = survey(bytes.as_slice(), &name, &config)?;
    let ignored = mapping.columns.iter().filter(|c| c.role == "ignored");
    let ignored = ignored.map(|c| c.header.clone()).collect();
    Ok((ingest_csv(&bytes, &name, &dataset, &config, None)?, ignored))
}

/// How many row groups a grain of the pack has.
fn groups(pack: &DataFile, grain: &GrainMap) -> usize {
    let Groups::Here(map) = &grain.groups else {
        panic!("the pack's maps are in the manifest");
    };
    let all = map.unpack(pack.columns.len(), pack.size_bytes, |_, _| true);
    all.expect("a map").len()
}

/// Sums of each measure over the cells of the totals by day, read by Parquet's ordinary reader.
fn totals(built: &Built) -> BTreeMap<String, i64> {
    let pack = built
        .manifest
        .files
        .iter()
        .find(|f| f.name == "pack.parquet")
        .expect("a pack");
    let before: usize = pack
        .grains
        .iter()
        .take_while(|g| !is_total(g))
        .map(|g| groups(pack, g))
        .sum();
    let count = pack
        .grains
        .iter()
        .find(|g| is_total(g))
        .map(|g| groups(pack, g))
        .expect("the totals");
    let file = built
        .files
        .iter()
        .find(|f| f.name == "pack.parquet")
        .expect("a pack");
    let Content::Memory(bytes) = file.content.clone() else {
        panic!("the pack is not in memory");
    };
    let reader = SerializedFileReader::new(bytes).expect("a Parquet file");
    let mut sums = BTreeMap::new();
    for g in before..before + count {
        for row in reader
            .get_row_group(g)
            .expect("a row group")
            .get_row_iter(None)
            .expect("rows")
        {
            for (name, field) in row.expect("a row").get_column_iter() {
                if let Field::Long(value) = field {
                    *sums.entry(name.clone()).or_insert(0) += value;
                }
            }
        }
    }
    sums
}

fn is_total(grain: &nearcast::model::manifest::GrainMap) -> bool {
    grain.dimensions.is_empty() && grain.time == TimeGrain::Day
}

/// What a case says of a version, said of this version.
fn said(key: &str, wanted: &Value, built: &Built, ignored: &[String]) -> Value {
    let manifest = &built.manifest;
    let quality = &manifest.quality;
    let values = |pick: fn(&nearcast::model::manifest::Value) -> &String, names: &Value| -> Value {
        let all = manifest
            .dimensions
            .iter()
            .filter(|d| names.get(&d.name).is_some());
        let lists = all.map(|d| {
            (
                d.name.clone(),
                d.values.iter().map(|v| json!(pick(v))).collect(),
            )
        });
        Value::Object(lists.collect())
    };
    match key {
        "rows" => json!(quality.rows_used),
        "first" => json!(manifest.days.first.to_string()),
        "last" => json!(manifest.days.last.to_string()),
        "grain" => json!(manifest.grain.name()),
        "sums" => {
            let totals = totals(built);
            assert_eq!(
                totals.get("lines").copied(),
                i64::try_from(quality.rows_used).ok()
            );
            manifest
                .measures
                .iter()
                .map(|m| (m.name.clone(), json!([totals.get(&m.name), m.scale])))
                .collect()
        }
        "dimensions" => {
            let all: serde_json::Map<_, _> = manifest
                .dimensions
                .iter()
                .map(|d| (d.name.clone(), json!(0)))
                .collect();
            values(|v| &v.name, &Value::Object(all))
        }
        "ids" => values(|v| &v.id, wanted),
        "parent" => {
            let with = manifest
                .dimensions
                .iter()
                .filter_map(|d| Some((d.name.clone(), json!(d.parent.as_ref()?))));
            Value::Object(with.collect())
        }
        "stored" => {
            let stored = manifest.dimensions.iter().filter(|d| d.stored);
            stored.map(|d| json!(d.name)).collect()
        }
        "unit" => {
            let money = manifest
                .measures
                .iter()
                .filter(|m| wanted.get(&m.name).is_some());
            money.map(|m| (m.name.clone(), json!(m.unit))).collect()
        }
        "negative" => json!(quality.rows_negative),
        "duplicate" => json!(quality.rows_duplicate),
        "empty" => json!(quality.fields_empty),
        "missing" => quality
            .missing
            .iter()
            .map(|p| json!(p.to_string()))
            .collect(),
        "complete" => json!(quality.last_month_complete),
        "ignored" => json!(ignored),
        "notes" => {
            let parts = wanted.as_array().expect("a list");
            let found = |part: &&Value| {
                let part = part.as_str().expect("text");
                quality.notes.iter().any(|note| note.contains(part))
            };
            parts.iter().filter(found).cloned().collect()
        }
        other => json!(format!("nothing that a case can say: {other:?}")),
    }
}

#[test]
fn every_case_comes_out_as_its_json_says() {
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let mut wrong = Vec::new();
    for csv in &cases {
        let name = csv.file_stem().expect("a name").to_string_lossy();
        let text =
            fs::read_to_string(csv.with_extension("json")).expect("a JSON file beside the CSV");
        let case: Value = serde_json::from_str(&text).expect("JSON");
        let config = case.get("config").map_or("", |c| c.as_str().expect("text"));
        let result = ingest(csv, config);
        let case = case.as_object().expect("an object");
        match (case.get("error"), result) {
            (Some(parts), Ok(_)) => wrong.push(format!("{name}: went in, should say {parts}")),
            (None, Err(e)) => wrong.push(format!("{name}: {e}")),
            (Some(parts), Err(e)) => {
                for part in parts.as_array().expect("a list") {
                    if !e.to_string().contains(part.as_str().expect("text")) {
                        wrong.push(format!("{name}: says nothing of {part}: {e}"));
                    }
                }
            }
            (None, Ok((built, ignored))) => {
                for (key, wanted) in case.iter().filter(|(key, _)| *key != "config") {
                    let found = said(key, wanted, &built, &ignored);
                    if found != *wanted {
                        wrong.push(format!("{name}: {key} is {found}, should be {wanted}"));
                    }
                }
                // Silence about gaps and remarks is a claim too.
                for (key, none) in [
                    ("missing", json!([])),
                    ("negative", json!(0)),
                    ("empty", json!(0)),
                ] {
                    if !case.contains_key(key) && said(key, &none, &built, &ignored) != none {
                        wrong.push(format!(
                            "{name}: {key} is {}",
                            said(key, &none, &built, &ignored)
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("ingest")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn run_on(source: &Path, out: &Path, now: i64) -> Result<IngestReport> {
    let options = IngestOptions {
        dataset: Some("shop".into()),
        ..IngestOptions::new(source, out, Timestamp(now))
    };
    run(&options, &mut |_| {}, &mut |_| {})
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("a file"));
        }
    }
    found
}

#[test]
fn a_directory_holds_what_was_published_and_a_refusal_leaves_it_alone() {
    let folder = folder("publish");
    let (source, out) = (folder.join("My Shop.csv"), folder.join("data"));
    fs::write(&source, "date,store,units,revenue\n2024-01-01,a,1,2.50\n").expect("writes");
    let first = run_on(&source, &out, 100).expect("ingests");
    assert!(first.published && first.mapping.contains("units") && first.summary.contains("1 rows"));
    let shop = DatasetId::new("shop").expect("a name");
    let pointer = || -> Pointer {
        let bytes = fs::read(out.join("shop/current.json")).expect("a pointer");
        read::manifest::pointer(&bytes, &shop).expect("a pointer")
    };
    assert_eq!(
        (pointer().version, pointer().published_at),
        (first.version.clone(), Timestamp(100))
    );
    let version = out.join("shop/v").join(first.version.as_str());
    let bytes = fs::read(version.join("manifest.json")).expect("a manifest");
    let manifest = read::manifest::manifest(&bytes, &shop, &first.version).expect("a manifest");
    assert_eq!(manifest, pointer().manifest);
    for file in &manifest.files {
        assert_eq!(
            fs::metadata(version.join(&file.name))
                .expect("a file")
                .len(),
            file.size_bytes
        );
    }
    assert!(
        fs::read_to_string(out.join("shop/dataset.toml"))
            .expect("is written")
            .contains("[[measure]]")
    );

    // What is current already, and what is wrong, change no byte.
    let before = files(&out);
    let again = run_on(&source, &out, 200).expect("ingests");
    assert!(!again.published && again.version == first.version);
    fs::write(
        &source,
        "date,store,units,revenue\n2024-01-01,a,1,2.50\n2024-01-02,a,oops,1\n",
    )
    .expect("writes");
    let error = run_on(&source, &out, 300).expect_err("a bad number");
    assert!(
        error.message().contains("My Shop.csv") && error.message().contains("line 3"),
        "{error}"
    );
    assert_eq!(files(&out), before);

    fs::write(
        &source,
        "date,store,units,revenue\n2024-01-01,a,1,2.50\n2024-01-02,a,3,1\n",
    )
    .expect("writes");
    let second = run_on(&source, &out, 400).expect("ingests");
    assert!(second.published && second.version != first.version);
    let now = pointer();
    assert_eq!(now.manifest.parent, Some(first.version.clone()));
    assert_eq!(
        now.previous
            .iter()
            .map(|p| p.version.clone())
            .collect::<Vec<_>>(),
        [first.version]
    );
    // Nothing half written is left; locks stay where they are.
    assert!(files(&out).keys().all(|path| {
        let name = path.file_name().expect("a name").to_string_lossy();
        !name.starts_with('.') || name.ends_with(".lock")
    }));
}

#[test]
fn a_dry_run_and_a_damaged_pointer_write_nothing() {
    let folder = folder("dry");
    let (source, out) = (folder.join("x.csv"), folder.join("data"));
    fs::write(&source, "date,store,units\n2024-01-01,a,1\n").expect("writes");
    let mut lines = Vec::new();
    let mut last = (0, 0);
    let options = IngestOptions {
        title: Some("Try".into()),
        dry_run: true,
        ..IngestOptions::new(&source, &out, Timestamp(1))
    };
    let report = run(
        &options,
        &mut |line| lines.push(line.to_owned()),
        &mut |p| last = (p.bytes, p.bytes_total),
    )
    .expect("would do");
    assert!(
        !report.published && report.dataset.as_str() == "x" && report.summary.contains("dry run")
    );
    assert!(
        lines.iter().any(|l| l.contains("units")) && last == (32, 32),
        "{lines:?} {last:?}"
    );
    assert!(!out.exists());

    fs::create_dir_all(out.join("shop")).expect("a folder");
    fs::write(out.join("shop/current.json"), "{\"format\":1").expect("writes");
    let before = files(&out);
    let error = run_on(&source, &out, 5).expect_err("damaged");
    assert!(error.message().contains("truncated or altered"), "{error}");
    assert_eq!(files(&out), before);
    for (path, part) in [
        (folder.join("none.csv"), "there is no file"),
        (folder.join("*.parquet"), "no file is called like"),
    ] {
        let error = run_on(&path, &out, 5).expect_err("no file");
        assert!(error.message().contains(part), "{error}");
    }
}
