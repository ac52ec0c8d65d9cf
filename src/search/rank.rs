//! Texts by how well they fit a query.
//!
//! # Source   Okapi BM25: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
//!   Foundations and Trends in Information Retrieval 3(4), 2009, sections 3.4 and 3.5; with 1 + inside of the logarithm, so
//!   that a word of most texts counts little rather than against them. Words of a title count as several (section 3.6.2).

use super::index::{Index, shortened};
use super::near::{allowed, distance};
use super::words::words;
use crate::error::{Error, Result};
use crate::limits;

/// How soon repetitions of a word stop to count.
const K1: f64 = 1.2;
/// How much long texts are held back.
const B: f64 = 0.75;
/// What a word counts that begins with what was asked.
const PREFIX_WEIGHT: f64 = 0.7;
/// What a word counts that is so many typing errors from what was asked.
const TYPO_WEIGHTS: [f64; 3] = [1.0, 0.6, 0.4];
/// The shortest beginning of a word that is completed, characters.
const PREFIX_CHARS_MIN: usize = 3;

/// Words that questions have and that say nothing of what is looked for.
const STOP_WORDS: [&str; 46] = [
    "a", "about", "an", "and", "any", "are", "as", "at", "be", "by", "can", "did", "do", "does",
    "for", "from", "give", "has", "have", "how", "i", "in", "is", "it", "its", "me", "my", "of",
    "on", "or", "our", "please", "show", "tell", "that", "the", "their", "there", "this", "to",
    "was", "we", "what", "when", "which", "with",
];

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    words: Vec<String>,
}

impl Wanted {
    /// The words of a query, each once; those that say nothing are left out, unless there are no others.
    ///
    /// # Errors
    /// `Invalid` if it has no word.
    pub fn parse(query: &str) -> Result<Self> {
        let mut all: Vec<String> = Vec::new();
        for word in words(query) {
            let word = shortened(&word).to_owned();
            if !all.contains(&word) {
                all.push(word);
            }
        }
        if all.is_empty() {
            return Err(Error::invalid(
                "the query has no word to look for: name a product, a place, a measure or a subject",
            ));
        }
        let said = |word: &&String| !STOP_WORDS.contains(&word.as_str());
        let telling: Vec<String> = all.iter().filter(said).cloned().collect();
        let mut words = if telling.is_empty() { all } else { telling };
        words.truncate(limits::SEARCH_WORDS_MAX);
        Ok(Self { words })
    }
}

/// A text that fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Number of the index that has it.
    pub index: usize,
    /// Its number in the index.
    pub text: u32,
    /// How well it fits: the sum over the query's words, above 0.
    pub score: f64,
}

/// Every text of some indexes that has a word of the query, in no order (see [`order`]). A word that no index has is taken for those that
/// begin with it or are a typing error away, which count less. How rare a word is counts over all indexes together; how long
/// a text is, beside the others of its index.
#[must_use]
pub fn rank(wanted: &Wanted, indexes: &[&Index]) -> Vec<Hit> {
    let texts: usize = indexes.iter().map(|index| index.texts()).sum();
    let mut scores: Vec<Vec<f64>> = indexes
        .iter()
        .map(|index| vec![0.0; index.texts()])
        .collect();
    for word in &wanted.words {
        let variants = variants(word, indexes);
        for (at, (index, scores)) in indexes.iter().zip(&mut scores).enumerate() {
            let mean = mean_length(index);
            // Of several variants of one word the best counts, so that many of them are no merit.
            let mut best: Vec<(u32, f64)> = Vec::new();
            for variant in &variants {
                let Some(Some(term)) = variant.terms.get(at) else {
                    continue;
                };
                let rarity = variant.weight * idf(texts, variant.frequency);
                for (text, weight) in index.postings(*term) {
                    let relative = f64::from(index.length(text)) / mean;
                    best.push((text, rarity * saturated(f64::from(weight), relative)));
                }
            }
            best.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            best.dedup_by_key(|(text, _)| *text);
            for (text, score) in best {
                if let Some(sum) = scores.get_mut(text as usize) {
                    *sum += score;
                }
            }
        }
    }
    let mut hits = Vec::new();
    for (index, scores) in scores.iter().enumerate() {
        let found = (0_u32..).zip(scores).filter(|(_, score)| **score > 0.0);
        hits.extend(found.map(|(text, &score)| Hit { index, text, score }));
    }
    hits
}

/// Puts hits into their order: the best first, equal ones by their place.
pub fn order(hits: &mut [Hit]) {
    hits.sort_unstable_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then((a.index, a.text).cmp(&(b.index, b.text)))
    });
}

