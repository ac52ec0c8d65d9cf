//! How to reach object storage: `NEARCAST_S3_*`, or what other tools of AWS read from the environment.

use std::collections::BTreeMap;

use super::{
    Given, S3_ACCESS_KEY_ID, S3_ENDPOINT, S3_PATH_STYLE, S3_REGION, S3_SECRET_ACCESS_KEY,
    S3_SESSION_TOKEN, Secret, entries,
};
use crate::error::{Error, Result};

/// The names that AWS's own tools read; each is used where its `NEARCAST_S3_*` is not given.
pub(super) const AWS_KEYS: [&str; 7] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
];

/// How to reach what speaks S3.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct S3Settings {
    /// Where it answers, without the bucket; AWS itself if not given.
    pub endpoint: Option<String>,
    /// The region that signatures name.
    pub region: Option<String>,
    /// Whether the bucket stands in the path; if not given, it does where an endpoint is given.
    pub path_style: Option<bool>,
    /// The key to sign with.
    pub key: Option<S3Key>,
}

/// A key of object storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Key {
    /// Its id, which is no secret.
    pub id: String,
    /// What signs.
    pub secret: Secret,
    /// The token that goes with a key that expires.
    pub session_token: Option<Secret>,
}

pub(super) fn s3(given: &Given, aws: &BTreeMap<&'static str, String>) -> Result<S3Settings> {
    let aws = |name: &str| aws.get(name).cloned();
    Ok(S3Settings {
        endpoint: match given.read(S3_ENDPOINT, entries::endpoint)? {
            Some(endpoint) => Some(endpoint),
            None => aws("AWS_ENDPOINT_URL_S3")
                .or_else(|| aws("AWS_ENDPOINT_URL"))
                .map(|text| entries::endpoint(&text).map_err(|e| e.context("AWS_ENDPOINT_URL")))
                .transpose()?,
        },
        region: given
            .read(S3_REGION, region)?
            .or_else(|| aws("AWS_REGION"))
            .or_else(|| aws("AWS_DEFAULT_REGION")),
        path_style: given.read(S3_PATH_STYLE, yes_or_no)?,
        key: own_key(given)?.or_else(|| {
            Some(S3Key {
                id: aws("AWS_ACCESS_KEY_ID")?,
                secret: Secret::new(aws("AWS_SECRET_ACCESS_KEY")?),
                session_token: aws("AWS_SESSION_TOKEN").map(Secret::new),
            })
        }),
    })
}

/// Key, secret and token belong together: never one of ours with another of the environment's.
fn own_key(given: &Given) -> Result<Option<S3Key>> {
    let token = given.text(S3_SESSION_TOKEN).map(Secret::new);
    match (
        given.text(S3_ACCESS_KEY_ID),
        given.text(S3_SECRET_ACCESS_KEY),
    ) {
        (Some(id), Some(secret)) => Ok(Some(S3Key {
            id: id.to_owned(),
            secret: Secret::new(secret),
            session_token: token,
        })),
        (None, None) if token.is_none() => Ok(None),
        _ => Err(Error::invalid(format!(
            "set {S3_ACCESS_KEY_ID} and {S3_SECRET_ACCESS_KEY} both, or neither"
        ))),
    }
}

fn region(text: &str) -> Result<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if text.len() > 64 || !text.chars().all(plain) {
        return Err(Error::invalid(
            "write a region, as in eu-central-1, or auto for R2",
        ));
    }
    Ok(text.to_owned())
}

fn yes_or_no(text: &str) -> Result<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(Error::invalid("write true or false")),
    }
}
