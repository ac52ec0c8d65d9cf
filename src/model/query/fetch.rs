//! One thing that a search found.

use super::{Ask, Filters};
use crate::error::Result;
use crate::limits;
use crate::model::arguments::{Arguments, Pairs};
use crate::model::parameter::{Kind, Parameter};

/// Fetches what an id of a search names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchQuery {
    /// The id: `product:SKU-0271`, `measure:revenue`, `doc:returns-policy#2`.
    pub id: String,
}

impl Ask for FetchQuery {
    const ANSWER: &'static str = "fetch";
    const TOOL: &'static str = "fetch";
    const PARAMETERS: &'static [Parameter] = &[Parameter {
        name: "id",
        kind: Kind::Needed {
            chars_max: limits::FETCH_ID_CHARS_MAX,
        },
        about: "",
    }];

    fn read(arguments: &mut Arguments) -> Result<Self> {
        let id = arguments.needed("id", limits::FETCH_ID_CHARS_MAX)?;
        Ok(Self { id })
    }

    fn write(&self, pairs: &mut Pairs) {
        // Ids may differ in case alone, so it is kept.
        pairs.put("id", &self.id);
    }

    fn filters(&self) -> Option<&Filters> {
        None
    }

    fn filters_mut(&mut self) -> Option<&mut Filters> {
        None
    }
}
