//! Any bytes as a history: see `../forecast.rs`.

#![no_main]

#[path = "../forecast.rs"]
mod forecast;

libfuzzer_sys::fuzz_target!(|data: &[u8]| forecast::check(data));
