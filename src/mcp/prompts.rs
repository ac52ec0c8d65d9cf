//! Prompts: reviews that a person starts by name.

use rmcp::model::{
    ErrorData, GetPromptResult, JsonObject, Prompt, PromptArgument, PromptMessage, Role,
};
use serde_json::Value;

use super::arguments::{nearest, shortened};
use crate::limits;

const NAMES: [&str; 2] = ["forecast_review", "weekly_review"];

/// Every prompt.
pub(super) fn list() -> Vec<Prompt> {
    let operation = || {
        PromptArgument::new("operation")
            .with_description(
                "Part of an operation's (city's, location's) name; all of them if not given",
            )
            .with_required(false)
    };
    vec![
        Prompt::new(
            "forecast_review",
            Some("What will sell in the next months, how sure that is, and how good the forecast has been"),
            Some(vec![operation()]),
        )
        .with_title("Forecast review"),
        Prompt::new(
            "weekly_review",
            Some("What sold best and worst lately, and what to look into"),
            Some(vec![operation()]),
        )
        .with_title("Weekly review"),
    ]
}

/// Whether there is a prompt of this name.
pub(super) fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// The messages of one prompt.
pub(super) fn get(name: &str, arguments: JsonObject) -> Result<GetPromptResult, ErrorData> {
    if !exists(name) {
        let suggestions = nearest(name, &NAMES);
        let hint = match suggestions.first() {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("the prompts are {}", NAMES.join(", ")),
        };
        return Err(ErrorData::invalid_params(
            format!("there is no prompt {:?}; {hint}", shortened(name)),
            None,
        ));
    }
    let operation = operation(arguments)?;
    let (call, scope) = match &operation {
        // Quoted as JSON, so that it stays one value whatever it holds.
        Some(name) => (
            format!("operation: {}", Value::from(name.as_str())),
            format!(
                "the operations whose name has {}",
                Value::from(name.as_str())
            ),
        ),
        None => ("no operation".to_owned(), "all operations".to_owned()),
    };
    let text = match name {
        "forecast_review" => format!(
            "Review the sales forecast of {scope}. \
             1. Call forecast_sales with {call}. \
             2. Give the estimate and the 80 % and 95 % range of each month, and the total. \
             3. Say which model was chosen, why, and how it did against seasonal naive in the backtest. \
             4. Name the notes of the receipt that a planner must know, and end with the receipt's link."
        ),
        _ => format!(
            "Write a short weekly sales review of {scope}. \
             1. Call describe_data to see up to which day the data go. \
             2. Call top_n_products with {call} and as period the last whole week, and again for the week before. \
             3. Call it with order asc for the weakest products. \
             4. Say what rose, what fell and what to look into, with numbers, units, the as-of date and the receipts' links."
        ),
    };
    Ok(GetPromptResult::new(vec![PromptMessage::new_text(
        Role::User,
        text,
    )]))
}

fn operation(arguments: JsonObject) -> Result<Option<String>, ErrorData> {
    let mut operation = None;
    for (name, value) in arguments {
        match (name.as_str(), value) {
            ("operation", Value::String(text))
                if text.chars().count() <= limits::NAME_CHARS_MAX =>
            {
                operation = Some(text.trim().to_owned()).filter(|t| !t.is_empty());
            }
            ("operation", _) => {
                return Err(ErrorData::invalid_params(
                    format!(
                        "operation must be text of at most {} characters",
                        limits::NAME_CHARS_MAX
                    ),
                    None,
                ));
            }
            (other, _) => {
                return Err(ErrorData::invalid_params(
                    format!(
                        "there is no argument {:?}: this prompt takes operation",
                        shortened(other)
                    ),
                    None,
                ));
            }
        }
    }
    Ok(operation)
}
