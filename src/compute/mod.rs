//! Columns -> sums -> figures. Sums are integers, every addition checked: the order of rows and files cannot change an
//! answer. What is made of them (why, odd, classes, targets, parts) is pure functions of plain slices.

pub mod aggregate;
pub mod anomalies;
pub mod decompose;
pub mod difference;
pub mod explain;
pub mod ranking;
mod robust;
pub mod segments;
pub mod target;
