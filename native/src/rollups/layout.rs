//! What another engine writes for `nearcast ingest --rollups`: the names and the meaning of its columns. The SQL that is
//! made and the reader of what it wrote both follow this.

use std::fmt::Write as _;

use nearcast::error::{Error, Result};
use nearcast::ingest::{Config, vocabulary};
use nearcast::limits;

/// Which columns a cell keeps apart: the sum of a bit for each one that it does not. 0 is the finest.
pub(super) const GRAIN: &str = "grain";
/// The day; null where a cell keeps none apart.
pub(super) const DAY: &str = "day";
/// The first day of the month.
pub(super) const MONTH: &str = "month";
/// Source rows in the cell.
pub(super) const LINES: &str = "lines";
/// Those of them with a negative quantity.
pub(super) const NEGATIVES: &str = "negatives";
/// Their measure fields that were null.
pub(super) const EMPTIES: &str = "empties";
/// Their values that have more decimals than are kept, and were rounded.
pub(super) const ROUNDED: &str = "rounded";

/// A dimension's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DimensionColumns {
    /// Its name in questions.
    pub(super) dimension: String,
    /// The column of names: `name_product`.
    pub(super) name: String,
    /// The column of ids, if the source has one: `id_product`.
    pub(super) id: Option<String>,
}

/// A measure's column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MeasureColumn {
    /// Its name in questions.
    pub(super) measure: String,
    /// The column of sums, whole numbers of 10^-scale: `sum_revenue`.
    pub(super) sum: String,
    /// Decimal places.
    pub(super) scale: u8,
    /// Whether the owner fixed them, so that finer values may be rounded.
    pub(super) is_fixed: bool,
}

/// A set of columns that cells keep apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grain {
    /// Positions of the dimensions, ascending.
    pub(super) dimensions: Vec<usize>,
    /// Whether it keeps months apart.
    pub(super) month: bool,
    /// Whether it keeps days apart.
    pub(super) day: bool,
}

/// The columns and the grains of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The dimensions, in the order of `dataset.toml`.
    pub(super) dimensions: Vec<DimensionColumns>,
    /// The measures, likewise.
    pub(super) measures: Vec<MeasureColumn>,
}

impl Layout {
    /// The layout for what a `dataset.toml` says.
    ///
    /// # Errors
    /// `Invalid` if it names no measure, or more dimensions than a cell may have: nothing is detected here.
    pub(super) fn of(config: &Config) -> Result<Self> {
        if config.measure.is_empty() || config.time.is_none() {
            return Err(Error::invalid(
                "rollups need a dataset.toml that names everything, since nothing is detected in them: [time], \
                 [[dimension]] and [[measure]]; `nearcast ingest` of a sample writes one",
            ));
        }
        if config.dimension.len() > limits::STORED_DIMENSIONS_MAX
            || config.measure.len() > limits::MEASURES_MAX
        {
            return Err(Error::invalid(format!(
                "dataset.toml names {} dimensions and {} measures: at most {} and {} are kept",
                config.dimension.len(),
                config.measure.len(),
                limits::STORED_DIMENSIONS_MAX,
                limits::MEASURES_MAX
            )));
        }
        let dimensions = config.dimension.iter().map(|d| DimensionColumns {
            dimension: d.name.clone(),
            name: format!("name_{}", d.name),
            id: d.id_column.as_ref().map(|_| format!("id_{}", d.name)),
        });
        let measures = config.measure.iter().map(|m| MeasureColumn {
            measure: m.name.clone(),
            sum: format!("sum_{}", m.name),
            scale: m
                .scale
                .unwrap_or_else(|| m.currency.as_deref().map_or(0, vocabulary::exponent)),
            is_fixed: m.scale.is_some(),
        });
        Ok(Self {
            dimensions: dimensions.collect(),
            measures: measures.collect(),
        })
    }

    /// The finest grain, then the small ones that check it: all time, each day, each dimension by month, and the first two
    /// dimensions together. What is coarser than a cell is made of the cells anyway; these are witnesses that no part of
    /// the output is missing, is there twice, or comes from another run.
    #[must_use]
    pub(super) fn grains(&self) -> Vec<Grain> {
        let grain = |dimensions: Vec<usize>, month, day| Grain {
            dimensions,
            month,
            day,
        };
        let count = self.dimensions.len();
        let mut grains = vec![
            grain((0..count).collect(), true, true),
            grain(Vec::new(), false, false),
            grain(Vec::new(), false, true),
        ];
        grains.extend((0..count).map(|d| grain(vec![d], true, false)));
        if count > 1 {
            grains.push(grain(vec![0, 1], false, false));
        }
        grains
    }

    /// The number by which a grain's cells are known: 1 for a month that is not kept apart, 2 for a day, 4, 8, ... for the
    /// dimensions.
    #[must_use]
    pub(super) fn label(&self, grain: &Grain) -> i64 {
        let missing = (0..self.dimensions.len()).filter(|d| !grain.dimensions.contains(d));
        let dimensions: i64 = missing.map(|d| 4 << d).sum();
        dimensions + i64::from(!grain.month) + 2 * i64::from(!grain.day)
    }

    /// What a grain is called: `product x month`.
    #[must_use]
    pub(super) fn name(&self, grain: &Grain) -> String {
        let mut name = String::new();
        let dimensions = grain
            .dimensions
            .iter()
            .filter_map(|d| Some(self.dimensions.get(*d)?.dimension.as_str()));
        let time = match (grain.day, grain.month) {
            (true, _) => Some(DAY),
            (false, true) => Some(MONTH),
            (false, false) => None,
        };
        for part in dimensions.chain(time) {
            let between = if name.is_empty() { "" } else { " x " };
            // Writing into a String does not fail.
            let _ = write!(name, "{between}{part}");
        }
        if name.is_empty() {
            "all".clone_into(&mut name);
        }
        name
    }
}
