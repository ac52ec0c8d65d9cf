//! SQL that a sceptic can run on the source rows, to get what an answer says without this code. Portable: what it takes is in
//! `DuckDB`, `PostgreSQL`, Trino, Spark and others.
//!
//! Names are data: each stands in a literal whose quotes are doubled, and none in a comment.

mod ranking;
mod source;
mod text;

pub use ranking::Ranking;
pub use source::{Select, Source};
pub use text::{date, identifier, literal};
