//! What may be printed: names and texts come from data and from servers, and must not steer the terminal.

use std::fmt::Write as _;

use serde_json::Value;

/// Text in which every control character but the line end, and every override of the writing direction, is spelt out.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && steers(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON in which they are escaped; it is the same value.
pub(super) fn json(value: &Value, indented: bool) -> String {
    let written = if indented {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    };
    let mut out = String::new();
    // A value of JSON can always be written.
    for c in written.unwrap_or_default().chars() {
        // Outside of texts there is none of these but the line end, and all of them are below U+10000.
        if c != '\n' && steers(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_stays_the_same_value() {
        let value = json!({"a\u{9b}": ["\u{1b}[2J\u{7f}\u{202e}", "é 東京 🥨", 1.5]});
        for indented in [true, false] {
            let written = super::json(&value, indented);
            assert!(
                !written.chars().any(|c| c != '\n' && steers(c)),
                "{written:?}"
            );
            assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        assert_eq!(text("Café\n東京 | 3\n"), "Café\n東京 | 3\n");
        assert_eq!(text("a\r\u{1b}b"), "a\\u{d}\\u{1b}b");
    }
}
