//! Objects that lie behind HTTP: what to ask, what an answer means, when to ask again, how to sign. Hosts send and wait;
//! every decision is made here, so that all of them behave alike.

pub mod exchange;
pub mod place;
pub mod retry;
pub mod sigv4;
pub mod store;

pub use place::{Bucket, Place, Web};
pub use retry::{Retry, Trouble};
pub use sigv4::{Credentials, sign};
pub use store::{RemoteStore, Wire};
