//! What a model is asked to contain. The defaults are Python Prophet's.

use crate::limits::PROPHET_DRAWS;
use crate::model::calendar::Day;

/// The trend's shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Growth {
    /// A line whose slope changes at the changepoints.
    Linear,
    /// Growth that saturates at `cap` and does not fall below `floor`, both in the measure's unit.
    Logistic {
        /// The upper bound; above `floor`.
        cap: f64,
        /// The lower bound, usually 0.
        floor: f64,
    },
    /// A constant.
    Flat,
}

/// How an effect joins the trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The effect is added, in the measure's unit.
    Additive,
    /// The effect is a share of the trend.
    Multiplicative,
}

/// Whether a calendar season is part of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    /// If the history is long and dense enough.
    Auto,
    /// Never.
    Off,
    /// Always, with so many pairs of sine and cosine.
    Order(u32),
}

/// A repeating pattern besides the yearly and the weekly one.
#[derive(Debug, Clone, PartialEq)]
pub struct Cycle {
    /// The component's name.
    pub name: String,
    /// The length, days.
    pub period_days: f64,
    /// Pairs of sine and cosine.
    pub order: u32,
    /// The standard deviation of the coefficients' prior.
    pub prior_scale: f64,
    /// How it joins the trend.
    pub mode: Mode,
}

/// A holiday: an effect of its own for every day of the window around its dates.
#[derive(Debug, Clone, PartialEq)]
pub struct Holiday {
    /// The component's name.
    pub name: String,
    /// The dates, past and future, in any order.
    pub days: Vec<Day>,
    /// First day of the window, days from the date: 0 or below.
    pub lower_window: i32,
    /// Last day of the window, days from the date: 0 or above.
    pub upper_window: i32,
    /// The standard deviation of the effects' prior; none: [`Config::holidays_prior_scale`].
    pub prior_scale: Option<f64>,
}

/// A series that explains part of the measure. Its values come in [`Columns`].
#[derive(Debug, Clone, PartialEq)]
pub struct Regressor {
    /// The component's name.
    pub name: String,
    /// The standard deviation of the coefficient's prior; none: [`Config::holidays_prior_scale`].
    pub prior_scale: Option<f64>,
    /// Whether to standardise; none: unless the history has only the values 0 and 1.
    pub standardize: Option<bool>,
    /// How it joins the trend; none: [`Config::seasonality_mode`].
    pub mode: Option<Mode>,
}

/// The values of the regressors on the days asked about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// One column for each of [`Config::regressors`], in their order, each as long as the days: `[regressor][day]`.
    pub regressors: Vec<Vec<f64>>,
}

/// What the model contains, and how strongly its parts are held back.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The trend's shape.
    pub growth: Growth,
    /// Days on which the trend may change; none: so many, evenly spread.
    pub changepoint_days: Option<Vec<Day>>,
    /// How many changepoints, if no days are given.
    pub changepoints: usize,
    /// The share of the history, from its start, that has changepoints: 0 to 1.
    pub changepoint_range: f64,
    /// The scale of the Laplace prior of a change of slope.
    pub changepoint_prior_scale: f64,
    /// The standard deviation of the seasonal coefficients' prior.
    pub seasonality_prior_scale: f64,
    /// The standard deviation of the holiday and regressor coefficients' prior.
    pub holidays_prior_scale: f64,
    /// How the yearly and weekly seasons, and regressors by default, join the trend.
    pub seasonality_mode: Mode,
    /// How holidays join the trend; none: as the seasons do.
    pub holidays_mode: Option<Mode>,
    /// The yearly season, of 365.25 days; automatic: order 10 from 730 days of history.
    pub yearly: Season,
    /// The weekly season; automatic: order 3 from 14 days of history with steps under 7 days.
    pub weekly: Season,
    /// Further cycles.
    pub cycles: Vec<Cycle>,
    /// Holidays.
    pub holidays: Vec<Holiday>,
    /// Regressors.
    pub regressors: Vec<Regressor>,
    /// Simulated futures behind an interval.
    pub draws: usize,
    /// Where the simulation's random numbers start.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            growth: Growth::Linear,
            changepoint_days: None,
            changepoints: 25,
            changepoint_range: 0.8,
            changepoint_prior_scale: 0.05,
            seasonality_prior_scale: 10.0,
            holidays_prior_scale: 10.0,
            seasonality_mode: Mode::Additive,
            holidays_mode: None,
            yearly: Season::Auto,
            weekly: Season::Auto,
            cycles: Vec::new(),
            holidays: Vec::new(),
            regressors: Vec::new(),
            draws: PROPHET_DRAWS,
            seed: 0,
        }
    }
}

impl Config {
    /// # Errors
    /// What to change, if a setting is outside its range.
    pub(super) fn check(&self) -> Result<(), String> {
        let positive = |name: &str, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(format!("{name} has to be above 0, not {value}"))
            }
        };
        positive("changepoint_prior_scale", self.changepoint_prior_scale)?;
        positive("seasonality_prior_scale", self.seasonality_prior_scale)?;
        positive("holidays_prior_scale", self.holidays_prior_scale)?;
        if !(0.0..=1.0).contains(&self.changepoint_range) {
            return Err(format!(
                "changepoint_range has to be 0 to 1, not {}",
                self.changepoint_range
            ));
        }
        if let Growth::Logistic { cap, floor } = self.growth
            && !(cap.is_finite() && floor.is_finite() && cap > floor)
        {
            return Err(format!(
                "the cap ({cap}) of logistic growth has to be above its floor ({floor})"
            ));
        }
        for cycle in &self.cycles {
            positive(&format!("the period of {}", cycle.name), cycle.period_days)?;
            positive(
                &format!("the prior scale of {}", cycle.name),
                cycle.prior_scale,
            )?;
        }
        for holiday in &self.holidays {
            positive(
                &format!("the prior scale of {}", holiday.name),
                holiday.prior_scale.unwrap_or(1.0),
            )?;
            if holiday.lower_window > 0 || holiday.upper_window < 0 {
                return Err(format!(
                    "the window of {} has to hold the day itself: lower_window 0 or below, upper_window 0 or above",
                    holiday.name
                ));
            }
        }
        for regressor in &self.regressors {
            positive(
                &format!("the prior scale of {}", regressor.name),
                regressor.prior_scale.unwrap_or(1.0),
            )?;
        }
        Ok(())
    }
}
