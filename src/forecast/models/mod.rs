//! One forecasting model a file, each `Fit -> Fitted -> predict`.

pub(super) mod drift;
pub(super) mod ets;
pub(super) mod mean;
pub(super) mod mstl;
pub(super) mod seasonal_naive;
