//! The row-group map of a grain: where the column chunks of each row group lie, packed so that reading it costs less than
//! any question. As JSON numbers the map of a large dataset would outweigh the data that it leads to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};

/// One row group. In the file it begins with the CRC-32 (IEEE, little-endian) of each of its column chunks, in column order,
/// and the chunks follow without a gap. The map holds the CRC-32 of these checksums, so that one number in the map proves
/// every chunk, and a reader who needs two columns of seven can check just these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowGroup {
    /// Rows.
    pub rows: u32,
    /// Where its checksums begin in the file, bytes.
    pub offset: u64,
    /// CRC-32 of its checksums.
    pub crc32: u32,
    /// Size of each column chunk, bytes, in column order.
    pub chunk_bytes: Vec<u32>,
    /// Smallest and largest code of the grain's first dimension, both included; -1 where the grain has none.
    pub keys: (i32, i32),
    /// First and last day, both included.
    pub days: (i32, i32),
}

/// Bytes of the checksum of one chunk.
pub const CHECKSUM_BYTES: u64 = 4;

impl RowGroup {
    /// Where its first column chunk begins in the file, bytes.
    #[must_use]
    pub fn chunks_offset(&self) -> u64 {
        self.offset + CHECKSUM_BYTES * self.chunk_bytes.len() as u64
    }

    /// Where it ends in the file, bytes.
    fn end(&self) -> u64 {
        self.chunks_offset() + self.chunk_bytes.iter().map(|&b| u64::from(b)).sum::<u64>()
    }
}

/// The packed map: for each row group, as LEB128 integers, its rows, the gap in bytes since the end of the one before, its
/// smallest key and its first day (zigzag, less those of the one before), how far its keys and days reach, and the size of
/// each chunk; then its CRC-32, little-endian. In JSON it is Base64.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupMap(Base64Bytes);

/// Bytes that are Base64 in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base64Bytes(pub Bytes);

impl GroupMap {
    /// Packs row groups in the order of their offsets.
    #[must_use]
    pub fn pack(groups: &[RowGroup]) -> Self {
        let mut out = Vec::new();
        let (mut end, mut key, mut day) = (0, 0, 0);
        for group in groups {
            put(&mut out, u64::from(group.rows));
            put(&mut out, group.offset.saturating_sub(end));
            for (before, (low, high)) in [(key, group.keys), (day, group.days)] {
                put(&mut out, zigzag(i64::from(low) - i64::from(before)));
                put(&mut out, (i64::from(high) - i64::from(low)).unsigned_abs());
            }
            for &bytes in &group.chunk_bytes {
                put(&mut out, u64::from(bytes));
            }
            out.extend_from_slice(&group.crc32.to_le_bytes());
            (end, key, day) = (group.end(), group.keys.0, group.days.0);
        }
        Self(Base64Bytes(out.into()))
    }

    /// A map that came as bytes.
    #[must_use]
    pub const fn from_bytes(bytes: Bytes) -> Self {
        Self(Base64Bytes(bytes))
    }

