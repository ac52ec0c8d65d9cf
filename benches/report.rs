//! What was measured, as Markdown.

use std::fmt::{self, Write as _};
use std::fs;
use std::process::Command;

/// One part of the report.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// How it was measured.
    pub(crate) how: String,
    pub(crate) tables: Vec<Table>,
    pub(crate) bars: Vec<Bar>,
}

/// A table; the first column is text, the others are numbers.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let head = head.iter().map(|&cell| cell.to_owned()).collect();
        Self {
            head,
            rows: Vec::new(),
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Below,
    AtMost,
    AtLeast,
}

/// A goal and how far from it this run was.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) what: String,
    pub(crate) measured: f64,
    pub(crate) goal: f64,
    pub(crate) unit: &'static str,
    kind: Kind,
}

impl Bar {
    /// A cost that has to stay below.
    pub(crate) fn below(
        what: impl Into<String>,
        measured: f64,
        goal: f64,
        unit: &'static str,
    ) -> Self {
        Self {
            what: what.into(),
            measured,
            goal,
            unit,
            kind: Kind::Below,
        }
    }

    /// A count that may reach its bar.
    pub(crate) fn at_most(
        what: impl Into<String>,
        measured: f64,
        goal: f64,
        unit: &'static str,
    ) -> Self {
        Self {
            what: what.into(),
            measured,
            goal,
            unit,
            kind: Kind::AtMost,
        }
    }

    /// So many times as fast, at least.
    pub(crate) fn times(what: impl Into<String>, measured: f64, goal: f64) -> Self {
        Self::at_least(what, measured, goal, "x")
    }

    /// So much, at least.
    pub(crate) fn at_least(
        what: impl Into<String>,
        measured: f64,
        goal: f64,
        unit: &'static str,
    ) -> Self {
        Self {
            what: what.into(),
            measured,
            goal,
            unit,
            kind: Kind::AtLeast,
        }
    }

    fn is_met(&self) -> bool {
        match self.kind {
            Kind::Below => self.measured < self.goal,
            Kind::AtMost => self.measured <= self.goal,
            Kind::AtLeast => self.measured >= self.goal,
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.head.join(" | "))?;
        writeln!(
            f,
            "|---|{}",
            "--:|".repeat(self.head.len().saturating_sub(1))
        )?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## {}\n\n{}\n", self.title, self.how)?;
        for table in &self.tables {
            writeln!(f, "{table}")?;
        }
        Ok(())
    }
}

/// Every bar of these sections.
pub(crate) fn bars(sections: &[Section]) -> String {
    let mut table = Table::new(&["What", "Measured", "Bar", "Of the bar", "Met"]);
    for bar in sections.iter().flat_map(|section| &section.bars) {
        let sign = match bar.kind {
            Kind::Below => "below",
            Kind::AtMost => "at most",
            Kind::AtLeast => "at least",
        };
        table.row([
            bar.what.clone(),
            format!("{} {}", number(bar.measured), bar.unit),
            format!("{sign} {} {}", number(bar.goal), bar.unit),
            format!("{} %", number(100.0 * bar.measured / bar.goal)),
            if bar.is_met() {
                "yes".into()
            } else {
                "**no**".into()
            },
        ]);
    }
    table.to_string()
}

/// The whole report.
pub(crate) fn render(machine: &str, sections: &[Section]) -> String {
    let mut text = format!(
        "# Benchmark results\n\n\
         Made by `cargo bench`; do not edit. One run on one machine that had other work to do: compare ratios, not \
         milliseconds, and take differences below 20 % for noise.\n\n\
         {machine}\n\
         ## Bars\n\n{}\n",
        bars(sections)
    );
    for section in sections {
        let _ = write!(text, "{section}");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// An earlier report with these sections in the place of its own, or after them, and their bars likewise.
pub(crate) fn renew(report: &str, machine: &str, sections: &[Section]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for line in report.lines() {
        if line.starts_with("## ") || parts.is_empty() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    for section in sections {
        let head = format!("## {}\n", section.title);
        let fresh = format!("{section}").replacen(&head, &format!("{head}\n{machine}"), 1);
        match parts.iter_mut().find(|part| part.starts_with(&head)) {
            Some(part) => *part = fresh,
            None => parts.push(fresh),
        }
    }
    let fresh = bars(sections);
    if let Some(table) = parts.iter_mut().find(|part| part.starts_with("## Bars\n")) {
        let mut rows: Vec<&str> = table.trim_end().lines().collect();
        let what = |row: &str| row.split('|').nth(1).map(str::to_owned);
        for row in fresh.lines().skip(2) {
            match rows.iter_mut().find(|old| what(old) == what(row)) {
                Some(old) => *old = row,
                None => rows.push(row),
            }
        }
        *table = format!("{}\n\n", rows.join("\n"));
    }
    let mut text = parts.concat();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Date, machine and toolchain, as a list.
pub(crate) fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or("unknown", |(_, name)| name.trim())
        .to_owned();
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    let facts = [
        ("date", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
        ("commit", said("git", &["describe", "--always", "--dirty"])),
        (
            "machine",
            format!("{model}, {cores} cores, {}", said("uname", &["-sm"])),
        ),
        ("load average at the start", load.join(" ")),
        ("rustc", said("rustc", &["--version"])),
    ];
    facts.iter().fold(String::new(), |text, (what, value)| {
        format!("{text}- {what}: {value}\n")
    })
}

fn said(program: &str, args: &[&str]) -> String {
    Command::new(program).args(args).output().map_or_else(
        |_| "unknown".into(),
        |out| String::from_utf8_lossy(&out.stdout).trim().to_owned(),
    )
}

/// Three digits, or as many as are before the point.
pub(crate) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    let plain = format!("{value:.decimals$}");
    let (whole, rest) = plain
        .split_once('.')
        .map_or((plain.as_str(), None), |(w, r)| (w, Some(r)));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    rest.map_or_else(|| grouped.clone(), |rest| format!("{grouped}.{rest}"))
}

/// Milliseconds of seconds.
pub(crate) fn ms(seconds: f64) -> String {
    format!("{} ms", number(seconds * 1e3))
}
