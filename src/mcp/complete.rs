//! Completion: names from the data, and words that are understood, while someone types an argument.

use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, ErrorData, Reference};
use serde_json::Value;

use super::arguments;
use super::prompts::{self, Source};
use super::resources::{DIMENSION_TEMPLATE, TEXT_TEMPLATE};
use crate::limits;
use crate::model::dataset::DatasetId;
use crate::model::names::plain;
use crate::model::query::{DescribeQuery, Detail, Query, Question, SearchQuery, Version};

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
    /// A dimension's name.
    Dimension,
    /// A measure's name.
    Measure,
    /// A value of this dimension.
    Value(String),
    /// The id of what a search for the typed words finds.
    Found,
    /// One of these.
    Words(&'static [&'static str]),
}

/// Finds out what is being typed.
pub(super) fn wanted(
    request: &CompleteRequestParams,
    default_dataset: &DatasetId,
) -> Result<Wanted, ErrorData> {
    let argument = request.argument.name.as_str();
    let chosen = |name: &str| {
        let context = request.context.as_ref();
        context.and_then(|context| context.get_argument(name))
    };
    let what = match &request.r#ref {
        Reference::Resource(resource) => match (resource.uri.as_str(), argument) {
            (DIMENSION_TEMPLATE | TEXT_TEMPLATE, "dataset") => Some(What::Dataset),
            (DIMENSION_TEMPLATE, "name") => Some(What::Dimension),
            (DIMENSION_TEMPLATE, "contains") => {
                chosen("name").map(|name| What::Value(name.clone()))
            }
            (TEXT_TEMPLATE, "id") => Some(What::Found),
            _ => None,
        },
        Reference::Prompt(prompt) => {
            prompts::source(&prompt.name, argument).map(|source| match source {
                Source::Dimension(name) => What::Value(name.to_owned()),
                Source::Measures => What::Measure,
                Source::Words(words) => What::Words(words),
            })
        }
        _ => None,
    };
    let Some(what) = what else {
        return Err(ErrorData::invalid_params(
            format!(
                "nothing is known to complete for the argument {:?} of this reference",
                arguments::shortened(argument)
            ),
            None,
        ));
    };
    let dataset = chosen("dataset").and_then(|name| DatasetId::new(name.as_str()).ok());
    let typed = request.argument.value.trim();
    Ok(Wanted {
        dataset: dataset.unwrap_or_else(|| default_dataset.clone()),
        typed: typed.chars().take(limits::NAME_CHARS_MAX).collect(),
        what,
    })
}

impl Wanted {
    /// The question behind it, if the data have to be asked.
    pub(super) fn question(&self) -> Option<Question> {
        let typed = Some(self.typed.clone()).filter(|typed| !typed.is_empty());
        let (dimension, contains) = match &self.what {
            What::Dataset | What::Words(_) => return None,
            What::Found => {
                let query = Query::Search(SearchQuery {
                    query: typed?,
                    limit: limits::COMPLETIONS_MAX.min(limits::SEARCH_RESULTS_MAX),
                });
                return Some(self.asks(query));
            }
            What::Dimension | What::Measure => (None, None),
            What::Value(dimension) => (Some(dimension.clone()), typed),
        };
        Some(self.asks(Query::Describe(DescribeQuery {
            dimension,
            contains,
            limit: limits::COMPLETIONS_MAX,
            offset: 0,
            since: None,
        })))
    }

    fn asks(&self, query: Query) -> Question {
        Question {
            dataset: self.dataset.clone(),
            version: Version::Latest,
            detail: Detail::default(),
            explain: false,
            query,
        }
    }

    /// The names that fit, out of the answer: those that begin with what was typed come first.
    pub(super) fn result(&self, answer: Option<&Value>) -> CompleteResult {
        let texts = |path: &str, key: &str| -> Vec<String> {
            let rows = answer.and_then(|answer| answer.pointer(path)?.as_array());
            let rows = rows.into_iter().flatten();
            rows.filter_map(|row| Some(row.get(key)?.as_str()?.to_owned()))
                .collect()
        };
        let mut values = match self.what {
            What::Dataset => vec![self.dataset.to_string()],
            What::Dimension => texts("/dimensions", "name"),
            What::Measure => texts("/measures", "name"),
            What::Value(_) => texts("/values/rows", "name"),
            What::Found => texts("/results", "id"),
            What::Words(words) => words.iter().map(|&word| word.to_owned()).collect(),
        };
        let typed = plain(&self.typed);
        match self.what {
            // Found by its words, which need not be in its id; the best comes first.
            What::Found => {}
            // The data were asked for what was typed: it may stand in the id instead.
            What::Value(_) => values.sort_by_key(|name| !plain(name).starts_with(&typed)),
            _ => {
                values.retain(|name| plain(name).contains(&typed));
                values.sort_by_key(|name| !plain(name).starts_with(&typed));
            }
        }
        values.truncate(CompletionInfo::MAX_VALUES);
        let shown = u32::try_from(values.len()).unwrap_or(u32::MAX);
        let total = match self.what {
            What::Value(_) => answer
                .and_then(|answer| answer.pointer("/receipt/rows_total")?.as_u64())
                .and_then(|total| u32::try_from(total).ok())
                .unwrap_or(shown),
            _ => shown,
        };
        let mut completion = CompletionInfo::default();
        completion.values = values;
        completion.total = Some(total);
        completion.has_more = Some(total > shown);
        CompleteResult::new(completion)
    }
}
