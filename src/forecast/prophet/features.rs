//! The columns that explain the measure besides the trend: cycles as Fourier series, holidays, regressors.

use super::config::{Columns, Config, Mode, Season};
use super::count;
use crate::limits::PROPHET_COLUMNS_MAX;
use crate::model::calendar::Day;

/// A named group of columns.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) mode: Mode,
    /// The standard deviation of its coefficients' prior.
    prior_scale: f64,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Cycle {
        period_days: f64,
        order: u32,
    },
    /// The days of each column, ascending.
    Holiday(Vec<Vec<Day>>),
    Regressor {
        index: usize,
        mean: f64,
        deviation: f64,
    },
}

/// The columns of a model, in the order of its coefficients: those that are added, then those that are multiplied.
#[derive(Debug, Clone, Default)]
pub(super) struct Features {
    /// In the order of the configuration.
    pub(super) components: Vec<Component>,
    /// The component of each column.
    pub(super) owners: Vec<usize>,
}

/// Values by row, and how each column joins the trend.
#[derive(Debug, Clone)]
pub(super) struct Matrix {
    values: Vec<f64>,
    width: usize,
    height: usize,
}

impl Matrix {
    /// The rows, each as wide as the model has columns.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[f64]> {
        let row = |i: usize| {
            let start = i * self.width;
            self.values.get(start..start + self.width).unwrap_or(&[])
        };
        (0..self.height).map(row)
    }
}

impl Features {
    /// Decides on the columns and learns how regressors are scaled.
    pub(super) fn plan(ds: &[Day], extra: &Columns, config: &Config) -> Result<Self, String> {
        let (yearly, weekly) = automatic(ds);
        let season = |asked: Season, automatic: bool, order: u32| match asked {
            Season::Auto if automatic => order,
            Season::Auto | Season::Off => 0,
            Season::Order(order) => order,
        };
        let mut features = Self::default();
        let built_in = [
            ("yearly", 365.25, season(config.yearly, yearly, 10)),
            ("weekly", 7.0, season(config.weekly, weekly, 3)),
        ];
        for (name, period_days, order) in built_in {
            // A cycle of the same name takes the place of the built-in one.
            if order > 0 && !config.cycles.iter().any(|c| c.name == name) {
                features.add(Component {
                    name: name.to_owned(),
                    mode: config.seasonality_mode,
                    prior_scale: config.seasonality_prior_scale,
                    source: Source::Cycle { period_days, order },
                })?;
            }
        }
        for cycle in &config.cycles {
            features.add(Component {
                name: cycle.name.clone(),
                mode: cycle.mode,
                prior_scale: cycle.prior_scale,
                source: Source::Cycle {
                    period_days: cycle.period_days,
                    order: cycle.order,
                },
            })?;
        }
        for holiday in &config.holidays {
            let span = i64::from(holiday.upper_window) - i64::from(holiday.lower_window);
            if span >= i64::try_from(PROPHET_COLUMNS_MAX).unwrap_or(i64::MAX) {
                return Err(too_many());
            }
            let column = |offset: i32| {
                let mut days: Vec<Day> = holiday.days.iter().map(|d| d.plus(offset)).collect();
                days.sort_unstable();
                days
            };
            let offsets = holiday.lower_window..=holiday.upper_window;
            features.add(Component {
                name: holiday.name.clone(),
                mode: config.holidays_mode.unwrap_or(config.seasonality_mode),
                prior_scale: holiday.prior_scale.unwrap_or(config.holidays_prior_scale),
                source: Source::Holiday(offsets.map(column).collect()),
            })?;
        }
        for (index, regressor) in config.regressors.iter().enumerate() {
            let values = extra.regressors.get(index).map_or(&[][..], Vec::as_slice);
            let (mean, deviation) = standard(values, regressor.standardize);
            if !(mean.is_finite() && deviation.is_finite()) {
                return Err(format!(
                    "the values of regressor {} are too large: rescale them",
                    regressor.name
                ));
            }
            features.add(Component {
                name: regressor.name.clone(),
                mode: regressor.mode.unwrap_or(config.seasonality_mode),
                prior_scale: regressor.prior_scale.unwrap_or(config.holidays_prior_scale),
                source: Source::Regressor {
                    index,
                    mean,
                    deviation,
                },
            })?;
        }
        Ok(features)
    }

