//! The values of dimensions and their codes in order of appearance.

use hashbrown::HashTable;

use crate::limits;

/// A quick hash of text: good enough to tell rows and names apart, and the same everywhere.
pub(super) fn hash(bytes: &[u8], seed: u64) -> u64 {
    const A: u64 = 0x9e37_79b9_7f4a_7c15;
    const B: u64 = 0xd6e8_feb8_6659_fd93;
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(0);
        low ^ u64::try_from(product >> 64).unwrap_or(0)
    };
    let mut state = seed ^ A;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        state = fold(state ^ word, B);
    }
    let mut last = [0; 8];
    let rest = chunks.remainder();
    last.get_mut(..rest.len())
        .unwrap_or_default()
        .copy_from_slice(rest);
    fold(
        state ^ u64::from_le_bytes(last),
        A ^ (bytes.len() as u64).rotate_left(32),
    )
}

fn hash_pair(id: &str, name: &str) -> u64 {
    hash(name.as_bytes(), hash(id.as_bytes(), 1))
}

/// Pairs of id and name, each with the code under which it was met first.
#[derive(Debug, Clone, Default)]
pub(super) struct Interner {
    table: HashTable<u32>,
    pub(super) values: Vec<(String, String)>,
}

impl Interner {
    /// The code of a value; `None` when there are too many values already.
    pub(super) fn code(&mut self, id: &str, name: &str) -> Option<u32> {
        let hash = hash_pair(id, name);
        let values = &self.values;
        let same = |code: &u32| {
            values
                .get(*code as usize)
                .is_some_and(|v| v.0 == id && v.1 == name)
        };
        if let Some(code) = self.table.find(hash, same) {
            return Some(*code);
        }
        if self.values.len() >= limits::DIMENSION_VALUES_MAX {
            return None;
        }
        let code = u32::try_from(self.values.len()).ok()?;
        self.values.push((id.to_owned(), name.to_owned()));
        let values = &self.values;
        self.table.insert_unique(hash, code, |code| {
            values
                .get(*code as usize)
                .map_or(0, |v| hash_pair(&v.0, &v.1))
        });
        Some(code)
    }

    /// How many values there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.values.len()).unwrap_or(u32::MAX)
    }
}

/// Hashes of rows, up to a number of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen(HashTable<u64>);

impl Seen {
    /// Whether the row was there before. Once there is no more room, only rows that were kept are recognised.
    pub(super) fn again(&mut self, row: u64) -> bool {
        if self.0.find(row, |r| *r == row).is_some() {
            return true;
        }
        if self.0.len() < limits::DUPLICATES_TRACKED_ROWS_MAX {
            self.0.insert_unique(row, row, |r| *r);
        }
        false
    }
}
