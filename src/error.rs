//! One error for the whole house: a kind that decides status and retry, and a message that says what to change.

use std::fmt;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as far as a caller has to tell cases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request or the input is wrong; the message says what to change.
    Invalid,
    /// The series cannot be forecast (too short, say).
    Unforecastable,
    /// The question would read or compute more than one request may.
    OverBudget,
    /// No credential, or one that is not accepted.
    Unauthenticated,
    /// The credential is good, but not for this.
    Forbidden,
    /// No such dataset, version, name or route.
    NotFound,
    /// A version that was pruned; the message names the current one.
    Gone,
    /// Too many requests; retry after the named wait.
    RateLimited,
    /// An object changed while it was being read; retried once.
    Stale,
    /// Storage or the identity provider did not answer properly.
    Upstream,
    /// Stored bytes are not what the manifest says they are.
    Corrupt,
    /// A defect of Nearcast itself.
    Internal,
}

impl ErrorKind {
    /// The HTTP status of an answer that failed like this.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unforecastable | Self::OverBudget => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Gone => 410,
            Self::RateLimited => 429,
            Self::Stale => 503,
            Self::Upstream => 502,
            Self::Corrupt | Self::Internal => 500,
        }
    }

    /// A stable name: the last part of the problem type, and the outcome in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unforecastable => "unforecastable",
            Self::OverBudget => "over-budget",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Gone => "gone",
            Self::RateLimited => "rate-limited",
            Self::Stale => "stale",
            Self::Upstream => "upstream",
            Self::Corrupt => "corrupt",
            Self::Internal => "internal",
        }
    }

    /// Whether the person who asked can mend it by asking differently.
    #[must_use]
    pub const fn is_users(self) -> bool {
        matches!(
            self,
            Self::Invalid
                | Self::Unforecastable
                | Self::OverBudget
                | Self::NotFound
                | Self::Gone
                | Self::Stale
        )
    }
}

/// An error with its kind, a message (lowercase, no full stop, says what to do), and where it came from.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    suggestions: Vec<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(message: impl Into<String>) -> Self {
            Self::new(ErrorKind::$kind, message)
        })*
    };
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            suggestions: Vec::new(),
            source: None,
        }
    }

    constructors! {
        /// [`ErrorKind::Invalid`].
        invalid => Invalid,
        /// [`ErrorKind::Unforecastable`].
        unforecastable => Unforecastable,
        /// [`ErrorKind::OverBudget`].
        over_budget => OverBudget,
        /// [`ErrorKind::Unauthenticated`].
        unauthenticated => Unauthenticated,
        /// [`ErrorKind::Forbidden`].
        forbidden => Forbidden,
        /// [`ErrorKind::NotFound`].
        not_found => NotFound,
        /// [`ErrorKind::Gone`].
        gone => Gone,
        /// [`ErrorKind::Stale`].
        stale => Stale,
        /// [`ErrorKind::Upstream`].
        upstream => Upstream,
        /// [`ErrorKind::Corrupt`].
        corrupt => Corrupt,
        /// [`ErrorKind::Internal`].
        internal => Internal,
    }

    /// Names what was probably meant.
    #[must_use]
    pub fn with_suggestions(mut self, suggestions: Vec<String>) -> Self {
        self.suggestions = suggestions;
        self
    }

    /// Keeps the cause.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says in front of the message what was being done.
    #[must_use]
    pub fn context(mut self, doing: impl fmt::Display) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What happened and what to do.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What was probably meant, nearest first.
    #[must_use]
    pub fn suggestions(&self) -> &[String] {
        &self.suggestions
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let [first, rest @ ..] = self.suggestions.as_slice() {
            write!(f, "; did you mean {first:?}")?;
            for (i, s) in rest.iter().enumerate() {
                let joint = if i + 1 == rest.len() { " or" } else { "," };
                write!(f, "{joint} {s:?}")?;
            }
            f.write_str("?")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source
            .as_ref()
            .map(|s| &**s as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_read_like_a_sentence() {
        let error = Error::not_found("no operation \"dalas\"")
            .with_suggestions(vec!["Dallas".into(), "Dallas North".into()]);
        assert_eq!(
            error.to_string(),
            "no operation \"dalas\"; did you mean \"Dallas\" or \"Dallas North\"?"
        );
    }
}
