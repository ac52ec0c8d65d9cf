//! Rollups that are not whole, or not those of the query.

use std::fs;
use std::path::{Path, PathBuf};

use super::{by_duckdb, config, duckdb, folder, roll_up, sales_config, sheet, text};
use nearcast_native::rollups::{Dialect, rollup_sql};

/// What DuckDB makes of the sheet, changed, in a folder of its own.
fn changed(from: &Path, name: &str, select: &str) -> PathBuf {
    let out = from.with_file_name(name);
    fs::create_dir_all(&out).expect("a folder");
    let cells = from.join("cells.parquet");
    let select = select.replace("CELLS", &format!("'{}'", cells.display()));
    let sql = format!(
        "COPY ({select}) TO '{}/cells.parquet' (FORMAT parquet)",
        out.display()
    );
    duckdb(&sql, from.parent().expect("a folder"));
    out
}

fn refusal(cells: &Path, parts: &[&str]) {
    let store = cells.with_file_name("refused");
    let error = roll_up(cells, &store, &sales_config())
        .expect_err("is refused")
        .to_string();
    for part in parts {
        assert!(error.contains(part), "{part:?} in: {error}");
    }
    assert!(!store.join("sales/current.json").exists(), "{error}");
}

#[test]
fn what_is_not_whole_is_not_published() {
    let folder = folder("refused");
    let csv = folder.join("sales.csv");
    fs::write(&csv, sheet()).expect("writes");
    let cells = by_duckdb(&folder, &csv);
    let disagree = "do not agree with their own cells";

    // A part is missing.
    let lost = changed(
        &cells,
        "lost",
        "SELECT * FROM CELLS WHERE grain > 0 OR name_operation <> 'Tucson'",
    );
    refusal(
        &lost,
        &[
            disagree,
            "operation x month, Tucson",
            "revenue differs by -",
        ],
    );
    // Everything is there twice, so that it agrees with itself.
    let twice = changed(&cells, "twice", "SELECT * FROM CELLS");
    fs::copy(cells.join("cells.parquet"), twice.join("again.parquet")).expect("copies");
    refusal(&twice, &["the total of everything is there 2 times"]);
    // The cells twice, the rollups once.
    let double = changed(
        &cells,
        "double",
        "SELECT * FROM CELLS UNION ALL SELECT * FROM CELLS WHERE grain = 0",
    );
    refusal(&double, &[disagree, "all: "]);
    // Two cells changed so that every total is the same.
    let moved = changed(
        &cells,
        "moved",
        "SELECT * REPLACE (sum_revenue + CASE WHEN grain = 0 AND row_number() OVER (PARTITION BY grain, name_operation \
         ORDER BY day, name_product, name_channel) = 1 THEN CASE name_operation WHEN 'Dallas' THEN 1 WHEN 'Austin' THEN -1 \
         ELSE 0 END ELSE 0 END AS sum_revenue) FROM CELLS",
    );
    refusal(
        &moved,
        &[disagree, "operation x month", "revenue differs by 1"],
    );
    // A rollup is missing.
    let bare = changed(&cells, "bare", "SELECT * FROM CELLS WHERE grain = 0");
    refusal(&bare, &[disagree]);
}

