//! Batches to cells: every row is added to the cell of its dimensions and day. Memory is bounded: cells that do not fit go
//! to a [`Scratch`], by the codes of their first appearance, and get their final codes when all names are known.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::batch::{Batch, Counts, Parser, too_many_values};
use super::calendar::Days;
use super::intern::{Interner, Seen};
use super::layout::{ALL, DAY, Layout, Parts};
use super::mapping::Mapping;
use super::pile::{Pile, Span, Sums, key_bytes};
use super::prints::Prints;
use super::problems::Problems;
use super::rules::{Acceptance, Duplicates};
use super::scratch::{MemoryScratch, Scratch, ScratchFile};
use super::sorted::{self, Room};
use super::suspects::Magnitudes;
use super::ties::Tie;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::{Day, Manifest};

/// Adds up a source's rows.
#[derive(Debug)]
pub struct Builder {
    pub(super) mapping: Arc<Mapping>,
    pub(super) source: String,
    pub(super) values: Vec<Interner>,
    pub(super) scales: Vec<u8>,
    pub(super) counts: Counts,
    pub(super) ties: Vec<Tie>,
    pub(super) days: Days,
    pub(super) of: Arc<Sums>,
    pub(super) room: Room,
    pub(super) problems: Problems,
    /// What to tell about cells that another engine added up.
    pub(super) rolled_notes: Vec<String>,
    several: bool,
    parser: Parser,
    layout: Layout,
    bits: Vec<u32>,
    pile: Pile,
    spilled: Vec<Spilled>,
    file: Option<Box<dyn ScratchFile>>,
    length: u64,
    currency: Option<String>,
    seen: Seen,
    pub(super) magnitudes: Vec<Magnitudes>,
    /// In an append: what the new rows alone hold, and the last day of the version before.
    append: Option<(Days, Day)>,
    /// In an append: fingerprints of the days of the new rows.
    pub(super) prints: Option<Prints>,
    /// In an append: what is told of it in the version's quality.
    pub(super) appended: Appended,
}

/// What appends have done to a dataset since it was ingested as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Appended {
    pub(super) restated: Vec<Day>,
    pub(super) added: Vec<String>,
}

/// Cells that left memory: how their keys were packed and their sums scaled.
#[derive(Debug)]
struct Spilled {
    layout: Layout,
    scales: Vec<u8>,
    span: Span,
}

/// The order of the parts of a key before anything is known: day, then the dimensions.
fn raw_layout(bits: &[u32]) -> Result<Layout> {
    let dimensions = bits.iter().enumerate().map(|(d, bits)| (d + 1, *bits));
    let order: Vec<(usize, u32)> = [(DAY, Days::BITS)].into_iter().chain(dimensions).collect();
    Layout::new(&order)
}

impl Builder {
    /// An empty builder for a source of this name and these columns, with all of memory for its own.
    #[must_use]
    pub fn new(mapping: Mapping, source: &str) -> Self {
        Self::with_scratch(
            mapping,
            source,
            Box::new(MemoryScratch),
            limits::INGEST_PILE_BYTES_MAX,
        )
    }

    /// An empty builder that holds `pile_bytes_max` bytes of cells in memory and puts the others into `scratch`.
    #[must_use]
    pub fn with_scratch(
        mapping: Mapping,
        source: &str,
        scratch: Box<dyn Scratch>,
        pile_bytes_max: usize,
    ) -> Self {
        let mapping = Arc::new(mapping);
        let parser = Parser::new(&mapping);
        let of = Arc::new(Sums {
            source: source.to_owned(),
            measures: mapping.measures.iter().map(|m| m.name.clone()).collect(),
        });
        let bits = vec![limits::STARTING_CODE_BITS; mapping.dimensions.len()];
        Self {
            source: source.to_owned(),
            values: mapping
                .dimensions
                .iter()
                .map(|_| Interner::default())
                .collect(),
            scales: parser.scales.to_vec(),
            counts: Counts::default(),
            ties: Tie::all(&mapping),
            days: Days::new(&of),
            room: Room {
                scratch,
                pile_bytes_max,
            },
            problems: Problems::default(),
            rolled_notes: Vec::new(),
            several: false,
            // It always fits: there are at most six dimensions, with few bits each.
            layout: raw_layout(&bits).unwrap_or_default(),
            bits,
            pile: Pile::new(&of),
            spilled: Vec::new(),
            file: None,
            length: 0,
            currency: None,
            seen: Seen::default(),
            magnitudes: vec![Magnitudes::default(); mapping.measures.len()],
            append: None,
            prints: None,
            appended: Appended::default(),
            of,
            parser,
            mapping,
        }
    }

