//! Why a credential is refused. The marks travel as the error's source, so that the challenge can tell a wrong
//! credential from a missing one; messages never repeat any part of the credential.

use std::fmt;

use crate::error::{Error, ErrorKind};

/// A credential came, and is not accepted.
#[derive(Debug)]
pub(super) struct NotAccepted;

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the credential is not accepted")
    }
}

impl std::error::Error for NotAccepted {}

/// `Unauthenticated`, since what came is not accepted.
pub(super) fn refuse(message: impl Into<String>) -> Error {
    Error::unauthenticated(message).with_source(NotAccepted)
}

/// The same words for every wrong key.
pub(super) fn unknown_api_key() -> Error {
    refuse(
        "this API key is not known here: check it for missing characters, or ask the owner for a new one",
    )
}

/// Whether an error says that what came is not accepted.
pub(super) fn is_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::Unauthenticated
        && std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<NotAccepted>)
}
