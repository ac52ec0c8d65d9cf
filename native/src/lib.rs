//! x

pub mod jwks;
