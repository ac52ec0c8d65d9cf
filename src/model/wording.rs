//! Counts and plurals in sentences.

/// A count as people read it: `10,000`.
#[must_use]
pub fn counted(n: impl TryInto<u64>) -> String {
    let digits = n.try_into().unwrap_or(u64::MAX).to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Several of what a label names: `categories`, `products`.
#[must_use]
pub fn plural(label: &str) -> String {
    let before_y = label.strip_suffix('y');
    match before_y {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if label.ends_with(['s', 'x']) || label.ends_with("ch") || label.ends_with("sh") => {
            format!("{label}es")
        }
        _ => format!("{label}s"),
    }
}

/// What is added together beside what is shown: `1 other`, `295 others`.
#[must_use]
pub fn others(n: u32) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} other{plural}", counted(n))
}

/// One of what a label names: `a region`, `an operation`.
#[must_use]
pub fn one(label: &str) -> String {
    let article = if label.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {label}")
}

/// So many of what a label names: `1 product`, `10,000 products`.
#[must_use]
pub fn how_many(n: usize, label: &str) -> String {
    if n == 1 {
        format!("1 {label}")
    } else {
        format!("{} {}", counted(n), plural(label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_separators() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (10_000, "10,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(counted(n), text);
        }
        assert_eq!(counted(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(how_many(1, "category"), "1 category");
        assert_eq!(how_many(10_000, "category"), "10,000 categories");
        assert_eq!(plural("branch"), "branches");
        assert_eq!(others(1), "1 other");
        assert_eq!(others(1_200), "1,200 others");
        assert_eq!(one("operation"), "an operation");
        assert_eq!(plural("key"), "keys");
    }
}
