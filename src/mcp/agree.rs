//! Headers and body say some things twice, so that proxies can route without reading bodies. They have to agree: a proxy
//! must not let one thing through and the server do another.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use rmcp::model::{ClientRequest, ErrorData, GetMeta, ProtocolVersion};
use rmcp::transport::common::http_header::{
    BASE64_HEADER_PREFIX, BASE64_HEADER_SUFFIX, HEADER_MCP_METHOD, HEADER_MCP_NAME,
    HEADER_MCP_PROTOCOL_VERSION,
};
use serde_json::Value;

use super::arguments::shortened;
use crate::limits;

/// The rules that a request is handled by.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// The revision.
    pub(super) version: ProtocolVersion,
    /// Whether that is 2026-07-28 or later: no handshake, everything in `_meta`.
    pub(super) is_modern: bool,
    /// Whether `_meta` lacks what such a revision requires.
    pub(super) meta_incomplete: bool,
}

/// Whether the headers allow a batch: only 2025-03-26 had them, and its clients need not name it.
pub(super) fn batch(headers: &HeaderMap, len: usize) -> Result<(), ErrorData> {
    let version = single(headers, HEADER_MCP_PROTOCOL_VERSION)?;
    if version.is_some_and(|v| v != ProtocolVersion::V_2025_03_26.as_str()) {
        return Err(ErrorData::invalid_request(
            "only protocol version 2025-03-26 has batches: send one message a request",
            None,
        ));
    }
    if len == 0 || len > limits::BATCH_MESSAGES_MAX {
        return Err(ErrorData::invalid_request(
            format!(
                "a batch has 1 to {} messages, not {len}",
                limits::BATCH_MESSAGES_MAX
            ),
            None,
        ));
    }
    Ok(())
}

/// Checks `Mcp-Method` and `Mcp-Name`, which 2026-07-28 requires.
pub(super) fn standard_headers(headers: &HeaderMap, body: &Value) -> Result<(), ErrorData> {
    let is_modern = single(headers, HEADER_MCP_PROTOCOL_VERSION)?
        .is_some_and(|v| v >= ProtocolVersion::STANDARD_HEADERS.as_str());
    let method = body.get("method").and_then(Value::as_str);
    let Some(method) = method.filter(|_| is_modern) else {
        return Ok(());
    };
    match single(headers, HEADER_MCP_METHOD)? {
        // The handshake comes before a client knows that it should send these.
        None if method == "initialize" => return Ok(()),
        None => return Err(mismatch("the header Mcp-Method is missing")),
        Some(named) if named != method => {
            return Err(mismatch(format!(
                "the header Mcp-Method says {:?}, the body {:?}",
                shortened(named),
                shortened(method)
            )));
        }
        Some(_) => {}
    }
    let key = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" | "resources/subscribe" | "resources/unsubscribe" => "uri",
        _ => return Ok(()),
    };
    let named = body
        .get("params")
        .and_then(|params| params.get(key)?.as_str());
    let Some(named) = named else { return Ok(()) };
    let Some(raw) = single(headers, HEADER_MCP_NAME)? else {
        return Err(mismatch(format!(
            "the header Mcp-Name is missing: {method} needs it"
        )));
    };
    let header = decoded(raw).ok_or_else(|| mismatch("the header Mcp-Name is not valid base64"))?;
    if header != named {
        return Err(mismatch(format!(
            "the header Mcp-Name says {:?}, the body {:?}",
            shortened(&header),
            shortened(named)
        )));
    }
    Ok(())
}

/// The revision that a request is made in, from `_meta` and the header, which have to agree.
pub(super) fn terms(headers: &HeaderMap, request: &ClientRequest) -> Result<Terms, ErrorData> {
    let header = single(headers, HEADER_MCP_PROTOCOL_VERSION)?;
    if let ClientRequest::InitializeRequest(initialize) = request {
        let version = initialize.params.protocol_version.clone();
        agreed(header, version.as_str())?;
        return Ok(Terms {
            version,
            is_modern: false,
            meta_incomplete: false,
        });
    }
    let meta = request.get_meta();
    let missing = meta.missing_required_keys(&ProtocolVersion::V_2026_07_28);
    if let Some(version) = meta.protocol_version() {
        if header.is_none() {
            return Err(mismatch(
                "the header MCP-Protocol-Version is missing: _meta names a protocol version",
            ));
        }
        agreed(header, version.as_str())?;
        return Ok(Terms {
            is_modern: !version.has_initialize() || missing.is_empty(),
            version,
            meta_incomplete: !missing.is_empty(),
        });
    }
    let version = match header {
        Some(header) => named(header),
        None => ProtocolVersion::V_2025_03_26,
    };
    let supported = super::handler::VERSIONS;
    let is_discover = matches!(request, ClientRequest::DiscoverRequest(_));
    if is_discover || !version.has_initialize() {
        return Err(ErrorData::invalid_params(
            format!(
                "the request's _meta lacks required fields: {}",
                missing.join(", ")
            ),
            None,
        ));
    }
    if !supported.contains(&version) {
        return Err(ErrorData::unsupported_protocol_version(version, supported));
    }
    Ok(Terms {
        version,
        is_modern: false,
        meta_incomplete: false,
    })
}

fn named(version: &str) -> ProtocolVersion {
    serde_json::from_value(Value::from(version)).unwrap_or(ProtocolVersion::V_2025_03_26)
}

fn agreed(header: Option<&str>, body: &str) -> Result<(), ErrorData> {
    match header {
        Some(header) if header != body => Err(mismatch(format!(
            "the header MCP-Protocol-Version says {:?}, the body {:?}",
            shortened(header),
            shortened(body)
        ))),
        _ => Ok(()),
    }
}

/// A header that may come once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, ErrorData> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(mismatch(format!("the header {name} comes more than once")));
    }
    value
        .to_str()
        .map(Some)
        .map_err(|_| mismatch(format!("the header {name} has characters outside ASCII")))
}

/// A header's value, which is in base64 where it could not be a header otherwise.
fn decoded(raw: &str) -> Option<String> {
    let inner = raw
        .strip_prefix(BASE64_HEADER_PREFIX)
        .and_then(|rest| rest.strip_suffix(BASE64_HEADER_SUFFIX));
    match inner {
        Some(inner) => String::from_utf8(BASE64_STANDARD.decode(inner).ok()?).ok(),
        None => Some(raw.to_owned()),
    }
}

fn mismatch(message: impl Into<String>) -> ErrorData {
    ErrorData::header_mismatch(message.into(), None)
}
