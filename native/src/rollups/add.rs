//! From the files of an engine to a builder, every grain compared on the way.

use std::collections::BTreeMap;
use std::path::Path;

use nearcast::error::{Error, Result};
use nearcast::ingest::date::Order;
use nearcast::ingest::mapping::{ColumnRole, DimensionPlan, MeasurePlan, TimeColumns};
use nearcast::ingest::number::Decimal;
use nearcast::ingest::{Builder, Config, Mapping, RolledCells, RolledCounts, ratios, vocabulary};
use nearcast::limits;
use nearcast::model::MeasureKind;

use super::controls::Controls;
use super::layout::{DAY, Layout, MONTH};
use super::reader::{self, COUNTED, Cells};
use crate::ingest::Progress;

/// What the columns of rollups mean: what `dataset.toml` says, and nothing else.
///
/// # Errors
/// `Invalid` if it says too little.
pub(super) fn mapping(config: &Config) -> Result<Mapping> {
    let layout = Layout::of(config)?;
    let reason = "dataset.toml says so";
    let mut columns = Vec::new();
    let mut column = |header: &str, role: &str| {
        columns.push(ColumnRole {
            header: header.to_owned(),
            role: role.to_owned(),
            reason: reason.to_owned(),
        });
        columns.len() - 1
    };
    // What the columns are called where the rows are: there is where an answer can be checked.
    let told = config.time.clone().unwrap_or_default();
    let date = told.date.as_deref().or(told.year.as_deref());
    let day = column(date.unwrap_or(DAY), "date");
    let month = column(told.month.as_deref().unwrap_or(MONTH), "month");
    let time = if told.year.is_some() {
        TimeColumns::YearMonth { year: day, month }
    } else {
        TimeColumns::Date {
            column: day,
            order: Order::Ymd,
        }
    };
    let label = |told: &Option<String>, name: &str| {
        told.clone().unwrap_or_else(|| vocabulary::label_of(name))
    };
    let mut dimensions = Vec::new();
    for told in &config.dimension {
        dimensions.push(DimensionPlan {
            name: told.name.clone(),
            label: label(&told.label, &told.name),
            synonyms: told.synonyms.clone(),
            column: column(&told.column, &told.name),
            id_column: told
                .id_column
                .as_ref()
                .map(|id| column(id, &format!("{} (id)", told.name))),
            parent: told.parent.clone(),
        });
    }
    let mut measures = Vec::new();
    for (told, own) in config.measure.iter().zip(&layout.measures) {
        let (kind, unit) = match &told.currency {
            Some(currency) => (MeasureKind::Money, currency.clone()),
            None => (
                MeasureKind::Quantity,
                told.unit.clone().unwrap_or_else(|| "units".into()),
            ),
        };
        measures.push(MeasurePlan {
            name: told.name.clone(),
            label: label(&told.label, &told.name),
            synonyms: told.synonyms.clone(),
            column: column(&told.column, &told.name),
            times: None,
            kind,
            unit,
            scale: Some(own.scale),
        });
    }
    let first = config.measure.first().map(|m| m.name.clone());
    let default_measure = config.default_measure.clone().or(first).unwrap_or_default();
    if !config.measure.iter().any(|m| m.name == default_measure) {
        return Err(Error::invalid(format!(
            "default_measure {default_measure:?} is not one of the measures in dataset.toml"
        )));
    }
    let names: Vec<String> = dimensions.iter().map(|d| d.name.clone()).collect();
    Ok(Mapping {
        derived: ratios(&config.derived, false, &measures, &names)?,
        calendar: config.calendar.clone(),
        targets: config.target.clone(),
        rules: config.rules.unwrap_or_default(),
        zone: None,
        columns,
        time,
        decimal: Decimal::Point,
        dimensions,
        measures,
        default_measure,
        currency_column: None,
    })
}

/// Adds what a query wrote into a folder, and compares its grains. Returns the names of those with so many cells that only
/// their totals were compared.
///
/// # Errors
/// `Invalid` if a file was not written by the query for this `dataset.toml`, or grains do not agree, with the cells that
/// differ; `Corrupt` if a file does not decode.
pub(super) fn add(
    folder: &Path,
    config: &Config,
    builder: &mut Builder,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Vec<String>> {
    let layout = Layout::of(config)?;
    let files = reader::files(folder)?;
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
    let total: u64 = files.iter().map(|f| size(f)).sum();
    let mut adding = Adding::new(&layout, builder);
    let mut done = 0;
    for file in &files {
        let mut tell = |adding: &Adding<'_>, bytes| {
            progress(&Progress {
                bytes,
                bytes_total: total,
                rows: adding.counts.lines,
            });
        };
        tell(&adding, done);
        reader::read(file, &layout, &mut |cells| {
            adding
                .cells(cells)
                .map_err(|e| e.context(file.display().to_string()))
        })?;
        done += size(file);
        tell(&adding, done);
    }
    adding.finish()
}

/// The finest cells of a batch, waiting to be added together.
#[derive(Debug, Default)]
struct Waiting {
    codes: Vec<Vec<u32>>,
    days: Vec<i32>,
    sums: Vec<Vec<i64>>,
    lines: Vec<i64>,
}

struct Adding<'a> {
    layout: &'a Layout,
    builder: &'a mut Builder,
    controls: Controls,
    /// For each label of a grain its position, the finest first; and whether it keeps days or months.
    grains: BTreeMap<i64, usize>,
    counts: RolledCounts,
    /// How often the total of everything was met.
    totals: u64,
}

