//! The same question asked of a deployed server: one `tools/call` over MCP, as revision 2025-06-18 has it.

use std::net::IpAddr;
use std::time::Duration;

use http::Uri;
use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::model::answer::Presented;
use serde_json::{Value, json};

use super::given::Given;

/// Asks the server at `url`. `key` names the environment variable that holds the key or token.
///
/// # Errors
/// `Invalid` for an address that is none, a key that would travel in clear, and what the server says has to change;
/// `Unauthenticated` and `Forbidden` as it says; `Upstream` for anything that is no answer.
pub(super) fn ask(url: &str, key: Option<&str>, given: &Given) -> Result<Presented> {
    let endpoint = endpoint(url)?;
    let secret = key.map(|name| secret(name, &endpoint)).transpose()?;
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": given.kind.tool, "arguments": given.to_json()},
    });
    let (status, body) = post(&endpoint, secret.as_deref(), &call.to_string())?;
    read(status, &body, &endpoint)
}

/// Where MCP is spoken: `/mcp` below the server's address.
fn endpoint(url: &str) -> Result<Uri> {
    let wrong = || {
        Error::invalid(
            "--url is the address of a server: write https://host or https://host/prefix",
        )
    };
    let plain = url.trim().trim_end_matches('/');
    let plain = plain.strip_suffix("/mcp").unwrap_or(plain);
    let uri: Uri = format!("{plain}/mcp").parse().map_err(|_| wrong())?;
    let scheme = uri
        .scheme_str()
        .is_some_and(|s| s == "https" || s == "http");
    let bare = uri
        .authority()
        .is_some_and(|a| !a.as_str().contains('@') && !a.host().is_empty());
    if scheme && bare && uri.query().is_none() && !plain.contains('#') {
        Ok(uri)
    } else {
        Err(wrong())
    }
}

/// The key, which is not sent in clear to another machine.
fn secret(variable: &str, endpoint: &Uri) -> Result<String> {
    let host = endpoint.host().unwrap_or_default();
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let is_here = host == "localhost" || address.is_some_and(|a| a.is_loopback());
    if endpoint.scheme_str() != Some("https") && !is_here {
        return Err(Error::invalid(
            "a key is sent over https only: write --url https://...",
        ));
    }
    // What was given may be the key itself, so it is not repeated.
    let value = std::env::var(variable).map_err(|_| {
        Error::invalid(
            "--key names the environment variable that holds the key, and there is none of this name: \
             set it, and write its name",
        )
    })?;
    let value = value.trim().to_owned();
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::invalid(format!(
            "{variable} holds no key: a key is of letters, digits and signs without blanks"
        )));
    }
    Ok(value)
}

fn post(endpoint: &Uri, secret: Option<&str>, body: &str) -> Result<(u16, String)> {
    let failed = |error: ureq::Error| {
        Error::upstream(format!("{endpoint} does not answer: {error}")).with_source(error)
    };
    let mut request = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(limits::ASK_TIME_S)))
        // A redirect could lead the key elsewhere.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build()
        .new_agent()
        .post(endpoint)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json, text/event-stream")
        .header("MCP-Protocol-Version", "2025-06-18");
    if let Some(secret) = secret {
        request = request.header("Authorization", format!("Bearer {secret}"));
    }
    let mut response = request.send(body).map_err(failed)?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config();
    let text = body.limit(limits::ASK_REPLY_BYTES_MAX).read_to_string();
    Ok((status, text.map_err(failed)?))
}

