//! x

pub mod stdio;
