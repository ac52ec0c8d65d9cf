//! The door of the component.

use std::time::Instant;

use bytes::Bytes;
use nearcast::app::{self, RequestContext};
use nearcast::engine::Memory;
use nearcast::remote::Place;
use nearcast::shell::RangeRead;
use nearcast::{Config, Error};
use spin_sdk::http::{IncomingRequest, Response};
use spin_sdk::http_component;

use crate::remote::{bucket_store, now, web_store};
use crate::{exchange, keys, log, store};

/// Where the datasets are mounted, unless `NEARCAST_DATA` names another place.
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

/// From where the owner has the datasets.
async fn answer(request: http::Request<Bytes>, config: &Config) -> http::Response<Bytes> {
    let place = config.data.as_deref().unwrap_or(DATA);
    let refused = |error| {
        eprintln!("NEARCAST_DATA: {error}");
        let error = Error::internal("this server's settings are wrong: its log says which");
        app::refused(&error, config)
    };
    match Place::parse(place, &config.s3) {
        Ok(Place::Directory(path)) => {
            answer_from(request, config, &store::FileStore::new(path)).await
        }
        Ok(Place::Web(web)) => answer_from(request, config, &web_store(web)).await,
        Ok(Place::Bucket(bucket)) => match bucket_store(&bucket) {
            Ok(store) => answer_from(request, config, &store).await,
            Err(error) => refused(error),
        },
        Err(error) => refused(error),
    }
}

async fn answer_from(
    request: http::Request<Bytes>,
    config: &Config,
    store: &impl RangeRead,
) -> http::Response<Bytes> {
    let started = Instant::now();
    let keys = keys::for_request(request.headers(), config).await;
    let context = RequestContext {
        now: now(),
        keys,
        request_id: exchange::request_id(request.headers()),
        // Every request has a fresh instance: there is nothing to remember.
        memory: Memory::default(),
    };
    let outcome = app::respond(request, &context, config, store).await;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).ok();
    outcome.audit.log(duration_ms);
    outcome.response
}
