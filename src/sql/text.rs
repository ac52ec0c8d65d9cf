//! Names and days in SQL's spelling.

use crate::model::Day;

/// A text as a literal.
#[must_use]
pub fn literal(text: &str) -> String {
    quoted(text, '\'')
}

/// A name of a column.
#[must_use]
pub fn identifier(name: &str) -> String {
    quoted(name, '"')
}

/// A day as a literal.
#[must_use]
pub fn date(day: Day) -> String {
    format!("DATE '{day}'")
}

fn quoted(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            // What ends a text early in some tools is in no name: ingest made spaces of controls.
            c if c.is_control() => out.push(' '),
            c => {
                out.extend((c == quote).then_some(quote));
                out.push(c);
            }
        }
    }
    out.push(quote);
    out
}

/// Text in a comment: it stays in its line.
pub(super) fn comment(text: &str) -> String {
    let leaves = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let line: String = text
        .chars()
        .map(|c| if leaves(c) { ' ' } else { c })
        .collect();
    format!("-- {line}\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What an SQL reader makes of a literal: its text and what follows it.
    fn read(sql: &str, quote: char) -> Option<(String, &str)> {
        let mut rest = sql.strip_prefix(quote)?;
        let mut text = String::new();
        loop {
            let at = rest.find(quote)?;
            text.push_str(&rest[..at]);
            rest = &rest[at + quote.len_utf8()..];
            match rest.strip_prefix(quote) {
                Some(more) => {
                    text.push(quote);
                    rest = more;
                }
                None => return Some((text, rest)),
            }
        }
    }

    proptest! {
        #[test]
        fn any_name_comes_back_and_nothing_of_it_gets_out(name in any::<String>(), around in "[a-z ';\"-]*") {
            let wanted: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            for (sql, quote) in [(literal(&name), '\''), (identifier(&name), '"')] {
                // A text that begins with the quote would belong to the literal: what the builder writes after one never does.
                let statement = format!("{sql} {around}");
                let (text, rest) = read(&statement, quote).expect("it ends");
                prop_assert_eq!(&text, &wanted);
                prop_assert_eq!(rest, format!(" {around}"));
            }
        }

        #[test]
        fn a_comment_is_one_line(text in any::<String>()) {
            let written = comment(&text);
            prop_assert_eq!(written.lines().count(), 1);
            prop_assert!(written.starts_with("-- ") && written.ends_with('\n'));
        }
    }

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(
            literal("O'Hare'; DROP TABLE sales; --"),
            "'O''Hare''; DROP TABLE sales; --'"
        );
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("two\nlines"), "'two lines'");
    }
}
