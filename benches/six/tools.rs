//! The thirteen tools at ten million rows: what a call costs, and what it reads.

use nearcast_ask::{FORECASTS, QUESTIONS, TOOLS};
use nearcast_tests::install;

use super::ours::{self, Measured};
use super::{GOAL_ROWS, count, data, kb};
use crate::Result;
use crate::report::{Bar, Section, Table, ms, number};

/// The goal of every tool that does not forecast, in wasm.
const BAR_MS: f64 = 10.0;

/// The part. The questions' part makes the sheet that this one asks, if it was not made yet.
///
/// # Errors
/// If something cannot be had, or a tool answers otherwise in wasm.
pub(crate) fn section() -> Result<Section> {
    let terms = data::terms(GOAL_ROWS);
    if !data::store().join(&terms.dataset).exists() {
        let python = install::python(
            "bench-questions-venv",
            "benches/peers/requirements-questions.txt",
        );
        data::make(GOAL_ROWS, &python)?;
    }
    let first = QUESTIONS.len() + 1;
    let measured = ours::measure(&terms, first..=QUESTIONS.len() + TOOLS.len())?;
    let mut costs = Table::new(&[
        "CPU per call",
        "Native, warm",
        "Native, cold",
        "wasm, warm",
        "wasm, cold",
        "wasm memory, MB",
    ]);
    let mut reads = Table::new(&[
        "What a call reads",
        "Grain",
        "Rounds, cold",
        "Rounds, warm",
        "Ranges, warm",
        "KB, warm",
        "KB, cold",
        "Decoded values",
    ]);
    for ((label, ..), m) in TOOLS.iter().zip(&measured) {
        costs.row([
            (*label).to_owned(),
            ms(m.native_warm_s),
            ms(m.native_cold_s),
            ms(m.wasm_warm_s),
            ms(m.wasm_cold_s),
            number(kb(m.wasm_memory_bytes) / 1024.0),
        ]);
        reads.row([
            (*label).to_owned(),
            m.warm.grain.clone(),
            m.cold.rounds.to_string(),
            m.warm.rounds.to_string(),
            m.warm.ranges.to_string(),
            number(kb(m.warm.bytes)),
            number(kb(m.cold.bytes)),
            count(m.warm.values),
        ]);
    }
    Ok(Section {
        title: "Thirteen tools at ten million rows",
        how: format!(
            "The sheet of ten million lines of the six questions, asked with every tool: from bytes in memory to the text \
             and the structured answer, as MCP has them; measured as the six questions are. What forecasts ({}) has other \
             goals, and stands here to be compared.",
            FORECASTS.join(", ")
        ),
        tables: vec![costs, reads],
        bars: bars(&measured),
    })
}

fn bars(measured: &[Measured]) -> Vec<Bar> {
    let forecasts = |label: &str| FORECASTS.iter().any(|tool| label.starts_with(tool));
    let worst = |what: fn(&Measured) -> f64| {
        let all = TOOLS.iter().zip(measured);
        let plain = all.filter(|((label, ..), _)| !forecasts(label));
        let worst = plain.max_by(|(_, a), (_, b)| what(a).total_cmp(&what(b)));
        worst.map_or((f64::NAN, ""), |((label, ..), m)| (what(m), label))
    };
    let mut bars = Vec::new();
    for (state, what) in [
        ("warm", (|m| m.wasm_warm_s) as fn(&Measured) -> f64),
        ("cold", |m| m.wasm_cold_s),
    ] {
        let (seconds, label) = worst(what);
        eprintln!("the dearest tool in wasm, {state}: {label}");
        bars.push(Bar::below(
            format!("10 M rows, wasm CPU of a tool that does not forecast, {state} (worst)"),
            1e3 * seconds,
            BAR_MS,
            "ms",
        ));
    }
    bars
}