    fn add(&mut self, component: Component) -> Result<(), String> {
        if self.components.iter().any(|c| c.name == component.name) {
            return Err(format!(
                "two components are named {}: rename one",
                component.name
            ));
        }
        let columns = match &component.source {
            Source::Cycle { order, .. } => {
                usize::try_from(*order).map_or(usize::MAX, |o| o.saturating_mul(2))
            }
            Source::Holiday(columns) => columns.len(),
            Source::Regressor { .. } => 1,
        };
        if self.owners.len().saturating_add(columns) > PROPHET_COLUMNS_MAX {
            return Err(too_many());
        }
        let owner = std::iter::repeat_n(self.components.len(), columns);
        if component.mode == Mode::Additive {
            let at = self.multiplied_from();
            self.owners.splice(at..at, owner);
        } else {
            self.owners.extend(owner);
        }
        self.components.push(component);
        Ok(())
    }

    /// The components that own the columns, column by column.
    fn columns(&self) -> impl Iterator<Item = &Component> {
        self.owners.iter().filter_map(|i| self.components.get(*i))
    }

    /// The precision of each coefficient's prior.
    pub(super) fn precisions(&self) -> Vec<f64> {
        let precision =
            |c: &Component| 1.0 / (c.prior_scale * c.prior_scale).max(f64::MIN_POSITIVE);
        self.columns().map(precision).collect()
    }

    /// Columns before this one are added, the others multiplied.
    pub(super) fn multiplied_from(&self) -> usize {
        self.columns()
            .take_while(|c| c.mode == Mode::Additive)
            .count()
    }

    /// The columns on these days.
    pub(super) fn matrix(&self, ds: &[Day], extra: &Columns) -> Result<Matrix, String> {
        let mut values = Vec::with_capacity(ds.len() * self.owners.len());
        let columns: Vec<&[f64]> = extra.regressors.iter().map(Vec::as_slice).collect();
        for component in &self.components {
            if let Source::Regressor { index, .. } = component.source {
                let column = columns.get(index).copied().unwrap_or(&[]);
                if column.len() != ds.len() || column.iter().any(|v| !v.is_finite()) {
                    return Err(format!(
                        "regressor {} needs a finite value for each of the {} days",
                        component.name,
                        ds.len()
                    ));
                }
            }
        }
        let modes = [Mode::Additive, Mode::Multiplicative];
        let in_order = |mode: Mode| self.components.iter().filter(move |c| c.mode == mode);
        let ordered: Vec<&Component> = modes.into_iter().flat_map(in_order).collect();
        for (row, day) in ds.iter().enumerate() {
            for component in &ordered {
                match &component.source {
                    Source::Cycle { period_days, order } => {
                        let turn = std::f64::consts::TAU * f64::from(day.0);
                        for harmonic in 1..=*order {
                            let (sin, cos) = libm::sincos(f64::from(harmonic) / period_days * turn);
                            values.extend([sin, cos]);
                        }
                    }
                    Source::Holiday(days) => {
                        let on = |days: &Vec<Day>| f64::from(days.binary_search(day).is_ok());
                        values.extend(days.iter().map(on));
                    }
                    Source::Regressor {
                        index,
                        mean,
                        deviation,
                    } => {
                        let raw = columns.get(*index).and_then(|c| c.get(row));
                        let scaled = raw.map_or(0.0, |v| (v - mean) / deviation);
                        values.push(scaled.clamp(-1e150, 1e150));
                    }
                }
            }
        }
        Ok(Matrix {
            values,
            width: self.owners.len(),
            height: ds.len(),
        })
    }
}

fn too_many() -> String {
    format!(
        "the model may have {PROPHET_COLUMNS_MAX} columns at most: ask for fewer holidays, shorter windows or lower \
         orders"
    )
}

/// Whether the history carries a yearly and a weekly season.
fn automatic(ds: &[Day]) -> (bool, bool) {
    let (Some(first), Some(last)) = (ds.first(), ds.last()) else {
        return (false, false);
    };
    let days = i64::from(last.0) - i64::from(first.0);
    let steps = ds.iter().zip(ds.iter().skip(1));
    let step = steps
        .map(|(a, b)| i64::from(b.0) - i64::from(a.0))
        .filter(|d| *d > 0)
        .min();
    (days >= 730, days >= 14 && step.is_some_and(|d| d < 7))
}

/// Mean and standard deviation that a regressor is standardised by: 0 and 1 if it is not.
fn standard(values: &[f64], asked: Option<bool>) -> (f64, f64) {
    let Some(first) = values.first() else {
        return (0.0, 1.0);
    };
    let constant = values.iter().all(|v| v.total_cmp(first).is_eq());
    let binary = values
        .iter()
        .all(|v| *v == 0.0 || v.total_cmp(&1.0).is_eq());
    if constant || !asked.unwrap_or(!binary) {
        return (0.0, 1.0);
    }
    let n = count(values.len());
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    // Squares of differences under 1e-160 vanish: such a column is left as it is.
    if deviation > 0.0 {
        (mean, deviation)
    } else {
        (mean, 1.0)
    }
}
