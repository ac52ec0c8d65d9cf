//! The size of the Worker that is deployed, raw and gzip, and which crates it is made of.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

use crate::Result;
use crate::report::{Bar, Section, Table, number};
use crate::workerd::shipped;

/// The goal for the Worker, gzip, MiB.
const BAR_MIB: f64 = 1.5;
/// Crates that are listed one by one.
const LISTED: usize = 30;
/// What every program brings: a function belongs to them only if no other crate is in its name.
const STANDARD: [&str; 6] = [
    "core",
    "alloc",
    "std",
    "hashbrown",
    "compiler_builtins",
    "dlmalloc",
];

/// What a module is made of, by part.
type Parts = BTreeMap<String, Vec<u8>>;

/// The crate that a function is there for: the first one in its demangled name that is not the standard library, since
/// `Vec<parquet::Page>::push` is in the module because of `parquet`.
fn owner(name: &str) -> String {
    let mut standard = None;
    for (at, _) in name.match_indices("::") {
        let before = name.get(..at).unwrap_or_default();
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |at| {
                at + before
                    .get(at..)
                    .and_then(|s| s.chars().next())
                    .map_or(1, char::len_utf8)
            });
        let word = before.get(start..).unwrap_or_default();
        // `a::b::`: only the first part of a path is a crate.
        let is_first = !before.get(..start).unwrap_or_default().ends_with("::");
        if !is_first || word.is_empty() || word.starts_with(char::is_uppercase) {
            continue;
        }
        if !STANDARD.contains(&word) {
            return word.to_owned();
        }
        standard = Some("(standard library)");
    }
    standard.unwrap_or("(without a name)").to_owned()
}

fn parts(module: &[u8]) -> Result<Parts> {
    let mut parts = Parts::new();
    let mut names = BTreeMap::new();
    let mut bodies = Vec::new();
    let mut imported = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => {
                bodies.push(module.get(body.range()).unwrap_or_default());
            }
            Payload::DataSection(data) => {
                parts.insert(
                    "(constants)".into(),
                    module.get(data.range()).unwrap_or_default().into(),
                );
            }
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(subsections) = section.as_known() {
                    for subsection in subsections {
                        if let Name::Function(map) = subsection? {
                            for naming in map {
                                let naming = naming?;
                                names.insert(naming.index, naming.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    if names.is_empty() {
        return Err(
            "the module has no names of functions: build it with strip = \"debuginfo\"".into(),
        );
    }
    for (index, body) in (imported..).zip(bodies) {
        parts
            .entry(owner(names.get(&index).copied().unwrap_or_default()))
            .or_default()
            .extend(body);
    }
    Ok(parts)
}

fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// The part.
///
/// # Errors
/// If the Worker cannot be built or is no wasm module.
pub(crate) fn section() -> Result<Section> {
    let (script, module) = shipped()?;
    let named = module.with_extension("named.wasm");
    let (script, module) = (fs::read(script)?, fs::read(module)?);
    // The same module, from which the names of functions were not taken yet.
    let parts = parts(&fs::read(named)?)?;
    let whole = gzip(&module)? + gzip(&script)?;
    let mut sizes = Table::new(&["What is uploaded", "Raw KiB", "gzip KiB"]);
    sizes.row([
        "`index_bg.wasm`".into(),
        kib(module.len()),
        kib(gzip(&module)?),
    ]);
    sizes.row(["`index.js`".into(), kib(script.len()), kib(gzip(&script)?)]);
    sizes.row([
        "together".into(),
        kib(module.len() + script.len()),
        kib(whole),
    ]);
    let mut by_size: Vec<_> = parts.iter().collect();
    by_size.sort_by_key(|(_, bytes)| std::cmp::Reverse(bytes.len()));
    let mut crates = Table::new(&["Crate", "Raw KiB", "gzip KiB", "Share of raw"]);
    let (listed, others) = by_size.split_at(by_size.len().min(LISTED));
    let mut row = |name: String, raw: usize, zipped: usize| {
        crates.row([
            name,
            kib(raw),
            kib(zipped),
            format!("{} %", number(100.0 * mib(raw) / mib(module.len()))),
        ]);
    };
    for (name, bytes) in listed {
        row((*name).clone(), bytes.len(), gzip(bytes)?);
    }
    let rest: Vec<u8> = others
        .iter()
        .flat_map(|(_, bytes)| bytes.iter().copied())
        .collect();
    row(format!("{} others", others.len()), rest.len(), gzip(&rest)?);
    Ok(Section {
        title: "Worker size",
        how: "What `npm run build` makes and `npm run deploy` uploads, gzip -9. A function counts for the first crate in \
              its name that is not the standard library, so generic code counts for whom it was made; each crate's code \
              is compressed by itself, so the parts do not add up to the whole exactly. Code that was inlined counts for \
              where it went: `js_sys` is the future in which a request is answered."
            .into(),
        tables: vec![sizes, crates],
        bars: vec![Bar::below("Worker size, gzip", mib(whole), BAR_MIB, "MiB")],
    })
}

#[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn kib(bytes: usize) -> String {
    number(mib(bytes) * 1024.0)
}
