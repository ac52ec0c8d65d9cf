//! DuckDB over the source rows: one process for all queries.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nearcast_tests::install;
use nearcast_tests::workspace::root;
use serde::Deserialize;
use serde_json::json;

/// What a query says: by column, the text of each row's value.
pub(crate) type Columns = BTreeMap<String, Vec<Option<String>>>;

#[derive(Debug, Deserialize)]
struct Said {
    error: Option<String>,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    rows: Vec<Vec<Option<String>>>,
}

/// What each query says of the rows of its dataset, or why it says nothing.
///
/// # Panics
/// If Python fails.
pub(crate) fn ask(
    tables: &BTreeMap<String, PathBuf>,
    queries: &[(&str, &str)],
) -> Vec<Result<Columns, String>> {
    let python = install::python("rollup-venv", "tests/rollup/requirements.txt");
    let queries: Vec<_> = queries
        .iter()
        .map(|(dataset, sql)| json!({"dataset": dataset, "sql": sql}))
        .collect();
    let input = json!({"tables": tables, "queries": queries}).to_string();
    let mut child = Command::new(python)
        .arg(root().join("tests/eval/run.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python runs");
    let mut stdin = child.stdin.take().expect("piped");
    // It reads all before it writes any.
    stdin.write_all(input.as_bytes()).expect("python reads");
    drop(stdin);
    let output = child.wait_with_output().expect("python ends");
    assert!(output.status.success(), "run.py failed: see above");
    let said: Vec<Said> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said.len(), queries.len());
    said.into_iter().map(columns).collect()
}

fn columns(said: Said) -> Result<Columns, String> {
    if let Some(error) = said.error {
        return Err(error);
    }
    let mut columns = Columns::new();
    for (at, name) in said.columns.into_iter().enumerate() {
        let values = said.rows.iter().map(|row| row[at].clone()).collect();
        columns.insert(name, values);
    }
    Ok(columns)
}
