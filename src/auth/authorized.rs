//! The proof that a question may be answered. Only this module makes one, so no stage can forget to ask.

use crate::config::{Config, PublicDatasets};
use crate::error::{Error, Result};
use crate::model::dataset::DatasetId;
use crate::model::principal::{Datasets, Principal, Proof};
use crate::model::query::Question;

/// What may be answered to the one who asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Authorized<T> {
    inner: T,
    public: bool,
    others: Vec<DatasetId>,
}

impl<T> Authorized<T> {
    /// Whether anyone may have the answer, so that it does not depend on who asks and may be kept by shared caches.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.public
    }

    /// What may be answered.
    #[must_use]
    pub const fn get(&self) -> &T {
        &self.inner
    }

    /// What may be answered, without the proof.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl Authorized<Question> {
    /// Other datasets that the one who asked may read, as far as the settings and the credential name them: what a refusal
    /// may tell. Whether they exist was not looked at.
    #[must_use]
    pub fn others(&self) -> &[DatasetId] {
        &self.others
    }

    /// The question.
    #[must_use]
    pub const fn question(&self) -> &Question {
        &self.inner
    }
}

/// Lets a question pass if its dataset is public, or the principal may read it. Whether the dataset exists is not
/// looked at, so a refusal cannot tell.
///
/// # Errors
/// `Unauthenticated` for anonymous principals, `Forbidden` for others.
pub fn authorize(
    question: Question,
    principal: &Principal,
    config: &Config,
) -> Result<Authorized<Question>> {
    let public = config.is_public(&question.dataset);
    if public || principal.may_read(&question.dataset) {
        return Ok(Authorized {
            others: others(&question.dataset, principal, config),
            inner: question,
            public,
        });
    }
    Err(match principal.proof {
        Proof::Anonymous => Error::unauthenticated(
            "this dataset is not public: send an API key or a token that may read it",
        ),
        _ => Error::forbidden(
            "this credential may not read that dataset: ask the owner, or ask about another one",
        ),
    })
}

fn others(asked: &DatasetId, principal: &Principal, config: &Config) -> Vec<DatasetId> {
    let mut known = vec![config.default_dataset.clone()];
    if let PublicDatasets::Only(list) = &config.public_datasets {
        known.extend(list.iter().cloned());
    }
    if let Datasets::Only(list) = &principal.datasets {
        known.extend(list.iter().cloned());
    }
    known.retain(|d| d != asked && (config.is_public(d) || principal.may_read(d)));
    known.sort();
    known.dedup();
    known
}
