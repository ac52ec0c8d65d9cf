//! Questions of the user of this process, without HTTP: nothing is locked to him.

use std::time::Instant;

use nearcast::audit::Audit;
use nearcast::engine::{Memory, Surroundings};
use nearcast::mcp::Answerer;
use nearcast::model::answer::Presented;
use nearcast::model::{Principal, query::Question};
use nearcast::{Config, Result, app};

use crate::stores::{Store, TimeoutStore};

/// Answers from a store as the local user.
#[derive(Debug)]
pub struct LocalAnswerer {
    /// The owner's decisions.
    pub config: Config,
    /// The data.
    pub store: TimeoutStore<Store>,
    /// What is remembered between questions.
    pub memory: Memory,
}

impl Answerer for LocalAnswerer {
    async fn answer(&self, question: Question) -> Result<Presented> {
        let started = Instant::now();
        let mut audit = Audit {
            method: "stdio".into(),
            outcome: "ok",
            ..Audit::default()
        };
        let around = Surroundings {
            memory: self.memory.clone(),
            now: crate::serve::now(),
            pointer_max_age_s: self.config.pointer_max_age_s,
        };
        let answer = app::ask(
            question,
            &Principal::local(),
            &self.config,
            &self.store,
            &around,
            &mut audit,
        )
        .await;
        audit.log(u64::try_from(started.elapsed().as_millis()).ok());
        answer
    }
}
