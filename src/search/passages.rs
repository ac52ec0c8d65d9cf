//! Documents to passages that can be cited: cut at headings and paragraphs, never inside of a word.

use std::ops::Range;

use crate::limits;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown: lines that begin with `#` are headings.
    Markdown,
    /// Plain text.
    Text,
}

/// A document, cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Its first heading of the first level.
    pub title: Option<String>,
    /// The passages in order, with the heading that each stands under and its bytes in the text.
    pub passages: Vec<(String, Range<usize>)>,
}

/// Cuts a document into passages of at most [`limits::PASSAGE_CHARS_MAX`] characters. A passage begins with a heading, or
/// where the one before is full; paragraphs stay whole if they are no longer than a passage.
#[must_use]
pub fn cut(text: &str, format: Format) -> Cut {
    let mut cut = Cut {
        title: None,
        passages: Vec::new(),
    };
    let mut heading = String::new();
    // Paragraphs of the section: they end at empty lines.
    let mut paragraphs: Vec<Range<usize>> = Vec::new();
    let mut is_open = false;
    // A heading belongs to what follows it, across empty lines too.
    let mut only_heading = false;
    let mut fenced = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let trimmed = line.trim();
        if format == Format::Markdown && (trimmed.starts_with("```") || trimmed.starts_with("~~~"))
        {
            fenced = !fenced;
        }
        let found = (format == Format::Markdown && !fenced)
            .then(|| heading_of(trimmed))
            .flatten();
        if let Some((level, name)) = found {
            pack(text, &heading, &paragraphs, &mut cut.passages);
            paragraphs.clear();
            if level == 1 && cut.title.is_none() {
                cut.title = Some(name.clone());
                heading.clear();
            } else {
                heading = name;
            }
            paragraphs.push(range);
            (is_open, only_heading) = (true, true);
        } else if trimmed.is_empty() && !fenced {
            is_open = is_open && only_heading;
        } else {
            match paragraphs.last_mut().filter(|_| is_open) {
                Some(last) => last.end = range.end,
                None => paragraphs.push(range),
            }
            (is_open, only_heading) = (true, false);
        }
    }
    pack(text, &heading, &paragraphs, &mut cut.passages);
    cut
}

/// The level and name of a heading (`## Name ##`).
fn heading_of(line: &str) -> Option<(usize, String)> {
    let name = line.trim_start_matches('#');
    let level = line.len() - name.len();
    let is_heading = (1..=6).contains(&level) && (name.is_empty() || name.starts_with([' ', '\t']));
    let name = name.trim().trim_end_matches('#').trim();
    (is_heading && !name.is_empty()).then(|| (level, titled(name)))
}

/// A title of one line and of a bounded length.
pub(super) fn titled(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let name = words.join(" ");
    name.chars()
        .take(limits::DOCUMENT_TITLE_CHARS_MAX)
        .collect()
}

/// Puts paragraphs together as long as they fit into a passage, and parts those that do not.
fn pack(
    text: &str,
    heading: &str,
    paragraphs: &[Range<usize>],
    passages: &mut Vec<(String, Range<usize>)>,
) {
    let mut open: Option<Range<usize>> = None;
    let mut flush = |range: Option<Range<usize>>| {
        if let Some(range) = range.and_then(|range| trimmed(text, range)) {
            passages.push((heading.to_owned(), range));
        }
    };
    for paragraph in paragraphs {
        for piece in parts(text, paragraph.clone()) {
            let together = open.as_ref().map_or(piece.start, |open| open.start)..piece.end;
            if chars(text, &together) <= limits::PASSAGE_CHARS_MAX {
                open = Some(together);
            } else {
                flush(open.replace(piece));
            }
        }
    }
    flush(open);
}

fn chars(text: &str, range: &Range<usize>) -> usize {
    text.get(range.clone())
        .map_or(0, |part| part.trim_end().chars().count())
}

/// A range without the spaces at its ends; none if nothing is left.
fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let part = text.get(range.clone())?;
    let start = range.start + (part.len() - part.trim_start().len());
    let end = start + part.trim().len();
    (start < end).then_some(start..end)
}

