//! The benchmark: what Nearcast costs, measured on this machine beside what it replaces.
//!
//! `cargo bench` runs every part, prints it and writes `benches/RESULTS.md`; `cargo bench -- size original` runs and
//! prints those parts only. What is needed beyond Rust (Node's packages, the Worker's build tools, a Python environment)
//! is installed under `target/` and `node_modules/`.

mod cost;
mod cpu;
mod data;
mod original;
mod questions;
mod report;
mod size;
mod start;
mod workerd;

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use nearcast_tests::workspace::root;

use report::{Section, machine, render};

/// A part's work fails with a sentence.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A part: its name on the command line and what it does.
type Part = (&'static str, fn() -> Result<Section>);

const PARTS: [Part; 4] = [
    ("size", size::section),
    ("start", start::section),
    ("cpu", cpu::section),
    ("original", original::section),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the benchmark failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    // Cargo adds --bench of its own.
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let known = |name: &String| PARTS.iter().any(|(part, _)| part == name);
    if let Some(unknown) = asked.iter().find(|name| !known(name)) {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(format!(
            "there is no part {unknown}: name some of {}",
            names.join(", ")
        )
        .into());
    }
    let before = machine();
    let mut sections = Vec::new();
    for (name, part) in PARTS {
        if asked.is_empty() || asked.iter().any(|wanted| wanted == name) {
            eprintln!("measuring: {name}");
            let section = part().map_err(|error| format!("{name}: {error}"))?;
            writeln!(std::io::stdout().lock(), "{section}")?;
            sections.push(section);
        }
    }
    let text = render(&before, &sections);
    if asked.is_empty() {
        let path = root().join("benches/RESULTS.md");
        fs::write(&path, &text)?;
        writeln!(
            std::io::stdout().lock(),
            "{}\nwritten to {}",
            report::bars(&sections),
            path.display()
        )?;
    }
    Ok(())
}
