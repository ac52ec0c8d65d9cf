//! A dataset with the decisions about it, asked by links.

use bytes::Bytes;
use http::Response;
use nearcast::Config;
use nearcast_native::stores::MemoryStore;

use crate::asking::{NOW, public, request, send_at};
use crate::sales::version;
use crate::stores::{Objects, memory};

/// The dataset `sales` and who may read it.
#[derive(Debug)]
pub struct Place {
    /// The data.
    pub store: MemoryStore,
    /// The owner's decisions.
    pub config: Config,
    /// The current version.
    pub version: String,
}

impl Place {
    /// These objects under these decisions.
    #[must_use]
    pub fn new(objects: &Objects, config: Config) -> Self {
        Self {
            store: memory(objects),
            config,
            version: version(objects, "sales"),
        }
    }

    /// These objects, for anyone to read.
    #[must_use]
    pub fn public(objects: &Objects) -> Self {
        Self::new(objects, public("sales"))
    }

    /// `GET target` with these headers.
    #[must_use]
    pub fn get(&self, target: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
        self.send("GET", target, headers)
    }

    /// A request without a body.
    #[must_use]
    pub fn send(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
        let request = request(method, target, headers);
        send_at(&self.store, &self.config, request, NOW).response
    }

    /// The link to an answer of the current version.
    #[must_use]
    pub fn pinned(&self, file: &str, arguments: &str) -> String {
        format!("/v/sales/{}/{file}?{arguments}", self.version)
    }
}
