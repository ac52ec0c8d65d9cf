//! The built-in demo dataset: the objects of `demo/data`, embedded when this program is built.

use std::collections::BTreeMap;

use bytes::Bytes;

include!(concat!(env!("OUT_DIR"), "/demo_objects.rs"));

/// The demo dataset's objects by key.
#[must_use]
pub fn objects() -> BTreeMap<String, Bytes> {
    DEMO_OBJECTS
        .iter()
        .map(|&(key, bytes)| (key.to_owned(), Bytes::from_static(bytes)))
        .collect()
}
