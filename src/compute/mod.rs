//! Columns -> sums. Integers only, every addition checked: the order of rows and files cannot change an answer.

pub mod aggregate;
pub mod anomalies;
pub mod explain;
pub mod ranking;
mod robust;
pub mod segments;
