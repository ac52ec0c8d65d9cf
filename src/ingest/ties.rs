//! Which value of a parent dimension each value of a child goes with, kept while rows are added.

use std::collections::BTreeSet;

use super::mapping::Mapping;

const NONE: u32 = u32::MAX;

/// A dimension that may belong to another one.
#[derive(Debug, Clone)]
pub(super) struct Tie {
    pub(super) child: usize,
    pub(super) parent: usize,
    of: Vec<u32>,
    /// Values of the child that were seen with several of the parent.
    pub(super) broken: BTreeSet<u32>,
}

impl Tie {
    /// The ties that a mapping supposes.
    pub(super) fn all(mapping: &Mapping) -> Vec<Self> {
        let plans = &mapping.dimensions;
        let ties = plans.iter().enumerate().filter_map(|(child, plan)| {
            let name = plan.parent.as_ref()?;
            let parent = plans.iter().position(|d| d.name == *name)?;
            Some(Self {
                child,
                parent,
                of: Vec::new(),
                broken: BTreeSet::new(),
            })
        });
        ties.collect()
    }

    /// Notes that two values were seen together.
    pub(super) fn see(&mut self, child: u32, parent: u32) {
        let at = child as usize;
        if self.of.len() <= at {
            self.of.resize(at + 1, NONE);
        }
        if let Some(known) = self.of.get_mut(at) {
            if *known == NONE {
                *known = parent;
            } else if *known != parent {
                self.broken.insert(child);
            }
        }
    }

    /// The parent's code of a value of the child.
    pub(super) fn parent_of(&self, child: usize) -> Option<u32> {
        self.of.get(child).copied().filter(|p| *p != NONE)
    }
}