/// How much a word says that so many of the texts have.
fn idf(texts: usize, frequency: usize) -> f64 {
    let (all, with) = (count(texts), count(frequency));
    libm::log(1.0 + (all - with + 0.5) / (with + 0.5))
}

/// The part of a word that is so often in a text of a relative length.
fn saturated(weight: f64, relative_length: f64) -> f64 {
    weight * (K1 + 1.0) / (weight + K1 * (1.0 - B + B * relative_length))
}

fn mean_length(index: &Index) -> f64 {
    let total = u32::try_from(index.total_length()).unwrap_or(u32::MAX);
    (f64::from(total) / count(index.texts()).max(1.0)).max(1.0)
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// A word that stands for one of the query.
struct Variant {
    weight: f64,
    /// How many texts have it, in all indexes together.
    frequency: usize,
    /// Its term in each index.
    terms: Vec<Option<u32>>,
}

fn variants(word: &str, indexes: &[&Index]) -> Vec<Variant> {
    let of = |word: &str, weight: f64| {
        let terms: Vec<Option<u32>> = indexes.iter().map(|index| index.term(word)).collect();
        let each = indexes.iter().zip(&terms);
        let each = each.filter_map(|(index, term)| Some(index.frequency((*term)?) as usize));
        Variant {
            weight,
            frequency: each.sum(),
            terms,
        }
    };
    let exact = of(word, 1.0);
    if exact.terms.iter().any(Option::is_some) {
        return vec![exact];
    }
    let mut found: Vec<(f64, &str)> = Vec::new();
    for index in indexes {
        let mut here = near(word, index);
        here.sort_by(|a, b| {
            b.0.total_cmp(&a.0)
                .then((a.1.len(), a.1).cmp(&(b.1.len(), b.1)))
        });
        found.extend(here.into_iter().take(limits::SEARCH_VARIANTS_MAX));
    }
    found.sort_by(|a, b| a.1.cmp(b.1).then(b.0.total_cmp(&a.0)));
    found.dedup_by_key(|(_, word)| *word);
    found
        .into_iter()
        .map(|(weight, word)| of(word, weight))
        .collect()
}

/// The words of an index that begin with a word, or are a typing error or two away.
fn near<'a>(word: &str, index: &'a Index) -> Vec<(f64, &'a str)> {
    let completes = word.chars().count() >= PREFIX_CHARS_MIN;
    let most = allowed(word);
    let each = index.each_word().filter_map(|(there, _)| {
        if completes && there.starts_with(word) {
            return Some((PREFIX_WEIGHT, there));
        }
        // No word is a typing error away from a short one.
        let far = distance(word, there, most).filter(|far| *far > 0)?;
        Some((TYPO_WEIGHTS.get(far).copied().unwrap_or(0.0), there))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::index::Draft;
    use super::*;

    fn index(texts: &[&str]) -> Index {
        let mut draft = Draft::default();
        for text in texts {
            draft.add([(*text, 1)]);
        }
        draft.index().expect("small")
    }

    fn ranked(query: &str, indexes: &[&Index]) -> Vec<Hit> {
        let mut hits = rank(&Wanted::parse(query).expect("words"), indexes);
        order(&mut hits);
        hits
    }

    fn found(query: &str, indexes: &[&Index]) -> Vec<(usize, u32)> {
        let hits = ranked(query, indexes);
        hits.iter().map(|hit| (hit.index, hit.text)).collect()
    }

    #[test]
    fn scores_are_those_computed_by_hand() {
        // Lengths 2, 3 and 4: 3 in the mean. "chips" is in two of three texts, twice in the last one.
        let index = index(&[
            "salted chips",
            "roasted salted nuts",
            "chips and more chips",
        ]);
        let hits = ranked("chips", &[&index]);
        // ln(1 + (3 - 2 + 0.5) / (2 + 0.5)) = ln 1.6 = 0.470003629...
        // Text 0: 1 x 2.2 / (1 + 1.2 x (0.25 + 0.75 x 2/3)) = 2.2 / 1.9
        // Text 2: 2 x 2.2 / (2 + 1.2 x (0.25 + 0.75 x 4/3)) = 4.4 / 3.5
        let idf = 0.470_003_629_245_735_5;
        let wanted = [(2, idf * 4.4 / 3.5), (0, idf * 2.2 / 1.9)];
        assert_eq!(hits.len(), wanted.len());
        for (hit, (text, score)) in hits.iter().zip(wanted) {
            assert_eq!(hit.text, text);
            assert!((hit.score - score).abs() < 1e-12, "{hit:?} {score}");
        }
        // Two words are the sum: "salted" is as rare, once in text 0 of length 2 and in text 1 of length 3.
        let hits = ranked("salted chips", &[&index]);
        let both = idf * 2.2 / 1.9 * 2.0;
        assert_eq!(hits[0].text, 0);
        assert!((hits[0].score - both).abs() < 1e-12, "{hits:?}");
        let nuts = idf * 2.2 / 2.2;
        assert!((hits[2].score - nuts).abs() < 1e-12, "{hits:?}");
    }

    #[test]
    fn rarity_counts_over_all_indexes() {
        let (names, texts) = (index(&["chips"]), index(&["chips", "nuts", "chips"]));
        let hits = ranked("chips", &[&names, &texts]);
        assert_eq!(hits.len(), 3);
        // Every text has the mean length of its index, so all score alike: ln(1 + 1.5 / 3.5) x 2.2 / 2.2.
        for hit in &hits {
            assert!(
                (hit.score - libm::log(1.0 + 1.5 / 3.5)).abs() < 1e-12,
                "{hit:?}"
            );
        }
        assert_eq!(found("chips", &[&names, &texts]), [(0, 0), (1, 0), (1, 2)]);
    }

    #[test]
    fn typing_errors_and_unfinished_words_find_what_was_meant() {
        let index = index(&[
            "Dallas North",
            "Phoenix",
            "dark chocolate",
            "Charlotte",
            "tea",
            "teal mug",
        ]);
        for (query, text) in [
            ("dalas", 0),
            ("dlalas", 0),
            ("pheonix", 1),
            ("choclate", 2),
            ("chcolate", 2),
            ("chocolates", 2),
            ("choc", 2),
            ("CHARLOTE", 3),
        ] {
            assert_eq!(found(query, &[&index]).first(), Some(&(0, text)), "{query}");
        }
        // A word that is there is not taken for others; a short one allows no error.
        assert_eq!(found("tea", &[&index]), [(0, 4)]);
        assert_eq!(found("tee", &[&index]), []);
        assert_eq!(found("xylophone", &[&index]), []);
    }

    #[test]
    fn what_is_near_counts_less_than_what_is_there() {
        let exact = index(&["dallas", "filler words here"]);
        let score = |query: &str| {
            let hits = ranked(query, &[&exact]);
            hits.first().expect("a hit").score
        };
        assert!((score("dalas") - 0.6 * score("dallas")).abs() < 1e-12);
        assert!((score("dall") - 0.7 * score("dallas")).abs() < 1e-12);
    }

    #[test]
    fn words_that_say_nothing_are_left_out_unless_there_are_no_others() {
        let wanted = |query: &str| Wanted::parse(query).expect("words").words;
        assert_eq!(wanted("What is the returns policy?"), ["returns", "policy"]);
        assert_eq!(wanted("the the"), ["the"]);
        assert_eq!(wanted(&"w1 w2 w3 w4 w5 w6 w7 ".repeat(9)).len(), 7);
        let many: Vec<String> = (0..99).map(|i| format!("n{i}")).collect();
        assert_eq!(wanted(&many.join(" ")).len(), limits::SEARCH_WORDS_MAX);
        let error = Wanted::parse(" ?! ").expect_err("no word").to_string();
        assert!(error.contains("no word"), "{error}");
    }

    proptest! {
        #[test]
        fn the_order_of_the_query_changes_nothing(
            texts in prop::collection::vec("[a-d]{1,4}( [a-d]{1,4}){0,5}", 1..9),
            query in "[a-d]{1,4} [a-d]{1,4} [a-d]{1,4}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let index = index(&texts);
            let turned: Vec<&str> = query.split(' ').rev().collect();
            let (a, b) = (found(&query, &[&index]), found(&turned.join(" "), &[&index]));
            let (mut a, mut b) = (a, b);
            a.sort_unstable();
            b.sort_unstable();
            prop_assert_eq!(a, b);
        }

        #[test]
        fn every_hit_has_a_score(
            texts in prop::collection::vec("[a-e ]{0,30}", 0..9), query in "[a-e]{1,9}( [a-e]{1,9}){0,3}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let index = index(&texts);
            let hits = ranked(&query, &[&index]);
            for hit in &hits {
                prop_assert!(hit.score.is_finite() && hit.score > 0.0);
            }
            prop_assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
        }
    }
}
