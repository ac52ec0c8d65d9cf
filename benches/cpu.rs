//! CPU per request for each tool, in native code and in wasm, and what each question asks of the store.

use std::sync::{Mutex, OnceLock};

use nearcast::app::{RequestContext, respond};
use nearcast::auth::KeySet;
use nearcast::engine::Memory;
use nearcast::{Config, config};
use nearcast_native::serve::now;
use nearcast_native::stores::MemoryStore;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::cost::{SAMPLES, Work};
use crate::questions::{asked, message, request, structured};
use crate::report::{Bar, Section, Table, ms, number};
use crate::workerd::{Workerd, config as worker_config};
use crate::{Result, data};

/// The goal for a question that is no forecast, seconds.
const QUESTION_BAR_S: f64 = 0.010;
/// The goal for a monthly or weekly forecast with model choice, seconds.
const FORECAST_BAR_S: f64 = 0.008;
/// The goal for a daily forecast over three years, seconds.
const DAILY_BAR_S: f64 = 0.050;
/// Dependent rounds of a question.
const ROUNDS_BAR: f64 = 2.0;
/// Bytes of a question, KB.
const BYTES_BAR_KB: f64 = 300.0;

/// What one question about one dataset cost.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    pub(crate) dataset: String,
    pub(crate) label: &'static str,
    pub(crate) native_s: f64,
    pub(crate) wasm_s: f64,
    pub(crate) answer: Value,
    grain: String,
    rounds: u32,
    ranges: usize,
    bytes: u64,
}

/// The native core with a store in memory.
struct Native {
    runtime: Runtime,
    config: Config,
    context: RequestContext,
    store: MemoryStore,
}

