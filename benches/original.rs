//! Beside what Nearcast replaces: Python that reads the whole CSV for each call, with pandas and Prophet.

use std::path::Path;
use std::process::Command;

use nearcast_tests::install;
use nearcast_tests::workspace::root;
use serde::Deserialize;
use serde_json::Value;

use crate::cost::{median, wall_s};
use crate::data::Sheet;
use crate::questions::{asked, message};
use crate::report::{Bar, Section, Table, ms, number};
use crate::{Result, cpu, data, start};

/// The goal: so many times less CPU per request.
const WARM_BAR: f64 = 100.0;
/// The goal: so many times faster from the start of the process to the first answer.
const START_BAR: f64 = 20.0;
/// Fresh starts of which the median is taken.
const STARTS: usize = 3;
/// Calls in one process of which the median is taken, the first one left out.
const CALLS: usize = 6;

/// The tools that the original system has, as Nearcast's label and the script's name.
const TOOLS: [(&str, &str); 2] = [("top_n_products", "top"), ("forecast_sales", "forecast")];

#[derive(Debug, Deserialize)]
struct Answered {
    answer: Value,
    calls: Vec<Call>,
}

#[derive(Debug, Deserialize)]
struct Call {
    cpu_s: f64,
}

fn run(command: &mut Command) -> Result<Vec<u8>> {
    let done = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if done.status.success() {
        return Ok(done.stdout);
    }
    Err(format!(
        "{command:?} failed: {}",
        String::from_utf8_lossy(&done.stderr)
    )
    .into())
}

fn call(python: &Path, csv: &Path, tool: &str, calls: usize) -> Result<Answered> {
    let script = root().join("benches/peers/original.py");
    let said = run(Command::new(python)
        .arg(script)
        .arg(csv)
        .arg(tool)
        .arg(calls.to_string()))?;
    Ok(serde_json::from_slice(&said)?)
}

/// Both rank the same products with the same units, or the comparison is worth nothing.
fn check_ranking(ours: &Value, theirs: &Value) -> Result<()> {
    let rows = ours["rows"].as_array().ok_or("the ranking has no rows")?;
    let theirs = theirs.as_array().ok_or("the peer's ranking has no rows")?;
    let units = |row: &Value| {
        row["value"]
            .as_i64()
            .or_else(|| row["value"].as_str()?.parse().ok())
    };
    let same = rows.len() == theirs.len()
        && rows
            .iter()
            .zip(theirs)
            .all(|(a, b)| a["id"] == b["product"] && units(a) == b["units"].as_i64());
    if same {
        Ok(())
    } else {
        Err(format!("pandas ranks otherwise: {theirs:?} but {rows:?}").into())
    }
}

/// What both took for one question about one sheet, seconds.
struct Compared {
    label: &'static str,
    source: String,
    their_call_s: f64,
    native_call_s: f64,
    wasm_call_s: f64,
    their_start_s: f64,
    native_start_s: f64,
    module_start_s: f64,
}

fn compare(python: &Path, sheet: &Sheet, label: &'static str, tool: &str) -> Result<Compared> {
    eprintln!("the original: {}: {label}", sheet.dataset);
    let measured = cpu::measured()?;
    let ours = measured
        .iter()
        .find(|m| m.dataset == sheet.dataset && m.label == label)
        .ok_or("a question was not measured")?;
    let many = call(python, &sheet.csv, tool, CALLS)?;
    if tool == "top" {
        check_ranking(&ours.answer, &many.answer)?;
    }
    let costs: Vec<f64> = many.calls.iter().skip(1).map(|call| call.cpu_s).collect();
    let starts: Vec<f64> = (0..STARTS)
        .map(|_| Ok(wall_s(|| call(python, &sheet.csv, tool, 1))?.0))
        .collect::<Result<_>>()?;
    let arguments = asked()
        .into_iter()
        .find(|(known, ..)| *known == label)
        .map(|(.., arguments)| arguments);
    let message = message(&sheet.dataset, label, &arguments.unwrap_or_default());
    let rows = number(f64::from(u32::try_from(sheet.rows)?));
    let kind = if sheet.original { "monthly" } else { "daily" };
    Ok(Compared {
        label,
        source: format!("{} order lines, {kind} sheet of {rows} rows", sheet.lines),
        their_call_s: median(&costs),
        native_call_s: ours.native_s,
        wasm_call_s: ours.wasm_s,
        their_start_s: median(&starts),
        native_start_s: start::native(&message)?.first_answer_s,
        module_start_s: start::in_workerd()?.answer_s(),
    })
}

/// The part.
///
/// # Errors
/// If Python cannot be had, or answers otherwise.
pub(crate) fn section() -> Result<Section> {
    let python = install::python("bench-venv", "benches/peers/requirements.txt");
    let mut all = Vec::new();
    for sheet in data::sheets()? {
        for (label, tool) in TOOLS {
            all.push(compare(&python, &sheet, label, tool)?);
        }
    }
    let mut warm = Table::new(&[
        "CPU per call",
        "Source",
        "Original",
        "Native",
        "In workerd",
        "Original / native",
        "Original / workerd",
    ]);
    let mut cold = Table::new(&[
        "Start to first answer",
        "Source",
        "Original",
        "Native",
        "Added to workerd",
        "Original / native",
        "Original / workerd",
    ]);
    let row = |table: &mut Table, c: &Compared, [theirs, native, wasm]: [f64; 3]| {
        let times = |ours: f64| format!("{} x", number(theirs / ours));
        table.row([
            c.label.into(),
            c.source.clone(),
            ms(theirs),
            ms(native),
            ms(wasm),
            times(native),
            times(wasm),
        ]);
    };
    for c in &all {
        row(
            &mut warm,
            c,
            [c.their_call_s, c.native_call_s, c.wasm_call_s],
        );
        row(
            &mut cold,
            c,
            [c.their_start_s, c.native_start_s, c.module_start_s],
        );
    }
    let least = |ratio: fn(&Compared) -> f64| all.iter().map(ratio).fold(f64::INFINITY, f64::min);
    Ok(Section {
        title: "Beside the original: Python, pandas and Prophet",
        how: format!(
            "`benches/peers/original.py` reads the CSV for each call, as the original does; Nearcast has ingested the same \
             file. First table: CPU time of a call in a process that has answered before (median of {}), children \
             included. Second: wall time from the start of the process to its first answer (median of {STARTS}, of \
             Nearcast's 7), files in the disk cache; for the Worker it is what it adds to workerd's own start until `top_n_products` is answered. Prophet is imported for forecasts only. \
             The rankings of both are compared.",
            CALLS - 1
        ),
        tables: vec![warm, cold],
        bars: vec![
            Bar::times(
                "CPU per call, original / native (least)",
                least(|c| c.their_call_s / c.native_call_s),
                WARM_BAR,
            ),
            Bar::times(
                "CPU per call, original / workerd (least)",
                least(|c| c.their_call_s / c.wasm_call_s),
                WARM_BAR,
            ),
            Bar::times(
                "Start to first answer, original / native (least)",
                least(|c| c.their_start_s / c.native_start_s),
                START_BAR,
            ),
            Bar::times(
                "Start to first answer, original / what the Worker adds to workerd (least)",
                least(|c| c.their_start_s / c.module_start_s),
                START_BAR,
            ),
        ],
    })
}
