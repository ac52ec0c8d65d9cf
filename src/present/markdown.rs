//! Answers as short Markdown for chat: caveats that change the meaning, a headline, a table, where it comes from.

use std::fmt::Write as _;

use super::{number, parts};
use crate::limits;
use crate::model::Day;
use crate::model::answer::{Answer, Answered, DescribeAnswer, ForecastAnswer, Parts, TopAnswer};
use crate::model::receipt::{MeasureUsed, PERIOD, Receipt};

/// Rows of a table in text; `structuredContent` and the links have all.
pub(super) const TABLE_ROWS_MAX: usize = 25;

/// The answer as text of at most [`limits::TEXT_BYTES_MAX`] bytes. Told what day it is, it says how old the data are.
#[must_use]
pub fn markdown(answered: &Answered, base: &str, today: Option<Day>) -> String {
    let receipt = &answered.receipt;
    let mut out = String::new();
    for note in &receipt.notes {
        line(&mut out, format_args!("> {}", escape(note)));
    }
    if !receipt.notes.is_empty() {
        out.push('\n');
    }
    match &answered.answer {
        Answer::Top(answer) => top(&mut out, answer, receipt),
        Answer::Forecast(answer) => forecast(&mut out, answer, receipt),
        Answer::Describe(answer) => describe(&mut out, answer, receipt),
        Answer::Accuracy(answer) => super::accuracy::markdown(&mut out, answer, receipt),
        Answer::Compare(answer) => super::compare::markdown(&mut out, answer, receipt),
        Answer::Trend(answer) => super::trend::markdown(&mut out, answer, receipt),
        Answer::Target(answer) => super::target::markdown(&mut out, answer, receipt),
        Answer::Scenario(answer) => super::scenario::markdown(&mut out, answer, receipt),
        Answer::Explain(answer) => super::explain::markdown(&mut out, answer, receipt),
        Answer::Anomalies(answer) => super::anomalies::markdown(&mut out, answer, receipt),
        Answer::Segments(answer) => super::segments::markdown(&mut out, answer, receipt),
    }
    let mut foot = String::new();
    footer(&mut foot, answered, base, today);
    // The table is what may be long; where the answer comes from is never cut off.
    let room = limits::TEXT_BYTES_MAX.saturating_sub(foot.len() + 40);
    if out.len() > room {
        let cut = out
            .get(..=room)
            .or_else(|| out.get(..room))
            .map_or(0, |head| head.rfind('\n').unwrap_or(0));
        let cut = if cut == 0 {
            out.char_indices()
                .map(|(i, _)| i)
                .take_while(|&i| i <= room)
                .last()
                .unwrap_or(0)
        } else {
            cut
        };
        out.truncate(cut);
        out.push_str("\n… more by the links below\n");
    }
    out + &foot
}

pub(super) fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = writeln!(out, "{text}");
}

pub(super) fn amount(value: i64, measure: &MeasureUsed) -> String {
    format!(
        "{} {}",
        number::text(value, measure.scale),
        escape(&measure.unit)
    )
}

/// A value that may be missing, without its unit.
pub(super) fn maybe(value: Option<i64>, measure: &MeasureUsed) -> String {
    value.map_or("–".into(), |value| number::text(value, measure.scale))
}

pub(super) fn where_clause(receipt: &Receipt) -> String {
    let mut parts = String::new();
    // The period stands elsewhere.
    for r in receipt.resolved.iter().filter(|r| r.dimension != PERIOD) {
        let matched: Vec<String> = r.matched.iter().take(6).map(|m| escape(m)).collect();
        let more = r.matched.len().saturating_sub(6);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        let _ = write!(
            parts,
            ", {} {}{more}",
            escape(&r.dimension),
            matched.join(" + ")
        );
    }
    parts
}

