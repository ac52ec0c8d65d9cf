//! The benchmark: what Nearcast costs, measured on this machine beside what it replaces.
//!
//! `cargo bench` runs every part, prints it and writes `benches/RESULTS.md`; `cargo bench -- size original` runs and prints
//! those parts only, and with `--write` puts them into the file. `cargo bench -- questions --rows 10000000,100000000` asks
//! the six questions of sheets of so many rows (a hundred million take long, and 10 GB of disk); `cargo bench -- tools` asks
//! every tool of the sheet of ten million. `cargo bench -- forecast --public DIR` also forecasts a public benchmark whose
//! `meta.json`, `train.csv.gz` and `score.py` lie there. What is needed beyond Rust (Node's packages, the Worker's build
//! tools, Python environments) is installed under `target/` and `node_modules/`.

mod cost;
mod cpu;
mod data;
mod forecast;
mod original;
mod questions;
mod report;
mod six;
mod size;
mod start;
mod workerd;

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use nearcast_tests::workspace::root;

use report::{Section, machine, render, renew};

/// A part's work fails with a sentence.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A part: its name on the command line and what it does.
type Part = (&'static str, fn(&Options) -> Result<Section>);

const PARTS: [Part; 7] = [
    ("size", |_| size::section()),
    ("start", |_| start::section()),
    ("cpu", |_| cpu::section()),
    ("original", |_| original::section()),
    ("questions", |options| six::section(&options.rows)),
    ("tools", |_| six::tools::section()),
    ("forecast", |options| {
        forecast::section(options.public.as_deref())
    }),
];

/// What the command line says beside the parts.
#[derive(Debug)]
struct Options {
    /// Rows of the sheets that the six questions are asked of.
    rows: Vec<u64>,
    /// Where the files of a public forecasting benchmark lie.
    public: Option<PathBuf>,
    /// Whether the parts that are named are to replace those in `benches/RESULTS.md`.
    write: bool,
}

impl Options {
    /// Takes the options out of the arguments.
    fn take(arguments: &mut Vec<String>) -> Result<Self> {
        let mut rows = six::ROWS.to_vec();
        if let Some(told) = value(arguments, "--rows", "numbers, such as 100000,1000000")? {
            rows = told
                .split(',')
                .map(str::parse)
                .collect::<std::result::Result<_, _>>()
                .map_err(|_| format!("--rows needs numbers, not {told:?}"))?;
        }
        let public = value(arguments, "--public", "a folder")?
            .map(fs::canonicalize)
            .transpose()?;
        let before = arguments.len();
        arguments.retain(|arg| arg != "--write");
        Ok(Self {
            rows,
            public,
            write: arguments.len() < before,
        })
    }
}

/// Takes an option with its value out of the arguments, if it is there.
fn value(arguments: &mut Vec<String>, option: &str, what: &str) -> Result<Option<String>> {
    let Some(at) = arguments.iter().position(|arg| arg == option) else {
        return Ok(None);
    };
    let told = arguments.drain(at..(at + 2).min(arguments.len())).nth(1);
    let needed = || format!("{option} needs {what}").into();
    told.ok_or_else(needed).map(Some)
}

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
    let mut asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let options = Options::take(&mut asked)?;
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
            let section = part(&options).map_err(|error| format!("{name}: {error}"))?;
            writeln!(std::io::stdout().lock(), "{section}")?;
            sections.push(section);
        }
    }
    let path = root().join("benches/RESULTS.md");
    let text = match (asked.is_empty(), options.write) {
        (true, _) => render(&before, &sections),
        (false, true) => renew(&fs::read_to_string(&path)?, &before, &sections),
        (false, false) => String::new(),
    };
    let written = if text.is_empty() {
        String::new()
    } else {
        fs::write(&path, &text)?;
        format!("\nwritten to {}", path.display())
    };
    writeln!(
        std::io::stdout().lock(),
        "{}{written}",
        report::bars(&sections)
    )?;
    Ok(())
}
