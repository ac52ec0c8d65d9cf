//! The datasets that are asked, and the source rows that they were made of.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use nearcast::Config;
use nearcast::config::PublicDatasets;
use nearcast::ingest::ingest_csv_bytes;
use nearcast::model::Timestamp;
use nearcast_native::demo;
use nearcast_native::demo_data::{DemoSpec, write_csv};
use nearcast_native::stores::MemoryStore;
use nearcast_tests::stores::{Objects, memory};
use nearcast_tests::workspace::root;

/// 2026-10-01T12:00:00Z: the day after the demo's last.
pub(crate) const NOW: Timestamp = Timestamp(1_790_856_000);
/// Where the links of the answers begin.
pub(crate) const ORIGIN: &str = "https://sales.example.com";
/// Products of the dataset `many`.
const PRODUCTS: usize = 10_000;

/// Names that would get out of a literal, a comment or a fence, if they could.
const QUOTED: &str = r#"date,operation,product_id,product_name,category,units,revenue
2026-01-05,O'Hare'; DROP TABLE sales; --,q'1,```sql,It's -- a /* category */,3,4.50
2026-01-06,O'Hare'; DROP TABLE sales; --,q\'2,"a ""quoted"" \' name",It's -- a /* category */,5,2.25
2026-01-06,Plain,q'1,```sql,It's -- a /* category */,7,10.50
2026-02-07,Plain,q3,') UNION SELECT 1 --,Others,11,1.10
"#;

/// Everything that is asked.
#[derive(Debug)]
pub(crate) struct Data {
    /// The datasets.
    pub(crate) store: MemoryStore,
    /// Who may read them.
    pub(crate) config: Config,
    /// The file with the source rows of each.
    pub(crate) tables: BTreeMap<String, PathBuf>,
}

/// The built-in demo, `odd.csv` with names that mean mischief, and ten thousand products.
///
/// # Panics
/// If they cannot be made.
pub(crate) fn data() -> Data {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("eval");
    fs::create_dir_all(&folder).expect("a folder");
    let mut history = Vec::new();
    // As tests/demo.rs makes the built-in demo.
    let spec = DemoSpec {
        rows: 60_000,
        seed: 42,
        original: false,
    };
    write_csv(&spec, &mut history, |_| {}).expect("demo data");
    let mut tables = BTreeMap::new();
    for (dataset, rows) in [("demo", history)].into_iter().chain(sheets()) {
        let file = folder.join(format!("{dataset}.csv"));
        fs::write(&file, rows).expect("writes");
        tables.insert(dataset.to_owned(), file);
    }
    Data {
        store: memory(&objects()),
        config: config(),
        tables,
    }
}

/// The datasets as a bucket holds them.
///
/// # Panics
/// If they cannot be made.
pub(crate) fn objects() -> Objects {
    let mut objects: Objects = demo::objects();
    for (dataset, rows) in sheets() {
        objects.extend(ingest_csv_bytes(&rows, dataset, NOW).expect("ingests"));
    }
    objects
}

/// Anyone may ask, and links begin at [`ORIGIN`].
pub(crate) fn config() -> Config {
    Config {
        public_datasets: PublicDatasets::All,
        public_url: Some(ORIGIN.into()),
        ..Config::default()
    }
}

/// The rows of the datasets beside the demo.
fn sheets() -> [(&'static str, Vec<u8>); 3] {
    let odd = fs::read(root().join("tests/eval/odd.csv")).expect("committed");
    let many = many().into_bytes();
    [("odd", odd), ("many", many), ("quoted", QUOTED.into())]
}

/// Two months of two operations, in which each product is sold once in each.
fn many() -> String {
    let mut rows = String::from("date,operation,product_id,product_name,category,units,revenue\n");
    for month in 1..=2 {
        for product in 0..PRODUCTS {
            let units = (product * 7919 + month * 31) % 997 + 1;
            let (day, operation) = (product % 28 + 1, ["North", "South"][product % 2]);
            let _ = writeln!(
                rows,
                "2026-{month:02}-{day:02},{operation},W{product:05},Widget {product:05},Kind {},{units},{}.{:02}",
                product % 7,
                units * 3 / 2,
                product % 100
            );
        }
    }
    rows
}
