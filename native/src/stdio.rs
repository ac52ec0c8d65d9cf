//! MCP over standard input and output, by `rmcp`'s own transport. The user of this process asks: nothing is locked.

use std::time::Instant;

use nearcast::audit::Audit;
use nearcast::mcp::{Answerer, Handler};
use nearcast::model::answer::Presented;
use nearcast::model::{Principal, query::Question};
use nearcast::{Config, Error, Result, app};
use rmcp::ServiceExt;
use rmcp::transport::io::stdio;

use crate::stores::Store;

/// Answers from a store as the local user.
#[derive(Debug)]
pub struct LocalAnswerer {
    config: Config,
    store: Store,
}

impl Answerer for LocalAnswerer {
    async fn answer(&self, question: Question) -> Result<Presented> {
        let started = Instant::now();
        let mut audit = Audit { method: "stdio".into(), outcome: "ok", ..Audit::default() };
        let answer = app::ask(question, &Principal::local(), &self.config, &self.store, &mut audit).await;
        audit.log(u64::try_from(started.elapsed().as_millis()).ok());
        answer
    }
}

/// Serves until the client closes standard input.
///
/// # Errors
/// `Upstream` if the client does not speak MCP or breaks the connection.
pub async fn serve_stdio(config: Config, store: Store) -> Result<()> {
    let handler = Handler::new(app::mcp_config(&config), LocalAnswerer { config, store });
    let running = handler
        .serve(stdio())
        .await
        .map_err(|e| Error::upstream("the client did not open an MCP session").with_source(e))?;
    running.waiting().await.map_err(|e| Error::upstream("the MCP session broke").with_source(e))?;
    Ok(())
}
