//! Nearcast on Cloudflare Workers: R2 or a web prefix as the store, bindings as the environment, the platform's clock.
//!
//! Everything here is translation between the platform's types and the core's; what is answered is decided in
//! [`nearcast::app`].

mod exchange;
mod keys;
mod log;
mod remote;
mod settings;
mod store;

use bytes::Bytes;
use nearcast::app::{self, RequestContext};
use nearcast::engine::Memory;
use nearcast::model::Timestamp;
use nearcast::remote::{Place, Web};
use nearcast::shell::RangeRead;
use nearcast::{Config, Error};
use worker::{Context, Date, Env, Response, event, web_sys};

/// One request: translated, answered by the core, logged, translated back.
#[event(fetch)]
async fn fetch(raw: web_sys::Request, env: Env, _context: Context) -> worker::Result<Response> {
    let response = match settings::config(&env) {
        Ok(config) => {
            log::start(config.log);
            let request = exchange::request(raw).await?;
            match place(&config) {
                Ok(Some(web)) => answer(request, &config, &remote::web_store(web)).await,
                Ok(None) => {
                    let store = store::R2Store::new(env.bucket("DATA")?);
                    answer(request, &config, &store).await
                }
                Err(error) => wrong_settings(&error),
            }
        }
        Err(error) => wrong_settings(&error),
    };
    exchange::response(response)
}

fn wrong_settings(error: &Error) -> http::Response<Bytes> {
    worker::console_error!("{error}");
    let error = Error::internal("this server's settings are wrong: its log says which");
    app::refused(&error, &Config::default())
}

/// The web prefix that the owner names; without one the data are in the bucket that is bound.
fn place(config: &Config) -> nearcast::Result<Option<Web>> {
    let Some(text) = &config.data else {
        return Ok(None);
    };
    match Place::parse(text, &config.s3)? {
        Place::Web(web) => Ok(Some(web)),
        _ => Err(Error::invalid(
            "NEARCAST_DATA is https://host/prefix on Workers; leave it out to read the R2 bucket that is bound as DATA",
        )),
    }
}

thread_local! {
    /// What this isolate remembers between requests. A panic loses it, and nothing else.
    static MEMORY: Memory = Memory::default();
}

async fn answer(
    request: http::Request<Bytes>,
    config: &Config,
    store: &impl RangeRead,
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
