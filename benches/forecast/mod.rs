//! Forecasts of generated series, natively and in wasm, beside statsforecast's median ensemble and Prophet.

mod batch;
mod nodes;
mod series;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nearcast_ask::History;
use nearcast_tests::install;
use nearcast_tests::workspace::{root, target};
use serde::Deserialize;

use crate::Result;
use crate::cost::{SAMPLES, Work, median};
use crate::report::{Bar, Section, Table, ms, number};
use batch::run;

/// The goals in wasm, ms.
const SHORT_BAR_MS: f64 = 8.0;
const DAILY_BAR_MS: f64 = 50.0;
const NODES_BAR_MS: f64 = 50.0;
/// How many times less CPU than the peers, at least.
const ENSEMBLE_BAR: f64 = 1.0;
const PROPHET_BAR: f64 = 30.0;
/// Calls of a peer of which the median is taken.
const ENSEMBLE_CALLS: u32 = 9;
const PROPHET_CALLS: u32 = 5;
/// The files of the histories and of the trees of them, in the benchmark's folder.
const FILE: &str = "histories.json";
const NODES_FILE: &str = "nodes.json";
const MODELS: [&str; 2] = ["auto", "prophet"];

/// What one history costs everyone, CPU seconds; ours for each of [`MODELS`].
struct Compared {
    history: History,
    native_s: [f64; MODELS.len()],
    wasm_s: [f64; MODELS.len()],
    ensemble_s: f64,
    prophet_s: f64,
}

/// The part.
///
/// # Errors
/// If something cannot be had, or wasm gives other bits than native code.
pub(crate) fn section(public: Option<&Path>) -> Result<Section> {
    let python = install::python(
        "bench-forecast-venv",
        "benches/peers/requirements-forecast.txt",
    );
    let module = module()?;
    let all = compare(&module, &python)?;
    let trees = trees(&module)?;
    eprintln!("measuring a batch");
    let seconds = batch::generated()?;
    let mut how = format!(
        "Generated series: ten years of months (12 ahead), three years of weeks (13) and of days (28), three of each. \
         Nearcast: from values to estimates and two intervals with the exam that the answer shows; (CPU of 11 forecasts - \
         that of 1) / 10, median of {SAMPLES}; wasm is the same code as a wasm32-wasip1 program in Node's V8, built as the \
         Worker is, and its answers are those of native code to the bit, or this run would have failed. Peers: Python, \
         one thread, CPU of a call in a process that has forecast before (median of {ENSEMBLE_CALLS} and \
         {PROPHET_CALLS}), children included. The ensemble is the median of statsforecast's AutoETS, DynamicOptimizedTheta \
         and MSTL (days: 7 and 365), estimates only: it has neither intervals nor an exam; Prophet has its defaults. Forecasts of parts: made-up sales \
         of a dimension's values, their parents and the total (trends, seasons, noise, rare sales, new and ended \
         products), forecast as an answer `by` that dimension is: each node, what makes them add up, and the intervals of \
         every step and sum."
    );
    let mut batches = Table::new(&["`nearcast forecast`", "Time", "Series a second"]);
    let mut add = |what: String, seconds: f64, series: f64| {
        let time = format!("{} s", number(seconds));
        batches.row([what, time, number(series / seconds)]);
    };
    add(
        format!("{} monthly series, auto", batch::SERIES),
        seconds,
        f64::from(batch::SERIES),
    );
    if let Some(folder) = public {
        let meta: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("meta.json"))?)?;
        let groups = meta.get("groups").and_then(|groups| groups.as_object());
        let groups = groups.ok_or("the meta file has no groups")?;
        let series = groups.values().filter_map(|g| g.get("series")?.as_array());
        let series = f64::from(u32::try_from(series.map(Vec::len).sum::<usize>())?);
        for model in MODELS {
            eprintln!("forecasting the public benchmark: {model}");
            let (seconds, said) = batch::public(folder, &python, model)?;
            add(format!("the public benchmark, {model}"), seconds, series);
            write!(
                how,
                "\n\nThe public benchmark's scorer on `--model {model}`:\n\n```\n{said}\n```"
            )?;
        }
    }
    Ok(Section {
        title: "Forecasts, beside statsforecast and Prophet",
        how,
        tables: vec![costs(&all), of_parts(&trees), batches],
        bars: bars(&all, &trees),
    })
}