    /// Reads blocks for this builder, on any thread.
    #[must_use]
    pub fn parser(&self) -> Parser {
        self.parser.clone()
    }

    /// Sets the day of ingest: rows of later days are counted, or refused, as the rules say.
    pub fn set_today(&mut self, today: Day) {
        self.parser.today = Some(today);
    }

    /// Sets the zone in which a moment becomes a day, which the mapping's `zone` names: the host knows the zones.
    pub fn set_zone(&mut self, zone: jiff::tz::TimeZone) {
        self.parser.zone = Some(zone);
    }

    /// Says that batches come from several files, so that messages name the file.
    #[must_use]
    pub fn of_several(mut self) -> Self {
        self.several = true;
        self
    }

    /// Adds a batch. Batches must come in the order of the source: what is reported does not depend on threads then.
    ///
    /// # Errors
    /// `Invalid` if a sum does not fit, which no later row can mend; `Upstream` if scratch space cannot be used.
    pub fn add(&mut self, mut batch: Batch) -> Result<()> {
        let place = if self.several {
            format!("{} ", batch.source)
        } else {
            String::new()
        };
        self.counts.add(&batch.counts);
        self.problems
            .append(std::mem::take(&mut batch.problems), &place);
        self.check_currencies(&batch, &place);
        let more = std::mem::take(&mut batch.magnitudes);
        for (own, more) in self.magnitudes.iter_mut().zip(more) {
            own.append(more, &place);
        }
        let codes = self.map_codes(&batch.values, &place)?;
        let factors = self.align_scales(&batch.scales)?;
        let (dimensions, measures) = (self.mapping.dimensions.len(), self.scales.len());
        let mut parts: Parts = [ALL; limits::STORED_DIMENSIONS_MAX + 1];
        let mut sums = vec![0; measures + 1];
        if let Some(prints) = &mut self.prints {
            prints.learn(&self.values);
        }
        let rows = batch.days.iter().zip(&batch.hashes).enumerate();
        for (row, (day, hash)) in rows {
            let again = self.seen.again(*hash);
            self.counts.duplicates += u64::from(again);
            if again && self.mapping.rules.duplicates == Duplicates::Drop {
                self.counts.dropped += 1;
                continue;
            }
            parts[DAY] = Days::part(*day)?;
            let own = batch.codes.get(row * dimensions..(row + 1) * dimensions);
            let slots = parts.iter_mut().skip(1).zip(&codes);
            for ((part, codes), code) in slots.zip(own.unwrap_or_default()) {
                *part = codes.get(*code as usize).copied().unwrap_or(0);
            }
            let own = batch.sums.get(row * measures..(row + 1) * measures);
            let slots = sums.iter_mut().zip(own.unwrap_or_default()).zip(&factors);
            for (measure, ((sum, value), factor)) in slots.enumerate() {
                *sum = value
                    .checked_mul(*factor)
                    .ok_or_else(|| self.of.overflow(measure))?;
            }
            if let Some(lines) = sums.last_mut() {
                *lines = 1;
            }
            if let Some((fresh, newest)) = &mut self.append {
                fresh.add(parts[DAY], &sums)?;
                if let Some(prints) = &mut self.prints {
                    prints.add(&parts, &sums, &self.scales);
                }
                self.counts.late += u64::from(*day < newest.0);
            }
            self.add_cell(&parts, &sums)?;
        }
        Ok(())
    }

    /// Rows from now on follow those of a version.
    pub(super) fn begin_append(&mut self, manifest: &Manifest) {
        let before = &manifest.quality;
        self.counts.rows += before.rows_read;
        self.counts.duplicates += before.rows_duplicate;
        self.counts.negative += before.rows_negative;
        self.counts.empty += before.fields_empty;
        self.append = Some((Days::new(&self.of), manifest.days.last));
        let mut prints = Prints::new(&self.mapping);
        prints.learn(&self.values);
        self.prints = Some(prints);
        self.appended = Appended {
            restated: before.restated.clone(),
            added: before.added.clone(),
        };
    }

