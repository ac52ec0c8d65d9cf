//! Names of dimension values, how names are compared, and which are near.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::manifest::{Dimension, Value};
use crate::error::{Error, Result};
use crate::limits;

/// Stands for an empty field of a dimension.
pub const BLANK: &str = "(blank)";

/// Names that did not fit into the manifest, as far as they were read.
#[derive(Debug, Clone, Default)]
pub struct Names(BTreeMap<String, Arc<[Value]>>);

impl Names {
    /// Keeps the names of a dimension.
    ///
    /// # Errors
    /// `Corrupt` if there are not as many as the manifest says.
    pub fn insert(&mut self, dimension: &Dimension, values: Vec<Value>) -> Result<()> {
        if values.len() != dimension.count as usize {
            return Err(Error::corrupt(format!(
                "the names file has {} of {} names of {}",
                values.len(),
                dimension.count,
                dimension.name
            )));
        }
        self.0.insert(dimension.name.clone(), values.into());
        Ok(())
    }

    /// How many names were read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.values().map(|values| values.len()).sum()
    }

    /// Whether the names of a dimension are at hand.
    #[must_use]
    pub fn has(&self, dimension: &Dimension) -> bool {
        dimension.count as usize == dimension.values.len() || self.0.contains_key(&dimension.name)
    }

    /// The values of a dimension, in code order.
    ///
    /// # Errors
    /// `Internal` if they were not read.
    pub fn of<'a>(&'a self, dimension: &'a Dimension) -> Result<&'a [Value]> {
        if dimension.count as usize == dimension.values.len() {
            return Ok(&dimension.values);
        }
        self.0
            .get(&dimension.name)
            .map(AsRef::as_ref)
            .ok_or_else(|| {
                Error::internal(format!("the names of {} were not read", dimension.name))
            })
    }
}

/// A name as a link spells it: without case and outer spaces.
#[must_use]
pub fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Whether two names are the same but for case and outer spaces. Nothing is allocated: it is asked of every name there is.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    let pairs = a.bytes().zip(b.bytes());
    let alike = pairs.take_while(|(a, b)| a.is_ascii() && a.eq_ignore_ascii_case(b));
    let at = alike.count();
    match (a.get(at..), b.get(at..)) {
        (Some(a), Some(b)) if a.is_ascii() && b.is_ascii() => a.is_empty() && b.is_empty(),
        (Some(a), Some(b)) => small(a).eq(small(b)),
        _ => false,
    }
}

/// A name as people may type it: without case, accents and outer spaces.
#[must_use]
pub fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    plain_into(name, &mut out);
    out
}

/// As [`plain`], into a text that is used again for the next name.
pub fn plain_into(name: &str, out: &mut String) {
    out.clear();
    let name = name.trim();
    if name.is_ascii() {
        out.push_str(name);
        out.make_ascii_lowercase();
        return;
    }
    for c in name.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
            continue;
        }
        for c in c.to_lowercase() {
            match letters(c) {
                Some(letters) => out.push_str(letters),
                None => out.push(c),
            }
        }
    }
}

/// Small letters, one at a time; a sigma at the end of a word is one like any other.
fn small(name: &str) -> impl Iterator<Item = char> {
    let letters = name.chars().flat_map(char::to_lowercase);
    letters.map(|c| if c == 'ς' { 'σ' } else { c })
}

/// What people type for a small letter with an accent, and for the few Latin letters that keyboards lack; `None` if it is
/// itself. A table, since all that names need of Unicode's decomposition are these; a crate for the rest would cost more bytes
/// of wasm than this.
const fn letters(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{300}'..='\u{36f}' => "",
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ǐ' | 'ỉ'..='ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ǒ' | 'ọ'..='ợ' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ǔ' | 'ụ'..='ự' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'þ' => "th",
        'ά' => "α",
        'έ' => "ε",
        'ή' => "η",
        'ί' => "ι",
        'ό' => "ο",
        'ύ' => "υ",
        'ώ' => "ω",
        '’' | '‘' => "'",
        'ς' => "σ",
        '\u{a0}' => " ",
        _ => return None,
    })
}

/// How alike a name has to be to be offered, by Jaro and Winkler's similarity.
const ALIKE_MIN: f64 = 0.75;

/// How alike names are that one edit makes the same.
const ONE_SLIP: f64 = 0.8;

