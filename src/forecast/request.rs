//! What is asked of the engine, and whether it can be.

use crate::error::{Error, Result};
use crate::limits::{
    DAILY_FORECAST_WORK_MAX, FORECAST_STEPS_MAX, FORECAST_VALUE_MAX, FORECAST_WORK_MAX,
    FORECAST_WORK_PER_VALUE, MODEL_VALUES_MAX,
};
use crate::model::calendar::{Day, Grain};
use crate::model::query::ModelChoice;

/// Something that happens on a day, known beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is: the same whenever it comes again.
    pub name: String,
    /// When.
    pub day: Day,
}

/// A column whose values are known for the history and for the future: a planned price, days of promotion.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// One value for each step of the history and of the horizon.
    pub values: Vec<f64>,
}

/// What is to be forecast.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The history in natural units: regular, whole steps only, oldest first, finite.
    pub values: &'a [f64],
    /// The first day of the first step; without it nothing is known of weekdays and holidays.
    pub start: Option<Day>,
    /// The length of a step; it names the season that is looked for.
    pub grain: Grain,
    /// Steps of the season, where it is not the grain's own; 1 for none.
    pub season: Option<usize>,
    /// Holidays and events of the history and of the horizon.
    pub events: &'a [Event],
    /// Columns that are known for the history and for the horizon.
    pub known: &'a [Known],
    /// How many steps.
    pub horizon_steps: usize,
    /// Percent of each prediction interval, ascending, 1 to 99.
    pub levels: &'a [u8],
    /// The model, or the choice of one.
    pub model: ModelChoice,
    /// Whether the measure is counted in whole units (the caller rounds).
    pub whole_units: bool,
    /// What trying models may cost, in values that pass through a recursion: with less, fewer are tried at fewer origins.
    pub work_max: usize,
}

impl<'a> Request<'a> {
    /// The default question: 80 and 95 % intervals, the choice of models, the grain's own season.
    #[must_use]
    pub const fn new(values: &'a [f64], grain: Grain, horizon_steps: usize) -> Self {
        let work_max = match grain {
            Grain::Day => DAILY_FORECAST_WORK_MAX,
            _ if values.len() > MODEL_VALUES_MAX => FORECAST_WORK_PER_VALUE * MODEL_VALUES_MAX,
            _ if values.len() * FORECAST_WORK_PER_VALUE > FORECAST_WORK_MAX => {
                FORECAST_WORK_PER_VALUE * values.len()
            }
            _ => FORECAST_WORK_MAX,
        };
        Self {
            values,
            start: None,
            grain,
            season: None,
            events: &[],
            known: &[],
            horizon_steps,
            levels: &[80, 95],
            model: ModelChoice::Auto,
            whole_units: false,
            work_max,
        }
    }

    /// What people call a step of the history: its first day, or its number where there are no dates.
    pub(super) fn step_name(&self, step: usize) -> String {
        let day = self.day(step).map(|day| day.to_string());
        day.unwrap_or_else(|| format!("{} {}", self.grain, step + 1))
    }

    /// The first day of a step of the history or after it; none where there are no dates.
    pub(super) fn day(&self, step: usize) -> Option<Day> {
        let steps = i32::try_from(step).unwrap_or(i32::MAX);
        self.start.map(|start| match self.grain {
            Grain::Day => start.plus(steps),
            Grain::Week => start.plus(steps.saturating_mul(7)),
            grain => grain.step(start, steps),
        })
    }

    /// What people call the weekday of a step of days.
    pub(super) fn weekday_name(&self, step: usize) -> String {
        const NAMES: [&str; 7] = [
            "Mondays",
            "Tuesdays",
            "Wednesdays",
            "Thursdays",
            "Fridays",
            "Saturdays",
            "Sundays",
        ];
        let steps = i32::try_from(step).unwrap_or(i32::MAX);
        let from_monday = self.start.map(|start| {
            let weekday = start.plus(steps).date().weekday();
            usize::from(weekday.to_monday_zero_offset().unsigned_abs())
        });
        from_monday.and_then(|at| NAMES.get(at)).map_or_else(
            || format!("day {} of each week of the history", step % 7 + 1),
            |name| (*name).into(),
        )
    }

    /// Refuses what cannot be forecast, with what to change.
    pub(super) fn check(&self) -> Result<()> {
        let request = self;
        let n = request.values.len();
        if request.levels.iter().any(|l| !(1..=99).contains(l))
            || request.levels.windows(2).any(|w| w.first() >= w.last())
        {
            return Err(Error::invalid(
                "interval levels must be whole percents from 1 to 99 in ascending order",
            ));
        }
        if let Some(at) = request
            .values
            .iter()
            .position(|v| !v.is_finite() || v.abs() > FORECAST_VALUE_MAX)
        {
            return Err(Error::invalid(format!(
                "value {} of the history is not a number below {FORECAST_VALUE_MAX:e}: correct the source and ingest again",
                at + 1
            )));
        }
        let steps = n + request.horizon_steps;
        if let Some(column) = request
            .known
            .iter()
            .find(|k| k.values.len() != steps || k.values.iter().any(|v| !v.is_finite()))
        {
            return Err(Error::invalid(format!(
                "{} needs a number for each of the {steps} steps of history and horizon",
                column.name
            )));
        }
        let (grain, horizon) = (request.grain, request.horizon_steps);
        let season = request.season.unwrap_or(grain.season_steps());
        if n < 2 {
            return Err(Error::unforecastable(format!(
                "there {} and a forecast needs at least 2: widen the filters or the period, or ask for a finer grain",
                match n {
                    0 => format!("are no whole {grain}s of history"),
                    _ => format!("is 1 whole {grain} of history"),
                }
            )));
        }
        let largest = n.max(season.saturating_mul(2)).min(FORECAST_STEPS_MAX);
        if season == 0 || season > n.max(grain.season_steps()) {
            return Err(Error::invalid(format!(
                "a season of {season} {grain}s cannot be seen in {n} {grain}s of history: ask for 1 to {n}"
            )));
        }
        if horizon == 0 {
            return Err(Error::invalid(format!(
                "a horizon of 0 {grain}s asks for nothing: ask for 1 to {largest}"
            )));
        }
        if horizon > FORECAST_STEPS_MAX {
            return Err(Error::over_budget(format!(
                "a horizon of {horizon} {grain}s is more than one request may compute: ask for at most {largest}"
            )));
        }
        if horizon > largest {
            return Err(Error::invalid(format!(
                "a horizon of {horizon} {grain}s is longer than the {n} {grain}s of history can tell: ask for at most {largest}"
            )));
        }
        Ok(())
    }
}
