//! An inverted index: which texts have a word, and how often.
//!
//! The same index stands behind names, of which it is made while a question is answered, and behind documents, of which it
//! is made at ingest and kept: it is a few flat arrays that are written as they are.

use hashbrown::HashTable;

use super::stem::settled;
use super::words::each_word;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::names::plain_into;

/// Texts that are being indexed.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Different words, in order of appearance.
    words: Vec<Box<str>>,
    /// Numbers of words by their hashes.
    table: HashTable<u32>,
    /// Word, text, weight; texts ascending.
    entries: Vec<(u32, u32, u32)>,
    lengths: Vec<u32>,
    /// There were too many different words.
    is_full: bool,
    /// A text as its words are told apart, used again for each.
    folded: String,
}

impl Draft {
    /// Adds a text of several fields, each with what one of its words counts for; the number of the text.
    pub fn add<'a>(&mut self, fields: impl IntoIterator<Item = (&'a str, u32)>) -> u32 {
        let text = u32::try_from(self.lengths.len()).unwrap_or(u32::MAX);
        let mut length = 0_u32;
        let mut folded = std::mem::take(&mut self.folded);
        for (field, weight) in fields {
            plain_into(field, &mut folded);
            each_word(&folded, |word| {
                length = length.saturating_add(1);
                match self.number(shortened(word)) {
                    Some(number) => self.entries.push((number, text, weight)),
                    None => self.is_full = true,
                }
            });
        }
        self.folded = folded;
        self.lengths.push(length);
        text
    }

    /// The number of a word; none if there are too many.
    fn number(&mut self, word: &str) -> Option<u32> {
        let hash = hash(word);
        let words = &self.words;
        let text_of = |number: u32| words.get(number as usize).map_or("", AsRef::as_ref);
        if let Some(number) = self.table.find(hash, |number| text_of(*number) == word) {
            return Some(*number);
        }
        if self.words.len() >= limits::INDEX_WORDS_MAX {
            return None;
        }
        let number = u32::try_from(self.words.len()).ok()?;
        self.words.push(word.into());
        let words = &self.words;
        self.table.insert_unique(hash, number, |number| {
            let word = words.get(*number as usize);
            word.map_or(0, |word| self::hash(word))
        });
        Some(number)
    }

    /// The index. Nothing is sorted: numbers are in order of appearance, so the same texts in the same order give the same
    /// index.
    ///
    /// # Errors
    /// `OverBudget` if the texts have more than [`limits::INDEX_WORDS_MAX`] different words.
    pub fn index(mut self) -> Result<Index> {
        let mut index = Index::default();
        // A stem is a word as well, so that other forms of it find it; a word's term is the number of its stem.
        let mut at = 0;
        while let Some(word) = self.words.get(at) {
            let stem = settled(word);
            let term = match stem {
                None => number(at)?,
                Some(stem) => self.number(&stem).unwrap_or_else(|| {
                    self.is_full = true;
                    0
                }),
            };
            index.word_terms.push(term);
            at += 1;
        }
        if self.is_full {
            return Err(Error::over_budget(format!(
                "the texts have more than {} different words: leave some out",
                limits::INDEX_WORDS_MAX
            )));
        }
        for word in &self.words {
            index.letters.extend_from_slice(word.as_bytes());
            index.word_ends.push(number(index.letters.len())?);
        }
        index.lengths = self.lengths;
        index.put_postings(&self.entries)?;
        Ok(index)
    }
}

/// An index of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// The words one after the other.
    letters: Vec<u8>,
    /// Where each word ends.
    word_ends: Vec<u32>,
    /// For each word its term: the number of its stem among the words.
    word_terms: Vec<u32>,
    /// For each word that is a term the texts that have it, and what it counts for there: differences of text numbers, and
    /// weights, as LEB128.
    postings: Vec<u8>,
    /// Where the postings of each word end.
    posting_ends: Vec<u32>,
    /// How many texts have each term.
    frequencies: Vec<u32>,
    /// How many words each text has.
    lengths: Vec<u32>,
}

impl Index {
    /// `entries`: word, text, weight; texts ascending.
    fn put_postings(&mut self, entries: &[(u32, u32, u32)]) -> Result<()> {
        let terms = self.word_terms.len();
        let term_of = |word: u32| self.word_terms.get(word as usize).copied().unwrap_or(0) as usize;
        // Entries of each term together, by counting.
        let mut starts = vec![0_usize; terms + 1];
        for (word, ..) in entries {
            if let Some(count) = starts.get_mut(term_of(*word) + 1) {
                *count += 1;
            }
        }
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        let mut next = starts.clone();
        let mut placed = vec![(0_u32, 0_u32); entries.len()];
        for (word, text, weight) in entries {
            let at = next.get_mut(term_of(*word));
            if let Some(at) = at
                && let Some(place) = placed.get_mut(*at)
            {
                *place = (*text, *weight);
                *at += 1;
            }
        }
        for range in starts.windows(2) {
            let [start, end] = range else { continue };
            let mine = placed.get(*start..*end).unwrap_or_default();
            let (mut before, mut texts) = (0, 0);
            for run in mine.chunk_by(|a, b| a.0 == b.0) {
                let text = run.first().map_or(0, |entry| entry.0);
                let weight = run.iter().map(|entry| entry.1).fold(0, u32::saturating_add);
                write_number(&mut self.postings, text - before);
                write_number(&mut self.postings, weight);
                before = text;
                texts += 1;
            }
            self.posting_ends.push(number(self.postings.len())?);
            self.frequencies.push(texts);
        }
        Ok(())
    }

