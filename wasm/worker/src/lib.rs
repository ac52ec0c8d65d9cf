//! Nearcast on Cloudflare Workers: R2 as the store, bindings as the environment, the isolate as the clock.
//!
//! Everything here is translation between the platform's types and the core's; what is answered is decided in
//! [`nearcast::app`].

mod audit;
mod exchange;
mod keys;
mod settings;
mod store;

use nearcast::app::{self, RequestContext};
use nearcast::model::Timestamp;
use worker::{Context, Date, Env, Response, event, web_sys};

/// One request: translated, answered by the core, logged, translated back.
#[event(fetch)]
async fn fetch(raw: web_sys::Request, env: Env, _context: Context) -> worker::Result<Response> {
    let started_ms = Date::now().as_millis();
    let config = settings::config(&env)?;
    let request = exchange::request(raw).await?;
    let now = Timestamp(i64::try_from(started_ms / 1000).unwrap_or_default());
    let context = RequestContext {
        now,
        keys: keys::for_request(request.headers(), &config, now).await,
        request_id: exchange::request_id(request.headers()),
    };
    let store = store::R2Store::new(env.bucket("DATA")?);
    let outcome = app::respond(request, &context, &config, &store).await;
    audit::log(&outcome.audit, Date::now().as_millis() - started_ms);
    exchange::response(outcome.response)
}