impl Native {
    fn new(store: MemoryStore) -> Result<Self> {
        let pairs =
            [(config::PUBLIC_DATASETS, "*")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        Ok(Self {
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
            config: Config::from_pairs(pairs)?,
            context: RequestContext {
                now: now(),
                keys: KeySet::default(),
                request_id: String::new(),
                memory: Memory::default(),
            },
            store,
        })
    }

    fn ask(&self, message: &Value) -> Result<nearcast::app::Outcome> {
        let request = request(message)?;
        Ok(self
            .runtime
            .block_on(respond(request, &self.context, &self.config, &self.store)))
    }
}

/// Every question about every dataset, measured once in a run.
///
/// # Errors
/// If an answer is not one, or differs between native code and wasm.
pub(crate) fn measured() -> Result<Vec<Measured>> {
    static DONE: OnceLock<Mutex<Vec<Measured>>> = OnceLock::new();
    if let Some(done) = DONE.get() {
        return Ok(done
            .lock()
            .map_err(|_| "a measurement failed before")?
            .clone());
    }
    let sheets = data::sheets()?;
    let datasets: Vec<&str> = std::iter::once("demo")
        .chain(sheets.iter().map(|s| s.dataset.as_str()))
        .collect();
    let mut questions = Vec::new();
    for dataset in datasets {
        // The original sheet knows months only.
        let fits = |label: &str| !dataset.starts_with("monthly") || !label.contains(", ");
        for (label, tool, arguments) in asked().into_iter().filter(|(label, ..)| fits(label)) {
            questions.push((
                dataset.to_owned(),
                label,
                message(dataset, tool, &arguments),
            ));
        }
    }
    let objects = data::objects()?;
    let messages: Vec<Value> = questions
        .iter()
        .map(|(_, _, message)| message.clone())
        .collect();
    let workerd = Workerd::start(&worker_config(&objects, &messages)?)?;
    let native = Native::new(MemoryStore::new(objects))?;
    let mut all = Vec::new();
    for (at, (dataset, label, message)) in questions.into_iter().enumerate() {
        eprintln!("asking {dataset}: {label}");
        let outcome = native.ask(&message)?;
        let answer = structured(outcome.response.body())?;
        let in_wasm = workerd.ask(at, 1)?;
        if in_wasm.body != *outcome.response.body() {
            return Err(format!("{dataset}: {label}: native and wasm answer differently").into());
        }
        let mut here = Work::new(std::process::id(), |times| {
            for _ in 0..times {
                native.ask(&message)?;
            }
            Ok(())
        })?;
        let mut there = Work::new(workerd.pid(), |times| workerd.ask(at, times).map(drop))?;
        for _ in 0..SAMPLES {
            here.sample()?;
            there.sample()?;
        }
        let audit = outcome.audit;
        all.push(Measured {
            dataset,
            label,
            native_s: here.median_s(),
            wasm_s: there.median_s(),
            answer,
            grain: audit.grain.unwrap_or_else(|| "manifest".into()),
            rounds: audit.usage.rounds,
            ranges: audit.usage.ranges,
            bytes: audit.usage.bytes,
        });
    }
    let _ = DONE.set(Mutex::new(all.clone()));
    Ok(all)
}

/// The part.
///
/// # Errors
/// Those of [`measured`].
pub(crate) fn section() -> Result<Section> {
    let all = measured()?;
    let mut cpu = Table::new(&[
        "Question",
        "Dataset",
        "Native",
        "In workerd",
        "wasm / native",
    ]);
    let mut reads = Table::new(&["Question", "Dataset", "Grain", "Rounds", "Ranges", "KB"]);
    for m in &all {
        cpu.row([
            m.label.into(),
            m.dataset.clone(),
            ms(m.native_s),
            ms(m.wasm_s),
            number(m.wasm_s / m.native_s),
        ]);
        reads.row([
            m.label.into(),
            m.dataset.clone(),
            m.grain.clone(),
            m.rounds.to_string(),
            m.ranges.to_string(),
            number(kb(m.bytes)),
        ]);
    }
    let worst = |what: &dyn Fn(&Measured) -> f64, of: &dyn Fn(&&Measured) -> bool| {
        all.iter().filter(of).map(what).fold(0.0, f64::max)
    };
    let is_forecast = |m: &&Measured| m.label.starts_with("forecast");
    let is_daily = |m: &&Measured| m.label.ends_with("daily");
    let bars = vec![
        Bar::below(
            "CPU in workerd, monthly or weekly forecast (worst)",
            1e3 * worst(&|m| m.wasm_s, &|m| is_forecast(m) && !is_daily(m)),
            1e3 * FORECAST_BAR_S,
            "ms",
        ),
        Bar::below(
            "CPU in workerd, daily forecast over three years (worst)",
            1e3 * worst(&|m| m.wasm_s, &is_daily),
            1e3 * DAILY_BAR_S,
            "ms",
        ),
        Bar::below(
            "CPU in workerd, other questions (worst)",
            1e3 * worst(&|m| m.wasm_s, &|m| !is_forecast(m)),
            1e3 * QUESTION_BAR_S,
            "ms",
        ),
        Bar::at_most(
            "Rounds of a question (worst)",
            worst(&|m| f64::from(m.rounds), &|_| true),
            ROUNDS_BAR,
            "",
        ),
        Bar::below(
            "Bytes of a question (worst)",
            worst(&|m| kb(m.bytes), &|_| true),
            BYTES_BAR_KB,
            "KB",
        ),
    ];
    Ok(Section {
        title: "CPU per request, and what it reads",
        how: format!(
            "One MCP `tools/call` from request to response over objects in memory: natively through \
             `nearcast::app::respond`, in wasm through the shipped Worker in workerd (translation from and to JavaScript \
             included). (CPU time of 1 + N requests - that of 1) / N, N from 10 so that a sample takes 40 ms, median of \
             {SAMPLES}, both alternating; CPU time as the kernel's scheduler accounts it to the process, compiler and \
             garbage collector included. The answers of both are compared byte for byte first. Dataset `daily-N` comes \
             from N order lines, `monthly-N` from the original system's six columns made of N order lines."
        ),
        tables: vec![cpu, reads],
        bars,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
fn kb(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}