    /// In an append, what each day of the new rows alone holds, as [`Builder::day_totals`] says it; otherwise nothing.
    #[must_use]
    pub fn new_day_totals(&self) -> BTreeMap<Day, Vec<i64>> {
        let fresh = self.append.as_ref();
        fresh.map(|(days, _)| days.totals()).unwrap_or_default()
    }

    /// The builder's code of each of a batch's codes.
    fn map_codes(&mut self, values: &[Interner], place: &str) -> Result<Vec<Vec<u32>>> {
        let mut maps = Vec::with_capacity(values.len());
        let mut full = None;
        for (d, (own, theirs)) in self.values.iter_mut().zip(values).enumerate() {
            let codes = theirs.values.iter().map(|(id, name)| {
                own.code(id, name).unwrap_or_else(|| {
                    full = Some(d);
                    0
                })
            });
            maps.push(codes.collect());
        }
        if let Some(d) = full {
            let column = self.mapping.dimensions.get(d).map_or(0, |p| p.column);
            let header = self.mapping.columns.get(column);
            let header = header.map_or("", |c| &c.header);
            let text = format!("{place}column {header:?}: {}", too_many_values());
            self.problems.add(header, text);
            return Err(self.problems.error(&self.source));
        }
        self.widen()?;
        Ok(maps)
    }

    /// Makes room for the codes that there are now: cells in memory are packed anew.
    pub(super) fn widen(&mut self) -> Result<()> {
        let mut wider = false;
        for (d, (bits, values)) in self.bits.iter_mut().zip(&self.values).enumerate() {
            if !self.layout.holds(d + 1, values.count()) {
                *bits = super::layout::bits_for(values.count()) + 2;
                wider = true;
            }
        }
        if !wider {
            return Ok(());
        }
        let layout = if let Ok(layout) = raw_layout(&self.bits) {
            layout
        } else {
            // Without slack for the values to come.
            let counts = self
                .values
                .iter()
                .map(|v| super::layout::bits_for(v.count() + 1));
            self.bits = counts.collect();
            raw_layout(&self.bits)?
        };
        for key in &mut self.pile.keys {
            *key = layout.pack(&self.layout.unpack(*key));
        }
        self.layout = layout;
        Ok(())
    }

    /// What a batch's sums are multiplied with, after all scales are the finer ones of both.
    pub(super) fn align_scales(&mut self, scales: &[u8]) -> Result<Vec<i64>> {
        let mut factors = vec![1; self.scales.len()];
        for (measure, theirs) in scales.iter().enumerate() {
            let own = self.scales.get(measure).copied().unwrap_or(0);
            if own < *theirs {
                let factor = 10_i64.pow(u32::from(theirs - own));
                let width = self.of.width();
                for sum in self.pile.sums.iter_mut().skip(measure).step_by(width) {
                    *sum = sum
                        .checked_mul(factor)
                        .ok_or_else(|| self.of.overflow(measure))?;
                }
                self.days.raise(measure, factor)?;
                if let Some((fresh, _)) = &mut self.append {
                    fresh.raise(measure, factor)?;
                }
                if let Some(scale) = self.scales.get_mut(measure) {
                    *scale = *theirs;
                }
            } else if let Some(slot) = factors.get_mut(measure) {
                *slot = 10_i64.pow(u32::from(own - theirs));
            }
        }
        Ok(factors)
    }

