//! What is odd.

use std::fmt;

use super::{Ask, Filters};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::calendar::Grain;
use crate::model::parameter::{self, Kind, Parameter};

/// Looks for odd steps, lasting shifts and runs of nothing in a measure.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomaliesQuery {
    /// The measure, one that is summed; the dataset's default if not given.
    pub measure: Option<String>,
    /// Length of a step; the data's finest if not given.
    pub grain: Option<Grain>,
    /// What is looked for; everything if nothing is given.
    pub kinds: Vec<AnomalyKind>,
    /// The dimension whose largest values are looked at too.
    pub by: Option<String>,
    /// At most this many findings.
    pub limit: u32,
    /// Findings to leave out from the start: those of earlier pages.
    pub offset: u32,
    /// Which rows count. The period is that of the findings: what is usual is learnt from all days up to its end.
    pub filters: Filters,
}

/// What kind of odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnomalyKind {
    /// One step above its range.
    High,
    /// One step below its range.
    Low,
    /// From here on the level is higher.
    ShiftUp,
    /// From here on the level is lower.
    ShiftDown,
    /// Nothing was sold for so long that something else than chance is likely.
    StockOut,
}

impl AnomalyKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::High,
        Self::Low,
        Self::ShiftUp,
        Self::ShiftDown,
        Self::StockOut,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::ShiftUp => "shift_up",
            Self::ShiftDown => "shift_down",
            Self::StockOut => "stock_out",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let word = text.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        let found = Self::ALL.into_iter().find(|kind| kind.name() == word);
        found.ok_or_else(|| {
            Error::invalid(format!(
                "{text:?} is not a kind of anomaly: use high, low, shift_up, shift_down or stock_out"
            ))
        })
    }
}

impl fmt::Display for AnomalyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Ask for AnomaliesQuery {
    const ANSWER: &'static str = "anomalies";
    const TOOL: &'static str = "find_anomalies";
    const PARAMETERS: &'static [Parameter] = &[
        parameter::PERIOD,
        parameter::GRAIN,
        Parameter {
            name: "kinds",
            kind: Kind::Texts,
            about: "high, low, shift_up, shift_down, stock_out",
        },
        parameter::OPERATION,
        parameter::MEASURE,
        Parameter {
            name: "by",
            kind: Kind::Text,
            about: "Dimension whose largest values are looked at too",
        },
        Parameter {
            name: "limit",
            kind: Kind::Whole {
                min: 1,
                max: limits::ANOMALY_ROWS_MAX,
                default: limits::ANOMALY_ROWS_DEFAULT,
            },
            about: "",
        },
        parameter::OFFSET,
        parameter::FILTERS,
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        let kinds = arguments.parsed("kinds", |text| {
            let each = text.split(',').map(AnomalyKind::parse);
            let mut kinds = each.collect::<Result<Vec<_>>>()?;
            kinds.sort();
            kinds.dedup();
            // All of them is what is meant without them.
            if kinds.len() == AnomalyKind::ALL.len() {
                kinds.clear();
            }
            Ok(kinds)
        })?;
        Ok(Self {
            measure: arguments.name("measure")?,
            grain: arguments.parsed("grain", Grain::parse)?,
            kinds: kinds.unwrap_or_default(),
            by: arguments.name("by")?,
            limit: arguments.whole(
                "limit",
                limits::ANOMALY_ROWS_DEFAULT,
                1..=limits::ANOMALY_ROWS_MAX,
            )?,
            offset: arguments.whole("offset", 0, 0..=u32::MAX)?,
            filters: arguments.filters()?,
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.put_some("grain", self.grain.as_ref());
        pairs.list("kinds", &self.kinds, &[]);
        pairs.name("measure", self.measure.as_deref());
        pairs.name("by", self.by.as_deref());
        pairs.unless("limit", &self.limit, &limits::ANOMALY_ROWS_DEFAULT);
        pairs.unless("offset", &self.offset, &0);
        pairs.filters(&self.filters);
    }

    fn filters(&self) -> Option<&Filters> {
        Some(&self.filters)
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        Some(&mut self.filters)
    }
}
