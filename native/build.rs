//! Lists the files of the built-in demo dataset, so that they can be embedded whatever their version is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let root = Path::new(&manifest).join("../demo/data");
    let root = root
        .canonicalize()
        .map_err(|e| io::Error::other(format!("{}: {e}", root.display())))?;
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut code = String::from("const DEMO_OBJECTS: &[(&str, &[u8])] = &[\n");
    for file in files {
        let key = file
            .strip_prefix(&root)
            .map_err(io::Error::other)?
            .to_string_lossy()
            .replace('\\', "/");
        if matches!(
            file.extension().and_then(|e| e.to_str()),
            Some("json" | "parquet" | "bin")
        ) {
            writeln!(
                code,
                "    ({key:?}, include_bytes!({:?})),",
                file.to_string_lossy()
            )
            .map_err(io::Error::other)?;
        }
    }
    code.push_str("];\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("demo_objects.rs"), code)
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}
