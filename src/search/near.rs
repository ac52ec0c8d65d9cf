//! How far two words are apart.

/// The Damerau-Levenshtein distance of two words (insertions, deletions, substitutions, and swaps of neighbours that are
/// not edited again), if it is at most `most`.
///
/// # Source   the restricted distance of G. Navarro, "A guided tour to approximate string matching", ACM Computing Surveys
///   33(1), 2001, section 2.2
#[must_use]
pub fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    // Most words are told apart by their letters or lengths. An edit changes two letters of the set at most.
    let others = usize::try_from((letters(a) ^ letters(b)).count_ones()).unwrap_or(0);
    if others > 2 * most || a.chars().count().abs_diff(b.chars().count()) > most {
        return None;
    }
    Some(strsim::osa_distance(a, b)).filter(|found| *found <= most)
}

/// The letters that a word has, as a set; digits share a few places, other characters have none.
fn letters(word: &str) -> u32 {
    word.bytes().fold(0, |set, byte| match byte {
        b'a'..=b'z' => set | 1 << (byte - b'a'),
        b'0'..=b'9' => set | 1 << (26 + (byte - b'0') % 6),
        _ => set,
    })
}

/// How far a word may be from what was meant: no typing error in a short one, two in a long one.
pub(super) fn allowed(word: &str) -> usize {
    match word.chars().count() {
        ..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_swap_is_one_error() {
        for (a, b, wanted) in [
            ("dallas", "dallas", 0),
            ("dalas", "dallas", 1),
            ("dlalas", "dallas", 1),
            ("pheonix", "phoenix", 1),
            ("chocolat", "chocolate", 1),
            ("chcoolat", "chocolate", 2),
            ("", "ab", 2),
            ("ca", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b, 5), Some(wanted), "{a} {b}");
            assert_eq!(distance(b, a, wanted), Some(wanted), "{b} {a}");
            if wanted > 0 {
                assert_eq!(distance(a, b, wanted - 1), None, "{a} {b}");
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_near_is_overlooked(a in "[a-d0-9é]{0,7}", b in "[a-d0-9é]{0,7}", most in 0_usize..4) {
            let far = strsim::osa_distance(&a, &b);
            prop_assert_eq!(distance(&a, &b, most), (far <= most).then_some(far));
        }
    }

    #[test]
    fn short_words_allow_no_error() {
        for (word, most) in [
            ("tea", 0),
            ("thé", 0),
            ("chip", 1),
            ("chips", 1),
            ("brownies", 2),
        ] {
            assert_eq!(allowed(word), most, "{word}");
        }
    }
}
