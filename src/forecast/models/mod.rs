//! One forecasting model a file, each `Fit -> Fitted -> predict`.

pub(super) mod ces;
pub(super) mod drift;
pub(super) mod harmonic;
pub(super) mod intermittent;
pub(super) mod prophet;
pub(super) mod seasonal_naive;
pub(super) mod smoothing;
pub(super) mod stl;
pub(super) mod theta;
