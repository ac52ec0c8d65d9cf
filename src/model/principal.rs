//! Who asks.

use super::dataset::DatasetId;

/// Who asks, as far as it was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// A name for the log: a key's name, a token's subject, `anonymous`, `local`.
    pub name: String,
    /// How it was proved.
    pub proof: Proof,
    /// The datasets that it may read.
    pub datasets: Datasets,
}

/// How a principal was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Not at all.
    Anonymous,
    /// An API key.
    ApiKey,
    /// A JWT.
    Token,
    /// The process's own user, over stdio or the command line.
    Local,
}

/// Which datasets a principal may read beyond the public ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datasets {
    /// All of them.
    All,
    /// These.
    Only(Vec<DatasetId>),
}

impl Principal {
    /// Nobody in particular: sees public datasets.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            name: "anonymous".into(),
            proof: Proof::Anonymous,
            datasets: Datasets::Only(Vec::new()),
        }
    }

    /// The user of this process: sees everything.
    #[must_use]
    pub fn local() -> Self {
        Self {
            name: "local".into(),
            proof: Proof::Local,
            datasets: Datasets::All,
        }
    }

    /// Whether it may read the dataset, apart from that being public.
    #[must_use]
    pub fn may_read(&self, dataset: &DatasetId) -> bool {
        match &self.datasets {
            Datasets::All => true,
            Datasets::Only(list) => list.contains(dataset),
        }
    }
}
