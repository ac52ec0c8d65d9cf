//! How the parts of a cell's key lie in one integer, so that cells are sorted by comparing integers.

use crate::error::{Error, Result};
use crate::limits;

/// Day, then the code of each dimension. A part that a layout does not hold is [`ALL`].
pub(super) type Parts = [u32; limits::STORED_DIMENSIONS_MAX + 1];

/// Position of the day among the parts; the dimensions follow.
pub(super) const DAY: usize = 0;
/// Stands for a part that is not kept apart.
pub(super) const ALL: u32 = u32::MAX;

/// Which parts a key holds, the most significant first, and in how many bits each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    fields: Vec<Field>,
    bits: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    part: usize,
    bits: u32,
    shift: u32,
}

/// Bits that hold the numbers below `count`.
pub(super) const fn bits_for(count: u32) -> u32 {
    32 - count.saturating_sub(1).leading_zeros()
}

impl Layout {
    /// A layout of parts and their bits, the most significant first.
    ///
    /// # Errors
    /// `Invalid` if they have more than 128 bits together.
    pub(super) fn new(order: &[(usize, u32)]) -> Result<Self> {
        let total: u32 = order.iter().map(|(_, bits)| bits).sum();
        if total > 128 {
            return Err(Error::invalid(format!(
                "days and dimensions have {total} bits together, more than the 128 of a cell's key: leave out a dimension with many values with ignore in dataset.toml"
            )));
        }
        let mut shift = total;
        let fields = order.iter().map(|&(part, bits)| {
            shift -= bits;
            Field { part, bits, shift }
        });
        Ok(Self {
            fields: fields.collect(),
            bits: total,
        })
    }

    /// Bits of a key.
    pub(super) const fn bits(&self) -> u32 {
        self.bits
    }

    /// Where the most significant part begins: keys that agree from there on have the same one.
    pub(super) fn lead_shift(&self) -> u32 {
        self.fields.first().map_or(0, |f| f.shift.min(127))
    }

    /// Whether a part's value fits.
    pub(super) fn holds(&self, part: usize, value: u32) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|f| f.part == part && u64::from(value) < 1 << f.bits)
    }

    /// The key of these parts, each of which must fit.
    pub(super) fn pack(&self, parts: &Parts) -> u128 {
        self.fields.iter().fold(0, |key, f| {
            let part = parts.get(f.part).copied().unwrap_or_default();
            key | u128::from(part).checked_shl(f.shift).unwrap_or(0)
        })
    }

    /// The parts of a key.
    pub(super) fn unpack(&self, key: u128) -> Parts {
        let mut parts = [ALL; limits::STORED_DIMENSIONS_MAX + 1];
        for f in &self.fields {
            let mask = (1_u128 << f.bits) - 1;
            if let Some(slot) = parts.get_mut(f.part) {
                *slot = u32::try_from(key.checked_shr(f.shift).unwrap_or(0) & mask).unwrap_or(ALL);
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_parts_do_and_come_back() {
        let layout = Layout::new(&[(2, bits_for(5)), (DAY, 17), (1, bits_for(1))]).expect("fits");
        let parts = |two, day, one| [day, one, two, ALL, ALL, ALL, ALL];
        let keys = [(0, 7, 0), (1, 3, 0), (1, 4, 0), (4, 0, 0)];
        let packed: Vec<u128> = keys
            .iter()
            .map(|(a, b, c)| layout.pack(&parts(*a, *b, *c)))
            .collect();
        assert!(packed.is_sorted());
        for (key, (a, b, c)) in packed.iter().zip(keys) {
            assert_eq!(layout.unpack(*key), parts(a, b, c));
        }
        assert!(layout.holds(2, 7) && !layout.holds(2, 8) && !layout.holds(3, 0));
        assert!(Layout::new(&[(1, 100), (2, 29)]).is_err());
    }
}
