//! What text costs a model: tokens of OpenAI's `o200k_base`, whose vocabulary is embedded, so that no network is needed.

use std::sync::OnceLock;

use tiktoken_rs::{CoreBPE, o200k_base};

/// The tokens of a text by `o200k_base`; special tokens are text like any other.
///
/// # Panics
/// If the embedded vocabulary cannot be read.
#[must_use]
pub fn tokens(text: &str) -> usize {
    static ENCODING: OnceLock<CoreBPE> = OnceLock::new();
    ENCODING
        .get_or_init(|| o200k_base().expect("the embedded vocabulary"))
        .encode_ordinary(text)
        .len()
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn counts_are_those_of_the_named_encoding() {
        for (text, count) in [("", 0), ("hello world", 2), ("<|endoftext|>", 7)] {
            assert_eq!(tokens(text), count, "{text}");
        }
    }
}
