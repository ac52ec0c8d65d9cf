//! Questions of an analyst, against the plainest arithmetic over the same lines.

mod anomalies;
mod caveats;
mod compare;
mod explain;
mod explanation;
mod pages;
mod plans;
mod segments;
mod targets;
mod top;
mod trend;

use std::sync::OnceLock;

use nearcast::Config;
use nearcast_native::stores::MemoryStore;
use nearcast_tests::asking::{answer, get, header, public, text};
use nearcast_tests::sales::{Line, dataset, lines};
use serde_json::Value;

/// Two and a half years from 2023-11-15 to 2026-05-02.
const DAYS: i32 = 900;

/// Lines, and the dataset that they make.
struct Sales {
    lines: Vec<Line>,
    store: MemoryStore,
    config: Config,
}

fn sales() -> &'static Sales {
    static SALES: OnceLock<Sales> = OnceLock::new();
    SALES.get_or_init(|| {
        let lines = lines(7, 9_000, 6, 30, DAYS);
        Sales {
            store: MemoryStore::new(dataset(&lines)),
            lines,
            config: public("sales"),
        }
    })
}

impl Sales {
    fn ask(&self, target: &str) -> Value {
        answer(
            &self.store,
            &self.config,
            &format!("/v/sales/latest/{target}"),
        )
    }

    /// What a link of an answer leads to: `json`, `csv` or `svg`.
    fn follow(&self, said: &Value, format: &str) -> String {
        let link = said["receipt"]["links"][format].as_str().expect("a link");
        let response = get(&self.store, &self.config, link);
        assert_eq!(response.status(), 200, "{link}");
        text(&response)
    }

    /// What is said instead of an answer.
    fn refusal(&self, target: &str) -> String {
        let mut response = get(
            &self.store,
            &self.config,
            &format!("/v/sales/latest/{target}"),
        );
        if response.status() == 307 {
            let to = header(&response, "location").to_owned();
            response = get(&self.store, &self.config, &to);
        }
        assert!(response.status().is_client_error(), "{target} is answered");
        text(&response)
    }

    /// The sum over the lines from one day to another.
    fn sum(&self, measure: &str, from: &str, to: &str, passes: impl Fn(&Line) -> bool) -> i64 {
        let day = |text: &str| nearcast::model::Day::parse(text).expect("a day").0;
        let inside = |line: &&Line| (day(from)..=day(to)).contains(&line.day) && passes(line);
        self.lines
            .iter()
            .filter(inside)
            .map(|line| line.value(measure))
            .sum()
    }
}

/// A shown number in its smallest unit.
fn scaled(value: &Value, scale: i32) -> i64 {
    let number = value
        .as_f64()
        .unwrap_or_else(|| panic!("no number: {value}"));
    format!("{:.0}", number * 10_f64.powi(scale))
        .parse()
        .expect("whole")
}

fn list(value: &Value) -> &Vec<Value> {
    value
        .as_array()
        .unwrap_or_else(|| panic!("no list: {value}"))
}
