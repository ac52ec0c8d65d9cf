//! MCP from the outside: requests through `begin` and `finish`, with made-up answers.

mod arguments;
mod batch;
mod catalogue;
mod completion;
mod fit;
mod http_rules;
mod outcomes;
mod revisions;
mod wire;
