//! The identity provider's public keys, each pinned to one algorithm.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::limits;

/// The keys that tokens may be signed with. Empty unless the host handed in a set.
#[derive(Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|k| (&k.id, k.algorithm)))
            .finish()
    }
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

/// A key as published (RFC 7517). `jku`, `x5c` and the like are not looked at.
#[derive(Deserialize)]
struct PublishedKey {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Parses a JWKS. Keys for other uses, of other kinds or sizes are left out; a secret key in it is never used.
    ///
    /// # Errors
    /// `Upstream` if it is no JWKS, is too large, or has no usable key.
    pub fn from_jwks(json: &str) -> Result<Self> {
        if json.len() > limits::JWKS_BYTES_MAX {
            return Err(Error::upstream(format!(
                "the identity provider's key set is larger than {} bytes",
                limits::JWKS_BYTES_MAX
            )));
        }
        let published: Published = serde_json::from_str(json).map_err(|_| {
            Error::upstream("what the identity provider publishes is no key set: check the address")
        })?;
        if published.keys.len() > limits::KEYS_MAX {
            return Err(Error::upstream(format!(
                "the identity provider publishes {} keys, the most is {}",
                published.keys.len(),
                limits::KEYS_MAX
            )));
        }
        let keys: Vec<Key> = published.keys.into_iter().filter_map(usable).collect();
        if keys.is_empty() {
            return Err(Error::upstream(
                "the identity provider publishes no usable key: RSA of 2048 to 4096 bits, P-256 or Ed25519 for signatures",
            ));
        }
        Ok(Self { keys })
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that a token may mean: those of its id, or the only one there is if it has none.
    pub(super) fn named(&self, id: Option<&str>) -> impl Iterator<Item = &Key> {
        let only = self.keys.len() == 1;
        self.keys.iter().filter(move |key| match id {
            Some(id) => key.id.as_deref() == Some(id),
            None => only,
        })
    }
}

fn usable(published: Value) -> Option<Key> {
    let key: PublishedKey = serde_json::from_value(published).ok()?;
    let signs = key.purpose.as_deref().is_none_or(|p| p == "sig")
        && key
            .key_ops
            .as_ref()
            .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !signs {
        return None;
    }
    let (algorithm, name, decoding) = match (key.kty.as_str(), key.crv.as_deref()) {
        ("RSA", _) => (Algorithm::RS256, "RS256", rsa(&key)?),
        ("EC", Some("P-256")) => (Algorithm::ES256, "ES256", p256(&key)?),
        ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, "EdDSA", ed25519(&key)?),
        _ => return None,
    };
    key.alg
        .as_deref()
        .is_none_or(|alg| alg == name)
        .then_some(Key {
            id: key.kid,
            algorithm,
            decoding,
        })
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

fn rsa(key: &PublishedKey) -> Option<DecodingKey> {
    let (n, e) = (bytes(key.n.as_ref())?, bytes(key.e.as_ref())?);
    let zeros = n.iter().take_while(|b| **b == 0).count();
    let size = n.len() - zeros;
    let fits = (limits::RSA_BYTES_MIN..=limits::RSA_BYTES_MAX).contains(&size);
    fits.then(|| DecodingKey::from_rsa_raw_components(&n, &e))
}

fn p256(key: &PublishedKey) -> Option<DecodingKey> {
    let (x, y) = (bytes(key.x.as_ref())?, bytes(key.y.as_ref())?);
    if x.len() != 32 || y.len() != 32 {
        return None;
    }
    let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
    Some(DecodingKey::from_ec_der(&point))
}

/// The length is checked here: the verifier would panic on a shorter key.
fn ed25519(key: &PublishedKey) -> Option<DecodingKey> {
    let x = bytes(key.x.as_ref())?;
    (x.len() == 32).then(|| DecodingKey::from_ed_der(&x))
}
