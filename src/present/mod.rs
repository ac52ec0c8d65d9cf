//! The same answer in each format, byte-stable.

mod accuracy;
mod compare;
pub mod csv;
mod found;
mod explain;
pub mod json;
pub mod markdown;
pub mod number;
mod parts;
mod scenario;
pub mod svg;
mod target;
mod trend;
