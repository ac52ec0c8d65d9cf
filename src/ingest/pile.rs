//! Cells in any order, sorted and added up when there are too many of them.
//!
//! Sorting beats a hash table here: all keys are needed in order at the end, memory is two flat arrays without slack, and a
//! radix sort touches memory in runs where a table of millions of cells misses the cache with every row.

use std::sync::Arc;

use super::scratch::ScratchFile;
use crate::error::{Error, Result};

/// What a sum that does not fit is called.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// The source.
    pub(super) source: String,
    /// Each measure; the count of rows follows the last one.
    pub(super) measures: Vec<String>,
}

impl Sums {
    /// Sums of a cell: the measures and the rows.
    pub(super) fn width(&self) -> usize {
        self.measures.len() + 1
    }

    /// A sum that does not fit.
    pub(super) fn overflow(&self, measure: usize) -> Error {
        let name = self.measures.get(measure).map_or("lines", String::as_str);
        overflow(&self.source, name)
    }

    /// Adds the sums of one cell to another's.
    pub(super) fn add(&self, to: &mut [i64], from: &[i64]) -> Result<()> {
        for (measure, (sum, value)) in to.iter_mut().zip(from).enumerate() {
            *sum = sum
                .checked_add(*value)
                .ok_or_else(|| self.overflow(measure))?;
        }
        Ok(())
    }
}

pub(super) fn overflow(place: &str, measure: &str) -> Error {
    Error::invalid(format!(
        "{place}: the sum of {measure} does not fit into 64 bits: check the column for wrong values, or lower its scale in dataset.toml"
    ))
}

/// Cells in any order; a key may be there several times.
#[derive(Debug)]
pub(super) struct Pile {
    pub(super) keys: Vec<u128>,
    /// Sums, as many as there are measures and one for each cell.
    pub(super) sums: Vec<i64>,
    pub(super) of: Arc<Sums>,
}

/// Cells of a pile that were written: from where, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) cells: u64,
}

/// Bytes of a written key: eight where they suffice.
pub(super) const fn key_bytes(bits: u32) -> usize {
    if bits <= 64 { 8 } else { 16 }
}

const WRITE_BYTES: usize = 256 << 10;

impl Pile {
    pub(super) fn new(of: &Arc<Sums>) -> Self {
        Self {
            keys: Vec::new(),
            sums: Vec::new(),
            of: Arc::clone(of),
        }
    }

    pub(super) fn push(&mut self, key: u128, sums: &[i64]) {
        self.keys.push(key);
        self.sums.extend_from_slice(sums);
    }

    pub(super) fn cells(&self) -> usize {
        self.keys.len()
    }

    /// Sorts the cells and adds up those that share a key of so many bits.
    pub(super) fn combine(&mut self, bits: u32) -> Result<()> {
        if self.keys.is_sorted_by(|a, b| a < b) {
            return Ok(());
        }
        let order = order(&self.keys, bits);
        let width = self.of.width();
        let mut keys: Vec<u128> = Vec::with_capacity(self.keys.len());
        let mut sums: Vec<i64> = Vec::with_capacity(self.sums.len());
        for from in order {
            let from = from as usize;
            let Some(&key) = self.keys.get(from) else {
                continue;
            };
            let values = self.sums.get(from * width..(from + 1) * width);
            let values = values.unwrap_or_default();
            if keys.last() == Some(&key) {
                let start = sums.len() - width;
                self.of
                    .add(sums.get_mut(start..).unwrap_or_default(), values)?;
            } else {
                keys.push(key);
                sums.extend_from_slice(values);
            }
        }
        (self.keys, self.sums) = (keys, sums);
        Ok(())
    }

    /// Writes the cells at the end of a scratch file whose length is `offset`, and forgets them.
    pub(super) fn spill(
        &mut self,
        file: &mut dyn ScratchFile,
        offset: u64,
        bits: u32,
    ) -> Result<Span> {
        let mut bytes = Vec::with_capacity(WRITE_BYTES + 256);
        let cells = self.keys.len() as u64;
        for (key, sums) in self.keys.iter().zip(self.sums.chunks(self.of.width())) {
            encode(*key, sums, key_bytes(bits), &mut bytes);
            if bytes.len() >= WRITE_BYTES {
                file.append(&bytes)?;
                bytes.clear();
            }
        }
        file.append(&bytes)?;
        self.keys.clear();
        self.sums.clear();
        Ok(Span { offset, cells })
    }
}

