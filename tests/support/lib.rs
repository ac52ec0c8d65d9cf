//! Shared by the tests: installing what they need, starting hosts, recorded requests, tokens.

#![cfg_attr(not(test), expect(clippy::panic, reason = "a test fails by panicking"))]

pub mod client;
pub mod edge;
pub mod install;
pub mod jwks;
pub mod process;
pub mod recorded;
pub mod tokens;
pub mod workspace;
