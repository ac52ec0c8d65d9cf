//! Rollups that another engine made of more rows than one machine wants to read: the SQL that makes them, and what becomes
//! of them.

mod layout;
mod sql;

pub use sql::{Dialect, rollup_sql};
