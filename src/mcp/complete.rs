//! Completion: names from the data while someone types an argument.

use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, ErrorData, Reference};
use serde_json::Value;

use super::resources::DIMENSION_TEMPLATE;
use super::{arguments, prompts};
use crate::limits;
use crate::model::dataset::DatasetId;
use crate::model::query::{DescribeQuery, Detail, Query, Question, Version};

/// What is being typed.
#[derive(Debug)]
pub(super) struct Wanted {
    dataset: DatasetId,
    typed: String,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The dataset of a resource.
    Dataset,
    /// The dimension of a resource.
    Dimension,
    /// An operation's name.
    Operation,
}

/// Finds out what is being typed.
pub(super) fn wanted(
    request: &CompleteRequestParams,
    default_dataset: &DatasetId,
) -> Result<Wanted, ErrorData> {
    let argument = request.argument.name.as_str();
    let what = match (&request.r#ref, argument) {
        (Reference::Resource(resource), "name") if resource.uri == DIMENSION_TEMPLATE => {
            What::Dimension
        }
        (Reference::Resource(resource), "dataset") if resource.uri == DIMENSION_TEMPLATE => {
            What::Dataset
        }
        (Reference::Prompt(prompt), "operation") if prompts::exists(&prompt.name) => {
            What::Operation
        }
        _ => {
            return Err(ErrorData::invalid_params(
                format!(
                    "nothing is known to complete for the argument {:?} of this reference",
                    arguments::shortened(argument)
                ),
                None,
            ));
        }
    };
    let chosen = request
        .context
        .as_ref()
        .and_then(|context| context.get_argument("dataset"))
        .and_then(|name| DatasetId::new(name.as_str()).ok());
    Ok(Wanted {
        dataset: chosen.unwrap_or_else(|| default_dataset.clone()),
        typed: request
            .argument
            .value
            .chars()
            .take(limits::NAME_CHARS_MAX)
            .collect(),
        what,
    })
}

impl Wanted {
    /// The question behind it, if the data have to be asked.
    pub(super) fn question(&self) -> Option<Question> {
        let (dimension, contains) = match self.what {
            What::Dataset => return None,
            What::Dimension => (None, None),
            What::Operation => (
                Some("operation".to_owned()),
                Some(self.typed.trim().to_owned()).filter(|t| !t.is_empty()),
            ),
        };
        Some(Question {
            dataset: self.dataset.clone(),
            version: Version::Latest,
            detail: Detail::default(),
            explain: false,
            query: Query::Describe(DescribeQuery {
                dimension,
                contains,
                limit: limits::COMPLETIONS_MAX,
                offset: 0,
            }),
        })
    }

    /// The names that fit, out of the answer.
    pub(super) fn result(&self, answer: Option<&Value>) -> CompleteResult {
        let names = |path: &str| -> Vec<String> {
            answer
                .and_then(|answer| answer.pointer(path)?.as_array())
                .into_iter()
                .flatten()
                .filter_map(|row| Some(row.get("name")?.as_str()?.to_owned()))
                .collect()
        };
        let typed = self.typed.trim().to_lowercase();
        let fits = |name: &String| name.to_lowercase().contains(&typed);
        let mut values = match self.what {
            What::Dataset => vec![self.dataset.to_string()],
            What::Dimension => names("/dimensions"),
            What::Operation => names("/values/rows"),
        };
        values.retain(fits);
        values.truncate(CompletionInfo::MAX_VALUES);
        let found = u32::try_from(values.len()).unwrap_or(u32::MAX);
        let total = match self.what {
            What::Operation => answer
                .and_then(|answer| answer.pointer("/receipt/rows_total")?.as_u64())
                .and_then(|total| u32::try_from(total).ok())
                .unwrap_or(found),
            _ => found,
        };
        let mut completion = CompletionInfo::default();
        completion.values = values;
        completion.total = Some(total);
        completion.has_more = Some(total > found);
        CompleteResult::new(completion)
    }
}
