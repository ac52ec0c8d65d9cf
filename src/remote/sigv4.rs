//! AWS Signature Version 4 in headers, for requests without a body.

use std::fmt;
use std::fmt::Write as _;

use hmac::{Hmac, Mac as _};
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, HOST, HeaderName};
use http::{HeaderValue, Request};
use sha2::{Digest as _, Sha256};

use crate::config::S3Key;
use crate::error::{Error, Result};
use crate::model::dataset::Timestamp;

/// SHA-256 of nothing: the hash of a body that is not there.
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const SERVICE: &str = "s3";

/// What requests to a bucket are signed with. The secret is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The key's id, which is no secret.
    pub key_id: String,
    /// What signs.
    pub secret: String,
    /// The token that goes with a key that expires.
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl From<&S3Key> for Credentials {
    fn from(key: &S3Key) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            key_id: key.id.clone(),
            secret: text(key.secret.expose()),
            session_token: key.session_token.as_ref().map(|t| text(t.expose())),
        }
    }
}

/// Signs a request for an object of S3: adds `x-amz-date`, `x-amz-content-sha256`, the token if there is one, and
/// `Authorization`. Every header that it has is signed, but for those that a client on the way may set anew.
///
/// # Errors
/// `Invalid` if the key's id or token cannot stand in a header.
///
/// # Source   "Signature Calculations for the Authorization Header" in AWS's reference of the S3 API; golden: its examples
pub fn sign(
    request: &mut Request<()>,
    credentials: &Credentials,
    region: &str,
    now: Timestamp,
) -> Result<()> {
    let time = amz_time(now)?;
    let unprintable = |_| Error::invalid("the storage key has characters that no header may have");
    let value = |text: &str| HeaderValue::from_str(text).map_err(unprintable);
    let host = request.uri().authority().map(|a| value(a.as_str()));
    let host = host.ok_or_else(|| Error::internal("a request without a host is signed"))??;
    let headers = request.headers_mut();
    headers.insert("x-amz-date", value(&time)?);
    headers.insert(
        "x-amz-content-sha256",
        HeaderValue::from_static(EMPTY_SHA256),
    );
    if let Some(token) = &credentials.session_token {
        let mut token = value(token)?;
        token.set_sensitive(true);
        headers.insert("x-amz-security-token", token);
    }
    // The client sets it from the address; it has to be signed all the same.
    headers.insert(HOST, host);
    let authorization = authorization(request, EMPTY_SHA256, credentials, region, SERVICE, &time);
    let mut authorization = value(&authorization)?;
    authorization.set_sensitive(true);
    request.headers_mut().remove(HOST);
    request.headers_mut().insert(AUTHORIZATION, authorization);
    Ok(())
}

/// `20130524T000000Z`.
fn amz_time(now: Timestamp) -> Result<String> {
    let time = jiff::Timestamp::from_second(now.0)
        .map_err(|e| Error::internal("the clock is out of range").with_source(e))?;
    let text = time.to_string();
    Ok(text.chars().filter(|c| !matches!(c, '-' | ':')).collect())
}

fn authorization(
    request: &Request<()>,
    payload_sha256: &str,
    credentials: &Credentials,
    region: &str,
    service: &str,
    time: &str,
) -> String {
    let day = time.get(..8).unwrap_or_default();
    let (signed, canonical) = canonical(request, payload_sha256);
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        hex(&Sha256::digest(canonical))
    );
    let mut key = hmac(format!("AWS4{}", credentials.secret).as_bytes(), day);
    for part in [region, service, "aws4_request"] {
        key = hmac(&key, part);
    }
    let signature = hex(&hmac(&key, &to_sign));
    format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={signed},Signature={signature}",
        credentials.key_id
    )
}

