//! Text to words as they are compared: without case and accents.

use crate::model::names::plain;

/// The words of a text, folded. A word is a run of letters and digits; an apostrophe before a letter does not end it
/// (`Lay's` is `lays`). Scripts that put no spaces between words give a word for each character.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_word(&plain(text), |word| found.push(word.to_owned()));
    found
}

/// Hands each word of a folded text to `each`, in the order of the text.
pub(super) fn each_word(folded: &str, mut each: impl FnMut(&str)) {
    // Where the word under way begins.
    let mut start = None;
    let mut chars = folded.char_indices().peekable();
    let mut end = |from: Option<usize>, to: usize| {
        let Some(word) = from.and_then(|from| folded.get(from..to)) else {
            return;
        };
        if word.contains('\'') {
            each(&word.replace('\'', ""));
        } else {
            each(word);
        }
    };
    while let Some((at, c)) = chars.next() {
        if is_unspaced(c) {
            end(start.take(), at);
            end(Some(at), at + c.len_utf8());
        } else if c.is_alphanumeric() {
            start = start.or(Some(at));
        } else if start.is_some() {
            let joins = c == '\'' && chars.peek().is_some_and(|(_, next)| is_joined(*next));
            if !joins {
                end(start.take(), at);
            }
        }
    }
    end(start, folded.len());
}

/// Whether a letter continues the word before an apostrophe.
fn is_joined(c: char) -> bool {
    c.is_alphabetic() && !is_unspaced(c)
}

/// Thai, kana, Han and the like, where spaces do not part words.
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_without_case_accents_and_signs() {
        for (text, wanted) in [
            (
                "Crème Brûlée, 2 × 100g!",
                &["creme", "brulee", "2", "100g"][..],
            ),
            ("SKU-0271 / Lay's", &["sku", "0271", "lays"]),
            ("l\u{2019}été d'été 'quoted'", &["lete", "dete", "quoted"]),
            ("Straße Łódź Đà Nẵng", &["strasse", "lodz", "da", "nang"]),
            ("e\u{301}clair E\u{301}CLAIR", &["eclair", "eclair"]),
            ("緑茶 tea", &["緑", "茶", "tea"]),
            ("Москва ΑΘΗΝΑ", &["москва", "αθηνα"]),
            (
                "<script>alert(1)</script>",
                &["script", "alert", "1", "script"],
            ),
            (" \u{0} -- \u{202e} ", &[]),
        ] {
            assert_eq!(words(text), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn words_of_words_are_themselves(text in "\\PC{0,60}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty());
                // Elsewhere a letter may fold to one and a mark, which the second time is dropped.
                if word.is_ascii() {
                    prop_assert_eq!(words(&word), vec![word.clone()]);
                }
            }
        }
    }
}
