//! One JSON-RPC message through `rmcp`'s service, polled by hand: no runtime drives anything here.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http::{HeaderMap, StatusCode};
use rmcp::model::{
    ClientCapabilities, ClientJsonRpcMessage, ClientRequest, ErrorCode, ErrorData, GetExtensions,
    GetMeta, Implementation, InitializeRequestParams, JsonRpcMessage, JsonRpcRequest,
    ProtocolVersion, RequestId, ServerJsonRpcMessage, ServerResult,
};
use rmcp::service::{RequestContext, RxJsonRpcMessage, Service, TxJsonRpcMessage, serve_directly};
use rmcp::transport::Transport;
use rmcp::{Peer, RoleServer, ServerHandler};
use serde_json::Value;
use tracing::Dispatch;

use super::agree::{self, Terms};
use super::desk::Desk;
use super::{Handler, McpConfig, arguments};
use crate::error::{Error, ErrorKind, Result};
use crate::model::answer::Presented;
use crate::model::query::Question;

/// What one message comes to: a status, and what is sent back: nothing to a notification, else a reply, at the end.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) messages: Vec<ServerJsonRpcMessage>,
}

impl Reply {
    fn error(status: StatusCode, id: Option<RequestId>, error: ErrorData) -> Self {
        Self {
            status,
            messages: vec![JsonRpcMessage::error(error, id)],
        }
    }

    /// The body is no JSON.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        let place = format!(
            "the body is not JSON: line {}, column {}",
            error.line(),
            error.column()
        );
        Self::error(
            StatusCode::BAD_REQUEST,
            None,
            ErrorData::parse_error(place, None),
        )
    }

    /// The request as a whole is refused.
    pub(super) fn refused(error: ErrorData) -> Self {
        Self::error(StatusCode::BAD_REQUEST, None, error)
    }
}

/// A message so far.
pub(super) enum Handled {
    Done(Box<Reply>),
    Waiting(Waiting),
}

impl Handled {
    fn done(reply: Reply) -> Self {
        Self::Done(Box::new(reply))
    }
}

/// A message that waits for an answer.
pub(super) struct Waiting {
    work: Work,
    desk: Desk,
    id: RequestId,
    terms: Terms,
}

type Work = Pin<Box<dyn Future<Output = Result<ServerResult, ErrorData>> + Send>>;

/// What a message calls, for the log: its method, and the name of a tool, prompt or resource.
pub(super) fn name(body: &Value) -> String {
    let method = body.get("method").and_then(Value::as_str);
    let Some(method) = method else {
        return "invalid".to_owned();
    };
    let params = body.get("params");
    let name = ["name", "uri"]
        .iter()
        .find_map(|key| params?.get(key)?.as_str());
    let method = arguments::shortened(method);
    match name {
        Some(name) => format!("{method} {}", arguments::shortened(name)),
        None => method,
    }
}

/// Takes a message as far as it goes without an answer.
pub(super) fn begin(
    body: Value,
    headers: &HeaderMap,
    in_batch: bool,
    config: &McpConfig,
) -> Handled {
    let id = body
        .get("id")
        .and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok());
    let refuse = |error| Handled::done(Reply::error(StatusCode::BAD_REQUEST, id.clone(), error));
    if let Err(error) = agree::standard_headers(headers, &body) {
        return refuse(error);
    }
    let Ok(message) = serde_json::from_value::<ClientJsonRpcMessage>(body) else {
        return refuse(ErrorData::invalid_request(
            "this is no JSON-RPC 2.0 request or notification: it needs jsonrpc \"2.0\", a method, and for a request an id (text or a whole number)",
            None,
        ));
    };
    match message {
        JsonRpcMessage::Request(request) => {
            if in_batch && matches!(request.request, ClientRequest::InitializeRequest(_)) {
                return refuse(ErrorData::invalid_request(
                    "initialize must not be part of a batch",
                    None,
                ));
            }
            match agree::terms(headers, &request.request) {
                Ok(terms) => start(request, terms, config),
                Err(error) => refuse(error),
            }
        }
        // Nothing is kept, so there is nothing that a notification could change.
        JsonRpcMessage::Notification(_) => Handled::done(Reply {
            status: StatusCode::ACCEPTED,
            messages: Vec::new(),
        }),
        JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {
            refuse(ErrorData::invalid_request(
                "this server sends no requests, so it takes no responses",
                None,
            ))
        }
    }
}

