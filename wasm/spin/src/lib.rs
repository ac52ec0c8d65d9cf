//! Nearcast as a `wasi:http` component, for Spin and any other host of that world.
//!
//! It imports nothing but `wasi:*`: mounted files, a bucket or a web prefix are the store, environment variables
//! the settings. Everything here
//! is translation; what is answered is decided in [`nearcast::app`].

#[expect(
    unsafe_code,
    reason = "the component's exports are C functions, which its macro declares"
)]
#[allow(
    clippy::pedantic,
    clippy::suspicious,
    clippy::same_length_and_capacity,
    reason = "the macro's code"
)]
mod entry;
mod exchange;
mod keys;
mod log;
mod remote;
mod store;
mod timer;
