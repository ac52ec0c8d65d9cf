//! What the core says to every call of the evaluation set, asked in this process: the evaluation compares that with what
//! DuckDB says of the rows, so that whoever gets the same has got the truth.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use nearcast::engine::Memory;
use nearcast::model::Day;
use nearcast_native::serve::now;
use nearcast_tests::asking::{body, send_to, tool_request};
use nearcast_tests::stores::{Objects, memory};
use serde_json::{Value, json};

use crate::data::{self, ORIGIN};
use crate::question;

/// What is compared of a result.
const COMPARED: [&str; 3] = ["isError", "content", "structuredContent"];

/// A call and what the core says to it.
#[derive(Debug)]
pub(crate) struct Expected {
    /// The question that it belongs to.
    pub(crate) question: String,
    pub(crate) tool: String,
    pub(crate) arguments: Value,
    /// The result as text; its links begin at [`ORIGIN`].
    result: String,
}

/// Every call of the set, as it is answered on some day: an answer says how old its data are.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) day: Day,
    pub(crate) calls: Vec<Expected>,
}

impl Set {
    /// The set as it is answered today.
    pub(crate) fn today() -> Arc<Self> {
        static KNOWN: Mutex<Option<Arc<Set>>> = Mutex::new(None);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = known.as_ref().filter(|set| set.day == now().day()) {
            return Arc::clone(set);
        }
        let set = Arc::new(Self::answered());
        *known = Some(Arc::clone(&set));
        set
    }

    fn answered() -> Self {
        let (at, store, config) = (now(), memory(objects()), data::config());
        let isolate = Memory::default();
        let mut calls = Vec::new();
        for question in question::all() {
            for call in question.call {
                let arguments = call.arguments();
                let message = tool_request(&call.tool, &arguments);
                let said = body(&send_to(&isolate, &store, &config, message, at).response);
                calls.push(Expected {
                    question: question.name.clone(),
                    tool: call.tool,
                    arguments,
                    result: said["result"].to_string(),
                });
            }
        }
        Self {
            day: at.day(),
            calls,
        }
    }

    /// The first answer of each tool, and the first refusal.
    pub(crate) fn one_of_each(&self) -> Vec<&Expected> {
        let mut chosen: Vec<&Expected> = Vec::new();
        for call in &self.calls {
            let refused = call.is_refused();
            let is_new = |known: &&Expected| {
                known.is_refused() == refused && (refused || known.tool == call.tool)
            };
            if !chosen.iter().any(is_new) {
                chosen.push(call);
            }
        }
        chosen
    }
}

impl Expected {
    /// What a server says whose links begin with `base`.
    pub(crate) fn result(&self, base: &str) -> Value {
        serde_json::from_str(&self.result.replace(ORIGIN, base)).expect("it was JSON")
    }

    pub(crate) fn is_refused(&self) -> bool {
        self.result("")["isError"] == true
    }

    /// How a result differs from it.
    pub(crate) fn difference(&self, base: &str, got: &Value) -> Option<String> {
        let wanted = self.result(base);
        let plain = |result: &Value| {
            let mut plain = json!({"isError": false});
            for name in COMPARED {
                if let Some(value) = result.get(name).filter(|value| !value.is_null()) {
                    plain[name] = value.clone();
                }
            }
            plain
        };
        let why = if got["content"].is_array() {
            difference("", &plain(&wanted), &plain(got))?
        } else {
            format!("is {got}")
        };
        Some(format!("{}, {}: {why}", self.question, self.tool))
    }
}

/// The datasets of the set, in a directory.
pub(crate) fn place() -> PathBuf {
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clients-data");
        // What an earlier run left may be of other data.
        let _ = std::fs::remove_dir_all(&folder);
        for (key, bytes) in objects() {
            let path = folder.join(key);
            let parent = path.parent().expect("it lies in the folder");
            std::fs::create_dir_all(parent).expect("a folder");
            std::fs::write(path, bytes).expect("writes");
        }
        folder
    })
    .clone()
}

fn objects() -> &'static Objects {
    static MADE: OnceLock<Objects> = OnceLock::new();
    MADE.get_or_init(data::objects)
}

/// Where two values differ. JavaScript knows one kind of number, so 5.0 that went through it is 5.
pub(crate) fn difference(at: &str, wanted: &Value, got: &Value) -> Option<String> {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            let more = got.keys().find(|key| !wanted.contains_key(*key));
            if let Some(key) = more {
                return Some(format!("{at}/{key} is too many"));
            }
            wanted.iter().find_map(|(key, value)| {
                difference(
                    &format!("{at}/{key}"),
                    value,
                    got.get(key).unwrap_or(&Value::Null),
                )
            })
        }
        (Value::Array(wanted), Value::Array(got)) if wanted.len() == got.len() => (0..)
            .zip(wanted.iter().zip(got))
            .find_map(|(index, (wanted, got))| difference(&format!("{at}/{index}"), wanted, got)),
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => {
            let exact = |n: &serde_json::Number| n.as_i64();
            let differs = exact(a).zip(exact(b)).is_some_and(|(a, b)| a != b);
            differs.then(|| format!("{at} is {b}, not {a}"))
        }
        _ if wanted == got => None,
        _ => Some(format!("{at} is {got}, not {wanted}")),
    }
}

#[test]
fn what_differs_is_named() {
    let wanted =
        json!({"rows": [{"v": 5.0}, {"v": 9_007_199_254_740_993_i64}], "text": "a", "none": null});
    let with = |pointer: &str, value: Value| {
        let mut got = wanted.clone();
        *got.pointer_mut(pointer).expect("it is there") = value;
        difference("", &wanted, &got)
    };
    assert_eq!(difference("", &wanted, &wanted), None);
    assert_eq!(with("/rows/0/v", json!(5)), None);
    for (pointer, value, at) in [
        ("/rows/0/v", json!(5.1), "/rows/0/v is 5.1, not 5.0"),
        ("/rows/0/v", json!("5.0"), "/rows/0/v is"),
        (
            "/rows/1/v",
            json!(9_007_199_254_740_992_i64),
            "/rows/1/v is",
        ),
        ("/rows/1", json!({}), "/rows/1/v is null"),
        ("/rows/1", json!({"v": 1, "w": 2}), "/rows/1/w is too many"),
        ("/rows", json!([{"v": 5.0}]), "/rows is"),
        ("/text", Value::Null, "/text is null, not \"a\""),
    ] {
        let why = with(pointer, value).expect(pointer);
        assert!(why.starts_with(at), "{why}");
    }
}
