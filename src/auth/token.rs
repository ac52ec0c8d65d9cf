//! JWTs. The signature is checked by `jsonwebtoken` with the one algorithm that the key is pinned to; the times are
//! checked here against `now`, since the crate's own clock is not to be had on every target.

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Number, Value};

use super::key_set::KeySet;
use super::refusal::refuse;
use super::signature;
use crate::config::JwtConfig;
use crate::error::{Error, Result};
use crate::limits;
use crate::model::dataset::{DatasetId, Timestamp};
use crate::model::principal::{Datasets, Principal, Proof};

#[derive(Deserialize)]
struct Claims {
    exp: Number,
    nbf: Option<Number>,
    sub: Option<String>,
    /// The name of its own comes first; the plain one is for providers that cannot add prefixed claims.
    nearcast_datasets: Option<Value>,
    datasets: Option<Value>,
}

/// The principal of a token.
pub(super) fn check(
    token: &str,
    keys: &KeySet,
    jwt: Option<&JwtConfig>,
    now: Timestamp,
) -> Result<Principal> {
    let header = header(token)?;
    let Some(jwt) = jwt else {
        return Err(refuse("tokens are not accepted here: use an API key"));
    };
    let key = key_of(&header, keys, jwt)?;
    let mut rules = Validation::new(header.alg);
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.set_issuer(&[&jwt.issuer]);
    rules.set_audience(&[&jwt.audience]);
    rules.set_required_spec_claims(&["exp", "iss", "aud"]);
    signature::install();
    let claims = decode::<Claims>(token, &key, &rules)
        .map_err(|e| reason(&e))?
        .claims;
    check_times(&claims, now)?;
    Ok(Principal {
        name: claims.sub.as_deref().map_or_else(
            || "unnamed token".to_owned(),
            |sub| sub.chars().take(limits::NAME_CHARS_MAX).collect(),
        ),
        proof: Proof::Token,
        datasets: match claims.nearcast_datasets.or(claims.datasets) {
            Some(claim) => datasets(&claim)?,
            None => jwt.datasets.clone(),
        },
    })
}

/// Whether it is a token for the key set, and the set lacks its key.
pub(super) fn names_unknown_key(token: &str, keys: &KeySet) -> bool {
    header(token).is_ok_and(|header| {
        matches!(
            header.alg,
            Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA
        ) && keys.named(header.kid.as_deref()).next().is_none()
    })
}

fn header(token: &str) -> Result<Header> {
    if token.len() > limits::TOKEN_BYTES_MAX {
        return Err(refuse("the token is too long"));
    }
    let header = decode_header(token).map_err(|_| {
        refuse("this is neither an API key nor a token that is accepted: check that all of it was sent")
    })?;
    // What a token declares critical must be understood (RFC 7515 section 4.1.11), and no extension is.
    if header.crit.is_some() {
        return Err(refuse(
            "the token asks for extensions that are not known here",
        ));
    }
    Ok(header)
}

/// The key comes from the configuration or the key set alone; what the token says about keys (`jku`, `jwk`, `x5u`,
/// `x5c`) is not looked at.
fn key_of(header: &Header, keys: &KeySet, jwt: &JwtConfig) -> Result<DecodingKey> {
    if header.alg == Algorithm::HS256 {
        return match &jwt.secret {
            Some(secret) => Ok(DecodingKey::from_secret(secret.expose())),
            None => Err(refuse("the token's algorithm is not accepted")),
        };
    }
    let mut named = keys.named(header.kid.as_deref()).peekable();
    if keys.is_empty() && jwt.jwks_url.is_some() {
        // A refusal would tell a client to log in again, which could not help.
        return Err(Error::upstream(
            "the identity provider's keys cannot be had at the moment: try again in a minute",
        ));
    }
    if named.peek().is_none() {
        return Err(refuse(
            "the token is signed with a key that is not known here: log in again",
        ));
    }
    named
        .find(|key| key.algorithm == header.alg)
        .map(|key| key.decoding.clone())
        .ok_or_else(|| refuse("the token's algorithm is not the one of its key"))
}

/// The claims are named only once the signature held.
fn reason(error: &jsonwebtoken::errors::Error) -> Error {
    use jsonwebtoken::errors::ErrorKind;
    refuse(match error.kind() {
        ErrorKind::InvalidIssuer => "the token is from another issuer",
        ErrorKind::InvalidAudience => "the token is for another audience: log in for this address",
        ErrorKind::MissingRequiredClaim(claim) => {
            return refuse(format!("the token has no usable claim {claim:?}"));
        }
        ErrorKind::Json(_) => "the token's claims are not readable",
        _ => "the token's signature is not right",
    })
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<()> {
    let unreadable = || refuse("the token's times are not readable");
    let skew = i64::try_from(limits::CLOCK_SKEW_S).unwrap_or(i64::MAX);
    let expires = seconds(&claims.exp).ok_or_else(unreadable)?;
    if now.0.saturating_sub(skew) >= expires {
        return Err(refuse("the token has expired: log in again"));
    }
    if let Some(nbf) = &claims.nbf {
        let starts = seconds(nbf).ok_or_else(unreadable)?;
        if now.0.saturating_add(skew) < starts {
            return Err(refuse("the token is not valid yet: check the clocks"));
        }
    }
    Ok(())
}

/// Whole seconds of a numeric date (RFC 7519 allows fractions).
fn seconds(date: &Number) -> Option<i64> {
    if let Some(whole) = date.as_i64() {
        return Some(whole);
    }
    let value = date.as_f64()?.floor();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole, and far inside of i64"
    )]
    (value.abs() < 1e15).then_some(value as i64)
}

/// Names in an array, or in a string with blanks between; `*` is all. A name that no dataset can have opens nothing.
fn datasets(claim: &Value) -> Result<Datasets> {
    let names: Vec<&str> = match claim {
        Value::String(text) => text.split_ascii_whitespace().collect(),
        Value::Array(list) => list
            .iter()
            .map(Value::as_str)
            .collect::<Option<_>>()
            .ok_or_else(unreadable)?,
        _ => return Err(unreadable()),
    };
    if names.contains(&"*") {
        return Ok(Datasets::All);
    }
    Ok(Datasets::Only(
        names
            .into_iter()
            .filter_map(|name| DatasetId::new(name).ok())
            .collect(),
    ))
}

fn unreadable() -> Error {
    refuse("the token's claim of datasets is not readable: write an array of names, or one string")
}
