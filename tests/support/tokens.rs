//! Tokens signed with the TEST ONLY keys of `tests/auth/keys`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// The issuer of test tokens.
pub const ISSUER: &str = "https://login.test";
/// The audience of test tokens.
pub const AUDIENCE: &str = "https://nearcast.test/mcp";
/// The secret of HS256 test tokens.
pub const SECRET: &str = "a secret for tests only, 32 bytes or more";
/// The public halves of the keys.
pub const JWKS: &str = include_str!("../auth/keys/jwks.json");
/// The instant at which [`claims`] are valid.
pub const NOW: i64 = 1_800_000_000;

/// Which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// HS256 with [`SECRET`].
    Secret,
    /// RS256, in the set as `test-rsa`.
    Rsa,
    /// ES256, in the set as `test-p256`.
    P256,
    /// `EdDSA`, in the set as `test-ed25519`.
    Ed25519,
    /// ES256 with a key that claims to be `test-p256` and is not.
    Stranger,
}

impl Signer {
    /// Every key that is trusted.
    pub const TRUSTED: [Self; 4] = [Self::Secret, Self::Rsa, Self::P256, Self::Ed25519];

    /// The header of its tokens.
    #[must_use]
    pub fn header(self) -> Header {
        let (algorithm, id) = match self {
            Self::Secret => (Algorithm::HS256, None),
            Self::Rsa => (Algorithm::RS256, Some("test-rsa")),
            Self::P256 | Self::Stranger => (Algorithm::ES256, Some("test-p256")),
            Self::Ed25519 => (Algorithm::EdDSA, Some("test-ed25519")),
        };
        let mut header = Header::new(algorithm);
        header.kid = id.map(str::to_owned);
        header
    }

    fn key(self) -> EncodingKey {
        let key = match self {
            Self::Secret => Ok(EncodingKey::from_secret(SECRET.as_bytes())),
            Self::Rsa => {
                EncodingKey::from_rsa_pem(include_bytes!("../auth/keys/TEST-ONLY-rsa.private.pem"))
            }
            Self::P256 => {
                EncodingKey::from_ec_pem(include_bytes!("../auth/keys/TEST-ONLY-p256.private.pem"))
            }
            Self::Stranger => EncodingKey::from_ec_pem(include_bytes!(
                "../auth/keys/TEST-ONLY-p256-stranger.private.pem"
            )),
            Self::Ed25519 => EncodingKey::from_ed_pem(include_bytes!(
                "../auth/keys/TEST-ONLY-ed25519.private.pem"
            )),
        };
        key.expect("the committed keys are readable")
    }

    /// Signs claims.
    #[must_use]
    pub fn sign(self, claims: &Value) -> String {
        self.sign_with(&self.header(), claims)
    }

    /// Signs claims under another header; its algorithm must suit the key.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    pub fn sign_with(self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key())
    }
}

/// Signs claims with the crate's own signers, whatever checks signatures in this process.
///
/// # Panics
/// If the header's algorithm does not suit the key.
#[must_use]
pub fn encode(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    let header_json = serde_json::to_string(header).expect("a header is plain JSON");
    let parts = [header_json, claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
    let message = parts.join(".");
    let signer = (DEFAULT_PROVIDER.signer_factory)(&header.alg, key).expect("a key that suits");
    let signature = signer.try_sign(message.as_bytes()).expect("it signs");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Claims that are accepted from a minute before `now` to an hour after it.
#[must_use]
pub fn claims(now: i64) -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ann",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
    })
}

/// The settings under which these tokens are accepted; the URL of the key set is the host's to add.
#[must_use]
pub fn settings() -> Vec<(String, String)> {
    [
        ("NEARCAST_PUBLIC_URL", "https://nearcast.test"),
        ("NEARCAST_JWT_ISSUER", ISSUER),
        ("NEARCAST_JWT_AUDIENCE", AUDIENCE),
        ("NEARCAST_JWT_SECRET", SECRET),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}
