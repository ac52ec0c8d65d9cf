//! The house's rules, kept by a test: who may import whom, how long a file may be, which names say nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Stages of a request. None imports another: `engine` and `app` alone string them together.
const STAGES: [&str; 14] = [
    "auth", "resolve", "plan", "read", "compute", "forecast", "present", "cache", "http", "mcp",
    "ingest", "remote", "search", "sql",
];
/// What everyone may import.
const GROUND: [&str; 5] = ["model", "limits", "error", "shell", "config"];
/// Crates that only one room imports.
const SOLE_IMPORTERS: [(&str, &str); 6] = [
    ("augurs", "forecast"),
    ("rmcp", "mcp"),
    ("jsonwebtoken", "auth"),
    ("rsa", "auth"),
    ("p256", "auth"),
    ("ed25519_dalek", "auth"),
];
const LINES_MAX: usize = 600;
const EMPTY_NAMES: [&str; 5] = ["utils", "util", "helpers", "helper", "manager"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    let skipped = ["target", "node_modules", ".git", "build", ".wrangler"];
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && !skipped.contains(&name.as_str()) {
            files(&path, extension, into);
        } else if path.extension().is_some_and(|e| e == extension) {
            into.push(path);
        }
    }
}

fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&root().join(folder), "rs", &mut found);
    found.sort();
    assert!(!found.is_empty(), "{folder} has no Rust files");
    found
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(root())
                .expect("inside")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(&path).expect("UTF-8"))
        })
        .collect()
}

/// The room of a core file: `src/read/parquet.rs` -> `read`.
fn room(file: &str) -> &str {
    let inside = file.strip_prefix("src/").expect("a core file");
    inside
        .split('/')
        .next()
        .expect("a part")
        .trim_end_matches(".rs")
}

/// The code before the unit tests.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn stages_do_not_import_each_other() {
    let mut wrong = Vec::new();
    for (file, text) in rust_files("src") {
        let here = room(&file).to_owned();
        for (at, line) in code(&text).lines().enumerate() {
            let line = line.trim();
            if line.starts_with("//") {
                continue;
            }
            for other in line.split("crate::").skip(1) {
                let other: String = other
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                let other_is_stage = STAGES.contains(&other.as_str())
                    || ["engine", "app", "audit"].contains(&other.as_str());
                let climbs = GROUND.contains(&here.as_str()) && other_is_stage;
                let crosses = STAGES.contains(&here.as_str()) && other_is_stage && other != here;
                if climbs || crosses {
                    wrong.push(format!("{file}:{}: {here} imports {other}", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn big_crates_have_one_importer() {
    let mut wrong = Vec::new();
    for (file, text) in rust_files("src") {
        for (name, only) in SOLE_IMPORTERS {
            let used = code(&text).lines().any(|l| {
                let l = l.trim();
                !l.starts_with("//")
                    && (l.contains(&format!("{name}::")) || l.contains(&format!("use {name}")))
            });
            if used && room(&file) != only {
                wrong.push(format!("{file} imports {name}, which is {only}'s"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_named_for_what_they_hold() {
    let mut wrong = Vec::new();
    for folder in ["src", "native", "wasm", "tests"] {
        for (file, text) in rust_files(folder) {
            let lines = text.lines().count();
            if lines > LINES_MAX {
                wrong.push(format!(
                    "{file} has {lines} lines, and {LINES_MAX} are allowed"
                ));
            }
            let stem = Path::new(&file)
                .file_stem()
                .expect("a stem")
                .to_string_lossy()
                .into_owned();
            if EMPTY_NAMES.contains(&stem.as_str())
                || EMPTY_NAMES.iter().any(|n| file.contains(&format!("/{n}/")))
            {
                wrong.push(format!("{file}: the name says nothing"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_core_does_no_io_and_reads_no_clock() {
    let banned = [
        "std::fs",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "std::env",
        "std::time",
        "std::process",
        "tokio::time",
        "Instant::now",
        "SystemTime",
    ];
    let mut wrong = Vec::new();
    for (file, text) in rust_files("src") {
        if file.ends_with("/tests.rs") {
            continue;
        }
        for (at, line) in code(&text).lines().enumerate() {
            for word in banned {
                if line.contains(word) && !line.trim().starts_with("//") {
                    wrong.push(format!("{file}:{}: {word}", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_bound_has_its_unit() {
    let text = fs::read_to_string(root().join("src/limits.rs")).expect("limits");
    let mut documented = BTreeMap::new();
    let mut last = "";
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("pub const ") {
            documented.insert(
                name.split(':').next().expect("a name"),
                last.starts_with("///"),
            );
        }
        last = line;
    }
    let bare: Vec<_> = documented
        .iter()
        .filter(|(_, said)| !**said)
        .map(|(name, _)| *name)
        .collect();
    assert!(
        documented.len() > 30 && bare.is_empty(),
        "bounds without a doc comment: {bare:?}"
    );
}