    /// The packed bytes.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.0.0
    }

    /// The row groups that are wanted, of a file with this many columns and bytes.
    ///
    /// # Errors
    /// `Corrupt` if the map is cut off or points outside the file.
    pub fn unpack(
        &self,
        columns: usize,
        size_bytes: u64,
        wanted: impl Fn((i32, i32), (i32, i32)) -> bool,
    ) -> Result<Vec<RowGroup>> {
        let mut groups = Vec::new();
        let mut rest: &[u8] = self.bytes();
        let (mut end, mut key, mut day) = (0_u64, 0_i64, 0_i64);
        let broken = || Error::corrupt("a row-group map does not fit its file: ingest again");
        while !rest.is_empty() {
            let mut next = || take(&mut rest).ok_or_else(broken);
            let rows = next()?;
            let offset = end.checked_add(next()?).ok_or_else(broken)?;
            let mut bounds = [(0, 0); 2];
            for (before, bounds) in [&mut key, &mut day].into_iter().zip(&mut bounds) {
                let low = before.checked_add(unzigzag(next()?)).ok_or_else(broken)?;
                let high = low.checked_add_unsigned(next()?).ok_or_else(broken)?;
                *before = low;
                *bounds = (narrow(low)?, narrow(high)?);
            }
            let [keys, days] = bounds;
            let is_wanted = wanted(keys, days);
            let mut chunk_bytes = Vec::with_capacity(if is_wanted { columns } else { 0 });
            end = offset
                .checked_add(CHECKSUM_BYTES * columns as u64)
                .ok_or_else(broken)?;
            for _ in 0..columns {
                let bytes = next()?;
                end = end.checked_add(bytes).ok_or_else(broken)?;
                if is_wanted {
                    chunk_bytes.push(u32::try_from(bytes).map_err(|_| broken())?);
                }
            }
            let (crc32, after) = rest.split_first_chunk::<4>().ok_or_else(broken)?;
            rest = after;
            if end > size_bytes {
                return Err(broken());
            }
            if is_wanted {
                groups.push(RowGroup {
                    rows: u32::try_from(rows).map_err(|_| broken())?,
                    offset,
                    crc32: u32::from_le_bytes(*crc32),
                    chunk_bytes,
                    keys,
                    days,
                });
            }
        }
        Ok(groups)
    }
}

impl Serialize for Base64Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&base64::display::Base64Display::new(&self.0, &STANDARD))
    }
}

impl<'de> Deserialize<'de> for Base64Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        STANDARD
            .decode(text.as_bytes())
            .map(|bytes| Self(bytes.into()))
            .map_err(serde::de::Error::custom)
    }
}

fn narrow(value: i64) -> Result<i32> {
    i32::try_from(value)
        .map_err(|_| Error::corrupt("a row-group map has a code or day that is none: ingest again"))
}

/// Writes seven bits a byte, the lowest first.
fn put(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f).to_le_bytes()[0];
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Vec<RowGroup> {
        let group = |offset, keys, days, sizes: [u32; 3]| RowGroup {
            rows: 16_384,
            offset,
            crc32: 0xdead_beef,
            chunk_bytes: sizes.to_vec(),
            keys,
            days,
        };
        vec![
            group(4, (-1, -1), (19_000, 20_000), [70, 100_000, 0]),
            group(4 + 12 + 100_070, (3, 9), (-5, 700), [1, 2, u32::MAX]),
            group(
                1 << 40,
                (0, i32::MAX),
                (i32::MIN, i32::MIN),
                [128, 127, 16_384],
            ),
        ]
    }

    #[test]
    fn a_map_gives_back_what_was_packed() {
        let map = GroupMap::pack(&groups());
        assert_eq!(
            map.unpack(3, u64::MAX, |_, _| true).expect("whole"),
            groups()
        );
        let some = map.unpack(3, u64::MAX, |keys, _| keys.0 == 3).expect("one");
        assert_eq!(some, groups()[1..2]);
        let json = serde_json::to_string(&map).expect("is text");
        let back: GroupMap = serde_json::from_str(&json).expect("is a map");
        assert_eq!(back, map);
        assert!(
            GroupMap::default()
                .unpack(3, 0, |_, _| true)
                .expect("none")
                .is_empty()
        );
    }

    #[test]
    fn a_map_that_is_cut_off_or_points_outside_is_refused() {
        let map = GroupMap::pack(&groups());
        let whole = map.bytes();
        let ends: Vec<usize> = (1..3)
            .map(|n| GroupMap::pack(&groups()[..n]).bytes().len())
            .collect();
        for cut in (1..whole.len()).filter(|cut| !ends.contains(cut)) {
            let cut = GroupMap::from_bytes(whole.slice(..cut));
            assert!(cut.unpack(3, u64::MAX, |_, _| true).is_err());
        }
        assert!(map.unpack(3, 1 << 40, |_, _| true).is_err());
        let endless = GroupMap::from_bytes(vec![0xff; 40].into());
        assert!(endless.unpack(3, u64::MAX, |_, _| true).is_err());
    }
}
