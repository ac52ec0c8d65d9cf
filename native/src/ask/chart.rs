//! A small chart of an answer in Unicode's blocks: bars for what is ranked or compared, lines of blocks for what runs in
//! time. It is drawn from the structured answer, so that a deployed server's looks the same.

use std::fmt::Write as _;

use nearcast::limits;
use serde_json::Value;

use super::terminal::{clipped, width};

/// An eighth of a cell more each.
const BAR: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const LINE: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The widest name beside a bar or a line, columns.
const NAME_COLUMNS_MAX: usize = 28;

struct Bar {
    name: String,
    value: f64,
    /// What it is compared with.
    mark: Option<f64>,
}

/// A series; a step without a value is blank.
#[derive(Default)]
struct Line {
    name: String,
    past: Vec<Option<f64>>,
    ahead: Vec<Option<f64>>,
}

/// The chart, at most so many columns wide; none of an answer that has nothing to draw.
pub(super) fn chart(answer: &Value, columns: usize) -> Option<String> {
    let columns = columns.min(limits::ASK_CHART_COLUMNS_MAX);
    match answer["answer"].as_str().unwrap_or_default() {
        "compare" => compare(answer, columns),
        "explain" => explain(answer, columns),
        "forecast" => forecast(answer, columns),
        "scenario" => scenario(answer, columns),
        "target" => target(answer, columns),
        "accuracy" => accuracy(answer, columns),
        "trend" => trend(answer, columns),
        _ => {
            let rows = rows(answer, "rows", "value", None);
            let rows = if rows.is_empty() {
                self::rows(answer, "findings", "actual", Some("expected"))
            } else {
                rows
            };
            bars(&rows, columns, None)
        }
    }
}

fn compare(answer: &Value, columns: usize) -> Option<String> {
    let label = |period: &Value| period["label"].as_str().unwrap_or_default().to_owned();
    let mut parts: Vec<Bar> = list(answer, "rows")
        .filter_map(|row| {
            Some(Bar {
                name: row["name"].as_str()?.to_owned(),
                value: number(&row["value"])?,
                mark: number(&row["b"][0]["value"]),
            })
        })
        .collect();
    if parts.is_empty() {
        let periods = std::iter::once(&answer["a"]).chain(list(answer, "b"));
        parts.extend(periods.filter_map(|period| {
            Some(Bar {
                name: label(period),
                value: number(&period["value"])?,
                mark: None,
            })
        }));
        return bars(&parts, columns, None);
    }
    let legend = format!("█ {}  ┃ {}", label(&answer["a"]), label(&answer["b"][0]));
    bars(&parts, columns, Some(&legend))
}

fn explain(answer: &Value, columns: usize) -> Option<String> {
    let by = answer["causes"]["by"].as_str();
    let found = list(answer, "dimensions").find(|d| by.is_some() && d["by"].as_str() == by);
    let dimension = found.or_else(|| list(answer, "dimensions").next())?;
    bars(&rows(dimension, "rows", "change", None), columns, None)
}

fn target(answer: &Value, columns: usize) -> Option<String> {
    let chances = rows(answer, "rows", "probability", None);
    if !chances.is_empty() {
        return bars(&chances, columns, Some("█ probability, of 1"));
    }
    let one = |name: &str, key: &str| {
        Some(Bar {
            name: name.to_owned(),
            value: number(&answer[key])?,
            mark: number(&answer["target"]),
        })
    };
    let parts = [one("so far", "so_far"), one("expected", "expected")];
    bars(
        &parts.into_iter().flatten().collect::<Vec<_>>(),
        columns,
        Some("┃ target"),
    )
}

fn forecast(answer: &Value, columns: usize) -> Option<String> {
    let mut all: Vec<Line> = list(&answer["parts"], "nodes")
        .filter_map(|node| {
            Some(Line {
                name: node["name"].as_str()?.to_owned(),
                past: Vec::new(),
                ahead: node["estimates"].as_array()?.iter().map(number).collect(),
            })
        })
        .collect();
    if all.is_empty() {
        all.push(Line {
            name: String::new(),
            past: values(answer, "history", "value"),
            ahead: values(answer, "forecast", "estimate"),
        });
    }
    let first = all.iter().any(|line| !line.past.is_empty());
    let from = if first {
        &answer["history"][0]
    } else {
        &answer["forecast"][0]
    };
    lines(
        &all,
        false,
        columns,
        &ends(from, list(answer, "forecast").last()),
    )
}

fn scenario(answer: &Value, columns: usize) -> Option<String> {
    let part = |key: &str, name: &str| Line {
        name: name.to_owned(),
        ahead: list(answer, "steps")
            .map(|step| number(&step[key]["estimate"]))
            .collect(),
        past: Vec::new(),
    };
    let all = [part("base", "without"), part("scenario", "with")];
    let dates = ends(&answer["steps"][0], list(answer, "steps").last());
    lines(&all, true, columns, &dates)
}

