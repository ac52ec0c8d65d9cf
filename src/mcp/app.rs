//! The MCP App (`io.modelcontextprotocol/ui`, 2026-01-26): one page, loaded once by the host, that draws any tool's answer
//! from its structured content. It asks the network for nothing: its own policy denies everything but its one script and
//! style, by their hashes.

use rmcp::model::{
    CacheScope, ExtensionCapabilities, JsonObject, MetaObject, ReadResourceResult, Resource,
    ResourceContents,
};
use serde_json::{Value, json};

use crate::limits;

/// The extension's name in capabilities.
const EXTENSION: &str = "io.modelcontextprotocol/ui";
/// The page's address.
pub(super) const URI: &str = "ui://nearcast/answer.html";
const MIME: &str = "text/html;profile=mcp-app";
const HTML: &str = include_str!("../../static/answer.html");

/// That this server has an app, as capabilities say it.
pub(super) fn extensions() -> ExtensionCapabilities {
    [(EXTENSION.to_owned(), JsonObject::new())].into()
}

/// What a tool says of how its answers are drawn. Whether a client can draw them is not asked: clients that cannot pass
/// over it, and the list stays the same for everyone.
pub(super) fn of_tool() -> MetaObject {
    meta(json!({"resourceUri": URI}))
}

/// The page among the resources.
pub(super) fn resource() -> Resource {
    Resource::new(URI, "answer")
        .with_title("Answer, drawn")
        .with_description("Draws any tool's answer in hosts that speak MCP Apps")
        .with_mime_type(MIME)
        .with_size(HTML.len() as u64)
        .with_meta(wishes())
}

/// The page, the same for everyone until the next release.
pub(super) fn contents() -> ReadResourceResult {
    let contents = ResourceContents::text(HTML, URI)
        .with_mime_type(MIME)
        .with_meta(wishes());
    ReadResourceResult::new(vec![contents])
        .with_ttl_ms(limits::LIST_TTL_MS)
        .with_cache_scope(CacheScope::Public)
}

/// What the page asks of its host: no origin at all, and a border around it.
fn wishes() -> MetaObject {
    meta(json!({"csp": {"connectDomains": [], "resourceDomains": []}, "prefersBorder": true}))
}

fn meta(ui: Value) -> MetaObject {
    let mut meta = MetaObject::new();
    meta.insert("ui".into(), ui);
    meta
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn between<'a>(before: &str, after: &str) -> &'a str {
        let rest = HTML.split_once(before).map_or("", |(_, rest)| rest);
        rest.split_once(after).map_or("", |(text, _)| text)
    }

    #[test]
    fn the_policy_allows_the_script_and_the_style_and_nothing_else() {
        let hash =
            |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
        let script = between("<script>", "</script>\n</body>");
        let style = between("<style>", "</style>");
        assert!(script.len() > 1_000 && style.len() > 1_000);
        let policy = format!(
            "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
            hash(script),
            hash(style)
        );
        assert_eq!(
            between("Content-Security-Policy\" content=\"", "\">"),
            policy
        );
    }

    #[test]
    fn nothing_becomes_markup_and_nothing_is_loaded() {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "fetch(\"",
            "XMLHttpRequest",
            "import(",
            " src=",
            "@import",
            "url(",
        ] {
            assert!(!HTML.contains(word), "{word}");
        }
    }
}
