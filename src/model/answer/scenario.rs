//! What if.

use super::ForecastAnswer;

/// A forecast with plans beside the one without.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioAnswer {
    /// Without the plans of the question; those of the dataset are in it.
    pub base: ForecastAnswer,
    /// With them.
    pub scenario: ForecastAnswer,
}
