//! AWS Signature Version 4 in headers, for reads.

use std::fmt;

use crate::config::S3Key;

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
