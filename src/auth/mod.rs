//! Who asks, and what they may see: credential + keys + now -> [`Principal`], question + principal ->
//! [`Authorized`] question, the only kind that is planned. The clock is a value, keys are handed in, nothing is fetched.

mod api_key;
mod authorized;
mod credential;
mod discovery;
mod host;
mod key_set;
mod refusal;
mod signature;
mod token;

pub use authorized::{Authorized, authorize};
pub use credential::{Credential, credential};
pub use discovery::{METADATA_PATH, challenge, resource_metadata};
pub use host::check_host;
pub use key_set::KeySet;

use crate::config::Config;
use crate::error::Result;
use crate::model::dataset::Timestamp;
use crate::model::principal::Principal;

/// Proves who asks. Without a credential that is anybody; with one that is not accepted it is nobody: a wrong
/// credential never falls back to anonymous.
///
/// # Errors
/// `Unauthenticated` for a key or token that is not accepted.
pub fn authenticate(
    credential: Option<&Credential>,
    keys: &KeySet,
    config: &Config,
    now: Timestamp,
) -> Result<Principal> {
    use credential::Kind;
    let Some(Credential(kind)) = credential else {
        return Ok(Principal::anonymous());
    };
    match kind {
        Kind::Local => Ok(Principal::local()),
        Kind::ApiKey(key) => {
            api_key::find(key, &config.api_keys).ok_or_else(refusal::unknown_api_key)
        }
        Kind::Bearer(text) => match api_key::find(text, &config.api_keys) {
            Some(principal) => Ok(principal),
            None => token::check(text, keys, config.jwt.as_ref(), now),
        },
    }
}

/// Whether the credential is a token that names a key which is not in the set: a reason for the host to fetch the set
/// again, at most every [`crate::limits::JWKS_REFETCH_S`].
#[must_use]
pub fn names_unknown_key(credential: Option<&Credential>, keys: &KeySet) -> bool {
    match credential {
        Some(Credential(credential::Kind::Bearer(text))) => token::names_unknown_key(text, keys),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
