//! The files that an ingest reads: names, patterns, directories, and the columns that names of folders hold.

use std::fs;
use std::path::{Path, PathBuf};

use nearcast::error::{Error, Result};
use nearcast::limits;
use percent_encoding::percent_decode_str;

use super::upstream;

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// What messages call it.
    pub(super) name: String,
    pub(super) bytes: u64,
    /// Columns that the names of its folders hold: `year=2024/month=03/x.parquet`.
    pub(super) partitions: Vec<(String, String)>,
}

/// What Hive calls a folder whose column is empty.
const HIVE_EMPTY: &str = "__HIVE_DEFAULT_PARTITION__";

/// Every file that the arguments name, in the order of the arguments and by name within a directory or pattern.
pub(super) fn expand(arguments: &[PathBuf]) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    for argument in arguments {
        let before = places.len();
        let text = argument.to_string_lossy();
        if argument.is_dir() {
            walk(argument, argument, &mut places)?;
            if places.len() == before {
                return Err(Error::invalid(format!(
                    "{} is a directory without files to ingest: name CSV, JSON lines or Parquet files",
                    argument.display()
                )));
            }
        } else if !argument.exists() && text.contains(['*', '?', '[']) {
            pattern(&text, &mut places)?;
            if places.len() == before {
                return Err(Error::invalid(format!(
                    "no file is called like {text}: check the pattern"
                )));
            }
        } else {
            places.push(place(argument, None)?);
        }
        if places.len() > limits::SOURCE_FILES_MAX {
            return Err(Error::invalid(format!(
                "more than {} files: ingest fewer at a time, or join them",
                limits::SOURCE_FILES_MAX
            )));
        }
    }
    Ok(places)
}

fn pattern(text: &str, places: &mut Vec<Place>) -> Result<()> {
    let paths = glob::glob(text)
        .map_err(|e| Error::invalid(format!("{text} is no pattern: {e}")).with_source(e))?;
    for path in paths {
        let path = path.map_err(|e| Error::upstream(e.to_string()).with_source(e))?;
        if path.is_dir() {
            walk(&path, &path, places)?;
        } else {
            places.push(place(&path, None)?);
        }
    }
    Ok(())
}

/// Files below a folder; those whose names begin with a dot or an underscore are a writer's own (`_SUCCESS`).
fn walk(folder: &Path, root: &Path, places: &mut Vec<Place>) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|e| upstream("reading", folder, e))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|e| upstream("reading", folder, e))?.path());
    }
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(['.', '_']) || name == "dataset.toml" {
            continue;
        }
        if path.is_dir() {
            walk(&path, root, places)?;
        } else {
            places.push(place(&path, Some(root))?);
        }
    }
    Ok(())
}

fn place(path: &Path, root: Option<&Path>) -> Result<Place> {
    let bytes = match fs::metadata(path) {
        Ok(meta) => meta.len(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::invalid(format!(
                "there is no file {}: check the path",
                path.display()
            )));
        }
        Err(e) => return Err(upstream("opening", path, e)),
    };
    let inside = root.and_then(|r| path.strip_prefix(r).ok());
    let name = match inside {
        Some(inside) => inside.to_string_lossy().replace('\\', "/"),
        None => path.file_name().map_or_else(
            || path.display().to_string(),
            |n| n.to_string_lossy().into(),
        ),
    };
    Ok(Place {
        partitions: partitions(inside.unwrap_or(path)),
        path: path.to_owned(),
        name,
        bytes,
    })
}

fn partitions(path: &Path) -> Vec<(String, String)> {
    let folders = path.parent().into_iter().flat_map(Path::components);
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    folders
        .filter_map(|folder| {
            let folder = folder.as_os_str().to_string_lossy();
            let (column, value) = folder.split_once('=')?;
            let value = if value == HIVE_EMPTY { "" } else { value };
            (!column.is_empty()).then(|| (decode(column), decode(value)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_name_columns() {
        let wanted = [("year", "2024"), ("city", "S\u{e3}o Paulo"), ("kind", "")];
        let wanted = wanted.map(|(a, b)| (a.to_owned(), b.to_owned()));
        let path = "x/year=2024/city=S%C3%A3o%20Paulo/kind=__HIVE_DEFAULT_PARTITION__/a=b.csv";
        assert_eq!(partitions(Path::new(path)), wanted);
        assert!(partitions(Path::new("a.csv")).is_empty());
    }
}
