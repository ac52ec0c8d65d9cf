//! Text of the data as text in Markdown: names are data and never become structure, links or markup.

/// Endings of names that programs take for addresses although nothing before them says so, beside those of two letters.
const ENDINGS: [&str; 15] = [
    "com", "org", "net", "edu", "gov", "biz", "pro", "web", "xxx", "aero", "asia", "coop", "info",
    "museum", "shop",
];

/// Escapes a text. A word that a program may take for an address becomes code: a backslash before its signs would not do,
/// since many programs look for addresses once escapes are resolved, but none looks into code.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // A word is what stands between spaces and the signs that markup is made of.
    let splits = |c: char| {
        c.is_whitespace()
            || is_control(c)
            || matches!(c, '|' | '`' | '<' | '>' | '[' | ']' | '(' | ')' | '"')
    };
    for piece in text.split_inclusive(splits) {
        let end = piece.chars().next_back().filter(|c| splits(*c));
        let word = end.map_or(piece, |end| {
            piece.get(..piece.len() - end.len_utf8()).unwrap_or(piece)
        });
        if may_be_address(word) {
            out.push('`');
            out.push_str(word);
            out.push('`');
        } else {
            word.chars().for_each(|c| put(c, &mut out));
        }
        if let Some(end) = end {
            put(end, &mut out);
        }
    }
    out
}

fn put(c: char, out: &mut String) {
    match c {
        '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '!' | '~' => {
            out.push('\\');
            out.push(c);
        }
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        // Controls, line ends and direction overrides would leave the line that they stand in.
        c if is_control(c) => out.push(' '),
        c => out.push(c),
    }
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether some program would make a link of a word: a scheme, `www.`, an e-mail address, or a bare domain.
fn may_be_address(word: &str) -> bool {
    // Most words have none of the signs.
    if !word.contains([':', '.', '@']) {
        return false;
    }
    let small = word.to_lowercase();
    let has = |sign: &str| small.contains(sign);
    let begins = |sign: &str| small.starts_with(sign);
    if has("://") || has("www.") || begins("mailto:") || begins("xmpp:") || begins("ftp:") {
        return true;
    }
    if let Some((before, after)) = small.split_once('@')
        && !before.is_empty()
        && after.contains('.')
    {
        return true;
    }
    let apart = |c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    small.split(apart).any(is_domain)
}

fn is_domain(text: &str) -> bool {
    let Some((before, last)) = text.trim_end_matches('.').rsplit_once('.') else {
        return false;
    };
    let has_name = before
        .rsplit('.')
        .next()
        .is_some_and(|label| !label.is_empty());
    let is_ending = last.chars().all(char::is_alphabetic) && last.chars().count() == 2
        || last.starts_with("xn--")
        || ENDINGS.contains(&last);
    has_name && is_ending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_line_and_cell() {
        assert_eq!(
            escape("a|b\n# c <script>[x](y)\u{202e}"),
            "a\\|b \\# c &lt;script&gt;\\[x\\](y) "
        );
    }

    #[test]
    fn addresses_are_code_and_nothing_else_is() {
        for (name, wanted) in [
            ("https://evil.example", "`https://evil.example`"),
            (
                "Tea HTTP://EVIL.example/?q=1&r=2 pack",
                "Tea `HTTP://EVIL.example/?q=1&r=2` pack",
            ),
            ("(www.evil.example)", "(`www.evil.example`)"),
            ("a@evil.example", "`a@evil.example`"),
            ("mailto:a", "`mailto:a`"),
            ("evil.com|evil.io", "`evil.com`\\|`evil.io`"),
            ("`evil.com`", "\\``evil.com`\\`"),
            (
                "[x](https://evil.example)",
                "\\[x\\](`https://evil.example`)",
            ),
            ("xn.xn--p1ai", "`xn.xn--p1ai`"),
            ("<https://evil.example>", "&lt;`https://evil.example`&gt;"),
            ("Dr.Pepper 0.5 l, No.5, U.S.", "Dr.Pepper 0.5 l, No.5, U.S."),
            ("2025-01-01..2025-02-28: all", "2025-01-01..2025-02-28: all"),
            ("12:30 @home a@b e.g. ...", "12:30 @home a@b e.g. ..."),
            ("set it in dataset.toml", "set it in dataset.toml"),
        ] {
            assert_eq!(escape(name), wanted, "{name}");
        }
    }
}