    /// How many texts there are.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.lengths.len()
    }

    /// Words of a text.
    pub(super) fn length(&self, text: u32) -> u32 {
        self.lengths.get(text as usize).copied().unwrap_or(0)
    }

    /// Words of all texts.
    pub(super) fn total_length(&self) -> u64 {
        self.lengths.iter().map(|l| u64::from(*l)).sum()
    }

    /// Every word with its term.
    pub(super) fn each_word(&self) -> impl Iterator<Item = (&str, u32)> {
        let mut start = 0;
        let ends = self.word_ends.iter().zip(&self.word_terms);
        ends.filter_map(move |(end, term)| {
            let word = self.letters.get(start..*end as usize);
            start = *end as usize;
            Some((std::str::from_utf8(word?).ok()?, *term))
        })
    }

    /// The term of a word, or of its stem.
    pub(super) fn term(&self, word: &str) -> Option<u32> {
        // One look at every word is quicker than to keep them in an order.
        let exact = |wanted: &str| {
            let mut start = 0;
            let at = self.word_ends.iter().position(|end| {
                let from = start;
                start = *end as usize;
                start.wrapping_sub(from) == wanted.len()
                    && self.letters.get(from..start) == Some(wanted.as_bytes())
            });
            at.and_then(|at| self.word_terms.get(at).copied())
        };
        exact(word).or_else(|| exact(&settled(word)?))
    }

    /// How many texts have a term.
    pub(super) fn frequency(&self, term: u32) -> u32 {
        self.frequencies.get(term as usize).copied().unwrap_or(0)
    }

    /// The texts that have a term, ascending, each with the term's weight in it.
    pub(super) fn postings(&self, term: u32) -> Vec<(u32, u32)> {
        let at = term as usize;
        let end = self.posting_ends.get(at).map_or(0, |end| *end as usize);
        let start = at
            .checked_sub(1)
            .and_then(|before| self.posting_ends.get(before));
        let start = start.map_or(0, |start| *start as usize);
        let mut rest = self.postings.get(start..end).unwrap_or_default();
        let mut found = Vec::new();
        let mut text = 0_u32;
        while let (Some(step), Some(weight)) = (read_number(&mut rest), read_number(&mut rest)) {
            text = text.saturating_add(step);
            found.push((text, weight));
        }
        found
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let numbers = self.word_ends.len() * 2 + self.posting_ends.len() * 2 + self.lengths.len();
        self.letters.len() + self.postings.len() + numbers * 4
    }

    /// Writes it, so that [`Self::read`] reads it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let ends = |out: &mut Vec<u8>, ends: &[u32]| {
            write_length(out, ends.len());
            let mut before = 0;
            for end in ends {
                write_number(out, end - before);
                before = *end;
            }
        };
        let numbers = |out: &mut Vec<u8>, numbers: &[u32]| {
            for number in numbers {
                write_number(out, *number);
            }
        };
        ends(out, &self.word_ends);
        numbers(out, &self.word_terms);
        out.extend_from_slice(&self.letters);
        ends(out, &self.posting_ends);
        numbers(out, &self.frequencies);
        out.extend_from_slice(&self.postings);
        write_length(out, self.lengths.len());
        numbers(out, &self.lengths);
    }

    /// Reads one that was written, from the beginning of `bytes`.
    ///
    /// # Errors
    /// `Corrupt` if it is cut off or its parts do not fit each other.
    pub(super) fn read(bytes: &mut &[u8]) -> Result<Self> {
        let mut index = Self {
            word_ends: read_ends(bytes)?,
            ..Self::default()
        };
        index.word_terms = read_numbers(bytes, index.word_ends.len())?;
        index.letters = read_bytes(bytes, index.word_ends.last())?;
        index.posting_ends = read_ends(bytes)?;
        index.frequencies = read_numbers(bytes, index.posting_ends.len())?;
        index.postings = read_bytes(bytes, index.posting_ends.last())?;
        let texts = read_length(bytes)?;
        index.lengths = read_numbers(bytes, texts)?;
        Ok(index)
    }
}

