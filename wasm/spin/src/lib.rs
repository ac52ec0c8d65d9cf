//! Nearcast as a `wasi:http` component, for Spin and any other host of that world.
//!
//! It imports nothing but `wasi:*`: mounted files are the store, environment variables the settings. Everything here
//! is translation; what is answered is decided in [`nearcast::app`].

#[expect(
    unsafe_code,
    reason = "the component's exports are C functions, which its macro declares"
)]
mod entry;
mod exchange;
mod keys;
mod log;
mod store;