fn accuracy(answer: &Value, columns: usize) -> Option<String> {
    let record = &answer["record"];
    let part = |key: &str| Line {
        name: key.to_owned(),
        past: values(record, "rows", key),
        ahead: Vec::new(),
    };
    let all = [part("predicted"), part("actual")];
    let dates = ends(&record["rows"][0], list(record, "rows").last());
    lines(&all, true, columns, &dates).or_else(|| {
        let steps = list(&answer["backtest"], "by_step").filter_map(|step| {
            Some(Bar {
                name: format!("{} ahead", step["step"].as_u64()?),
                value: number(&step["wape"])?,
                mark: None,
            })
        });
        bars(
            &steps.collect::<Vec<_>>(),
            columns,
            Some("█ WAPE by steps ahead"),
        )
    })
}

fn trend(answer: &Value, columns: usize) -> Option<String> {
    let profile = rows(&answer["profile"], "rows", "mean", None);
    if !profile.is_empty() {
        return bars(&profile, columns, None);
    }
    let mut all: Vec<Line> = list(answer, "series")
        .filter_map(|series| {
            Some(Line {
                name: series["name"].as_str()?.to_owned(),
                past: series["values"].as_array()?.iter().map(number).collect(),
                ahead: Vec::new(),
            })
        })
        .collect();
    if all.is_empty() {
        all.push(Line {
            past: values(answer, "steps", "value"),
            ..Line::default()
        });
    }
    let dates = ends(&answer["steps"][0], list(answer, "steps").last());
    lines(&all, false, columns, &dates)
}

fn list<'a>(of: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    of[key].as_array().into_iter().flatten()
}

fn values(of: &Value, key: &str, value: &str) -> Vec<Option<f64>> {
    list(of, key).map(|step| number(&step[value])).collect()
}

/// A bar for each row that has a name, or a first day, and a value.
fn rows(of: &Value, key: &str, value: &str, mark: Option<&str>) -> Vec<Bar> {
    list(of, key)
        .filter_map(|row| {
            let name = row["name"].as_str().or(row["from"].as_str())?;
            Some(Bar {
                name: name.to_owned(),
                value: number(&row[value])?,
                mark: mark.and_then(|key| number(&row[key])),
            })
        })
        .collect()
}

/// The first day and the last.
fn ends(first: &Value, last: Option<&Value>) -> [String; 2] {
    let date = |step: &Value| step["date"].as_str().unwrap_or_default().to_owned();
    [date(first), last.map(date).unwrap_or_default()]
}

/// Numbers that a double would not hold exactly are texts.
fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    number.is_finite().then_some(number)
}

/// How many of `most` equal parts a share from 0 to 1 fills.
fn parts(share: f64, most: usize) -> usize {
    let most = u16::try_from(most).unwrap_or(u16::MAX);
    let filled = (0..most).take_while(|part| f64::from(*part) + 0.5 <= share * f64::from(most));
    filled.count()
}

