//! What an isolate or process remembers between requests: versions that it has read, and for a short while which one is
//! current. Nothing depends on it: a request that finds nothing here reads what it needs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Work;
use crate::limits;
use crate::model::manifest::Pointer;
use crate::model::{DatasetId, Timestamp, VersionId};

/// A memory that requests share. Cloning it shares it.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// Which version was current, and when that was read.
    current: BTreeMap<DatasetId, (Arc<Pointer>, Timestamp)>,
    /// Versions, which never change; and when each was last asked for, in turns of the clock below.
    versions: BTreeMap<(DatasetId, VersionId), (Work, u64)>,
    clock: u64,
}

impl Memory {
    /// The pointer of a dataset, if it was read at most `max_age_s` ago.
    #[must_use]
    pub fn pointer(
        &self,
        dataset: &DatasetId,
        now: Timestamp,
        max_age_s: u32,
    ) -> Option<Arc<Pointer>> {
        let kept = self.lock();
        let (pointer, read_at) = kept.current.get(dataset)?;
        let age_s = now.0.checked_sub(read_at.0)?;
        (0..i64::from(max_age_s))
            .contains(&age_s)
            .then(|| Arc::clone(pointer))
    }

    /// Notes which version is current.
    pub fn point(&self, pointer: &Arc<Pointer>, now: Timestamp) {
        let mut kept = self.lock();
        let dataset = &pointer.manifest.dataset;
        if kept.current.len() >= limits::REMEMBERED_VERSIONS_MAX
            && !kept.current.contains_key(dataset)
        {
            kept.current.pop_first();
        }
        kept.current
            .insert(dataset.clone(), (Arc::clone(pointer), now));
    }

    /// Forgets which version is current, since it turned out not to be there any more.
    pub(super) fn forget(&self, dataset: &DatasetId) {
        let mut kept = self.lock();
        kept.current.remove(dataset);
        kept.versions.retain(|(of, _), _| of != dataset);
    }

    /// What is known of a version.
    pub(super) fn version(&self, dataset: &DatasetId, version: &VersionId) -> Option<Work> {
        let mut kept = self.lock();
        kept.clock += 1;
        let clock = kept.clock;
        let (work, used) = kept.versions.get_mut(&(dataset.clone(), version.clone()))?;
        *used = clock;
        Some(work.clone())
    }

    /// Keeps what is known of a version; those not asked for longest give way.
    pub(super) fn keep(&self, work: &Work) {
        if work.weight() > limits::REMEMBERED_BYTES_MAX {
            // All others would give way to it, and then itself.
            return;
        }
        let mut kept = self.lock();
        kept.clock += 1;
        let clock = kept.clock;
        let key = (work.manifest.dataset.clone(), work.manifest.version.clone());
        kept.versions.insert(key, (work.clone(), clock));
        while kept.versions.len() > limits::REMEMBERED_VERSIONS_MAX
            || kept.versions.values().map(|(w, _)| w.weight()).sum::<u64>()
                > limits::REMEMBERED_BYTES_MAX
        {
            let oldest = kept.versions.iter().min_by_key(|(_, (_, used))| *used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            kept.versions.remove(&key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // What is kept is whole after every change, so that a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
