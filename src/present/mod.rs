//! The same answer in each format, byte-stable.

mod accuracy;
pub mod csv;
mod found;
pub mod json;
pub mod markdown;
pub mod number;
mod parts;
pub mod svg;
