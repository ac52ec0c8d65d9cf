//! The owner's documents as one object of a version: what is searched, then the texts as they were given.
//!
//! The object begins with the index (names, titles, where each passage lies, the inverted index), which a search reads and
//! nothing else; the texts follow, each passage with a checksum in the index, so that one can be read alone.

use std::ops::Range;

use bytes::Bytes;

use super::index::{Draft, Index, read_bytes, read_length, read_numbers, write_length};
use super::passages::{Format, cut, titled};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::manifest::DocumentsMap;
use crate::model::names::plain;

/// What the object begins with.
const MAGIC: &[u8] = b"nearcast documents 1\n";
/// What a word of a heading counts for beside one of the text.
const HEADING_WEIGHT: u32 = 2;

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name in ids.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// Its text: bytes of the object.
    pub span: Range<u64>,
    /// CRC-32 of its text.
    pub crc32: u32,
    /// The numbers of its passages.
    pub passages: Range<usize>,
}

/// One passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Number of its document.
    pub document: usize,
    /// The heading that it stands under; empty for none.
    pub heading: String,
    /// Its text: bytes of the object.
    pub span: Range<u64>,
    /// CRC-32 of its text.
    pub crc32: u32,
}

/// The documents of a version, as they are searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// The documents, by name.
    pub documents: Vec<Document>,
    /// The passages, document by document.
    pub passages: Vec<Passage>,
    /// The index of the passages.
    pub index: Index,
    /// The object, if all of it was read.
    whole: Option<Bytes>,
}

/// A document that is added: a name, how it is written, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name; see [`name_of`].
    pub name: String,
    /// How it is written.
    pub format: Format,
    /// Its text.
    pub text: String,
}