fn start(request: JsonRpcRequest<ClientRequest>, terms: Terms, config: &McpConfig) -> Handled {
    let JsonRpcRequest {
        id, mut request, ..
    } = request;
    let Some(peer) = peer(terms.version.clone()) else {
        let error = ErrorData::internal_error("internal error", None);
        return Handled::done(terms.reply(id, Err(error)));
    };
    let mut context = RequestContext::new(id.clone(), peer);
    std::mem::swap(&mut context.meta, request.get_meta_mut());
    std::mem::swap(&mut context.extensions, request.extensions_mut());
    #[cfg(feature = "conformance")]
    let notices = super::fixtures::Notices::default();
    #[cfg(feature = "conformance")]
    context.extensions.insert(notices.clone());
    let desk = Desk::default();
    let handler = Handler::new(config.clone(), desk.clone());
    let mut work: Work = Box::pin(async move { handler.handle_request(request, context).await });
    match poll(&mut work) {
        Poll::Ready(result) => {
            #[cfg_attr(
                not(feature = "conformance"),
                expect(unused_mut, reason = "only fixtures send more than a reply")
            )]
            let mut reply = terms.reply(id, result);
            #[cfg(feature = "conformance")]
            reply.messages.splice(0..0, notices.take());
            Handled::done(reply)
        }
        Poll::Pending => Handled::Waiting(Waiting {
            work,
            desk,
            id,
            terms,
        }),
    }
}

fn poll(work: &mut Work) -> Poll<Result<ServerResult, ErrorData>> {
    work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

impl Waiting {
    /// What it waits for.
    pub(super) fn question(&self) -> Option<Question> {
        self.desk.question()
    }

    /// Goes on with the answer, to the end.
    pub(super) fn resume(mut self, answer: Option<Result<Presented>>) -> Reply {
        let answer = answer.unwrap_or_else(|| Err(Error::internal("a question had no answer")));
        self.desk.give(answer);
        let result = match poll(&mut self.work) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(ErrorData::internal_error("internal error", None)),
        };
        self.terms.reply(self.id, result)
    }
}

impl Terms {
    /// The reply to a request on these terms.
    fn reply(&self, id: RequestId, result: Result<ServerResult, ErrorData>) -> Reply {
        match result {
            Ok(result) => Reply {
                status: StatusCode::OK,
                messages: vec![JsonRpcMessage::response(result, id)],
            },
            Err(error) => Reply::error(self.status(&error), Some(id), error),
        }
    }

    /// The HTTP status of an error that the handler gave. Before 2026-07-28 a 404 meant a lost session, so there only
    /// the errors about who asks have a status of their own.
    fn status(&self, error: &ErrorData) -> StatusCode {
        let kind = error.data.as_ref().and_then(|data| data.get("kind"));
        for refused in [
            ErrorKind::Unauthenticated,
            ErrorKind::Forbidden,
            ErrorKind::RateLimited,
        ] {
            if kind.is_some_and(|kind| kind == refused.name()) {
                return StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::FORBIDDEN);
            }
        }
        match error.code {
            ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
            | ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY
            | ErrorCode::HEADER_MISMATCH => StatusCode::BAD_REQUEST,
            ErrorCode::INVALID_PARAMS if self.meta_incomplete => StatusCode::BAD_REQUEST,
            ErrorCode::METHOD_NOT_FOUND if self.is_modern => StatusCode::NOT_FOUND,
            _ => StatusCode::OK,
        }
    }
}

/// The other side, as far as a request tells: `rmcp` makes one only inside a runtime, so one is made that never runs.
/// What is sent to this peer goes nowhere.
fn peer(version: ProtocolVersion) -> Option<Peer<RoleServer>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    let info = InitializeRequestParams::new(
        ClientCapabilities::default(),
        Implementation::new("client", "0"),
    )
    .with_protocol_version(version);
    // Nobody has connected, so nothing of the kind is logged.
    let peer = tracing::dispatcher::with_default(&Dispatch::none(), || {
        let _inside = runtime.enter();
        serve_directly(DeadEnd, DeadEnd, Some(info)).peer().clone()
    });
    // Dropping it would block, which a runtime that this one may be nested in forbids.
    runtime.shutdown_background();
    Some(peer)
}

/// A server that does nothing, on a line that leads nowhere.
struct DeadEnd;

impl ServerHandler for DeadEnd {}

impl Transport<RoleServer> for DeadEnd {
    type Error = Infallible;

    fn send(
        &mut self,
        _: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Infallible>> + Send + 'static {
        std::future::ready(Ok(()))
    }

    fn receive(&mut self) -> impl Future<Output = Option<RxJsonRpcMessage<RoleServer>>> + Send {
        std::future::ready(None)
    }

    async fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
