//! MCP: tools, prompts, resources and completion over streamable HTTP, without sessions, by `rmcp`'s types and handler.
//!
//! The core waits for nothing, so a message that needs data stops in the middle: [`begin`] hands out the questions that
//! the messages ask, the engine answers them, and [`Pending::finish`] lets the messages go on to their replies. Over
//! stdio the same [`Handler`] awaits a real [`Answerer`] instead.
//!
//! Revision 2026-07-28 (`server/discover`, `_meta` on every request) and the handshakes of 2025-03-26, 2025-06-18 and
//! 2025-11-25 are spoken. Nothing is kept between requests: no session id is issued, and one that is sent is ignored.

mod agree;
mod app;
mod arguments;
mod complete;
mod desk;
mod dispatch;
#[cfg(feature = "conformance")]
mod fixtures;
mod handler;
mod http;
mod icons;
mod prompts;
mod resources;
mod schema;
mod tools;

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use crate::error::Result;
use crate::limits;
use crate::model::answer::Presented;
use crate::model::dataset::DatasetId;
use crate::model::query::Question;

pub use self::desk::Answerer;
pub use self::handler::Handler;
pub use self::tools::descriptions;

use self::dispatch::{Handled, Reply, Waiting};
use self::http::Form;

/// What an operator decides about MCP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpConfig {
    /// The dataset of a question that names none.
    pub default_dataset: DatasetId,
    /// Where this server is reached, `https://sales.example.com`; pages from there may call it.
    pub public_url: Option<String>,
    /// The server's own version, as clients show it.
    pub version: String,
    /// Other origins whose pages may call: `https://app.example.com`, or `*` for all.
    pub allowed_origins: Vec<String>,
}

/// What became of a request so far.
#[derive(Debug)]
pub enum Begin {
    /// It is answered.
    Done(::http::Response<Bytes>),
    /// It needs answers first.
    Ask(Pending),
}

/// Messages that wait for answers.
pub struct Pending {
    questions: Vec<Question>,
    calls: Vec<String>,
    messages: Vec<Handled>,
    is_batch: bool,
    form: Form,
}

/// Takes a request to `/mcp`. Nothing here reads a clock, a store, a credential or which host was meant: `auth` has spoken
/// before.
#[must_use]
pub fn begin(request: &::http::Request<Bytes>, config: &McpConfig) -> Begin {
    let form = match http::admit(request, config) {
        Ok(form) => form,
        Err(refused) => return Begin::Done(refused.response()),
    };
    let body = match serde_json::from_slice::<Value>(request.body()) {
        Ok(body) => body,
        Err(error) => {
            return Begin::Done(http::reply(form, vec![Reply::unreadable(&error)], false));
        }
    };
    let (bodies, is_batch) = match body {
        Value::Array(bodies) => match agree::batch(request.headers(), bodies.len()) {
            Ok(()) => (bodies, true),
            Err(error) => {
                return Begin::Done(http::reply(form, vec![Reply::refused(error)], false));
            }
        },
        body => (vec![body], false),
    };
    let mut pending = Pending {
        questions: Vec::new(),
        calls: Vec::new(),
        messages: Vec::with_capacity(bodies.len().min(limits::BATCH_MESSAGES_MAX)),
        is_batch,
        form,
    };
    for body in bodies {
        pending.calls.push(dispatch::name(&body));
        let handled = dispatch::begin(body, request.headers(), is_batch, config);
        if let Handled::Waiting(waiting) = &handled {
            pending.questions.extend(waiting.question());
        }
        pending.messages.push(handled);
    }
    if pending.questions.is_empty() {
        return Begin::Done(pending.finish(Vec::new()));
    }
    Begin::Ask(pending)
}

impl Pending {
    /// What is asked, in the order in which [`Pending::finish`] wants the answers.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// What was called, for the log: `tools/call top_n_products`.
    #[must_use]
    pub fn calls(&self) -> &[String] {
        &self.calls
    }

    /// Writes the reply. A question without an answer is an internal error to its message.
    #[must_use]
    pub fn finish(self, answers: Vec<Result<Presented>>) -> ::http::Response<Bytes> {
        let mut answers = answers.into_iter();
        let replies = self
            .messages
            .into_iter()
            .map(|message| match message {
                Handled::Done(reply) => *reply,
                Handled::Waiting(waiting) => Waiting::resume(waiting, answers.next()),
            })
            .collect();
        http::reply(self.form, replies, self.is_batch)
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("questions", &self.questions)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}