impl<'a> Adding<'a> {
    fn new(layout: &'a Layout, builder: &'a mut Builder) -> Self {
        let width = layout.measures.len() + COUNTED.len();
        let grains = layout.grains();
        Self {
            controls: Controls::new(layout, width, limits::CONTROL_CELLS_MAX),
            grains: grains.iter().map(|g| layout.label(g)).zip(0..).collect(),
            counts: RolledCounts::default(),
            totals: 0,
            layout,
            builder,
        }
    }

    fn cells(&mut self, cells: &Cells) -> Result<()> {
        let measures = self.layout.measures.len();
        let mut own = Vec::with_capacity(cells.dimensions.len());
        for (at, (values, _)) in cells.dimensions.iter().enumerate() {
            let pairs = values.iter().map(|(id, name)| (id.as_str(), name.as_str()));
            own.push(self.builder.rolled_codes(at, pairs)?);
        }
        let mut waiting = Waiting {
            codes: vec![Vec::new(); own.len()],
            sums: vec![Vec::new(); measures],
            ..Waiting::default()
        };
        let mut codes = vec![0; own.len()];
        let mut sums = vec![0; cells.sums.len()];
        for (row, label) in cells.grains.iter().enumerate() {
            let grain = *self.grains.get(label).ok_or_else(|| {
                Error::invalid(format!(
                    "a cell of grain {label}, which the query for this dataset.toml does not make: make the query again and \
                     run it"
                ))
            })?;
            for (slot, ((_, places), own)) in
                codes.iter_mut().zip(cells.dimensions.iter().zip(&own))
            {
                let place = places.get(row).copied().flatten();
                *slot = place.and_then(|p| own.get(p).copied()).unwrap_or(NO_CODE);
            }
            for (slot, column) in sums.iter_mut().zip(&cells.sums) {
                *slot = column.get(row).copied().unwrap_or(0);
            }
            let day = cells.days.get(row).copied().flatten();
            let month = cells.months.get(row).copied().flatten();
            if grain > 0 {
                self.totals += u64::from(grain == TOTAL);
                self.controls
                    .subtract(grain - 1, &codes, day.or(month), &sums)?;
                continue;
            }
            let Some(day) = day else {
                let lines = sums.get(measures).copied().unwrap_or(0);
                return Err(Error::invalid(format!(
                    "{lines} rows have no date: fill it in, or leave them out in the query"
                )));
            };
            if codes.contains(&NO_CODE) {
                return Err(Error::invalid(
                    "a cell of the finest grain lacks a name: the query is another one",
                ));
            }
            self.controls.add(&codes, day, &sums)?;
            self.count(sums.get(measures..).unwrap_or_default())?;
            waiting.days.push(day);
            for (column, code) in waiting.codes.iter_mut().zip(&codes) {
                column.push(*code);
            }
            for (column, sum) in waiting.sums.iter_mut().zip(&sums) {
                column.push(*sum);
            }
            waiting.lines.extend(sums.get(measures));
        }
        self.builder.add_rolled(&RolledCells {
            codes: &waiting.codes,
            days: &waiting.days,
            sums: &waiting.sums,
            lines: &waiting.lines,
        })
    }

    /// Adds what is counted in a cell, in the order of [`COUNTED`].
    fn count(&mut self, counted: &[i64]) -> Result<()> {
        let counts = &mut self.counts;
        let slots = [
            &mut counts.lines,
            &mut counts.negative,
            &mut counts.empty,
            &mut counts.rounded,
        ];
        for (slot, count) in slots.into_iter().zip(counted) {
            *slot = u64::try_from(*count)
                .ok()
                .and_then(|count| slot.checked_add(count))
                .ok_or_else(|| {
                    Error::invalid("a count of rows is negative: the query is another one")
                })?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<String>> {
        // Cells and rollups of two runs agree with each other, if everything is there twice.
        if self.totals > 1 {
            return Err(Error::invalid(format!(
                "the total of everything is there {} times: the folder holds the output of several runs; empty it and run the \
                 query again",
                self.totals
            )));
        }
        let sums = self.layout.measures.iter().map(|m| m.measure.as_str());
        let columns: Vec<&str> = sums.chain(COUNTED).collect();
        self.controls
            .check(self.layout, &columns, &|dimension, code| {
                let value = self.builder.rolled_value(dimension, code);
                value.map_or_else(|| "(all)".to_owned(), |(_, name)| name.to_owned())
            })?;
        let open: Vec<&str> = self
            .layout
            .measures
            .iter()
            .filter(|m| !m.is_fixed)
            .map(|m| m.measure.as_str())
            .collect();
        if self.counts.rounded > 0 && !open.is_empty() {
            return Err(Error::invalid(format!(
                "{} values have more decimals than are kept: set scale under [[measure]] in dataset.toml for {}, then make \
                 the query again and run it",
                self.counts.rounded,
                open.join(", ")
            )));
        }
        self.builder.note_rolled(self.counts);
        Ok(self.controls.only_totals(self.layout))
    }
}

/// The position of the grain whose one cell is everything.
const TOTAL: usize = 1;
/// Stands for a dimension that a cell does not keep apart.
const NO_CODE: u32 = u32::MAX;
