//! The door of the component.

use std::time::{Duration, Instant, SystemTime};

use nearcast::app::{self, RequestContext};
use nearcast::config::Config;
use nearcast::model::Timestamp;
use spin_sdk::http::{IncomingRequest, Response};
use spin_sdk::http_component;

use crate::{audit, exchange, keys, store};

/// One request: translated, answered by the core, logged, translated back.
#[http_component]
async fn handle(incoming: IncomingRequest) -> Result<Response, exchange::Failure> {
    let started = Instant::now();
    let config =
        Config::from_pairs(std::env::vars().filter(|(name, _)| name.starts_with("NEARCAST_")))?;
    let request = exchange::request(incoming).await?;
    let now = now();
    let context = RequestContext {
        now,
        keys: keys::for_request(request.headers(), &config).await,
        request_id: exchange::request_id(request.headers(), started),
    };
    let store = store::FileStore::new("/data");
    let outcome = app::respond(request, &context, &config, &store).await;
    audit::log(&outcome.audit, started.elapsed());
    Ok(exchange::response(outcome.response))
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    Timestamp(i64::try_from(since.as_secs()).unwrap_or_default())
}