fn top(out: &mut String, answer: &TopAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    let what = escape(&answer.by_label);
    line(
        out,
        format_args!(
            "**Top {} of {} by {}**{}, {}; {} {}.\n",
            answer.rows.len(),
            receipt.rows_total,
            escape(&measure.label.to_lowercase()),
            where_clause(receipt),
            receipt.period,
            if measure.ratio.is_some() {
                "overall"
            } else {
                "total"
            },
            amount(answer.total, measure)
        ),
    );
    line(
        out,
        format_args!(
            "| # | {what} | {} | Share |\n|--:|---|--:|--:|",
            escape(&measure.unit)
        ),
    );
    for row in answer.rows.iter().take(TABLE_ROWS_MAX) {
        let share = if answer.total > 0 && row.value >= 0 && measure.ratio.is_none() {
            number::percent(number::natural(row.value, 0) / number::natural(answer.total, 0))
        } else {
            "–".into()
        };
        let id = if row.id == row.name {
            String::new()
        } else {
            format!(" ({})", escape(&row.id))
        };
        line(
            out,
            format_args!(
                "| {} | {}{id} | {} | {share} |",
                row.rank,
                escape(&row.name),
                number::text(row.value, measure.scale)
            ),
        );
    }
    if answer.rows.len() > TABLE_ROWS_MAX {
        line(
            out,
            format_args!(
                "\n{} more rows by the links below.",
                answer.rows.len() - TABLE_ROWS_MAX
            ),
        );
    }
}

fn forecast(out: &mut String, answer: &ForecastAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    let f = &answer.forecast;
    let steps = f.point.len().saturating_sub(answer.steps_from);
    let grain = answer.history.grain;
    let plural = if steps == 1 { "" } else { "s" };
    line(
        out,
        format_args!(
            "**{} for the next {steps} {grain}{plural}**{}, in {}.\n",
            escape(&measure.label),
            where_clause(receipt),
            escape(&measure.unit)
        ),
    );
    let mut head = String::from("| From | Estimate |");
    let mut rule = String::from("|---|--:|");
    for band in &f.bands {
        let _ = write!(head, " {} % interval |", band.level);
        rule.push_str("--:|");
    }
    line(out, format_args!("{head}\n{rule}"));
    let natural = |v: f64| number::text(number::round(v, measure.scale), measure.scale);
    let past = answer.history.values.len();
    for i in (answer.steps_from..f.point.len()).take(TABLE_ROWS_MAX) {
        let Some(&point) = f.point.get(i) else { break };
        let mut row = format!("| {} | {} |", answer.history.day(past + i), natural(point));
        for band in &f.bands {
            if let (Some(&lower), Some(&upper)) = (band.lower.get(i), band.upper.get(i)) {
                let _ = write!(row, " {} to {} |", natural(lower), natural(upper));
            }
        }
        line(out, format_args!("{row}"));
    }
    if steps > TABLE_ROWS_MAX {
        line(
            out,
            format_args!(
                "\n{} more steps by the links below.",
                steps - TABLE_ROWS_MAX
            ),
        );
    }
    if let Some(found) = &answer.parts {
        by_part(out, found, answer.steps_from, measure);
    }
    let shown = answer.history.values.len() - answer.shown_from.min(answer.history.values.len());
    line(
        out,
        format_args!(
            "\nModel {}: {}. Fitted on {} {grain}s to {}{}.",
            escape(&f.model),
            escape(&f.reason),
            answer.history.values.len(),
            answer.history.day(answer.history.values.len()).plus(-1),
            if shown > 0 {
                format!("; {shown} of them are in the structured answer and the links")
            } else {
                String::new()
            },
        ),
    );
}

/// The sum of the steps of each part.
fn by_part(out: &mut String, found: &Parts, steps_from: usize, measure: &MeasureUsed) {
    let all = parts::shown(found, steps_from, measure.scale);
    let steps = all.first().map_or(0, |total| total.estimates.len());
    let label = escape(&found.by_label);
    let mut head = match &found.parent {
        Some((_, parent)) => format!("| {label} | {} |", escape(parent)),
        None => format!("| {label} |"),
    };
    let mut rule = String::from(if found.parent.is_some() {
        "|---|---|"
    } else {
        "|---|"
    });
    let _ = write!(head, " {steps} steps together |");
    rule.push_str("--:|");
    for (level, ..) in all.first().map_or(&[][..], |total| &total.ends) {
        let _ = write!(head, " {level} % interval |");
        rule.push_str("--:|");
    }
    line(out, format_args!("\n{head}\n{rule}"));
    let text = |value: i64| number::text(value, measure.scale);
    for shown in all.iter().take(TABLE_ROWS_MAX) {
        let part = shown.part;
        let name = escape(&part.name);
        let is_sum = part.level != found.by;
        let name = if is_sum { format!("**{name}**") } else { name };
        let rest = if part.rest > 0 {
            format!(", {} together", part.rest)
        } else {
            String::new()
        };
        let mut row = format!("| {name}{rest} |");
        if found.parent.is_some() {
            let _ = write!(row, " {} |", escape(shown.parent.unwrap_or_default()));
        }
        let _ = write!(row, " {} |", text(shown.sum));
        for (_, lower, upper) in &shown.ends {
            let _ = write!(row, " {} to {} |", text(*lower), text(*upper));
        }
        line(out, format_args!("{row}"));
    }
    if all.len() > TABLE_ROWS_MAX {
        let more = all.len() - TABLE_ROWS_MAX;
        line(out, format_args!("\n{more} more parts by the links below."));
    }
}

