//! Text to words as they are compared: without case and accents.

/// The base letters of U+00C0 to U+017F; `-` for what is no letter of one, `?` for what is two.
const LATIN: &[u8; 192] = b"aaaaaa?ceeeeiiiidnooooo-ouuuuy??aaaaaa?ceeeeiiiidnooooo-ouuuuy?yaaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii??jjkkkllllllllllnnnnnnnnnoooooo??rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
/// The same of U+1E00 to U+1EFF.
const LATIN_ADDITIONAL: &[u8; 256] = b"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy-s--?-aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy------";

/// The words of a text, folded. A word is a run of letters and digits; an apostrophe between two letters does not end it
/// (`Lay's` is `lays`). Scripts that put no spaces between words give a word for each character.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_word(text, |word| found.push(word.to_owned()));
    found
}

/// Hands each word of a text to `each`, in the order of the text.
pub(super) fn each_word(text: &str, mut each: impl FnMut(&str)) {
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if is_unspaced(c) {
            flush(&mut word, &mut each);
            push_folded(&mut word, c);
            flush(&mut word, &mut each);
        } else if c.is_alphanumeric() || is_mark(c) {
            push_folded(&mut word, c);
        } else {
            let joins = matches!(c, '\'' | '\u{2019}')
                && !word.is_empty()
                && chars.peek().is_some_and(|next| next.is_alphabetic());
            if !joins {
                flush(&mut word, &mut each);
            }
        }
    }
    flush(&mut word, &mut each);
}

fn flush(word: &mut String, each: &mut impl FnMut(&str)) {
    if !word.is_empty() {
        each(word);
        word.clear();
    }
}

/// A text without case and accents, its spaces single: two texts that people take for the same are equal.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in part.chars() {
            push_folded(&mut out, c);
        }
    }
    out
}

fn push_folded(out: &mut String, c: char) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    let two = match c {
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ß' | 'ẞ' => "ss",
        'þ' | 'Þ' => "th",
        'ĳ' | 'Ĳ' => "ij",
        _ => "",
    };
    if !two.is_empty() {
        out.push_str(two);
        return;
    }
    let at = u32::from(c);
    let base = |table: &[u8], first: u32| {
        let at = usize::try_from(at.checked_sub(first)?).ok()?;
        table.get(at).copied().filter(u8::is_ascii_lowercase)
    };
    match base(LATIN, 0xc0).or_else(|| base(LATIN_ADDITIONAL, 0x1e00)) {
        Some(letter) => out.push(char::from(letter)),
        None if is_mark(c) => {}
        None => out.extend(c.to_lowercase()),
    }
}

/// Combining diacritical marks, which decomposed accents are.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
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
            (
                "Straße Łódź Đà Nẵng Æon",
                &["strasse", "lodz", "da", "nang", "aeon"],
            ),
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
        assert_eq!(fold("  CAFÉ\t au  Lait "), "cafe au lait");
    }

    proptest! {
        #[test]
        fn words_of_words_are_themselves(text in "\\PC{0,60}") {
            for word in words(&text) {
                prop_assert!(!word.is_empty());
                // Turkish dotted I and the like fold to a letter and a mark, which is dropped the second time.
                if word.is_ascii() {
                    prop_assert_eq!(words(&word), vec![word.clone()]);
                }
            }
        }
    }
}
