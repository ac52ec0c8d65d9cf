//! Nearcast's answers to the six questions and of its tools, natively and in wasm.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::Command;

use nearcast_ask::{Isolate, Kept, Reply, Terms};
use nearcast_tests::install;
use nearcast_tests::workspace::{root, target};
use serde::Deserialize;

use super::data;
use super::peers::run;
use crate::Result;
use crate::cost::{SAMPLES, Work, median};

/// What Nearcast does for a question.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) cold: Reply,
    pub(super) warm: Reply,
    pub(super) native_cold_s: f64,
    pub(super) native_warm_s: f64,
    pub(super) wasm_cold_s: f64,
    pub(super) wasm_warm_s: f64,
    pub(super) wasm_memory_bytes: u64,
}

/// Nearcast's answer to a question, with so many rows in a ranking.
///
/// # Errors
/// Those of answering.
pub(super) fn ask(question: usize, terms: &Terms, rows: usize) -> Result<Reply> {
    let terms = Terms {
        rows,
        ..terms.clone()
    };
    let isolate = Isolate::new(Kept::new(&data::store()));
    Ok(isolate.reply(&terms.question(question)?, false)?)
}

/// Measures the questions of these numbers.
///
/// # Errors
/// If one cannot be answered, or differently in wasm.
pub(super) fn measure(terms: &Terms, numbers: RangeInclusive<usize>) -> Result<Vec<Measured>> {
    let in_wasm = in_wasm(terms, &numbers)?;
    numbers
        .map(|number| {
            eprintln!("measuring {}: question {number}", terms.dataset);
            let question = terms.question(number)?;
            let isolate = Isolate::new(Kept::new(&data::store()));
            let one = |warm: bool| -> Result<(Reply, f64, &InWasm)> {
                let mode = if warm { "warm" } else { "cold" };
                let wasm = in_wasm
                    .iter()
                    .find(|w| w.question == number && w.mode == mode)
                    .ok_or("a question was not asked in wasm")?;
                // The first time reads, so that what is warm is remembered.
                isolate.ask(&question, warm)?;
                let reply = isolate.reply(&question, warm)?;
                if reply != wasm.reply {
                    return Err(format!("question {number} goes otherwise in wasm").into());
                }
                let mut work = Work::new(std::process::id(), |times| {
                    for _ in 0..times {
                        isolate.ask(&question, warm)?;
                    }
                    Ok(())
                })?;
                for _ in 0..SAMPLES {
                    work.sample()?;
                }
                Ok((reply, work.median_s(), wasm))
            };
            let (cold, native_cold_s, cold_wasm) = one(false)?;
            let (warm, native_warm_s, warm_wasm) = one(true)?;
            Ok(Measured {
                cold,
                warm,
                native_cold_s,
                native_warm_s,
                wasm_cold_s: median(&cold_wasm.cpu_s),
                wasm_warm_s: median(&warm_wasm.cpu_s),
                wasm_memory_bytes: cold_wasm.memory_bytes.max(warm_wasm.memory_bytes),
            })
        })
        .collect()
}

/// What `run.mjs` prints.
#[derive(Debug, Deserialize)]
struct InWasm {
    question: usize,
    mode: String,
    cpu_s: Vec<f64>,
    memory_bytes: u64,
    reply: Reply,
}

fn in_wasm(terms: &Terms, numbers: &RangeInclusive<usize>) -> Result<Vec<InWasm>> {
    let module = module()?;
    eprintln!("measuring {} in wasm", terms.dataset);
    let said = run(Command::new(install::node())
        .arg("--no-warnings")
        .arg(root().join("benches/ask/run.mjs"))
        .arg(module)
        .arg(data::store())
        .args([serde_json::to_string(terms)?, SAMPLES.to_string()])
        .args([numbers.start().to_string(), numbers.end().to_string()]))?;
    Ok(serde_json::from_slice(&said)?)
}

/// The questions as a wasm program, built as the Worker is.
fn module() -> Result<PathBuf> {
    const TARGET: &str = "wasm32-wasip1";
    run(Command::new("rustup").args(["target", "add", TARGET]))
        .map_err(|error| format!("{error}: install Rust with rustup (rustup.rs)"))?;
    eprintln!("building the questions for wasm");
    run(Command::new("cargo")
        .args(["build", "-p", "nearcast-ask", "--target", TARGET])
        .args(["--profile", "wasm", "--target-dir"])
        .arg(target())
        .current_dir(root()))?;
    Ok(target().join(TARGET).join("wasm/nearcast-ask.wasm"))
}
