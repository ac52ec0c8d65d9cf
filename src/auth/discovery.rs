//! How a client finds out where to log in: the protected resource's metadata (RFC 9728) and the challenge that points
//! to it (RFC 6750).

use http::HeaderValue;
use serde_json::{Value, json};

use super::refusal::is_refusal;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// The path of the metadata of `/mcp`; the same is served without `/mcp` at its end.
pub const METADATA_PATH: &str = "/.well-known/oauth-protected-resource/mcp";

/// The metadata of `{public_url}/mcp`.
///
/// # Errors
/// `NotFound` where nobody can log in, or the address that people use is not configured: a document without it would
/// be refused by clients.
pub fn resource_metadata(config: &Config) -> Result<Value> {
    let (Some(url), true) = (&config.public_url, config.is_locked()) else {
        return Err(Error::not_found(
            "there is nothing to log in to here: everything that is served is public, or the owner has not set NEARCAST_PUBLIC_URL",
        ));
    };
    let mut document = json!({
        "resource": format!("{url}/mcp"),
        "resource_name": "Nearcast",
        "bearer_methods_supported": ["header"],
    });
    if let (Value::Object(fields), false) = (&mut document, config.authorization_servers.is_empty())
    {
        fields.insert(
            "authorization_servers".into(),
            json!(config.authorization_servers),
        );
    }
    Ok(document)
}

/// The value of `WWW-Authenticate` for a 401 or 403.
#[must_use]
pub fn challenge(config: &Config, error: &Error) -> HeaderValue {
    let mut parts = Vec::new();
    if let (Some(url), true) = (&config.public_url, config.is_locked()) {
        parts.push(format!("resource_metadata=\"{url}{METADATA_PATH}\""));
    } else {
        parts.push("realm=\"nearcast\"".to_owned());
    }
    let code = match error.kind() {
        ErrorKind::Unauthenticated if is_refusal(error) => Some("invalid_token"),
        ErrorKind::Forbidden => Some("insufficient_scope"),
        ErrorKind::Invalid => Some("invalid_request"),
        _ => None,
    };
    if let Some(code) = code {
        parts.push(format!("error=\"{code}\""));
        // RFC 6750 section 3: no quote, no backslash, nothing outside of ASCII.
        let description: String = error
            .message()
            .chars()
            .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
            .collect();
        parts.push(format!("error_description=\"{description}\""));
    }
    HeaderValue::from_str(&format!("Bearer {}", parts.join(", ")))
        .unwrap_or_else(|_| HeaderValue::from_static("Bearer"))
}
