//! Shared by the tests: requests, stores that misbehave, sales and their sums, installing what they need, starting hosts, recorded requests, tokens, schemas.

#![cfg_attr(not(test), expect(clippy::panic, reason = "a test fails by panicking"))]

pub mod asking;
pub mod buckets;
pub mod client;
pub mod edge;
pub mod faults;
pub mod fit;
pub mod install;
pub mod jwks;
pub mod moto;
pub mod place;
pub mod process;
pub mod recorded;
pub mod sales;
pub mod stores;
pub mod tokenizer;
pub mod tokens;
pub mod workspace;
