//! English stems by the algorithm of M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980.

use crate::limits;

/// The stem of a folded word. Words that are not of the letters a to z are their own stems.
///
/// # Source   Porter 1980, as printed; golden: `tests/golden/search/stems.csv`
#[must_use]
pub fn stem(word: &str) -> String {
    let bytes = word.as_bytes();
    if bytes.len() <= 2
        || bytes.len() > limits::STEMMED_BYTES_MAX
        || !bytes.iter().all(u8::is_ascii_lowercase)
    {
        return word.to_owned();
    }
    let mut stem = Stem(bytes.to_vec());
    stem.plurals();
    stem.past();
    stem.y_to_i();
    stem.replace_longest(STEP_2, 1);
    stem.replace_longest(STEP_3, 1);
    stem.suffixes();
    stem.last_letters();
    String::from_utf8(stem.0).unwrap_or_else(|_| word.to_owned())
}

/// The stem of the stem, and so on, until it is its own: what an index holds, so that a stem is found by itself. None if the
/// word is its own already.
#[must_use]
pub(super) fn settled(word: &str) -> Option<String> {
    // Numbers are many among names, and quickly told.
    if !word.as_bytes().iter().all(u8::is_ascii_lowercase) {
        return None;
    }
    let mut now = stem(word);
    // Each round shortens the word or ends.
    for _ in 0..word.len() {
        let next = stem(&now);
        if next == now {
            break;
        }
        now = next;
    }
    (now != word).then_some(now)
}

const STEP_2: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("abli", "able"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
];

const STEP_3: &[(&str, &str)] = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

const STEP_4: &[&str] = &[
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
];

struct Stem(Vec<u8>);

impl Stem {
    fn at(&self, i: usize) -> u8 {
        self.0.get(i).copied().unwrap_or(0)
    }

    fn ends(&self, suffix: &str) -> bool {
        self.0.ends_with(suffix.as_bytes())
    }

    /// Length of what stands before a suffix that is there.
    fn before(&self, suffix: &str) -> usize {
        self.0.len().saturating_sub(suffix.len())
    }

    fn replace(&mut self, suffix: &str, with: &str) {
        let length = self.before(suffix);
        self.0.truncate(length);
        self.0.extend_from_slice(with.as_bytes());
    }

    /// Whether the letter is a consonant: not a, e, i, o, u, and y only where no consonant stands before it.
    fn is_consonant(&self, i: usize) -> bool {
        match self.at(i) {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            // A run of y takes turns.
            b'y' => i == 0 || !self.is_consonant(i - 1),
            _ => true,
        }
    }

    /// How often vowels are followed by consonants in the first `length` letters: the paper's m.
    fn measure(&self, length: usize) -> usize {
        let kinds: Vec<bool> = (0..length).map(|i| self.is_consonant(i)).collect();
        let turns = kinds.iter().zip(kinds.iter().skip(1));
        turns.filter(|(a, b)| !**a && **b).count()
    }

    fn has_vowel(&self, length: usize) -> bool {
        (0..length).any(|i| !self.is_consonant(i))
    }

    fn ends_double_consonant(&self) -> bool {
        let n = self.0.len();
        n >= 2 && self.at(n - 1) == self.at(n - 2) && self.is_consonant(n - 1)
    }

    /// Whether the first `length` letters end consonant, vowel, consonant, the last not w, x or y: the paper's *o.
    fn ends_short(&self, length: usize) -> bool {
        length >= 3
            && self.is_consonant(length - 3)
            && !self.is_consonant(length - 2)
            && self.is_consonant(length - 1)
            && !matches!(self.at(length - 1), b'w' | b'x' | b'y')
    }

    /// Step 1a.
    fn plurals(&mut self) {
        if self.ends("sses") {
            self.replace("es", "");
        } else if self.ends("ies") {
            self.replace("ies", "i");
        } else if self.ends("s") && !self.ends("ss") {
            self.replace("s", "");
        }
    }

    /// Step 1b.
    fn past(&mut self) {
        if self.ends("eed") {
            if self.measure(self.before("eed")) > 0 {
                self.replace("eed", "ee");
            }
            return;
        }
        let found = ["ed", "ing"]
            .into_iter()
            .find(|suffix| self.ends(suffix) && self.has_vowel(self.before(suffix)));
        let Some(suffix) = found else {
            return;
        };
        self.replace(suffix, "");
        if self.ends("at") || self.ends("bl") || self.ends("iz") {
            self.0.push(b'e');
        } else if self.ends_double_consonant() {
            if !(self.ends("l") || self.ends("s") || self.ends("z")) {
                self.0.pop();
            }
        } else if self.measure(self.0.len()) == 1 && self.ends_short(self.0.len()) {
            self.0.push(b'e');
        }
    }

    /// Step 1c.
    fn y_to_i(&mut self) {
        if self.ends("y") && self.has_vowel(self.before("y")) {
            self.replace("y", "i");
        }
    }

    /// Steps 2 and 3: the longest suffix that is there, if what stands before it is long enough.
    fn replace_longest(&mut self, table: &[(&str, &str)], measure: usize) {
        let found = table.iter().filter(|(suffix, _)| self.ends(suffix));
        if let Some((suffix, with)) = found.max_by_key(|(suffix, _)| suffix.len())
            && self.measure(self.before(suffix)) >= measure
        {
            self.replace(suffix, with);
        }
    }

    /// Step 4.
    fn suffixes(&mut self) {
        let found = STEP_4.iter().filter(|suffix| self.ends(suffix));
        let Some(suffix) = found.max_by_key(|suffix| suffix.len()) else {
            return;
        };
        let length = self.before(suffix);
        let fits = *suffix != "ion" || (length > 0 && matches!(self.at(length - 1), b's' | b't'));
        if fits && self.measure(length) > 1 {
            self.replace(suffix, "");
        }
    }

    /// Step 5.
    fn last_letters(&mut self) {
        if self.ends("e") {
            let length = self.before("e");
            let m = self.measure(length);
            if m > 1 || (m == 1 && !self.ends_short(length)) {
                self.replace("e", "");
            }
        }
        if self.ends("ll") && self.measure(self.0.len()) > 1 {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The examples of the paper, and a sample of words that another implementation of it stemmed.
    const GOLDEN: &str = include_str!("../../tests/golden/search/stems.csv");

    #[test]
    fn stems_are_those_of_the_reference() {
        let mut count = 0;
        for line in GOLDEN.lines().skip(1) {
            let (word, wanted) = line.split_once(',').expect("two columns");
            assert_eq!(stem(word), wanted, "{word}");
            count += 1;
        }
        assert!(count > 200, "{count}");
    }

    #[test]
    fn words_that_are_not_english_stay() {
        for word in ["café", "0271", "sku1", "москвами", "is", ""] {
            assert_eq!(stem(word), word);
        }
    }

    proptest! {
        #[test]
        fn a_settled_stem_is_its_own_stem(word in "[a-z]{0,20}") {
            let settled = settled(&word).unwrap_or_else(|| word.clone());
            prop_assert_eq!(stem(&settled), settled.clone());
            prop_assert!(settled.len() <= word.len() + 1);
        }

        #[test]
        fn no_word_breaks_it(word in "\\PC{0,30}") {
            prop_assert!(stem(&word).len() <= word.len() + 1);
        }

        #[test]
        fn runs_of_y_are_no_deeper_than_the_stack(n in 0_usize..400) {
            prop_assert!(stem(&"y".repeat(n)).len() <= n);
        }
    }
}
