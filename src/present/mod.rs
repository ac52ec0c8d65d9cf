//! The same answer in each format, byte-stable.

pub mod svg;