/// The names most like `asked`, best first; none where none is alike: an offer of something else would only mislead.
#[must_use]
pub fn nearest<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = plain(asked);
    let mut scored: Vec<(f64, &str)> = likely(&wanted, names.collect())
        .into_iter()
        .map(|name| {
            let folded = plain(name);
            // A word of a longer name counts as much as the name itself: "dalas" is near "Dallas North".
            let whole = strsim::jaro_winkler(&wanted, &folded);
            let word = folded
                .split_whitespace()
                .map(|w| strsim::jaro_winkler(&wanted, w))
                .fold(0.0, f64::max);
            // In a short word one slip weighs more than Jaro and Winkler forgive: "tpo" is near "top".
            let slip = wanted.len() >= 3 && strsim::osa_distance(&wanted, &folded) == 1;
            let slip = if slip { ONE_SLIP } else { 0.0 };
            (whole.max(word * 0.98).max(slip), name)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let near = scored
        .iter()
        .take_while(|(score, _)| *score >= ALIKE_MIN)
        .count();
    scored
        .into_iter()
        .take(near.min(limits::SUGGESTIONS_MAX))
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// Of very many names those that share most trigrams, since a closer look at each is dear.
fn likely<'a>(wanted: &str, names: Vec<&'a str>) -> Vec<&'a str> {
    if names.len() <= limits::NAMES_COMPARED_MAX {
        return names;
    }
    let mut of_wanted: Vec<u32> = trigrams(wanted).collect();
    of_wanted.sort_unstable();
    let mut buffer = String::new();
    let mut counted: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| {
            plain_into(name, &mut buffer);
            let shared = trigrams(&buffer).filter(|t| of_wanted.binary_search(t).is_ok());
            (shared.count(), name)
        })
        .collect();
    counted.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    counted.truncate(limits::NAMES_COMPARED_MAX);
    counted.into_iter().map(|(_, name)| name).collect()
}

/// Runs of three bytes, where words begin and end after a space.
fn trigrams(plain: &str) -> impl Iterator<Item = u32> {
    let bytes = std::iter::once(b' ').chain(plain.bytes()).chain([b' ']);
    let three = bytes.scan(0_u32, |run, byte| {
        *run = (*run << 8 | u32::from(byte)) & 0x00ff_ffff;
        Some(*run)
    });
    three.skip(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_without_case_and_accents() {
        for (name, wanted) in [
            (" São Paulo ", "sao paulo"),
            ("ZÜRICH", "zurich"),
            ("Zu\u{308}rich", "zurich"),
            ("Łódź", "lodz"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("İzmir", "izmir"),
            ("Smørrebrød", "smorrebrod"),
            ("Đà Nẵng", "da nang"),
            ("Joe’s", "joe's"),
            ("Αθήνα", "αθηνα"),
            ("東京", "東京"),
        ] {
            assert_eq!(plain(name), wanted, "{name}");
            assert_eq!(plain(wanted), wanted, "{name}");
        }
        assert!(same("ΟΔΟΣ", " οδος") && same("ÉCOLE", "école"));
        assert!(same("Café 1", "cafÉ 1") && same("İ", "i\u{307}"));
        assert!(!same("école", "ecole") && !same("Cola", "Cola 1") && !same("Col", "Colá"));
    }

    #[test]
    fn a_misspelt_name_is_found_among_very_many() {
        let mut names: Vec<String> = (0..20_000).map(|i| format!("Old Mill {i}")).collect();
        names.push("Harvest Pretzels".into());
        let near = nearest("harvst pretzels", names.iter().map(String::as_str));
        assert_eq!(near, ["Harvest Pretzels"]);
    }

    #[test]
    fn a_misspelt_city_is_recognised() {
        let names = ["Austin", "Charlotte", "Dallas", "Dallas North", "Phoenix"];
        assert_eq!(
            nearest("dalas", names.into_iter()),
            ["Dallas", "Dallas North"]
        );
        assert_eq!(nearest("pheonix", names.into_iter()), ["Phoenix"]);
        assert!(nearest("x", std::iter::empty()).is_empty());
        assert!(nearest("qqq", names.into_iter()).is_empty());
        assert_eq!(
            nearest("tpo", ["top", "trend", "target"].into_iter()),
            ["top"]
        );
    }
}
