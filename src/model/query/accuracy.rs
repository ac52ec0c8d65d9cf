//! Exams of forecasts.

use super::forecast::{HORIZON, LEVELS, LEVELS_DEFAULT, MODEL, levels};
use super::{Ask, Filters, ForecastQuery, Horizon, ModelChoice};
use crate::error::Result;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::calendar::Grain;
use crate::model::parameter::{self, Kind, Parameter};

/// Examines the forecasts of a series: in a backtest, and by what was predicted and then came.
#[derive(Debug, Clone, PartialEq)]
pub struct AccuracyQuery {
    /// The measure; the dataset's default if not given.
    pub measure: Option<String>,
    /// Step of the series.
    pub grain: Grain,
    /// How far the backtest's forecasts go.
    pub horizon: Horizon,
    /// Percent of each prediction interval of the backtest, ascending.
    pub levels: Vec<u8>,
    /// The model of the backtest.
    pub model: ModelChoice,
    /// Which rows count; the period is that of the predictions that are looked up in the record.
    pub filters: Filters,
}

impl AccuracyQuery {
    /// The forecast that is examined: of all days, whatever period was asked about.
    #[must_use]
    pub fn exam(&self) -> ForecastQuery {
        ForecastQuery {
            measure: self.measure.clone(),
            grain: self.grain,
            horizon: self.horizon,
            levels: self.levels.clone(),
            include_history: true,
            start_date: None,
            model: self.model,
            by: None,
            planned: Vec::new(),
            filters: Filters {
                period: None,
                ..self.filters.clone()
            },
        }
    }
}

impl Ask for AccuracyQuery {
    const ANSWER: &'static str = "accuracy";
    const TOOL: &'static str = "forecast_accuracy";
    const PARAMETERS: &'static [Parameter] = &[
        parameter::OPERATION,
        parameter::MEASURE,
        parameter::GRAIN,
        Parameter {
            about: "",
            ..HORIZON
        },
        Parameter {
            about: "",
            ..LEVELS
        },
        // The names stand at the forecast's.
        Parameter {
            kind: Kind::Text,
            ..MODEL
        },
        parameter::FILTERS,
        Parameter {
            about: "Past days whose predictions are looked up, such as 2025-Q3",
            ..parameter::PERIOD
        },
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        Ok(Self {
            measure: arguments.name("measure")?,
            grain: arguments
                .parsed("grain", Grain::parse)?
                .unwrap_or(Grain::Month),
            horizon: arguments
                .parsed("horizon", Horizon::parse)?
                .unwrap_or(Horizon::DEFAULT),
            levels: levels(arguments)?,
            model: arguments
                .parsed("model", ModelChoice::parse)?
                .unwrap_or_default(),
            filters: arguments.filters()?,
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.unless("grain", &self.grain, &Grain::Month);
        pairs.unless("horizon", &self.horizon, &Horizon::DEFAULT);
        pairs.list("levels", &self.levels, &LEVELS_DEFAULT);
        pairs.unless("model", &self.model, &ModelChoice::Auto);
        pairs.name("measure", self.measure.as_deref());
        pairs.filters(&self.filters);
    }

    fn filters(&self) -> Option<&Filters> {
        Some(&self.filters)
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        Some(&mut self.filters)
    }
}
