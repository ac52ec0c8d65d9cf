//! Nearcast's pure core: sales questions answered from Parquet by ranged reads, without IO, clock or environment.
//!
//! Read the modules in the order of a request: `http` or `mcp` parse it, `auth` says who asks, `resolve` what is meant,
//! `plan` which bytes, `read` decodes them, `compute` and `forecast` answer, `present` writes it down, `cache` says how
//! long it keeps. `engine` strings these together as one [`shell::Job`]; `app` is the door for hosts.

pub mod app;
pub mod audit;
pub mod auth;
pub mod cache;
pub mod compute;
pub mod config;
pub mod engine;
pub mod error;
pub mod forecast;
pub mod http;
pub mod ingest;
pub mod limits;
pub mod mcp;
pub mod model;
pub mod plan;
pub mod present;
pub mod read;
pub mod remote;
pub mod resolve;
pub mod search;
pub mod shell;
pub mod sql;

pub use config::Config;
pub use error::{Error, ErrorKind, Result};
