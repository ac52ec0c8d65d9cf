//! Fingerprints of days: whether two sets of rows come to the same cells of a day, told without holding the cells.
//!
//! A fingerprint is a sum over cells, each weighted by a hash of its names, so rows can be added to it one by one, in any
//! order, whatever codes they have. Two different days have the same one by an accident of 1 in 2^127 or so; it is not meant
//! to stand against somebody who looks for one.

use std::collections::BTreeMap;

use super::calendar::Days;
use super::intern::{Interner, hash};
use super::layout::{DAY, Parts};
use super::mapping::Mapping;
use crate::limits;
use crate::model::Day;

/// The fingerprints of the days that rows were added to.
#[derive(Debug, Clone, Default)]
pub(super) struct Prints {
    days: BTreeMap<Day, u128>,
    /// For each dimension the hash of its name.
    dimensions: Vec<u64>,
    /// For each dimension the hash of each of its values, as far as they were met.
    values: Vec<Vec<u64>>,
    /// For each measure the hash of its name, that of the rows last.
    measures: Vec<u64>,
}

impl Prints {
    pub(super) fn new(mapping: &Mapping) -> Self {
        let of = |name: &str| hash(name.as_bytes(), 7);
        let measures = mapping.measures.iter().map(|m| of(&m.name));
        Self {
            days: BTreeMap::new(),
            dimensions: mapping.dimensions.iter().map(|d| of(&d.name)).collect(),
            values: vec![Vec::new(); mapping.dimensions.len()],
            measures: measures.chain([of("lines")]).collect(),
        }
    }

    /// Learns values that are new.
    pub(super) fn learn(&mut self, all: &[Interner]) {
        for ((known, interner), seed) in self.values.iter_mut().zip(all).zip(&self.dimensions) {
            let fresh = interner.values.iter().skip(known.len());
            let hashes: Vec<u64> = fresh
                .map(|(id, name)| hash(name.as_bytes(), hash(id.as_bytes(), *seed)))
                .collect();
            known.extend(hashes);
        }
    }

    /// Adds a row or cell: its sums at these scales, and how many rows it is, last.
    pub(super) fn add(&mut self, parts: &Parts, sums: &[i64], scales: &[u8]) {
        let mut key = 0_u64;
        for (values, code) in self.values.iter().zip(parts.iter().skip(1)) {
            key = key.wrapping_add(values.get(*code as usize).copied().unwrap_or(0));
        }
        let mut print = 0_u128;
        let scales = scales.iter().chain([&limits::SCALE_MAX]);
        for ((sum, scale), measure) in sums.iter().zip(scales).zip(&self.measures) {
            // The same value at whatever scale.
            let factor = 10_i128.pow(u32::from(limits::SCALE_MAX.saturating_sub(*scale)));
            let value = i128::from(*sum).wrapping_mul(factor).cast_unsigned();
            print = print.wrapping_add(value.wrapping_mul(weight(key, *measure)));
        }
        let day = Day(Days::day(parts.get(DAY).copied().unwrap_or(0)));
        let slot = self.days.entry(day).or_default();
        *slot = slot.wrapping_add(print);
    }

    pub(super) fn days(&self) -> &BTreeMap<Day, u128> {
        &self.days
    }

    /// The same names, and no days.
    pub(super) fn without_days(&self) -> Self {
        Self {
            days: BTreeMap::new(),
            ..self.clone()
        }
    }
}

/// An odd number, so that no value is multiplied into nothing.
fn weight(key: u64, measure: u64) -> u128 {
    let half = |seed: u64| u128::from(hash(&key.to_le_bytes(), measure ^ seed));
    (half(0x5851_f42d_4c95_7f2d) << 64 | half(0x1405_7b7e_f767_814f)) | 1
}