/// The first bytes of a long word, so that no word is larger than a page.
pub(super) fn shortened(word: &str) -> &str {
    let mut end = word.len().min(limits::WORD_BYTES_MAX);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    word.get(..end).unwrap_or(word)
}

/// FNV-1a, which is the same everywhere.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn number(at: usize) -> Result<u32> {
    u32::try_from(at)
        .map_err(|e| Error::over_budget("an index has too many entries").with_source(e))
}

fn cut_off() -> Error {
    Error::corrupt("the index of documents is cut off: restore it or ingest again")
}

/// Writes a number in groups of seven bits, the lowest first.
pub(super) fn write_number(out: &mut Vec<u8>, number: u32) {
    let mut rest = number;
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or(0);
        rest >>= 7;
        if rest == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

pub(super) fn write_length(out: &mut Vec<u8>, length: usize) {
    write_number(out, u32::try_from(length).unwrap_or(u32::MAX));
}

/// Reads a number from the beginning of `bytes`.
pub(super) fn read_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u64;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(number).ok();
        }
    }
    None
}

/// Reads how many of something follow; each takes a byte at least.
pub(super) fn read_length(bytes: &mut &[u8]) -> Result<usize> {
    let length = read_number(bytes).ok_or_else(cut_off)? as usize;
    (length <= bytes.len())
        .then_some(length)
        .ok_or_else(cut_off)
}

pub(super) fn read_numbers(bytes: &mut &[u8], count: usize) -> Result<Vec<u32>> {
    (0..count)
        .map(|_| read_number(bytes).ok_or_else(cut_off))
        .collect()
}

fn read_ends(bytes: &mut &[u8]) -> Result<Vec<u32>> {
    let count = read_length(bytes)?;
    let mut end = 0_u32;
    read_numbers(bytes, count)?
        .into_iter()
        .map(|step| {
            end = end.checked_add(step).ok_or_else(cut_off)?;
            Ok(end)
        })
        .collect()
}

pub(super) fn read_bytes(bytes: &mut &[u8], length: Option<&u32>) -> Result<Vec<u8>> {
    let length = length.map_or(0, |length| *length as usize);
    let (mine, rest) = bytes.split_at_checked(length).ok_or_else(cut_off)?;
    *bytes = rest;
    Ok(mine.to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn index(texts: &[&str]) -> Index {
        let mut draft = Draft::default();
        for text in texts {
            draft.add([(*text, 1)]);
        }
        draft.index().expect("small")
    }

    #[test]
    fn a_word_in_any_form_finds_its_texts() {
        let index = index(&["Returned goods", "chips", "returns and returns", ""]);
        for form in ["return", "returns", "returning", "returned"] {
            let term = index.term(form).expect(form);
            assert_eq!(index.postings(term), [(0, 1), (2, 2)], "{form}");
            assert_eq!(index.frequency(term), 2);
        }
        assert_eq!(index.term("refund"), None);
        assert_eq!(
            (index.length(0), index.length(2), index.length(3)),
            (2, 3, 0)
        );
        assert_eq!(index.total_length(), 6);
    }

    #[test]
    fn fields_count_for_more() {
        let mut draft = Draft::default();
        draft.add([("Refunds", 3), ("refund of coins", 1)]);
        let index = draft.index().expect("small");
        let term = index.term("refund").expect("there");
        assert_eq!(index.postings(term), [(0, 4)]);
    }

    #[test]
    fn long_words_are_cut_at_a_character() {
        let long = "é".repeat(100);
        assert_eq!(shortened(&long).len(), limits::WORD_BYTES_MAX);
        assert_eq!(shortened("short"), "short");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(texts in prop::collection::vec("[a-f ]{0,24}", 0..12)) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let index = index(&texts);
            let mut bytes = Vec::new();
            index.write(&mut bytes);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(&Index::read(&mut rest).expect("whole"), &index);
            prop_assert!(rest.is_empty());
            for cut in 0..bytes.len() {
                // Whatever is cut off is noticed, or nothing that was cut off mattered.
                let mut part = bytes.get(..cut).expect("inside");
                prop_assert!(Index::read(&mut part).is_err());
            }
        }

        #[test]
        fn damaged_bytes_never_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(index) = Index::read(&mut bytes.as_slice()) {
                for term in 0..8 {
                    index.postings(term);
                }
                index.term("chips");
            }
        }

        #[test]
        fn every_word_finds_its_text(texts in prop::collection::vec("[a-z]{1,9}( [a-z]{1,9}){0,5}", 1..8)) {
            let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
            let index = index(&refs);
            for (number, text) in (0_u32..).zip(&refs) {
                for word in text.split(' ') {
                    let term = index.term(word).expect("a word of a text");
                    prop_assert!(index.postings(term).iter().any(|(text, _)| *text == number));
                }
            }
        }
    }
}
