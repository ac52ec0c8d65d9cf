//! The model of Prophet: a trend with changes of slope, Fourier seasons, holidays and regressors.
//!
//! Taylor & Letham, Forecasting at scale, 2018; forecasts agree with Python Prophet 1.5.0 (golden:
//! tests/golden/prophet). `fit` plans the columns (`features`, `trend`) and finds the coefficients (`posterior`): the
//! most probable ones, exactly (`lasso`, `cholesky`), where Prophet uses Newton's method, and where its quasi-Newton
//! descent stops otherwise (`descent`, `surface`). `FittedProphet` forecasts, simulates intervals (`simulate`, `draws`)
//! and takes forecasts apart.
//!
//! `augurs-prophet` has the model too, but an `Optimizer` of our own would not be enough: its Fourier series and
//! logistic trend call the host's sin, cos, exp and ln, whose last bits differ between hosts; its intervals come from
//! an unseeded generator; its logistic trend divides by slopes, which may be zero. `augurs` stays the package of the
//! other models.
//!
//! Left out, since steps are days at least: the daily season. Also Prophet's conditional seasons, full Bayesian
//! sampling, and caps that change with time.

mod cholesky;
mod config;
mod descent;
mod draws;
mod features;
mod lasso;
mod posterior;
mod simulate;
mod surface;
mod trend;
mod vector;

pub use config::{Columns, Config, Cycle, Growth, Holiday, Mode, Regressor, Season};

use super::count;
use crate::limits::{
    FORECAST_STEPS_MAX, HISTORY_STEPS_MAX, PROPHET_CHANGEPOINTS_MAX, PROPHET_DRAWN_VALUES,
    PROPHET_DRAWS_MAX,
};
use crate::model::answer::Band;
use crate::model::calendar::Day;
use features::Features;
use posterior::{Problem, Solution};
use trend::{Line, Shape};
use vector::dot;

/// A fitted model.
#[derive(Debug, Clone)]
pub struct FittedProphet {
    features: Features,
    shape: Shape,
    knots: Vec<f64>,
    solution: Solution,
    start: Day,
    span_days: f64,
    observations: usize,
    /// Units of the measure in one scaled unit.
    scale: f64,
    floor: f64,
    draws: usize,
    seed: u64,
}

/// What a forecast is made of: trend x (1 + sum of multiplicative parts) + sum of additive parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    /// The trend, in the measure's unit: `[day]`.
    pub trend: Vec<f64>,
    /// Seasons, cycles, holidays and regressors, in the order of the configuration.
    pub parts: Vec<Part>,
}

/// One effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// `yearly`, `weekly`, or the name in the configuration.
    pub name: String,
    /// How it joins the trend.
    pub mode: Mode,
    /// In the measure's unit if additive, shares of the trend if multiplicative: `[day]`.
    pub values: Vec<f64>,
}

/// Fits the model to a history, which may have gaps.
///
/// # Shape    ds, y: `[n]`; extra: a column of n for each regressor
/// # Units    the measure's
/// # Errors   what to change, if days do not ascend, fewer than two differ, values are not finite, a setting is out of
/// range, or a bound of [`crate::limits`] is passed
/// # Source   Taylor & Letham, Forecasting at scale, 2018; golden: tests/golden/prophet
///
/// # Errors
/// In a few words, what about the days, values or columns cannot be used.
pub fn fit(
    ds: &[Day],
    y: &[f64],
    extra: &Columns,
    config: &Config,
) -> Result<FittedProphet, String> {
    config.check()?;
    check(ds, y, config)?;
    let (Some(start), Some(end)) = (ds.first().copied(), ds.last().copied()) else {
        return Err("a forecast needs two days at least".to_owned());
    };
    let span_days = f64::from(end.0) - f64::from(start.0);
    let (floor, cap) = match config.growth {
        Growth::Logistic { cap, floor } => (floor, cap),
        Growth::Linear | Growth::Flat => (0.0, 0.0),
    };
    let largest = y.iter().map(|v| (v - floor).abs()).fold(0.0, f64::max);
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let scaled_cap = (cap - floor) / scale;
    if !(scale.is_finite() && scaled_cap.is_finite()) {
        return Err("the values are too far apart: rescale them".to_owned());
    }
    let shape = match config.growth {
        Growth::Linear => Shape::Linear,
        Growth::Logistic { .. } => Shape::Logistic(scaled_cap),
        Growth::Flat => Shape::Flat,
    };
    let features = Features::plan(ds, extra, config)?;
    let matrix = features.matrix(ds, extra)?;
    let time = |day: &Day| (f64::from(day.0) - f64::from(start.0)) / span_days;
    let mut knots: Vec<f64> = trend::changepoints(ds, config)?.iter().map(time).collect();
    let no_changepoints = knots.is_empty();
    if no_changepoints {
        // Prophet puts one at the start, which shares the slope's prior with the slope.
        knots.push(0.0);
    }
    if knots.len() > PROPHET_CHANGEPOINTS_MAX {
        return Err(format!(
            "the model may have {PROPHET_CHANGEPOINTS_MAX} changepoints at most: ask for fewer"
        ));
    }
    let t: Vec<f64> = ds.iter().map(time).collect();
    let scaled: Vec<f64> = y.iter().map(|v| (v - floor) / scale).collect();
    let constant = y.iter().all(|v| y.first() == Some(v));
    let mut solution = if constant && !matches!(shape, Shape::Logistic(_)) {
        Solution {
            line: Line::start(shape, &t, &scaled, knots.len()),
            effects: vec![0.0; features.owners.len()],
            deviation: 1e-9,
            steps: 0,
        }
    } else {
        posterior::fit(&Problem {
            shape,
            t: &t,
            y: &scaled,
            knots: &knots,
            matrix: &matrix,
            multiplied_from: features.multiplied_from(),
            precisions: &features.precisions(),
            change_scale: config.changepoint_prior_scale,
        })
    };
    if no_changepoints {
        for change in &mut solution.line.changes {
            solution.line.slope += std::mem::take(change);
        }
    }
    Ok(FittedProphet {
        features,
        shape,
        knots,
        solution,
        start,
        span_days,
        observations: ds.len(),
        scale,
        floor,
        draws: config.draws.min(PROPHET_DRAWS_MAX),
        seed: config.seed,
    })
}

