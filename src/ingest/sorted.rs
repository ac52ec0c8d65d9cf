//! Cells of one grain, sorted and added up, in memory or beside it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::layout::Layout;
use super::pile::{Pile, Span, Sums, encode, key_bytes};
use super::scratch::{Scratch, ScratchFile};
use crate::error::{Error, Result};

/// How many cells stay in memory, and where others go.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) scratch: Box<dyn Scratch>,
    /// Bytes of cells that one pile may have.
    pub(super) pile_bytes_max: usize,
}

impl Room {
    /// Cells of so many sums that one pile may have.
    pub(super) fn cells_max(&self, width: usize) -> usize {
        (self.pile_bytes_max / (16 + width * 8)).max(2)
    }
}

/// Takes cells in any order.
#[derive(Debug)]
pub(super) struct Sorter {
    layout: Layout,
    pile: Pile,
    cells_max: usize,
    file: Option<Box<dyn ScratchFile>>,
    spans: Vec<Span>,
    length: u64,
}

impl Sorter {
    pub(super) fn new(layout: Layout, of: &Arc<Sums>, room: &Room) -> Self {
        Self {
            pile: Pile::new(of),
            cells_max: room.cells_max(of.width()),
            layout,
            file: None,
            spans: Vec::new(),
            length: 0,
        }
    }

    pub(super) fn push(&mut self, key: u128, sums: &[i64], room: &mut Room) -> Result<()> {
        if self.pile.cells() >= self.cells_max {
            self.pile.combine(self.layout.bits())?;
            if self.pile.cells() > self.cells_max / 2 {
                self.spill(room)?;
            }
        }
        self.pile.push(key, sums);
        Ok(())
    }

    fn spill(&mut self, room: &mut Room) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(room.scratch.create()?),
        };
        let bits = self.layout.bits();
        let span = self.pile.spill(file.as_mut(), self.length, bits)?;
        let cell = key_bytes(bits) + self.pile.of.width() * 8;
        self.length += span.cells * cell as u64;
        self.spans.push(span);
        Ok(())
    }

    /// Everything, sorted, each key once.
    pub(super) fn finish(mut self, room: &mut Room) -> Result<Sorted> {
        let bits = self.layout.bits();
        self.pile.combine(bits)?;
        // Several grains are held at once: only a small one stays in memory.
        let small = self.pile.cells() <= self.cells_max / 8;
        let shift = self.layout.lead_shift();
        let leads = |keys: &[u128]| -> u64 {
            let pairs = keys.windows(2);
            pairs
                .filter(|w| matches!(w, [a, b] if a >> shift != b >> shift))
                .count() as u64
        };
        if self.spans.is_empty() {
            let (cells, changes) = (self.pile.cells() as u64, leads(&self.pile.keys));
            if !small {
                self.spill(room)?;
            }
            let store = match (self.file, self.spans.pop()) {
                (Some(file), Some(span)) => Store::Scratch(file, span),
                _ => Store::Memory(self.pile.keys, self.pile.sums),
            };
            return Ok(Sorted {
                layout: self.layout,
                of: self.pile.of,
                cells,
                lead_changes: changes,
                store,
            });
        }
        self.spill(room)?;
        let of = Arc::clone(&self.pile.of);
        let mut from = self
            .file
            .take()
            .ok_or_else(|| Error::internal("spilled cells without a file"))?;
        let mut to = room.scratch.create()?;
        let mut merged = Merged {
            bytes: Vec::new(),
            cells: 0,
            changes: 0,
            lead: None,
        };
        merge(from.as_mut(), &self.spans, bits, &of, |key, sums| {
            merged.add(key, sums, bits, shift, to.as_mut())
        })?;
        to.append(&merged.bytes)?;
        let span = Span {
            offset: 0,
            cells: merged.cells,
        };
        Ok(Sorted {
            layout: self.layout,
            of,
            cells: merged.cells,
            lead_changes: merged.changes,
            store: Store::Scratch(to, span),
        })
    }
}

/// Merged cells on their way out.
struct Merged {
    bytes: Vec<u8>,
    cells: u64,
    changes: u64,
    lead: Option<u128>,
}

