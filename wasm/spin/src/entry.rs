//! The door of the component.

use std::time::{Instant, SystemTime};

use bytes::Bytes;
use nearcast::app::{self, RequestContext};
use nearcast::engine::Memory;
use nearcast::model::Timestamp;
use nearcast::{Config, Error};
use spin_sdk::http::{IncomingRequest, Response};
use spin_sdk::http_component;

use crate::{exchange, keys, log, store};

/// Where the datasets are mounted.
const DATA: &str = "/data";

/// One request: translated, answered by the core, logged, translated back.
#[http_component]
async fn handle(incoming: IncomingRequest) -> Result<Response, exchange::Failure> {
    let response = match Config::from_pairs(std::env::vars()) {
        Ok(config) => {
            log::start(config.log);
            answer(exchange::request(incoming).await?, &config).await
        }
        Err(error) => {
            eprintln!("{error}");
            let error = Error::internal("this server's settings are wrong: its log says which");
            app::refused(&error, &Config::default())
        }
    };
    Ok(exchange::response(response))
}

async fn answer(request: http::Request<Bytes>, config: &Config) -> http::Response<Bytes> {
    let started = Instant::now();
    let keys = keys::for_request(request.headers(), config).await;
    let context = RequestContext {
        now: now(),
        keys,
        request_id: exchange::request_id(request.headers()),
        // Every request has a fresh instance: there is nothing to remember.
        memory: Memory::default(),
    };
    let store = store::FileStore::new(DATA);
    let outcome = app::respond(request, &context, config, &store).await;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).ok();
    outcome.audit.log(duration_ms);
    outcome.response
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_secs()).unwrap_or_default())
}
