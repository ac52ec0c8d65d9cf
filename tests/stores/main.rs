//! Every store keeps the same promises: a directory, memory, a bucket, a web prefix, each wrapper around one, and what the
//! edge hosts read from; and all that reads over HTTP bear with a server that misbehaves.

mod edge;
mod local;
mod remote;
mod suite;
