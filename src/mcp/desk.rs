//! How a message gets its answer: from a real answerer that is awaited, or across a desk where the message waits.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use crate::error::Result;
use crate::model::answer::Presented;
use crate::model::query::Question;

/// Answers questions. Each message asks at most one.
pub trait Answerer: Send + Sync + 'static {
    /// Answers one question.
    fn answer(&self, question: Question) -> impl Future<Output = Result<Presented>> + Send;
}

/// Where a message leaves its question and waits, while its host sees to the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Desk(Arc<Mutex<Exchange>>);

#[derive(Debug, Default)]
struct Exchange {
    question: Option<Question>,
    answer: Option<Result<Presented>>,
}

impl Desk {
    fn with<T>(&self, act: impl FnOnce(&mut Exchange) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The question that lies on it.
    pub(super) fn question(&self) -> Option<Question> {
        self.with(|exchange| exchange.question.clone())
    }

    /// Puts the answer down.
    pub(super) fn give(&self, answer: Result<Presented>) {
        self.with(|exchange| exchange.answer = Some(answer));
    }
}

impl Answerer for Desk {
    async fn answer(&self, question: Question) -> Result<Presented> {
        self.with(|exchange| exchange.question = Some(question));
        std::future::poll_fn(|_| match self.with(|exchange| exchange.answer.take()) {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        })
        .await
    }
}
