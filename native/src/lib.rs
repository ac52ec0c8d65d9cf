//! x

pub mod demo_data;
