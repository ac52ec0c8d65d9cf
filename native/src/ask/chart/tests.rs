use serde_json::json;

use super::*;

fn drawn(answer: &Value) -> Vec<String> {
    let text = chart(answer, 60).expect("a chart");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(lines.iter().all(|line| width(line) <= 60), "{text}");
    lines
}

/// How many eighths of a cell a bar fills.
fn eighths(line: &str) -> usize {
    let of = |c: char| {
        BAR.iter()
            .position(|bar| bar.starts_with(c))
            .filter(|at| *at > 0)
    };
    line.chars()
        .map(|c| if c == '█' { 8 } else { of(c).unwrap_or(0) })
        .sum()
}

#[test]
fn bars_are_as_long_as_their_values() {
    let rows = json!([{"name": "Cola", "value": 100}, {"name": "Nuts", "value": "50"}, {"name": "Tea", "value": 0}]);
    let lines = drawn(&json!({"answer": "top", "rows": rows}));
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].starts_with("Cola █") && lines[2] == "Tea",
        "{lines:?}"
    );
    let (whole, half) = (eighths(&lines[0]), eighths(&lines[1]));
    assert_eq!(whole, 55 * 8);
    assert!(half.abs_diff(whole / 2) <= 1, "{whole} {half}");
}

#[test]
fn losses_go_to_the_left_of_gains() {
    let rows = json!([{"name": "a", "change": -30}, {"name": "b", "change": 10}]);
    let other = json!([{"name": "x", "change": 1}]);
    let lines = drawn(&json!({"answer": "explain", "causes": {"by": "product"},
        "dimensions": [{"by": "operation", "rows": other}, {"by": "product", "rows": rows}]}));
    let (loss, gain) = (&lines[0], &lines[1]);
    let end = width(loss);
    let start = width(&gain[..gain.find('█').expect("a bar")]);
    assert!(start >= end, "{loss}\n{gain}");
    assert!(eighths(loss) > 2 * eighths(gain), "{loss}\n{gain}");
}

#[test]
fn a_comparison_marks_its_baseline() {
    let rows = json!([{"name": "Dallas", "value": 80, "b": [{"value": 40}]}]);
    let periods = json!({"answer": "compare", "a": {"label": "Q3", "value": 80}, "b": [{"label": "Q2", "value": 40}]});
    let lines = drawn(&periods);
    assert!(
        lines[0].starts_with("Q3 ████") && lines[1].starts_with("Q2 ██"),
        "{lines:?}"
    );
    let mut answer = periods;
    answer["rows"] = rows;
    let lines = drawn(&answer);
    assert_eq!(lines[0], "█ Q3  ┃ Q2");
    let at = width(&lines[1][..lines[1].find('┃').expect("a mark")]);
    assert!(at.abs_diff(7 + 53 / 2) <= 1, "{at}: {}", lines[1]);
}

#[test]
fn a_series_runs_from_its_lowest_to_its_highest_value() {
    let step = |date: &str, value: i64| json!({"date": date, "value": value});
    let steps = [
        step("2026-01-01", 1_000),
        step("2026-02-01", 8_000),
        step("2026-03-01", 4_500),
    ];
    let lines = drawn(&json!({"answer": "trend", "steps": steps}));
    assert_eq!(lines[0], "▁█▅  1,000 to 8,000");
    let many: Vec<Value> = (0..400).map(|i| step("2026-01-01", i)).collect();
    let lines = drawn(&json!({"answer": "trend", "steps": many}));
    assert!(
        lines[0].starts_with('▁') && lines[0].contains('█'),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("2026-01-01"), "{lines:?}");
}

#[test]
fn a_forecast_is_parted_from_its_history() {
    let history = json!([{"date": "2026-01-01", "value": 1}, {"date": "2026-02-01", "value": 2}]);
    let ahead =
        json!([{"date": "2026-03-01", "estimate": 3}, {"date": "2026-04-01", "estimate": 3.5}]);
    let answer = json!({"answer": "forecast", "history": history, "forecast": ahead});
    let lines = drawn(&answer);
    assert_eq!(lines[0], "▁▄┊▇█  1 to 3.50");
    let mut parts = answer;
    parts["parts"] = json!({"nodes": [{"name": "Total", "estimates": [3, 4]}, {"name": "Dallas", "estimates": [2, 1]}]});
    let lines = drawn(&parts);
    assert_eq!(lines, ["Total  ▁█  3 to 4", "Dallas █▁  1 to 2"]);
}

#[test]
fn two_lines_that_are_compared_have_one_scale() {
    let step = |date: &str, base: u8, with: u8| json!({"date": date, "base": {"estimate": base}, "scenario": {"estimate": with}});
    let steps = [step("2026-10-01", 10, 10), step("2026-11-01", 10, 20)];
    let lines = drawn(&json!({"answer": "scenario", "steps": steps}));
    assert_eq!(lines, ["without ▁▁  10 to 10", "with    ▁█  10 to 20"]);
}

#[test]
fn other_answers_have_theirs_or_none() {
    let lines = drawn(&json!({"answer": "target", "so_far": 50, "expected": 90, "target": 100}));
    assert!(
        lines[0] == "┃ target" && lines[1].ends_with('┃'),
        "{lines:?}"
    );
    let record = json!({"none": "there is none"});
    let steps = json!([{"step": 1, "wape": 0.1}, {"step": 2, "wape": 0.2}]);
    let lines =
        drawn(&json!({"answer": "accuracy", "record": record, "backtest": {"by_step": steps}}));
    assert!(lines[1].starts_with("1 ahead █"), "{lines:?}");
    for none in [
        json!({"answer": "describe", "measures": []}),
        json!({"answer": "top", "rows": []}),
        json!({"answer": "trend", "steps": [{"date": "2026-01-01", "value": 3}]}),
        json!(null),
    ] {
        assert_eq!(chart(&none, 80), None, "{none}");
    }
}

/// Whatever the numbers, names and columns: nothing breaks out of its columns.
#[test]
fn a_chart_fits_its_terminal() {
    let numbers = [
        0.0,
        -0.0,
        1e-300,
        1.5,
        -7.25,
        1e15,
        f64::MAX,
        f64::MIN,
        f64::EPSILON,
    ];
    let names = [
        "",
        "a",
        "東京のとても長い名前のついた品物です",
        "e\u{301}e\u{301}",
        "a very long name of a very long thing",
    ];
    let row = |at: usize| {
        let (value, other) = (numbers[at % numbers.len()], numbers[at * 5 % 7]);
        json!({"name": names[at % names.len()], "value": value, "change": other, "estimate": value, "probability": 0.5,
            "date": "2026-01-01", "b": [{"value": other}], "predicted": value, "actual": other,
            "base": {"estimate": value}, "scenario": {"estimate": other}})
    };
    for (from, count) in [(0, 0), (0, 1), (3, 2), (0, 9), (4, 40), (2, 300)] {
        let rows: Vec<Value> = (from..from + count).map(row).collect();
        for answer in [
            "top", "compare", "explain", "forecast", "trend", "scenario", "target", "accuracy",
        ] {
            let answer = json!({"answer": answer, "rows": rows, "steps": rows, "history": rows, "forecast": rows,
                "dimensions": [{"rows": rows}], "record": {"rows": rows}, "target": 5});
            for columns in 0..120 {
                let text = chart(&answer, columns).unwrap_or_default();
                for line in text.lines() {
                    let most = columns.clamp(16, limits::ASK_CHART_COLUMNS_MAX);
                    assert!(width(line) <= most, "{columns}: {line:?} of {answer}");
                }
            }
        }
    }
}
