//! Text from the data made fit for a line of a chart: nothing invisible, nothing that turns the line around, no longer
//! than the room it has. There are no font metrics here, so widths are estimates on the wide side.

/// Two marks on one letter are written in some languages; more only serve to climb out of the line.
const MARKS_ON_A_LETTER_MAX: usize = 2;

/// Drops control characters, bidirectional overrides and piled-up marks; line breaks become blanks.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        if matches!(c, '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}') {
            out.push(' ');
            continue;
        }
        if c.is_control() || is_invisible(c) {
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks <= MARKS_ON_A_LETTER_MAX {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

/// The width of a text, in thousandths of the font's size.
pub(super) fn width(text: &str) -> u32 {
    text.chars().map(char_width).sum()
}

/// The width of a text in a font of this size, in the drawing's units.
pub(super) fn extent(text: &str, size: f64) -> f64 {
    f64::from(width(text)) * size / 1000.0
}

/// As much of the text as has room, with an ellipsis where something was left out.
pub(super) fn fit(text: &str, size: f64, room: f64) -> String {
    let text = clean(text);
    if extent(&text, size) <= room {
        return text;
    }
    let room = room - extent("…", size);
    let mut taken = 0;
    let mut out = String::new();
    for c in text.chars() {
        taken += char_width(c);
        if f64::from(taken) * size / 1000.0 > room {
            break;
        }
        out.push(c);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// Names in a sentence, as many as have room: `Dallas, Austin and 3 more`.
pub(super) fn list(names: &[String], size: f64, room: f64) -> String {
    let names: Vec<String> = names.iter().map(|name| isolate(&clean(name))).collect();
    for shown in (1..=names.len()).rev() {
        let Some(head) = names.get(..shown) else {
            continue;
        };
        let mut text = head.join(", ");
        if shown < names.len() {
            text = format!("{text} and {} more", names.len() - shown);
        }
        if shown == 1 || extent(&text, size) <= room {
            return fit(&text, size, room);
        }
    }
    String::new()
}

/// Keeps a name that is written from right to left from turning its neighbours around.
fn isolate(name: &str) -> String {
    if name.is_ascii() {
        name.to_owned()
    } else {
        format!("{name}\u{200e}")
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}')
}

fn char_width(c: char) -> u32 {
    match c {
        _ if is_mark(c) || ('\u{200c}'..='\u{200e}').contains(&c) => 0,
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 300,
        ' ' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' | '·' | '"' => 390,
        'm' | 'M' | 'W' | '@' | '%' => 960,
        'w' | '—' | '…' | 'Q' | 'O' | 'G' | 'N' | 'D' | 'H' | 'U' | '&' => 790,
        '0'..='9' | 'a'..='z' => 625,
        'A'..='Z' => 690,
        // An Arabic ligature that is a whole sentence wide.
        '\u{fdfd}' | '\u{12031}'..='\u{1219b}' => 10_000,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f000}'..='\u{1faff}'
        | '\u{20000}'..='\u{3ffff}' => 1_300,
        _ if c.is_ascii() => 650,
        _ => 750,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_keeps_languages_and_drops_tricks() {
        for (text, clean_text) in [
            ("Crème brûlée", "Crème brûlée"),
            ("שוקולד", "שוקולד"),
            ("巧克力 🍫", "巧克力 🍫"),
            ("\u{202e}gnp.exe", "gnp.exe"),
            ("a\u{0}b\u{1b}[31m\r\nc", "ab[31m  c"),
            ("z\u{300}\u{301}\u{302}\u{303}\u{304}", "z\u{300}\u{301}"),
            ("\u{feff}\u{200b}x\u{2066}\u{fffe}", "x"),
        ] {
            assert_eq!(clean(text), clean_text, "{text:?}");
        }
    }

    #[test]
    fn long_names_end_in_an_ellipsis_inside_their_room() {
        for text in ["W".repeat(400), "巧".repeat(400), "i".repeat(400)] {
            let short = fit(&text, 20.0, 300.0);
            assert!(
                short.ends_with('…') && extent(&short, 20.0) <= 300.0,
                "{short}"
            );
        }
        assert_eq!(fit("Cola", 20.0, 300.0), "Cola");
        assert_eq!(fit("Cola", 20.0, 0.0), "…");
    }

    #[test]
    fn lists_say_how_many_they_leave_out() {
        let names: Vec<String> = ["Dallas", "Dallas North", "Austin", "Phoenix"]
            .map(String::from)
            .into();
        assert_eq!(
            list(&names, 20.0, 2_000.0),
            "Dallas, Dallas North, Austin, Phoenix"
        );
        assert_eq!(list(&names, 20.0, 345.0), "Dallas, Dallas North and 2 more");
        assert_eq!(list(&names, 20.0, 90.0), "Dallas…");
        assert_eq!(list(&[], 20.0, 90.0), "");
    }
}
