//! The door for hosts: a request in, a response and its audit line out. Hosts translate; everything else is behind here.

use bytes::Bytes;
use http::header::{IF_NONE_MATCH, WWW_AUTHENTICATE};
use http::{Method, Request, Response};
use serde_json::json;

use crate::audit::Audit;
use crate::auth::{self, Authorized, Credential, KeySet};
use crate::cache::{self, Policy};
use crate::config::Config;
use crate::engine::{AnswerJob, Memory, PointerJob, Surroundings, Trace};
use crate::error::{Error, ErrorKind, Result};
use crate::http::page;
use crate::http::reply;
use crate::http::route::{AnswerRoute, Format, Route, route};
use crate::limits;
use crate::mcp::{self, Begin, McpConfig};
use crate::model::answer::{Answered, Presented};
use crate::model::dataset::{DatasetId, Timestamp, VersionId};
use crate::model::explanation::Explanation;
use crate::model::link;
use crate::model::principal::{Principal, Proof};
use crate::model::query::{Detail, Question, Version};
use crate::present;
use crate::shell::{RangeRead, Usage, drive};

/// What a host knows that the core cannot.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The time: a value, so that the same request gives the same answer.
    pub now: Timestamp,
    /// The identity provider's keys, fetched and kept by the host.
    pub keys: KeySet,
    /// The id of the request in the log.
    pub request_id: String,
    /// What is remembered between requests; an empty one where a host keeps nothing.
    pub memory: Memory,
}

impl RequestContext {
    fn surroundings(&self, config: &Config) -> Surroundings {
        Surroundings {
            memory: self.memory.clone(),
            now: self.now,
            pointer_max_age_s: config.pointer_max_age_s,
        }
    }
}

/// A response with its audit line.
#[derive(Debug)]
pub struct Outcome {
    /// What goes to the client.
    pub response: Response<Bytes>,
    /// What goes to the log.
    pub audit: Audit,
}

/// Answers one question of a principal: what hosts without HTTP (stdio, the command line) ask.
///
/// # Errors
/// Those of authorization, of the store and of the question itself.
pub async fn ask(
    question: Question,
    principal: &Principal,
    config: &Config,
    store: &impl RangeRead,
    around: &Surroundings,
    audit: &mut Audit,
) -> Result<Presented> {
    audit.calls.push(question.query.tool().to_owned());
    audit.dataset = Some(question.dataset.to_string());
    audit.principal.clone_from(&principal.name);
    let detail = question.detail;
    let answered = match auth::authorize(question, principal, config) {
        Ok(authorized) => answer(&authorized, store, around, audit).await,
        Err(error) => Err(error),
    };
    if let Err(error) = &answered {
        audit.failed(error);
    }
    answered.map(|made| made.presented(config, around.now, detail))
}

/// One request's surroundings, passed along.
struct Scene<'a, S> {
    context: &'a RequestContext,
    config: &'a Config,
    store: &'a S,
}

