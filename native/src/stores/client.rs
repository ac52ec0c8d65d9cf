//! The HTTP client for remote storage: one pool of connections, and `object_store`'s way to it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use nearcast::remote::{Retry, Trouble};
use nearcast::{Error, Result, limits};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};

/// Errors of a body that is sent.
type SendError = Box<dyn std::error::Error + Send + Sync>;

/// A pool of connections. Cloning shares it.
#[derive(Debug, Clone)]
pub struct WebClient(Arc<Client<HttpsConnector<Tcp>, BoxBody<Bytes, SendError>>>);

impl WebClient {
    /// A client that trusts the public certificate authorities.
    ///
    /// # Errors
    /// `Internal` if TLS cannot be set up.
    pub fn new() -> Result<Self> {
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_secs(limits::STORE_CONNECT_TIME_S)));
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            .map_err(|e| Error::internal("TLS cannot be set up").with_source(e))?
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .build(https);
        Ok(Self(Arc::new(client)))
    }

    /// Sends a request that has no body, once.
    ///
    /// # Errors
    /// Whatever keeps the head of an answer from coming.
    pub async fn get(&self, request: Request<()>) -> Result<Response<Incoming>, ClientError> {
        let empty = http_body_util::Empty::new().map_err(|never: Infallible| match never {});
        self.0.request(request.map(|()| BoxBody::new(empty))).await
    }
}

/// `object_store`'s requests over [`WebClient`]: `object_store` retries without heeding `Retry-After`, so its own retries
/// are off and these take their place.
#[derive(Debug, Clone)]
pub(super) struct Retrying(pub(super) WebClient);

impl HttpConnector for Retrying {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Retrying {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let within = Duration::from_secs(limits::STORE_WRITE_TIME_S);
        tokio::time::timeout(within, self.attempts(request))
            .await
            .unwrap_or_else(|elapsed| Err(HttpError::new(HttpErrorKind::Timeout, elapsed)))
    }
}

impl Retrying {
    async fn attempts(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (started, conditional) = (Instant::now(), is_conditional(&request));
        let mut retry = Retry::new(limits::STORE_WRITE_TIME_S * 1_000, rand::random());
        loop {
            let (parts, body) = request.clone().into_parts();
            let body = BoxBody::new(body.map_err(|e| Box::new(e) as SendError));
            let sent = self.0.0.request(Request::from_parts(parts, body)).await;
            let trouble = match &sent {
                Ok(response) if again(response.status(), conditional) => Trouble {
                    why: format!("storage answers {}", response.status()),
                    retry_after_s: seconds(response.headers()),
                },
                Ok(_) => Trouble::new(""),
                Err(error) => Trouble::new(error.to_string()),
            };
            let may = match &sent {
                Ok(response) => again(response.status(), conditional),
                // Once it has been sent, a conditional write may have been done although no answer came.
                Err(error) => error.is_connect() || !conditional,
            };
            let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            match may.then(|| retry.next(&trouble, elapsed_ms)) {
                Some(Ok(wait_ms)) => tokio::time::sleep(Duration::from_millis(wait_ms)).await,
                _ => return sent.map(response).map_err(failed),
            }
        }
    }
}

fn is_conditional(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    writes && (headers.contains_key(IF_MATCH) || headers.contains_key(IF_NONE_MATCH))
}

/// Whether to send it again. "Too many" and "slow down" mean that nothing was done; other errors of the server leave that
/// open, and a conditional write that was done would then be refused as if somebody else had done it.
fn again(status: StatusCode, conditional: bool) -> bool {
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => true,
        StatusCode::NOT_IMPLEMENTED => false,
        other => other.is_server_error() && !conditional,
    }
}

fn seconds(headers: &HeaderMap) -> Option<u64> {
    nearcast::remote::exchange::retry_after_s(headers)
}

fn response(from: Response<Incoming>) -> HttpResponse {
    from.map(|body| {
        let body = body.map_err(|e| HttpError::new(HttpErrorKind::Interrupted, e));
        HttpResponseBody::new(body)
    })
}

fn failed(error: ClientError) -> HttpError {
    let kind = if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Request
    };
    HttpError::new(kind, error)
}