/// A paragraph, or its parts if it is too long: cut behind a sentence, else at a space, else anywhere.
fn parts(text: &str, paragraph: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = paragraph.start;
    while let Some(rest) = text.get(start..paragraph.end) {
        let Some((limit, _)) = rest.char_indices().nth(limits::PASSAGE_CHARS_MAX) else {
            break;
        };
        let head = rest.get(..limit).unwrap_or(rest);
        let sentence = head
            .rmatch_indices(['.', '!', '?', '\n'])
            .map(|(at, _)| at + 1)
            .find(|at| {
                // Not inside of a number or an abbreviation, and not so early that little would be left.
                *at >= limit / 2
                    && rest
                        .get(*at..)
                        .is_some_and(|after| after.starts_with(char::is_whitespace))
            });
        let space = head.rfind(char::is_whitespace).filter(|at| *at > 0);
        let end = start + sentence.or(space).unwrap_or(limit);
        parts.push(start..end);
        start = end;
    }
    if start < paragraph.end {
        parts.push(start..paragraph.end);
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str, format: Format) -> Vec<(String, String)> {
        let cut = cut(text, format);
        let each = cut.passages.into_iter();
        each.map(|(heading, range)| (heading, text[range].to_owned()))
            .collect()
    }

    #[test]
    fn sections_become_passages_under_their_headings() {
        let text = "# Returns policy\r\n\r\nWhat we take back.\r\n\r\n## Refunds ##\n\nCoins within a day.\nCards in five.\n\n### #5 is no heading\n#nor this\n```\n# nor in a fence\n```\n";
        let cut = cut(text, Format::Markdown);
        assert_eq!(cut.title.as_deref(), Some("Returns policy"));
        assert_eq!(
            texts(text, Format::Markdown),
            [
                (
                    String::new(),
                    "# Returns policy\r\n\r\nWhat we take back.".to_owned()
                ),
                (
                    "Refunds".to_owned(),
                    "## Refunds ##\n\nCoins within a day.\nCards in five.".to_owned()
                ),
                (
                    "#5 is no heading".to_owned(),
                    "### #5 is no heading\n#nor this\n```\n# nor in a fence\n```".to_owned()
                ),
            ]
        );
        assert_eq!(
            texts("# no heading\nhere", Format::Text),
            [(String::new(), "# no heading\nhere".to_owned())]
        );
        assert_eq!(texts(" \n\t\n", Format::Markdown), []);
    }

    #[test]
    fn long_sections_are_cut_between_paragraphs_and_long_paragraphs_behind_sentences() {
        let paragraph = "This sentence has words. ".repeat(20);
        let text = format!("## Head\n\n{paragraph}\n\n{paragraph}\n\n{paragraph}");
        let found = texts(&text, Format::Markdown);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].1.starts_with("## Head") && found[1].0 == "Head");
        assert_eq!(found[1].1, paragraph.trim());

        let long = "Many words stand in one sentence of 1.5 lines. ".repeat(60);
        for (_, part) in texts(&long, Format::Text) {
            assert!(part.ends_with("lines."), "{part}");
        }
        let unbroken = "x".repeat(3_000);
        let sizes: Vec<usize> = texts(&unbroken, Format::Text)
            .iter()
            .map(|(_, t)| t.len())
            .collect();
        assert_eq!(sizes, [1_200, 1_200, 600]);
    }

    proptest! {
        #[test]
        fn every_word_is_in_one_passage_and_none_is_too_long(
            text in "([#a-z.é`]{1,30}|\\n| |\\n\\n|## h|x{900,1300}){0,60}",
        ) {
            for format in [Format::Markdown, Format::Text] {
                let cut = cut(&text, format);
                let mut end = 0;
                let mut seen = String::new();
                for (_, range) in &cut.passages {
                    prop_assert!(range.start >= end && range.start < range.end);
                    // Nothing but spaces lies between two passages.
                    prop_assert!(text[end..range.start].trim().is_empty(), "{:?}", &text[end..range.start]);
                    end = range.end;
                    prop_assert!(text[range.clone()].chars().count() <= limits::PASSAGE_CHARS_MAX);
                    seen.push_str(&text[range.clone()]);
                }
                prop_assert!(text[end..].trim().is_empty());
                let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
                prop_assert_eq!(bare(&seen), bare(&text));
            }
        }
    }
}