/// Answers a request. Never fails: an error is a response too.
pub async fn respond(
    request: Request<Bytes>,
    context: &RequestContext,
    config: &Config,
    store: &impl RangeRead,
) -> Outcome {
    let mut audit = Audit {
        request_id: context.request_id.clone(),
        method: request.method().to_string(),
        path: request
            .uri()
            .path()
            .chars()
            .take(limits::NAME_CHARS_MAX)
            .collect(),
        principal: "anonymous".into(),
        outcome: "ok",
        ..Audit::default()
    };
    let scene = Scene {
        context,
        config,
        store,
    };
    let mut response = match scene.dispatch(&request, &mut audit).await {
        Ok(response) => response,
        Err(error) => {
            audit.failed(&error);
            refused(&error, config)
        }
    };
    let if_none_match = request
        .headers()
        .get(IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    response = cache::unless_known(response, if_none_match);
    if request.method() == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    audit.status = response.status().as_u16();
    Outcome { response, audit }
}

impl<S: RangeRead> Scene<'_, S> {
    async fn dispatch(
        &self,
        request: &Request<Bytes>,
        audit: &mut Audit,
    ) -> Result<Response<Bytes>> {
        let uri = request.uri();
        let route = match route(
            request.method(),
            uri.path(),
            uri.query().unwrap_or_default(),
        ) {
            Ok(route) => route,
            Err(refused) => {
                audit.failed(&refused.error);
                return Ok(match refused.allow {
                    Some(allow) => cache::keep(
                        reply::method_problem(&refused.error, allow),
                        Policy::NoStore,
                    ),
                    None => self::refused(&refused.error, self.config),
                });
            }
        };
        if route != Route::Health {
            auth::check_host(request, self.config)?;
        }
        match route {
            Route::Home => Ok(cache::keep(
                page::home(&self.config.default_dataset),
                Policy::Page,
            )),
            Route::Asset(name) => Ok(cache::keep(page::asset(&name)?, Policy::Page)),
            Route::Health => {
                let status = json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")});
                Ok(cache::keep(reply::json(&status), Policy::NoStore))
            }
            Route::Ready => Ok(cache::keep(self.ready(audit).await, Policy::NoStore)),
            Route::ResourceMetadata => Ok(cache::keep(
                reply::shared(reply::json(&auth::resource_metadata(self.config)?)),
                Policy::NoStore,
            )),
            Route::Preflight => Ok(cache::keep(reply::preflight(), Policy::NoStore)),
            Route::Answer(link) => self.link(request, &link, audit).await,
            Route::Mcp => self.mcp(request, audit).await,
        }
    }

    fn principal(&self, request: &Request<Bytes>, audit: &mut Audit) -> Result<Principal> {
        let credential: Option<Credential> = auth::credential(request.headers())?;
        let principal = auth::authenticate(
            credential.as_ref(),
            &self.context.keys,
            self.config,
            self.context.now,
        )?;
        audit.principal.clone_from(&principal.name);
        Ok(principal)
    }

    /// A link to an answer. One of a public dataset gets the same bytes whoever asks: credentials are not looked at.
    async fn link(
        &self,
        request: &Request<Bytes>,
        link: &AnswerRoute,
        audit: &mut Audit,
    ) -> Result<Response<Bytes>> {
        let query = link.parsed.query.clone();
        audit.calls.push(query.name().to_owned());
        audit.dataset = Some(link.dataset.to_string());
        let question = Question {
            dataset: link.dataset.clone(),
            version: link.version.clone(),
            query,
            detail: Detail::default(),
            explain: link.parsed.explain,
        };
        let principal = if self.config.is_public(&link.dataset) {
            Principal::anonymous()
        } else {
            self.principal(request, audit)?
        };
        let authorized = auth::authorize(question, &principal, self.config)?;
        let is_public = authorized.is_public();
        let share = |response| {
            if is_public {
                reply::shared(response)
            } else {
                response
            }
        };
        if link.parsed.explain {
            return self.explained(&authorized, link.format, audit).await;
        }
        let question = authorized.question();
        let version = match &question.version {
            Version::Pinned(version) => version.clone(),
            Version::Latest => {
                self.current(&link.dataset, authorized.others(), audit)
                    .await?
            }
        };
        let canonical = link::canonical(&question.query);
        let asked = request.uri().query().unwrap_or_default();
        if question.version == Version::Latest || asked != canonical {
            let extension = link.format.extension();
            let to = format!(
                "/v/{}/{version}/{}.{extension}?{canonical}",
                link.dataset,
                question.query.name()
            );
            return Ok(cache::keep(
                share(reply::redirect(&to)),
                Policy::Redirect.if_public(is_public),
            ));
        }
        let Made { answered, .. } = answer(
            &authorized,
            self.store,
            &self.context.surroundings(self.config),
            audit,
        )
        .await?;
        let base = self.config.public_url.as_deref().unwrap_or_default();
        let may = (link.format == Format::Svg).then_some(present::svg::CONTENT_SECURITY_POLICY);
        let text = match link.format {
            Format::Json => format!("{}\n", present::json::json(&answered, base)),
            Format::Csv => present::csv::csv(&answered)?,
            Format::Svg => present::svg::svg(&answered)?,
        };
        let response = cache::keep(
            share(reply::answer(link.format, text, may)),
            Policy::Pinned.if_public(is_public),
        );
        Ok(if is_public {
            cache::tagged(response, &link.dataset, &version)
        } else {
            response
        })
    }

    /// A link that also says what its answer is made of: never kept, since no two such answers took the same time.
    async fn explained(
        &self,
        question: &Authorized<Question>,
        format: Format,
        audit: &mut Audit,
    ) -> Result<Response<Bytes>> {
        if format != Format::Json {
            return Err(Error::invalid(
                "what an answer is made of comes as .json: ask for that, or leave explain out",
            ));
        }
        let around = self.context.surroundings(self.config);
        let made = answer(question, self.store, &around, audit).await?;
        let base = self.config.public_url.as_deref().unwrap_or_default();
        let mut body = present::json::json(&made.answered, base);
        if let (Some(fields), Some(explanation)) = (body.as_object_mut(), &made.explanation) {
            fields.insert("explain".into(), present::explanation::json(explanation));
        }
        let response = reply::json(&body);
        Ok(if question.is_public() {
            cache::keep(reply::shared(response), Policy::NoStore)
        } else {
            cache::keep(response, Policy::Private)
        })
    }

    /// Which version is current; asked once more if the pointer changed while it was being read.
    async fn current(
        &self,
        dataset: &DatasetId,
        others: &[DatasetId],
        audit: &mut Audit,
    ) -> Result<VersionId> {
        let mut tries = 0;
        loop {
            tries += 1;
            let around = self.context.surroundings(self.config);
            let mut job = PointerJob::new(dataset.clone(), around).or_else(others);
            match drive(&mut job, self.store, limits::ROUNDS_MAX).await {
                Ok((pointer, usage)) => {
                    audit.add(usage, &Trace::default());
                    return Ok(pointer.version.clone());
                }
                Err(error) if error.kind() == ErrorKind::Stale && tries == 1 => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// MCP. A wrong credential, or none where one is needed, is refused before and beside the protocol.
    async fn mcp(&self, request: &Request<Bytes>, audit: &mut Audit) -> Result<Response<Bytes>> {
        let principal = self.principal(request, audit)?;
        if principal.proof == Proof::Anonymous
            && self.config.is_locked()
            && self.config.public_datasets.is_empty()
        {
            return Err(Error::unauthenticated(
                "nothing here is public: send an API key or a token",
            ));
        }
        let config = mcp_config(self.config);
        let pending = match mcp::begin(request, &config) {
            Begin::Done(response) => return Ok(cache::keep(response, Policy::Private)),
            Begin::Ask(pending) => pending,
        };
        audit.calls = pending.calls().to_vec();
        let mut answers = Vec::with_capacity(pending.questions().len());
        for question in pending.questions().to_vec() {
            audit.dataset = Some(question.dataset.to_string());
            let detail = question.detail;
            let authorized = auth::authorize(question, &principal, self.config)?;
            let answered = answer(
                &authorized,
                self.store,
                &self.context.surroundings(self.config),
                audit,
            )
            .await;
            if let Err(error) = &answered {
                audit.failed(error);
            }
            let now = self.context.now;
            answers.push(answered.map(|made| made.presented(self.config, now, detail)));
        }
        Ok(cache::keep(pending.finish(answers), Policy::Private))
    }

    async fn ready(&self, audit: &mut Audit) -> Response<Bytes> {
        let dataset = &self.config.default_dataset;
        // Whether storage answers is only known by asking it.
        let mut job = PointerJob::new(dataset.clone(), Surroundings::default());
        match drive(&mut job, self.store, limits::ROUNDS_MAX).await {
            Ok((pointer, usage)) => {
                audit.add(usage, &Trace::default());
                let mut data = json!({"state": "ok"});
                // A private dataset's versions and dates are nobody's business.
                if let (true, Some(fields)) = (self.config.is_public(dataset), data.as_object_mut())
                {
                    fields.insert("dataset".into(), json!(dataset));
                    fields.insert("version".into(), json!(pointer.version));
                    fields.insert("as_of".into(), json!(pointer.manifest.days.last));
                    fields.insert(
                        "published_at".into(),
                        json!(pointer.published_at.to_string()),
                    );
                    fields.insert(
                        "age_s".into(),
                        json!((self.context.now.0 - pointer.published_at.0).max(0)),
                    );
                }
                reply::json(&json!({"status": "ready", "storage": data}))
            }
            Err(error) => {
                audit.failed(&error);
                let state =
                    json!({"status": "unavailable", "storage": {"state": error.kind().name()}});
                let mut response = reply::json(&state);
                *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                response
            }
        }
    }
}

/// An answer, with what it is made of where that was asked for.
#[derive(Debug)]
struct Made {
    answered: Answered,
    explanation: Option<Explanation>,
}

impl Made {
    fn presented(&self, config: &Config, now: Timestamp, detail: Detail) -> Presented {
        let mut presented = presented(&self.answered, config, now, detail);
        if let Some(explanation) = &self.explanation {
            present::explanation::add(&mut presented, explanation);
        }
        presented
    }
}

/// Answers a question, once more if an object changed while it was being read.
async fn answer(
    question: &Authorized<Question>,
    store: &impl RangeRead,
    around: &Surroundings,
    audit: &mut Audit,
) -> Result<Made> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut job = AnswerJob::new(question, around.clone());
        let done = drive(&mut job, store, limits::ROUNDS_MAX).await;
        match done {
            Ok((answered, usage)) => {
                audit.add(usage, job.trace());
                audit.rows = audit.rows.saturating_add(answered.receipt.rows);
                audit.filters.extend(
                    answered
                        .receipt
                        .resolved
                        .iter()
                        .map(|r| format!("{}: {}", r.dimension, r.matched.join(", "))),
                );
                return Ok(Made {
                    explanation: job.explanation(),
                    answered,
                });
            }
            Err(error) if error.kind() == ErrorKind::Stale && tries == 1 => {}
            Err(error) => {
                audit.add(Usage::default(), job.trace());
                return Err(error);
            }
        }
    }
}

/// An error as a response; one that asks for a credential says where to get it.
#[must_use]
pub fn refused(error: &Error, config: &Config) -> Response<Bytes> {
    let mut response = cache::keep(reply::problem(error), Policy::NoStore);
    if matches!(
        error.kind(),
        ErrorKind::Unauthenticated | ErrorKind::Forbidden
    ) {
        response
            .headers_mut()
            .insert(WWW_AUTHENTICATE, auth::challenge(config, error));
    }
    response
}

/// What MCP has to know of the owner's decisions.
#[must_use]
pub fn mcp_config(config: &Config) -> McpConfig {
    McpConfig {
        default_dataset: config.default_dataset.clone(),
        public_url: config.public_url.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
        allowed_origins: config.allowed_origins.clone(),
    }
}

/// An answer as an MCP result carries it. Unlike a link's body it is for now, and says how old the data are.
#[must_use]
pub fn presented(
    answered: &Answered,
    config: &Config,
    now: Timestamp,
    detail: Detail,
) -> Presented {
    let base = config.public_url.as_deref().unwrap_or_default();
    let today = now.day();
    let mut structured = present::json::json(answered, base);
    if let Some(receipt) = structured
        .get_mut("receipt")
        .and_then(|r| r.as_object_mut())
    {
        receipt.insert("age_days".into(), json!(answered.receipt.age_days(today)));
    }
    Presented {
        text: present::markdown::markdown(answered, base, Some(today), detail),
        structured,
    }
}
