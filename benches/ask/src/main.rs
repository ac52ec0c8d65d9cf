//! Asks one of the six questions, or a tool, again and again: in wasm, so that its host can tell what one more time costs.
//!
//!     nearcast-ask DATA TERMS QUESTION cold|warm TIMES
//!
//! `DATA` is a directory store, `TERMS` JSON. What is read once is kept in memory, so that only the first time reads files.
//! The last answer is printed as JSON.

use std::io::Write as _;
use std::path::Path;

use nearcast::error::{Error, Result};
use nearcast_ask::{Isolate, Kept, Terms};

fn main() {
    if let Err(error) = run() {
        eprintln!("nearcast-ask: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, terms, question, mode, times] = arguments.as_slice() else {
        return Err(Error::invalid("usage: DATA TERMS QUESTION cold|warm TIMES"));
    };
    let wrong = |_| Error::invalid("a number is needed");
    let (number, times): (usize, u32) = (
        question.parse().map_err(wrong)?,
        times.parse().map_err(wrong)?,
    );
    let terms: Terms =
        serde_json::from_str(terms).map_err(|e| Error::invalid(format!("the terms: {e}")))?;
    let question = terms.question(number)?;
    let isolate = Isolate::new(Kept::new(Path::new(data)));
    let warm = mode == "warm";
    // What is remembered is remembered from an earlier time.
    isolate.ask(&question, warm)?;
    for _ in 1..times {
        isolate.ask(&question, warm)?;
    }
    let reply = isolate.reply(&question, warm)?;
    let json =
        serde_json::to_string(&reply).map_err(|e| Error::internal(format!("writing JSON: {e}")))?;
    std::io::stdout()
        .write_all(json.as_bytes())
        .map_err(|e| Error::upstream(format!("writing the answer: {e}")))
}
