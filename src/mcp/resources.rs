//! Resources: what the data are, at addresses that a client can attach to a conversation.

use rmcp::model::{
    CacheScope, ErrorData, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
};
use rmcp::transport::common::http_header::JSON_MIME_TYPE;
use serde_json::{Value, json};

use super::McpConfig;
use super::arguments::shortened;
use crate::limits;
use crate::model::dataset::DatasetId;
use crate::model::query::{DescribeQuery, Detail, Query, Question, Version};

/// The template that lists a dimension's values.
pub(super) const DIMENSION_TEMPLATE: &str = "sales://{dataset}/dimension/{name}";

/// The resources of the default dataset.
pub(super) fn list(config: &McpConfig) -> Vec<Resource> {
    let dataset = &config.default_dataset;
    vec![
        Resource::new(format!("sales://{dataset}/quality"), "quality")
            .with_title("Data quality")
            .with_description("What the source was like: rows read and refused, gaps, notes")
            .with_mime_type(JSON_MIME_TYPE),
        Resource::new(format!("sales://{dataset}/schema"), "schema")
            .with_title("Data schema")
            .with_description("Measures with units, dimensions, days covered")
            .with_mime_type(JSON_MIME_TYPE),
    ]
}

/// The resources that have parameters.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new(DIMENSION_TEMPLATE, "dimension")
            .with_title("Values of a dimension")
            .with_description("Names and ids, such as all operations or products")
            .with_mime_type(JSON_MIME_TYPE),
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
    Dimension(String),
}

impl Wanted {
    /// Reads `sales://{dataset}/schema`, `/quality` or `/dimension/{name}`.
    pub(super) fn parse(uri: &str) -> Result<Self, ErrorData> {
        Self::of(uri).ok_or_else(|| {
            ErrorData::resource_not_found(
                format!(
                    "there is no resource {:?}: there are sales://{{dataset}}/schema, /quality and /dimension/{{name}}",
                    shortened(uri)
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
            Some(("dimension", name)) if !name.is_empty() && !name.contains('/') => {
                let name = percent_encoding::percent_decode_str(name)
                    .decode_utf8()
                    .ok()?;
                Part::Dimension(name.into_owned())
            }
            _ => return None,
        };
        Some(Self { dataset, part })
    }

    /// The question behind it.
    pub(super) fn question(&self) -> Question {
        let (dimension, limit) = match &self.part {
            Part::Dimension(name) => (Some(name.clone()), limits::ROWS_MAX),
            _ => (None, limits::DESCRIBE_VALUES_DEFAULT),
        };
        Question {
            dataset: self.dataset.clone(),
            version: Version::Latest,
            detail: Detail::default(),
            explain: false,
            query: Query::Describe(DescribeQuery {
                dimension,
                contains: None,
                limit,
                offset: 0,
            }),
        }
    }

    /// The part of the answer that it is about, with the receipt.
    pub(super) fn contents(&self, uri: &str, answer: Value) -> ReadResourceResult {
        let keys: &[&str] = match self.part {
            Part::Schema => &["grain", "days", "measures", "dimensions", "receipt"],
            Part::Quality => &["quality", "days", "receipt"],
            Part::Dimension(_) => &["values", "receipt"],
        };
        let part: serde_json::Map<String, Value> = match answer {
            Value::Object(map) => map
                .into_iter()
                .filter(|(key, _)| keys.contains(&key.as_str()))
                .collect(),
            _ => serde_json::Map::new(),
        };
        let text = Value::Object(part).to_string();
        let contents = ResourceContents::text(text, uri).with_mime_type(JSON_MIME_TYPE);
        // Who asks may decide what there is to see.
        ReadResourceResult::new(vec![contents])
            .with_ttl_ms(u64::from(limits::LATEST_TTL_S) * 1000)
            .with_cache_scope(CacheScope::Private)
    }
}
