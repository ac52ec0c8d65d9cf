//! Method, path and query -> what is wanted.

use http::Method;

use crate::error::{Error, Result};
use crate::limits;
use crate::model::dataset::{DatasetId, VersionId};
use crate::model::link::{self, Parsed};
use crate::model::names::nearest;
use crate::model::query::Version;

/// What a request wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Route {
    /// The MCP endpoint, any method.
    Mcp,
    /// A link to an answer.
    Answer(Box<AnswerRoute>),
    /// A preflight of a link.
    Preflight,
    /// The page.
    Home,
    /// A file of the page.
    Asset(String),
    /// Liveness.
    Health,
    /// Readiness.
    Ready,
    /// The protected resource's metadata.
    ResourceMetadata,
}

/// A link to an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerRoute {
    /// The dataset.
    pub dataset: DatasetId,
    /// The version, or the latest.
    pub version: Version,
    /// The format.
    pub format: Format,
    /// What is asked.
    pub parsed: Parsed,
}

/// A format of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON with the receipt.
    Json,
    /// CSV for sheets.
    Csv,
    /// A chart.
    Svg,
}

impl Format {
    const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Svg];

    /// Its file extension.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Svg => "svg",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// A refused route: which methods would be taken, where the method is what is wrong.
#[derive(Debug)]
pub struct Refused {
    /// Why.
    pub error: Error,
    /// The value of `Allow`, with which the status is 405.
    pub allow: Option<&'static str>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { error, allow: None }
    }
}

/// Reads a request line.
///
/// # Errors
/// `NotFound` for an unknown path, `Invalid` for wrong parts of a link or a method that the path does not take.
pub fn route(method: &Method, path: &str, query: &str) -> Result<Route, Refused> {
    if path.len() + query.len() > limits::REQUEST_TARGET_BYTES_MAX {
        let max = limits::REQUEST_TARGET_BYTES_MAX;
        return Err(Error::invalid(format!(
            "a request's path and query have at most {max} bytes"
        ))
        .into());
    }
    if path == "/mcp" {
        return Ok(Route::Mcp);
    }
    let linked = path.strip_prefix("/v/");
    if linked.is_some() && method == Method::OPTIONS {
        return Ok(Route::Preflight);
    }
    let found = match path {
        "/" => Route::Home,
        "/health" => Route::Health,
        "/ready" => Route::Ready,
        "/.well-known/oauth-protected-resource" | "/.well-known/oauth-protected-resource/mcp" => {
            Route::ResourceMetadata
        }
        _ => match (path.strip_prefix("/static/"), linked) {
            (Some(name), _) => Route::Asset(name.to_owned()),
            (_, Some(rest)) => Route::Answer(Box::new(answer(rest, query)?)),
            _ => return Err(unknown(path).into()),
        },
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        let allow = if linked.is_some() {
            "GET, HEAD, OPTIONS"
        } else {
            "GET, HEAD"
        };
        let error = Error::invalid(format!("this path takes {allow}, not {method}"));
        return Err(Refused {
            error,
            allow: Some(allow),
        });
    }
    Ok(found)
}

fn unknown(path: &str) -> Error {
    let known = ["/", "/mcp", "/health", "/ready", "/v/"];
    let near = nearest(path, known.into_iter().filter(|k| k.len() > 1));
    Error::not_found("there is nothing at this path").with_suggestions(near)
}

fn answer(rest: &str, query: &str) -> Result<AnswerRoute> {
    let mut parts = rest.split('/');
    let (Some(dataset), Some(version), Some(file), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Error::not_found(
            "a link to an answer is /v/{dataset}/{version}/{answer}.{format}, with \"latest\" or 16 hex digits for the version",
        ));
    };
    let dataset = DatasetId::new(dataset)?;
    let version = if version == "latest" {
        Version::Latest
    } else {
        Version::Pinned(VersionId::new(version)?)
    };
    let (name, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    let format = Format::ALL
        .into_iter()
        .find(|f| f.extension() == extension)
        .ok_or_else(|| {
            Error::not_found(format!(
                "an answer comes as {name}.json, {name}.csv or {name}.svg, not as {file:?}"
            ))
        })?;
    Ok(AnswerRoute {
        dataset,
        version,
        format,
        parsed: link::parse(name, query)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn nothing_climbs_out_of_a_dataset() {
        for path in [
            "/v/../latest/top.json",
            "/v/%2e%2e/latest/top.json",
            "/v/demo/../top.json",
            "/v/demo/latest/../../x.json",
            "/v/demo/0123456789abcdeg/top.json",
            "/v/DEMO/latest/top.json",
            "/v/demo//top.json",
            "/v/demo/latest/top.exe",
            "/static",
        ] {
            let refused = route(&Method::GET, path, "").expect_err(path);
            assert!(
                matches!(
                    refused.error.kind(),
                    ErrorKind::Invalid | ErrorKind::NotFound
                ),
                "{path}"
            );
        }
        assert!(route(&Method::GET, "/v/demo/latest/top.json", "n=3").is_ok());
    }

    #[test]
    fn wrong_methods_name_the_right_ones() {
        assert_eq!(
            route(&Method::POST, "/health", "").expect_err("post").allow,
            Some("GET, HEAD")
        );
        assert_eq!(
            route(&Method::DELETE, "/v/demo/latest/top.json", "")
                .expect_err("delete")
                .allow,
            Some("GET, HEAD, OPTIONS")
        );
        assert_eq!(
            route(&Method::OPTIONS, "/v/demo/latest/top.json", "").expect("preflight"),
            Route::Preflight
        );
    }
}
