//! Six questions about generated order lines, beside DuckDB, Polars and pandas on the same lines.

mod data;
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a generator: indices are below the tables' sizes, draws are cut into parts on purpose"
)]
mod lines;
mod ours;
mod peers;
pub(crate) mod tools;

use std::path::Path;

use nearcast_ask::QUESTIONS;
use nearcast_tests::install;

use crate::Result;
use crate::cost::median;
use crate::report::{Bar, Section, Table, ms, number};
use data::Sheet;
use ours::Measured;

/// Rows of the sheets, unless `--rows` says otherwise.
pub(crate) const ROWS: [u64; 3] = [100_000, 1_000_000, 10_000_000];
/// The sheet that the goals are for.
const GOAL_ROWS: u64 = 10_000_000;
/// The sheet whose questions may read little more than that one's.
const LONG_ROWS: u64 = 100_000_000;
/// pandas holds the columns that it is asked for in memory: beyond this they do not fit.
const PANDAS_ROWS_MAX: u64 = 10_000_000;
/// Rows of a ranking that are compared with DuckDB's: as many as one answer may have.
const COMPARED_ROWS: usize = nearcast::limits::ROWS_MAX as usize;
const ENGINES: [&str; 3] = ["duckdb", "polars", "pandas"];

/// The goals at [`GOAL_ROWS`].
const NATIVE_BAR_MS: f64 = 1.0;
const WASM_BAR_MS: f64 = 5.0;
const COLD_ROUNDS_BAR: f64 = 2.0;
const WARM_ROUNDS_BAR: f64 = 1.0;
const RANGES_BAR: f64 = 6.0;
const BYTES_BAR_KB: f64 = 300.0;
const MEMORY_BAR_MB: f64 = 32.0;
/// How many times as much a question may read at [`LONG_ROWS`], and the one with a window.
const GROWTH_BAR: f64 = 1.5;
const WINDOW_GROWTH_BAR: f64 = 3.0;
/// The question with a window of days.
const WINDOW: usize = 3;

/// A sheet with what its questions cost everyone.
struct Compared {
    sheet: Sheet,
    ours: Vec<Measured>,
    /// For each question CPU seconds of each engine, where it was asked.
    theirs: Vec<[Option<f64>; ENGINES.len()]>,
}

/// The part.
///
/// # Errors
/// If something cannot be had, or one cell of one answer is not DuckDB's.
pub(crate) fn section(sizes: &[u64]) -> Result<Section> {
    let python = install::python(
        "bench-questions-venv",
        "benches/peers/requirements-questions.txt",
    );
    let all = sizes
        .iter()
        .map(|&rows| compare(rows, &python))
        .collect::<Result<Vec<_>>>()?;
    Ok(Section {
        title: "Six questions, beside DuckDB, Polars and pandas",
        how: format!(
            "Generated order lines: 5,000 products (sold as 1 / (rank + 10)), 120 operations (the largest has 11.6 % of \
             the rows), three years of days. Nearcast answers from what `nearcast ingest` made of the CSV; the others from \
             one Parquet file that DuckDB wrote of it (zstd, money as whole cents), with one thread, in a process that has \
             asked before (`process_time`, median of 3 to 5). Nearcast: from bytes in memory to the answer's rows; cold \
             parses pointer and manifest each time, warm has the manifest; (CPU of 1 + N times - that of 1) / N, median of \
             {}; wasm is the same code as a wasm32-wasip1 program in Node's V8, built as the Worker is. Memory is the \
             module's `memory.buffer.byteLength` after the answer. Decoded values are rows x columns. Every answer, \
             rankings to {COMPARED_ROWS} rows, equals DuckDB's in every cell, or this run would have failed.",
            crate::cost::SAMPLES
        ),
        tables: vec![cpu(&all), reads(&all), ingests(&all)],
        bars: bars(&all),
    })
}

