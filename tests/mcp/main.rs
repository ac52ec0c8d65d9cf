//! MCP from the outside: requests through `begin` and `finish`, with made-up answers.

#![expect(
    clippy::indexing_slicing,
    reason = "a field that is not there fails the test"
)]

mod app;
mod arguments;
mod batch;
mod catalogue;
mod completion;
mod demo;
mod http_rules;
mod outcomes;
mod revisions;
mod search;
mod wire;
