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
pub mod svg;
mod trend;
