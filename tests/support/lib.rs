//! Shared by the tests.

pub mod tokens;