impl Merged {
    fn add(
        &mut self,
        key: u128,
        sums: &[i64],
        bits: u32,
        shift: u32,
        to: &mut dyn ScratchFile,
    ) -> Result<()> {
        let lead = key >> shift;
        self.changes += u64::from(self.lead.is_some_and(|l| l != lead));
        self.lead = Some(lead);
        self.cells += 1;
        encode(key, sums, key_bytes(bits), &mut self.bytes);
        if self.bytes.len() >= READ_BYTES {
            to.append(&self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }
}

/// Cells in the order of their keys, each key once.
#[derive(Debug)]
pub(super) struct Sorted {
    pub(super) layout: Layout,
    pub(super) of: Arc<Sums>,
    pub(super) cells: u64,
    /// How often the most significant part of the key changes from one cell to the next.
    pub(super) lead_changes: u64,
    store: Store,
}

#[derive(Debug)]
enum Store {
    Memory(Vec<u128>, Vec<i64>),
    Scratch(Box<dyn ScratchFile>, Span),
}

impl Sorted {
    /// Shows every cell in order: its key, and its sums with the count of rows last.
    pub(super) fn visit(&mut self, mut see: impl FnMut(u128, &[i64]) -> Result<()>) -> Result<()> {
        let width = self.of.width();
        match &mut self.store {
            Store::Memory(keys, sums) => {
                for (key, sums) in keys.iter().zip(sums.chunks(width)) {
                    see(*key, sums)?;
                }
                Ok(())
            }
            Store::Scratch(file, span) => {
                visit(file.as_mut(), *span, self.layout.bits(), width, see)
            }
        }
    }
}

const READ_BYTES: usize = 256 << 10;

/// Shows the cells of a span as they were written.
pub(super) fn visit(
    file: &mut dyn ScratchFile,
    span: Span,
    bits: u32,
    width: usize,
    mut see: impl FnMut(u128, &[i64]) -> Result<()>,
) -> Result<()> {
    let mut cursor = Cursor::new(span, bits, width, READ_BYTES);
    while let Some(key) = cursor.next(file)? {
        see(key, &cursor.sums)?;
    }
    Ok(())
}

/// Shows the cells of several sorted spans in order, those of one key added up.
fn merge(
    file: &mut dyn ScratchFile,
    spans: &[Span],
    bits: u32,
    of: &Sums,
    mut see: impl FnMut(u128, &[i64]) -> Result<()>,
) -> Result<()> {
    let each = (32 * READ_BYTES / spans.len().max(1)).clamp(READ_BYTES / 8, READ_BYTES);
    let cursors = spans
        .iter()
        .map(|s| Cursor::new(*s, bits, of.width(), each));
    let mut cursors: Vec<Cursor> = cursors.collect();
    let mut heap = BinaryHeap::new();
    for (i, cursor) in cursors.iter_mut().enumerate() {
        if let Some(key) = cursor.next(file)? {
            heap.push(Reverse((key, i)));
        }
    }
    let mut now: Option<u128> = None;
    let mut sums = vec![0; of.width()];
    while let Some(mut top) = heap.peek_mut() {
        let Reverse((key, i)) = *top;
        let Some(cursor) = cursors.get_mut(i) else {
            return Err(Error::internal("a run that is not there"));
        };
        if now == Some(key) {
            of.add(&mut sums, &cursor.sums)?;
        } else {
            if let Some(before) = now {
                see(before, &sums)?;
            }
            now = Some(key);
            sums.copy_from_slice(&cursor.sums);
        }
        match cursor.next(file)? {
            Some(next) => *top = Reverse((next, i)),
            None => {
                std::collections::binary_heap::PeekMut::pop(top);
            }
        }
    }
    now.map_or(Ok(()), |key| see(key, &sums))
}

/// Reads a span, a piece at a time.
struct Cursor {
    at: u64,
    left: u64,
    key_bytes: usize,
    cell_bytes: usize,
    chunk_cells: usize,
    bytes: Vec<u8>,
    taken: usize,
    sums: Vec<i64>,
}

impl Cursor {
    fn new(span: Span, bits: u32, width: usize, bytes: usize) -> Self {
        let cell_bytes = key_bytes(bits) + width * 8;
        Self {
            at: span.offset,
            left: span.cells,
            key_bytes: key_bytes(bits),
            cell_bytes,
            chunk_cells: (bytes / cell_bytes).max(1),
            bytes: Vec::new(),
            taken: 0,
            sums: vec![0; width],
        }
    }

    /// The key of the next cell, whose sums are in `sums` then.
    fn next(&mut self, file: &mut dyn ScratchFile) -> Result<Option<u128>> {
        if self.taken >= self.bytes.len() {
            if self.left == 0 {
                return Ok(None);
            }
            let left = usize::try_from(self.left).unwrap_or(usize::MAX);
            let cells = self.chunk_cells.min(left);
            self.bytes.resize(cells * self.cell_bytes, 0);
            file.read_at(self.at, &mut self.bytes)?;
            self.at += self.bytes.len() as u64;
            self.left -= cells as u64;
            self.taken = 0;
        }
        let cell = self.bytes.get(self.taken..self.taken + self.cell_bytes);
        let (key, sums) = cell.unwrap_or_default().split_at(self.key_bytes);
        let mut wide = [0; 16];
        wide.get_mut(..key.len())
            .unwrap_or_default()
            .copy_from_slice(key);
        for (slot, bytes) in self.sums.iter_mut().zip(sums.chunks_exact(8)) {
            *slot = i64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        self.taken += self.cell_bytes;
        Ok(Some(u128::from_le_bytes(wide)))
    }
}
