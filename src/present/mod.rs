//! The same answer in each format, byte-stable.

mod accuracy;
mod anomalies;
mod compare;
pub mod csv;
mod describe;
pub mod escape;
mod explain;
pub mod explanation;
mod found;
pub mod json;
pub mod markdown;
pub mod number;
mod parts;
mod scenario;
mod segments;
pub mod svg;
mod target;
mod top;
mod trend;