#[test]
fn what_the_query_did_not_write_is_not_read() {
    let folder = folder("strange");
    let csv = folder.join("sales.csv");
    fs::write(&csv, sheet()).expect("writes");
    let cells = by_duckdb(&folder, &csv);

    let column = changed(&cells, "column", "SELECT * EXCLUDE (sum_units) FROM CELLS");
    refusal(
        &column,
        &["cells.parquet has no column \"sum_units\"", "rollup-sql"],
    );
    let kind = changed(
        &cells,
        "kind",
        "SELECT * REPLACE (CAST(sum_units AS DOUBLE) AS sum_units) FROM CELLS",
    );
    refusal(&kind, &["sum_units", "Float64", "not Int64"]);
    let grain = changed(
        &cells,
        "grain",
        "SELECT * REPLACE (grain + 1000 AS grain) FROM CELLS",
    );
    refusal(&grain, &["a cell of grain 1000"]);
    let undated = changed(
        &cells,
        "undated",
        "SELECT * REPLACE (CASE WHEN grain = 0 AND name_operation = 'Tucson' THEN NULL ELSE day END AS day) FROM CELLS",
    );
    refusal(&undated, &["rows have no date"]);
    let null = changed(
        &cells,
        "null",
        "SELECT * REPLACE (NULLIF(sum_units, 5) AS sum_units) FROM CELLS",
    );
    refusal(&null, &["sum_units", "has nulls"]);

    let cut = changed(&cells, "cut", "SELECT * FROM CELLS");
    let bytes = fs::read(cut.join("cells.parquet")).expect("a file");
    fs::write(cut.join("cells.parquet"), &bytes[..bytes.len() / 2]).expect("writes");
    refusal(&cut, &["does not decode"]);
    let beside = changed(&cells, "beside", "SELECT * FROM CELLS");
    fs::write(beside.join("readme.txt"), "what is this").expect("writes");
    refusal(&beside, &["readme.txt is not a Parquet file"]);
    fs::rename(beside.join("readme.txt"), beside.join("_SUCCESS")).expect("renames");
    roll_up(&beside, &beside.with_file_name("fine"), &sales_config()).expect("publishes");
    let empty = cells.with_file_name("empty");
    fs::create_dir_all(&empty).expect("a folder");
    refusal(&empty, &["holds no files"]);
    refusal(&cells.join("cells.parquet"), &["is not a folder"]);
}

#[test]
fn decimals_are_rounded_only_where_the_owner_says_so() {
    let folder = folder("decimals");
    let (csv, toml) = (folder.join("sales.csv"), folder.join("dataset.toml"));
    fs::write(
        &csv,
        "day,shop,paid\n2024-01-01,a,1.255\n2024-01-02,b,-1.255\n",
    )
    .expect("writes");
    let told = "[time]\ndate = \"day\"\n[[dimension]]\nname = \"operation\"\ncolumn = \"shop\"\n\
                [[measure]]\nname = \"revenue\"\ncolumn = \"paid\"\ncurrency = \"USD\"\n";
    let source = format!(
        "read_csv('{}', columns = {{'day': 'DATE', 'shop': 'VARCHAR', 'paid': 'DECIMAL(9, 3)'}})",
        csv.display()
    );
    let out = folder.join("cells");
    fs::create_dir_all(&out).expect("a folder");
    let publish = |told: &str| {
        fs::write(&toml, told).expect("writes");
        let sql = rollup_sql(Dialect::Duckdb, &config(&toml), &source, text(&out));
        duckdb(&sql.expect("a query"), &folder);
        roll_up(&out, &folder.join("store"), &toml)
    };
    let error = publish(told).expect_err("finer than cents").to_string();
    assert!(
        error.contains("2 values have more decimals") && error.contains("revenue"),
        "{error}"
    );
    let report = publish(&format!("{told}scale = 2\n")).expect("publishes");
    assert!(
        report.summary.contains("2 values were rounded"),
        "{}",
        report.summary
    );
    let report = publish(&format!("{told}scale = 3\n")).expect("publishes");
    assert!(!report.summary.contains("rounded"), "{}", report.summary);
}

#[test]
fn a_query_needs_to_be_told_everything() {
    let folder = folder("untold");
    let toml = folder.join("dataset.toml");
    let measure = "[[measure]]\nname = \"units\"\ncolumn = \"u\"\n";
    for (told, part) in [
        (measure, "[time]"),
        ("[time]\ndate = \"d\"\n", "[[measure]]"),
        (
            &format!("[time]\ndate = \"d\"\nformat = \"dd/mm/yyyy\"\n{measure}"),
            "cast \"d\"",
        ),
    ] {
        fs::write(&toml, told).expect("writes");
        let error = rollup_sql(Dialect::Spark, &config(&toml), "t", "out").expect_err(told);
        assert!(error.message().contains(part), "{error}");
    }
    // Names are quoted, whatever is in them.
    let told =
        "[time]\ndate = \"a \\\"b\\\" `c`\"\n[[measure]]\nname = \"units\"\ncolumn = \"u\"\n";
    fs::write(&toml, told).expect("writes");
    let sql = |dialect| rollup_sql(dialect, &config(&toml), "t", "it's").expect("a query");
    assert!(sql(Dialect::Trino).contains("CAST(\"a \"\"b\"\" `c`\" AS DATE)"));
    assert!(sql(Dialect::Spark).contains("CAST(`a \"b\" ``c``` AS DATE)"));
    assert!(sql(Dialect::Trino).contains("'it''s'"));
}
