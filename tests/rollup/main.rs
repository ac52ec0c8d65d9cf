//! Rollups that another engine made are what ingest makes of the rows, byte by byte; and those that are not whole are
//! refused.

mod refused;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nearcast::Result;
use nearcast::ingest::Config;
use nearcast::model::manifest::{Manifest, Quality};
use nearcast::model::{DatasetId, Timestamp};
use nearcast::read;
use nearcast_native::ingest::{self, IngestOptions, IngestReport};
use nearcast_native::rollups::{self, Dialect, rollup_sql};
use nearcast_tests::workspace::root;
use nearcast_tests::{install, sales};

/// A folder of a test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("rollup")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Runs `run.py`.
fn python(python: &Path, arguments: &[&str]) {
    let done = Command::new(python)
        .arg(root().join("tests/rollup/run.py"))
        .args(arguments)
        .output()
        .expect("python runs");
    assert!(
        done.status.success(),
        "{arguments:?}: {}\n{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

fn environment() -> PathBuf {
    install::python("rollup-venv", "tests/rollup/requirements.txt")
}

fn duckdb(sql: &str, folder: &Path) {
    let file = folder.join("query.sql");
    fs::write(&file, sql).expect("writes");
    python(&environment(), &["duckdb", text(&file)]);
}

fn text(path: &Path) -> &str {
    path.to_str().expect("plain")
}

fn config(path: &Path) -> Config {
    let text = fs::read_to_string(path).expect("a dataset.toml");
    Config::parse(&text, "dataset.toml").expect("right")
}

fn sales_config() -> PathBuf {
    root().join("tests/rollup/dataset.toml")
}

fn options(source: &Path, out: &Path, config: &Path) -> IngestOptions {
    IngestOptions {
        dataset: Some("sales".into()),
        config: Some(config.to_owned()),
        ..IngestOptions::new(source, out, Timestamp(1_790_000_000))
    }
}

fn roll_up(source: &Path, out: &Path, config: &Path) -> Result<IngestReport> {
    rollups::run(&options(source, out, config), &mut |_| {}, &mut |_| {})
}

/// The current version of the dataset in a store: its manifest, and its data files by name.
fn version(store: &Path) -> (Manifest, BTreeMap<String, Vec<u8>>) {
    let dataset = DatasetId::new("sales").expect("a name");
    let pointer = fs::read(store.join("sales/current.json")).expect("a pointer");
    let manifest = read::manifest::pointer(&pointer, &dataset)
        .expect("a pointer")
        .manifest;
    let folder = store.join("sales/v").join(manifest.version.as_str());
    let files = manifest.files.iter().map(|file| {
        let bytes = fs::read(folder.join(&file.name)).expect("a file");
        (file.name.clone(), bytes)
    });
    let files = files.collect();
    (manifest, files)
}

/// Both stores hold the same, but for what cannot be known of rows that were added up elsewhere.
fn same(built_in: &Path, rolled: &Path) {
    let (a, a_files) = version(built_in);
    let (mut b, b_files) = version(rolled);
    assert_eq!(
        a_files.keys().collect::<Vec<_>>(),
        b_files.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &a_files {
        assert!(*bytes == b_files[name], "{name} differs");
    }
    let told = "another engine added the rows up";
    assert!(
        b.quality.notes.iter().any(|note| note.starts_with(told)),
        "{:?}",
        b.quality.notes
    );
    assert_eq!(counts(&a.quality), counts(&b.quality));
    b.quality.clone_from(&a.quality);
    b.version = a.version.clone();
    assert_eq!(a, b);
}

fn counts(quality: &Quality) -> [u64; 4] {
    [
        quality.rows_read,
        quality.rows_used,
        quality.rows_negative,
        quality.fields_empty,
    ]
}

/// Sales with names as people write them.
fn sheet() -> String {
    let mut csv = sales::csv(&sales::lines(3, 6_000, 6, 40, 100));
    let long = "x".repeat(250);
    for (operation, id, product, units, revenue) in [
        ("\"  Dallas \"", "P0001", "Product 0001", "3", "4.50"),
        (
            "\u{a0}Austin\u{a0}",
            "P0001",
            "\" Product 0001\"",
            "",
            "4.50",
        ),
        ("", "P0002", "Product 0002", "1", ""),
        ("Dallas", "P0003", "", "-2", "-9.00"),
        ("Dallas", "", "", "1", "0.01"),
        (
            "Dallas",
            "",
            "Ünïcode \"\"quoted\"\", and more",
            "1",
            "12345678.90",
        ),
        ("Dallas", "P9", "\"a\ttab\"", "1", "0.10"),
        ("Dallas", "P8", long.as_str(), "1", "0.20"),
        ("São Paulo", "P7", "Café – 1/2 'l'", "0", "0.00"),
    ] {
        let product = if product.contains("and more") {
            format!("\"{product}\"")
        } else {
            product.to_owned()
        };
        let _ = writeln!(
            csv,
            "2024-01-31,{operation},Elsewhere,{id},{product},Odd,Retail,{units},{revenue}"
        );
    }
    csv
}

/// A table of DuckDB's for the sheet.
fn typed(csv: &Path) -> String {
    format!(
        "read_csv('{}', header = true, quote = '\"', escape = '\"', columns = {{'date': 'DATE', 'operation': 'VARCHAR', \
         'region': 'VARCHAR', 'product_id': 'VARCHAR', 'product_name': 'VARCHAR', 'category': 'VARCHAR', \
         'channel': 'VARCHAR', 'units': 'BIGINT', 'revenue': 'DECIMAL(12, 2)'}})",
        csv.display()
    )
}

/// The sheet, ingested as it is.
fn built_in(folder: &Path) -> (PathBuf, PathBuf) {
    let (csv, store) = (folder.join("sales.csv"), folder.join("built-in"));
    fs::write(&csv, sheet()).expect("writes");
    ingest::run(
        &options(&csv, &store, &sales_config()),
        &mut |_| {},
        &mut |_| {},
    )
    .expect("ingests");
    (csv, store)
}

/// What DuckDB makes of the sheet.
fn by_duckdb(folder: &Path, csv: &Path) -> PathBuf {
    let out = folder.join("cells");
    fs::create_dir_all(&out).expect("a folder");
    let sql = rollup_sql(
        Dialect::Duckdb,
        &config(&sales_config()),
        &typed(csv),
        text(&out),
    );
    duckdb(&sql.expect("a query"), folder);
    out
}

#[test]
fn duckdb_rolls_up_to_the_same_bytes() {
    let folder = folder("duckdb");
    let (csv, built_in) = built_in(&folder);
    let cells = by_duckdb(&folder, &csv);
    let store = folder.join("rolled");
    let report = roll_up(&cells, &store, &sales_config()).expect("publishes");
    assert!(report.published, "{}", report.summary);
    assert!(
        report
            .summary
            .starts_with("every rollup agrees with the cells, cell by cell\n"),
        "{}",
        report.summary
    );
    same(&built_in, &store);
    let again = roll_up(&cells, &store, &sales_config()).expect("agrees");
    assert!(!again.published, "{}", again.summary);
    assert_eq!(again.version, report.version);
}

#[test]
fn spark_rolls_up_to_the_same_bytes() {
    let spark = install::python("spark-venv", "tests/rollup/requirements-spark.txt");
    let java = Command::new("java").arg("-version").output();
    assert!(
        java.is_ok_and(|java| java.status.success()),
        "Spark needs Java 17 or newer: apt-get install openjdk-17-jre-headless"
    );
    let folder = folder("spark");
    let (csv, built_in) = built_in(&folder);
    let parquet = folder.join("sales.parquet");
    duckdb(
        &format!(
            "COPY (SELECT * FROM {}) TO '{}' (FORMAT parquet)",
            typed(&csv),
            parquet.display()
        ),
        &folder,
    );
    let (file, out) = (folder.join("spark.sql"), folder.join("cells"));
    let sql = rollup_sql(
        Dialect::Spark,
        &config(&sales_config()),
        "sales",
        text(&out),
    );
    fs::write(&file, sql.expect("a query")).expect("writes");
    python(&spark, &["spark", text(&file), text(&parquet)]);
    let store = folder.join("rolled");
    roll_up(&out, &store, &sales_config()).expect("publishes");
    same(&built_in, &store);
}

#[test]
fn years_and_months_are_rolled_up_too() {
    let folder = folder("monthly");
    let (csv, toml) = (folder.join("sales.csv"), folder.join("dataset.toml"));
    let mut rows = String::from("store,year,month,sold\n");
    for month in 1..=12 {
        for store in ["North", "South"] {
            let _ = writeln!(rows, "{store},2024,{month},{}", month * 7);
        }
    }
    fs::write(&csv, rows).expect("writes");
    let told = "[time]\nyear = \"year\"\nmonth = \"month\"\n[[dimension]]\nname = \"operation\"\ncolumn = \"store\"\n\
                [[measure]]\nname = \"units\"\ncolumn = \"sold\"\n";
    fs::write(&toml, told).expect("writes");
    let built_in = folder.join("built-in");
    ingest::run(&options(&csv, &built_in, &toml), &mut |_| {}, &mut |_| {}).expect("ingests");
    let out = folder.join("cells");
    fs::create_dir_all(&out).expect("a folder");
    let source = format!("read_csv('{}')", csv.display());
    let sql = rollup_sql(Dialect::Duckdb, &config(&toml), &source, text(&out));
    duckdb(&sql.expect("a query"), &folder);
    let store = folder.join("rolled");
    roll_up(&out, &store, &toml).expect("publishes");
    same(&built_in, &store);
}

#[test]
fn every_dialect_is_parsed_by_its_grammar() {
    let environment = environment();
    let folder = folder("parse");
    // Athena runs what Trino runs. Spark's is run instead: this parser does not know its INSERT.
    for (dialect, grammar) in [
        (Dialect::Duckdb, "duckdb"),
        (Dialect::Trino, "trino"),
        (Dialect::Trino, "athena"),
        (Dialect::Bigquery, "bigquery"),
    ] {
        let file = folder.join(format!("{grammar}.sql"));
        let sql = rollup_sql(dialect, &config(&sales_config()), "sales", "out");
        fs::write(&file, sql.expect("a query")).expect("writes");
        python(&environment, &["parse", grammar, text(&file)]);
    }
}

#[test]
fn the_committed_queries_are_those_that_are_made() {
    let deploy = root().join("deploy/rollup");
    let config = config(&deploy.join("dataset.toml"));
    for dialect in Dialect::ALL {
        let out = match dialect {
            Dialect::Duckdb | Dialect::Spark => "rollup",
            Dialect::Trino => "s3://bucket/rollup",
            Dialect::Bigquery => "gs://bucket/rollup",
        };
        let made = rollup_sql(dialect, &config, "sales", out).expect("a query");
        let name = format!("{}.sql", dialect.name());
        let committed = fs::read_to_string(deploy.join(&name)).expect("committed");
        assert!(
            made == committed,
            "deploy/rollup/{name} differs: nearcast rollup-sql --dialect {} --config deploy/rollup/dataset.toml --out {out}",
            dialect.name()
        );
    }
}
