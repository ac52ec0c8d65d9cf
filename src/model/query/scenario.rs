//! What if: a forecast with changes that are planned or assumed, beside the one without.

use super::{Ask, Filters, ForecastQuery};
use crate::error::{Error, Result};
use crate::model::arguments::{Arguments, Pairs};
use crate::model::parameter::{self, Kind, Parameter};

/// A forecast with and without plans.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioQuery {
    /// The forecast with the plans.
    pub forecast: ForecastQuery,
}

impl Ask for ScenarioQuery {
    const ANSWER: &'static str = "scenario";
    const TOOL: &'static str = "scenario";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter {
            name: "planned",
            kind: Kind::Texts,
            about: "NAME:PERIOD:+20% (assumed) or MEASURE:PERIOD:VALUE (effect learnt from history)",
        },
        parameter::OPERATION,
        parameter::MEASURE,
        parameter::GRAIN,
        Parameter {
            about: "",
            ..super::forecast::HORIZON
        },
        Parameter {
            about: "",
            ..super::forecast::LEVELS
        },
        Parameter {
            kind: Kind::Text,
            ..super::forecast::MODEL
        },
        parameter::FILTERS,
        Parameter {
            about: "Days to learn from",
            ..parameter::PERIOD
        },
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        let mut forecast = super::forecast::of_plans(arguments)?;
        forecast.include_history = false;
        if forecast.planned.is_empty() {
            return Err(Error::invalid(
                "planned is missing: say what changes, such as promotion:2026-11-27..2026-11-30:+20% or average_price:2026-11:4.99",
            ));
        }
        Ok(Self { forecast })
    }

    fn write(&self, pairs: &mut Pairs) {
        let forecast = ForecastQuery {
            include_history: true,
            ..self.forecast.clone()
        };
        forecast.write(pairs);
    }

    fn filters(&self) -> Option<&Filters> {
        Some(&self.forecast.filters)
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        Some(&mut self.forecast.filters)
    }
}