/// A cell as it is written: the key, then the sums, little-endian.
pub(super) fn encode(key: u128, sums: &[i64], key_bytes: usize, into: &mut Vec<u8>) {
    let key = key.to_le_bytes();
    into.extend_from_slice(key.get(..key_bytes).unwrap_or(&key));
    for sum in sums {
        into.extend_from_slice(&sum.to_le_bytes());
    }
}

/// The positions of keys of so many bits, in the order of the keys.
fn order(keys: &[u128], bits: u32) -> Vec<u32> {
    if bits <= 64 {
        let narrow = |k: &u128| u64::try_from(*k).unwrap_or(u64::MAX);
        let pairs = keys.iter().map(narrow).zip(0..).collect();
        radix(pairs, bits, |key, shift| (key >> shift) & 0xff)
    } else {
        let pairs = keys.iter().copied().zip(0..).collect();
        radix(pairs, bits, |key, shift| {
            u64::try_from((key >> shift) & 0xff).unwrap_or(0)
        })
    }
}

/// Sorts by the lowest byte first; a byte that is the same everywhere costs one look.
fn radix<K: Copy + Ord + Default>(
    mut from: Vec<(K, u32)>,
    bits: u32,
    digit: impl Fn(K, u32) -> u64,
) -> Vec<u32> {
    const SMALL: usize = 512;
    if from.len() < SMALL {
        from.sort_unstable();
        return from.into_iter().map(|p| p.1).collect();
    }
    let digit = |key: K, shift: u32| usize::try_from(digit(key, shift)).unwrap_or(0) & 0xff;
    let mut to = vec![(K::default(), 0_u32); from.len()];
    for shift in (0..bits).step_by(8) {
        let mut starts = [0_usize; 256];
        for (key, _) in &from {
            if let Some(count) = starts.get_mut(digit(*key, shift)) {
                *count += 1;
            }
        }
        if starts.contains(&from.len()) {
            continue;
        }
        let mut next = 0;
        for start in &mut starts {
            (*start, next) = (next, next + *start);
        }
        for pair in &from {
            if let Some(start) = starts.get_mut(digit(pair.0, shift)) {
                if let Some(slot) = to.get_mut(*start) {
                    *slot = *pair;
                }
                *start += 1;
            }
        }
        std::mem::swap(&mut from, &mut to);
    }
    from.into_iter().map(|p| p.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radix_sorts_as_the_standard_sort_does() {
        let mut state = 7_u128;
        for (count, bits) in [
            (3, 40),
            (5_000, 9),
            (5_000, 64),
            (5_000, 71),
            (5_000, 128),
            (0, 5),
        ] {
            let mask = u128::MAX >> (128 - bits);
            let keys: Vec<u128> = (0..count)
                .map(|_| {
                    state = state
                        .wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645)
                        .wrapping_add(1);
                    (state >> 3) & mask
                })
                .collect();
            let mut wanted: Vec<(u128, u32)> = keys.iter().copied().zip(0..).collect();
            wanted.sort_unstable();
            let wanted: Vec<u32> = wanted.into_iter().map(|p| p.1).collect();
            assert_eq!(order(&keys, bits), wanted, "{count} of {bits} bits");
        }
    }

    #[test]
    fn equal_keys_are_added_up_or_refused() {
        let of = Arc::new(Sums {
            source: "t".into(),
            measures: vec!["units".into()],
        });
        let mut pile = Pile::new(&of);
        for (key, sum) in [(5, 1), (3, 2), (5, -4)] {
            pile.push(key, &[sum, 1]);
        }
        pile.combine(3).expect("fits");
        assert_eq!((&pile.keys, &pile.sums), (&vec![3, 5], &vec![2, 1, -3, 2]));
        pile.push(3, &[i64::MAX, 1]);
        let error = pile.combine(3).expect_err("too large");
        assert!(error.message().contains("the sum of units"), "{error}");
    }
}