/// What the server's answer means.
#[expect(
    clippy::indexing_slicing,
    reason = "what is not there in JSON is null: it does not panic"
)]
fn read(status: u16, body: &str, endpoint: &Uri) -> Result<Presented> {
    let reply: Value = serde_json::from_str(body).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let result = &reply["result"];
    let said: Vec<&str> = result["content"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|block| block["text"].as_str())
        .collect();
    if !said.is_empty() && status == 200 {
        let said = said.join("\n");
        return if result["isError"] == true {
            Err(Error::invalid(said))
        } else {
            Ok(Presented {
                text: said,
                structured: result["structuredContent"].clone(),
            })
        };
    }
    let why = text(&reply["error"]["message"]).or_else(|| text(&reply["detail"]));
    match (status, why) {
        (401, why) => Err(Error::unauthenticated(format!(
            "{}: --key names the environment variable that holds a key",
            why.unwrap_or_else(|| "the server wants a key".into())
        ))),
        (403, why) => Err(Error::forbidden(
            why.unwrap_or_else(|| "the server refuses this key".into()),
        )),
        // The tool or its arguments are not what this server has: it may be older or newer than this program.
        (_, Some(why)) if reply["error"]["code"] == -32602 => Err(Error::invalid(why)),
        (_, Some(why)) => Err(Error::upstream(format!(
            "{endpoint} answers {status}: {why}"
        ))),
        (_, None) => Err(Error::upstream(format!(
            "{endpoint} answers {status}, and not as a Nearcast server does: check --url"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use nearcast::error::ErrorKind;

    use super::*;

    #[test]
    fn addresses() {
        for (given, wanted) in [
            ("https://sales.example.com", "https://sales.example.com/mcp"),
            (
                "https://example.com/sales/",
                "https://example.com/sales/mcp",
            ),
            ("http://127.0.0.1:8787/mcp", "http://127.0.0.1:8787/mcp"),
        ] {
            assert_eq!(endpoint(given).expect(given).to_string(), wanted);
        }
        for wrong in [
            "sales.example.com",
            "ftp://example.com",
            "https://",
            "https://user:secret@example.com",
            "https://example.com/?a=b",
            "https://example.com/#a",
            "",
        ] {
            let error = endpoint(wrong).expect_err(wrong);
            assert_eq!(error.kind(), ErrorKind::Invalid, "{wrong}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_key_is_not_sent_in_clear_and_not_repeated() {
        let to = |url: &str| endpoint(url).expect(url);
        let error = secret("PATH", &to("http://sales.example.com")).expect_err("clear");
        assert!(error.to_string().contains("https"), "{error}");
        let error = secret("nc_topsecret", &to("https://sales.example.com")).expect_err("unset");
        assert!(!error.to_string().contains("topsecret"), "{error}");
        for here in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost"] {
            let error = secret("nc_topsecret", &to(here))
                .expect_err("unset")
                .to_string();
            assert!(error.contains("environment variable"), "{error}");
        }
    }

    #[test]
    fn what_answers_mean() {
        let at = endpoint("https://example.com").expect("fine");
        let kind = |status, body: &str| read(status, body, &at).map_err(|e| e.kind());
        let answer = json!({"result": {"content": [{"type": "text", "text": "Top"}],
            "structuredContent": {"answer": "top"}}});
        let presented = kind(200, &answer.to_string()).expect("answered");
        assert_eq!(presented.text, "Top");
        assert_eq!(presented.structured["answer"], "top");
        let mistake = json!({"result": {"content": [{"text": "no operation"}], "isError": true}});
        assert_eq!(kind(200, &mistake.to_string()), Err(ErrorKind::Invalid));
        let unknown = json!({"error": {"code": -32602, "message": "there is no tool"}});
        assert_eq!(kind(200, &unknown.to_string()), Err(ErrorKind::Invalid));
        let fault = json!({"error": {"code": -32603, "message": "try again later"}});
        assert_eq!(kind(200, &fault.to_string()), Err(ErrorKind::Upstream));
        assert_eq!(
            kind(401, "{\"detail\": \"send a key\"}"),
            Err(ErrorKind::Unauthenticated)
        );
        assert_eq!(kind(403, ""), Err(ErrorKind::Forbidden));
        assert_eq!(kind(302, ""), Err(ErrorKind::Upstream));
        assert_eq!(kind(200, "<html>"), Err(ErrorKind::Upstream));
    }
}