/// The names of the headers that are signed, and the canonical request.
fn canonical(request: &Request<()>, payload_sha256: &str) -> (String, String) {
    let changes = |name: &HeaderName| name == ACCEPT_ENCODING || name == AUTHORIZATION;
    let mut headers: Vec<(&str, String)> = request
        .headers()
        .iter()
        .filter(|(name, _)| !changes(name))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            let words: Vec<_> = value.split_whitespace().collect();
            (name.as_str(), words.join(" "))
        })
        .collect();
    headers.sort();
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    let signed = names.join(";");
    let lines = headers
        .iter()
        .fold(String::new(), |mut lines, (name, value)| {
            let _ = writeln!(lines, "{name}:{value}");
            lines
        });
    let mut query: Vec<String> = request
        .uri()
        .query()
        .into_iter()
        .flat_map(|query| query.split('&'))
        .map(|pair| match pair.split_once('=') {
            Some(_) => pair.to_owned(),
            None => format!("{pair}="),
        })
        .collect();
    query.sort();
    let canonical = format!(
        "{}\n{}\n{}\n{lines}\n{signed}\n{payload_sha256}",
        request.method(),
        request.uri().path(),
        query.join("&"),
    );
    (signed, canonical)
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    // Any length of key will do.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!());
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    /// 2013-05-24T00:00:00Z, the time of the examples.
    const NOW: Timestamp = Timestamp(1_369_353_600);

    fn credentials() -> Credentials {
        Credentials {
            key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        }
    }

    fn signed(
        target: &str,
        headers: &[(&'static str, &'static str)],
        with: &Credentials,
    ) -> String {
        let uri = format!("https://examplebucket.s3.amazonaws.com{target}");
        let mut request = Request::builder().method(Method::GET).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(()).expect("a request");
        sign(&mut request, with, "us-east-1", NOW).expect("signed");
        assert!(!request.headers().contains_key(HOST));
        request.headers()[AUTHORIZATION]
            .to_str()
            .expect("text")
            .to_owned()
    }

    #[test]
    fn the_published_examples_come_out() {
        // Each from "Signature Calculations for the Authorization Header: Transferring Payload in a Single Chunk".
        for (target, headers, signature) in [
            (
                "/test.txt",
                &[("range", "bytes=0-9")][..],
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
            (
                "/?lifecycle",
                &[],
                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            ),
            (
                "/?max-keys=2&prefix=J",
                &[],
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            ),
        ] {
            let authorization = signed(target, headers, &credentials());
            assert!(
                authorization.ends_with(&format!("Signature={signature}")),
                "{target}: {authorization}"
            );
            assert!(
                authorization.starts_with(
                    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;"
                ),
                "{authorization}"
            );
        }
    }

    #[test]
    fn the_general_test_suite_comes_out_too() {
        // AWS's aws-sig-v4-test-suite: get-vanilla, get-vanilla-query-order-key-case.
        let credentials = Credentials {
            key_id: "AKIDEXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: None,
        };
        for (target, signature) in [
            (
                "/",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "/?Param2=value2&Param1=value1",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
        ] {
            let request = Request::builder()
                .uri(format!("https://example.amazonaws.com{target}"))
                .header("x-amz-date", "20150830T123600Z")
                .header(HOST, "example.amazonaws.com")
                .body(())
                .expect("a request");
            let authorization = authorization(
                &request,
                EMPTY_SHA256,
                &credentials,
                "us-east-1",
                "service",
                "20150830T123600Z",
            );
            assert!(
                authorization.ends_with(signature),
                "{target}: {authorization}"
            );
        }
    }

    #[test]
    fn a_token_is_signed_and_conditions_are_and_what_clients_change_is_not() {
        let with = Credentials {
            session_token: Some("a token".into()),
            ..credentials()
        };
        let authorization = signed(
            "/x",
            &[("if-match", "\"a\""), ("accept-encoding", "identity")],
            &with,
        );
        assert!(
            authorization.contains(
                "SignedHeaders=host;if-match;x-amz-content-sha256;x-amz-date;x-amz-security-token,"
            ),
            "{authorization}"
        );
        assert_ne!(signed("/x", &[], &credentials()), signed("/x", &[], &with));
    }

    #[test]
    fn nothing_prints_the_secret() {
        let with = Credentials {
            session_token: Some("tokentokentoken".into()),
            ..credentials()
        };
        let mut request = Request::get("https://b.example/x")
            .body(())
            .expect("a request");
        sign(&mut request, &with, "auto", NOW).expect("signed");
        let shown = format!("{with:?} {request:?}");
        assert!(shown.contains("AKIAIOSFODNN7EXAMPLE"), "{shown}");
        for hidden in ["wJalr", "tokentoken", "Signature="] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        // A token that no header may carry is refused without repeating it.
        let broken = Credentials {
            session_token: Some("line\nbreak".into()),
            ..credentials()
        };
        let error = sign(&mut request, &broken, "auto", NOW).expect_err("no header");
        assert!(!error.to_string().contains("break"), "{error}");
    }
}
