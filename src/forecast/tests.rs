//! What holds for every forecast.

use super::*;

pub(super) fn ask<'a>(values: &'a [f64], grain: Grain, horizon: usize) -> Request<'a> {
    Request {
        values,
        grain,
        horizon_steps: horizon,
        levels: &[50, 80, 95],
        model: ModelChoice::Auto,
        whole_units: false,
    }
}
