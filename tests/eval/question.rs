//! A question of the set: a file each, its kind is its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nearcast_tests::workspace::root;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Tokens of a text answer at the usual detail.
pub(crate) const TOKENS_MAX: usize = 1_500;

/// What people ask about; a folder each.
pub(crate) const KINDS: [&str; 10] = [
    "ranking",
    "trend",
    "comparison",
    "why",
    "forecast",
    "trust",
    "what_if",
    "odd",
    "search",
    "adversarial",
];

/// A question and what has to be answered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// In the words of a person.
    pub(crate) ask: String,
    /// The calls that answer it, in their order.
    pub(crate) call: Vec<Call>,
    /// `ranking/best_in_dallas`: from the path.
    #[serde(skip)]
    pub(crate) name: String,
}

/// One call of a tool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    /// The tool.
    pub(crate) tool: String,
    /// Its arguments; `dataset` says where the rows of the oracle come from too.
    #[serde(default)]
    pub(crate) arguments: Map<String, Value>,
    /// What DuckDB says.
    #[serde(default)]
    pub(crate) oracle: Vec<Oracle>,
    /// What the text has in it.
    #[serde(default)]
    pub(crate) contains: Vec<String>,
    /// What the text has not in it.
    #[serde(default)]
    pub(crate) absent: Vec<String>,
    /// What the structured answer has at a pointer: facts that are no sums of rows.
    #[serde(default)]
    pub(crate) is: BTreeMap<String, Value>,
    /// What the answer's CSV has in it.
    #[serde(default)]
    pub(crate) csv_contains: Vec<String>,
    /// It is refused, in words that have each of these in them.
    #[serde(default)]
    pub(crate) refused: Vec<String>,
    /// What the text may cost.
    pub(crate) tokens_max: Option<usize>,
}

/// A query over the source rows, and where its columns stand in the answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Oracle {
    /// In DuckDB's words; the rows are in `sales`.
    pub(crate) sql: String,
    /// Column: pointer.
    pub(crate) expect: BTreeMap<String, String>,
}

impl Call {
    /// The dataset that it is about.
    pub(crate) fn dataset(&self) -> &str {
        let named = self.arguments.get("dataset").and_then(Value::as_str);
        named.unwrap_or("demo")
    }

    /// The arguments as they are sent.
    pub(crate) fn arguments(&self) -> Value {
        json!(self.arguments)
    }

    /// Whether anything is asked of the answer beyond what is asked of all.
    pub(crate) fn expects_something(&self) -> bool {
        let facts = self.oracle.len() + self.is.len() + self.contains.len() + self.refused.len();
        facts > 0
    }
}

/// Every question, by name.
///
/// # Panics
/// If a file cannot be read as one.
pub(crate) fn all() -> Vec<Question> {
    let folder = root().join("tests/eval/questions");
    let mut questions: Vec<Question> = KINDS
        .iter()
        .flat_map(|kind| files(&folder.join(kind)))
        .map(|path| read(&path, &folder))
        .collect();
    questions.sort_by(|a, b| a.name.cmp(&b.name));
    let found = questions.len();
    let there: usize = fs::read_dir(&folder)
        .expect("questions")
        .map(|entry| files(&entry.expect("an entry").path()).len())
        .sum();
    assert_eq!(
        found, there,
        "a question lies outside of the folders {KINDS:?}"
    );
    questions
}

fn files(folder: &Path) -> Vec<PathBuf> {
    // A kind that nothing is asked of yet has no folder.
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

fn read(path: &Path, folder: &Path) -> Question {
    let text = fs::read_to_string(path).expect("UTF-8");
    let mut question: Question =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.with_extension("");
    let name = name.strip_prefix(folder).expect("inside");
    question.name = name.to_string_lossy().replace('\\', "/");
    question
}
