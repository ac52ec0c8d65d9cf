//! Markdown as answers have it, drawn for a terminal: tables in aligned columns, bold as bold, entities as the letters that
//! they stand for.

use std::fmt::Write as _;

/// Between two columns of a table.
const GAP: &str = "  ";
/// The narrowest that a column of names is made, columns.
const NAME_COLUMNS_MIN: usize = 8;

/// A piece of a line, and whether it is bold.
type Piece = (String, bool);
/// A line or a cell.
type Pieces = Vec<Piece>;

/// The text for a terminal of so many columns; without bold where the terminal has none.
pub(super) fn draw(markdown: &str, columns: usize, bold: bool) -> String {
    let mut out = String::new();
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        let below = lines.peek().and_then(|next| alignments(next));
        if let Some(is_right) = below.filter(|_| line.starts_with('|')) {
            lines.next();
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|line| line.starts_with('|')) {
                rows.push(cells(row));
            }
            table(&mut out, rows, &is_right, columns, bold);
            continue;
        }
        let (lead, rest) = match (line.strip_prefix("> "), line.strip_prefix("- ")) {
            (Some(note), _) => ("Note: ", note),
            (_, Some(item)) => ("• ", item),
            _ => ("", line),
        };
        out.push_str(lead);
        write(&mut out, &inline(rest), bold);
        out.push('\n');
    }
    out
}

/// For each column whether it is aligned to the right, if this is the line below a table's head.
fn alignments(line: &str) -> Option<Vec<bool>> {
    let is_rule = line.starts_with('|')
        && line.contains("--")
        && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
    is_rule.then(|| {
        let inner = line.trim().trim_matches('|');
        inner
            .split('|')
            .map(|cell| cell.trim().ends_with(':'))
            .collect()
    })
}

fn cells(line: &str) -> Vec<Pieces> {
    let inner = line.trim().trim_start_matches('|');
    let (mut all, mut cell, mut chars) = (Vec::new(), String::new(), inner.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                cell.push(c);
                cell.extend(chars.next());
            }
            '|' => all.push(inline(std::mem::take(&mut cell).trim())),
            c => cell.push(c),
        }
    }
    all
}

/// A line without its marks. Links keep their label, and their address where it can be opened from here.
fn inline(text: &str) -> Pieces {
    let mut pieces: Pieces = vec![(String::new(), false)];
    let mut bold = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**") {
            bold = !bold;
            pieces.push((String::new(), bold));
            rest = after;
            continue;
        }
        let entity = [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&')];
        let entity = entity
            .iter()
            .find_map(|(name, c)| Some((rest.strip_prefix(name)?, *c)));
        let Some((last, _)) = pieces.last_mut() else {
            break;
        };
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = if let Some((after, c)) = entity {
            last.push(c);
            after
        } else if let Some((code, after)) = after.split_once('`').filter(|_| c == '`') {
            // Nothing is a mark inside of code.
            last.push_str(code);
            after
        } else if let Some(next) = after
            .chars()
            .next()
            .filter(|n| c == '\\' && n.is_ascii_punctuation())
        {
            last.push(next);
            after.get(next.len_utf8()..).unwrap_or_default()
        } else if c == '`' {
            after
        } else if let Some((label, url, after)) = link(rest) {
            if url.contains("://") {
                let _ = std::fmt::Write::write_fmt(last, format_args!("{label}: {url}"));
            } else {
                // It leads nowhere without a server, and what stands after it speaks of it.
                let kept = last.trim_end().trim_end_matches('·').trim_end().len();
                last.truncate(kept);
                break;
            }
            after
        } else {
            last.push(c);
            after
        };
    }
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

/// Label, address and what follows, if a link begins here.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (url, rest) = rest.split_once(')')?;
    let is_plain = !label.contains(['[', ']', '\\']) && !url.contains(char::is_whitespace);
    is_plain.then_some((label, url, rest))
}

fn write(out: &mut String, pieces: &[Piece], bold: bool) {
    for (text, is_bold) in pieces {
        if bold && *is_bold {
            // Writing into a String cannot fail.
            let _ = write!(out, "\u{1b}[1m{text}\u{1b}[0m");
        } else {
            out.push_str(text);
        }
    }
}

