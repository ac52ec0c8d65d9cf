//! Bytes -> checked manifest, columns. Nothing is trusted before its checksum agrees.

pub mod manifest;
pub mod parquet;
