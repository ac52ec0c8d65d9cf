//! What a search found, and what was fetched, as Markdown: their text is JSON, for connectors that read nothing else.

use std::fmt::Write as _;

use nearcast::present::escape::escape;
use serde_json::Value;

/// The Markdown of such an answer; nothing for another, which has its own.
pub(super) fn markdown(answer: &Value) -> Option<String> {
    let text = |value: &Value, name: &str| {
        let value = value.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    if answer.get("answer").is_some() {
        return None;
    }
    if answer.get("text").is_some() {
        let mut out = format!("**{}**\n\n", escape(&text(answer, "title")));
        // What was fetched is Markdown or plain text as its owner wrote it.
        out.push_str(text(answer, "text").trim_end());
        out.push('\n');
        let url = text(answer, "url");
        if url.contains("://") {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "\n[link]({url})");
        }
        return Some(out);
    }
    let results = answer.get("results")?.as_array()?;
    let mut out = String::new();
    for result in results {
        let (title, id) = (text(result, "title"), text(result, "id"));
        // The id is typed as it stands: fetch wants it so.
        let id = if id.contains('`') {
            escape(&id)
        } else {
            format!("`{id}`")
        };
        let _ = writeln!(out, "- {}: {id}", escape(&title));
    }
    if out.is_empty() {
        out.push_str("nothing was found\n");
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::terminal::draw;
    use super::*;

    #[test]
    fn names_are_no_marks_and_ids_are_as_they_are_typed() {
        let answer = json!({"results": [
            {"id": "product:A_*1", "title": "Cola *big* [x](y) (product)", "url": "https://h/v"},
            {"id": "doc:a`b", "title": "A & B", "url": ""},
        ]});
        let text = markdown(&answer).expect("a search");
        assert_eq!(
            text,
            "- Cola \\*big\\* \\[x\\](y) (product): `product:A_*1`\n- A &amp; B: doc:a\\`b\n"
        );
        assert_eq!(
            draw(&text, 80, false),
            "• Cola *big* [x](y) (product): product:A_*1\n• A & B: doc:a`b\n"
        );
        let none = json!({"results": []});
        assert_eq!(markdown(&none).as_deref(), Some("nothing was found\n"));
    }

    #[test]
    fn what_was_fetched_keeps_its_table_and_its_link() {
        let answer = |url: &str| {
            json!({"id": "p", "title": "T #1", "url": url, "metadata": {},
                "text": "Of it:\n\n| | Units |\n|---|--:|\n| A | 3 |"})
        };
        let text = markdown(&answer("https://h/v/x.json?e=1")).expect("fetched");
        assert!(
            text.starts_with("**T \\#1**\n\nOf it:\n\n| | Units |"),
            "{text}"
        );
        assert!(
            text.ends_with("| A | 3 |\n\n[link](https://h/v/x.json?e=1)\n"),
            "{text}"
        );
        let here = markdown(&answer("/v/x.json?e=1")).expect("fetched");
        assert!(here.ends_with("| A | 3 |\n"), "{here}");
        assert_eq!(
            draw(&here, 80, false),
            "T #1\n\nOf it:\n\n   Units\n─  ─────\nA      3\n"
        );
    }

    #[test]
    fn other_answers_have_their_own() {
        assert_eq!(markdown(&json!({"answer": "top", "rows": []})), None);
        assert_eq!(markdown(&json!({})), None);
    }
}