/// One bar a line, from a common zero.
fn bars(all: &[Bar], columns: usize, legend: Option<&str>) -> Option<String> {
    let shown = all.get(..limits::ASK_CHART_ROWS_MAX).unwrap_or(all);
    let ends = shown
        .iter()
        .flat_map(|bar| [Some(bar.value), bar.mark])
        .flatten();
    let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let span = high - low;
    let names = names(shown.iter().map(|bar| bar.name.as_str()), columns);
    let room = columns.checked_sub(names + 1)?;
    if shown.is_empty() || span <= 0.0 || room < 8 {
        return None;
    }
    let zero = parts(-low / span, room);
    let mut out = legend.map_or_else(String::new, |legend| {
        format!("{}\n", clipped(legend, columns))
    });
    for bar in shown {
        let name = clipped(&bar.name, names);
        let pad = " ".repeat(names.saturating_sub(width(&name)));
        let mut cells: Vec<&str> = vec![" "; room];
        if bar.value < 0.0 {
            let filled = parts(-bar.value / span, room);
            cells
                .iter_mut()
                .take(zero)
                .rev()
                .take(filled)
                .for_each(|cell| *cell = "█");
        } else {
            let eighths = parts(bar.value / span, room * 8);
            let right = cells.iter_mut().skip(zero);
            for (at, cell) in right.enumerate() {
                let filled = eighths.saturating_sub(at * 8).min(8);
                *cell = BAR.get(filled).copied().unwrap_or("█");
                if filled == 0 {
                    *cell = " ";
                }
            }
        }
        if let Some(mark) = bar.mark {
            let at = parts((mark - low) / span, room).min(room.saturating_sub(1));
            if let Some(cell) = cells.get_mut(at) {
                *cell = "┃";
            }
        }
        let line = format!("{name}{pad} {}", cells.concat());
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if all.len() > shown.len() {
        let _ = writeln!(out, "… {} more", all.len() - shown.len());
    }
    Some(out)
}

/// One line of blocks a series, each on its own scale from its lowest to its highest value, or all on one.
fn lines(all: &[Line], shared: bool, columns: usize, [from, to]: &[String; 2]) -> Option<String> {
    let shown = all.get(..limits::ASK_CHART_ROWS_MAX).unwrap_or(all);
    let ranges: Vec<Option<(f64, f64)>> = shown.iter().map(|line| range(&[line])).collect();
    let together = range(&shown.iter().collect::<Vec<_>>())?;
    let names = names(shown.iter().map(|line| line.name.as_str()), columns);
    let indent = if names == 0 { 0 } else { names + 1 };
    let scale = |(low, high): (f64, f64)| format!("{} to {}", amount(low), amount(high));
    let scales: Vec<String> = ranges
        .iter()
        .map(|r| r.map_or_else(String::new, scale))
        .collect();
    let beside = scales.iter().map(|s| s.chars().count()).max().unwrap_or(0);
    let room = columns.checked_sub(indent + 2 + beside)?;
    let steps = shown.iter().map(|l| l.past.len() + l.ahead.len()).max()?;
    if room < 8 || steps < 2 {
        return None;
    }
    let mut out = String::new();
    let mut drawn_width = 0;
    for ((line, range), said) in shown.iter().zip(&ranges).zip(&scales) {
        let range = if shared { Some(together) } else { *range };
        let drawn = blocks(line, range.unwrap_or((0.0, 0.0)), room);
        drawn_width = drawn_width.max(width(&drawn));
        let name = clipped(&line.name, names);
        let pad = " ".repeat(indent.saturating_sub(width(&name)));
        let gap = " ".repeat(2 + (drawn_width.saturating_sub(width(&drawn))));
        // Writing into a String cannot fail.
        let _ = writeln!(
            out,
            "{}",
            format!("{name}{pad}{drawn}{gap}{said}").trim_end()
        );
    }
    let between = drawn_width.saturating_sub(width(from) + width(to));
    if !from.is_empty() && between > 0 {
        let _ = writeln!(
            out,
            "{}{from}{}{to}",
            " ".repeat(indent),
            " ".repeat(between)
        );
    }
    if all.len() > shown.len() {
        let _ = writeln!(out, "… {} more", all.len() - shown.len());
    }
    Some(out)
}

/// Past and future with a bar between them; more steps than fit are averaged.
fn blocks(line: &Line, range: (f64, f64), room: usize) -> String {
    let both = !line.past.is_empty() && !line.ahead.is_empty();
    let steps = line.past.len() + line.ahead.len();
    let room = room.saturating_sub(usize::from(both));
    let each = steps.div_ceil(room.max(1)).max(1);
    let part = |values: &[Option<f64>]| -> String {
        values
            .chunks(each)
            .map(|chunk| block(mean(chunk), range))
            .collect()
    };
    let bar = if both { "┊" } else { "" };
    format!("{}{bar}{}", part(&line.past), part(&line.ahead))
}

fn block(value: Option<f64>, (low, high): (f64, f64)) -> char {
    let Some(value) = value else { return ' ' };
    let share = if high > low {
        (value - low) / (high - low)
    } else {
        0.5
    };
    LINE.get(parts(share, LINE.len() - 1))
        .copied()
        .unwrap_or('█')
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let count = u32::try_from(known.len()).ok().filter(|n| *n > 0)?;
    Some(known.iter().sum::<f64>() / f64::from(count))
}

/// The lowest and the highest value.
fn range(of: &[&Line]) -> Option<(f64, f64)> {
    let all = of
        .iter()
        .flat_map(|line| line.past.iter().chain(&line.ahead));
    all.copied().flatten().fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((f64::min(low, v), f64::max(high, v))),
    })
}

/// Columns for names.
fn names<'a>(of: impl Iterator<Item = &'a str>, columns: usize) -> usize {
    let widest = of.map(width).max().unwrap_or(0);
    widest.min(NAME_COLUMNS_MAX).min(columns / 3)
}

/// A number for people, with commas between thousands.
fn amount(value: f64) -> String {
    let text = if value.abs() >= 100.0 || (value - value.round()).abs() < 1e-9 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    };
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let digits = whole.trim_start_matches('-');
    let mut out = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{out}{point}{rest}")
}

#[cfg(test)]
mod tests;
