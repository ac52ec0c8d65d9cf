//! What questions take: one vocabulary for links, tools and the command line.

use super::query::Detail;

/// An argument of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What belongs there.
    pub kind: Kind,
    /// What it means, in few words, where its name does not say it.
    pub about: &'static str,
}

/// What belongs into an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Text without which there is no question. A tool that needs one takes nothing else, since clients that know it by its
    /// name call it with just that.
    Needed {
        /// The longest that is taken, characters.
        chars_max: usize,
    },
    /// Texts; with commas between them where there are no lists.
    Texts,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number.
    Whole {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
        /// What is meant if nothing is given.
        default: u32,
    },
    /// Whole numbers; with commas between them where there are no lists.
    Wholes {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// True or false.
    Flag {
        /// What is meant if nothing is given.
        default: bool,
    },
    /// For each dimension the names that count; `filter.DIMENSION=NAME` where there are no objects.
    Names,
}

/// Part of an operation's name.
pub const OPERATION: Parameter = Parameter {
    name: "operation",
    kind: Kind::Text,
    about: "Part of an operation's (city's, location's) name",
};

/// What is summed.
pub const MEASURE: Parameter = Parameter {
    name: "measure",
    kind: Kind::Text,
    about: "Such as units or revenue",
};

/// Names of other dimensions.
pub const FILTERS: Parameter = Parameter {
    name: "filters",
    kind: Kind::Names,
    about: "{dimension: [names]}",
};

/// The days that count.
pub const PERIOD: Parameter = Parameter {
    name: "period",
    kind: Kind::Text,
    about: "Words or dates: last 8 weeks, Q3 2026, 2025-01-15..2025-02-28",
};

/// The length of a step.
pub const GRAIN: Parameter = Parameter {
    name: "grain",
    kind: Kind::Choice(&["day", "week", "month", "quarter", "year"]),
    about: "",
};

/// Rows that earlier pages had.
pub const OFFSET: Parameter = Parameter {
    name: "offset",
    kind: Kind::Whole {
        min: 0,
        max: u32::MAX,
        default: 0,
    },
    about: "",
};

/// How much the text of an answer says.
pub const DETAIL: Parameter = Parameter {
    name: "detail",
    kind: Kind::Choice(&Detail::NAMES),
    about: "",
};

/// Whether the answer also says what was read for it, how long that took, and the SQL that checks it.
pub const EXPLAIN: Parameter = Parameter {
    name: "explain",
    kind: Kind::Flag { default: false },
    about: "",
};
