//! What there is on a subject.

use super::{Ask, Filters};
use crate::error::Result;
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::names::fold;
use crate::model::parameter::{Kind, Parameter};

/// Looks for products, places, measures, standing questions and passages of the owner's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    /// What is looked for, in words.
    pub query: String,
    /// At most this many results.
    pub limit: u32,
}

impl Ask for SearchQuery {
    const ANSWER: &'static str = "search";
    const TOOL: &'static str = "search";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter {
            name: "query",
            kind: Kind::Needed {
                chars_max: limits::SEARCH_QUERY_CHARS_MAX,
            },
            about: "",
        },
        Parameter {
            name: "limit",
            kind: Kind::Whole {
                min: 1,
                max: limits::SEARCH_RESULTS_MAX,
                default: limits::SEARCH_RESULTS_DEFAULT,
            },
            about: "",
        },
    ];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        let query = arguments.needed("query", limits::SEARCH_QUERY_CHARS_MAX)?;
        let words: Vec<&str> = query.split_whitespace().collect();
        Ok(Self {
            query: words.join(" "),
            limit: arguments.whole(
                "limit",
                limits::SEARCH_RESULTS_DEFAULT,
                1..=limits::SEARCH_RESULTS_MAX,
            )?,
        })
    }

    fn write(&self, pairs: &mut Pairs) {
        pairs.put("query", &fold(&self.query));
        pairs.unless("limit", &self.limit, &limits::SEARCH_RESULTS_DEFAULT);
    }

    fn filters(&self) -> Option<&Filters> {
        None
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        None
    }
}