fn compare(rows: u64, python: &Path) -> Result<Compared> {
    let sheet = data::make(rows, python)?;
    let terms = &sheet.terms;
    eprintln!("comparing the answers with DuckDB's");
    let expected = peers::answers(python, &sheet.parquet, terms, COMPARED_ROWS)?;
    for (question, expected) in (1..).zip(&expected) {
        let reply = ours::ask(question, terms, COMPARED_ROWS)?;
        same(rows, question, "DuckDB", &reply.cells, expected)?;
    }
    let calls = if rows < GOAL_ROWS { 5 } else { 3 };
    let mut theirs = vec![[None; ENGINES.len()]; QUESTIONS.len()];
    for (engine, name) in ENGINES.iter().enumerate() {
        if *name == "pandas" && rows > PANDAS_ROWS_MAX {
            continue;
        }
        eprintln!("measuring lines-{rows}: {name}");
        let costs = peers::costs(python, &sheet.parquet, terms, name, calls)?;
        for ((question, asked), row) in (1..).zip(&costs).zip(&mut theirs) {
            let reply = ours::ask(question, terms, terms.rows)?;
            same(rows, question, name, &reply.cells, &asked.cells)?;
            if let Some(cell) = row.get_mut(engine) {
                *cell = Some(median(&asked.cpu_s));
            }
        }
    }
    let ours = ours::measure(terms, 1..=QUESTIONS.len())?;
    data::tidy_up(&sheet)?;
    Ok(Compared {
        sheet,
        ours,
        theirs,
    })
}

/// Fails with the first cell that differs.
fn same(
    rows: u64,
    question: usize,
    whose: &str,
    ours: &[Vec<String>],
    theirs: &[Vec<String>],
) -> Result<()> {
    let at = ours.iter().zip(theirs).position(|(a, b)| a != b);
    let (row, a, b) = match at {
        Some(row) => (row, ours.get(row), theirs.get(row)),
        None if ours.len() == theirs.len() => return Ok(()),
        None => {
            let row = ours.len().min(theirs.len());
            (row, ours.get(row), theirs.get(row))
        }
    };
    Err(format!(
        "{rows} rows, question {question}, row {}: Nearcast says {a:?}, {whose} {b:?}",
        row + 1
    )
    .into())
}

fn cpu(all: &[Compared]) -> Table {
    let mut table = Table::new(&[
        "CPU per question",
        "Rows",
        "Native, warm",
        "Native, cold",
        "wasm, warm",
        "wasm, cold",
        "DuckDB",
        "Polars",
        "pandas",
        "DuckDB / native, warm",
        "Polars / native, warm",
        "pandas / native, warm",
    ]);
    for compared in all {
        for ((name, ours), theirs) in QUESTIONS.iter().zip(&compared.ours).zip(&compared.theirs) {
            let mut row = vec![(*name).to_owned(), count(compared.sheet.rows)];
            row.extend(
                [
                    ours.native_warm_s,
                    ours.native_cold_s,
                    ours.wasm_warm_s,
                    ours.wasm_cold_s,
                ]
                .map(ms),
            );
            row.extend(theirs.map(|s| s.map_or_else(|| "-".into(), ms)));
            row.extend(theirs.map(|s| {
                s.map_or_else(
                    || "-".into(),
                    |s| format!("{} x", number(s / ours.native_warm_s)),
                )
            }));
            table.rows.push(row);
        }
    }
    table
}

fn reads(all: &[Compared]) -> Table {
    let mut table = Table::new(&[
        "What a question reads",
        "Rows",
        "Grain",
        "Rounds, cold",
        "Rounds, warm",
        "Ranges, warm",
        "KB, warm",
        "KB, cold",
        "Decoded values",
        "wasm memory, MB",
    ]);
    for compared in all {
        for (name, ours) in QUESTIONS.iter().zip(&compared.ours) {
            table.row([
                (*name).to_owned(),
                count(compared.sheet.rows),
                ours.warm.grain.clone(),
                ours.cold.rounds.to_string(),
                ours.warm.rounds.to_string(),
                ours.warm.ranges.to_string(),
                number(kb(ours.warm.bytes)),
                number(kb(ours.cold.bytes)),
                count(ours.warm.values),
                number(kb(ours.wasm_memory_bytes) / 1024.0),
            ]);
        }
    }
    table
}

fn ingests(all: &[Compared]) -> Table {
    let mut table = Table::new(&[
        "`nearcast ingest` of the CSV",
        "CSV, MB",
        "Version, MB",
        "Time",
        "CPU",
        "Rows a second",
        "Peak memory, MB",
    ]);
    for Compared { sheet, .. } in all {
        table.row([
            format!("{} rows", count(sheet.rows)),
            number(kb(sheet.csv_bytes) / 1024.0),
            number(kb(sheet.version_bytes) / 1024.0),
            format!("{} s", number(sheet.ingest.wall_s)),
            format!("{} s", number(sheet.ingest.cpu_s)),
            number(float(sheet.rows) / sheet.ingest.wall_s),
            number(kb(sheet.ingest.peak_bytes) / 1024.0),
        ]);
    }
    table
}

