//! The values of settings, one by one. Messages say what to change and never repeat a secret.

use http::Uri;
use tracing::level_filters::LevelFilter;

use super::{ApiKey, Secret};
use crate::error::{Error, Result};
use crate::limits;
use crate::model::dataset::DatasetId;
use crate::model::principal::Datasets;

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|part| !part.is_empty())
}

pub(super) fn datasets(text: &str) -> Result<Datasets> {
    if text == "*" {
        return Ok(Datasets::All);
    }
    let mut names = list(text)
        .map(|name| DatasetId::new(name).map_err(|e| e.context(format!("{name:?}"))))
        .collect::<Result<Vec<_>>>()?;
    names.sort_unstable();
    names.dedup();
    Ok(Datasets::Only(names))
}

pub(super) fn api_keys(text: &str) -> Result<Vec<ApiKey>> {
    let mut keys: Vec<ApiKey> = Vec::new();
    for (i, entry) in list(text).enumerate() {
        let key = api_key(entry).map_err(|e| e.context(format!("entry {}", i + 1)))?;
        if keys.iter().any(|k| k.name == key.name) {
            return Err(Error::invalid(format!(
                "the name {:?} is there twice: give each key a name of its own",
                key.name
            )));
        }
        keys.push(key);
    }
    if keys.len() > limits::API_KEYS_MAX {
        return Err(Error::invalid(format!(
            "{} keys are too many, the most is {}: let an identity provider issue tokens instead",
            keys.len(),
            limits::API_KEYS_MAX
        )));
    }
    Ok(keys)
}

/// `name:sha256hex` or `name:sha256hex:dataset+dataset`. What stands in the place of the hash is never repeated: it
/// may be the key itself, pasted by mistake.
fn api_key(entry: &str) -> Result<ApiKey> {
    let mut parts = entry.splitn(3, ':');
    let (name, hash) = match (parts.next(), parts.next()) {
        (Some(name), Some(hash)) if !name.is_empty() => (name, hash),
        _ => {
            return Err(Error::invalid(
                "write name:sha256 or name:sha256:dataset+dataset, where sha256 is what `printf %s KEY | sha256sum` prints",
            ));
        }
    };
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@'));
    if !plain || name.len() > limits::KEY_NAME_BYTES_MAX {
        return Err(Error::invalid(format!(
            "a key's name is at most {} letters, digits, \"-\", \"_\", \".\" or \"@\"",
            limits::KEY_NAME_BYTES_MAX
        )));
    }
    let sha256 = hex32(hash).ok_or_else(|| {
        Error::invalid(format!(
            "after the name {name:?} come 64 hex digits, what `printf %s KEY | sha256sum` prints, not the key itself"
        ))
    })?;
    let datasets = match parts.next() {
        None => Datasets::All,
        Some(names) => Datasets::Only(
            names
                .split('+')
                .map(DatasetId::new)
                .collect::<Result<_>>()
                .map_err(|e| e.context(format!("the datasets of {name:?}")))?,
        ),
    };
    Ok(ApiKey {
        name: name.to_owned(),
        sha256,
        datasets,
    })
}

fn hex32(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit))
        .collect();
    if digits.len() == 64 {
        bytes.try_into().ok()
    } else {
        None
    }
}

pub(super) fn secret(text: &str) -> Result<Secret> {
    if text.len() < limits::JWT_SECRET_BYTES_MIN {
        return Err(Error::invalid(format!(
            "a secret has at least {} bytes; `openssl rand -base64 48` makes one",
            limits::JWT_SECRET_BYTES_MIN
        )));
    }
    Ok(Secret::new(text))
}

/// The scheme, host and port, and the rest of a web address.
struct Address {
    scheme: String,
    host: String,
    authority: String,
    path: String,
}

fn parse(text: &str) -> Result<Address> {
    let wrong = || Error::invalid("write a web address, as in https://example.com");
    let uri: Uri = text.parse().map_err(|_| wrong())?;
    let scheme = uri.scheme_str().ok_or_else(wrong)?.to_ascii_lowercase();
    let authority = uri.authority().ok_or_else(wrong)?.as_str();
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(wrong());
    }
    if authority.contains('@') {
        return Err(Error::invalid(
            "leave user and password out of the web address",
        ));
    }
    if text.contains('#') {
        return Err(Error::invalid("leave \"#\" out of the web address"));
    }
    Ok(Address {
        scheme,
        host: uri.host().ok_or_else(wrong)?.to_ascii_lowercase(),
        authority: authority.to_ascii_lowercase(),
        path: uri
            .path_and_query()
            .map_or_else(String::new, |p| p.as_str().to_owned()),
    })
}

impl Address {
    /// Keys and logins go over TLS, or stay on this machine.
    fn is_safe(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let loopback = host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback());
        self.scheme == "https" || loopback || host == "localhost"
    }
}

pub(super) fn web_address(text: &str) -> Result<String> {
    parse(text).map(|_| text.to_owned())
}

pub(super) fn web_addresses(text: &str) -> Result<Vec<String>> {
    list(text)
        .map(|one| web_address(one).map_err(|e| e.context(format!("{one:?}"))))
        .collect()
}

pub(super) fn key_address(text: &str) -> Result<String> {
    if !parse(text)?.is_safe() {
        return Err(Error::invalid(
            "keys are fetched over https; http is for this machine only (127.0.0.1, [::1], localhost)",
        ));
    }
    Ok(text.to_owned())
}

/// Where storage answers: in an owner's own network that may be without TLS.
pub(super) fn endpoint(text: &str) -> Result<String> {
    let address = parse(text)?;
    if !matches!(address.path.as_str(), "" | "/") {
        return Err(Error::invalid(
            "write only scheme, host and port, as in https://minio.example.com:9000, without the bucket",
        ));
    }
    Ok(format!("{}://{}", address.scheme, address.authority))
}

pub(super) fn origin(text: &str) -> Result<String> {
    let address = parse(text)?;
    if !matches!(address.path.as_str(), "" | "/") {
        return Err(Error::invalid(
            "write only scheme, host and port, as in https://sales.example.com, without a path",
        ));
    }
    Ok(format!("{}://{}", address.scheme, address.authority))
}

pub(super) fn origins(text: &str) -> Result<Vec<String>> {
    list(text)
        .map(|one| origin(one).map_err(|e| e.context(format!("{one:?}"))))
        .collect()
}

pub(super) fn hosts(text: &str) -> Result<Vec<String>> {
    list(text)
        .map(|one| {
            let known: Option<http::uri::Authority> = one.parse().ok();
            match known {
                Some(_) if !one.contains('@') => Ok(one.to_ascii_lowercase()),
                _ => Err(Error::invalid(format!(
                    "{one:?} is no host: write a name and, if there is one, the port, as in sales.example.com or localhost:8787"
                ))),
            }
        })
        .collect()
}

pub(super) fn level(text: &str) -> Result<LevelFilter> {
    match text.to_ascii_lowercase().as_str() {
        "off" => Ok(LevelFilter::OFF),
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(Error::invalid(
            "write off, error, warn, info, debug or trace",
        )),
    }
}

/// A time of up to an hour.
pub(super) fn seconds(text: &str) -> Result<u32> {
    let seconds = text.parse().ok().filter(|s| *s <= 3_600);
    seconds.ok_or_else(|| {
        Error::invalid(format!(
            "{text:?} is not a number of seconds from 0 to 3600"
        ))
    })
}
