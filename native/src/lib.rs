//! Nearcast on a laptop or a server: command line, HTTP, stdio, stores.

pub mod append;
pub mod ask;
pub mod batch;
pub mod cli;
pub mod commands;
pub mod demo;
pub mod demo_data;
pub mod host;
pub mod ingest;
pub mod jwks;
mod legacy_sse;
pub mod local;
pub mod publish;
pub mod rollups;
pub mod serve;
pub mod stdio;
pub mod stores;
pub mod versions;
