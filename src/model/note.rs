//! What a reader should know of an answer beside its numbers, in order of weight.

use serde::{Serialize, Serializer};

/// What a note is about, what changes the meaning of the numbers most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Nothing passes the filters.
    Empty,
    /// The numbers are of other days, or of less, than was asked: a period that is unfinished or only partly covered, steps
    /// that were left out.
    Scope,
    /// Days of the period that have no rows at all.
    Gap,
    /// Names that were added together, or that were not written out.
    Names,
    /// A forecast that is no better than a simple one, or that could not be tested.
    Skill,
    /// What was assumed, not learnt.
    Assumed,
    /// The newest data are old.
    Stale,
    /// So much of the source was wrong that sums may be off.
    Source,
    /// Worth knowing, but the numbers mean the same without it.
    Remark,
}

impl Topic {
    /// Whether a number may be misread without it, so that it is said before the numbers.
    #[must_use]
    pub fn is_caveat(self) -> bool {
        self < Self::Remark
    }
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub topic: Topic,
    /// What it says.
    pub text: String,
}

/// A text is a remark unless it is told otherwise.
impl<T: Into<String>> From<T> for Note {
    fn from(text: T) -> Self {
        Self {
            topic: Topic::Remark,
            text: text.into(),
        }
    }
}

/// The notes of an answer: caveats first, each text once. In JSON they are a list of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes(Vec<Note>);

impl Notes {
    /// Adds a remark, or a note that knows its topic.
    pub fn push(&mut self, note: impl Into<Note>) {
        let note = note.into();
        if let Some(at) = self.0.iter().position(|known| known.text == note.text) {
            match self.0.get(at) {
                Some(known) if known.topic > note.topic => self.0.remove(at),
                _ => return,
            };
        }
        let at = self.0.partition_point(|known| known.topic <= note.topic);
        self.0.insert(at, note);
    }

    /// Adds a note about a topic.
    pub fn add(&mut self, topic: Topic, text: impl Into<String>) {
        self.push(Note {
            topic,
            text: text.into(),
        });
    }

    /// Takes back what was said about a topic, where something else says it better.
    pub fn forget(&mut self, topic: Topic) {
        self.0.retain(|note| note.topic != topic);
    }

    /// All of them, by weight.
    pub fn iter(&self) -> impl Iterator<Item = &Note> {
        self.0.iter()
    }

    /// What has to be said before the numbers.
    pub fn caveats(&self) -> impl Iterator<Item = &Note> {
        self.iter().filter(|note| note.topic.is_caveat())
    }

    /// What may be said after them.
    pub fn remarks(&self) -> impl Iterator<Item = &Note> {
        self.iter().filter(|note| !note.topic.is_caveat())
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Note>> Extend<N> for Notes {
    fn extend<I: IntoIterator<Item = N>>(&mut self, notes: I) {
        for note in notes {
            self.push(note);
        }
    }
}

impl<N: Into<Note>> FromIterator<N> for Notes {
    fn from_iter<I: IntoIterator<Item = N>>(notes: I) -> Self {
        let mut all = Self::default();
        all.extend(notes);
        all
    }
}

impl IntoIterator for Notes {
    type Item = Note;
    type IntoIter = std::vec::IntoIter<Note>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Notes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|note| &note.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caveats_come_first_and_nothing_is_said_twice() {
        let mut notes = Notes::default();
        notes.push("closed on Sunday");
        notes.add(Topic::Names, "two operations");
        notes.add(Topic::Scope, "until Tuesday");
        notes.add(Topic::Scope, "a gap");
        notes.push("two operations");
        notes.push("a gap");
        notes.add(Topic::Empty, "closed on Sunday");
        let said: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
        assert_eq!(
            said,
            [
                "closed on Sunday",
                "until Tuesday",
                "a gap",
                "two operations"
            ]
        );
        assert_eq!((notes.caveats().count(), notes.remarks().count()), (4, 0));
        notes.forget(Topic::Scope);
        assert_eq!(
            serde_json::to_string(&notes).expect("texts"),
            r#"["closed on Sunday","two operations"]"#
        );
    }
}