fn compare(module: &Path, python: &Path) -> Result<Vec<Compared>> {
    let histories = series::all()?;
    let folder = target().join("bench-data");
    let in_wasm = in_wasm(module, FILE, &histories, &MODELS)?;
    let peer = |name: &str, calls: u32| -> Result<Vec<Peer>> {
        eprintln!("measuring {name}");
        let said = run(Command::new(python)
            .arg(root().join("benches/peers/forecasts.py"))
            .arg(folder.join(FILE))
            .args([name, &calls.to_string()]))?;
        Ok(serde_json::from_slice(&said)?)
    };
    let ensemble = peer("ensemble", ENSEMBLE_CALLS)?;
    let prophet = peer("prophet", PROPHET_CALLS)?;
    let mut all = Vec::new();
    for (at, history) in histories.into_iter().enumerate() {
        eprintln!("measuring {}", history.name);
        let mut compared = Compared {
            native_s: [0.0; MODELS.len()],
            wasm_s: [0.0; MODELS.len()],
            ensemble_s: ensemble.get(at).map_or(f64::NAN, |p| median(&p.cpu_s)),
            prophet_s: prophet.get(at).map_or(f64::NAN, |p| median(&p.cpu_s)),
            history,
        };
        let history = &compared.history;
        let slots = compared.native_s.iter_mut().zip(&mut compared.wasm_s);
        for (model, (native_s, wasm_s)) in MODELS.into_iter().zip(slots) {
            (*native_s, *wasm_s) = both_s(history, at, model, &in_wasm)?;
        }
        all.push(compared);
    }
    Ok(all)
}

/// CPU seconds of one forecast, natively and in wasm, if both answer with the same bits.
fn both_s(history: &History, at: usize, model: &str, in_wasm: &[InWasm]) -> Result<(f64, f64)> {
    let there = in_wasm
        .iter()
        .find(|w| w.history == at && w.model == model)
        .ok_or("a series was not forecast in wasm")?;
    if serde_json::to_string(&history.forecast(model)?)? != there.said {
        return Err(format!("{}, {model}: wasm gives other bits", history.name).into());
    }
    let mut work = Work::new(std::process::id(), |times| {
        for _ in 0..times {
            std::hint::black_box(history.forecast(model)?);
        }
        Ok(())
    })?;
    for _ in 0..SAMPLES {
        work.sample()?;
    }
    Ok((work.median_s(), median(&there.cpu_s)))
}

/// A forecast by a dimension, with what it costs natively and in wasm, CPU seconds.
type Tree = (History, f64, f64);

fn trees(module: &Path) -> Result<Vec<Tree>> {
    let histories = nodes::all();
    let [model, ..] = MODELS;
    let in_wasm = in_wasm(module, NODES_FILE, &histories, &[model])?;
    let each = histories.into_iter().enumerate().map(|(at, history)| {
        eprintln!("measuring {}", history.name);
        let (native_s, wasm_s) = both_s(&history, at, model, &in_wasm)?;
        Ok((history, native_s, wasm_s))
    });
    each.collect()
}

/// What a peer's script prints for each history.
#[derive(Debug, Deserialize)]
struct Peer {
    cpu_s: Vec<f64>,
}

/// What `forecast.mjs` prints.
#[derive(Debug, Deserialize)]
struct InWasm {
    history: usize,
    model: String,
    cpu_s: Vec<f64>,
    said: String,
}

/// Forecasts histories in wasm, from a file in the benchmark's folder.
fn in_wasm(
    module: &Path,
    file: &str,
    histories: &[History],
    models: &[&str],
) -> Result<Vec<InWasm>> {
    let folder = target().join("bench-data");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(file), serde_json::to_string(histories)?)?;
    eprintln!("measuring {file} in wasm");
    let said = run(Command::new(install::node())
        .arg("--no-warnings")
        .arg(root().join("benches/ask/forecast.mjs"))
        .arg(module)
        .arg(folder)
        .args([
            file,
            &histories.len().to_string(),
            &models.join(","),
            &SAMPLES.to_string(),
        ]))?;
    Ok(serde_json::from_slice(&said)?)
}