fn describe(out: &mut String, answer: &DescribeAnswer, receipt: &Receipt) {
    if let Some(listed) = &answer.listed {
        line(
            out,
            format_args!(
                "**{} of {} values of {}**\n",
                listed.values.len(),
                receipt.rows_total,
                escape(&listed.dimension)
            ),
        );
        for (id, name, parent) in &listed.values {
            let id = if id == name {
                String::new()
            } else {
                format!(" ({})", escape(id))
            };
            let parent = parent
                .as_ref()
                .map_or(String::new(), |p| format!(", {}", escape(p)));
            line(out, format_args!("- {}{id}{parent}", escape(name)));
        }
        return;
    }
    line(
        out,
        format_args!(
            "**{}**: {} to {}, by {}.\n",
            escape(&receipt.title),
            answer.days.first,
            answer.days.last,
            answer.grain
        ),
    );
    for (i, m) in answer.measures.iter().enumerate() {
        let default = if i == 0 { ", the default" } else { "" };
        line(
            out,
            format_args!(
                "- measure `{}` ({}{default})",
                escape(&m.name),
                escape(&m.unit)
            ),
        );
    }
    for d in &answer.derived {
        line(
            out,
            format_args!(
                "- measure `{}` ({}; {} / {})",
                escape(&d.name),
                escape(&d.unit),
                escape(&d.numerator),
                escape(&d.denominator)
            ),
        );
    }
    for d in &answer.dimensions {
        let parent = d
            .parent
            .as_ref()
            .map_or(String::new(), |p| format!(", belongs to {}", escape(p)));
        line(
            out,
            format_args!(
                "- dimension `{}`: {} values{parent}",
                escape(&d.name),
                d.count
            ),
        );
    }
    let q = &answer.quality;
    line(
        out,
        format_args!(
            "- quality: {} of {} rows used, {} returned, {} stretches without rows{}",
            q.rows_used,
            q.rows_read,
            q.rows_negative,
            q.missing.len(),
            q.missing
                .iter()
                .take(3)
                .fold(String::new(), |list, gap| format!("{list}, {gap}"))
        ),
    );
    for note in &q.notes {
        line(out, format_args!("- {}", escape(note)));
    }
}

fn footer(out: &mut String, answered: &Answered, base: &str, today: Option<Day>) {
    let receipt = &answered.receipt;
    let age = match today.map(|today| receipt.age_days(today)) {
        None | Some(0) => String::new(),
        Some(1) => " (yesterday)".into(),
        Some(days) => format!(" ({days} days ago)"),
    };
    let url = |format: &str| format!("{base}{}", receipt.link.url(format));
    let chart = if super::svg::can_draw(&answered.answer) {
        format!(" · [chart]({})", url("svg"))
    } else {
        String::new()
    };
    line(
        out,
        format_args!(
            "\n{}, version {}, data to {}{age} · [json]({}) · [csv]({}){chart}",
            escape(&receipt.title),
            receipt.version,
            receipt.as_of,
            url("json"),
            url("csv")
        ),
    );
}

/// Text of the data as text in Markdown: names are data and never become structure, links or markup.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '!' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Controls, line ends and direction overrides would leave the line that they stand in.
            c if c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                out.push(' ');
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn names_stay_in_their_line_and_cell() {
        assert_eq!(
            escape("a|b\n# c <script>[x](y)\u{202e}"),
            "a\\|b \\# c &lt;script&gt;\\[x\\](y) "
        );
    }
}