/// The name of a document of a file without its ending: lowercase letters and digits with `-` between them. None if
/// nothing is left.
#[must_use]
pub fn name_of(stem: &str) -> Option<String> {
    let mut name = String::new();
    for c in plain(stem).chars() {
        if c.is_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name: String = name.chars().take(limits::DOCUMENT_NAME_CHARS_MAX).collect();
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

/// Makes the object of documents, and what the manifest says of it. The order in which they are given changes nothing.
///
/// # Errors
/// `Invalid` for two documents of one name and for empty ones, `OverBudget` for more than [`limits`] allow.
pub fn write(sources: &[Source]) -> Result<(DocumentsMap, Bytes)> {
    check(sources)?;
    let mut order: Vec<&Source> = sources.iter().collect();
    order.sort_by(|a, b| a.name.cmp(&b.name));
    let mut head = Vec::new();
    let mut draft = Draft::default();
    let mut passages = 0;
    write_length(&mut head, order.len());
    for source in &order {
        let cut = cut(&source.text, source.format);
        let title = cut.title.unwrap_or_else(|| title_of(&source.name));
        write_text(&mut head, &source.name);
        write_text(&mut head, &title);
        write_length(&mut head, source.text.len());
        head.extend(crc32fast::hash(source.text.as_bytes()).to_le_bytes());
        write_length(&mut head, cut.passages.len());
        passages += cut.passages.len();
        let mut end = 0;
        for (heading, range) in &cut.passages {
            let text = source.text.get(range.clone()).unwrap_or_default();
            write_text(&mut head, heading);
            write_length(&mut head, range.start - end);
            write_length(&mut head, range.len());
            head.extend(crc32fast::hash(text.as_bytes()).to_le_bytes());
            draft.add([(title.as_str(), 1), (heading, HEADING_WEIGHT), (text, 1)]);
            end = range.end;
        }
    }
    if passages > limits::PASSAGES_MAX {
        return Err(Error::over_budget(format!(
            "the documents have {passages} passages, and {} are allowed: leave some out",
            limits::PASSAGES_MAX
        )));
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend(head);
    draft.index()?.write(&mut bytes);
    let index_bytes = bytes.len() as u64;
    if index_bytes > limits::INDEX_BYTES_MAX {
        return Err(Error::over_budget(format!(
            "the index of the documents would have {index_bytes} bytes, and {} are allowed: leave some out",
            limits::INDEX_BYTES_MAX
        )));
    }
    let index_crc32 = crc32fast::hash(&bytes);
    for source in &order {
        bytes.extend_from_slice(source.text.as_bytes());
    }
    let map = DocumentsMap {
        count: u32::try_from(order.len()).unwrap_or(u32::MAX),
        passages: u32::try_from(passages).unwrap_or(u32::MAX),
        index_bytes,
        index_crc32,
    };
    Ok((map, bytes.into()))
}

fn check(sources: &[Source]) -> Result<()> {
    if sources.len() > limits::DOCUMENTS_MAX {
        return Err(Error::over_budget(format!(
            "there are {} documents, and {} are allowed: join small ones or leave some out",
            sources.len(),
            limits::DOCUMENTS_MAX
        )));
    }
    let mut names: Vec<&str> = sources.iter().map(|s| s.name.as_str()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair.first() == pair.get(1)) {
        return Err(Error::invalid(format!(
            "two documents would be called {:?}: rename one of the files",
            twice.first().copied().unwrap_or_default()
        )));
    }
    for source in sources {
        if source.text.trim().is_empty() {
            return Err(Error::invalid(format!(
                "the document {:?} is empty: write something into it or leave it out",
                source.name
            )));
        }
        if source.text.len() > limits::DOCUMENT_BYTES_MAX {
            return Err(Error::over_budget(format!(
                "the document {:?} has {} bytes, and {} are allowed: split it",
                source.name,
                source.text.len(),
                limits::DOCUMENT_BYTES_MAX
            )));
        }
    }
    let all: usize = sources.iter().map(|s| s.text.len()).sum();
    if all > limits::DOCUMENTS_BYTES_MAX {
        return Err(Error::over_budget(format!(
            "the documents have {all} bytes together, and {} are allowed: leave some out",
            limits::DOCUMENTS_BYTES_MAX
        )));
    }
    Ok(())
}

/// `returns-policy` is `Returns policy`.
fn title_of(name: &str) -> String {
    let spaced = name.replace('-', " ");
    let mut chars = spaced.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    titled(&format!("{}{}", first.unwrap_or_default(), chars.as_str()))
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    write_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

impl Library {
    /// Reads the object, or its first `map.index_bytes` bytes.
    ///
    /// # Errors
    /// `Corrupt` if it is not what the manifest says.
    pub fn read(object: &Bytes, map: &DocumentsMap) -> Result<Self> {
        let length = usize::try_from(map.index_bytes).unwrap_or(usize::MAX);
        let altered = || {
            Error::corrupt(
                "the documents do not match their manifest: restore them or ingest again",
            )
        };
        let index = object.get(..length).ok_or_else(altered)?;
        if crc32fast::hash(index) != map.index_crc32 {
            return Err(altered());
        }
        let mut rest = index.strip_prefix(MAGIC).ok_or_else(altered)?;
        let mut library = Self {
            documents: Vec::new(),
            passages: Vec::new(),
            index: Index::default(),
            whole: None,
        };
        let mut at = map.index_bytes;
        for _ in 0..read_length(&mut rest)? {
            at = library.read_document(&mut rest, at)?;
        }
        library.index = Index::read(&mut rest)?;
        if !rest.is_empty() || library.index.texts() != library.passages.len() {
            return Err(altered());
        }
        if object.len() as u64 == at {
            library.whole = Some(object.clone());
        }
        Ok(library)
    }

    /// Reads what is said of the document whose text begins at a byte; where it ends.
    fn read_document(&mut self, rest: &mut &[u8], start: u64) -> Result<u64> {
        let (name, title) = (read_text(rest)?, read_text(rest)?);
        let end = start + u64::from(read_one(rest)?);
        let crc32 = read_crc32(rest)?;
        let first = self.passages.len();
        let mut at = start;
        for _ in 0..read_length(rest)? {
            let heading = read_text(rest)?;
            let from = at + u64::from(read_one(rest)?);
            at = from + u64::from(read_one(rest)?);
            self.passages.push(Passage {
                document: self.documents.len(),
                heading,
                span: from..at,
                crc32: read_crc32(rest)?,
            });
        }
        self.documents.push(Document {
            name,
            title,
            span: start..end,
            crc32,
            passages: first..self.passages.len(),
        });
        Ok(end)
    }

    /// The document of a name.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&Document> {
        let at = self
            .documents
            .binary_search_by(|d| d.name.as_str().cmp(name));
        at.ok().and_then(|at| self.documents.get(at))
    }

    /// Bytes of the object that were read already.
    #[must_use]
    pub fn at_hand(&self, span: &Range<u64>) -> Option<Bytes> {
        let from = usize::try_from(span.start).ok()?;
        let to = usize::try_from(span.end).ok()?;
        let whole = self.whole.as_ref()?;
        (from <= to && to <= whole.len()).then(|| whole.slice(from..to))
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let whole = self.whole.as_ref().map_or(0, Bytes::len);
        let entries = self.passages.len() + self.documents.len();
        self.index.size_bytes() + whole + entries * limits::REMEMBERED_NAME_BYTES
    }
}

/// The text that some bytes of the object are.
///
/// # Errors
/// `Corrupt` if they are not what the index says.
pub fn text(bytes: &[u8], crc32: u32) -> Result<&str> {
    let text = std::str::from_utf8(bytes).ok();
    text.filter(|text| crc32fast::hash(text.as_bytes()) == crc32)
        .ok_or_else(|| {
            Error::corrupt(
                "a document does not match its index: restore the documents or ingest again",
            )
        })
}

fn read_text(rest: &mut &[u8]) -> Result<String> {
    let length = u32::try_from(read_length(rest)?).unwrap_or(u32::MAX);
    String::from_utf8(read_bytes(rest, Some(&length))?)
        .map_err(|e| Error::corrupt("a title of a document is not UTF-8").with_source(e))
}

fn read_one(rest: &mut &[u8]) -> Result<u32> {
    let one = read_numbers(rest, 1)?;
    Ok(one.first().copied().unwrap_or(0))
}

fn read_crc32(rest: &mut &[u8]) -> Result<u32> {
    let bytes = read_bytes(rest, Some(&4))?;
    Ok(u32::from_le_bytes(bytes.try_into().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rank::{Wanted, order, rank};
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source {
            name: name.into(),
            format: Format::Markdown,
            text: text.into(),
        }
    }

    fn two() -> [Source; 2] {
        [
            source(
                "returns-policy",
                "# Returns\n\nGoods within 30 days.\n\n## Refunds\n\nCoins at once.",
            ),
            source("machines", "Clean the compressor each spring."),
        ]
    }

    #[test]
    fn what_was_written_is_found_and_read_back() {
        let (map, object) = write(&two()).expect("two documents");
        assert_eq!((map.count, map.passages), (2, 3));
        let index_only = object.slice(..usize::try_from(map.index_bytes).expect("small"));
        for (bytes, is_whole) in [(&object, true), (&index_only, false)] {
            let library = Library::read(bytes, &map).expect("whole");
            let names: Vec<&str> = library.documents.iter().map(|d| d.name.as_str()).collect();
            assert_eq!(names, ["machines", "returns-policy"]);
            let mut hits = rank(&Wanted::parse("refund").expect("a word"), &[&library.index]);
            order(&mut hits);
            let passage = library
                .passages
                .get(hits[0].text as usize)
                .expect("a passage");
            assert_eq!((passage.heading.as_str(), passage.document), ("Refunds", 1));
            assert_eq!(library.documents[1].title, "Returns");
            assert_eq!(library.documents[0].title, "Machines");
            assert_eq!(library.at_hand(&passage.span).is_some(), is_whole);
            let from = usize::try_from(passage.span.start).expect("small");
            let to = usize::try_from(passage.span.end).expect("small");
            let read = text(&object[from..to], passage.crc32).expect("unaltered");
            assert_eq!(read, "## Refunds\n\nCoins at once.");
            assert!(text(&object[from..to - 1], passage.crc32).is_err());
            assert_eq!(
                library
                    .document("returns-policy")
                    .map(|d| d.passages.clone()),
                Some(1..3)
            );
            assert!(library.document("returns").is_none());
        }
    }

    #[test]
    fn the_same_documents_give_the_same_bytes_in_any_order() {
        let [a, b] = two();
        let (one, other) = (write(&[a.clone(), b.clone()]), write(&[b, a]));
        assert_eq!(one.expect("fine"), other.expect("fine"));
    }

    #[test]
    fn an_altered_byte_of_the_index_is_noticed() {
        let (map, object) = write(&two()).expect("two documents");
        for at in 0..usize::try_from(map.index_bytes).expect("small") {
            let mut altered = object.to_vec();
            altered[at] ^= 0x10;
            let error = Library::read(&altered.into(), &map)
                .expect_err("altered")
                .to_string();
            assert!(error.contains("do not match"), "{error}");
        }
        assert!(Library::read(&object.slice(..20), &map).is_err());
    }

    #[test]
    fn names_are_plain() {
        for (stem, name) in [
            ("Returns policy", Some("returns-policy")),
            ("../../etc/passwd", Some("etc-passwd")),
            ("  Été_2026 (v2) ", Some("ete-2026-v2")),
            ("<script>", Some("script")),
            ("...", None),
        ] {
            assert_eq!(name_of(stem).as_deref(), name, "{stem}");
        }
    }

    #[test]
    fn what_is_too_much_says_so() {
        let refused = |sources: &[Source]| write(sources).expect_err("refused").to_string();
        assert!(
            refused(&[source("a", "x"), source("a", "y")])
                .contains("two documents would be called \"a\"")
        );
        assert!(refused(&[source("a", " \n")]).contains("is empty"));
        let long = "x".repeat(limits::DOCUMENT_BYTES_MAX + 1);
        assert!(refused(&[source("a", &long)]).contains("split it"));
        let many: Vec<Source> = (0..=limits::DOCUMENTS_MAX)
            .map(|i| source(&format!("d{i}"), "x"))
            .collect();
        assert!(refused(&many).contains("200 are allowed"));
        let large = "word ".repeat(limits::DOCUMENT_BYTES_MAX / 5);
        let five: Vec<Source> = (0..5).map(|i| source(&format!("d{i}"), &large)).collect();
        assert!(refused(&five).contains("together"));
    }

    proptest! {
        #[test]
        fn damaged_objects_never_break_it(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let mut object = MAGIC.to_vec();
            object.extend(&bytes);
            let map = DocumentsMap {
                count: 1,
                passages: 1,
                index_bytes: object.len() as u64,
                index_crc32: crc32fast::hash(&object),
            };
            // With a checksum that agrees, so that all of the reading is tried.
            let _ = Library::read(&object.into(), &map);
        }
    }
}