fn table(
    out: &mut String,
    mut rows: Vec<Vec<Pieces>>,
    is_right: &[bool],
    columns: usize,
    bold: bool,
) {
    let widest = |rows: &[Vec<Pieces>], at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        let widths = cells.map(|cell| width_of(cell));
        widths.max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..is_right.len()).map(|at| widest(&rows, at)).collect();
    // Numbers stay on one line.
    let least: Vec<usize> = (is_right.iter().enumerate())
        .map(|(at, right)| {
            if *right {
                widest(rows.get(1..).unwrap_or_default(), at).max(3)
            } else {
                NAME_COLUMNS_MIN
            }
        })
        .collect();
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > columns {
        let slack = widths
            .iter_mut()
            .zip(&least)
            .filter(|(width, least)| **width > **least)
            .max_by_key(|(width, least)| **width - **least);
        match slack {
            Some((width, _)) => *width -= 1,
            None => break,
        }
    }
    for (at, row) in rows.iter_mut().enumerate() {
        if at == 0 {
            let head = row.iter_mut().flatten();
            head.for_each(|(_, is_bold)| *is_bold = true);
        }
        let wrapped: Vec<Vec<Pieces>> = widths
            .iter()
            .enumerate()
            .map(|(i, width)| wrap(row.get(i).map_or(&[], Vec::as_slice), *width))
            .collect();
        for level in 0..wrapped.iter().map(Vec::len).max().unwrap_or(0) {
            let mut line = String::new();
            for (i, (width, right)) in widths.iter().zip(is_right).enumerate() {
                let cell = wrapped.get(i).and_then(|cell| cell.get(level));
                let cell = cell.map_or(&[] as &[Piece], Vec::as_slice);
                let pad = " ".repeat(width.saturating_sub(width_of(cell)));
                line.push_str(if i == 0 { "" } else { GAP });
                if *right {
                    line.push_str(&pad);
                }
                write(&mut line, cell, bold);
                if !*right {
                    line.push_str(&pad);
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        if at == 0 {
            let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            out.push_str(&rule.join(GAP));
            out.push('\n');
        }
    }
}

fn width_of(pieces: &[Piece]) -> usize {
    pieces.iter().map(|(text, _)| width(text)).sum()
}

/// The lines of a cell of so many columns, broken at blanks, or anywhere if a word is wider.
fn wrap(pieces: &[Piece], columns: usize) -> Vec<Pieces> {
    let mut lines: Vec<Pieces> = vec![Vec::new()];
    let mut used = 0;
    for (text, bold) in pieces {
        for word in text.split_inclusive(' ') {
            let mut rest = word;
            if used > 0 && used + width(word.trim_end()) > columns {
                lines.push(Vec::new());
                used = 0;
            }
            while !rest.is_empty() {
                let mut taken = 0;
                let fits = rest.char_indices().find(|(_, c)| {
                    let over = used + taken + columns_of(*c) > columns && used + taken > 0;
                    taken += columns_of(*c);
                    over && *c != ' '
                });
                let (head, tail) = rest.split_at(fits.map_or(rest.len(), |(at, _)| at));
                if let Some(line) = lines.last_mut() {
                    line.push((head.to_owned(), *bold));
                }
                used += width(head);
                rest = tail;
                if !rest.is_empty() {
                    lines.push(Vec::new());
                    used = 0;
                }
            }
        }
    }
    for (text, _) in lines.iter_mut().filter_map(|line| line.last_mut()) {
        text.truncate(text.trim_end().len());
    }
    lines
}

/// The text, cut to so many columns.
pub(super) fn clipped(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += columns_of(c);
        if used > columns {
            break;
        }
        out.push(c);
    }
    if columns > 0 {
        out.push('…');
    }
    out
}

/// Columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Columns of a character: none for what joins the one before, two for East Asian letters and pictures.
fn columns_of(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "> The last month is not complete\n\n**Top 2 of 9**, operation A\\*B &amp; C\n\n\
        | # | Product | units |\n|--:|---|--:|\n| 1 | Cola \\| 1 l | 1,234 |\n| 2 | 東京 tea | 7 |\n\n\
        Demo, version abc · [json](/v/demo/a.json?e=1) · [csv](/v/demo/a.csv?e=1)\n";

    #[test]
    fn tables_are_aligned_and_marks_are_gone() {
        let wanted = "Note: The last month is not complete\n\nTop 2 of 9, operation A*B & C\n\n\
            #  Product     units\n─  ──────────  ─────\n1  Cola | 1 l  1,234\n2  東京 tea        7\n\n\
            Demo, version abc\n";
        assert_eq!(draw(ANSWER, 80, false), wanted);
    }

    #[test]
    fn bold_is_bold_and_heads_are() {
        let drawn = draw(ANSWER, 80, true);
        assert!(
            drawn.contains("\u{1b}[1mTop 2 of 9\u{1b}[0m, operation"),
            "{drawn:?}"
        );
        assert!(drawn.contains("\u{1b}[1mProduct\u{1b}[0m"), "{drawn:?}");
        assert_eq!(
            drawn.matches("\u{1b}[1m").count(),
            drawn.matches("\u{1b}[0m").count()
        );
    }

    #[test]
    fn narrow_terminals_break_names_and_never_numbers() {
        let rows = "| Product | The year before, same dates |\n|---|--:|\n| A very long name indeed | 1,234,567 |\n";
        let drawn = draw(rows, 24, false);
        assert!(drawn.lines().all(|line| width(line) <= 24), "{drawn}");
        for word in ["1,234,567", "very", "indeed", "before,", "dates"] {
            assert!(drawn.contains(word), "{word}: {drawn}");
        }
        let drawn = draw(rows, 5, false);
        assert!(drawn.contains("1,234,567"), "{drawn}");
        // Nothing is lost, whatever the width.
        let cell: Pieces = vec![("ab 東京cd ".into(), false), ("efghijklm n".into(), true)];
        for columns in 0..30 {
            let lines = wrap(&cell, columns);
            let text: String = lines
                .iter()
                .flatten()
                .map(|(text, _)| text.as_str())
                .collect();
            assert_eq!(text.replace(' ', ""), "ab東京cdefghijklmn", "{columns}");
            assert!(
                lines.iter().all(|line| width_of(line) <= columns.max(2)),
                "{columns}: {lines:?}"
            );
        }
    }

    #[test]
    fn addresses_that_can_be_opened_are_shown() {
        let drawn = draw(
            "to 2026 · [json](https://a.example/v/x.json?e=1)\n",
            80,
            false,
        );
        assert_eq!(drawn, "to 2026 · json: https://a.example/v/x.json?e=1\n");
        for odd in [
            "[a", "[a](b", "[", "**", "a \\", "|", "| a", "&lt", "> ", "|--|",
        ] {
            let drawn = draw(odd, 80, true);
            assert!(drawn.ends_with('\n'), "{odd:?}: {drawn:?}");
        }
    }
}