    /// Adds rows of one cell: codes of the builder's own, sums at its scales with the count of rows last.
    pub(super) fn add_cell(&mut self, parts: &Parts, sums: &[i64]) -> Result<()> {
        for tie in &mut self.ties {
            let code = |d: usize| parts.get(d + 1).copied().unwrap_or(0);
            tie.see(code(tie.child), code(tie.parent));
        }
        self.days.add(parts[DAY], sums)?;
        let cells_max = self.room.cells_max(self.of.width());
        if self.pile.cells() >= cells_max {
            self.pile.combine(self.layout.bits())?;
            if self.pile.cells() > cells_max / 2 {
                self.spill()?;
            }
        }
        self.pile.push(self.layout.pack(parts), sums);
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.room.scratch.create()?),
        };
        let bits = self.layout.bits();
        let span = self.pile.spill(file.as_mut(), self.length, bits)?;
        self.length += span.cells * (key_bytes(bits) + self.of.width() * 8) as u64;
        self.spilled.push(Spilled {
            layout: self.layout.clone(),
            scales: self.scales.clone(),
            span,
        });
        Ok(())
    }

    /// Shows every cell that was added, some of them in several pieces, and forgets them.
    pub(super) fn drain(
        &mut self,
        mut see: impl FnMut(&Parts, &[i64], &mut Room) -> Result<()>,
    ) -> Result<()> {
        let width = self.of.width();
        let room = &mut self.room;
        if let Some(mut file) = self.file.take() {
            for Spilled {
                layout,
                scales,
                span,
            } in std::mem::take(&mut self.spilled)
            {
                let factors: Vec<i64> = self
                    .scales
                    .iter()
                    .zip(&scales)
                    .map(|(now, then)| 10_i64.pow(u32::from(now.saturating_sub(*then))))
                    .collect();
                let mut raised = vec![0; width];
                sorted::visit(file.as_mut(), span, layout.bits(), width, |key, sums| {
                    raised.copy_from_slice(sums);
                    for (measure, (sum, factor)) in raised.iter_mut().zip(&factors).enumerate() {
                        *sum = sum
                            .checked_mul(*factor)
                            .ok_or_else(|| self.of.overflow(measure))?;
                    }
                    see(&layout.unpack(key), &raised, room)
                })?;
            }
        }
        let keys = std::mem::take(&mut self.pile.keys);
        let sums = std::mem::take(&mut self.pile.sums);
        for (key, sums) in keys.into_iter().zip(sums.chunks(width)) {
            see(&self.layout.unpack(key), sums, room)?;
        }
        Ok(())
    }

    fn check_currencies(&mut self, batch: &Batch, place: &str) {
        let Some(column) = self.mapping.currency_column else {
            return;
        };
        for (text, line, count) in &batch.currencies {
            match &self.currency {
                None => self.currency = Some(text.clone()),
                Some(first) if first.eq_ignore_ascii_case(text) => {}
                Some(first) => {
                    let header = self.mapping.columns.get(column);
                    let header = header.map_or("", |c| &c.header);
                    let text = format!(
                        "{place}line {line}, column {header:?}: {text:?} after {first:?}: currencies are never added together; ingest one file for each"
                    );
                    self.problems.add_times(header, text, *count);
                    self.problems.rows += count;
                }
            }
        }
    }

    /// Rows that were read so far, good or not.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.counts.rows
    }

    /// What each day holds so far: the sum of each measure at its scale, then the count of rows.
    #[must_use]
    pub fn day_totals(&self) -> BTreeMap<Day, Vec<i64>> {
        self.days.totals()
    }

    /// The names of the measures.
    #[must_use]
    pub fn measures(&self) -> Vec<String> {
        self.of.measures.clone()
    }

    /// Decimal places of each measure so far; they can only grow.
    #[must_use]
    pub fn scales(&self) -> &[u8] {
        &self.scales
    }

    /// Everything that was wrong with the rows so far, as one error.
    ///
    /// # Errors
    /// `Invalid` with every problem, or if there are no rows.
    pub fn check(&self) -> Result<()> {
        let rules = self.mapping.rules;
        if self.problems.rows > rules.bad_rows_max
            || (self.problems.count > 0 && self.problems.rows == 0)
        {
            return Err(self.problems.error(&self.source));
        }
        let tracked = limits::DUPLICATES_TRACKED_ROWS_MAX as u64;
        if rules.duplicates == Duplicates::Drop && self.counts.rows > tracked {
            return Err(Error::over_budget(format!(
                "{}: duplicates = \"drop\" holds for at most {tracked} rows: ingest less at a time, or keep them",
                self.source
            )));
        }
        if rules.late == Acceptance::Refuse && self.counts.late > 0 {
            return Err(Error::invalid(format!(
                "{}: {} rows are older than the newest day of the current version, and [rules] refuse that",
                self.source, self.counts.late
            )));
        }
        if self.pile.cells() == 0 && self.spilled.is_empty() {
            return Err(Error::invalid(format!(
                "{} has a header but no rows",
                self.source
            )));
        }
        Ok(())
    }
}