/// The forecasts as a wasm program, built as the Worker is.
fn module() -> Result<PathBuf> {
    const TARGET: &str = "wasm32-wasip1";
    run(Command::new("rustup").args(["target", "add", TARGET]))
        .map_err(|error| format!("{error}: install Rust with rustup (rustup.rs)"))?;
    eprintln!("building the forecasts for wasm");
    run(Command::new("cargo")
        .args([
            "build",
            "-p",
            "nearcast-ask",
            "--bin",
            "nearcast-ask-forecast",
        ])
        .args(["--target", TARGET, "--profile", "wasm", "--target-dir"])
        .arg(target())
        .current_dir(root()))?;
    Ok(target()
        .join(TARGET)
        .join("wasm/nearcast-ask-forecast.wasm"))
}

fn costs(all: &[Compared]) -> Table {
    let mut table = Table::new(&[
        "CPU per series",
        "Steps",
        "auto, native",
        "auto, wasm",
        "prophet, native",
        "prophet, wasm",
        "Ensemble",
        "Prophet",
        "Ensemble / auto, native",
        "Ensemble / auto, wasm",
        "Prophet / auto, native",
        "Prophet / prophet, native",
    ]);
    for c in all {
        let ([auto, prophet], [auto_wasm, prophet_wasm]) = (c.native_s, c.wasm_s);
        let times = |theirs: f64, ours: f64| format!("{} x", number(theirs / ours));
        table.row([
            c.history.name.clone(),
            c.history.values.len().to_string(),
            ms(auto),
            ms(auto_wasm),
            ms(prophet),
            ms(prophet_wasm),
            ms(c.ensemble_s),
            ms(c.prophet_s),
            times(c.ensemble_s, auto),
            times(c.ensemble_s, auto_wasm),
            times(c.prophet_s, auto),
            times(c.prophet_s, prophet),
        ]);
    }
    table
}

fn of_parts(trees: &[Tree]) -> Table {
    let mut table = Table::new(&[
        "CPU per forecast by a dimension",
        "Steps ahead",
        "auto, native",
        "auto, wasm",
    ]);
    for (history, native_s, wasm_s) in trees {
        table.row([
            history.name.clone(),
            history.horizon_steps.to_string(),
            ms(*native_s),
            ms(*wasm_s),
        ]);
    }
    table
}

fn bars(all: &[Compared], trees: &[Tree]) -> Vec<Bar> {
    let worst = |of: &[&str]| {
        let chosen = all
            .iter()
            .filter(|c| of.contains(&c.history.grain.as_str()));
        let auto = chosen.map(|c| 1e3 * c.wasm_s.first().copied().unwrap_or(f64::NAN));
        auto.fold(0.0, f64::max)
    };
    let least = |theirs: fn(&Compared) -> f64| {
        let ratios = all.iter().map(|c| {
            let [auto, _] = c.native_s;
            theirs(c) / auto
        });
        ratios.fold(f64::INFINITY, f64::min)
    };
    vec![
        Bar::below(
            "CPU in wasm, auto, monthly or weekly series (worst)",
            worst(&["month", "week"]),
            SHORT_BAR_MS,
            "ms",
        ),
        Bar::below(
            "CPU in wasm, auto, daily series of three years (worst)",
            worst(&["day"]),
            DAILY_BAR_MS,
            "ms",
        ),
        Bar::below(
            "CPU in wasm, a forecast of 200 nodes (60 months)",
            trees.first().map_or(f64::NAN, |(.., wasm_s)| 1e3 * wasm_s),
            NODES_BAR_MS,
            "ms",
        ),
        Bar::times(
            "CPU per series, statsforecast's ensemble / auto (least)",
            least(|c| c.ensemble_s),
            ENSEMBLE_BAR,
        ),
        Bar::times(
            "CPU per series, Prophet / auto (least)",
            least(|c| c.prophet_s),
            PROPHET_BAR,
        ),
    ]
}
