//! Rollups that another engine made of more rows than one machine wants to read: the SQL that makes them, and what becomes
//! of them.
//!
//! The engine adds rows up to the finest cells; what is coarser is made of these here, since everything has to be sorted and
//! aligned anyway. What it writes beside them are a few small grains, which have to agree with the cells: an output that
//! lacks a part, or has one twice, is never published.

mod add;
mod controls;
mod layout;
mod publish;
mod reader;
mod sql;

pub use publish::run;
pub use sql::{Dialect, rollup_sql};
