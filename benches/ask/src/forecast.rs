//! Forecasts one series again and again: in wasm, so that its host can tell what one more time costs.
//!
//!     nearcast-ask-forecast FILE NUMBER MODEL TIMES
//!
//! `FILE` is a JSON list of histories. The last answer is printed as JSON.

use std::io::Write as _;

use nearcast::error::{Error, Result};
use nearcast_ask::History;

fn main() {
    if let Err(error) = run() {
        eprintln!("nearcast-ask-forecast: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, number, model, times] = arguments.as_slice() else {
        return Err(Error::invalid("usage: FILE NUMBER MODEL TIMES"));
    };
    let wrong = |_| Error::invalid("a number is needed");
    let (number, times): (usize, u32) = (
        number.parse().map_err(wrong)?,
        times.parse().map_err(wrong)?,
    );
    let list = std::fs::read_to_string(file)
        .map_err(|e| Error::invalid(format!("{file} cannot be read: {e}")))?;
    let history = History::pick(&list, number)?;
    for _ in 1..times {
        std::hint::black_box(history.forecast(model)?);
    }
    let answer = history.forecast(model)?;
    let json = serde_json::to_string(&answer)
        .map_err(|e| Error::internal(format!("writing JSON: {e}")))?;
    std::io::stdout()
        .write_all(json.as_bytes())
        .map_err(|e| Error::upstream(format!("writing the answer: {e}")))
}