fn check(ds: &[Day], y: &[f64], config: &Config) -> Result<(), String> {
    if ds.len() != y.len() {
        return Err(format!(
            "{} days and {} values: give one value a day",
            ds.len(),
            y.len()
        ));
    }
    if ds.len() > HISTORY_STEPS_MAX {
        return Err(format!(
            "{} values, and {HISTORY_STEPS_MAX} may be fitted: leave out the oldest",
            ds.len()
        ));
    }
    ascending(ds)?;
    if ds.first() == ds.last() {
        return Err("a forecast needs values of two different days at least".to_owned());
    }
    if let Some(day) = y.iter().zip(ds).find(|(v, _)| !v.is_finite()) {
        return Err(format!(
            "the value of {} is not finite: leave it out",
            day.1
        ));
    }
    if config.changepoints > PROPHET_CHANGEPOINTS_MAX {
        return Err(format!(
            "the model may have {PROPHET_CHANGEPOINTS_MAX} changepoints at most: ask for fewer"
        ));
    }
    Ok(())
}

fn ascending(ds: &[Day]) -> Result<(), String> {
    match ds.iter().zip(ds.iter().skip(1)).find(|(a, b)| a > b) {
        Some((a, b)) => Err(format!("{b} comes after {a}: sort the days")),
        None => Ok(()),
    }
}

/// A finite number in place of one that grew past all numbers.
fn finite(value: f64) -> f64 {
    value.clamp(-f64::MAX, f64::MAX)
}

/// The trend and the effects of some days, in scaled units.
struct Terms {
    t: Vec<f64>,
    path: Vec<f64>,
    trend: Vec<f64>,
    added: Vec<f64>,
    multiplied: Vec<f64>,
}

impl FittedProphet {
    /// The forecast for some days, past or future.
    ///
    /// # Shape    ds: `[h]`, ascending; extra: a column of h for each regressor; result: `[h]`
    /// # Units    the measure's
    /// # Errors   what to change, if days do not ascend or regressors do not fit them
    ///
    /// # Errors
    /// In a few words, what about the days, values or columns cannot be used.
    pub fn predict(&self, ds: &[Day], extra: &Columns) -> Result<Vec<f64>, String> {
        let terms = self.terms(ds, extra)?;
        let rows = terms.trend.iter().zip(&terms.added).zip(&terms.multiplied);
        Ok(rows.map(|((t, a), m)| self.value(*t, *a, *m)).collect())
    }