fn bars(all: &[Compared]) -> Vec<Bar> {
    let of = |rows| all.iter().find(|compared| compared.sheet.rows == rows);
    let Some(goal) = of(GOAL_ROWS) else {
        return Vec::new();
    };
    let worst = |what: fn(&Measured) -> f64| goal.ours.iter().map(what).fold(0.0, f64::max);
    let peak_mb = kb(goal.sheet.ingest.peak_bytes) / 1024.0;
    let mut bars = vec![
        Bar::below(
            "10 M rows, native CPU, warm (worst)",
            1e3 * worst(|m| m.native_warm_s),
            NATIVE_BAR_MS,
            "ms",
        ),
        Bar::below(
            "10 M rows, native CPU, cold (worst)",
            1e3 * worst(|m| m.native_cold_s),
            NATIVE_BAR_MS,
            "ms",
        ),
        Bar::below(
            "10 M rows, wasm CPU, warm (worst)",
            1e3 * worst(|m| m.wasm_warm_s),
            WASM_BAR_MS,
            "ms",
        ),
        Bar::below(
            "10 M rows, wasm CPU, cold (worst)",
            1e3 * worst(|m| m.wasm_cold_s),
            WASM_BAR_MS,
            "ms",
        ),
        Bar::at_most(
            "10 M rows, rounds, cold (worst)",
            worst(|m| f64::from(m.cold.rounds)),
            COLD_ROUNDS_BAR,
            "",
        ),
        Bar::at_most(
            "10 M rows, rounds, warm (worst)",
            worst(|m| f64::from(m.warm.rounds)),
            WARM_ROUNDS_BAR,
            "",
        ),
        Bar::at_most(
            "10 M rows, ranges, cold (worst)",
            worst(|m| float(m.cold.ranges as u64)),
            RANGES_BAR,
            "",
        ),
        Bar::at_most(
            "10 M rows, bytes, warm (worst)",
            worst(|m| kb(m.warm.bytes)),
            BYTES_BAR_KB,
            "KB",
        ),
        Bar::at_most(
            "10 M rows, bytes, cold (worst)",
            worst(|m| kb(m.cold.bytes)),
            BYTES_BAR_KB,
            "KB",
        ),
        Bar::below(
            "10 M rows, wasm memory (worst)",
            worst(|m| kb(m.wasm_memory_bytes) / 1024.0),
            MEMORY_BAR_MB,
            "MB",
        ),
        Bar::below("10 M rows, peak memory of ingest", peak_mb, 1024.0, "MB"),
        Bar::at_least(
            "10 M rows, rows ingested a second",
            float(goal.sheet.rows) / goal.sheet.ingest.wall_s,
            1e6,
            "",
        ),
    ];
    if let Some(long) = of(LONG_ROWS) {
        bars.extend(growth_bars(goal, long));
    }
    bars
}

/// What ten times as many rows may add to what a question reads.
fn growth_bars(goal: &Compared, long: &Compared) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (question, (before, after)) in (1..).zip(goal.ours.iter().zip(&long.ours)) {
        let bar = if question == WINDOW {
            WINDOW_GROWTH_BAR
        } else {
            GROWTH_BAR
        };
        let (before, after) = (&before.warm, &after.warm);
        for (what, growth) in [
            ("bytes", growth(before.bytes, after.bytes)),
            ("ranges", growth(before.ranges as u64, after.ranges as u64)),
            ("decoded values", growth(before.values, after.values)),
        ] {
            let what = format!("100 M rows / 10 M rows, question {question}, {what}");
            bars.push(Bar::at_most(what, growth, bar, "x"));
        }
    }
    bars
}

/// How many times as much; a question that reads nothing does not grow by reading nothing.
fn growth(before: u64, after: u64) -> f64 {
    if before == after {
        return 1.0;
    }
    float(after) / float(before)
}

fn count(value: u64) -> String {
    number(float(value))
        .split('.')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn kb(bytes: u64) -> f64 {
    float(bytes) / 1024.0
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53")]
fn float(value: u64) -> f64 {
    value as f64
}
