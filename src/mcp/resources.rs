//! Resources: what the data are, at addresses that a client can attach to a conversation.

use percent_encoding::percent_decode_str;
use rmcp::model::{
    CacheScope, ErrorData, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
};
use rmcp::transport::common::http_header::JSON_MIME_TYPE;
use serde_json::{Value, json};

use super::arguments::shortened;
use super::{McpConfig, app};
use crate::limits;
use crate::model::dataset::DatasetId;
use crate::model::query::{DescribeQuery, Detail, FetchQuery, Query, Question, Version};

/// The template that lists a dimension's values.
pub(super) const DIMENSION_TEMPLATE: &str = "sales://{dataset}/dimension/{name}{?contains,offset}";
/// The template of whatever a search finds: passages of documents, products, places, measures.
pub(super) const TEXT_TEMPLATE: &str = "sales://{dataset}/text/{id}";

const MARKDOWN_MIME_TYPE: &str = "text/markdown";

/// The resources of the default dataset, and the app.
pub(super) fn list(config: &McpConfig) -> Vec<Resource> {
    let dataset = &config.default_dataset;
    let json = |path: &str, title: &str, about: &str| {
        Resource::new(format!("sales://{dataset}/{path}"), path)
            .with_title(title)
            .with_description(about)
            .with_mime_type(JSON_MIME_TYPE)
    };
    vec![
        app::resource(),
        json(
            "quality",
            "Data quality",
            "What the source was like: rows read and refused, gaps, notes",
        ),
        json(
            "schema",
            "Data schema",
            "Measures with units, dimensions, days covered",
        ),
        json(
            "version",
            "Data version",
            "The version that is current, up to which day its data go, and its links",
        ),
    ]
}

/// The resources that have parameters.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(DIMENSION_TEMPLATE, "dimension")
            .with_title("Values of a dimension")
            .with_description("Names and ids, such as all operations or products")
            .with_mime_type(JSON_MIME_TYPE),
        ResourceTemplate::new(TEXT_TEMPLATE, "text")
            .with_title("Something that search found")
            .with_description(
                "A passage of the owner's documents, or the figures of a product or place, by the id that search gives",
            )
            .with_mime_type(MARKDOWN_MIME_TYPE),
    ]
}

/// What a resource's address asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    dataset: DatasetId,
    part: Part,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Schema,
    Quality,
    Version,
    Dimension {
        name: String,
        contains: Option<String>,
        offset: u32,
    },
    Text(String),
}

impl Wanted {
    /// Reads an address beneath `sales://{dataset}/`.
    pub(super) fn parse(uri: &str) -> Result<Self, ErrorData> {
        Self::of(uri).ok_or_else(|| {
            ErrorData::resource_not_found(
                format!(
                    "there is no resource {:?}: there are {}, and sales://{{dataset}}/schema, /quality, /version, /dimension/{{name}} and /text/{{id}}",
                    shortened(uri),
                    app::URI
                ),
                Some(json!({"uri": uri})),
            )
        })
    }

    fn of(uri: &str) -> Option<Self> {
        let (dataset, path) = uri.strip_prefix("sales://")?.split_once('/')?;
        let dataset = DatasetId::new(dataset).ok()?;
        let part = match path.split_once('/') {
            None if path == "schema" => Part::Schema,
            None if path == "quality" => Part::Quality,
            None if path == "version" => Part::Version,
            Some(("dimension", rest)) => dimension(rest)?,
            Some(("text", id)) => Part::Text(decoded(id, limits::FETCH_ID_CHARS_MAX)?),
            _ => return None,
        };
        Some(Self { dataset, part })
    }

    /// The question behind it.
    pub(super) fn question(&self) -> Question {
        let query = match &self.part {
            Part::Text(id) => Query::Fetch(FetchQuery { id: id.clone() }),
            Part::Dimension {
                name,
                contains,
                offset,
            } => Query::Describe(DescribeQuery {
                dimension: Some(name.clone()),
                contains: contains.clone(),
                limit: limits::ROWS_MAX,
                offset: *offset,
                since: None,
            }),
            Part::Schema | Part::Quality | Part::Version => Query::Describe(DescribeQuery {
                dimension: None,
                contains: None,
                limit: limits::DESCRIBE_VALUES_DEFAULT,
                offset: 0,
                since: None,
            }),
        };
        Question {
            dataset: self.dataset.clone(),
            version: Version::Latest,
            detail: Detail::default(),
            explain: false,
            query,
        }
    }

    /// The part of the answer that it is about, with the receipt.
    pub(super) fn contents(&self, uri: &str, answer: Value) -> ReadResourceResult {
        let keys: &[&str] = match self.part {
            Part::Schema => &["grain", "days", "measures", "dimensions", "receipt"],
            Part::Quality => &["quality", "days", "receipt"],
            Part::Version => &["days", "receipt"],
            Part::Dimension { .. } => &["values", "receipt"],
            Part::Text(_) => &["text"],
        };
        let mut part: serde_json::Map<String, Value> = match answer {
            Value::Object(map) => map
                .into_iter()
                .filter(|(key, _)| keys.contains(&key.as_str()))
                .collect(),
            _ => serde_json::Map::new(),
        };
        let (text, mime) = match (&self.part, part.remove("text")) {
            (Part::Text(_), Some(Value::String(text))) => (text, MARKDOWN_MIME_TYPE),
            _ => (Value::Object(part).to_string(), JSON_MIME_TYPE),
        };
        let contents = ResourceContents::text(text, uri).with_mime_type(mime);
        // Who asks may decide what there is to see.
        ReadResourceResult::new(vec![contents])
            .with_ttl_ms(u64::from(limits::LATEST_TTL_S) * 1000)
            .with_cache_scope(CacheScope::Private)
    }
}

/// Reads `{name}{?contains,offset}`.
fn dimension(rest: &str) -> Option<Part> {
    let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
    if name.contains('/') {
        return None;
    }
    let (mut contains, mut offset) = (None, 0);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=')? {
            ("contains", "") => {}
            ("contains", text) => contains = Some(decoded(text, limits::NAME_CHARS_MAX)?),
            ("offset", number) => offset = number.parse().ok()?,
            _ => return None,
        }
    }
    Some(Part::Dimension {
        name: decoded(name, limits::NAME_CHARS_MAX)?,
        contains,
        offset,
    })
}

fn decoded(text: &str, chars_max: usize) -> Option<String> {
    let text = percent_decode_str(text).decode_utf8().ok()?.into_owned();
    (!text.trim().is_empty() && text.chars().count() <= chars_max).then_some(text)
}