    /// Simulated prediction intervals, one for each level.
    ///
    /// The same seed gives the same bounds on every host.
    ///
    /// # Shape    ds: `[h]`, ascending; each band: `[h]`
    /// # Units    the measure's; levels are percent
    /// # Errors   as [`Self::predict`], or if more than [`FORECAST_STEPS_MAX`] days are asked for
    ///
    /// # Errors
    /// In a few words, what about the days, values or columns cannot be used.
    pub fn intervals(
        &self,
        ds: &[Day],
        extra: &Columns,
        levels: &[u8],
    ) -> Result<Vec<Band>, String> {
        if ds.len() > FORECAST_STEPS_MAX {
            return Err(format!(
                "intervals of {} days, and {FORECAST_STEPS_MAX} are allowed: ask for fewer",
                ds.len()
            ));
        }
        let terms = self.terms(ds, extra)?;
        let changes = &self.solution.line.changes;
        let size = changes.iter().map(|c| c.abs()).sum::<f64>() / count(changes.len().max(1));
        let simulated = simulate::Future {
            shape: self.shape,
            path: &terms.path,
            t: &terms.t,
            history_step: 1.0 / count(self.observations.saturating_sub(1).max(1)),
            changepoints: self.knots.len(),
            change: size + 1e-8,
            deviation: self.solution.deviation,
        }
        .simulate(
            self.draws.min(PROPHET_DRAWN_VALUES / ds.len().max(1)),
            self.seed,
        );
        let mut bands: Vec<Band> = levels
            .iter()
            .map(|level| Band {
                level: *level,
                lower: Vec::with_capacity(ds.len()),
                upper: Vec::with_capacity(ds.len()),
            })
            .collect();
        let rows = terms.trend.iter().zip(&terms.added).zip(&terms.multiplied);
        for (((trend, added), multiplied), day) in rows.zip(simulated) {
            let value = |(t, noise): (f64, f64)| self.value(trend + t, added + noise, *multiplied);
            let mut values: Vec<f64> = day.into_iter().map(value).collect();
            if values.is_empty() {
                values.push(self.value(*trend, *added, *multiplied));
            }
            values.sort_unstable_by(f64::total_cmp);
            for band in &mut bands {
                let inside = usize::from(band.level.min(100));
                band.lower.push(simulate::quantile(&values, 100 - inside));
                band.upper.push(simulate::quantile(&values, 100 + inside));
            }
        }
        Ok(bands)
    }

    /// What the forecast for some days is made of.
    ///
    /// # Shape    ds: `[h]`, ascending; trend and parts: `[h]`
    /// # Units    the measure's, and shares for multiplicative parts
    /// # Errors   as [`Self::predict`]
    ///
    /// # Errors
    /// In a few words, what about the days, values or columns cannot be used.
    pub fn components(&self, ds: &[Day], extra: &Columns) -> Result<Components, String> {
        let trend = self.terms(ds, extra)?.trend;
        let blank = |component: &features::Component| Part {
            name: component.name.clone(),
            mode: component.mode,
            values: vec![0.0; ds.len()],
        };
        let mut parts: Vec<Part> = self.features.components.iter().map(blank).collect();
        let matrix = self.features.matrix(ds, extra)?;
        for (i, row) in matrix.rows().enumerate() {
            let columns = row.iter().zip(&self.solution.effects);
            for ((x, effect), owner) in columns.zip(&self.features.owners) {
                if let Some(value) = parts.get_mut(*owner).and_then(|p| p.values.get_mut(i)) {
                    *value += x * effect;
                }
            }
        }
        for part in &mut parts {
            if part.mode == Mode::Additive {
                for value in &mut part.values {
                    *value = finite(*value * self.scale);
                }
            }
        }
        Ok(Components {
            trend: trend.iter().map(|t| self.value(*t, 0.0, 0.0)).collect(),
            parts,
        })
    }

    fn terms(&self, ds: &[Day], extra: &Columns) -> Result<Terms, String> {
        ascending(ds)?;
        let time = |day: &Day| (f64::from(day.0) - f64::from(self.start.0)) / self.span_days;
        let t: Vec<f64> = ds.iter().map(time).collect();
        let path = self.solution.line.path(self.shape, &self.knots, &t);
        let trend = path.iter().map(|u| self.shape.value(*u)).collect();
        let split = self.features.multiplied_from();
        let (by_added, by_multiplied) = self.solution.effects.split_at(split);
        let (mut added, mut multiplied) = (Vec::new(), Vec::new());
        for row in self.features.matrix(ds, extra)?.rows() {
            let (a, m) = row.split_at(split);
            added.push(dot(a, by_added));
            multiplied.push(dot(m, by_multiplied));
        }
        Ok(Terms {
            t,
            path,
            trend,
            added,
            multiplied,
        })
    }

    /// A forecast in the measure's unit.
    fn value(&self, trend: f64, added: f64, multiplied: f64) -> f64 {
        let trend = finite(finite(trend * self.scale) + self.floor);
        finite(finite(trend * (1.0 + multiplied)) + finite(added * self.scale))
    }
}

#[cfg(test)]
mod tests;
