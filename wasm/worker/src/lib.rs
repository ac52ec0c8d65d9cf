//! Nearcast on Cloudflare Workers: R2 as the store, bindings as the environment, the platform's clock.
//!
//! Everything here is translation between the platform's types and the core's; what is answered is decided in
//! [`nearcast::app`].

mod exchange;
mod keys;
mod log;
mod settings;
mod store;

use bytes::Bytes;
use nearcast::app::{self, RequestContext};
use nearcast::engine::Memory;
use nearcast::model::Timestamp;
use nearcast::{Config, Error};
use worker::{Context, Date, Env, Response, event, web_sys};

/// One request: translated, answered by the core, logged, translated back.
#[event(fetch)]
async fn fetch(raw: web_sys::Request, env: Env, _context: Context) -> worker::Result<Response> {
    let response = match settings::config(&env) {
        Ok(config) => {
            log::start(config.log);
            let store = store::R2Store::new(env.bucket("DATA")?);
            answer(exchange::request(raw).await?, &config, &store).await
        }
        Err(error) => {
            worker::console_error!("{error}");
            let error = Error::internal("this server's settings are wrong: its log says which");
            app::refused(&error, &Config::default())
        }
    };
    exchange::response(response)
}

thread_local! {
    /// What this isolate remembers between requests. A panic loses it, and nothing else.
    static MEMORY: Memory = Memory::default();
}

async fn answer(
    request: http::Request<Bytes>,
    config: &Config,
    store: &store::R2Store,
) -> http::Response<Bytes> {
    let started_ms = Date::now().as_millis();
    let now = Timestamp(i64::try_from(started_ms / 1000).unwrap_or_default());
    let keys = keys::for_request(request.headers(), config, now).await;
    let context = RequestContext {
        now,
        keys,
        request_id: exchange::request_id(request.headers()),
        memory: MEMORY.with(Clone::clone),
    };
    let outcome = app::respond(request, &context, config, store).await;
    // This clock stands still while the Worker computes: what it shows is the time of the reads.
    let duration_ms = Date::now().as_millis().saturating_sub(started_ms);
    outcome.audit.log(Some(duration_ms));
    outcome.response
}
