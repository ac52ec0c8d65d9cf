//! Where things are.

use std::path::{Path, PathBuf};

/// The root of the repository.
///
/// # Panics
/// If this package has moved.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests lie in the repository")
}

/// Where cargo builds.
#[must_use]
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The directory that holds the committed demo dataset, laid out as the bucket is.
#[must_use]
pub fn demo_data() -> PathBuf {
    root().join("demo/data")
}
